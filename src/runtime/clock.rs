//! The one clock, at the edge (SPEC A4).

use chrono::Utc;

use crate::credit::Instant;

/// Tells the present instant: by the machine, or always the same.
///
/// A stopped clock makes the whole program reproducible. Timeouts and sleeping never ask it: they use monotonic time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that `--now` stopped at an instant.
    Stopped(Instant),
}

impl Clock {
    /// A clock stopped at `now`, or the machine's where none is given.
    #[must_use]
    pub fn new(now: Option<Instant>) -> Self {
        now.map_or(Self::System, Self::Stopped)
    }

    /// The present instant.
    #[must_use]
    pub fn now(self) -> Instant {
        match self {
            Self::System => Utc::now(),
            Self::Stopped(at) => at,
        }
    }

    /// A seed for jitter: fixed where the clock is stopped, else different in every run.
    #[must_use]
    pub fn seed(self) -> u64 {
        match self {
            Self::System => fastrand::u64(..),
            Self::Stopped(at) => at.timestamp().unsigned_abs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    #[test]
    fn a4_a_stopped_clock_stays_and_fixes_the_seed() {
        let at = parse_instant("2026-11-20T09:00:00Z").unwrap();
        let clock = Clock::new(Some(at));
        assert_eq!((clock.now(), clock.now()), (at, at));
        assert_eq!(clock.seed(), Clock::Stopped(at).seed());
        assert_ne!(clock.seed(), Clock::Stopped(at + chrono::TimeDelta::seconds(1)).seed());
    }

    #[test]
    fn a4_without_now_the_machine_tells_the_time() {
        let before = Utc::now();
        let told = Clock::new(None).now();
        assert!(before <= told && told <= Utc::now());
    }
}
