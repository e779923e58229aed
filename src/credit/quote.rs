//! What a plan of actions would cost, which lots would pay, and what else could be done (SPEC 6).

use super::{
    AccountId, ActionId, Amount, BucketId, FairUsage, Figure, Instant, Money, MoneyPrice, PlanId, Ref, Reliance, UnknownFactor,
    VariantId,
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
    /// The sentence for a person; instants in it are dates in the account's zone.
    pub text: String,
    /// What to run when, where that is the advice.
    pub parts: Vec<SplitPart>,
    /// The plan to run in place of the one that was asked for, where that is the advice.
    pub plan: Option<Vec<PlanLine>>,
}

impl Advice {
    /// Advice that says nothing but a sentence; the other figures follow by [`Self::at`], [`Self::saving`] and [`Self::about`].
    #[must_use]
    pub fn new(kind: AdviceKind, text: String) -> Self {
        Self { kind, at: None, saves: None, bucket: None, account: None, money: None, text, parts: Vec::new(), plan: None }
    }

    /// With the instant at which it applies.
    #[must_use]
    pub fn at(self, at: Instant) -> Self {
        Self { at: Some(at), ..self }
    }

    /// With what it spares, or needs for [`AdviceKind::Buy`].
    #[must_use]
    pub fn saving(self, saves: Amount) -> Self {
        Self { saves: Some(saves), ..self }
    }

    /// With the other account that it names, and the money that this spares.
    #[must_use]
    pub fn naming(self, account: AccountId, money: Option<Money>) -> Self {
        Self { account: Some(account), money, ..self }
    }

    /// With what to run when.
    #[must_use]
    pub fn running(self, parts: Vec<SplitPart>) -> Self {
        Self { parts, ..self }
    }

    /// With the plan to run instead.
    #[must_use]
    pub fn with_plan(self, plan: Vec<PlanLine>) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// With the bucket that it is about.
    #[must_use]
    pub fn about(self, bucket: BucketId) -> Self {
        Self { bucket: Some(bucket), ..self }
    }
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

/// When a plan can be paid all at once.
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
    /// Never without buying, however long one waits. It may still be run in parts.
    Never,
    /// Not until this instant, where the search ends.
    NotWithin(Instant),
    /// It depends on something unknown.
    Unknown,
}

/// A part of a plan that is run at an instant of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitPart {
    /// When it runs.
    pub at: Instant,
    /// Whether that rests on an estimated reset.
    pub approximate: bool,
    /// Whether that counts on a subscription being renewed.
    pub if_renewed: bool,
    /// The line of the plan, from 0.
    pub line: usize,
    /// The line's action.
    pub action: ActionId,
    /// The line's variant.
    pub variant: Option<VariantId>,
    /// The line's name on screens.
    pub name: String,
    /// What is counted, in the singular.
    pub unit: String,
    /// How many run then; above zero.
    pub quantity: Amount,
}

/// How a plan can be run in parts that known credits pay in full, each at its instant (SPEC 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// It fits at once: there is nothing to split.
    AtOnce,
    /// So, by instant and line.
    Parts(Vec<SplitPart>),
    /// It can't, however long one waits: what is there and what comes by itself is not enough.
    Never,
    /// Not until this instant, where the search ends.
    NotWithin(Instant),
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
    /// When all of it becomes affordable at once.
    pub affordable_at: AffordableAt,
    /// The usage against a fair-use cap once the plan is done, where it draws on credits without limit that have one.
    pub fair_use: Option<FairUsage>,
    /// How far the figures can be relied on.
    pub reliance: Reliance,
    /// How it can be run in parts.
    pub split: Split,
    /// Why it can't be told when it can be run; empty where it is told, and where nothing but a price is missing.
    pub unsure: Vec<UnknownFactor>,
    /// What is set aside and not used by the plan.
    pub held: Amount,
    /// What the plan and, after it, the holds take from each bucket, in draw-down order; empty where nothing is held (SPEC E11).
    pub with_holds: Vec<(BucketId, Amount)>,
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

    /// The instant up to which was searched, where nothing but the end of the search is why it is not told when the plan can be
    /// run (SPEC 8.1).
    #[must_use]
    pub fn horizon(&self) -> Option<Instant> {
        match (self.affordable_at, &self.split) {
            (AffordableAt::NotWithin(horizon), _) => Some(horizon),
            (AffordableAt::Never, Split::NotWithin(horizon)) => Some(*horizon),
            _ => None,
        }
    }

    /// Whether it can't be told when all of it can be run: not all at once, and not in parts either.
    #[must_use]
    pub fn lacks_when(&self) -> bool {
        self.affordable_at == AffordableAt::Unknown || (self.affordable_at == AffordableAt::Never && self.split == Split::Unknown)
    }
}

impl Split {
    /// The parts, where it has any.
    #[must_use]
    pub fn parts(&self) -> &[SplitPart] {
        match self {
            Self::Parts(parts) => parts,
            Self::AtOnce | Self::Never | Self::NotWithin(_) | Self::Unknown => &[],
        }
    }

    /// The parts that run at one instant together, by instant.
    pub fn by_instant(&self) -> impl Iterator<Item = &[SplitPart]> {
        self.parts().chunk_by(|one, next| one.at == next.at)
    }
}
