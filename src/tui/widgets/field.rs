//! A text field: one line, with the usual editing keys and paste.

use crossterm::event::{Event, KeyEvent};
use ratatui::text::{Line, Span};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use crate::tui::format::clean;
use crate::tui::scene::Scene;

/// The most characters that a field takes.
const MOST: usize = 200;

/// What is typed and where the cursor stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    input: Input,
}

impl Field {
    pub(crate) fn text(&self) -> &str {
        self.input.value()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.input.value().is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.input.reset();
    }

    /// Takes a key; whether the text changed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        let before = self.input.value().to_owned();
        if before.chars().count() >= MOST && matches!(key.code, crossterm::event::KeyCode::Char(_)) && key.modifiers.is_empty() {
            return false;
        }
        self.input.handle_event(&Event::Key(key));
        self.input.value() != before
    }

    /// Takes pasted text, on one line and without control characters.
    pub(crate) fn paste(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.input.value().chars().count());
        for c in clean(text.trim()).chars().take(room) {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Types a space.
    pub(crate) fn space(&mut self) {
        self.input.handle(InputRequest::InsertChar(' '));
    }

    /// The visible part in `width` columns, and the cursor's column in it.
    pub(crate) fn view(&self, scene: &Scene<'_>, width: usize) -> (Span<'static>, usize) {
        let room = width.saturating_sub(1);
        let skipped = self.input.visual_scroll(room);
        let mut column = 0;
        let visible: String = self
            .input
            .value()
            .chars()
            .filter(|c| {
                let before = column;
                column += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
                before >= skipped && column <= skipped + room
            })
            .collect();
        (scene.text(visible), self.input.visual_cursor().saturating_sub(skipped))
    }

    /// The field behind its label in `width` columns, with a `hint` while nothing is typed; and the cursor's column.
    pub(crate) fn line(&self, scene: &Scene<'_>, label: Span<'static>, hint: &str, width: usize) -> (Line<'static>, usize) {
        let used = label.width();
        let (text, cursor) = self.view(scene, width.saturating_sub(used));
        let text = if self.is_empty() { scene.dim(hint) } else { text };
        (Line::from(vec![label, text]), used + cursor)
    }
}
