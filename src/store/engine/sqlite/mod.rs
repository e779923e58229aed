//! The ledger in an embedded `SQLite` file.
//!
//! `ledger.db` is created readable by its owner alone, in a folder of the same kind. It runs in WAL mode with
//! `synchronous=FULL`, so what was acknowledged survives a crash, and several processes may use it at once: each change
//! is one `IMMEDIATE` transaction that waits up to 30 seconds for its turn. Triggers refuse to change or delete an entry.

mod error;
mod fold_entries;
mod guards;
mod identity;
mod leases;
mod open;
mod read;
mod schema;
mod seal;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use self::error::failed;
use self::identity::Identity;
pub use self::identity::Misplaced;
pub use self::open::FILE_NAME;
#[cfg(test)]
pub(in crate::store) use self::seal::seal_whole;
use super::Size;
use crate::store::waiting::without_waiting;
use crate::store::{Location, StoreError};

const READ: &str = "read the ledger";

/// The page cache for a large change, in the words of `SQLite`: 64 MiB at most.
const LARGE_CACHE: i64 = -64 * 1024;

/// The page cache otherwise: what `SQLite` takes by itself.
const USUAL_CACHE: i64 = -2000;

/// An open file: one connection of one process. Threads open one each.
#[derive(Debug)]
pub(in crate::store) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    location: Location,
    identity: Identity,
}

/// A moment, or a change, in a file.
pub(in crate::store) struct Session<'a> {
    transaction: Transaction<'a>,
    engine: &'a Sqlite,
    action: &'static str,
    /// After the transaction: it is let go of last.
    _prepared: Option<Prepared<'a>>,
}

impl Sqlite {
    fn new(connection: Connection, path: PathBuf) -> Self {
        let (identity, location) = (Identity::of(&path), Location::of_file(&path));
        Self { connection, path, location, identity }
    }

    /// Where the file is.
    pub(in crate::store) fn location(&self) -> &Location {
        &self.location
    }

    /// The same file on a connection of its own, for reading alone.
    pub(in crate::store) fn reader(&self) -> Result<Self, StoreError> {
        Ok(Self::new(open::reader(&self.path)?, self.path.clone()))
    }

    /// The ledger as it is now.
    pub(in crate::store) fn read(&self) -> Result<Session<'_>, StoreError> {
        let transaction = self.connection.unchecked_transaction().map_err(|error| failed(READ, &self.location, error))?;
        Ok(Session { transaction, engine: self, action: READ, _prepared: None })
    }

    /// Begins to write, once nobody else does.
    pub(in crate::store) fn write(&self, action: &'static str, size: Size) -> Result<Session<'_>, StoreError> {
        let prepared = match size {
            Size::Usual => None,
            Size::Large => Some(Prepared::new(self, action, Preparation::Large)?),
        };
        self.change(action, prepared)
    }

    /// Begins to write where nobody else does.
    pub(in crate::store) fn write_at_once(&self, action: &'static str) -> Result<Option<Session<'_>>, StoreError> {
        match without_waiting(|| Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)) {
            Ok(transaction) => Ok(Some(Session { transaction, engine: self, action, _prepared: None })),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(None),
            Err(error) => Err(failed(action, &self.location, error)),
        }
    }

    /// Begins to write over what the triggers guard.
    pub(in crate::store) fn mend(&self, action: &'static str) -> Result<Session<'_>, StoreError> {
        let prepared = Prepared::new(self, action, Preparation::Unguarded)?;
        self.change(action, Some(prepared))
    }

    fn change<'a>(&'a self, action: &'static str, prepared: Option<Prepared<'a>>) -> Result<Session<'a>, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
            .map_err(|error| failed(action, &self.location, error))?;
        self.identity.check(&self.path)?;
        Ok(Session { transaction, engine: self, action, _prepared: prepared })
    }

    /// The same file, as another client has it open.
    #[cfg(test)]
    pub(in crate::store) fn another(&self) -> Self {
        Self::open(self.path.parent().unwrap(), None).unwrap()
    }

    /// The connection, for tests to tamper with.
    #[cfg(test)]
    pub(in crate::store) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A number that changes with whatever another process, or another connection of this one, writes into the file.
    pub(in crate::store) fn writes_of_others(&self) -> Result<i64, StoreError> {
        let number = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        number.map_err(|error| failed(READ, &self.location, error))
    }

    /// What has become of the path since the file was opened; `None` while it leads to this file.
    pub(in crate::store) fn misplaced(&self) -> Option<Misplaced> {
        self.identity.misplaced(&self.path)
    }

    /// Copies the file to one beside it that has its name with a further ending.
    pub(in crate::store) fn back_up(&self, ending: &str) -> Result<Location, StoreError> {
        open::back_up_as(&self.path, ending).map(|path| Location::of_file(&path))
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if self.misplaced().is_some() {
            identity::spare_others_log(&self.connection);
        }
    }
}

/// What a connection is made fit for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preparation {
    /// Many rows.
    Large,
    /// A change of what is never changed.
    Unguarded,
    /// What a crash may forget: it need not reach the disk before it counts.
    Fleeting,
}

/// A connection that is made fit for something unusual, until this is dropped.
struct Prepared<'a> {
    engine: &'a Sqlite,
    preparation: Preparation,
}

impl<'a> Prepared<'a> {
    fn new(engine: &'a Sqlite, action: &'static str, preparation: Preparation) -> Result<Self, StoreError> {
        let prepared = Self { engine, preparation };
        prepared.set(true).map_err(|error| failed(action, &engine.location, error))?;
        Ok(prepared)
    }

    fn set(&self, on: bool) -> rusqlite::Result<()> {
        let connection = &self.engine.connection;
        if self.preparation == Preparation::Fleeting {
            return connection.pragma_update(None, "synchronous", if on { "NORMAL" } else { "FULL" });
        }
        // A row with a trigger takes a journal of its own; checkpoints go by account, before anything is written.
        let triggers = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, !on).map(|_| ());
        if self.preparation == Preparation::Unguarded {
            return triggers;
        }
        let set = |name, value: i64| connection.pragma_update(None, name, value);
        // The indexes' pages are written all over: what does not fit goes to the disk and comes back again and again.
        let cache = set("cache_size", if on { LARGE_CACHE } else { USUAL_CACHE });
        // For every row anew, SQLite makes a table in memory of each list of words in a CHECK: that takes as long as all else.
        // The words that we write come from enums, and `verify` checks them as well.
        let checks = set("ignore_check_constraints", i64::from(on));
        triggers.and(cache).and(checks)
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        // These settings are the connection's own and touch no file.
        let _ = self.set(false);
    }
}

impl Session<'_> {
    fn connection(&self) -> &Connection {
        &self.transaction
    }

    /// Where the file is, as `SQLite` wants it.
    fn path(&self) -> &Path {
        &self.engine.path
    }

    fn failed(&self, error: rusqlite::Error) -> StoreError {
        failed(self.action, &self.engine.location, error)
    }
}
