//! What else could be done with a plan, each advice with its figure (SPEC 6).

use chrono::TimeDelta;

use super::fold::{LotId, OrderedLot, State};
use super::pricing::{Payment, Priced, pay};
use super::survey::day;
use super::{Advice, AdviceKind, Affordable, Amount, AmountError, Book, BucketKind, Instant, PlanLine, Quote, UnitCost};

/// Credits that lapse within this many days are worth a word.
const LAPSE_DAYS: i64 = 30;

/// Everything there is to say about a plan, the most useful first.
pub(super) fn advise(
    book: &Book,
    before: &State,
    after: &State,
    priced: &[Priced<'_>],
    payment: &Payment,
    quote: &Quote,
) -> Result<Vec<Advice>, AmountError> {
    let mut all = Vec::new();
    all.extend(priced.iter().filter_map(missing_price));
    all.extend(wait_for_reset(before, priced, payment, quote)?);
    all.extend(combine(book, priced)?);
    for line in priced {
        all.extend(cheaper_variant(book, line)?);
    }
    all.extend(use_before_lapse(after, quote));
    all.extend(buy(before, quote));
    Ok(all)
}

fn missing_price(line: &Priced<'_>) -> Option<Advice> {
    let UnitCost::Missing { hint } = &line.price.cost else { return None };
    let text = format!("The price of {} is not known, so it is not counted: {hint}", line.price.name);
    Some(Advice { kind: AdviceKind::MissingPrice, at: None, saves: None, bucket: None, account: None, money: None, text })
}

/// Run now what the recurring bucket can pay, the rest just after its reset: what that spares later buckets.
fn wait_for_reset(
    before: &State,
    priced: &[Priced<'_>],
    payment: &Payment,
    quote: &Quote,
) -> Result<Option<Advice>, AmountError> {
    let resets = before.buckets.iter().enumerate().filter_map(|(index, bucket)| Some((bucket.next_reset?, index)));
    let Some((at, recurring)) = resets.min() else { return Ok(None) };
    let later = Later::than(before, recurring, at);
    let Some(spared) = payment.draws.iter().find(|(lot, _)| later.takes_in(before, *lot)).map(|(lot, _)| *lot) else {
        return Ok(None);
    };
    // Now: what can be paid without opening a later bucket.
    let sooner = before.lots.in_order().take_while(|(lot, _)| !later.takes_in(before, *lot));
    let sooner = sooner.map(|(_, lot)| lot.remaining).try_fold(Amount::ZERO, Amount::plus)?;
    let budget = before.known_spendable()?.map_or(sooner, |spendable| spendable.min(sooner));
    let mut then = before.clone();
    let first = pay(&mut then, priced, Some(budget))?;
    // Then: the rest, just after the reset.
    then.run_to(at)?;
    let rest = rest_of(priced, &first)?;
    let rest: Vec<Priced<'_>> =
        rest.iter().zip(priced).map(|((line, cost), old)| Priced { line, price: old.price, cost: *cost }).collect();
    let spendable = then.known_spendable()?;
    let second = pay(&mut then, &rest, spendable)?;
    let saves = later.drawn(before, payment)?.minus(later.drawn(&then, &second)?)?;
    let bucket = before.lots.get(spared).and_then(|lot| before.rules.buckets.get(lot.bucket));
    let Some(bucket) = bucket.filter(|_| saves.is_positive()) else { return Ok(None) };
    let approximately = if before.resets_approximately(at) { "≈ " } else { "" };
    let renewed = if before.subscription_ends_by(at) { ", if renewed" } else { "" };
    let days = (at - quote.at).num_days();
    let wait = if days < 1 { "less than a day".to_owned() } else { format!("{days} d") };
    let text = format!(
        "Wait for the reset on {approximately}{} (in {wait}{renewed}): {}, the rest just after it. That spares {} {} {}",
        day(before, at),
        first_part(&first, priced),
        saves.grouped(),
        bucket.name.to_lowercase(),
        quote.unit,
    );
    Ok(Some(Advice {
        kind: AdviceKind::WaitForReset,
        at: Some(at),
        saves: Some(saves),
        bucket: Some(bucket.id.clone()),
        account: None,
        money: None,
        text,
    }))
}

/// The lots that waiting for a reset can spare: they come after the recurring bucket's in the draw-down order, and outlive
/// the reset.
struct Later {
    recurring: usize,
    rank: u16,
    /// The last lot of the present cycle in the draw-down order.
    mark: Option<OrderedLot>,
    reset: Instant,
}

impl Later {
    fn than(state: &State, recurring: usize, reset: Instant) -> Self {
        let cycle = state.lots.active_in(recurring).filter(|(_, lot)| lot.ends_at_reset);
        let mark = cycle.map(|(id, lot)| state.lots.place(id, lot)).max();
        let rank = state.rules.buckets.get(recurring).map_or(u16::MAX, |rule| rule.rank);
        Self { recurring, rank, mark, reset }
    }

    fn takes_in(&self, state: &State, id: LotId) -> bool {
        state.lots.get(id).is_some_and(|lot| {
            let ranks_later = || state.rules.buckets.get(lot.bucket).is_some_and(|other| other.rank > self.rank);
            lot.bucket != self.recurring
                && lot.lapses_at().is_none_or(|end| end > self.reset)
                && self.mark.as_ref().map_or_else(ranks_later, |mark| state.lots.place(id, lot) > *mark)
        })
    }

    /// How much of a payment these lots would pay.
    fn drawn(&self, state: &State, payment: &Payment) -> Result<Amount, AmountError> {
        let later = payment.draws.iter().filter(|(lot, _)| self.takes_in(state, *lot));
        later.map(|(_, amount)| *amount).try_fold(Amount::ZERO, Amount::plus)
    }
}

/// A plan's line with what a unit and the whole line cost.
type CostedLine = (PlanLine, Option<(Amount, Amount)>);

/// What is left of a plan once its first part is paid.
fn rest_of(priced: &[Priced<'_>], first: &Payment) -> Result<Vec<CostedLine>, AmountError> {
    let lines = priced.iter().zip(&first.lines).map(|(line, paid)| {
        let quantity = line.line.quantity.minus(paid.covered_quantity)?;
        let cost = line.cost.map(|(unit, _)| unit.times(quantity).map(|cost| (unit, cost))).transpose()?;
        Ok((PlanLine { quantity, ..line.line.clone() }, cost))
    });
    lines.collect()
}

/// What to run before the reset, in words.
fn first_part(first: &Payment, priced: &[Priced<'_>]) -> String {
    let parts: Vec<String> = first
        .lines
        .iter()
        .zip(priced)
        .filter(|(paid, line)| paid.covered_quantity.is_positive() && line.cost.is_some())
        .map(|(paid, _)| format!("{} of {} {}", paid.covered_quantity.grouped(), paid.quantity.grouped(), paid.name))
        .collect();
    if parts.is_empty() { "run nothing now".to_owned() } else { format!("run {} now", parts.join(", ")) }
}

/// Two actions of the plan that are priced as one.
fn combine(book: &Book, priced: &[Priced<'_>]) -> Result<Vec<Advice>, AmountError> {
    let mut all = Vec::new();
    for pair in &book.prices.combinations {
        let of = |action| priced.iter().find(|line| &line.line.action == action && line.line.variant.is_none());
        let (Some(first), Some(second)) = (of(&pair.first), of(&pair.second)) else { continue };
        let (Some((one, _)), Some((other, _))) = (first.cost, second.cost) else { continue };
        let together = book.prices.find(pair.together.as_str(), None).ok().and_then(|line| line.cost.known());
        let Some(together) = together else { continue };
        let times = first.line.quantity.min(second.line.quantity);
        let saves = one.plus(other)?.minus(together)?.times(times)?;
        if saves.is_positive() {
            let text = format!("{}: saves {} {} on {}", pair.text, saves.grouped(), book.profile.unit, times.grouped());
            all.push(Advice {
                kind: AdviceKind::Combine,
                at: None,
                saves: Some(saves),
                bucket: None,
                account: None,
                money: None,
                text,
            });
        }
    }
    Ok(all)
}

/// The cheapest variant that can stand in for a line's own.
fn cheaper_variant(book: &Book, line: &Priced<'_>) -> Result<Option<Advice>, AmountError> {
    let Some((unit, _)) = line.cost else { return Ok(None) };
    let family = line.price.family.as_ref();
    let others = book.prices.actions.iter().filter(|other| other.action == line.line.action && other.family.as_ref() == family);
    let others = others.filter(|_| family.is_some()).filter_map(|other| Some((other.cost.known()?, other)));
    let Some((cost, other)) = others.min_by_key(|(cost, _)| *cost).filter(|(cost, _)| *cost < unit) else { return Ok(None) };
    let saves = unit.minus(cost)?.times(line.line.quantity)?;
    if !saves.is_positive() {
        return Ok(None);
    }
    let text = format!("{} costs {cost} instead of {unit} each: saves {} {}", other.name, saves.grouped(), book.profile.unit);
    Ok(Some(Advice {
        kind: AdviceKind::CheaperVariant,
        at: None,
        saves: Some(saves),
        bucket: None,
        account: None,
        money: None,
        text,
    }))
}

/// Credits that the plan leaves and that lapse soon anyway.
fn use_before_lapse(after: &State, quote: &Quote) -> Option<Advice> {
    let soon = quote.at + TimeDelta::days(LAPSE_DAYS);
    let left = after.lots.in_order().filter(|(_, lot)| {
        let kind = after.rules.buckets.get(lot.bucket).map(|rule| rule.kind);
        lot.remaining.is_positive() && kind != Some(BucketKind::Recurring)
    });
    let (at, lot) =
        left.filter_map(|(_, lot)| Some((lot.lapses_at()?, lot))).filter(|(at, _)| *at <= soon).min_by_key(|(at, _)| *at)?;
    let rule = after.rules.buckets.get(lot.bucket)?;
    let text = format!(
        "{} {} {} that this plan leaves lapse on {}: use them first",
        lot.remaining.grouped(),
        rule.name.to_lowercase(),
        quote.unit,
        day(after, at)
    );
    Some(Advice {
        kind: AdviceKind::UseBeforeLapse,
        at: Some(at),
        saves: Some(lot.remaining),
        bucket: Some(rule.id.clone()),
        account: None,
        money: None,
        text,
    })
}

/// Buying is advised only where there is a bucket for what is bought.
fn buy(state: &State, quote: &Quote) -> Option<Advice> {
    state.rules.buckets.iter().find(|rule| rule.kind == BucketKind::Purchased)?;
    let shortfall = quote.shortfall.filter(|short| short.is_positive() && quote.affordable == Affordable::No)?;
    let text = format!("Buy at least {} {} to run all of it now", shortfall.grouped(), quote.unit);
    Some(Advice { kind: AdviceKind::Buy, at: None, saves: Some(shortfall), bucket: None, account: None, money: None, text })
}
