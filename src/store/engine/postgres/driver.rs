//! One thread that speaks with servers, and how others wait for it.
//!
//! The driver is asynchronous, the ledger is not; and a ledger may well be used on a thread of an asynchronous runtime, which may not wait
//! for another one. So all connections of a process live on one thread of their own, and whoever asks parks until it is woken or
//! until its time is over.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};

/// The runtime of the thread that speaks with servers; the reason where the system gave none.
pub(super) fn handle() -> Result<&'static Handle, String> {
    static DRIVER: OnceLock<Result<Handle, String>> = OnceLock::new();
    let started = DRIVER.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let handle = runtime.handle().clone();
        let forever = move || runtime.block_on(std::future::pending::<()>());
        thread::Builder::new().name("postgres".to_owned()).spawn(forever).map_err(|error| error.to_string())?;
        Ok(handle)
    });
    started.as_ref().map_err(Clone::clone)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread until a future is ready; `None` where that takes longer than `limit`.
pub(super) fn wait<F: Future>(future: F, limit: Duration) -> Option<F::Output> {
    let began = Instant::now();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = limit.saturating_sub(began.elapsed());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

/// Has a future begin, and leaves the rest to the driver.
pub(super) fn begin(future: impl Future) {
    let mut context = Context::from_waker(Waker::noop());
    let _ = pin!(future).poll(&mut context);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l10_waiting_ends_when_the_time_is_over_also_within_a_runtime() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert_eq!(wait(std::future::pending::<()>(), Duration::from_millis(20)), None);
            let slow = handle().unwrap().spawn(async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                7
            });
            assert_eq!(wait(slow, Duration::from_secs(5)).unwrap().unwrap(), 7);
        });
    }
}
