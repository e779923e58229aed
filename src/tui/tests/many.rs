//! Very many accounts: the screens answer while the engine works through them.

use crate::credit::Book;
use crate::tui::fixtures::{dealer, id, model_with, next_wake, now, press, screen, setup};
use crate::tui::overview::MOST_PREPARED;
use crate::tui::roster::MOST_SETTLED;
use crate::tui::{Message, Model, Setup, update};

fn dealers(count: usize) -> Vec<Book> {
    let dealer_of = |place: usize| {
        let mut book = dealer();
        book.profile.id = id(&format!("dealer-{place}"));
        book.profile.name = format!("Dealer {place}");
        book
    };
    (0..count).map(dealer_of).collect()
}

fn unread(model: &Model) -> usize {
    model.accounts.iter().filter(|account| account.is_unread()).count()
}

#[test]
fn the_first_frame_says_how_many_accounts_are_being_read() {
    let mut model = Model::new(Setup { reading: 10_000, ..setup() });
    update(&mut model, Message::Resized(80, 24), now());
    assert!(screen(&model).contains("Reading 10 000 accounts…"), "{}", screen(&model));
}

#[test]
fn accounts_are_worked_through_in_slices_the_visible_ones_first() {
    let count = MOST_SETTLED + 40;
    let mut model = model_with(setup(), dealers(count), 80, 24);
    assert_eq!(unread(&model), 40);
    assert!(screen(&model).contains("reading 40 more…") && screen(&model).contains("1 135"), "{}", screen(&model));
    assert_eq!(next_wake(&model, now()), Some(now()), "there is work left");
    press(&mut model, "c");
    assert_eq!(unread(&model), 0, "any message takes it on");
    assert!(next_wake(&model, now()).is_some_and(|at| at > now()));
}

#[test]
fn rows_appear_as_they_are_read_and_keys_are_answered_meanwhile() {
    let mut model = Model::new(Setup { reading: 700, ..setup() });
    update(&mut model, Message::Resized(80, 24), now());
    press(&mut model, "?");
    assert!(screen(&model).contains("type to search"), "{}", screen(&model));
    press(&mut model, "<Esc>");
    let mut books = dealers(700);
    let rest = books.split_off(100);
    update(&mut model, Message::More { books, left: 600 }, now());
    assert!(screen(&model).contains("Dealer 0") && screen(&model).contains("reading 600 more…"), "{}", screen(&model));
    press(&mut model, "<End>");
    assert_eq!(model.selected, Some(id("dealer-99")), "what there is so far");
    press(&mut model, "/650");
    assert!(screen(&model).contains("0 of 100 accounts"), "{}", screen(&model));
    update(&mut model, Message::More { books: rest, left: 0 }, now());
    settled(&mut model);
    assert!(screen(&model).contains("1 of 700 accounts") && screen(&model).contains("Dealer 650"), "{}", screen(&model));
    press(&mut model, "<Esc>");
    assert_eq!(model.accounts.iter().map(|account| account.number).collect::<Vec<_>>(), (1..=700).collect::<Vec<_>>());
    assert!(!screen(&model).contains("reading"), "{}", screen(&model));
}

/// Wakes the screens for as long as they ask for it at once.
fn settled(model: &mut Model) {
    while next_wake(model, now()) == Some(now()) {
        update(model, Message::Woke, now());
    }
}

#[test]
fn where_the_selection_stands_is_read_first() {
    let count = 2 * MOST_SETTLED + 40;
    let mut model = Model::new(setup());
    update(&mut model, Message::Resized(80, 24), now());
    model.selected = Some(id(&format!("dealer-{}", count - 1)));
    update(&mut model, Message::Books(dealers(count)), now());
    assert!(model.accounts.last().is_some_and(|account| !account.is_unread()));
    assert!(model.accounts.first().is_some_and(crate::tui::accounts::Account::is_unread));
    press(&mut model, "<Home>");
    assert!(screen(&model).contains("Dealer 0"), "{}", screen(&model));
}

#[test]
fn a_configuration_that_is_read_again_leaves_no_account_blank() {
    let count = MOST_SETTLED + 40;
    let mut model = model_with(setup(), dealers(count), 80, 24);
    update(&mut model, Message::Woke, now());
    update(&mut model, Message::Books(dealers(count)), now());
    assert_eq!(unread(&model), 40);
    assert!(model.accounts.iter().all(|account| account.status.is_ok()), "what was known is shown until it is read anew");
}

/// Accounts of one customer's branches, and some that differ in their middle or by their id only.
fn branches() -> Vec<Book> {
    let name = |place: usize| match place % 5 {
        0 => format!("Müller & Söhne Filiale Nord {place} GmbH & Co. KG"),
        1 => "Müller & Söhne".to_owned(),
        _ => format!("Müller & Söhne Filiale Nord {place}"),
    };
    let mut books = dealers(60);
    for (place, book) in books.iter_mut().enumerate() {
        book.profile.name = name(place);
        book.profile.id = id(&format!("mueller-soehne-nord-{place}"));
    }
    books
}

/// The names of the rows on the screen, and the column where the figures begin.
fn listed(model: &Model) -> (Vec<String>, usize) {
    let text = screen(model);
    let mut lines = text.lines().skip_while(|line| !(line.contains("Account") && line.contains("Left")));
    let start = lines.next().unwrap().find("Account").unwrap();
    let rows = lines.take_while(|line| line.contains("135"));
    let rows: Vec<(String, usize)> = rows
        .map(|line| {
            let row: String = line.chars().skip(start).collect();
            let row = row.replace('\u{202f}', " ");
            let (name, _) = row.split_once(" 1 135").unwrap();
            (name.trim_end().to_owned(), name.chars().count())
        })
        .collect();
    let column = rows.first().unwrap().1;
    assert!(rows.iter().all(|(_, at)| *at == column), "{text}");
    (rows.into_iter().map(|(name, _)| name).collect(), column)
}

#[test]
fn no_two_accounts_read_the_same_in_the_list() {
    for width in [60, 80, 120] {
        let mut model = model_with(setup(), branches(), width, 24);
        let (mut all, column) = listed(&model);
        assert!(all.len() > 5, "{}", screen(&model));
        for _ in 0..60 {
            press(&mut model, "j");
            let (names, at) = listed(&model);
            assert_eq!(at, column, "the columns stay where they are: {}", screen(&model));
            all.extend(names);
        }
        // What a row is called does not depend on what else is on the screen.
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 60, "{width}: {all:#?}");
    }
    let model = model_with(setup(), branches(), 80, 24);
    assert!(screen(&model).contains("Müller & S…iale Nord 2"), "{}", screen(&model));
}

#[test]
fn a_filter_is_made_ready_in_slices_while_it_is_about_to_be_typed_and_forgotten_after() {
    let count = MOST_PREPARED + 40;
    let mut model = model_with(setup(), dealers(count), 80, 24);
    while next_wake(&model, now()) == Some(now()) {
        update(&mut model, Message::Woke, now());
    }
    let ready = |model: &Model| model.accounts.iter().filter(|account| account.found_by.is_some()).count();
    press(&mut model, "/");
    assert_eq!(ready(&model), MOST_PREPARED);
    assert_eq!(next_wake(&model, now()), Some(now()), "there is work left");
    let mut early = model.clone();
    press(&mut early, "dealer 551");
    assert!(screen(&early).contains("1 of 552 accounts"), "a key that comes sooner finds all: {}", screen(&early));
    update(&mut model, Message::Woke, now());
    assert_eq!(ready(&model), count);
    assert!(next_wake(&model, now()).is_some_and(|at| at > now()));
    press(&mut model, "551<Esc>");
    assert_eq!(ready(&model), 0, "nothing is kept that nobody searches");
}
