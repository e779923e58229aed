//! What each key does: the model it leaves, and the effects it asks for.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::credit::{Draft, EntryBody, Ref};
use crate::tui::fixtures::{amount, dealer, drawn, id, model, model_with, now, picture, press, screen, setup, studio};
use crate::tui::model::{Overlay, Screen};
use crate::tui::{Effect, Message, Model, RequestId, update};

fn drafts(effects: &[Effect]) -> Vec<Draft> {
    let appended = effects.iter().filter_map(|effect| match effect {
        Effect::Append { drafts, .. } => Some(drafts.clone()),
        _ => None,
    });
    appended.flatten().collect()
}

/// The question that an effect asks.
fn answered(effects: &[Effect]) -> RequestId {
    match effects {
        [Effect::Append { request, .. }] => *request,
        other => panic!("{other:?}"),
    }
}

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Message {
    Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn q_goes_back_and_quits_only_on_the_overview() {
    let mut model = model(80, 24);
    assert_eq!(press(&mut model, "l"), []);
    assert_eq!(press(&mut model, "q"), []);
    assert_eq!(model.screen, Screen::Overview);
    assert_eq!(press(&mut model, "<Esc><Esc>"), [], "Esc never quits");
    assert_eq!(press(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn ctrl_c_quits_and_ctrl_z_suspends_even_in_a_field() {
    let mut model = model(80, 24);
    press(&mut model, "/stud");
    assert_eq!(press(&mut model, "<C-z>"), [Effect::Suspend]);
    assert_eq!(press(&mut model, "<C-c>"), [Effect::Quit]);
}

#[test]
fn tab_goes_round_all_screens_both_ways() {
    let mut model = model(80, 24);
    let mut seen = vec![model.screen];
    for _ in 0..4 {
        press(&mut model, "<Tab>");
        seen.push(model.screen);
    }
    assert_eq!(seen, [Screen::Overview, Screen::Account, Screen::Calculator, Screen::Ledger, Screen::Overview]);
    press(&mut model, "<BackTab>");
    assert_eq!(model.screen, Screen::Ledger);
}

#[test]
fn vim_keys_and_arrows_move_and_stop_at_the_ends() {
    let mut model = model(80, 24);
    press(&mut model, "kj<Down>");
    assert_eq!(model.selected, Some(id("shop")));
    press(&mut model, "G<Down>");
    assert_eq!(model.selected, Some(id("portraits")));
    press(&mut model, "gk");
    assert_eq!(model.selected, Some(id("studio")));
}

#[test]
fn hundreds_of_accounts_scroll_with_the_selection() {
    let books = (0..300).map(|number| {
        let mut book = dealer();
        book.profile.id = id(&format!("a{number}"));
        book.profile.name = format!("Account {number}");
        book
    });
    let mut model = model_with(setup(), books.collect(), 80, 24);
    press(&mut model, "G");
    assert!(screen(&model).contains("▌ ◷ Account 299"));
    press(&mut model, "g<PgDn>");
    assert!(screen(&model).contains("▌ ◷ Account "));
    press(&mut model, "/277<Enter>");
    assert_eq!(model.selected, Some(id("a277")));
}

#[test]
fn letters_are_text_while_the_filter_has_the_focus() {
    let mut model = model(80, 24);
    assert_eq!(press(&mut model, "/qdealer"), []);
    assert_eq!(model.overview.filter.text(), "qdealer");
    press(&mut model, "<Esc>/dealer<Enter>");
    assert_eq!(model.selected, Some(id("dealer")));
    assert!(screen(&model).contains("1 of 6 accounts"));
    press(&mut model, "<Esc>");
    assert!(screen(&model).contains("Portraits"));
}

#[test]
fn r_asks_all_polled_accounts_and_on_the_account_screen_only_that_one() {
    let mut model = model(80, 24);
    let asked = |number, ids: &[&str]| {
        let accounts = ids.iter().map(|name| id(name)).collect();
        [Effect::Refresh { request: RequestId::nth(number), accounts }]
    };
    assert_eq!(press(&mut model, "r"), asked(1, &["studio", "yearly", "shop", "old"]));
    assert_eq!(press(&mut model, "j<Enter>r"), asked(2, &["yearly"]));
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    assert_eq!(press(&mut model, "r"), []);
    assert!(toast(&model).contains("by hand"));
}

#[test]
fn q_goes_back_to_the_account_that_the_ledger_or_calculator_was_opened_from() {
    let mut model = model(120, 40);
    press(&mut model, "<Enter>l");
    assert_eq!(model.screen, Screen::Ledger);
    press(&mut model, "q");
    assert_eq!(model.screen, Screen::Account);
    press(&mut model, "c");
    assert_eq!(model.screen, Screen::Calculator);
    press(&mut model, "<Esc>");
    assert_eq!(model.screen, Screen::Account, "an empty plan has nothing to leave the field for");
    press(&mut model, "q");
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, "lq");
    assert_eq!(model.screen, Screen::Overview);
}

#[test]
fn m_gives_the_mouse_to_the_terminal_and_back() {
    let mut model = model(80, 24);
    assert_eq!(press(&mut model, "mm"), [Effect::Mouse(false), Effect::Mouse(true)]);
}

#[test]
fn p_masks_names_customers_and_addresses_also_in_what_is_copied() {
    let mut model = model(120, 40);
    press(&mut model, "p<Enter>");
    let text = screen(&model);
    assert!(!text.contains("Studio") && !text.contains("owner@") && text.contains("Account 1"), "{text}");
    let copied = press(&mut model, "y");
    assert!(
        matches!(copied.as_slice(), [Effect::Copy { text, .. }] if text.starts_with("Account 1 (ImaginePro STARTER): 2600 credits")),
        "{copied:?}"
    );
}

#[test]
fn u_shows_times_in_utc() {
    let mut model = model(120, 40);
    assert!(screen(&model).contains("10:00 Europe/Berlin"));
    press(&mut model, "u");
    assert!(screen(&model).contains("09:00 UTC"));
}

#[test]
fn a_plan_is_typed_with_digits_steps_and_variants() {
    let mut model = model(80, 24);
    press(&mut model, "cimag<Enter><Esc>165");
    let quote = model.calculator.quotes.first().unwrap().quote.as_ref().unwrap();
    assert_eq!(quote.total, Some(amount("1650")));
    press(&mut model, "++-<Backspace>");
    assert_eq!(model.calculator.lines.first().unwrap().quantity, amount("16"), "166 without its last digit");
    press(&mut model, "v");
    assert_eq!(model.calculator.quotes.first().unwrap().quote.as_ref().unwrap().total, Some(amount("80")));
    press(&mut model, "d");
    assert!(model.calculator.lines.is_empty() && model.calculator.adding);
}

#[test]
fn an_action_is_priced_while_it_is_typed_and_forgotten_when_the_field_is_left() {
    let mut model = model(80, 24);
    press(&mut model, "c2 flux<Enter>20 imag");
    let total = |model: &Model| model.calculator.quotes.first().map(|priced| priced.quote.as_ref().unwrap().total);
    assert_eq!(total(&model), Some(Some(amount("212"))));
    assert!(screen(&model).contains("Total with it"));
    press(&mut model, "<Tab>");
    assert_eq!(model.screen, Screen::Ledger);
    press(&mut model, "<BackTab>");
    assert_eq!(total(&model), Some(Some(amount("12"))));
    press(&mut model, "20 imag<Esc>");
    assert_eq!(total(&model), Some(Some(amount("12"))));
    assert_eq!(model.calculator.lines.len(), 1);
}

#[test]
fn a_quantity_of_more_digits_than_an_amount_can_hold_is_refused_and_does_not_survive() {
    let mut model = model(80, 24);
    press(&mut model, &format!("cimag<Enter><Esc>{}", "9".repeat(40)));
    let text = screen(&model).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("28 digits"), "{text}");
    assert_eq!(press(&mut model, "R"), []);
    assert!(model.overlay.is_none());
    press(&mut model, "<Esc>");
    assert_eq!(model.calculator.lines.first().unwrap().quantity, amount("1"), "the one before");
    press(&mut model, "5");
    assert_eq!(model.calculator.lines.first().unwrap().quantity, amount("5"), "nothing is appended to what was refused");
}

#[test]
fn recording_asks_once_and_writes_one_spend_per_line() {
    let mut model = model(80, 24);
    press(&mut model, "c165 imag<Enter>5 remo<Enter>");
    assert_eq!(press(&mut model, "R"), []);
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))));
    let effects = press(&mut model, "y");
    assert!(drafts(&effects).iter().all(|draft| draft.must_fit), "checked again where it is written");
    let written: Vec<(String, String)> = drafts(&effects)
        .into_iter()
        .map(|draft| match draft.body {
            EntryBody::Spend(spend) => {
                (spend.action.unwrap().to_string(), format!("{} for {}", spend.quantity.unwrap(), spend.amount))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        written,
        [("imagine".to_owned(), "165 for 1650".to_owned()), ("remove-background".to_owned(), "5 for 25".to_owned())]
    );
    assert_eq!(effects.len(), 1);
    assert!(model.overlay.is_none() && !model.calculator.lines.is_empty(), "the plan stays until it is written");
    update(&mut model, Message::Recorded { request: answered(&effects), entries: dealer().entries.to_vec() }, now());
    assert!(model.calculator.lines.is_empty());
    assert!(toast(&model).starts_with("✓ Recorded 7 entries: Dealer North"), "{}", toast(&model));
}

#[test]
fn a_refused_recording_keeps_the_plan_and_says_why() {
    let mut model = model(80, 24);
    let request = Some(answered(&press(&mut model, "c2 imag<Enter>R<Enter>")));
    let (what, hint) = ("The ledger is read-only".into(), Some("make it writable".into()));
    update(&mut model, Message::Refused { request, what, hint }, now());
    assert_eq!(model.calculator.lines.len(), 1);
    assert_eq!(toast(&model), "The ledger is read-only: make it writable");
}

#[test]
fn a_hold_is_one_entry_per_account_and_no_writes_nothing() {
    let mut model = model(80, 24);
    press(&mut model, "c2 imag<Enter>3 flux<Enter>");
    assert_eq!(press(&mut model, "Hn"), []);
    let written = drafts(&press(&mut model, "Hy"));
    assert_eq!(written.len(), 1);
    assert!(written.first().unwrap().must_fit);
    assert_eq!(written.first().unwrap().body, EntryBody::Hold { amount: amount("38"), expires_at: None });
}

#[test]
fn what_does_not_fit_is_neither_offered_nor_asked_but_explained() {
    let mut model = model(80, 24);
    press(&mut model, "c9999 imag<Enter>");
    assert!(!screen(&model).contains("R record"));
    assert_eq!(press(&mut model, "RH"), []);
    assert!(model.overlay.is_none());
    assert!(toast(&model).contains("97390 credits short"), "{}", toast(&model));
    press(&mut model, "<Esc>Xface<Enter>R");
    assert!(model.overlay.is_none());
    assert!(toast(&model).contains("is not known"), "{}", toast(&model));
}

#[test]
fn an_account_is_picked_by_typing() {
    let mut model = model(80, 24);
    press(&mut model, "cimag<Enter><Esc>aport<Enter>");
    assert_eq!(model.calculator.account, Some(id("portraits")));
    assert!(model.calculator.adding);
}

#[test]
fn a_new_poll_prices_the_plan_anew() {
    let mut model = model(80, 24);
    press(&mut model, "c260 imag<Enter>");
    assert!(model.calculator.problem().is_none());
    let mut poorer = studio();
    poorer.observations = std::sync::Arc::new(poorer.observations.iter().take(7).cloned().collect());
    update(&mut model, Message::BookChanged(Box::new(poorer)), now());
    assert!(model.calculator.problem().is_some(), "140 + 1000 don't pay 2600");
}

#[test]
fn the_ledger_adds_after_a_form_and_a_question() {
    let mut model = model(80, 24);
    assert_eq!(press(&mut model, "jjjjlag<Enter>p<Enter>500<Enter><Enter>invoice 7<Enter>"), []);
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))), "{}", screen(&model));
    let written = drafts(&press(&mut model, "y"));
    let draft = written.first().unwrap();
    assert!(
        matches!(&draft.body, EntryBody::Grant(grant) if grant.bucket.as_str() == "purchased" && grant.amount == amount("500"))
    );
    assert_eq!((draft.note.as_deref(), draft.at), (Some("invoice 7"), now()));
}

#[test]
fn the_form_explains_what_is_wrong_and_keeps_what_was_typed() {
    for (typed, why) in [("", "How much?"), ("1,5", "not a decimal number"), ("-3", "can't be negative"), ("0", "says nothing")] {
        let mut model = model(80, 24);
        press(&mut model, &format!("jjjjlag<Enter>m<Enter>{typed}<Enter><Enter><Enter>"));
        assert!(screen(&model).contains(why), "{typed:?}: {}", screen(&model));
        assert!(matches!(&model.overlay, Some(Overlay::Form(form)) if form.amount.text() == typed));
    }
}

#[test]
fn l1_reversing_names_the_entry_and_a_reversed_one_is_refused() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjl");
    let written = drafts(&press(&mut model, "jjxy"));
    let reverses = Ref::new("dealer-5").unwrap();
    assert_eq!(written.first().unwrap().body, EntryBody::Reverse { reverses });
    assert_eq!(press(&mut model, "jjx"), []);
    assert!(toast(&model).contains("reversed already, by dealer-4"), "{}", toast(&model));
}

#[test]
fn the_ledger_lists_one_account_or_all_and_filters() {
    let mut model = model(120, 40);
    press(&mut model, "l");
    assert!(screen(&model).contains("Nothing recorded here"));
    press(&mut model, "s");
    assert!(screen(&model).contains("All accounts   7 entries"));
    press(&mut model, "/invoice<Enter>");
    assert!(screen(&model).contains("2 entries"));
}

#[test]
fn help_is_searched_by_typing_and_does_the_marked_line() {
    let mut model = model(80, 24);
    press(&mut model, "?utc");
    assert!(screen(&model).contains("times in UTC") && !screen(&model).contains("move up"));
    press(&mut model, "<Enter>");
    assert!(model.setup.utc && model.overlay.is_none());
}

#[test]
fn the_mouse_selects_opens_and_scrolls_unless_turned_off() {
    let mut model = model(80, 24);
    let row = screen(&model).lines().position(|line| line.contains("Dealer North")).unwrap();
    let click = |row: usize| mouse(MouseEventKind::Down(MouseButton::Left), 5, u16::try_from(row).unwrap());
    update(&mut model, click(row), now());
    assert_eq!(model.selected, Some(id("dealer")));
    update(&mut model, mouse(MouseEventKind::ScrollUp, 5, 5), now());
    assert_eq!(model.selected, Some(id("old")));
    update(&mut model, click(row), now());
    update(&mut model, click(row), now());
    assert_eq!(model.screen, Screen::Account);
    update(&mut model, mouse(MouseEventKind::Down(MouseButton::Left), 15, 0), now());
    assert_eq!(model.screen, Screen::Overview);
    press(&mut model, "m");
    update(&mut model, mouse(MouseEventKind::ScrollUp, 5, 5), now());
    assert_eq!(model.selected, Some(id("dealer")));
}

#[test]
fn pasted_text_is_one_line_of_plain_text_in_the_field() {
    let mut model = model(80, 24);
    press(&mut model, "/");
    update(&mut model, Message::Paste("  Deal\u{1b}[31m\ner\u{7}".into()), now());
    assert_eq!(model.overview.filter.text(), "Deal[31m er");
}

#[test]
fn the_cursor_stands_in_the_field_that_has_the_focus() {
    let mut model = model(80, 24);
    press(&mut model, "/deal");
    let cursor = picture(&model, now()).0.1.unwrap();
    assert_eq!((cursor.x, cursor.y), (8, 2));
    let text = drawn(&model, 80, 24);
    assert_eq!(text.cell((7, 2)).unwrap().symbol(), "l");
}
