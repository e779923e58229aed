//! What polls brought: observations, and how polling goes (SPEC P2, P3, A4).

use std::borrow::Cow;
use std::collections::HashMap;

use super::chain::{end_of, seal_of_observation, seal_of_polls};
use super::digest::Digest;
use super::engine::{BucketRow, ObservationRow, PollRow, Size, Snapshot, Transaction};
use super::retry::retried;
use super::row::{amount, can_be_kept, instant, nanoseconds};
use super::{Flaw, Ledger, StoreError};
use crate::credit::{
    AccountId, Failure, FailureKind, Figure, Instant, Observation, ObservedBucket, PlanId, PollHealth, Seq, Sighting,
};

const RECORD: &str = "keep the result of a poll in";

/// Characters of a failure's message that are kept.
const MESSAGE_LENGTH: usize = 500;

/// What became of a poll's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollOutcome {
    /// Figures that differ from the last ones, or that follow ledger entries, are kept.
    New,
    /// The figures are those that were known; they were seen again.
    Confirmed,
    /// The failure is kept; the figures stay.
    Failed,
    /// Something newer is stored already, so nothing was written.
    OlderThanStored,
    /// It went wrong on this side, which says nothing to others, so nothing was written (SPEC P2).
    NotStored,
}

impl Ledger {
    /// The observations of an account by polls, in the order of recording.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or a row of it is damaged.
    pub fn observations(&self, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
        of_account(&self.engine.read()?, account)
    }

    /// The last observation of an account.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn latest_observation(&self, account: &AccountId) -> Result<Option<Observation>, StoreError> {
        let moment = self.engine.read()?;
        let latest = moment.last_observations(account, 1)?.pop();
        latest.map(|row| observation(row, account).map_err(|flaw| damaged(&moment, flaw))).transpose()
    }

    /// Keeps the result of a poll of `account`.
    ///
    /// An observation gets its place in the order of recording here. Figures that equal the last ones only move these two, unless
    /// an entry was recorded since: then the order of recording needs a row of its own. A message of a failure
    /// loses its control characters and is cut at 500 characters.
    ///
    /// A stored poll that is later than the result wins, unless it lies after `now`: then another clock stamped it, and it must
    /// not keep out what is true (SPEC A5).
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or written.
    pub fn record_poll(
        &mut self,
        account: &AccountId,
        result: &Result<Sighting, Failure>,
        now: Instant,
    ) -> Result<PollOutcome, StoreError> {
        let outcomes = self.record_polls([(account, result)], now)?;
        Ok(outcomes.first().copied().unwrap_or(PollOutcome::OlderThanStored))
    }

    /// Keeps the results of several polls, of each account the earliest first, in one transaction, which ends their leases; each as [`Ledger::record_poll`] does.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or written; nothing is kept then.
    pub fn record_polls<'a>(
        &mut self,
        polls: impl IntoIterator<Item = (&'a AccountId, &'a Result<Sighting, Failure>)>,
        now: Instant,
    ) -> Result<Vec<PollOutcome>, StoreError> {
        let polls: Vec<_> = polls.into_iter().collect();
        let polled: Vec<&str> = polls.iter().map(|(account, _)| account.as_str()).collect();
        retried(self.engine.patience(), || {
            let change = self.engine.write(RECORD, Size::Usual)?;
            let kept = polls.iter().map(|(account, result)| keep(&change, account, result, now));
            let outcomes = kept.collect::<Result<_, _>>()?;
            // Whoever takes the next lease finds what this one was for.
            change.end_leases(&polled, &self.holder)?;
            change.commit()?;
            Ok(outcomes)
        })
    }

    /// How polling an account goes; `interval_seconds` is the account's own and only passed on.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn health(&self, account: &AccountId, interval_seconds: i64) -> Result<PollHealth, StoreError> {
        Ok(self.healths(&[(account, interval_seconds)])?.pop().unwrap_or_default())
    }

    /// How polling each of these accounts goes, as [`Ledger::health`] tells it, read together.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn healths(&self, of: &[(&AccountId, i64)]) -> Result<Vec<PollHealth>, StoreError> {
        let names: Vec<&str> = of.iter().map(|(account, _)| account.as_str()).collect();
        let rows = self.engine.read()?.polls(Some(&names))?;
        let mut polls: HashMap<String, PollRow> = rows.into_iter().map(|row| (row.account.clone(), row)).collect();
        let mut health = |account: &AccountId, interval| health_of(polls.remove(account.as_str()).unwrap_or_default(), interval);
        Ok(of.iter().map(|(account, interval)| health(account, *interval)).collect())
    }

    /// The observations of each of these accounts by polls, in the order of recording, read together.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn observations_of(&self, accounts: &[&AccountId]) -> Result<Vec<Vec<Observation>>, StoreError> {
        of_accounts(&self.engine.read()?, accounts)
    }

    /// A number that changes with whatever another process, or another connection of this one, writes into the ledger.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn writes_of_others(&self) -> Result<i64, StoreError> {
        self.engine.writes_of_others()
    }

    /// The instant of the last poll of each account that is stored, whether it succeeded or failed.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn last_polls(&self) -> Result<Vec<(AccountId, Instant)>, StoreError> {
        let polls = self.engine.read()?.polls(None)?;
        let last = |row: &PollRow| row.last_ok_at.unwrap_or(0).max(row.failed_at.unwrap_or(0));
        // What can't be read of it is told where the account's own rows are read.
        Ok(polls.iter().filter_map(|row| row.account.parse().ok().zip(instant(last(row)).ok())).collect())
    }

    /// How many polls of an account have failed in a row; backing off is counted from it.
    ///
    /// # Errors
    /// As [`Ledger::observations`].
    pub fn failed_attempts(&self, account: &AccountId) -> Result<u32, StoreError> {
        let polls = self.engine.read()?.polls(Some(&[account.as_str()]))?.pop().unwrap_or_default();
        Ok(u32::try_from(polls.attempts).unwrap_or(0))
    }
}

fn health_of(polls: PollRow, interval_seconds: i64) -> PollHealth {
    // One that no clock can tell lies ahead, and is not believed.
    let kind = polls.failure_kind.and_then(|word| FailureKind::from_word(&word));
    // Earlier releases stored what went wrong on their side.
    let failure = kind.filter(|kind| !kind.is_on_this_side()).zip(polls.failed_at.map(told));
    let (message, retry_at) = (polls.failure_message.unwrap_or_default(), polls.retry_at.map(told));
    PollHealth {
        last_ok_at: polls.last_ok_at.map(told),
        failure: failure.map(|(kind, at)| Failure { kind, message, at, retry_at, or_out_of_credit: false }),
        interval_seconds,
        others_ok_at: None,
    }
}

fn keep(
    change: &Transaction<'_>,
    account: &AccountId,
    result: &Result<Sighting, Failure>,
    now: Instant,
) -> Result<PollOutcome, StoreError> {
    let at = match result {
        Ok(observation) => observation.at,
        Err(failure) if failure.kind.is_on_this_side() => return Ok(PollOutcome::NotStored),
        Err(failure) => failure.at,
    };
    if let Some(now) = [at, now].into_iter().find(|at| !can_be_kept(*at)) {
        return Err(StoreError::Clock { action: RECORD, location: change.location().clone(), now });
    }
    let last = change.last_observations(account, 2)?;
    let polls = change.polls(Some(&[account.as_str()]))?.pop();
    let mut polls = polls.unwrap_or_else(|| PollRow { account: account.to_string(), ..PollRow::default() });
    let seen = last.first().map(|last| last.last_seen_at).into_iter().chain(polls.last_ok_at).chain(polls.failed_at);
    if seen.filter(|seen| *seen <= nanoseconds(now)).max().is_some_and(|last| last > nanoseconds(at)) {
        return Ok(PollOutcome::OlderThanStored);
    }
    let (outcome, last) = match result {
        Ok(observation) => {
            let (outcome, digest) = keep_figures(change, account, &storable(observation), &last)?;
            polls = PollRow { account: polls.account, last_ok_at: Some(nanoseconds(at)), ..PollRow::default() };
            (outcome, Some(digest))
        }
        Err(failure) => {
            polls.failure_kind = Some(failure.kind.word().to_owned());
            polls.failure_message = Some(printable(&failure.message).chars().take(MESSAGE_LENGTH).collect());
            polls.failed_at = Some(nanoseconds(failure.at));
            polls.retry_at = failure.retry_at.map(nanoseconds);
            polls.attempts += 1;
            (PollOutcome::Failed, last.first().and_then(|last| last.digest))
        }
    };
    polls.digest = Some(seal_of_polls(&polls, last.unwrap_or(Digest::NONE)));
    change.put_poll(&polls)?;
    Ok(outcome)
}

/// An observation as it can be kept: an end of the subscription outside the years 1970 to 2199 tells of none.
fn storable(observation: &Sighting) -> Cow<'_, Sighting> {
    match observation.subscription_ends_at {
        Some(ends) if !can_be_kept(ends) => Cow::Owned(Sighting { subscription_ends_at: None, ..observation.clone() }),
        _ => Cow::Borrowed(observation),
    }
}

/// Keeps figures after the `last` two of the account, the latest first; gives the digest that they have.
fn keep_figures(
    change: &Transaction<'_>,
    account: &AccountId,
    seen: &Sighting,
    last: &[ObservationRow],
) -> Result<(PollOutcome, Digest), StoreError> {
    let seq = change.last_seqs()?.any + 1;
    let entries = end_of(change, account.as_str())?.entries;
    let digest_of = |row: Option<&ObservationRow>| row.and_then(|row| row.digest).unwrap_or(Digest::NONE);
    let new = row_of(account, seen, seq);
    if let Some(latest) = last.first()
        && latest.at <= new.at
        && same_figures(latest, &new)
        && change.count_between(account.as_str(), latest.last, seq)? == 0
    {
        let mut row = ObservationRow { last: seq, last_seen_at: new.at, ..latest.clone() };
        let digest = seal_of_observation(&row, entries, digest_of(last.get(1)));
        row.digest = Some(digest);
        change.confirm_observation(&row)?;
        return Ok((PollOutcome::Confirmed, digest));
    }
    let digest = seal_of_observation(&new, entries, digest_of(last.first()));
    change.insert_observation(&ObservationRow { digest: Some(digest), ..new })?;
    Ok((PollOutcome::New, digest))
}

fn same_figures(last: &ObservationRow, new: &ObservationRow) -> bool {
    last.plan == new.plan
        && last.email == new.email
        && last.subscription_ends_at == new.subscription_ends_at
        && last.buckets == new.buckets
}

fn row_of(account: &AccountId, seen: &Sighting, seq: i64) -> ObservationRow {
    let at = nanoseconds(seen.at);
    let bucket = |figures: &ObservedBucket| BucketRow {
        bucket: figures.bucket.to_string(),
        remaining: figure_word(figures.remaining),
        capacity: figures.capacity.map(figure_word),
    };
    ObservationRow {
        first: seq,
        last: seq,
        account: account.to_string(),
        at,
        last_seen_at: at,
        plan: seen.plan.as_ref().map(PlanId::to_string),
        email: seen.email.as_deref().map(printable),
        subscription_ends_at: seen.subscription_ends_at.map(nanoseconds),
        buckets: seen.buckets.iter().map(bucket).collect(),
        digest: None,
    }
}

/// A text from outside without its control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The observations of an account, in the order of recording.
pub(super) fn of_account(moment: &Snapshot<'_>, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
    Ok(of_accounts(moment, &[account])?.pop().unwrap_or_default())
}

/// The observations of each of these accounts, in the order of recording.
pub(super) fn of_accounts(moment: &Snapshot<'_>, accounts: &[&AccountId]) -> Result<Vec<Vec<Observation>>, StoreError> {
    let names: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    let read = |(account, rows): (&&AccountId, Vec<ObservationRow>)| -> Result<Vec<Observation>, StoreError> {
        rows.into_iter().map(|row| observation(row, account).map_err(|flaw| damaged(moment, flaw))).collect()
    };
    accounts.iter().zip(moment.observations(&names)?).map(read).collect()
}

fn damaged(moment: &Snapshot<'_>, flaw: Flaw) -> StoreError {
    StoreError::Damaged { location: moment.location().clone(), flaw }
}

/// An instant as it stands in the ledger. Releases before this one stored what a wrong clock told, also instants that can't be: they are not
/// believed, and `verify` names them.
pub(super) fn told(nanoseconds: i64) -> Instant {
    Instant::from_timestamp_nanos(nanoseconds)
}

/// What a row says.
pub(super) fn observation(row: ObservationRow, account: &AccountId) -> Result<Observation, Flaw> {
    let seq = Seq(row.last);
    let read = || -> Result<Observation, String> {
        Ok(Observation {
            seq,
            account: account.clone(),
            at: told(row.at),
            last_seen_at: told(row.last_seen_at),
            plan: row.plan.map(|plan| plan.parse().map_err(|error| format!("plan: {error}"))).transpose()?,
            email: row.email,
            subscription_ends_at: row.subscription_ends_at.map(told),
            buckets: row.buckets.iter().map(bucket).collect::<Result<_, _>>()?,
        })
    };
    read().map_err(|why| Flaw { seq: Some(seq), what: format!("observation of {account}: {why}") })
}

fn bucket(row: &BucketRow) -> Result<ObservedBucket, String> {
    Ok(ObservedBucket {
        bucket: row.bucket.parse().map_err(|error| format!("bucket: {error}"))?,
        remaining: figure(&row.remaining)?,
        capacity: row.capacity.as_deref().map(figure).transpose()?,
    })
}

fn figure_word(figure: Figure) -> String {
    match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    }
}

fn figure(word: &str) -> Result<Figure, String> {
    match word {
        "unlimited" => Ok(Figure::Unlimited),
        "unknown" => Ok(Figure::Unknown),
        text => amount(text).map(Figure::Known),
    }
}

#[cfg(test)]
mod tests;
