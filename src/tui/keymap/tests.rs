use crossterm::event::{KeyCode, KeyModifiers};

use super::*;

/// Whether letters are text here.
fn takes_text(context: Context) -> bool {
    use Context as C;
    matches!(context, C::Adding | C::Filtering | C::Day | C::Terms | C::Picker | C::Form | C::Help)
}

#[test]
fn no_key_means_two_things_in_one_context() {
    for (place, binding) in KEYS.iter().enumerate() {
        for other in KEYS.iter().skip(place + 1).filter(|other| other.context == binding.context) {
            for chord in binding.keys {
                assert!(!other.keys.contains(chord), "{chord:?} in {:?}", binding.context);
            }
        }
    }
}

#[test]
fn letters_are_only_text_where_a_field_has_the_focus() {
    for binding in KEYS.iter().filter(|binding| takes_text(binding.context)) {
        for chord in binding.keys {
            // No action is called by a question mark, and help that is searched has begun.
            let helps = matches!(binding.context, Context::Help | Context::Adding) && *chord == Chord::letter('?');
            assert!(helps || !matches!(chord, Chord::Plain(KeyCode::Char(_)) | Chord::Digit), "{binding:?}");
        }
    }
}

#[test]
fn every_key_finds_its_action_in_its_context() {
    for binding in KEYS {
        for chord in binding.keys {
            let key = match chord {
                Chord::Plain(code) => KeyEvent::new(*code, KeyModifiers::NONE),
                Chord::Ctrl(letter) => KeyEvent::new(KeyCode::Char(*letter), KeyModifiers::CONTROL),
                Chord::Digit => KeyEvent::new(KeyCode::Char('7'), KeyModifiers::NONE),
            };
            assert_eq!(action(&[binding.context], key), Some(binding.action), "{binding:?}");
        }
    }
}

#[test]
fn what_a_place_does_is_bound_in_that_place_only() {
    use Context as C;
    for binding in KEYS {
        let home: &[Context] = match binding.action {
            Action::Quit | Action::Suspend => &[C::Always],
            // Lists stand on every screen and in most boxes, and some of what works everywhere has another key in a field.
            Action::Move(_) | Action::Everywhere(_) => continue,
            Action::Overview(_) => &[C::Overview],
            Action::Account(_) => &[C::Account],
            Action::Ready(_) => &[C::Ready],
            Action::Field(_) => &[C::Adding],
            Action::Plan(_) => &[C::Calculator],
            Action::Ledger(_) => &[C::Ledger],
            Action::Filter(_) => &[C::Filtering],
            Action::Confirm(_) => &[C::Confirm, C::Insisting],
            Action::Day(_) => &[C::Day],
            Action::Terms(_) => &[C::Terms],
            Action::Picker(_) => &[C::Picker],
            Action::Form(_) => &[C::Form],
            Action::TextBox(_) => &[C::TextBox],
            Action::Help(_) => &[C::Help],
        };
        assert!(home.contains(&binding.context), "{binding:?}");
    }
}
