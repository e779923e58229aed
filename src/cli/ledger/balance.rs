//! `creditop ledger balance`: an account at any instant.

use clap::Args;

use super::When;
use crate::cli::edge::{Edge, Outcome};
use crate::cli::json::StatusDocument;
use crate::cli::status::page;
use crate::cli::view::AccountView;
use crate::report::Report;

/// `ledger balance`.
#[derive(Debug, Args)]
pub(crate) struct BalanceArgs {
    /// The account.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: String,
    /// The instant, past or future: RFC 3339, or a date in the account's zone; now if not given.
    #[arg(long, value_name = "T")]
    at: Option<When>,
    /// Print the status document as JSON.
    #[arg(long)]
    json: bool,
}

/// Shows the account; nothing is polled.
///
/// # Errors
/// A [`Report`] for an unknown account or a ledger that can't be used.
pub(crate) fn run(args: &BalanceArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace()?;
    let account = workspace.account(&args.account)?;
    let at = args.at.map_or(workspace.now(), |when| when.instant(account.rules.zone));
    let views = AccountView::all(&workspace, std::slice::from_ref(&account.profile.id), at)?;
    if args.json {
        edge.out.json(&StatusDocument::new(at, &views))?;
    } else {
        let page = page(&views, at, workspace.zone(), edge.out.width, edge.out.paint);
        edge.out.print(&page)?;
    }
    Ok(Outcome::Done)
}
