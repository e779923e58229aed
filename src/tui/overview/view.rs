//! Where everything stands on the overview.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{All, detail, nothing_selected, selected_row, table};
use crate::tui::accounts::Account;
use crate::tui::concerns::{Headline, Part};
use crate::tui::format::{clean, counted, wrapped};
use crate::tui::model::Model;
use crate::tui::polls::freshness;
use crate::tui::scene::Scene;
use crate::tui::search::Query;
use crate::tui::view::{body_area, first_run};
use crate::tui::widgets::text::{paint, paragraph};

/// The lines of the body: summary, heading, rows, then the pane.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Lines above the rows.
    above: u16,
    /// Rows in the window.
    rows: u16,
    /// Lines that a row takes: two where there is room for air.
    pitch: u16,
    /// The first account in the window.
    first: usize,
    /// Lines of the pane, 0 where there is no room.
    pane: u16,
}

fn plan(model: &Model, area: Rect) -> Plan {
    let visible = &model.overview.shown;
    let above = if area.height >= 16 { 3 } else { 1 + u16::from(area.width >= 60) };
    let room = area.height.saturating_sub(above);
    let wanted = u16::try_from(visible.len()).unwrap_or(u16::MAX).max(1);
    // The pane gets its lines first where there are many accounts: at least two fifths of the room.
    let least_pane = if area.height >= 16 {
        (room * 2 / 5).max(7)
    } else if area.height >= 10 && area.width < 60 {
        3
    } else {
        0
    };
    let rows = wanted.min(room.saturating_sub(least_pane).max(1)).min(room);
    let pane = room.saturating_sub(rows + u16::from(area.height >= 16));
    let pane = if pane < 3 { 0 } else { pane };
    let rows = if pane == 0 { wanted.min(room) } else { rows };
    let pitch = if u32::from(rows) * 2 + 16 <= u32::from(room) { 2 } else { 1 };
    let pane = if pitch == 2 { room.saturating_sub(rows * 2) } else { pane };
    let selected = selected_row(model).unwrap_or(0);
    let first = selected.saturating_sub(usize::from(rows / 2)).min(visible.len().saturating_sub(usize::from(rows)));
    Plan { above, rows, pitch, first, pane }
}

/// Rows that a page key moves by.
pub(super) fn page(model: &Model) -> usize {
    usize::from(plan(model, body_area(model)).rows)
}

/// The rows of the list that are on the screen.
pub(super) fn window(model: &Model) -> Range<usize> {
    let plan = plan(model, body_area(model));
    plan.first..(plan.first + usize::from(plan.rows)).min(model.overview.shown.len())
}

/// The row of the list at a row of the screen.
pub(super) fn row_at(model: &Model, screen_row: u16) -> Option<usize> {
    let area = body_area(model);
    let plan = plan(model, area);
    let row = screen_row.checked_sub(area.y + plan.above)?;
    let place = plan.first + usize::from(row / plan.pitch);
    (row < plan.rows * plan.pitch && place < model.overview.shown.len()).then_some(place)
}

/// Draws the overview.
pub(crate) fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if model.accounts.is_empty() {
        return first_run(model, scene, area, buffer);
    }
    let visible = &model.overview.shown;
    let plan = plan(model, area);
    let width = usize::from(area.width);
    let mut lines = vec![top_line(model, scene, visible.len(), area)];
    if visible.is_empty() {
        lines.extend((1..plan.above.min(2)).map(|_| Line::default()));
        lines.extend(paragraph(&clean(&nothing_selected(model)), width, scene.theme().text));
        return paint(buffer, area, &lines);
    }
    if plan.above == 3 {
        lines.push(Line::default());
    }
    let window = visible.iter().skip(plan.first).take(usize::from(plan.rows));
    let named = |place: &usize| {
        let account = model.accounts.get(*place)?;
        let fitted = model.overview.names.at(scene, *place).map(str::to_owned);
        Some((account, fitted.unwrap_or_else(|| scene.account(account))))
    };
    let window: Vec<(&Account, String)> = window.filter_map(named).collect();
    let selected = selected_row(model).and_then(|row| row.checked_sub(plan.first));
    let query = Query::new(model.overview.filter.text());
    let measure = model.overview.all.as_ref().map(|all| all.measure).unwrap_or_default();
    let (heading, rows) = table::lines(scene, (measure, model.accounts.len()), &window, selected, &query, width);
    if plan.above > 1 {
        lines.push(heading);
    }
    for row in rows {
        lines.push(row);
        lines.extend((1..plan.pitch).map(|_| Line::default()));
    }
    paint(buffer, area, &lines);
    let (Some(account), true) = (model.current(), plan.pane > 0) else { return };
    let rows = plan.rows.max(1) * plan.pitch;
    let top = plan.above + rows + u16::from(area.height >= 16 && plan.pitch == 1);
    let below = Rect { y: area.y + top, height: area.height.saturating_sub(top), ..area };
    let lines = if area.height >= 16 || area.width >= 60 {
        detail::lines(scene, account, width, usize::from(below.height))
    } else {
        brief(scene, account, width)
    };
    paint(buffer, below, &lines);
}

/// What a small screen says of the selected account.
fn brief(scene: &Scene<'_>, account: &Account, width: usize) -> Vec<Line<'static>> {
    let Ok(status) = &account.status else { return Vec::new() };
    let rule = Line::from(scene.span(format!(" {}", "─".repeat(width.saturating_sub(2))), |theme| theme.rule));
    let room = width.saturating_sub(2);
    let headline = Headline::of(scene, status, account.polling());
    let next = table::next_change(scene, status, room).unwrap_or_default();
    if !headline.is_concern {
        let freshness = scene.dim(format!(" {}", freshness(scene, account)));
        return vec![rule, Line::from(scene.text(format!(" {next}"))), Line::from(freshness)];
    }
    let first = format!(" {} {}", headline.glyph, headline.fitting(room.saturating_sub(2)));
    let first = Line::from(Span::styled(first, headline.style));
    match status.failure.as_ref().filter(|_| !scene.setup.privacy) {
        Some(failure) => {
            let texts = wrapped(&clean(&failure.message), room);
            let texts = texts.into_iter().map(|text| Line::from(scene.text(format!(" {text}"))));
            [rule, first].into_iter().chain(texts).collect()
        }
        None => vec![rule, first, Line::from(scene.text(format!(" {next}")))],
    }
}

/// The filter where there is one, else how things stand.
fn top_line(model: &Model, scene: &Scene<'_>, shown: usize, area: Rect) -> Line<'static> {
    let filter = &model.overview.filter;
    if !filter.is_shown() {
        return summary(model, scene, usize::from(area.width));
    }
    let count = format!("  {} {}", counted(shown, "of", "of"), counted(model.accounts.len(), "account", "accounts"));
    filter.line(scene, count, area)
}

/// How things stand, the most urgent first; what has no room is counted.
fn summary(model: &Model, scene: &Scene<'_>, width: usize) -> Line<'static> {
    let Some(All { tally, .. }) = &model.overview.all else { return Line::default() };
    let mut parts = tally.parts(scene);
    if tally.broken > 0 {
        let words = counted(tally.broken, "can't be worked out", "can't be worked out");
        parts.insert(0, (words.clone(), words, scene.theme().look));
    }
    let unread = tally.unread + model.to_come;
    if unread > 0 {
        let words = format!("reading {}", counted(unread, "more…", "more…"));
        parts.push((words.clone(), words, scene.theme().dim));
    }
    if parts.is_empty() && tally.is_well {
        let words = "all is well".to_owned();
        parts.push((words.clone(), words, scene.theme().good));
    }
    let head = counted(model.accounts.len(), "account", "accounts");
    arranged(scene, &head, &parts, width.saturating_sub(1))
}

/// The parts in the fullest way that has room: with the count of accounts, in full, in short, as many as there is room for.
fn arranged(scene: &Scene<'_>, head: &str, parts: &[Part], width: usize) -> Line<'static> {
    let indent = if width < 59 { " " } else { "    " };
    let line = |head: Option<&str>, texts: &[(&str, Style)], more: usize| {
        let more = (more > 0).then(|| (format!("{more} more"), scene.theme().dim));
        let head = head.map(|head| (head.to_owned(), scene.theme().text));
        let texts = texts.iter().map(|(text, style)| ((*text).to_owned(), *style));
        let mut spans = vec![Span::raw(indent)];
        for (place, (text, style)) in head.into_iter().chain(texts).chain(more).enumerate() {
            spans.extend((place > 0).then(|| scene.dim(" · ")));
            spans.push(Span::styled(text, style));
        }
        Line::from(spans)
    };
    let full: Vec<(&str, Style)> = parts.iter().map(|(text, _, style)| (text.as_str(), *style)).collect();
    let short: Vec<(&str, Style)> = parts.iter().map(|(_, text, style)| (text.as_str(), *style)).collect();
    let mut candidates = vec![line(Some(head), &full, 0), line(None, &full, 0), line(None, &short, 0)];
    candidates
        .extend((1..short.len()).rev().map(|count| line(None, short.get(..count).unwrap_or_default(), short.len() - count)));
    let fits = candidates.iter().position(|line| line.width() <= width).unwrap_or(candidates.len() - 1);
    candidates.swap_remove(fits)
}
