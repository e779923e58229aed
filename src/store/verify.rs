//! Checking the whole file: that it is sound, and that every row says what it must.

mod chains;
mod guards;

use std::collections::BTreeSet;

use rusqlite::Connection;

use self::chains::Walk;
use self::guards::wrong_guards;
use super::entries::READ;
use super::mend::find;
use super::row::{COLUMNS, read};
use super::{Flaw, Head, Store, StoreError, polls};
use crate::credit::{AccountId, Instant, Seq};

/// What a check of the whole file found. What entries come to is the engine's to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many entries were read.
    pub entries: u64,
    /// How many observations were read.
    pub observations: u64,
    /// The head of the ledger; of no entries where the file's pages are damaged.
    pub head: Head,
    /// Everything that is wrong: flaws of the file first, then those of rows in the order of recording.
    pub flaws: Vec<Flaw>,
}

/// Each finds rows as (seq, account, ref, what is wrong).
const CROSS_CHECKS: [(&str, &str); 5] = [
    ("two entries share this ref", "SELECT max(seq), account, ref, NULL FROM entry GROUP BY account, ref HAVING count(*) > 1"),
    (
        "it names an entry that was not recorded before it",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e WHERE e.target IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM entry t WHERE t.account = e.account AND t.ref = e.target AND t.seq < e.seq)",
    ),
    (
        "it captures or releases something that is not a hold",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e JOIN entry t ON t.account = e.account AND t.ref = e.target \
         WHERE e.kind IN ('capture', 'release') AND t.kind <> 'hold'",
    ),
    (
        "it reverses a reverse",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e JOIN entry t ON t.account = e.account AND t.ref = e.target \
         WHERE e.kind = 'reverse' AND t.kind = 'reverse'",
    ),
    (
        "it reverses an entry for a second time",
        "SELECT max(seq), account, max(ref), target FROM entry WHERE kind = 'reverse' GROUP BY account, target HAVING count(*) > 1",
    ),
];

impl Store {
    /// Checks the whole file: its pages, that it has the tables and triggers of a ledger and no others, that every row can be read, holds
    /// exact amounts and is what was recorded, that none is gone, that refs are unique, and that every hold or entry that
    /// another names is there.
    ///
    /// With `expected`, a head that the ledger had before, also whether it still begins with those entries.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read at all; everything else is in the report.
    pub fn verify(&self, expected: Option<&Head>) -> Result<VerifyReport, StoreError> {
        let failed = |error| StoreError::sqlite("check the ledger", &self.path, error);
        let moment = self.connection.unchecked_transaction().map_err(failed)?;
        let flaws = integrity(&moment).map_err(failed)?;
        let mut report = VerifyReport { entries: 0, observations: 0, head: Head::of([]), flaws };
        if !report.flaws.is_empty() {
            // Rows of a damaged file can't be told from what they were.
            return Ok(report);
        }
        let mut flaws = wrong_guards(&moment).map_err(failed)?;
        flaws.extend(gap(&moment).map_err(failed)?);
        let mut walk = Walk::default();
        flaws.extend(read_entries(&moment, &mut walk, expected).map_err(failed)?);
        (report.entries, report.head) = (walk.entries(), walk.head());
        for (what, sql) in CROSS_CHECKS {
            cross_check(&moment, what, sql, &mut flaws).map_err(failed)?;
        }
        report.observations = self.read_observations(&moment, &mut flaws)?;
        let wrong = find(&moment, Instant::MAX_UTC).map_err(failed)?;
        flaws.extend(wrong.into_iter().filter(|wrong| wrong.impossible).map(Flaw::from));
        let known: BTreeSet<Seq> = flaws.iter().filter_map(|flaw| flaw.seq).collect();
        flaws.extend(walk.flaws(&moment, &known).map_err(failed)?);
        flaws.extend(walk.wrong_observations(&moment, &known).map_err(failed)?);
        flaws.sort_by_key(|flaw| flaw.seq);
        report.flaws = flaws;
        Ok(report)
    }

    fn read_observations(&self, connection: &Connection, flaws: &mut Vec<Flaw>) -> Result<u64, StoreError> {
        let failed = |error| StoreError::sqlite(READ, &self.path, error);
        let mut statement =
            connection.prepare("SELECT account, max(last_seq) FROM observation GROUP BY account").map_err(failed)?;
        let accounts = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
            .map_err(failed)?;
        let mut count = 0;
        for (name, seq) in accounts {
            let Ok(account) = AccountId::new(&name) else {
                flaws.push(Flaw { seq: Some(Seq(seq)), what: format!("observation: account {name:?} is no account's id") });
                continue;
            };
            match polls::of_account(connection, &self.path, &account) {
                Ok(observations) => count += observations.len() as u64,
                Err(StoreError::Damaged { flaw, .. }) => flaws.push(flaw),
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// What the database's own check finds.
fn integrity(connection: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").map(|what| Flaw { seq: None, what }).collect())
}

/// Entries that are gone: without observations, which move on in the order of recording, it has no gaps.
fn gap(connection: &Connection) -> rusqlite::Result<Option<Flaw>> {
    let sql = "SELECT coalesce(max(seq), 0) - count(*), (SELECT count(*) FROM observation) FROM entry";
    let (missing, observations): (i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if missing == 0 || observations > 0 {
        return Ok(None);
    }
    let first = "SELECT 1 + coalesce((SELECT min(seq) FROM entry e WHERE NOT EXISTS (SELECT 1 FROM entry n WHERE n.seq = e.seq + 1) \
                 AND EXISTS (SELECT 1 FROM entry WHERE seq = 1)), 0)";
    let first: i64 = connection.query_row(first, [], |row| row.get(0))?;
    let entries = if missing == 1 { "an entry is".to_owned() } else { format!("{missing} entries are") };
    Ok(Some(Flaw { seq: Some(Seq(first)), what: format!("{entries} missing, from here on") }))
}

/// Reads every entry; finds those that can't be read, and whether the ledger begins with the entries of an expected head.
fn read_entries(connection: &Connection, walk: &mut Walk, expected: Option<&Head>) -> rusqlite::Result<Vec<Flaw>> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS}, digest FROM entry ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let mut flaws = Vec::new();
    let mut met = expected.filter(|expected| expected.entries == 0).map(|_| walk.head());
    while let Some(row) = rows.next()? {
        if let Err(flaw) = read(row, None) {
            flaws.push(flaw);
        }
        walk.step(row)?;
        if expected.is_some_and(|expected| expected.entries == walk.entries()) {
            met = Some(walk.head());
        }
    }
    flaws.extend(expected.and_then(|expected| unexpected(expected, met.as_ref(), walk.entries())));
    Ok(flaws)
}

/// What is wrong where the ledger had a head before that it does not have at as many entries.
fn unexpected(expected: &Head, met: Option<&Head>, entries: u64) -> Option<Flaw> {
    let what = match met {
        Some(met) if met == expected => return None,
        Some(met) => format!("its first {} entries are not those of head {expected}: they have head {met}", expected.entries),
        None => {
            format!("it has {entries} entries, and head {expected} was seen: the last {} are gone", expected.entries - entries)
        }
    };
    Some(Flaw { seq: None, what })
}

fn cross_check(connection: &Connection, what: &str, sql: &str, flaws: &mut Vec<Flaw>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (account, reference): (String, String) = (row.get(1)?, row.get(2)?);
        let target = row.get::<_, Option<String>>(3)?.map(|target| format!(" ({target:?})")).unwrap_or_default();
        let name = format!("{account}/{reference}").escape_debug().to_string();
        flaws.push(Flaw { seq: Some(Seq(row.get(0)?)), what: format!("entry {name}: {what}{target}") });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
