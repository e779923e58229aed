//! A text field: one line, with the usual editing keys and paste.

use crossterm::event::{Event, KeyEvent};
use ratatui::text::Span;
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::format::clean;
use super::scene::Scene;

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
}
