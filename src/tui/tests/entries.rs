//! An entry on its row, whole in a box, and as a line to paste.

use std::sync::Arc;

use crate::credit::{Book, EntryBody, Ref};
use crate::tui::fixtures::{at, dealer, model_with, now, press, screen, setup};
use crate::tui::ledger::rows;
use crate::tui::{Effect, Message, Model, update};

/// The dealer's account as entries are recorded from the dashboard: refs that nobody gave, instants to the nanosecond, an actor.
fn recorded() -> Book {
    let mut book = dealer();
    let entries = Arc::make_mut(&mut book.entries);
    for (place, entry) in entries.iter_mut().enumerate() {
        entry.reference = Ref::new(&format!("20261112-1520{place:02}-000{place}")).unwrap();
        entry.actor = Some("ann".to_owned());
        entry.at += chrono::TimeDelta::nanoseconds(123_456_789);
        entry.recorded_at = entry.at + chrono::TimeDelta::milliseconds(3);
    }
    let spent = entries[2].reference.clone();
    entries[3].body = EntryBody::Reverse { reverses: spent };
    entries[4].note = Some("for the Saturday campaign of the branch in the north, all cars of the second row".to_owned());
    book
}

fn ledger(book: Book, width: u16, height: u16) -> Model {
    let mut model = model_with(setup(), vec![book], width, height);
    press(&mut model, "l");
    model
}

#[test]
fn refs_that_nobody_gave_are_no_words_for_people() {
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let model = ledger(recorded(), width, height);
        let text = screen(&model);
        assert!(!text.contains("20261112") && !text.contains("ref "), "{text}");
        assert!(width < 100 || text.contains("of spend of 5 Nov"), "{text}");
        assert!(!text.contains("recorded"), "it was recorded in the same minute: {text}");
    }
    let mut given = recorded();
    let entry = &mut Arc::make_mut(&mut given.entries)[6];
    (entry.reference, entry.note) = (Ref::new("inv-7").unwrap(), None);
    assert!(screen(&ledger(given, 120, 40)).contains("ref inv-7"), "a ref that somebody gave is shown");
}

#[test]
fn what_is_copied_of_an_entry_can_be_sent_to_a_customer() {
    let mut model = ledger(recorded(), 80, 24);
    press(&mut model, "jj");
    let copied = press(&mut model, "y");
    let [Effect::Copy { text, .. }] = copied.as_slice() else { panic!("{copied:?}") };
    for words in
        ["Dealer North", "12 Nov 2026 16:20", "−95 credits", "from Promotional", "of the second row", "ref 20261112-152004-0004"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("· ·") && !text.contains("recorded"), "{text}");
    press(&mut model, "p");
    let copied = press(&mut model, "y");
    let [Effect::Copy { text, .. }] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(
        text.starts_with("Account 1") && text.contains("12 Nov 2026") && !text.contains("Saturday") && !text.contains("20261112"),
        "{text}"
    );
}

#[test]
fn enter_shows_the_whole_entry_at_every_size() {
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut model = ledger(recorded(), width, height);
        press(&mut model, "jj<Enter>");
        let mut shown = screen(&model);
        for _ in 0..20 {
            press(&mut model, "j");
            shown.push_str(&screen(&model));
        }
        for words in [
            "account",
            "Dealer North",
            "happened",
            "12 Nov 2026 16:20",
            "recorded",
            "ann",
            "−95 credits",
            "95 from Promotional",
            "second row",
            "20261112-152004-0004",
        ] {
            assert!(shown.contains(words), "{width}: {words}: {shown}");
        }
        press(&mut model, "<Enter>");
        assert!(model.overlay.is_none());
        press(&mut model, "j<Enter>");
        assert!(screen(&model).contains("reversed") || screen(&model).contains("reverses"), "{}", screen(&model));
    }
}

#[test]
fn a_box_about_an_entry_that_is_gone_says_so() {
    let mut model = ledger(recorded(), 80, 24);
    press(&mut model, "<Enter>");
    let mut other = recorded();
    Arc::make_mut(&mut other.entries).pop();
    update(&mut model, Message::BookChanged(Box::new(other)), now());
    assert!(screen(&model).contains("not listed any more"), "{}", screen(&model));
}

/// The refs of the entries that are listed.
fn listed(model: &Model) -> Vec<Ref> {
    rows(model).window(0, 7).map(|(_, explained)| explained.entry.reference.clone()).collect()
}

#[test]
fn every_word_of_an_entrys_row_finds_it() {
    let mut book = recorded();
    Arc::make_mut(&mut book.entries)[1].recorded_at = at("2026-11-08T07:00:00Z");
    for (width, keys) in [(40, ""), (80, ""), (120, "s"), (200, "s"), (200, "p")] {
        let mut model = ledger(book.clone(), width, 40);
        press(&mut model, keys);
        let shown = screen(&model);
        let all = listed(&model);
        assert_eq!(all.len(), 7);
        for (row, wanted) in shown.lines().skip(5).zip(&all) {
            for word in row.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())) {
                if word.is_empty() {
                    continue;
                }
                let mut typed = model.clone();
                press(&mut typed, "/");
                typed.ledger.filter.paste(word);
                press(&mut typed, "<Enter>");
                assert!(listed(&typed).contains(wanted), "{word:?} of {row:?}: {}", screen(&typed));
            }
        }
    }
}
