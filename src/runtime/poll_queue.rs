//! Asks accounts as the agenda says, and hands their answers over as they come (SPEC P1).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Instant as Moment, sleep_until};

use super::agenda::Agenda;
use super::lanes::Bounds;
use super::poll_client::PollAnswer;
use super::turn::{Gap, Terms, Turn};
use crate::catalog::RateScope;
use crate::config::Account;
use crate::credit::{AccountId, FailureKind};

/// What asks an account: the providers over HTTP, or a test.
pub(super) trait Ask: Send + Sync {
    /// Asks one account.
    fn ask(self: Arc<Self>, account: Arc<Account>) -> BoxFuture<'static, PollAnswer>;

    /// Whether an account, whose provider asked a key to wait, would be asked with another key, or at another address.
    fn starts_anew(self: Arc<Self>, account: Arc<Account>) -> BoxFuture<'static, bool> {
        let _ = account;
        ready(false).boxed()
    }

    /// Those of some accounts whose keys are kept in files that have changed since they were read. May block.
    fn changed_keys(&self, accounts: &[Arc<Account>]) -> Vec<AccountId> {
        let _ = accounts;
        Vec::new()
    }
}

/// An account with its answer.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) id: AccountId,
    pub(super) asked: PollAnswer,
}

/// Accounts, their places, and the requests under way. Those end when this is dropped.
pub(super) struct PollQueue {
    pub(super) agenda: Agenda,
    accounts: HashMap<AccountId, Arc<Account>>,
    under_way: JoinSet<PollAnswer>,
    /// Whose answer a task brings; those of accounts that were dropped or changed meanwhile are not here any more.
    tasks: HashMap<Id, AccountId>,
    handles: HashMap<AccountId, AbortHandle>,
    ask: Arc<dyn Ask>,
}

impl PollQueue {
    pub(super) fn new(ask: Arc<dyn Ask>, bounds: Bounds) -> Self {
        Self {
            agenda: Agenda::new(bounds),
            accounts: HashMap::new(),
            under_way: JoinSet::new(),
            tasks: HashMap::new(),
            handles: HashMap::new(),
            ask,
        }
    }

    /// Takes an account in, to be asked at its turn. One that was known is asked in its new way from now on.
    pub(super) fn put(&mut self, account: Arc<Account>, within: Duration, turn: Turn, last: Option<FailureKind>) {
        let id = account.profile.id.clone();
        self.remove(&id);
        self.agenda.put(&id, terms(&account, within), turn, last.is_some_and(is_troubled));
        self.accounts.insert(id, account);
    }

    /// Notes what has changed of an account but for how it is asked.
    pub(super) fn replace(&mut self, account: Arc<Account>) {
        self.accounts.insert(account.profile.id.clone(), account);
    }

    /// Forgets an account; a request of it that is under way is broken off.
    pub(super) fn remove(&mut self, id: &AccountId) {
        self.agenda.remove(id);
        self.accounts.remove(id);
        if let Some(handle) = self.handles.remove(id) {
            handle.abort();
            self.tasks.remove(&handle.id());
        }
    }

    /// Sends those off whose turn it is.
    pub(super) fn start(&mut self) {
        for id in self.agenda.start(Moment::now()) {
            let Some(account) = self.accounts.get(&id) else { continue };
            let handle = self.under_way.spawn(Arc::clone(&self.ask).ask(Arc::clone(account)));
            self.tasks.insert(handle.id(), id.clone());
            self.handles.insert(id, handle);
        }
    }

    /// Waits for the next answer, and sends others off as their turns come. An account that was answered is not asked again until the
    /// agenda is told when. Nothing is lost where this is dropped before it ends; without accounts it never does.
    pub(super) async fn next(&mut self) -> Answered {
        loop {
            self.start();
            let wake = self.agenda.wake_at();
            tokio::select! {
                Some(joined) = self.under_way.join_next_with_id() => {
                    // One that was broken off has no account any more; a panic has ended the program.
                    let Ok((task, asked)) = joined else { continue };
                    let Some(id) = self.tasks.remove(&task) else { continue };
                    self.handles.remove(&id);
                    self.agenda.answered(&id, Moment::now(), asked.failure().is_some_and(|failure| is_troubled(failure.kind)));
                    return Answered { id, asked };
                }
                () = sleep_until(wake.unwrap_or_else(Moment::now)), if wake.is_some() => {}
                else => std::future::pending().await,
            }
        }
    }

    /// Whether anybody is still to be asked or to answer.
    pub(super) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty() || self.agenda.wake_at().is_some()
    }
}

/// Whether a failure takes time, or its host's strength: a refusal comes at once.
fn is_troubled(kind: FailureKind) -> bool {
    use FailureKind as F;
    matches!(kind, F::Timeout | F::Unreachable | F::Tls | F::ServerError)
}

/// How an account is asked, as far as its turn depends on it.
fn terms(account: &Account, within: Duration) -> Terms {
    let Some(request) = &account.definition.request else {
        return Terms { host: String::new(), within, gap: None, minimum: Duration::ZERO };
    };
    let host = account.base_url.as_ref().unwrap_or(&request.base_url).host();
    let gap = request.rate.map(|rate| {
        let of = match rate.scope {
            RateScope::Host => Gap::Host(host.clone()),
            RateScope::Key => Gap::Key(host.clone(), account.key.clone()),
        };
        (of, request.least_gap().unwrap_or_default())
    });
    Terms { host, within, gap, minimum: request.minimum_interval.unwrap_or_default() }
}
