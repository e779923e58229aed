//! The seam under the ledger: what keeps rows, and how they are asked for.
//!
//! Above it lie the rules: what may be recorded, which refs are made, what a chain of digests is, which checkpoints are worth their
//! room. Below it lies one engine for each sort of database. An engine keeps rows and finds them again; it knows no rule, and it may not round:
//! an amount stays the text that it was, an instant a whole number of nanoseconds.
//!
//! # What an engine owes
//! - A [`Snapshot`] sees the ledger as it was when it began, whatever others write meanwhile.
//! - A [`Transaction`] is the only one at its time. It sees what it has written itself; what it wrote counts for others when
//!   [`Transaction::commit`] has returned, durably and as a whole, and not at all where it is dropped before.
//! - The order of recording is the order of commits: whoever has seen a place in it never finds an earlier one filled later.
//! - It refuses to change or delete an entry, whoever asks it to, as far as its database lets it.
//!
//! Whoever adds one implements [`Read`] and [`Write`], names it in [`Engine`] and [`Snapshot`], and has it pass `conformance`.

#[cfg(test)]
mod conformance;
mod leases;
pub(super) mod memory;
#[cfg(feature = "postgres")]
pub(super) mod postgres;
mod sql;
pub(super) mod sqlite;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use self::leases::Lease;
use super::chain::End;
use super::digest::{Digest, Encoder};
use super::row::EntryCells;
use super::{ChangeSignal, Filter, Flaw, Location, Misplaced, StoreError, TailQuery};
use crate::credit::{AccountId, Amount, Entry, FoldEntry, Instant, Ref};

/// The last places in the order of recording; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LastSeqs {
    /// That of an entry.
    pub(super) entry: i64,
    /// That of an entry or an observation.
    pub(super) any: i64,
}

/// How far what was recorded and polled is known: only an engine says what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The last place of an entry.
    pub(super) seq: i64,
    /// The number of the last poll that was kept.
    pub(super) poll: i64,
}

/// What went into the ledger after a cursor; accounts by name, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    /// The accounts with new entries.
    pub(super) recorded: Vec<String>,
    /// The accounts of which polls were kept.
    pub(super) polled: Vec<String>,
    /// How far that is told.
    pub(super) cursor: Cursor,
}

/// From where on the entries of an account are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// All that were recorded after this place.
    Seq(i64),
    /// All that happened after this instant.
    Instant(Instant),
}

/// An account whose entries are wanted: those that happened after an instant, or all.
pub(super) type Wanted<'a> = (&'a AccountId, Option<Instant>);

/// A row of an entry as it stands in the ledger, whatever that is.
#[derive(Debug)]
pub(super) struct EntryRow {
    pub(super) seq: i64,
    /// The account's id; in a damaged ledger perhaps none.
    pub(super) account: String,
    /// The ref; in a damaged ledger perhaps none.
    pub(super) reference: String,
    /// What its digest is made of.
    pub(super) content: Encoder,
    /// The digest that it carries.
    pub(super) digest: Option<Digest>,
    /// What it says, or why that can't be told.
    pub(super) entry: Result<Entry, Flaw>,
}

/// An entry by its name, and the digest that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) account: String,
    pub(super) reference: String,
    pub(super) digest: Option<Digest>,
}

/// A row of an observation; instants are nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObservationRow {
    /// Its first place in the order of recording, which names it.
    pub(super) first: i64,
    /// Its last one.
    pub(super) last: i64,
    pub(super) account: String,
    pub(super) at: i64,
    pub(super) last_seen_at: i64,
    pub(super) plan: Option<String>,
    pub(super) email: Option<String>,
    pub(super) subscription_ends_at: Option<i64>,
    pub(super) buckets: Vec<BucketRow>,
    /// The digest that it carries.
    pub(super) digest: Option<Digest>,
}

/// What an observation says of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BucketRow {
    pub(super) bucket: String,
    pub(super) remaining: String,
    pub(super) capacity: Option<String>,
}

/// How polling an account goes; instants are nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct PollRow {
    pub(super) account: String,
    pub(super) last_ok_at: Option<i64>,
    pub(super) failure_kind: Option<String>,
    pub(super) failure_message: Option<String>,
    pub(super) failed_at: Option<i64>,
    pub(super) retry_at: Option<i64>,
    /// Failures in a row.
    pub(super) attempts: i64,
    /// The digest that it carries.
    pub(super) digest: Option<Digest>,
}

/// A checkpoint of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckpointRow {
    /// Everything up to this instant is taken in; nanoseconds since 1970.
    pub(super) at: i64,
    /// By which rules and which release it was made.
    pub(super) rules: i64,
    /// How many entries it takes in.
    pub(super) entries: i64,
    /// How many of them should at least lie between it and the one before.
    pub(super) spacing: i64,
    /// Its bytes.
    pub(super) state: Vec<u8>,
}

/// Declares what every engine does, and has an outward type do it with the engine that it holds: each method stands here once.
macro_rules! engines {
    ($(#[$about:meta])* trait $name:ident $(: $base:ident)?, and so $outward:ident {
        $($(#[$doc:meta])* fn $method:ident(&self $(, $argument:ident: $type:ty)* $(,)?) -> $answer:ty;)*
    } $({ $($own:tt)* })?) => {
        $(#[$about])*
        pub(super) trait $name $(: $base)? {
            $($(#[$doc])* fn $method(&self $(, $argument: $type)*) -> $answer;)*
            $($($own)*)?
        }

        impl $outward<'_> {
            $($(#[$doc])* pub(super) fn $method(&self $(, $argument: $type)*) -> $answer {
                match self.engine() {
                    Snapshot::Memory(session) => session.$method($($argument),*),
                    Snapshot::Sqlite(session) => session.$method($($argument),*),
                    #[cfg(feature = "postgres")]
                    Snapshot::Postgres(session) => session.$method($($argument),*),
                }
            })*
        }
    };
}

engines! {
    /// What an engine reads. A list of accounts is asked for at once, so that a database at the end of a network needs one answer for all
    /// of them.
    trait Read, and so Snapshot {
        /// Where the ledger is, for errors.
        fn location(&self) -> &Location;

        /// The last places in the order of recording.
        fn last_seqs(&self) -> Result<LastSeqs, StoreError>;
        /// The entries of one account that have these refs, in their order.
        fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError>;
        /// Hands out the entries that a filter lets through, one by one.
        fn each_entry(&self, filter: &Filter, take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError>;
        /// Hands out every amount that the entries of an account carry, in any order.
        fn each_amount(&self, account: &AccountId, since: Since, take: impl FnMut(Amount)) -> Result<(), StoreError>;
        /// The entries of each of these accounts, in the order of recording.
        fn entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Entry>>, StoreError>;
        /// What figures depend on, for each of these accounts, in any order.
        fn fold_entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<FoldEntry>>, StoreError>;
        /// What was recorded and polled after a cursor; without one nothing, and where it stands now.
        fn changes_since(&self, since: Option<Cursor>) -> Result<Flow, StoreError>;
        /// How many entries of an account were recorded at a place after the one and before the other.
        fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError>;
        /// The name of every account that something is recorded of, by name.
        fn account_names(&self) -> Result<Vec<String>, StoreError>;
        /// Every text that stands in a ref, a target, a note, an actor, an e-mail or the name of an account; each once.
        fn texts(&self) -> Result<Vec<String>, StoreError>;
        /// Every list of tags, with one space between two of them; each once.
        fn tag_lists(&self) -> Result<Vec<String>, StoreError>;
        /// The entry with that account and ref, or the one that was recorded last.
        fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError>;
        /// Where the chains of these accounts end, or those of all, as it was written down; an account without an end is left out. The chain over
        /// all entries has the name "".
        fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError>;

        /// The observations of each of these accounts, in the order of recording.
        fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError>;
        /// The last observations of an account, the latest first.
        fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError>;
        /// How polling these accounts goes, or all of them, by name; an account that was never polled is left out.
        fn polls(&self, of: Option<&[&str]>) -> Result<Vec<PollRow>, StoreError>;

        /// The latest checkpoint of each account by its own rules at or before an instant.
        fn checkpoints_before(&self, asked: &[TailQuery<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError>;
        /// All checkpoints of an account, the earliest first; those by the same rules where they are given.
        fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError>;

        /// What the database itself finds damaged.
        fn damage(&self) -> Result<Vec<Flaw>, StoreError>;
        /// What is there that creditop did not make, and what it made that is not there.
        fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError>;
        /// Entries that contradict others: refs that two share, targets that are not there or not what they must be.
        fn contradictions(&self) -> Result<Vec<Flaw>, StoreError>;
        /// Hands out every row of an entry after a place, in the order of recording, damaged ones too.
        fn each_row(&self, after: i64, take: impl FnMut(EntryRow) -> Result<(), StoreError>) -> Result<(), StoreError>;
        /// What the row of an entry at a place says.
        fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError>;
    }
}

engines! {
    /// What an engine writes within a transaction.
    trait Write: Read, and so Transaction {
        /// Writes an entry at a place after all others.
        fn insert(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> Result<(), StoreError>;
        /// Writes down where the chain of an account's entries ends, or under "" that over all entries.
        fn set_chain_end(&self, account: &str, end: End) -> Result<(), StoreError>;
        /// Deletes the checkpoints of an account at this instant and later.
        fn void_checkpoints(&self, account: &AccountId, from: Instant) -> Result<(), StoreError>;
        /// Writes an observation at a place after all others.
        fn insert_observation(&self, row: &ObservationRow) -> Result<(), StoreError>;
        /// Writes down that an observation was seen again: its last place, when, and its digest.
        fn confirm_observation(&self, row: &ObservationRow) -> Result<(), StoreError>;
        /// Writes an observation's instants and its digest anew, to mend what a wrong clock stamped.
        fn restamp_observation(&self, row: &ObservationRow) -> Result<(), StoreError>;
        /// Writes down how polling an account goes, and that it changed after all that changed before.
        fn put_poll(&self, row: &PollRow) -> Result<(), StoreError>;
        /// Gives back the leases of these accounts that a holder has.
        fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError>;
        /// Keeps a checkpoint, in the place of one by the same rules at the same instant.
        fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError>;
        /// Deletes the checkpoint of an account by some rules at an instant.
        fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError>;
    } {
        /// Makes what was written count, durably.
        fn commit(self) -> Result<(), StoreError>;
    }
}

/// What keeps a ledger's rows.
#[derive(Debug)]
pub(super) enum Engine {
    /// In memory, gone with the process: naive, to hold the others against.
    Memory(Arc<memory::Memory>),
    /// In a file.
    Sqlite(sqlite::Sqlite),
    /// In a database that a team shares.
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Postgres>),
}

/// The ledger as of a moment.
pub(super) enum Snapshot<'a> {
    Memory(memory::Session<'a>),
    Sqlite(sqlite::Session<'a>),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Session<'a>>),
}

/// A moment that may write.
pub(super) struct Transaction<'a>(Snapshot<'a>);

impl<'a> Deref for Transaction<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.0
    }
}

/// How much a change writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// A few rows.
    Usual,
    /// Ten thousand and more: the engine may prepare for it.
    Large,
}

impl<'a> Snapshot<'a> {
    fn engine(&self) -> &Snapshot<'a> {
        self
    }
}

impl<'a> Transaction<'a> {
    fn engine(&self) -> &Snapshot<'a> {
        &self.0
    }

    /// Makes what was written count, durably.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Snapshot::Memory(session) => session.commit(),
            Snapshot::Sqlite(session) => session.commit(),
            #[cfg(feature = "postgres")]
            Snapshot::Postgres(session) => session.commit(),
        }
    }
}

impl Engine {
    /// Where the ledger is.
    pub(super) fn location(&self) -> &Location {
        match self {
            Self::Memory(engine) => engine.location(),
            Self::Sqlite(engine) => engine.location(),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.location(),
        }
    }

    /// The same ledger on its own, for another thread to read.
    pub(super) fn reader(&self) -> Result<Self, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Self::Memory(Arc::clone(engine))),
            Self::Sqlite(engine) => engine.reader().map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => Ok(Self::Postgres(Box::new(engine.reader()))),
        }
    }

    /// The ledger as it is now.
    pub(super) fn read(&self) -> Result<Snapshot<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Snapshot::Memory(engine.read())),
            Self::Sqlite(engine) => engine.read().map(Snapshot::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => Ok(Snapshot::Postgres(Box::new(engine.read()))),
        }
    }

    /// Begins to write, once nobody else does; `action` says what for.
    pub(super) fn write(&self, action: &'static str, size: Size) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Transaction(Snapshot::Memory(engine.write()))),
            Self::Sqlite(engine) => engine.write(action, size).map(|session| Transaction(Snapshot::Sqlite(session))),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.write(action).map(|session| Transaction(Snapshot::Postgres(Box::new(session)))),
        }
    }

    /// Begins to write where nobody else does; `None` where somebody does.
    pub(super) fn write_at_once(&self, action: &'static str) -> Result<Option<Transaction<'_>>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Some(Transaction(Snapshot::Memory(engine.write())))),
            Self::Sqlite(engine) => Ok(engine.write_at_once(action)?.map(|session| Transaction(Snapshot::Sqlite(session)))),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => {
                Ok(engine.write_at_once(action)?.map(|session| Transaction(Snapshot::Postgres(Box::new(session)))))
            }
        }
    }

    /// Begins to write over what is never changed, to mend what a wrong clock stamped.
    pub(super) fn mend(&self, action: &'static str) -> Result<Transaction<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Transaction(Snapshot::Memory(engine.write()))),
            Self::Sqlite(engine) => engine.mend(action).map(|session| Transaction(Snapshot::Sqlite(session))),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.mend(action).map(|session| Transaction(Snapshot::Postgres(Box::new(session)))),
        }
    }

    /// Takes the leases of accounts for so long each, or renews those that the holder has; tells what came of each. It takes no part
    /// in the order of recording, and a crash may forget it.
    pub(super) fn lease(&self, wanted: &[(&str, Duration)], holder: &str) -> Result<Vec<Lease>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(engine.lease(wanted, holder)),
            Self::Sqlite(engine) => engine.lease(wanted, holder),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.lease(wanted, holder),
        }
    }

    /// Gives back the leases of these accounts that a holder has.
    pub(super) fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        match self {
            Self::Memory(engine) => engine.end_leases(accounts, holder),
            Self::Sqlite(engine) => engine.end_leases(accounts, holder),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.end_leases(accounts, holder),
        }
    }

    /// A number that changes with whatever somebody else writes.
    pub(super) fn writes_of_others(&self) -> Result<i64, StoreError> {
        match self {
            Self::Memory(engine) => Ok(engine.writes()),
            Self::Sqlite(engine) => engine.writes_of_others(),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.writes(),
        }
    }

    /// What has become of the ledger's place since it was opened; `None` while it leads to this ledger.
    pub(super) fn misplaced(&self) -> Option<Misplaced> {
        match self {
            Self::Memory(_) => None,
            Self::Sqlite(engine) => engine.misplaced(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// What is told when somebody writes; `None` where the engine tells nobody.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unnecessary_wraps, reason = "only an engine at the end of a network fails")
    )]
    pub(super) fn listen(&self) -> Result<Option<ChangeSignal>, StoreError> {
        match self {
            Self::Memory(_) | Self::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.listen().map(Some),
        }
    }

    /// Makes a copy of the ledger under its name with a further ending; says where.
    pub(super) fn back_up(&self, ending: &str) -> Result<Location, StoreError> {
        match self {
            Self::Memory(engine) => Ok(engine.location().clone()),
            Self::Sqlite(engine) => engine.back_up(ending),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.back_up(ending),
        }
    }
}
