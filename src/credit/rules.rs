//! What the engine must know of an account: its buckets, their order, resets, plans and expiries.
//!
//! The catalog makes [`Rules`] out of a provider definition and an account's settings; the engine knows nothing else
//! of providers.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{AccountId, Amount, BucketId, FairUse, Figure, Instant, PlanId, Recurrence};

/// Where an account's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The provider's account endpoint, by observations.
    Polled,
    /// The local ledger.
    Ledger,
}

/// What sort of credits a bucket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketKind {
    /// Refilled at each reset.
    Recurring,
    /// Given for a limited time.
    Promotional,
    /// Bought.
    Purchased,
    /// Earned, for example by a referral.
    Bonus,
}

impl BucketKind {
    /// The word used in JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Recurring => "recurring",
            Self::Promotional => "promotional",
            Self::Purchased => "purchased",
            Self::Bonus => "bonus",
        }
    }

    /// The letter that stands for the kind wherever colour is not enough: m, p, x, b.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Recurring => 'm',
            Self::Promotional => 'p',
            Self::Purchased => 'x',
            Self::Bonus => 'b',
        }
    }
}

/// How a figure came to be known (SPEC P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FigureSource {
    /// The provider's answer said so.
    Reported,
    /// A person read it on a billing page.
    Observed,
    /// The configuration or the provider's published rule says so.
    Configured,
    /// Seen from refills.
    Inferred,
    /// Worked out from something else, such as the subscription's end.
    Estimated,
    /// Taken to be so; the definition says why.
    Assumed,
    /// Nobody told.
    Unknown,
}

impl FigureSource {
    /// The word used in JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Observed => "observed",
            Self::Configured => "configured",
            Self::Inferred => "inferred",
            Self::Estimated => "estimated",
            Self::Assumed => "assumed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the figure is shown with "≈".
    #[must_use]
    pub fn is_approximate(self) -> bool {
        matches!(self, Self::Inferred | Self::Estimated)
    }
}

/// One key of a draw-down order (SPEC E2). Each key sorts ascending; the ref is always the last key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderKey {
    /// The bucket's rank.
    Rank,
    /// The lot's own priority.
    Priority,
    /// The expiry, none last.
    Expiry,
    /// The instant of the grant.
    Grant,
}

/// The order of SPEC E2: rank, priority, expiry, grant (then ref).
pub const DEFAULT_ORDER: [OrderKey; 4] = [OrderKey::Rank, OrderKey::Priority, OrderKey::Expiry, OrderKey::Grant];

/// Something that holds only under some plans.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ByPlan<T> {
    /// Which plans it holds for.
    pub plans: PlanFilter,
    /// The value under these plans.
    pub value: T,
}

/// A set of plans.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlanFilter {
    /// Every plan, also an unknown one.
    Any,
    /// One of these; an unknown plan is none of them.
    OneOf(Vec<PlanId>),
    /// A known plan that is none of these.
    NoneOf(Vec<PlanId>),
}

impl PlanFilter {
    /// Whether the filter takes in `plan`; `None` is an unknown plan. Letter case does not matter.
    #[must_use]
    pub fn matches(&self, plan: Option<&PlanId>) -> bool {
        let among = |plans: &[PlanId], plan: &PlanId| plans.iter().any(|p| p.as_str().eq_ignore_ascii_case(plan.as_str()));
        match (self, plan) {
            (Self::Any, _) => true,
            (Self::OneOf(plans), Some(plan)) => among(plans, plan),
            (Self::NoneOf(plans), Some(plan)) => !among(plans, plan),
            (Self::OneOf(_) | Self::NoneOf(_), None) => false,
        }
    }
}

/// The first value whose plans take in `plan`.
#[must_use]
pub fn pick<'a, T>(options: &'a [ByPlan<T>], plan: Option<&PlanId>) -> Option<&'a T> {
    options.iter().find(|option| option.plans.matches(plan)).map(|option| &option.value)
}

/// When a recurring bucket resets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResetRule {
    /// By a recurrence that the configuration or the provider's documents state.
    Schedule {
        /// The recurrence.
        recurrence: Recurrence,
        /// How it is known.
        source: FigureSource,
    },
    /// Monthly, back from the reported end of the subscription; none after it. An estimate.
    FromSubscriptionEnd,
}

/// How much of what is left moves into the next cycle at a reset (SPEC E4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rollover {
    /// Nothing: it is breakage.
    #[default]
    None,
    /// Everything.
    All,
    /// At most this much.
    UpTo(Amount),
}

/// When a lot that is granted without an expiry lapses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ExpiryRule {
    /// Never.
    #[default]
    Never,
    /// Calendar years after it becomes effective, by the account's zone.
    Years(u32),
    /// Calendar days after it becomes effective, by the account's zone.
    Days(u32),
    /// At the bucket's next reset.
    NextReset,
}

/// What the engine knows of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketRule {
    /// Its id.
    pub id: BucketId,
    /// Its name on screens.
    pub name: String,
    /// What sort of credits it holds.
    pub kind: BucketKind,
    /// Its place in the draw-down order: lower is drawn first.
    pub rank: u16,
    /// When it resets, the first option that fits the plan; no fit means unknown. Only for recurring buckets.
    pub resets: Vec<ByPlan<ResetRule>>,
    /// What rolls over, the first option that fits the plan; no fit means nothing, and for an unknown plan that it is not known.
    pub rollover: Vec<ByPlan<Rollover>>,
    /// The expiry of lots that are granted without one.
    pub expiry: ExpiryRule,
}

/// A bucket's quota under a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quota {
    /// The plan grants nothing here.
    None,
    /// So much each cycle, perhaps unlimited, perhaps unknown.
    Each(Figure),
}

/// A span of time under one plan of a hand-kept account; it ends where the next begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phase {
    /// When the plan (or the number of slots) begins to count.
    pub from: Instant,
    /// The plan.
    pub plan: Option<PlanId>,
    /// Quotas by bucket; a bucket not named has [`Quota::None`].
    pub quotas: Vec<(BucketId, Quota)>,
}

impl Phase {
    /// The quota of a bucket in this phase.
    #[must_use]
    pub fn quota(&self, bucket: &BucketId) -> Quota {
        self.quotas.iter().find(|(id, _)| id == bucket).map_or(Quota::None, |(_, quota)| *quota)
    }
}

/// A grant that follows from the account's settings: a launch promotion, a registration gift.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScheduledGrant {
    /// The bucket that it fills.
    pub bucket: BucketId,
    /// The lot's ref, as `launch` or `registration`.
    pub label: String,
    /// How much; [`Figure::Unknown`] makes the bucket unknown while the grant is active.
    pub amount: Figure,
    /// When it can be spent from.
    pub effective_at: Instant,
    /// When it lapses.
    pub expires_at: Option<Instant>,
}

/// Everything the engine knows of an account besides its entries and observations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rules {
    /// The account.
    pub account: AccountId,
    /// The zone that calendar rules run in.
    pub zone: Tz,
    /// Where the figures come from.
    pub source: Source,
    /// Whether the provider reports the end of a subscription after which recurring credits no longer count.
    pub lapses_with_subscription: bool,
    /// The buckets, by rank.
    pub buckets: Vec<BucketRule>,
    /// The draw-down order's keys, most significant first; the ref follows as the last.
    pub order: Vec<OrderKey>,
    /// One sentence that says why lots are drawn in this order, and whether it is documented or assumed.
    pub order_reason: String,
    /// The plan as configured, for polled accounts whose answer names none.
    pub configured_plan: Option<PlanId>,
    /// The plans of a hand-kept account, by `from`. Empty for polled accounts and for services without plans.
    pub phases: Vec<Phase>,
    /// Grants that follow from the settings.
    pub scheduled: Vec<ScheduledGrant>,
    /// Fair-use caps on credits without limit, the first that fits the plan (SPEC E8).
    pub fair_use: Vec<ByPlan<FairUse>>,
    /// A total that does not depend on any figure being known, as for a sandbox key that is not polled: the reason.
    pub unpolled: Option<String>,
    /// Whether the account's settings state the day on which it resets: then no refill that polls see says otherwise (SPEC P7).
    pub resets_stated: bool,
}

/// The place of a bucket among those of an account's rules, which alone give it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BucketIndex(usize);

impl BucketIndex {
    /// The place in [`Rules::buckets`], from 0.
    #[must_use]
    pub fn place(self) -> usize {
        self.0
    }
}

/// Something for each bucket of an account's rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct PerBucket<T>(Vec<T>);

impl<T> PerBucket<T> {
    /// The same for each bucket.
    pub(crate) fn of(rules: &Rules, value: T) -> Self
    where
        T: Clone,
    {
        Self(vec![value; rules.buckets.len()])
    }

    pub(crate) fn get(&self, bucket: BucketIndex) -> Option<&T> {
        self.0.get(bucket.0)
    }

    pub(crate) fn get_mut(&mut self, bucket: BucketIndex) -> Option<&mut T> {
        self.0.get_mut(bucket.0)
    }

    /// Each, in the order of the rules.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Each, to be changed, in the order of the rules.
    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }
}

impl<T> FromIterator<T> for PerBucket<T> {
    fn from_iter<I: IntoIterator<Item = T>>(each: I) -> Self {
        Self(each.into_iter().collect())
    }
}

impl Rules {
    /// The place of a bucket in [`Rules::buckets`].
    #[must_use]
    pub fn bucket_index(&self, id: &BucketId) -> Option<BucketIndex> {
        self.buckets.iter().position(|bucket| &bucket.id == id).map(BucketIndex)
    }

    /// The places of all buckets, in their order.
    pub(crate) fn bucket_indices(&self) -> impl Iterator<Item = BucketIndex> + use<> {
        (0..self.buckets.len()).map(BucketIndex)
    }

    /// The bucket at a place; `None` for a place in the rules of another account.
    pub(crate) fn bucket(&self, bucket: BucketIndex) -> Option<&BucketRule> {
        self.buckets.get(bucket.0)
    }

    /// The phase that counts at `t`.
    #[must_use]
    pub fn phase_at(&self, t: Instant) -> Option<&Phase> {
        self.phases.iter().rev().find(|phase| phase.from <= t)
    }
}
