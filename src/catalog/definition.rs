//! What a definition says of a provider.

use super::Request;
use crate::credit::{
    ActionId, Amount, BucketId, BucketKind, ByPlan, Combination, ExpiryRule, FairUse, Figure, OrderKey, PlanId, ProviderId,
    Rollover, VariantId,
};

/// A provider, as one definition file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its id, as `imaginepro`.
    pub id: ProviderId,
    /// Its name on screens.
    pub name: String,
    /// What a credit is called, in the plural: `credits`, `images`.
    pub unit: String,
    /// The month or day of its facts, as `2026-11` or `2026-11-20`.
    pub as_of: String,
    /// Where its facts come from.
    pub sources: Vec<FactSource>,
    /// What is taken to be so without being documented, one sentence each.
    pub assumptions: Vec<String>,
    /// What else is worth knowing, one sentence each.
    pub notes: Vec<String>,
    /// Whether it means to stand in for a definition that is compiled in, and to send its keys to another host.
    pub replaces: bool,
    /// How its account endpoint is asked; `None` for a provider without one, whose accounts are kept in the ledger.
    pub request: Option<Request>,
    /// Keys that only try things out.
    pub sandbox: Option<Sandbox>,
    /// Whether recurring credits no longer count from the reported end of the subscription on.
    pub lapses_with_subscription: bool,
    /// The buckets, in the order of their ranks.
    pub buckets: Vec<BucketDefinition>,
    /// The draw-down order.
    pub order: DrawOrder,
    /// The plans whose quotas or prices are known.
    pub plans: Vec<PlanDefinition>,
    /// The plan of a hand-kept account that names none; `None` asks every hand-kept account for its plan.
    pub default_plan: Option<PlanId>,
    /// Grants that follow from an account's settings.
    pub grants: Vec<GrantDefinition>,
    /// The price list.
    pub actions: Vec<ActionDefinition>,
    /// Actions that cost less when done together.
    pub combinations: Vec<Combination>,
}

impl Definition {
    /// Whether the provider has an account endpoint; otherwise its accounts are kept in the ledger.
    #[must_use]
    pub fn is_polled(&self) -> bool {
        self.request.is_some()
    }

    /// The host that keys are sent to, with its port where it is not the usual one; `None` where nothing is asked.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        self.request.as_ref().map(|request| request.base_url.host())
    }

    /// What the keys start with that only try things out.
    #[must_use]
    pub fn sandbox_prefix(&self) -> Option<&str> {
        self.sandbox.as_ref().map(|sandbox| sandbox.prefix.as_str())
    }

    /// The plan of that name; letter case does not matter.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<&PlanDefinition> {
        self.plans.iter().find(|plan| plan.id.as_str().eq_ignore_ascii_case(name))
    }

    /// The action with that id.
    #[must_use]
    pub fn action(&self, id: &str) -> Option<&ActionDefinition> {
        self.actions.iter().find(|action| action.id.as_str() == id)
    }

    /// The bucket with that id.
    #[must_use]
    pub fn bucket(&self, id: &str) -> Option<&BucketDefinition> {
        self.buckets.iter().find(|bucket| bucket.id.as_str() == id)
    }
}

/// Where facts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSource {
    /// What was read.
    pub what: String,
    /// How good it is.
    pub grade: Grade,
}

/// How good a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// The vendor's own schema was seen.
    A,
    /// The vendor's prose, and clients that agree.
    B,
    /// One client, or a secondary listing.
    C,
}

/// Keys that only try things out: free, and not polled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// What such a key starts with.
    pub prefix: String,
    /// Why an account with such a key isn't polled, in one sentence.
    pub reason: String,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketDefinition {
    /// Its id.
    pub id: BucketId,
    /// Its name on screens.
    pub name: String,
    /// What sort of credits it holds.
    pub kind: BucketKind,
    /// Its place in the draw-down order, from 1.
    pub rank: u16,
    /// When it resets: the first that fits the plan and the settings.
    pub resets: Vec<ByPlan<ResetSource>>,
    /// What rolls over at a reset: the first that fits the plan; none fitting means nothing.
    pub rollover: Vec<ByPlan<Rollover>>,
    /// When lots lapse that are granted without an expiry.
    pub expiry: ExpiryRule,
    /// A remark.
    pub note: Option<String>,
}

/// Where a bucket's reset is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetSource {
    /// The account's `billing_day`, where it is set.
    BillingDay,
    /// The account's `reset_day`, where it is set.
    ResetDay,
    /// A day of each month, 1 to 31, that the provider states; in the account's zone.
    Day(u8),
    /// Monthly, back from the subscription's reported end: an estimate.
    SubscriptionEnd,
}

/// The draw-down order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawOrder {
    /// Its keys, most significant first.
    pub keys: Vec<OrderKey>,
    /// Whether the provider documents it; otherwise it is assumed.
    pub documented: bool,
    /// One sentence without a full stop that says what is drawn first.
    pub reason: String,
}

impl DrawOrder {
    /// The sentence, with whether it is documented or assumed.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} ({})", self.reason, if self.documented { "documented" } else { "assumed" })
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDefinition {
    /// Its name as the provider spells it.
    pub id: PlanId,
    /// Its name on screens.
    pub name: String,
    /// What each bucket gets in a cycle; a bucket not named gets nothing.
    pub quotas: Vec<(BucketId, Allowance)>,
    /// The plan whose prices are assumed to count where an action names none for this plan.
    pub priced_as: Option<PlanId>,
    /// What a credit of this plan costs in money.
    pub price_per_credit: Option<ListedPrice>,
    /// What is said of how much of its unlimited credits is fair (SPEC E8).
    pub fair_use: Option<FairUse>,
    /// A remark.
    pub note: Option<String>,
}

/// What a credit of a plan costs in money, as far as somebody said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPrice {
    /// Money per credit.
    pub amount: Amount,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it is only about right.
    pub about: bool,
    /// How good the source is, where the definition grades it.
    pub grade: Option<Grade>,
    /// Where it was read.
    pub source: Option<String>,
}

/// How much a plan or a gift grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// So much, or unlimited, or unknown.
    Fixed(Figure),
    /// So much for each of the account's slots.
    PerSlot(Amount),
}

impl Allowance {
    /// Whether it depends on the number of slots.
    #[must_use]
    pub fn needs_slots(self) -> bool {
        matches!(self, Self::PerSlot(_))
    }
}

/// A grant that follows from an account's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantDefinition {
    /// The lot's ref, as `launch`.
    pub label: String,
    /// The bucket that it fills.
    pub bucket: BucketId,
    /// The setting whose date it counts from; without the setting there is no grant.
    pub from: GrantStart,
    /// When it lapses, counted from that date.
    pub expiry: ExpiryRule,
    /// Whether an account that begins later (its `since`) gets it from then on, with the same end.
    pub from_since: bool,
    /// How much, by plan; a plan that none fits gets nothing.
    pub amounts: Vec<ByPlan<Allowance>>,
    /// A remark.
    pub note: Option<String>,
}

/// A setting that starts a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStart {
    /// `launch_date`.
    LaunchDate,
    /// `registered`.
    Registered,
}

/// What something costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// The same under every plan; zero is free.
    Flat(Amount),
    /// By plan; a plan that is not named is priced as its `priced_as` plan, if it has one.
    ByPlan(Vec<(PlanId, Amount)>),
    /// The provider publishes no price.
    Unpublished,
}

/// An action of the price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionDefinition {
    /// Its id.
    pub id: ActionId,
    /// Its name on screens.
    pub name: String,
    /// What is counted, in the singular: `image`, `photo`, `call`.
    pub unit: String,
    /// What a unit costs; `None` where the action comes only in variants.
    pub cost: Option<Cost>,
    /// Whether quantities must be whole.
    pub whole: bool,
    /// The task that it does, so that providers can be compared.
    pub task: Option<String>,
    /// Lines of one action in the same family can stand in for one another.
    pub family: Option<String>,
    /// A remark, such as that the price is assumed.
    pub note: Option<String>,
    /// What people also call it, for finding it by typing.
    pub also: Vec<String>,
    /// Its variants.
    pub variants: Vec<VariantDefinition>,
}

impl ActionDefinition {
    /// What it is called on screens, in a variant: `Imagine (Midjourney), relax`.
    #[must_use]
    pub fn name_in(&self, variant: Option<&VariantId>) -> String {
        let variant = variant.and_then(|id| self.variants.iter().find(|variant| variant.id == *id));
        variant.map_or_else(|| self.name.clone(), |variant| format!("{}, {}", self.name, variant.name))
    }
}

/// A variant of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantDefinition {
    /// Its id.
    pub id: VariantId,
    /// Its name on screens.
    pub name: String,
    /// What a unit costs.
    pub cost: Cost,
    /// The task, where it differs from the action's.
    pub task: Option<String>,
    /// The family, where it differs from the action's.
    pub family: Option<String>,
    /// How good the result is among the action's variants: higher is better.
    pub quality: Option<u32>,
    /// A remark.
    pub note: Option<String>,
}
