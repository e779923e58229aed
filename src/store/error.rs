//! What can go wrong with the ledger's file, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

use super::Misplaced;
use crate::credit::{Instant, Seq, print_instant};

/// Where a ledger is, as people call it: the path of its file. It names no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location(String);

impl Location {
    /// A ledger in a file.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        Self(path.display().to_string())
    }

    /// A ledger in a schema of a database, where that is another one than usual.
    #[cfg(feature = "postgres")]
    pub(super) fn of_database(hosts: &str, database: &str, schema: Option<&str>) -> Self {
        Self(format!("postgres://{hosts}/{database}{}", schema.map(|schema| format!("#{schema}")).unwrap_or_default()))
    }

    /// The same database, in another schema.
    #[cfg(feature = "postgres")]
    pub(super) fn in_schema(&self, schema: &str) -> Self {
        let database = self.0.split('#').next().unwrap_or_default();
        Self(format!("{database}#{schema}"))
    }

    /// A ledger in memory.
    pub(super) fn in_memory() -> Self {
        Self("in memory".to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the ledger could not be opened, read or written. Nothing was changed, but where [`StoreError::Unanswered`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no ledger to read.
    #[error("can't open the ledger {location}: it does not exist yet")]
    Missing {
        /// Where it would be.
        location: Location,
    },
    /// A later release wrote it.
    #[error("can't open the ledger {location}: it has format {found}, and this release knows formats up to {known}")]
    NewerVersion {
        /// The file.
        location: Location,
        /// The format that the file has.
        found: i64,
        /// The newest format that this release knows.
        known: i64,
    },
    /// An earlier release wrote it, and it was opened for reading only.
    #[error("can't read the ledger {location}: it has the older format {found} and has not been brought to format {known} yet")]
    OlderVersion {
        /// The file.
        location: Location,
        /// The format that the file has.
        found: i64,
        /// The format that this release reads.
        known: i64,
    },
    /// The file belongs to another program, or is no database at all.
    #[error("can't open {location}: it is not a ledger of creditop")]
    NotALedger {
        /// The file.
        location: Location,
    },
    /// Another process kept it locked for longer than we wait.
    #[error("can't {action} {location}: another program keeps it locked")]
    Locked {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
    },
    /// The file or its folder does not let us write.
    #[error("can't {action} {location}: the file or its folder can't be opened or written ({why})")]
    NotWritable {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
        /// What the database says.
        why: String,
    },
    /// The path does not lead to the files that were opened any more.
    #[error("can't record in the ledger {location}: {}", how.words())]
    Misplaced {
        /// Where it was.
        location: Location,
        /// What became of it.
        how: Misplaced,
    },
    /// The disk is full.
    #[error("can't {action} {location}: the disk is full")]
    DiskFull {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
    },
    /// The disk, or a limit on what may be written to it, got in the way.
    #[error("can't {action} {location}: the disk did not take or give the data ({why})")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
        /// What the database says.
        why: String,
    },
    /// The file's pages contradict one another.
    #[error("can't {action} {location}: the file is damaged ({why})")]
    Corrupt {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
        /// What the database says.
        why: String,
    },
    /// A row does not say what a ledger's row must say.
    #[error("can't read the ledger {location}: {flaw}")]
    Damaged {
        /// The file.
        location: Location,
        /// The row and what is wrong with it.
        flaw: Flaw,
    },
    /// The file system refused.
    #[error("can't {action} {location}: {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        location: Location,
        /// What the operating system says.
        source: io::Error,
    },
    /// The place where the file lies can't keep what is acknowledged.
    #[error("can't use the ledger {location}: {setting} is {found:?} there, so a crash could lose entries")]
    NotDurable {
        /// The file.
        location: Location,
        /// The setting that would not stick.
        setting: &'static str,
        /// What it is instead.
        found: String,
    },
    /// The clock can't be right, so that nothing may be stamped by it.
    #[error("can't {action} {location}: this machine's clock says {}, outside the years 1970 to 2199", print_instant(*now))]
    Clock {
        /// What was tried.
        action: &'static str,
        /// The file.
        location: Location,
        /// What the clock says.
        now: Instant,
    },
    /// What names the database can't be used, or what it leads to can't be trusted.
    #[error("can't use the URL of the ledger's database: {what}")]
    Address {
        /// What is wrong, without a full stop. It holds no password.
        what: String,
    },
    /// The database does not answer, or says that it can't now.
    #[error("can't {action} {location}: it is out of reach ({why})")]
    Unreachable {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
        /// What the server or the system says.
        why: String,
    },
    /// The database takes no writes now, as while another server takes over.
    #[error("can't {action} {location}: its database takes no writes now")]
    ReadOnlyDatabase {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
    },
    /// The database does not let us in, or not do this.
    #[error("can't {action} {location}: the database does not allow it ({why})")]
    NotAllowed {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
        /// What the database says.
        why: String,
    },
    /// The database gave up a transaction for another one's sake.
    #[error("can't {action} {location}: the database broke it off ({why})")]
    Interrupted {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
        /// What the database says.
        why: String,
    },
    /// The connection was lost while it was being recorded, and nobody can say for now what became of it.
    #[error("can't {action} {location}: nobody knows for now whether {what} was recorded ({why})")]
    Unanswered {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
        /// What was to be recorded: the last entry by its account and ref, as `dealer/job-7`.
        what: String,
        /// Why it can't be found out.
        why: String,
    },
    /// Anything else that the database reports.
    #[error("can't {action} {location}: {why}")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// The ledger.
        location: Location,
        /// What the database says.
        why: String,
    },
}

impl StoreError {
    /// Whether the ledger is only out of reach: nothing is wrong with it, and it will be there again.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::ReadOnlyDatabase { .. } | Self::Unanswered { .. })
    }

    /// Whether the same may well succeed if it is tried again: nothing was written.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::ReadOnlyDatabase { .. } | Self::Interrupted { .. })
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
            Self::Address { .. } => "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, with other characters as %XX".to_owned(),
            Self::Unreachable { .. } => "see that the database runs and that this machine may reach it; nothing was written".to_owned(),
            Self::ReadOnlyDatabase { .. } => {
                "try again once a server takes writes, or name all of them: postgres://…@HOST,HOST/DATABASE; nothing was written".to_owned()
            }
            Self::NotAllowed { .. } => {
                "have the ledger's owner grant it, as by assets/postgres-roles.sql; nothing was written".to_owned()
            }
            Self::Interrupted { .. } => "try again; nothing was written".to_owned(),
            Self::Unanswered { .. } => {
                "once the database answers, look by `creditop ledger list` whether it is there; the same --ref is never recorded twice".to_owned()
            }
            Self::Engine { .. } => "run `creditop ledger verify` to check the file".to_owned(),
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
