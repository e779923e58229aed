//! One poll of several accounts, for commands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant as Moment;

use super::Workspace;
use super::agenda::Turn;
use super::asker::{Asked, Asker};
use super::asks::{Answered, Asks};
use super::schedule::{Due, due, forced};
use crate::credit::{AccountId, Failure, Source};
use crate::report::Report;

/// Within which time a command shall have its answers: it asks as many accounts at once as that takes, within reason.
const WITHIN: Duration = Duration::from_secs(5);

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
    /// A [`Report`] for an unknown account or a ledger that can't be written; also as [`Workspace::may_stamp`]. A failed poll is
    /// no error.
    pub async fn poll(&mut self, ids: &[AccountId], when: PollWhen) -> Result<Vec<(AccountId, Result<(), Failure>)>, Report> {
        let mut asks = Asks::new(Arc::new(Asker::new(self.clock())));
        let moment = Moment::now();
        let now = self.now();
        let mut results = HashMap::new();
        for id in ids {
            let account = self.account(id.as_str())?;
            if account.rules.source != Source::Polled || account.rules.unpolled.is_some() {
                continue;
            }
            self.may_stamp()?;
            let health = self.health(account)?;
            let asked_to_wait = forced(health.failure.as_ref().and_then(|failure| failure.retry_at), now) != Due::Now;
            if asked_to_wait {
                results.extend(health.failure.map(|failure| (id.clone(), Err(failure))));
            } else if when == PollWhen::Always || due(&health, now) == Due::Now {
                let last = health.failure.map(|failure| failure.kind);
                asks.put(Arc::new(account.clone()), WITHIN, Turn::at(moment, moment), last);
            }
        }
        while asks.is_under_way() {
            let Answered { id, asked } = asks.next().await;
            asks.remove(&id);
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use tempfile::TempDir;

    use super::*;
    use crate::credit::FailureKind;
    use crate::provider::simulator::Faults;
    use crate::runtime::testing::{id, now, reopened, sample};

    fn told(results: &[(AccountId, Result<(), Failure>)]) -> Vec<(&str, Option<FailureKind>)> {
        results.iter().map(|(id, result)| (id.as_str(), result.as_ref().err().map(|failure| failure.kind))).collect()
    }

    #[tokio::test]
    async fn p1_one_refused_account_leaves_the_others_and_p2_keeps_its_last_figures() {
        let folder = TempDir::new().unwrap();
        let (_simulator, mut workspace) = sample(&folder).await;
        let ids = workspace.ids();
        let results = workspace.poll(&ids, PollWhen::Always).await.unwrap();
        let expected =
            [("studio", None), ("studio-yearly", None), ("shop-cutouts", None), ("old-key", Some(FailureKind::Forbidden))];
        assert_eq!(told(&results), expected);
        let old_key = workspace.book(&id("old-key")).unwrap().status(now()).unwrap();
        assert_eq!(old_key.total.known(), Some(crate::credit::Amount::from(55)));
        assert_eq!(old_key.observed_at, Some(now() - TimeDelta::days(2)));
    }

    #[tokio::test]
    async fn p4_figures_within_their_interval_are_not_asked_for_again() {
        let folder = TempDir::new().unwrap();
        let (simulator, mut workspace) = sample(&folder).await;
        let studio = [id("studio")];
        workspace.poll(&studio, PollWhen::IfOlderThanInterval).await.unwrap();
        let asked = simulator.requests();
        assert_eq!(asked, 1);
        assert_eq!(workspace.poll(&studio, PollWhen::IfOlderThanInterval).await.unwrap(), []);
        assert_eq!(simulator.requests(), asked);
        workspace.poll(&studio, PollWhen::Always).await.unwrap();
        assert_eq!(simulator.requests(), asked + 1);
    }

    #[tokio::test]
    async fn p3_retry_after_is_honoured_by_the_next_process() {
        let folder = TempDir::new().unwrap();
        let (simulator, mut workspace) = sample(&folder).await;
        simulator.add_faults(&Faults::parse(["studio/rate-limited=60*1"]).unwrap());
        let studio = [id("studio")];
        let results = workspace.poll(&studio, PollWhen::Always).await.unwrap();
        assert_eq!(told(&results), [("studio", Some(FailureKind::RateLimited))]);
        drop(workspace);
        for (seconds, requests) in [(59, 1), (60, 2)] {
            let mut later = reopened(folder.path(), seconds);
            later.poll(&studio, PollWhen::Always).await.unwrap();
            assert_eq!(simulator.requests(), requests, "{seconds}");
        }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_a_failure_with_a_hint() {
        let folder = TempDir::new().unwrap();
        let (simulator, mut workspace) = sample(&folder).await;
        std::fs::remove_file(folder.path().join("keys/studio")).unwrap();
        let studio = [id("studio")];
        let results = workspace.poll(&studio, PollWhen::Always).await.unwrap();
        assert_eq!(told(&results), [("studio", Some(FailureKind::NoKey))]);
        assert!(results[0].1.as_ref().unwrap_err().message.contains("chmod 600"));
        assert_eq!(simulator.requests(), 0);
    }
}
