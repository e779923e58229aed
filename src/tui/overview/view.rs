//! Where everything stands on the overview.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{detail, nothing_selected, selected_row, table};
use crate::credit::{AccountState, AccountStatus};
use crate::tui::accounts::Account;
use crate::tui::format::{clean, counted, wrapped};
use crate::tui::model::Model;
use crate::tui::scene::Scene;
use crate::tui::search::Query;
use crate::tui::view::{body_area, first_run, paint};

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
        let texts = wrapped(&clean(&nothing_selected(model)), width.saturating_sub(6));
        lines.extend((1..plan.above.min(2)).map(|_| Line::default()));
        lines.extend(texts.into_iter().map(|text| Line::from(scene.text(format!("   {text}")))));
        return paint(buffer, area, &lines);
    }
    if plan.above == 3 {
        lines.push(Line::default());
    }
    let window: Vec<&Account> =
        visible.iter().skip(plan.first).take(usize::from(plan.rows)).filter_map(|place| model.accounts.get(*place)).collect();
    let selected = selected_row(model).and_then(|row| row.checked_sub(plan.first));
    let query = Query::new(model.overview.filter.text());
    let (heading, rows) = table::lines(scene, &window, selected, &query, width);
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
    let rule = scene.span(format!(" {}", "─".repeat(width.saturating_sub(2))), |theme| theme.rule);
    if let Some(failure) = &status.failure {
        let style = super::super::account::failure_style(scene.theme(), failure.kind);
        let texts = crate::tui::format::wrapped(&crate::tui::format::clean(&failure.message), width.saturating_sub(2));
        let texts = texts.into_iter().map(|text| Line::from(Span::styled(format!(" {text}"), style)));
        return std::iter::once(Line::from(rule)).chain(texts).collect();
    }
    let next = table::next_change(scene, status, width.saturating_sub(1)).unwrap_or_default();
    let (state, style) = super::super::account::state_words(scene, status, account.polling());
    let state = Span::styled(if state.is_empty() { " ".to_owned() } else { format!(" {state} · ") }, style);
    vec![
        Line::from(rule),
        Line::from(scene.text(format!(" {next}"))),
        Line::from(vec![state, scene.dim(detail::freshness(scene, account))]),
    ]
}

/// The filter where there is one, else how things stand.
fn top_line(model: &Model, scene: &Scene<'_>, shown: usize, area: Rect) -> Line<'static> {
    let filter = &model.overview.filter;
    if !model.overview.filtering && filter.is_empty() {
        return summary(model, scene);
    }
    let count = format!("  {shown} of {}", counted(model.accounts.len(), "account", "accounts"));
    let (text, cursor) = filter.view(scene, usize::from(area.width).saturating_sub(30));
    if model.overview.filtering {
        scene.put_cursor(area.x + 4 + u16::try_from(cursor).unwrap_or(0), area.y);
    }
    Line::from(vec![scene.span("  / ", |theme| theme.accent), text, scene.dim(count)])
}

fn summary(model: &Model, scene: &Scene<'_>) -> Line<'static> {
    let theme = scene.theme();
    let states: Vec<AccountState> =
        model.accounts.iter().map(|account| account.status.as_ref().map_or(AccountState::Error, |status| status.state)).collect();
    let acting = |account: &&Account| {
        let failure = account.status.as_ref().ok().and_then(|status| status.failure.as_ref());
        failure.is_some_and(|failure| super::super::account::needs_a_person(failure.kind))
    };
    let refused = model.accounts.iter().filter(acting).count();
    let failing =
        model.accounts.iter().filter(|account| account.status.as_ref().is_ok_and(|status| status.failure.is_some())).count();
    let count = |state: AccountState| states.iter().filter(|other| **other == state).count();
    let mut spans = vec![scene.text(format!("   {}", counted(model.accounts.len(), "account", "accounts")))];
    let stale = count(AccountState::Stale).saturating_sub(failing);
    let parts = [
        (refused, "refused", theme.act),
        (count(AccountState::Empty), "empty", theme.act),
        (count(AccountState::Lapsed), "lapsed", theme.act),
        (failing - refused, "failing", theme.look),
        (count(AccountState::Low), "low", theme.look),
        (stale, "stale", theme.look),
        (count(AccountState::Unknown), "unknown", theme.look),
        (count(AccountState::New), "new", theme.dim),
        (count(AccountState::Pending), "not asked yet", theme.dim),
    ];
    for (count, word, style) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        spans.push(scene.dim(" · "));
        spans.push(Span::styled(format!("{count} {word}"), style));
    }
    let unread = model.accounts.iter().filter(|account| account.is_unread()).count();
    if unread > 0 {
        spans.push(scene.dim(format!(" · reading {unread} more…")));
    }
    let well = |account: &Account| account.status.as_ref().is_ok_and(AccountStatus::is_well);
    let watched = model
        .accounts
        .iter()
        .filter(|account| account.status.as_ref().is_ok_and(|status| status.state == AccountState::Ok && !status.is_well()));
    let watched = watched.count();
    if watched > 0 {
        spans.push(scene.dim(" · "));
        spans.push(scene.span(counted(watched, "warning", "warnings"), |theme| theme.look));
    }
    if model.accounts.iter().all(well) {
        spans.push(scene.dim(" · "));
        spans.push(scene.span("all is well", |theme| theme.good));
    }
    Line::from(spans)
}
