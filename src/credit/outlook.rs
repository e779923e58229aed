//! What the pace of spending leads to, and what of that nobody can tell (SPEC E9).

use super::{Amount, BucketId, Instant, Lapse};

/// What the pace of spending leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forecast {
    /// What the pace is made of.
    pub seen: UseSeen,
    /// Credits used per day over the last 30 days or the history there is (at least one day), rounded half-even to 6 places.
    pub burn_per_day: Option<Amount>,
    /// When nothing is spendable any more at this pace, within 14 months, resets and expiries counted: the instant of
    /// [`Lasts::Until`], the present where all is used up, else `None`.
    pub runs_out_at: Option<Instant>,
    /// How long the credits last, or why nobody can tell.
    pub lasts: Lasts,
    /// What lapses unused at this pace: the present lots and cycles.
    pub lapses: Vec<Lapse>,
}

/// What was used in the last 30 days, as far as it is known: spends, captures and drops that were observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UseSeen {
    /// Since when use would have been seen, within the 30 days; `None` where nothing was ever recorded or observed.
    pub since: Option<Instant>,
    /// How much.
    pub used: Amount,
}

/// How long the credits last at the present pace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lasts {
    /// They are unlimited.
    ForEver,
    /// Nothing is spendable now.
    UsedUp,
    /// Until then.
    Until(Instant),
    /// Longer than 14 months: all of it is known.
    BeyondHorizon,
    /// Nobody can tell.
    Unknown {
        /// Until when they last in any case; `None` where not even that is known.
        at_least: Option<Instant>,
        /// Whether the known credits are used up then, rather than what is known of them ends.
        is_dry: bool,
        /// Why.
        why: Vec<UnknownFactor>,
    },
}

impl Default for Lasts {
    fn default() -> Self {
        Self::Unknown { at_least: None, is_dry: false, why: vec![UnknownFactor::Pace] }
    }
}

/// Something unknown that a forecast depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownFactor {
    /// Too little was seen for a pace.
    Pace,
    /// The figures are stale; they were observed then.
    Stale(Instant),
    /// What a bucket holds is not known, from an instant on or already.
    Bucket {
        /// The bucket.
        bucket: BucketId,
        /// From when on; `None` is already.
        from: Option<Instant>,
    },
    /// The day on which a bucket resets is not known.
    ResetDay(BucketId),
    /// What comes after the subscription's end depends on whether it is renewed.
    SubscriptionEnds(Instant),
    /// The subscription has ended.
    SubscriptionEnded,
}

impl UnknownFactor {
    /// The word used in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pace => "pace",
            Self::Stale(_) => "stale",
            Self::Bucket { .. } => "bucket",
            Self::ResetDay(_) => "reset-day",
            Self::SubscriptionEnds(_) => "subscription-ends",
            Self::SubscriptionEnded => "subscription-ended",
        }
    }

    /// The bucket that it is about.
    #[must_use]
    pub fn bucket(&self) -> Option<&BucketId> {
        match self {
            Self::Bucket { bucket, .. } | Self::ResetDay(bucket) => Some(bucket),
            Self::Pace | Self::Stale(_) | Self::SubscriptionEnds(_) | Self::SubscriptionEnded => None,
        }
    }
}

impl Forecast {
    /// Why nobody can tell how long the credits last; empty where it is known.
    #[must_use]
    pub fn doubts(&self) -> &[UnknownFactor] {
        match &self.lasts {
            Lasts::Unknown { why, .. } => why,
            _ => &[],
        }
    }

    /// When the credits run out at this pace unless a reset whose day is unknown comes before: what to warn of.
    #[must_use]
    pub fn dry_at(&self) -> Option<Instant> {
        match self.lasts {
            Lasts::Until(at) => Some(at),
            Lasts::Unknown { at_least, is_dry: true, .. } => at_least,
            _ => None,
        }
    }

    /// The fields that apply and can't be told, by their names in JSON.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'static str> {
        let doubts = self.doubts();
        let changes_lapses =
            |doubt: &UnknownFactor| !matches!(doubt, UnknownFactor::SubscriptionEnds(_) | UnknownFactor::SubscriptionEnded);
        [
            ("burn_per_day", self.burn_per_day.is_none() && !matches!(self.lasts, Lasts::ForEver)),
            ("runs_out_at", !doubts.is_empty()),
            ("lapses", doubts.iter().any(changes_lapses)),
        ]
        .into_iter()
        .filter_map(|(field, unknown)| unknown.then_some(field))
        .collect()
    }
}
