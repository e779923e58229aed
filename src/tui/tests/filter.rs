//! What stands on a row finds it.

use ratatui::style::Modifier;

use crate::credit::{Book, Failure, FailureKind};
use crate::tui::Model;
use crate::tui::fixtures::{books, dealer, drawn, id, model, model_with, now, old_key, press, screen, setup};

fn listed(model: &Model) -> Vec<String> {
    let places = model.overview.shown.iter().map(|place| model.accounts.get(*place).unwrap().id().to_string());
    places.collect()
}

fn found(books: Vec<Book>, typed: &str) -> Vec<String> {
    let mut model = model_with(setup(), books, 80, 24);
    press(&mut model, &format!("/{typed}"));
    listed(&model)
}

fn failing(kind: FailureKind) -> Book {
    let mut book = old_key();
    book.profile.id = id(kind.word());
    book.profile.name = "Somebody".to_owned();
    book.health.failure = Some(Failure { kind, message: "No.".to_owned(), at: now(), retry_at: None });
    book
}

fn named(account: &str, name: &str) -> Book {
    let mut book = dealer();
    book.profile.id = id(account);
    book.profile.name = name.to_owned();
    book.profile.customer = None;
    book
}

#[test]
fn the_words_of_states_and_failures_find_their_rows() {
    for kind in [FailureKind::Unauthorized, FailureKind::Forbidden, FailureKind::RateLimited, FailureKind::NoKey] {
        let mut all = books();
        all.push(failing(kind));
        let found = found(all, kind.word());
        assert!(found.contains(&kind.word().to_owned()) && !found.contains(&"studio".to_owned()), "{kind:?}: {found:?}");
    }
    assert_eq!(found(books(), "stale"), ["old"]);
    assert_eq!(found(books(), "forbidden"), ["old"]);
    assert_eq!(found(books(), "photoroom"), ["shop", "old"]);
    assert_eq!(found(books(), "professional"), ["dealer"]);
}

#[test]
fn a_state_that_no_account_is_in_finds_none() {
    let books = vec![named("a", "Stainless Tales"), named("b", "For bid den"), named("c", "Mr. T")];
    for typed in ["stale", "forbidden", "unauthorized", "rate-limited", "empty"] {
        assert_eq!(found(books.clone(), typed), [""; 0], "{typed}");
    }
}

#[test]
fn ids_addresses_customers_and_labels_are_searched() {
    let mut labelled = named("xy-77", "Somebody");
    labelled.profile.tags = vec!["wholesale".to_owned()];
    labelled.profile.customer = Some("Autohaus Müller".to_owned());
    let all = || [books(), vec![labelled.clone()]].concat();
    for typed in ["xy-77", "wholesale", "mueller", "muller", "müller"] {
        assert_eq!(found(all(), typed), ["xy-77"], "{typed}");
    }
    assert!(found(all(), "owner@example").contains(&"studio".to_owned()));
}

#[test]
fn the_better_match_goes_before_the_order_of_the_file() {
    let books = vec![named("a", "Reprofile"), named("b", "Professional photos"), named("prof", "Someone")];
    assert_eq!(found(books, "prof"), ["prof", "b", "a"]);
    let mut model = model_with(setup(), vec![named("a", "Ostudio"), named("b", "Studio")], 80, 24);
    press(&mut model, "/studio");
    assert_eq!(model.selected, Some(id("b")), "the best match is selected");
}

#[test]
fn the_letters_that_match_are_underlined() {
    let mut model = model(80, 24);
    press(&mut model, "/dealer");
    let buffer = drawn(&model, 80, 24);
    let row = screen(&model).lines().position(|line| line.contains("▌ ◷ Dealer")).unwrap();
    let cells = (0..80).filter_map(|x| buffer.cell((x, u16::try_from(row).unwrap())));
    let marked: String =
        cells.filter(|cell| cell.modifier.contains(Modifier::UNDERLINED)).map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(marked.trim_end_matches('▇'), "Dealer");
}

#[test]
fn while_names_are_masked_they_find_nothing() {
    let mut model = model(80, 24);
    press(&mut model, "p/dealer");
    assert_eq!(listed(&model), [""; 0]);
    press(&mut model, "<Esc>/account 5");
    assert_eq!(listed(&model), ["dealer"]);
    press(&mut model, "<Esc>p/dealer");
    assert_eq!(listed(&model), ["dealer"]);
    press(&mut model, "<Enter>p");
    assert_eq!(listed(&model), [""; 0], "a filter that stays must not tell whose account the row is");
}

#[test]
fn every_word_of_a_row_finds_that_row() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let model = model(width, height);
        let shown = screen(&model);
        for account in &model.accounts {
            let name = account.book.profile.name.as_str();
            let row = shown.lines().find(|line| line.contains(&format!(" {name} "))).unwrap();
            let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
            for word in row.split_whitespace().map(|word| word.trim_end_matches('…')).filter(is_word) {
                let mut typed = model_with(setup(), books(), width, height);
                press(&mut typed, &format!("/{word}"));
                assert!(listed(&typed).contains(&account.id().to_string()), "{word:?} of {row:?} finds {:?}", listed(&typed));
            }
        }
    }
}

#[test]
fn the_words_of_the_contract_find_what_the_row_says_in_its_own() {
    for typed in ["lapses", "lapse", "285"] {
        let mut model = model(80, 24);
        let lapsing: Vec<String> = screen(&model)
            .lines()
            .filter(|line| line.contains(" lapse"))
            .filter_map(|line| model.accounts.iter().find(|account| line.contains(&format!("◷ {}", account.book.profile.name))))
            .map(|account| account.id().to_string())
            .collect();
        press(&mut model, &format!("/{typed}"));
        assert!(
            !lapsing.is_empty() && lapsing.iter().all(|id| listed(&model).contains(id)),
            "{typed}: {lapsing:?} but {:?}",
            listed(&model)
        );
    }
    assert_eq!(found(books(), "key-refused"), ["old"]);
}
