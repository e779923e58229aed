//! The rows of the overview: which columns there is room for, and what stands in them.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::credit::{AccountStatus, Amount, Figure, NARROW_SPACE};
use crate::tui::accounts::Account;
use crate::tui::concerns::{Concern, Headline};
use crate::tui::facts::is_stale;
use crate::tui::format::{clean, cut, fitted, left, plan_name, right, whole_fits};
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::search::Query;
use crate::tui::widgets::{change, gauge, renewed};

/// The widest figure that has its own column.
const MOST_FIGURE: usize = 14;
/// What stands above the gauges where it has room.
const GAUGE_TITLE: &str = "In spending order";
/// The most columns of a name.
const MOST_NAME: usize = 28;

/// How wide an account's texts are. All accounts are measured, so that columns don't move while the list is scrolled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    name: usize,
    provider: usize,
    service: usize,
    whole: usize,
    fraction: usize,
}

impl Measure {
    /// Measures an account as it is now.
    pub(crate) fn of(account: &Account) -> Self {
        let status = account.status.as_ref().ok();
        let figure = status.map(|status| figure(status, NARROW_SPACE)).unwrap_or_default();
        Self {
            name: clean(&account.book.profile.name).width(),
            provider: clean(&account.book.profile.provider_name).width(),
            service: service(account).width(),
            whole: figure.split('.').next().unwrap_or_default().width(),
            fraction: behind_point(&figure),
        }
    }

    /// The most of all accounts.
    pub(crate) fn most(accounts: &[Account]) -> Self {
        accounts.iter().fold(Self::default(), |most, account| most.with(account.measure))
    }

    fn with(self, other: Self) -> Self {
        Self {
            name: self.name.max(other.name),
            provider: self.provider.max(other.provider),
            service: self.service.max(other.service),
            whole: self.whole.max(other.whole),
            fraction: self.fraction.max(other.fraction),
        }
    }
}

/// The provider with the plan: `Photoroom Plus`.
fn service(account: &Account) -> String {
    let provider = clean(&account.book.profile.provider_name);
    let plan = account.status.as_ref().ok().and_then(|status| status.plan.as_ref());
    plan.map_or(provider.clone(), |plan| format!("{provider} {}", plan_name(plan.as_str())))
}

/// Everything that an account's row says besides its name, at any width, and the contract's words for it: what its filter looks in.
pub(super) fn words(scene: &Scene<'_>, account: &Account) -> Vec<String> {
    let mut words = vec![service(account)];
    match &account.status {
        Ok(status) => {
            words.extend(wide(status).map(|amount| scene.amount(amount)));
            words.push(figure(status, scene.separator()));
            let concerns = Concern::of(status);
            let of = |concern: &Concern| Headline::of_concern(*concern, scene, status, account.polling()).words;
            words.extend(concerns.iter().flat_map(of));
            if concerns.is_empty() {
                words.extend(Headline::of(scene, status, account.polling()).words);
                words.extend(status.next_change.iter().map(|change| change.kind.word().to_owned()));
            }
            if account.told_with().is_some() {
                words.extend(Headline::of_row(scene, account, status).words);
            }
            words.extend(status.warnings.iter().map(|warning| warning.kind.word().to_owned()));
        }
        Err(why) if account.is_unread() => words.push(clean(why)),
        Err(why) => words.push(scene.private(why)),
    }
    words
}

/// How wide each column is; 0 where it fell away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Widths {
    /// Before the name: the mark of the selected row, and the sign of what is wrong.
    signs: usize,
    name: usize,
    provider: usize,
    figure: usize,
    /// Columns of `figure` behind the decimal point, the point included.
    fraction: usize,
    gauge: usize,
    next: usize,
    /// The whole row.
    row: usize,
}

/// The heading and the rows, `width` columns wide, in columns that hold the `most` of all `count` accounts; `window` has accounts with their names as they fit, `selected` is a place in it.
pub(super) fn lines(
    scene: &Scene<'_>,
    (most, count): (Measure, usize),
    window: &[(&Account, String)],
    selected: Option<usize>,
    query: &Query,
    width: usize,
) -> (Line<'static>, Vec<Line<'static>>) {
    let widths = widths(most, count, width);
    let rows = window.iter().enumerate().map(|(place, named)| row(scene, (named.0, &named.1), widths, selected == Some(place)));
    (heading(scene, widths), rows.map(|line| underlined(line, query)).collect())
}

/// What is left: exact, at least, or a dash; empty where it is too wide for its column.
fn figure(status: &AccountStatus, separator: char) -> String {
    match (status.spendable, status.known_total) {
        _ if wide(status).is_some() => String::new(),
        (Figure::Known(_), Figure::Known(total)) => fitted(total, separator, MOST_FIGURE, ELLIPSIS),
        (Figure::Unlimited, _) | (_, Figure::Unlimited) => "unlimited".to_owned(),
        (_, Figure::Known(known)) if known.is_positive() => {
            format!("≥ {}", fitted(known, separator, MOST_FIGURE - 2, ELLIPSIS))
        }
        _ => "–".to_owned(),
    }
}

/// What is left where its column is too narrow for it: it takes the gauge's place.
fn wide(status: &AccountStatus) -> Option<Amount> {
    status.known_total.known().filter(|total| status.spendable.known().is_some() && !whole_fits(*total, MOST_FIGURE))
}

/// Columns of a figure behind the decimal point, the point included.
fn behind_point(figure: &str) -> usize {
    figure.split_once('.').map_or(0, |(_, places)| places.width() + 1)
}

/// Gives out columns by the width of the screen: what falls away first is the plan, then the provider, then what changes next.
fn widths(most: Measure, count: usize, width: usize) -> Widths {
    // A free column at the right end: nothing touches the edge.
    let room = width.saturating_sub(1);
    // Masked or not, the columns are the same: what stands beside a name must not jump when it is masked.
    let name = most.name.max(format!("Account {count}").width());
    let whole = most.whole.clamp(4, 16);
    let mut widths = Widths {
        signs: if width < 60 { 3 } else { 4 },
        name: name.clamp(7, (width / 5).clamp(10, MOST_NAME)),
        figure: whole + most.fraction,
        fraction: most.fraction,
        next: match width {
            ..60 => 0,
            60..80 => 20,
            80..100 => 24,
            100..160 => 36,
            _ => 48,
        },
        row: width,
        ..Widths::default()
    };
    let used = |widths: &Widths| {
        let optional: usize = [widths.provider, widths.next].iter().filter(|width| **width > 0).map(|width| width + 2).sum();
        widths.signs + widths.name + 2 + widths.figure + 3 + optional
    };
    let least_gauge = if width < 60 { 13 } else { GAUGE_TITLE.len() };
    // A plan is spelled out where it has room as a whole, else it falls away.
    for candidate in [most.service, most.provider, most.provider.min(20)] {
        if width >= 100 && widths.provider == 0 && used(&Widths { provider: candidate, ..widths }) + least_gauge <= room {
            widths.provider = candidate;
        }
    }
    // Who it is matters more than a long gauge.
    let spare = room.saturating_sub(used(&widths) + least_gauge);
    widths.name += name.min(MOST_NAME).saturating_sub(widths.name).min(spare);
    widths.gauge = room.saturating_sub(used(&widths)).min(120);
    widths
}

/// The columns that names have on a screen of this width: the same wherever the list is scrolled to.
pub(super) fn name_width(most: Measure, count: usize, width: usize) -> usize {
    widths(most, count, width).name
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
    let mut cells = vec![format!("{}{}", " ".repeat(widths.signs), left("Account", widths.name, ELLIPSIS))];
    if widths.provider > 0 {
        cells.push(left("Provider", widths.provider, ELLIPSIS));
    }
    let before_point = widths.figure - widths.fraction;
    let gauge = if widths.gauge < GAUGE_TITLE.len() { "" } else { GAUGE_TITLE };
    let figure = right("Left", before_point, ELLIPSIS) + &" ".repeat(widths.fraction);
    cells.push(format!("{figure}   {}", left(gauge, widths.gauge, ELLIPSIS)));
    if widths.next > 0 {
        cells.push(left("Next change", widths.next, ELLIPSIS));
    }
    Line::from(scene.dim(cells.join("  ")))
}

fn row(scene: &Scene<'_>, (account, name): (&Account, &str), widths: Widths, selected: bool) -> Line<'static> {
    let theme = scene.theme();
    let headline = account.status.as_ref().ok().map(|status| Headline::of_row(scene, account, status));
    let (glyph, style) = match &headline {
        Some(headline) => (headline.glyph, headline.style),
        None if account.is_unread() => (' ', theme.dim),
        None => ('✕', theme.look),
    };
    let marker = if selected { scene.span("▌", |theme| theme.accent) } else { Span::raw(" ") };
    let mut spans = vec![marker, Span::raw(" ".repeat(widths.signs.saturating_sub(3))), Span::styled(format!("{glyph} "), style)];
    let name = left(name, widths.name, ELLIPSIS);
    spans.push(if selected { scene.strong(name) } else { scene.text(name) });
    spans.push(Span::raw("  "));
    if widths.provider > 0 {
        let full = service(account);
        let shown = if full.width() <= widths.provider { full } else { clean(&account.book.profile.provider_name) };
        spans.push(scene.dim(left(&shown, widths.provider, ELLIPSIS)));
        spans.push(Span::raw("  "));
    }
    match (&account.status, headline) {
        (Ok(status), Some(headline)) => figures(scene, status, &headline, widths, &mut spans),
        (Err(why), _) => {
            let room = widths.row.saturating_sub(spans.iter().map(Span::width).sum::<usize>() + 1);
            let style = if account.is_unread() { theme.dim } else { theme.look };
            let why = if account.is_unread() { clean(why) } else { scene.private(why) };
            spans.push(Span::styled(left(&why, room, ELLIPSIS), style));
        }
        (Ok(_), None) => {}
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(widths.row.saturating_sub(used))));
    let line = Line::from(spans);
    if selected { line.patch_style(theme.selected) } else { line }
}

/// What is left, the gauge, and what changes next; dim where the figures may not be true any more.
fn figures(scene: &Scene<'_>, status: &AccountStatus, headline: &Headline, widths: Widths, spans: &mut Vec<Span<'static>>) {
    let stale = is_stale(status);
    let strong = |text: String| if stale { scene.dim(text) } else { scene.strong(text) };
    if let Some(amount) = wide(status) {
        let room = widths.figure + 3 + widths.gauge;
        spans.push(strong(left(&scene.fitted(amount, room), room, ELLIPSIS)));
    } else {
        let figure = figure(status, scene.separator());
        let behind = behind_point(&figure);
        let figure = right(&figure, widths.figure - widths.fraction + behind, ELLIPSIS);
        spans.push(strong(figure + &" ".repeat(widths.fraction.saturating_sub(behind))));
        spans.push(Span::raw("   "));
        let bar = gauge::of_account(scene, status, u16::try_from(widths.gauge).unwrap_or(u16::MAX));
        spans.extend(if stale { gauge::faded(scene, bar) } else { bar });
    }
    if widths.next > 0 {
        spans.push(Span::raw("  "));
        spans.push(Span::styled(left(&headline.fitting(widths.next), widths.next, ELLIPSIS), headline.style));
    }
}

/// The bucket that is spent next and its change, for narrow screens: how the change is known and what it depends on stay, the
/// bucket's name gives way.
pub(super) fn next_change(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Option<String> {
    let bucket = status.next_bucket().or(status.buckets.first())?;
    let change = format!("{}{}", change(scene, bucket), renewed(bucket));
    let name = clean(&bucket.name);
    let tellings = [format!("next from {name}, {change}"), format!("{name} {change}")];
    let short = || format!("{} {change}", cut(&name, width.saturating_sub(change.width() + 1), ELLIPSIS));
    Some(tellings.into_iter().find(|text| text.width() <= width).unwrap_or_else(short))
}
