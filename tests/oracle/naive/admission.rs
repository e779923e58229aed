//! Whether a hold or a correction downwards may be recorded: what stands after it must not be worse off.

use std::collections::BTreeSet;

use creditop::credit::{Entry, EntryBody, Instant, Rules};

use super::{Kind, Life, Naive, count};

/// Whether this may follow on these entries, which were recorded before it, whenever they happened.
pub(crate) fn admits(rules: &Rules, entries: &[Entry], draft: &Entry) -> bool {
    let mut naive = Naive::new(rules, entries);
    naive.run(draft.at);
    if !fits(&naive, draft) {
        return false;
    }
    let mut both = entries.to_vec();
    both.push(draft.clone());
    let (mut with, mut without) = (Naive::new(rules, &both), Naive::new(rules, entries));
    let later = entries.iter().filter(|entry| entry.at > draft.at && !matches!(entry.body, EntryBody::Grant(_)));
    let instants: BTreeSet<Instant> = later.map(|entry| entry.at).collect();
    instants.into_iter().all(|at| {
        with.run(at);
        without.run(at);
        let reversed = |name: &str| {
            entries.iter().any(|other| matches!(&other.body, EntryBody::Reverse { reverses } if reverses.as_str() == name))
        };
        let mut standing = entries.iter().filter(|entry| entry.at == at && !reversed(entry.reference.as_str()));
        with.promised_too_much() <= without.promised_too_much()
            && standing.all(|entry| with.missing(entry) <= without.missing(entry))
    })
}

/// Whether it may be at its own instant.
fn fits(naive: &Naive<'_>, draft: &Entry) -> bool {
    match &draft.body {
        EntryBody::Hold { amount, .. } => naive.spendable().is_none_or(|spendable| spendable >= count(*amount)),
        EntryBody::Adjust { bucket, amount } => {
            let bucket = naive.rules.bucket_index(bucket).unwrap().place();
            let unlimited = |lot: &&super::Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unlimited;
            naive.lots.iter().find(unlimited).is_none() && naive.known_in(bucket) >= count(amount.negated())
        }
        other => panic!("{other:?} is let through whatever stands after it"),
    }
}

impl Naive<'_> {
    /// How much more is held than there is.
    fn promised_too_much(&self) -> usize {
        let known: usize = (0..self.rules.buckets.len()).map(|bucket| self.known_in(bucket)).sum();
        if self.spendable().is_none() { 0 } else { self.held().saturating_sub(known) }
    }

    /// How much an entry did not find of what it takes.
    fn missing(&self, entry: &Entry) -> usize {
        let done = &self.done[entry.reference.as_str()];
        match &entry.body {
            EntryBody::Adjust { amount, .. } if amount.is_negative() => count(amount.negated()) - done.taken.len(),
            _ => done.uncovered,
        }
    }
}
