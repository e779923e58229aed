//! Whether a ledger that is open still is the one that its path leads to (SPEC L4).
//!
//! A data folder may be removed, moved or restored from a backup while a dashboard is open. `SQLite` then goes on writing into files that
//! nobody will ever find again; and when it closes the last connection to them, it removes the log of that name, which is another ledger's
//! by then. So the files are told apart by device and inode, which nobody else can have while they are open.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::open::log_of;
use crate::store::{Location, StoreError};

/// A file, whatever it is called.
type FileId = (u64, u64);

/// Which files a ledger that is open consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    /// `None` where the system tells no files apart.
    file: Option<FileId>,
    log: Option<FileId>,
}

/// What became of the path of a ledger that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misplaced {
    /// Nothing is there any more.
    Removed,
    /// Another file is there.
    Replaced,
    /// The file is there; its log, into which entries are written first, is not.
    LogRemoved,
}

impl Misplaced {
    /// What happened, to follow the path and a colon.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Removed => "it was removed or moved away while it was open",
            Self::Replaced => "another file has taken its place while it was open",
            Self::LogRemoved => "its log was removed while it was open",
        }
    }

    /// One thing to do.
    pub(in crate::store) fn hint(self) -> &'static str {
        match self {
            Self::Removed => "nothing was recorded; put the folder back where it was, or begin anew with another run of creditop",
            Self::Replaced => "nothing was recorded; look at the figures that are there now, then record it again",
            Self::LogRemoved => {
                "nothing was recorded; end every program that uses the ledger, and see by `creditop ledger verify` what is left"
            }
        }
    }
}

impl Identity {
    /// The files of a ledger that was just opened.
    pub(super) fn of(path: &Path) -> Self {
        Self { file: file_id(path), log: file_id(&log_of(path)) }
    }

    /// What has become of them; `None` while they are where they were.
    pub(super) fn misplaced(&self, path: &Path) -> Option<Misplaced> {
        let file = self.file?;
        match file_id(path) {
            None => Some(Misplaced::Removed),
            Some(found) if found != file => Some(Misplaced::Replaced),
            Some(_) if self.log.is_some() && file_id(&log_of(path)) != self.log => Some(Misplaced::LogRemoved),
            Some(_) => None,
        }
    }

    /// Refuses to go on with files that nobody finds any more.
    pub(super) fn check(&self, path: &Path) -> Result<(), StoreError> {
        match self.misplaced(path) {
            None => Ok(()),
            Some(how) => Err(StoreError::Misplaced { location: Location::of_file(path), how }),
        }
    }
}

/// Has a connection that is closed leave the log alone that its path leads to: it belongs to another ledger now.
pub(super) fn spare_others_log(connection: &Connection) {
    // Where that fails nothing else can be done.
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

/// The file that a path leads to. Asking opens no handle, so it drops no locks.
#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Path) -> Option<FileId> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::Ledger;
    use crate::store::testing::{Folder, now, proposal, rules, spend_body};

    /// Moves what is there out of the way, and puts another ledger into its place, with something in its log.
    fn replace(ledger: &Folder) -> Ledger {
        let aside = ledger.data_dir().with_extension("aside");
        fs::rename(ledger.data_dir(), &aside).unwrap();
        let mut other = ledger.open();
        other.append(&[proposal("other", spend_body("2"))], &rules, now()).unwrap();
        other
    }

    #[test]
    fn s03_nothing_is_acknowledged_that_goes_into_a_file_that_is_gone() {
        let ledger = Folder::new();
        let mut store = ledger.open();
        store.append(&[proposal("a", spend_body("1"))], &rules, now()).unwrap();
        assert_eq!(store.misplaced(), None);
        let other = replace(&ledger);
        let refused = store.append(&[proposal("b", spend_body("1"))], &rules, now()).unwrap_err().to_string();
        assert!(refused.contains("another file has taken its place"), "{refused}");
        assert_eq!(store.misplaced(), Some(Misplaced::Replaced));
        drop(other);
        fs::remove_dir_all(ledger.data_dir()).unwrap();
        let refused = store.append(&[proposal("b", spend_body("1"))], &rules, now()).unwrap_err().to_string();
        assert!(refused.contains("it was removed or moved away"), "{refused}");
        // Where it comes back as it was, all is well.
        fs::rename(ledger.data_dir().with_extension("aside"), ledger.data_dir()).unwrap();
        store.append(&[proposal("b", spend_body("1"))], &rules, now()).unwrap();
    }

    #[test]
    fn s03_the_log_alone_that_is_gone_is_noticed_too() {
        let ledger = Folder::new();
        let mut store = ledger.open();
        store.append(&[proposal("a", spend_body("1"))], &rules, now()).unwrap();
        fs::remove_file(log_of(&ledger.file())).unwrap();
        let refused = store.append(&[proposal("b", spend_body("1"))], &rules, now()).unwrap_err().to_string();
        assert!(refused.contains("its log was removed"), "{refused}");
    }

    #[test]
    fn s03_closing_a_ledger_whose_place_was_taken_leaves_the_other_ones_log_alone() {
        let ledger = Folder::new();
        let mut store = ledger.open();
        store.append(&[proposal("a", spend_body("1"))], &rules, now()).unwrap();
        let other = replace(&ledger);
        let log = log_of(&ledger.file());
        assert!(fs::metadata(&log).unwrap().len() > 0);
        drop(store);
        assert!(fs::metadata(&log).is_ok_and(|log| log.len() > 0), "the log of the ledger that is there was removed");
        drop(other);
        assert_eq!(ledger.open().verify(None).unwrap().flaws, []);
    }
}
