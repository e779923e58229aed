//! The calculator: which actions are found by typing, and what is told of who pays.

use std::sync::Arc;

use crate::credit::{Amount, Book, MoneyPrice, Tariff, UnitCost, parse_instant};
use crate::tui::Effect;
use crate::tui::fixtures::{books, dealer, model, model_with, old_key, press, screen, setup, shop, studio, unknown};

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
    press(&mut model, "<Enter>xyzzy");
    assert!(screen(&model).contains("No action matches"));
}

#[test]
fn the_accounts_that_pay_stand_in_the_order_of_the_plan_whichever_is_edited() {
    let mut model = model(80, 24);
    press(&mut model, "c165 imag<Enter><Enter>5 remo<Enter><Enter><Right><Right><Right><Right>60 logo<Enter>");
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
        book.money = Some(MoneyPrice::stated("0.125".parse().unwrap(), "USD"));
    }
    for (width, shown) in [(40, "25.00 USD"), (80, "Total with it  25.00 USD")] {
        let mut model = model_with(setup(), books.clone(), width, 12);
        press(&mut model, "c20 imag");
        let text = screen(&model);
        assert!(text.contains(shown), "{width}: {text}");
    }
}

#[test]
fn e09_never_is_not_said_where_the_future_is_unknown() {
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c100000 imag<Enter>");
    let text = screen(&model);
    // Nothing is known of what comes after the subscription's end.
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("When it will fit can't be told: the subscription ends in 17 d 5 h, and what"), "{text}");
}

/// The old key's account with a price list, whose figures are two days old and whose key is refused.
fn refused() -> Book {
    let mut book = old_key();
    book.prices = shop().prices;
    book
}

#[test]
fn p02_a_refused_key_gives_no_confident_verdict() {
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        let mut model = model_with(setup(), vec![refused(), studio()], width, height);
        press(&mut model, "c5 remo<Enter>");
        let text = screen(&model);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!text.contains("✓ It fits"), "{width}: {text}");
        assert!(words.contains("Can't tell: the key was refused"), "{width}: {text}");
        let wide = width < 120;
        assert!(!wide || words.contains("and the figures are from 2 d ago. By these figures it fits."), "{width}: {text}");
        // Where it has but one line of many, what it says is whole.
        press(&mut model, "<Enter>20 midj<Enter>");
        let text = screen(&model);
        assert_eq!(text.matches("✓ It fits").count(), 1, "{width}: {text}");
        assert!(text.contains("key refused") || text.contains("key was"), "{width}: {text}");
    }
}

#[test]
fn p02_what_is_copied_of_a_refused_key_says_so() {
    let mut model = model_with(setup(), vec![refused()], 80, 24);
    press(&mut model, "c5 remo<Enter><Esc>");
    let copied = press(&mut model, "y");
    let [Effect::Copy { text, .. }] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(text.contains("can't tell whether it fits: the key was refused"), "{text}");
}

#[test]
fn p02_nothing_is_written_on_refused_figures_without_a_second_word() {
    for key in ["R", "H"] {
        let mut model = model_with(setup(), vec![refused()], 80, 24);
        press(&mut model, "c5 remo<Enter><Esc>");
        press(&mut model, key);
        let text = screen(&model);
        assert!(text.contains("Old key: the key was refused, and the figures are from 2 d ago."), "{text}");
        assert_eq!(press(&mut model, "a"), [], "the second word comes second");
        assert_eq!(press(&mut model, "y"), []);
        let text = screen(&model);
        assert!(text.contains("On these figures?  a all the same"), "{text}");
        assert!(!text.contains("yes, write it"), "the footer names the keys that count: {text}");
        assert_eq!(press(&mut model, "y<Enter>"), [], "a yes is not the second word");
        let effects = press(&mut model, "a");
        assert!(matches!(effects.as_slice(), [Effect::Append { drafts, .. }] if drafts.len() == 1), "{effects:?}");
    }
    // Fresh figures need but one word.
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c5 imag<Enter>R");
    assert!(matches!(press(&mut model, "y").as_slice(), [Effect::Append { .. }]));
}

#[test]
fn e09_where_nothing_is_known_nothing_is_said_to_fit() {
    let mut model = model_with(setup(), vec![unknown()], 80, 24);
    press(&mut model, "c100 replace<Enter>");
    let words = screen(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!words.contains("0 of 100"), "{words}");
    assert!(words.contains("Can't tell how many of 100 Replace background fit now; it needs 100 credits."), "{words}");
    assert!(words.contains("Can't tell whether it fits: the known credits don't pay it, the unknown ones might"), "{words}");
}

#[test]
fn a05_the_plan_is_looked_at_on_another_day_and_nothing_is_written() {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "c600 replace<Enter><Esc>D2026-12-05");
    let text = screen(&model);
    assert!(text.contains("Look at the plan on another day") && text.contains("5 Dec 01:00, in 14 d 15 h"), "{text}");
    press(&mut model, "<Enter>");
    let text = screen(&model);
    // By then the promotional lot has lapsed, and the monthly bucket was refilled.
    assert!(text.contains("On 5 Dec 01:00, in 14 d 15 h: looked at, not written"), "{text}");
    assert!(!text.contains("Promotional"), "{text}");
    for key in ["R", "H"] {
        press(&mut model, key);
        let text = screen(&model);
        assert!(text.contains("the plan is looked at on another day"), "{text}");
        assert!(!text.contains("Write it?"), "{text}");
    }
    press(&mut model, "D<Enter>");
    assert!(!screen(&model).contains("looked at, not written"));
    press(&mut model, "R");
    assert!(screen(&model).contains("Write it?"));
}

#[test]
fn e07_a_plan_on_another_day_is_priced_as_the_account_is_priced_then() {
    let mut book = dealer();
    let mut dearer = (*book.prices).clone();
    dearer.actions.first_mut().unwrap().cost = UnitCost::Known("10".parse().unwrap());
    let from = |text: &str| parse_instant(text).unwrap();
    let tariff = |from, prices| Tariff { from, prices, money: None };
    let now = tariff(from("2026-10-15T00:00:00Z"), Arc::clone(&book.prices));
    book.tariffs = [now, tariff(from("2026-12-01T00:00:00Z"), Arc::new(dearer))].into();
    let mut model = model_with(setup(), vec![book], 80, 24);
    let cost = |text: &str| {
        let line =
            text.lines().find(|line| line.trim_start().starts_with("Total") || line.contains("Total ")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    press(&mut model, "c7 replace<Enter><Esc>");
    assert_eq!(cost(&screen(&model)), "7");
    press(&mut model, "D2026-12-05<Enter>");
    assert_eq!(cost(&screen(&model)), "70");
    press(&mut model, "D2026-11-29<Enter>");
    assert_eq!(cost(&screen(&model)), "7");
}

#[test]
fn words_a_sum_of_money_says_that_it_leaves_an_account_out_and_not_that_an_action_has_no_price() {
    let mut priced = studio();
    priced.money = Some(MoneyPrice::stated("0.01".parse().unwrap(), "USD"));
    let said = "without 1 account of unknown value";
    for width in [80, 100, 200] {
        let mut model = model_with(setup(), vec![priced.clone(), dealer()], width, 30);
        press(&mut model, "c20 imag<Enter>60 logo<Enter>");
        let text = screen(&model);
        assert!(text.contains(said) && !text.contains("without a price"), "{width}: {text}");
    }
}

#[test]
fn a06_a_day_that_is_none_is_refused_and_stays_in_its_field() {
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c5 imag<Enter><Esc>Dsoon<Enter>");
    let text = screen(&model);
    assert!(text.contains("Look at the plan on another day") && text.contains("\"soon\" is not a day or time"), "{text}");
    press(&mut model, "<Esc>");
    assert!(screen(&model).contains("It fits"));
    // While an action is typed letters are text, and the chord works.
    press(&mut model, "n<C-t>+2w<Enter>");
    assert!(screen(&model).contains("looked at, not written"));
}

#[test]
fn esc_ends_the_typing_of_a_quantity_and_stays() {
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c5 imag<Enter><Esc>12<Esc>");
    assert!(screen(&model).contains("It fits"), "still in the calculator");
    press(&mut model, "7");
    let line = model.calculator.lines.first().unwrap();
    assert_eq!(line.quantity, Amount::from(7), "the next digit starts anew");
    press(&mut model, ".");
    assert!(screen(&model).contains("comes in whole numbers"));
    assert_eq!(model.calculator.lines.first().unwrap().quantity, Amount::from(7));
}

#[test]
fn a_cheaper_account_is_named_and_masked_with_the_other_names() {
    let priced = |price: &str, id: &str, name: &str| {
        let mut book = studio();
        book.profile.id = crate::tui::fixtures::id(id);
        book.profile.name = name.to_owned();
        book.money = Some(MoneyPrice::stated(price.parse().unwrap(), "USD"));
        book
    };
    let books = vec![priced("0.02", "one", "Dear Studio"), priced("0.01", "two", "Canary Studio")];
    let mut model = model_with(setup(), books, 80, 40);
    press(&mut model, "c5 imag<Enter><Esc>");
    let text = screen(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("› Canary Studio does the same for 0.50 USD instead of 1.00 USD: saves 0.50 USD"), "{text}");
    press(&mut model, "p");
    let text = screen(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("› Another account does the same") && !text.contains("Canary"), "{text}");
    let copied = press(&mut model, "y");
    let [Effect::Copy { text, .. }] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(!text.contains("Canary"), "{text}");
}

#[test]
fn actions_that_begin_alike_are_told_apart_in_the_plan_and_where_they_are_picked() {
    let mut model = model(100, 30);
    press(&mut model, "jjjjc3 replace<Enter>4 place logo<Enter>");
    assert!(screen(&model).contains("Replace b…place logo"), "{}", screen(&model));
    assert!(!screen(&model).contains("Replace background …"), "{}", screen(&model));
}
