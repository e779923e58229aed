//! Entries without their labels: all that figures depend on.

use super::extent::amount_of;
use super::{Amount, Entry, EntryBody, Instant, Ref, Seq, reversible_from};

/// What the figures of an account depend on in an [`Entry`]. It is small, so that those of a whole ledger fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its place in the order of recording.
    pub seq: Seq,
    /// When it happened.
    pub at: Instant,
    /// From when on it can be reversed: [`reversible_from`].
    pub reversible_from: Instant,
    /// Its ref, unique per account.
    pub reference: Ref,
    /// What happened.
    pub act: Act,
}

/// What happened. Most entries are spends, so those take no memory of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// So much was used; what for does not matter.
    Spend(Amount),
    /// Anything else.
    Other(Box<EntryBody>),
}

impl From<Entry> for Deed {
    fn from(entry: Entry) -> Self {
        let act = match entry.body {
            EntryBody::Spend(spend) => Act::Spend(spend.amount),
            other => Act::Other(Box::new(other)),
        };
        let reversible_from = reversible_from(entry.at, entry.recorded_at);
        Self { seq: entry.seq, at: entry.at, reversible_from, reference: entry.reference, act }
    }
}

/// An entry or a deed, as the fold looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub seq: Seq,
    pub at: Instant,
    pub reversible_from: Instant,
    pub reference: &'a Ref,
    pub act: Telling<'a>,
}

/// An [`Act`] that lies elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Telling<'a> {
    Spend(Amount),
    Other(&'a EntryBody),
}

impl<'a> Told<'a> {
    /// What happened, where it is no spend.
    pub(crate) fn other(self) -> Option<&'a EntryBody> {
        match self.act {
            Telling::Spend(_) => None,
            Telling::Other(body) => Some(body),
        }
    }

    /// The amount that it carries.
    pub(crate) fn amount(self) -> Option<Amount> {
        match self.act {
            Telling::Spend(amount) => Some(amount),
            Telling::Other(body) => amount_of(body).map(|(_, amount)| amount),
        }
    }

    pub(crate) fn is_grant(self) -> bool {
        matches!(self.other(), Some(EntryBody::Grant(_)))
    }

    pub(crate) fn is_hold(self) -> bool {
        matches!(self.other(), Some(EntryBody::Hold { .. }))
    }

    pub(crate) fn is_observe(self) -> bool {
        matches!(self.other(), Some(EntryBody::Observe { .. }))
    }

    /// The ref of the entry that this one answers.
    pub(crate) fn reverses(self) -> Option<&'a Ref> {
        match self.other() {
            Some(EntryBody::Reverse { reverses }) => Some(reverses),
            _ => None,
        }
    }
}

impl<'a> From<&'a Entry> for Told<'a> {
    fn from(entry: &'a Entry) -> Self {
        let act = match &entry.body {
            EntryBody::Spend(spend) => Telling::Spend(spend.amount),
            other => Telling::Other(other),
        };
        let reversible_from = reversible_from(entry.at, entry.recorded_at);
        Self { seq: entry.seq, at: entry.at, reversible_from, reference: &entry.reference, act }
    }
}

impl<'a> From<&'a Deed> for Told<'a> {
    fn from(deed: &'a Deed) -> Self {
        let act = match &deed.act {
            Act::Spend(amount) => Telling::Spend(*amount),
            Act::Other(body) => Telling::Other(body),
        };
        Self { seq: deed.seq, at: deed.at, reversible_from: deed.reversible_from, reference: &deed.reference, act }
    }
}
