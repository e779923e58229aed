//! What was seen of a ledger before: against it shows what the file itself can't tell, that its end is gone.
//!
//! An emptied file, a write-ahead log that was lost and an older copy that was put back are each a sound ledger, only a shorter one. So a
//! small file beside it, `ledger.seen`, remembers how long it was and which entry was its last. It is no part of the ledger: without it
//! nothing is lost but this memory.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::chain::{found, written_ends};
use super::digest::Head;
use super::entries::READ;
use super::{Store, StoreError};
use crate::credit::{counted, shown};

/// The file within the data folder.
pub(super) const SEEN_NAME: &str = "ledger.seen";

/// So many losses are remembered until somebody takes the ledger as it is.
const MOST_LOSSES: usize = 8;

/// A ledger as it was seen at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Its head, as people write it.
    head: String,
    /// Its last entry; `None` where it had none.
    last: Option<LastEntry>,
}

/// The entry that was recorded last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LastEntry {
    account: String,
    #[serde(rename = "ref")]
    reference: String,
    digest: String,
}

/// A ledger that is shorter than it was, or that was changed before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The head that it had.
    pub was: Head,
    /// The account and the ref of the entry that was its last, and is not there any more.
    pub last: (String, String),
    /// The head that it has.
    pub is: Head,
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Remembered {
    seen: Option<Mark>,
    #[serde(default)]
    lost: Vec<Lost>,
}

/// What was there and is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lost {
    mark: Mark,
    /// Whether somebody was told.
    said: bool,
}

/// What is remembered of a ledger from run to run.
///
/// Read it before the ledger is opened: what another process remembers is in the ledger by then.
#[derive(Debug)]
pub struct Memory {
    path: PathBuf,
    remembered: Remembered,
    /// As it stands in the file.
    kept: Remembered,
    writable: bool,
}

impl Memory {
    /// Reads what is remembered of the ledger in `data_dir`; nothing where it can't be read. One that is not `writable` is never
    /// written.
    #[must_use]
    pub fn read(data_dir: &Path, writable: bool) -> Self {
        let path = data_dir.join(SEEN_NAME);
        let kept: Remembered = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { path, remembered: kept.clone(), kept, writable }
    }

    /// Holds the ledger against what was seen of it, and remembers it as it is now.
    ///
    /// What is not there any more stays remembered as lost, until it is there again or somebody says that it is right so.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn look(&mut self, store: &Store) -> Result<(), StoreError> {
        // One moment for all: another process may write meanwhile.
        let failed = |error| StoreError::sqlite(READ, &store.path, error);
        let _moment = store.connection.unchecked_transaction().map_err(failed)?;
        if self.remembered.seen.as_ref().is_some_and(|seen| seen.last == store.last_entry().ok().flatten()) {
            // As it was seen: nothing was recorded since, and what was lost is still lost.
            return Ok(());
        }
        let mut lost = Vec::new();
        for one in std::mem::take(&mut self.remembered.lost) {
            if !store.still_holds(&one.mark)? {
                lost.push(one);
            }
        }
        if let Some(seen) = self.remembered.seen.take()
            && !store.still_holds(&seen)?
        {
            lost.push(Lost { mark: seen, said: false });
        }
        let surplus = lost.len().saturating_sub(MOST_LOSSES);
        lost.drain(..surplus);
        self.remembered = Remembered { seen: Some(store.mark()?), lost };
        self.keep();
        Ok(())
    }

    /// What is gone.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn losses(&self, store: &Store) -> Result<Vec<Loss>, StoreError> {
        let is = store.head()?;
        Ok(self.remembered.lost.iter().filter_map(|lost| lost.mark.loss(&is)).collect())
    }

    /// What is gone of which nobody was told yet; from now on it counts as told.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn tell(&mut self, store: &Store) -> Result<Vec<Loss>, StoreError> {
        if self.remembered.lost.iter().all(|lost| lost.said) {
            return Ok(Vec::new());
        }
        let is = store.head()?;
        let untold = self.remembered.lost.iter().filter(|lost| !lost.said).filter_map(|lost| lost.mark.loss(&is)).collect();
        for lost in &mut self.remembered.lost {
            lost.said = true;
        }
        self.keep();
        Ok(untold)
    }

    /// Takes the ledger as it is for the one to remember.
    pub fn accept(&mut self) {
        self.remembered.lost.clear();
        self.keep();
    }

    /// Writes it down where it changed. It is a memory beside the ledger: where it can't be written, nothing of the ledger is at risk.
    fn keep(&mut self) {
        if self.writable && self.kept != self.remembered && write(&self.path, &self.remembered).is_ok() {
            self.kept = self.remembered.clone();
        }
    }
}

/// Puts the file in its place as a whole.
fn write(path: &Path, remembered: &Remembered) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // For its owner alone, and gone where it does not come into its place.
    let mut unfinished = tempfile::Builder::new().prefix("ledger.seen.").tempfile_in(folder)?;
    let mut text = serde_json::to_vec(remembered)?;
    text.push(b'\n');
    unfinished.write_all(&text)?;
    unfinished.persist(path).map(|_| ()).map_err(|error| error.error)
}

impl Loss {
    /// What is gone, as a sentence without a full stop.
    #[must_use]
    pub fn what(&self) -> String {
        let (was, is) = (self.was.entries, self.is.entries);
        let (account, reference) = (&self.last.0, shown(&self.last.1));
        let count = |entries: u64| counted(usize::try_from(entries).unwrap_or(usize::MAX), "entry", "entries");
        if is < was {
            return format!(
                "the ledger has become shorter: it had {}, up to \"{reference}\" of {account}, and has {is}",
                count(was)
            );
        }
        format!(
            "the ledger is not the one that was seen before: of its {} then the last, \"{reference}\" of {account}, is gone",
            count(was)
        )
    }

    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        let was = &self.was;
        format!(
            "restore the newest copy, which creditop ledger verify --expect {was} tells; or, where it was put back on purpose, take it as it \
             is: creditop ledger verify --accept"
        )
    }
}

impl Mark {
    fn loss(&self, is: &Head) -> Option<Loss> {
        let last = self.last.as_ref()?;
        Some(Loss { was: self.head.parse().ok()?, last: (last.account.clone(), last.reference.clone()), is: is.clone() })
    }
}

impl Store {
    /// The head of the ledger as it was written down; `verify` tells whether the entries are those.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub fn head(&self) -> Result<Head, StoreError> {
        let ends = written_ends(&self.connection).map_err(|error| StoreError::sqlite(READ, &self.path, error))?;
        Ok(Head::of(ends.iter().map(|(account, end)| (account.as_str(), end.entries, end.digest))))
    }

    fn mark(&self) -> Result<Mark, StoreError> {
        Ok(Mark { head: self.head()?.to_string(), last: self.last_entry()? })
    }

    fn last_entry(&self) -> Result<Option<LastEntry>, StoreError> {
        self.entry_mark("SELECT account, ref, digest FROM entry ORDER BY seq DESC LIMIT 1", &[])
    }

    /// Whether the entry that was the last is still there, and its account's entries up to it are what they were.
    fn still_holds(&self, mark: &Mark) -> Result<bool, StoreError> {
        let Some(last) = &mark.last else { return Ok(true) };
        let sql = "SELECT account, ref, digest FROM entry WHERE account = ?1 AND ref = ?2";
        Ok(self.entry_mark(sql, &[&last.account, &last.reference])?.as_ref() == Some(last))
    }

    fn entry_mark(&self, sql: &str, values: &[&String]) -> Result<Option<LastEntry>, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mark = statement.query_row(rusqlite::params_from_iter(values), |row| {
            let digest = found(row.get_ref(2)?).map(|digest| digest.hex()).unwrap_or_default();
            Ok(LastEntry { account: row.get(0)?, reference: row.get(1)?, digest })
        });
        mark.optional().map_err(failed)
    }
}

#[cfg(test)]
mod tests;
