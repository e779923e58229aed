//! The chains of digests in the file: extending them, and making them for rows that have none yet.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::digest::{Digest, Encoder, entry_digest, observation_digest, polls_digest};
use super::row::{self, COLUMNS, content, encode};
use crate::credit::{AccountId, Entry};

/// The columns of `observation` that a digest is made of, after `first_seq` and `last_seq`.
const OBSERVED: &str = "at, last_seen_at, plan, email, subscription_ends_at";

/// The columns of `poll` that a digest is made of.
const POLLED: &str = "account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts";

/// Entries that are given digests at once when a ledger is brought up to date.
const PORTION: i64 = 2000;

/// Where the chain of an account's entries ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// How many entries it has.
    pub(super) entries: i64,
    /// The digest of the last.
    pub(super) digest: Digest,
}

impl End {
    /// That of an account without entries.
    pub(super) const NONE: Self = Self { entries: 0, digest: Digest::NONE };

    /// The end after one more entry.
    pub(super) fn and(self, digest: Digest) -> Self {
        Self { entries: self.entries + 1, digest }
    }
}

/// The chains that a batch extends; [`Chains::keep`] writes down where they end.
#[derive(Debug, Default)]
pub(super) struct Chains(BTreeMap<AccountId, End>);

impl Chains {
    /// Writes an entry at the end of its account's chain.
    pub(super) fn extend(
        &mut self,
        connection: &Connection,
        insert: &mut CachedStatement<'_>,
        entry: &Entry,
    ) -> rusqlite::Result<()> {
        let end = match self.0.get(&entry.account) {
            Some(end) => *end,
            None => end_of(connection, entry.account.as_str())?,
        };
        let digest = row::insert(insert, entry, end.digest)?;
        self.0.insert(entry.account.clone(), end.and(digest));
        Ok(())
    }

    /// Writes down where the chains end now.
    pub(super) fn keep(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.0.iter().try_for_each(|(account, end)| keep_end(connection, account.as_str(), *end))
    }
}

/// Where the chain of an account's entries ends, as it was written down.
fn end_of(connection: &Connection, account: &str) -> rusqlite::Result<End> {
    let mut statement = connection.prepare_cached("SELECT entries, digest FROM chain WHERE account = ?1")?;
    let end = statement.query_row([account], |row| {
        let digest = Digest::from_bytes(row.get_ref(1)?.as_blob()?);
        // A damaged end is for `verify` to name; what is recorded next does not follow from it.
        Ok(End { entries: row.get(0)?, digest: digest.unwrap_or(Digest::NONE) })
    });
    Ok(end.optional()?.unwrap_or(End::NONE))
}

/// Where the chains of all accounts end, as it was written down, by account.
pub(super) fn written_ends(connection: &Connection) -> rusqlite::Result<BTreeMap<String, End>> {
    let mut statement = connection.prepare_cached("SELECT account, entries, digest FROM chain")?;
    let rows = statement.query_map([], |row| {
        let end = End { entries: row.get(1)?, digest: found(row.get_ref(2)?).unwrap_or(Digest::NONE) };
        Ok((row.get(0)?, end))
    })?;
    rows.collect()
}

fn keep_end(connection: &Connection, account: &str, end: End) -> rusqlite::Result<()> {
    let sql = "INSERT INTO chain (account, entries, digest) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET entries = excluded.entries, digest = excluded.digest";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![account, end.entries, end.digest.0.as_slice()]).map(|_| ())
}

/// Gives every row of a ledger that has no digests yet its own.
pub(super) fn seal_everything(connection: &Connection) -> rusqlite::Result<()> {
    seal_entries(connection)?;
    let accounts = |sql| -> rusqlite::Result<Vec<String>> { connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
    for account in accounts("SELECT DISTINCT account FROM observation")? {
        seal_observations(connection, &account)?;
    }
    accounts("SELECT account FROM poll")?.iter().try_for_each(|account| seal_polls(connection, account))
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
            *end = end.and(entry_digest(end.digest, &content(row)?));
            portion.push((row.get(0)?, end.digest));
        }
        drop(rows);
        let Some((last, _)) = portion.last() else { break };
        after = *last;
        for (seq, digest) in &portion {
            write.execute(params![seq, digest.0.as_slice()])?;
        }
    }
    ends.iter().try_for_each(|(account, end)| keep_end(connection, account, *end))
}

/// An observation's row, the digest that it carries, and the one that follows from what it says and from the one before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObservationSeal {
    /// Its first place in the order of recording, which names the row.
    pub(super) first: i64,
    /// The digest that it carries.
    pub(super) found: Option<Digest>,
    /// The digest that it should carry.
    pub(super) right: Digest,
}

/// Gives every observation of an account its digest anew, the earliest first.
///
/// Whoever changes or removes an observation, to mend what a wrong clock stamped, calls this and then [`seal_polls`].
pub(super) fn seal_observations(connection: &Connection, account: &str) -> rusqlite::Result<()> {
    let mut before = Digest::NONE;
    for (first, last) in observations(connection, account)? {
        let seal = observation_seal(connection, account, first, before, entries_before(connection, account, last)?)?;
        keep_seal(connection, &seal)?;
        before = seal.right;
    }
    Ok(())
}

/// Gives the last observation of an account, after which no entry of it was recorded, its digest.
pub(super) fn seal_last_observation(connection: &Connection, account: &str) -> rusqlite::Result<()> {
    let sql = "SELECT first_seq, digest FROM observation WHERE account = ?1 ORDER BY last_seq DESC LIMIT 2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([account], |row| Ok((row.get(0)?, found(row.get_ref(1)?))))?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter();
    let Some((first, _)) = rows.next() else { return Ok(()) };
    let before = rows.next().and_then(|(_, digest)| digest).unwrap_or(Digest::NONE);
    let entries = end_of(connection, account)?.entries;
    keep_seal(connection, &observation_seal(connection, account, first, before, entries)?)
}

fn keep_seal(connection: &Connection, seal: &ObservationSeal) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE observation SET digest = ?2 WHERE first_seq = ?1")?;
    statement.execute(params![seal.first, seal.right.0.as_slice()]).map(|_| ())
}

/// The first and the last place of each of an account's observations, the earliest first.
pub(super) fn observations(connection: &Connection, account: &str) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut statement =
        connection.prepare_cached("SELECT first_seq, last_seq FROM observation WHERE account = ?1 ORDER BY last_seq")?;
    statement.query_map([account], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn entries_before(connection: &Connection, account: &str, seq: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM entry WHERE account = ?1 AND seq < ?2")?;
    statement.query_row(params![account, seq], |row| row.get(0))
}

/// The seal of an observation, named by its first place, after one with the digest `before` and so many entries of its account.
pub(super) fn observation_seal(
    connection: &Connection,
    account: &str,
    first: i64,
    before: Digest,
    entries: i64,
) -> rusqlite::Result<ObservationSeal> {
    let mut encoder = Encoder::part();
    encoder.text(account.as_bytes());
    encoder.number(entries);
    let mut head = connection.prepare_cached(&format!("SELECT {OBSERVED}, digest FROM observation WHERE first_seq = ?1"))?;
    let found = head.query_row([first], |row| {
        for column in 0..5 {
            encode(&mut encoder, row.get_ref(column)?);
        }
        Ok(found(row.get_ref(5)?))
    })?;
    let sql = "SELECT bucket, remaining, capacity FROM observed_bucket WHERE observation = ?1 ORDER BY position";
    let mut buckets = connection.prepare_cached(sql)?;
    let mut rows = buckets.query([first])?;
    let (mut figures, mut count) = (Encoder::part(), 0);
    while let Some(row) = rows.next()? {
        count += 1;
        for column in 0..3 {
            encode(&mut figures, row.get_ref(column)?);
        }
    }
    encoder.number(count);
    encoder.append(&figures);
    Ok(ObservationSeal { first, found, right: observation_digest(before, &encoder) })
}

/// Gives the row that says how polling an account goes its digest.
pub(super) fn seal_polls(connection: &Connection, account: &str) -> rusqlite::Result<()> {
    let Some((_, right)) = polls_seal(connection, account)? else { return Ok(()) };
    let mut statement = connection.prepare_cached("UPDATE poll SET digest = ?2 WHERE account = ?1")?;
    statement.execute(params![account, right.0.as_slice()]).map(|_| ())
}

/// The digest that the row of an account's polls carries, and the one that it should carry; `None` where there is no such row.
pub(super) fn polls_seal(connection: &Connection, account: &str) -> rusqlite::Result<Option<(Option<Digest>, Digest)>> {
    let sql = "SELECT digest FROM observation WHERE account = ?1 ORDER BY last_seq DESC LIMIT 1";
    let last = connection.prepare_cached(sql)?.query_row([account], |row| Ok(found(row.get_ref(0)?))).optional()?;
    let mut encoder = Encoder::part();
    let mut statement = connection.prepare_cached(&format!("SELECT {POLLED}, digest FROM poll WHERE account = ?1"))?;
    let seal = statement.query_row([account], |row| {
        for column in 0..7 {
            encode(&mut encoder, row.get_ref(column)?);
        }
        Ok((found(row.get_ref(7)?), polls_digest(last.flatten().unwrap_or(Digest::NONE), &encoder)))
    });
    seal.optional()
}

/// The digest in a column, where there is one.
pub(super) fn found(value: rusqlite::types::ValueRef<'_>) -> Option<Digest> {
    value.as_blob().ok().and_then(Digest::from_bytes)
}
