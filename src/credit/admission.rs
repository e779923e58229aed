//! The one rule function through which a draft becomes an entry (SPEC L1, L2, E11, E14).
//!
//! A draft is asked about, and answered, in steps that the types keep in order: [`Admission::known_for`] gives either what can be asked of
//! it now, a [`Known`], or what has to be [remembered](Admission::remember) first. Nothing can be checked against a past that is not there.

mod draft;
mod judge;
mod known;
mod later;
mod past;
mod possible;
mod refusal;
mod room;
mod trail;

use std::collections::HashSet;
use std::sync::Arc;

pub use draft::{Draft, Objection, Wanted};
pub use known::Known;
use past::Past;
pub use refusal::{About, RuleError};

use super::entry_rules::Recorded as _;
use super::extent::amount_of;
use super::{
    Book, Checkpoint, Entry, EntryBody, Extent, FoldEntry, FoldEntryRef, Instant, Observation, Ref, Rules, Source, Tail,
    with_inferred_resets,
};

/// Checks drafts of one account against its rules and everything recorded so far.
///
/// Uniqueness of refs is the store's business; everything else is decided here. Recorded entries are fed in by
/// [`Admission::record`], so a batch is checked entry by entry, each against those before it. As long as drafts come in the order
/// of time, the account's state moves on with them; a back-dated one has a part of it folded anew when it is needed next.
#[derive(Debug)]
pub struct Admission {
    rules: Arc<Rules>,
    /// How large the recorded amounts and those of the rules are.
    extent: Extent,
    /// How large the observed figures are.
    observed: Extent,
    /// `None` until a draft depends on it.
    past: Option<Past>,
    /// What drafts to come reverse, until the past is there.
    foreseen: HashSet<Ref>,
    /// Whether what depends on the state is left to [a pass over all of it](Self::is_right).
    deferred: bool,
}

impl Admission {
    /// Starts from what is recorded; `entries` in any order.
    #[must_use]
    pub fn new(rules: &Arc<Rules>, entries: Vec<Entry>, observations: &[Observation]) -> Self {
        Self::since(rules, None, entries.into_iter(), observations)
    }

    /// Starts from what a book holds.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        Self::since(&book.rules, book.start.as_deref().cloned(), book.entries.iter().cloned(), &book.observations)
    }

    fn since(
        rules: &Arc<Rules>,
        start: Option<Checkpoint>,
        entries: impl Iterator<Item = Entry>,
        observations: &[Observation],
    ) -> Self {
        let fold_entries: Vec<FoldEntry> = entries.map(FoldEntry::from).collect();
        let before = start.as_ref().map(Checkpoint::extent).unwrap_or_default();
        let extent =
            fold_entries.iter().filter_map(|fold_entry| FoldEntryRef::from(fold_entry).amount()).fold(before, Extent::and);
        let mut admission = Self::for_drafts(rules, extent, []);
        admission.remember(Tail { start, fold_entries }, observations);
        admission
    }

    /// Starts from the amounts that are recorded alone: enough for drafts that stand alone. The rest can be had later, by
    /// [`Self::remember`], and is prepared for what these drafts to come will reverse.
    #[must_use]
    pub fn for_drafts<'d>(rules: &Arc<Rules>, recorded: Extent, drafts: impl IntoIterator<Item = &'d Draft>) -> Self {
        let reverses = |draft: &'d Draft| if let EntryBody::Reverse { reverses } = &draft.body { Some(reverses) } else { None };
        Self {
            rules: Arc::clone(rules),
            extent: recorded.and_rules(rules),
            observed: Extent::default(),
            past: None,
            foreseen: drafts.into_iter().filter_map(reverses).cloned().collect(),
            deferred: false,
        }
    }

    /// The account's rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// What can be asked of a draft now.
    ///
    /// # Errors
    /// What must be [remembered](Self::remember) before anything can.
    pub fn known_for(&self, draft: &Draft) -> Result<Known<'_>, Wanted> {
        let polled = self.rules.source == Source::Polled;
        let stands_alone =
            matches!(draft.body, EntryBody::Spend(_) | EntryBody::Grant(_)) && !draft.must_fit && !self.is_crowded_by(draft);
        let Some(past) = &self.past else {
            return match (polled, stands_alone) {
                (true, _) => Err(Wanted::Everything),
                (false, false) => Err(Wanted::Since(draft.at)),
                (false, true) => Ok(Known::of(self, None)),
            };
        };
        let known = Ok(Known::of(self, Some(past)));
        let Some(begins) = past.begins() else { return known };
        let names_known = match &draft.body {
            EntryBody::Reverse { reverses } => past.find(reverses).is_some(),
            EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => past.hold_begins(hold).is_some(),
            _ => true,
        };
        let enough = !polled && (stands_alone || names_known && begins <= draft.at);
        if enough { known } else { Err(Wanted::Everything) }
    }

    /// Decides whether a draft may be recorded at `now`, as [`Known::check`] does.
    ///
    /// # Errors
    /// [`Objection`]: more has to be remembered first, or it is refused.
    pub fn check(&self, draft: &Draft, now: Instant) -> Result<(), Objection> {
        Ok(self.known_for(draft)?.check(draft, now)?)
    }

    /// Takes in what is recorded, entries taken in before included. Of a polled account it must be everything.
    pub fn remember(&mut self, recorded: Tail, observations: &[Observation]) {
        self.observed = Extent::of_observed(observations);
        // What a spend or a hold may take is what the account's status shows (SPEC P7).
        self.rules = with_inferred_resets(&self.rules, observations);
        let mut past = Past::new(Arc::clone(&self.rules), recorded, observations.to_vec());
        self.foreseen.iter().for_each(|reverses| past.foresee(reverses));
        self.past = Some(past);
    }

    /// Says that drafts to come reverse this entry. It is a matter of cost alone: where nobody said so, a reversal has the state
    /// folded anew.
    #[cfg(test)]
    pub(super) fn foresee(&mut self, reverses: &Ref) {
        self.foreseen.insert(reverses.clone());
        if let Some(past) = &mut self.past {
            past.foresee(reverses);
        }
    }

    /// Whether an entry with this ref is recorded; `None` where that can't be told from what was [remembered](Self::remember).
    #[must_use]
    pub fn knows(&self, reference: &Ref) -> Option<bool> {
        let past = self.past.as_ref()?;
        let found = past.find(reference).is_some();
        (found || past.begins().is_none()).then_some(found)
    }

    /// Takes in an entry that was recorded.
    pub fn record(&mut self, entry: Entry) {
        if let Some((_, amount)) = amount_of(&entry.body) {
            self.extent = self.extent.and(amount);
        }
        // What lies before the beginning would have to be folded again.
        self.past.take_if(|past| past.begins().is_some_and(|begins| entry.at <= begins));
        if let Some(past) = &mut self.past {
            past.record(entry.into());
        }
    }
}

#[cfg(test)]
mod tests;
