//! Whether an account's figures can still be added up exactly with a draft (SPEC A1), where its recorded amounts as such are too large for
//! that: what was reversed, used up or lapsed is in no sum any more.

use std::ops::Bound;
use std::sync::Arc;

use super::past::{Past, Unsound};
use super::refusal::{Checked, refuse_beside};
use super::{Draft, Known};
use crate::credit::extent::amount_of;
use crate::credit::fold::{Keep, Moment, State};
use crate::credit::{Admission, AmountError, EntryKind, Extent, FoldEntry, MAX_DIGITS, Rules, Source};

impl Admission {
    /// Whether the recorded amounts alone don't show that figures stay exact with a draft: then its account's state has to.
    pub(super) fn is_crowded_by(&self, draft: &Draft) -> bool {
        let extent = self.extent.joined(self.observed);
        match amount_of(&draft.body) {
            Some((_, amount)) => extent.with(amount).is_none(),
            // It may bring back what is in no sum now.
            None => draft.body.kind() == EntryKind::Reverse && extent.is_crowded(),
        }
    }
}

impl Known<'_> {
    /// Refuses a draft after which the account's figures might no longer add up exactly: recorded, it could not be undone.
    pub(super) fn check_room(&self, past: &Past, draft: &Draft) -> Checked {
        if !self.admission.is_crowded_by(draft) || matches!(past.has_room_for(draft), Ok(true)) {
            return Ok(());
        }
        let account = &self.admission.rules.account;
        if let Some((field, amount)) = amount_of(&draft.body) {
            let what = format!("with {amount} the figures of {account} would need more than {MAX_DIGITS} digits");
            return refuse_beside(field, what, "round the amount, or split the account");
        }
        let what = format!("what it gives back would let the figures of {account} need more than {MAX_DIGITS} digits");
        refuse_beside("reverses", what, "reverse the largest amounts first")
    }
}

impl Past {
    /// Whether every figure stays exact with a draft, from its instant on to the last that is recorded, and whatever the rules bring
    /// after that.
    ///
    /// # Errors
    /// Where a figure can't be had: then it does not.
    fn has_room_for(&self, draft: &Draft) -> Result<bool, Unsound> {
        let Some(fold_entry) = self.as_if_recorded(draft) else { return Ok(false) };
        let state =
            if self.rules().source == Source::Polled { self.folded_with(&fold_entry)? } else { self.run_on_with(&fold_entry)? };
        Ok(fits(&state, self.rules()))
    }

    fn run_on_with(&self, draft: &FoldEntry) -> Result<State, Unsound> {
        let mut state = self.at(draft.at, State::clone)?;
        state.apply(draft)?;
        let mut at = draft.at;
        for fold_entry in self.in_order((Bound::Excluded(Moment::end_of(at)), Bound::Unbounded)) {
            state.apply(fold_entry)?;
            if !fits(&state, self.rules()) {
                return Err(AmountError::TooManyDigits.into());
            }
            at = fold_entry.at;
        }
        state.run_to(at)?;
        Ok(state)
    }

    fn folded_with(&self, draft: &FoldEntry) -> Result<State, Unsound> {
        let latest = self.fold_entries().iter().map(|fold_entry| fold_entry.at).max();
        let at = latest.max(Some(draft.at)).unwrap_or(draft.at);
        let all = self.fold_entries().iter().chain([draft]);
        Ok(State::fold(self.rules(), all.clone(), self.observations(), at, at, Keep::reversed(all))?)
    }
}

/// Whether all that a state holds, with what its rules bring along, adds up exactly.
fn fits(state: &State, rules: &Arc<Rules>) -> bool {
    let standing = rules.bucket_indices().flat_map(|bucket| state.lots.standing_in(bucket)).map(|(_, lot)| lot.remaining);
    let held = state.holds.open().map(|hold| hold.held);
    let used = state.used_lately(state.usage_ends()).map(|(_, used)| used);
    let Ok(used) = used else { return false };
    let extent = standing.chain(held).chain([used]).fold(Extent::default().and_rules(rules), Extent::and);
    !extent.is_crowded()
}
