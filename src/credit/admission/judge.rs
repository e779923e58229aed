//! A batch as a whole, in the order of time: one pass over all that is recorded, however the batch is sorted.
//!
//! Drafts are admitted one after the other, each against what was recorded before it. Where they are back-dated in no order, that folds the same
//! entries again and again. So of a large batch first only what no state tells is [looked at](Admission::defer), draft by draft, and
//! then the whole history with it once: each of its entries must be possible at its own instant, and nothing that stood
//! before may be worse off. Where that is so, the batch is right, for all of it is recorded or nothing. Where it is not, nothing is
//! decided, and the drafts are admitted one after the other.

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;

use super::later::take;
use super::past::Past;
use super::possible::state_flaw;
use super::{Admission, Draft};
use crate::credit::fold::{Keep, State};
use crate::credit::{AmountError, EntryBody, FoldEntry, FoldEntryRef, Instant, Ref, Seq, Source};

impl Admission {
    /// Has everything looked at as a whole, where these drafts to come allow it: from now on [`check`](super::Known::check) leaves out what depends on
    /// the account's state, and [`is_right`](Self::is_right) tells of that. Everything has to be [remembered](Self::remember) before; whether it is so.
    #[must_use]
    pub fn defer<'d>(&mut self, drafts: impl IntoIterator<Item = &'d Draft>) -> bool {
        let is_whole = self.past.as_ref().is_some_and(|past| past.begins().is_none());
        self.deferred = is_whole && drafts.into_iter().all(|draft| self.can_defer(draft));
        self.deferred
    }

    /// Whether this draft is among those of which a pass over a batch can tell: not where it must fit into what is there now, and not where
    /// the figures of its account start from observations.
    fn can_defer(&self, draft: &Draft) -> bool {
        let stands_alone = matches!(draft.body, EntryBody::Spend(_) | EntryBody::Grant(_));
        !draft.must_fit && !self.is_crowded_by(draft) && (stands_alone || self.rules.source == Source::Ledger)
    }

    /// Whether everything that was recorded from a place in the order of recording on is possible at its own instant, and leaves all that stood
    /// before as it was. Where not, nothing is decided.
    #[must_use]
    pub fn is_right(&self, first_new: Seq) -> bool {
        self.past.as_ref().is_none_or(|past| matches!(past.judge(first_new), Ok(true)))
    }
}

impl Past {
    fn judge(&self, first_new: Seq) -> Result<bool, AmountError> {
        let all = || self.in_order((Bound::Unbounded, Bound::Unbounded));
        let is_new = |fold_entry: &FoldEntry| fold_entry.seq >= first_new;
        if !self.fold_entries().iter().any(|fold_entry| is_new(fold_entry) && depends(FoldEntryRef::from(fold_entry))) {
            return Ok(true);
        }
        let stands = |fold_entry: &&FoldEntry| !is_new(fold_entry) && !FoldEntryRef::from(*fold_entry).is_grant();
        let (mut last, mut stood) = (Instant::MIN_UTC, Instant::MIN_UTC);
        all().for_each(|fold_entry| last = fold_entry.at);
        all().filter(stands).for_each(|fold_entry| stood = fold_entry.at);
        let mut pass = Pass { with: self.beginning(last)?, without: None, taken: HashSet::new(), ended: HashSet::new() };
        for fold_entry in all() {
            let right = if is_new(fold_entry) { pass.admit(fold_entry, stood)? } else { pass.stand(fold_entry)? };
            if !right {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn beginning(&self, present: Instant) -> Result<State, AmountError> {
        State::begin(self.start().cloned(), Arc::clone(self.rules()), present, Keep::Only(Arc::clone(self.kept())))
    }
}

/// The states along the history.
struct Pass<'a> {
    with: State,
    /// The same without what the batch takes, from where it begins to.
    without: Option<State>,
    /// Of the batch: holds and adjustments downwards.
    taken: HashSet<&'a Ref>,
    /// Holds that the batch captures or ends.
    ended: HashSet<&'a Ref>,
}

impl<'a> Pass<'a> {
    /// Takes in an entry of the batch; whether it is possible then. `stood` is when the last happened that stood before.
    fn admit(&mut self, fold_entry: &'a FoldEntry, stood: Instant) -> Result<bool, AmountError> {
        let told = FoldEntryRef::from(fold_entry);
        if !told.is_grant() {
            self.with.run_to(fold_entry.at)?;
            if told.other().map(|body| state_flaw(&self.with, body)).transpose()?.flatten().is_some() {
                return Ok(false);
            }
        }
        let answers = match told.other() {
            Some(EntryBody::Capture { hold, .. } | EntryBody::Release { hold }) => {
                self.ended.insert(hold);
                Some(hold)
            }
            Some(EntryBody::Reverse { reverses }) => Some(reverses),
            _ => None,
        };
        if takes(told) {
            if self.without.is_none() && fold_entry.at < stood {
                self.without = Some(self.with.clone());
            }
            self.taken.insert(&fold_entry.reference);
        } else if let Some(without) = self.without.as_mut().filter(|_| !answers.is_some_and(|named| self.taken.contains(named))) {
            without.apply(fold_entry)?;
        }
        self.with.apply(fold_entry)?;
        Ok(true)
    }

    /// Takes in an entry that stood before; whether it is no worse off.
    fn stand(&mut self, fold_entry: &'a FoldEntry) -> Result<bool, AmountError> {
        if let Some(EntryBody::Capture { hold, .. }) = FoldEntryRef::from(fold_entry).other()
            && self.ended.contains(hold)
        {
            return Ok(false);
        }
        let Some(without) = &mut self.without else {
            self.with.apply(fold_entry)?;
            return Ok(true);
        };
        let (with, without) = (take(&mut self.with, fold_entry, true)?, take(without, fold_entry, true)?);
        Ok(with.own <= without.own && with.held <= without.held)
    }
}

/// Whether a draft's admission depends on the state.
fn depends(told: FoldEntryRef<'_>) -> bool {
    !matches!(told.other(), None | Some(EntryBody::Grant(_) | EntryBody::Spend(_) | EntryBody::Reverse { .. }))
}

fn takes(told: FoldEntryRef<'_>) -> bool {
    match told.other() {
        Some(EntryBody::Hold { .. }) => true,
        Some(EntryBody::Adjust { amount, .. }) => amount.is_negative(),
        _ => false,
    }
}
