//! What every command needs: the global options, the workspace, a place for results.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant as Moment};

use chrono_tz::{TZ_VARIANTS, Tz};
use clap::Args;

use super::engine_report::engine_report;
use super::output::{Output, remark};
use super::text::clean_lines;
use crate::catalog::{Catalog, nearest};
use crate::config::{Paths, UnknownAccount, stop_key_commands};
use crate::credit::{AccountId, AccountStatus, Book, EngineError, Instant, check_actor, parse_instant};
use crate::report::{Ending, Report};
use crate::runtime::{Left, Seen, Workspace, WorkspaceOptions, catalog};
use crate::store::wait_for_others_until;

/// Where help lists them.
const HEADING: &str = "Global options";

/// How long a command waits for a locked ledger that only looks, and has no limit of its own.
pub(crate) const LOOKING: Duration = Duration::from_secs(10);

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The configuration file.
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE", env = "CREDITOP_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// The folder of the ledger.
    #[arg(long, global = true, help_heading = HEADING, value_name = "DIR", env = "CREDITOP_DATA_DIR", hide_env_values = true)]
    pub data_dir: Option<PathBuf>,
    /// Stop the clock at this instant, such as 2026-11-20T09:00:00Z, for tests and demonstrations: what is stored is stamped with
    /// it. To look at another day use `--at`.
    #[arg(long, global = true, help_heading = HEADING, value_name = "T", value_parser = parse_instant)]
    pub now: Option<Instant>,
    /// Show times in this zone, such as Europe/Berlin.
    #[arg(long, global = true, help_heading = HEADING, value_name = "ZONE", value_parser = parse_zone)]
    pub tz: Option<Tz>,
    /// Write nothing: entries are refused, and no provider is asked, since its answer could not be kept.
    #[arg(long, global = true, help_heading = HEADING)]
    pub read_only: bool,
    /// Who records: `CREDITOP_ACTOR` if not given, else the configuration's actor, else the system's user. For `ledger list`: whose entries.
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME", value_parser = parse_actor)]
    pub actor: Option<String>,
    /// Mask e-mails, names, customers, notes, refs, lot names and keys on the dashboard and in every line that is printed: accounts
    /// become "Account 7" by their place in the configuration. Data for programs can't be masked: --json, --csv and `ledger export`
    /// are refused.
    #[arg(long, global = true, help_heading = HEADING)]
    pub private: bool,
    /// Use no colours; so does the variable `NO_COLOR`.
    #[arg(long, global = true, help_heading = HEADING)]
    pub no_color: bool,
}

impl Global {
    /// What the workspace is opened with.
    #[must_use]
    pub(crate) fn options(&self) -> WorkspaceOptions {
        let told = || std::env::var("CREDITOP_ACTOR").ok().filter(|name| !name.is_empty());
        WorkspaceOptions {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            now: self.now,
            zone: self.tz,
            actor: self.actor.clone().or_else(told),
            read_only: self.read_only,
        }
    }
}

fn parse_actor(text: &str) -> Result<String, String> {
    check_actor(text).map(|()| text.to_owned()).map_err(|why| format!("it {why}"))
}

fn parse_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| match nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name())) {
        Some(near) => format!("no time zone of that name; did you mean {near}?"),
        None => "no time zone of that name; write it like Europe/Berlin or UTC".to_owned(),
    })
}

/// How a command ended that could do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// The answer is printed, and it is not a yes.
    Ended(Ending),
    /// What runs until it is told to end was told so.
    Left(Left),
}

impl From<Outcome> for ExitCode {
    /// 0; the code of the kind of ending; 128 and a signal's number, as shells count (129 hang-up, 130 interrupt, 143 terminate).
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done | Outcome::Left(Left::Quit) => Self::SUCCESS,
            Outcome::Ended(ending) => Self::from(ending.code()),
            Outcome::Left(Left::Signalled(number)) => Self::from(number.saturating_add(128)),
        }
    }
}

/// What every command needs.
pub(crate) struct Edge {
    /// The global options.
    pub global: Global,
    /// Where results go.
    pub out: Output,
    /// Whether colours may be used at all.
    pub colour: bool,
}

impl Edge {
    /// Where the files of this run are.
    ///
    /// # Errors
    /// A [`Report`] where there is no home folder.
    pub(crate) fn paths(&self) -> Result<Paths, Report> {
        Ok(Paths::discover(self.global.config.clone(), self.global.data_dir.clone())?)
    }

    /// The definitions: those compiled in and the user's own.
    ///
    /// # Errors
    /// A [`Report`] with every problem of the user's own.
    pub(crate) fn catalog(&self) -> Result<Catalog, Report> {
        catalog(&self.global.options())
    }

    /// Opens the configuration and the ledger; says once where the ledger has become shorter since it was seen.
    ///
    /// # Errors
    /// A [`Report`] where either can't be used.
    pub(crate) fn workspace(&self) -> Result<Workspace, Report> {
        let mut workspace = self.quiet_workspace()?;
        for loss in workspace.untold_losses() {
            remark(&clean_lines(&format!("warning: {}\nhint: {}", loss.what(workspace.zone()), loss.hint())));
        }
        Ok(workspace)
    }

    /// Opens the configuration and the ledger as [`Edge::workspace`] does, for a command that only looks: what is locked by another
    /// program is waited for no longer than `limit` from now on (SPEC P10).
    ///
    /// # Errors
    /// As [`Edge::workspace`].
    pub(crate) fn workspace_within(&self, limit: Duration) -> Result<Workspace, Report> {
        wait_for_others_until(Moment::now().checked_add(limit));
        self.workspace()
    }

    /// Opens the configuration and the ledger, for those who have their own place to say what is gone.
    ///
    /// # Errors
    /// As [`Edge::workspace`].
    pub(crate) fn quiet_workspace(&self) -> Result<Workspace, Report> {
        Workspace::open(self.global.options())
    }
}

/// The accounts of those names, each once; all accounts where none is named.
///
/// # Errors
/// A [`Report`] for a name that no account has, or where none is configured.
pub(crate) fn accounts(workspace: &Workspace, names: &[String]) -> Result<Vec<AccountId>, Report> {
    if names.is_empty() {
        let all: Vec<AccountId> = workspace.config().accounts.iter().map(|account| account.profile.id.clone()).collect();
        if all.is_empty() {
            return Err(Report::new(Ending::Usage, "no account is configured")
                .hint("add an [[account]] to the file that `creditop config path` names, or try `creditop demo`"));
        }
        return Ok(all);
    }
    let mut ids: Vec<AccountId> = Vec::new();
    let mut unknown: Vec<UnknownAccount> = Vec::new();
    for name in names {
        match workspace.config().account(name) {
            Ok(account) if ids.contains(&account.profile.id) => {}
            Ok(account) => ids.push(account.profile.id.clone()),
            Err(error) => unknown.push(error),
        }
    }
    match unknown.len() {
        0 => Ok(ids),
        1 => Err(unknown.swap_remove(0).into()),
        several => Err(Report::new(Ending::Usage, format!("there are no accounts of {several} of these names"))
            .details(unknown.iter().map(|error| format!("{:?}: {}", error.asked, error.hint())))),
    }
}

/// The accounts at an instant, as [`statuses_of`] tells them.
///
/// # Errors
/// A [`Report`] where the ledger can't be read, or says what can't be of any of them.
pub(crate) fn statuses(workspace: &Workspace, ids: &[AccountId], at: Instant) -> Result<Vec<AccountStatus>, Report> {
    let told = |seen: Surveyed| seen.fault.map_or(Ok(seen.status), Err);
    statuses_of(workspace, ids, at)?.into_iter().map(told).collect()
}

/// An account as it was found at an instant.
pub(crate) struct Surveyed {
    /// Everything that is recorded of it.
    pub book: Book,
    /// What that comes to; without figures where it comes to nothing that can be.
    pub status: AccountStatus,
    /// What the ledger says of it that can't be: the program is at fault, or a foreign hand.
    pub fault: Option<Report>,
}

/// The accounts at an instant, in the order of `ids`. One whose figures can't be added up, or of which the ledger says what can't be,
/// is there with that as its error, and takes none of the others away.
///
/// # Errors
/// A [`Report`] where the ledger can't be read.
pub(crate) fn statuses_of(workspace: &Workspace, ids: &[AccountId], at: Instant) -> Result<Vec<Surveyed>, Report> {
    let answer = |(book, status): Seen| {
        let fault = status.as_ref().err().filter(|error| matches!(error, EngineError::Fault { .. }));
        let fault = fault.map(|error| engine_report(error, &book));
        let status = status.or_else(|why| book.status_without_figures(at, why));
        status.map_err(|error| engine_report(&error, &book)).map(|status| Surveyed { book, status, fault })
    };
    workspace.statuses(ids, at)?.into_iter().map(answer).collect()
}

/// Runs a future to its end on this thread.
///
/// # Errors
/// A [`Report`] where the system gives no event queue.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Report> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::new(Ending::Internal, format!("can't start the event loop: {error}")))?;
    let output = runtime.block_on(future);
    // A program that tells a key, or a name that is being looked up, may take longer than anybody waits.
    stop_key_commands();
    runtime.shutdown_background();
    Ok(output)
}
