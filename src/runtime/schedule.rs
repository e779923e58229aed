//! When an account is polled next: pure decisions (SPEC P1, P3, P4).

use std::time::Duration;

use chrono::TimeDelta;

use crate::credit::{FailureKind, Instant, PollHealth};

/// Polls that are due at the same instant are spread over this part of the interval, so that a thousand accounts don't
/// ask at once.
const JITTER_PARTS: u32 = 20;

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
/// last success; in both cases not before the provider allows it.
///
/// A `last_ok_at` that lies ahead (the clock was set back, or `--now` names the past) counts as just now.
#[must_use]
pub fn due(health: &PollHealth, now: Instant) -> Due {
    let interval = TimeDelta::seconds(health.interval_seconds.max(1));
    let scheduled = health.last_ok_at.and_then(|last| last.min(now).checked_add_signed(interval));
    let allowed = health.failure.as_ref().and_then(|failure| failure.retry_at);
    match scheduled.max(allowed) {
        Some(at) if at > now => Due::At(at),
        _ => Due::Now,
    }
}

/// How long to wait after a failure for which the provider named no time: the backoff of this attempt, but at least the interval
/// where asking again can't help until somebody has done something.
#[must_use]
pub fn after_failure(kind: FailureKind, interval: Duration, backoff: Duration) -> Duration {
    match kind {
        FailureKind::RateLimited
        | FailureKind::ServerError
        | FailureKind::Unreachable
        | FailureKind::Timeout
        | FailureKind::Tls => backoff,
        FailureKind::Unauthorized
        | FailureKind::Forbidden
        | FailureKind::OutOfCredit
        | FailureKind::Malformed
        | FailureKind::Refused
        | FailureKind::NoKey => backoff.max(interval),
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

/// The most by which a scheduled poll is put off at random: a twentieth of the account's interval, at most 15 s.
#[must_use]
pub fn most_jitter(interval: Duration) -> Duration {
    (interval / JITTER_PARTS).min(Duration::from_secs(15))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{Failure, FailureKind, parse_instant};

    fn at(text: &str) -> Instant {
        parse_instant(&format!("2026-11-20T{text}Z")).unwrap()
    }

    fn health(last_ok_at: Option<&str>, failure: Option<(&str, Option<&str>)>) -> PollHealth {
        let failure = failure.map(|(failed, retry)| Failure {
            kind: FailureKind::RateLimited,
            message: "too many requests".to_owned(),
            at: at(failed),
            retry_at: retry.map(at),
        });
        PollHealth { last_ok_at: last_ok_at.map(at), failure, interval_seconds: 300 }
    }

    #[test]
    fn p4_an_account_that_was_never_polled_is_due_at_once() {
        assert_eq!(due(&health(None, None), at("09:00:00")), Due::Now);
    }

    #[test]
    fn p4_a_poll_is_due_an_interval_after_the_last_success() {
        let polled = health(Some("08:58:00"), None);
        assert_eq!(due(&polled, at("09:00:00")), Due::At(at("09:03:00")));
        assert_eq!(due(&polled, at("09:03:00")), Due::Now);
        assert_eq!(due(&polled, at("11:00:00")), Due::Now);
    }

    #[test]
    fn p4_a_success_that_lies_ahead_counts_as_now() {
        assert_eq!(due(&health(Some("12:00:00"), None), at("09:00:00")), Due::At(at("09:05:00")));
    }

    #[test]
    fn p3_retry_at_is_honoured_to_the_instant_and_beats_the_interval() {
        let limited = health(Some("08:00:00"), Some(("08:59:00", Some("09:30:00"))));
        assert_eq!(due(&limited, at("09:29:59")), Due::At(at("09:30:00")));
        assert_eq!(due(&limited, at("09:30:00")), Due::Now);
    }

    #[test]
    fn p3_a_wait_that_is_over_leaves_the_interval() {
        let limited = health(Some("08:58:00"), Some(("08:59:00", Some("08:59:30"))));
        assert_eq!(due(&limited, at("09:00:00")), Due::At(at("09:03:00")));
    }

    #[test]
    fn p3_a_failure_without_a_settled_try_leaves_the_interval_too() {
        assert_eq!(due(&health(None, Some(("08:59:00", None))), at("09:00:00")), Due::Now);
        assert_eq!(due(&health(Some("08:50:00"), Some(("08:59:00", None))), at("09:00:00")), Due::Now);
    }

    #[test]
    fn p3_a_passing_failure_backs_off_and_a_lasting_one_waits_an_interval() {
        let after = |kind, backoff| after_failure(kind, Duration::from_mins(5), Duration::from_secs(backoff));
        assert_eq!(after(FailureKind::Unreachable, 2), Duration::from_secs(2));
        assert_eq!(after(FailureKind::Forbidden, 2), Duration::from_mins(5));
        assert_eq!(after(FailureKind::Forbidden, 301), Duration::from_secs(301));
    }

    #[test]
    fn p3_a_forced_poll_respects_what_the_provider_asked_for_only() {
        assert_eq!(forced(None, at("09:00:00")), Due::Now);
        assert_eq!(forced(Some(at("09:10:00")), at("09:00:00")), Due::At(at("09:10:00")));
        assert_eq!(forced(Some(at("08:10:00")), at("09:00:00")), Due::Now);
    }

    #[test]
    fn p1_jitter_is_a_small_part_of_the_interval() {
        assert_eq!(most_jitter(Duration::from_mins(5)), Duration::from_secs(15));
        assert_eq!(most_jitter(Duration::from_secs(10)), Duration::from_millis(500));
        assert_eq!(most_jitter(Duration::from_hours(24)), Duration::from_secs(15));
    }

    #[test]
    fn a4_waiting_is_a_length_of_time() {
        assert_eq!(Due::Now.wait(at("09:00:00")), Duration::ZERO);
        assert_eq!(Due::At(at("09:00:05")).wait(at("09:00:00")), Duration::from_secs(5));
        assert_eq!(Due::At(at("08:00:05")).wait(at("09:00:00")), Duration::ZERO);
    }
}
