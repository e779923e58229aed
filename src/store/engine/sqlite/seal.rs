//! Digests for the rows of a ledger that has none yet.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::read::{all_polls, digest, observations_of};
use crate::store::chain::{End, WHOLE, seal_of_observation, seal_of_polls};
use crate::store::digest::{Digest, entry_digest};
use crate::store::row::{COLUMNS, content};

/// Entries that are given digests at once.
const PORTION: i64 = 2000;

/// Gives every row of a ledger that has no digests yet its own.
pub(super) fn seal_everything(connection: &Connection) -> rusqlite::Result<()> {
    seal_entries(connection)?;
    let mut last = BTreeMap::new();
    let observed: Vec<String> = connection
        .prepare("SELECT DISTINCT account FROM observation")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut before = connection.prepare("SELECT count(*) FROM entry WHERE account = ?1 AND seq < ?2")?;
    let mut write = connection.prepare("UPDATE observation SET digest = ?2 WHERE first_seq = ?1")?;
    for account in observed {
        let end = last.entry(account.clone()).or_insert(Digest::NONE);
        for row in observations_of(connection, &account)? {
            let entries = before.query_row(params![account, row.last], |row| row.get(0))?;
            *end = seal_of_observation(&row, entries, *end);
            write.execute(params![row.first, end.0.as_slice()])?;
        }
    }
    let mut write = connection.prepare("UPDATE poll SET digest = ?2 WHERE account = ?1")?;
    for row in all_polls(connection)? {
        let digest = seal_of_polls(&row, last.get(&row.account).copied().unwrap_or(Digest::NONE));
        write.execute(params![row.account, digest.0.as_slice()])?;
    }
    Ok(())
}

/// Writes down the end of the chain over all entries.
pub(in crate::store) fn seal_whole(connection: &Connection) -> rusqlite::Result<()> {
    let mut end = End::NONE;
    let mut read = connection.prepare("SELECT digest FROM entry ORDER BY seq")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        // An entry without one is a flaw that `verify` names.
        end = end.and_entry(digest(row, 0).unwrap_or(Digest::NONE));
    }
    if end == End::NONE {
        return Ok(());
    }
    let mut write = connection.prepare("INSERT INTO chain (account, entries, digest) VALUES (?1, ?2, ?3)")?;
    write.execute(params![WHOLE, end.entries, end.digest.0.as_slice()]).map(|_| ())
}

fn seal_entries(connection: &Connection) -> rusqlite::Result<()> {
    let mut ends: BTreeMap<String, End> = BTreeMap::new();
    let mut read = connection.prepare(&format!("SELECT {COLUMNS} FROM entry WHERE seq > ?1 ORDER BY seq LIMIT {PORTION}"))?;
    let mut write = connection.prepare("UPDATE entry SET digest = ?2 WHERE seq = ?1")?;
    let mut after = i64::MIN;
    loop {
        // Rows are not changed while they are read.
        let mut portion: Vec<(i64, Digest)> = Vec::new();
        let mut rows = read.query([after])?;
        while let Some(row) = rows.next()? {
            let end = ends.entry(row.get(1)?).or_insert(End::NONE);
            *end = end.and(entry_digest(end.digest, &content(row)));
            portion.push((row.get(0)?, end.digest));
        }
        drop(rows);
        let Some((last, _)) = portion.last() else { break };
        after = *last;
        for (seq, digest) in &portion {
            write.execute(params![seq, digest.0.as_slice()])?;
        }
    }
    let mut write = connection.prepare("INSERT INTO chain (account, entries, digest) VALUES (?1, ?2, ?3)")?;
    for (account, end) in ends {
        write.execute(params![account, end.entries, end.digest.0.as_slice()])?;
    }
    Ok(())
}
