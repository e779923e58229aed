//! Waiting while another program keeps the ledger locked: for how long, and who is told.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a read or a write waits for other programs.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(30);

/// What waits for longer than this says so.
const SAID_AFTER: Duration = Duration::from_millis(600);

/// The least that is waited: other programs write for moments.
const LEAST: Duration = Duration::from_secs(1);

/// Whether nothing waits for other processes any more.
static HURRIED: AtomicBool = AtomicBool::new(false);

/// When this process gives up waiting; `None` where each wait takes as long as usual.
static DEADLINE: Mutex<Option<Instant>> = Mutex::new(None);

/// Who is told of a wait.
static TOLD: OnceLock<fn()> = OnceLock::new();

/// Has every write of this process that waits for other programs give up at once, now and from now on: the process is ending.
pub fn stop_waiting_for_others() {
    HURRIED.store(true, Ordering::SeqCst);
}

/// Has whatever waits for other programs give up at this moment, or after a second where it began later; `None` gives each wait 30
/// seconds again.
pub fn wait_for_others_until(deadline: Option<Instant>) {
    *DEADLINE.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
}

/// Has this called whenever something waits for more than half a second for other programs. The first one that is given counts.
pub fn when_waiting_for_others(tell: fn()) {
    let _ = TOLD.set(tell);
}

thread_local! {
    /// Whether what this thread writes now is worth no waiting.
    static IMPATIENT: Cell<bool> = const { Cell::new(false) };
}

/// Does something with a ledger without waiting for other processes, where that would wait for as long as usual.
pub(super) fn without_waiting<T>(write: impl FnOnce() -> T) -> T {
    let before = IMPATIENT.replace(true);
    let done = write();
    IMPATIENT.set(before);
    done
}

/// Waits for other processes before the next attempt (from 0), as `SQLite` does by itself; `false` once it has taken long enough.
pub(super) fn wait_for_others(attempt: i32) -> bool {
    const FIRST: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];
    let attempt = usize::try_from(attempt).unwrap_or(0);
    let pause = |attempt: usize| Duration::from_millis(FIRST.get(attempt).copied().unwrap_or(100));
    let waited: Duration = (0..attempt).map(pause).sum();
    if waited >= patience(waited) || IMPATIENT.get() || HURRIED.load(Ordering::SeqCst) {
        return false;
    }
    if waited < SAID_AFTER
        && waited + pause(attempt) >= SAID_AFTER
        && let Some(tell) = TOLD.get()
    {
        tell();
    }
    std::thread::sleep(pause(attempt));
    true
}

/// Waits for other programs, or for a server, step by step: `step` waits for at most as long as it is told, and gives something once it is there.
/// `None` once it has taken longer than `limit`, or than a wait may take.
#[cfg(feature = "postgres")]
pub(super) fn wait_in_steps<T>(limit: Duration, mut step: impl FnMut(Duration) -> Option<T>) -> Option<T> {
    const STEP: Duration = Duration::from_millis(100);
    let (began, mut told) = (Instant::now(), false);
    loop {
        if let Some(done) = step(STEP) {
            return Some(done);
        }
        let waited = began.elapsed();
        if waited >= patience(waited).min(limit) || IMPATIENT.get() || HURRIED.load(Ordering::SeqCst) {
            return None;
        }
        if !told && waited >= SAID_AFTER {
            told = true;
            if let Some(tell) = TOLD.get() {
                tell();
            }
        }
    }
}

/// How long a wait may take that has taken this long.
fn patience(waited: Duration) -> Duration {
    let deadline = *DEADLINE.lock().unwrap_or_else(PoisonError::into_inner);
    deadline.map_or(BUSY_WAIT, |deadline| (waited + deadline.saturating_duration_since(Instant::now())).clamp(LEAST, BUSY_WAIT))
}
