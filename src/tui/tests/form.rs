//! The form for a new entry.

use crate::credit::EntryBody;
use crate::tui::fixtures::{amount, at, dealer, model_with, press, screen, setup, unknown};
use crate::tui::model::Overlay;
use crate::tui::{Effect, Model};

fn form(keys: &str) -> Model {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    press(&mut model, "la");
    press(&mut model, keys);
    model
}

#[test]
fn the_form_names_its_account() {
    assert!(screen(&form("")).contains("New entry · Dealer North"));
}

#[test]
fn digits_typed_on_a_choice_are_the_amount() {
    let mut model = form("12.5<Enter><Enter><Enter>");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))), "{}", screen(&model));
    let effects = press(&mut model, "y");
    let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(&drafts.first().unwrap().body, EntryBody::Spend(spend) if spend.amount == amount("12.5")));
}

#[test]
fn an_entry_may_have_happened_earlier_on_the_clock_that_is_shown() {
    for (typed, meant) in
        [("2026-11-18 14:30", "2026-11-18T13:30:00Z"), ("2026-11-18", "2026-11-17T23:00:00Z"), ("now", "2026-11-20T09:00:00Z")]
    {
        let mut model = form(&format!("7<Enter>{typed}<Enter><Enter>"));
        let effects = press(&mut model, "y");
        let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{typed}: {}", screen(&model)) };
        assert_eq!(drafts.first().unwrap().at, at(meant), "{typed}");
    }
    let model = form("7<Enter>yesterday<Enter><Enter>");
    assert!(screen(&model).contains("is no date"), "{}", screen(&model));
}

#[test]
fn an_unknown_total_is_a_sentence() {
    let mut model = model_with(setup(), vec![unknown()], 80, 24);
    press(&mut model, "<Enter>");
    let text = screen(&model);
    assert!(text.contains("How many credits are left is unknown") && !text.contains("unknown credits"), "{text}");
}
