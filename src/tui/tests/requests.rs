//! An answer changes only what its own question left waiting: nothing is recorded twice, nothing is lost.

use crate::tui::fixtures::{amount, dealer, id, model, now, press, screen};
use crate::tui::model::Overlay;
use crate::tui::{Effect, Message, Model, RequestId, update};

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn asked(effects: &[Effect]) -> RequestId {
    match effects {
        [Effect::Append { request, .. } | Effect::ReadOlder { request, .. } | Effect::Copy { request, .. }] => *request,
        other => panic!("{other:?}"),
    }
}

fn refuse(model: &mut Model, request: Option<RequestId>, what: &str) {
    update(model, Message::Refused { request, what: what.to_owned(), hint: None }, now());
}

#[test]
fn a_refusal_of_something_else_does_not_let_a_plan_be_recorded_twice() {
    let mut model = model(80, 24);
    let plan = asked(&press(&mut model, "c20 imag<Enter><Esc>Ry"));
    refuse(&mut model, None, "The old configuration stays: config.toml:4");
    refuse(&mut model, Some(RequestId::nth(99)), "Something else");
    for key in ["R", "H", "+", "d", "X", "5"] {
        assert_eq!(press(&mut model, key), [], "{key}");
        assert!(model.overlay.is_none(), "{key}");
    }
    assert!(!screen(&model).contains("R record"), "{}", screen(&model));
    press(&mut model, "R");
    assert_eq!(toast(&model), "The plan is on its way into the ledger");
    assert_eq!(model.calculator.lines.first().unwrap().quantity, amount("20"));
    update(&mut model, Message::Recorded { request: plan, entries: Vec::new() }, now());
    assert!(model.calculator.lines.is_empty());
}

#[test]
fn entries_of_another_question_leave_the_plan_alone() {
    let mut model = model(80, 24);
    press(&mut model, "c20 imag<Enter><Esc>");
    press(&mut model, "l");
    let entry = asked(&press(&mut model, "a7<Enter><Enter><Enter>y"));
    press(&mut model, "q");
    press(&mut model, "c<Esc>");
    let plan = asked(&press(&mut model, "Ry"));
    assert_ne!(entry, plan);
    update(&mut model, Message::Recorded { request: entry, entries: Vec::new() }, now());
    assert_eq!(model.calculator.lines.len(), 1);
    assert_eq!(press(&mut model, "R"), []);
    assert!(model.overlay.is_none(), "the plan itself is still on its way");
    update(&mut model, Message::Recorded { request: plan, entries: Vec::new() }, now());
    assert!(model.calculator.lines.is_empty());
}

#[test]
fn an_answer_that_comes_twice_changes_nothing_more() {
    let mut model = model(80, 24);
    let plan = asked(&press(&mut model, "c20 imag<Enter>Ry"));
    update(&mut model, Message::Recorded { request: plan, entries: Vec::new() }, now());
    press(&mut model, "5 flux<Enter>");
    update(&mut model, Message::Recorded { request: plan, entries: Vec::new() }, now());
    assert_eq!(model.calculator.lines.len(), 1);
}

#[test]
fn a_plan_that_is_refused_can_be_recorded_again() {
    let mut model = model(80, 24);
    let plan = asked(&press(&mut model, "c20 imag<Enter>Ry"));
    refuse(&mut model, Some(plan), "The ledger is full");
    assert_eq!(toast(&model), "The ledger is full");
    press(&mut model, "R");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))));
}

#[test]
fn an_entry_that_is_refused_comes_back_with_what_was_typed() {
    let mut model = model(80, 24);
    let entry = asked(&press(&mut model, "jjjjla12.5<Enter><Enter>for the fair<Enter>y"));
    refuse(&mut model, Some(entry), "nothing was recorded: amount: too much");
    let text = screen(&model);
    assert!(text.contains("12.5") && text.contains("for the fair") && text.contains("too much"), "{text}");
    assert_ne!(asked(&press(&mut model, "<Enter>y")), entry, "asked anew it is another question");
}

#[test]
fn a_reversal_on_its_way_is_not_asked_for_again() {
    let mut model = model(80, 24);
    let reversal = asked(&press(&mut model, "jjjjljjxy"));
    press(&mut model, "x");
    assert!(model.overlay.is_none() && toast(&model).contains("on its way"), "{}", toast(&model));
    refuse(&mut model, Some(reversal), "The ledger is full");
    press(&mut model, "x");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))));
}

#[test]
fn copied_is_said_when_the_clipboard_took_it() {
    let mut model = model(80, 24);
    let copy = asked(&press(&mut model, "y"));
    assert_eq!(toast(&model), "");
    update(&mut model, Message::Copied(copy), now());
    assert_eq!(toast(&model), "Copied the balance of Studio");
    let copy = asked(&press(&mut model, "y"));
    refuse(&mut model, Some(copy), "Nothing was copied");
    update(&mut model, Message::Copied(copy), now());
    assert_eq!(toast(&model), "Nothing was copied");
}

#[test]
fn older_entries_that_nobody_asked_for_are_not_taken_in() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjl");
    let entries = dealer().explained(now()).unwrap();
    update(&mut model, Message::Older { request: RequestId::nth(7), entries }, now());
    assert!(model.find(&id("dealer")).unwrap().older.is_none());
}

#[test]
fn what_is_written_is_what_was_shown_whatever_came_meanwhile() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjc20 replace<Enter>R");
    let shown = screen(&model);
    let mut dearer = dealer();
    let prices = std::sync::Arc::make_mut(&mut dearer.prices);
    prices.actions.first_mut().unwrap().cost = crate::credit::UnitCost::Known(amount("3"));
    update(&mut model, Message::BookChanged(Box::new(dearer)), now());
    let box_of = |text: &str| text.lines().filter(|line| line.contains('│')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(box_of(&screen(&model)), box_of(&shown));
    let effects = press(&mut model, "y");
    let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let crate::credit::EntryBody::Spend(spend) = &drafts.first().unwrap().body else { panic!("{drafts:?}") };
    assert_eq!(spend.amount, amount("20"));
}

#[test]
fn what_is_being_recorded_is_said_from_the_first_frame_until_it_is() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        for (keys, words) in [
            ("c20 imag<Enter>Ry", "Recording the plan…"),
            ("c20 imag<Enter>Hy", "Recording the plan…"),
            ("jjjjla7<Enter><Enter><Enter>y", "Recording the entry…"),
            ("jjjjljjxy", "Recording the reversal…"),
        ] {
            let mut model = model(width, height);
            let request = asked(&press(&mut model, keys));
            assert!(screen(&model).contains(words), "{keys}: {}", screen(&model));
            // It is a state, and no message that a key or some seconds take away.
            press(&mut model, "<Tab>");
            update(&mut model, Message::Woke, now() + chrono::TimeDelta::minutes(1));
            assert!(screen(&model).contains(words), "{keys}: {}", screen(&model));
            update(&mut model, Message::Recorded { request, entries: dealer().entries.to_vec() }, now());
            assert!(screen(&model).contains("✓ Recorded") && !screen(&model).contains("Recording"), "{}", screen(&model));
        }
    }
}

#[test]
fn what_was_copied_is_named() {
    for (keys, said) in [
        ("y", "Copied the balance of Studio"),
        ("c20 imag<Enter><Esc>y", "Copied the quote of 1 line"),
        ("jjjjly", "Copied the marked entry"),
    ] {
        let mut model = model(80, 24);
        let copy = asked(&press(&mut model, keys));
        update(&mut model, Message::Copied(copy), now());
        assert_eq!(toast(&model), said, "{keys}");
    }
}

#[test]
fn an_answer_whose_question_was_answered_already_changes_and_says_nothing() {
    let mut model = model(80, 24);
    let effects = press(&mut model, "c2 imag<Enter>Ry");
    let Some(Effect::Append { request, .. }) = effects.first() else { panic!("{effects:?}") };
    update(&mut model, Message::Late(*request), now());
    assert!(screen(&model).contains("Not recorded yet"), "{}", screen(&model));
    update(&mut model, Message::Recorded { request: *request, entries: crate::tui::fixtures::dealer().entries.to_vec() }, now());
    assert!(screen(&model).contains("✓ Recorded"), "{}", screen(&model));
    update(&mut model, Message::Late(*request), now());
    assert!(screen(&model).contains("✓ Recorded"), "what comes too late does not unsay it: {}", screen(&model));
    let wished = vec![(id("studio"), crate::tui::Wished::Asking)];
    update(&mut model, Message::Wished { request: *request, wished }, now());
    assert!(screen(&model).contains("✓ Recorded"), "nobody asked for that: {}", screen(&model));
}
