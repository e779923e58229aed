//! For any keys, clicks, pastes and sizes: no panic, and every frame fits its area.

use chrono::TimeDelta;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use crate::tui::fixtures::{books, drawn, id, model_with, next_wake, now, premium, setup, studio, unknown};
use crate::tui::{Message, PollPhase, RequestId, Setup, Theme, update};

fn key() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        4 => prop::char::range(' ', '~').prop_map(KeyCode::Char),
        2 => prop::sample::select("cclRHvadyynx+-?/:jkgG0123456789.tups".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right,
            KeyCode::Home, KeyCode::End, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Backspace, KeyCode::Delete, KeyCode::F(5),
        ]),
    ];
    (
        codes,
        prop::sample::select(vec![
            KeyModifiers::NONE,
            KeyModifiers::NONE,
            KeyModifiers::NONE,
            KeyModifiers::CONTROL,
            KeyModifiers::ALT,
        ]),
    )
        .prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn message() -> impl Strategy<Value = Message> {
    let mouse =
        prop::sample::select(vec![MouseEventKind::Down(MouseButton::Left), MouseEventKind::ScrollUp, MouseEventKind::ScrollDown]);
    prop_oneof![
        20 => key().prop_map(Message::Key),
        2 => (mouse, 0..210u16, 0..70u16).prop_map(|(kind, column, row)| {
            Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
        }),
        1 => any::<String>().prop_map(Message::Paste),
        2 => (0..210u16, 0..70u16).prop_map(|(columns, rows)| Message::Resized(columns, rows)),
        1 => Just(Message::BookChanged(Box::new(studio()))),
        1 => prop::sample::select(vec![0, 1, 3]).prop_map(|count| Message::Books(books().into_iter().take(count).collect())),
        1 => Just(Message::Polls(vec![(id("studio"), PollPhase::Asking)])),
        1 => (0..9u64).prop_map(|number| Message::Recorded { request: RequestId::nth(number), entries: Vec::new() }),
        1 => (any::<String>(), prop::option::of(0..9u64)).prop_map(|(what, number)| {
            Message::Refused { request: number.map(RequestId::nth), what, hint: None }
        }),
        1 => Just(Message::Woke),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_is_survived_and_every_frame_fits(messages in prop::collection::vec(message(), 0..60), ascii: bool, step in 0..100_000i64) {
        let theme = if ascii { Theme::plain() } else { Theme::dark() };
        let all = [books(), vec![premium(), unknown()]].concat();
        let mut model = model_with(Setup { theme, ascii, ..setup() }, all, 80, 24);
        let mut at = now();
        for message in messages {
            at += TimeDelta::seconds(step);
            update(&mut model, message, at);
            if let Some(wake) = next_wake(&model, at) {
                prop_assert!(wake > at);
            }
        }
        let (width, height) = model.size;
        let buffer = drawn(&model, width.max(1), height.max(1));
        prop_assert!(buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control)));
        prop_assert!(!ascii || buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    }
}
