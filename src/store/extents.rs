//! How large the recorded amounts of each account are: what a plain spend or grant is checked against.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, params};

use super::entries::READ;
use super::row::{amount, nanoseconds};
use super::{Flaw, StoreError, checkpoints};
use crate::credit::{AccountId, Extent, Instant, Rules, Seq};

/// When more entries than this were recorded since, those of the account alone are read again.
const FEW: i64 = 1000;

const ALL: &str = "SELECT seq, amount FROM entry WHERE account = ?1 AND seq > ?2";

/// What a checkpoint has not taken in.
const SINCE: &str = "SELECT seq, amount FROM entry WHERE account = ?1 AND at > ?2";

/// Few rows: reading them all is less work than going through the account's index.
const LATE: &str = "SELECT seq, amount FROM entry NOT INDEXED WHERE account = ?1 AND seq > ?2";

/// The extents that this connection has read, each with the last place in the order of recording that it covers.
///
/// Entries never change, so only later ones are ever read; it is a matter of cost alone.
#[derive(Debug, Default)]
pub(super) struct Extents(HashMap<AccountId, (i64, Extent)>);

impl Extents {
    /// The extent of everything recorded of an account, as the connection sees it. Call it before anything is written that may be
    /// rolled back.
    pub(super) fn of(&mut self, connection: &Connection, path: &Path, rules: &Rules) -> Result<Extent, StoreError> {
        let account = &rules.account;
        let failed = |error| StoreError::sqlite(READ, path, error);
        let last: i64 = connection
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM entry")
            .and_then(|mut max| max.query_row([], |row| row.get(0)))
            .map_err(failed)?;
        let (covered, known) = self.0.get(account).copied().unwrap_or_default();
        let (sql, after, mut extent) = if last - covered < FEW {
            (LATE, covered, known)
        } else {
            match checkpoints::latest(connection, path, rules, Instant::MAX_UTC)? {
                Some(start) => (SINCE, nanoseconds(start.at()), start.extent()),
                None => (ALL, covered, known),
            }
        };
        let mut statement = connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params![account.as_str(), after]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let text = row.get_ref(1).map_err(failed)?;
            let Some(text) = text.as_str_or_null().map_err(|error| failed(error.into()))? else { continue };
            let recorded = amount(text).map_err(|why| {
                let flaw = Flaw { seq: row.get(0).ok().map(Seq), what: format!("an entry of {account}: amount {why}") };
                StoreError::Damaged { path: path.to_path_buf(), flaw }
            })?;
            extent = extent.and(recorded);
        }
        self.0.insert(account.clone(), (last, extent));
        Ok(extent)
    }
}
