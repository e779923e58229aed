//! What polls brought: observations, and how polling goes (SPEC P2, P3, A4).

use std::borrow::Cow;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::append::next_seq;
use super::chain::{seal_last_observation, seal_polls};
use super::entries::READ;
use super::row::{amount, can_be_kept, instant, nanoseconds};
use super::{Flaw, Store, StoreError};
use crate::credit::{AccountId, Failure, FailureKind, Figure, Instant, Observation, ObservedBucket, PlanId, PollHealth, Seq};

const RECORD: &str = "keep the result of a poll in";

/// Characters of a failure's message that are kept.
const MESSAGE_LENGTH: usize = 500;

const OBSERVATIONS: &str = "SELECT first_seq, last_seq, at, last_seen_at, plan, email, subscription_ends_at, bucket, remaining, capacity \
                            FROM observation LEFT JOIN observed_bucket ON observation = first_seq";

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

impl Store {
    /// The observations of an account by polls, in the order of recording.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or a row of it is damaged.
    pub fn observations(&self, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
        of_account(&self.connection, &self.path, account)
    }

    /// The last observation of an account.
    ///
    /// # Errors
    /// As [`Store::observations`].
    pub fn latest_observation(&self, account: &AccountId) -> Result<Option<Observation>, StoreError> {
        latest(&self.connection, &self.path, account)
    }

    /// Keeps the result of a poll of `account`.
    ///
    /// An observation's `seq` and `last_seen_at` are set here. Figures that equal the last ones only move these two, unless
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
        result: &Result<Observation, Failure>,
        now: Instant,
    ) -> Result<PollOutcome, StoreError> {
        let outcomes = self.record_polls([(account, result)], now)?;
        Ok(outcomes.first().copied().unwrap_or(PollOutcome::OlderThanStored))
    }

    /// Keeps the results of several polls, of each account the earliest first, in one transaction; each as [`Store::record_poll`] does.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or written; nothing is kept then.
    pub fn record_polls<'a>(
        &mut self,
        polls: impl IntoIterator<Item = (&'a AccountId, &'a Result<Observation, Failure>)>,
        now: Instant,
    ) -> Result<Vec<PollOutcome>, StoreError> {
        let (path, identity) = (self.path.clone(), self.identity);
        let failed = |error| StoreError::sqlite(RECORD, &path, error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        identity.check(&path)?;
        let kept = polls.into_iter().map(|(account, result)| keep(&transaction, &path, account, result, now));
        let outcomes = kept.collect::<Result<_, _>>()?;
        transaction.commit().map_err(failed)?;
        identity.check(&path)?;
        Ok(outcomes)
    }

    /// How polling an account goes; `interval_seconds` is the account's own and only passed on.
    ///
    /// # Errors
    /// As [`Store::observations`].
    pub fn health(&self, account: &AccountId, interval_seconds: i64) -> Result<PollHealth, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let sql = "SELECT last_ok_at, failure_kind, failure_message, failed_at, retry_at FROM poll WHERE account = ?1";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let found = statement
            .query_row([account.as_str()], |row| {
                // One that no clock can tell lies ahead, and is not believed.
                let moment = |column: &str| row.get::<_, Option<i64>>(column).map(|number| number.map(told));
                let kind = row.get::<_, Option<String>>("failure_kind")?.and_then(|word| FailureKind::from_word(&word));
                let message = row.get::<_, Option<String>>("failure_message")?.unwrap_or_default();
                // Earlier releases stored what went wrong on their side.
                let failure = kind.filter(|kind| !kind.is_on_this_side()).zip(moment("failed_at")?);
                let retry_at = moment("retry_at")?;
                Ok(PollHealth {
                    last_ok_at: moment("last_ok_at")?,
                    failure: failure.map(|(kind, at)| Failure { kind, message, at, retry_at, or_out_of_credit: false }),
                    interval_seconds,
                    others_ok_at: None,
                })
            })
            .optional()
            .map_err(failed)?;
        Ok(found.unwrap_or(PollHealth { interval_seconds, ..PollHealth::default() }))
    }

    /// A number that changes with whatever another process, or another connection of this one, writes into the file.
    ///
    /// # Errors
    /// As [`Store::observations`].
    pub fn writes_of_others(&self) -> Result<i64, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        self.connection.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(failed)
    }

    /// The instant of the last poll of each account that is stored, whether it succeeded or failed.
    ///
    /// # Errors
    /// As [`Store::observations`].
    pub fn last_polls(&self) -> Result<Vec<(AccountId, Instant)>, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let sql = "SELECT account, max(coalesce(last_ok_at, 0), coalesce(failed_at, 0)) FROM poll";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).map_err(failed)?;
        let mut polls = Vec::new();
        for row in rows {
            let (account, at) = row.map_err(failed)?;
            // What can't be read of it is told where the account's own rows are read.
            polls.extend(account.parse().ok().zip(instant(at).ok()));
        }
        Ok(polls)
    }

    /// How many polls of an account have failed in a row; backing off is counted from it.
    ///
    /// # Errors
    /// As [`Store::observations`].
    pub fn failed_attempts(&self, account: &AccountId) -> Result<u32, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let mut statement = self.connection.prepare_cached("SELECT attempts FROM poll WHERE account = ?1").map_err(failed)?;
        let attempts = statement.query_row([account.as_str()], |row| row.get(0)).optional().map_err(failed)?;
        Ok(attempts.unwrap_or(0))
    }
}

/// The instant of the last poll of an account that is stored and does not lie after `now`, in nanoseconds.
fn last_poll(connection: &Connection, account: &AccountId, now: Instant) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(at) FROM (SELECT last_seen_at AS at FROM observation WHERE account = ?1 \
               UNION ALL SELECT last_ok_at FROM poll WHERE account = ?1 UNION ALL SELECT failed_at FROM poll WHERE account = ?1) \
               WHERE at <= ?2";
    connection.prepare_cached(sql)?.query_row(params![account.as_str(), nanoseconds(now)], |row| row.get(0))
}

fn keep(
    connection: &Connection,
    path: &Path,
    account: &AccountId,
    result: &Result<Observation, Failure>,
    now: Instant,
) -> Result<PollOutcome, StoreError> {
    let failed = |error| StoreError::sqlite(RECORD, path, error);
    let at = match result {
        Ok(observation) => observation.at,
        Err(failure) if failure.kind.is_on_this_side() => return Ok(PollOutcome::NotStored),
        Err(failure) => failure.at,
    };
    if let Some(now) = [at, now].into_iter().find(|at| !can_be_kept(*at)) {
        return Err(StoreError::Clock { action: RECORD, path: path.to_path_buf(), now });
    }
    if last_poll(connection, account, now).map_err(failed)?.is_some_and(|last| last > nanoseconds(at)) {
        return Ok(PollOutcome::OlderThanStored);
    }
    match result {
        Ok(observation) => {
            let outcome = keep_figures(connection, path, account, &storable(observation))?;
            keep_success(connection, account, at).map_err(failed)?;
            seal_polls(connection, account.as_str()).map_err(failed)?;
            Ok(outcome)
        }
        Err(failure) => {
            keep_failure(connection, account, failure).map_err(failed)?;
            seal_polls(connection, account.as_str()).map_err(failed)?;
            Ok(PollOutcome::Failed)
        }
    }
}

/// An observation as it can be kept: an end of the subscription outside the years 1970 to 2199 tells of none.
fn storable(observation: &Observation) -> Cow<'_, Observation> {
    match observation.subscription_ends_at {
        Some(ends) if !can_be_kept(ends) => Cow::Owned(Observation { subscription_ends_at: None, ..observation.clone() }),
        _ => Cow::Borrowed(observation),
    }
}

fn keep_figures(
    connection: &Connection,
    path: &Path,
    account: &AccountId,
    observation: &Observation,
) -> Result<PollOutcome, StoreError> {
    let failed = |error| StoreError::sqlite(RECORD, path, error);
    let seq = next_seq(connection).map_err(failed)?;
    if let Some(last) = latest(connection, path, account)?
        && last.at <= observation.at
        && same_figures(&last, observation)
        && !has_entry_after(connection, account, last.seq).map_err(failed)?
    {
        connection
            .prepare_cached("UPDATE observation SET last_seq = ?1, last_seen_at = ?2 WHERE last_seq = ?3")
            .and_then(|mut statement| statement.execute(params![seq, nanoseconds(observation.at), last.seq.0]))
            .and_then(|_| seal_last_observation(connection, account.as_str()))
            .map_err(failed)?;
        return Ok(PollOutcome::Confirmed);
    }
    insert(connection, account, seq, observation)
        .and_then(|()| seal_last_observation(connection, account.as_str()))
        .map_err(failed)?;
    Ok(PollOutcome::New)
}

fn same_figures(last: &Observation, new: &Observation) -> bool {
    last.plan == new.plan
        && last.email == new.email.as_deref().map(printable)
        && last.subscription_ends_at == new.subscription_ends_at
        && last.buckets == new.buckets
}

fn has_entry_after(connection: &Connection, account: &AccountId, seq: Seq) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM entry WHERE account = ?1 AND seq > ?2)";
    connection.prepare_cached(sql)?.query_row(params![account.as_str(), seq.0], |row| row.get(0))
}

fn insert(connection: &Connection, account: &AccountId, seq: i64, observation: &Observation) -> rusqlite::Result<()> {
    let at = nanoseconds(observation.at);
    let sql = "INSERT INTO observation (first_seq, last_seq, account, at, last_seen_at, plan, email, subscription_ends_at) \
               VALUES (?1, ?1, ?2, ?3, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        seq,
        account.as_str(),
        at,
        observation.plan.as_ref().map(PlanId::as_str),
        observation.email.as_deref().map(printable),
        observation.subscription_ends_at.map(nanoseconds),
    ])?;
    let sql = "INSERT INTO observed_bucket (observation, position, bucket, remaining, capacity) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(sql)?;
    for (position, figures) in (0i64..).zip(&observation.buckets) {
        let bucket = figures.bucket.as_str();
        statement.execute(params![seq, position, bucket, figure_word(figures.remaining), figures.capacity.map(figure_word)])?;
    }
    Ok(())
}

fn keep_success(connection: &Connection, account: &AccountId, at: Instant) -> rusqlite::Result<usize> {
    let sql = "INSERT INTO poll (account, last_ok_at, attempts) VALUES (?1, ?2, 0) \
               ON CONFLICT DO UPDATE SET last_ok_at = excluded.last_ok_at, failure_kind = NULL, failure_message = NULL, \
               failed_at = NULL, retry_at = NULL, attempts = 0";
    connection.prepare_cached(sql)?.execute(params![account.as_str(), nanoseconds(at)])
}

fn keep_failure(connection: &Connection, account: &AccountId, failure: &Failure) -> rusqlite::Result<usize> {
    let sql = "INSERT INTO poll (account, failure_kind, failure_message, failed_at, retry_at, attempts) VALUES (?1, ?2, ?3, ?4, ?5, 1) \
               ON CONFLICT DO UPDATE SET failure_kind = excluded.failure_kind, failure_message = excluded.failure_message, \
               failed_at = excluded.failed_at, retry_at = excluded.retry_at, attempts = attempts + 1";
    let message: String = printable(&failure.message).chars().take(MESSAGE_LENGTH).collect();
    connection.prepare_cached(sql)?.execute(params![
        account.as_str(),
        failure.kind.word(),
        message,
        nanoseconds(failure.at),
        failure.retry_at.map(nanoseconds),
    ])
}

/// A text from outside without its control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

pub(super) fn of_account(connection: &Connection, path: &Path, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
    let sql = format!("{OBSERVATIONS} WHERE account = ?1 ORDER BY last_seq, position");
    select(connection, path, &sql, account)
}

fn latest(connection: &Connection, path: &Path, account: &AccountId) -> Result<Option<Observation>, StoreError> {
    let sql = format!(
        "{OBSERVATIONS} WHERE account = ?1 AND last_seq = (SELECT max(last_seq) FROM observation WHERE account = ?1) ORDER BY position"
    );
    Ok(select(connection, path, &sql, account)?.pop())
}

/// Gathers the rows of [`OBSERVATIONS`]: one per bucket, those of one observation next to each other.
fn select(connection: &Connection, path: &Path, sql: &str, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
    let failed = |error| StoreError::sqlite(READ, path, error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query([account.as_str()]).map_err(failed)?;
    let mut observations: Vec<Observation> = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let seq = Seq(row.get("last_seq").map_err(failed)?);
        let damaged = |why: String| StoreError::Damaged {
            path: path.to_path_buf(),
            flaw: Flaw { seq: Some(seq), what: format!("observation of {account}: {why}") },
        };
        if observations.last().is_none_or(|last| last.seq != seq) {
            observations.push(head(row, seq, account).map_err(damaged)?);
        }
        if let Some(figures) = bucket(row).map_err(damaged)?
            && let Some(last) = observations.last_mut()
        {
            last.buckets.push(figures);
        }
    }
    Ok(observations)
}

/// An instant as it stands in the file. Releases before this one stored what a wrong clock told, also instants that can't be: they are not
/// believed, and `verify` names them.
fn told(nanoseconds: i64) -> Instant {
    Instant::from_timestamp_nanos(nanoseconds)
}

fn head(row: &Row<'_>, seq: Seq, account: &AccountId) -> Result<Observation, String> {
    let text = |column: &str| row.get::<_, Option<String>>(column).map_err(|error| error.to_string());
    let moment =
        |column: &str| row.get::<_, Option<i64>>(column).map(|number| number.map(told)).map_err(|error| error.to_string());
    let missing = |column: &str| format!("{column} is missing");
    Ok(Observation {
        seq,
        account: account.clone(),
        at: moment("at")?.ok_or_else(|| missing("at"))?,
        last_seen_at: moment("last_seen_at")?.ok_or_else(|| missing("last_seen_at"))?,
        plan: text("plan")?.map(|plan| plan.parse().map_err(|error| format!("plan: {error}"))).transpose()?,
        email: text("email")?,
        subscription_ends_at: moment("subscription_ends_at")?,
        buckets: Vec::new(),
    })
}

fn bucket(row: &Row<'_>) -> Result<Option<ObservedBucket>, String> {
    let text = |column: &str| row.get::<_, Option<String>>(column).map_err(|error| error.to_string());
    let Some(bucket) = text("bucket")? else { return Ok(None) };
    Ok(Some(ObservedBucket {
        bucket: bucket.parse().map_err(|error| format!("bucket: {error}"))?,
        remaining: figure(&text("remaining")?.unwrap_or_default())?,
        capacity: text("capacity")?.map(|capacity| figure(&capacity)).transpose()?,
    }))
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
