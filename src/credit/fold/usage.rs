//! What was used of late: the ground of the burn rate.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::State;
use crate::credit::{Amount, AmountError, Instant, Ref};

/// The span whose spending makes the burn rate.
const BURN_DAYS: i64 = 30;

/// The spends and captures of the last 30 days that were folded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// The first entry of any kind.
    since: Option<Instant>,
    recent: VecDeque<(Instant, Ref, Amount)>,
}

impl Usage {
    pub(super) fn begin(&mut self, at: Instant) {
        self.since.get_or_insert(at);
    }

    /// Takes in what was used at `at`, not before anything taken in so far.
    pub(super) fn take(&mut self, at: Instant, reference: &Ref, amount: Amount) {
        while self.recent.front().is_some_and(|(old, ..)| *old <= window(at)) {
            self.recent.pop_front();
        }
        self.recent.push_back((at, reference.clone(), amount));
    }
}

/// Where the span begins that ends at `at`; what was used at that instant is outside.
pub(crate) fn window(at: Instant) -> Instant {
    at - TimeDelta::days(BURN_DAYS)
}

impl State {
    /// What was used, and not reversed since, in the 30 days before `now`, with the instant of the first entry; `now` is not before
    /// anything folded.
    pub(crate) fn used_lately(&self, now: Instant) -> Result<(Option<Instant>, Amount), AmountError> {
        let stands = |reference| self.record(reference).is_none_or(|record| record.reversed_by.is_none());
        let recent = self.usage.recent.iter().filter(|(at, reference, _)| *at > window(now) && stands(reference));
        let used = recent.map(|(_, _, amount)| *amount).try_fold(Amount::ZERO, Amount::plus)?;
        Ok((self.usage.since, used))
    }
}
