//! A long ledger: the dashboard has what was recorded of late, and reads what is older when it is asked for.

use std::sync::Arc;

use crate::credit::{Book, Entry, Ref, Seq};
use crate::tui::fixtures::{at, dealer, id, model_with, now, press, screen, setup, studio};
use crate::tui::model::Screen;
use crate::tui::{Effect, Message, Model, update};

/// A book with what happened after an entry of it alone.
fn since(book: &Book, entry: usize) -> Book {
    let begins = book.entries[entry].at;
    let start = book.checkpoints_at(&[begins], now()).unwrap().remove(0);
    let entries: Vec<Entry> = book.entries.iter().filter(|entry| entry.at > begins).cloned().collect();
    Book { start: Some(Arc::new(start)), entries: Arc::new(entries), ..book.clone() }
}

/// The ledger screen of the dealer, whose book begins after its fourth entry.
fn ledger(width: u16, height: u16) -> Model {
    let mut model = model_with(setup(), vec![studio(), since(&dealer(), 3)], width, height);
    press(&mut model, "jl");
    assert_eq!(model.screen, Screen::Ledger);
    model
}

fn listed(model: &Model) -> Vec<String> {
    let mut refs: Vec<String> =
        model.current().unwrap().entries().map(|explained| explained.entry.reference.to_string()).collect();
    refs.sort();
    refs
}

/// Asks for the older entries, and answers.
fn read_older(model: &mut Model) {
    let effects = press(model, "o");
    let [Effect::ReadOlder { request, account }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*account, id("dealer"));
    let entries = dealer().explained(now()).unwrap();
    update(model, Message::Older { request: *request, entries }, now());
}

#[test]
fn a_short_book_shows_what_the_whole_one_does() {
    let mut whole = model_with(setup(), vec![studio(), dealer()], 120, 40);
    let mut recent = model_with(setup(), vec![studio(), since(&dealer(), 3)], 120, 40);
    for keys in ["", "j", "c20 replace<CR>", "<Esc>"] {
        press(&mut whole, keys);
        press(&mut recent, keys);
        // The chart and what follows it begin where the book does.
        let text = |model: &Model| screen(model).lines().take_while(|line| !line.contains('█')).collect::<Vec<_>>().join("\n");
        assert_eq!(text(&recent), text(&whole), "after {keys:?}");
    }
}

#[test]
fn o_lists_the_older_entries_too() {
    let mut model = ledger(80, 24);
    assert_eq!(listed(&model), ["dealer-5", "dealer-6", "dealer-7"]);
    insta::assert_snapshot!("ledger_long_80x24", screen(&model));
    read_older(&mut model);
    let all: Vec<String> = (1..=7).map(|number| format!("dealer-{number}")).collect();
    assert_eq!(listed(&model), all, "each once");
    assert!(!screen(&model).contains("older"), "{}", screen(&model));
    assert_eq!(press(&mut model, "o"), [], "all are listed");
    // They stay when the account changes after them, and only then.
    let mut more = since(&dealer(), 3);
    Arc::make_mut(&mut more.entries).pop();
    update(&mut model, Message::BookChanged(Box::new(more)), now());
    assert_eq!(listed(&model), all[..6]);
    for begins in [1, 4] {
        update(&mut model, Message::BookChanged(Box::new(since(&dealer(), begins))), now());
        assert_eq!(listed(&model), all[begins + 1..], "something before its start may be new");
        read_older(&mut model);
    }
}

#[test]
fn what_came_late_is_not_missing_among_the_older_ones() {
    let mut model = ledger(80, 24);
    read_older(&mut model);
    // Another process records something early, and a checkpoint after it is there again.
    let mut book = dealer();
    let mut late = book.entries[1].clone();
    (late.reference, late.seq) = (Ref::new("late").unwrap(), Seq(99));
    Arc::make_mut(&mut book.entries).push(late);
    update(&mut model, Message::BookChanged(Box::new(since(&book, 3))), now());
    assert_eq!(listed(&model), ["dealer-5", "dealer-6", "dealer-7"]);
    assert!(screen(&model).contains("o: read the older ones"));
}

#[test]
fn the_list_of_all_accounts_begins_where_all_of_them_are_at_hand() {
    let mut model = ledger(80, 24);
    let mut early = since(&dealer(), 3);
    early.profile.id = id("other");
    for entry in Arc::make_mut(&mut early.entries) {
        entry.account = id("other");
    }
    let late = Book { start: since(&dealer(), 4).start, entries: since(&dealer(), 4).entries, ..dealer() };
    update(&mut model, Message::Books(vec![early, late]), now());
    press(&mut model, "s");
    let screen_of_all = screen(&model);
    // One of them begins only at noon of the 12th: what the other had until then would look as if it were all.
    assert!(screen_of_all.contains("All accounts   4 entries since 12 Nov 16:20"), "{screen_of_all}");
    assert!(!screen_of_all.contains("o:"), "{screen_of_all}");
    assert_eq!(press(&mut model, "o"), []);
    assert!(screen(&model).contains("Older entries are read for one account"));
    let mut short = model_with(setup(), vec![studio(), dealer()], 80, 24);
    assert_eq!(press(&mut short, "jlo"), []);
    assert!(screen(&short).contains("All entries are listed"));
}

#[test]
fn a_filter_says_that_it_looks_at_the_late_entries_alone() {
    let mut model = ledger(80, 24);
    press(&mut model, "/dealer-2<Enter>");
    assert!(screen(&model).contains("· o: older"), "{}", screen(&model));
    assert!(!listed_on_screen(&model, "120 × Replace"));
    read_older(&mut model);
    assert!(listed_on_screen(&model, "120 × Replace"), "{}", screen(&model));
}

fn listed_on_screen(model: &Model, text: &str) -> bool {
    screen(model).contains(text)
}

#[test]
fn the_note_fits_a_small_screen() {
    insta::assert_snapshot!("ledger_long_40x12", screen(&ledger(40, 12)));
    let model = ledger(120, 40);
    assert!(screen(&model).contains("3 entries since "), "{}", screen(&model));
    assert_eq!(at("2026-11-06T09:00:00Z"), model.current().unwrap().listed_since().unwrap());
}
