//! The provider simulator alone.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use super::Clock;
use super::dashboard::tokio_runtime;
use super::signals::Signals;
use crate::credit::Instant;
use crate::provider::simulator::{Fault, Faults, Script, Simulator};
use crate::report::{Ending, Report};

/// Plays the sample's accounts at a loopback address until a signal ends it; gives 128 and the signal's number.
///
/// The first line on standard output is `listening on http://127.0.0.1:PORT`; port 0 takes a free one. The accounts stand as
/// at `now`; with a stopped clock they don't spend by themselves.
///
/// # Errors
/// A [`Report`] for an address that is not loopback or can't be listened at.
pub fn simulate(addr: SocketAddr, faults: Vec<Fault>, now: Option<Instant>) -> Result<ExitCode, Report> {
    let clock = Clock::new(now);
    let internal = |error: io::Error| Report::new(Ending::Internal, format!("can't run the simulator: {error}"));
    let runtime = tokio_runtime()?;
    let code = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(internal)?;
        let simulator = start(addr, clock).await?;
        let mut switched_on = Faults::default();
        for fault in faults {
            switched_on.add(fault);
        }
        simulator.add_faults(&switched_on);
        // A reader that closes its end early keeps the simulator running: others may know the port.
        let _ = writeln!(io::stdout(), "listening on {}", simulator.base_url()).and_then(|()| io::stdout().flush());
        Ok::<u8, Report>(signals.end().await)
    })?;
    Ok(ExitCode::from(code))
}

/// Starts a simulator of the sample's accounts. Needs a tokio runtime.
pub(super) async fn start(addr: SocketAddr, clock: Clock) -> Result<Simulator, Report> {
    let script = Script::sample(clock.now());
    Simulator::bind(addr, script, Arc::new(move || clock.now())).await.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Report::new(Ending::Usage, error.to_string()).hint("listen at 127.0.0.1:0"),
        io::ErrorKind::AddrInUse => {
            Report::new(Ending::Usage, format!("can't listen at {addr}: another program does")).hint("port 0 takes a free port")
        }
        _ => Report::new(Ending::Usage, format!("can't listen at {addr}: {error}")).hint("listen at 127.0.0.1:0"),
    })
}
