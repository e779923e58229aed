//! Asks one account's endpoint: its key, its host's turn, its answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::Clock;
use crate::config::{Account, KeySource};
use crate::credit::{AccountId, Failure, FailureKind, Instant, Observation};
use crate::provider::{Client, ClientOptions, HostLimits, Target};

/// How many accounts of one host are asked at once.
const PER_HOST: usize = 4;

/// What asking came to.
#[derive(Debug)]
pub(super) enum Asked {
    /// An answer, or why there is none.
    Answer(Result<Observation, Failure>),
    /// Nothing was asked: this key is one for trying out.
    Sandbox(SecretString),
}

/// Asks accounts, side by side and bounded per host.
#[derive(Debug)]
pub(super) struct Asker {
    client: Client,
    limits: HostLimits,
    /// Keys that were fetched once, with where they came from: a command may ask a person for a passphrase each time it runs.
    keys: Mutex<HashMap<AccountId, (KeySource, SecretString)>>,
    clock: Clock,
}

impl Asker {
    pub(super) fn new(clock: Clock) -> Self {
        let client = Client::new(ClientOptions::default());
        Self { client, limits: HostLimits::new(PER_HOST), keys: Mutex::default(), clock }
    }

    /// Asks one account.
    pub(super) async fn ask(&self, account: &Account) -> Asked {
        let key = match self.key(account).await {
            Ok(key) => key,
            Err(failure) => return Asked::Answer(Err(failure)),
        };
        let sandbox = account.definition.sandbox_prefix().is_some_and(|prefix| key.expose_secret().starts_with(prefix));
        if sandbox {
            return Asked::Sandbox(key);
        }
        let target = Target {
            account: account.profile.id.clone(),
            definition: account.definition.clone(),
            base_url: account.base_url.clone(),
            key: Some(key),
            allow_insecure: account.allow_insecure,
        };
        let _turn = self.limits.acquire(&target.host().unwrap_or_default()).await;
        let answer = self.client.poll(&target, self.clock.now()).await;
        if answer.as_ref().is_err_and(|failure| matches!(failure.kind, FailureKind::Unauthorized | FailureKind::Forbidden)) {
            // The key may have been changed where it is kept: fetch it anew next time.
            self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&account.profile.id);
        }
        Asked::Answer(answer)
    }

    async fn key(&self, account: &Account) -> Result<SecretString, Failure> {
        let id = &account.profile.id;
        let at = self.clock.now();
        let Some(source) = account.key.clone() else {
            return Err(no_key("no key is configured; add key = { env = \"NAME\" } to the account".to_owned(), at));
        };
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some((_, key)) = known.filter(|(from, _)| *from == source) {
            return Ok(key);
        }
        let from = source.clone();
        let key = match tokio::task::spawn_blocking(move || source.resolve()).await {
            Ok(Ok(key)) => key,
            Ok(Err(error)) => return Err(no_key(format!("{error}; {}", error.hint()), at)),
            Err(_) => return Err(no_key("fetching the key was broken off; refresh to try again".to_owned(), at)),
        };
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), (from, key.clone()));
        Ok(key)
    }
}

fn no_key(message: String, at: Instant) -> Failure {
    Failure { kind: FailureKind::NoKey, message, at, retry_at: None }
}
