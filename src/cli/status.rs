//! `creditop status`: one poll, and what is left where.

use chrono::TimeDelta;
use chrono_tz::Tz;
use clap::Args;

use super::edge::{Edge, Outcome, accounts};
use super::json::StatusDocument;
use super::polling::PollArgs;
use super::table::{Align, Cell, Paint, Table, Tone, Width};
use super::view::AccountView;
use super::when::AtArgs;
use super::{csv_guard, mask, text};
use crate::credit::{
    AccountEvent, AccountState, AccountStatus, Amount, BucketId, BucketKind, BucketStatus, Failure, Figure, FigureSource,
    Instant, Lasts, LotStatus, NextChange, Reliance, Source, WarningKind, day_of, evidence_words, latest_events, listed,
    print_instant, wording,
};
use crate::report::{Ending, Report};
use crate::runtime::PollWhen;

/// Polls once and shows what is left.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Accounts to show; all of them if none is named.
    #[arg(value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// Print the status document as JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a row per bucket as CSV.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    polling: PollArgs,
    #[command(flatten)]
    day: AtArgs,
    /// Count old figures as an answer: end with 3 only where there are none.
    #[arg(long)]
    allow_stale: bool,
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for an unknown account or a ledger that can't be used.
pub(crate) fn run(args: &StatusArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace_within(args.polling.timeout)?;
    let ids = accounts(&workspace, &args.accounts)?;
    args.polling.refresh(&mut workspace, &ids, PollWhen::Always)?;
    let now = workspace.now();
    let at = args.day.instant(&workspace, &ids, now)?;
    let views = AccountView::all(&workspace, &ids, at)?;
    if args.json {
        edge.out.json(&StatusDocument::new(at, &views))?;
    } else if args.csv {
        edge.out.print(&csv(&views)?)?;
    } else {
        let page = page(&views, at, workspace.zone(), edge.out.width, edge.out.paint);
        edge.out.print(&page)?;
    }
    if let Some(fault) = views.iter().find_map(|view| view.fault.clone()) {
        return Err(fault);
    }
    let answered = views.iter().all(|view| {
        let mut reliance = view.status.reliance.clone();
        args.polling.accept(&mut reliance, now);
        reliance.is_fresh() || (args.allow_stale && !matches!(reliance, Reliance::NoFigures { .. }))
    });
    Ok(if answered { Outcome::Done } else { Outcome::Ended(Ending::Unknown) })
}

/// Up to so many lots of a bucket are listed.
const MANY_LOTS: usize = 20;

/// So many are where there are more.
const FIRST_LOTS: usize = 10;

/// Accounts with their buckets and lots as a page for people.
#[must_use]
pub(crate) fn page(views: &[AccountView], now: Instant, zone: Tz, width: Width, paint: Paint) -> String {
    let mut table = Table::new(&[("Account", Align::Whole), ("State", Align::Left), ("Left", Align::Point), ("", Align::Left)]);
    for (place, view) in views.iter().enumerate() {
        let shares = |other: &&AccountView| other.status.profile.shares_with(&view.status.profile);
        let told = views.get(..place).unwrap_or_default().iter().find(shares);
        account_rows(&mut table, view, told, now, zone);
    }
    format!("{}\n{}", text::full(now, zone), table.render(width, paint))
}

/// The rows of an account; of a balance that another account told already only that, so that nothing is counted twice (SPEC P9).
fn account_rows(table: &mut Table, view: &AccountView, told: Option<&AccountView>, now: Instant, zone: Tz) {
    let status = &view.status;
    let profile = &status.profile;
    let service = view.service();
    let pool = profile.pool.as_ref().map(|pool| format!(" · pool {}", pool.name)).unwrap_or_default();
    let note = if profile.name == profile.id.as_str() { service } else { format!("{} · {service}", profile.name) } + &pool;
    table.row([
        Cell::new(profile.id.as_str(), Tone::Strong),
        Cell::new(status.state.word(), tone(status.state)),
        if told.is_some() { "".into() } else { left_words(status).into() },
        note.into(),
    ]);
    if let Some(told) = told {
        table.line(4, &format!("One balance with {}, told there", told.status.profile.id), Tone::Plain);
        for (line, tone) in failed(view, now) {
            table.line(4, &line, tone);
        }
        return;
    }
    if let Some(words) = pool_words(status, now) {
        table.line(4, &words, Tone::Dim);
    }
    for bucket in &status.buckets {
        bucket_rows(table, bucket, view, now, zone);
    }
    if let Some(reason) = view.unpolled.as_ref().filter(|_| status.failure.is_none()) {
        table.line(4, &text::sentence(reason), Tone::Plain);
    }
    for (line, tone) in remarks(view, now, zone) {
        table.line(4, &line, tone);
    }
}

/// With which accounts a balance is shared, and whose poll told the figures.
fn pool_words(status: &AccountStatus, now: Instant) -> Option<String> {
    let pool = status.profile.pool.as_ref().filter(|pool| !pool.others.is_empty())?;
    let others: Vec<String> = pool.others.iter().map(ToString::to_string).collect();
    let told = status.told_by.as_ref().zip(status.observed_at);
    let told = told.map(|(id, at)| format!("; the figures are those of {id}, {}", text::relative(at, now))).unwrap_or_default();
    Some(format!("Shares one balance with {} (pool {}){told}", listed(&others, others.len()), pool.name))
}

/// What is left in all, with its unit.
fn left_words(status: &AccountStatus) -> String {
    let unit = &status.profile.unit;
    match status.total {
        Figure::Known(total) => text::with_unit(total, unit),
        total => format!("{} {unit}", text::figure_or_bound(total, status.known_total)),
    }
}

fn bucket_rows(table: &mut Table, bucket: &BucketStatus, view: &AccountView, now: Instant, zone: Tz) {
    table.row([
        format!("  {} {}", bucket.draw_order, bucket.name).into(),
        "".into(),
        text::figure_or_bound(bucket.remaining, Figure::Known(bucket.known)).into(),
        if view.unpolled.is_some() { "not polled".into() } else { bucket_words(bucket, now).into() },
    ]);
    if bucket.lots.len() > 1 {
        let shown = if bucket.lots.len() > MANY_LOTS { FIRST_LOTS } else { bucket.lots.len() };
        for lot in bucket.lots.iter().take(shown) {
            table.row([
                Cell::new(&format!("    {}", mask::of_ref(&lot.reference, &lot.name(zone, now))), Tone::Dim),
                "".into(),
                text::figure(lot.remaining).into(),
                Cell::new(&lot_words(lot, bucket, now), Tone::Dim),
            ]);
        }
        if let others @ 1.. = bucket.lots.len() - shown {
            table.line(4, &format!("and {} more: --json lists all", text::count(others, "lot", "lots")), Tone::Dim);
        }
    }
}

fn tone(state: AccountState) -> Tone {
    match state {
        AccountState::Ok => Tone::Good,
        AccountState::New => Tone::Plain,
        AccountState::Low | AccountState::Stale | AccountState::Pending | AccountState::Unknown => Tone::Warning,
        AccountState::Empty | AccountState::Error | AccountState::Lapsed => Tone::Alarm,
    }
}

/// What is told of a bucket next to its figure: its capacity, its reset, its expiry.
fn bucket_words(bucket: &BucketStatus, now: Instant) -> String {
    let mut words = Vec::new();
    match bucket.capacity {
        Some(Figure::Known(capacity)) => words.push(format!("of {}", text::amount(capacity))),
        Some(Figure::Unknown) => words.push("quota unknown".to_owned()),
        Some(Figure::Unlimited) | None => {}
    }
    if let Some(used) = bucket.used {
        words.push(format!("{} used", text::amount(used)));
    }
    if let Some(shown) = bucket.shown {
        words.push(format!("last reported {}, not counted", text::amount(shown)));
    }
    match (bucket.resets_at, bucket.reset_source) {
        (Some(at), source) => {
            let approximate = if source.is_some_and(FigureSource::is_approximate) { " ≈" } else { "" };
            let renewed = if bucket.if_renewed { " if renewed" } else { "" };
            words.push(format!("refills {}{approximate}{renewed}", text::relative(at, now)));
        }
        (None, Some(FigureSource::Unknown)) => words.push("reset day unknown".to_owned()),
        (None, _) => {}
    }
    match bucket.expires_at {
        Some(at) => words.push(match soonest_lapse(bucket, at) {
            Some(part) => format!(
                "{} of it {} {}",
                text::amount(part),
                if part == Amount::ONE { "lapses" } else { "lapse" },
                text::relative(at, now)
            ),
            None => format!("lapses {}", text::relative(at, now)),
        }),
        None if bucket.kind == BucketKind::Purchased && bucket.known.is_positive() => words.push("never expires".to_owned()),
        None => {}
    }
    words.join(", ")
}

/// What of a bucket lapses at its next expiry, where that is only a part.
fn soonest_lapse(bucket: &BucketStatus, at: Instant) -> Option<Amount> {
    let lapsing = bucket.lots.iter().filter(|lot| lot.expires_at == Some(at) && lot.draw_order.is_some());
    let part = lapsing.filter_map(|lot| lot.remaining.known()).try_fold(Amount::ZERO, Amount::plus).ok()?;
    (part.is_positive() && part < bucket.known).then_some(part)
}

fn lot_words(lot: &LotStatus, bucket: &BucketStatus, now: Instant) -> String {
    let granted = match lot.granted {
        Figure::Known(granted) => format!("of {}", text::amount(granted)),
        Figure::Unlimited | Figure::Unknown => text::figure(lot.granted),
    };
    let begins =
        if lot.effective_at > now { format!(", counts {}", text::relative(lot.effective_at, now)) } else { String::new() };
    let ends = match lot.expires_at {
        Some(at) => format!(", lapses {}", text::relative(at, now)),
        None if bucket.ends_at_unknown_reset(lot) => ", until the reset, whose day is unknown".to_owned(),
        None => ", never expires".to_owned(),
    };
    format!("{granted}{begins}{ends}")
}

/// The last poll's failure; or that the ledger says what can't be.
fn failed(view: &AccountView, now: Instant) -> Vec<(String, Tone)> {
    let words = |failure: &Failure| {
        let retry = failure.retry_at.map_or(String::new(), |at| format!("; next try {}", text::relative(at, now)));
        let what = if view.fault.is_some() { "no figures" } else { failure.words() };
        format!("{}: {}{retry}", text::sentence(what), mask::private(&failure.message))
    };
    view.status.failure.iter().map(|failure| (words(failure), Tone::Alarm)).collect()
}

/// What else must be said of an account, one line each.
fn remarks(view: &AccountView, now: Instant, zone: Tz) -> Vec<(String, Tone)> {
    let status = &view.status;
    let unit = &status.profile.unit;
    let mut lines = failed(view, now);
    if status.state == AccountState::Pending {
        lines.push(("Not polled yet".to_owned(), Tone::Warning));
    }
    if let (AccountState::Stale | AccountState::Lapsed, Some(at)) = (status.state, status.observed_at) {
        lines.push((format!("Last good figures: {}", text::relative(at, now)), Tone::Dim));
    }
    // Near its end the warning says so, with the day.
    let is_warned = status.warnings.iter().any(|warning| warning.kind == WarningKind::SubscriptionEnds);
    if let Some(at) = status.subscription_ends_at.filter(|_| !is_warned) {
        let verb = if at < now { "ended" } else { "ends" };
        // A projection runs on behind the end of a subscription: that its figures hold only then has to stand beside them (SPEC E13).
        let renewed = if status.if_renewed { ": these figures hold if it is renewed" } else { "" };
        let tone = if renewed.is_empty() { Tone::Dim } else { Tone::Warning };
        lines.push((format!("Subscription {verb} {} ({}){renewed}", text::relative(at, now), text::minute(at, zone)), tone));
    }
    if status.held.is_positive() {
        lines.push((
            format!("{} held, {} spendable", text::with_unit(status.held, unit), text::figure(status.spendable)),
            Tone::Plain,
        ));
    }
    if !status.uncounted_buckets.is_empty() {
        let names: Vec<&str> = status.uncounted_buckets.iter().map(BucketId::as_str).collect();
        let provider = &status.profile.provider_name;
        lines.push((format!("Not counted: entries for {}, which {provider} does not have", names.join(", ")), Tone::Alarm));
    }
    for spend in &status.uncovered {
        let (amount, name) = (text::with_unit(spend.amount, unit), mask::of_ref(&spend.reference, &spend.name(zone, now)));
        lines.push((format!("{amount} of {name} not covered: no lot could pay"), Tone::Warning));
    }
    lines.extend(fair_use(status));
    lines.extend(prospects(status, now, zone));
    lines.extend(status.buckets.iter().filter_map(|bucket| {
        let why = evidence_words(&bucket.reset_evidence, |at| day_of(at, zone, now))?;
        Some((format!("{}: {why}", bucket.name), Tone::Dim))
    }));
    lines.extend(happened(status, now, zone).map(|line| (line, Tone::Dim)));
    lines
}

/// The usage against a fair-use cap (SPEC E8).
fn fair_use(status: &AccountStatus) -> Option<(String, Tone)> {
    let usage = status.fair_use?;
    Some((usage.words(&status.profile.unit), if usage.is_near() { Tone::Warning } else { Tone::Dim }))
}

/// For how many days events are shown here; `--json` has all of a month.
const EVENT_DAYS: i64 = 7;

/// The latest events of each kind.
fn happened(status: &AccountStatus, now: Instant, zone: Tz) -> impl Iterator<Item = String> {
    let latest = latest_events(&status.notable_events(), now - TimeDelta::days(EVENT_DAYS));
    let words = move |event: &AccountEvent| {
        let name = status.bucket_name(&event.bucket);
        let (from, at) = (text::minute(event.from, zone), text::minute(event.at, zone));
        event.words(name, &text::amount(event.amount), &from, &at)
    };
    latest.into_iter().map(words).chain(status.taken_as_use())
}

/// What to look at, what changes next, and where the pace leads.
fn prospects(status: &AccountStatus, now: Instant, zone: Tz) -> Vec<(String, Tone)> {
    let words = text::Words { now };
    let mut lines = Vec::new();
    for warning in &status.warnings {
        // What failed is told in full by the failure's own line, and the age of the figures by theirs.
        if !matches!(warning.kind, WarningKind::KeyRefused | WarningKind::Stale) {
            let mut line = text::sentence(&wording::warning(status, warning, &words));
            if let (WarningKind::SubscriptionEnds, Some(at)) = (warning.kind, warning.at) {
                let when = text::relative(at, now);
                line = line.replacen(&when, &format!("{when} ({})", text::minute(at, zone)), 1);
            }
            lines.push((line, Tone::Warning));
        }
    }
    let is_warned = |change: &NextChange| {
        status.warnings.iter().any(|warning| warning.kind.word() == change.kind.word() && warning.at == Some(change.at))
    };
    if let Some(change) = status.next_change.as_ref().filter(|change| !is_warned(change)) {
        lines.push((format!("Next: {}", wording::change(status, change, &words)), Tone::Plain));
    }
    if !matches!(status.state, AccountState::New | AccountState::Pending | AccountState::Error)
        && status.forecast.lasts != Lasts::ForEver
    {
        lines.push((wording::pace(status, &words), Tone::Dim));
        lines.extend(wording::lasts(status, &words).map(|line| (line, Tone::Dim)));
        lines.extend(status.forecast.lapses.iter().map(|lapse| (wording::lapse(status, lapse, &words), Tone::Dim)));
    }
    lines
}

/// The columns of `status --csv`, one row per bucket.
const COLUMNS: [&str; 29] = [
    "account",
    "name",
    "provider",
    "plan",
    "customer",
    "tags",
    "unit",
    "source",
    "state",
    "observed_at",
    "error",
    "total",
    "held",
    "spendable",
    "bucket",
    "bucket_name",
    "kind",
    "draw_order",
    "remaining",
    "capacity",
    "resets_at",
    "resets_to",
    "reset_source",
    "expires_at",
    "known_total",
    "warnings",
    "next_change",
    "next_change_at",
    "pool",
];

/// Accounts as CSV, a row per bucket. Not applicable is empty; `unknown` and `unlimited` are words.
fn csv(views: &[AccountView]) -> Result<String, Report> {
    let statuses = views.iter().map(|view| &view.status);
    csv_guard::render(COLUMNS, statuses.flat_map(|status| status.buckets.iter().map(move |bucket| csv_row(status, bucket))))
}

fn csv_row(status: &AccountStatus, bucket: &BucketStatus) -> [String; COLUMNS.len()] {
    let figure = |figure: Figure| match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    };
    let instant = |at: Option<Instant>| at.map(print_instant).unwrap_or_default();
    let free = |text: Option<&str>| text.map(csv_guard::guarded).unwrap_or_default();
    let profile = &status.profile;
    [
        profile.id.to_string(),
        free(Some(&profile.name)),
        profile.provider.to_string(),
        free(status.plan.as_ref().map(crate::credit::PlanId::as_str)),
        free(profile.customer.as_deref()),
        free(Some(&profile.tags.join(";"))),
        free(Some(&profile.unit)),
        match status.source {
            Source::Polled => "polled",
            Source::Ledger => "ledger",
        }
        .to_owned(),
        status.state.word().to_owned(),
        instant(status.observed_at),
        status.failure.as_ref().map(|failure| failure.kind.word().to_owned()).unwrap_or_default(),
        figure(status.total),
        status.held.to_string(),
        figure(status.spendable),
        bucket.id.to_string(),
        free(Some(&bucket.name)),
        bucket.kind.word().to_owned(),
        bucket.draw_order.to_string(),
        figure(bucket.remaining),
        bucket.capacity.map(figure).unwrap_or_default(),
        match bucket.reset_source {
            Some(FigureSource::Unknown) => "unknown".to_owned(),
            _ => instant(bucket.resets_at),
        },
        bucket.resets_to.map(figure).unwrap_or_default(),
        bucket.reset_source.map(|source| source.word().to_owned()).unwrap_or_default(),
        instant(bucket.expires_at),
        figure(status.known_total),
        status.warnings.iter().map(|warning| warning.kind.word()).collect::<Vec<_>>().join(";"),
        status.next_change.as_ref().map(|change| change.kind.word().to_owned()).unwrap_or_default(),
        instant(status.next_change.as_ref().map(|change| change.at)),
        free(profile.pool.as_ref().map(|pool| pool.name.as_str())),
    ]
}
