//! Writing rows, and the whole of a session.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Params, params};

use super::Session;
use crate::credit::{AccountId, Instant};
use crate::store::StoreError;
use crate::store::chain::End;
use crate::store::digest::Digest;
use crate::store::engine::{CheckpointRow, ObservationRow, PollRow, Write};
use crate::store::row::{Cell, EntryCells, FIELDS, nanoseconds};

const INSERT: &str = "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, \
                      expires_at, priority, action, variant, quantity, target, note, actor, tags, digest) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

fn value<'a>(cell: &Cell<'a>) -> ToSqlOutput<'a> {
    ToSqlOutput::Borrowed(match *cell {
        Cell::Absent => ValueRef::Null,
        Cell::Number(number) => ValueRef::Integer(number),
        Cell::Text(text) => ValueRef::Text(text),
        Cell::Foreign(bytes) => ValueRef::Blob(bytes),
    })
}

impl Session<'_> {
    pub(super) fn run(&self, sql: &str, values: impl Params) -> Result<usize, StoreError> {
        let ran = self.connection().prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        ran.map_err(|error| self.failed(error))
    }

    fn write_entry(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> rusqlite::Result<()> {
        let mut statement = self.connection().prepare_cached(INSERT)?;
        statement.raw_bind_parameter(1, seq)?;
        for (place, cell) in (2..).zip(cells.iter()) {
            statement.raw_bind_parameter(place, value(&cell))?;
        }
        statement.raw_bind_parameter(FIELDS + 2, digest.0.as_slice())?;
        statement.raw_execute().map(|_| ())
    }
}

impl Write for Session<'_> {
    fn insert(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> Result<(), StoreError> {
        self.write_entry(seq, cells, digest).map_err(|error| self.failed(error))
    }

    fn set_chain_end(&self, account: &str, end: End) -> Result<(), StoreError> {
        let sql = "INSERT INTO chain (account, entries, digest) VALUES (?1, ?2, ?3) \
                   ON CONFLICT DO UPDATE SET entries = excluded.entries, digest = excluded.digest";
        self.run(sql, params![account, end.entries, end.digest.0.as_slice()]).map(|_| ())
    }

    fn void_checkpoints(&self, account: &AccountId, from: Instant) -> Result<(), StoreError> {
        self.run("DELETE FROM checkpoint WHERE account = ?1 AND at >= ?2", params![account.as_str(), nanoseconds(from)])
            .map(|_| ())
    }

    fn insert_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO observation (first_seq, last_seq, account, at, last_seen_at, plan, email, subscription_ends_at, digest) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let digest = row.digest.map(|digest| digest.0);
        let values = params![
            row.first,
            row.last,
            row.account,
            row.at,
            row.last_seen_at,
            row.plan,
            row.email,
            row.subscription_ends_at,
            digest
        ];
        self.run(sql, values)?;
        let sql = "INSERT INTO observed_bucket (observation, position, bucket, remaining, capacity) VALUES (?1, ?2, ?3, ?4, ?5)";
        for (position, figures) in (0i64..).zip(&row.buckets) {
            self.run(sql, params![row.first, position, figures.bucket, figures.remaining, figures.capacity])?;
        }
        Ok(())
    }

    fn confirm_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        let sql = "UPDATE observation SET last_seq = ?2, last_seen_at = ?3, digest = ?4 WHERE first_seq = ?1";
        let digest = row.digest.map(|digest| digest.0);
        self.run(sql, params![row.first, row.last, row.last_seen_at, digest]).map(|_| ())
    }

    fn restamp_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        let sql =
            "UPDATE observation SET at = ?2, last_seen_at = ?3, subscription_ends_at = ?4, digest = ?5 WHERE first_seq = ?1";
        let digest = row.digest.map(|digest| digest.0);
        self.run(sql, params![row.first, row.at, row.last_seen_at, row.subscription_ends_at, digest]).map(|_| ())
    }

    fn put_poll(&self, row: &PollRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO poll (account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts, digest, changed) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(changed), 0) + 1 FROM poll)) \
                   ON CONFLICT DO UPDATE SET last_ok_at = excluded.last_ok_at, failure_kind = excluded.failure_kind, \
                   failure_message = excluded.failure_message, failed_at = excluded.failed_at, retry_at = excluded.retry_at, \
                   attempts = excluded.attempts, digest = excluded.digest, changed = excluded.changed";
        let digest = row.digest.map(|digest| digest.0);
        let values = params![
            row.account,
            row.last_ok_at,
            row.failure_kind,
            row.failure_message,
            row.failed_at,
            row.retry_at,
            row.attempts,
            digest
        ];
        self.run(sql, values).map(|_| ())
    }

    fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM lease WHERE account = ?1 AND holder = ?2";
        accounts.iter().try_for_each(|account| self.run(sql, params![account, holder]).map(|_| ()))
    }

    fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO checkpoint (account, at, rules, entries, spacing, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(sql, params![account.as_str(), row.at, row.rules, row.entries, row.spacing, row.state]).map(|_| ())
    }

    fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM checkpoint WHERE account = ?1 AND rules = ?2 AND at = ?3";
        self.run(sql, params![account.as_str(), rules, at]).map(|_| ())
    }

    fn commit(self) -> Result<(), StoreError> {
        let Session { transaction, engine, action, _prepared } = self;
        transaction.commit().map_err(|error| super::failed(action, &engine.location, error))?;
        // What was taken away meanwhile is not acknowledged.
        engine.identity.check(&engine.path)
    }
}
