//! Clearing away what a wrong clock stamped: polls of instants that lie ahead, or that no clock can tell (SPEC A5).
//!
//! No entry is ever touched. An observation keeps its figures and its place in the order of recording; what is mended is the instant at
//! which it is said to have been seen: it becomes that of what was recorded just before it, or just after. Nobody knows better.

use std::path::PathBuf;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::chain::{seal_observations, seal_polls};
use super::open::back_up_as;
use super::row::nanoseconds;
use super::{Flaw, Store, StoreError};
use crate::credit::{CLOCKS_DIFFER, Instant, Seq, print_instant};

const MEND: &str = "mend the ledger";

/// The first and the last instant that can be kept, in nanoseconds.
const KEPT: (i64, i64) = (0, 7_258_118_400_000_000_000 - 1);

/// Observations of which a stamp is not within the bounds: seq, account, at, last seen at, end of the subscription.
const OBSERVATIONS: &str = "SELECT last_seq, account, at, last_seen_at, subscription_ends_at FROM observation \
                            WHERE at NOT BETWEEN ?1 AND ?2 OR last_seen_at NOT BETWEEN ?1 AND ?2 \
                            OR subscription_ends_at NOT BETWEEN ?1 AND ?3 ORDER BY last_seq";

/// Polls of which a stamp is not within the bounds.
const POLLS: &str = "SELECT account, last_ok_at, failed_at, retry_at FROM poll \
                     WHERE last_ok_at NOT BETWEEN ?1 AND ?2 OR failed_at NOT BETWEEN ?1 AND ?2 OR retry_at NOT BETWEEN ?1 AND ?3 \
                     ORDER BY account";

/// A stamp of a wrong clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongStamp {
    /// The account whose poll carries it.
    account: String,
    /// The observation's place in the order of recording; `None` for how polling goes.
    seq: Option<Seq>,
    /// What is wrong, without a full stop.
    what: String,
    /// Whether no clock can tell such an instant, whatever the present is.
    pub impossible: bool,
}

impl From<WrongStamp> for Flaw {
    fn from(wrong: WrongStamp) -> Self {
        Self { seq: wrong.seq, what: wrong.what }
    }
}

impl Store {
    /// The polls whose stamps lie minutes after `now`, or outside the years 1970 to 2199; those of observations first.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub fn wrong_stamps(&self, now: Instant) -> Result<Vec<WrongStamp>, StoreError> {
        find(&self.connection, now).map_err(|error| StoreError::sqlite(MEND, &self.path, error))
    }

    /// Mends all of the [wrong stamps](Self::wrong_stamps), after a copy of the ledger was made beside it; gives the copy's path.
    ///
    /// # Errors
    /// [`StoreError`] where the copy can't be made or the file can't be written; nothing was changed then.
    pub fn mend_stamps(&mut self, now: Instant) -> Result<PathBuf, StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite(MEND, &path, error);
        let copy = back_up_as(&path, &format!("before-mending-{}", now.format("%Y%m%d-%H%M%S")))?;
        // The triggers refuse every change of what was recorded.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(failed)?;
        let mended = self.mend(now);
        let guarded = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true);
        mended.and(guarded).map_err(failed)?;
        Ok(copy)
    }

    fn mend(&mut self, now: Instant) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (first, last) = KEPT;
        let until = ahead_of(now);
        let wrong = find(&transaction, now)?;
        for seq in wrong.iter().filter_map(|wrong| wrong.seq) {
            let at = believable(&transaction, seq, until)?;
            transaction.execute(
                "UPDATE observation SET \
                 at = CASE WHEN at BETWEEN ?2 AND ?3 THEN at ELSE ?5 END, \
                 last_seen_at = CASE WHEN last_seen_at BETWEEN ?2 AND ?3 THEN last_seen_at \
                                     WHEN at BETWEEN ?2 AND ?3 THEN at ELSE ?5 END, \
                 subscription_ends_at = CASE WHEN subscription_ends_at BETWEEN ?2 AND ?4 THEN subscription_ends_at END \
                 WHERE last_seq = ?1",
                params![seq.0, first, until, last, at],
            )?;
        }
        // Whoever asks next asks as if the account had never been asked.
        transaction.execute(
            "UPDATE poll SET last_ok_at = CASE WHEN last_ok_at BETWEEN ?1 AND ?2 THEN last_ok_at END, \
             retry_at = CASE WHEN retry_at BETWEEN ?1 AND ?3 THEN retry_at END",
            params![first, until, last],
        )?;
        transaction.execute(
            "UPDATE poll SET failed_at = NULL, failure_kind = NULL, failure_message = NULL, retry_at = NULL, attempts = 0 \
             WHERE failed_at NOT BETWEEN ?1 AND ?2",
            params![first, until],
        )?;
        for WrongStamp { account, .. } in &wrong {
            seal_observations(&transaction, account)?;
            seal_polls(&transaction, account)?;
        }
        transaction.commit()
    }
}

/// The last instant that can be believed, in nanoseconds.
fn ahead_of(now: Instant) -> i64 {
    let believed = now.checked_add_signed(CLOCKS_DIFFER).unwrap_or(Instant::MAX_UTC);
    nanoseconds(believed).min(KEPT.1)
}

/// The stamps that lie minutes after `now`, or outside the years 1970 to 2199.
pub(super) fn find(connection: &Connection, now: Instant) -> rusqlite::Result<Vec<WrongStamp>> {
    let (first, last) = KEPT;
    let until = ahead_of(now);
    let bounds = params![first, until, last];
    let possible = |row: &Row<'_>, columns: &[usize]| -> rusqlite::Result<bool> {
        columns.iter().try_fold(true, |all, column| {
            Ok(all && row.get::<_, Option<i64>>(*column)?.is_none_or(|at| (first..=last).contains(&at)))
        })
    };
    let said = |row: &Row<'_>, column: usize| -> rusqlite::Result<Option<String>> {
        let at = row.get::<_, Option<i64>>(column)?.filter(|at| !(first..=until).contains(at));
        Ok(at.map(|at| print_instant(Instant::from_timestamp_nanos(at))))
    };
    let mut all = Vec::new();
    let mut statement = connection.prepare(OBSERVATIONS)?;
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let account: String = row.get(1)?;
        let what = match (said(row, 2)?.or(said(row, 3)?), possible(row, &[4])?) {
            (Some(at), _) => format!("a poll of {account} is stamped {at}, which lies ahead: a clock was wrong"),
            (None, _) => format!("a poll of {account} tells an end of the subscription outside the years 1970 to 2199"),
        };
        let impossible = !possible(row, &[2, 3, 4])?;
        all.push(WrongStamp { account, seq: Some(Seq(row.get(0)?)), what, impossible });
    }
    let mut statement = connection.prepare(POLLS)?;
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let account: String = row.get(0)?;
        let at = said(row, 1)?.or(said(row, 2)?).or(said(row, 3)?).unwrap_or_default();
        let what = format!("how polling {account} goes is stamped {at}, which lies ahead: a clock was wrong");
        all.push(WrongStamp { account, seq: None, what, impossible: !possible(row, &[1, 2, 3])? });
    }
    Ok(all)
}

/// The instant of what was recorded last before a place in the order of recording, else first after it, as far as it can be believed;
/// the first of all instants where nothing was.
fn believable(connection: &Connection, seq: Seq, until: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT at FROM ( \
               SELECT seq, recorded_at AS at FROM entry WHERE recorded_at BETWEEN 0 AND ?2 \
               UNION ALL SELECT last_seq, last_seen_at FROM observation WHERE last_seen_at BETWEEN 0 AND ?2) \
               WHERE seq <> ?1 ORDER BY seq > ?1, abs(seq - ?1) LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![seq.0, until])?;
    rows.next()?.map_or(Ok(0), |row| row.get(0))
}

#[cfg(test)]
mod tests;
