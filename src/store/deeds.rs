//! Reading what the figures of many accounts depend on, fast and in little memory.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::thread;

use rusqlite::{Connection, Row, params};

use super::entries::READ;
use super::open::reader;
use super::row::read_deed;
use super::{Store, StoreError};
use crate::credit::{AccountId, Deed};

/// The columns of [`super::row::COLUMNS`] that figures depend on, each at its place.
const COLUMNS: &str = "seq, account, at, NULL, ref, kind, bucket, amount, effective_at, expiry, expires_at, priority, NULL, NULL, \
                       NULL, target, NULL, NULL, NULL";

/// From this many entries on, two threads read.
const MANY: i64 = 20_000;

impl Store {
    /// The deeds of each of these accounts, as of one moment and in any order.
    ///
    /// Where they are a good part of the ledger, the whole of it is read through once, by two threads.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read or a row of it is damaged.
    pub fn deeds(&self, accounts: &[AccountId]) -> Result<Vec<Vec<Deed>>, StoreError> {
        let moment = self.connection.unchecked_transaction().map_err(|error| StoreError::sqlite(READ, &self.path, error))?;
        let last = number(&moment, &self.path, "SELECT coalesce(max(seq), 0) FROM entry", params![])?;
        if !are_good_part(&moment, &self.path, accounts, last)? {
            return accounts.iter().map(|account| of_account(&moment, &self.path, account)).collect();
        }
        if last < MANY {
            return scan(&moment, &self.path, accounts, 1..=last);
        }
        // Entries never change, so two connections see the same ones up to `last`.
        let (middle, path) = (last / 2, &self.path);
        thread::scope(|threads| {
            let later = threads.spawn(|| scan(&reader(path)?, path, accounts, middle + 1..=last));
            let mut deeds = scan(&moment, path, accounts, 1..=middle)?;
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

/// Whether so much of the ledger is of these accounts that reading all of it costs less than looking theirs up.
fn are_good_part(connection: &Connection, path: &Path, accounts: &[AccountId], last: i64) -> Result<bool, StoreError> {
    let mut enough = last / 8;
    for account in accounts {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE account = ?1 LIMIT ?2)";
        enough -= number(connection, path, sql, params![account.as_str(), enough])?;
        if enough <= 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The deeds of an account, in any order.
pub(super) fn of_account(connection: &Connection, path: &Path, account: &AccountId) -> Result<Vec<Deed>, StoreError> {
    let mut deeds = Vec::new();
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE account = ?1");
    each(connection, path, &sql, params![account.as_str()], |row| {
        deeds.push(read_deed(row).map_err(|flaw| StoreError::Damaged { path: path.to_path_buf(), flaw })?);
        Ok(())
    })?;
    Ok(deeds)
}

fn scan(
    connection: &Connection,
    path: &Path,
    accounts: &[AccountId],
    places: RangeInclusive<i64>,
) -> Result<Vec<Vec<Deed>>, StoreError> {
    let wanted: HashMap<&str, usize> = accounts.iter().zip(0..).map(|(account, index)| (account.as_str(), index)).collect();
    let mut deeds = vec![Vec::new(); accounts.len()];
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE seq BETWEEN ?1 AND ?2");
    each(connection, path, &sql, params![places.start(), places.end()], |row| {
        let account = row.get_ref(1).ok().and_then(|account| account.as_str().ok());
        if let Some(deeds) = account.and_then(|account| wanted.get(account)).and_then(|index| deeds.get_mut(*index)) {
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
            let deeds = store.deeds(accounts).unwrap();
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
        let error = store.deeds(&[account("dealer")]).unwrap_err().to_string();
        assert!(error.contains("dealer/a"), "{error}");
    }
}
