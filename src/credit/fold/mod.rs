//! The fold: rules, observations and entries become the state of an account at an instant.
//!
//! A [`State`] only moves forward. What happens at one instant happens in the order of SPEC E5: expiries of lots, then of
//! holds, plan changes, resets, grants, and the rest in the order of recording. Running to an instant in several steps
//! gives the same state as running there at once.

mod apply;
mod holds;
mod levels;
mod lot;
mod lots;
mod replay;
mod retrace;
mod schedule;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use holds::{Hold, Holds};
pub(crate) use lot::{Life, Lot, LotId, OrderedLot, Supply};
pub(crate) use lots::{Draining, LotDraw, Lots, MovedExpiry};

pub(crate) use levels::bucket_levels;
pub(crate) use replay::{Cause, HoldWatch, Step, Tally, replay};
pub(crate) use schedule::Event;

use super::{
    Amount, AmountError, Entry, EntryBody, Figure, FigureSource, Instant, Observation, PlanId, Recurrence, Ref, Rules, Source,
};

/// What an entry did, as far as a reversal or an explanation needs it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// What was drawn from lots.
    pub draws: Vec<LotDraw>,
    /// Whether the draws were spent or adjusted away.
    pub adjusting: bool,
    /// What no lot could pay.
    pub uncovered: Amount,
    /// What known credits could not pay while others were unknown.
    pub unknown: Amount,
    /// Lots that the entry made.
    pub made: Vec<LotId>,
    /// Unknown lots that an observation replaced.
    silenced: Vec<LotId>,
    /// Lots whose expiry an observation moved, with the old one.
    moved: Vec<MovedExpiry>,
    /// Unknown lots that waited for the end of an earlier figure's month.
    overtaken: Vec<LotId>,
    /// What it changed about a hold.
    hold: Option<(Ref, Amount)>,
    /// Whether it ended that hold.
    ended_hold: bool,
    /// The ref of the entry that reversed it.
    pub reversed_by: Option<Ref>,
}

/// What the fold knows of a bucket besides its lots.
#[derive(Debug, Clone, Default)]
pub(crate) struct BucketState {
    /// What the present cycle started with.
    pub capacity: Option<Figure>,
    /// The next reset that the fold will run.
    pub next_reset: Option<Instant>,
    /// The ref of the entry by which a person observed the figure last, until the next reset.
    pub observed_by: Option<Ref>,
    /// The lots that end at that reset.
    cycle: Vec<LotId>,
}

/// An account's credits at an instant.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub rules: Arc<Rules>,
    pub lots: Lots,
    pub holds: Holds,
    pub buckets: Vec<BucketState>,
    /// What each entry did, by ref.
    pub records: Arc<HashMap<Ref, Record>>,
    /// Spends with something uncovered, in the order in which they happened.
    pub uncovered: Vec<Ref>,
    /// The plan that counts: configured, else reported.
    pub plan: Option<PlanId>,
    pub email: Option<String>,
    pub subscription_ends_at: Option<Instant>,
    /// Whether the subscription has ended.
    pub lapsed: bool,
    /// Whether any observation was taken in.
    pub observed: bool,
    /// A subscription that ends after this instant is taken to be renewed: projections count its last reset.
    present: Instant,
    /// The first phase that has not begun.
    phase: usize,
    /// Whether the end of the subscription has been dealt with.
    end_passed: bool,
    /// Grants that are dated after the present, by instant: projections count them. Those that came are taken off the end.
    upcoming: Vec<Arc<Entry>>,
}

/// What is folded, in the order in which it happened.
enum Input<'a> {
    Entry(&'a Entry),
    Observed(&'a Observation),
}

impl State {
    /// An account before anything happened. `present` is the instant up to which a subscription's end counts as an end.
    pub(crate) fn new(rules: Arc<Rules>, present: Instant) -> Result<Self, AmountError> {
        let mut state = Self {
            lots: Lots::new(Arc::clone(&rules)),
            holds: Holds::default(),
            buckets: vec![BucketState::default(); rules.buckets.len()],
            records: Arc::default(),
            uncovered: Vec::new(),
            plan: rules.configured_plan.clone(),
            email: None,
            subscription_ends_at: None,
            lapsed: false,
            observed: false,
            present,
            phase: 0,
            end_passed: false,
            upcoming: Vec::new(),
            rules,
        };
        state.plant()?;
        Ok(state)
    }

    /// Adds what follows from the rules alone: scheduled grants, and the unknown figures of a polled account.
    fn plant(&mut self) -> Result<(), AmountError> {
        let rules = Arc::clone(&self.rules);
        for grant in &rules.scheduled {
            let Some(bucket) = rules.bucket_index(&grant.bucket) else { continue };
            let (amount, supply) = match grant.amount {
                Figure::Known(amount) => (amount, Supply::Finite),
                Figure::Unlimited => (Amount::ZERO, Supply::Unlimited),
                Figure::Unknown => (Amount::ZERO, Supply::Unknown),
            };
            let reference = Ref::new(&grant.label).ok();
            let lot = Lot::new(bucket, reference, amount, grant.effective_at).with_supply(supply).expiring(grant.expires_at);
            // Nothing has happened yet: every scheduled lot waits, also one that is effective in 1970.
            self.lots.add(lot, Instant::MIN_UTC)?;
        }
        if rules.source == Source::Polled {
            for bucket in 0..rules.buckets.len() {
                let unknown = Lot::new(bucket, None, Amount::ZERO, Instant::UNIX_EPOCH).with_supply(Supply::Unknown);
                self.lots.add(unknown.sourced(FigureSource::Unknown), Instant::UNIX_EPOCH)?;
            }
        }
        Ok(())
    }

    /// Folds everything that happened at or before `at`; later entries and observations are left out, but for grants that are
    /// dated after the present: the state runs into them when it is run on.
    ///
    /// `entries` and `observations` may be in any order. `present` is the real present: what lies between it and `at` is a
    /// projection, in which a subscription that ends is taken to be renewed.
    pub(crate) fn fold(
        rules: &Arc<Rules>,
        entries: &[Entry],
        observations: &[Observation],
        at: Instant,
        present: Instant,
    ) -> Result<Self, AmountError> {
        let mut state = Self::new(Arc::clone(rules), present.min(at))?;
        for (when, input) in inputs(rules, entries, observations, at) {
            match input {
                Input::Entry(entry) => state.apply(entry)?,
                Input::Observed(observation) => state.observe(observation, when)?,
            }
        }
        state.run_to(at)?;
        let is_upcoming = |entry: &&Entry| entry.at > at.max(present) && matches!(entry.body, EntryBody::Grant(_));
        state.upcoming = entries.iter().filter(is_upcoming).cloned().map(Arc::new).collect();
        state.upcoming.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.seq)));
        Ok(state)
    }

    /// The totals of a hand-kept account at rising instants, none after `to`, in one pass.
    pub(crate) fn totals(
        rules: &Arc<Rules>,
        entries: &[Entry],
        instants: impl Iterator<Item = Instant>,
        to: Instant,
    ) -> Result<Vec<(Instant, Figure)>, AmountError> {
        let mut state = Self::new(Arc::clone(rules), to)?;
        let mut inputs = inputs(rules, entries, &[], to).into_iter().peekable();
        let mut totals = Vec::new();
        for at in instants {
            while let Some((_, Input::Entry(entry))) = inputs.next_if(|(when, _)| *when <= at) {
                state.apply(entry)?;
            }
            state.run_to(at)?;
            totals.push((at, state.lots.total()));
        }
        Ok(totals)
    }

    /// All that remains and is not held: unlimited wins over unknown.
    pub(crate) fn spendable(&self) -> Result<Figure, AmountError> {
        Ok(match self.lots.total() {
            Figure::Known(total) => Figure::Known(total.minus(self.holds.total())?.or_zero()),
            other => other,
        })
    }

    /// The known part of what is spendable; `None` where it is unlimited.
    pub(crate) fn known_spendable(&self) -> Result<Option<Amount>, AmountError> {
        if self.lots.has_unlimited() {
            return Ok(None);
        }
        Ok(Some(self.lots.finite().minus(self.holds.total())?.or_zero()))
    }

    /// The record of an entry; an empty one where it did nothing.
    pub(crate) fn record(&self, reference: &Ref) -> Option<&Record> {
        self.records.get(reference)
    }

    /// The recurrence by which a bucket resets, if its rule is known and the subscription goes on.
    pub(crate) fn recurrence(&self, bucket: usize) -> Option<(Recurrence, FigureSource)> {
        use super::{ResetRule, pick};
        let rule = pick(&self.rules.buckets.get(bucket)?.resets, self.plan.as_ref())?;
        match *rule {
            ResetRule::Schedule { recurrence, source } => Some((recurrence, source)),
            ResetRule::FromSubscriptionEnd => {
                let anchor = self.subscription_ends_at?;
                Some((Recurrence::MonthlyFrom { anchor, until: Some(anchor) }, FigureSource::Estimated))
            }
        }
    }

    /// Whether the end of the subscription has come, in the present or in a projection.
    pub(crate) fn subscription_is_over(&self) -> bool {
        self.rules.lapses_with_subscription && self.end_passed
    }

    /// Whether a reset at or before `at` rests on an estimate.
    pub(crate) fn resets_approximately(&self, at: Instant) -> bool {
        let due = self.buckets.iter().enumerate().filter(|(_, bucket)| bucket.next_reset.is_some_and(|reset| reset <= at));
        due.filter_map(|(index, _)| self.recurrence(index)).any(|(_, source)| source.is_approximate())
    }

    /// The next reset of a bucket after `t`; none after the end of a subscription.
    pub(super) fn reset_after(&self, bucket: usize, t: Instant) -> Option<Instant> {
        let (recurrence, _) = self.recurrence(bucket)?;
        let next = recurrence.next_after(t)?;
        let ends = self.subscription_ends_at.filter(|_| self.rules.lapses_with_subscription);
        ends.is_none_or(|ends| next <= ends).then_some(next)
    }
}

/// The classes of SPEC E5 that entries belong to.
const CLASS_GRANT: u8 = 4;
const CLASS_REST: u8 = 5;

/// Everything that is to be folded up to `at`, in the order in which it happened.
fn inputs<'a>(rules: &Rules, entries: &'a [Entry], observations: &'a [Observation], at: Instant) -> Vec<(Instant, Input<'a>)> {
    let polled = rules.source == Source::Polled;
    let mut all = Vec::with_capacity(entries.len() + 1);
    // A polled account starts from its last observation (E14); one by hand that was reversed never happened.
    let reversed: Vec<&Ref> = entries.iter().filter(|entry| polled && entry.at <= at).filter_map(reverses).collect();
    for entry in entries.iter().filter(|entry| entry.at <= at) {
        let undone = matches!(entry.body, EntryBody::Observe { .. }) && reversed.contains(&&entry.reference);
        if !undone {
            let class = if matches!(entry.body, EntryBody::Grant(_)) { CLASS_GRANT } else { CLASS_REST };
            all.push(((entry.at, class, entry.seq), Input::Entry(entry)));
        }
    }
    let base = observations.iter().filter(|seen| polled && seen.at <= at).max_by_key(|seen| (seen.at, seen.seq));
    if let Some(seen) = base {
        all.push(((seen.last_seen_at.min(at).max(seen.at), CLASS_REST, seen.seq), Input::Observed(seen)));
    }
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|((at, _, _), input)| (at, input)).collect()
}

fn reverses(entry: &Entry) -> Option<&Ref> {
    match &entry.body {
        EntryBody::Reverse { reverses } => Some(reverses),
        _ => None,
    }
}

#[cfg(test)]
mod books;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
