//! What is recorded of an account, and its state at the instants that drafts ask about.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::credit::fold::{Keep, Moment, State};
use crate::credit::{AmountError, Deed, Instant, Observation, Ref, Rules, Source, Told};

/// Everything recorded of an account.
#[derive(Debug)]
pub(super) struct Past {
    rules: Arc<Rules>,
    deeds: Vec<Deed>,
    observations: Vec<Observation>,
    by_ref: HashMap<Ref, usize>,
    /// When something other than a grant happened last.
    latest: Option<Instant>,
    /// Which entry answered which.
    reversed: HashMap<Ref, Ref>,
    /// What is reversed or will be: of these alone the state keeps what they did, for that takes more memory than all else.
    kept: Arc<HashSet<Ref>>,
    /// The state that the last draft asked about. Drafts mostly come in the order of time: then it only moves on.
    reached: RefCell<Option<Reached>>,
}

/// A state with what it has not taken in.
#[derive(Debug)]
struct Reached {
    state: State,
    at: Instant,
    /// The deed that was taken in last.
    last: Option<Moment>,
    /// Deeds to take in, in the order in which they happen, by their places among all.
    ahead: BTreeMap<Moment, usize>,
}

impl Past {
    pub(super) fn new(rules: Arc<Rules>, deeds: Vec<Deed>, observations: Vec<Observation>) -> Self {
        let mut past = Self {
            rules,
            deeds: Vec::with_capacity(deeds.len()),
            observations,
            by_ref: HashMap::with_capacity(deeds.len()),
            latest: None,
            reversed: HashMap::new(),
            kept: Arc::default(),
            reached: RefCell::default(),
        };
        for deed in deeds {
            past.record(deed);
        }
        past
    }

    /// Has the state keep what an entry did. One that did not is folded anew.
    pub(super) fn foresee(&mut self, reverses: &Ref) {
        if !self.kept.contains(reverses) {
            *self.reached.get_mut() = None;
            Arc::make_mut(&mut self.kept).insert(reverses.clone());
        }
    }

    pub(super) fn record(&mut self, deed: Deed) {
        if let Some(reverses) = Told::from(&deed).reverses() {
            self.foresee(reverses);
            self.reversed.insert(reverses.clone(), deed.reference.clone());
        }
        if !Told::from(&deed).is_grant() {
            self.latest = self.latest.max(Some(deed.at));
        }
        let place = self.deeds.len();
        let reached = self.reached.get_mut();
        if let Some(ready) = reached {
            let moment = Moment::of((&deed).into());
            // Back-dated: what came after it must be folded again.
            if deed.at < ready.at || ready.last.is_some_and(|last| moment < last) {
                *reached = None;
            } else {
                ready.ahead.insert(moment, place);
            }
        }
        self.by_ref.insert(deed.reference.clone(), place);
        self.deeds.push(deed);
    }

    pub(super) fn find(&self, reference: &Ref) -> Option<&Deed> {
        self.by_ref.get(reference).and_then(|place| self.deeds.get(*place))
    }

    /// When something other than a grant happened last.
    pub(super) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    /// The ref of the entry that reversed another.
    pub(super) fn reversed_by(&self, target: &Ref) -> Option<&Ref> {
        self.reversed.get(target)
    }

    /// What `look` sees in the account's state at `at`.
    pub(super) fn at<T>(&self, at: Instant, look: impl FnOnce(&State) -> T) -> Result<T, AmountError> {
        if self.rules.source == Source::Polled {
            // Which observation the figures start from depends on the instant.
            return State::fold(&self.rules, self.deeds.iter(), &self.observations, at, at, Keep::reversed(self.deeds.iter()))
                .map(|state| look(&state));
        }
        let mut reached = self.reached.borrow_mut();
        let mut ready = match reached.take() {
            Some(ready) if ready.at <= at => ready,
            _ => self.start(at)?,
        };
        self.move_on(&mut ready, at)?;
        let seen = look(&ready.state);
        *reached = Some(ready);
        Ok(seen)
    }

    /// An account before anything happened, with everything ahead of it.
    fn start(&self, at: Instant) -> Result<Reached, AmountError> {
        let state = State::new(Arc::clone(&self.rules), at, Keep::Only(Arc::clone(&self.kept)))?;
        let ahead = self.deeds.iter().enumerate().map(|(place, deed)| (Moment::of(deed.into()), place)).collect();
        Ok(Reached { state, at: Instant::MIN_UTC, last: None, ahead })
    }

    fn move_on(&self, ready: &mut Reached, at: Instant) -> Result<(), AmountError> {
        while let Some(next) = ready.ahead.first_entry().filter(|next| next.key().at <= at) {
            let (moment, place) = next.remove_entry();
            ready.last = Some(moment);
            if let Some(deed) = self.deeds.get(place) {
                ready.state.apply(deed)?;
            }
        }
        ready.state.run_to(at)?;
        ready.at = at;
        Ok(())
    }
}
