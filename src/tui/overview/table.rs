//! The rows of the overview: which columns there is room for, and what stands in them.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::credit::{AccountStatus, Amount, Figure, FigureSource};
use crate::tui::account::buckets;
use crate::tui::accounts::Account;
use crate::tui::format::{clean, cut, left, plan_name, right, whole_fits};
use crate::tui::gauge;
use crate::tui::scene::{ELLIPSIS, Scene, approximate};
use crate::tui::search::Query;

use super::super::account::{failure_style, failure_words, state_words};

/// The widest figure that has its own column.
const MOST_FIGURE: usize = 14;

/// The texts of a row, before there are widths.
struct Cells {
    name: String,
    provider: String,
    plan: String,
    figure: String,
    /// What is left where its column is too narrow for it: it takes the gauge's place.
    wide: Option<Amount>,
    reset: String,
    lasts: String,
    state: String,
}

/// How wide each column is; 0 where it fell away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Widths {
    name: usize,
    provider: usize,
    figure: usize,
    /// Columns of `figure` behind the decimal point, the point included.
    fraction: usize,
    gauge: usize,
    reset: usize,
    lasts: usize,
    state: usize,
}

/// The heading and the rows, `width` columns wide; `selected` is a place in `accounts`.
pub(super) fn lines(
    scene: &Scene<'_>,
    accounts: &[&Account],
    selected: Option<usize>,
    query: &Query,
    width: usize,
) -> (Line<'static>, Vec<Line<'static>>) {
    // A free column at the right end: nothing touches the edge.
    let width = width.saturating_sub(1);
    let cells: Vec<Cells> = accounts.iter().map(|account| cells(scene, account)).collect();
    let widths = widths(&cells, width);
    let rows = accounts.iter().zip(&cells).enumerate();
    let rows = rows.map(|(place, (account, cells))| row(scene, account, cells, widths, selected == Some(place), width));
    let rows = rows.map(|line| underlined(line, query)).collect();
    (heading(scene, widths), rows)
}

fn cells(scene: &Scene<'_>, account: &Account) -> Cells {
    let profile = &account.book.profile;
    let mut cells = Cells {
        name: scene.name(&profile.name),
        provider: clean(&profile.provider_name),
        plan: String::new(),
        figure: "–".to_owned(),
        wide: None,
        reset: String::new(),
        lasts: String::new(),
        state: "✕ error".to_owned(),
    };
    let Ok(status) = &account.status else {
        if account.is_unread() {
            cells.state.clear();
        }
        return cells;
    };
    cells.plan = status.plan.as_ref().map(|plan| plan_name(plan.as_str())).unwrap_or_default();
    cells.figure = figure(scene, status);
    cells.wide =
        status.known_total.known().filter(|total| status.spendable.known().is_some() && !whole_fits(*total, MOST_FIGURE));
    if cells.wide.is_some() {
        cells.figure.clear();
    }
    if status.failure.is_none() {
        cells.reset = reset(scene, status);
        cells.lasts = lasts(scene, status);
    }
    cells.state = state_words(scene, status, account.polling()).0;
    cells
}

/// What is left: exact, at least, or a dash.
fn figure(scene: &Scene<'_>, status: &AccountStatus) -> String {
    match (status.spendable, status.known_total) {
        (Figure::Known(_), Figure::Known(total)) => scene.fitted(total, MOST_FIGURE),
        (Figure::Unlimited, _) | (_, Figure::Unlimited) => "unlimited".to_owned(),
        (_, Figure::Known(known)) if known.is_positive() => format!("≥ {}", scene.fitted(known, MOST_FIGURE - 2)),
        _ => "–".to_owned(),
    }
}

fn reset(scene: &Scene<'_>, status: &AccountStatus) -> String {
    if let Some((bucket, at)) = status.next_reset() {
        return format!("{}{}", scene.when(at), approximate(bucket.reset_source));
    }
    if status
        .buckets
        .iter()
        .any(|bucket| bucket.reset_source == Some(FigureSource::Unknown) && bucket.remaining != Figure::Unlimited)
    {
        return "day unknown".to_owned();
    }
    match status.buckets.iter().filter_map(|bucket| bucket.expires_at).min() {
        Some(at) => format!("lapses {}", scene.when(at)),
        None => "never".to_owned(),
    }
}

/// Columns of a figure behind the decimal point, the point included.
fn behind_point(figure: &str) -> usize {
    figure.split_once('.').map_or(0, |(_, places)| places.width() + 1)
}

fn lasts(scene: &Scene<'_>, status: &AccountStatus) -> String {
    match (status.spendable, status.forecast.runs_out_at, status.forecast.burn_per_day) {
        (Figure::Unlimited, ..) => "for ever".to_owned(),
        (_, Some(at), _) if at <= scene.now => "used up".to_owned(),
        (_, Some(at), _) => scene.rough(at),
        (Figure::Unknown, ..) => "– unknown".to_owned(),
        (_, None, Some(burn)) if burn.is_positive() => "over a year".to_owned(),
        _ => "– no use yet".to_owned(),
    }
}

/// Gives out columns: what falls away first is how long it lasts, then the plan and provider, then the next reset.
fn widths(cells: &[Cells], width: usize) -> Widths {
    let most = |pick: fn(&Cells) -> usize, least: usize, cap: usize| cells.iter().map(pick).max().unwrap_or(0).clamp(least, cap);
    let fraction = most(|cells| behind_point(&cells.figure), 0, MOST_FIGURE);
    let whole = most(|cells| cells.figure.split('.').next().unwrap_or_default().width(), 4, 16);
    let name_cap = (width / 5).clamp(10, 28);
    let mut widths = Widths {
        name: most(|cells| cells.name.width(), 7, name_cap),
        figure: whole + fraction,
        fraction,
        state: most(|cells| cells.state.width(), 0, if width < 60 { 1 } else { 14 }),
        ..Widths::default()
    };
    let least_gauge = if width < 60 { 8 } else { 16 };
    let used = |widths: &Widths| {
        let gaps = [widths.provider, widths.reset, widths.lasts, widths.state];
        let optional: usize = gaps.iter().filter(|width| **width > 0).map(|width| width + 2).sum();
        3 + widths.name + 2 + widths.figure + 3 + optional
    };
    let reset = most(|cells| cells.reset.width(), 10, 24);
    let provider = |cap: usize| most(|cells| cells.provider.width() + 1 + cells.plan.width(), 8, cap);
    let bare = most(|cells| cells.provider.width(), 8, 20);
    let lasts = most(|cells| cells.lasts.width(), 5, 14);
    let fits = |widths: &Widths, gauge: usize| used(widths) + gauge <= width;
    if fits(&Widths { reset, ..widths }, least_gauge) {
        widths.reset = reset;
    }
    // A plan is spelled out where how long it lasts has room too.
    let spelled_out = provider((width / 3).clamp(16, 48));
    if fits(&Widths { provider: spelled_out, lasts, ..widths }, least_gauge) {
        widths.provider = spelled_out;
    }
    for candidate in [provider((width / 5).clamp(16, 40)), bare] {
        if widths.provider == 0 && fits(&Widths { provider: candidate, ..widths }, least_gauge) {
            widths.provider = candidate;
        }
    }
    if fits(&Widths { lasts, ..widths }, least_gauge) {
        widths.lasts = lasts;
    }
    widths.gauge = width.saturating_sub(used(&widths)).min(120);
    widths
}

/// The row with what the filter found in it underlined.
fn underlined(line: Line<'static>, query: &Query) -> Line<'static> {
    if query.is_empty() {
        return line;
    }
    let style = line.style;
    Line::from(line.spans.into_iter().flat_map(|span| query.underlined(span)).collect::<Vec<_>>()).style(style)
}

fn heading(scene: &Scene<'_>, widths: Widths) -> Line<'static> {
    let mut cells = vec![format!("   {}", left("Account", widths.name, ELLIPSIS))];
    if widths.provider > 0 {
        cells.push(left("Provider", widths.provider, ELLIPSIS));
    }
    let before_point = widths.figure - widths.fraction;
    let gauge = if widths.gauge < 17 { "" } else { "In spending order" };
    let figure = right("Left", before_point, ELLIPSIS) + &" ".repeat(widths.fraction);
    cells.push(format!("{figure}   {}", left(gauge, widths.gauge, ELLIPSIS)));
    for (title, width) in [("Next reset", widths.reset), ("Lasts", widths.lasts)] {
        if width > 0 {
            cells.push(left(title, width, ELLIPSIS));
        }
    }
    Line::from(scene.dim(cells.join("  ")))
}

fn row(scene: &Scene<'_>, account: &Account, cells: &Cells, widths: Widths, selected: bool, width: usize) -> Line<'static> {
    let theme = scene.theme();
    let marker = if selected { Span::styled(" ▌ ", theme.accent) } else { Span::raw("   ") };
    let name = left(&cells.name, widths.name, ELLIPSIS);
    let mut spans = vec![marker, if selected { scene.strong(name) } else { scene.text(name) }, Span::raw("  ")];
    if widths.provider > 0 {
        let plan = if widths.provider > cells.provider.width() + cells.plan.width().min(6) { cells.plan.as_str() } else { "" };
        spans.push(scene.dim(left(&format!("{} {plan}", cells.provider), widths.provider, ELLIPSIS)));
        spans.push(Span::raw("  "));
    }
    let behind = behind_point(&cells.figure);
    let figure = right(&cells.figure, widths.figure - widths.fraction + behind, ELLIPSIS)
        + &" ".repeat(widths.fraction.saturating_sub(behind));
    let status = match &account.status {
        Ok(status) => status,
        Err(why) => {
            let room = width.saturating_sub(spans.iter().map(Span::width).sum());
            let style = if account.is_unread() { theme.dim } else { theme.look };
            spans.push(Span::styled(left(&clean(why), room, ELLIPSIS), style));
            return finish(scene, spans, selected, width);
        }
    };
    let stale = status.failure.is_some();
    let wide = cells.wide.filter(|_| !stale);
    if let Some(amount) = wide {
        let room = widths.figure + 3 + widths.gauge;
        spans.push(scene.strong(left(&scene.fitted(amount, room), room, ELLIPSIS)));
    } else {
        spans.push(if stale { scene.dim(figure) } else { scene.strong(figure) });
        spans.push(Span::raw("   "));
    }
    let tail: usize = [widths.reset, widths.lasts].iter().filter(|width| **width > 0).map(|width| width + 2).sum();
    match &status.failure {
        Some(failure) if width >= 60 => {
            let text = cut(&unhappy(scene, status, failure.kind), widths.gauge + tail, ELLIPSIS);
            let rest = (widths.gauge + tail).saturating_sub(text.width());
            spans.push(Span::styled(text, failure_style(theme, failure.kind)));
            spans.push(Span::raw(" ".repeat(rest)));
        }
        _ => {
            if wide.is_none() {
                spans.extend(gauge::of_account(scene, status, u16::try_from(widths.gauge).unwrap_or(u16::MAX)));
            }
            for (text, width) in [(&cells.reset, widths.reset), (&cells.lasts, widths.lasts)] {
                if width > 0 {
                    let vague = text.starts_with('–') || text.contains("unknown");
                    let text = format!("  {}", left(text, width, ELLIPSIS));
                    spans.push(if vague { scene.dim(text) } else { scene.text(text) });
                }
            }
        }
    }
    let (state, style) = state_words(scene, status, account.polling());
    spans.push(Span::raw("  "));
    // On a narrow screen the glyph stands alone; the word is below.
    let state = if widths.state == 1 { state.chars().take(1).collect() } else { state };
    spans.push(Span::styled(left(&state, widths.state, ELLIPSIS), style));
    finish(scene, spans, selected, width)
}

/// A failed account in one sentence: the kind, the last good figure and its age.
fn unhappy(scene: &Scene<'_>, status: &AccountStatus, kind: crate::credit::FailureKind) -> String {
    let words = failure_words(kind);
    match (status.observed_at, status.known_total) {
        (Some(at), Figure::Known(total)) => format!("{words}; last good {}, {}", scene.amount(total), scene.age(at)),
        _ => format!("{words}; no figures yet"),
    }
}

fn finish(scene: &Scene<'_>, mut spans: Vec<Span<'static>>, selected: bool, width: usize) -> Line<'static> {
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(width.saturating_sub(used))));
    let line = Line::from(spans);
    if selected { line.patch_style(scene.theme().selected) } else { line }
}

/// The bucket that is spent next and its change, for narrow screens: how the change is known and what it depends on stay, the
/// bucket's name gives way.
pub(super) fn next_change(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Option<String> {
    let bucket = status.next_bucket().or(status.buckets.first())?;
    let change = format!("{}{}", buckets::change(scene, bucket), buckets::renewed(bucket));
    let name = clean(&bucket.name);
    let tellings = [format!("next from {name}, {change}"), format!("{name} {change}")];
    let short = || format!("{} {change}", cut(&name, width.saturating_sub(change.width() + 1), ELLIPSIS));
    Some(tellings.into_iter().find(|text| text.width() <= width).unwrap_or_else(short))
}
