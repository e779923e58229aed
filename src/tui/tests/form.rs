//! The form for a new entry.

use crate::credit::EntryBody;
use crate::tui::fixtures::{amount, at, dealer, model_with, old_key, press, screen, setup, studio, unknown};
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
fn a06_an_entry_may_have_happened_earlier_on_the_clock_of_its_account() {
    // The screens show Berlin, an hour ahead of the account's own UTC.
    for (typed, meant) in [
        ("2026-11-18 14:30", "2026-11-18T14:30:00Z"),
        ("2026-11-18", "2026-11-18T00:00:00Z"),
        ("yesterday", "2026-11-19T00:00:00Z"),
        ("thu 12:00", "2026-11-19T12:00:00Z"),
        ("-3d", "2026-11-17T09:00:00Z"),
        ("now", "2026-11-20T09:00:00Z"),
    ] {
        let mut model = form(&format!("7<Enter>{typed}<Enter><Enter>"));
        let effects = press(&mut model, "y");
        let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{typed}: {}", screen(&model)) };
        assert_eq!(drafts.first().unwrap().at, at(meant), "{typed}");
    }
    let model = form("7<Enter>2026-11-18 14:30<Enter><Enter>");
    let text = screen(&model);
    assert!(text.contains("18 Nov 15:30") && text.contains("18 Nov 14:30 UTC"), "both clocks are named: {text}");
    let model = form("7<Enter>20.11.2026<Enter><Enter>");
    assert!(screen(&model).contains("is not a day or time"), "{}", screen(&model));
}

#[test]
fn a06_an_amount_that_may_mean_two_things_is_asked_about() {
    let model = form("1.000<Enter><Enter><Enter>");
    assert!(screen(&model).contains("either 1000 or 1.0"), "{}", screen(&model));
    let mut model = form("1,000<Enter><Enter><Enter>");
    let effects = press(&mut model, "y");
    let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(&drafts.first().unwrap().body, EntryBody::Spend(spend) if spend.amount == amount("1000")));
}

#[test]
fn an_unknown_total_is_a_sentence() {
    let mut model = model_with(setup(), vec![unknown()], 80, 24);
    press(&mut model, "<Enter>");
    let text = screen(&model);
    assert!(text.contains("How many credits are left is unknown") && !text.contains("unknown credits"), "{text}");
}

#[test]
fn e03_the_question_says_what_of_a_spend_no_credits_pay() {
    let model = form("999,999<Enter><Enter><Enter>");
    let text = screen(&model);
    assert!(text.contains("uncovered") && text.contains("that no credits pay"), "{text}");
    assert!(!screen(&form("1<Enter><Enter><Enter>")).contains("uncovered"));
}

#[test]
fn l09_the_question_names_who_records() {
    let mut model = form("1<Enter><Enter><Enter>");
    assert!(!screen(&model).contains("by  "), "{}", screen(&model));
    model.setup.actor = Some("ann".to_owned());
    let text = screen(&model);
    assert!(text.lines().any(|line| line.contains("by ") && line.contains("ann")), "{text}");
}

#[test]
fn each_kind_is_explained_and_an_empty_account_begins_with_a_grant() {
    assert!(screen(&form("")).contains("credits that were used"));
    assert!(screen(&form("h")).contains("set aside for planned work"));
    let mut empty = dealer();
    empty.entries = std::sync::Arc::default();
    let mut model = model_with(setup(), vec![empty], 80, 24);
    press(&mut model, "la");
    assert!(screen(&model).contains("credits that were granted or bought"), "{}", screen(&model));
}

#[test]
fn ctrl_u_empties_a_field_of_the_form() {
    let mut model = form("12345");
    let key = crossterm::event::KeyEvent::new(crossterm::event::KeyCode::Char('u'), crossterm::event::KeyModifiers::CONTROL);
    crate::tui::update(&mut model, crate::tui::Message::Key(key), crate::tui::fixtures::now());
    assert!(!screen(&model).contains("12345"), "{}", screen(&model));
    press(&mut model, "7<Enter><Enter><Enter>");
    assert!(screen(&model).contains("\u{2212}7 "), "{}", screen(&model));
}

#[test]
fn the_ledger_is_filtered_by_actor_date_and_bucket() {
    let mut book = dealer();
    let entries = std::sync::Arc::make_mut(&mut book.entries);
    entries[0].actor = Some("zoe".to_owned());
    for filter in ["zoe", "2026-10-20", "purchased"] {
        let mut model = model_with(setup(), vec![book.clone()], 100, 24);
        press(&mut model, &format!("l/{filter}<Enter>"));
        let text = screen(&model);
        assert!(text.contains("invoice 2026-118") && text.contains("by zoe"), "{filter}: {text}");
    }
}

#[test]
fn p02_a_hold_on_figures_that_cant_be_relied_on_takes_a_second_word() {
    // By hand, three ways to know too little: a refused key, figures that grew old, and none that can be worked out.
    let mut old = studio();
    old.health.interval_seconds = 2;
    old.health.last_ok_at = None;
    let refused = "Old key: the key was refused, and the figures are from 2 d ago.";
    let cases = [
        (old_key(), false, refused),
        (old, false, "Studio: the figures are stale, from 12 s ago."),
        (dealer(), true, "Dealer North: it is not known how much is left."),
    ];
    for (book, is_broken, why) in cases {
        let mut model = model_with(setup(), vec![book], 80, 24);
        press(&mut model, "lah5<Enter><Enter>");
        if is_broken {
            model.accounts[0].status = Err("the sums are too large".to_owned());
        }
        press(&mut model, "<Enter>");
        let text = screen(&model);
        assert!(text.contains("a hold") && text.contains(why), "{text}");
        assert_eq!(press(&mut model, "a"), [], "the second word comes second");
        assert_eq!(press(&mut model, "y"), [], "{why}");
        assert!(screen(&model).contains("On these figures?  a all the same"), "{}", screen(&model));
        let effects = press(&mut model, "a");
        let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{why}: {effects:?}") };
        assert!(matches!(drafts[0].body, EntryBody::Hold { .. }), "{drafts:?}");
    }
    // What happened is recorded with one word, and so is a hold on fresh figures.
    for (book, keys) in [(old_key(), "la5<Enter><Enter><Enter>y"), (dealer(), "lah5<Enter><Enter><Enter>y")] {
        let mut model = model_with(setup(), vec![book], 80, 24);
        let effects = press(&mut model, keys);
        assert!(matches!(effects.last(), Some(Effect::Append { .. })), "{keys}: {}", screen(&model));
    }
}
