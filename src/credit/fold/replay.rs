//! The fold, one step at a time: for whoever must see what each step changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Event, Input, Keep, Life, Lot, LotId, State, Supply, inputs};
use crate::credit::{Amount, AmountError, Entry, EntryBody, Instant, Observation, Ref, Rules};

/// Why a step happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// By itself: a reset, an expiry, a deadline.
    Itself(Event),
    /// An entry.
    Entry(&'a Entry),
    /// What a provider reported.
    Observed,
}

/// A step of the fold, just done.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// When it happened.
    pub at: Instant,
    /// Why.
    pub cause: Cause<'a>,
    /// The lots that it changed, by number.
    pub changed: Vec<LotId>,
}

/// Folds everything that happened at or before `at`, and shows the state after each step.
///
/// The state at the end is that of [`State::fold`], by the same code.
///
/// # Errors
/// What the fold or `visit` reports.
pub(crate) fn replay<'a, E: From<AmountError>>(
    rules: &Arc<Rules>,
    (entries, observations): (&'a [Entry], &'a [Observation]),
    at: Instant,
    mut visit: impl FnMut(&State, Step<'a>) -> Result<(), E>,
) -> Result<State, E> {
    let mut state = State::new(Arc::clone(rules), at, Keep::All)?;
    // What follows from the rules alone has not begun.
    state.lots.take_changed();
    for (when, input) in inputs(rules, entries.iter(), observations, at) {
        let is_grant = matches!(input, Input::Entry(Entry { body: EntryBody::Grant(_), .. }));
        by_itself(&mut state, when, is_grant, &mut visit)?;
        let cause = match input {
            Input::Entry(entry) => {
                state.apply(entry)?;
                Cause::Entry(entry)
            }
            Input::Observed(observation) => {
                state.observe(observation, when)?;
                Cause::Observed
            }
        };
        let changed = state.lots.take_changed();
        visit(&state, Step { at: when, cause, changed })?;
    }
    by_itself(&mut state, at, false, &mut visit)?;
    Ok(state)
}

/// Runs what happens by itself up to an instant, step by step.
fn by_itself<'a, E: From<AmountError>>(
    state: &mut State,
    until: Instant,
    before_grants: bool,
    visit: &mut impl FnMut(&State, Step<'a>) -> Result<(), E>,
) -> Result<(), E> {
    while let Some((at, event)) = state.step_to(until, before_grants)? {
        let changed = state.lots.take_changed();
        visit(state, Step { at, cause: Cause::Itself(event), changed })?;
    }
    Ok(())
}

/// What a lot came to, as far as it has begun: nothing before its effective instant.
///
/// Always `granted = counted + uncounted + spent + lapsed + adjusted` (SPEC E10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    pub granted: Amount,
    /// What remains and can be drawn.
    pub counted: Amount,
    /// What remains of a subscription that ended: shown, never drawn.
    pub uncounted: Amount,
    pub spent: Amount,
    pub lapsed: Amount,
    pub adjusted: Amount,
}

impl From<&Lot> for Tally {
    fn from(lot: &Lot) -> Self {
        if lot.life == Life::Pending {
            return Self::default();
        }
        let (counted, uncounted) = match lot.supply {
            Supply::Finite => (lot.remaining, Amount::ZERO),
            Supply::Unlimited | Supply::Unknown => (Amount::ZERO, lot.remaining),
        };
        Self { granted: lot.granted, counted, uncounted, spent: lot.spent, lapsed: lot.lapsed, adjusted: lot.adjusted }
    }
}

/// What the open holds of a replay hold.
#[derive(Debug)]
pub(crate) struct HoldWatch<'a> {
    entries: HashMap<&'a Ref, &'a Entry>,
    /// Holds with something left.
    open: BTreeMap<Ref, Amount>,
}

/// A hold that a step changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HoldChange {
    pub reference: Ref,
    pub old: Amount,
    pub new: Amount,
}

impl<'a> HoldWatch<'a> {
    pub(crate) fn new(entries: &'a [Entry]) -> Self {
        Self { entries: entries.iter().map(|entry| (&entry.reference, entry)).collect(), open: BTreeMap::new() }
    }

    /// An entry by its ref.
    pub(crate) fn entry(&self, reference: &Ref) -> Option<&'a Entry> {
        self.entries.get(reference).copied()
    }

    /// The holds that a step changed.
    pub(crate) fn changes(&mut self, state: &State, cause: Cause<'a>) -> Vec<HoldChange> {
        let named = match cause {
            Cause::Itself(Event::HoldsExpire) => self.open.keys().cloned().collect(),
            Cause::Entry(entry) => self.named(entry).cloned().into_iter().collect(),
            Cause::Itself(_) | Cause::Observed => Vec::new(),
        };
        let change = |reference: Ref| {
            let new = state.holds.get(&reference).map_or(Amount::ZERO, |hold| hold.held);
            let old = if new.is_zero() { self.open.remove(&reference) } else { self.open.insert(reference.clone(), new) };
            HoldChange { reference, old: old.unwrap_or(Amount::ZERO), new }
        };
        named.into_iter().map(change).filter(|change| change.old != change.new).collect()
    }

    /// The hold that an entry is about.
    fn named(&self, entry: &'a Entry) -> Option<&'a Ref> {
        match &entry.body {
            EntryBody::Hold { .. } => Some(&entry.reference),
            EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => Some(hold),
            EntryBody::Reverse { reverses } => match &self.entry(reverses)?.body {
                EntryBody::Hold { .. } => Some(reverses),
                EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => Some(hold),
                _ => None,
            },
            _ => None,
        }
    }
}
