//! One poll of several accounts, for commands.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant as Moment, MissedTickBehavior, interval_at, sleep_until};

use super::Workspace;
use super::agenda::Turn;
use super::asker::{Asked, Asker};
use super::asks::{Answered, Asks};
use super::schedule::{Due, allowed, due};
use crate::config::Account;
use crate::credit::{AccountId, Failure, FailureKind, Instant, PollHealth, Source};
use crate::report::Report;

/// Within which time a command shall have its answers: it asks as many accounts at once as that takes, within reason.
const WITHIN: Duration = Duration::from_secs(5);

/// How often those who wait are told how far the polls are.
const TELLING: Duration = Duration::from_millis(100);

/// Without a time limit the limits of each request end a poll; nothing waits as long as this.
const ENDLESS: Duration = Duration::from_hours(24);

/// Which accounts a command polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollWhen {
    /// All that are polled, unless their provider asked to wait.
    Always,
    /// Those whose last figures are older than their interval.
    IfOlderThanInterval,
    /// Those whose last figures are older than this, and those whose last poll failed.
    IfOlderThan(Duration),
}

impl PollWhen {
    fn wants(self, health: &PollHealth, now: Instant) -> bool {
        match self {
            Self::Always => true,
            Self::IfOlderThanInterval => due(health, now) == Due::Now,
            Self::IfOlderThan(age) => {
                let old = |at: Instant| (now - at).to_std().is_ok_and(|since| since > age);
                health.failure.is_some() || health.last_ok_at.is_none_or(old)
            }
        }
    }
}

/// How far the polls of a command are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollProgress {
    /// How many accounts are asked.
    pub asked: usize,
    /// The hosts that have not answered for all their accounts, with how many are missing; the one that lacks most first.
    pub waiting: Vec<(String, usize)>,
}

impl PollProgress {
    fn new(asked: usize, waiting: &BTreeMap<AccountId, String>) -> Self {
        let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
        for host in waiting.values() {
            *hosts.entry(host).or_default() += 1;
        }
        let mut waiting: Vec<(String, usize)> = hosts.into_iter().map(|(host, missing)| (host.to_owned(), missing)).collect();
        waiting.sort_by_key(|(_, missing)| std::cmp::Reverse(*missing));
        Self { asked, waiting }
    }

    /// How many accounts have not answered.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.waiting.iter().map(|(_, missing)| missing).sum()
    }
}

impl Workspace {
    /// Polls accounts side by side, bounded per host, and stores each result as it arrives.
    ///
    /// Gives what became of every account that was due, in the order of `ids`; accounts that are kept in the ledger or have a
    /// sandbox key are left out. Where a provider asked to wait, or states a minimum between two polls, what the last one came to stands.
    ///
    /// # Errors
    /// A [`Report`] for an unknown account or a ledger that can't be written; also as [`Workspace::may_stamp`]. A failed poll is
    /// no error.
    pub async fn poll(&mut self, ids: &[AccountId], when: PollWhen) -> Result<Vec<(AccountId, Result<(), Failure>)>, Report> {
        self.poll_within(ids, when, None, |_| {}).await
    }

    /// Polls accounts as [`Workspace::poll`] does, for no longer than `limit` (SPEC P10). `show` is told ten times a second how far
    /// it is.
    ///
    /// An account that has not answered by then keeps its figures, with a timeout as the reason why they are not fresh; that is
    /// known to this workspace alone, since it says more of the limit than of the account.
    ///
    /// # Errors
    /// As [`Workspace::poll`].
    pub async fn poll_within(
        &mut self,
        ids: &[AccountId],
        when: PollWhen,
        limit: Option<Duration>,
        mut show: impl FnMut(&PollProgress),
    ) -> Result<Vec<(AccountId, Result<(), Failure>)>, Report> {
        if self.is_read_only() {
            // What was answered could not be kept, and the next to look would ask again.
            return Ok(Vec::new());
        }
        let mut results = HashMap::new();
        let mut asks = Asks::new(Arc::new(Asker::new(self.clock())));
        let began = Moment::now();
        let mut waiting = self.put_due(ids, when, &mut asks, &mut results)?;
        let (asked, end) = (waiting.len(), began + limit.unwrap_or(ENDLESS));
        let mut ticks = interval_at(began + TELLING, TELLING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !waiting.is_empty() && asks.is_under_way() {
            tokio::select! {
                // Answers that are there do not keep the limit waiting.
                biased;
                () = sleep_until(end) => break,
                _ = ticks.tick() => show(&PollProgress::new(asked, &waiting)),
                Answered { id, asked } = asks.next() => {
                    asks.remove(&id);
                    waiting.remove(&id);
                    match asked {
                        Asked::Sandbox(key) => self.keyed(&id, &key),
                        Asked::Answer(answer) => {
                            self.keep(&id, &answer)?;
                            results.insert(id, answer.map(|_| ()));
                        }
                    }
                }
            }
        }
        for id in waiting.into_keys() {
            let failure = too_late(limit.unwrap_or(ENDLESS), self.now());
            self.note_unanswered(&id, failure.clone());
            results.insert(id, Err(failure));
        }
        Ok(ids.iter().filter_map(|id| results.remove_entry(id)).collect())
    }

    /// Puts the accounts on the agenda that are to be asked now, and gives them with their hosts. Those whose provider asked to wait
    /// have their result already.
    fn put_due(
        &self,
        ids: &[AccountId],
        when: PollWhen,
        asks: &mut Asks,
        results: &mut HashMap<AccountId, Result<(), Failure>>,
    ) -> Result<BTreeMap<AccountId, String>, Report> {
        let (now, moment) = (self.now(), Moment::now());
        let mut waiting = BTreeMap::new();
        for id in ids {
            let account = self.account(id.as_str())?;
            if account.rules.source != Source::Polled || account.rules.unpolled.is_some() {
                continue;
            }
            self.may_stamp()?;
            let health = self.health(account)?;
            let minimum = account.definition.request.as_ref().and_then(|request| request.minimum_interval);
            if allowed(&health, minimum.unwrap_or_default(), now) != Due::Now {
                results.extend(health.failure.map(|failure| (id.clone(), Err(failure))));
            } else if when.wants(&health, now) {
                let last = health.failure.map(|failure| failure.kind);
                waiting.insert(id.clone(), host(account));
                asks.put(Arc::new(account.clone()), WITHIN, Turn::at(moment, moment), last);
            }
        }
        Ok(waiting)
    }
}

/// The host at which an account is asked; nothing where there is none.
fn host(account: &Account) -> String {
    let request = account.definition.request.as_ref();
    request.map(|request| account.base_url.as_ref().unwrap_or(&request.base_url).host()).unwrap_or_default()
}

fn too_late(limit: Duration, at: Instant) -> Failure {
    let limit = match limit.as_millis() {
        millis @ ..1_000 => format!("{millis} ms"),
        _ => format!("{} s", limit.as_secs_f32()),
    };
    Failure { kind: FailureKind::Timeout, message: format!("no answer within {limit}"), at, retry_at: None }
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
    async fn p10_what_has_not_answered_in_time_keeps_its_figures_and_says_so() {
        let folder = TempDir::new().unwrap();
        let (simulator, mut workspace) = sample(&folder).await;
        simulator.add_faults(&Faults::parse(["studio/hang", "studio-yearly/delay=300ms"]).unwrap());
        let ids = workspace.ids();
        let (began, mut told_so_far) = (std::time::Instant::now(), Vec::new());
        let limit = Some(Duration::from_secs(1));
        let results = workspace.poll_within(&ids, PollWhen::Always, limit, |progress| told_so_far.push(progress.clone()));
        let results = results.await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(told(&results)[..2], [("studio", Some(FailureKind::Timeout)), ("studio-yearly", None)]);
        let last = told_so_far.last().unwrap();
        assert_eq!((last.asked, last.missing(), last.waiting[0].1), (4, 1, 1));
        let studio = workspace.book(&id("studio")).unwrap().status(now()).unwrap();
        assert_eq!(studio.failure.unwrap().message, "no answer within 1 s");
        assert_eq!(studio.state, crate::credit::AccountState::Stale);
        assert!(studio.total.known().is_some());
        let next = reopened(folder.path(), 0).book(&id("studio")).unwrap().status(now()).unwrap();
        assert_eq!(next.failure, None, "the limit was that of one look");
    }

    #[tokio::test]
    async fn p10_figures_that_are_fresh_enough_are_taken() {
        let folder = TempDir::new().unwrap();
        let (simulator, mut workspace) = sample(&folder).await;
        let studio = [id("studio")];
        workspace.poll(&studio, PollWhen::Always).await.unwrap();
        for (seconds, requests) in [(600, 1), (601, 2)] {
            let mut later = reopened(folder.path(), seconds);
            later.poll(&studio, PollWhen::IfOlderThan(Duration::from_mins(10))).await.unwrap();
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
