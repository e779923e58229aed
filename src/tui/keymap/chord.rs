//! A key as it is pressed, and its name on screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Chord {
    /// A key without Ctrl; Shift is part of the character.
    Plain(KeyCode),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Any digit, or the point.
    Digit,
}

impl Chord {
    /// A letter without Ctrl.
    pub(crate) const fn letter(letter: char) -> Self {
        Self::Plain(KeyCode::Char(letter))
    }

    /// Whether a key event is this chord.
    pub(crate) fn fits(self, key: KeyEvent) -> bool {
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match self {
            Self::Plain(code) => plain && key.code == code,
            Self::Ctrl(letter) => {
                key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char(letter)
                    || matches!(key.code, KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) && c.eq_ignore_ascii_case(&letter))
            }
            Self::Digit => plain && matches!(key.code, KeyCode::Char('0'..='9' | '.')),
        }
    }

    /// The key's name on screen.
    pub(crate) fn name(self, ascii: bool) -> String {
        let pick = |sign: &str, word: &str| if ascii { word.to_owned() } else { sign.to_owned() };
        match self {
            Self::Ctrl(letter) => format!("Ctrl-{}", letter.to_ascii_uppercase()),
            Self::Digit => "0-9".to_owned(),
            Self::Plain(code) => match code {
                KeyCode::Char(' ') => "Space".to_owned(),
                KeyCode::Char(c) => c.to_string(),
                KeyCode::Enter => pick("⏎", "Enter"),
                KeyCode::Up => pick("↑", "Up"),
                KeyCode::Down => pick("↓", "Down"),
                KeyCode::Left => pick("←", "Left"),
                KeyCode::Right => pick("→", "Right"),
                KeyCode::Esc => "Esc".to_owned(),
                KeyCode::Tab => "Tab".to_owned(),
                KeyCode::BackTab => "Shift-Tab".to_owned(),
                KeyCode::Backspace => "Backspace".to_owned(),
                KeyCode::Delete => "Del".to_owned(),
                KeyCode::Home => "Home".to_owned(),
                KeyCode::End => "End".to_owned(),
                KeyCode::PageUp => "PgUp".to_owned(),
                KeyCode::PageDown => "PgDn".to_owned(),
                other => format!("{other:?}"),
            },
        }
    }
}
