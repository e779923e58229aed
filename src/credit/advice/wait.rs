//! Waiting for a reset: what that spares later buckets, found by running both ways.

use crate::credit::fold::{Draining, LotDraw, LotId, OrderedLot, State};
use crate::credit::pricing::{Payment, Priced, pay};
use crate::credit::summary::day;
use crate::credit::tariff::Fares;
use crate::credit::{
    Advice, AdviceKind, Affordable, Amount, AmountError, BucketId, BucketIndex, Instant, PerBucket, Quote, Split, SplitPart,
    with_unit,
};

/// What is spent when.
type Payments = Vec<(Instant, Amount)>;

/// Run now what the recurring bucket can pay, the rest just after its reset: what that spares later buckets.
///
/// Given only where all of the rest is paid then, and where it spares something whether what is held is used before the reset or
/// after it.
pub(super) fn wait_for_reset(
    before: &State,
    priced: &[Priced<'_>],
    fares: &Fares,
    payment: &Payment,
    quote: &Quote,
) -> Result<Option<Advice>, AmountError> {
    let resets =
        before.rules.bucket_indices().zip(before.buckets.iter()).filter_map(|(index, bucket)| Some((bucket.next_reset?, index)));
    let Some((at, recurring)) = resets.min() else { return Ok(None) };
    let later = Later::than(before, recurring, at);
    if quote.total.is_none() || !payment.draws.iter().any(|(lot, _)| later.takes_in(before, *lot)) {
        return Ok(None);
    }
    let Some(at_once) = usual_course(quote, fares) else { return Ok(None) };
    let mut best: Option<(Spared, Payment)> = None;
    for budget in first_budgets(before, &later)? {
        let first = pay(&mut before.clone(), priced, Some(budget))?;
        let mut now = priced.iter().zip(&first.lines).filter_map(|(line, paid)| Some(line.cost?.0.times(paid.covered_quantity)));
        let now = now.try_fold(Amount::ZERO, |sum, cost| sum.plus(cost?))?;
        let Some(rest) = cost_of_rest(&first, fares, at)? else { continue };
        let waiting = vec![(quote.at, now), (at, rest)];
        let Some(spared) = spared(before, &later, &at_once, &waiting)? else { continue };
        if best.as_ref().is_none_or(|(most, _)| spared.total > most.total) {
            best = Some((spared, first));
        }
    }
    Ok(best.map(|(spared, first)| advice(before, quote, priced, at, &spared, &first)))
}

/// What would be done without the advice: all of it now, or as the split says. `None` where it can't be done at all.
fn usual_course(quote: &Quote, fares: &Fares) -> Option<Payments> {
    let parts = match (&quote.affordable, &quote.split) {
        (Affordable::Yes, _) => return Some(vec![(quote.at, quote.known_total)]),
        (_, Split::Parts(parts)) => parts,
        _ => return None,
    };
    let mut course = Payments::new();
    for part in parts {
        let cost = fares.unit(part.line, part.at)?.times(part.quantity).ok()?;
        match course.last_mut().filter(|(at, _)| *at == part.at) {
            Some((_, sum)) => *sum = sum.plus(cost).ok()?,
            None => course.push((part.at, cost)),
        }
    }
    Some(course)
}

/// What all that a first payment leaves costs at `at`; `None` where something has no price then.
fn cost_of_rest(first: &Payment, fares: &Fares, at: Instant) -> Result<Option<Amount>, AmountError> {
    let mut sum = Amount::ZERO;
    for (place, line) in first.lines.iter().enumerate() {
        let Some(unit) = fares.unit(place, at) else { return Ok(None) };
        sum = sum.plus(unit.times(line.quantity.minus(line.covered_quantity)?)?)?;
    }
    Ok(Some(sum))
}

/// How much could be spent now: all that comes before the later lots, or what of that the holds leave.
fn first_budgets(before: &State, later: &Later) -> Result<Vec<Amount>, AmountError> {
    let sooner = before.lots.in_order().take_while(|(lot, _)| !later.takes_in(before, *lot));
    let sooner = sooner.map(|(_, lot)| lot.remaining).try_fold(Amount::ZERO, Amount::plus)?;
    let all = before.known_spendable()?.map_or(sooner, |spendable| spendable.min(sooner));
    let unheld = sooner.minus(before.holds.total())?.or_zero().min(all);
    Ok(if unheld == all { vec![all] } else { vec![all, unheld] })
}

/// What waiting spares, by bucket.
struct Spared {
    total: Amount,
    buckets: Vec<(BucketIndex, Amount)>,
}

/// What one course draws less from later lots than another, by bucket; `None` where it can't be paid or spares nothing.
fn spared(before: &State, later: &Later, usual: &Payments, waiting: &Payments) -> Result<Option<Spared>, AmountError> {
    let is_held = before.holds.total().is_positive();
    let mut least: Option<Spared> = None;
    for held in if is_held { [Held::UsedNow, Held::UsedAfter].as_slice() } else { &[Held::UsedAfter] } {
        let Some(dear) = later.drawn(before, usual, *held)? else { return Ok(None) };
        let Some(cheap) = later.drawn(before, waiting, *held)? else { return Ok(None) };
        let mut buckets = Vec::new();
        let mut total = Amount::ZERO;
        for (index, (dear, cheap)) in before.rules.bucket_indices().zip(dear.iter().zip(cheap.iter())) {
            let spares = dear.minus(*cheap)?;
            if spares.is_negative() {
                return Ok(None);
            }
            if spares.is_positive() {
                total = total.plus(spares)?;
                buckets.push((index, spares));
            }
        }
        if least.as_ref().is_none_or(|least| total < least.total) {
            least = Some(Spared { total, buckets });
        }
    }
    Ok(least.filter(|spared| spared.total.is_positive()))
}

/// When what is held is taken to be used.
#[derive(Debug, Clone, Copy)]
enum Held {
    UsedNow,
    UsedAfter,
}

/// The lots that waiting for a reset can spare: they come after the recurring bucket's in the draw-down order, and outlive
/// the reset.
struct Later {
    recurring: BucketIndex,
    rank: u16,
    /// The last lot of the present cycle in the draw-down order.
    mark: Option<OrderedLot>,
    reset: Instant,
}

impl Later {
    fn than(state: &State, recurring: BucketIndex, reset: Instant) -> Self {
        let cycle = state.lots.active_in(recurring).filter(|(_, lot)| lot.ends_at_reset);
        let mark = cycle.map(|(id, lot)| state.lots.place(id, lot)).max();
        let rank = state.rules.bucket(recurring).map_or(u16::MAX, |rule| rule.rank);
        Self { recurring, rank, mark, reset }
    }

    fn takes_in(&self, state: &State, id: LotId) -> bool {
        state.lots.get(id).is_some_and(|lot| {
            let ranks_later = || state.rules.bucket(lot.bucket).is_some_and(|other| other.rank > self.rank);
            lot.bucket != self.recurring
                && lot.lapses_at().is_none_or(|end| end > self.reset)
                && self.mark.as_ref().map_or_else(ranks_later, |mark| state.lots.place(id, lot) > *mark)
        })
    }

    /// What a course and the holds draw from later lots until just after the reset, by bucket; `None` where known credits don't
    /// pay the course in full.
    fn drawn(&self, before: &State, course: &Payments, held: Held) -> Result<Option<PerBucket<Amount>>, AmountError> {
        let mut state = before.clone();
        let mut sums = PerBucket::of(&state.rules, Amount::ZERO);
        let mut count = |state: &State, draws: &[LotDraw]| -> Result<(), AmountError> {
            for draw in draws.iter().filter(|draw| self.takes_in(state, draw.lot)) {
                let bucket = state.lots.get(draw.lot).and_then(|lot| sums.get_mut(lot.bucket));
                if let Some(sum) = bucket {
                    *sum = sum.plus(draw.amount)?;
                }
            }
            Ok(())
        };
        for (place, (at, cost)) in course.iter().enumerate() {
            state.run_to(*at)?;
            if state.known_spendable()?.is_some_and(|left| left < *cost) {
                return Ok(None);
            }
            let (draws, _) = state.lots.draw(*cost, Draining::Spent, None)?;
            count(&state, &draws)?;
            if let (0, Held::UsedNow) = (place, held) {
                let draws = state.use_held()?;
                count(&state, &draws)?;
            }
        }
        state.run_to(self.reset)?;
        let draws = state.use_held()?;
        count(&state, &draws)?;
        Ok(Some(sums))
    }
}

fn advice(before: &State, quote: &Quote, priced: &[Priced<'_>], at: Instant, spared: &Spared, first: &Payment) -> Advice {
    let approximate = before.resets_approximately(at);
    let if_renewed = before.subscription_ends_by(at);
    let mut parts = Vec::new();
    for (place, (line, paid)) in priced.iter().zip(&first.lines).enumerate() {
        let rest = line.line.quantity.minus(paid.covered_quantity).unwrap_or_default();
        for (at, quantity, approximate, if_renewed) in
            [(quote.at, paid.covered_quantity, false, false), (at, rest, approximate, if_renewed)]
        {
            if quantity.is_positive() {
                let (action, variant) = (line.line.action.clone(), line.line.variant.clone());
                let (name, unit) = (line.price.name.clone(), line.price.unit.clone());
                parts.push(SplitPart { at, approximate, if_renewed, line: place, action, variant, name, unit, quantity });
            }
        }
    }
    parts.sort_by_key(|part| part.at);
    let sign = if approximate { "≈ " } else { "" };
    let renewed = if if_renewed { ", if renewed" } else { "" };
    let days = (at - quote.at).num_days();
    let wait = if days < 1 { "less than a day".to_owned() } else { format!("{days} d") };
    let rule = |index: BucketIndex| before.rules.bucket(index);
    let spares: Vec<String> = spared
        .buckets
        .iter()
        .filter_map(|(index, amount)| Some(with_unit(*amount, &format!("{} {}", rule(*index)?.name.to_lowercase(), quote.unit))))
        .collect();
    let held = if quote.held.is_positive() { ", with what is held counted as used" } else { "" };
    let text = format!(
        "Wait for the reset on {sign}{} (in {wait}{renewed}): {}. That spares {}{held}",
        day(before, at),
        what_when(priced, first),
        spares.join(" and "),
    );
    let bucket: Option<(BucketId, Amount)> =
        spared.buckets.first().and_then(|(index, amount)| Some((rule(*index)?.id.clone(), *amount)));
    let plain = Advice::new(AdviceKind::WaitForReset, text).at(at).running(parts);
    match bucket {
        Some((id, amount)) => plain.saving(amount).about(id),
        None => plain,
    }
}

/// What to run before the reset, and what after it, in words.
fn what_when(priced: &[Priced<'_>], first: &Payment) -> String {
    let parts: Vec<String> = first
        .lines
        .iter()
        .zip(priced)
        .filter(|(paid, line)| paid.covered_quantity.is_positive() && line.cost.is_some())
        .map(|(paid, _)| {
            let (now, all) = (paid.covered_quantity.grouped(), paid.quantity.grouped());
            if now == all { format!("{all} {}", paid.name) } else { format!("{now} of {all} {}", paid.name) }
        })
        .collect();
    if parts.is_empty() {
        "run all of it just after it".to_owned()
    } else {
        format!("run {} now, the rest just after it", parts.join(", "))
    }
}
