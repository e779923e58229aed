//! Driving the dashboard in tests: keys in, frames out.

use chrono_tz::Tz;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::credit::{AccountId, Book, Instant};
use crate::tui::fixtures::{books, now};
use crate::tui::requests::Pending;
use crate::tui::{Drawn, Effect, Message, Model, Setup, Wished, update, view};

pub(crate) fn setup() -> Setup {
    Setup { zone: Tz::Europe__Berlin, ..Setup::default() }
}

pub(crate) fn model_with(setup: Setup, books: Vec<Book>, width: u16, height: u16) -> Model {
    let mut model = Model::new(setup);
    update(&mut model, Message::Resized(width, height), now());
    update(&mut model, Message::Books(books), now());
    model
}

pub(crate) fn model(width: u16, height: u16) -> Model {
    model_with(setup(), books(), width, height)
}

/// Presses keys: each character is one, `<Enter>` and the like are named.
pub(crate) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|tail| tail.split_once('>'));
        let (code, tail) = match named {
            Some((name, tail)) => (named_key(name), tail),
            None => (KeyCode::Char(first), rest.strip_prefix(first).unwrap()),
        };
        let modifiers = match named {
            Some((name, _)) if name.starts_with("C-") => KeyModifiers::CONTROL,
            _ => KeyModifiers::NONE,
        };
        effects.extend(update(model, Message::Key(KeyEvent::new(code, modifiers)), now()));
        rest = tail;
    }
    effects
}

/// Answers a wish for polls that was made just now.
pub(crate) fn answer_wish(model: &mut Model, wished: Vec<(AccountId, Wished)>) {
    let request = model.requests.open(Pending::Refresh);
    update(model, Message::Wished { request, wished }, now());
}

fn named_key(name: &str) -> KeyCode {
    match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Del" => KeyCode::Delete,
        "Backspace" => KeyCode::Backspace,
        "End" => KeyCode::End,
        "Home" => KeyCode::Home,
        "PgDn" => KeyCode::PageDown,
        other => KeyCode::Char(other.chars().last().unwrap()),
    }
}

fn drawn_at(model: &Model, width: u16, height: u16, at: Instant) -> (Buffer, Drawn) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let drawn = view(model, &mut buffer, at);
    (buffer, drawn)
}

pub(crate) fn drawn(model: &Model, width: u16, height: u16) -> Buffer {
    drawn_at(model, width, height, now()).0
}

/// All that is seen in the model's own size, and until when that stays true.
pub(crate) fn picture(model: &Model, at: Instant) -> ((Buffer, Option<Position>), Option<Instant>) {
    let (buffer, Drawn { cursor, until }) = drawn_at(model, model.size.0, model.size.1, at);
    ((buffer, cursor), until)
}

pub(crate) fn next_wake(model: &Model, at: Instant) -> Option<Instant> {
    picture(model, at).1
}

/// The frame as text, one line per row, without spaces at the ends.
pub(crate) fn screen(model: &Model) -> String {
    let (width, height) = model.size;
    text_of(&drawn(model, width, height))
}

pub(crate) fn text_of(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let rows = buffer.content.chunks(width).map(|row| {
        let mut text = String::new();
        let mut skip = 0;
        for cell in row {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            text.push_str(cell.symbol());
        }
        text.trim_end().replace('\u{202f}', " ")
    });
    rows.collect::<Vec<_>>().join("\n")
}
