//! Asks one account's endpoint: its key, its answer.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Clock;
use super::poll_queue::Ask;
use super::versions::Versions;
use crate::config::{Account, KeyError, KeySource};
use crate::credit::{AccountId, Failure, FailureKind, Instant, Sighting};
use crate::provider::{Client, ClientOptions, Target};
use crate::store::Waits;

/// What asking came to.
#[derive(Debug)]
pub(super) enum PollAnswer {
    /// An answer, or why there is none.
    Answer(Result<Sighting, Failure>),
    /// Nothing was asked: this key is one for trying out.
    Sandbox(SecretString),
}

impl PollAnswer {
    /// Why there is no answer, where there is none.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Answer(answer) => answer.as_ref().err(),
            Self::Sandbox(_) => None,
        }
    }
}

/// So many key commands run at once: each may start an agent, a window or a database of its own.
const COMMANDS_AT_ONCE: usize = 4;

/// So many of those that were not in time before run at once, beside the others: what hangs again delays nobody else's key.
const LATE_COMMANDS_AT_ONCE: usize = 2;

/// Asks accounts over HTTP.
#[derive(Debug)]
pub(super) struct PollClient {
    client: Client,
    /// Keys that were fetched once: a command may ask a person for a passphrase each time it runs.
    keys: Mutex<HashMap<AccountId, Fetched>>,
    /// The key files as they were when they were read, or couldn't be.
    files: Mutex<HashMap<AccountId, Versions>>,
    commands: Arc<Semaphore>,
    late_commands: Arc<Semaphore>,
    /// The commands that were not in time when they ran last.
    late: Mutex<HashSet<KeySource>>,
    waits: Waits,
    clock: Clock,
}

/// A key with where it came from.
#[derive(Debug, Clone)]
struct Fetched {
    source: KeySource,
    key: SecretString,
    file: Option<Versions>,
}

impl PollClient {
    pub(super) fn new(clock: Clock, waits: Waits) -> Self {
        Self {
            client: Client::new(ClientOptions::default()),
            keys: Mutex::default(),
            files: Mutex::default(),
            commands: Arc::new(Semaphore::new(COMMANDS_AT_ONCE)),
            late_commands: Arc::new(Semaphore::new(LATE_COMMANDS_AT_ONCE)),
            late: Mutex::default(),
            waits,
            clock,
        }
    }

    /// Asks one account.
    async fn ask_one(&self, account: &Account) -> PollAnswer {
        let key = match self.key(account).await {
            Ok(key) => key,
            Err(failure) => return PollAnswer::Answer(Err(failure)),
        };
        let sandbox = account.definition.sandbox_prefix().is_some_and(|prefix| key.expose_secret().starts_with(prefix));
        if sandbox {
            return PollAnswer::Sandbox(key);
        }
        let (waits, id, address, used) = (self.waits.clone(), account.profile.id.clone(), address(account), key.clone());
        let target = Target {
            account: account.profile.id.clone(),
            definition: account.definition.clone(),
            base_url: account.base_url.clone(),
            key: Some(key),
            allow_insecure: account.allow_insecure,
        };
        let answer = self.client.poll(&target, self.clock.now()).await;
        if answer.as_ref().is_err_and(|failure| failure.kind.is_about_the_key()) {
            // The key may have been changed where it is kept: fetch it anew next time.
            self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&account.profile.id);
        }
        if let Some((until, at)) = answer.as_ref().err().and_then(|failure| Some((failure.retry_at?, failure.at))) {
            let note = move || waits.note(&id, &address, used.expose_secret(), until, at);
            // Noted before the answer is kept: who reads that looks here.
            let _ = tokio::task::spawn_blocking(note).await;
        }
        PollAnswer::Answer(answer)
    }

    async fn key(&self, account: &Account) -> Result<SecretString, Failure> {
        let id = &account.profile.id;
        let at = self.clock.now();
        let Some(source) = account.key.clone() else {
            return Err(no_key("no key is configured; add key = { env = \"NAME\" } to the account".to_owned(), at));
        };
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let known = known.filter(|known| known.source == source);
        let file = source.file();
        if let (Some(known), None) = (&known, &file) {
            return Ok(known.key.clone());
        }
        let Some((file, key)) = self.fetch(&source, known, file).await else {
            return Err(no_key("fetching the key was broken off; refresh to try again".to_owned(), at));
        };
        if let Some(file) = file.clone() {
            self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), file);
        }
        let key = key.map_err(|error| no_key(format!("{error}; {}", error.hint()), at))?;
        let fetched = Fetched { source, key: key.clone(), file };
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), fetched);
        Ok(key)
    }
}

impl PollClient {
    /// Fetches a key at its turn, unless it comes from a file that is as it was; with the file's version. `None` where it was broken off.
    async fn fetch(
        &self,
        source: &KeySource,
        known: Option<Fetched>,
        file: Option<PathBuf>,
    ) -> Option<(Option<Versions>, Result<SecretString, KeyError>)> {
        let turn = self.turn(source).await;
        let from = source.clone();
        let fetched = tokio::task::spawn_blocking(move || {
            let file = file.map(|file| Versions::of([file]));
            let key = match known {
                Some(known) if known.file == file => Ok(known.key),
                _ => from.resolve(),
            };
            // Also where nobody waits for the key any more the next one's turn comes when this command has ended.
            drop(turn);
            (file, key)
        });
        let (file, key) = fetched.await.ok()?;
        if let KeySource::Command(_) = source {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            match &key {
                Err(KeyError::CommandTimedOut { .. }) => late.insert(source.clone()),
                _ => late.remove(source),
            };
        }
        Some((file, key))
    }

    /// Waits until a key command may start; what is no command starts at once.
    async fn turn(&self, source: &KeySource) -> Option<OwnedSemaphorePermit> {
        let KeySource::Command(_) = source else { return None };
        let is_late = self.late.lock().unwrap_or_else(PoisonError::into_inner).contains(source);
        // They are never closed.
        Arc::clone(if is_late { &self.late_commands } else { &self.commands }).acquire_owned().await.ok()
    }
}

/// Where an account is asked; nothing where it never is.
fn address(account: &Account) -> String {
    let request = account.definition.request.as_ref();
    request.map(|request| account.base_url.as_ref().unwrap_or(&request.base_url).to_string()).unwrap_or_default()
}

impl Ask for PollClient {
    fn starts_anew(self: Arc<Self>, account: Arc<Account>) -> BoxFuture<'static, bool> {
        async move {
            let (id, now) = (account.profile.id.clone(), self.clock.now());
            // A key command is run only where there is something to hold its key against.
            if !self.waits.knows(&id, now) {
                return false;
            }
            let key = self.key(&account).await;
            key.is_ok_and(|key| self.waits.is_of_another(&id, &address(&account), key.expose_secret(), now))
        }
        .boxed()
    }

    fn ask(self: Arc<Self>, account: Arc<Account>) -> BoxFuture<'static, PollAnswer> {
        async move { self.ask_one(&account).await }.boxed()
    }

    fn changed_keys(&self, accounts: &[Arc<Account>]) -> Vec<AccountId> {
        let changed = |account: &&Arc<Account>| {
            let Some(file) = account.key.as_ref().and_then(KeySource::file) else { return false };
            let read = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(&account.profile.id).cloned();
            read.is_some_and(|read| read != Versions::of([file]))
        };
        accounts.iter().filter(changed).map(|account| account.profile.id.clone()).collect()
    }
}

fn no_key(message: String, at: Instant) -> Failure {
    Failure { kind: FailureKind::NoKey, message, at, retry_at: None, or_out_of_credit: false }
}
