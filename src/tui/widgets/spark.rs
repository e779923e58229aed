//! The history of a total as a row of bars.

use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr;

use crate::credit::{AccountEvent, Amount, EventKind, Figure, HistoryPoint};
use crate::tui::scene::Scene;

const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the last `width` points, `rows` cells high, the newest at the right. The highest fills the height; zero is a thin
/// line; unknown is a dot.
pub(crate) fn lines(scene: &Scene<'_>, history: &[HistoryPoint], width: usize, rows: u16) -> Vec<Line<'static>> {
    let shown: Vec<Figure> = sampled(history, width).into_iter().map(|point| point.total).collect();
    let most = shown.iter().filter_map(|figure| figure.known()).max().unwrap_or_default();
    let style = scene.theme().kind_style(crate::credit::BucketKind::Recurring);
    (0..rows)
        .rev()
        .map(|row| {
            let text: String = shown.iter().map(|figure| cell(*figure, most, row, rows)).collect();
            Line::from(Span::styled(text, style))
        })
        .collect()
}

fn cell(figure: Figure, most: Amount, row: u16, rows: u16) -> char {
    let bottom = row == 0;
    let Some(amount) = figure.known() else { return if bottom { '·' } else { ' ' } };
    let steps = amount.cells_of(most, rows.saturating_mul(8));
    let here = steps.saturating_sub(row * 8).min(8);
    if bottom && here == 0 {
        return '▁';
    }
    BARS.get(usize::from(here)).copied().unwrap_or(' ')
}

/// At most `width` points, evenly picked, the newest always among them.
fn sampled(history: &[HistoryPoint], width: usize) -> Vec<&HistoryPoint> {
    let count = history.len().min(width);
    let step = history.len().checked_div(count).unwrap_or(1).max(1);
    let mut shown: Vec<&HistoryPoint> = history.iter().rev().step_by(step).take(count).collect();
    shown.reverse();
    shown
}

/// The sign of an event, and what the legend calls it.
fn sign(kind: EventKind) -> (char, &'static str) {
    match kind {
        EventKind::Reset => ('↺', "reset"),
        EventKind::TopUp => ('+', "top-up"),
        EventKind::UnexplainedDrop => ('?', "unexplained"),
    }
}

/// The row of marks under the bars that [`lines`] draws at this width, and its legend: what polls show to have happened stands under
/// the first bar that shows it. Where several things stand under one bar, a drop goes before a top-up, and that before a reset.
/// `None` where nothing happened in this time.
pub(crate) fn marks(
    scene: &Scene<'_>,
    history: &[HistoryPoint],
    events: &[&AccountEvent],
    width: usize,
) -> Option<(Line<'static>, Line<'static>)> {
    let shown = sampled(history, width);
    let first = shown.first()?;
    let kinds = [EventKind::UnexplainedDrop, EventKind::TopUp, EventKind::Reset];
    let urgency = |kind: EventKind| kinds.iter().position(|other| *other == kind);
    let mut row: Vec<Option<EventKind>> = vec![None; shown.len()];
    for event in events.iter().filter(|event| event.at > first.at) {
        let place = shown.iter().position(|point| point.at >= event.at).unwrap_or(shown.len().saturating_sub(1));
        if let Some(cell) = row.get_mut(place) {
            *cell = [*cell, Some(event.kind)].into_iter().flatten().min_by_key(|kind| urgency(*kind));
        }
    }
    let mark = |kind: EventKind| {
        let text = sign(kind).0.to_string();
        if kind == EventKind::UnexplainedDrop { scene.span(text, |theme| theme.look) } else { scene.text(text) }
    };
    let present = kinds.iter().rev().filter(|kind| row.contains(&Some(**kind)));
    let mut legend = Vec::new();
    for kind in present {
        legend.extend([mark(*kind), scene.dim(format!(" {}  ", sign(*kind).1))]);
    }
    if legend.is_empty() {
        return None;
    }
    let cells = row.into_iter().map(|cell| cell.map_or_else(|| Span::raw(" "), mark));
    Some((Line::from(cells.collect::<Vec<_>>()), Line::from(legend)))
}

/// A row of marks with its legend beside it where there is room, else below; the bars begin after `indent` columns.
pub(crate) fn with_legend(marks: (Line<'static>, Line<'static>), indent: usize, width: usize) -> Vec<Line<'static>> {
    let (mut row, mut legend) = marks;
    let blank = |columns: usize| Span::raw(" ".repeat(columns));
    row.spans.insert(0, blank(indent));
    let told: usize = legend.spans.iter().map(|span| span.content.trim_end().width() + 2).sum();
    if row.width() + 3 + told <= width {
        row.spans.push(blank(3));
        row.spans.append(&mut legend.spans);
        return vec![row];
    }
    legend.spans.insert(0, blank(indent));
    vec![row, legend]
}
