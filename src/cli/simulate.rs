//! `creditop simulate`: the provider simulator alone.

use std::net::SocketAddr;

use clap::Args;

use super::edge::{Edge, Outcome};
use crate::provider::simulator::{FAULTS, Fault};
use crate::report::Report;
use crate::runtime;

/// Answers as the providers do, on this machine.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct SimulateArgs {
    /// The address to listen on; port 0 takes a free one. The address is printed first.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Fail in this way: `[ACCOUNT/]FAULT[=VALUE][*TIMES]`; may be given several times.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
}

fn after_help() -> String {
    let width = FAULTS.iter().map(|(usage, _)| usage.len()).max().unwrap_or(0);
    let lines: Vec<String> = FAULTS.iter().map(|(usage, what)| format!("  {usage:width$}  {what}")).collect();
    let accounts = runtime::simulated_accounts();
    format!("Accounts, with keys that open nothing else:\n{}\n\nFaults:\n{}", accounts.join("\n"), lines.join("\n"))
}

/// Runs the simulator until it is interrupted.
///
/// # Errors
/// A [`Report`] where the address can't be listened on.
pub(crate) fn run(args: &SimulateArgs, edge: &Edge) -> Result<Outcome, Report> {
    runtime::simulate(args.listen, args.faults.clone(), edge.global.now).map(Outcome::Left)
}
