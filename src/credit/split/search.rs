//! Looks for a split that is done sooner than the one that runs as much as fits at each instant.

use std::collections::HashSet;

use super::rest::{Choices, Rest};
use super::{Ahead, Ending};
use crate::credit::fold::{Draining, LotId};
use crate::credit::pricing::Priced;
use crate::credit::{Amount, AmountError, Instant, Split, SplitPart};

/// How much is tried at most, in steps from one instant to the next: a quote is made at every key stroke. What is not found by then is
/// not said to be impossible.
const EFFORT: usize = 20_000;

/// How many lots are copied in the time of one step.
const LOTS_A_STEP: usize = 8;

/// A way to run all of a plan: what runs when.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    runs: Vec<Run>,
}

/// What runs at one instant.
#[derive(Debug, Clone)]
struct Run {
    at: Instant,
    approximate: bool,
    if_renewed: bool,
    /// How many of which line.
    units: Vec<(usize, Amount)>,
}

impl Run {
    fn new(ahead: &Ahead<'_>, units: Vec<(usize, Amount)>) -> Self {
        Self { at: ahead.at, approximate: ahead.approximate, if_renewed: ahead.if_renewed(), units }
    }
}

impl Found {
    pub(super) fn add(&mut self, ahead: &Ahead<'_>, units: Vec<(usize, Amount)>) {
        self.runs.push(Run::new(ahead, units));
    }

    /// When the last of it runs.
    pub(super) fn done_at(&self) -> Option<Instant> {
        self.runs.last().map(|run| run.at)
    }

    pub(super) fn split(&self, priced: &[Priced<'_>]) -> Split {
        let parts = self.runs.iter().flat_map(|run| run.units.iter().map(move |units| (run, units)));
        let parts = parts.filter_map(|(run, (place, quantity))| {
            let Priced { line, price, .. } = priced.get(*place)?;
            let (action, variant) = (line.action.clone(), line.variant.clone());
            let (name, unit) = (price.name.clone(), price.unit.clone());
            let Run { at, approximate, if_renewed, .. } = *run;
            Some(SplitPart { at, approximate, if_renewed, line: *place, action, variant, name, unit, quantity: *quantity })
        });
        Split::Parts(parts.collect())
    }
}

/// What may be run at one instant on the way, all that came before being settled.
struct Step<'a> {
    ahead: Ahead<'a>,
    rest: Rest,
    choices: Choices,
    /// What is chosen now.
    run: Option<Run>,
}

/// What is left of the plan and of the credits at an instant: whatever led there, what follows is the same.
type Standing = (Instant, Vec<(usize, Amount)>, Vec<(LotId, Amount)>);

/// A search, deepest first, that leaves out what can't be done sooner than what was found.
pub(super) struct Search<'a> {
    /// No split is done sooner.
    soonest: Instant,
    best: Option<Found>,
    steps: Vec<Step<'a>>,
    seen: HashSet<Standing>,
    /// Why nothing was found where nothing was.
    ending: Ending,
    effort: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(soonest: Instant, best: Option<Found>) -> Self {
        Self { soonest, best, steps: Vec::new(), seen: HashSet::new(), ending: Ending::Never, effort: EFFORT }
    }

    /// The split that is done first, and of those the first in the order of lines; else why there is none.
    pub(super) fn run(mut self, ahead: Ahead<'a>, rest: Rest) -> Result<(Option<Found>, Ending), AmountError> {
        self.enter(ahead, rest)?;
        while let Some(step) = self.steps.last_mut() {
            if !step.choices.go_on(&step.rest)? {
                self.steps.pop();
                continue;
            }
            if self.effort == 0 {
                self.ending = Ending::Unknown;
                break;
            }
            let (mut ahead, mut rest) = (step.ahead.clone(), step.rest.clone());
            let taken = rest.take(step.choices.units())?;
            ahead.state.lots.draw(taken.cost, Draining::Spent, None)?;
            step.run = (!taken.units.is_empty()).then(|| Run::new(&ahead, taken.units));
            self.spend(1 + ahead.state.lots.count() / LOTS_A_STEP + rest.width() / LOTS_A_STEP);
            if rest.is_done() {
                let runs = self.steps.iter().filter_map(|step| step.run.clone()).collect();
                self.best = Some(Found { runs });
                if ahead.at <= self.soonest {
                    break;
                }
                self.steps.retain(|step| step.ahead.at < ahead.at);
            } else {
                self.follow(ahead, rest)?;
            }
        }
        Ok((self.best, self.ending))
    }

    /// Goes on to the next instant, where what is left can still be done, and sooner than what was found.
    fn follow(&mut self, mut ahead: Ahead<'a>, mut rest: Rest) -> Result<(), AmountError> {
        if rest.is_beyond(&ahead)? {
            // It never fits from here on; but what was unknown on the way may have been enough.
            self.ending = self.ending.max(if ahead.unsure { Ending::Unknown } else { Ending::Never });
            return Ok(());
        }
        if !ahead.go_on()? {
            self.ending = self.ending.max(ahead.ending(rest.total())?);
            return Ok(());
        }
        rest.price_by(ahead.fare)?;
        let best = self.best.as_ref().and_then(Found::done_at);
        if best.is_some_and(|best| ahead.at >= best) || !self.is_new(&ahead, &rest) {
            return Ok(());
        }
        let (soonest, steps) = ahead.clone().soonest(&rest)?;
        self.spend(steps);
        match soonest {
            Ok(soonest) if best.is_none_or(|best| soonest < best) => self.enter(ahead, rest),
            Ok(_) => Ok(()),
            Err(ending) => {
                self.ending = self.ending.max(ending);
                Ok(())
            }
        }
    }

    fn enter(&mut self, ahead: Ahead<'a>, rest: Rest) -> Result<(), AmountError> {
        let choices = Choices::new(ahead.state.known_spendable()?);
        self.steps.push(Step { ahead, rest, choices, run: None });
        Ok(())
    }

    fn is_new(&mut self, ahead: &Ahead<'_>, rest: &Rest) -> bool {
        let lots = ahead.state.lots.in_order().map(|(id, lot)| (id, lot.remaining)).collect();
        self.seen.insert((ahead.at, rest.quantities().collect(), lots))
    }

    fn spend(&mut self, steps: usize) {
        self.effort = self.effort.saturating_sub(steps);
    }
}
