//! Clearing away what a wrong clock stamped: polls of instants that lie ahead, or that no clock can tell (SPEC A5).
//!
//! No entry is ever touched. An observation keeps its figures and its place in the order of recording; what is mended is the instant at
//! which it is said to have been seen: it becomes that of what was recorded just before it, or just after. Nobody knows better.

use std::collections::BTreeSet;

use super::chain::{seal_of_observation, seal_of_polls};
use super::digest::Digest;
use super::engine::{ObservationRow, PollRow, Snapshot, Transaction};
use super::polls::told;
use super::row::nanoseconds;
use super::{Filter, Flaw, Ledger, Location, StoreError};
use crate::credit::{CLOCKS_DIFFER, Instant, Seq, print_instant};

const MEND: &str = "mend the ledger";

/// The first and the last instant that can be kept, in nanoseconds.
const KEPT: (i64, i64) = (0, 7_258_118_400_000_000_000 - 1);

/// A stamp of a wrong clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongStamp {
    /// The account whose poll carries it.
    account: String,
    /// The observation's place in the order of recording; `None` for how polling goes.
    seq: Option<Seq>,
    /// What is wrong, without a full stop.
    what: String,
    /// Whether no clock can tell such an instant, whatever the present is.
    pub impossible: bool,
}

impl From<WrongStamp> for Flaw {
    fn from(wrong: WrongStamp) -> Self {
        Self { seq: wrong.seq, what: wrong.what }
    }
}

impl Ledger {
    /// The polls whose stamps lie minutes after `now`, or outside the years 1970 to 2199; those of observations first.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn wrong_stamps(&self, now: Instant) -> Result<Vec<WrongStamp>, StoreError> {
        wrong_stamps(&self.engine.read()?, now)
    }

    /// Mends all of the [wrong stamps](Self::wrong_stamps), after a copy of the ledger was made beside it; says where that is.
    ///
    /// # Errors
    /// [`StoreError`] where the copy can't be made or the ledger can't be written; nothing was changed then.
    pub fn mend_stamps(&mut self, now: Instant) -> Result<Location, StoreError> {
        let copy = self.engine.back_up(&format!("before-mending-{}", now.format("%Y%m%d-%H%M%S")))?;
        let change = self.engine.mend(MEND)?;
        let wrong: BTreeSet<String> = wrong_stamps(&change, now)?.into_iter().map(|wrong| wrong.account).collect();
        for account in &wrong {
            mend(&change, account, ahead_of(now))?;
        }
        change.commit()?;
        Ok(copy)
    }
}

/// What can be believed of an instant.
fn within(at: Option<i64>, until: i64) -> Option<i64> {
    at.filter(|at| (KEPT.0..=until).contains(at))
}

fn mend(change: &Transaction<'_>, account: &str, until: i64) -> Result<(), StoreError> {
    let mut before = Digest::NONE;
    for row in change.observations(&[account])?.into_iter().flatten() {
        let mut mended = row.clone();
        mended.subscription_ends_at = within(row.subscription_ends_at, KEPT.1);
        if within(Some(row.at), until).is_none() || within(Some(row.last_seen_at), until).is_none() {
            let at = within(Some(row.at), until);
            let nearest = || believable(change, Seq(row.last), until);
            mended.at = at.map_or_else(nearest, Ok)?;
            mended.last_seen_at = within(Some(row.last_seen_at), until).unwrap_or(mended.at);
        }
        let entries = change.count_between(account, 0, row.last)?;
        let digest = seal_of_observation(&mended, entries, before);
        mended.digest = Some(digest);
        change.restamp_observation(&mended)?;
        before = digest;
    }
    let Some(polls) = of_account(change, account)? else { return Ok(()) };
    // Whoever asks next asks as if the account had never been asked.
    let mut mended = PollRow { last_ok_at: within(polls.last_ok_at, until), ..polls };
    if mended.failed_at.is_some() && within(mended.failed_at, until).is_none() {
        mended = PollRow { account: mended.account, last_ok_at: mended.last_ok_at, ..PollRow::default() };
    }
    mended.retry_at = within(mended.retry_at, KEPT.1);
    mended.digest = Some(seal_of_polls(&mended, before));
    change.put_poll(&mended)
}

fn of_account(moment: &Snapshot<'_>, account: &str) -> Result<Option<PollRow>, StoreError> {
    Ok(moment.polls(Some(&[account]))?.pop())
}

/// The last instant that can be believed, in nanoseconds.
fn ahead_of(now: Instant) -> i64 {
    let believed = now.checked_add_signed(CLOCKS_DIFFER).unwrap_or(Instant::MAX_UTC);
    nanoseconds(believed).min(KEPT.1)
}

/// The stamps that lie minutes after `now`, or outside the years 1970 to 2199.
fn wrong_stamps(moment: &Snapshot<'_>, now: Instant) -> Result<Vec<WrongStamp>, StoreError> {
    let stamps = Stamps::at(now);
    let mut all = Vec::new();
    each_observed(moment, moment.account_names()?, |_, rows| {
        all.extend(rows.iter().filter_map(|row| stamps.of_observation(row)));
    })?;
    all.sort_by_key(|wrong| wrong.seq);
    all.extend(moment.polls(None)?.iter().filter_map(|row| stamps.of_polls(row)));
    Ok(all)
}

/// What stamps of polls are held against.
pub(super) struct Stamps {
    /// The last instant that can be believed, in nanoseconds.
    until: i64,
}

impl Stamps {
    /// Those that lie minutes after `now` are wrong.
    pub(super) fn at(now: Instant) -> Self {
        Self { until: ahead_of(now) }
    }

    /// The first stamp that can't be believed, as it is said.
    fn wrong(&self, stamps: &[Option<i64>]) -> Option<String> {
        let ahead = stamps.iter().flatten().find(|at| !(KEPT.0..=self.until).contains(*at));
        ahead.map(|at| print_instant(told(*at)))
    }

    /// What is wrong with the stamps of an observation.
    pub(super) fn of_observation(&self, row: &ObservationRow) -> Option<WrongStamp> {
        let ObservationRow { account, last, at, last_seen_at, subscription_ends_at, .. } = row;
        let (stamps, ends) = ([Some(*at), Some(*last_seen_at)], [*subscription_ends_at]);
        let what = match self.wrong(&stamps) {
            Some(at) => format!("a poll of {account} is stamped {at}, which lies ahead: a clock was wrong"),
            None if possible(&ends) => return None,
            None => format!("a poll of {account} tells an end of the subscription outside the years 1970 to 2199"),
        };
        let impossible = !possible(&stamps) || !possible(&ends);
        Some(WrongStamp { account: account.clone(), seq: Some(Seq(*last)), what, impossible })
    }

    /// What is wrong with the stamps of how polling goes.
    pub(super) fn of_polls(&self, row: &PollRow) -> Option<WrongStamp> {
        let PollRow { account, last_ok_at, failed_at, retry_at, .. } = row;
        let (stamps, retries) = ([*last_ok_at, *failed_at], [*retry_at]);
        // A provider may well ask to be left alone until an instant that lies ahead.
        let at = self.wrong(&stamps).or_else(|| self.wrong(&retries).filter(|_| !possible(&retries)))?;
        let what = format!("how polling {account} goes is stamped {at}, which lies ahead: a clock was wrong");
        Some(WrongStamp { account: account.clone(), seq: None, what, impossible: !possible(&stamps) || !possible(&retries) })
    }
}

/// Whether a clock can tell these instants.
fn possible(stamps: &[Option<i64>]) -> bool {
    stamps.iter().flatten().all(|at| (KEPT.0..=KEPT.1).contains(at))
}

/// So many accounts' observations are read at once.
const AT_ONCE: usize = 500;

/// Hands out the observations of these accounts, account by account, each in the order of recording.
pub(super) fn each_observed(
    moment: &Snapshot<'_>,
    accounts: impl IntoIterator<Item = String>,
    mut take: impl FnMut(&str, Vec<ObservationRow>),
) -> Result<(), StoreError> {
    let accounts: Vec<String> = accounts.into_iter().collect();
    for some in accounts.chunks(AT_ONCE) {
        let names: Vec<&str> = some.iter().map(String::as_str).collect();
        for (account, rows) in names.iter().zip(moment.observations(&names)?) {
            take(account, rows);
        }
    }
    Ok(())
}

/// The instant of what was recorded last before a place in the order of recording, else first after it, as far as it can be believed;
/// the first of all instants where nothing was.
fn believable(moment: &Snapshot<'_>, seq: Seq, until: i64) -> Result<i64, StoreError> {
    let mut stamps: Vec<(i64, i64)> = Vec::new();
    moment.each_entry(&Filter::default(), |entry| {
        stamps.push((entry.seq.0, nanoseconds(entry.recorded_at)));
        Ok(())
    })?;
    each_observed(moment, moment.account_names()?, |_, rows| {
        stamps.extend(rows.iter().map(|row| (row.last, row.last_seen_at)));
    })?;
    let usable = stamps.into_iter().filter(|(place, at)| *place != seq.0 && within(Some(*at), until).is_some());
    Ok(usable.min_by_key(|(place, _)| (*place > seq.0, place.abs_diff(seq.0))).map_or(0, |(_, at)| at))
}

#[cfg(test)]
mod tests;
