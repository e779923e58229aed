//! `creditop providers`: what is defined, and checking a definition of one's own.

mod page;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::edge::{Edge, Outcome};
use super::table::{Align, Cell, Table, Tone};
use super::text;
use crate::catalog::{Catalog, Definition, nearest};
use crate::config::LARGEST_DEFINITION;
use crate::credit::{AccountId, Sighting};
use crate::files::read_given;
use crate::provider::{ANSWER_LIMIT, extract};
use crate::report::{Ending, Report};
use crate::runtime::Clock;

/// Shows and checks provider definitions.
#[derive(Debug, Args)]
pub(crate) struct ProvidersArgs {
    #[command(subcommand)]
    command: ProvidersCommand,
}

#[derive(Debug, Subcommand)]
enum ProvidersCommand {
    /// Lists the defined providers.
    List,
    /// Shows a provider's buckets and their rules, its plans and its prices.
    Show {
        /// The provider.
        provider: String,
    },
    /// Checks a definition, and tries it on a recorded answer.
    Check {
        /// The definition.
        file: PathBuf,
        /// A recorded answer of the provider's account endpoint.
        #[arg(long, value_name = "FILE")]
        answer: Option<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for an unknown provider, or with every problem of a definition.
pub(crate) fn run(args: &ProvidersArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    match &args.command {
        ProvidersCommand::List => list(edge),
        ProvidersCommand::Show { provider } => {
            let catalog = edge.catalog()?;
            let definition = catalog.get(provider).ok_or_else(|| unknown(provider, &catalog))?;
            let page = page::page(definition, &origin(&catalog, definition), edge.out.width, edge.out.paint);
            edge.out.print(&page)?;
            Ok(Outcome::Done)
        }
        ProvidersCommand::Check { file, answer } => check(file, answer.as_deref(), edge),
    }
}

/// A provider that nobody defined, with the nearest that is.
#[must_use]
pub(crate) fn unknown(asked: &str, catalog: &Catalog) -> Report {
    if let Some(broken) = catalog.broken_file(asked) {
        return Report::new(Ending::Usage, format!("the definition of {asked} has problems"))
            .details(broken.problems.iter().map(ToString::to_string))
            .hint("creditop providers check FILE looks at it again");
    }
    Report::new(Ending::Usage, format!("there is no provider {asked:?}")).hint(match nearest(asked, catalog.ids()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "`creditop providers list` names them".to_owned(),
    })
}

fn list(edge: &mut Edge) -> Result<Outcome, Report> {
    let mut table =
        Table::new(&[("Provider", Align::Whole), ("Name", Align::Left), ("Figures from", Align::Left), ("Source", Align::Left)]);
    let catalog = edge.catalog()?;
    for definition in catalog.iter() {
        let own = catalog.file(definition.id.as_str());
        table.row([
            Cell::new(definition.id.as_str(), Tone::Strong),
            definition.name.as_str().into(),
            definition.host().unwrap_or_else(|| "the ledger".to_owned()).into(),
            if own.is_some() { Cell::new("own file", Tone::Warning) } else { "built in".into() },
        ]);
        if own.is_some() {
            table.line(2, &origin(&catalog, definition), Tone::Plain);
        }
    }
    for broken in catalog.broken() {
        let own = Cell::new("own file", Tone::Warning);
        table.row([Cell::new(&broken.provider, Tone::Strong), "–".into(), Cell::new("has problems", Tone::Alarm), own]);
        table.line(2, &broken.summary(), Tone::Plain);
    }
    edge.out.print(&table.render(edge.out.width, edge.out.paint))?;
    Ok(Outcome::Done)
}

/// Where a definition comes from: `built in`, or a file of the user's own and what it stands in for.
#[must_use]
pub(crate) fn origin(catalog: &Catalog, definition: &Definition) -> String {
    let id = definition.id.as_str();
    let Some(file) = catalog.file(id) else { return "built in".to_owned() };
    let instead = match catalog.replaced(id).map(|replaced| replaced.host()) {
        None => String::new(),
        Some(host) if host == definition.host() => ", instead of the one built in".to_owned(),
        Some(None) => ", instead of the one built in, which asks nobody".to_owned(),
        Some(Some(host)) => format!(", instead of the one built in, which asks {host}"),
    };
    format!("{}{instead}", file.display())
}

fn read(file: &Path) -> Result<String, Report> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"));
    read_given(file, LARGEST_DEFINITION).and_then(text).map_err(|error| {
        Report::new(Ending::Storage, format!("can't read {}: {error}", file.display()))
            .hint("check the path and its permissions, and that it is UTF-8 text")
    })
}

fn check(file: &Path, answer: Option<&Path>, edge: &mut Edge) -> Result<Outcome, Report> {
    // As it would be read in the folder of the user's own: one with a built-in id may not ask another host without saying so.
    let mut catalog = Catalog::builtin();
    let definition = catalog.load_user(file, &read(file)?).map_err(|problems| {
        Report::new(
            Ending::Usage,
            format!("{} in the definition {}", text::count(problems.len(), "problem", "problems"), file.display()),
        )
        .details(problems.iter().map(ToString::to_string))
    })?;
    let asked = definition.host().map(|host| format!(", asked at {host}")).unwrap_or_default();
    edge.out.line(&text::clean(&format!("{} has no problems: {}{asked}", file.display(), definition.name)))?;
    if let Some(answer) = answer {
        try_on(&definition, answer, edge)?;
    }
    Ok(Outcome::Done)
}

/// Reads a recorded answer as each of the definition's endpoints would, and shows the first that fits.
fn try_on(definition: &Definition, answer: &Path, edge: &mut Edge) -> Result<(), Report> {
    let Some(request) = &definition.request else {
        return Err(Report::new(
            Ending::Usage,
            format!("{} has no account endpoint, so there is no answer to try", definition.name),
        )
        .hint("leave out --answer"));
    };
    let body = read_given(answer, ANSWER_LIMIT as u64).map_err(|error| {
        Report::new(Ending::Storage, format!("can't read {}: {error}", answer.display()))
            .hint("check the path and its permissions")
    })?;
    let now = Clock::new(edge.global.now)?.now();
    let account = AccountId::new("answer").map_err(|error| Report::new(Ending::Internal, error.to_string()))?;
    let mut misfits = Vec::new();
    for endpoint in &request.endpoints {
        match extract(&endpoint.answer, &body, &account, now) {
            Ok(observation) => return show_observation(&endpoint.path, &observation, edge),
            Err(error) => misfits.push(text::clean(&format!("{}: the answer {error}", endpoint.path))),
        }
    }
    Err(Report::new(Ending::No, format!("{} does not fit the definition", answer.display()))
        .details(misfits)
        .hint("compare the paths in the definition with the answer"))
}

fn show_observation(path: &str, observation: &Sighting, edge: &mut Edge) -> Result<(), Report> {
    let mut table = Table::new(&[("", Align::Left), ("", Align::Point), ("", Align::Left)]);
    table.line(0, &format!("the answer fits {path}"), Tone::Good);
    for bucket in &observation.buckets {
        let capacity = bucket.capacity.map(|capacity| format!("of {}", text::figure(capacity))).unwrap_or_default();
        table.row([bucket.bucket.as_str().into(), text::figure(bucket.remaining).into(), capacity.into()]);
    }
    if let Some(plan) = &observation.plan {
        table.row(["plan".into(), plan.as_str().into()]);
    }
    if let Some(at) = observation.subscription_ends_at {
        table.row(["subscription ends".into(), crate::credit::print_instant(at).into()]);
    }
    let page = table.render(edge.out.width, edge.out.paint);
    edge.out.print(&page)
}
