//! What can be asked of a draft once enough is known of its account.

use super::past::{Past, Unsound};
use super::possible::state_flaw;
use super::refusal::{Checked, for_state, for_unsound, for_words, refuse, refuse_beside, too_large};
use super::{Admission, Draft, RuleError};
use crate::credit::entry_rules::{Recorded, Statement, earliest_reversal, entry_flaw, is_dated_ahead};
use crate::credit::fold::State;
use crate::credit::{Amount, EntryBody, Expires, FoldEntryRef, Instant, Ref, Spend, print_instant};

/// An account as far as a draft depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub(super) admission: &'a Admission,
    /// `None` for what stands alone: it depends on no state and names no entry.
    past: Option<&'a Past>,
}

impl Recorded for Known<'_> {
    fn entry(&self, reference: &Ref) -> Option<FoldEntryRef<'_>> {
        self.past?.entry(reference)
    }

    fn reversed_by(&self, reference: &Ref) -> Option<&Ref> {
        self.past?.reversed_by(reference)
    }

    fn hold_begins(&self, reference: &Ref) -> Option<Instant> {
        self.past?.hold_begins(reference)
    }
}

impl<'a> Known<'a> {
    pub(super) fn of(admission: &'a Admission, past: Option<&'a Past>) -> Self {
        Self { admission, past }
    }

    /// The earliest instant at which a reversal can be, by what it reverses; `None` for other drafts. Where a wrong clock dated the target
    /// ahead of the present, that is the one instant after it at which a reversal is admitted.
    #[must_use]
    pub fn earliest_reversal(&self, draft: &Draft) -> Option<Instant> {
        earliest_reversal(&draft.body, self)
    }

    /// Decides whether a draft may be recorded at `now`: whether it can be at its own instant, and whether all that stands after it
    /// still can be then. What a later entry took, an earlier one can't take any more, however it is dated (SPEC L1, E11).
    ///
    /// # Errors
    /// [`RuleError`] for an unknown bucket, an amount of the wrong sign, a date after `now` (but for grants, and for
    /// the [earliest reversal](Self::earliest_reversal) of what a wrong clock dated ahead), a reversal
    /// of nothing, of something reversed or before it [can be](crate::credit::reversible_from), a hold above what is spendable, a capture
    /// above what is held, a hold or adjustment that takes what later entries took, and kinds that the account's source excludes.
    pub fn check(&self, draft: &Draft, now: Instant) -> Checked {
        let rules = &self.admission.rules;
        let statement = Statement { body: &draft.body, at: draft.at, recorded_at: now };
        if let Some(flaw) = entry_flaw(rules, statement, self) {
            return for_words(flaw, draft, rules, now);
        }
        check_dates(draft)?;
        let Some(past) = self.past else { return Ok(()) };
        self.check_room(past, draft)?;
        if draft.must_fit {
            self.check_fit(past, draft, now)?;
        }
        if self.admission.deferred {
            return Ok(());
        }
        self.check_state(past, draft)?;
        self.check_what_follows(past, draft, now)
    }

    /// Whether a draft can have been recorded at `recorded_at`, as another ledger says that it was.
    ///
    /// # Errors
    /// [`RuleError`] where that is after `now`, or before the draft itself and [may not be](Self::check).
    pub fn check_stamp(&self, draft: &Draft, recorded_at: Instant, now: Instant) -> Checked {
        if recorded_at > now || is_dated_ahead(Statement { body: &draft.body, at: draft.at, recorded_at }, self) {
            let what = format!("recorded_at {} is after now, or before it happened", print_instant(recorded_at));
            return refuse("recorded_at", what, "leave it out to record it now");
        }
        Ok(())
    }

    /// Refuses a spend or hold that no longer fits: not at its own instant, or not after what others recorded since.
    fn check_fit(&self, past: &Past, draft: &Draft, now: Instant) -> Checked {
        let (EntryBody::Spend(Spend { amount, .. }) | EntryBody::Hold { amount, .. }) = &draft.body else { return Ok(()) };
        // The clocks of two processes may differ: what is dated after this one's present counts too.
        let latest = past.latest(now).map_or(now, |latest| latest.max(now));
        let mut least = None;
        for at in [draft.at, latest] {
            if let Some(spendable) = self.state_at(past, at, State::known_spendable)?.map_err(too_large)? {
                least = Some(least.map_or(spendable, |least: Amount| least.min(spendable)));
            }
        }
        match least.filter(|spendable| spendable < amount) {
            None => Ok(()),
            Some(spendable) => {
                let what = format!("a {} of {amount} does not fit any more: {spendable} spendable", draft.body.kind());
                let hint = "look at the balance again: something else was recorded meanwhile, or credits lapsed";
                refuse_beside("amount", what, hint)
            }
        }
    }

    /// Refuses what the figures at the draft's own instant don't allow.
    fn check_state(&self, past: &Past, draft: &Draft) -> Checked {
        let depends = !matches!(draft.body, EntryBody::Grant(_) | EntryBody::Spend(_) | EntryBody::Reverse { .. });
        if !depends {
            return Ok(());
        }
        let flaw = self.state_at(past, draft.at, |state| state_flaw(state, &draft.body))?.map_err(too_large)?;
        flaw.map_or(Ok(()), |flaw| for_state(flaw, draft))
    }

    /// What `look` sees in the account's state at `at`.
    pub(super) fn state_at<T>(&self, past: &Past, at: Instant, look: impl FnOnce(&State) -> T) -> Result<T, RuleError> {
        past.at(at, look).map_err(|why| self.unsound(why))
    }

    pub(super) fn unsound(&self, why: Unsound) -> RuleError {
        for_unsound(why, &self.admission.rules)
    }
}

/// Refuses a draft that contradicts itself.
fn check_dates(draft: &Draft) -> Checked {
    match &draft.body {
        EntryBody::Grant(grant) => {
            let effective_at = grant.effective_at.unwrap_or(draft.at);
            if effective_at < draft.at {
                let what = format!("effective_at {} is before the grant itself", print_instant(effective_at));
                return refuse("effective_at", what, "date the grant itself (at) that early");
            }
            match grant.expires {
                Expires::At(end) if end <= effective_at => {
                    let what = format!("the lot would lapse at {}, not after it becomes effective", print_instant(end));
                    refuse("expires_at", what, "give a later expires_at")
                }
                _ => Ok(()),
            }
        }
        EntryBody::Hold { expires_at: Some(end), .. } if *end <= draft.at => {
            let what = format!("the hold would end at {}, not after it begins", print_instant(*end));
            refuse("expires_at", what, "give a later expires_at")
        }
        EntryBody::Adjust { amount, .. } if amount.is_zero() => {
            refuse("amount", "an adjustment of 0 changes nothing".to_owned(), "give a positive or negative amount")
        }
        _ => Ok(()),
    }
}
