//! Being told that somebody wrote, where an engine tells.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Ledger, StoreError};

/// Is told whenever somebody writes to the ledger. It may be waited for on any thread.
#[derive(Debug, Clone)]
pub struct ChangeSignal(Arc<Bell>);

/// What a connection that listens has heard.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<bool>,
    waiting: Condvar,
}

impl Bell {
    /// Tells that there may be news.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "no other engine is told of what others write"))]
    pub(super) fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.waiting.notify_all();
    }
}

impl ChangeSignal {
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "no other engine is told of what others write"))]
    pub(super) fn of(bell: Arc<Bell>) -> Self {
        Self(bell)
    }

    /// Waits until somebody may have written, for so long at most; whether somebody may have. It is true as well when the connection
    /// was lost: then the ledger has to be asked, which connects again.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> bool {
        let rung = self.0.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.waiting.wait_timeout_while(rung, limit, |rung| !*rung);
        let (mut rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut rung)
    }
}

impl Ledger {
    /// What is told when somebody writes; `None` where the engine tells nobody, so that it has to be asked.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be reached.
    pub fn change_signal(&self) -> Result<Option<ChangeSignal>, StoreError> {
        self.engine.listen()
    }
}
