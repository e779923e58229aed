//! What was used of late: the ground of a hand-kept account's burn rate, and what explains the drops that polls see.

use std::collections::VecDeque;

use chrono::TimeDelta;

use super::State;
use crate::credit::{Amount, AmountError, Instant, Ref};

/// The span whose spending makes the burn rate.
const BURN_DAYS: i64 = 30;

/// The spends and captures of the last 30 days that were folded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// The first entry of any kind.
    pub since: Option<Instant>,
    /// The earliest first.
    pub recent: VecDeque<Use>,
}

/// A spend or capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub at: Instant,
    pub amount: Amount,
    /// The ref of the entry, where that may be reversed.
    pub reference: Option<Ref>,
}

impl Usage {
    pub(super) fn begin(&mut self, at: Instant) {
        self.since.get_or_insert(at);
    }

    /// Takes in what was used at `at`, not before anything taken in so far.
    pub(super) fn take(&mut self, new: Use) {
        while self.recent.front().is_some_and(|old| old.at <= window(new.at)) {
            self.recent.pop_front();
        }
        self.recent.push_back(new);
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
        let used = self.used_since(window(now)).map(|part| part.amount).try_fold(Amount::ZERO, Amount::plus)?;
        Ok((self.usage.since, used))
    }

    /// What was used after an instant of the last 30 days, and not reversed since.
    pub(crate) fn used_since(&self, begin: Instant) -> impl Iterator<Item = &Use> {
        let is_reversed = |reference| self.record(reference).is_some_and(|record| record.reversed_by.is_some());
        let recent = self.usage.recent.iter();
        recent.filter(move |part| part.at > begin && !part.reference.as_ref().is_some_and(is_reversed))
    }
}
