//! The calculator's keys do what they say: what is typed lands in the plan, nothing is left or lost by surprise, and no number is
//! guessed.

use crate::credit::{EntryBody, Ref};
use crate::tui::fixtures::{amount, at, books, dealer, id, model, model_with, press, screen, setup, shop, studio};
use crate::tui::model::{Overlay, Screen};
use crate::tui::{Effect, Model};

fn quantity(model: &Model) -> String {
    model.calculator.lines[model.calculator.selected].quantity.to_string()
}

fn footer(model: &Model) -> String {
    screen(model).lines().last().unwrap_or_default().to_owned()
}

fn words(model: &Model) -> String {
    screen(model).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn calculator_an_action_lands_in_the_plan_with_its_quantity_and_without() {
    for (typed, quantity) in [("crep<Enter>", "1"), ("c20 rep<Enter>", "20")] {
        let mut model = model_with(setup(), vec![dealer()], 80, 24);
        press(&mut model, typed);
        assert!(model.calculator.adding, "{typed}: the next one can be typed at once");
        assert_eq!(self::quantity(&model), quantity);
        press(&mut model, "H");
        assert!(matches!(model.overlay, Some(Overlay::Confirm(_))), "{typed}: {}", screen(&model));
    }
    // And the next one is typed at once.
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "c20 rep<Enter>5 re-a<Enter>");
    assert_eq!(model.calculator.lines.len(), 2);
}

#[test]
fn calculator_esc_in_the_field_of_an_empty_plan_clears_it_first_and_the_footer_says_so() {
    let mut model = model_with(setup(), books(), 80, 24);
    press(&mut model, "c20 rem");
    assert!(footer(&model).contains("Esc clear"), "{}", footer(&model));
    press(&mut model, "<Esc>");
    assert_eq!((model.screen, model.calculator.field.text()), (Screen::Calculator, ""));
    assert!(footer(&model).contains("Esc back"), "{}", footer(&model));
    press(&mut model, "<Esc>");
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, "c20 rem<Enter><Enter>");
    assert!(footer(&model).contains("Esc to the plan"), "{}", footer(&model));
    press(&mut model, "<Esc>");
    assert_eq!((model.screen, model.calculator.adding), (Screen::Calculator, false));
}

#[test]
fn calculator_the_arrow_to_the_next_account_is_offered_only_where_it_works() {
    let mut model = model_with(setup(), books(), 80, 24);
    press(&mut model, "c");
    assert!(footer(&model).contains("→ next account"), "{}", footer(&model));
    press(&mut model, "5");
    assert!(!footer(&model).contains("next account"), "{}", footer(&model));
    press(&mut model, "<Right>");
    assert_eq!(model.calculator.account, Some(id("studio")), "the arrow moves in the text");
    let mut alone = model_with(setup(), vec![studio()], 80, 24);
    press(&mut alone, "c");
    assert!(!footer(&alone).contains("next account"), "{}", footer(&alone));
}

#[test]
fn calculator_the_footer_names_the_day_at_eighty_columns() {
    let mut model = model_with(setup(), books(), 80, 24);
    press(&mut model, "c5 flux<Enter><Esc>");
    for key in ["0-9 quantity", "R record", "H hold", "D day", "? keys", "q back"] {
        assert!(footer(&model).contains(key), "{key}: {}", footer(&model));
    }
    assert!(!footer(&model).contains("v variant"), "it has none: {}", footer(&model));
    press(&mut model, "<Enter>5 imag<Enter><Esc>");
    assert!(footer(&model).contains("v variant") && footer(&model).contains("D day"), "{}", footer(&model));
    press(&mut model, "<Enter>");
    assert!(footer(&model).contains("Ctrl-T day"), "{}", footer(&model));
}

#[test]
fn a06_a_quantity_that_may_mean_two_things_is_never_read_as_one() {
    let fractions = || {
        let mut book = studio();
        let prices = std::sync::Arc::make_mut(&mut book.prices);
        prices.actions.iter_mut().for_each(|action| action.whole = false);
        book
    };
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        for book in [studio(), fractions()] {
            let mut model = model_with(setup(), vec![book], width, height);
            press(&mut model, "cflux<Enter><Esc>1.000");
            let text = words(&model);
            assert!(text.contains("either 1000 or 1.0"), "{width}: {text}");
            assert!(!text.contains("It fits"), "{width}: {text}");
            press(&mut model, "R");
            assert!(model.overlay.is_none(), "nothing is written on it");
        }
    }
    let mut model = model_with(setup(), vec![fractions()], 80, 24);
    press(&mut model, "cflux<Enter><Esc>1.000");
    press(&mut model, "0");
    assert_eq!(quantity(&model), "1", "one more digit tells the fraction");
    assert!(words(&model).contains("It fits"));
    press(&mut model, "<Esc>1.000<Esc>");
    assert_eq!(quantity(&model), "1", "what can't be read does not survive");
    press(&mut model, "2.345<Enter>7");
    assert_eq!(quantity(&model), "1");
    // In whole numbers no digit slips past a point that was refused.
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "cflux<Enter><Esc>1.5");
    assert!(words(&model).contains("comes in whole numbers"), "{}", screen(&model));
    press(&mut model, "<Esc>");
    assert_eq!(quantity(&model), "1");
}

#[test]
fn a06_a_number_before_the_words_is_refused_where_it_is_typed() {
    let mut model = model_with(setup(), vec![studio()], 80, 24);
    press(&mut model, "c1.000 flux");
    let text = words(&model);
    assert!(text.contains("either 1000 or 1.0") && !text.contains("No action matches"), "{text}");
    press(&mut model, "<Enter>");
    assert!(model.calculator.lines.is_empty());
}

#[test]
fn calculator_digits_of_an_earlier_visit_are_not_appended_to() {
    for away in ["n<Esc>", "<Tab><BackTab><Esc>", "<Down><Esc>"] {
        let mut model = model_with(setup(), vec![studio()], 80, 24);
        press(&mut model, "cimag<Enter><Esc>12");
        press(&mut model, away);
        press(&mut model, "5");
        assert_eq!(quantity(&model), "5", "{away}");
    }
}

#[test]
fn calculator_the_picker_shows_plan_and_balance_and_takes_an_exact_id() {
    let mut prof = dealer();
    prof.profile.id = id("prof");
    prof.profile.name = "Dealer West".to_owned();
    let mut near = shop();
    near.profile.name = "Profile pictures".to_owned();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut model = model_with(setup(), vec![near.clone(), studio(), prof.clone()], width, height);
        press(&mut model, "c<Esc>c5 edit<Enter><Esc>a");
        let text = screen(&model);
        assert!(text.contains("2 600") && text.contains("130.4"), "{width}: {text}");
        assert!(width < 60 || text.contains("STARTER"), "{width}: {text}");
        press(&mut model, "prof<Enter>");
        assert_eq!(model.calculator.account, Some(id("prof")), "{width}");
    }
}

#[test]
fn calculator_a_hold_says_its_name_and_deadline_and_takes_others() {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "c20 rep<Enter>H");
    let text = words(&model);
    assert!(text.contains("name made up when it is written"), "{text}");
    assert!(text.contains("ends only by release: no deadline"), "{text}");
    assert!(text.contains("e name, deadline"), "{text}");
    press(&mut model, "esaturday<Enter>yesterday<Enter>");
    assert!(words(&model).contains("is over: a hold ends later than now"), "{}", screen(&model));
    press(&mut model, &"<Backspace>".repeat(9));
    press(&mut model, "2026-11-28<Enter>");
    let text = words(&model);
    assert!(text.contains("name saturday") && text.contains("ends by itself on 28 Nov"), "{text}");
    let effects = press(&mut model, "y");
    let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let ends = Some(at("2026-11-28T00:00:00Z"));
    assert_eq!(drafts[0].body, EntryBody::Hold { amount: amount("20"), expires_at: ends });
    assert_eq!(drafts[0].reference, Some(Ref::new("saturday").unwrap()));
    // What is recorded as spent has neither.
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "c20 rep<Enter><Esc>Re");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))));
    assert!(!words(&model).contains("name, deadline"), "{}", screen(&model));
}

#[test]
fn calculator_a_name_that_is_none_is_refused_and_leaving_keeps_the_question() {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "c20 rep<Enter>He<Tab>soon<Enter>");
    assert!(words(&model).contains("\"soon\" is not a day or time"), "{}", screen(&model));
    press(&mut model, "<Esc>");
    assert!(words(&model).contains("no deadline") && matches!(model.overlay, Some(Overlay::Confirm(_))));
}

#[test]
fn calculator_advice_that_has_no_room_is_announced() {
    let mut model = model(80, 24);
    press(&mut model, "c165 imag<Enter>5 remo<Enter><Right><Right><Right><Right>60 logo<Enter>");
    let text = screen(&model);
    assert!(!text.contains("› Wait for the reset") && text.contains("› 1 tip"), "{text}");
    press(&mut model, "<Up>");
    let text = screen(&model);
    assert!(text.contains("› ") && text.matches("1 tip").count() == 1, "now it is told, and the other's announced: {text}");
    for (width, height) in [(40, 12), (60, 20)] {
        model.size = (width, height);
        let text = screen(&model);
        assert!(text.contains("1 tip") || text.contains("more lines, PgDn"), "{width}: {text}");
    }
}

#[test]
fn help_a_slash_begins_the_search_and_words_are_found_as_words() {
    let mut model = model(80, 24);
    press(&mut model, "?/hold");
    let text = screen(&model);
    assert!(text.contains("  / hold") && !text.contains("/hold"), "{text}");
    assert!(text.contains("set the credits of the plan aside"), "{text}");
    press(&mut model, "<Esc>?undo");
    let text = screen(&model);
    assert!(!text.contains("countdowns"), "{text}");
    assert!(text.contains("undo the selected entry by a reversal"), "{text}");
    press(&mut model, "<Esc>?xyzzy");
    assert!(screen(&model).contains("No key does that."));
}

#[test]
fn first_run_with_a_configuration_without_accounts_does_not_ask_for_another() {
    let begun = crate::tui::Setup { config: ("/home/ada/.config/creditop/config.toml".to_owned(), true), ..setup() };
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut model = model_with(begun.clone(), Vec::new(), width, height);
        let text = screen(&model);
        assert!(!text.contains("config init"), "{width}: {text}");
        assert!(words(&model).contains("/ada/.config/creditop/config."), "{width}: {text}");
        model.setup.privacy = true;
        assert!(!screen(&model).contains("ada"), "{width}");
    }
    // A file that is written while the screen is open is read again.
    let mut model = model_with(crate::tui::Setup { config: ("config.toml".to_owned(), false), ..setup() }, Vec::new(), 80, 24);
    assert!(screen(&model).contains("config init"));
    crate::tui::update(&mut model, crate::tui::Message::Books(Vec::new()), crate::tui::fixtures::now());
    assert!(!screen(&model).contains("config init"), "{}", screen(&model));
}
