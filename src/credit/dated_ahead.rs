//! Entries that are dated ahead of the present though only grants may be: a clock was wrong when they were made (SPEC L1).
//!
//! What they say has happened by now, and it counts in no figure until the instant that they carry: that is for a person to know, and
//! to answer by a reversal.

use std::collections::HashSet;

use super::fold_entry::{EntryEffectRef, FoldEntryRef};
use super::{Amount, BucketId, CLOCKS_DIFFER, EntryBody, EntryKind, Instant, Ref, Warning, WarningKind};

/// So many of an account's entries are named; the others follow when these are answered.
const MOST_NAMED: usize = 20;

/// An entry that a wrong clock dated ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedAhead {
    /// Its instant.
    pub at: Instant,
    /// Its ref.
    pub reference: Ref,
    /// What sort of entry it is.
    pub kind: EntryKind,
    /// The bucket that it names.
    pub bucket: Option<BucketId>,
    /// How much it is about.
    pub amount: Option<Amount>,
}

/// The entries that stand further ahead of `present` than clocks differ, and only a wrong clock can have put there; the earliest first.
/// Those that were reversed are answered, and so are their reversals.
pub(super) fn dated_ahead<'a, E: Into<FoldEntryRef<'a>>>(
    entries: &(impl Iterator<Item = E> + Clone),
    present: Instant,
) -> Vec<DatedAhead> {
    let is_ahead = |entry: &FoldEntryRef<'_>| entry.at > present + CLOCKS_DIFFER;
    if !entries.clone().map(Into::into).any(|entry: FoldEntryRef<'_>| is_ahead(&entry) && !entry.is_grant()) {
        return Vec::new();
    }
    let told = || entries.clone().map(Into::into);
    let reversed: HashSet<&Ref> = told().filter_map(FoldEntryRef::reverses).collect();
    let ahead: HashSet<&Ref> = told().filter(is_ahead).map(|entry| entry.reference).collect();
    let is_answer = |entry: &FoldEntryRef<'_>| entry.reverses().is_some_and(|target| ahead.contains(target));
    let stand = told().filter(|entry| is_ahead(entry) && !entry.is_grant());
    let stand = stand.filter(|entry| !reversed.contains(entry.reference) && !is_answer(entry));
    let mut all: Vec<(_, DatedAhead)> = stand.map(|entry| (entry.seq, named(entry))).collect();
    all.sort_by_key(|(seq, entry)| (entry.at, *seq));
    all.into_iter().map(|(_, entry)| entry).collect()
}

fn named(entry: FoldEntryRef<'_>) -> DatedAhead {
    let (kind, bucket, amount) = match (entry.effect, entry.other()) {
        (EntryEffectRef::Spend(amount), _) => (EntryKind::Spend, None, Some(amount)),
        (_, Some(body)) => {
            let (bucket, amount) = match body {
                EntryBody::Adjust { bucket, amount } => (Some(bucket), Some(*amount)),
                EntryBody::Observe { bucket, remaining } => (Some(bucket), Some(*remaining)),
                EntryBody::Hold { amount, .. } | EntryBody::Capture { amount, .. } => (None, Some(*amount)),
                _ => (None, None),
            };
            (body.kind(), bucket.cloned(), amount)
        }
        (EntryEffectRef::Other(body), None) => (body.kind(), None, None),
    };
    DatedAhead { at: entry.at, reference: entry.reference.clone(), kind, bucket, amount }
}

/// A warning for each of an account's entries that are dated ahead, as of `present`.
pub(super) fn warnings<'a, E: Into<FoldEntryRef<'a>>>(
    entries: &(impl Iterator<Item = E> + Clone),
    present: Instant,
) -> impl Iterator<Item = Warning> {
    dated_ahead(entries, present).into_iter().take(MOST_NAMED).map(|ahead| Warning {
        kind: WarningKind::DatedAhead,
        at: Some(ahead.at),
        bucket: ahead.bucket,
        amount: ahead.amount,
        reference: Some(ahead.reference),
    })
}
