//! The calculator's keys are predictable: what is typed is text while the field has the focus, keys act on the plan while the plan
//! has it, and nothing is lost without a way back.

use crate::tui::fixtures::{amount, dealer, id, model, model_with, now, press, screen, setup, shop, studio};
use crate::tui::model::{Overlay, Screen};
use crate::tui::{Effect, Message, Model, update};

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn plan(model: &Model) -> Vec<String> {
    model.calculator.lines.iter().map(|line| format!("{} {}", line.quantity, line.action)).collect()
}

fn footer(model: &Model) -> String {
    screen(model).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn calculator_a_quantity_and_a_word_are_a_new_line_whatever_has_the_focus() {
    for between in ["", "<Enter>", "<Esc>", "<Up>", "<Esc>n"] {
        let mut model = model(80, 24);
        press(&mut model, "c60 imag<Enter>");
        press(&mut model, between);
        press(&mut model, "20 flux");
        assert_eq!(model.screen, Screen::Calculator, "{between}: no letter leads away");
        press(&mut model, "<Enter>");
        assert_eq!(plan(&model), ["60 imagine", "20 flux"], "{between}");
    }
}

#[test]
fn calculator_the_field_keeps_the_focus_after_an_action_was_added() {
    let mut model = model(80, 24);
    press(&mut model, "c60 imag<Enter>flux<Enter>remo<Enter>");
    assert_eq!(model.screen, Screen::Calculator);
    assert_eq!(plan(&model), ["60 imagine", "1 flux", "1 remove-background"]);
    // In the plan the same letters are keys.
    press(&mut model, "<Esc>l");
    assert_eq!(model.screen, Screen::Ledger);
}

#[test]
fn calculator_sixty_imagine_are_priced_after_eleven_keys_and_held_after_fourteen() {
    let (priced, held) = ("c60 imagine", "<Enter>Hy");
    assert_eq!((priced.chars().count(), priced.chars().count() + "⏎Hy".chars().count()), (11, 14));
    let mut model = model(80, 24);
    press(&mut model, priced);
    assert!(screen(&model).contains("600") && screen(&model).contains("It fits"), "{}", screen(&model));
    let effects = press(&mut model, held);
    assert!(matches!(effects.as_slice(), [Effect::Append { drafts, .. }] if drafts.len() == 1), "{effects:?}");
}

#[test]
fn calculator_the_footer_says_which_letters_are_keys() {
    let mut model = model(80, 24);
    press(&mut model, "c60 imag");
    assert!(footer(&model).contains("⏎ add") && !footer(&model).contains("H hold"), "{}", footer(&model));
    press(&mut model, "<Enter>");
    for key in ["R record", "H hold", "Esc to the plan", "? keys"] {
        assert!(footer(&model).contains(key), "{key}: {}", footer(&model));
    }
    assert!(!footer(&model).contains("⏎ add"), "nothing would be added: {}", footer(&model));
    press(&mut model, "<Esc>");
    for key in ["0-9 quantity", "v variant", "R record", "H hold", "q back"] {
        assert!(footer(&model).contains(key), "{key}: {}", footer(&model));
    }
}

#[test]
fn calculator_an_enter_adds_no_action_that_nobody_named() {
    for typed in ["c<Enter>", "c20<Enter>", "c20 <Enter>", "c60 imag<Enter><Enter>", "c60 imag<Enter>20<Enter>"] {
        let mut model = model(80, 24);
        press(&mut model, typed);
        assert!(plan(&model).iter().all(|line| line == "60 imagine"), "{typed}: {:?}", plan(&model));
        assert!(!toast(&model).is_empty(), "{typed}: it says why");
    }
    // What only a number says costs nothing yet.
    let mut model = model(80, 24);
    press(&mut model, "c20");
    assert!(model.calculator.quotes.is_empty(), "{}", screen(&model));
    // An action that the arrows marked was named.
    press(&mut model, "<Down><Enter>");
    assert_eq!(plan(&model).len(), 1);
}

#[test]
fn calculator_what_is_cleared_removed_or_overwritten_comes_back_by_z() {
    let mut model = model(80, 24);
    press(&mut model, "c60 imag<Enter>20 flux<Enter><Esc>X");
    assert!(plan(&model).is_empty());
    assert_eq!(toast(&model), "Emptied the plan of 2 lines · z brings it back");
    assert!(footer(&model).contains("z bring back"), "{}", footer(&model));
    press(&mut model, "z");
    assert_eq!(plan(&model), ["60 imagine", "20 flux"]);
    assert_eq!(toast(&model), "The plan of 2 lines is back");
    // A line.
    press(&mut model, "<Esc>gd");
    assert_eq!((plan(&model), toast(&model)), (vec!["20 flux".to_owned()], "Removed 60 Imagine (Midjourney) · z brings it back"));
    press(&mut model, "z");
    assert_eq!((plan(&model).len(), toast(&model)), (2, "60 Imagine (Midjourney) is back"));
    // A quantity that was typed over, its digits at once.
    press(&mut model, "g305<Esc>z");
    assert_eq!((plan(&model)[0].as_str(), toast(&model)), ("60 imagine", "60 Imagine (Midjourney) again"));
    // One by another line of the same action.
    press(&mut model, "n3000 midjourney<Enter>");
    assert_eq!(plan(&model)[0], "3000 imagine");
    assert_eq!(toast(&model).replace('\u{202f}', " "), "Imagine (Midjourney): 3 000 instead of 60 · z brings 60 back");
    press(&mut model, "z");
    assert_eq!(plan(&model)[0], "60 imagine");
    // A variant, and steps.
    press(&mut model, "<Esc>gv+");
    assert_eq!(plan(&model)[0], "61 imagine");
    press(&mut model, "zz");
    assert_eq!((plan(&model)[0].as_str(), model.calculator.lines[0].variant.clone()), ("60 imagine", None));
    // All the way back, and no further.
    press(&mut model, "zz");
    assert!(plan(&model).is_empty());
    press(&mut model, "<Esc>c");
    press(&mut model, "z");
    assert_eq!(model.calculator.field.text(), "z", "with nothing to bring back it is a letter");
}

#[test]
fn calculator_after_the_plan_is_emptied_what_is_typed_is_text() {
    let mut model = model(80, 24);
    press(&mut model, "c60 imag<Enter><Esc>X20 flux");
    assert_eq!(model.calculator.field.text(), "20 flux");
    press(&mut model, "<Enter>");
    assert_eq!(plan(&model), ["20 flux"]);
    press(&mut model, "<Esc>d5 remo<Enter>");
    assert_eq!(plan(&model), ["5 remove-background"], "also after its last line went");
}

#[test]
fn calculator_what_was_written_does_not_come_back() {
    let mut model = model(80, 24);
    let effects = press(&mut model, "c60 imag<Enter>Hy");
    let [Effect::Append { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    update(&mut model, Message::Recorded { request: *request, entries: Vec::new() }, now());
    press(&mut model, "<Esc>c");
    model.calculator.adding = false;
    press(&mut model, "z");
    assert!(plan(&model).is_empty() && toast(&model).contains("nothing to undo"), "{}", toast(&model));
}

#[test]
fn calculator_a_capital_that_begins_a_word_is_text() {
    for (typed, expected) in [("Remo<Enter>", "1 remove-background"), ("Headshot", "")] {
        let mut model = model(80, 24);
        press(&mut model, "c2 flux<Enter>");
        assert_eq!(press(&mut model, typed), [], "{typed}: nothing is written");
        if !expected.is_empty() {
            assert!(model.overlay.is_none(), "{typed}: {}", screen(&model));
            assert_eq!(plan(&model), ["2 flux", expected]);
        }
    }
    let mut dealer = model_with(setup(), vec![dealer()], 80, 24);
    assert_eq!(press(&mut dealer, "c2 logo<Enter>Re-apply<Enter>"), [], "neither y nor Enter of the word writes");
    assert_eq!(dealer.calculator.lines.len(), 2);
    // With no plan to write the first word is text as well.
    let mut model = model(80, 24);
    press(&mut model, "cRemo<Enter>");
    assert_eq!(plan(&model), ["1 remove-background"]);
}

#[test]
fn calculator_a_second_hold_says_why_not_and_its_answer_does_nothing_else() {
    for focus in ["", "<Esc>"] {
        let mut model = model(80, 24);
        press(&mut model, "c60 imag<Enter>");
        press(&mut model, focus);
        let first = press(&mut model, "Hy");
        let [Effect::Append { request, .. }] = first.as_slice() else { panic!("{first:?}") };
        press(&mut model, "H");
        assert_eq!(toast(&model), "The plan is on its way into the ledger");
        assert_eq!(press(&mut model, "y"), [], "{focus}: it copies nothing");
        assert_eq!(toast(&model), "The plan is on its way into the ledger");
        update(&mut model, Message::Recorded { request: *request, entries: Vec::new() }, now());
        press(&mut model, "H");
        assert_eq!(toast(&model), "Can't be held: the plan is empty: type an action first");
        assert_eq!(press(&mut model, "y"), []);
        assert_eq!(toast(&model), "Can't be held: the plan is empty: type an action first", "{focus}");
        assert_eq!(model.calculator.field.text(), "");
    }
    // A key that is held down, or pressed twice.
    let mut model = model(80, 24);
    press(&mut model, "c60 imag<Enter><Esc>H");
    assert_eq!(press(&mut model, "yyn").len(), 1, "one hold, no copy");
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "lGx");
    assert_eq!(press(&mut model, "yy").len(), 1, "one reversal, no copy");
    assert!(matches!(press(&mut model, "y").as_slice(), [Effect::Copy { .. }]), "and then it copies as ever");
}

#[test]
fn calculator_a_quantity_typed_for_a_planned_action_is_shown_with_its_cost() {
    let mut model = model(80, 24);
    press(&mut model, "c120 imag<Enter>3000 midj");
    let row = screen(&model).lines().find(|line| line.contains("Imagine (Midjourney) ")).map(str::to_owned).unwrap();
    assert!(row.contains("3 000") && row.contains("30 000") && !row.contains("120"), "{row}");
}

#[test]
fn calculator_the_arrows_turn_the_account_and_never_a_quantity() {
    let mut model = model(80, 24);
    press(&mut model, "c60 imag<Enter><Esc><Right>");
    assert_eq!(plan(&model), ["60 imagine"]);
    assert!(model.calculator.adding, "the next action is for the next account");
    assert_eq!(model.calculator.account, Some(id("yearly")));
    press(&mut model, "<Left>");
    assert_eq!(model.calculator.account, Some(id("studio")));
}

#[test]
fn calculator_a_question_mark_is_help_also_in_the_field() {
    for typed in ["c", "c60 imag", "c60 imag<Enter>"] {
        let mut model = model(80, 24);
        press(&mut model, typed);
        let text = model.calculator.field.text().to_owned();
        press(&mut model, "?");
        assert!(matches!(model.overlay, Some(Overlay::Help(_))), "{typed}");
        press(&mut model, "<Esc>");
        assert_eq!(model.calculator.field.text(), text, "{typed}: what was typed is still there");
    }
}

#[test]
fn calculator_an_action_that_is_planned_already_is_pointed_out() {
    let mut model = model_with(setup(), vec![studio(), shop()], 80, 24);
    press(&mut model, "c120 imag<Enter>imag<Enter>");
    assert_eq!(plan(&model), ["120 imagine"]);
    assert!(toast(&model).contains("in the plan already, 120 of it"), "{}", toast(&model));
    assert_eq!(model.calculator.lines[0].quantity, amount("120"));
}

#[test]
fn calculator_money_of_two_currencies_has_no_sum_and_says_so() {
    use crate::credit::MoneyPrice;
    let (mut dollars, mut euros) = (studio(), shop());
    dollars.money = Some(MoneyPrice::stated(amount("0.1"), "USD"));
    euros.money = Some(MoneyPrice::stated(amount("0.2"), "EUR"));
    for width in [40, 80, 120, 200] {
        let mut model = model_with(setup(), vec![dollars.clone(), euros.clone()], width, 40);
        press(&mut model, "c60 imag<Enter><Right>5 edit<Enter>");
        assert_eq!(model.calculator.lines.len(), 2);
        let text = screen(&model);
        assert!(text.contains("USD") && text.contains("EUR") && text.contains("not summed"), "{width}: {text}");
    }
}
