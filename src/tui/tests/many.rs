//! Very many accounts: the screens answer while the engine works through them.

use crate::credit::Book;
use crate::tui::fixtures::{dealer, id, model_with, now, press, screen, setup};
use crate::tui::roster::MOST_SETTLED;
use crate::tui::{Message, Model, Setup, next_wake, update};

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
