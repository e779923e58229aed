//! The list of entries.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::{rows, since};
use crate::credit::Source;
use crate::tui::accounts::Account;
use crate::tui::entry_words;
use crate::tui::format::{counted, cut};
use crate::tui::model::Model;
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::view::{body_area, nobody};
use crate::tui::widgets::Entries;
use crate::tui::widgets::list::window;
use crate::tui::widgets::text::{paint, paragraph};

/// Lines above the entries.
fn above(area: Rect) -> u16 {
    if area.height >= 16 { 3 } else { 2 }
}

/// Entries that a page key moves by.
pub(super) fn page(model: &Model) -> usize {
    let area = body_area(model);
    usize::from(area.height.saturating_sub(above(area)))
}

/// The entry at a row of the screen.
pub(super) fn row_at(model: &Model, screen_row: u16) -> Option<usize> {
    let area = body_area(model);
    let row = usize::from(screen_row.checked_sub(area.y + above(area))?);
    let count = rows(model).len();
    let place = window(model.ledger.selected.unwrap_or(0), count, page(model)) + row;
    (place < count).then_some(place)
}

/// Draws the ledger.
pub(crate) fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let current = model.current();
    if current.is_none() && (!model.ledger.all || model.accounts.is_empty()) {
        return nobody(model, scene, area, buffer);
    }
    let width = usize::from(area.width);
    let rows = rows(model);
    let height = usize::from(area.height.saturating_sub(above(area)));
    let mut lines = vec![top_line(model, scene, current, rows.len(), area)];
    if let Some(Err(why)) = current.and_then(|current| current.detail.as_ref()).map(|detail| detail.entries.as_ref()) {
        lines.push(Line::default());
        lines.extend(paragraph(&scene.private(why), width, scene.theme().look));
        return paint(buffer, area, &lines);
    }
    if rows.is_empty() {
        lines.extend(empty(model, scene, current, width));
        return paint(buffer, area, &lines);
    }
    let first = window(model.ledger.selected.unwrap_or(0), rows.len(), height);
    let shown: Vec<_> = rows.window(first, height).collect();
    let amounts: Vec<String> = shown.iter().map(|(_, explained)| entry_words::amount(scene, &explained.entry.body)).collect();
    let window: Vec<_> = shown.iter().zip(&amounts).collect();
    lines.extend((2..above(area)).map(|_| Line::default()));
    let grid = Entries::new(scene, width, &window, model.ledger.all).named(scene, &model.accounts);
    lines.push(grid.heading(scene));
    for (row, ((account, explained), amount)) in window.into_iter().enumerate() {
        lines.push(grid.row(scene, account, explained, amount, Some(first + row) == model.ledger.selected));
    }
    paint(buffer, area, &lines);
}

fn top_line(model: &Model, scene: &Scene<'_>, current: Option<&Account>, count: usize, area: Rect) -> Line<'static> {
    if model.ledger.filter.is_shown() {
        let count = format!("  {}{}", counted(count, "entry", "entries"), note(model, scene, area.width < 100));
        return model.ledger.filter.line(scene, count, area);
    }
    let whose = current.filter(|_| !model.ledger.all).map(|account| scene.account(account));
    let whose = whose.unwrap_or_else(|| "All accounts".to_owned());
    let count = format!("   {}{}", counted(count, "entry", "entries"), note(model, scene, area.width < 70));
    Line::from(vec![
        scene.span(format!("   {}", cut(&whose, usize::from(area.width).saturating_sub(count.width() + 4), ELLIPSIS)), |theme| {
            theme.accent
        }),
        scene.dim(count),
    ])
}

/// Since when entries are listed, and how to have more, where not all are.
fn note(model: &Model, scene: &Scene<'_>, short: bool) -> String {
    match since(model) {
        None => String::new(),
        Some(since) if model.ledger.all => format!(" since {}", scene.date(since)),
        Some(_) if short => " · o: older".to_owned(),
        Some(since) => format!(" since {} · o: read the older ones", scene.date(since)),
    }
}

/// What to do where nothing is listed.
fn empty(model: &Model, scene: &Scene<'_>, current: Option<&Account>, width: usize) -> Vec<Line<'static>> {
    let by_filter = super::nothing_marked(model);
    let text = if !model.ledger.filter.is_empty() {
        by_filter.as_str()
    } else if current.is_some_and(|current| current.book.rules.source == Source::Polled) {
        "Nothing recorded here. The figures of this account come from its provider. Press c to plan work and record or hold it, a to add a spend, a hold or an observation by hand."
    } else {
        "Nothing recorded yet. Press a to add what you bought or used, or c to plan work and record it. creditop ledger import FILE takes many entries at once."
    };
    let texts = paragraph(text, width.min(96), scene.theme().dim);
    std::iter::once(Line::default()).chain(texts).collect()
}
