//! `creditop providers`: what is defined, and checking a definition of one's own.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::edge::{Edge, Outcome};
use super::table::{Align, Cell, Table, Tone, Width, wrap};
use super::text;
use crate::catalog::{
    Allowance, BucketDefinition, Catalog, Cost, Definition, GrantDefinition, GrantStart, ListedPrice, PlanDefinition, nearest,
};
use crate::config::{LARGEST_DEFINITION, read_given};
use crate::credit::{AccountId, BucketKind, ExpiryRule, FairUse, Figure, Money, Observation, PlanFilter, PlanId};
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
    /// Shows a provider's buckets, plans and prices.
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
            let page = page(definition, &catalog, edge);
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
    let mut table = Table::new(&[
        ("Provider", Align::Whole),
        ("Name", Align::Left),
        ("Figures", Align::Left),
        ("As of", Align::Left),
        ("Source", Align::Left),
    ]);
    let catalog = edge.catalog()?;
    for definition in catalog.iter() {
        let own = catalog.file(definition.id.as_str());
        table.row([
            Cell::new(definition.id.as_str(), Tone::Strong),
            definition.name.as_str().into(),
            definition.host().map_or("kept in the ledger".to_owned(), |host| format!("from {host}")).into(),
            definition.as_of.as_str().into(),
            if own.is_some() { Cell::new("own file", Tone::Warning) } else { "built in".into() },
        ]);
        if own.is_some() {
            table.line(2, &origin(&catalog, definition), Tone::Plain);
        }
    }
    for broken in catalog.broken() {
        let own = Cell::new("own file", Tone::Warning);
        table.row([
            Cell::new(&broken.provider, Tone::Strong),
            "–".into(),
            Cell::new("has problems", Tone::Alarm),
            "–".into(),
            own,
        ]);
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

/// A definition as a page for people.
fn page(definition: &Definition, catalog: &Catalog, edge: &Edge) -> String {
    let (width, paint) = (edge.out.width, edge.out.paint);
    let figures = if definition.is_polled() { "polled" } else { "kept in the ledger" };
    let title = format!("{} ({})", definition.name, definition.id);
    let mut page =
        format!("{}: {figures}, as of {}\n\n", paint.tone(Tone::Strong, &text::clean(&title)), text::clean(&definition.as_of));
    if let Some(host) = definition.host() {
        paragraph(&mut page, &format!("Asked at: {host}, with the account's key, unless the account has a base_url"), width);
    }
    paragraph(&mut page, &format!("Defined in: {}", origin(catalog, definition)), width);
    page.push('\n');
    page.push_str(&buckets(definition).render(width, paint));
    paragraph(&mut page, &format!("Order: {}", definition.order.sentence()), width);
    if !definition.plans.is_empty() {
        let mut table = Table::new(&[("Plan", Align::Whole), ("Name", Align::Left), ("", Align::Left)]);
        for plan in &definition.plans {
            table.row([plan.id.as_str().into(), plan.name.as_str().into(), plan_words(plan, definition).into()]);
        }
        page.push('\n');
        page.push_str(&table.render(width, paint));
    }
    for grant in &definition.grants {
        paragraph(&mut page, &format!("Gift: {}", grant_words(grant, definition)), width);
    }
    page.push('\n');
    page.push_str(&prices(definition).render(width, paint));
    for (heading, lines) in [("Assumed", &definition.assumptions), ("Notes", &definition.notes)] {
        for line in lines {
            paragraph(&mut page, &format!("{heading}: {line}"), width);
        }
    }
    for source in &definition.sources {
        paragraph(&mut page, &format!("Source ({:?}): {}", source.grade, source.what), width);
    }
    page
}

fn paragraph(page: &mut String, line: &str, width: Width) {
    for part in wrap(&text::clean(line), width) {
        page.push_str(&part);
        page.push('\n');
    }
}

fn buckets(definition: &Definition) -> Table {
    let mut table = Table::new(&[("Bucket", Align::Left), ("Name", Align::Left), ("Kind", Align::Left), ("", Align::Left)]);
    for bucket in &definition.buckets {
        table.row([
            format!("{} {}", bucket.rank, bucket.id).into(),
            bucket.name.as_str().into(),
            bucket.kind.word().into(),
            bucket_words(bucket).into(),
        ]);
    }
    table
}

/// How long a bucket's credits last, and its remark.
fn bucket_words(bucket: &BucketDefinition) -> String {
    let lasts = match (bucket.expiry, bucket.kind) {
        // A recurring bucket is refilled; its definition's order and notes say when.
        (_, BucketKind::Recurring) => None,
        (ExpiryRule::Never, BucketKind::Promotional) => Some("as each grant says".to_owned()),
        (expiry, _) => Some(expiry_words(expiry)),
    };
    [lasts, bucket.note.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn expiry_words(expiry: ExpiryRule) -> String {
    match expiry {
        ExpiryRule::Never => "never expires".to_owned(),
        ExpiryRule::NextReset => "valid until the next reset".to_owned(),
        ExpiryRule::Years(1) => "valid for a year".to_owned(),
        ExpiryRule::Years(years) => format!("valid for {years} years"),
        ExpiryRule::Days(days) => format!("valid for {days} days"),
    }
}

/// What a plan grants in each cycle, and its remark.
fn plan_words(plan: &PlanDefinition, definition: &Definition) -> String {
    let quotas = plan.quotas.iter().map(|(bucket, allowance)| {
        let name = definition.bucket(bucket.as_str()).map_or(bucket.as_str(), |bucket| bucket.name.as_str());
        format!("{name}: {}", allowance_words(*allowance, &definition.unit))
    });
    let price = plan.price_per_credit.as_ref().map(price_words);
    let fair_use = plan.fair_use.map(|cap| fair_use_words(cap, &definition.unit));
    quotas.chain(price).chain(fair_use).chain(plan.note.clone()).collect::<Vec<_>>().join("; ")
}

/// What a credit costs in money, and how well that is known: `about 0.02 USD each (a secondary listing, grade C)`.
fn price_words(price: &ListedPrice) -> String {
    let money = Money { amount: price.amount, currency: price.currency.clone(), about: price.about };
    let grade = price.grade.map(|grade| format!("grade {grade:?}"));
    let known: Vec<String> = [price.source.clone(), grade].into_iter().flatten().collect();
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    format!("{} each{known}", money.words())
}

fn fair_use_words(cap: FairUse, unit: &str) -> String {
    match cap {
        FairUse::Unpublished => "a fair-use cap applies, whose size is not published".to_owned(),
        FairUse::Cap { amount, period } => format!("fair use up to {} a {}", text::with_unit(amount, unit), period.word()),
    }
}

fn allowance_words(allowance: Allowance, unit: &str) -> String {
    match allowance {
        Allowance::Fixed(Figure::Known(amount)) => text::with_unit(amount, unit),
        Allowance::Fixed(Figure::Unlimited) => "unlimited".to_owned(),
        Allowance::Fixed(Figure::Unknown) => "unknown".to_owned(),
        Allowance::PerSlot(each) => format!("slots × {}", text::amount(each)),
    }
}

/// A gift in a sentence: how much, by plan, from when, for how long.
fn grant_words(grant: &GrantDefinition, definition: &Definition) -> String {
    let plan_name = |id: &PlanId| definition.plan(id.as_str()).map_or(id.to_string(), |plan| plan.name.clone());
    let names = |plans: &[PlanId]| plans.iter().map(plan_name).collect::<Vec<_>>().join(", ");
    let amounts = grant.amounts.iter().map(|amount| {
        let words = allowance_words(amount.value, &definition.unit);
        match &amount.plans {
            PlanFilter::Any => words,
            PlanFilter::OneOf(plans) => format!("{words} ({})", names(plans)),
            PlanFilter::NoneOf(plans) => format!("{words} (all but {})", names(plans)),
        }
    });
    let from = match grant.from {
        GrantStart::LaunchDate => "launch_date",
        GrantStart::Registered => "registered",
    };
    let first = format!("{} to {}: {}", grant.label, grant.bucket, amounts.collect::<Vec<_>>().join(", "));
    let later = grant.from_since.then(|| "whoever joins later gets what remains of that time".to_owned());
    let parts = [Some(first), Some(format!("{}, from {from}", expiry_words(grant.expiry))), later, grant.note.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn prices(definition: &Definition) -> Table {
    let mut table = Table::new(&[("Action", Align::Whole), ("Name", Align::Left), ("Cost", Align::Point)]);
    for action in &definition.actions {
        if let Some(cost) = &action.cost {
            table.row([
                action.id.as_str().into(),
                action.name.as_str().into(),
                cost_words(cost, &action.unit, definition).into(),
            ]);
        }
        for variant in &action.variants {
            table.row([
                format!("{}:{}", action.id, variant.id).into(),
                variant.name.as_str().into(),
                cost_words(&variant.cost, &action.unit, definition).into(),
            ]);
        }
    }
    table
}

fn cost_words(cost: &Cost, unit: &str, definition: &Definition) -> String {
    match cost {
        Cost::Flat(amount) if amount.is_zero() => "0 (free)".to_owned(),
        Cost::Flat(amount) => format!("{} per {unit}", text::amount(*amount)),
        Cost::ByPlan(plans) => {
            let name = |id: &PlanId| definition.plan(id.as_str()).map_or(id.to_string(), |plan| plan.name.clone());
            let each: Vec<String> =
                plans.iter().map(|(plan, amount)| format!("{} {}", name(plan), text::amount(*amount))).collect();
            format!("by plan: {}", each.join(", "))
        }
        Cost::Unpublished => "– no published price".to_owned(),
    }
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

fn show_observation(path: &str, observation: &Observation, edge: &mut Edge) -> Result<(), Report> {
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
