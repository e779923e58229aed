//! What is recorded of an account, and its state at the instants that drafts ask about.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::credit::fold::{Keep, Moment, State};
use crate::credit::{AmountError, Entry, EntryBody, Instant, Observation, Ref, Rules, Source, Told};

/// Everything recorded of an account.
#[derive(Debug)]
pub(super) struct Past {
    rules: Arc<Rules>,
    entries: Vec<Entry>,
    observations: Vec<Observation>,
    by_ref: HashMap<Ref, usize>,
    /// When something other than a grant happened last.
    latest: Option<Instant>,
    /// Which entry answered which.
    reversed: HashMap<Ref, Ref>,
    /// The state that the last draft asked about. Drafts mostly come in the order of time: then it only moves on.
    reached: RefCell<Option<Reached>>,
}

/// A state with the entries that it has not taken in.
#[derive(Debug)]
struct Reached {
    state: State,
    at: Instant,
    /// The entry that was taken in last.
    last: Option<Moment>,
    /// Entries to take in, in the order in which they happen, by their places among all.
    ahead: BTreeMap<Moment, usize>,
}

impl Past {
    pub(super) fn new(rules: Arc<Rules>, entries: Vec<Entry>, observations: Vec<Observation>) -> Self {
        let mut past = Self {
            rules,
            entries: Vec::with_capacity(entries.len()),
            observations,
            by_ref: HashMap::with_capacity(entries.len()),
            latest: None,
            reversed: HashMap::new(),
            reached: RefCell::default(),
        };
        for entry in entries {
            past.record(entry);
        }
        past
    }

    pub(super) fn record(&mut self, entry: Entry) {
        if let EntryBody::Reverse { reverses } = &entry.body {
            self.reversed.insert(reverses.clone(), entry.reference.clone());
        }
        if !Told::from(&entry).is_grant() {
            self.latest = self.latest.max(Some(entry.at));
        }
        let place = self.entries.len();
        let reached = self.reached.get_mut();
        if let Some(ready) = reached {
            let moment = Moment::of((&entry).into());
            // Back-dated: what came after it must be folded again.
            if entry.at < ready.at || ready.last.is_some_and(|last| moment < last) {
                *reached = None;
            } else {
                ready.ahead.insert(moment, place);
            }
        }
        self.by_ref.insert(entry.reference.clone(), place);
        self.entries.push(entry);
    }

    pub(super) fn find(&self, reference: &Ref) -> Option<&Entry> {
        self.by_ref.get(reference).and_then(|place| self.entries.get(*place))
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
            return State::fold(
                &self.rules,
                self.entries.iter(),
                &self.observations,
                at,
                at,
                Keep::reversed(self.entries.iter()),
            )
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
        let state = State::new(Arc::clone(&self.rules), at, Keep::All)?;
        let ahead = self.entries.iter().enumerate().map(|(place, entry)| (Moment::of(entry.into()), place)).collect();
        Ok(Reached { state, at: Instant::MIN_UTC, last: None, ahead })
    }

    fn move_on(&self, ready: &mut Reached, at: Instant) -> Result<(), AmountError> {
        while let Some(next) = ready.ahead.first_entry().filter(|next| next.key().at <= at) {
            let (moment, place) = next.remove_entry();
            ready.last = Some(moment);
            if let Some(entry) = self.entries.get(place) {
                ready.state.apply(entry)?;
            }
        }
        ready.state.run_to(at)?;
        ready.at = at;
        Ok(())
    }
}
