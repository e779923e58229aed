//! The one clock, at the edge (SPEC A4).

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike as _, TimeDelta};

use crate::credit::{Instant, print_instant};
use crate::report::{Ending, Report};

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
    ///
    /// # Errors
    /// A [`Report`] where the machine's is outside the years 1970 to 2199: what was stamped with it could not be kept.
    pub fn new(now: Option<Instant>) -> Result<Self, Report> {
        match now {
            Some(now) => Ok(Self::Stopped(now)),
            None => believable(SystemTime::now()).map(|_| Self::System).map_err(|said| {
                let what = format!("this computer's clock says {said}, and creditop counts from 1970 to 2199");
                Report::new(Ending::Usage, what).hint("set the clock; to look at what is recorded meanwhile, stop it with --now")
            }),
        }
    }

    /// The present instant. A machine whose clock is set to another age while the program runs is taken to be at that age's nearest end
    /// of the years 1970 to 2199.
    #[must_use]
    pub fn now(self) -> Instant {
        match self {
            Self::System => {
                let time = SystemTime::now();
                let latest = DateTime::from_timestamp(LATEST, 0).unwrap_or(Instant::MAX_UTC);
                believable(time).unwrap_or(if time < UNIX_EPOCH { Instant::UNIX_EPOCH } else { latest })
            }
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

/// The last second of the year 2199.
const LATEST: i64 = 7_258_118_399;

/// The instant of a machine's time within the years 1970 to 2199; otherwise what the machine says, in words.
fn believable(time: SystemTime) -> Result<Instant, String> {
    let Ok(since) = time.duration_since(UNIX_EPOCH) else { return Err("that it is before 1970".to_owned()) };
    let instant = i64::try_from(since.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, since.subsec_nanos()));
    match instant {
        Some(instant) if instant.year() < 2200 => Ok(instant),
        Some(instant) => Err(format!(
            "that it is {}",
            print_instant(instant - TimeDelta::nanoseconds(instant.timestamp_subsec_nanos().into()))
        )),
        None => Err("that it is after all years that can be written".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::Utc;

    use super::*;

    #[test]
    fn s14_a_machine_of_another_age_is_named_and_not_believed() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let last = u64::try_from(LATEST).unwrap();
        assert_eq!(believable(at(0)), Ok(Instant::UNIX_EPOCH));
        assert_eq!(print_instant(believable(at(last)).unwrap()), "2199-12-31T23:59:59Z");
        assert_eq!(believable(at(last + 1)), Err("that it is 2200-01-01T00:00:00Z".to_owned()));
        assert_eq!(believable(at(253_402_300_800)), Err("that it is +10000-01-01T00:00:00Z".to_owned()));
        assert_eq!(believable(at(1 << 62)), Err("that it is after all years that can be written".to_owned()));
        assert_eq!(believable(UNIX_EPOCH - Duration::from_secs(1)), Err("that it is before 1970".to_owned()));
    }
    use crate::credit::parse_instant;

    #[test]
    fn a4_a_stopped_clock_stays_and_fixes_the_seed() {
        let at = parse_instant("2026-11-20T09:00:00Z").unwrap();
        let clock = Clock::new(Some(at)).unwrap();
        assert_eq!((clock.now(), clock.now()), (at, at));
        assert_eq!(clock.seed(), Clock::Stopped(at).seed());
        assert_ne!(clock.seed(), Clock::Stopped(at + chrono::TimeDelta::seconds(1)).seed());
    }

    #[test]
    fn a4_without_now_the_machine_tells_the_time() {
        let before = Utc::now();
        let told = Clock::new(None).unwrap().now();
        assert!(before <= told && told <= Utc::now());
    }
}
