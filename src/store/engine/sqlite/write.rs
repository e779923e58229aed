//! Writing rows, and the whole of a sitting.

use std::collections::BTreeMap;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Params, params};

use super::Sitting;
use crate::credit::{AccountId, Amount, Deed, Entry, Instant, Ref};
use crate::store::chain::End;
use crate::store::digest::{Digest, Encoder};
use crate::store::engine::{CheckpointRow, EntryRow, LastSeqs, ObservationRow, PollRow, Sealed, Session, Since, Wanted};
use crate::store::row::{Cell, EntryCells, FIELDS, nanoseconds};
use crate::store::{Asked, Filter, Flaw, Location, StoreError};

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

impl Sitting<'_> {
    fn run(&self, sql: &str, values: impl Params) -> Result<usize, StoreError> {
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

impl Session for Sitting<'_> {
    fn location(&self) -> &Location {
        &self.engine.location
    }

    fn last_seqs(&self) -> Result<LastSeqs, StoreError> {
        self.read_last_seqs()
    }

    fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError> {
        references.iter().map(|reference| self.read_entry(account, reference)).collect()
    }

    fn each_entry(&self, filter: &Filter, take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.read_each_entry(filter, take)
    }

    fn each_amount(&self, account: &AccountId, since: Since, take: impl FnMut(Amount)) -> Result<(), StoreError> {
        self.read_each_amount(account, since, take)
    }

    fn deeds(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Deed>>, StoreError> {
        self.read_deeds(wanted)
    }

    fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError> {
        self.read_count_between(account, after, before)
    }

    fn account_names(&self) -> Result<Vec<String>, StoreError> {
        self.read_account_names()
    }

    fn texts(&self) -> Result<Vec<String>, StoreError> {
        self.read_texts()
    }

    fn tag_lists(&self) -> Result<Vec<String>, StoreError> {
        self.read_tag_lists()
    }

    fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError> {
        self.read_sealed(which)
    }

    fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError> {
        self.read_chain_ends(of)
    }

    fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError> {
        of.iter().map(|account| self.read_observations(account)).collect()
    }

    fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError> {
        self.read_last_observations(account, many)
    }

    fn polls(&self, of: Option<&[&AccountId]>) -> Result<Vec<PollRow>, StoreError> {
        self.read_polls(of)
    }

    fn checkpoints_before(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError> {
        asked.iter().map(|asked| self.read_checkpoint_before(asked)).collect()
    }

    fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError> {
        self.read_checkpoints(account, rules)
    }

    fn damage(&self) -> Result<Vec<Flaw>, StoreError> {
        self.read_damage()
    }

    fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError> {
        self.read_strange_parts()
    }

    fn contradictions(&self) -> Result<Vec<Flaw>, StoreError> {
        self.read_contradictions()
    }

    fn each_row(&self, take: impl FnMut(EntryRow)) -> Result<(), StoreError> {
        self.read_each_row(take)
    }

    fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError> {
        self.read_content_at(seq)
    }

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
        let sql = "INSERT INTO poll (account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts, digest) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                   ON CONFLICT DO UPDATE SET last_ok_at = excluded.last_ok_at, failure_kind = excluded.failure_kind, \
                   failure_message = excluded.failure_message, failed_at = excluded.failed_at, retry_at = excluded.retry_at, \
                   attempts = excluded.attempts, digest = excluded.digest";
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
        let Sitting { transaction, engine, action, _prepared } = self;
        transaction.commit().map_err(|error| super::failed(action, &engine.location, error))?;
        // What was taken away meanwhile is not acknowledged.
        engine.identity.check(&engine.path)
    }
}
