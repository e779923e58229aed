//! Which key was asked to wait, and where (SPEC P3): a wait that a provider asked for is one key's at one address. Another key, or another
//! address, starts anew.
//!
//! The ledger keeps the wait and no key (SPEC L7). So a small file for each account beside it, in the folder `waits`, remembers by
//! a mark which key it was. A mark must not help anybody to the key:
//!
//! - It is a SHA-256 over a salt of the file's own, the account, the address and the key, so it can't be looked up in a table, and the same
//!   key of two accounts has two marks.
//! - Only 16 bits of it are kept. Of all keys one in 65,536 has the same mark: who tries out guesses is left with far more wrong keys
//!   than there were guesses worth trying, and can't tell which is right. It costs nothing: where another key happens to have the same mark, the
//!   wait is kept, as it was before there were marks.
//!
//! The files are no part of the ledger: without one every key keeps the wait that is stored.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::credit::{AccountId, Instant};
use crate::files::{create_private_folder, read_regular, replace};

/// The folder within the data folder.
const FOLDER: &str = "waits";

/// So many keys of an account are remembered; the wait that ends first makes room.
const MOST_KEYS: usize = 16;

/// Most bytes of such a file: many times what so many keys take.
const LARGEST: u64 = 64 * 1024;

/// The waits that providers asked keys for.
#[derive(Debug, Clone)]
pub struct Waits {
    folder: PathBuf,
}

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    salt: [u64; 2],
    waits: Vec<Wait>,
}

/// A key that was asked to wait.
#[derive(Debug, Serialize, Deserialize)]
struct Wait {
    mark: u16,
    until: Instant,
}

impl Waits {
    /// Those beside the ledger in a data folder.
    #[must_use]
    pub fn beside(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER) }
    }

    /// Remembers that the key was asked to wait at that address. Where that can't be written down, the wait counts for every key.
    pub fn note(&self, account: &AccountId, address: &str, key: &str, until: Instant, now: Instant) {
        let mut kept = self.read(account).unwrap_or_else(|| Kept { salt: salt(), waits: Vec::new() });
        let mark = kept.mark(account, address, key);
        kept.waits.retain(|wait| wait.until > now && wait.mark != mark);
        kept.waits.push(Wait { mark, until });
        kept.waits.sort_by_key(|wait| wait.until);
        let surplus = kept.waits.len().saturating_sub(MOST_KEYS);
        kept.waits.drain(..surplus);
        let _ = self.write(account, &kept);
    }

    /// Whether it is known of some key of the account that it waits: then [`Waits::is_of_another`] can tell.
    #[must_use]
    pub fn knows(&self, account: &AccountId, now: Instant) -> bool {
        self.read(account).is_some_and(|kept| kept.waits.iter().any(|wait| wait.until > now))
    }

    /// Whether the keys of the account that wait, or the addresses at which they do, are all others than these; `false` where nothing
    /// is known of them.
    #[must_use]
    pub fn is_of_another(&self, account: &AccountId, address: &str, key: &str, now: Instant) -> bool {
        let Some(kept) = self.read(account) else { return false };
        let mark = kept.mark(account, address, key);
        let mut waits = kept.waits.iter().filter(|wait| wait.until > now).peekable();
        waits.peek().is_some() && waits.all(|wait| wait.mark != mark)
    }

    /// The file of an account: its id holds nothing that a path could not.
    fn file(&self, account: &AccountId) -> PathBuf {
        self.folder.join(account.as_str())
    }

    fn read(&self, account: &AccountId) -> Option<Kept> {
        read_regular(&self.file(account), LARGEST).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    }

    fn write(&self, account: &AccountId, kept: &Kept) -> io::Result<()> {
        // Not the folder of the ledger: where that is gone, nothing is to take its place.
        create_private_folder(&self.folder)?;
        // No account's id begins with a dot, as what is unfinished does.
        replace(&self.file(account), &serde_json::to_vec(kept)?)
    }
}

impl Kept {
    fn mark(&self, account: &AccountId, address: &str, key: &str) -> u16 {
        let mut digest = Sha256::new();
        self.salt.iter().for_each(|part| digest.update(part.to_be_bytes()));
        for part in [account.as_str(), address, key] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let [first, second, ..] = <[u8; 32]>::from(digest.finalize());
        u16::from_be_bytes([first, second])
    }
}

/// A salt: the standard library seeds these hashers with what the system tells as random.
fn salt() -> [u64; 2] {
    [(); 2].map(|()| RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::credit::parse_instant;

    fn at(text: &str) -> Instant {
        parse_instant(&format!("2026-11-20T{text}Z")).unwrap()
    }

    #[test]
    fn s07_a_wait_is_one_keys_at_one_address_and_its_file_holds_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let (waits, account) = (Waits::beside(folder.path()), AccountId::new("studio").unwrap());
        let (now, until) = (at("09:00:00"), at("10:00:00"));
        let another = |address, key, now| waits.is_of_another(&account, address, key, now);
        assert!(!another("https://a", "sk-CANARY-1", now) && !waits.knows(&account, now), "nothing is known yet");
        waits.note(&account, "https://a", "sk-CANARY-1", until, now);
        assert!(waits.knows(&account, now) && !another("https://a", "sk-CANARY-1", now));
        assert!(another("https://a", "sk-CANARY-2", now) && another("https://b", "sk-CANARY-1", now));
        // Each key keeps its own.
        waits.note(&account, "https://a", "sk-CANARY-2", until, now);
        assert!(!another("https://a", "sk-CANARY-1", now) && !another("https://a", "sk-CANARY-2", now));
        assert!(!another("https://a", "sk-CANARY-3", until) && !waits.knows(&account, until), "what is over says nothing");
        let text = fs::read_to_string(folder.path().join("waits/studio")).unwrap();
        assert!(!text.contains("CANARY") && text.len() < 250, "{text}");
    }

    #[test]
    fn l7_two_ledgers_have_two_salts() {
        assert_ne!(salt(), salt());
    }

    #[test]
    fn s10_what_is_no_file_of_a_few_bytes_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (waits, account) = (Waits::beside(folder.path()), AccountId::new("studio").unwrap());
        fs::create_dir(folder.path().join("waits")).unwrap();
        let path = folder.path().join("waits/studio");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(!waits.knows(&account, at("09:00:00")));
        waits.note(&account, "https://a", "k", at("10:00:00"), at("09:00:00"));
        assert!(waits.knows(&account, at("09:00:00")), "a file took its place");
    }

    #[test]
    fn l6_the_files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (waits, account) = (Waits::beside(folder.path()), AccountId::new("studio").unwrap());
        waits.note(&account, "https://a", "k", at("10:00:00"), at("09:00:00"));
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("waits"), mode("waits/studio")), (0o700, 0o600));
    }
}
