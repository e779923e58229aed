//! Writing again what a database did not take, while that may pass: one that is away, that takes no writes while another server takes
//! over, or that broke a transaction off for another one's sake.

use std::time::Duration;

use super::engine::Engine;
use super::{AppendError, StoreError};

/// What may be tried again.
pub(super) trait Passing {
    /// Whether nothing was written, and the same may succeed a moment later.
    fn passes(&self) -> bool;
}

impl Passing for StoreError {
    fn passes(&self) -> bool {
        self.is_passing()
    }
}

impl Passing for AppendError {
    fn passes(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }
}

impl Engine {
    /// How long a write that did not succeed is tried again; `None` where that would not help.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => Some(engine.wait()),
            _ => None,
        }
    }
}

/// Does something until it succeeds or can't, for as long as `patience` lasts; each time as a whole, with everything looked at anew.
pub(super) fn retried<T, E: Passing>(patience: Option<Duration>, mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    #[cfg(feature = "postgres")]
    if let Some(patience) = patience {
        let mut last = None;
        let done = super::waiting::wait_in_steps(patience, |step| match attempt() {
            Err(error) if error.passes() => {
                last = Some(error);
                std::thread::sleep(step);
                None
            }
            done => Some(done),
        });
        match (done, last) {
            (Some(done), _) => return done,
            (None, Some(error)) => return Err(error),
            (None, None) => {}
        }
    }
    #[cfg(not(feature = "postgres"))]
    let _ = (patience, E::passes);
    attempt()
}
