//! `creditop.quote.v1`.

use serde::Serialize;

use super::{Clean, Exact, Shown, Zulu, unknowns};
use crate::cli::view::QuoteView;
use crate::credit::{
    AccountStatus, Advice, AdviceKind, Affordable, AffordableAt, BucketId, Draw, FairUsage, FairUse, Figure, FigureSource,
    Instant, Money, Quote, QuoteLine, Split, SplitPart, Sums, WaterfallStep,
};

/// The quote document.
#[derive(Debug, Serialize)]
pub struct QuoteDocument {
    schema: &'static str,
    at: Zulu,
    quotes: Vec<Priced>,
    recorded: Vec<RecordedRef>,
    sums: Summed,
}

/// What the quotes come to together.
#[derive(Debug, Default, Serialize)]
struct Summed {
    credits: Vec<SummedCredits>,
    value: Vec<Sum>,
    new_money: Vec<Sum>,
    unknown: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct SummedCredits {
    provider: String,
    unit: Clean,
    total: Exact,
}

impl Summed {
    /// Sums past 28 digits are unknown.
    fn of(quotes: &[QuoteView]) -> Self {
        let Ok(sums) = Sums::of(quotes.iter().map(|view| (&view.status.profile.provider, &view.quote))) else {
            return Self { unknown: vec!["credits", "value", "new_money"], ..Self::default() };
        };
        let missing = quotes.iter().any(|view| view.quote.total.is_none());
        let credits = sums.credits.iter().map(|(provider, unit, total)| SummedCredits {
            provider: provider.to_string(),
            unit: unit.as_str().into(),
            total: Exact(*total),
        });
        Self {
            credits: credits.collect(),
            value: sums.value.iter().map(Sum::from).collect(),
            new_money: sums.new_money.iter().map(Sum::from).collect(),
            unknown: unknowns([
                ("credits", missing),
                ("value", sums.without_value > 0),
                ("new_money", sums.without_value + sums.without_new_money > 0),
            ]),
        }
    }
}

/// An entry that `--hold` or `--commit` wrote.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedRef {
    /// The account.
    pub account: String,
    /// The entry's kind.
    pub kind: &'static str,
    /// Its ref.
    #[serde(rename = "ref")]
    pub reference: String,
}

#[derive(Debug, Serialize)]
struct Priced {
    account: String,
    unit: Clean,
    lines: Vec<Line>,
    total: Option<Exact>,
    affordable: Option<bool>,
    shortfall: Option<Exact>,
    affordable_at: Option<Zulu>,
    before: Vec<Level>,
    after: Vec<Level>,
    advice: Vec<Hint>,
    unknown: Vec<&'static str>,
    split: Option<Vec<Part>>,
    horizon: Option<Zulu>,
    known_total: Exact,
    money: Option<Sum>,
    held: Exact,
    with_holds: Vec<Taken>,
    waterfall: Vec<Step>,
    approximate: bool,
    if_renewed: bool,
    state: &'static str,
    observed_at: Option<Zulu>,
    stale: Option<Stale>,
    new_money: Option<Sum>,
    fair_use: Option<Cap>,
    pool: Option<Clean>,
    after_accounts: Vec<String>,
}

/// Why the figures can't be relied on, and what the quote would be if they could.
#[derive(Debug, Serialize)]
struct Stale {
    kind: &'static str,
    observed_at: Option<Zulu>,
    error: Option<&'static str>,
    affordable: Option<bool>,
    shortfall: Option<Exact>,
    affordable_at: Option<Zulu>,
}

impl Stale {
    /// `None` where the figures are fresh.
    fn of(quote: &Quote) -> Option<Self> {
        (!quote.reliance.is_fresh()).then(|| Self {
            kind: quote.reliance.word(),
            observed_at: quote.reliance.seen_at().map(Zulu),
            error: quote.reliance.failure().map(|failure| failure.kind.word()),
            affordable: answer(quote.affordable),
            shortfall: quote.shortfall.map(Exact),
            affordable_at: instant(quote.affordable_at).0,
        })
    }
}

fn answer(affordable: Affordable) -> Option<bool> {
    match affordable {
        Affordable::Yes => Some(true),
        Affordable::No => Some(false),
        Affordable::Unknown => None,
    }
}

/// When a plan becomes affordable, whether that rests on an estimate, and whether on a renewal.
fn instant(affordable_at: AffordableAt) -> (Option<Zulu>, bool, bool) {
    match affordable_at {
        AffordableAt::At { at, approximate, if_renewed } => (Some(Zulu(at)), approximate, if_renewed),
        AffordableAt::Never | AffordableAt::NotWithin(_) | AffordableAt::Unknown => (None, false, false),
    }
}

/// A part of a plan that runs at an instant of its own.
#[derive(Debug, Serialize)]
struct Part {
    at: Zulu,
    action: String,
    variant: Option<String>,
    quantity: Exact,
    line: usize,
    approximate: bool,
    if_renewed: bool,
}

/// What the plan and the holds together take from a bucket.
#[derive(Debug, Serialize)]
struct Taken {
    bucket: String,
    amount: Exact,
}

#[derive(Debug, Serialize)]
struct Line {
    action: String,
    variant: Option<String>,
    quantity: Exact,
    unit_cost: Option<Exact>,
    cost: Option<Exact>,
    covered_quantity: Exact,
    draws: Vec<Drawn>,
    unknown: Vec<&'static str>,
    name: Clean,
    unit: Clean,
}

#[derive(Debug, Serialize)]
struct Drawn {
    bucket: String,
    lot: Option<String>,
    amount: Exact,
}

#[derive(Debug, Serialize)]
struct Level {
    bucket: String,
    remaining: Shown,
    unknown: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Hint {
    kind: &'static str,
    at: Option<Zulu>,
    saves: Option<Exact>,
    bucket: Option<String>,
    text: Clean,
    approximate: bool,
    if_renewed: bool,
    account: Option<String>,
    money: Option<Sum>,
}

#[derive(Debug, Serialize)]
struct Sum {
    amount: Exact,
    currency: Clean,
    about: bool,
}

impl From<&Money> for Sum {
    fn from(money: &Money) -> Self {
        Self { amount: Exact(money.amount), currency: money.currency.as_str().into(), about: money.about }
    }
}

#[derive(Debug, Serialize)]
struct Cap {
    published: bool,
    amount: Option<Exact>,
    period: Option<&'static str>,
    used_with_plan: Exact,
}

impl From<FairUsage> for Cap {
    fn from(usage: FairUsage) -> Self {
        let (amount, period) = match usage.cap {
            FairUse::Unpublished => (None, None),
            FairUse::Cap { amount, period } => (Some(Exact(amount)), Some(period.word())),
        };
        Self { published: amount.is_some(), amount, period, used_with_plan: Exact(usage.used) }
    }
}

#[derive(Debug, Serialize)]
struct Step {
    bucket: String,
    lot: Option<String>,
    before: Shown,
    after: Shown,
    opened_by: Option<Opening>,
    unknown: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Opening {
    line: usize,
    unit: Exact,
}

impl QuoteDocument {
    /// The document of some quotes made at an instant, and of what was recorded of them.
    #[must_use]
    pub fn new(at: Instant, quotes: &[QuoteView], recorded: Vec<RecordedRef>) -> Self {
        Self {
            schema: "creditop.quote.v1",
            at: Zulu(at),
            quotes: quotes.iter().map(Priced::from).collect(),
            recorded,
            sums: Summed::of(quotes),
        }
    }
}

impl From<&QuoteView> for Priced {
    fn from(QuoteView { quote, status, after, .. }: &QuoteView) -> Self {
        // Nothing is said for sure of figures that can't be relied on; what they would say stands in `stale` (SPEC P2).
        let fresh = quote.reliance.is_fresh();
        let (affordable_at, approximate, if_renewed) = instant(quote.affordable_at);
        Self {
            account: quote.account.to_string(),
            unit: quote.unit.as_str().into(),
            lines: quote.lines.iter().map(Line::from).collect(),
            total: quote.total.map(Exact),
            affordable: answer(quote.answer()),
            shortfall: quote.shortfall.filter(|_| fresh).map(Exact),
            affordable_at: affordable_at.filter(|_| fresh),
            split: Some(&quote.split).filter(|split| fresh && !split.parts().is_empty()).map(|split| parts(split.parts())),
            horizon: quote.horizon().filter(|_| fresh).map(Zulu),
            before: levels(&quote.before),
            after: levels(&quote.after),
            advice: quote.advice.iter().map(|advice| Hint::new(advice, status)).collect(),
            unknown: unknowns([
                ("total", quote.total.is_none()),
                ("affordable", quote.answer() == Affordable::Unknown),
                ("shortfall", !fresh || quote.shortfall.is_none()),
                ("affordable_at", !fresh || quote.lacks_when()),
                ("split", !fresh || quote.split == Split::Unknown),
                ("money", quote.price.is_some() && quote.money.is_none()),
                ("new_money", quote.price.is_some() && quote.new_money().is_none()),
            ]),
            known_total: Exact(quote.known_total),
            money: quote.money.as_ref().map(Sum::from),
            held: Exact(quote.held),
            with_holds: quote
                .with_holds
                .iter()
                .map(|(bucket, amount)| Taken { bucket: bucket.to_string(), amount: Exact(*amount) })
                .collect(),
            waterfall: quote.waterfall.iter().map(Step::from).collect(),
            approximate,
            if_renewed,
            state: status.state.word(),
            observed_at: status.observed_at.map(Zulu),
            stale: Stale::of(quote),
            new_money: quote.new_money().map(Sum::from),
            fair_use: quote.fair_use.map(Cap::from),
            pool: status.profile.pool.as_ref().map(|pool| pool.name.as_str().into()),
            after_accounts: after.iter().map(ToString::to_string).collect(),
        }
    }
}

fn parts(parts: &[SplitPart]) -> Vec<Part> {
    parts
        .iter()
        .map(|part| Part {
            at: Zulu(part.at),
            action: part.action.to_string(),
            variant: part.variant.as_ref().map(ToString::to_string),
            quantity: Exact(part.quantity),
            line: part.line,
            approximate: part.approximate,
            if_renewed: part.if_renewed,
        })
        .collect()
}

fn levels(buckets: &[(BucketId, Figure)]) -> Vec<Level> {
    buckets
        .iter()
        .map(|(bucket, remaining)| Level {
            bucket: bucket.to_string(),
            remaining: Shown(*remaining),
            unknown: unknowns([("remaining", *remaining == Figure::Unknown)]),
        })
        .collect()
}

impl From<&QuoteLine> for Line {
    fn from(line: &QuoteLine) -> Self {
        Self {
            action: line.action.to_string(),
            variant: line.variant.as_ref().map(ToString::to_string),
            quantity: Exact(line.quantity),
            unit_cost: line.unit_cost.map(Exact),
            cost: line.cost.map(Exact),
            covered_quantity: Exact(line.covered_quantity),
            draws: line.draws.iter().map(Drawn::from).collect(),
            unknown: unknowns([("unit_cost", line.unit_cost.is_none()), ("cost", line.cost.is_none())]),
            name: line.name.as_str().into(),
            unit: line.unit.as_str().into(),
        }
    }
}

impl From<&Draw> for Drawn {
    fn from(draw: &Draw) -> Self {
        Self { bucket: draw.bucket.to_string(), lot: draw.lot.as_ref().map(ToString::to_string), amount: Exact(draw.amount) }
    }
}

impl Hint {
    fn new(advice: &Advice, status: &AccountStatus) -> Self {
        // Advice to wait rests on a reset, with whatever makes that uncertain.
        let awaited = || {
            let resets = status.buckets.iter().filter(|bucket| bucket.resets_at.is_some() && bucket.resets_at == advice.at);
            resets.filter(|_| advice.kind == AdviceKind::WaitForReset)
        };
        Self {
            kind: advice.kind.word(),
            at: advice.at.map(Zulu),
            saves: advice.saves.map(Exact),
            bucket: advice.bucket.as_ref().map(ToString::to_string),
            text: advice.text.as_str().into(),
            approximate: awaited().any(|bucket| bucket.reset_source.is_some_and(FigureSource::is_approximate)),
            if_renewed: awaited().any(|bucket| bucket.if_renewed),
            account: advice.account.as_ref().map(ToString::to_string),
            money: advice.money.as_ref().map(Sum::from),
        }
    }
}

impl From<&WaterfallStep> for Step {
    fn from(step: &WaterfallStep) -> Self {
        Self {
            bucket: step.bucket.to_string(),
            lot: step.lot.as_ref().map(ToString::to_string),
            before: Shown(step.before),
            after: Shown(step.after),
            opened_by: step.opened_by.map(|(line, unit)| Opening { line, unit: Exact(unit) }),
            unknown: unknowns([("before", step.before == Figure::Unknown), ("after", step.after == Figure::Unknown)]),
        }
    }
}
