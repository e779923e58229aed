//! Polls every account at its turn while the dashboard is open (SPEC P1 to P4).

mod keeping;
mod poll_requests;
mod poll_states;
mod time;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant as Moment, sleep_until};

use self::keeping::{of_sharers, take_in};
use super::lanes::Bounds;
use super::ledger_thread::LedgerThread;
use super::poll_client::PollClient;
use super::poll_queue::{Answered, Ask, PollQueue};
use super::schedule::{Due, Plan, asked_to_wait, due, due_beside_others, spaced};
use super::turn::Turn;
use super::workspace::{asks_alike, asks_the_same};
use super::{Clock, Workspace};
use crate::config::{Account, KeySource};
use crate::credit::{AccountId, FailureKind, Instant, PollHealth, Source};
use crate::report::Report;
use crate::store::Waits;
use crate::tui::{Message, NextPoll, PollPhase, RequestId};

/// How often is looked whether the keys of refused accounts have changed, and whether the machine slept.
const LOOKING: Duration = Duration::from_secs(2);

/// The accounts' schedules; they end when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Poller {
    orders: UnboundedSender<Order>,
}

/// What the schedules are told.
#[derive(Debug)]
enum Order {
    Follow(Rounds),
    Wish(RequestId, Vec<AccountId>),
    Look(HashSet<AccountId>, bool),
    Heard(Vec<(AccountId, PollHealth)>),
    Stir(Vec<AccountId>),
}

/// The schedules as they are read from the workspace while it is at hand.
#[derive(Debug)]
pub(super) struct Rounds {
    accounts: Vec<(Account, PollHealth)>,
    waits: Waits,
    clock: Clock,
}

impl Rounds {
    /// Starts to poll. Needs a tokio runtime.
    pub(super) fn begin(self, ledger_thread: &LedgerThread, news: &UnboundedSender<Message>) -> Poller {
        let client = Arc::new(PollClient::new(self.clock, self.waits.clone()));
        self.begin_with(client, ledger_thread, news)
    }

    fn begin_with(self, ask: Arc<dyn Ask>, ledger_thread: &LedgerThread, news: &UnboundedSender<Message>) -> Poller {
        let (orders, received) = unbounded_channel();
        let (notes, noted) = unbounded_channel();
        let schedules = Schedules {
            asks: PollQueue::new(Arc::clone(&ask), Bounds::default()),
            ask,
            known: HashMap::new(),
            clock: self.clock,
            ledger_thread: ledger_thread.clone(),
            news: news.clone(),
            notes,
            looking_for_keys: false,
            looked_at: Vec::new(),
            deferred: HashMap::new(),
            told: HashMap::new(),
            generation: 0,
        };
        let poller = Poller { orders };
        poller.follow(self);
        tokio::spawn(schedules.run(received, noted));
        poller
    }
}

impl Poller {
    /// Reads the schedules of all accounts that are polled.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be read.
    pub(super) fn start(workspace: &Workspace) -> Result<Rounds, Report> {
        let polled = |account: &&Account| account.rules.source == Source::Polled && account.rules.unpolled.is_none();
        // Under --read-only nothing that a provider answers could be kept.
        let accounts = workspace.config().accounts.iter().filter(polled).filter(|_| !workspace.is_read_only());
        let accounts: Vec<&Account> = accounts.collect();
        let healths = workspace.healths(&accounts)?;
        let accounts = accounts.into_iter().cloned().zip(healths).collect();
        Ok(Rounds { accounts, ..Self::nobody(workspace) })
    }

    /// The schedules of no account yet.
    pub(super) fn nobody(workspace: &Workspace) -> Rounds {
        Rounds { accounts: Vec::new(), waits: workspace.waits(), clock: workspace.clock() }
    }

    /// Follows the schedules of a configuration that was read again: new accounts are polled, removed ones are not any more, and
    /// one that is asked in another way is asked at once. The others go on as they were.
    pub(super) fn follow(&self, rounds: Rounds) {
        self.order(Order::Follow(rounds));
    }

    /// Polls these accounts as soon as their providers allow it; answers with [`Message::Wished`].
    pub(super) fn force(&self, request: RequestId, ids: Vec<AccountId>) {
        self.order(Order::Wish(request, ids));
    }

    /// Says which accounts are on the screen: they are asked first, and how their polls stand is told. While somebody watches, they are
    /// asked at their interval.
    pub(super) fn look(&self, ids: HashSet<AccountId>, watched: bool) {
        self.order(Order::Look(ids, watched));
    }

    /// Says what another process has learned of accounts: they are due an interval after that.
    pub(super) fn heard(&self, healths: Vec<(AccountId, PollHealth)>) {
        self.order(Order::Heard(healths));
    }

    /// Says that something was recorded of accounts: those that are asked less often, because nothing changes, are due at their
    /// interval again.
    pub(super) fn stir(&self, ids: Vec<AccountId>) {
        self.order(Order::Stir(ids));
    }

    fn order(&self, order: Order) {
        // Nobody polls any more when the program is ending.
        let _ = self.orders.send(order);
    }
}

/// What the schedules hear from work of theirs that is done elsewhere.
#[derive(Debug)]
enum Note {
    Kept(Kept),
    KeysChanged(Vec<AccountId>),
    /// Another key of the account, or another address, was asked to wait.
    StartsAnew(AccountId),
    /// How polling goes by what is recorded, as it is believed after the clock was set back.
    SetBack(Vec<(AccountId, PollHealth)>),
}

/// What became of an answer on the ledger's thread.
#[derive(Debug)]
struct Kept {
    id: AccountId,
    generation: u64,
    /// When the account is asked next; `None` where its key turned out to be one for trying out.
    plan: Option<Plan>,
}

/// An account that is polled.
struct Known {
    account: Arc<Account>,
    /// Tells an account from what it was before its configuration changed.
    generation: u64,
    /// The last failure's kind, as far as this process knows.
    failure: Option<FailureKind>,
    /// When it is asked next, as the screens are told.
    next: Option<(Moment, NextPoll)>,
    random: Rng,
}

/// All schedules, in one task.
struct Schedules {
    asks: PollQueue,
    ask: Arc<dyn Ask>,
    known: HashMap<AccountId, Known>,
    clock: Clock,
    ledger_thread: LedgerThread,
    news: UnboundedSender<Message>,
    notes: UnboundedSender<Note>,
    looking_for_keys: bool,
    looked_at: Vec<AccountId>,
    /// Accounts that were wished for between an answer and its rest, with the wishes.
    deferred: HashMap<AccountId, Vec<RequestId>>,
    /// What was last said of the accounts that are looked at.
    told: HashMap<AccountId, PollPhase>,
    generation: u64,
}

impl Schedules {
    /// Polls again and again, until nobody gives orders any more.
    async fn run(mut self, mut orders: UnboundedReceiver<Order>, mut notes: UnboundedReceiver<Note>) {
        let mut look = tokio::time::interval(LOOKING);
        let mut seen = (Moment::now(), self.clock.now());
        let mut tell_at = None;
        loop {
            self.asks.start();
            tell_at = self.tell(tell_at);
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                Some(note) = notes.recv() => match note {
                    Note::Kept(kept) => self.plan(kept),
                    Note::KeysChanged(ids) => self.try_new_keys(&ids),
                    Note::StartsAnew(id) => self.asks.agenda.hurry(&id, Moment::now(), true),
                    Note::SetBack(healths) => self.begin_anew(healths),
                },
                answered = self.asks.next() => self.keep(answered),
                () = sleep_until(tell_at.unwrap_or_else(Moment::now)), if tell_at.is_some() => {}
                _ = look.tick() => {
                    self.notice_another_time(&mut seen);
                    self.look_for_keys();
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        let now = Moment::now();
        match order {
            Order::Follow(rounds) => self.follow(rounds),
            Order::Wish(request, ids) => self.wish(request, &ids),
            Order::Look(ids, watched) => {
                self.asks.agenda.look(ids.clone(), watched);
                self.told.retain(|id, _| ids.contains(id));
                self.looked_at = ids.into_iter().collect();
            }
            Order::Stir(ids) => ids.iter().for_each(|id| self.asks.agenda.stir(id)),
            Order::Heard(healths) => {
                for (id, health) in healths {
                    let Some(known) = self.known.get_mut(&id) else { continue };
                    known.failure = health.failure.as_ref().map(|failure| failure.kind);
                    known.next = None;
                    let clock = self.clock.now();
                    let due = due_beside_others(&health, clock);
                    let turn = turn_when(due, &known.account, &health, clock, now);
                    self.asks.agenda.rest(&id, turn);
                    let waits = (turn.asked_to_wait > now).then(|| Arc::clone(&known.account));
                    if let Some(account) = waits {
                        self.see_who_waits(&account);
                    }
                }
            }
        }
    }

    fn follow(&mut self, rounds: Rounds) {
        let (moment, now) = (Moment::now(), self.clock.now());
        let mut before = std::mem::take(&mut self.known);
        for (account, health) in rounds.accounts {
            let (id, account) = (account.profile.id.clone(), Arc::new(account));
            let old = before.remove(&id);
            if let Some(known) = old.as_ref().filter(|known| asks_alike(&known.account, &account)) {
                // A program or the surroundings may tell another key now: nothing shows that.
                if known.failure.is_some_and(FailureKind::is_about_the_key) {
                    self.asks.agenda.hurry(&id, moment, false);
                }
                self.asks.replace(Arc::clone(&account));
                self.known.extend(old.map(|known| (id, Known { account, ..known })));
                continue;
            }
            self.generation += 1;
            let failure = health.failure.as_ref().map(|failure| failure.kind);
            // What was learned in another way says nothing of this one.
            let other = old.is_some_and(|known| !asks_the_same(&known.account, &account));
            let turn = if other { Turn::at(moment, moment) } else { turn(&account, &health, now, moment) };
            if turn.asked_to_wait > moment {
                self.see_who_waits(&account);
            }
            self.asks.put(Arc::clone(&account), account.interval, turn, failure.filter(|_| !other));
            let random = Rng::with_seed(self.clock.seed() ^ hash(&id));
            self.known.insert(id, Known { account, generation: self.generation, failure, next: None, random });
        }
        for id in before.into_keys() {
            self.asks.remove(&id);
        }
    }

    /// Has an answer kept, its next poll planned and its new book told, in one trip to the ledger's thread: so what the screens hear
    /// of an account has the order of what happened. Nothing is kept of one that the configuration has changed or dropped meanwhile.
    fn keep(&mut self, Answered { id, asked }: Answered) {
        let Some(known) = self.known.get_mut(&id) else { return };
        let (account, generation, notes, news) =
            (Arc::clone(&known.account), known.generation, self.notes.clone(), self.news.clone());
        known.failure = asked.failure().map(|failure| failure.kind);
        let mut random = known.random.fork();
        self.ledger_thread.tell(move |workspace| {
            let plan = if workspace.account(id.as_str()).is_ok_and(|now| asks_alike(now, &account)) {
                let (plan, book) = take_in(workspace, &account, &asked, &mut random);
                let _ = news.send(book.unwrap_or_else(|report| super::refused(None, report)));
                for book in of_sharers(workspace, &id) {
                    let _ = news.send(Message::BookChanged(Box::new(book)));
                }
                plan
            } else {
                None
            };
            // Nobody plans any more when the program is ending.
            let _ = notes.send(Note::Kept(Kept { id, generation, plan }));
        });
    }

    /// Puts an account that was answered back to rest.
    fn plan(&mut self, Kept { id, generation, plan }: Kept) {
        let deferred = self.deferred.remove(&id).unwrap_or_default();
        let Some(known) = self.known.get_mut(&id).filter(|known| known.generation == generation) else { return };
        let Some(plan) = plan else {
            self.known.remove(&id);
            self.asks.remove(&id);
            return;
        };
        let now = Moment::now();
        let at = self.clock.now().checked_add_signed(delta(plan.wait)).unwrap_or(Instant::MAX_UTC);
        let due = now + plan.wait;
        known.next = Some((due, NextPoll { at, pace: plan.pace }));
        let turn = Turn { due, looked_at: now + plan.looked_at, asked_to_wait: now + plan.at_least, not_before: now };
        self.asks.agenda.rest(&id, turn);
        for request in deferred {
            self.wish(request, std::slice::from_ref(&id));
        }
    }

    /// Has looked whether the files of keys that were not accepted, not there, or asked to wait have changed. Elsewhere: a file may be slow.
    fn look_for_keys(&mut self) {
        let hinges_on_the_key = |kind: FailureKind| kind.is_about_the_key() || kind == FailureKind::RateLimited;
        let waits = |known: &&Known| known.failure.is_some_and(hinges_on_the_key);
        let accounts: Vec<Arc<Account>> = self.known.values().filter(waits).map(|known| Arc::clone(&known.account)).collect();
        if accounts.is_empty() || self.looking_for_keys {
            return;
        }
        let (ask, notes) = (Arc::clone(&self.ask), self.notes.clone());
        self.looking_for_keys = true;
        tokio::task::spawn_blocking(move || notes.send(Note::KeysChanged(ask.changed_keys(&accounts))));
    }

    /// Has looked whether the wait that is stored for an account is that of the key, and the address, that it is asked with.
    fn see_who_waits(&self, account: &Arc<Account>) {
        let (look, id, notes) =
            (Arc::clone(&self.ask).starts_anew(Arc::clone(account)), account.profile.id.clone(), self.notes.clone());
        tokio::spawn(async move {
            if look.await {
                // Nobody plans any more when the program is ending.
                let _ = notes.send(Note::StartsAnew(id));
            }
        });
    }

    /// Asks for accounts whose keys were changed.
    fn try_new_keys(&mut self, ids: &[AccountId]) {
        self.looking_for_keys = false;
        let now = Moment::now();
        for id in ids {
            self.asks.agenda.hurry(id, now, true);
        }
    }

    fn say(&self, message: Message) {
        // Nobody listens any more when the program is ending.
        let _ = self.news.send(message);
    }
}

/// The turn of an account by what is recorded of its polls.
fn turn(account: &Account, health: &PollHealth, now: Instant, moment: Moment) -> Turn {
    let turn = turn_when(due(health, now), account, health, now, moment);
    // Without a key nobody is asked, and that the figures can't be had any more is known at once (SPEC P2).
    let lacks_key = account.key.as_ref().is_none_or(KeySource::is_missing);
    if lacks_key && turn.asked_to_wait <= moment { Turn::at(moment, moment) } else { turn }
}

/// The turn of an account that is due then, no sooner than its provider allows by what is recorded.
fn turn_when(due: Due, account: &Account, health: &PollHealth, now: Instant, moment: Moment) -> Turn {
    let wait = due.wait(now);
    let minimum = account.definition.request.as_ref().and_then(|request| request.minimum_interval);
    let spaced = spaced(health, minimum.unwrap_or_default(), now).wait(now);
    let asked_for = asked_to_wait(health, now).wait(now);
    Turn { due: moment + wait, looked_at: moment + wait, asked_to_wait: moment + asked_for, not_before: moment + spaced }
}

/// A number that tells accounts apart, so that their jitter differs.
fn hash(id: &AccountId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn delta(wait: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::MAX)
}

#[cfg(test)]
mod tests;
