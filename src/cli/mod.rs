//! The commands: one file each, and what they share.
//!
//! A command prints its result to standard output and ends with an `Outcome`, or it fails with a [`Report`] that
//! goes to standard error. Nothing else decides an exit code. A reader that closes the pipe early is no failure.

mod accounts;
mod config;
mod csv_guard;
mod demo;
mod edge;
mod engine_report;
mod guard;
pub mod json;
mod ledger;
mod mask;
mod output;
mod plan;
mod plan_ref;
mod polling;
mod providers;
mod quote;
mod simulate;
mod status;
mod table;
mod text;
mod view;
mod when;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::report::{Ending, Report};
use crate::runtime::{forbid_core_dumps, install_panic_hook, say_when_waiting};
use edge::{Edge, Global, Outcome};
use output::{Output, remark};
use table::{Paint, Tone};

/// Watches prepaid credits: what is left, when it resets or lapses, and what a job would cost.
#[derive(Debug, Parser)]
#[command(name = "creditop", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "Without a command the dashboard opens.\n\n\
    Exit codes: 0 done, also for a quote that does not fit; 1 a \"no\": guard, verify, a conflicting ref,\n\
    a bad import line, --hold or --commit of what does not fit; 2 usage or configuration; 3 unknown or\n\
    unreachable, also where status has no fresh figures; 4 the ledger or a file can't be read or written;\n\
    5 done, as standard error says, but the answer can't be written; 70 a fault of creditop.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Opens the dashboard on a simulator and a sample ledger; needs nothing.
    Demo,
    Status(status::StatusArgs),
    Quote(quote::QuoteArgs),
    Guard(guard::GuardArgs),
    Ledger(ledger::LedgerArgs),
    Accounts(accounts::AccountsArgs),
    Providers(providers::ProvidersArgs),
    Simulate(simulate::SimulateArgs),
    Config(config::ConfigArgs),
}

impl Command {
    /// Whether it prints lines, and opens no screen.
    fn prints(&self) -> bool {
        !matches!(self, Self::Demo)
    }
}

/// Runs the program with the process's arguments and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    if let Err(report) = forbid_core_dumps().and_then(|()| install_panic_hook()).and_then(|()| outlive_size_limits()) {
        return fail(&report);
    }
    say_when_waiting();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let colour = may_colour(&arguments);
    let choice = if colour { ColorChoice::Auto } else { ColorChoice::Never };
    let parsed = Cli::command()
        .color(choice)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (cli, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error, &arguments),
    };
    let mut edge = Edge { out: Output::stdout(colour), global: cli.global, colour };
    let private = edge.global.private.then(|| edge.global.options());
    // Before anything is recorded or asked. The dashboard masks by itself, until it fails.
    let covered = match &private {
        Some(options) if cli.command.as_ref().is_some_and(Command::prints) => {
            mask::refuse_data(&matches).and_then(|()| mask::put_on(options, &matches))
        }
        _ => Ok(()),
    };
    let ended = covered.and_then(|()| run(cli.command.as_ref(), &mut edge));
    ended.map_or_else(
        |report| {
            let uncovered = private.filter(|_| !mask::is_on());
            let failed = uncovered.and_then(|options| mask::put_on(&options, &matches).err());
            fail(&failed.unwrap_or(report))
        },
        ExitCode::from,
    )
}

/// Has a write that a limit on the size of files forbids fail, as on a full disk, instead of killing the program.
fn outlive_size_limits() -> Result<(), Report> {
    let failed = |error| Report::new(Ending::Internal, format!("can't listen to signals: {error}"));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map(|_| ()).map_err(failed)
}

/// Whether colours are wanted: `--no-color` counts before the arguments are read, because their errors are coloured too.
fn may_colour(arguments: &[OsString]) -> bool {
    let told = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !told && !arguments.iter().any(|argument| argument == "--no-color")
}

fn run(command: Option<&Command>, edge: &mut Edge) -> Result<Outcome, Report> {
    match command {
        None => demo::dashboard(edge),
        Some(Command::Demo) => demo::run(edge),
        Some(Command::Simulate(args)) => simulate::run(args, edge),
        Some(Command::Status(args)) => status::run(args, edge),
        Some(Command::Quote(args)) => quote::run(args, edge),
        Some(Command::Guard(args)) => guard::run(args, edge),
        Some(Command::Ledger(args)) => ledger::run(args, edge),
        Some(Command::Accounts(args)) => accounts::run(args, edge),
        Some(Command::Providers(args)) => providers::run(args, edge),
        Some(Command::Config(args)) => config::run(args, edge),
    }
}

/// Prints what clap has to say: help to standard output, a usage error to standard error. A closed pipe ends quietly.
fn usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return output::answer(|| error.print()).map_or_else(|report| fail(&report), |()| ExitCode::SUCCESS);
    }
    // An error repeats what was typed, or what a script passed on from elsewhere: without colours nothing in it can steer.
    remark(mask::masked_usage(error, arguments).trim_end());
    Outcome::Ended(Ending::Usage).into()
}

/// Prints why a command failed, without a backtrace: it is no fault of creditop, but for internal errors.
fn fail(report: &Report) -> ExitCode {
    let colour = io::stderr().is_terminal() && may_colour(&std::env::args_os().collect::<Vec<_>>());
    let paint = if colour { Paint::Ansi } else { Paint::Plain };
    remark(&format!("{} {}", paint.tone(Tone::Alarm, "error:"), text::clean_lines(&report.to_string())));
    Outcome::Ended(report.ending).into()
}
