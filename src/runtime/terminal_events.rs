//! What the terminal tells: keys, clicks, pastes and sizes, as the screens hear of them.

use std::thread;

use crossterm::event::{Event, MouseEventKind, read};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::screen::bounded;
use crate::report::{Ending, Report};
use crate::tui::Message;

/// The events of the terminal, read on a thread of their own; they end when the terminal is gone.
///
/// Not by crossterm's `EventStream`: reading from a terminal that was just closed never returns there, and it reads on the thread
/// that polls it, which would be the loop's: the signal that tells us to end would wait for ever.
pub(super) fn terminal_events() -> Result<UnboundedReceiver<Event>, Report> {
    let (heard, events) = unbounded_channel();
    let listen = move || {
        while let Ok(event) = read() {
            if heard.send(event).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(listen)
        .map_err(|error| Report::new(Ending::Internal, format!("can't start the terminal's thread: {error}")))?;
    Ok(events)
}

/// What the screens hear of an event of the terminal. Mere movements of the mouse change nothing.
pub(super) fn message_of(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key(key)),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => None,
        // A column or row 0, which no terminal has: counted from 0 it comes out as the largest number.
        Event::Mouse(mouse) if mouse.column == u16::MAX || mouse.row == u16::MAX => None,
        Event::Mouse(mouse) => Some(Message::Mouse(mouse)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => {
            let (columns, rows) = bounded(columns, rows);
            Some(Message::Resized(columns, rows))
        }
        Event::FocusGained | Event::FocusLost => None,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};

    use super::*;

    #[test]
    fn a_mouse_that_merely_moves_draws_nothing() {
        let mouse = |kind| Event::Mouse(MouseEvent { kind, column: 1, row: 1, modifiers: KeyModifiers::NONE });
        assert!(message_of(mouse(MouseEventKind::Moved)).is_none());
        assert!(message_of(Event::FocusLost).is_none());
        assert!(matches!(message_of(mouse(MouseEventKind::ScrollDown)), Some(Message::Mouse(_))));
    }

    #[test]
    fn s14_a_click_in_column_or_row_0_is_no_click() {
        // Terminals count from 1; what is sent as 0 arrives as the largest number.
        for (column, row) in [(u16::MAX, 4), (4, u16::MAX), (u16::MAX, u16::MAX)] {
            let kind = MouseEventKind::Down(crossterm::event::MouseButton::Left);
            let click = Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
            assert!(message_of(click).is_none(), "{column} {row}");
        }
    }

    #[test]
    fn keys_pastes_and_sizes_reach_the_screens() {
        let key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        assert!(matches!(message_of(Event::Key(key)), Some(Message::Key(pressed)) if pressed == key));
        assert!(matches!(message_of(Event::Paste("12".to_owned())), Some(Message::Paste(text)) if text == "12"));
        assert!(matches!(message_of(Event::Resize(80, 24)), Some(Message::Resized(80, 24))));
        assert!(matches!(message_of(Event::Resize(65_535, 65_535)), Some(Message::Resized(1000, 200))));
    }
}
