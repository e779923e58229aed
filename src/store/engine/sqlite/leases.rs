//! Who polls an account at present.

use std::time::Duration;

use rusqlite::{OptionalExtension as _, params};

use super::{Preparation, Prepared, Session, Sqlite};
use crate::store::StoreError;
use crate::store::engine::Write as _;
use crate::store::engine::leases::{Kept, Lease, machine_clock};

const TAKE: &str = "take the turn to poll in the ledger";

impl Sqlite {
    /// Takes leases; tells what came of each.
    pub(in crate::store) fn lease(&self, wanted: &[(&str, Duration)], holder: &str) -> Result<Vec<Lease>, StoreError> {
        let session = self.fleeting()?;
        let now = machine_clock();
        let leases = wanted.iter().map(|(account, lasting)| session.take_lease(account, *lasting, holder, now));
        let leases = leases.collect::<Result<_, _>>()?;
        session.commit()?;
        Ok(leases)
    }

    /// Gives the leases of accounts back that a holder has.
    pub(in crate::store) fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        let session = self.fleeting()?;
        session.end_leases(accounts, holder)?;
        session.commit()
    }

    /// Begins to write what a crash may forget.
    fn fleeting(&self) -> Result<Session<'_>, StoreError> {
        let prepared = Prepared::new(self, TAKE, Preparation::Fleeting)?;
        self.change(TAKE, Some(prepared))
    }
}

impl Session<'_> {
    fn take_lease(&self, account: &str, lasting: Duration, holder: &str, now: i64) -> Result<Lease, StoreError> {
        let kept = |row: &rusqlite::Row<'_>| Ok(Kept { holder: row.get(0)?, until: row.get(1)? });
        let statement = self.connection().prepare_cached("SELECT holder, until FROM lease WHERE account = ?1");
        let found = statement.and_then(|mut statement| statement.query_row([account], kept).optional());
        if let Some(held) = found.map_err(|error| self.failed(error))?.and_then(|kept| kept.holds_back(holder, now)) {
            return Ok(held);
        }
        let kept = Kept::new(holder, lasting, now);
        let sql = "INSERT INTO lease (account, holder, until) VALUES (?1, ?2, ?3) \
                   ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until";
        self.run(sql, params![account, kept.holder, kept.until])?;
        Ok(Lease::Taken)
    }
}
