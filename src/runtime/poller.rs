//! Polls every account on its own schedule while the dashboard is open (SPEC P1, P3, P4).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use super::asker::{Asked, Asker};
use super::desk::Desk;
use super::schedule::{Due, after_failure, due, forced, most_jitter};
use super::{Clock, Workspace};
use crate::config::Account;
use crate::credit::{AccountId, Book, Failure, Instant, PollHealth, Source};
use crate::provider::{backoff, jitter};
use crate::report::Report;
use crate::tui::Message;

/// The accounts' schedules; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Poller {
    wishes: HashMap<AccountId, Arc<Notify>>,
    _rounds: JoinSet<()>,
}

impl Poller {
    /// Starts a schedule for every account that is polled. Needs a tokio runtime.
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

    /// Polls these accounts as soon as their providers allow it.
    pub(super) fn force(&self, ids: &[AccountId]) {
        for wish in ids.iter().filter_map(|id| self.wishes.get(id)) {
            wish.notify_one();
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
        let asker = Arc::new(Asker::new(self.clock));
        let mut wishes = HashMap::new();
        let mut rounds = JoinSet::new();
        for (account, health) in self.accounts {
            let wish = Arc::new(Notify::new());
            wishes.insert(account.profile.id.clone(), Arc::clone(&wish));
            let round = Round {
                random: Rng::with_seed(self.clock.seed() ^ hash(&account.profile.id)),
                interval: account.interval,
                wait_until: health.failure.as_ref().and_then(|failure| failure.retry_at),
                account,
                clock: self.clock,
                asker: Arc::clone(&asker),
                desk: desk.clone(),
                news: news.clone(),
            };
            rounds.spawn(round.run(health, wish));
        }
        Poller { wishes, _rounds: rounds }
    }
}

/// A number that tells accounts apart, so that their jitter differs.
fn hash(id: &AccountId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// One account's schedule.
struct Round {
    account: Account,
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
            self.tell(Message::Polling(self.account.profile.id.clone()));
            let asked = self.asker.ask(&self.account).await;
            let Some(next) = self.take(asked).await else { return };
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
                    let wait = humantime::format_duration(Duration::from_secs(seconds.unsigned_abs()));
                    self.tell(Message::Notice(format!(
                        "{}: the provider asks to wait; next try in {wait}",
                        self.account.profile.name
                    )));
                }
            }
        }
    }

    /// Keeps a result and tells it; gives how long to wait for the next poll, or `None` where there is none.
    async fn take(&mut self, asked: Asked) -> Option<Duration> {
        let id = self.account.profile.id.clone();
        let answer = match asked {
            Asked::Answer(answer) => answer,
            Asked::Sandbox(key) => {
                let book = self.desk.ask(move |workspace| {
                    workspace.keyed(&id, &key);
                    workspace.book(&id)
                });
                self.publish(book.await?);
                return None;
            }
        };
        let failure = answer.as_ref().err().cloned();
        self.wait_until = failure.as_ref().and_then(|failure| failure.retry_at);
        let attempts = self.desk.ask(move |workspace| {
            workspace.keep(&id, &answer)?;
            Ok::<u32, Report>(workspace.store().failed_attempts(&id)?)
        });
        let kept = attempts.await?;
        let wait = self.next(failure.as_ref(), *kept.as_ref().unwrap_or(&1));
        let (id, next_try) =
            (self.account.profile.id.clone(), failure.and_then(|_| self.clock.now().checked_add_signed(delta(wait))));
        let book = self.desk.ask(move |workspace| {
            workspace.plan_next_try(&id, next_try);
            workspace.book(&id)
        });
        self.publish(match kept {
            Ok(_) => book.await?,
            Err(report) => Err(report),
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

    fn publish(&self, book: Result<Book, Report>) {
        self.tell(Message::Polled(self.account.profile.id.clone()));
        self.tell(match book {
            Ok(book) => Message::BookChanged(Box::new(book)),
            Err(report) => super::refused(report),
        });
    }

    fn tell(&self, message: Message) {
        // Nobody listens any more when the program is ending.
        let _ = self.news.send(message);
    }
}

fn delta(wait: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::credit::Amount;
    use crate::provider::simulator::{Faults, Simulator};
    use crate::runtime::testing::{id, sample};

    /// The sample's accounts being polled.
    async fn polled(folder: &TempDir, faults: &[&str]) -> (Simulator, Poller, Desk, UnboundedReceiver<Message>) {
        let (simulator, workspace) = sample(folder).await;
        simulator.add_faults(&Faults::parse(faults).unwrap());
        let (news, inbox) = unbounded_channel();
        let rounds = Poller::start(&workspace).unwrap();
        let (desk, _) = Desk::open(workspace).unwrap();
        let poller = rounds.begin(&desk, &news);
        (simulator, poller, desk, inbox)
    }

    /// The next book that changed.
    async fn next_book(inbox: &mut UnboundedReceiver<Message>) -> Book {
        loop {
            if let Message::BookChanged(book) = inbox.recv().await.unwrap() {
                return *book;
            }
        }
    }

    #[tokio::test]
    async fn p1_an_account_that_never_answers_delays_nobody() {
        let folder = TempDir::new().unwrap();
        let (_simulator, _poller, _desk, mut inbox) = polled(&folder, &["studio/hang"]).await;
        let mut answered = Vec::new();
        for _ in 0..3 {
            answered.push(next_book(&mut inbox).await.profile.id);
        }
        answered.sort();
        assert_eq!(answered, [id("old-key"), id("shop-cutouts"), id("studio-yearly")]);
    }

    #[tokio::test]
    async fn a_wish_polls_before_the_schedule_does() {
        let folder = TempDir::new().unwrap();
        let (simulator, poller, _desk, mut inbox) = polled(&folder, &[]).await;
        for _ in 0..4 {
            next_book(&mut inbox).await;
        }
        assert_eq!(simulator.spend("studio", Amount::from(600)), Some(Amount::ZERO));
        poller.force(&[id("studio")]);
        let book = next_book(&mut inbox).await;
        let last = book.observations.last().unwrap();
        assert_eq!((book.profile.id.clone(), last.buckets[0].remaining.known()), (id("studio"), Some(Amount::from(1000))));
    }

    #[tokio::test]
    async fn p3_a_wish_waits_where_the_provider_asked_to() {
        let folder = TempDir::new().unwrap();
        let (simulator, poller, _desk, mut inbox) = polled(&folder, &["studio/rate-limited=3600"]).await;
        for _ in 0..4 {
            next_book(&mut inbox).await;
        }
        let asked = simulator.requests();
        poller.force(&[id("studio")]);
        let answer = inbox.recv().await.unwrap();
        assert!(matches!(&answer, Message::Notice(text) if text.contains("next try in 1h")), "{answer:?}");
        assert_eq!(simulator.requests(), asked);
    }

    #[tokio::test]
    async fn p3_a_failed_accounts_book_tells_when_the_next_try_is_due() {
        let folder = TempDir::new().unwrap();
        let (_simulator, _poller, desk, mut inbox) = polled(&folder, &["studio/status=503"]).await;
        let failure = loop {
            let book = next_book(&mut inbox).await;
            if book.profile.id == id("studio") {
                break book.health.failure.unwrap();
            }
        };
        assert!(failure.retry_at.is_some_and(|at| at > failure.at));
        // It is our own wish, not the provider's: the ledger doesn't keep it, and a command may ask at once.
        let stored = desk.ask(|workspace| workspace.health(workspace.account("studio").unwrap()).unwrap()).await.unwrap();
        assert_eq!(stored.failure.unwrap().retry_at, None);
    }
}
