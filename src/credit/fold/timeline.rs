//! The course of an account's history: entries and observations in the order in which they happened, folded one after another.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Checkpoint, Coming, Fault, Keep, Revoked, State};
use crate::credit::{AmountError, EntryBody, FoldEntryRef, Instant, Observation, Ref, Rules, Seq, Source};

/// What is folded, in the order in which it happened.
pub(super) enum Input<'a, E> {
    Entry(E),
    Observed(&'a Observation),
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
    /// The end of an instant: after all that was recorded of it so far.
    pub(crate) fn end_of(at: Instant) -> Self {
        Self { at, follows_grants: true, seq: Seq(i64::MAX) }
    }

    pub(crate) fn of(entry: FoldEntryRef<'_>) -> Self {
        Self { at: entry.at, follows_grants: !entry.is_grant(), seq: entry.seq }
    }
}

/// Between which instants a fold runs, and what it is told besides entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeline<'a> {
    pub rules: &'a Arc<Rules>,
    /// In any order.
    pub observations: &'a [Observation],
    /// Where it ends: later entries and observations are left out, but for grants that are dated after the present: the state
    /// runs into them when it is run on.
    pub at: Instant,
    /// The real present: what lies between it and `at` is a projection, in which a subscription that ends is taken to be renewed.
    pub present: Instant,
}

/// A moment of a fold at which all that happened at one instant is taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Halt {
    pub at: Instant,
    /// How many entries were folded so far.
    pub entries: u64,
    /// Whether no other halt follows.
    pub is_last: bool,
}

impl State {
    /// Folds everything that happened at or before `at`, as [`Timeline`] says.
    ///
    /// `entries` and `observations` may be in any order.
    pub(crate) fn fold<'a, E: Into<FoldEntryRef<'a>>>(
        rules: &'a Arc<Rules>,
        entries: impl Iterator<Item = E> + Clone,
        observations: &'a [Observation],
        at: Instant,
        present: Instant,
        keep: Keep,
    ) -> Result<Self, AmountError> {
        Timeline { rules, observations, at, present }.fold(None, entries, keep, |_, _| Ok(()))
    }
}

impl State {
    /// Notes where something was reversed that had happened, and yet had done nothing: nothing may be built on such figures.
    pub(super) fn find_fault<'a>(&mut self, rules: &Rules, entries: impl Iterator<Item = FoldEntryRef<'a>>) {
        self.fault = self.fault_among(rules, entries);
    }

    /// What was met that can't be. `entries` are all that the state's start had not taken in, also those that are still to come.
    pub(crate) fn fault_among<'a>(&self, rules: &Rules, entries: impl Iterator<Item = FoldEntryRef<'a>>) -> Option<Fault> {
        let met = self.fault.as_ref().or(self.lots.fault());
        if met.is_some() || self.revoked.is_empty() {
            return met.cloned();
        }
        let polled = rules.source == Source::Polled;
        let mut unexplained = self.revoked.clone();
        for entry in entries {
            // A grant that is still to come, or an observation by hand that another one makes void (`undone`).
            unexplained.retain(|revoked| {
                let comes = entry.at > revoked.at && entry.is_grant() || polled && entry.is_observe();
                revoked.target != *entry.reference || !comes
            });
        }
        let Revoked { target, by, .. } = unexplained.into_iter().next()?;
        Some(Fault::ReversalOfNothing { by, target })
    }
}

impl<'a> Timeline<'a> {
    /// Folds on from a checkpoint, or from the beginning. `entries`, in any order, are all that the checkpoint has not taken in.
    ///
    /// `look` sees the state at each halt: between two instants at which something was recorded, as long as nothing that follows
    /// changes what lies behind. It may run the state on to the halt's own instant.
    pub(crate) fn fold<E: Into<FoldEntryRef<'a>>>(
        self,
        start: Option<Checkpoint>,
        entries: impl Iterator<Item = E> + Clone,
        keep: Keep,
        mut look: impl FnMut(&mut State, Halt) -> Result<(), AmountError>,
    ) -> Result<State, AmountError> {
        let Self { rules, observations, at, present } = self;
        let entries = entries.map(Into::into);
        let seen_before = start.as_ref().and_then(|start| start.seen_by_hand);
        let mut state = State::begin(start, Arc::clone(rules), present.min(at), keep)?;
        let unsettled = unsettled(entries.clone());
        let is_settled = |at: Instant| {
            let before = unsettled.partition_point(|(seen, _)| *seen <= at).checked_sub(1);
            before.and_then(|last| unsettled.get(last)).is_none_or(|(_, reversed)| *reversed <= at)
        };
        let mut inputs = inputs(rules, entries.clone(), observations, at).into_iter().peekable();
        let mut folded = Some(0);
        while let Some((when, input)) = inputs.next() {
            match input {
                Input::Entry(entry) => {
                    state.apply(entry)?;
                    folded = folded.map(|count| count + 1);
                }
                Input::Observed(observation) => {
                    state.observe(observation, when)?;
                    // The next one takes its place.
                    folded = None;
                }
            }
            let Some(entries) = folded else { continue };
            let is_last = matches!(inputs.peek(), None | Some((_, Input::Observed(_))));
            if inputs.peek().is_none_or(|(next, _)| *next > when) && is_settled(when) {
                look(&mut state, Halt { at: when, entries, is_last })?;
            }
        }
        state.run_to(at)?;
        state.find_fault(rules, entries.clone());
        let seen = observed_by_hand(entries.clone(), at).map(|entry| entry.at).max();
        state.seen_by_hand = seen.max(seen_before);
        let comes = |entry: &FoldEntryRef<'_>| entry.at > at.max(present) && !state.is_revoked(entry.reference);
        let upcoming: Vec<Arc<Coming>> = entries.filter(comes).filter_map(coming).collect();
        state.upcoming = upcoming;
        state.upcoming.sort_by_key(|grant| std::cmp::Reverse((grant.at, grant.seq)));
        Ok(state)
    }
}

fn coming(entry: FoldEntryRef<'_>) -> Option<Arc<Coming>> {
    match entry.other() {
        Some(EntryBody::Grant(grant)) => {
            let (reference, grant) = (entry.reference.clone(), grant.clone());
            Some(Arc::new(Coming { at: entry.at, seq: entry.seq, reference, grant }))
        }
        _ => None,
    }
}

/// Everything that is to be folded up to `at`, in the order in which it happened.
pub(super) fn inputs<'a, E: Into<FoldEntryRef<'a>> + Copy>(
    rules: &Rules,
    entries: impl Iterator<Item = E> + Clone,
    observations: &'a [Observation],
    at: Instant,
) -> Vec<(Instant, Input<'a, E>)> {
    let mut all = Vec::with_capacity(entries.size_hint().0 + 1);
    let undone = undone(rules, entries.clone().map(Into::into), at);
    for (entry, told) in entries.map(|entry| (entry, entry.into())).filter(|(_, told): &(E, FoldEntryRef<'a>)| told.at <= at) {
        if undone.is_empty() || !undone.contains_key(told.reference) {
            all.push((Moment::of(told), Input::Entry(entry)));
        }
    }
    if let Some((seen, when)) = base(rules, observations, at) {
        all.push((Moment { at: when, follows_grants: true, seq: seen.seq }, Input::Observed(seen)));
    }
    all.sort_by_key(|(moment, _)| *moment);
    all.into_iter().map(|(moment, input)| (moment.at, input)).collect()
}

/// The observation that the figures of a polled account start from at an instant (SPEC E14), and when it was seen last.
pub(super) fn base<'a>(rules: &Rules, observations: &'a [Observation], at: Instant) -> Option<(&'a Observation, Instant)> {
    let polled = rules.source == Source::Polled;
    let last = observations.iter().filter(|seen| polled && seen.at <= at).max_by_key(|seen| (seen.at, seen.seq))?;
    Some((last, last.last_seen_at.min(at).max(last.at)))
}

/// The observations by hand that are reversed at `at`, as far as that undoes them: those of a polled account never happened.
fn undone<'a>(
    rules: &Rules,
    entries: impl Iterator<Item = FoldEntryRef<'a>> + Clone,
    at: Instant,
) -> HashMap<&'a Ref, (Instant, Instant)> {
    if rules.source == Source::Polled { reversed_observations(entries, at) } else { HashMap::new() }
}

/// The observations by hand that stand at `at`: a reversed one tells nothing.
pub(super) fn observed_by_hand<'a>(
    entries: impl Iterator<Item = FoldEntryRef<'a>> + Clone,
    at: Instant,
) -> impl Iterator<Item = FoldEntryRef<'a>> {
    let reversed = reversed_observations(entries.clone(), at);
    entries.filter(move |entry| entry.at <= at && entry.is_observe() && !reversed.contains_key(entry.reference))
}

/// The observations by hand that are reversed at `at`, each with the instants of itself and of its reversal.
fn reversed_observations<'a>(
    entries: impl Iterator<Item = FoldEntryRef<'a>> + Clone,
    at: Instant,
) -> HashMap<&'a Ref, (Instant, Instant)> {
    let happened = entries.filter(|entry| entry.at <= at);
    let reversed: HashMap<&Ref, Instant> =
        happened.clone().filter_map(|entry| entry.reverses().map(|target| (target, entry.at))).collect();
    let observed = happened.filter(|entry| entry.is_observe());
    observed.filter_map(|entry| Some((entry.reference, (entry.at, *reversed.get(entry.reference)?)))).collect()
}

/// Spans of time in which what comes later still decides what counts, the earliest first, each with the latest end so far: from an
/// observation by hand to its reversal, and from the reversal of a grant that is dated ahead to that grant.
fn unsettled<'a>(entries: impl Iterator<Item = FoldEntryRef<'a>> + Clone) -> Vec<(Instant, Instant)> {
    let mut all: Vec<(Instant, Instant)> = reversed_observations(entries.clone(), Instant::MAX_UTC).into_values().collect();
    let reversed: HashMap<&Ref, Instant> =
        entries.clone().filter_map(|entry| entry.reverses().map(|target| (target, entry.at))).collect();
    if !reversed.is_empty() {
        let ahead = entries.filter(|entry| entry.is_grant() && entry.reversible_from < entry.at);
        all.extend(ahead.filter_map(|entry| Some((*reversed.get(entry.reference)?, entry.at)).filter(|(from, to)| from < to)));
    }
    all.sort_unstable();
    let mut last = Instant::MIN_UTC;
    for (_, reversed) in &mut all {
        last = last.max(*reversed);
        *reversed = last;
    }
    all
}
