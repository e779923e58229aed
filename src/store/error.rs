//! What can go wrong with the ledger's file, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use super::Misplaced;
use crate::credit::{Instant, Seq, print_instant};

/// Why the ledger could not be opened, read or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no ledger to read.
    #[error("can't open the ledger {}: it does not exist yet", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// A later release wrote it.
    #[error("can't open the ledger {}: it has format {found}, and this release knows formats up to {known}", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The format that the file has.
        found: i64,
        /// The newest format that this release knows.
        known: i64,
    },
    /// An earlier release wrote it, and it was opened for reading only.
    #[error("can't read the ledger {}: it has the older format {found} and has not been brought to format {known} yet", path.display())]
    OlderVersion {
        /// The file.
        path: PathBuf,
        /// The format that the file has.
        found: i64,
        /// The format that this release reads.
        known: i64,
    },
    /// The file belongs to another program, or is no database at all.
    #[error("can't open {}: it is not a ledger of creditop", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// Another process kept it locked for longer than we wait.
    #[error("can't {action} {}: another program keeps it locked", path.display())]
    Locked {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder does not let us write.
    #[error("can't {action} {}: the file or its folder can't be opened or written ({why})", path.display())]
    NotWritable {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        why: String,
    },
    /// The path does not lead to the files that were opened any more.
    #[error("can't record in the ledger {}: {}", path.display(), how.words())]
    Misplaced {
        /// Where it was.
        path: PathBuf,
        /// What became of it.
        how: Misplaced,
    },
    /// The disk is full.
    #[error("can't {action} {}: the disk is full", path.display())]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The disk, or a limit on what may be written to it, got in the way.
    #[error("can't {action} {}: the disk did not take or give the data ({why})", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        why: String,
    },
    /// The file's pages contradict one another.
    #[error("can't {action} {}: the file is damaged ({why})", path.display())]
    Corrupt {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        why: String,
    },
    /// A row does not say what a ledger's row must say.
    #[error("can't read the ledger {}: {flaw}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The row and what is wrong with it.
        flaw: Flaw,
    },
    /// The file system refused.
    #[error("can't {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The place where the file lies can't keep what is acknowledged.
    #[error("can't use the ledger {}: {setting} is {found:?} there, so a crash could lose entries", path.display())]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// The setting that would not stick.
        setting: &'static str,
        /// What it is instead.
        found: String,
    },
    /// The clock can't be right, so that nothing may be stamped by it.
    #[error("can't {action} {}: this machine's clock says {}, outside the years 1970 to 2199", path.display(), print_instant(*now))]
    Clock {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the clock says.
        now: Instant,
    },
    /// Anything else that `SQLite` reports.
    #[error("can't {action} {}: {source}", path.display())]
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// Names what `SQLite` reported while doing `action` (a verb with its object's article, as "read the ledger").
    pub(super) fn sqlite(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let Some(code) = source.sqlite_error_code() else { return Self::Sqlite { action, path, source } };
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { action, path },
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::NotWritable { action, path, why: source.to_string() }
            }
            ErrorCode::DiskFull => Self::DiskFull { action, path },
            // The shared memory beside the log: even reading takes room.
            ErrorCode::SystemIoFailure
                if source.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) =>
            {
                Self::DiskFull { action, path }
            }
            ErrorCode::SystemIoFailure => Self::Disk { action, path, why: source.to_string() },
            ErrorCode::DatabaseCorrupt => Self::Corrupt { action, path, why: source.to_string() },
            ErrorCode::NotADatabase => Self::NotALedger { path },
            _ => Self::Sqlite { action, path, source },
        }
    }

    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => "record or poll something first, or name another folder by --data-dir".to_owned(),
            Self::NewerVersion { .. } => "install the newest creditop; the file was left as it is".to_owned(),
            Self::OlderVersion { .. } => "start creditop once where it may write; it makes a backup copy first".to_owned(),
            Self::NotALedger { .. } => {
                "name another folder by --data-dir, or restore the file from a backup; it was left as it is".to_owned()
            }
            Self::Locked { .. } => "find out which program holds it, for example by `fuser`, and try again".to_owned(),
            Self::NotWritable { .. } => "make the folder writable for you, or name another by --data-dir".to_owned(),
            Self::Misplaced { how, .. } => how.hint().to_owned(),
            Self::DiskFull { .. } => "make room and try again: even reading takes a little; nothing was written".to_owned(),
            Self::Disk { .. } => {
                "check the disk, its free space and your quota, and try again; what was recorded before is safe".to_owned()
            }
            Self::Corrupt { .. } => {
                "copy the folder to a safe place, then restore the file from a backup or an export".to_owned()
            }
            Self::Damaged { .. } => "run `creditop ledger verify` to see everything that is wrong".to_owned(),
            Self::File { .. } => "check the path and its permissions, or name another folder by --data-dir".to_owned(),
            Self::Clock { .. } => "set the clock, and try again; nothing was written".to_owned(),
            Self::NotDurable { .. } => "keep the ledger on a local disk: name another folder by --data-dir".to_owned(),
            Self::Sqlite { .. } => "run `creditop ledger verify` to check the file".to_owned(),
        }
    }
}

/// Something in the ledger that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The place of the entry or observation, where the flaw has one.
    pub seq: Option<Seq>,
    /// Which row it is, as `entry dealer/job-7`, and what is wrong with it.
    pub what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(Seq(seq)) => write!(f, "row {seq}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}
