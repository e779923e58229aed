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
mod usage;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(crate) use holds::{Hold, Holds};
pub(crate) use lot::{Life, Lot, LotId, OrderedLot, Supply};
pub(crate) use lots::{Draining, LotDraw, Lots, MovedExpiry};
pub(crate) use usage::{Usage, window};

pub(crate) use levels::bucket_levels;
pub(crate) use replay::{Cause, HoldWatch, Step, Tally, replay};
pub(crate) use schedule::Event;

use super::{
    Amount, AmountError, Figure, FigureSource, Grant, Instant, Observation, PlanId, Recurrence, Ref, Rules, Seq, Source, Told,
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
    /// What entries did, by ref, as far as it is kept.
    pub records: Arc<HashMap<Ref, Record>>,
    keep: Keep,
    /// What was used of late.
    usage: Arc<Usage>,
    /// When a person last observed a figure, also where that was reversed.
    pub seen_by_hand: Option<Instant>,
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
    upcoming: Vec<Arc<Coming>>,
}

/// Of which entries it is kept what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Of all: any of them may be asked about, or be reversed by an entry that is not known yet.
    All,
    /// Of these, which later entries reverse, and of those that were not covered.
    Only(Arc<HashSet<Ref>>),
}

/// A grant that is dated after the present.
#[derive(Debug)]
struct Coming {
    at: Instant,
    seq: Seq,
    reference: Ref,
    grant: Grant,
}

/// What is folded, in the order in which it happened.
enum Input<'a, E> {
    Entry(E),
    Observed(&'a Observation),
}

impl State {
    /// An account before anything happened. `present` is the instant up to which a subscription's end counts as an end.
    pub(crate) fn new(rules: Arc<Rules>, present: Instant, keep: Keep) -> Result<Self, AmountError> {
        let mut state = Self {
            lots: Lots::new(Arc::clone(&rules)),
            holds: Holds::default(),
            buckets: vec![BucketState::default(); rules.buckets.len()],
            records: Arc::default(),
            keep,
            usage: Arc::default(),
            seen_by_hand: None,
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
    pub(crate) fn fold<'a, E: Into<Told<'a>>>(
        rules: &Arc<Rules>,
        entries: impl Iterator<Item = E> + Clone,
        observations: &'a [Observation],
        at: Instant,
        present: Instant,
        keep: Keep,
    ) -> Result<Self, AmountError> {
        let entries = entries.map(Into::into);
        let mut state = Self::new(Arc::clone(rules), present.min(at), keep)?;
        for (when, input) in inputs(rules, entries.clone(), observations, at) {
            match input {
                Input::Entry(entry) => state.apply(entry)?,
                Input::Observed(observation) => state.observe(observation, when)?,
            }
        }
        state.run_to(at)?;
        state.seen_by_hand = entries.clone().filter(|entry| entry.at <= at && entry.is_observe()).map(|entry| entry.at).max();
        state.upcoming = entries.filter(|entry| entry.at > at.max(present)).filter_map(coming).collect();
        state.upcoming.sort_by_key(|grant| std::cmp::Reverse((grant.at, grant.seq)));
        Ok(state)
    }

    /// The totals of a hand-kept account at rising instants, none after `to`, in one pass.
    pub(crate) fn totals(
        rules: &Arc<Rules>,
        entries: &[super::Entry],
        instants: impl Iterator<Item = Instant>,
        to: Instant,
    ) -> Result<Vec<(Instant, Figure)>, AmountError> {
        let mut state = Self::new(Arc::clone(rules), to, Keep::reversed(entries.iter().map(Told::from)))?;
        let mut inputs = inputs(rules, entries.iter().map(Told::from), &[], to).into_iter().peekable();
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

    /// Whether the subscription ends at or before `at`: what comes then comes only if it is renewed.
    pub(crate) fn subscription_ends_by(&self, at: Instant) -> bool {
        self.rules.lapses_with_subscription && self.subscription_ends_at.is_some_and(|ends| ends <= at)
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

/// The place of an entry in the order in which things happen: by instant, grants before the rest, then by recording (SPEC E5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub at: Instant,
    /// Whether it is anything but a grant.
    follows_grants: bool,
    seq: Seq,
}

impl Moment {
    pub(crate) fn of(entry: Told<'_>) -> Self {
        Self { at: entry.at, follows_grants: !entry.is_grant(), seq: entry.seq }
    }
}

impl Keep {
    /// Of what is reversed by one of these entries.
    pub(crate) fn reversed<'a, E: Into<Told<'a>>>(entries: impl Iterator<Item = E>) -> Self {
        Self::Only(Arc::new(entries.filter_map(|entry| entry.into().reverses()).cloned().collect()))
    }

    fn wants(&self, reference: &Ref, record: &Record) -> bool {
        match self {
            Self::All => true,
            Self::Only(reversed) => record.uncovered.is_positive() || !reversed.is_empty() && reversed.contains(reference),
        }
    }
}

fn coming(entry: Told<'_>) -> Option<Arc<Coming>> {
    match entry.other() {
        Some(super::EntryBody::Grant(grant)) => {
            let (reference, grant) = (entry.reference.clone(), grant.clone());
            Some(Arc::new(Coming { at: entry.at, seq: entry.seq, reference, grant }))
        }
        _ => None,
    }
}

/// Everything that is to be folded up to `at`, in the order in which it happened.
fn inputs<'a, E: Into<Told<'a>> + Copy>(
    rules: &Rules,
    entries: impl Iterator<Item = E> + Clone,
    observations: &'a [Observation],
    at: Instant,
) -> Vec<(Instant, Input<'a, E>)> {
    let polled = rules.source == Source::Polled;
    let mut all = Vec::with_capacity(entries.size_hint().0 + 1);
    let happened = entries.map(|entry| (entry, entry.into())).filter(|(_, told): &(E, Told<'a>)| told.at <= at);
    // A polled account starts from its last observation (E14); one by hand that was reversed never happened.
    let reversed: HashSet<&Ref> = happened.clone().filter(|_| polled).filter_map(|(_, told)| told.reverses()).collect();
    for (entry, told) in happened {
        let undone = polled && told.is_observe() && reversed.contains(told.reference);
        if !undone {
            all.push((Moment::of(told), Input::Entry(entry)));
        }
    }
    let base = observations.iter().filter(|seen| polled && seen.at <= at).max_by_key(|seen| (seen.at, seen.seq));
    if let Some(seen) = base {
        let moment = Moment { at: seen.last_seen_at.min(at).max(seen.at), follows_grants: true, seq: seen.seq };
        all.push((moment, Input::Observed(seen)));
    }
    all.sort_by_key(|(moment, _)| *moment);
    all.into_iter().map(|(moment, input)| (moment.at, input)).collect()
}

#[cfg(test)]
mod books;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod thrift;
