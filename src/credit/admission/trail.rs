//! States of a hand-kept account along time, from which a fold can go on.
//!
//! Drafts mostly come in the order of time: then one state moves on with them. Exports of bills often come newest first. So a fold
//! that has to turn back leaves states behind, ever denser towards its end: at half of the way, at half of the rest, and so on.
//! Going back step by step then costs little more than going forth, and only few states are kept.

use crate::credit::fold::{Moment, State};
use crate::credit::{AmountError, FoldEntry, Instant};

/// So few entries are rather folded again than kept apart by a state. Tests have short histories.
const SHORT: usize = if cfg!(test) { 2 } else { 256 };

/// The most states that are left behind. Going back over a million entries leaves half as many.
const MOST: usize = 24;

/// A state with how far it has come.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) state: State,
    at: Instant,
    last: Option<Moment>,
}

impl Reached {
    /// A state that a fold begins with, which has run to `at`.
    pub(super) fn new(state: State, at: Instant) -> Self {
        Self { state, at, last: None }
    }

    /// The entry that was taken in last.
    pub(super) fn taken_in(&self) -> Option<Moment> {
        self.last
    }

    /// Takes in the entry that happened next.
    pub(super) fn take_in(&mut self, moment: Moment, fold_entry: &FoldEntry) -> Result<(), AmountError> {
        self.state.apply(fold_entry)?;
        (self.at, self.last) = (fold_entry.at, Some(moment));
        Ok(())
    }

    /// Runs what happens by itself up to `at`, which is not before anything taken in.
    pub(super) fn run_to(&mut self, at: Instant) -> Result<(), AmountError> {
        self.state.run_to(at)?;
        self.at = at;
        Ok(())
    }

    /// Whether what happened at a moment could still be taken in.
    fn is_before(&self, moment: Moment) -> bool {
        self.at <= moment.at && self.last.is_none_or(|last| last < moment)
    }
}

/// The states that are kept.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// The one that was looked at last.
    latest: Option<Reached>,
    /// Those that were left behind, in the order of time.
    behind: Vec<Reached>,
    /// Whether any was looked at.
    begun: bool,
}

impl Trail {
    /// The state to come to `at` from, and whether that is a turn back from the one that was looked at last.
    pub(super) fn leave_for(
        &mut self,
        at: Instant,
        beginning: impl FnOnce() -> Result<Reached, AmountError>,
    ) -> Result<(Reached, bool), AmountError> {
        if let Some(latest) = self.latest.take_if(|latest| latest.at <= at) {
            return Ok((latest, false));
        }
        let before = self.behind.partition_point(|reached| reached.at <= at);
        let start = match self.behind.get(..before).and_then(<[Reached]>::last) {
            Some(nearest) => nearest.clone(),
            None => beginning()?,
        };
        Ok((start, self.begun))
    }

    /// Leaves a state behind.
    pub(super) fn keep(&mut self, reached: &Reached) {
        if self.behind.len() < MOST {
            let place = self.behind.partition_point(|other| (other.at, other.last) <= (reached.at, reached.last));
            self.behind.insert(place, reached.clone());
        }
    }

    /// Takes back the state that was looked at.
    pub(super) fn arrive(&mut self, reached: Reached) {
        self.latest = Some(reached);
        self.begun = true;
    }

    /// Drops the states that come after what is recorded now.
    pub(super) fn forget_after(&mut self, moment: Moment) {
        self.latest.take_if(|latest| !latest.is_before(moment));
        let stay = self.behind.partition_point(|reached| reached.is_before(moment));
        self.behind.truncate(stay);
    }
}

/// Where a fold leaves states behind: as counts of entries that are still ahead.
#[derive(Debug, Default)]
pub(super) struct Stops {
    left: usize,
    /// What is no longer than this is one step.
    short: usize,
    next: Option<usize>,
}

impl Stops {
    /// The stops of a fold that takes in so many entries: each at half of what is left, the last one at the end. To keep a state with
    /// many lots costs as much as to fold as many entries.
    pub(super) fn on_a_way_of(fold_entries: usize, lots: usize) -> Self {
        let short = lots.max(SHORT);
        Self { left: fold_entries, short, next: (fold_entries > short).then(|| half_of(fold_entries, short)) }
    }

    /// Counts the next entry, or the end; whether a state is to be left behind before it.
    pub(super) fn pass(&mut self) -> bool {
        let stops = self.next == Some(self.left);
        if stops {
            self.next = (self.left > 0).then(|| half_of(self.left, self.short));
        }
        self.left = self.left.saturating_sub(1);
        stops
    }
}

/// Half of the way, or its end where that is short.
fn half_of(way: usize, short: usize) -> usize {
    Some(way / 2).filter(|half| *half > short).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_come_ever_denser() {
        let mut stops = Stops::on_a_way_of(1000, 0);
        let at: Vec<usize> = (0..=1000).filter(|_| stops.pass()).collect();
        assert_eq!(at, [500, 750, 875, 938, 969, 985, 993, 997, 1000]);
        let mut short = Stops::on_a_way_of(SHORT, 0);
        assert!((0..=SHORT).all(|_| !short.pass()));
        let mut heavy = Stops::on_a_way_of(1000, 200);
        let at: Vec<usize> = (0..=1000).filter(|_| heavy.pass()).collect();
        assert_eq!(at, [500, 750, 1000], "few states where they are large");
        let mut none = Stops::default();
        assert!((0..1000).all(|_| !none.pass()));
    }
}
