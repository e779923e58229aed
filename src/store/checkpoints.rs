//! Checkpoints: states of accounts that are kept, so that answers need not begin at the beginning (SPEC E7).
//!
//! Whoever folds much keeps some, and a trigger deletes those that a new entry makes wrong, in the same transaction. So what is
//! there is right, and what is not there costs time alone.

mod encoding;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::thread;

use chrono::{DateTime, TimeDelta};
use rusqlite::{Connection, ErrorCode, Row, Transaction, TransactionBehavior, params};

use super::entries::READ;
use super::row::nanoseconds;
use super::waiting::without_waiting;
use super::{Asked, Store, StoreError};
use crate::credit::{AccountId, Checkpoint, Instant, Rules, Seq};

/// Another number makes every checkpoint of earlier builds void: raise it with any change of what the fold makes of entries, or
/// of [`encoding`]. Releases do so by themselves.
const REVISION: u32 = 7;

/// From twice so many accounts on, two threads read their checkpoints.
const MANY: usize = 5;

const KEEP: &str = "keep checkpoints in";

/// A checkpoint that was read, with its instant; `None` in its place where its bytes are damaged.
pub type StoredCheckpoint = (Instant, Option<Checkpoint>);

impl Store {
    /// Keeps the new checkpoints of some accounts, each with the rules that it follows; `last` is the latest entry that they
    /// can have taken in. Those of accounts that got other entries meanwhile, and those that stand too close to another, are
    /// left out.
    ///
    /// Nothing waits for other processes: where one is writing, nothing is kept, and the answer is false.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be written. No answer depends on it.
    pub fn keep_checkpoints(&self, new: &[(&Rules, Vec<Checkpoint>)], last: Seq) -> Result<bool, StoreError> {
        let failed = |error| StoreError::sqlite(KEEP, &self.path, error);
        match without_waiting(|| keep(&self.connection, new, last)) {
            Ok(()) => Ok(true),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// All checkpoints of an account by these rules, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub fn checkpoints(&self, rules: &Rules) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let sql = "SELECT at, state FROM checkpoint WHERE account = ?1 AND rules = ?2 ORDER BY at";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let read = |row: &Row<'_>| {
            let at = DateTime::from_timestamp_nanos(row.get(0)?);
            Ok((at, encoding::decode(&rules.account, at, row.get_ref(1)?.as_blob()?)))
        };
        let rows = statement.query_map(params![rules.account.as_str(), fingerprint(rules)], read).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    /// Deletes an account's checkpoint of an instant.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be written.
    pub fn drop_checkpoint(&mut self, account: &AccountId, at: Instant) -> Result<(), StoreError> {
        let values = params![account.as_str(), nanoseconds(at)];
        let dropped = self.connection.execute("DELETE FROM checkpoint WHERE account = ?1 AND at = ?2", values);
        dropped.map(|_| ()).map_err(|error| StoreError::sqlite(KEEP, &self.path, error))
    }
}

/// The rules of an account as a number. Equal rules of one build have equal ones; other builds may have others.
fn fingerprint(rules: &Rules) -> i64 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), REVISION, rules).hash(&mut hasher);
    hasher.finish().cast_signed()
}

/// The bytes of a checkpoint that was found.
struct Found<'a> {
    account: &'a AccountId,
    at: Instant,
    state: Vec<u8>,
}

impl Found<'_> {
    fn checkpoint(&self) -> Option<Checkpoint> {
        encoding::decode(self.account, self.at, &self.state)
    }
}

/// The latest checkpoint of each account at or before an instant; one whose bytes are damaged is none.
pub(super) fn latest_of(
    connection: &Connection,
    path: &Path,
    asked: &[Asked<'_>],
) -> Result<Vec<Option<Checkpoint>>, StoreError> {
    let mut found = Vec::with_capacity(asked.len());
    for Asked { rules, latest_start } in asked {
        found.push(find(connection, path, rules, *latest_start)?);
    }
    let read = |found: &[Option<Found<'_>>]| -> Vec<Option<Checkpoint>> {
        found.iter().map(|found| found.as_ref().and_then(Found::checkpoint)).collect()
    };
    let (some, others) = found.split_at(found.len() / 2);
    let mut checkpoints = if some.len() < MANY {
        read(&found)
    } else {
        thread::scope(|threads| {
            let others = threads.spawn(|| read(others));
            let mut checkpoints = read(some);
            checkpoints.extend(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            checkpoints
        })
    };
    for ((found, asked), checkpoint) in found.iter().zip(asked).zip(&mut checkpoints) {
        if let (Some(found), None) = (found, &checkpoint) {
            *checkpoint = earlier(connection, path, asked.rules, found.at)?;
        }
    }
    Ok(checkpoints)
}

/// The latest checkpoint of an account at or before an instant; one whose bytes are damaged is none.
pub(super) fn latest(
    connection: &Connection,
    path: &Path,
    rules: &Rules,
    until: Instant,
) -> Result<Option<Checkpoint>, StoreError> {
    match find(connection, path, rules, until)? {
        None => Ok(None),
        Some(found) => found.checkpoint().map_or_else(|| earlier(connection, path, rules, found.at), |found| Ok(Some(found))),
    }
}

/// The latest checkpoint of an account before an instant at which it has a damaged one.
fn earlier(connection: &Connection, path: &Path, rules: &Rules, damaged: Instant) -> Result<Option<Checkpoint>, StoreError> {
    latest(connection, path, rules, damaged - TimeDelta::nanoseconds(1))
}

fn find<'a>(connection: &Connection, path: &Path, rules: &'a Rules, until: Instant) -> Result<Option<Found<'a>>, StoreError> {
    let failed = |error| StoreError::sqlite(READ, path, error);
    let sql = "SELECT at, state, rules FROM checkpoint WHERE account = ?1 AND at <= ?2 ORDER BY at DESC";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params![rules.account.as_str(), nanoseconds(until)]).map_err(failed)?;
    let mut own = None;
    while let Some(row) = rows.next().map_err(failed)? {
        // Most accounts have no checkpoint, so that their rules need no number.
        let own = *own.get_or_insert_with(|| fingerprint(rules));
        if row.get::<_, i64>(2).map_err(failed)? == own {
            let at = DateTime::from_timestamp_nanos(row.get(0).map_err(failed)?);
            return Ok(Some(Found { account: &rules.account, at, state: row.get(1).map_err(failed)? }));
        }
    }
    Ok(None)
}

/// Deletes the checkpoints of an account before much is recorded of it, of which the trigger does not hear.
pub(super) fn void(connection: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM checkpoint WHERE account = ?1", [account.as_str()]).map(|_| ())
}

fn keep(connection: &Connection, new: &[(&Rules, Vec<Checkpoint>)], last: Seq) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Few were recorded since: reading them all is less work than going through an account's index.
    let mut later = transaction.prepare("SELECT count(*) FROM entry NOT INDEXED WHERE seq > ?1 AND account = ?2")?;
    let mut insert = transaction.prepare(
        "INSERT OR REPLACE INTO checkpoint (account, at, rules, entries, spacing, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (rules, checkpoints) in new.iter().filter(|(_, checkpoints)| !checkpoints.is_empty()) {
        let (account, rules_number) = (rules.account.as_str(), fingerprint(rules));
        if later.query_row(params![last.0, account], |row| row.get::<_, i64>(0))? > 0 {
            continue;
        }
        transaction.execute("DELETE FROM checkpoint WHERE account = ?1 AND rules <> ?2", params![account, rules_number])?;
        for checkpoint in checkpoints {
            let Some(state) = encoding::encode(&rules.account, checkpoint) else { continue };
            let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            let (entries, spacing) = (count(checkpoint.entries()), count(checkpoint.spacing()));
            insert.execute(params![account, nanoseconds(checkpoint.at()), rules_number, entries, spacing, state])?;
        }
        thin(&transaction, account)?;
    }
    drop((later, insert));
    transaction.commit()
}

/// Deletes the checkpoints of an account that stand too close to the one before, but for the last one.
fn thin(connection: &Connection, account: &str) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT rowid, entries, spacing FROM checkpoint WHERE account = ?1 ORDER BY at")?;
    let rows = statement.query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut all = rows.collect::<rusqlite::Result<Vec<(i64, i64, i64)>>>()?;
    all.pop();
    let mut before = 0;
    for (row, entries, spacing) in all {
        if entries - before < spacing {
            connection.prepare_cached("DELETE FROM checkpoint WHERE rowid = ?1")?.execute([row])?;
        } else {
            before = entries;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
