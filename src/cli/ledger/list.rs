//! `creditop ledger list`: what is recorded.

use chrono_tz::Tz;
use clap::Args;

use super::figures;
use crate::catalog::{Definition, nearest};
use crate::cli::edge::{Edge, LOOKING, Outcome};
use crate::cli::json::LedgerDocument;
use crate::cli::mask;
use crate::cli::table::{Align, Cell, Table, Tone};
use crate::cli::text;
use crate::cli::when::resolve;
use crate::credit::{ActionId, BucketId, Entry, EntryBody, EntryKind, Ref, Spend, Toward, VariantId, When, shown};
use crate::report::Report;
use crate::store::Filter;

/// `ledger list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Of this account.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Of this kind.
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<EntryKind>,
    /// Naming this bucket.
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<BucketId>,
    /// With this ref.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<Ref>,
    /// With this tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// That happened at this instant or later: a day, a time, -3d, or the last fri, in the account's zone.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    from: Option<When>,
    /// That happened before this instant, written likewise.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    to: Option<When>,
    /// At most so many: those recorded last, in the order of recording.
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Leave out so many: with --limit of those recorded last, so that the page before has --offset N.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
    /// Print the entries as JSON.
    #[arg(long)]
    json: bool,
}

fn parse_kind(text: &str) -> Result<EntryKind, String> {
    let words = || EntryKind::ALL.iter().map(|kind| kind.word());
    EntryKind::from_word(text).ok_or_else(|| match nearest(text, words()) {
        Some(near) => format!("no such kind; did you mean {near}?"),
        None => format!("no such kind; there are {}", words().collect::<Vec<_>>().join(", ")),
    })
}

/// Lists entries.
///
/// # Errors
/// A [`Report`] for an unknown account or a ledger that can't be read.
pub(crate) fn run(args: &ListArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace_within(LOOKING)?;
    let account = args.account.as_deref().map(|name| workspace.account(name)).transpose()?;
    let zone = account.map_or(workspace.zone(), |account| account.rules.zone);
    let now = workspace.now();
    let instant = |option, typed: Option<When>| typed.map(|when| resolve(option, when, now, zone, Toward::Past)).transpose();
    let filter = Filter {
        account: account.map(|account| account.profile.id.clone()),
        kind: args.kind,
        bucket: args.bucket.clone(),
        reference: args.reference.clone(),
        actor: edge.global.actor.clone(),
        tag: args.tag.clone(),
        from: instant("--from", args.from)?,
        to: instant("--to", args.to)?,
        newest_first: args.limit.is_some(),
        limit: args.limit,
        offset: args.offset,
    };
    let mut entries = workspace.store().entries_filtered(&filter)?;
    if filter.newest_first {
        // Those recorded last are taken; they are listed in the order in which they always are.
        entries.reverse();
    }
    if args.json {
        edge.out.json(&LedgerDocument::new(workspace.now(), &entries))?;
    } else if entries.is_empty() {
        edge.out.line("nothing is recorded that fits")?;
    } else {
        let mut table = Table::new(&[
            ("When", Align::Whole),
            ("Account", Align::Whole),
            ("Kind", Align::Whole),
            ("Ref", Align::Whole),
            ("What", Align::Left),
        ]);
        for entry in &entries {
            // An account that is not configured any more has its entries nevertheless, and only ids to call things by.
            let definition = workspace.config().account(entry.account.as_str()).ok().map(|account| &*account.definition);
            row(&mut table, entry, definition, workspace.zone());
        }
        edge.out.print(&table.render(edge.out.width, edge.out.paint))?;
    }
    Ok(Outcome::Done)
}

/// What an entry moves, in the provider's own names: `3 credits for 3 × Re-apply with other settings`, `100 to Purchased`.
fn what(body: &EntryBody, definition: Option<&Definition>) -> String {
    let bucket = |id: &BucketId| {
        let known = definition.and_then(|definition| definition.bucket(id.as_str()));
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    };
    match body {
        EntryBody::Grant(grant) => format!("{} to {}", text::amount(grant.amount), bucket(&grant.bucket)),
        EntryBody::Adjust { bucket: id, amount } => format!("{} in {}", text::amount(*amount), bucket(id)),
        EntryBody::Observe { bucket: id, remaining } => format!("{} in {}", text::amount(*remaining), bucket(id)),
        EntryBody::Spend(Spend { amount, action: Some(action), variant, quantity }) => {
            let name = action_name(action, variant.as_ref(), definition);
            let times = quantity.map(|quantity| format!("{} × ", text::amount(quantity))).unwrap_or_default();
            let cost = definition.map_or_else(|| text::amount(*amount), |known| text::with_unit(*amount, &known.unit));
            format!("{cost} for {times}{name}")
        }
        other => figures(other).trim_start_matches(": ").to_owned(),
    }
}

/// What an action is called at its provider, with its variant.
fn action_name(action: &ActionId, variant: Option<&VariantId>, definition: Option<&Definition>) -> String {
    let known = definition.and_then(|definition| definition.action(action.as_str()));
    known.map_or_else(|| action.to_string(), |known| known.name_in(variant))
}

fn row(table: &mut Table, entry: &Entry, definition: Option<&Definition>, zone: Tz) {
    let mut what = what(&entry.body, definition);
    if let Some(actor) = &entry.actor {
        what = format!("{what} · by {}", mask::private(actor));
    }
    if entry.at != entry.recorded_at {
        what = format!("{what} · recorded {}", text::minute(entry.recorded_at, zone));
    }
    if let Some(note) = &entry.note {
        what = format!("{what} · {}", mask::private(note));
    }
    table.row([
        Cell::new(&text::minute(entry.at, zone), Tone::Dim),
        entry.account.as_str().into(),
        Cell::new(entry.body.kind().word(), Tone::Strong),
        mask::of_ref(&entry.reference, &shown(entry.reference.as_str())).into(),
        what.into(),
    ]);
}
