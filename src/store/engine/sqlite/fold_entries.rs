//! Reading what the figures of many accounts depend on, fast and in little memory.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::thread;

use rusqlite::{Connection, Params, Row, params};

use super::open::reader;
use super::{READ, Session, failed};
use crate::credit::FoldEntry;
use crate::store::engine::{Read as _, Wanted};
use crate::store::row::{Cell, Cells, nanoseconds, read_fold_entry};
use crate::store::{Location, StoreError};

/// The columns of an entry that figures depend on, each at its place.
const COLUMNS: &str = "seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, expires_at, priority, NULL, NULL, \
                       NULL, target, NULL, NULL, NULL";

/// From this many entries on, two threads read.
const MANY: i64 = 20_000;

impl Session<'_> {
    /// Where it is a good part of the ledger, the whole of it is read through once, by two threads.
    pub(super) fn read_fold_entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<FoldEntry>>, StoreError> {
        let location = &self.engine.location;
        if let [one] = wanted {
            return Ok(vec![since(self.connection(), location, *one)?]);
        }
        let last = self.last_seqs()?.entry;
        if !self.are_good_part(wanted, last)? {
            return wanted.iter().map(|wanted| since(self.connection(), location, *wanted)).collect();
        }
        if last < MANY {
            return scan(self.connection(), location, wanted, 1..=last);
        }
        // Entries never change, so two connections see the same ones up to `last`.
        let (middle, path) = (last / 2, self.path());
        thread::scope(|threads| {
            let later = threads.spawn(move || scan(&reader(path)?, location, wanted, middle + 1..=last));
            let mut fold_entries = scan(self.connection(), location, wanted, 1..=middle)?;
            let later = later.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            for (earlier, mut later) in fold_entries.iter_mut().zip(later) {
                earlier.append(&mut later);
            }
            Ok(fold_entries)
        })
    }

    /// Whether so much of the ledger is wanted that reading all of it costs less than looking up what is.
    fn are_good_part(&self, wanted: &[Wanted<'_>], last: i64) -> Result<bool, StoreError> {
        let mut enough = last / 8;
        for (account, after) in wanted {
            let sql = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE account = ?1 AND at > ?2 LIMIT ?3)";
            enough -= self.number(sql, params![account.as_str(), after.map_or(-1, nanoseconds), enough])?;
            if enough <= 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn since(connection: &Connection, location: &Location, (account, after): Wanted<'_>) -> Result<Vec<FoldEntry>, StoreError> {
    let mut fold_entries = Vec::new();
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1 AND at > ?2");
    each(connection, location, &sql, params![account.as_str(), after.map_or(-1, nanoseconds)], |row| {
        fold_entries.push(fold_entry(row, location)?);
        Ok(())
    })?;
    Ok(fold_entries)
}

fn scan(
    connection: &Connection,
    location: &Location,
    wanted: &[Wanted<'_>],
    places: RangeInclusive<i64>,
) -> Result<Vec<Vec<FoldEntry>>, StoreError> {
    let mut fold_entries = vec![Vec::new(); wanted.len()];
    let wanted: HashMap<&[u8], (usize, i64)> = wanted
        .iter()
        .zip(0..)
        .map(|((account, after), index)| (account.as_str().as_bytes(), (index, after.map_or(-1, nanoseconds))))
        .collect();
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE seq BETWEEN ?1 AND ?2");
    each(connection, location, &sql, params![places.start(), places.end()], |row| {
        let Cell::Text(account) = row.cell(1) else { return Ok(()) };
        let Some((index, after)) = wanted.get(account) else { return Ok(()) };
        // What is no instant is for the reading of the row to report.
        let is_late = if let Cell::Number(at) = row.cell(2) { at > *after } else { true };
        if let Some(fold_entries) = fold_entries.get_mut(*index).filter(|_| is_late) {
            fold_entries.push(fold_entry(row, location)?);
        }
        Ok(())
    })?;
    Ok(fold_entries)
}

fn fold_entry(row: &Row<'_>, location: &Location) -> Result<FoldEntry, StoreError> {
    read_fold_entry(row).map_err(|flaw| StoreError::Damaged { location: location.clone(), flaw })
}

fn each(
    connection: &Connection,
    location: &Location,
    sql: &str,
    values: impl Params,
    mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let wrong = |error| failed(READ, location, error);
    let mut statement = connection.prepare_cached(sql).map_err(wrong)?;
    let mut rows = statement.query(values).map_err(wrong)?;
    while let Some(row) = rows.next().map_err(wrong)? {
        take(row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_whole_rows() {
        let whole = crate::store::row::COLUMNS.split(", ");
        assert!(COLUMNS.split(", ").zip(whole.clone()).all(|(lean, whole)| lean == whole || lean == "NULL"));
        assert_eq!(COLUMNS.split(", ").count(), whole.count());
    }
}
