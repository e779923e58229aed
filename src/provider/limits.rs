//! How long is waited before an account is asked again: jitter, and backoff after failures (SPEC P1, P3).

use std::time::Duration;

use fastrand::Rng;

/// The shortest backoff.
const LEAST: Duration = Duration::from_secs(1);

/// The longest backoff.
const MOST: Duration = Duration::from_mins(5);

/// How long to wait after failure number `attempt` (from 1) in a row: exponential with full jitter, anywhere from one second to
/// `2^attempt` seconds, at most five minutes.
pub fn backoff(attempt: u32, rng: &mut Rng) -> Duration {
    let ceiling = 2u64.checked_pow(attempt).map_or(MOST, Duration::from_secs).clamp(LEAST, MOST);
    LEAST + jitter(ceiling.saturating_sub(LEAST), rng)
}

/// Anything from nothing up to `most`, to the millisecond: spreads polls that would fall on one instant.
pub fn jitter(most: Duration, rng: &mut Rng) -> Duration {
    Duration::from_millis(rng.u64(..=u64::try_from(most.as_millis()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3_backoff_grows_with_full_jitter_up_to_five_minutes() {
        let mut rng = Rng::with_seed(7);
        for attempt in [0, 1, 3, 8, 9, 40, u32::MAX] {
            let ceiling = if attempt > 8 { 300 } else { 1 << attempt };
            let waits: Vec<Duration> = (0..500).map(|_| backoff(attempt, &mut rng)).collect();
            assert!(waits.iter().all(|wait| *wait >= LEAST && *wait <= Duration::from_secs(ceiling)), "{attempt}");
            if attempt > 2 {
                let (low, high) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
                assert!(*low < Duration::from_secs(ceiling / 4 + 1) && *high > Duration::from_secs(ceiling * 3 / 4));
            }
        }
    }
}
