//! Reading entries.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::row::{COLUMNS, nanoseconds, read};
use super::{Store, StoreError, append, checkpoints, polls};
use crate::credit::{AccountId, BucketId, Checkpoint, Entry, EntryKind, Instant, Observation, Ref, Rules, Seq};

pub(super) const READ: &str = "read the ledger";

/// Which entries are asked for. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this kind.
    pub kind: Option<EntryKind>,
    /// Naming this bucket.
    pub bucket: Option<BucketId>,
    /// With this ref.
    pub reference: Option<Ref>,
    /// Recorded by this actor.
    pub actor: Option<String>,
    /// With this tag among theirs.
    pub tag: Option<String>,
    /// That happened at this instant or later.
    pub from: Option<Instant>,
    /// That happened before this instant.
    pub to: Option<Instant>,
    /// The latest recorded first, instead of the earliest.
    pub newest_first: bool,
    /// At most so many.
    pub limit: Option<u32>,
    /// After leaving out so many.
    pub offset: u32,
}

/// What is recorded of an account, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountRecord {
    /// What came before its entries; `None` where they are all there are.
    pub start: Option<Checkpoint>,
    /// Its entries since then, in the order of recording.
    pub entries: Vec<Entry>,
    /// Its observations, in the order of recording.
    pub observations: Vec<Observation>,
}

impl Store {
    /// The entries of an account, in the order of recording.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or a row of it is damaged.
    pub fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, StoreError> {
        of_account(&self.connection, &self.path, account)
    }

    /// The entries and observations of an account, read together so that they fit each other while other processes write.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn account_record(&self, account: &AccountId) -> Result<AccountRecord, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let moment = self.connection.unchecked_transaction().map_err(failed)?;
        self.record_since(&moment, account, None)
    }

    /// What is recorded of an account since its latest checkpoint that is not after `latest_start`, read together; everything where
    /// there is none.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn recent_record(&self, rules: &Rules, latest_start: Instant) -> Result<AccountRecord, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let moment = self.connection.unchecked_transaction().map_err(failed)?;
        let start = checkpoints::latest(&moment, &self.path, rules, latest_start)?;
        self.record_since(&moment, &rules.account, start)
    }

    fn record_since(
        &self,
        moment: &Connection,
        account: &AccountId,
        start: Option<Checkpoint>,
    ) -> Result<AccountRecord, StoreError> {
        let entries = match &start {
            None => of_account(moment, &self.path, account)?,
            Some(start) => {
                let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1 AND at > ?2 ORDER BY seq");
                select(moment, &self.path, &sql, &[&account.as_str(), &nanoseconds(start.at())], account)?
            }
        };
        Ok(AccountRecord { start, entries, observations: polls::of_account(moment, &self.path, account)? })
    }

    /// The entry of an account that has a ref.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn entry(&self, account: &AccountId, reference: &Ref) -> Result<Option<Entry>, StoreError> {
        by_ref(&self.connection, &self.path, account, reference)
    }

    /// The entries that a filter lets through, in the order of recording or its reverse.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn entries_filtered(&self, filter: &Filter) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        self.each_entry(filter, |entry| {
            entries.push(entry);
            Ok::<_, StoreError>(())
        })?;
        Ok(entries)
    }

    /// Hands out the entries that a filter lets through one by one, without holding them all.
    ///
    /// # Errors
    /// As [`Store::entries`], and what `take` returns.
    pub fn each_entry<E: From<StoreError>>(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| E::from(StoreError::sqlite(READ, &self.path, error));
        let (sql, values) = filter.query();
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(read(row, None).map_err(|flaw| StoreError::Damaged { path: self.path.clone(), flaw })?)?;
        }
        Ok(())
    }

    /// Every account that something is recorded of, by id.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let mut statement = self
            .connection
            .prepare_cached("SELECT account FROM entry UNION SELECT account FROM observation ORDER BY 1")
            .map_err(failed)?;
        let names = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        // A name that is none belongs to a damaged row, which `verify` and the reading of that row report.
        names.filter_map(|name| name.map(|name| AccountId::new(&name).ok()).transpose()).collect::<Result<_, _>>().map_err(failed)
    }

    /// When the latest of the last hundred entries was recorded, in which account and under which ref: later than now only where a clock
    /// was set back, or was wrong then.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn latest_recorded(&self) -> Result<Option<(Instant, String, String)>, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let sql = "SELECT recorded_at, account, ref FROM (SELECT * FROM entry ORDER BY seq DESC LIMIT 100) ORDER BY recorded_at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let found = statement.query_row([], |row| Ok((Instant::from_timestamp_nanos(row.get(0)?), row.get(1)?, row.get(2)?)));
        found.optional().map_err(failed)
    }

    /// The latest place in the order of recording; it moves whenever an entry or observation is recorded by anybody.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub fn last_seq(&self) -> Result<Seq, StoreError> {
        let next = append::next_seq(&self.connection).map_err(|error| StoreError::sqlite(READ, &self.path, error))?;
        Ok(Seq(next - 1))
    }
}

impl Filter {
    fn query(&self) -> (String, Vec<Value>) {
        let text = |text: &str| Value::Text(text.to_owned());
        let conditions = [
            ("account = ?", self.account.as_ref().map(|account| text(account.as_str()))),
            ("kind = ?", self.kind.map(|kind| text(kind.word()))),
            ("bucket = ?", self.bucket.as_ref().map(|bucket| text(bucket.as_str()))),
            ("ref = ?", self.reference.as_ref().map(|reference| text(reference.as_str()))),
            ("actor = ?", self.actor.as_deref().map(text)),
            ("instr(' ' || tags || ' ', ' ' || ? || ' ') > 0", self.tag.as_deref().map(text)),
            ("at >= ?", self.from.map(|from| Value::Integer(nanoseconds(from)))),
            ("at < ?", self.to.map(|to| Value::Integer(nanoseconds(to)))),
        ];
        let mut sql = format!("SELECT {COLUMNS} FROM entry");
        let mut values = Vec::new();
        for (condition, value) in conditions {
            let Some(value) = value else { continue };
            let joint = if values.is_empty() { " WHERE " } else { " AND " };
            sql.push_str(joint);
            sql.push_str(condition);
            values.push(value);
        }
        let direction = if self.newest_first { "DESC" } else { "ASC" };
        // SQLite's -1 is "no limit".
        let limit = self.limit.map_or(-1, i64::from);
        let _ = write!(sql, " ORDER BY seq {direction} LIMIT {limit} OFFSET {}", self.offset);
        (sql, values)
    }
}

fn select(
    connection: &Connection,
    path: &Path,
    sql: &str,
    values: &[&dyn ToSql],
    account: &AccountId,
) -> Result<Vec<Entry>, StoreError> {
    let failed = |error| StoreError::sqlite(READ, path, error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        entries.push(read(row, Some(account)).map_err(|flaw| StoreError::Damaged { path: path.to_path_buf(), flaw })?);
    }
    Ok(entries)
}

pub(super) fn of_account(connection: &Connection, path: &Path, account: &AccountId) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1 ORDER BY seq");
    select(connection, path, &sql, &[&account.as_str()], account)
}

pub(super) fn by_ref(
    connection: &Connection,
    path: &Path,
    account: &AccountId,
    reference: &Ref,
) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1 AND ref = ?2");
    let failed = |error| StoreError::sqlite(READ, path, error);
    let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
    let found = statement.query_row([account.as_str(), reference.as_str()], |row| Ok(read(row, Some(account)))).optional();
    found.map_err(failed)?.transpose().map_err(|flaw| StoreError::Damaged { path: path.to_path_buf(), flaw })
}

#[cfg(test)]
mod tests;
