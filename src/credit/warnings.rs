//! What a person should look at (SPEC 8.1).

use chrono::TimeDelta;

use super::{
    AccountEvent, AccountStatus, Amount, AmountError, BucketId, BucketKind, ChangeKind, FairUsage, Figure, Instant, Ref, Reliance,
};

/// When an account is low and what is worth a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// `low_percent`, 0 to 100: an account is low below this percentage of its known capacity.
    pub percent: u8,
    /// `low_below`: an account is low below this many spendable credits; `None` where nothing is set.
    pub below: Option<Amount>,
    /// `low_days`: an account is low that runs out within so many days of 24 hours; 0 switches it off.
    pub days: u16,
    /// `lapse_days`: credits that lapse within so many days of 24 hours, and a subscription that ends, are worth a warning; 0
    /// switches it off.
    pub lapse_days: u16,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { percent: 10, below: None, days: 3, lapse_days: 7 }
    }
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningKind {
    /// The provider does not accept the key.
    KeyRefused,
    /// The last poll failed, or the figures are older than three intervals.
    Stale,
    /// Nothing will be spendable within `low_days`.
    RunsOut,
    /// Credits lapse within `lapse_days`.
    Lapses,
    /// The subscription ends within `lapse_days`.
    SubscriptionEnds,
    /// A drop that no entry explains (SPEC P8).
    UnexplainedDrop,
    /// A fair-use cap is near or passed (SPEC E8).
    FairUse,
    /// An entry is dated ahead though it is no grant: a clock was wrong, and it counts in no figure until then.
    DatedAhead,
}

impl WarningKind {
    /// The word used in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::KeyRefused => "key-refused",
            Self::Stale => "stale",
            Self::RunsOut => "runs-out",
            Self::Lapses => "lapses",
            Self::SubscriptionEnds => "subscription-ends",
            Self::UnexplainedDrop => "unexplained-drop",
            Self::FairUse => "fair-use",
            Self::DatedAhead => "dated-ahead",
        }
    }
}

/// Something that a person should look at. A field that does not apply is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// When it comes, or since when it holds.
    pub at: Option<Instant>,
    /// The bucket.
    pub bucket: Option<BucketId>,
    /// How much.
    pub amount: Option<Amount>,
    /// The entry that it is about.
    pub reference: Option<Ref>,
}

/// All warnings that hold. `status` has its forecast and what is coming.
pub(super) fn warnings(status: &AccountStatus) -> Result<Vec<Warning>, AmountError> {
    let mut all: Vec<Warning> = key_refused(status).into_iter().collect();
    if matches!(status.reliance, Reliance::Stale { .. } | Reliance::KeyRefused { .. }) {
        all.push(Warning { kind: WarningKind::Stale, at: status.observed_at, bucket: None, amount: None, reference: None });
    }
    let thresholds = status.profile.thresholds;
    let runs_out = status.forecast.dry_at().filter(|at| is_within(status.at, *at, thresholds.days));
    all.extend(runs_out.map(|at| Warning {
        kind: WarningKind::RunsOut,
        at: Some(at),
        bucket: None,
        amount: None,
        reference: None,
    }));
    all.extend(lapses(status));
    all.extend(subscription_ends(status)?);
    all.extend(unexplained_drops(status));
    all.extend(fair_use(status));
    Ok(all)
}

/// Whether an instant lies ahead, and not further than so many days.
pub(super) fn is_within(now: Instant, at: Instant, days: u16) -> bool {
    now < at && at - now <= TimeDelta::days(i64::from(days))
}

fn key_refused(status: &AccountStatus) -> Option<Warning> {
    let failure = status.failure.as_ref()?;
    failure.kind.refuses_key().then_some(Warning {
        kind: WarningKind::KeyRefused,
        at: Some(failure.at),
        bucket: None,
        amount: None,
        reference: None,
    })
}

/// What lapses soon if it is not spent before. Resets are no warning: they come every month.
fn lapses(status: &AccountStatus) -> impl Iterator<Item = Warning> {
    let days = status.profile.thresholds.lapse_days;
    let soon =
        status.coming.iter().filter(move |change| change.kind == ChangeKind::Lapses && is_within(status.at, change.at, days));
    soon.map(|change| Warning {
        kind: WarningKind::Lapses,
        at: Some(change.at),
        bucket: change.bucket.clone(),
        amount: change.amount.and_then(Figure::known),
        reference: None,
    })
}

/// The end of the subscription, with the recurring credits that end with it.
fn subscription_ends(status: &AccountStatus) -> Result<Option<Warning>, AmountError> {
    let days = status.profile.thresholds.lapse_days;
    let Some(at) = status.subscription_ends_at.filter(|at| is_within(status.at, *at, days)) else { return Ok(None) };
    let recurring = status.buckets.iter().filter(|bucket| bucket.kind == BucketKind::Recurring);
    let amount = recurring.map(|bucket| bucket.known).try_fold(Amount::ZERO, Amount::plus)?;
    let amount = Some(amount).filter(|amount| amount.is_positive());
    Ok(Some(Warning { kind: WarningKind::SubscriptionEnds, at: Some(at), bucket: None, amount, reference: None }))
}

/// For how many hours a drop that no entry explains is worth a warning.
const DROP_HOURS: i64 = 24;

/// The last drop of each bucket in a day that no entry explains (SPEC P8). Where nobody writes spends down, drops are how credits are
/// used, and no warning.
fn unexplained_drops(status: &AccountStatus) -> impl Iterator<Item = Warning> {
    let lately = |event: &&AccountEvent| status.is_unexplained(event) && event.at > status.at - TimeDelta::hours(DROP_HOURS);
    let mut last: Vec<&AccountEvent> = Vec::new();
    for event in status.events.iter().rev().filter(lately) {
        if last.iter().all(|later| later.bucket != event.bucket) {
            last.push(event);
        }
    }
    last.into_iter().map(|event| Warning {
        kind: WarningKind::UnexplainedDrop,
        at: Some(event.at),
        bucket: Some(event.bucket.clone()),
        amount: Some(event.amount),
        reference: None,
    })
}

/// A fair-use cap that is near or passed, with what is used of it.
fn fair_use(status: &AccountStatus) -> Option<Warning> {
    let usage = status.fair_use.filter(FairUsage::is_near)?;
    let endless = status.buckets.iter().find(|bucket| bucket.remaining == Figure::Unlimited);
    let bucket = endless.map(|bucket| bucket.id.clone());
    Some(Warning { kind: WarningKind::FairUse, at: None, bucket, amount: Some(usage.used), reference: None })
}
