//! A box to read something whole in: labels with their texts, scrolled where there is no room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::format::{left, wrapped};
use super::keymap::Action;
use super::ledger;
use super::model::Model;
use super::overlay::boxed;
use super::scene::{ELLIPSIS, Scene};
use super::troubles;
use super::view::paint;
use crate::credit::{AccountId, Ref};

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// An entry of the ledger.
    Entry(AccountId, Ref),
    /// What is wrong with the configuration and the files that it names.
    Troubles,
}

/// The box that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextBox {
    pub(crate) about: About,
    /// The first line that is shown.
    scroll: usize,
}

/// A label and what stands for it.
pub(crate) type Row = (String, String);

impl TextBox {
    pub(crate) fn new(about: About) -> Self {
        Self { about, scroll: 0 }
    }

    /// Scrolls; `None` where it is closed.
    pub(crate) fn update(mut self, action: Action) -> Option<Self> {
        match action {
            Action::Leave => return None,
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::Down => self.scroll += 1,
            Action::PageUp => self.scroll = self.scroll.saturating_sub(8),
            Action::PageDown => self.scroll += 8,
            _ => {}
        }
        Some(self)
    }
}

/// Draws it.
pub(crate) fn draw(text_box: &TextBox, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let (title, rows) = match &text_box.about {
        About::Entry(account, reference) => ledger::entry_rows(model, scene, account, reference),
        About::Troubles => troubles::rows(model, scene),
    };
    let width = usize::from(area.width.saturating_sub(6)).min(96);
    let labels = rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (label, text) in &rows {
        for (place, text) in wrapped(text, width.saturating_sub(labels + 2)).into_iter().enumerate() {
            let label = if place == 0 { label.as_str() } else { "" };
            lines.push(Line::from(vec![scene.dim(format!("{}  ", left(label, labels, ELLIPSIS))), scene.text(text)]));
        }
    }
    let height = lines.len().min(usize::from(area.height.saturating_sub(2)));
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX - 8);
    let inside = boxed(scene, &title, length(width), length(height), area, buffer);
    let room = usize::from(inside.height);
    let first = text_box.scroll.min(lines.len().saturating_sub(room));
    let hidden = lines.len().saturating_sub(first + room);
    let mut shown: Vec<Line<'_>> = lines.into_iter().skip(first).take(room).collect();
    if hidden > 0 {
        shown.pop();
        shown.push(Line::from(scene.dim(format!("↓ {} more", hidden + 1))));
    }
    paint(buffer, inside, &shown);
}
