//! Reading what the figures of many accounts depend on, fast and in little memory.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use rusqlite::{Connection, Row, params};

use super::entries::READ;
use super::open::reader;
use super::row::{nanoseconds, read_deed};
use super::{Store, StoreError, checkpoints};
use crate::credit::{AccountId, Checkpoint, Deed, Instant, Rules, Seq, Tail};

/// The columns of [`super::row::COLUMNS`] that figures depend on, each at its place.
const COLUMNS: &str = "seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, expires_at, priority, NULL, NULL, \
                       NULL, target, NULL, NULL, NULL";

/// From this many entries on, two threads read.
const MANY: i64 = 20_000;

/// An account whose tail is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its rules: a checkpoint by others is of no use.
    pub rules: &'a Rules,
    /// No checkpoint later than this one is of use.
    pub latest_start: Instant,
}

/// An account whose deeds are wanted, from after an instant on.
type Wanted<'a> = (&'a AccountId, Option<Instant>);

impl Store {
    /// What figures depend on for each of these accounts, since its latest checkpoint that is of use, as of one moment; and the
    /// latest entry of that moment.
    ///
    /// Where it is a good part of the ledger, the whole of it is read through once, by two threads.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or a row of it is damaged.
    pub fn tails(&self, asked: &[Asked<'_>]) -> Result<(Vec<Tail>, Seq), StoreError> {
        let moment = self.connection.unchecked_transaction().map_err(|error| StoreError::sqlite(READ, &self.path, error))?;
        let starts = checkpoints::latest_of(&moment, &self.path, asked)?;
        let wanted: Vec<Wanted<'_>> =
            asked.iter().zip(&starts).map(|(asked, start)| (&asked.rules.account, start.as_ref().map(Checkpoint::at))).collect();
        let last = number(&moment, &self.path, "SELECT coalesce(max(seq), 0) FROM entry", params![])?;
        let deeds = self.deeds(&moment, &wanted, last)?;
        let tails = starts.into_iter().zip(deeds).map(|(start, deeds)| Tail { start, deeds });
        Ok((tails.collect(), Seq(last)))
    }

    fn deeds(&self, moment: &Connection, wanted: &[Wanted<'_>], last: i64) -> Result<Vec<Vec<Deed>>, StoreError> {
        let path = &self.path;
        if !are_good_part(moment, path, wanted, last)? {
            return wanted.iter().map(|wanted| since(moment, path, *wanted)).collect();
        }
        if last < MANY {
            return scan(moment, path, wanted, 1..=last);
        }
        // Entries never change, so two connections see the same ones up to `last`.
        let middle = last / 2;
        thread::scope(|threads| {
            let later = threads.spawn(|| scan(&reader(path)?, path, wanted, middle + 1..=last));
            let mut deeds = scan(moment, path, wanted, 1..=middle)?;
            let later = later.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            for (earlier, mut later) in deeds.iter_mut().zip(later) {
                earlier.append(&mut later);
            }
            Ok(deeds)
        })
    }
}

fn number(connection: &Connection, path: &Path, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| StoreError::sqlite(READ, path, error))?;
    statement.query_row(values, |row| row.get(0)).map_err(|error| StoreError::sqlite(READ, path, error))
}

/// Whether so much of the ledger is wanted that reading all of it costs less than looking up what is.
fn are_good_part(connection: &Connection, path: &Path, wanted: &[Wanted<'_>], last: i64) -> Result<bool, StoreError> {
    let mut enough = last / 8;
    for (account, after) in wanted {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE account = ?1 AND at > ?2 LIMIT ?3)";
        enough -= number(connection, path, sql, params![account.as_str(), after.map_or(-1, nanoseconds), enough])?;
        if enough <= 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The deeds of an account, in any order.
pub(super) fn of_account(connection: &Connection, path: &Path, account: &AccountId) -> Result<Vec<Deed>, StoreError> {
    since(connection, path, (account, None))
}

/// What is recorded of an account since its latest checkpoint at or before an instant.
pub(super) fn tail_of(connection: &Connection, path: &Path, rules: &Rules, until: Instant) -> Result<Tail, StoreError> {
    let start = checkpoints::latest(connection, path, rules, until)?;
    let deeds = since(connection, path, (&rules.account, start.as_ref().map(Checkpoint::at)))?;
    Ok(Tail { start, deeds })
}

fn since(connection: &Connection, path: &Path, (account, after): Wanted<'_>) -> Result<Vec<Deed>, StoreError> {
    let mut deeds = Vec::new();
    let take = |row: &Row<'_>| {
        deeds.push(read_deed(row).map_err(|flaw| StoreError::Damaged { path: path.to_path_buf(), flaw })?);
        Ok(())
    };
    let all = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1");
    match after {
        None => each(connection, path, &all, params![account.as_str()], take)?,
        Some(after) => {
            each(connection, path, &format!("{all} AND at > ?2"), params![account.as_str(), nanoseconds(after)], take)?;
        }
    }
    Ok(deeds)
}

fn scan(
    connection: &Connection,
    path: &Path,
    wanted: &[Wanted<'_>],
    places: RangeInclusive<i64>,
) -> Result<Vec<Vec<Deed>>, StoreError> {
    let mut deeds = vec![Vec::new(); wanted.len()];
    let wanted: HashMap<&str, (usize, i64)> = wanted
        .iter()
        .zip(0..)
        .map(|((account, after), index)| (account.as_str(), (index, after.map_or(-1, nanoseconds))))
        .collect();
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE seq BETWEEN ?1 AND ?2");
    each(connection, path, &sql, params![places.start(), places.end()], |row| {
        let account = row.get_ref(1).ok().and_then(|account| account.as_str().ok());
        let Some((index, after)) = account.and_then(|account| wanted.get(account)) else { return Ok(()) };
        // What is no instant is for the reading of the row to report.
        let is_late = row.get_ref(2).ok().and_then(|at| at.as_i64().ok()).is_none_or(|at| at > *after);
        if let Some(deeds) = deeds.get_mut(*index).filter(|_| is_late) {
            deeds.push(read_deed(row).map_err(|flaw| StoreError::Damaged { path: path.to_path_buf(), flaw })?);
        }
        Ok(())
    })?;
    Ok(deeds)
}

fn each(
    connection: &Connection,
    path: &Path,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
    mut take: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite(READ, path, error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(values).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{Act, EntryBody, EntryKind};
    use crate::store::testing::{Ledger, account, amount, grant_body, now, proposal, reference, rules, spend_body};

    #[test]
    fn the_layout_is_that_of_whole_rows() {
        let whole = super::super::row::COLUMNS.split(", ");
        assert!(COLUMNS.split(", ").zip(whole.clone()).all(|(lean, whole)| lean == whole || lean == "NULL"));
        assert_eq!(COLUMNS.split(", ").count(), whole.count());
    }

    #[test]
    fn deeds_are_those_of_the_entries_however_they_are_read() {
        let ledger = Ledger::new();
        let mut store = ledger.open();
        let bodies = [grant_body("12.5"), spend_body("3"), EntryBody::Reverse { reverses: reference("b") }];
        let of = |id: &str| {
            let bodies = bodies.clone().into_iter().zip(["a", "b", "c"]);
            let id = id.to_owned();
            bodies.map(move |(body, name)| {
                let mut proposal = proposal(name, body);
                proposal.draft.account = account(&id);
                proposal
            })
        };
        let all: Vec<_> = ["x", "y", "z"].into_iter().flat_map(of).collect();
        store.append(&all, &rules, now()).unwrap();
        // Two of three accounts are read through, one of twelve is looked up.
        for id in 0..12 {
            store.append(&of(&format!("other-{id}")).collect::<Vec<_>>(), &rules, now()).unwrap();
        }
        let some: Vec<AccountId> = ["x", "y", "z", "other-3", "other-4", "nobody"].map(account).to_vec();
        for accounts in [&some[..], &some[..1], &[]] {
            let rules: Vec<_> = accounts.iter().map(|account| rules(account).unwrap()).collect();
            let asked: Vec<Asked<'_>> = rules.iter().map(|rules| Asked { rules, latest_start: now() }).collect();
            let deeds: Vec<Vec<Deed>> = store.tails(&asked).unwrap().0.into_iter().map(|tail| tail.deeds).collect();
            assert_eq!(deeds.len(), accounts.len());
            for (account, mut deeds) in accounts.iter().zip(deeds) {
                deeds.sort_by_key(|deed| deed.seq);
                let entries = store.entries(account).unwrap();
                assert_eq!(deeds.len(), entries.len());
                for (deed, entry) in deeds.iter().zip(&entries) {
                    assert_eq!((deed.seq, deed.at, &deed.reference), (entry.seq, entry.at, &entry.reference));
                    match &deed.act {
                        Act::Spend(spent) => assert_eq!((*spent, entry.body.kind()), (amount("3"), EntryKind::Spend)),
                        Act::Other(body) => assert_eq!(**body, entry.body),
                    }
                }
            }
        }
    }

    #[test]
    fn a_damaged_row_is_named() {
        let ledger = Ledger::new();
        let mut store = ledger.open();
        store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
        ledger.tamper("UPDATE entry SET amount = 'much'");
        let rules = rules(&account("dealer")).unwrap();
        let error = store.tails(&[Asked { rules: &rules, latest_start: now() }]).unwrap_err().to_string();
        assert!(error.contains("dealer/a"), "{error}");
    }
}
