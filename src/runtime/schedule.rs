//! When an account is polled next: pure decisions (SPEC P1, P3, P4).
//!
//! A healthy account is asked once in each interval, and just after a reset that is known. While nothing changes and nobody looks it is
//! asked less often, but always so often that its figures never look stale: those are stale after three intervals, whoever reads them,
//! and another process can't know how often this one asks. A failing account is never asked more often than a healthy one.

use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;

use crate::credit::{CALM_INTERVALS, Failure, Instant, PollHealth, SETTLING};
use crate::provider::{backoff, jitter};
use crate::tui::Pace;

/// Polls that are due at the same instant are spread over this part of the interval, so that a thousand accounts don't
/// ask at once.
const JITTER_PARTS: u32 = 20;

/// From how many intervals without a change on an account is asked how much less often, in halves of its interval.
const SLOWER: [(u32, u32); 3] = [(12, 5), (6, 4), (CALM_INTERVALS, 3)];

/// What an account's schedule says at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Poll now.
    Now,
    /// Poll then.
    At(Instant),
}

impl Due {
    /// How long to sleep from `now` on.
    #[must_use]
    pub fn wait(self, now: Instant) -> Duration {
        match self {
            Self::Now => Duration::ZERO,
            Self::At(at) => (at - now).to_std().unwrap_or(Duration::ZERO),
        }
    }
}

/// When an account is due by what is recorded of its polls: at once where no poll has succeeded yet, else an interval after the
/// last success. Where the provider asked to wait, the longer of that and an interval after it did counts.
///
/// What lies ahead (the clock was set back, or another was used) is not believed: such an account is due at once (SPEC A5).
#[must_use]
pub fn due(health: &PollHealth, now: Instant) -> Due {
    let health = health.clone().believed_at(now);
    let interval = TimeDelta::seconds(health.interval_seconds.max(1));
    let after = |last: Instant| last.checked_add_signed(interval);
    let scheduled = health.last_ok_at.and_then(after);
    let waiting = health.failure.as_ref().and_then(|failure| Some((failure.at, failure.retry_at?)));
    let allowed = waiting.and_then(|(failed, retry_at)| after(failed).max(Some(retry_at)));
    match scheduled.max(allowed) {
        Some(at) if at > now => Due::At(at),
        _ => Due::Now,
    }
}

/// As [`due`], by what another process has learned: also a failure for which the provider named no time counts an interval. Otherwise
/// two processes would ask in turns without a pause, each because the other was not answered.
#[must_use]
pub fn due_beside_others(health: &PollHealth, now: Instant) -> Due {
    let failed = health.clone().believed_at(now).failure.map(|failure| failure.at);
    let interval = TimeDelta::seconds(health.interval_seconds.max(1));
    match (due(health, now), failed.and_then(|failed| failed.checked_add_signed(interval))) {
        (Due::Now, Some(at)) if at > now => Due::At(at),
        (Due::At(due), Some(at)) => Due::At(due.max(at)),
        (due, _) => due,
    }
}

/// The earliest instant at which a person may force a poll: at once, but for a wait that the provider asked for.
///
/// `settled` is the `Retry-After` of the last answer, which is honoured to the instant; our own backoff is not.
#[must_use]
pub fn forced(settled: Option<Instant>, now: Instant) -> Due {
    match settled {
        Some(at) if at > now => Due::At(at),
        _ => Due::Now,
    }
}

/// The earliest instant at which anybody may ask again by what is recorded: after the wait that the provider asked for, and not within
/// its stated minimum after the last poll.
#[must_use]
pub fn allowed(health: &PollHealth, minimum: Duration, now: Instant) -> Due {
    match (asked_to_wait(health, now), spaced(health, minimum, now)) {
        (Due::At(one), Due::At(other)) => Due::At(one.max(other)),
        (Due::Now, due) | (due, Due::Now) => due,
    }
}

/// The earliest instant at which the provider, which asked to wait, may be asked again.
#[must_use]
pub fn asked_to_wait(health: &PollHealth, now: Instant) -> Due {
    forced(health.failure.as_ref().and_then(|failure| failure.retry_at), now)
}

/// The earliest instant that keeps the provider's stated minimum after the last poll.
#[must_use]
pub fn spaced(health: &PollHealth, minimum: Duration, now: Instant) -> Due {
    let failure = health.failure.as_ref();
    let asked = failure.filter(|failure| !failure.kind.is_on_this_side());
    let last = health.last_ok_at.max(asked.map(|failure| failure.at)).filter(|_| !minimum.is_zero());
    let minimum = TimeDelta::from_std(minimum).unwrap_or(TimeDelta::MAX);
    let spaced = last.filter(|last| *last <= now).and_then(|last| last.checked_add_signed(minimum));
    forced(spaced, now)
}

/// The most by which a scheduled poll is moved at random: a twentieth of the account's interval, at most 15 s.
#[must_use]
pub fn most_jitter(interval: Duration) -> Duration {
    (interval / JITTER_PARTS).min(Duration::from_secs(15))
}

/// What is known of an account when its next poll is planned.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The present instant.
    pub now: Instant,
    /// When it was asked last.
    pub asked_at: Instant,
    /// The account's interval, which counts from there.
    pub interval: Duration,
    /// The longest time between two polls while nothing changes; what is shorter than the interval counts as the interval.
    pub longest: Duration,
    /// The provider's stated minimum between two polls.
    pub minimum: Duration,
    /// Why the last poll failed, where it did, and how many did in a row.
    pub failure: Option<(&'a Failure, u32)>,
    /// The next reset that is known.
    pub next_reset: Option<Instant>,
    /// When the figures, or the account's entries, changed last.
    pub unchanged_since: Option<Instant>,
}

/// When the next poll is, from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Where nobody looks.
    pub wait: Duration,
    /// While somebody looks; never longer.
    pub looked_at: Duration,
    /// Until when not even a wish comes before it: the provider asked for that.
    pub at_least: Duration,
    /// Why then.
    pub pace: Pace,
}

/// Plans the next poll.
pub fn plan(situation: &Situation<'_>, random: &mut Rng) -> Plan {
    let Situation { now, interval, minimum, .. } = *situation;
    if let Some((failure, attempt)) = situation.failure {
        // A time that is over by the time it is read would have us ask again and again without a pause.
        let asked_for = forced(failure.retry_at, now).wait(now);
        let wait = if asked_for.is_zero() {
            backoff(attempt, random).max(interval) + jitter(most_jitter(interval), random)
        } else {
            asked_for.max(interval)
        };
        let pace = if asked_for.is_zero() { Pace::Retry } else { Pace::AskedToWait };
        return Plan { wait: wait.max(minimum), looked_at: wait.max(minimum), at_least: asked_for, pace };
    }
    // A little early: who queues for a moment is still asked within the interval.
    let early = most_jitter(interval) / 2 + jitter(most_jitter(interval) / 2, random);
    let took = (now - situation.asked_at).to_std().unwrap_or_default();
    let usual = interval.saturating_sub(early + took).max(minimum);
    let (slower, pace) = quiet(situation);
    let calm = Plan { wait: usual + slower.saturating_sub(interval), looked_at: usual, at_least: Duration::ZERO, pace };
    let reset = situation.next_reset.and_then(|at| (at - now).to_std().ok());
    match reset.map(|wait| (wait + SETTLING + early).max(minimum)) {
        Some(wait) if wait < calm.wait => Plan { wait, looked_at: calm.looked_at.min(wait), pace: Pace::AfterReset, ..calm },
        _ => calm,
    }
}

/// How long there is between two polls while nobody looks, and why.
fn quiet(situation: &Situation<'_>) -> (Duration, Pace) {
    let Situation { now, interval, longest, .. } = *situation;
    let Some((since, calm)) = situation.unchanged_since.and_then(|since| Some((since, (now - since).to_std().ok()?))) else {
        return (interval, Pace::Interval);
    };
    let intervals = |times: u32| interval.saturating_mul(times);
    let halves = SLOWER.iter().find(|(times, _)| calm >= intervals(*times)).map_or(2, |(_, halves)| *halves);
    let every = (interval.saturating_mul(halves) / 2).min(longest).max(interval);
    if every > interval { (every, Pace::Quiet { every, since }) } else { (interval, Pace::Interval) }
}

#[cfg(test)]
mod tests;
