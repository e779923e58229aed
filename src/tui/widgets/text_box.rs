//! A box to read something whole in: labels with their texts, scrolled where there is no room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;
use unicode_width::UnicodeWidthStr;

use super::list::Move;
use super::popup::Popup;
use super::text::{labelled, scrolled};
use crate::credit::{AccountId, Ref};
use crate::tui::scene::Scene;

/// Lines that a page key moves by.
const PAGE: usize = 8;

/// What ends the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextBoxAction {
    Close,
}

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

    pub(crate) fn move_to(&mut self, to: Move) {
        self.scroll = to.from(Some(self.scroll), usize::MAX, PAGE);
    }

    /// Draws it with what there is to read.
    pub(crate) fn draw(&self, scene: &Scene<'_>, (title, rows): (String, Vec<Row>), area: Rect, buffer: &mut Buffer) {
        let width = Popup::inside(area, 6, 96);
        let labels = rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
        let lines: Vec<Line<'_>> = rows.iter().flat_map(|(label, text)| labelled(scene, label, labels, text, width)).collect();
        let height = lines.len().min(usize::from(area.height.saturating_sub(2)));
        let lines = scrolled(lines, self.scroll, height, |more| Line::from(scene.dim(format!("↓ {more} more"))));
        Popup::new(scene, &title, width, lines).render(area, buffer);
    }
}
