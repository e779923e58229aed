//! The calculator: which actions are found by typing, and what is told of who pays.

use std::sync::Arc;

use crate::credit::{Amount, Book, MoneyPrice};
use crate::tui::fixtures::{books, dealer, model, model_with, press, screen, setup, studio};

/// The dealer's account with a word that people also use for replacing a background.
fn with_other_words() -> Book {
    let mut book = dealer();
    let prices = Arc::make_mut(&mut book.prices);
    prices.actions.first_mut().unwrap().also = vec!["cut-out".to_owned(), "cutout".to_owned()];
    book
}

#[test]
fn of_equal_matches_the_action_that_is_listed_first_is_taken() {
    let mut model = model(80, 24);
    press(&mut model, "c20 midj<Enter>");
    let line = model.calculator.lines.first().unwrap();
    assert_eq!((line.action.as_str(), line.variant.as_ref()), ("imagine", None));
}

#[test]
fn an_action_is_found_by_what_people_also_call_it() {
    for typed in ["c5 cut<Enter>", "c5 cut-out<Enter>", "c5 CUTOUT<Enter>"] {
        let mut model = model_with(setup(), vec![with_other_words()], 80, 24);
        press(&mut model, typed);
        assert_eq!(model.calculator.lines.first().unwrap().action.as_str(), "replace-background", "{typed}");
    }
}

#[test]
fn where_an_account_has_no_match_the_actions_of_others_are_offered_and_taken_for_them() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjc20 midj");
    let text = screen(&model);
    assert!(text.contains("Dealer North › 20 midj") && text.contains("› Studio › Imagine (Midjourney)"), "{text}");
    assert!(text.contains("It fits"), "what is offered is priced: {text}");
    press(&mut model, "<Enter>");
    let line = model.calculator.lines.first().unwrap();
    assert_eq!((line.account.as_str(), line.quantity), ("studio", "20".parse::<Amount>().unwrap()));
    press(&mut model, "xyzzy");
    assert!(screen(&model).contains("No action matches"));
}

#[test]
fn the_accounts_that_pay_stand_in_the_order_of_the_plan_whichever_is_edited() {
    let mut model = model(80, 24);
    press(&mut model, "c165 imag<Enter>5 remo<Enter><Right><Right><Right><Right>60 logo<Enter><Esc>");
    for keys in ["", "k", "k"] {
        press(&mut model, keys);
        let text = screen(&model);
        let verdicts: Vec<(&str, usize)> =
            text.lines().filter_map(|line| Some((line.split_whitespace().next()?, line.find("✓ It fits")?))).collect();
        let names: Vec<&str> = verdicts.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Studio", "Dealer"], "{text}");
        assert!(verdicts.iter().all(|(_, column)| Some(*column) == verdicts.first().map(|(_, first)| *first)), "{text}");
    }
}

#[test]
fn a_sum_of_money_is_told_whole_or_not_at_all() {
    let mut books = books();
    for book in &mut books {
        book.money = Some(MoneyPrice { amount: "0.125".parse().unwrap(), currency: "USD".to_owned() });
    }
    for (width, shown) in [(40, "25 USD"), (80, "Total with it  25 USD")] {
        let mut model = model_with(setup(), books.clone(), width, 12);
        press(&mut model, "c20 imag");
        let text = screen(&model);
        assert!(text.contains(shown), "{width}: {text}");
    }
}

#[test]
fn never_is_said_only_of_the_whole_plan_at_once() {
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c100000 imag<Enter>");
    let text = screen(&model);
    assert!(text.contains("It never fits all at once without buying."), "{text}");
}
