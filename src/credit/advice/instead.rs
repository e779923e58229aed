//! The same work priced otherwise: two actions as one, another variant. Each is told by pricing the changed plan.

use crate::credit::fold::State;
use crate::credit::pricing::{Priced, price};
use crate::credit::{
    ActionId, Advice, AdviceKind, Affordable, Amount, AmountError, Book, PlanLine, PricedAction, Quote, VariantId, several,
    with_unit,
};

/// A line of a plan with all lines like it counted in.
struct Kind<'a> {
    action: &'a ActionId,
    variant: Option<&'a VariantId>,
    quantity: Amount,
    unit_cost: Amount,
    price: &'a PricedAction,
}

/// The kinds of lines that have a price, in the order of the plan.
fn kinds<'a>(priced: &'a [Priced<'a>]) -> Result<Vec<Kind<'a>>, AmountError> {
    let mut all: Vec<Kind<'a>> = Vec::new();
    for Priced { line, price, cost } in priced {
        let Some((unit_cost, _)) = *cost else { continue };
        let (action, variant) = (&line.action, line.variant.as_ref());
        match all.iter_mut().find(|kind| kind.action == action && kind.variant == variant) {
            Some(kind) => kind.quantity = kind.quantity.plus(line.quantity)?,
            None => all.push(Kind { action, variant, quantity: line.quantity, unit_cost, price }),
        }
    }
    Ok(all)
}

/// A plan that is changed, and what that comes to.
struct Changed {
    plan: Vec<PlanLine>,
    saves: Amount,
    /// Whether the plan does not fit as it is, and does so.
    then_fits: bool,
}

impl Changed {
    /// Prices a changed plan; `None` where that saves nothing.
    fn new(book: &Book, before: &State, quote: &Quote, plan: Vec<PlanLine>) -> Result<Option<Self>, AmountError> {
        let Ok(priced) = price(book, &plan) else { return Ok(None) };
        let mut costs = priced.iter().filter_map(|line| line.cost).map(|(_, cost)| cost);
        let total = costs.try_fold(Amount::ZERO, Amount::plus)?;
        let has_missing = priced.iter().any(|line| line.cost.is_none());
        let fits = !has_missing && before.known_spendable()?.is_none_or(|left| left >= total);
        let saves = quote.known_total.minus(total)?;
        let then_fits = fits && quote.affordable != Affordable::Yes;
        Ok(saves.is_positive().then_some(Self { plan, saves, then_fits }))
    }

    fn advice(self, kind: AdviceKind, text: &str, unit: &str, on: &str) -> Advice {
        let fits = if self.then_fits { ", and then it fits" } else { "" };
        let text = format!("{text}: saves {}{on}{fits}", with_unit(self.saves, unit));
        Advice::new(kind, text).saving(self.saves).with_plan(self.plan)
    }
}

/// Takes `quantity` of an action off a plan, from its first lines.
fn take_off(
    plan: &mut Vec<PlanLine>,
    action: &ActionId,
    variant: Option<&VariantId>,
    quantity: Amount,
) -> Result<(), AmountError> {
    let mut rest = quantity;
    for line in plan.iter_mut().filter(|line| &line.action == action && line.variant.as_ref() == variant) {
        let taken = line.quantity.min(rest);
        line.quantity = line.quantity.minus(taken)?;
        rest = rest.minus(taken)?;
    }
    plan.retain(|line| line.quantity.is_positive());
    Ok(())
}

fn lines(priced: &[Priced<'_>]) -> Vec<PlanLine> {
    priced.iter().map(|line| line.line.clone()).collect()
}

/// Two actions of the plan that are priced as one.
pub(super) fn combine(book: &Book, before: &State, priced: &[Priced<'_>], quote: &Quote) -> Result<Vec<Advice>, AmountError> {
    let kinds = kinds(priced)?;
    let mut all = Vec::new();
    for pair in &book.prices.combinations {
        let of = |action| kinds.iter().find(|kind| kind.action == action && kind.variant.is_none());
        let (Some(first), Some(second)) = (of(&pair.first), of(&pair.second)) else { continue };
        let times = first.quantity.min(second.quantity);
        let mut plan = lines(priced);
        take_off(&mut plan, first.action, None, times)?;
        take_off(&mut plan, second.action, None, times)?;
        plan.push(PlanLine { action: pair.together.clone(), variant: None, quantity: times });
        if let Some(changed) = Changed::new(book, before, quote, plan)? {
            let on = format!(" on {}", several(times, &first.price.unit));
            all.push(changed.advice(AdviceKind::Combine, &capitalized(&pair.text), &quote.unit, &on));
        }
    }
    Ok(all)
}

/// How another variant stands to a line's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// As good, by the same model.
    Same,
    /// As good, by another model.
    OtherModel,
    /// By the same model, but less good.
    Lower,
}

impl Stand {
    fn of(own: &PricedAction, other: &PricedAction) -> Option<Self> {
        let same_family = own.family.is_some() && own.family == other.family;
        match (own.quality, other.quality) {
            (Some(own), Some(other)) if other < own => same_family.then_some(Self::Lower),
            (Some(_), Some(_)) => Some(if same_family { Self::Same } else { Self::OtherModel }),
            _ => same_family.then_some(Self::Same),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::OtherModel => " (another model)",
            Self::Lower => " (lower quality)",
        }
    }
}

/// Cheaper variants of the plan's actions: one that is as good, else one by another model and one of lower quality, which say so.
pub(super) fn cheaper_variants(
    book: &Book,
    before: &State,
    priced: &[Priced<'_>],
    quote: &Quote,
) -> Result<Vec<Advice>, AmountError> {
    let mut all = Vec::new();
    for kind in kinds(priced)? {
        let changed = |other: &PricedAction| {
            let mut plan = lines(priced);
            take_off(&mut plan, kind.action, kind.variant, kind.quantity)?;
            plan.push(PlanLine { action: other.action.clone(), variant: other.variant.clone(), quantity: kind.quantity });
            Changed::new(book, before, quote, plan)
        };
        let fits = |other: &PricedAction| changed(other).ok().flatten().is_some_and(|changed| changed.then_fits);
        for (stand, other) in stand_ins(book, &kind, fits) {
            if let Some((changed, cost)) = changed(other)?.zip(other.cost.known()) {
                let text = format!("{}{} costs {cost} instead of {} each", other.name, stand.words(), kind.unit_cost);
                all.push(changed.advice(AdviceKind::CheaperVariant, &text, &quote.unit, ""));
            }
        }
    }
    Ok(all)
}

/// What can be taken in place of a line: the cheapest that is as good; without one the cheapest as good by another model, and of the
/// less good the best that `fits`, else the best.
fn stand_ins<'a>(book: &'a Book, kind: &Kind<'_>, fits: impl Fn(&PricedAction) -> bool) -> Vec<(Stand, &'a PricedAction)> {
    let others = book.prices.actions.iter().filter(|other| &other.action == kind.action);
    let cheaper: Vec<(Stand, Amount, &PricedAction)> = others
        .filter_map(|other| Some((Stand::of(kind.price, other)?, other.cost.known()?, other)))
        .filter(|(_, cost, _)| *cost < kind.unit_cost)
        .collect();
    let standing = |wanted| cheaper.iter().filter(move |(stand, ..)| *stand == wanted);
    let cheapest = |wanted| standing(wanted).min_by_key(|(_, cost, other)| (*cost, std::cmp::Reverse(other.quality)));
    let mut found: Vec<&(Stand, Amount, &PricedAction)> = Vec::new();
    if let Some(same) = cheapest(Stand::Same) {
        found.push(same);
    } else {
        found.extend(cheapest(Stand::OtherModel));
        let best = |fitting: bool| {
            standing(Stand::Lower).filter(|(_, _, other)| !fitting || fits(other)).max_by_key(|(_, _, other)| other.quality)
        };
        found.extend(best(true).or_else(|| best(false)));
    }
    found.into_iter().map(|(stand, _, other)| (*stand, *other)).collect()
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}
