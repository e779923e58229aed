//! The seam under the ledger: what keeps rows, and how they are asked for.
//!
//! Above it lie the rules: what may be recorded, which refs are made, what a chain of digests is, which checkpoints are worth their
//! room. Below it lies one engine for each sort of database. An engine keeps rows and finds them again; it knows no rule, and it may not round:
//! an amount stays the text that it was, an instant a whole number of nanoseconds.
//!
//! # What an engine owes
//! - A [`Moment`] sees the ledger as it was when it began, whatever others write meanwhile.
//! - A [`Change`] is the only one at its time. It sees what it has written itself; what it wrote counts for others when
//!   [`Change::commit`] has returned, durably and as a whole, and not at all where it is dropped before.
//! - The order of recording is the order of commits: whoever has seen a place in it never finds an earlier one filled later.
//! - It refuses to change or delete an entry, whoever asks it to, as far as its database lets it.
//!
//! Whoever adds one implements [`Session`], names it in [`Engine`] and [`Moment`], and has it pass `conformance`.

#[cfg(test)]
mod conformance;
pub(super) mod memory;
mod sql;
pub(super) mod sqlite;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::chain::End;
use super::digest::{Digest, Encoder};
use super::row::EntryCells;
use super::{Asked, Filter, Flaw, Location, Misplaced, StoreError};
use crate::credit::{AccountId, Amount, Deed, Entry, Instant, Ref};

/// The last places in the order of recording; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LastSeqs {
    /// That of an entry.
    pub(super) entry: i64,
    /// That of an entry or an observation.
    pub(super) any: i64,
}

/// From where on the entries of an account are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// All that were recorded after this place.
    Seq(i64),
    /// All that happened after this instant.
    Instant(Instant),
}

/// An account whose deeds are wanted: those that happened after an instant, or all.
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

/// What an engine does within a moment or a change. A list of accounts is asked for at once, so that a database at the end of a network needs
/// one answer for all of them.
pub(super) trait Session {
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
    /// What figures depend on, for each of these accounts, in any order.
    fn deeds(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Deed>>, StoreError>;
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
    fn polls(&self, of: Option<&[&AccountId]>) -> Result<Vec<PollRow>, StoreError>;

    /// The latest checkpoint of each account by its own rules at or before an instant.
    fn checkpoints_before(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError>;
    /// All checkpoints of an account, the earliest first; those by the same rules where they are given.
    fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError>;

    /// What the database itself finds damaged.
    fn damage(&self) -> Result<Vec<Flaw>, StoreError>;
    /// What is there that creditop did not make, and what it made that is not there.
    fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError>;
    /// Entries that contradict others: refs that two share, targets that are not there or not what they must be.
    fn contradictions(&self) -> Result<Vec<Flaw>, StoreError>;
    /// Hands out every row of an entry, in the order of recording, damaged ones too.
    fn each_row(&self, take: impl FnMut(EntryRow)) -> Result<(), StoreError>;
    /// What the row of an entry at a place says.
    fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError>;

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
    /// Writes down how polling an account goes.
    fn put_poll(&self, row: &PollRow) -> Result<(), StoreError>;
    /// Keeps a checkpoint, in the place of one by the same rules at the same instant.
    fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError>;
    /// Deletes the checkpoint of an account by some rules at an instant.
    fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError>;
    /// Makes what was written count, durably.
    fn commit(self) -> Result<(), StoreError>;
}

/// What keeps a ledger's rows.
#[derive(Debug)]
pub(super) enum Engine {
    /// In memory, gone with the process: naive, to hold the others against.
    Memory(Arc<memory::Memory>),
    /// In a file.
    Sqlite(sqlite::Sqlite),
}

/// The ledger as of a moment.
pub(super) enum Moment<'a> {
    Memory(memory::Sitting<'a>),
    Sqlite(sqlite::Sitting<'a>),
}

/// A moment that may write.
pub(super) struct Change<'a>(Moment<'a>);

impl<'a> Deref for Change<'a> {
    type Target = Moment<'a>;

    fn deref(&self) -> &Moment<'a> {
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

/// Does the same with whichever engine it is.
macro_rules! on_any {
    ($self:expr, $session:ident => $answer:expr) => {
        match &$self {
            Moment::Memory($session) => $answer,
            Moment::Sqlite($session) => $answer,
        }
    };
}

impl Moment<'_> {
    /// Where the ledger is, for errors.
    pub(super) fn location(&self) -> &Location {
        on_any!(self, session => session.location())
    }

    /// The last places in the order of recording.
    pub(super) fn last_seqs(&self) -> Result<LastSeqs, StoreError> {
        on_any!(self, session => session.last_seqs())
    }

    /// The entries of one account that have these refs, in their order.
    pub(super) fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError> {
        on_any!(self, session => session.entries_with_refs(account, references))
    }

    /// Hands out the entries that a filter lets through, one by one.
    pub(super) fn each_entry(
        &self,
        filter: &Filter,
        take: impl FnMut(Entry) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        on_any!(self, session => session.each_entry(filter, take))
    }

    /// Hands out every amount that the entries of an account carry, in any order.
    pub(super) fn each_amount(&self, account: &AccountId, since: Since, take: impl FnMut(Amount)) -> Result<(), StoreError> {
        on_any!(self, session => session.each_amount(account, since, take))
    }

    /// What figures depend on, for each of these accounts, in any order.
    pub(super) fn deeds(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Deed>>, StoreError> {
        on_any!(self, session => session.deeds(wanted))
    }

    /// How many entries of an account were recorded at a place after the one and before the other.
    pub(super) fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError> {
        on_any!(self, session => session.count_between(account, after, before))
    }

    /// The name of every account that something is recorded of, by name.
    pub(super) fn account_names(&self) -> Result<Vec<String>, StoreError> {
        on_any!(self, session => session.account_names())
    }

    /// Every text that stands in a ref, a target, a note, an actor, an e-mail or the name of an account; each once.
    pub(super) fn texts(&self) -> Result<Vec<String>, StoreError> {
        on_any!(self, session => session.texts())
    }

    /// Every list of tags, with one space between two of them; each once.
    pub(super) fn tag_lists(&self) -> Result<Vec<String>, StoreError> {
        on_any!(self, session => session.tag_lists())
    }

    /// The entry with that account and ref, or the one that was recorded last.
    pub(super) fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError> {
        on_any!(self, session => session.sealed(which))
    }

    /// Where the chains of these accounts end, or those of all, as it was written down; an account without an end is left out. The chain over
    /// all entries has the name "".
    pub(super) fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError> {
        on_any!(self, session => session.chain_ends(of))
    }

    /// The observations of each of these accounts, in the order of recording.
    pub(super) fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError> {
        on_any!(self, session => session.observations(of))
    }

    /// The last observations of an account, the latest first.
    pub(super) fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError> {
        on_any!(self, session => session.last_observations(account, many))
    }

    /// How polling these accounts goes, or all of them, by name; an account that was never polled is left out.
    pub(super) fn polls(&self, of: Option<&[&AccountId]>) -> Result<Vec<PollRow>, StoreError> {
        on_any!(self, session => session.polls(of))
    }

    /// The latest checkpoint of each account by its own rules at or before an instant.
    pub(super) fn checkpoints_before(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError> {
        on_any!(self, session => session.checkpoints_before(asked))
    }

    /// All checkpoints of an account, the earliest first; those by the same rules where they are given.
    pub(super) fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError> {
        on_any!(self, session => session.checkpoints(account, rules))
    }

    /// What the database itself finds damaged.
    pub(super) fn damage(&self) -> Result<Vec<Flaw>, StoreError> {
        on_any!(self, session => session.damage())
    }

    /// What is there that creditop did not make, and what it made that is not there.
    pub(super) fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError> {
        on_any!(self, session => session.strange_parts())
    }

    /// Entries that contradict others: refs that two share, targets that are not there or not what they must be.
    pub(super) fn contradictions(&self) -> Result<Vec<Flaw>, StoreError> {
        on_any!(self, session => session.contradictions())
    }

    /// Hands out every row of an entry, in the order of recording, damaged ones too.
    pub(super) fn each_row(&self, take: impl FnMut(EntryRow)) -> Result<(), StoreError> {
        on_any!(self, session => session.each_row(take))
    }

    /// What the row of an entry at a place says.
    pub(super) fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError> {
        on_any!(self, session => session.content_at(seq))
    }
}

impl Change<'_> {
    /// Writes an entry at a place after all others.
    pub(super) fn insert(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> Result<(), StoreError> {
        on_any!(self.0, session => session.insert(seq, cells, digest))
    }

    /// Writes down where the chain of an account's entries ends, or under "" that over all entries.
    pub(super) fn set_chain_end(&self, account: &str, end: End) -> Result<(), StoreError> {
        on_any!(self.0, session => session.set_chain_end(account, end))
    }

    /// Deletes the checkpoints of an account at this instant and later.
    pub(super) fn void_checkpoints(&self, account: &AccountId, from: Instant) -> Result<(), StoreError> {
        on_any!(self.0, session => session.void_checkpoints(account, from))
    }

    /// Writes an observation at a place after all others.
    pub(super) fn insert_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        on_any!(self.0, session => session.insert_observation(row))
    }

    /// Writes down that an observation was seen again: its last place, when, and its digest.
    pub(super) fn confirm_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        on_any!(self.0, session => session.confirm_observation(row))
    }

    /// Writes an observation's instants and its digest anew, to mend what a wrong clock stamped.
    pub(super) fn restamp_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        on_any!(self.0, session => session.restamp_observation(row))
    }

    /// Writes down how polling an account goes.
    pub(super) fn put_poll(&self, row: &PollRow) -> Result<(), StoreError> {
        on_any!(self.0, session => session.put_poll(row))
    }

    /// Keeps a checkpoint, in the place of one by the same rules at the same instant.
    pub(super) fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError> {
        on_any!(self.0, session => session.put_checkpoint(account, row))
    }

    /// Deletes the checkpoint of an account by some rules at an instant.
    pub(super) fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError> {
        on_any!(self.0, session => session.delete_checkpoint(account, rules, at))
    }

    /// Makes what was written count, durably.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Moment::Memory(session) => session.commit(),
            Moment::Sqlite(session) => session.commit(),
        }
    }
}

impl Engine {
    /// Where the ledger is.
    pub(super) fn location(&self) -> &Location {
        match self {
            Self::Memory(engine) => engine.location(),
            Self::Sqlite(engine) => engine.location(),
        }
    }

    /// The ledger as it is now.
    pub(super) fn read(&self) -> Result<Moment<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Moment::Memory(engine.read())),
            Self::Sqlite(engine) => engine.read().map(Moment::Sqlite),
        }
    }

    /// Begins to write, once nobody else does; `action` says what for.
    pub(super) fn write(&self, action: &'static str, size: Size) -> Result<Change<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Change(Moment::Memory(engine.write()))),
            Self::Sqlite(engine) => engine.write(action, size).map(|sitting| Change(Moment::Sqlite(sitting))),
        }
    }

    /// Begins to write where nobody else does; `None` where somebody does.
    pub(super) fn write_at_once(&self, action: &'static str) -> Result<Option<Change<'_>>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Some(Change(Moment::Memory(engine.write())))),
            Self::Sqlite(engine) => Ok(engine.write_at_once(action)?.map(|sitting| Change(Moment::Sqlite(sitting)))),
        }
    }

    /// Begins to write over what is never changed, to mend what a wrong clock stamped.
    pub(super) fn mend(&self, action: &'static str) -> Result<Change<'_>, StoreError> {
        match self {
            Self::Memory(engine) => Ok(Change(Moment::Memory(engine.write()))),
            Self::Sqlite(engine) => engine.mend(action).map(|sitting| Change(Moment::Sqlite(sitting))),
        }
    }

    /// A number that changes with whatever somebody else writes.
    pub(super) fn writes_of_others(&self) -> Result<i64, StoreError> {
        match self {
            Self::Memory(_) => Ok(0),
            Self::Sqlite(engine) => engine.writes_of_others(),
        }
    }

    /// What has become of the ledger's place since it was opened; `None` while it leads to this ledger.
    pub(super) fn misplaced(&self) -> Option<Misplaced> {
        match self {
            Self::Memory(_) => None,
            Self::Sqlite(engine) => engine.misplaced(),
        }
    }

    /// Makes a copy of the ledger under its name with a further ending; says where.
    pub(super) fn back_up(&self, ending: &str) -> Result<Location, StoreError> {
        match self {
            Self::Memory(engine) => Ok(engine.location().clone()),
            Self::Sqlite(engine) => engine.back_up(ending),
        }
    }
}
