//! Checkpoints: states of accounts that are kept, so that answers need not begin at the beginning (SPEC E7).
//!
//! Whoever folds much keeps some, and whoever records something deletes those that it makes wrong, in the same change. So what is
//! there is right, and what is not there costs time alone. Clients of different releases, or with different rules, keep their own side by side.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;

use chrono::{DateTime, TimeDelta};

use super::engine::{CheckpointRow, Size, Snapshot, Transaction};
use super::row::nanoseconds;
use super::{Ledger, StoreError, TailQuery};
use crate::credit::{AccountId, Checkpoint, Instant, Rules, Seq};

/// From twice so many accounts on, two threads read their checkpoints.
const MANY: usize = 5;

/// Checkpoints by other rules that take in so many entries fewer than the own ones are nobody's any more: whoever follows those rules would have
/// kept later ones by now.
const ABANDONED: i64 = if cfg!(test) { 1500 } else { 10_000 };

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
    (env!("CARGO_PKG_VERSION"), Checkpoint::REVISION, rules).hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// The checkpoint of an account that a row holds; `None` where its bytes are damaged.
fn decoded(account: &AccountId, row: &CheckpointRow) -> Option<Checkpoint> {
    decode(account, DateTime::from_timestamp_nanos(row.at), &row.state)
}

/// The bytes of an account's checkpoint; `None` for instants that are too far to be written.
fn encode(account: &AccountId, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    postcard::to_allocvec(&(account, checkpoint)).ok()
}

/// Reads back what [`encode`] wrote; `None` for anything else, also for a checkpoint of another account or instant.
fn decode(account: &AccountId, at: Instant, bytes: &[u8]) -> Option<Checkpoint> {
    let ((of, checkpoint), rest) = postcard::take_from_bytes::<(&str, Checkpoint)>(bytes).ok()?;
    (rest.is_empty() && of == account.as_str() && checkpoint.at() == at).then_some(checkpoint)
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
        let Some(state) = encode(account, checkpoint) else { continue };
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (entries, spacing) = (count(checkpoint.entries()), count(checkpoint.spacing()));
        let row = CheckpointRow { at: nanoseconds(checkpoint.at()), rules: rules_number, entries, spacing, state };
        change.put_checkpoint(account, &row)?;
    }
    let all = change.checkpoints(account, None)?;
    let own: Vec<&CheckpointRow> = all.iter().filter(|row| row.rules == rules_number).collect();
    let surplus = too_close(&own).into_iter().chain(abandoned(&all, rules_number));
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

/// The checkpoints by rules that nobody has followed for long: those of releases and of settings that are gone. A client that follows other rules
/// keeps its own, however many such clients there are.
fn abandoned(all: &[CheckpointRow], own: i64) -> Vec<&CheckpointRow> {
    let mut reach: BTreeMap<i64, i64> = BTreeMap::new();
    for row in all {
        let most = reach.entry(row.rules).or_default();
        *most = row.entries.max(*most);
    }
    let own = reach.get(&own).copied().unwrap_or_default();
    let is_abandoned = |rules: &i64| reach.get(rules).is_some_and(|entries| own - entries >= ABANDONED);
    all.iter().filter(|row| is_abandoned(&row.rules)).collect()
}

#[cfg(test)]
mod bytes_tests;
#[cfg(test)]
mod tests;
