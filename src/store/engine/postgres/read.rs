//! Reading rows: for many accounts in one question.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use tokio_postgres::types::Type;

use super::own::PARTS;
use super::rows::{CHECKPOINT, From, OBSERVATIONS, POLLS, checkpoint, digest, gather, maybe, number, place, poll, text};
use super::session::{Session, Value};
use super::{LONG, parts};
use crate::credit::{AccountId, Amount, Entry, FoldEntry, Ref, Seq};
use crate::store::chain::End;
use crate::store::digest::{Digest, Encoder};
use crate::store::engine::sql::{CONTRADICTIONS, TAGS, TEXTS};
use crate::store::engine::{
    CheckpointRow, Cursor, EntryRow, Flow, LastSeqs, ObservationRow, PollRow, Read, Sealed, Since, Wanted,
};
use crate::store::row::{self, COLUMNS, content, nanoseconds, read, read_fold_entry};
use crate::store::{Filter, Flaw, Location, StoreError, TailQuery};

/// The columns of an entry that figures depend on, each at its place in [`COLUMNS`], after the place of its account in a list.
const FOLDED: &str = "w.place, e.seq, e.account, e.at, e.recorded_at, e.ref, e.kind, e.bucket, e.amount, e.effective_at, e.expiry, \
                      e.expires_at, e.priority, NULL, NULL, NULL, e.target, NULL, NULL, NULL";

impl Session<'_> {
    fn damaged(&self, flaw: Flaw) -> StoreError {
        StoreError::Damaged { location: self.engine.location().clone(), flaw }
    }

    fn texts_of(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        self.flush()?;
        Ok(self.rows_within(LONG, sql, &[])?.iter().filter_map(|row| text(row, 0)).collect())
    }

    fn of_filter(&self, filter: &Filter) -> Result<(), StoreError> {
        match &filter.account {
            Some(account) => self.flush_entries_of([account.as_str()].into_iter()),
            None => self.flush(),
        }
    }
}

fn names<'a>(accounts: impl Iterator<Item = &'a AccountId>) -> Vec<&'a str> {
    accounts.map(AccountId::as_str).collect()
}

impl Read for Session<'_> {
    fn location(&self) -> &Location {
        self.engine.location()
    }

    fn last_seqs(&self) -> Result<LastSeqs, StoreError> {
        if let Some(last) = self.last.get() {
            return Ok(last);
        }
        let sql = "SELECT coalesce((SELECT max(seq) FROM entry), 0), coalesce((SELECT max(last_seq) FROM observation), 0)";
        let last = self.first(sql, &[])?.map_or((0, 0), |row| (number(&row, 0), number(&row, 1)));
        let last = LastSeqs { entry: last.0, any: last.0.max(last.1) };
        self.last.set(Some(last));
        Ok(last)
    }

    fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError> {
        let mut found: Vec<Option<Entry>> = vec![None; references.len()];
        let mut missing = Vec::new();
        for (place, reference) in references.iter().enumerate() {
            let pending = self.pending.as_ref().and_then(|pending| pending.borrow().entry(account.as_str(), reference.as_str()));
            match (pending, found.get_mut(place)) {
                (Some(entry), Some(found)) => *found = Some(entry.map_err(|flaw| self.damaged(flaw))?),
                _ => missing.push(reference.as_str()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = $1 AND ref = ANY ($2)");
        for row in self.rows(&sql, &[(&account.as_str(), Type::TEXT), (&missing, Type::TEXT_ARRAY)])? {
            let entry = read(&From(0, row), Some(account)).map_err(|flaw| self.damaged(flaw))?;
            for (found, _) in found.iter_mut().zip(references).filter(|(_, reference)| ***reference == entry.reference) {
                *found = Some(entry.clone());
            }
        }
        Ok(found)
    }

    fn each_entry(&self, filter: &Filter, mut take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.of_filter(filter)?;
        let query = Query::of(filter);
        self.each(&query.sql, &query.values(), |row| {
            take(read(&From(0, row), filter.account.as_ref()).map_err(|flaw| self.damaged(flaw))?)
        })
    }

    fn each_amount(&self, account: &AccountId, since: Since, mut take: impl FnMut(Amount)) -> Result<(), StoreError> {
        self.flush_entries_of([account.as_str()].into_iter())?;
        let (sql, after) = match since {
            Since::Instant(after) => ("SELECT seq, amount FROM entry WHERE account = $1 AND at > $2", nanoseconds(after)),
            Since::Seq(after) => ("SELECT seq, amount FROM entry WHERE account = $1 AND seq > $2", after),
        };
        self.each(sql, &[(&account.as_str(), Type::TEXT), (&after, Type::INT8)], |row| {
            let Some(written) = text(&row, 1) else { return Ok(()) };
            let flaw = |why| Flaw { seq: maybe(&row, 0).map(Seq), what: format!("an entry of {account}: amount {why}") };
            take(row::amount(&written).map_err(|why| self.damaged(flaw(why)))?);
            Ok(())
        })
    }

    fn entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Entry>>, StoreError> {
        self.flush_entries_of(wanted.iter().map(|(account, _)| account.as_str()))?;
        let accounts = names(wanted.iter().map(|(account, _)| *account));
        let after: Vec<i64> = wanted.iter().map(|(_, after)| after.map_or(-1, nanoseconds)).collect();
        let sql = format!(
            "SELECT w.place, e.{} FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (account, after, place) \
             JOIN entry e ON e.account = w.account AND e.at > w.after ORDER BY e.seq",
            COLUMNS.replace(", ", ", e.")
        );
        let mut entries = vec![Vec::new(); wanted.len()];
        self.each(&sql, &[(&accounts, Type::TEXT_ARRAY), (&after, Type::INT8_ARRAY)], |row| {
            let Some(place) = place(&row) else { return Ok(()) };
            if let (Some((account, _)), Some(of_account)) = (wanted.get(place), entries.get_mut(place)) {
                of_account.push(read(&From(1, row), Some(account)).map_err(|flaw| self.damaged(flaw))?);
            }
            Ok(())
        })?;
        Ok(entries)
    }

    fn fold_entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<FoldEntry>>, StoreError> {
        self.flush_entries_of(wanted.iter().map(|(account, _)| account.as_str()))?;
        let accounts = names(wanted.iter().map(|(account, _)| *account));
        let after: Vec<i64> = wanted.iter().map(|(_, after)| after.map_or(-1, nanoseconds)).collect();
        let sql = format!(
            "SELECT {FOLDED} FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (account, after, place) \
             JOIN entry e ON e.account = w.account AND e.at > w.after"
        );
        let mut fold_entries = vec![Vec::new(); wanted.len()];
        self.each(&sql, &[(&accounts, Type::TEXT_ARRAY), (&after, Type::INT8_ARRAY)], |row| {
            if let Some(of_account) = place(&row).and_then(|place| fold_entries.get_mut(place)) {
                of_account.push(read_fold_entry(&From(1, row)).map_err(|flaw| self.damaged(flaw))?);
            }
            Ok(())
        })?;
        Ok(fold_entries)
    }

    fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError> {
        self.flush_entries_of([account].into_iter())?;
        let sql = "SELECT count(*) FROM entry WHERE account = $1 AND seq > $2 AND seq < $3";
        let count = self.first(sql, &[(&account, Type::TEXT), (&after, Type::INT8), (&before, Type::INT8)])?;
        Ok(count.map_or(0, |row| number(&row, 0)))
    }

    fn account_names(&self) -> Result<Vec<String>, StoreError> {
        // From each name to the next by the index: reading all rows would take a thousand times as long.
        let next = |table| {
            format!(
                "SELECT * FROM (WITH RECURSIVE named (account) AS (SELECT min(account) FROM {table} UNION ALL \
                 SELECT (SELECT min(account) FROM {table} WHERE account > named.account) FROM named \
                 WHERE named.account IS NOT NULL) SELECT account FROM named WHERE account IS NOT NULL) AS {table}_names"
            )
        };
        self.texts_of(&format!("{} UNION {} ORDER BY 1", next("entry"), next("observation")))
    }

    fn changes_since(&self, since: Option<Cursor>) -> Result<Flow, StoreError> {
        self.flush()?;
        let stand = "SELECT coalesce((SELECT max(seq) FROM entry), 0), coalesce((SELECT max(changed) FROM poll), 0)";
        // Without a cursor nothing lies after it.
        let after = since.unwrap_or(Cursor { seq: i64::MAX, poll: i64::MAX });
        let (seq, poll): ([Value<'_>; 1], [Value<'_>; 1]) = ([(&after.seq, Type::INT8)], [(&after.poll, Type::INT8)]);
        let mut answers = self.rows_of_all(&[
            (stand, &[]),
            ("SELECT DISTINCT account FROM entry WHERE seq > $1 ORDER BY account", &seq),
            ("SELECT account FROM poll WHERE changed > $1 ORDER BY account", &poll),
        ])?;
        let mut names = || answers.pop().unwrap_or_default().iter().filter_map(|row| text(row, 0)).collect();
        let (polled, recorded) = (names(), names());
        let cursor =
            answers.first().and_then(|rows| rows.first()).map(|row| Cursor { seq: number(row, 0), poll: number(row, 1) });
        Ok(Flow { recorded, polled, cursor: cursor.unwrap_or_default() })
    }

    fn texts(&self) -> Result<Vec<String>, StoreError> {
        self.texts_of(TEXTS)
    }

    fn tag_lists(&self) -> Result<Vec<String>, StoreError> {
        self.texts_of(TAGS)
    }

    fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError> {
        self.flush()?;
        let row = match which {
            None => self.first("SELECT account, ref, digest FROM entry ORDER BY seq DESC LIMIT 1", &[])?,
            Some((account, reference)) => {
                let sql = "SELECT account, ref, digest FROM entry WHERE account = $1 AND ref = $2";
                self.first(sql, &[(&account, Type::TEXT), (&reference, Type::TEXT)])?
            }
        };
        let part = |row: &_, column| text(row, column).unwrap_or_default();
        Ok(row.map(|row| Sealed { account: part(&row, 0), reference: part(&row, 1), digest: digest(&row, 2) }))
    }

    fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError> {
        let sql = "SELECT account, entries, digest FROM chain WHERE $1::text[] IS NULL OR account = ANY ($1)";
        // A damaged end is for `verify` to name; what is recorded next does not follow from it.
        let read = |rows: Vec<_>| -> Vec<(String, End)> {
            let end = |row| End { entries: number(row, 1), digest: digest(row, 2).unwrap_or(Digest::NONE) };
            rows.iter().map(|row| (text(row, 0).unwrap_or_default(), end(row))).collect()
        };
        let Some(accounts) = of else {
            self.flush()?;
            let none: Option<Vec<String>> = None;
            return Ok(read(self.rows_within(LONG, sql, &[(&none, Type::TEXT_ARRAY)])?).into_iter().collect());
        };
        let unknown: Vec<&str> = accounts.iter().copied().filter(|account| !self.ends.borrow().contains_key(*account)).collect();
        if !unknown.is_empty() {
            let found: HashMap<String, End> = read(self.rows(sql, &[(&unknown, Type::TEXT_ARRAY)])?).into_iter().collect();
            let mut ends = self.ends.borrow_mut();
            ends.extend(unknown.into_iter().map(|account| (account.to_owned(), found.get(account).copied())));
        }
        let ends = self.ends.borrow();
        let known = |account: &&str| Some(((*account).to_owned(), ends.get(*account).copied().flatten()?));
        Ok(accounts.iter().filter_map(known).collect())
    }

    fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError> {
        self.flush_observations_of(of.iter().copied())?;
        let sql = format!(
            "SELECT w.place, {OBSERVATIONS} FROM unnest($1::text[]) WITH ORDINALITY AS w (account, place) \
             JOIN observation o ON o.account = w.account LEFT JOIN observed_bucket b ON b.observation = o.first_seq \
             ORDER BY w.place, o.last_seq, b.position"
        );
        Ok(gather(&self.rows_within(LONG, &sql, &[(&of, Type::TEXT_ARRAY)])?, of.len()))
    }

    fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError> {
        self.flush_observations_of([account.as_str()].into_iter())?;
        let sql = format!(
            "SELECT 1::bigint, {OBSERVATIONS} FROM (SELECT * FROM observation WHERE account = $1 ORDER BY last_seq DESC LIMIT $2) AS o \
             LEFT JOIN observed_bucket b ON b.observation = o.first_seq ORDER BY o.last_seq DESC, b.position"
        );
        let rows = self.rows(&sql, &[(&account.as_str(), Type::TEXT), (&i64::from(many), Type::INT8)])?;
        Ok(gather(&rows, 1).pop().unwrap_or_default())
    }

    fn polls(&self, of: Option<&[&str]>) -> Result<Vec<PollRow>, StoreError> {
        if self.pending_polls() {
            self.flush()?;
        }
        let Some(accounts) = of else {
            return Ok(self
                .rows_within(LONG, &format!("SELECT {POLLS} FROM poll ORDER BY account"), &[])?
                .iter()
                .map(poll)
                .collect());
        };
        let rows = self.rows(&format!("SELECT {POLLS} FROM poll WHERE account = ANY ($1)"), &[(&accounts, Type::TEXT_ARRAY)])?;
        let mut found: HashMap<String, PollRow> = rows.iter().map(poll).map(|row| (row.account.clone(), row)).collect();
        Ok(accounts.iter().filter_map(|account| found.remove(*account)).collect())
    }

    fn checkpoints_before(&self, asked: &[TailQuery<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError> {
        let accounts = names(asked.iter().map(|asked| &asked.rules.account));
        let until: Vec<i64> = asked.iter().map(|asked| nanoseconds(asked.latest_start)).collect();
        let rules: Vec<i64> = asked.iter().map(TailQuery::fingerprint).collect();
        let sql = format!(
            "SELECT w.place, c.* FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS w (account, until, rules, place) \
             CROSS JOIN LATERAL (SELECT {CHECKPOINT} FROM checkpoint WHERE account = w.account AND at <= w.until AND rules = w.rules \
             ORDER BY at DESC LIMIT 1) AS c"
        );
        let values: [Value<'_>; 3] = [(&accounts, Type::TEXT_ARRAY), (&until, Type::INT8_ARRAY), (&rules, Type::INT8_ARRAY)];
        let mut found = vec![None; asked.len()];
        for row in self.rows(&sql, &values)? {
            if let Some(found) = place(&row).and_then(|place| found.get_mut(place)) {
                *found = Some(checkpoint(&row));
            }
        }
        Ok(found)
    }

    fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError> {
        self.flush()?;
        let sql = format!(
            "SELECT 1::bigint, {CHECKPOINT} FROM checkpoint WHERE account = $1 AND ($2::bigint IS NULL OR rules = $2) ORDER BY at"
        );
        let rows = self.rows(&sql, &[(&account.as_str(), Type::TEXT), (&rules, Type::INT8)])?;
        Ok(rows.iter().map(checkpoint).collect())
    }

    /// A server checks its own pages where it was set up to (`data_checksums`), and tells when they are read.
    fn damage(&self) -> Result<Vec<Flaw>, StoreError> {
        Ok(Vec::new())
    }

    fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError> {
        let rows = self.rows(PARTS, &[(&self.engine.place.schema, Type::TEXT)])?;
        let part = |row: &_, column| text(row, column).unwrap_or_default();
        let found: BTreeSet<_> = rows.iter().map(|row| (part(row, 0), part(row, 1), part(row, 2))).collect();
        Ok(parts::strange(&found))
    }

    fn contradictions(&self) -> Result<Vec<Flaw>, StoreError> {
        let mut flaws = Vec::new();
        for (what, sql) in CONTRADICTIONS {
            for row in self.rows_within(LONG, sql, &[])? {
                let part = |column| text(&row, column).unwrap_or_default();
                let target = text(&row, 3).map(|target| format!(" ({target:?})")).unwrap_or_default();
                let name = format!("{}/{}", part(1), part(2)).escape_debug().to_string();
                flaws.push(Flaw { seq: maybe(&row, 0).map(Seq), what: format!("entry {name}: {what}{target}") });
            }
        }
        Ok(flaws)
    }

    fn each_row(&self, after: i64, mut take: impl FnMut(EntryRow) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.flush()?;
        let sql = format!("SELECT {COLUMNS}, digest FROM entry WHERE seq > $1 ORDER BY seq");
        self.each(&sql, &[(&after, Type::INT8)], |row| {
            let name = |column| text(&row, column).unwrap_or_else(|| "?".to_owned());
            let (seq, account, reference, digest) = (number(&row, 0), name(1), name(4), digest(&row, row::WIDTH));
            let row = From(0, row);
            take(EntryRow { seq, account, reference, content: content(&row), digest, entry: read(&row, None) })
        })
    }

    fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError> {
        let row = self.first(&format!("SELECT {COLUMNS} FROM entry WHERE seq = $1"), &[(&seq, Type::INT8)])?;
        Ok(row.map(|row| content(&From(0, row))))
    }
}

/// The query of a filter, with what stands in its places.
struct Query {
    sql: String,
    values: Vec<Parameter>,
}

enum Parameter {
    Text(String),
    Number(i64),
}

impl Query {
    fn of(filter: &Filter) -> Self {
        let text = |text: &str| Parameter::Text(text.to_owned());
        let conditions = [
            ("account =", filter.account.as_ref().map(|account| text(account.as_str()))),
            ("kind =", filter.kind.map(|kind| text(kind.word()))),
            ("bucket =", filter.bucket.as_ref().map(|bucket| text(bucket.as_str()))),
            ("ref =", filter.reference.as_ref().map(|reference| text(reference.as_str()))),
            ("actor =", filter.actor.as_deref().map(text)),
            ("' ' || tags || ' ' LIKE", filter.tag.as_deref().map(|tag| Parameter::Text(format!("% {} %", escaped(tag))))),
            ("at >=", filter.from.map(|from| Parameter::Number(nanoseconds(from)))),
            ("at <", filter.to.map(|to| Parameter::Number(nanoseconds(to)))),
        ];
        let mut sql = format!("SELECT {COLUMNS} FROM entry");
        let mut values = Vec::new();
        for (condition, value) in conditions {
            let Some(value) = value else { continue };
            sql.push_str(if values.is_empty() { " WHERE " } else { " AND " });
            values.push(value);
            let _ = write!(sql, "{condition} ${}", values.len());
        }
        sql.push_str(if filter.newest_first { " ORDER BY seq DESC" } else { " ORDER BY seq" });
        if let Some(limit) = filter.limit {
            let _ = write!(sql, " LIMIT {limit}");
        }
        let _ = write!(sql, " OFFSET {}", filter.offset);
        Self { sql, values }
    }

    fn values(&self) -> Vec<Value<'_>> {
        fn value(parameter: &Parameter) -> Value<'_> {
            match parameter {
                Parameter::Text(text) => (text, Type::TEXT),
                Parameter::Number(number) => (number, Type::INT8),
            }
        }
        self.values.iter().map(value).collect()
    }
}

/// A text to be found as it is by LIKE.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
