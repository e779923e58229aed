//! When a plan that does not fit now can be run: all of it at once, or in parts (SPEC 6).
//!
//! Both are found by running a copy of the account's state through everything that is to come, within 14 months. A split spends
//! from that copy what it says, when it says so: it is its own proof.

use chrono_tz::Tz;

use super::fold::{Draining, State};
use super::forecast::HORIZON_MONTHS;
use super::pricing::Priced;
use super::{AffordableAt, Amount, AmountError, Instant, Split, SplitPart, months_later};

/// The instant up to which a quote made at `now` is searched.
fn horizon(now: Instant) -> Instant {
    months_later(Tz::UTC, now, HORIZON_MONTHS)
}

/// A copy of an account's state on its way into the future.
struct Ahead {
    state: State,
    at: Instant,
    horizon: Instant,
    /// Whether a reset on the way rests on an estimate.
    approximate: bool,
    /// Whether something was unknown on the way, so that more may be there than is counted.
    unsure: bool,
}

impl Ahead {
    fn new(state: &State, now: Instant) -> Self {
        let unsure = state.lots.has_unknown() || state.rules.unpolled.is_some();
        Self { state: state.clone(), at: now, horizon: horizon(now), approximate: false, unsure }
    }

    /// Goes on to the next instant at which something happens by itself; whether there is one within the horizon.
    fn go_on(&mut self) -> Result<bool, AmountError> {
        let Some(at) = self.state.next_event().filter(|at| *at <= self.horizon) else { return Ok(false) };
        self.approximate |= self.state.resets_approximately(at);
        self.state.run_to(at)?;
        self.at = at;
        // Past a subscription's end nothing is known anyway; what comes then comes only if it is renewed.
        self.unsure |= self.state.lots.has_unknown() && !self.state.awaits_renewal();
        Ok(true)
    }

    fn if_renewed(&self) -> bool {
        self.state.subscription_ends_by(self.at)
    }
}

/// The earliest instant within 14 months at which known credits pay a total at once.
pub(super) fn affordable_at(state: &State, total: Amount, now: Instant) -> Result<AffordableAt, AmountError> {
    let mut ahead = Ahead::new(state, now);
    // Most plans that never fit are told so without a search.
    let is_beyond = |state: &State| Ok(state.most_at_once()?.is_some_and(|most| most < total));
    if is_beyond(state)? {
        return Ok(AffordableAt::Never);
    }
    loop {
        if ahead.state.known_spendable()?.is_none_or(|left| left >= total) {
            return Ok(AffordableAt::At { at: ahead.at, approximate: ahead.approximate, if_renewed: ahead.if_renewed() });
        }
        if !ahead.go_on()? {
            break;
        }
    }
    Ok(if ahead.unsure {
        AffordableAt::Unknown
    } else if is_beyond(&ahead.state)? {
        AffordableAt::Never
    } else if ahead.state.awaits_renewal() {
        AffordableAt::Unknown
    } else {
        AffordableAt::NotWithin(ahead.horizon)
    })
}

/// How a plan that known credits don't pay at once can be run in parts: as many whole units as are paid, lines in order, at each
/// instant from now on, until all of it has run.
///
/// Whoever runs early leaves nothing to lapse, so nothing is gained by waiting; of several lines another order could waste less.
pub(super) fn split(state: &State, priced: &[Priced<'_>], now: Instant) -> Result<Split, AmountError> {
    if priced.iter().any(|line| line.cost.is_none()) {
        return Ok(Split::Unknown);
    }
    let mut rest = Rest::of(priced)?;
    let has_one_price = rest.has_one_price();
    if state.most_in_all()?.is_some_and(|most| most < rest.total) {
        return Ok(Split::Never);
    }
    let mut ahead = Ahead::new(state, now);
    let mut parts = Vec::new();
    loop {
        let budget = ahead.state.known_spendable()?;
        let (run, cost) = rest.take(budget)?;
        ahead.state.lots.draw(cost, Draining::Spent, None)?;
        let (at, approximate, if_renewed) = (ahead.at, ahead.approximate, ahead.if_renewed());
        parts.extend(run.into_iter().filter_map(|(place, quantity)| {
            let Priced { line, price, .. } = priced.get(place)?;
            let (action, variant) = (line.action.clone(), line.variant.clone());
            let (name, unit) = (price.name.clone(), price.unit.clone());
            Some(SplitPart { at, approximate, if_renewed, line: place, action, variant, name, unit, quantity })
        }));
        if rest.is_done() {
            return Ok(Split::Parts(parts));
        }
        if !ahead.go_on()? {
            break;
        }
    }
    // With one price no order would have done better; with several, the sum of all that ever comes has the last word above.
    let nothing_comes = ahead.state.most_in_all()?.is_some_and(|most| most < rest.total);
    Ok(if ahead.unsure || ahead.state.awaits_renewal() {
        Split::Unknown
    } else if nothing_comes && has_one_price {
        Split::Never
    } else {
        Split::NotWithin(ahead.horizon)
    })
}

/// What of a plan has not run yet.
struct Rest {
    lines: Vec<Open>,
    /// What it costs.
    total: Amount,
    /// What the cheapest unit costs: of less nothing runs.
    least: Option<Amount>,
}

/// A line of which something has not run yet.
struct Open {
    place: usize,
    quantity: Amount,
    unit: Amount,
    cost: Amount,
}

impl Rest {
    fn of(priced: &[Priced<'_>]) -> Result<Self, AmountError> {
        let open = |(place, line): (usize, &Priced<'_>)| {
            let (unit, cost) = line.cost?;
            Some(Open { place, quantity: line.line.quantity, unit, cost })
        };
        let lines: Vec<Open> = priced.iter().enumerate().filter_map(open).filter(|line| line.quantity.is_positive()).collect();
        let total = lines.iter().map(|line| line.cost).try_fold(Amount::ZERO, Amount::plus)?;
        let least = least(&lines);
        Ok(Self { lines, total, least })
    }

    fn is_done(&self) -> bool {
        self.lines.is_empty()
    }

    fn has_one_price(&self) -> bool {
        self.lines.iter().zip(self.lines.iter().skip(1)).all(|(one, next)| one.unit == next.unit)
    }

    /// Takes off what a budget pays (`None` is no bound), lines in order; returns it by line, with what it costs.
    fn take(&mut self, budget: Option<Amount>) -> Result<(Vec<(usize, Amount)>, Amount), AmountError> {
        let mut run = Vec::new();
        let mut spent = Amount::ZERO;
        if budget.zip(self.least).is_some_and(|(budget, least)| budget < least) {
            return Ok((run, spent));
        }
        for line in &mut self.lines {
            let left = budget.map(|budget| budget.minus(spent)).transpose()?;
            let units = match left {
                Some(left) if line.cost > left => left.whole_units(line.unit).min(line.quantity),
                _ => line.quantity,
            };
            if !units.is_positive() {
                continue;
            }
            let cost = line.unit.times(units)?;
            spent = spent.plus(cost)?;
            line.quantity = line.quantity.minus(units)?;
            line.cost = line.cost.minus(cost)?;
            run.push((line.place, units));
        }
        self.total = self.total.minus(spent)?;
        self.lines.retain(|line| line.quantity.is_positive());
        self.least = least(&self.lines);
        Ok((run, spent))
    }
}

/// What the cheapest unit of some lines costs; of a part of a unit that part.
fn least(lines: &[Open]) -> Option<Amount> {
    lines.iter().map(|line| line.unit.min(line.cost)).min()
}
