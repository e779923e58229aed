//! Credits set aside for planned work (SPEC E11).

use std::collections::{BTreeMap, BTreeSet};

use chrono::serde::{ts_nanoseconds, ts_nanoseconds_option};
use serde::{Deserialize, Serialize};

use crate::credit::{Amount, AmountError, Instant, Ref};

/// A hold, open or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub reference: Ref,
    #[serde(with = "ts_nanoseconds")]
    pub at: Instant,
    #[serde(with = "ts_nanoseconds_option")]
    pub expires_at: Option<Instant>,
    /// What is still held.
    pub held: Amount,
    /// How it ended, where it did before it was used up.
    pub end: Option<HoldEnd>,
}

impl Hold {
    fn deadline_after(&self, at: Instant) -> Option<Instant> {
        self.expires_at.filter(|deadline| *deadline > at)
    }
}

/// What ended a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HoldEnd {
    /// Its deadline; for good.
    Deadline,
    /// A release; its reversal brings the hold back.
    Released,
    /// The reversal of the hold itself; for good.
    Reversed,
}

/// All holds of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holds {
    all: Vec<Hold>,
    by_ref: BTreeMap<Ref, usize>,
    /// Those with something left.
    open: BTreeSet<usize>,
    deadlines: BTreeSet<(Instant, usize)>,
    total: Amount,
}

impl Holds {
    /// Everything that is held.
    pub(crate) fn total(&self) -> Amount {
        self.total
    }

    /// The holds with something left, the oldest first.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Hold> {
        self.open.iter().filter_map(|index| self.all.get(*index))
    }

    pub(crate) fn get(&self, reference: &Ref) -> Option<&Hold> {
        self.by_ref.get(reference).and_then(|index| self.all.get(*index))
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    pub(super) fn add(&mut self, hold: Hold) -> Result<(), AmountError> {
        let index = self.all.len();
        self.total = self.total.plus(hold.held)?;
        if let Some(at) = hold.expires_at {
            self.deadlines.insert((at, index));
        }
        self.by_ref.insert(hold.reference.clone(), index);
        self.all.push(hold);
        self.sort_in(index);
        Ok(())
    }

    /// Notes whether a hold that changed has something left.
    fn sort_in(&mut self, index: usize) {
        if self.all.get(index).is_some_and(|hold| hold.held.is_positive()) {
            self.open.insert(index);
        } else {
            self.open.remove(&index);
        }
    }

    /// A hold that is about to change, with its place.
    fn find(&mut self, reference: &Ref) -> Option<(usize, &mut Hold)> {
        let index = *self.by_ref.get(reference)?;
        Some((index, self.all.get_mut(index)?))
    }

    /// Ends every hold whose deadline is at `at`.
    pub(super) fn expire(&mut self, at: Instant) -> Result<(), AmountError> {
        while let Some((deadline, index)) = self.deadlines.first().copied().filter(|(deadline, _)| *deadline <= at) {
            self.deadlines.remove(&(deadline, index));
            if let Some(hold) = self.all.get_mut(index) {
                self.total = self.total.minus(hold.held)?;
                hold.held = Amount::ZERO;
                hold.end = Some(HoldEnd::Deadline);
            }
            self.open.remove(&index);
        }
        Ok(())
    }

    /// Takes up to `amount` out of a hold; returns what was taken.
    pub(super) fn take(&mut self, reference: &Ref, amount: Amount) -> Result<Amount, AmountError> {
        let Some((index, hold)) = self.find(reference) else { return Ok(Amount::ZERO) };
        let taken = hold.held.min(amount);
        hold.held = hold.held.minus(taken)?;
        self.total = self.total.minus(taken)?;
        self.sort_in(index);
        Ok(taken)
    }

    /// Ends a hold; returns what was still held.
    pub(super) fn end(&mut self, reference: &Ref) -> Result<Amount, AmountError> {
        let held = self.get(reference).map_or(Amount::ZERO, |hold| hold.held);
        let taken = self.take(reference, held)?;
        if let Some((_, hold)) = self.find(reference).filter(|(_, hold)| hold.end.is_none()) {
            hold.end = Some(HoldEnd::Released);
        }
        Ok(taken)
    }

    /// Ends a hold that was reversed: nothing brings it back.
    pub(super) fn cancel(&mut self, reference: &Ref) -> Result<(), AmountError> {
        self.end(reference)?;
        if let Some((_, hold)) = self.find(reference) {
            hold.end = Some(HoldEnd::Reversed);
        }
        Ok(())
    }

    /// How many can still change by themselves or by an entry that names them.
    pub(super) fn standing(&self) -> usize {
        self.open.len() + self.deadlines.len()
    }

    /// The holds that are open or whose deadline is to come, and those of these refs; in their order.
    pub(super) fn extract<'a>(&self, asked: impl Iterator<Item = &'a Ref>) -> Vec<Hold> {
        let asked = asked.filter_map(|reference| self.by_ref.get(reference));
        let waiting = self.deadlines.iter().map(|(_, index)| index);
        let standing: BTreeSet<usize> = self.open.iter().chain(waiting).chain(asked).copied().collect();
        standing.into_iter().filter_map(|index| self.all.get(index)).cloned().collect()
    }

    /// What was [extracted](Self::extract) at `at`.
    pub(super) fn open_again(extracted: Vec<Hold>, at: Instant) -> Result<Self, AmountError> {
        let deadlines = extracted.iter().zip(0..).filter_map(|(hold, index)| Some((hold.deadline_after(at)?, index)));
        Ok(Self {
            total: extracted.iter().map(|hold| hold.held).try_fold(Amount::ZERO, Amount::plus)?,
            by_ref: extracted.iter().zip(0..).map(|(hold, index)| (hold.reference.clone(), index)).collect(),
            open: extracted.iter().zip(0..).filter(|(hold, _)| hold.held.is_positive()).map(|(_, index)| index).collect(),
            deadlines: deadlines.collect(),
            all: extracted,
        })
    }

    /// Undoes a release, unless the deadline has passed or the hold was reversed since.
    pub(super) fn reopen(&mut self, reference: &Ref, amount: Amount) -> Result<(), AmountError> {
        if let Some((_, hold)) = self.find(reference).filter(|(_, hold)| hold.end == Some(HoldEnd::Released)) {
            hold.end = None;
        }
        self.restore(reference, amount)
    }

    /// Holds `amount` again, where the hold has not ended.
    pub(super) fn restore(&mut self, reference: &Ref, amount: Amount) -> Result<(), AmountError> {
        if let Some((index, hold)) = self.find(reference).filter(|(_, hold)| hold.end.is_none()) {
            hold.held = hold.held.plus(amount)?;
            self.total = self.total.plus(amount)?;
            self.sort_in(index);
        }
        Ok(())
    }
}
