//! The ledger on disk: entries, observations and the state of polling, in one embedded `SQLite` file (SPEC 4).
//!
//! `ledger.db` is created readable by its owner alone, in a folder of the same kind. It runs in WAL mode with
//! `synchronous=FULL`, so what was acknowledged survives a crash, and several processes may use it at once: each write
//! is one `IMMEDIATE` transaction that waits up to 30 seconds for its turn. Entries are never updated or deleted;
//! triggers refuse it.
//!
//! What it holds: the ledger's entries, the figures that account endpoints reported, when to poll next, and checkpoints of what entries
//! come to. The
//! plan and the owner's e-mail come with the figures, because screens show them offline too; the e-mail is personal data. It
//! never holds a key, a header or a raw response (SPEC L7). Every entry and every observation carries a digest; the module `digest`
//! says what it is made of.
//!
//! The answers themselves are the engine's business: this module hands out [`Entry`](crate::credit::Entry)s and
//! [`Observation`](crate::credit::Observation)s in the order of recording.

mod append;
mod chain;
mod checkpoints;
mod deeds;
mod digest;
mod entries;
mod error;
mod extents;
mod fields;
mod identity;
mod interchange;
mod mend;
mod open;
mod personal;
mod polls;
mod pools;
mod present;
mod proposal;
mod row;
mod schema;
mod seen;
#[cfg(test)]
mod testing;
mod verify;
mod waiting;
mod waits;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use append::{AppendError, Appended, Refusal, Refused, RulesOf};
pub use checkpoints::StoredCheckpoint;
pub use deeds::Asked;
pub use digest::Head;
pub use entries::{AccountRecord, Filter};
pub use error::{Flaw, StoreError};
pub use fields::{FIELDS, Field, Value, entry_fields};
pub use identity::Misplaced;
pub use interchange::{Batch, Context, Format, ImportError, Imported, LineError, Pricing, export, read_batch};
pub use mend::WrongStamp;
pub use open::FILE_NAME;
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
pub struct Store {
    connection: Connection,
    path: PathBuf,
    identity: identity::Identity,
    extents: extents::Extents,
    author: Author,
    pools: Pools,
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

impl Store {
    /// The ledger's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
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
