//! Every key of the key map does something that can be seen, on every screen where it is bound; footers name whole hints.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::calculator::FieldAction;
use crate::tui::fixtures::{model, now, picture, press, screen};
use crate::tui::keymap::{self, Action, Binding, Chord, Context, KEYS, bindings};
use crate::tui::ledger::FormAction;
use crate::tui::widgets::list::Move;
use crate::tui::{Message, Model, update};

/// Every place where keys mean something, by the keys that lead there. The selection stands in the middle of lists, so that it can move
/// both ways.
const PLACES: &[(&str, &str)] = &[
    ("overview", "jj"),
    ("overview, filtered", "/st<Enter>"),
    ("overview, typing a filter", "/st"),
    ("overview, no match", "/zzzq<Enter>"),
    ("account", "jjjj<Enter>j"),
    ("account, the first", "<Enter>"),
    ("calculator, the field with nothing planned", "c"),
    ("calculator, the field", "c165 imag<Enter>5 remo<Enter>"),
    ("calculator, typing", "c165 imag<Enter>5 mid<Down>"),
    ("calculator, the plan", "c165 imag<Enter>5 remo<Enter>7 flux<Enter><Esc>k"),
    ("calculator, a plan that does not fit", "c9999 imag<Enter><Esc>"),
    ("calculator, an emptied plan", "c165 imag<Enter><Esc>X"),
    ("ledger", "jjjjljjj"),
    ("ledger, nothing recorded", "l"),
    ("ledger, typing a filter", "jjjjl/inv"),
    ("a question", "jjjjljjx"),
    ("a question before a hold", "c5 imag<Enter>H"),
    ("a hold's terms", "c5 imag<Enter>He"),
    ("another day", "c5 imag<Enter><C-t>"),
    ("the picker", "c5 imag<Enter><Esc>a<Down>"),
    ("a new entry", "jjjjla"),
    ("the help", "?<Down><Down>"),
];

fn at(keys: &str, width: u16, height: u16) -> Model {
    let mut model = model(width, height);
    press(&mut model, keys);
    model.toast = None;
    model
}

fn event(chord: Chord) -> KeyEvent {
    match chord {
        Chord::Plain(code) => KeyEvent::new(code, KeyModifiers::NONE),
        Chord::Ctrl(letter) => KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL),
        Chord::Digit => KeyEvent::new(KeyCode::Char('7'), KeyModifiers::NONE),
    }
}

/// What may be seen to do nothing, and why that is right.
fn is_excused(binding: &Binding, place: &str) -> bool {
    match binding.action {
        // What moves stops at an end, and where everything is seen nothing scrolls: the mark says so.
        Action::Move(_) | Action::Form(FormAction::PreviousField) => true,
        // With one word typed there is no cursor to move to its right.
        Action::Field(FieldAction::NextAccount) => place == "calculator, typing",
        _ => false,
    }
}

#[test]
fn every_key_of_the_map_does_something_that_is_seen_or_says_why_not() {
    let mut mute = Vec::new();
    for (place, keys) in PLACES {
        let before = at(keys, 120, 40);
        let contexts = before.contexts();
        for binding in bindings(&contexts).filter(|binding| !is_excused(binding, place)) {
            for chord in binding.keys {
                if keymap::action(&contexts, event(*chord)) != Some(binding.action) {
                    continue;
                }
                let mut after = before.clone();
                let effects = update(&mut after, Message::Key(event(*chord)), now());
                if effects.is_empty() && picture(&before, now()).0 == picture(&after, now()).0 {
                    mute.push(format!("{place}: {} ({:?})", chord.name(true), binding.action));
                }
            }
        }
    }
    assert!(mute.is_empty(), "{} keys do nothing and say nothing:\n{}", mute.len(), mute.join("\n"));
}

#[test]
fn a_list_moves_by_every_key_that_moves_it() {
    for binding in KEYS.iter().filter(|binding| binding.context == Context::List) {
        for chord in binding.keys {
            let up = matches!(binding.action, Action::Move(Move::Up | Move::First | Move::PageUp));
            let keys = if up { "jjj" } else { "jj" };
            for place in ["", "jjjjl"] {
                let before = at(&format!("{place}{keys}"), 120, 40);
                let mut after = before.clone();
                update(&mut after, Message::Key(event(*chord)), now());
                assert_ne!(picture(&before, now()).0, picture(&after, now()).0, "{place}{keys}: {chord:?}");
            }
        }
    }
}

#[test]
fn footers_and_hints_are_whole_at_every_width() {
    let labels: Vec<String> = KEYS.iter().map(|binding| binding.label.to_owned()).collect();
    let more = ["back", "clear", "quit", "to the plan", "this account"].map(str::to_owned);
    for (place, keys) in PLACES {
        let mut model = at(keys, 80, 24);
        // A low screen has the same footer: there a few widths tell.
        for width in 40..=250 {
            for height in if width % 20 == 0 { vec![12, 24] } else { vec![24] } {
                model.size = (width, height);
                let text = screen(&model);
                let footer = text.lines().nth(usize::from(height) - 1).unwrap_or_default();
                for hint in footer.trim().split("   ").filter(|hint| !hint.is_empty()) {
                    let (key, label) = hint.split_once(' ').unwrap_or((hint, ""));
                    let known = labels.iter().chain(&more).any(|known| known == label);
                    assert!(known && !key.is_empty(), "{place} at {width}: {hint:?} in {footer:?}");
                }
                // A box may stand over it.
                let hinted = text.lines().filter(|line| line.contains(" › ") && line.contains('←'));
                for line in hinted.filter(|_| model.overlay.is_none()) {
                    assert!(line.contains("← → account"), "{place} at {width}: {line}");
                }
            }
        }
    }
}
