//! Rows of a server as cells, and as what an engine hands out.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::store::digest::Digest;
use crate::store::engine::{BucketRow, CheckpointRow, ObservationRow, PollRow};
use crate::store::row::{Cell, Cells};

/// The bytes of a value as they came.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row from one of its columns on.
pub(super) struct From(pub(super) usize, pub(super) Row);

impl Cells for From {
    fn cell(&self, column: usize) -> Cell<'_> {
        cell(&self.1, self.0 + column)
    }
}

fn cell(row: &Row, column: usize) -> Cell<'_> {
    let Ok(Some(Raw(bytes))) = row.try_get::<_, Option<Raw<'_>>>(column) else { return Cell::Absent };
    match row.columns().get(column).map(tokio_postgres::Column::type_) {
        Some(&Type::INT8) => bytes.try_into().map_or(Cell::Foreign(bytes), |bytes| Cell::Number(i64::from_be_bytes(bytes))),
        Some(&Type::TEXT) => Cell::Text(bytes),
        _ => Cell::Foreign(bytes),
    }
}

/// The text in a column.
pub(super) fn text(row: &Row, column: usize) -> Option<String> {
    row.try_get(column).ok().flatten()
}

/// The whole number in a column; 0 where there is none.
pub(super) fn number(row: &Row, column: usize) -> i64 {
    maybe(row, column).unwrap_or(0)
}

/// The whole number in a column, where there is one.
pub(super) fn maybe(row: &Row, column: usize) -> Option<i64> {
    row.try_get(column).ok().flatten()
}

/// The bytes in a column.
pub(super) fn bytes(row: &Row, column: usize) -> &[u8] {
    row.try_get::<_, Option<&[u8]>>(column).ok().flatten().unwrap_or_default()
}

/// The digest in a column, where there is one.
pub(super) fn digest(row: &Row, column: usize) -> Option<Digest> {
    Digest::from_bytes(bytes(row, column))
}

/// The columns of an observation with one of its buckets, as [`gather`] wants them after the account's place in a list.
pub(super) const OBSERVATIONS: &str = "o.first_seq, o.last_seq, o.account, o.at, o.last_seen_at, o.plan, o.email, o.subscription_ends_at, o.digest, b.bucket, b.remaining, b.capacity";

/// The observation of a row, without its buckets.
fn observation(row: &Row) -> ObservationRow {
    ObservationRow {
        first: number(row, 1),
        last: number(row, 2),
        account: text(row, 3).unwrap_or_default(),
        at: number(row, 4),
        last_seen_at: number(row, 5),
        plan: text(row, 6),
        email: text(row, 7),
        subscription_ends_at: maybe(row, 8),
        buckets: Vec::new(),
        digest: digest(row, 9),
    }
}

/// Gathers rows of [`OBSERVATIONS`], one per bucket, those of one observation next to each other, by the place in column 0 (from 1).
pub(super) fn gather(rows: &[Row], count: usize) -> Vec<Vec<ObservationRow>> {
    let mut gathered: Vec<Vec<ObservationRow>> = vec![Vec::new(); count];
    for row in rows {
        let Some(of_account) = place(row).and_then(|place| gathered.get_mut(place)) else { continue };
        if of_account.last().is_none_or(|last| last.first != number(row, 1)) {
            of_account.push(observation(row));
        }
        if let (Some(bucket), Some(last)) = (text(row, 10), of_account.last_mut()) {
            last.buckets.push(BucketRow { bucket, remaining: text(row, 11).unwrap_or_default(), capacity: text(row, 12) });
        }
    }
    gathered
}

/// The place in a list that column 0 tells, from 0.
pub(super) fn place(row: &Row) -> Option<usize> {
    usize::try_from(number(row, 0)).ok()?.checked_sub(1)
}

pub(super) const POLLS: &str = "account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts, digest";

/// A row of [`POLLS`].
pub(super) fn poll(row: &Row) -> PollRow {
    PollRow {
        account: text(row, 0).unwrap_or_default(),
        last_ok_at: maybe(row, 1),
        failure_kind: text(row, 2),
        failure_message: text(row, 3),
        failed_at: maybe(row, 4),
        retry_at: maybe(row, 5),
        attempts: number(row, 6),
        digest: digest(row, 7),
    }
}

/// The columns of a checkpoint, as [`checkpoint`] wants them after another one.
pub(super) const CHECKPOINT: &str = "at, rules, entries, spacing, state";

/// A row of [`CHECKPOINT`].
pub(super) fn checkpoint(row: &Row) -> CheckpointRow {
    CheckpointRow {
        at: number(row, 1),
        rules: number(row, 2),
        entries: number(row, 3),
        spacing: number(row, 4),
        state: bytes(row, 5).to_vec(),
    }
}
