//! `creditop ledger history`: what each bucket held over time.

use clap::Args;

use crate::cli::edge::{Edge, LOOKING, Outcome};
use crate::cli::engine_report::engine_report;
use crate::cli::json::HistoryDocument;
use crate::cli::table::{Align, Cell, Table, Tone};
use crate::cli::when::resolve;
use crate::cli::{csv_guard, text};
use crate::credit::{Book, Figure, Instant, LevelPoint, Stride, Toward, When, print_instant};
use crate::report::{Ending, Report};

/// The most points of one history.
const MOST_POINTS: usize = 100_000;

/// `ledger history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The account.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: String,
    /// The first instant: a day, a time, -3d, or the last fri, in the account's zone; 30 steps before the last if not given.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    from: Option<When>,
    /// The last instant, past or future, or the coming fri; now if not given.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    to: Option<When>,
    /// The distance of two points: 1h, 6h, 1d, 1w, 1mo.
    #[arg(long, value_name = "STEP", default_value = "1d")]
    step: Stride,
    /// Print JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV.
    #[arg(long)]
    csv: bool,
}

/// Shows the history; nothing is polled.
///
/// # Errors
/// A [`Report`] for an unknown account, a span of no or too many points, or a ledger that can't be used.
pub(crate) fn run(args: &HistoryArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace_within(LOOKING)?;
    let account = workspace.account(&args.account)?;
    let book = workspace.book(&account.profile.id)?;
    let now = workspace.now();
    let points = book.levels(&instants(args, &book, now)?, now).map_err(|error| engine_report(&error, &book))?;
    if args.json {
        edge.out.json(&HistoryDocument::new(now, &book, &points))?;
    } else if args.csv {
        edge.out.print(&csv(&book, &points)?)?;
    } else {
        let columns: Vec<(&str, Align)> = book.rules.buckets.iter().map(|bucket| (bucket.name.as_str(), Align::Point)).collect();
        let figures = [&[("When", Align::Whole), ("Total", Align::Point)], columns.as_slice()];
        let mut table = Table::new(&[figures.concat(), vec![("", Align::Left)]].concat());
        for point in &points {
            let when = Cell::new(&text::minute(point.at, workspace.zone()), Tone::Dim);
            let figures = std::iter::once(&point.total).chain(&point.levels).map(|figure| Cell::from(text::figure(*figure)));
            let renewed = Cell::new(if point.if_renewed { "if renewed" } else { "" }, Tone::Warning);
            table.row(std::iter::once(when).chain(figures).chain([renewed]));
        }
        edge.out.print(&table.render(edge.out.width, edge.out.paint))?;
    }
    Ok(Outcome::Done)
}

/// The instants that are asked for.
fn instants(args: &HistoryArgs, book: &Book, now: Instant) -> Result<Vec<Instant>, Report> {
    let zone = book.rules.zone;
    let to = args.to.map_or(Ok(now), |to| resolve("--to", to, now, zone, Toward::Future))?;
    let from = match args.from {
        Some(from) => resolve("--from", from, now, zone, Toward::Past)?,
        None => args.step.before(zone, to, 30),
    };
    if from > to {
        let what = format!("--from {} is after --to {}", print_instant(from), print_instant(to));
        return Err(Report::new(Ending::Usage, what).hint("exchange them"));
    }
    let mut instants: Vec<Instant> = args.step.instants(zone, from, to).take(MOST_POINTS + 1).collect();
    // The steps may pass the end by: it is what was asked for.
    if instants.last().is_some_and(|last| *last < to) && instants.len() <= MOST_POINTS {
        instants.push(to);
    }
    if instants.len() > MOST_POINTS {
        return Err(Report::new(Ending::Usage, format!("that is a history of more than {MOST_POINTS} points"))
            .hint("use a longer --step or a shorter span"));
    }
    Ok(instants)
}

/// A line per point: the instant, the total, each bucket, and, where credits end with a subscription, whether that holds only if it is renewed.
fn csv(book: &Book, points: &[LevelPoint]) -> Result<String, Report> {
    let figure = |figure: &Figure| match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    };
    // Where credits don't end with a subscription, nothing hangs on its renewal.
    let renews = book.rules.lapses_with_subscription;
    let buckets = book.level_buckets().map(|bucket| csv_guard::guarded(bucket.as_str()));
    let heading: Vec<String> =
        ["at".to_owned(), "total".to_owned()].into_iter().chain(buckets).chain(renews.then(|| "if_renewed".to_owned())).collect();
    let row = |point: &LevelPoint| -> Vec<String> {
        let figures = std::iter::once(&point.total).chain(&point.levels).map(figure);
        std::iter::once(print_instant(point.at)).chain(figures).chain(renews.then(|| point.if_renewed.to_string())).collect()
    };
    csv_guard::render(&heading, points.iter().map(row))
}
