//! Polls every account on its own schedule while the dashboard is open (SPEC P1, P3, P4).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant as Moment, sleep_until};
use tokio_util::task::AbortOnDropHandle;

use super::asker::{Asked, Asker};
use super::desk::Desk;
use super::schedule::{Due, after_failure, due, forced, most_jitter};
use super::workspace::asks_alike;
use super::{Clock, Workspace};
use crate::config::Account;
use crate::credit::{AccountId, Failure, Instant, PollHealth, Source};
use crate::provider::{backoff, jitter};
use crate::report::Report;
use crate::tui::Message;

/// The accounts' schedules; they end when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Poller {
    running: Arc<Mutex<HashMap<AccountId, Running>>>,
    clock: Clock,
    asker: Arc<Asker>,
    desk: Desk,
    news: UnboundedSender<Message>,
}

/// A schedule under way; it ends when this is dropped.
#[derive(Debug)]
struct Running {
    account: Arc<Account>,
    wish: Arc<Notify>,
    _round: AbortOnDropHandle<()>,
}

impl Poller {
    /// Reads the schedules of all accounts that are polled.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be read.
    pub(super) fn start(workspace: &Workspace) -> Result<Rounds, Report> {
        let polled = |account: &&Account| account.rules.source == Source::Polled && account.rules.unpolled.is_none();
        let accounts = workspace.config().accounts.iter().filter(polled);
        let accounts =
            accounts.map(|account| Ok((account.clone(), workspace.health(account)?))).collect::<Result<_, Report>>()?;
        Ok(Rounds { accounts, clock: workspace.clock() })
    }

    /// Follows the schedules of a configuration that was read again: new accounts are polled, removed ones are not any more, and
    /// one that is asked in another way, or more often, begins anew. The others go on as they were. Needs a tokio runtime.
    pub(super) fn follow(&self, rounds: Rounds) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *running);
        for (account, health) in rounds.accounts {
            let id = account.profile.id.clone();
            let same = before.remove(&id).filter(|round| asks_alike(&round.account, &account));
            running.insert(id, same.unwrap_or_else(|| self.run(Arc::new(account), health)));
        }
    }

    /// Begins an account's schedule.
    fn run(&self, account: Arc<Account>, health: PollHealth) -> Running {
        let wish = Arc::new(Notify::new());
        let round = Round {
            random: Rng::with_seed(self.clock.seed() ^ hash(&account.profile.id)),
            interval: account.interval,
            wait_until: health.failure.as_ref().and_then(|failure| failure.retry_at),
            account: Arc::clone(&account),
            clock: self.clock,
            asker: Arc::clone(&self.asker),
            desk: self.desk.clone(),
            news: self.news.clone(),
        };
        let round = tokio::spawn(round.run(health, Arc::clone(&wish)));
        Running { account, wish, _round: AbortOnDropHandle::new(round) }
    }

    /// Polls these accounts as soon as their providers allow it.
    pub(super) fn force(&self, ids: &[AccountId]) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for round in ids.iter().filter_map(|id| running.get(id)) {
            round.wish.notify_one();
        }
    }
}

/// The schedules before they start: read from the workspace while it was at hand.
pub(super) struct Rounds {
    accounts: Vec<(Account, PollHealth)>,
    clock: Clock,
}

impl Rounds {
    /// Starts to poll. Needs a tokio runtime.
    pub(super) fn begin(self, desk: &Desk, news: &UnboundedSender<Message>) -> Poller {
        let poller = Poller {
            running: Arc::default(),
            clock: self.clock,
            asker: Arc::new(Asker::new(self.clock)),
            desk: desk.clone(),
            news: news.clone(),
        };
        poller.follow(self);
        poller
    }
}

/// A number that tells accounts apart, so that their jitter differs.
fn hash(id: &AccountId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// A poll under way, as the screens show it; it is over when this is dropped, also where the schedule ends in the middle.
struct Asking {
    id: AccountId,
    news: UnboundedSender<Message>,
}

impl Asking {
    fn begin(id: &AccountId, news: &UnboundedSender<Message>) -> Self {
        let asking = Self { id: id.clone(), news: news.clone() };
        // Nobody listens any more when the program is ending.
        let _ = asking.news.send(Message::Polling(asking.id.clone()));
        asking
    }

    /// Ends the poll, and tells what became of the account. Called on the ledger's thread, so that what the screens hear of an
    /// account has the order of what happened; nothing is told of one that the configuration has changed or dropped meanwhile.
    fn end(self, workspace: &Workspace, account: &Account, kept: Result<(), Report>) {
        let news = self.news.clone();
        drop(self);
        if !is_current(workspace, account) {
            return;
        }
        let book = kept.and_then(|()| workspace.recent_book(&account.profile.id, workspace.recently()));
        let _ = news.send(book.map_or_else(|report| super::refused(None, report), |book| Message::BookChanged(Box::new(book))));
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = self.news.send(Message::Polled(self.id.clone()));
    }
}

/// Whether the configuration still says of an account what its schedule goes by.
fn is_current(workspace: &Workspace, account: &Account) -> bool {
    workspace.account(account.profile.id.as_str()).is_ok_and(|now| asks_alike(now, account))
}

/// One account's schedule.
struct Round {
    account: Arc<Account>,
    interval: Duration,
    clock: Clock,
    random: Rng,
    /// Until when the provider asked to be left alone.
    wait_until: Option<Instant>,
    asker: Arc<Asker>,
    desk: Desk,
    news: UnboundedSender<Message>,
}

impl Round {
    /// Polls again and again, until nobody listens or the key turns out to be one for trying out.
    async fn run(mut self, health: PollHealth, wish: Arc<Notify>) {
        let now = self.clock.now();
        let mut wait = due(&health, now).wait(now);
        loop {
            self.rest(wait, &wish).await;
            let asking = Asking::begin(&self.account.profile.id, &self.news);
            let asked = self.asker.ask(&self.account).await;
            let Some(next) = self.take(asked, asking).await else { return };
            wait = next;
        }
    }

    /// Sleeps, unless a person wishes for a poll earlier and the provider allows it.
    async fn rest(&self, wait: Duration, wish: &Notify) {
        let until = Moment::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                () = wish.notified() => {}
            }
            match forced(self.wait_until, self.clock.now()) {
                Due::Now => return,
                Due::At(at) => {
                    let seconds = (at - self.clock.now()).num_seconds().max(1);
                    let wait = in_words(seconds);
                    self.tell(Message::Notice(format!(
                        "{}: the provider asks to wait; next try in {wait}",
                        self.account.profile.name
                    )));
                }
            }
        }
    }

    /// Keeps a result and tells it; gives how long to wait for the next poll, or `None` where there is none.
    async fn take(&mut self, asked: Asked, asking: Asking) -> Option<Duration> {
        let account = Arc::clone(&self.account);
        let answer = match asked {
            Asked::Answer(answer) => answer,
            Asked::Sandbox(key) => {
                self.desk.tell(move |workspace| {
                    if is_current(workspace, &account) {
                        workspace.keyed(&account.profile.id, &key);
                    }
                    asking.end(workspace, &account, Ok(()));
                });
                return None;
            }
        };
        let failure = answer.as_ref().err().cloned();
        self.wait_until = failure.as_ref().and_then(|failure| failure.retry_at);
        let attempts = self.desk.ask(move |workspace| {
            if is_current(workspace, &account) {
                workspace.keep(&account.profile.id, &answer)?;
            }
            Ok::<u32, Report>(workspace.store().failed_attempts(&account.profile.id)?)
        });
        let kept = attempts.await?;
        let wait = self.next(failure.as_ref(), *kept.as_ref().unwrap_or(&1));
        let next_try = failure.and_then(|_| self.clock.now().checked_add_signed(delta(wait)));
        let account = Arc::clone(&self.account);
        self.desk.tell(move |workspace| {
            if is_current(workspace, &account) {
                workspace.plan_next_try(&account.profile.id, next_try);
            }
            asking.end(workspace, &account, kept.map(drop));
        });
        Some(wait)
    }

    /// How long to wait for the next poll.
    fn next(&mut self, failure: Option<&Failure>, attempts: u32) -> Duration {
        let now = self.clock.now();
        let Some(failure) = failure else {
            return self.interval + jitter(most_jitter(self.interval), &mut self.random);
        };
        // A time that is over by the time it is read would have us ask again and again without a pause.
        match forced(failure.retry_at, now) {
            due @ Due::At(_) => due.wait(now),
            Due::Now => after_failure(failure.kind, self.interval, backoff(attempts, &mut self.random)),
        }
    }

    fn tell(&self, message: Message) {
        // Nobody listens any more when the program is ending.
        let _ = self.news.send(message);
    }
}

fn delta(wait: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::MAX)
}

/// Seconds in their two largest units, as screens write them: `56 s`, `1 min 5 s`, `2 h`.
fn in_words(seconds: i64) -> String {
    let pair = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {small_unit}") }
    };
    match seconds {
        3_600.. => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        60.. => pair(seconds / 60, "min", seconds % 60, "s"),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests;
