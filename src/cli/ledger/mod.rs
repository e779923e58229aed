//! `creditop ledger`: what is recorded, and recording more.

mod balance;
mod export;
mod history;
mod hledger;
mod import;
mod list;
mod record;
mod verify;

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::edge::{Edge, Outcome};
use super::mask::of_ref;
use crate::cli::output::remark;
use crate::cli::text;
use crate::credit::{About, AccountId, CLOCKS_DIFFER, Draft, EntryBody, Instant, Rules, print_instant, shown};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{AppendError, Appended, Proposal, Refusal, Refused};

/// Keeps and shows the ledger.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Debug, Subcommand)]
enum LedgerCommand {
    #[command(flatten)]
    Record(record::RecordCommand),
    /// Lists what is recorded.
    List(list::ListArgs),
    /// Shows an account at any instant, past or future.
    Balance(balance::BalanceArgs),
    /// Records the entries of a file, all of them or none.
    Import(import::ImportArgs),
    /// Shows what each bucket held over time.
    History(history::HistoryArgs),
    /// Writes the ledger as JSON Lines, CSV or an hledger journal.
    Export(export::ExportArgs),
    /// Checks that the whole ledger can be read and adds up.
    Verify(verify::VerifyArgs),
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for bad input, a refused entry, or a ledger that can't be used.
pub(crate) fn run(args: &LedgerArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    match &args.command {
        LedgerCommand::Record(command) => record::run(command, edge),
        LedgerCommand::List(args) => list::run(args, edge),
        LedgerCommand::Balance(args) => balance::run(args, edge),
        LedgerCommand::Import(args) => import::run(args, edge),
        LedgerCommand::History(args) => history::run(args, edge),
        LedgerCommand::Export(args) => export::run(args, edge),
        LedgerCommand::Verify(args) => verify::run(args, edge),
    }
}

fn rules_in(workspace: &Workspace) -> impl Fn(&AccountId) -> Option<Arc<Rules>> + use<> {
    let rules: Vec<Arc<Rules>> = workspace.config().accounts.iter().map(|account| Arc::clone(&account.rules)).collect();
    move |id| rules.iter().find(|rules| &rules.account == id).cloned()
}

/// Records entries, all of them or none.
///
/// # Errors
/// A [`Report`] for what is refused: a "no" where it depends on what is recorded, wrong usage where it never could be right.
pub(super) fn write(workspace: &mut Workspace, proposals: &[Proposal]) -> Result<Vec<Appended>, Report> {
    workspace.must_be_writable()?;
    workspace.may_stamp()?;
    workspace.check_usable(proposals)?;
    let (rules, clock) = (rules_in(workspace), workspace.clock());
    let before = workspace.store().latest_recorded()?;
    let appended = workspace.store_mut().append(proposals, &rules, || clock.now()).map_err(refused)?;
    workspace.remember();
    if appended.iter().any(|done| !done.already_recorded) {
        warn_of_clocks(before, clock.now());
    }
    Ok(appended)
}

/// Says where something is recorded minutes earlier than what was recorded before it: a clock was set back, or was wrong.
pub(super) fn warn_of_clocks(before: Option<(Instant, String, String)>, now: Instant) {
    if let Some((recorded, account, reference)) = before.filter(|(recorded, ..)| *recorded > now + CLOCKS_DIFFER) {
        let (now, recorded) = (print_instant(now), print_instant(recorded));
        let what = format!(
            "warning: recorded at {now}, but entry {reference:?} of {account} was recorded before it at {recorded}: a clock was wrong then \
             or is now\nhint: see what is dated wrongly with: ledger list --account {account}; what lies ahead is answered by: creditop \
             ledger reverse"
        );
        remark(&text::clean_lines(&what));
    }
}

/// Answers what [`write()`] would.
///
/// # Errors
/// As [`write()`].
pub(super) fn rehearse(workspace: &mut Workspace, proposals: &[Proposal]) -> Result<Vec<Appended>, Report> {
    workspace.must_be_writable()?;
    workspace.check_usable(proposals)?;
    let (rules, clock) = (rules_in(workspace), workspace.clock());
    workspace.store_mut().rehearse(proposals, &rules, || clock.now()).map_err(refused)
}

fn refused(error: AppendError) -> Report {
    let ending = match &error {
        AppendError::Refused(refused) if refused.iter().all(never_right) => Some(Ending::Usage),
        _ => None,
    };
    let report = Report::from(error);
    Report { ending: ending.unwrap_or(report.ending), ..report }
}

/// Whether a refusal is about what was typed, and not about what is recorded already.
fn never_right(refused: &Refused) -> bool {
    refused.refusal == Refusal::Rule(About::Words)
}

/// What became of an entry, in a line: `recorded spend job-7 in dealer`.
#[must_use]
pub(super) fn describe(done: &Appended, draft: &Draft) -> String {
    let verb = if done.already_recorded { "already recorded:" } else { "recorded" };
    let (kind, reference) = (draft.body.kind().word(), of_ref(&done.reference, &shown(done.reference.as_str())));
    let line = format!("{verb} {kind} {reference} in {}{}", done.account, figures(&draft.body));
    super::text::clean(&line)
}

/// What a rehearsal found: without a ref, which is made only when the entry is recorded.
#[must_use]
pub(super) fn rehearsed(draft: &Draft) -> String {
    super::text::clean(&format!("would record {} in {}{}", draft.body.kind().word(), draft.account, figures(&draft.body)))
}

/// What an entry moves, as `: 3 for replace-background`.
fn figures(body: &EntryBody) -> String {
    let amount = super::text::amount;
    match body {
        EntryBody::Grant(grant) => format!(": {} to {}", amount(grant.amount), grant.bucket),
        EntryBody::Spend(spend) => {
            let action = spend.action.as_ref().map(|action| format!(" for {action}")).unwrap_or_default();
            format!(": {}{action}", amount(spend.amount))
        }
        EntryBody::Hold { amount: held, .. } => format!(": {}", amount(*held)),
        EntryBody::Capture { hold, amount: used } => format!(": {} of {}", amount(*used), of_ref(hold, &shown(hold.as_str()))),
        EntryBody::Release { hold } => format!(": {}", of_ref(hold, &shown(hold.as_str()))),
        EntryBody::Adjust { bucket, amount: change } => format!(": {} in {bucket}", amount(*change)),
        EntryBody::Reverse { reverses } => format!(": {}", of_ref(reverses, &shown(reverses.as_str()))),
        EntryBody::Observe { bucket, remaining } => format!(": {} in {bucket}", amount(*remaining)),
    }
}
