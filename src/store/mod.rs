//! The ledger: entries, observations and the state of polling (SPEC 4).
//!
//! [`Ledger`] is policy: what may be recorded, refs and their conflicts, chains of digests, which checkpoints are kept, verification, import
//! and export. Rows are kept by an engine below it, in one file by default; the module `engine` says what an engine owes. Above that seam there is no SQL,
//! no path and no database's type.
//!
//! What a ledger holds: entries, the figures that account endpoints reported, when to poll next, and checkpoints of what entries
//! come to. The plan and the owner's e-mail come with the figures, because screens show them offline too; the e-mail is personal data. It
//! never holds a key, a header or a raw response (SPEC L7). Every entry and every observation carries a digest; the module `digest`
//! says what it is made of.
//!
//! What they come to is for the module `credit` to say: this module hands out [`Entry`](crate::credit::Entry)s and
//! [`Observation`](crate::credit::Observation)s in the order of recording.

mod append;
mod chain;
mod change_signal;
mod changes;
mod checkpoints;
mod digest;
mod engine;
mod entries;
mod error;
mod extents;
mod fields;
mod interchange;
mod leases;
mod mend;
mod personal;
mod polls;
mod pools;
mod present;
mod proposal;
mod retry;
mod row;
mod seen;
#[cfg(test)]
mod testing;
mod verify;
mod waiting;
mod waits;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "postgres")]
use secrecy::SecretString;

use self::engine::Engine;
use self::engine::memory::Memory as InMemory;
#[cfg(feature = "postgres")]
use self::engine::postgres::Postgres;
use self::engine::sqlite::Sqlite;

pub use append::{AppendError, Appended, Refusal, Refused, RulesOf};
pub use change_signal::ChangeSignal;
pub use changes::Changes;
pub use checkpoints::StoredCheckpoint;
pub use digest::Head;
#[cfg(feature = "postgres")]
pub use engine::postgres::PostgresOptions;
pub use engine::sqlite::{FILE_NAME, Misplaced};
pub use engine::{Cursor, Lease};
pub use entries::{AccountRecord, Filter, TailQuery};
pub use error::{Flaw, Location, StoreError};
pub use fields::{FIELDS, Field, Value, entry_fields};
pub use interchange::{Batch, Context, Export, Format, ImportError, Imported, LineError, Pricing, export, read_batch};
pub use mend::WrongStamp;
pub use polls::PollOutcome;
pub use pools::Pools;
pub use present::Present;
pub use proposal::{Filled, Proposal};
pub use seen::{Loss, Memory};
pub use verify::VerifyReport;
pub use waiting::{stop_waiting_for_others, wait_for_others_until, when_waiting_for_others};
pub use waits::Waits;

/// An open ledger: one connection of one process. Threads open one each.
#[derive(Debug)]
pub struct Ledger {
    engine: Engine,
    extents: extents::Extents,
    author: Author,
    pools: Pools,
    /// Who this is to others that poll.
    holder: String,
}

/// Who stands behind an entry that names no actor itself (SPEC L9).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Author {
    /// Nobody: it stays without an actor.
    #[default]
    Nobody,
    /// This actor, by name.
    Is(String),
    /// In a team an entry that names nobody is refused.
    MustBeNamed,
}

impl Ledger {
    /// Opens the ledger in `data_dir`; creates the folder (0700) and the file (0600) where they are missing.
    ///
    /// A file of an older format is brought up to date, after a copy of it was made beside it as `ledger.db.backup-vN`.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be created, opened or written, belongs to another program, or has a newer
    /// format; such a file is left as it is.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Sqlite(Sqlite::open(data_dir, None)?)))
    }

    /// Opens the ledger as [`Ledger::open`] does, but lets no write wait longer than `wait` for other processes, instead of 30 seconds.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_waiting(data_dir: &Path, wait: Duration) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Sqlite(Sqlite::open(data_dir, Some(wait))?)))
    }

    /// Opens an existing ledger for reading; whatever would write is refused.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, and as [`Ledger::open`]; also where its format is older.
    pub fn open_read_only(data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Sqlite(Sqlite::open_read_only(data_dir)?)))
    }

    /// Opens a team's ledger in a schema of a `PostgreSQL` database; makes it where it is missing, and brings one of an older format up to
    /// date, as far as the role that the URL names may do so.
    ///
    /// A server that takes no writes, as while another one takes over, is waited for. It needs no asynchronous runtime, and may be called on
    /// a thread of one.
    ///
    /// # Errors
    /// [`StoreError`] where the database can't be reached in time, does not let us in, holds something else there, or a newer format.
    #[cfg(feature = "postgres")]
    pub fn open_postgres(url: &SecretString, options: &PostgresOptions) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Postgres(Box::new(Postgres::open(url, options)?))))
    }

    /// Opens a team's ledger for reading, also on a standby; whatever would write is refused.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, [`StoreError::OlderVersion`], and as [`Ledger::open_postgres`].
    #[cfg(feature = "postgres")]
    pub fn open_postgres_read_only(url: &SecretString, options: &PostgresOptions) -> Result<Self, StoreError> {
        Ok(Self::on(Engine::Postgres(Box::new(Postgres::open_read_only(url, options)?))))
    }

    /// A new ledger in memory, gone when it is dropped.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::on(Engine::Memory(Arc::new(InMemory::new())))
    }

    fn on(engine: Engine) -> Self {
        Self {
            engine,
            extents: extents::Extents::default(),
            author: Author::default(),
            pools: Pools::default(),
            holder: leases::new_holder(),
        }
    }

    /// The same ledger, to be read beside this one by another thread.
    ///
    /// # Errors
    /// [`StoreError`] where it can't be opened a second time.
    pub fn reader(&self) -> Result<Self, StoreError> {
        Ok(Self { author: self.author.clone(), pools: self.pools.clone(), ..Self::on(self.engine.reader()?) })
    }

    /// Where the ledger is.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.engine.location()
    }

    /// What has become of the ledger's place since it was opened; `None` while it leads to this ledger.
    #[must_use]
    pub fn misplaced(&self) -> Option<Misplaced> {
        self.engine.misplaced()
    }

    /// Says which accounts share one balance from now on: what is recorded of one of them counts for all.
    pub fn share(&mut self, pools: Pools) {
        self.pools = pools;
    }

    /// Says who stands behind the entries that name no actor from now on.
    pub fn sign_as(&mut self, author: Author) {
        self.author = author;
    }
}
