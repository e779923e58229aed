//! One poll of several accounts, for commands.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Workspace;
use super::asker::{Asked, Asker};
use super::schedule::{Due, due, forced};
use crate::credit::{AccountId, Failure, Source};
use crate::report::Report;

/// Which accounts a command polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollWhen {
    /// All that are polled, unless their provider asked to wait.
    Always,
    /// Those whose last figures are older than their interval.
    IfOlderThanInterval,
}

impl Workspace {
    /// Polls accounts side by side, bounded per host, and stores each result as it arrives.
    ///
    /// Gives what became of every account that was due, in the order of `ids`; accounts that are kept in the ledger or have a
    /// sandbox key are left out. Where a provider asked to wait, the failure with which it did stands for a poll.
    ///
    /// # Errors
    /// A [`Report`] for an unknown account or a ledger that can't be written. A failed poll is no error.
    pub async fn poll(&mut self, ids: &[AccountId], when: PollWhen) -> Result<Vec<(AccountId, Result<(), Failure>)>, Report> {
        let asker = Arc::new(Asker::new(self.clock()));
        let now = self.now();
        let mut results = HashMap::new();
        let mut polls = JoinSet::new();
        for id in ids {
            let account = self.account(id.as_str())?;
            if account.rules.source != Source::Polled || account.rules.unpolled.is_some() {
                continue;
            }
            let health = self.health(account)?;
            let asked_to_wait = forced(health.failure.as_ref().and_then(|failure| failure.retry_at), now) != Due::Now;
            if asked_to_wait {
                results.extend(health.failure.map(|failure| (id.clone(), Err(failure))));
            } else if when == PollWhen::Always || due(&health, now) == Due::Now {
                let (asker, account) = (Arc::clone(&asker), account.clone());
                polls.spawn(async move { (account.profile.id.clone(), asker.ask(&account).await) });
            }
        }
        while let Some(joined) = polls.join_next().await {
            let Ok((id, asked)) = joined else { continue };
            match asked {
                Asked::Sandbox(key) => self.keyed(&id, &key),
                Asked::Answer(answer) => {
                    self.keep(&id, &answer)?;
                    results.insert(id, answer.map(|_| ()));
                }
            }
        }
        Ok(ids.iter().filter_map(|id| results.remove_entry(id)).collect())
    }
}
