//! Balances over time: `creditop.history.v1`.

use serde::Serialize;

use super::{Clean, Shown, Zulu, unknowns};
use crate::credit::{Book, Figure, Instant, LevelPoint};

/// The document of `ledger history --json`.
#[derive(Debug, Serialize)]
pub struct HistoryDocument {
    schema: &'static str,
    at: Zulu,
    account: String,
    unit: Clean,
    points: Vec<Point>,
}

/// An instant with what remained then.
#[derive(Debug, Serialize)]
struct Point {
    at: Zulu,
    total: Shown,
    buckets: Vec<Level>,
    unknown: Vec<&'static str>,
    if_renewed: bool,
}

#[derive(Debug, Serialize)]
struct Level {
    id: String,
    remaining: Shown,
    unknown: Vec<&'static str>,
}

impl HistoryDocument {
    /// The document of an account's points, asked at `now`.
    #[must_use]
    pub fn new(now: Instant, book: &Book, points: &[LevelPoint]) -> Self {
        let level = |(id, remaining): (&crate::credit::BucketId, &Figure)| Level {
            id: id.to_string(),
            remaining: Shown(*remaining),
            unknown: unknowns([("remaining", *remaining == Figure::Unknown)]),
        };
        let point = |point: &LevelPoint| Point {
            at: Zulu(point.at),
            total: Shown(point.total),
            buckets: book.level_buckets().zip(&point.levels).map(level).collect(),
            unknown: unknowns([("total", point.total == Figure::Unknown)]),
            if_renewed: point.if_renewed,
        };
        Self {
            schema: "creditop.history.v1",
            at: Zulu(now),
            account: book.profile.id.to_string(),
            unit: book.profile.unit.as_str().into(),
            points: points.iter().map(point).collect(),
        }
    }
}
