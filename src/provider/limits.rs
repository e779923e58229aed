//! How hard a host is asked: at most so many requests at once, with jitter, and with backoff after failures (SPEC P1, P3).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The shortest backoff.
const LEAST: Duration = Duration::from_secs(1);

/// The longest backoff.
const MOST: Duration = Duration::from_mins(5);

/// Bounds the requests that are under way at each host, so that a slow host delays nobody else's accounts.
#[derive(Debug)]
pub struct HostLimits {
    per_host: usize,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The right to ask a host; it ends when this is dropped.
#[derive(Debug)]
pub struct Permit {
    _slot: Option<OwnedSemaphorePermit>,
}

impl HostLimits {
    /// At most `per_host` requests at once at each host, at least one.
    #[must_use]
    pub fn new(per_host: usize) -> Self {
        Self { per_host: per_host.max(1), hosts: Mutex::default() }
    }

    /// Waits until the host may be asked once more. First come, first served. Dropping the future gives up the place.
    pub async fn acquire(&self, host: &str) -> Permit {
        let slots = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.per_host))))
        };
        // The semaphore is never closed, so the permit is always there.
        Permit { _slot: slots.acquire_owned().await.ok() }
    }
}

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
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn p1_a_full_host_waits_and_another_does_not() {
        let limits = HostLimits::new(2);
        let first = limits.acquire("a").now_or_never();
        let second = limits.acquire("a").now_or_never();
        assert!(first.is_some() && second.is_some());
        assert!(limits.acquire("a").now_or_never().is_none());
        assert!(limits.acquire("b").now_or_never().is_some());
        drop(first);
        assert!(limits.acquire("a").now_or_never().is_some());
    }

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
