//! What stands after a back-dated draft: what a later entry took, an earlier one can't take any more (SPEC L1, E11).
//!
//! Admission looks at a draft's own instant first. That is not enough where others recorded something that happened later: two
//! programs that hold at nearly the same time would each see the credits that the other takes. So the account's state is run on
//! from the draft's instant, once with the draft and once without it, and the draft is refused where a later entry is worse off with it.

use std::ops::Bound;

use super::past::{Past, Unsound};
use super::refusal::{Checked, refuse_beside, too_large};
use super::{Draft, Known};
use crate::credit::entry_rules::Recorded as _;
use crate::credit::fold::{Keep, Moment, State};
use crate::credit::{
    Amount, AmountError, CLOCKS_DIFFER, EntryBody, EntryEffect, FoldEntry, FoldEntryRef, Instant, Ref, Seq, Source, Spend,
    print_instant, with_article,
};

/// How far a later entry, or what is held at its instant, is not paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Want {
    /// What the entry itself takes and does not find.
    pub(super) own: Amount,
    /// What is held and not there.
    pub(super) held: Amount,
}

/// A later entry that is worse off with the draft.
pub(super) struct Undermined {
    reference: Ref,
    at: Instant,
    /// Whether a wrong clock dated it ahead: what it says has happened by now.
    is_ahead: bool,
}

impl Undermined {
    /// Refuses the draft that does it.
    pub(super) fn refusal(self, draft: &Draft, amount: Amount) -> Checked {
        let Self { reference, at, is_ahead } = self;
        if is_ahead {
            let what = format!(
                "{} of {amount} takes what {reference:?} took: that is dated {}, after now, which a wrong clock did, and it counts here",
                with_article(draft.body.kind().word()),
                print_instant(at)
            );
            let hint = format!(
                "take less; or, where {reference:?} is not right, answer it first: creditop ledger reverse --account {} --reverses {reference:?}",
                draft.account
            );
            return refuse_beside("amount", what, &hint);
        }
        let what = format!(
            "{} of {amount} takes what {reference:?} relies on later, at {}",
            with_article(draft.body.kind().word()),
            print_instant(at)
        );
        refuse_beside("amount", what, "take less, or date it after that: look at the balance then with: ledger balance --at")
    }
}

impl Past {
    /// The first entry after a draft that is worse off with it; `None` where none is. It is not asked whether the draft can be at its own
    /// instant.
    pub(super) fn undermined_by(&self, draft: &Draft, now: Instant) -> Result<Option<Undermined>, Unsound> {
        match self.undermined_until_now(draft, now)? {
            None => self.undermined_ahead(draft, now),
            found => Ok(found),
        }
    }

    /// The first of the entries that a wrong clock dated ahead which is worse off with a draft. What they took is gone by now, whatever
    /// instant they carry: so they are looked at as if they had happened at the present, before any reset and expiry to come.
    fn undermined_ahead(&self, draft: &Draft, now: Instant) -> Result<Option<Undermined>, Unsound> {
        let polled = self.rules().source == Source::Polled;
        let seen = self.observations().iter().map(|seen| seen.seq).max().filter(|_| polled);
        // Of a polled account what was recorded before its figures were seen is in those, but for holds.
        let counts = |fold_entry: &&FoldEntry| {
            let told = FoldEntryRef::from(*fold_entry);
            let is_seen = seen.is_some_and(|seen| fold_entry.seq < seen) && !told.is_hold();
            !told.is_grant() && told.reverses().is_none() && self.reversed_by(&fold_entry.reference).is_none() && !is_seen
        };
        let mut ahead = self.after(now + CLOCKS_DIFFER).filter(counts).peekable();
        if ahead.peek().is_none() {
            return Ok(None);
        }
        let Some(own) = self.as_if_recorded(draft) else { return Ok(None) };
        let at = self.latest(now).map_or(now, |latest| latest.max(now)).max(draft.at);
        let mut without = self.at(at, State::clone)?;
        let mut with = without.clone();
        with.apply(&FoldEntry { at, ..own })?;
        for fold_entry in ahead {
            let by_now = FoldEntry { at, ..fold_entry.clone() };
            let (with, without) = (take(&mut with, &by_now, true)?, take(&mut without, &by_now, true)?);
            if with.own > without.own || with.held > without.held {
                return Ok(Some(Undermined { reference: fold_entry.reference.clone(), at: fold_entry.at, is_ahead: true }));
            }
        }
        Ok(None)
    }

    fn undermined_until_now(&self, draft: &Draft, now: Instant) -> Result<Option<Undermined>, Unsound> {
        let Some(latest) = self.latest(now).filter(|latest| *latest > draft.at) else { return Ok(None) };
        let Some(fold_entry) = self.as_if_recorded(draft) else { return Ok(None) };
        if self.rules().source == Source::Polled {
            self.by_folds(&fold_entry, latest)
        } else {
            self.side_by_side(&fold_entry, latest)
        }
    }

    /// The later entries that take from a hold, which were not reversed: how much, and the first of them.
    pub(super) fn captured_after(&self, hold: &Ref, at: Instant) -> Result<Option<(Amount, &Ref)>, AmountError> {
        let mut found = None;
        for fold_entry in self.after(at) {
            let Some(EntryBody::Capture { hold: of, amount }) = FoldEntryRef::from(fold_entry).other() else { continue };
            if of == hold && self.reversed_by(&fold_entry.reference).is_none() {
                let (sum, first) = found.unwrap_or((Amount::ZERO, &fold_entry.reference));
                found = Some((sum.plus(*amount)?, first));
            }
        }
        Ok(found)
    }

    fn after(&self, at: Instant) -> impl Iterator<Item = &FoldEntry> {
        self.in_order((Bound::Excluded(Moment::end_of(at)), Bound::Unbounded))
    }

    /// A draft as the fold takes it in, under a ref that nothing else has.
    pub(super) fn as_if_recorded(&self, draft: &Draft) -> Option<FoldEntry> {
        let effect = match &draft.body {
            EntryBody::Spend(spend) => EntryEffect::Spend(spend.amount),
            other => EntryEffect::Other(Box::new(other.clone())),
        };
        let mut free = (0u32..).filter_map(|number| Ref::new(&format!("draft {number}")).ok());
        let reference = free.find(|name| self.find(name).is_none() && self.hold_begins(name).is_none())?;
        Some(FoldEntry { seq: Seq(i64::MAX), at: draft.at, reversible_from: draft.at, reference, effect })
    }

    /// Runs two states of a hand-kept account on together.
    fn side_by_side(&self, draft: &FoldEntry, latest: Instant) -> Result<Option<Undermined>, Unsound> {
        let mut without = self.at(draft.at, State::clone)?;
        let mut with = without.clone();
        with.apply(draft)?;
        let mut later = self.after(draft.at).take_while(|fold_entry| fold_entry.at <= latest).peekable();
        while let Some(fold_entry) = later.next() {
            let ends = later.peek().is_none_or(|next| next.at > fold_entry.at);
            let (with, without) = (take(&mut with, fold_entry, ends)?, take(&mut without, fold_entry, ends)?);
            let stands = self.reversed_by(&fold_entry.reference).is_none();
            if stands && with.own > without.own || with.held > without.held {
                return Ok(Some(Undermined { reference: fold_entry.reference.clone(), at: fold_entry.at, is_ahead: false }));
            }
        }
        Ok(None)
    }

    /// Folds a polled account anew for each later instant: which observation its figures start from depends on the instant.
    fn by_folds(&self, draft: &FoldEntry, latest: Instant) -> Result<Option<Undermined>, Unsound> {
        let keep = || Keep::reversed(self.fold_entries().iter());
        let until = |fold_entry: &&FoldEntry| fold_entry.at <= latest && !FoldEntryRef::from(*fold_entry).is_grant();
        let mut later = self.after(draft.at).filter(until).peekable();
        while let Some(fold_entry) = later.next() {
            if later.peek().is_some_and(|next| next.at == fold_entry.at) {
                continue;
            }
            let (rules, seen, at) = (self.rules(), self.observations(), fold_entry.at);
            let without = State::fold(rules, self.fold_entries().iter(), seen, at, at, keep())?;
            let with = State::fold(rules, self.fold_entries().iter().chain([draft]), seen, at, at, keep())?;
            if held_and_not_there(&with)? > held_and_not_there(&without)? {
                return Ok(Some(Undermined { reference: fold_entry.reference.clone(), at, is_ahead: false }));
            }
        }
        Ok(None)
    }
}

/// Takes in a later entry; what it wants, and, where its instant ends with it, what is held and not there.
pub(super) fn take(state: &mut State, fold_entry: &FoldEntry, ends: bool) -> Result<Want, AmountError> {
    let told = FoldEntryRef::from(fold_entry);
    if told.is_grant() {
        state.apply(fold_entry)?;
        return Ok(Want::default());
    }
    state.run_to(fold_entry.at)?;
    let missing = match told.other() {
        Some(EntryBody::Adjust { bucket, amount }) if amount.is_negative() => {
            let there = state.rules.bucket_index(bucket).map_or(Amount::ZERO, |bucket| state.lots.remaining_in(bucket));
            amount.negated().minus(there)?.or_zero()
        }
        _ => Amount::ZERO,
    };
    state.apply(fold_entry)?;
    let uncovered = state.record(&fold_entry.reference).map_or(Amount::ZERO, |record| record.uncovered);
    let held = if ends { held_and_not_there(state)? } else { Amount::ZERO };
    Ok(Want { own: missing.plus(uncovered)?, held })
}

/// What is held and not there; nothing where credits are unlimited.
fn held_and_not_there(state: &State) -> Result<Amount, AmountError> {
    if state.lots.has_unlimited() {
        return Ok(Amount::ZERO);
    }
    Ok(state.holds.total().minus(state.lots.net()?)?.or_zero())
}

impl Known<'_> {
    /// Refuses a draft that takes what stands after it.
    pub(super) fn check_what_follows(&self, past: &Past, draft: &Draft, now: Instant) -> Checked {
        let takes = match &draft.body {
            EntryBody::Capture { hold, amount } => return self.check_captured_later(past, draft, hold, Some(*amount)),
            EntryBody::Release { hold } => return self.check_captured_later(past, draft, hold, None),
            EntryBody::Hold { amount, .. } => Some(*amount),
            EntryBody::Adjust { amount, .. } => Some(*amount).filter(|amount| amount.is_negative()),
            EntryBody::Spend(Spend { amount, .. }) => Some(*amount).filter(|_| draft.must_fit),
            EntryBody::Grant(_) | EntryBody::Reverse { .. } | EntryBody::Observe { .. } => None,
        };
        let Some(amount) = takes else { return Ok(()) };
        let undermined = past.undermined_by(draft, now).map_err(|why| self.unsound(why))?;
        undermined.map_or(Ok(()), |undermined| undermined.refusal(draft, amount))
    }

    /// Refuses a capture of so much, or a release, where later captures need what it takes out of the hold.
    fn check_captured_later(&self, past: &Past, draft: &Draft, hold: &Ref, amount: Option<Amount>) -> Checked {
        let Some((later, first)) = past.captured_after(hold, draft.at).map_err(too_large)? else { return Ok(()) };
        let Some(amount) = amount else {
            let what = format!("{first:?} was captured from hold {hold} later");
            return refuse_beside("hold", what, "date the release after it, or reverse the capture first");
        };
        let held = self.state_at(past, draft.at, |state| state.holds.get(hold).map_or(Amount::ZERO, |hold| hold.held))?;
        let left = held.minus(later).map_err(too_large)?.or_zero();
        if amount <= left {
            return Ok(());
        }
        let what = format!("a capture of {amount} is above the {left} that hold {hold} has left: {later} were captured later");
        refuse_beside("amount", what, "capture at most that, and record the rest as a spend")
    }
}
