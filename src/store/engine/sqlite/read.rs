//! Reading rows.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use super::{READ, Session, failed, guards};
use crate::credit::{AccountId, Amount, Entry, EntryKind, FoldEntry, Instant, Ref, Seq};
use crate::store::chain::End;
use crate::store::digest::{Digest, Encoder};
use crate::store::engine::sql::{CONTRADICTIONS, TAGS, TEXTS};
use crate::store::engine::{
    BucketRow, CheckpointRow, Cursor, EntryRow, Flow, LastSeqs, ObservationRow, PollRow, Read, Sealed, Since, Wanted,
};
use crate::store::row::{self, COLUMNS, Cell, Cells, content, nanoseconds, read};
use crate::store::{Filter, Flaw, Location, StoreError, TailQuery};

/// When more entries than this were recorded since, those of the account alone are read.
const FEW: i64 = 1000;

const OBSERVATIONS: &str = "SELECT first_seq, last_seq, account, at, last_seen_at, plan, email, subscription_ends_at, digest, bucket, \
                            remaining, capacity FROM observation LEFT JOIN observed_bucket ON observation = first_seq";

const POLLS: &str = "SELECT account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts, digest FROM poll";

const CHECKPOINTS: &str = "SELECT at, rules, entries, spacing, state FROM checkpoint";

impl Cells for Row<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.get_ref(column) {
            Err(_) | Ok(ValueRef::Null) => Cell::Absent,
            Ok(ValueRef::Integer(number)) => Cell::Number(number),
            Ok(ValueRef::Text(text)) => Cell::Text(text),
            Ok(ValueRef::Blob(bytes)) => Cell::Foreign(bytes),
            // No column takes one; the database's own check names it.
            Ok(ValueRef::Real(_)) => Cell::Foreign(b"real"),
        }
    }
}

/// The text in a column; what is no text in UTF-8 comes out changed, so that it does not fit its digest.
fn text(row: &Row<'_>, column: usize) -> Option<String> {
    match row.cell(column) {
        Cell::Absent => None,
        Cell::Number(number) => Some(number.to_string()),
        Cell::Text(bytes) | Cell::Foreign(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// The digest in a column, where there is one.
pub(super) fn digest(row: &Row<'_>, column: usize) -> Option<Digest> {
    if let Cell::Foreign(bytes) = row.cell(column) { Digest::from_bytes(bytes) } else { None }
}

impl Session<'_> {
    /// Hands out the rows of a query.
    pub(super) fn each(
        &self,
        sql: &str,
        values: impl Params,
        mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let wrong = |error| self.failed(error);
        let mut statement = self.connection().prepare_cached(sql).map_err(wrong)?;
        let mut rows = statement.query(values).map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            take(row)?;
        }
        Ok(())
    }

    /// Gathers what is made of the rows of a query.
    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        make: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut made = Vec::new();
        self.each(sql, values, |row| {
            made.push(make(row).map_err(|error| self.failed(error))?);
            Ok(())
        })?;
        Ok(made)
    }

    /// What is made of the first row of a query.
    fn first<T>(
        &self,
        sql: &str,
        values: impl Params,
        make: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let found = self.connection().prepare_cached(sql).and_then(|mut statement| statement.query_row(values, make).optional());
        found.map_err(|error| self.failed(error))
    }

    pub(super) fn number(&self, sql: &str, values: impl Params) -> Result<i64, StoreError> {
        Ok(self.first(sql, values, |row| row.get(0))?.unwrap_or(0))
    }

    pub(super) fn damaged(&self, flaw: Flaw) -> StoreError {
        StoreError::Damaged { location: self.engine.location.clone(), flaw }
    }

    fn entry(&self, account: &AccountId, reference: &Ref) -> Result<Option<Entry>, StoreError> {
        // Made anew for each would cost as much as finding it.
        const SQL: &str = "SELECT seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, expires_at, priority, \
                           action, variant, quantity, target, note, actor, tags FROM entry WHERE account = ?1 AND ref = ?2";
        let found = self.first(SQL, [account.as_str(), reference.as_str()], |row| Ok(read(row, Some(account))))?;
        found.transpose().map_err(|flaw| self.damaged(flaw))
    }

    fn checkpoint_before(&self, asked: &TailQuery<'_>) -> Result<Option<CheckpointRow>, StoreError> {
        const SQL: &str =
            "SELECT at, rules, entries, spacing, state FROM checkpoint WHERE account = ?1 AND at <= ?2 ORDER BY at DESC";
        let wrong = |error| self.failed(error);
        let mut statement = self.connection().prepare_cached(SQL).map_err(wrong)?;
        let account = asked.rules.account.as_str();
        let mut rows = statement.query(params![account, nanoseconds(asked.latest_start)]).map_err(wrong)?;
        let mut own = None;
        while let Some(row) = rows.next().map_err(wrong)? {
            // Most accounts have no checkpoint, so that their rules need no number.
            if row.get::<_, i64>(1).map_err(wrong)? == *own.get_or_insert_with(|| asked.fingerprint()) {
                return checkpoint(row).map(Some).map_err(wrong);
            }
        }
        Ok(None)
    }
}

impl Read for Session<'_> {
    fn location(&self) -> &Location {
        &self.engine.location
    }

    fn last_seqs(&self) -> Result<LastSeqs, StoreError> {
        let sql = "SELECT coalesce((SELECT max(seq) FROM entry), 0), coalesce((SELECT max(last_seq) FROM observation), 0)";
        let found = self.first(sql, [], |row| {
            let (entry, observation): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(LastSeqs { entry, any: entry.max(observation) })
        })?;
        Ok(found.unwrap_or_default())
    }

    fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError> {
        references.iter().map(|reference| self.entry(account, reference)).collect()
    }

    fn each_entry(&self, filter: &Filter, mut take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let (sql, values) = query(filter);
        // Accounts repeat from row to row: each is checked, and takes memory, once.
        let mut accounts: HashMap<Vec<u8>, AccountId> = HashMap::new();
        self.each(&sql, params_from_iter(values), |row| {
            let known = match row.cell(row::ACCOUNT_COLUMN) {
                Cell::Text(name) if filter.account.is_none() => accounts.get(name),
                _ => filter.account.as_ref(),
            };
            let entry = read(row, known).map_err(|flaw| self.damaged(flaw))?;
            if known.is_none() {
                accounts.insert(entry.account.as_str().as_bytes().to_vec(), entry.account.clone());
            }
            take(entry)
        })
    }

    fn each_amount(&self, account: &AccountId, since: Since, mut take: impl FnMut(Amount)) -> Result<(), StoreError> {
        let (sql, after) = match since {
            Since::Instant(after) => ("SELECT seq, amount FROM entry WHERE account = ?1 AND at > ?2", nanoseconds(after)),
            // Few rows: reading them all is less work than going through the account's index.
            Since::Seq(after) if self.last_seqs()?.entry - after < FEW => {
                ("SELECT seq, amount FROM entry NOT INDEXED WHERE account = ?1 AND seq > ?2", after)
            }
            Since::Seq(after) => ("SELECT seq, amount FROM entry WHERE account = ?1 AND seq > ?2", after),
        };
        self.each(sql, params![account.as_str(), after], |row| {
            let amount = match row.cell(1) {
                Cell::Absent => return Ok(()),
                Cell::Text(bytes) => row::amount(&String::from_utf8_lossy(bytes)),
                Cell::Number(_) | Cell::Foreign(_) => Err("is no text".to_owned()),
            };
            let flaw = |why| Flaw { seq: row.get(0).ok().map(Seq), what: format!("an entry of {account}: amount {why}") };
            take(amount.map_err(|why| self.damaged(flaw(why)))?);
            Ok(())
        })
    }

    fn entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Entry>>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1 AND at > ?2 ORDER BY seq");
        let of = |(account, after): &Wanted<'_>| {
            let mut entries = Vec::new();
            self.each(&sql, params![account.as_str(), after.map_or(-1, nanoseconds)], |row| {
                entries.push(read(row, Some(account)).map_err(|flaw| self.damaged(flaw))?);
                Ok(())
            })?;
            Ok(entries)
        };
        wanted.iter().map(of).collect()
    }

    fn fold_entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<FoldEntry>>, StoreError> {
        self.read_fold_entries(wanted)
    }

    fn changes_since(&self, since: Option<Cursor>) -> Result<Flow, StoreError> {
        let sql = "SELECT coalesce((SELECT max(seq) FROM entry), 0), coalesce((SELECT max(changed) FROM poll), 0)";
        let cursor = self.first(sql, [], |row| Ok(Cursor { seq: row.get(0)?, poll: row.get(1)? }))?.unwrap_or_default();
        let since = since.unwrap_or(cursor);
        let names = |sql: &str, after: i64| self.all(sql, [after], |row| Ok(text(row, 0).unwrap_or_default()));
        Ok(Flow {
            recorded: names("SELECT DISTINCT account FROM entry NOT INDEXED WHERE seq > ?1 ORDER BY account", since.seq)?,
            polled: names("SELECT account FROM poll WHERE changed > ?1 ORDER BY account", since.poll)?,
            cursor,
        })
    }

    fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError> {
        let sql = if self.last_seqs()?.entry - after < FEW {
            "SELECT count(*) FROM entry NOT INDEXED WHERE account = ?1 AND seq > ?2 AND seq < ?3"
        } else {
            "SELECT count(*) FROM entry WHERE account = ?1 AND seq > ?2 AND seq < ?3"
        };
        self.number(sql, params![account, after, before])
    }

    fn account_names(&self) -> Result<Vec<String>, StoreError> {
        // From each name to the next by the index: reading all rows would take a thousand times as long.
        let next = |table| {
            format!(
                "SELECT * FROM (WITH RECURSIVE named (account) AS (SELECT min(account) FROM {table} UNION ALL \
                 SELECT (SELECT min(account) FROM {table} WHERE account > named.account) FROM named \
                 WHERE named.account IS NOT NULL) SELECT account FROM named WHERE account IS NOT NULL)"
            )
        };
        let sql = format!("{} UNION {} ORDER BY 1", next("entry"), next("observation"));
        self.all(&sql, [], |row| Ok(text(row, 0).unwrap_or_default()))
    }

    fn texts(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.all(TEXTS, [], |row| Ok(text(row, 0)))?.into_iter().flatten().collect())
    }

    fn tag_lists(&self) -> Result<Vec<String>, StoreError> {
        self.all(TAGS, [], |row| Ok(text(row, 0).unwrap_or_default()))
    }

    fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError> {
        let made = |row: &Row<'_>| {
            let part = |column| text(row, column).unwrap_or_default();
            Ok(Sealed { account: part(0), reference: part(1), digest: digest(row, 2) })
        };
        match which {
            None => self.first("SELECT account, ref, digest FROM entry ORDER BY seq DESC LIMIT 1", [], made),
            Some((account, reference)) => {
                self.first("SELECT account, ref, digest FROM entry WHERE account = ?1 AND ref = ?2", [account, reference], made)
            }
        }
    }

    fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError> {
        let made = |row: &Row<'_>| {
            // A damaged end is for `verify` to name; what is recorded next does not follow from it.
            let end = End { entries: row.get(1)?, digest: digest(row, 2).unwrap_or(Digest::NONE) };
            Ok((text(row, 0).unwrap_or_default(), end))
        };
        let Some(accounts) = of else {
            return Ok(self.all("SELECT account, entries, digest FROM chain", [], made)?.into_iter().collect());
        };
        let sql = "SELECT account, entries, digest FROM chain WHERE account = ?1";
        let mut ends = BTreeMap::new();
        for account in accounts {
            ends.extend(self.first(sql, [account], made)?);
        }
        Ok(ends)
    }

    fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError> {
        let of_account = |account: &&str| observations_of(self.connection(), account).map_err(|error| self.failed(error));
        of.iter().map(of_account).collect()
    }

    fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError> {
        let sql = format!(
            "{OBSERVATIONS} WHERE account = ?1 AND last_seq IN \
             (SELECT last_seq FROM observation WHERE account = ?1 ORDER BY last_seq DESC LIMIT ?2) ORDER BY last_seq DESC, position"
        );
        gather(self.connection(), &sql, params![account.as_str(), many]).map_err(|error| self.failed(error))
    }

    fn polls(&self, of: Option<&[&str]>) -> Result<Vec<PollRow>, StoreError> {
        let Some(accounts) = of else { return all_polls(self.connection()).map_err(|error| self.failed(error)) };
        let sql = format!("{POLLS} WHERE account = ?1");
        let mut polls = Vec::with_capacity(accounts.len());
        for account in accounts {
            polls.extend(self.first(&sql, [account], poll)?);
        }
        Ok(polls)
    }

    fn checkpoints_before(&self, asked: &[TailQuery<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError> {
        asked.iter().map(|asked| self.checkpoint_before(asked)).collect()
    }

    fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError> {
        let sql = format!("{CHECKPOINTS} WHERE account = ?1 AND (?2 IS NULL OR rules = ?2) ORDER BY at");
        self.all(&sql, params![account.as_str(), rules], checkpoint)
    }

    fn damage(&self) -> Result<Vec<Flaw>, StoreError> {
        // What a CHECK allows, digests and the reading of each row check as well, and SQLite takes as long for it as for all else.
        let checks = |on: bool| {
            let set = self.connection().pragma_update(None, "ignore_check_constraints", !on);
            set.map_err(|error| self.failed(error))
        };
        checks(false)?;
        let lines = self.all("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        checks(true)?;
        let lines = lines?;
        Ok(lines.into_iter().filter(|line| line != "ok").map(|what| Flaw { seq: None, what }).collect())
    }

    fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError> {
        guards::wrong_guards(self.connection()).map_err(|error| failed(READ, &self.engine.location, error))
    }

    fn contradictions(&self) -> Result<Vec<Flaw>, StoreError> {
        let mut flaws = Vec::new();
        for (what, sql) in CONTRADICTIONS {
            self.each(sql, [], |row| {
                let part = |column| text(row, column).unwrap_or_default();
                let target = text(row, 3).map(|target| format!(" ({target:?})")).unwrap_or_default();
                let name = format!("{}/{}", part(1), part(2)).escape_debug().to_string();
                let seq = row.get(0).map_err(|error| self.failed(error))?;
                flaws.push(Flaw { seq: Some(Seq(seq)), what: format!("entry {name}: {what}{target}") });
                Ok(())
            })?;
        }
        Ok(flaws)
    }

    fn each_row(&self, after: i64, mut take: impl FnMut(EntryRow) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.each(&format!("SELECT {COLUMNS}, digest FROM entry WHERE seq > ?1 ORDER BY seq"), [after], |row| {
            let name = |column| text(row, column).unwrap_or_else(|| "?".to_owned());
            take(EntryRow {
                seq: row.get(0).map_err(|error| self.failed(error))?,
                account: name(1),
                reference: name(4),
                content: content(row),
                digest: digest(row, row::WIDTH),
                entry: read(row, None),
            })
        })
    }

    fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError> {
        self.first(&format!("SELECT {COLUMNS} FROM entry WHERE seq = ?1"), [seq], |row| Ok(content(row)))
    }
}

/// The observations of an account, in the order of recording.
pub(super) fn observations_of(connection: &Connection, account: &str) -> rusqlite::Result<Vec<ObservationRow>> {
    gather(connection, &format!("{OBSERVATIONS} WHERE account = ?1 ORDER BY last_seq, position"), [account])
}

/// Gathers rows of [`OBSERVATIONS`]: one per bucket, those of one observation next to each other.
fn gather(connection: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<Vec<ObservationRow>> {
    let mut gathered: Vec<ObservationRow> = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        let first = row.get(0)?;
        if gathered.last().is_none_or(|last| last.first != first) {
            gathered.push(observation(row, first)?);
        }
        if let (Some(bucket), Some(last)) = (text(row, 9), gathered.last_mut()) {
            let remaining = text(row, 10).unwrap_or_default();
            last.buckets.push(BucketRow { bucket, remaining, capacity: text(row, 11) });
        }
    }
    Ok(gathered)
}

/// How polling all accounts goes, by name.
pub(super) fn all_polls(connection: &Connection) -> rusqlite::Result<Vec<PollRow>> {
    connection.prepare_cached(&format!("{POLLS} ORDER BY account"))?.query_map([], poll)?.collect()
}

fn observation(row: &Row<'_>, first: i64) -> rusqlite::Result<ObservationRow> {
    Ok(ObservationRow {
        first,
        last: row.get(1)?,
        account: text(row, 2).unwrap_or_default(),
        at: row.get(3)?,
        last_seen_at: row.get(4)?,
        plan: text(row, 5),
        email: text(row, 6),
        subscription_ends_at: row.get(7)?,
        buckets: Vec::new(),
        digest: digest(row, 8),
    })
}

fn poll(row: &Row<'_>) -> rusqlite::Result<PollRow> {
    Ok(PollRow {
        account: text(row, 0).unwrap_or_default(),
        last_ok_at: row.get(1)?,
        failure_kind: text(row, 2),
        failure_message: text(row, 3),
        failed_at: row.get(4)?,
        retry_at: row.get(5)?,
        attempts: row.get(6)?,
        digest: digest(row, 7),
    })
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<CheckpointRow> {
    Ok(CheckpointRow { at: row.get(0)?, rules: row.get(1)?, entries: row.get(2)?, spacing: row.get(3)?, state: row.get(4)? })
}

/// The query of a filter, with what stands in its places.
fn query(filter: &Filter) -> (String, Vec<Value>) {
    let text = |text: &str| Value::Text(text.to_owned());
    let moment = |at: Instant| Value::Integer(nanoseconds(at));
    let conditions = [
        ("account = ?", filter.account.as_ref().map(|account| text(account.as_str()))),
        ("kind = ?", filter.kind.map(|kind: EntryKind| text(kind.word()))),
        ("bucket = ?", filter.bucket.as_ref().map(|bucket| text(bucket.as_str()))),
        ("ref = ?", filter.reference.as_ref().map(|reference| text(reference.as_str()))),
        ("actor = ?", filter.actor.as_deref().map(text)),
        ("instr(' ' || tags || ' ', ' ' || ? || ' ') > 0", filter.tag.as_deref().map(text)),
        ("at >= ?", filter.from.map(moment)),
        ("at < ?", filter.to.map(moment)),
    ];
    let mut sql = format!("SELECT {COLUMNS} FROM entry");
    let mut values = Vec::new();
    for (condition, value) in conditions {
        let Some(value) = value else { continue };
        sql.push_str(if values.is_empty() { " WHERE " } else { " AND " });
        sql.push_str(condition);
        values.push(value);
    }
    let direction = if filter.newest_first { "DESC" } else { "ASC" };
    // SQLite's -1 is "no limit".
    let limit = filter.limit.map_or(-1, i64::from);
    let _ = write!(sql, " ORDER BY seq {direction} LIMIT {limit} OFFSET {}", filter.offset);
    (sql, values)
}
