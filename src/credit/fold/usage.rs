//! What was used of late: the ground of a hand-kept account's burn rate, and what explains the drops that polls see.

use std::collections::VecDeque;

use chrono::TimeDelta;
use chrono::serde::{ts_nanoseconds, ts_nanoseconds_option};
use serde::{Deserialize, Serialize};

use super::State;
use crate::credit::{Amount, AmountError, Instant, Ref};

/// The span whose spending makes the burn rate.
const BURN_DAYS: i64 = 30;

/// What was used in the last 30 days that were folded: spends, captures, and what a person observed to be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Since when use would be seen: the first entry of any kind, or the grant of credits of which some were gone when a person
    /// looked.
    #[serde(with = "ts_nanoseconds_option")]
    pub since: Option<Instant>,
    /// The earliest first.
    pub recent: VecDeque<Use>,
}

/// A spend, a capture, or a drop that a person observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Use {
    #[serde(with = "ts_nanoseconds")]
    pub at: Instant,
    pub amount: Amount,
    /// Whether a person observed it to be missing, rather than that it was recorded as used.
    pub missing: bool,
    /// The ref of the entry, where that may be reversed.
    pub reference: Option<Ref>,
}

impl Usage {
    pub(super) fn begin(&mut self, at: Instant) {
        self.since = Some(self.since.map_or(at, |since| since.min(at)));
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
    /// What was used, and not reversed since, in the 30 days before `now`, with the instant since which use would be seen; no use
    /// was folded after `now`.
    ///
    /// Where spends are recorded, they are what was used, and what a person finds missing corrects the balance (SPEC L3); where
    /// none are, what is missing is all that tells of use.
    pub(crate) fn used_lately(&self, now: Instant) -> Result<(Option<Instant>, Amount), AmountError> {
        let sum = |missing: bool| {
            let parts = self.uses_since(window(now)).filter(|part| part.missing == missing).map(|part| part.amount);
            parts.into_iter().try_fold(Amount::ZERO, Amount::plus)
        };
        let recorded = sum(false)?;
        Ok((self.usage.since, if recorded.is_zero() { sum(true)? } else { recorded }))
    }

    /// When anything was used last, as far as the last 30 days tell.
    pub(crate) fn usage_ends(&self) -> Instant {
        self.usage.recent.back().map_or(Instant::UNIX_EPOCH, |last| last.at)
    }

    /// What was recorded as used after an instant of the last 30 days, and not reversed since.
    pub(crate) fn used_since(&self, begin: Instant) -> impl Iterator<Item = &Use> {
        self.uses_since(begin).filter(|part| !part.missing)
    }

    /// What was used or found missing after an instant of the last 30 days, and not reversed since.
    pub(super) fn uses_since(&self, begin: Instant) -> impl Iterator<Item = &Use> {
        let is_reversed = |reference| self.record(reference).is_some_and(|record| record.reversed_by.is_some());
        let recent = self.usage.recent.iter();
        recent.filter(move |part| part.at > begin && !part.reference.as_ref().is_some_and(is_reversed))
    }
}
