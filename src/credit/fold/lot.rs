//! A lot and its place in the draw-down order.

use chrono::serde::{ts_nanoseconds, ts_nanoseconds_option};
use serde::{Deserialize, Serialize};

use crate::credit::{Amount, BucketIndex, FigureSource, Instant, OrderKey, Ref};

/// The number of a lot within one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct LotId(pub u32);

impl LotId {
    /// Its place among all lots of the fold, from 0.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much a lot can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Supply {
    /// What remains of it.
    Finite,
    /// Anything, without going down (SPEC E8).
    Unlimited,
    /// Nobody knows; it pays nothing in the fold (SPEC E9).
    Unknown,
}

/// Where a lot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Life {
    /// Not yet effective.
    Pending,
    /// Between its effective instant and its end, even where nothing is left of it.
    Active,
    /// Ended by its expiry or a reset.
    Lapsed,
    /// Ended because its grant was reversed, or because an observation replaced it.
    Voided,
}

/// One grant inside a bucket.
///
/// Always `granted = remaining + spent + lapsed + adjusted` (SPEC E10), none of them negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lot {
    /// The place of its bucket in the rules.
    pub bucket: BucketIndex,
    /// Its ref; `None` for the one figure that a provider reports of a bucket.
    pub reference: Option<Ref>,
    /// How much it can give.
    pub supply: Supply,
    /// Where it stands.
    pub life: Life,
    /// What it started with.
    pub granted: Amount,
    /// What is left.
    pub remaining: Amount,
    /// What spends drew.
    pub spent: Amount,
    /// What lapsed unused.
    pub lapsed: Amount,
    /// What left it by an adjustment, an observation, a void or a rollover.
    pub adjusted: Amount,
    /// When it can be spent from.
    #[serde(with = "ts_nanoseconds")]
    pub effective_at: Instant,
    /// When it lapses; for lots of a cycle the next reset.
    #[serde(with = "ts_nanoseconds_option")]
    pub expires_at: Option<Instant>,
    /// Whether the bucket's reset ends it, rather than an expiry of its own.
    pub ends_at_reset: bool,
    /// Whether `expires_at` ends only what is known of it: the reset day is unknown (SPEC E9).
    pub fades: bool,
    /// Whether an observation told what there is of it, so that its unknown size no longer matters.
    pub silenced: bool,
    /// Whether the entry that made it was reversed: nothing brings it back.
    pub withdrawn: bool,
    /// When it was granted.
    #[serde(with = "ts_nanoseconds")]
    pub granted_at: Instant,
    /// Lower is drawn first.
    pub priority: i32,
    /// How its figure is known.
    pub source: FigureSource,
}

impl Lot {
    /// A lot that starts full, waiting for `effective_at`.
    pub(super) fn new(bucket: BucketIndex, reference: Option<Ref>, granted: Amount, effective_at: Instant) -> Self {
        Self {
            bucket,
            reference,
            supply: Supply::Finite,
            life: Life::Pending,
            granted,
            remaining: granted,
            spent: Amount::ZERO,
            lapsed: Amount::ZERO,
            adjusted: Amount::ZERO,
            effective_at,
            expires_at: None,
            ends_at_reset: false,
            fades: false,
            silenced: false,
            withdrawn: false,
            granted_at: effective_at,
            priority: 0,
            source: FigureSource::Configured,
        }
    }

    pub(super) fn with_supply(mut self, supply: Supply) -> Self {
        self.supply = supply;
        self
    }

    pub(super) fn expiring(mut self, expires_at: Option<Instant>) -> Self {
        self.expires_at = expires_at;
        self
    }

    pub(super) fn sourced(mut self, source: FigureSource) -> Self {
        self.source = source;
        self
    }

    /// When its credits lapse, as far as that is known: by an expiry of its own or at the next reset.
    pub(crate) fn lapses_at(&self) -> Option<Instant> {
        self.expires_at.filter(|_| !self.fades)
    }

    /// Whether a spend can draw from it now.
    #[cfg(test)]
    pub(crate) fn is_drawable(&self) -> bool {
        self.life == Life::Active
            && match self.supply {
                Supply::Finite => self.remaining.is_positive(),
                Supply::Unlimited => true,
                Supply::Unknown => false,
            }
    }
}

/// A lot's place in the total draw-down order (SPEC E2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderedLot {
    keys: [i64; 4],
    reference: Option<Ref>,
    pub(super) lot: LotId,
}

impl OrderedLot {
    pub(super) fn new(order: &[OrderKey], rank: u16, lot: &Lot, id: LotId) -> Self {
        let nanos = |t: Instant| t.timestamp_nanos_opt().unwrap_or(i64::MAX);
        let mut keys = [0; 4];
        for (key, slot) in order.iter().zip(&mut keys) {
            *slot = match key {
                OrderKey::Rank => i64::from(rank),
                OrderKey::Priority => i64::from(lot.priority),
                OrderKey::Expiry => lot.lapses_at().map_or(i64::MAX, nanos),
                OrderKey::Grant => nanos(lot.granted_at),
            };
        }
        Self { keys, reference: lot.reference.clone(), lot: id }
    }
}
