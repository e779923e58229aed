//! What is recorded of an account, and its state at the instants that drafts ask about.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use super::trail::{Reached, Stops, Trail};
use crate::credit::entry_rules::Recorded;
use crate::credit::fold::{Fault, Keep, Moment, State};
use crate::credit::{
    AmountError, CLOCKS_DIFFER, Checkpoint, FoldEntry, FoldEntryRef, Instant, Observation, Ref, Rules, Source, Tail,
};

/// What is recorded of an account: everything, or what follows a checkpoint.
#[derive(Debug)]
pub(super) struct Past {
    rules: Arc<Rules>,
    start: Option<Checkpoint>,
    fold_entries: Vec<FoldEntry>,
    observations: Vec<Observation>,
    by_ref: HashMap<Ref, usize>,
    /// The places of all entries, in the order in which they happened.
    order: BTreeMap<Moment, usize>,
    /// Which entry answered which.
    reversed: HashMap<Ref, Ref>,
    /// What is reversed or will be: of these alone the state keeps what they did, for that takes more memory than all else.
    kept: Arc<HashSet<Ref>>,
    /// The states that drafts asked about.
    trail: RefCell<Trail>,
}

/// Why nothing can be said of an account at an instant.
#[derive(Debug)]
pub(super) enum Unsound {
    /// Figures grow too large.
    Amount(AmountError),
    /// Something was met that can't be.
    Fault(Fault),
}

impl From<AmountError> for Unsound {
    fn from(error: AmountError) -> Self {
        Self::Amount(error)
    }
}

impl Recorded for Past {
    fn entry(&self, reference: &Ref) -> Option<FoldEntryRef<'_>> {
        self.find(reference).map(FoldEntryRef::from)
    }

    fn reversed_by(&self, reference: &Ref) -> Option<&Ref> {
        self.reversed.get(reference)
    }

    /// Also of a hold that began before the [beginning](Self::begins).
    fn hold_begins(&self, reference: &Ref) -> Option<Instant> {
        let since = self.entry(reference).filter(|entry| entry.is_hold()).map(|entry| entry.at);
        let mut earlier = self.start.iter().flat_map(|start| &start.holds);
        since.or_else(|| earlier.find(|hold| hold.reference == *reference).map(|hold| hold.at))
    }
}

impl Past {
    pub(super) fn new(rules: Arc<Rules>, tail: Tail, observations: Vec<Observation>) -> Self {
        let Tail { start, fold_entries } = tail;
        let mut past = Self {
            rules,
            start,
            fold_entries: Vec::with_capacity(fold_entries.len()),
            observations,
            by_ref: HashMap::with_capacity(fold_entries.len()),
            order: BTreeMap::new(),
            reversed: HashMap::new(),
            kept: Arc::default(),
            trail: RefCell::default(),
        };
        for fold_entry in fold_entries {
            past.record(fold_entry);
        }
        past
    }

    /// Has the state keep what an entry did. States that did not are folded anew.
    pub(super) fn foresee(&mut self, reverses: &Ref) {
        if !self.kept.contains(reverses) {
            *self.trail.get_mut() = Trail::default();
            Arc::make_mut(&mut self.kept).insert(reverses.clone());
        }
    }

    pub(super) fn record(&mut self, fold_entry: FoldEntry) {
        if let Some(reverses) = FoldEntryRef::from(&fold_entry).reverses() {
            self.foresee(reverses);
            self.reversed.insert(reverses.clone(), fold_entry.reference.clone());
        }
        let place = self.fold_entries.len();
        let moment = Moment::of((&fold_entry).into());
        self.trail.get_mut().forget_after(moment);
        self.order.insert(moment, place);
        self.by_ref.insert(fold_entry.reference.clone(), place);
        self.fold_entries.push(fold_entry);
    }

    /// The instant after which everything is known; `None` where nothing is missing.
    pub(super) fn begins(&self) -> Option<Instant> {
        self.start.as_ref().map(Checkpoint::at)
    }

    pub(super) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// What it begins with, where that is not the beginning.
    pub(super) fn start(&self) -> Option<&Checkpoint> {
        self.start.as_ref()
    }

    /// Of which entries it must be kept what they did.
    pub(super) fn kept(&self) -> &Arc<HashSet<Ref>> {
        &self.kept
    }

    pub(super) fn fold_entries(&self) -> &[FoldEntry] {
        &self.fold_entries
    }

    pub(super) fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// What is recorded between two moments, in the order in which it happened.
    pub(super) fn in_order(&self, moments: (Bound<Moment>, Bound<Moment>)) -> impl Iterator<Item = &FoldEntry> {
        self.order.range(moments).filter_map(|(_, place)| self.fold_entries.get(*place))
    }

    pub(super) fn find(&self, reference: &Ref) -> Option<&FoldEntry> {
        self.by_ref.get(reference).and_then(|place| self.fold_entries.get(*place))
    }

    /// When something other than a grant happened last, as far as the clock can be believed that stamped it: what lies minutes after `now`
    /// was stamped by a wrong one, and must not stand in the way of what is true.
    pub(super) fn latest(&self, now: Instant) -> Option<Instant> {
        let believed = ..=Moment::end_of(now + CLOCKS_DIFFER);
        let mut latest = self.order.range(believed).rev().filter_map(|(_, place)| self.fold_entries.get(*place));
        latest.find(|fold_entry| !FoldEntryRef::from(*fold_entry).is_grant()).map(|fold_entry| fold_entry.at)
    }

    /// What `look` sees in the account's state at `at`, which is not before the [beginning](Self::begins).
    pub(super) fn at<T>(&self, at: Instant, look: impl FnOnce(&State) -> T) -> Result<T, Unsound> {
        if self.rules.source == Source::Polled {
            // Which observation the figures start from depends on the instant.
            let state = State::fold(
                &self.rules,
                self.fold_entries.iter(),
                &self.observations,
                at,
                at,
                Keep::reversed(self.fold_entries.iter()),
            )?;
            return state.fault.clone().map_or_else(|| Ok(look(&state)), |fault| Err(Unsound::Fault(fault)));
        }
        let mut trail = self.trail.borrow_mut();
        let beginning = || {
            let state = State::begin(self.start.clone(), Arc::clone(&self.rules), at, Keep::Only(Arc::clone(&self.kept)))?;
            Ok(Reached::new(state, self.begins().unwrap_or(Instant::MIN_UTC)))
        };
        let (mut reached, turned_back) = trail.leave_for(at, beginning)?;
        let ahead = self.order.range((reached.taken_in().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        let ahead = ahead.take_while(|(moment, _)| moment.at <= at);
        let mut stops =
            if turned_back { Stops::on_a_way_of(ahead.clone().count(), reached.state.lots.ever()) } else { Stops::default() };
        for (moment, place) in ahead {
            if stops.pass() {
                trail.keep(&reached);
            }
            if let Some(fold_entry) = self.fold_entries.get(*place) {
                reached.take_in(*moment, fold_entry)?;
            }
        }
        if stops.pass() {
            trail.keep(&reached);
        }
        reached.run_to(at)?;
        let fault = reached.state.fault_among(&self.rules, self.fold_entries.iter().map(FoldEntryRef::from));
        let seen = fault.map_or_else(|| Ok(look(&reached.state)), |fault| Err(Unsound::Fault(fault)));
        trail.arrive(reached);
        seen
    }
}
