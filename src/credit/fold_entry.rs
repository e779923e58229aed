//! Entries without their labels: all that figures depend on.

use super::extent::amount_of;
use super::{Amount, Entry, EntryBody, Instant, Ref, Seq, reversible_from};

/// What the figures of an account depend on in an [`Entry`]. It is small, so that those of a whole ledger fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldEntry {
    /// Its place in the order of recording.
    pub seq: Seq,
    /// When it happened.
    pub at: Instant,
    /// From when on it can be reversed: [`reversible_from`].
    pub reversible_from: Instant,
    /// Its ref, unique per account.
    pub reference: Ref,
    /// What happened.
    pub effect: EntryEffect,
}

/// What happened. Most entries are spends, so those take no memory of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryEffect {
    /// So much was used; what for does not matter.
    Spend(Amount),
    /// Anything else.
    Other(Box<EntryBody>),
}

impl From<Entry> for FoldEntry {
    fn from(entry: Entry) -> Self {
        let effect = match entry.body {
            EntryBody::Spend(spend) => EntryEffect::Spend(spend.amount),
            other => EntryEffect::Other(Box::new(other)),
        };
        let reversible_from = reversible_from(entry.at, entry.recorded_at);
        Self { seq: entry.seq, at: entry.at, reversible_from, reference: entry.reference, effect }
    }
}

/// An entry, as the fold looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldEntryRef<'a> {
    pub seq: Seq,
    pub at: Instant,
    pub reversible_from: Instant,
    pub reference: &'a Ref,
    pub effect: EntryEffectRef<'a>,
}

/// An [`EntryEffect`] that lies elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryEffectRef<'a> {
    Spend(Amount),
    Other(&'a EntryBody),
}

impl<'a> FoldEntryRef<'a> {
    /// What happened, where it is no spend.
    pub(crate) fn other(self) -> Option<&'a EntryBody> {
        match self.effect {
            EntryEffectRef::Spend(_) => None,
            EntryEffectRef::Other(body) => Some(body),
        }
    }

    /// The amount that it carries.
    pub(crate) fn amount(self) -> Option<Amount> {
        match self.effect {
            EntryEffectRef::Spend(amount) => Some(amount),
            EntryEffectRef::Other(body) => amount_of(body).map(|(_, amount)| amount),
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

impl<'a> From<&'a Entry> for FoldEntryRef<'a> {
    fn from(entry: &'a Entry) -> Self {
        let effect = match &entry.body {
            EntryBody::Spend(spend) => EntryEffectRef::Spend(spend.amount),
            other => EntryEffectRef::Other(other),
        };
        let reversible_from = reversible_from(entry.at, entry.recorded_at);
        Self { seq: entry.seq, at: entry.at, reversible_from, reference: &entry.reference, effect }
    }
}

impl<'a> From<&'a FoldEntry> for FoldEntryRef<'a> {
    fn from(fold_entry: &'a FoldEntry) -> Self {
        let effect = match &fold_entry.effect {
            EntryEffect::Spend(amount) => EntryEffectRef::Spend(*amount),
            EntryEffect::Other(body) => EntryEffectRef::Other(body),
        };
        Self {
            seq: fold_entry.seq,
            at: fold_entry.at,
            reversible_from: fold_entry.reversible_from,
            reference: &fold_entry.reference,
            effect,
        }
    }
}
