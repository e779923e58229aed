//! What stands on a row finds it.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::style::Modifier;

use crate::credit::{Book, Failure, FailureKind};
use crate::tui::Model;
use crate::tui::fixtures::{
    books, dealer, drawn, id, model, model_with, now, old_key, portraits, premium, press, screen, setup, unknown,
};
use crate::tui::widgets::Picker;

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
    book.health.failure = Some(Failure { kind, message: "No.".to_owned(), at: now(), retry_at: None, or_out_of_credit: false });
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

/// Accounts in every state that a row can show.
fn in_every_state() -> Vec<Book> {
    let mut all = [books(), vec![premium(), unknown()]].concat();
    for kind in FailureKind::ALL {
        for has_figures in [true, false] {
            let mut book = failing(kind);
            book.profile.id = id(&format!("{}-{has_figures}", kind.word()));
            book.profile.name = format!("F{} {has_figures}", all.len());
            if !has_figures {
                book.observations = Arc::default();
            }
            all.push(book.clone());
            if kind == FailureKind::Unauthorized {
                book.health.failure = book.health.failure.map(|failure| Failure { or_out_of_credit: true, ..failure });
                book.profile.id = id(&format!("or-{has_figures}"));
                book.profile.name = format!("Or {has_figures}");
                all.push(book);
            }
        }
    }
    let mut pending = failing(FailureKind::Timeout);
    (pending.health.failure, pending.observations) = (None, Arc::default());
    pending.profile.id = id("pending");
    let mut new = dealer();
    (new.entries, new.rules) = (Arc::default(), portraits().rules);
    Arc::make_mut(&mut new.rules).phases.clear();
    Arc::make_mut(&mut new.rules).scheduled.clear();
    new.profile.id = id("new");
    new.profile.name = "Fresh start".to_owned();
    all.extend([pending, new]);
    all
}

/// The words of a row, as a person would type them.
fn words_of(row: &str) -> impl Iterator<Item = &str> {
    row.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty())
}

#[test]
fn every_word_of_a_row_finds_that_row() {
    for width in [40, 80, 120, 200] {
        for keys in ["", "t", "p"] {
            let mut model = model_with(setup(), in_every_state(), width, 90);
            press(&mut model, keys);
            let mut found: HashMap<String, Vec<String>> = HashMap::new();
            let shown = screen(&model);
            for (row, account) in shown.lines().skip(5).zip(&model.accounts) {
                for word in words_of(row) {
                    let found = found.entry(word.to_owned()).or_insert_with(|| {
                        let mut typed = model.clone();
                        press(&mut typed, "/");
                        typed.overview.filter.paste(word);
                        press(&mut typed, "<Enter>");
                        listed(&typed)
                    });
                    assert!(found.contains(&account.id().to_string()), "{word:?} of {row:?} finds {found:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_shown_of_the_selected_account_as_unknown_is_found_by_that_word() {
    for typed in ["unknown", "– unknown"] {
        let found = found(in_every_state(), typed);
        let no_figures = ["unknown", "timeout-false", "forbidden-false", "pending"];
        assert!(no_figures.iter().all(|id| found.contains(&(*id).to_owned())), "{typed}: {found:?}");
        assert!(!found.contains(&"studio".to_owned()), "{found:?}");
    }
}

#[test]
fn every_word_of_a_row_of_the_picker_finds_that_row() {
    for width in [40, 80] {
        let mut model = model_with(setup(), in_every_state(), width, 70);
        press(&mut model, "c<Esc>");
        model.calculator.adding = false;
        press(&mut model, "a");
        let shown = screen(&model);
        let all: Vec<String> = model.accounts.iter().map(|account| account.id().to_string()).collect();
        let rows = shown.lines().filter(|line| line.contains('│')).skip(2);
        for (id, row) in all.iter().zip(rows) {
            for word in words_of(row) {
                let mut typed = Picker::default();
                typed.paste(word);
                let found: Vec<String> =
                    typed.matches(&model.accounts, false).iter().map(|account| account.id().to_string()).collect();
                assert!(found.contains(id), "{word:?} of {row:?} finds {found:?}");
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
