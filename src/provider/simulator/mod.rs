//! A provider at home: a real HTTP server on loopback that answers as ImaginePro and Photoroom document.
//!
//! It holds several accounts, spends their credits by a seeded script, resets and tops them up, and fails on
//! request in every way of [`FAULTS`]. With a stopped clock it answers the same on every machine.
//!
//! Besides the documented endpoints it has endpoints of its own, with JSON bodies: `GET /simulator` lists accounts and
//! faults; `POST /simulator/spend` and `/simulator/top-up` take `{"account": …, "amount": …}`,
//! `/simulator/reset` takes `{"account": …}`, and `/simulator/fault` takes `{"fault": "studio/html*3"}`, or
//! `{"clear": "studio"}` or `{"clear": null}` to switch one account's or all faults off. An account is named by
//! its id or its key.

mod account;
mod answers;
mod bodies;
mod control;
mod faults;
mod script;
mod services;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::faults::{FAULTS, Fault, FaultError, FaultKind, Faults};
pub use self::script::{Balance, Pace, Script, ScriptedAccount};

use self::account::LiveAccount;
use crate::credit::{Amount, Instant};

/// Tells the simulator what time it is.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The running simulator. It stops when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

/// What the handlers share.
struct Shared {
    clock: Clock,
    stage: Mutex<Stage>,
    stopped: CancellationToken,
}

/// The accounts and faults as they are now.
struct Stage {
    accounts: Vec<LiveAccount>,
    faults: Faults,
    requests: u64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// The accounts and faults, played up to the clock's present.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        let now = (self.clock)();
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        for account in &mut stage.accounts {
            account.advance(now);
        }
        stage
    }
}

impl Stage {
    /// The account that has this key.
    fn by_key(&self, key: &str) -> Option<&LiveAccount> {
        self.accounts.iter().find(|account| account.script.key == key)
    }

    /// The account that has this id or key.
    fn named(&mut self, name: &str) -> Option<&mut LiveAccount> {
        self.accounts.iter_mut().find(|account| account.script.id == name || account.script.key == name)
    }
}

impl Simulator {
    /// Starts to listen and answer. Port 0 takes a free port; [`Simulator::addr`] tells which.
    ///
    /// # Errors
    /// An address that is not loopback ([`io::ErrorKind::InvalidInput`]), one that is in use, or no permission to listen.
    pub async fn bind(addr: SocketAddr, script: Script, clock: Clock) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            let why = format!("{addr} is not a loopback address; the simulator listens on 127.0.0.1 or [::1] only");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let live = (script.accounts.into_iter().zip(0..))
            .map(|(account, place): (_, u64)| LiveAccount::new(account, script.start, script.seed.wrapping_add(place)));
        let stage = Stage { accounts: live.collect(), faults: Faults::default(), requests: 0 };
        let shared = Arc::new(Shared { clock, stage: Mutex::new(stage), stopped: CancellationToken::new() });
        let server =
            axum::serve(listener, router(Arc::clone(&shared))).with_graceful_shutdown(shared.stopped.clone().cancelled_owned());
        // It runs until the token is cancelled; accept errors are retried by axum, so there is no result to wait for.
        tokio::spawn(server.into_future());
        Ok(Self { addr, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address as a `base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Switches faults on, besides those that are on already.
    pub fn add_faults(&self, faults: &Faults) {
        let mut stage = self.shared.stage();
        for fault in faults.as_slice() {
            stage.faults.add(fault.clone());
        }
    }

    /// Spends credits of the account with this id, as the service does for work; returns what its credits did not cover, or
    /// `None` where there is no such account.
    #[must_use]
    pub fn spend(&self, account: &str, amount: Amount) -> Option<Amount> {
        self.shared.stage().named(account).map(|account| account.spend(amount))
    }

    /// How many requests have reached the services' endpoints.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.stage().requests
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/subscription/account-info", get(services::imaginepro))
        .route("/v1/account", get(services::photoroom_v1))
        .route("/v2/account", get(services::photoroom_v2))
        .route("/simulator", get(control::list))
        .route("/simulator/spend", post(control::spend))
        .route("/simulator/top-up", post(control::top_up))
        .route("/simulator/reset", post(control::reset))
        .route("/simulator/fault", post(control::fault))
        .fallback(services::nothing_here)
        .with_state(shared)
}
