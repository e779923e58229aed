//! When a plan that does not fit now can be run: all of it at once, or in parts (SPEC 6).
//!
//! Both are found by running a copy of the account's state through everything that is to come, within 14 months. A split spends
//! from that copy what it says, when it says so: it is its own proof.
//!
//! Each part costs what its action costs at its own instant (SPEC E7).
//!
//! Running as much as fits at each instant, lines in order, is not always soonest, and can even miss a split that there is: of whole
//! units what is left over may lapse, or a unit may be paid now by credits that would have outlasted the next month's, or that would
//! have paid more once prices fall. So the result
//! is held against the soonest that could be if units could be divided at will; only where it comes later is searched for better.

mod rest;
mod search;

use chrono_tz::Tz;

use super::fold::{Draining, State};
use super::forecast::HORIZON_MONTHS;
use super::pricing::Priced;
use super::tariff::{Fare, Fares};
use super::{AffordableAt, Amount, AmountError, Figure, Instant, Split, UnknownFactor, months_later};
use rest::{Rest, Taken};
use search::{Found, Search};

/// The instant up to which a quote made at `now` is searched.
fn horizon(now: Instant) -> Instant {
    months_later(Tz::UTC, now, HORIZON_MONTHS)
}

/// Why no way to run a plan was found on the way to the horizon, the firmest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// All that ever comes is not enough.
    Never,
    /// It is not enough until the horizon.
    NotWithin,
    /// Something was unknown on the way.
    Unknown,
}

/// A copy of an account's state on its way into the future.
#[derive(Clone)]
struct Ahead<'a> {
    state: State,
    at: Instant,
    horizon: Instant,
    /// Whether a reset on the way rests on an estimate.
    approximate: bool,
    /// Whether something was unknown on the way, so that more may be there than is counted.
    unsure: bool,
    /// The changes of prices that are still to come, the earliest first.
    to_come: &'a [Fare],
    /// The last of those that came; `None` while prices are those of the beginning.
    fare: Option<&'a Fare>,
}

impl<'a> Ahead<'a> {
    fn new(state: &State, now: Instant, fares: &'a Fares) -> Self {
        let unsure = state.lots.has_unknown() || state.rules.unpolled.is_some();
        Self {
            state: state.clone(),
            at: now,
            horizon: horizon(now),
            approximate: false,
            unsure,
            to_come: fares.later(),
            fare: None,
        }
    }

    /// Goes on to the next instant at which something happens by itself, or prices change; whether there is one within the horizon.
    /// None comes after prices are lost.
    fn go_on(&mut self) -> Result<bool, AmountError> {
        let change = self.to_come.split_first();
        let next = self.state.next_event().into_iter().chain(change.map(|(fare, _)| fare.from)).min();
        let Some(at) = next.filter(|at| *at <= self.horizon) else { return Ok(false) };
        if let Some((fare, to_come)) = change.filter(|(fare, _)| fare.from <= at) {
            if fare.units.is_none() {
                self.unsure = true;
                return Ok(false);
            }
            (self.fare, self.to_come) = (Some(fare), to_come);
        }
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

    /// The most that can be there at any one instant from here on; `None` where nothing bounds it, or prices change: what is too little
    /// now may be enough then.
    fn most_at_once(&self) -> Result<Option<Amount>, AmountError> {
        if self.to_come.is_empty() { self.state.most_at_once() } else { Ok(None) }
    }

    /// The most that can be spent from here on; `None` as in [`Self::most_at_once`].
    fn most_in_all(&self) -> Result<Option<Amount>, AmountError> {
        if self.to_come.is_empty() { self.state.most_in_all() } else { Ok(None) }
    }

    /// What can be said once nothing is left to come until the horizon, and so much was not paid though all was spent that there was.
    fn ending(&self, wanted: Amount) -> Result<Ending, AmountError> {
        Ok(if self.unsure || self.state.awaits_renewal() {
            Ending::Unknown
        } else if self.most_in_all()?.is_some_and(|most| most < wanted) {
            Ending::Never
        } else {
            Ending::NotWithin
        })
    }

    /// The earliest instant at which all of a rest could have run from here on, if units could be divided at will and all of it had
    /// cost the lowest price until then: no split is done sooner.
    ///
    /// Spending as much as there is as soon as it is there makes the most of what comes: a credit that is spent is one less later at
    /// most, wherever it is drawn from. With it comes how many steps it took to see that.
    fn soonest(mut self, rest: &Rest) -> Result<(Result<Instant, Ending>, usize), AmountError> {
        let mut steps = 1;
        let mut lowest = rest.clone();
        let mut spent = Amount::ZERO;
        loop {
            let wanted = lowest.total().minus(spent)?;
            let budget = self.state.known_spendable()?.filter(|budget| *budget < wanted);
            let Some(budget) = budget else { return Ok((Ok(self.at), steps)) };
            self.state.lots.draw(budget, Draining::Spent, None)?;
            spent = spent.plus(budget)?;
            if !self.go_on()? {
                return Ok((Err(self.ending(wanted.minus(budget)?)?), steps));
            }
            lowest.lower_to(self.fare)?;
            steps += 1;
        }
    }
}

/// The earliest instant within 14 months at which known credits pay at once what all of a plan costs then. Every line has a price now.
pub(super) fn affordable_at(
    state: &State,
    priced: &[Priced<'_>],
    fares: &Fares,
    now: Instant,
) -> Result<AffordableAt, AmountError> {
    let mut ahead = Ahead::new(state, now, fares);
    let mut plan = Rest::of(priced)?;
    // Most plans that never fit are told so without a search.
    let is_beyond = |ahead: &Ahead<'_>, plan: &Rest| Ok(ahead.most_at_once()?.is_some_and(|most| most < plan.total()));
    if is_beyond(&ahead, &plan)? {
        return Ok(AffordableAt::Never);
    }
    loop {
        plan.price_by(ahead.fare)?;
        if ahead.state.known_spendable()?.is_none_or(|left| left >= plan.total()) {
            return Ok(AffordableAt::At { at: ahead.at, approximate: ahead.approximate, if_renewed: ahead.if_renewed() });
        }
        if !ahead.go_on()? {
            break;
        }
    }
    Ok(if ahead.unsure {
        AffordableAt::Unknown
    } else if is_beyond(&ahead, &plan)? {
        AffordableAt::Never
    } else if ahead.state.awaits_renewal() {
        AffordableAt::Unknown
    } else {
        AffordableAt::NotWithin(ahead.horizon)
    })
}

/// How a plan that known credits don't pay at once can be run in parts: whole units at each instant from now on, until all of it has
/// run. Of all ways the one that is done first; of those the one that runs most of the first lines first.
pub(super) fn split(state: &State, priced: &[Priced<'_>], fares: &Fares, now: Instant) -> Result<Split, AmountError> {
    if priced.iter().any(|line| line.cost.is_none()) {
        return Ok(Split::Unknown);
    }
    let rest = Rest::of(priced)?;
    let ahead = Ahead::new(state, now, fares);
    let horizon = ahead.horizon;
    if rest.is_beyond(&ahead)? || ahead.most_in_all()?.is_some_and(|most| most < rest.total()) {
        return Ok(Split::Never);
    }
    let soonest = match ahead.clone().soonest(&rest)?.0 {
        Ok(soonest) => soonest,
        Err(ending) => return Ok(none(ending, horizon)),
    };
    let mut best = in_order(ahead.clone(), rest.clone(), now)?;
    for fare in fares.later() {
        if best.as_ref().is_some_and(|best| best.done_at() <= Some(soonest)) {
            break;
        }
        let waiting = in_order(ahead.clone(), rest.clone(), fare.from)?;
        best = [best, waiting].into_iter().flatten().min_by_key(Found::done_at);
    }
    if let Some(found) = best.as_ref().filter(|found| found.done_at() <= Some(soonest)) {
        return Ok(found.split(priced));
    }
    let (found, ending) = Search::new(soonest, best).run(ahead, rest)?;
    Ok(match found {
        Some(found) => found.split(priced),
        None => none(ending, horizon),
    })
}

/// What nobody knows on the way to the horizon that could bring credits: why it can't be told when a plan can be run.
pub(super) fn doubts(state: &State, now: Instant) -> Result<Vec<UnknownFactor>, AmountError> {
    let fares = Fares::default();
    let mut ahead = Ahead::new(state, now, &fares);
    let mut doubts: Vec<UnknownFactor> = Vec::new();
    loop {
        let State { rules, subscription_ends_at, .. } = &ahead.state;
        if let Some(ends_at) = subscription_ends_at.filter(|_| ahead.state.awaits_renewal()) {
            doubts.push(UnknownFactor::SubscriptionEnds(ends_at));
            return Ok(doubts);
        }
        for (index, rule) in rules.bucket_indices().zip(&rules.buckets) {
            if doubts.iter().any(|doubt| doubt.bucket() == Some(&rule.id)) {
                continue;
            }
            if ahead.state.lots.figure_of(index) == Figure::Unknown {
                let from = (ahead.at > now).then_some(ahead.at);
                doubts.push(UnknownFactor::Bucket { bucket: rule.id.clone(), from });
            } else if ahead.state.lacks_reset_day(index) {
                doubts.push(UnknownFactor::ResetDay(rule.id.clone()));
            }
        }
        if !ahead.go_on()? {
            return Ok(doubts);
        }
    }
}

fn none(ending: Ending, horizon: Instant) -> Split {
    match ending {
        Ending::Never => Split::Never,
        Ending::NotWithin => Split::NotWithin(horizon),
        Ending::Unknown => Split::Unknown,
    }
}

/// The split that runs as much as fits as soon as it does from an instant on, lines in order; `None` where that is not done by the
/// horizon.
fn in_order(mut ahead: Ahead<'_>, mut rest: Rest, from: Instant) -> Result<Option<Found>, AmountError> {
    let mut found = Found::default();
    loop {
        rest.price_by(ahead.fare)?;
        let waits = ahead.at < from;
        let Taken { units, cost } = if waits { Taken::default() } else { rest.take_most(ahead.state.known_spendable()?)? };
        if !units.is_empty() {
            ahead.state.lots.draw(cost, Draining::Spent, None)?;
            found.add(&ahead, units);
        }
        if rest.is_done() {
            return Ok(Some(found));
        }
        if !ahead.go_on()? {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests;
