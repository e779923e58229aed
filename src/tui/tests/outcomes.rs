//! Every `r` ends in a line that says what it came to.

use crate::credit::{Book, Failure, FailureKind};
use crate::tui::fixtures::{answer_wish, id, model, now, press, screen, studio};
use crate::tui::{Effect, Message, Model, Wished, update};

fn toast(model: &Model) -> String {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str()).replace('\u{202f}', " ")
}

fn wish(model: &mut Model, ids: &[&str]) {
    let wished = ids.iter().map(|name| (id(name), Wished::Asking)).collect();
    answer_wish(model, wished);
}

fn answered(model: &mut Model, book: Book) {
    update(model, Message::BookChanged(Box::new(book)), now() + chrono::TimeDelta::seconds(2));
}

fn polled(mut book: Book) -> Book {
    book.health.last_ok_at = Some(now() + chrono::TimeDelta::seconds(2));
    book
}

fn poorer() -> Book {
    let mut book = studio();
    book.observations = std::sync::Arc::new(book.observations.iter().take(7).cloned().collect());
    polled(book)
}

fn refused(mut book: Book) -> Book {
    let message = "the key was refused (HTTP 401): check the key".to_owned();
    book.health.failure =
        Some(Failure { kind: FailureKind::Unauthorized, message, at: now(), retry_at: None, or_out_of_credit: false });
    book
}

#[test]
fn p1_a_wish_for_one_ends_in_new_figures_in_none_or_in_why_not() {
    for (book, said) in [
        (poorer(), "Studio: new figures at 10:00:02: 2 600 → 1 140 credits"),
        (polled(studio()), "Studio: unchanged at 10:00:02: 2 600 credits"),
        // Under a stopped clock a poll leaves no trace in the stamps.
        (studio(), "Studio: unchanged at 10:00:02: 2 600 credits"),
        (refused(studio()), "Studio: key refused at 10:00:02, no new figures: the key was refused (HTTP 401): check the key"),
    ] {
        let mut model = model(120, 40);
        assert!(matches!(press(&mut model, "<Enter>r").as_slice(), [Effect::Refresh { .. }]));
        wish(&mut model, &["studio"]);
        assert_eq!(toast(&model), "Studio is being asked");
        answered(&mut model, book);
        assert_eq!(toast(&model), said);
        // Said once: later polls are nobody's wish.
        press(&mut model, "u");
        answered(&mut model, poorer());
        assert!(!toast(&model).starts_with("Studio:"), "{}", toast(&model));
    }
}

#[test]
fn s07_what_a_wish_overrode_is_said_with_the_answer_too() {
    let mut model = model(120, 40);
    let until = now() + chrono::TimeDelta::hours(3);
    answer_wish(&mut model, vec![(id("studio"), Wished::Overriding(until))]);
    assert_eq!(toast(&model), "Studio: the provider asks to wait for 3 h more; it is asked once all the same");
    answered(&mut model, polled(studio()));
    let said = "Studio: the provider asks to wait for 2 h 59 min more; it was asked once all the same: unchanged at 10:00:02: 2 600 credits";
    assert_eq!(toast(&model), said);
}

#[test]
fn p1_what_was_recorded_meanwhile_is_no_answer() {
    let mut model = model(120, 40);
    wish(&mut model, &["studio"]);
    let mut book = studio();
    book.entries = crate::tui::fixtures::dealer().entries;
    answered(&mut model, book);
    assert_eq!(toast(&model), "Studio is being asked");
}

#[test]
fn p1_a_wish_for_all_counts_the_answers_and_names_those_without() {
    let mut model = model(80, 24);
    wish(&mut model, &["studio", "yearly", "old"]);
    let book = |model: &Model, name: &str| model.find(&id(name)).unwrap().book.clone();
    answered(&mut model, poorer());
    assert_eq!(toast(&model), "1 of 3 answered: 1 with new figures, 0 unchanged");
    let yearly = polled(book(&model, "yearly"));
    answered(&mut model, yearly);
    // What a key says in between stays until the last has answered.
    press(&mut model, "u");
    let old = refused(book(&model, "old"));
    answered(&mut model, old);
    assert!(toast(&model).ends_with(": 1 without: Old key (key refused); 1 with new figures, 1 unchanged"), "{}", toast(&model));
    update(&mut model, Message::Resized(80, 24), now());
    assert!(
        screen(&model).contains("1 without: Old key (key refused)"),
        "who has none is named on a narrow screen: {}",
        screen(&model)
    );
    model.setup.privacy = true;
    assert!(!screen(&model).contains("Old key"), "{}", screen(&model));
}
