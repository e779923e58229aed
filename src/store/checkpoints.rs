//! Checkpoints: states of accounts that are kept, so that answers need not begin at the beginning (SPEC E7).
//!
//! Whoever folds much keeps some, and whoever records something deletes those that it makes wrong, in the same change. So what is
//! there is right, and what is not there costs time alone. Clients of different releases, or with different rules, keep their own side by side.

mod encoding;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;

use chrono::{DateTime, TimeDelta};

use super::engine::{CheckpointRow, Size, Snapshot, Transaction};
use super::row::nanoseconds;
use super::{Ledger, StoreError, TailQuery};
use crate::credit::{AccountId, Checkpoint, Instant, Rules, Seq};

/// Another number makes every checkpoint of earlier builds void: raise it with any change of what the fold makes of entries, or
/// of [`encoding`]. Releases do so by themselves.
const REVISION: u32 = 7;

/// From twice so many accounts on, two threads read their checkpoints.
const MANY: usize = 5;

/// By so many different rules an account's checkpoints are kept: those of other releases, and of rules before they were changed, that took in
/// the most entries.
const MOST_RULES: usize = 4;

const KEEP: &str = "keep checkpoints in";

/// A checkpoint that was read, with its instant; `None` in its place where its bytes are damaged.
pub type StoredCheckpoint = (Instant, Option<Checkpoint>);

impl Ledger {
    /// Keeps the new checkpoints of some accounts, each with the rules that it follows; `last` is the latest entry that they
    /// can have taken in. Those of accounts that got other entries meanwhile, and those that stand too close to another, are
    /// left out.
    ///
    /// Nothing waits for other processes: where one is writing, nothing is kept, and the answer is false.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be written. No answer depends on it.
    pub fn keep_checkpoints(&self, new: &[(&Rules, Vec<Checkpoint>)], last: Seq) -> Result<bool, StoreError> {
        let Some(change) = self.engine.write_at_once(KEEP)? else { return Ok(false) };
        let end = change.last_seqs()?.entry + 1;
        for (rules, checkpoints) in new.iter().filter(|(_, checkpoints)| !checkpoints.is_empty()) {
            if change.count_between(rules.account.as_str(), last.0, end)? == 0 {
                keep(&change, rules, checkpoints)?;
            }
        }
        change.commit()?;
        Ok(true)
    }

    /// All checkpoints of an account by these rules, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn checkpoints(&self, rules: &Rules) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let rows = self.engine.read()?.checkpoints(&rules.account, Some(fingerprint(rules)))?;
        let stored = rows.iter().map(|row| (DateTime::from_timestamp_nanos(row.at), decoded(&rules.account, row)));
        Ok(stored.collect())
    }

    /// Deletes an account's checkpoint of an instant.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be written.
    pub fn drop_checkpoint(&mut self, rules: &Rules, at: Instant) -> Result<(), StoreError> {
        let change = self.engine.write(KEEP, Size::Usual)?;
        change.delete_checkpoint(&rules.account, fingerprint(rules), nanoseconds(at))?;
        change.commit()
    }
}

impl TailQuery<'_> {
    /// The number of the rules.
    pub(super) fn fingerprint(&self) -> i64 {
        fingerprint(self.rules)
    }
}

/// The rules of an account as a number. Equal rules of one build have equal ones; other builds may have others.
fn fingerprint(rules: &Rules) -> i64 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), REVISION, rules).hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// The checkpoint of an account that a row holds; `None` where its bytes are damaged.
fn decoded(account: &AccountId, row: &CheckpointRow) -> Option<Checkpoint> {
    encoding::decode(account, DateTime::from_timestamp_nanos(row.at), &row.state)
}

/// The latest checkpoint of each account at or before an instant; one whose bytes are damaged is none.
pub(super) fn latest_of(moment: &Snapshot<'_>, asked: &[TailQuery<'_>]) -> Result<Vec<Option<Checkpoint>>, StoreError> {
    let found = moment.checkpoints_before(asked)?;
    let read = |asked: &[TailQuery<'_>], found: &[Option<CheckpointRow>]| -> Vec<Option<Checkpoint>> {
        let rows = asked.iter().zip(found);
        rows.map(|(asked, row)| row.as_ref().and_then(|row| decoded(&asked.rules.account, row))).collect()
    };
    let middle = found.len() / 2;
    let ((some, others), (some_found, others_found)) = (asked.split_at(middle), found.split_at(middle));
    let mut checkpoints = if middle < MANY {
        read(asked, &found)
    } else {
        thread::scope(|threads| {
            let others = threads.spawn(|| read(others, others_found));
            let mut checkpoints = read(some, some_found);
            checkpoints.extend(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            checkpoints
        })
    };
    for ((found, asked), checkpoint) in found.iter().zip(asked).zip(&mut checkpoints) {
        if let (Some(found), None) = (found, &checkpoint) {
            // Its bytes are damaged: the one before it will do.
            let before = DateTime::from_timestamp_nanos(found.at) - TimeDelta::nanoseconds(1);
            *checkpoint = latest(moment, &TailQuery { latest_start: before, ..*asked })?;
        }
    }
    Ok(checkpoints)
}

/// The latest checkpoint of an account at or before an instant; one whose bytes are damaged is none.
pub(super) fn latest(moment: &Snapshot<'_>, asked: &TailQuery<'_>) -> Result<Option<Checkpoint>, StoreError> {
    Ok(latest_of(moment, std::slice::from_ref(asked))?.pop().flatten())
}

fn keep(change: &Transaction<'_>, rules: &Rules, checkpoints: &[Checkpoint]) -> Result<(), StoreError> {
    let (account, rules_number) = (&rules.account, fingerprint(rules));
    for checkpoint in checkpoints {
        let Some(state) = encoding::encode(account, checkpoint) else { continue };
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (entries, spacing) = (count(checkpoint.entries()), count(checkpoint.spacing()));
        let row = CheckpointRow { at: nanoseconds(checkpoint.at()), rules: rules_number, entries, spacing, state };
        change.put_checkpoint(account, &row)?;
    }
    let all = change.checkpoints(account, None)?;
    let own: Vec<&CheckpointRow> = all.iter().filter(|row| row.rules == rules_number).collect();
    let surplus = too_close(&own).into_iter().chain(too_many(&all, rules_number));
    surplus.into_iter().try_for_each(|row| change.delete_checkpoint(account, row.rules, row.at))
}

/// The checkpoints that stand too close to the one before, but for the last one.
fn too_close<'a>(all: &[&'a CheckpointRow]) -> Vec<&'a CheckpointRow> {
    let Some((_, all)) = all.split_last() else { return Vec::new() };
    let mut before = 0;
    let is_too_close = |row: &&&CheckpointRow| {
        let close = row.entries - before < row.spacing;
        if !close {
            before = row.entries;
        }
        close
    };
    all.iter().filter(is_too_close).copied().collect()
}

/// The checkpoints by other rules than these, where there are too many such rules: those that take in the fewest entries.
fn too_many(all: &[CheckpointRow], own: i64) -> Vec<&CheckpointRow> {
    let mut reach: BTreeMap<i64, i64> = BTreeMap::new();
    for row in all.iter().filter(|row| row.rules != own) {
        let most = reach.entry(row.rules).or_default();
        *most = row.entries.max(*most);
    }
    let mut others: Vec<(i64, i64)> = reach.into_iter().map(|(rules, entries)| (entries, rules)).collect();
    others.sort_unstable_by(|one, other| other.cmp(one));
    let surplus = others.get(MOST_RULES - 1..).unwrap_or_default();
    all.iter().filter(|row| surplus.iter().any(|(_, rules)| *rules == row.rules)).collect()
}

#[cfg(test)]
mod tests;
