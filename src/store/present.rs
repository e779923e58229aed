//! The present, told when it is needed.

use crate::credit::Instant;

/// Tells the present instant. The ledger asks it when it holds the lock: what waited for its turn happens when the turn comes.
pub trait Present {
    /// The present instant.
    fn instant(&self) -> Instant;
}

impl Present for Instant {
    fn instant(&self) -> Instant {
        *self
    }
}

impl<F: Fn() -> Instant> Present for F {
    fn instant(&self) -> Instant {
        self()
    }
}
