//! The provider simulator alone.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use super::Clock;
use super::dashboard::tokio_runtime;
use super::signals::{Left, Signals};
use crate::catalog::nearest;
use crate::credit::Instant;
use crate::provider::simulator::{Fault, Faults, Script, ScriptedAccount, Simulator};
use crate::report::{Ending, Report};

/// Plays the sample's accounts, and one on old pricing, at a loopback address until a signal ends it.
///
/// The first line on standard output is `listening on http://127.0.0.1:PORT`; port 0 takes a free one. The accounts with their
/// keys follow, which open nothing else. They stand as at `now`; with a stopped clock they don't spend by themselves.
///
/// # Errors
/// A [`Report`] for an address that is not loopback or can't be listened at, for a fault of an account that isn't there, and where
/// the address can't be told.
pub fn simulate(addr: SocketAddr, faults: Vec<Fault>, now: Option<Instant>) -> Result<Left, Report> {
    let clock = Clock::new(now)?;
    let internal = |error: io::Error| Report::new(Ending::Internal, format!("can't run the simulator: {error}"));
    let script = Script::whole(clock.now());
    let mut switched_on = Faults::default();
    for fault in faults {
        known(&fault, &script)?;
        switched_on.add(fault);
    }
    let accounts = accounts(&script);
    let runtime = tokio_runtime()?;
    runtime.block_on(async {
        let mut signals = Signals::listen().map_err(internal)?;
        let simulator = start(addr, clock, script).await?;
        simulator.add_faults(&switched_on);
        let text = format!("listening on {}\n{}\n", simulator.base_url(), accounts.join("\n"));
        match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
            // A reader that closes its end early keeps the simulator running: others may know the port.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(unwritten(&error)),
            Ok(()) | Err(_) => {}
        }
        Ok(Left::Signalled(signals.end().await))
    })
}

/// Nobody would ever know where the simulator listens.
fn unwritten(error: &io::Error) -> Report {
    Report::new(Ending::Storage, format!("can't write the simulator's address to standard output: {error}"))
        .hint("check that the disk behind it is not full")
}

/// The accounts that [`simulate()`] plays, one line each: id, provider and key.
#[must_use]
pub fn simulated_accounts() -> Vec<String> {
    accounts(&Script::whole(Instant::UNIX_EPOCH))
}

fn accounts(script: &Script) -> Vec<String> {
    let width = script.accounts.iter().map(|account| account.id.len()).max().unwrap_or(0);
    let line = |account: &ScriptedAccount| {
        let provider = account.balance.provider();
        let refused = if account.key_accepted { "" } else { " (refused)" };
        format!("  {:width$}  {provider:10}  key {}{refused}", account.id, account.key)
    };
    script.accounts.iter().map(line).collect()
}

/// Refuses a fault of an account that isn't there.
fn known(fault: &Fault, script: &Script) -> Result<(), Report> {
    let ids = || script.accounts.iter().map(|account| account.id.as_str());
    let Some(asked) = fault.account.as_deref().filter(|asked| !ids().any(|id| id == *asked)) else { return Ok(()) };
    Err(Report::new(Ending::Usage, format!("the simulator has no account {asked:?}")).hint(match nearest(asked, ids()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("its accounts are {}", ids().collect::<Vec<_>>().join(", ")),
    }))
}

/// Starts a simulator. Needs a tokio runtime.
pub(super) async fn start(addr: SocketAddr, clock: Clock, script: Script) -> Result<Simulator, Report> {
    Simulator::bind(addr, script, Arc::new(move || clock.now())).await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Report::new(Ending::Usage, error.to_string()).hint("listen at 127.0.0.1:0"),
        io::ErrorKind::AddrInUse => {
            Report::new(Ending::Usage, format!("can't listen at {addr}: another program does")).hint("port 0 takes a free port")
        }
        _ => Report::new(Ending::Usage, format!("can't listen at {addr}: {error}")).hint("listen at 127.0.0.1:0"),
    })
}
