//! `creditop ledger import`: the entries of a file, all of them or none.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use super::{describe, rehearsed, rules_in, warn_of_clocks};
use crate::cli::edge::{Edge, Outcome};
use crate::cli::engine_report::price_report;
use crate::cli::output::remark;
use crate::cli::text::{clean, count, relative, with_unit};
use crate::credit::{AccountId, AccountStatus, ActionId, Amount, Book, EntryBody, Instant, PlanId, Ref, UnitCost, VariantId};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{Batch, Context, Format, Imported, Proposal, read_batch};

/// `ledger import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file, "-" for standard input: JSON Lines, or CSV with a header line. What an entry answers stands before it.
    ///
    /// Amounts are written as on the command line: 12, 0.5, 1,000, 3k, 12*25. 1.000 and 1.125 are refused, as they are a thousand and
    /// more for some; write 1000 or 1.0, 1125 or 1.1250. Numbers of JSON, and lines of an export with their `recorded_at`, are read to the digit.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file's format; by its ending if not given, else by its first character.
    #[arg(long, value_enum)]
    format: Option<TableFormat>,
    /// Say what would be recorded, and record nothing.
    #[arg(long)]
    dry_run: bool,
    /// Give lines without a ref one that follows from what they say, so that the same line is recorded once.
    #[arg(long)]
    refs_from_content: bool,
}

/// The format of a file that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// One JSON object a line.
    Jsonl,
    /// A table with a header line.
    Csv,
}

impl From<TableFormat> for Format {
    fn from(format: TableFormat) -> Self {
        match format {
            TableFormat::Jsonl => Self::JsonLines,
            TableFormat::Csv => Self::Csv,
        }
    }
}

/// Imports the file.
///
/// # Errors
/// A [`Report`] that lists every bad line, or why the file or the ledger can't be used.
pub(crate) fn run(args: &ImportArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace()?;
    workspace.must_be_writable()?;
    if !args.dry_run {
        workspace.may_stamp()?;
    }
    let mut input = open(&args.file)?;
    let format = match args.format.map(Format::from).or_else(|| by_ending(&args.file)) {
        Some(format) => format,
        None => by_beginning(&mut input).map_err(|error| unreadable(&args.file, &error))?,
    };
    let (rules, now) = (rules_in(&workspace), workspace.now());
    let mut batch = {
        let books = PricedBooks { workspace: &workspace, known: RefCell::default() };
        let context = Context {
            pricing: &|account, at, action, variant, quantity| price(&books.at(account, at)?, action, variant, quantity),
            zone: &|account| zone(account, &workspace),
            now,
        };
        read_batch(input, format, &context).map_err(|error| unreadable(&args.file, &error))?
    };
    workspace.check_usable(&batch.proposals)?;
    if args.refs_from_content {
        batch.name_by_content();
    } else {
        warn_of_repeats(&workspace.store().repeated(&batch)?, args.dry_run);
    }
    let (clock, before) = (workspace.clock(), workspace.store().latest_recorded()?);
    let done = workspace.store_mut().import(&batch, &rules, || clock.now(), args.dry_run)?;
    workspace.remember();
    if done.new > 0 && !args.dry_run {
        warn_of_clocks(before, clock.now());
    }
    let summary = summary(&done, args.dry_run);
    if !args.dry_run {
        edge.out.did(summary.as_str());
    }
    for (index, appended) in &done.named {
        if let Some(proposal) = batch.proposals.get(*index).filter(|_| !args.dry_run) {
            edge.out.did(describe(appended, &proposal.draft));
        }
    }
    for (index, appended) in &done.named {
        if let Some(proposal) = batch.proposals.get(*index) {
            edge.out.line(&if args.dry_run { rehearsed(&proposal.draft) } else { describe(appended, &proposal.draft) })?;
        }
    }
    edge.out.line(&summary)?;
    if !args.dry_run && done.new > 0 {
        warn_of_uncovered(&workspace, &batch, &done, now);
        warn_of_old_figures(&workspace, &batch, &done, now);
    }
    Ok(Outcome::Done)
}

/// What became of the file, in a line.
fn summary(done: &Imported, dry_run: bool) -> String {
    let new = count(done.new, "entry", "entries");
    let verb = if dry_run { "would record" } else { "recorded" };
    match done.known {
        0 => format!("{verb} {new}"),
        known => format!("{verb} {new}; {known} already recorded"),
    }
}

/// Says how many spends of the file no credits pay, and by how much in all (SPEC E3): nobody should find out by chance.
fn warn_of_uncovered(workspace: &Workspace, batch: &Batch, done: &Imported, now: Instant) {
    let is_spend = |proposal: &&Proposal| matches!(proposal.draft.body, EntryBody::Spend(_));
    let spenders: BTreeSet<&AccountId> =
        batch.proposals.iter().filter(is_spend).map(|proposal| &proposal.draft.account).collect();
    let ids: Vec<AccountId> = spenders.into_iter().cloned().collect();
    // What can't be told is no reason not to have recorded what happened.
    let Ok(seen) = workspace.statuses_in_passing(&ids, now) else { return };
    let statuses: Vec<AccountStatus> = seen.into_iter().filter_map(|(_, status)| status.ok()).collect();
    let made: HashMap<usize, &Ref> = done.named.iter().map(|(index, appended)| (*index, &appended.reference)).collect();
    for status in statuses.iter().filter(|status| !status.uncovered.is_empty()) {
        let unpaid: HashMap<&Ref, Amount> = status.uncovered.iter().map(|spend| (&spend.reference, spend.amount)).collect();
        let spends = batch.proposals.iter().enumerate().filter(|(_, proposal)| {
            proposal.draft.account == status.profile.id && matches!(proposal.draft.body, EntryBody::Spend(_))
        });
        let reference = |(index, proposal): (usize, &'_ Proposal)| match &proposal.draft.reference {
            Some(reference) => unpaid.get(reference).copied(),
            None => unpaid.get(made.get(&index)?).copied(),
        };
        let open: Vec<Amount> = spends.filter_map(reference).collect();
        let Ok(sum) = open.iter().try_fold(Amount::ZERO, |sum, amount| sum.plus(*amount)) else { continue };
        if !open.is_empty() {
            let spends = count(open.len(), "spend", "spends");
            let (verb, them) = if open.len() == 1 { ("is", "it") } else { ("are", "them") };
            let sum = with_unit(sum, &status.profile.unit);
            remark(&clean(&format!(
                "warning: {spends} of {} {verb} uncovered, by {sum} in all: no lot could pay {them}, and later grants don't",
                status.profile.id
            )));
        }
    }
}

/// Says which accounts' credits the file holds by figures that can't be relied on (SPEC P2). What others decided is recorded all the
/// same; a hold that is over already promises nothing.
fn warn_of_old_figures(workspace: &Workspace, batch: &Batch, done: &Imported, now: Instant) {
    let mut held: BTreeMap<&AccountId, Vec<&Ref>> = BTreeMap::new();
    for (index, appended) in &done.held {
        if let Some(proposal) = batch.proposals.get(*index) {
            held.entry(&proposal.draft.account).or_default().push(&appended.reference);
        }
    }
    let ids: Vec<AccountId> = held.keys().copied().cloned().collect();
    // What can't be told is no reason not to have recorded what was decided.
    let Ok(seen) = workspace.statuses_in_passing(&ids, now) else { return };
    for status in seen.into_iter().filter_map(|(_, status)| status.ok()) {
        let id = &status.profile.id;
        let Some(why) = status.reliance.why(|at| relative(at, now)) else { continue };
        let open: BTreeSet<&Ref> = status.holds.iter().map(|hold| &hold.reference).collect();
        let open = held.get(id).into_iter().flatten().filter(|reference| open.contains(*reference)).count();
        if open > 0 {
            let holds = count(open, "hold of this file was", "holds of this file were");
            remark(&clean(&format!("warning: {id}: {holds} recorded, and it is not known whether that much is left: {why}")));
            remark(&clean(&format!("hint: `creditop status {id}` asks the provider again")));
        }
    }
}

/// Says which lines are in the ledger already and go in a second time, since nothing tells them apart.
fn warn_of_repeats(lines: &[u64], dry_run: bool) {
    const SHOWN: usize = 10;
    if lines.is_empty() {
        return;
    }
    let (which, verb) = if lines.len() == 1 { ("line", "says") } else { ("lines", "say") };
    let mut numbers: Vec<String> = lines.iter().take(SHOWN).map(ToString::to_string).collect();
    if lines.len() > SHOWN {
        numbers.push("…".to_owned());
    }
    let them = if lines.len() == 1 { "it" } else { "them" };
    let recording = if dry_run { "an import would record" } else { "this import records" };
    remark(&format!(
        "warning: {} {which} without a ref {verb} what is recorded already ({which} {}): {recording} {them} again\n\
         hint: give each line a ref, or import with --refs-from-content, which records the same line once",
        lines.len(),
        numbers.join(", ")
    ));
}

/// The zone of a configured account; else the nearest id as a hint.
fn zone(account: &AccountId, workspace: &Workspace) -> Result<Tz, String> {
    workspace.config().account(account.as_str()).map(|account| account.rules.zone).map_err(|error| error.hint())
}

fn by_ending(file: &Path) -> Option<Format> {
    let is = |ending: &str| file.extension().is_some_and(|of_file| of_file.eq_ignore_ascii_case(ending));
    if is("csv") { Some(Format::Csv) } else { ["jsonl", "ndjson", "json"].into_iter().any(is).then_some(Format::JsonLines) }
}

/// A JSON object begins with a brace, and the name of no column does.
fn by_beginning(input: &mut impl BufRead) -> io::Result<Format> {
    let beginning = input.fill_buf()?;
    let beginning = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(if first.is_none_or(|first| *first == b'{') { Format::JsonLines } else { Format::Csv })
}

/// The most bytes of an import, 1 GiB: millions of entries, and an end for an input that has none.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// An input that fails where it grows past a limit.
struct Limited<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other("it is larger than 1 GiB"))?;
        Ok(read)
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Report> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(Limited { input: io::stdin(), left: LARGEST })));
    }
    match File::open(file) {
        Ok(opened) => Ok(Box::new(BufReader::new(Limited { input: opened, left: LARGEST }))),
        Err(error) => Err(unreadable(file, &error)),
    }
}

fn unreadable(file: &Path, error: &io::Error) -> Report {
    Report::new(Ending::Storage, format!("can't read {}: {error}", file.display())).hint("check the path and its permissions")
}

/// The books of accounts that lines are priced for, each made once for a plan. Prices do not depend on entries.
struct PricedBooks<'a> {
    workspace: &'a Workspace,
    known: RefCell<HashMap<(AccountId, Option<PlanId>), Book>>,
}

impl PricedBooks<'_> {
    /// The book with the prices of an instant.
    fn at(&self, account: &AccountId, at: Instant) -> Result<Book, String> {
        let plan = self.workspace.plan_at(account, at).map_err(|report| report.message)?;
        let key = (account.clone(), plan);
        if let Some(book) = self.known.borrow().get(&key) {
            return Ok(book.clone());
        }
        let book = self.workspace.book_priced_at(account, at).map_err(|report| {
            let why = std::iter::once(report.message.as_str()).chain(report.details.iter().map(String::as_str));
            why.collect::<Vec<_>>().join(": ")
        })?;
        self.known.borrow_mut().insert(key, book.clone());
        Ok(book)
    }
}

/// What a quantity of an action costs at an account.
fn price(book: &Book, action: &ActionId, variant: Option<&VariantId>, quantity: Amount) -> Result<Amount, String> {
    let line = book.prices.find(action.as_str(), variant.map(VariantId::as_str)).map_err(|error| {
        let report = price_report(&error, book);
        report.hint.map_or(report.message.clone(), |hint| format!("{} ({hint})", report.message))
    })?;
    if line.whole && !quantity.is_whole() {
        return Err(format!("{quantity} of {}: it is counted in whole {}s", line.name, line.unit));
    }
    match &line.cost {
        UnitCost::Known(cost) => cost.times(quantity).map_err(|error| format!("{quantity} times {cost} credits: {error}")),
        UnitCost::Missing { hint } => Err(format!("the price of {} is not known ({hint})", line.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_an_input_without_an_end_is_refused() {
        let read = |bytes: u64, left| {
            let mut limited = Limited { input: io::repeat(b'x').take(bytes), left };
            io::copy(&mut limited, &mut io::sink()).map_err(|error| error.to_string())
        };
        assert_eq!(read(1000, 1000), Ok(1000));
        assert_eq!(read(1001, 1000), Err("it is larger than 1 GiB".to_owned()));
        assert!(read(u64::MAX, 100_000).is_err());
    }
}
