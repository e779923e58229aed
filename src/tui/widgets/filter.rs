//! A filter over a list: what is typed, and whether it is being typed.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::field::Field;
use crate::tui::scene::Scene;

/// What ends the typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilterAction {
    /// The list stays filtered.
    Keep,
    /// Everything is shown again.
    Clear,
}

/// A filter field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    field: Field,
    /// Whether it has the focus.
    pub(crate) typing: bool,
}

impl Filter {
    pub(crate) fn text(&self) -> &str {
        self.field.text()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.field.is_empty()
    }

    /// Whether it stands above the list: something is typed, or about to be.
    pub(crate) fn is_shown(&self) -> bool {
        self.typing || !self.is_empty()
    }

    pub(crate) fn act(&mut self, action: FilterAction) {
        self.typing = false;
        match action {
            FilterAction::Keep => {}
            FilterAction::Clear => self.field.clear(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.field.clear();
    }

    pub(crate) fn key(&mut self, key: KeyEvent) {
        self.field.key(key);
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// Its line at the top of `area`, with what it leaves of the list.
    pub(crate) fn line(&self, scene: &Scene<'_>, left: String, area: Rect) -> Line<'static> {
        let (text, cursor) = self.field.view(scene, usize::from(area.width).saturating_sub(30));
        if self.typing {
            scene.put_cursor(area.x + 4 + u16::try_from(cursor).unwrap_or(0), area.y);
        }
        Line::from(vec![scene.span("  / ", |theme| theme.accent), text, scene.dim(left)])
    }
}
