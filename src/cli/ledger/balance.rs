//! `creditop ledger balance`: an account at any instant.

use clap::Args;

use crate::cli::edge::{Edge, LOOKING, Outcome};
use crate::cli::json::StatusDocument;
use crate::cli::status::page;
use crate::cli::view::AccountView;
use crate::cli::when::resolve;
use crate::credit::{Toward, When};
use crate::report::Report;

/// `ledger balance`.
#[derive(Debug, Args)]
pub(crate) struct BalanceArgs {
    /// The account.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: String,
    /// The instant, past or future: a day, a time, -3d, +2w, or the coming fri, in the account's zone; now if not given.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
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
    let workspace = edge.workspace_within(LOOKING)?;
    let account = workspace.account(&args.account)?;
    let now = workspace.now();
    let at = args.at.map_or(Ok(now), |when| resolve("--at", when, now, account.rules.zone, Toward::Future))?;
    let views = AccountView::all(&workspace, std::slice::from_ref(&account.profile.id), at)?;
    if args.json {
        edge.out.json(&StatusDocument::new(at, &views))?;
    } else {
        let page = page(&views, at, workspace.zone(), edge.out.width, edge.out.paint);
        edge.out.print(&page)?;
    }
    views.into_iter().find_map(|view| view.fault).map_or(Ok(Outcome::Done), Err)
}
