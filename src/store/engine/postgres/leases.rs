//! Who polls an account at present, by the database's clock.

use std::time::Duration;

use futures_util::future::join3;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::error::{Trouble, failed};
use super::rows::{number, text};
use super::session::Value;
use super::{Postgres, USUAL, driver};
use crate::store::StoreError;
use crate::store::engine::Lease;
use crate::store::engine::leases::LONGEST;

const TAKE: &str = "take the turn to poll in the ledger";

/// Takes those that are free, over, the holder's own, or end later than any lease may; tells who has the others.
///
/// They are inserted in the order of their names, so that two who ask for the same ones don't wait for each other in a circle.
const LEASE: &str = "
WITH wanted AS (SELECT * FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (account, lasting, place)),
clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint AS now),
taken AS (
    INSERT INTO lease (account, holder, until)
    SELECT account, $3, now + max(lasting) FROM wanted, clock GROUP BY account, now ORDER BY account
    ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.holder = excluded.holder OR lease.until <= (SELECT now FROM clock) OR lease.until > (SELECT now FROM clock) + $4
    RETURNING account
)
SELECT CASE WHEN t.account IS NULL THEN 0::bigint ELSE 1::bigint END, l.holder, l.until - now
FROM wanted w CROSS JOIN clock LEFT JOIN taken t ON t.account = w.account LEFT JOIN lease l ON l.account = w.account ORDER BY place";

fn nanoseconds(lasting: Duration) -> i64 {
    i64::try_from(lasting.as_nanos()).unwrap_or(i64::MAX)
}

impl Postgres {
    /// Takes leases; tells what came of each. One round trip, and no wait for those that write.
    pub(in crate::store) fn lease(&self, wanted: &[(&str, Duration)], holder: &str) -> Result<Vec<Lease>, StoreError> {
        let accounts: Vec<&str> = wanted.iter().map(|(account, _)| *account).collect();
        let lasting: Vec<i64> = wanted.iter().map(|(_, lasting)| nanoseconds((*lasting).min(LONGEST))).collect();
        let longest = nanoseconds(LONGEST);
        let values: [Value<'_>; 4] =
            [(&accounts, Type::TEXT_ARRAY), (&lasting, Type::INT8_ARRAY), (&holder, Type::TEXT), (&longest, Type::INT8)];
        let lease = |row: &Row| {
            if number(row, 0) == 1 {
                return Lease::Taken;
            }
            // Somebody took it a moment ago: who can't be told yet.
            let by = text(row, 1).unwrap_or_else(|| "another".to_owned());
            Lease::Held { by, left: Duration::from_nanos(number(row, 2).max(0).unsigned_abs()) }
        };
        Ok(self.fleeting(LEASE, &values)?.iter().map(lease).collect())
    }

    /// Gives the leases of accounts back that a holder has.
    pub(in crate::store) fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM lease WHERE account = ANY ($1) AND holder = $2";
        self.fleeting(sql, &[(&accounts, Type::TEXT_ARRAY), (&holder, Type::TEXT)]).map(drop)
    }

    /// Asks something that writes what a crash may forget.
    fn fleeting(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut connection = self.connection()?;
        let mut asked = fleeting(&connection.client, sql, values);
        if asked.as_ref().is_err_and(Trouble::ends_connection) {
            // What is asked twice comes to the same.
            self.leave(&connection);
            connection = self.connection()?;
            asked = fleeting(&connection.client, sql, values);
        }
        asked.map_err(|trouble| {
            if trouble.ends_connection() {
                self.leave(&connection);
            }
            failed(TAKE, self.location(), trouble)
        })
    }
}

fn fleeting(client: &tokio_postgres::Client, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Trouble> {
    let asked = async {
        let begin = client.batch_execute("BEGIN; SET LOCAL synchronous_commit = off");
        let (begun, rows, committed) = join3(begin, client.query_typed(sql, values), client.batch_execute("COMMIT")).await;
        begun?;
        let rows = rows?;
        committed.map(|()| rows)
    };
    driver::wait(asked, USUAL).ok_or(Trouble::Silence(USUAL)).and_then(|answer| Ok(answer?))
}
