//! From a plan of actions to a quote: what it costs, which lots pay, what does not fit, when it would (SPEC 6).

use std::collections::HashMap;

use super::fold::{Draining, LotId, State};
use super::money::new_money;
use super::reliance::reliance_ahead;
use super::summary::{bucket_order, draw};
use super::tariff::Fares;
use super::{
    Affordable, AffordableAt, Amount, AmountError, Book, BucketId, BucketIndex, Draw, EngineError, Figure, Instant, PlanLine,
    PricedAction, Quote, QuoteLine, Split, UnitCost, WaterfallStep, advice, fair_use, split,
};

/// A plan's line with its price.
pub(super) struct Priced<'a> {
    pub line: &'a PlanLine,
    pub price: &'a PricedAction,
    /// What a unit and the whole line cost; `None` where no price is published.
    pub cost: Option<(Amount, Amount)>,
}

/// Looks up every price and checks every quantity.
pub(super) fn price<'a>(book: &'a Book, plan: &'a [PlanLine]) -> Result<Vec<Priced<'a>>, EngineError> {
    plan.iter()
        .map(|line| {
            let variant = line.variant.as_ref().map(super::VariantId::as_str);
            let price = book.prices.find(line.action.as_str(), variant)?;
            let refuse = |why| EngineError::Quantity { quantity: line.quantity, action: line.action.to_string(), why };
            if line.quantity.is_negative() {
                return Err(refuse("can't be negative"));
            }
            if price.whole && !line.quantity.is_whole() {
                return Err(refuse("must be a whole number"));
            }
            let cost = match &price.cost {
                UnitCost::Known(unit) => Some((*unit, unit.times(line.quantity).map_err(|_| refuse("is too large to price"))?)),
                UnitCost::Missing { .. } => None,
            };
            Ok(Priced { line, price, cost })
        })
        .collect()
}

/// What a plan would pay from, line by line.
pub(super) struct Payment {
    pub lines: Vec<QuoteLine>,
    /// The lot, the line and the unit at which it is opened.
    opened: HashMap<LotId, (usize, Amount)>,
    /// Everything drawn, in order.
    pub draws: Vec<(LotId, Amount)>,
}

/// Pays as many whole units of each line as `budget` allows (`None` is no bound), lines in order, from `state`.
pub(super) fn pay(state: &mut State, priced: &[Priced<'_>], mut budget: Option<Amount>) -> Result<Payment, AmountError> {
    let mut payment = Payment { lines: Vec::with_capacity(priced.len()), opened: HashMap::new(), draws: Vec::new() };
    for (index, Priced { line, price, cost }) in priced.iter().enumerate() {
        let (covered_quantity, covered_cost) = match (cost, budget) {
            (None, _) => (Amount::ZERO, Amount::ZERO),
            (Some((_, cost)), None) => (line.quantity, *cost),
            (Some((_, cost)), Some(budget)) if *cost <= budget => (line.quantity, *cost),
            (Some((unit, _)), Some(budget)) => {
                let units = budget.whole_units(*unit).min(line.quantity);
                (units, units.times(*unit)?)
            }
        };
        budget = budget.map(|budget| budget.minus(covered_cost)).transpose()?;
        let (drawn, _) = state.lots.draw(covered_cost, Draining::Spent, None)?;
        let mut paid = Amount::ZERO;
        let mut draws = Vec::with_capacity(drawn.len());
        for part in drawn {
            let unit = cost.map_or(Amount::ZERO, |(unit, _)| paid.whole_units(unit)).plus(Amount::ONE)?;
            payment.opened.entry(part.lot).or_insert((index, unit));
            paid = paid.plus(part.amount)?;
            payment.draws.push((part.lot, part.amount));
            draws.extend(draw(state, part.lot, part.amount));
        }
        payment.lines.push(QuoteLine {
            action: line.action.clone(),
            variant: line.variant.clone(),
            name: price.name.clone(),
            unit: price.unit.clone(),
            quantity: line.quantity,
            unit_cost: cost.map(|(unit, _)| unit),
            cost: cost.map(|(_, cost)| cost),
            covered_quantity,
            draws: merged(draws)?,
        });
    }
    Ok(payment)
}

/// Adds up the draws of a line that come from the same place.
fn merged(draws: Vec<Draw>) -> Result<Vec<Draw>, AmountError> {
    let mut all: Vec<Draw> = Vec::with_capacity(draws.len());
    for draw in draws {
        match all.last_mut().filter(|last| last.bucket == draw.bucket && last.lot == draw.lot) {
            Some(last) => last.amount = last.amount.plus(draw.amount)?,
            None => all.push(draw),
        }
    }
    Ok(all)
}

/// The quote of a plan for an account whose state at `now` is `state`.
pub(super) fn quote(book: &Book, state: &State, plan: &[PlanLine], now: Instant) -> Result<Quote, EngineError> {
    let priced = price(book, plan)?;
    let fares = Fares::of(book, plan, &priced, now);
    quote_priced(book, state, &priced, &fares, now).map_err(|error| book.amount_error(error))
}

fn quote_priced(book: &Book, state: &State, priced: &[Priced<'_>], fares: &Fares, now: Instant) -> Result<Quote, AmountError> {
    let known_total = priced.iter().filter_map(|line| line.cost).map(|(_, cost)| cost).try_fold(Amount::ZERO, Amount::plus)?;
    let has_missing = priced.iter().any(|line| line.cost.is_none());
    let budget = state.known_spendable()?;
    let short = budget.map_or(Ok(Amount::ZERO), |budget| known_total.minus(budget))?.or_zero();
    let unsure = state.lots.has_unknown() || book.rules.unpolled.is_some();
    let affordable = match (short.is_zero(), unsure, has_missing) {
        (true, _, false) => Affordable::Yes,
        (false, false, _) => Affordable::No,
        _ => Affordable::Unknown,
    };
    let mut after = state.clone();
    let payment = pay(&mut after, priced, budget)?;
    let order = bucket_order(state);
    let mut quote = Quote {
        account: book.profile.id.clone(),
        unit: book.profile.unit.clone(),
        at: now,
        total: (!has_missing).then_some(known_total),
        known_total,
        money: book.money.as_ref().filter(|_| !has_missing).and_then(|price| price.of(known_total)),
        new_money: None,
        price: book.money.clone(),
        plan: state.plan.clone(),
        affordable,
        shortfall: (!has_missing && (short.is_zero() || !unsure)).then_some(short),
        affordable_at: match affordable {
            Affordable::Yes => AffordableAt::At { at: now, approximate: false, if_renewed: false },
            _ if has_missing => AffordableAt::Unknown,
            _ => split::affordable_at(state, priced, fares, now)?,
        },
        split: if affordable == Affordable::Yes { Split::AtOnce } else { split::split(state, priced, fares, now)? },
        fair_use: fair_use::usage_with(state, now, &payment.draws)?,
        reliance: reliance_ahead(book, state, now),
        held: state.holds.total(),
        with_holds: with_holds(state, &after, &order)?,
        before: figures(state, &order),
        after: figures(&after, &order),
        waterfall: waterfall(state, &after, &order, &payment),
        lines: Vec::new(),
        advice: Vec::new(),
        unsure: Vec::new(),
    };
    if !has_missing && (quote.lacks_when() || quote.split == Split::Unknown) {
        quote.unsure = split::doubts(state, now)?;
    }
    quote.new_money = new_money(book, quote.shortfall);
    quote.advice = advice::advise(book, (state, &after), priced, fares, &payment, &quote)?;
    quote.lines = payment.lines;
    Ok(quote)
}

/// What the plan and, after it, the holds take from each bucket.
fn with_holds(before: &State, after: &State, order: &[BucketIndex]) -> Result<Vec<(BucketId, Amount)>, AmountError> {
    if before.holds.total().is_zero() {
        return Ok(Vec::new());
    }
    let mut then = after.clone();
    then.use_held()?;
    let mut all = Vec::new();
    for (index, rule) in order.iter().filter_map(|index| Some((*index, before.rules.bucket(*index)?))) {
        let taken = before.lots.remaining_in(index).minus(then.lots.remaining_in(index))?;
        if taken.is_positive() {
            all.push((rule.id.clone(), taken));
        }
    }
    Ok(all)
}

fn figures(state: &State, order: &[BucketIndex]) -> Vec<(BucketId, Figure)> {
    let rules = order.iter().filter_map(|index| Some((*index, state.rules.bucket(*index)?)));
    rules.map(|(index, rule)| (rule.id.clone(), state.lots.figure_of(index))).collect()
}

/// Each lot before and after, in draw-down order; a bucket without lots of its own is one step, at the place that an account's
/// status gives it, so that both count alike.
fn waterfall(before: &State, after: &State, order: &[BucketIndex], payment: &Payment) -> Vec<WaterfallStep> {
    let mut steps = Vec::new();
    for (id, lot) in before.lots.in_order() {
        let Some(rule) = before.rules.bucket(lot.bucket) else { continue };
        let left = |state: &State| state.lots.get(id).map_or(Amount::ZERO, |lot| lot.remaining);
        let unlimited = lot.supply == super::fold::Supply::Unlimited;
        let figure = |state| if unlimited { Figure::Unlimited } else { Figure::Known(left(state)) };
        let opened_by = payment.opened.get(&id).copied();
        steps.push(WaterfallStep {
            bucket: rule.id.clone(),
            lot: lot.reference.clone(),
            before: figure(before),
            after: figure(after),
            opened_by,
        });
    }
    let ranked: Vec<_> = order.iter().filter_map(|index| Some((*index, before.rules.bucket(*index)?))).collect();
    let rank = |bucket: &BucketId| ranked.iter().position(|(_, rule)| rule.id == *bucket);
    for (place, (index, rule)) in ranked.iter().enumerate() {
        if steps.iter().any(|step| step.bucket == rule.id) {
            continue;
        }
        let figure = before.lots.figure_of(*index);
        let step = WaterfallStep { bucket: rule.id.clone(), lot: None, before: figure, after: figure, opened_by: None };
        let next = steps.iter().position(|step| rank(&step.bucket) > Some(place)).unwrap_or(steps.len());
        steps.insert(next, step);
    }
    steps
}
