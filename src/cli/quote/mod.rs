//! `creditop quote`: what a plan would cost, and which credits would pay.

mod compare;
mod elsewhere;
mod page;
mod record;
mod typed;
mod when;

use clap::Args;

use super::edge::{Edge, Outcome};
use super::engine_report::{engine_report, price_report};
use super::json::QuoteDocument;
use super::plan::TypedLine;
use super::polling::PollArgs;
use super::table::wrap;
use super::text;
use super::view::QuoteView;
use super::when::AtArgs;
use crate::credit::{AccountId, Amount, Instant, PlanLine, Ref, VariantId};
use crate::report::{Ending, Report};
use crate::runtime::{PollWhen, Workspace};

pub(crate) use page::{fair_use, verdict};
use typed::TypedArgs;

/// Prices a plan of actions and shows which credits would pay.
#[derive(Debug, Args)]
pub(crate) struct QuoteArgs {
    /// The account of lines that name none; with --compare it may be given several times.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Vec<String>,
    /// What is to be done: `ACTION[:VARIANT]=QTY` or `ACCOUNT/ACTION[:VARIANT]=QTY`.
    #[arg(required = true, value_name = "LINE")]
    lines: Vec<TypedLine>,
    /// Price for a provider without an account.
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = ["account", "compare", "hold", "commit"])]
    provider: Option<String>,
    #[command(flatten)]
    typed: TypedArgs,
    /// Print the quote document as JSON.
    #[arg(long)]
    json: bool,
    /// Price the plan at each account that can do it; at all accounts if none is named.
    #[arg(long, conflicts_with_all = ["hold", "commit"])]
    compare: bool,
    /// Set the credits aside.
    #[arg(long, conflicts_with = "commit")]
    hold: bool,
    /// Record the plan as spent.
    #[arg(long)]
    commit: bool,
    /// Let --hold and --commit go by figures that are stale, or whose key was refused.
    #[arg(long)]
    allow_stale: bool,
    /// The ref of what --hold or --commit records.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<Ref>,
    #[command(flatten)]
    polling: PollArgs,
    #[command(flatten)]
    day: AtArgs,
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for a name that does not exist, a quantity that can't be, or a ledger that can't be used.
pub(crate) fn run(args: &QuoteArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    if args.reference.is_some() && !(args.hold || args.commit) {
        return Err(Report::new(Ending::Usage, "--ref names what is recorded, and nothing is").hint("add --hold or --commit"));
    }
    if args.allow_stale && !(args.hold || args.commit) {
        return Err(Report::new(Ending::Usage, "--allow-stale lets something be recorded on old figures, and nothing is")
            .hint("add --hold or --commit"));
    }
    if args.day.at.is_some() && (args.hold || args.commit) {
        return Err(Report::new(Ending::Usage, "--at only looks at another day, and --hold and --commit record now")
            .hint("leave out --at; `creditop ledger spend --at` records what happened on another day"));
    }
    // The parser lets these through where something else excludes --provider.
    if let (None, Some(option)) = (&args.provider, args.typed.named()) {
        return Err(Report::new(Ending::Usage, format!("{option} goes with --provider, and an account has its own"))
            .hint(format!("leave {option} out, or name a --provider instead of an account")));
    }
    if let Some(provider) = &args.provider {
        return typed::run(args, provider, edge);
    }
    let looks = !(args.hold || args.commit);
    let mut workspace = if looks { edge.workspace_within(args.polling.timeout) } else { edge.workspace() }?;
    if args.compare {
        return compare::run(args, &mut workspace, edge);
    }
    let plans = by_account(&args.account, &args.lines, &workspace)?;
    let mut quotes = quotes(&plans, &mut workspace, &args.polling, args.day)?;
    if args.day.at.is_none() {
        elsewhere::advise(&plans, &mut quotes, &workspace)?;
    }
    if args.hold || args.commit {
        return record::run(args, &quotes, &mut workspace, edge);
    }
    show(&quotes, args.json, &workspace, edge)?;
    Ok(Outcome::Done)
}

/// The lines of a plan for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountPlan {
    /// The account.
    pub account: AccountId,
    /// What is to be done there.
    pub lines: Vec<PlanLine>,
}

/// Sorts lines by account, the accounts in the order in which they first appear.
///
/// # Errors
/// A [`Report`] for an unknown account, several `--account`, or a line whose account nobody named.
pub(crate) fn by_account(named: &[String], lines: &[TypedLine], workspace: &Workspace) -> Result<Vec<AccountPlan>, Report> {
    let config = workspace.config();
    let default = match (named, &*config.accounts) {
        ([name], _) => Some(config.account(name)?.profile.id.clone()),
        ([], [only]) => Some(only.profile.id.clone()),
        ([], _) => None,
        _ => {
            return Err(Report::new(
                Ending::Usage,
                "several accounts are named, but a plan has one account for the lines that name none",
            )
            .hint("write ACCOUNT/ACTION=QTY, or add --compare"));
        }
    };
    let mut plans: Vec<AccountPlan> = Vec::new();
    for typed in lines {
        let account = match &typed.account {
            Some(id) => config.account(id.as_str())?.profile.id.clone(),
            None => default.clone().ok_or_else(|| {
                Report::new(Ending::Usage, format!("no account is named for {}", typed.line.action))
                    .hint("add --account ACCOUNT, or write ACCOUNT/ACTION=QTY")
            })?,
        };
        match plans.iter_mut().find(|plan| plan.account == account) {
            Some(plan) => plan.lines.push(typed.line.clone()),
            None => plans.push(AccountPlan { account, lines: vec![typed.line.clone()] }),
        }
    }
    Ok(plans)
}

/// Polls where that is due, and prices plans.
///
/// # Errors
/// A [`Report`] for a name that does not exist, a quantity that can't be, or a ledger that can't be used.
pub(crate) fn quotes(
    plans: &[AccountPlan],
    workspace: &mut Workspace,
    polling: &PollArgs,
    day: AtArgs,
) -> Result<Vec<QuoteView>, Report> {
    // A slip in a name must not wait for the network.
    for plan in plans {
        workspace.usable_account(plan.account.as_str())?;
        let book = workspace.book_without_entries(&plan.account)?;
        for line in &plan.lines {
            let variant = line.variant.as_ref().map(VariantId::as_str);
            book.prices.find(line.action.as_str(), variant).map_err(|error| price_report(&error, &book))?;
        }
    }
    let ids: Vec<AccountId> = plans.iter().map(|plan| plan.account.clone()).collect();
    polling.refresh(workspace, &ids, PollWhen::IfOlderThanInterval)?;
    let now = workspace.now();
    let at = day.instant(workspace, &ids, now)?;
    let price = |plan: &AccountPlan, before: &[QuoteView]| {
        let book = workspace.recent_book(&plan.account, at.min(now))?;
        // Credits that another account of the pool uses for its part of the plan are not promised twice (SPEC P9).
        let shares = |view: &&QuoteView| view.status.profile.shares_with(&book.profile);
        let before: Vec<(AccountId, Amount)> =
            before.iter().filter(shares).map(|view| (view.quote.account.clone(), view.quote.known_total)).collect();
        let mut view = QuoteView::new(&book, &plan.lines, at, now)?;
        if !before.is_empty() {
            let after = before.iter().fold(book.clone(), |book, (other, used)| book.after_plan_of(other, *used, at));
            view.quote = after.quote_at(&plan.lines, at, now).map_err(|error| engine_report(&error, &book))?;
        }
        view.after = before.into_iter().map(|(other, _)| other).collect();
        polling.accept(&mut view.quote.reliance, now);
        polling.accept(&mut view.status.reliance, now);
        view.notes.extend(when::remedy(&view));
        Ok::<_, Report>(view)
    };
    let mut views = Vec::with_capacity(plans.len());
    for plan in plans {
        let view = price(plan, &views)?;
        views.push(view);
    }
    Ok(views)
}

/// The instant of the quotes, which the clock has left behind since.
fn instant(quotes: &[QuoteView], workspace: &Workspace) -> Instant {
    quotes.first().map_or_else(|| workspace.now(), |view| view.quote.at)
}

/// Prints quotes.
fn show(quotes: &[QuoteView], json: bool, workspace: &Workspace, edge: &mut Edge) -> Result<(), Report> {
    if json {
        return edge.out.json(&QuoteDocument::new(instant(quotes, workspace), quotes, Vec::new()));
    }
    print_pages(quotes, workspace.zone(), edge)
}

fn print_pages(quotes: &[QuoteView], zone: chrono_tz::Tz, edge: &mut Edge) -> Result<(), Report> {
    for (place, view) in quotes.iter().enumerate() {
        if place > 0 {
            edge.out.line("")?;
        }
        edge.out.print(&page::page(view, zone, edge.out.width, edge.out.paint))?;
    }
    let sums = page::sums(quotes).map_err(|error| {
        Report::new(Ending::Usage, format!("can't add up the quotes: {error}")).hint("quote one account at a time")
    })?;
    if !sums.is_empty() {
        edge.out.line("")?;
    }
    let width = edge.out.width;
    for line in sums.iter().flat_map(|line| wrap(&text::clean(line), width)) {
        edge.out.line(&line)?;
    }
    Ok(())
}
