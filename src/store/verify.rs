//! Checking the whole ledger: that it is sound, and that every row says what it must.

mod chains;

use std::collections::{BTreeMap, BTreeSet};

use self::chains::Walk;
use super::chain::End;
use super::engine::{ObservationRow, PollRow, Snapshot};
use super::mend::{Stamps, each_observed};
use super::{Flaw, Head, Ledger, StoreError, polls};
use crate::credit::{AccountId, Instant, Seq};

/// What a check of the whole ledger found. What entries come to is the engine's to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many entries were read.
    pub entries: u64,
    /// How many observations were read.
    pub observations: u64,
    /// The head of the ledger; of no entries where the database itself is damaged.
    pub head: Head,
    /// Everything that is wrong: flaws of the whole first, then those of rows in the order of recording.
    pub flaws: Vec<Flaw>,
}

impl Ledger {
    /// Checks the whole ledger: its database, that it has the tables and triggers of a ledger and no others, that every row can be read, holds
    /// exact amounts and is what was recorded, that none is gone, that refs are unique, and that every hold or entry that
    /// another names is there.
    ///
    /// With `expected`, a head that the ledger had before, also whether it still begins with those entries.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read at all; everything else is in the report.
    pub fn verify(&self, expected: Option<&Head>) -> Result<VerifyReport, StoreError> {
        let moment = self.engine.read()?;
        let flaws = moment.damage()?;
        let mut report = VerifyReport { entries: 0, observations: 0, head: End::NONE.head(), flaws };
        if !report.flaws.is_empty() {
            // Rows of a damaged database can't be told from what they were.
            return Ok(report);
        }
        let mut flaws = moment.strange_parts()?;
        let walk = read_entries(&moment, expected, &mut flaws)?;
        (report.entries, report.head) = (walk.entries(), walk.head());
        flaws.extend(moment.contradictions()?);
        let seen = read_observations(&moment, &walk, &mut flaws)?;
        report.observations = seen.count;
        flaws.extend(walk.gap(seen.count));
        flaws.extend(seen.stamps);
        let known: BTreeSet<Seq> = flaws.iter().filter_map(|flaw| flaw.seq).collect();
        flaws.extend(walk.flaws(&moment, &known)?);
        flaws.extend(seen.changed.into_iter().filter(|flaw| flaw.seq.is_none_or(|seq| !known.contains(&seq))));
        flaws.sort_by_key(|flaw| flaw.seq);
        report.flaws = flaws;
        Ok(report)
    }
}

/// What the reading of all observations found, besides those that can't be read.
#[derive(Default)]
struct Seen {
    /// How many can be read.
    count: u64,
    /// Stamps that no clock can tell.
    stamps: Vec<Flaw>,
    /// Those that are not what was recorded.
    changed: Vec<Flaw>,
}

/// Reads every observation, and how polling goes; finds those that can't be read.
fn read_observations(moment: &Snapshot<'_>, walk: &Walk, flaws: &mut Vec<Flaw>) -> Result<Seen, StoreError> {
    let polls: BTreeMap<String, PollRow> = moment.polls(None)?.into_iter().map(|row| (row.account.clone(), row)).collect();
    let accounts: BTreeSet<String> = moment.account_names()?.into_iter().chain(polls.keys().cloned()).collect();
    let (stamps, mut wrong) = (Stamps::at(Instant::MAX_UTC), Vec::new());
    let mut seen = Seen::default();
    each_observed(moment, accounts, |account, rows| {
        wrong.extend(rows.iter().filter_map(|row| stamps.of_observation(row)));
        seen.changed.extend(walk.wrong_observations(account, &rows, polls.get(account)));
        match readable(account, rows) {
            Ok(count) => seen.count += count,
            Err(flaw) => flaws.push(flaw),
        }
    })?;
    wrong.extend(polls.values().filter_map(|row| stamps.of_polls(row)));
    seen.stamps = wrong.into_iter().filter(|wrong| wrong.impossible).map(Flaw::from).collect();
    Ok(seen)
}

/// How many observations of an account there are, where all of them can be read.
fn readable(account: &str, rows: Vec<ObservationRow>) -> Result<u64, Flaw> {
    let Ok(id) = AccountId::new(account) else {
        let what = format!("observation: account {account:?} is no account's id");
        return rows.last().map_or(Ok(0), |row| Err(Flaw { seq: Some(Seq(row.last)), what }));
    };
    let mut count = 0;
    for row in rows {
        polls::observation(row, &id)?;
        count += 1;
    }
    Ok(count)
}

/// Reads every entry; finds those that can't be read, and whether the ledger begins with the entries of an expected head.
fn read_entries(moment: &Snapshot<'_>, expected: Option<&Head>, flaws: &mut Vec<Flaw>) -> Result<Walk, StoreError> {
    let mut walk = Walk::default();
    let mut met = expected.filter(|expected| expected.entries == 0).map(|_| walk.head());
    moment.each_row(0, |row| {
        flaws.extend(walk.step(row));
        if expected.is_some_and(|expected| expected.entries == walk.entries()) {
            met = Some(walk.head());
        }
        Ok(())
    })?;
    flaws.extend(expected.and_then(|expected| unexpected(expected, met.as_ref(), walk.entries())));
    Ok(walk)
}

/// What is wrong where the ledger had a head before that it does not have at as many entries.
fn unexpected(expected: &Head, met: Option<&Head>, entries: u64) -> Option<Flaw> {
    let what = match met {
        Some(met) if met == expected => return None,
        Some(met) => format!("its first {} entries are not those of head {expected}: they have head {met}", expected.entries),
        None => {
            let gone = match expected.entries.saturating_sub(entries) {
                0 | 1 => "the last is gone".to_owned(),
                more => format!("the last {more} are gone"),
            };
            format!("it has {entries} entries, and head {expected} was seen: {gone}")
        }
    };
    Some(Flaw { seq: None, what })
}

#[cfg(test)]
mod tests;
