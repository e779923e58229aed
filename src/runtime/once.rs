//! One poll of several accounts, for commands.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant as Moment, MissedTickBehavior, interval_at, sleep_until};

use super::Workspace;
use super::lanes::Bounds;
use super::poll_client::{PollAnswer, PollClient};
use super::poll_queue::{Answered, Ask, PollQueue};
use super::schedule::{Due, allowed, due};
use super::turn::Turn;
use crate::config::Account;
use crate::credit::{AccountId, Failure, FailureKind, Instant, PollHealth, Source};
use crate::report::Report;

/// Within which time a command shall have its answers, and no later than in this part of its limit: it asks as many accounts at once as
/// that takes, within reason.
const WITHIN: (Duration, u32) = (Duration::from_secs(5), 3);

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
        let (began, time) = (Moment::now(), limit.unwrap_or(ENDLESS));
        let client = Arc::new(PollClient::new(self.clock(), self.waits()));
        let mut asks = PollQueue::new(Arc::clone(&client) as Arc<dyn Ask>, Bounds::within(time));
        let within = WITHIN.0.min(time / WITHIN.1);
        let mut due = self.due_now(ids, when)?;
        results.extend(due.settled);
        let mut waiting = put(std::mem::take(&mut due.ask), within, &mut asks);
        // Their providers asked a key to wait: perhaps it was another one.
        let look =
            |account: Arc<Account>| Arc::clone(&client).starts_anew(Arc::clone(&account)).map(|anew| anew.then_some(account));
        let mut held: FuturesUnordered<_> = due.held.into_iter().map(look).collect();
        let (mut asked, end) = (waiting.len(), began + time);
        let mut ticks = interval_at(began + TELLING, TELLING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !waiting.is_empty() && asks.is_under_way() || !held.is_empty() {
            tokio::select! {
                // Answers that are there do not keep the limit waiting.
                biased;
                () = sleep_until(end) => {
                    self.keep_answers(gathered(&mut asks, None), &mut waiting, &mut results)?;
                    break;
                }
                _ = ticks.tick() => show(&PollProgress::new(asked, &waiting)),
                Some(anew) = held.next() => {
                    let more = put(anew.into_iter().collect(), within, &mut asks);
                    asked += more.len();
                    waiting.extend(more);
                }
                first = asks.next() => {
                    let answers = gathered(&mut asks, Some(first));
                    self.keep_answers(answers, &mut waiting, &mut results)?;
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

    /// Keeps what was answered, in one write: with a write for each, a slow disk would take the time that others need to answer.
    fn keep_answers(
        &mut self,
        answers: Vec<Answered>,
        waiting: &mut BTreeMap<AccountId, String>,
        results: &mut HashMap<AccountId, Result<(), Failure>>,
    ) -> Result<(), Report> {
        let mut polled = Vec::with_capacity(answers.len());
        for Answered { id, asked } in answers {
            waiting.remove(&id);
            match asked {
                PollAnswer::Sandbox(key) => self.keyed(&id, &key),
                PollAnswer::Answer(answer) => polled.push((id, answer)),
            }
        }
        self.keep_all(&polled)?;
        results.extend(polled.into_iter().map(|(id, answer)| (id, answer.map(|_| ()))));
        Ok(())
    }

    /// Which accounts are to be asked now. Those whose provider asked to wait have their result already.
    fn due_now(&self, ids: &[AccountId], when: PollWhen) -> Result<DueNow, Report> {
        let now = self.now();
        let mut due = DueNow::default();
        for id in ids {
            let account = self.account(id.as_str())?;
            if account.rules.source != Source::Polled || account.rules.unpolled.is_some() {
                continue;
            }
            self.may_stamp()?;
            let health = self.health(account)?;
            let minimum = account.definition.request.as_ref().and_then(|request| request.minimum_interval);
            let minimum = minimum.unwrap_or_default();
            if allowed(&health, minimum, now) == Due::Now {
                if when.wants(&health, now) {
                    due.ask.push(Arc::new(account.clone()));
                }
                continue;
            }
            let failure = health.failure.clone();
            let at_once = PollHealth { failure: failure.clone().map(|failure| Failure { retry_at: None, ..failure }), ..health };
            if allowed(&at_once, minimum, now) == Due::Now && when.wants(&at_once, now) {
                due.held.push(Arc::new(account.clone()));
            }
            due.settled.extend(failure.map(|failure| (id.clone(), Err(failure))));
        }
        Ok(due)
    }
}

/// What is to become of the accounts of a command.
#[derive(Default)]
struct DueNow {
    ask: Vec<Arc<Account>>,
    /// Those that would be asked if their provider had not asked to wait.
    held: Vec<Arc<Account>>,
    /// What the last poll came to, where none is made now.
    settled: Vec<(AccountId, Result<(), Failure>)>,
}

/// Puts accounts on the agenda, and gives them with their hosts.
fn put(accounts: Vec<Arc<Account>>, within: Duration, asks: &mut PollQueue) -> BTreeMap<AccountId, String> {
    let moment = Moment::now();
    let put = |account: Arc<Account>| {
        let waiting = (account.profile.id.clone(), host(&account));
        // Nobody begins in the slow lane: after an outage all would, and there a few that hang take the others' places.
        asks.put(account, within, Turn::at(moment, moment), None);
        waiting
    };
    accounts.into_iter().map(put).collect()
}

/// All answers that are there, after the first; their accounts are not asked again.
fn gathered(asks: &mut PollQueue, first: Option<Answered>) -> Vec<Answered> {
    let mut answers: Vec<Answered> = first.into_iter().collect();
    answers.extend(std::iter::from_fn(|| asks.next().now_or_never()));
    for answered in &answers {
        asks.remove(&answered.id);
    }
    answers
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
    Failure {
        kind: FailureKind::Timeout,
        message: format!("no answer within {limit}"),
        at,
        retry_at: None,
        or_out_of_credit: false,
    }
}

#[cfg(test)]
mod tests;
