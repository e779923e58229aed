//! `creditop accounts`: what is configured, and whether it answers.

use clap::{Args, Subcommand};

use super::edge::{Edge, LOOKING, Outcome, accounts, statuses};
use super::mask;
use super::polling::poll;
use super::providers::origin;
use super::table::{Align, Cell, Table, Tone, Width};
use super::text;
use super::view::service;
use crate::catalog::Catalog;
use crate::config::Account;
use crate::credit::{AccountState, Source};
use crate::report::{Ending, Report};
use crate::runtime::PollWhen;

/// Shows and tests the configured accounts.
#[derive(Debug, Args)]
pub(crate) struct AccountsArgs {
    #[command(subcommand)]
    command: AccountsCommand,
}

#[derive(Debug, Subcommand)]
enum AccountsCommand {
    /// Lists the configured accounts.
    List,
    /// Polls accounts now and says how each one answers.
    Test {
        /// Accounts to test; all of them if none is named.
        #[arg(value_name = "ACCOUNT")]
        accounts: Vec<String>,
    },
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for an unknown account, a bad configuration, or a ledger that can't be used.
pub(crate) fn run(args: &AccountsArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    match &args.command {
        AccountsCommand::List => list(edge),
        AccountsCommand::Test { accounts } => test(accounts, edge),
    }
}

fn list(edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace_within(LOOKING)?;
    if workspace.config().accounts.is_empty() {
        edge.out.line("no account is configured yet")?;
        return Ok(Outcome::Done);
    }
    let table = list_table(&workspace.config().accounts, workspace.catalog(), edge.out.width);
    let page = table.render(edge.out.width, edge.out.paint);
    edge.out.print(&page)?;
    Ok(Outcome::Done)
}

/// The accounts, a row each; where there is little room, name and key stand below it, so that nothing is cut.
fn list_table(accounts: &[Account], catalog: &Catalog, width: Width) -> Table {
    let key = |account: &Account| account.key.as_ref().map_or("–".to_owned(), |key| mask::private(&key.to_string()));
    let id = |account: &Account| Cell::new(account.profile.id.as_str(), Tone::Strong);
    let provider = |account: &Account| Cell::from(service(&account.definition, account.settings.plan.as_ref()));
    let mut wide = Table::new(&[
        ("Account", Align::Whole),
        ("Name", Align::Left),
        ("Provider", Align::Left),
        ("Polled", Align::Left),
        ("Key", Align::Left),
    ]);
    let mut narrow = Table::new(&[("Account", Align::Whole), ("Provider", Align::Left), ("Polled", Align::Left)]);
    for account in accounts {
        let name = account.profile.name.as_str();
        wide.row([id(account), name.into(), provider(account), polled(account).into(), key(account).into()]);
        narrow.row([id(account), provider(account), polled(account).into()]);
        let key = account.key.as_ref().map(|key| format!("key: {}", mask::private(&key.to_string())));
        let named = (name != account.profile.id.as_str()).then(|| name.to_owned());
        for line in [named, key].into_iter().flatten() {
            narrow.line(2, &line, Tone::Dim);
        }
        for line in deviations(account, catalog) {
            wide.line(2, &line, Tone::Plain);
            narrow.line(2, &line, Tone::Plain);
        }
    }
    if wide.fits(width) { wide } else { narrow }
}

/// What of an account's way to its figures is not as it is compiled in: its host, its provider's definition.
fn deviations(account: &Account, catalog: &Catalog) -> Vec<String> {
    let provider = account.profile.provider.as_str();
    if let Some(why) = &account.broken {
        return vec![format!("can't be used: {why}")];
    }
    let asked = account.base_url.as_ref().zip(account.definition.host());
    let asked = asked.map(|(own, usual)| format!("its base_url has it asked at {}, not at {usual}", own.host()));
    let defined = catalog.file(provider).map(|_| format!("{provider} is defined in {}", origin(catalog, &account.definition)));
    asked.into_iter().chain(defined).collect()
}

fn polled(account: &Account) -> String {
    match account.rules.source {
        Source::Polled => {
            let every = text::span(i64::try_from(account.interval.as_secs()).unwrap_or(i64::MAX));
            account.host().map_or("–".to_owned(), |host| format!("every {every} from {host}"))
        }
        Source::Ledger => "by hand".to_owned(),
    }
}

fn test(names: &[String], edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace()?;
    if workspace.is_read_only() {
        return Err(Report::new(Ending::Usage, "no provider is asked under --read-only").hint("leave it out to test"));
    }
    let ids = accounts(&workspace, names)?;
    poll(&mut workspace, &ids, PollWhen::Always, None)?;
    let mut table = Table::new(&[("Account", Align::Whole), ("Answer", Align::Left), ("Left", Align::Point)]);
    let mut all_good = true;
    for status in statuses(&workspace, &ids, workspace.now())? {
        let left = format!("{} {}", text::figure_or_bound(status.total, status.known_total), status.profile.unit);
        let unpolled = &workspace.account(status.profile.id.as_str())?.rules.unpolled;
        let (answer, tone) = match (&status.failure, status.source) {
            (Some(failure), _) => (failure.words(), Tone::Alarm),
            (None, Source::Ledger) => ("kept in the ledger", Tone::Plain),
            (None, Source::Polled) if unpolled.is_some() => ("not asked", Tone::Warning),
            (None, Source::Polled) if status.state == AccountState::Pending => ("not polled", Tone::Warning),
            (None, Source::Polled) => ("ok", Tone::Good),
        };
        all_good &= status.failure.is_none();
        table.row([Cell::new(status.profile.id.as_str(), Tone::Strong), Cell::new(answer, tone), left.into()]);
        if let Some(failure) = &status.failure {
            table.line(2, &mask::private(&failure.message), Tone::Plain);
        } else if let Some(reason) = unpolled {
            table.line(2, &format!("No request was made, so whether the key works is not known: {reason}"), Tone::Plain);
        }
    }
    edge.out.print(&table.render(edge.out.width, edge.out.paint))?;
    Ok(if all_good { Outcome::Done } else { Outcome::Ended(Ending::Unknown) })
}
