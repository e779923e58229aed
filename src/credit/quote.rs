//! What a plan of actions would cost, which lots would pay, and what else could be done (SPEC 6).

use super::{
    AccountId, ActionId, Amount, BucketId, FairUsage, Figure, Instant, Money, MoneyPrice, PlanId, Ref, Reliance, VariantId,
};

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// The action.
    pub action: ActionId,
    /// The variant; `None` is the default.
    pub variant: Option<VariantId>,
    /// How many, zero or above.
    pub quantity: Amount,
}

/// Where a part of a cost would be paid from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The bucket.
    pub bucket: BucketId,
    /// The lot, where it has a ref.
    pub lot: Option<Ref>,
    /// How much.
    pub amount: Amount,
}

/// A line of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLine {
    /// The action.
    pub action: ActionId,
    /// The variant.
    pub variant: Option<VariantId>,
    /// Its name on screens.
    pub name: String,
    /// What is counted, in the singular.
    pub unit: String,
    /// How many.
    pub quantity: Amount,
    /// What one costs; `None` where no price is published.
    pub unit_cost: Option<Amount>,
    /// What the line costs; `None` where no price is published.
    pub cost: Option<Amount>,
    /// Whole units that known credits pay, lines in order.
    pub covered_quantity: Amount,
    /// What pays, in draw-down order.
    pub draws: Vec<Draw>,
}

/// A bucket's or lot's place in the waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaterfallStep {
    /// The bucket.
    pub bucket: BucketId,
    /// The lot; `None` where the bucket has only one figure.
    pub lot: Option<Ref>,
    /// Before the plan.
    pub before: Figure,
    /// After it.
    pub after: Figure,
    /// The line, from 0, and the unit of it, from 1, at which this is opened; `None` where the plan doesn't reach it.
    pub opened_by: Option<(usize, Amount)>,
}

/// What sort of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdviceKind {
    /// Run a part now and the rest after the reset.
    WaitForReset,
    /// Do two actions as one.
    Combine,
    /// Take a cheaper variant.
    CheaperVariant,
    /// Use another account.
    CheaperAccount,
    /// Use what lapses anyway.
    UseBeforeLapse,
    /// Buy credits.
    Buy,
    /// Set a price that is not published.
    MissingPrice,
}

impl AdviceKind {
    /// The word used in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::WaitForReset => "wait-for-reset",
            Self::Combine => "combine",
            Self::CheaperVariant => "cheaper-variant",
            Self::CheaperAccount => "cheaper-account",
            Self::UseBeforeLapse => "use-before-lapse",
            Self::Buy => "buy",
            Self::MissingPrice => "missing-price",
        }
    }
}

/// A piece of advice with its figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What sort.
    pub kind: AdviceKind,
    /// When it applies.
    pub at: Option<Instant>,
    /// Credits spared, or needed for [`AdviceKind::Buy`].
    pub saves: Option<Amount>,
    /// The bucket it is about.
    pub bucket: Option<BucketId>,
    /// The other account that it names.
    pub account: Option<AccountId>,
    /// Money spared.
    pub money: Option<Money>,
    /// The sentence for a person; instants in it are UTC dates.
    pub text: String,
}

/// Whether a plan can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affordable {
    /// Known credits pay it now.
    Yes,
    /// They don't, and nothing unknown could.
    No,
    /// They don't, but unknown credits might; or a price is missing.
    Unknown,
}

/// When a plan becomes affordable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AffordableAt {
    /// At this instant: the quote's own, or a later one.
    At {
        /// The instant.
        at: Instant,
        /// Whether it rests on an estimated reset.
        approximate: bool,
        /// Whether it counts on a subscription being renewed.
        if_renewed: bool,
    },
    /// Not within 14 months without buying.
    NeverWithoutBuying,
    /// It depends on something unknown.
    Unknown,
}

/// What a plan would cost one account and which lots would pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The account.
    pub account: AccountId,
    /// What a credit is called.
    pub unit: String,
    /// The plan that counts then.
    pub plan: Option<PlanId>,
    /// The quote's instant.
    pub at: Instant,
    /// The lines.
    pub lines: Vec<QuoteLine>,
    /// What all lines cost; `None` where a price is missing.
    pub total: Option<Amount>,
    /// What the lines with a price cost.
    pub known_total: Amount,
    /// The value of the credits that it uses; `None` without a price per credit, and where an action has no price.
    pub money: Option<Money>,
    /// What must be paid anew: nothing where it fits, else the price of what is short. `None` where nothing says it.
    pub new_money: Option<Money>,
    /// What a credit is worth, where something says it.
    pub price: Option<MoneyPrice>,
    /// Whether it can be paid by the figures there are; [`Quote::answer`] says what they are good for.
    pub affordable: Affordable,
    /// What known credits can't pay; `None` where unknown credits might.
    pub shortfall: Option<Amount>,
    /// When it becomes affordable.
    pub affordable_at: AffordableAt,
    /// The usage against a fair-use cap once the plan is done, where it draws on credits without limit that have one.
    pub fair_use: Option<FairUsage>,
    /// How far the figures can be relied on.
    pub reliance: Reliance,
    /// What is set aside and not used by the plan.
    pub held: Amount,
    /// Each bucket before the plan, in draw-down order.
    pub before: Vec<(BucketId, Figure)>,
    /// Each bucket after it, in the same order.
    pub after: Vec<(BucketId, Figure)>,
    /// Each lot before and after, in draw-down order.
    pub waterfall: Vec<WaterfallStep>,
    /// What else could be done, the most useful first.
    pub advice: Vec<Advice>,
}

impl Quote {
    /// Whether the plan can be paid, as far as the figures can be relied on: nobody can tell by stale ones (SPEC P2).
    #[must_use]
    pub fn answer(&self) -> Affordable {
        if self.reliance.is_fresh() { self.affordable } else { Affordable::Unknown }
    }
}
