//! What keys act on is the row that is marked on the screen, or there is none and they say so.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::credit::{Book, EntryBody, Ref};
use crate::tui::fixtures::{at, books, dealer, id, model, model_with, now, old_key, press, screen, setup, shop, spend, studio};
use crate::tui::model::{Overlay, Screen};
use crate::tui::{Effect, Message, Model, update};

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

/// The dealer with a further entry, as another process might have recorded it.
fn dealer_with_news() -> Book {
    let mut book = dealer();
    let entries = std::sync::Arc::make_mut(&mut book.entries);
    let mut news = entries.last().unwrap().clone();
    news.seq = crate::credit::Seq(99);
    news.at = at("2026-11-20T08:59:00Z");
    news.reference = Ref::new("news").unwrap();
    news.note = None;
    news.body = spend("1", "replace-background", "1");
    entries.push(news);
    book
}

#[test]
fn a_filter_without_a_match_leaves_nothing_to_act_on() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        for key in ["<Enter>", "y", "l", "c", "r", "jk<Enter>"] {
            let mut model = model(width, height);
            press(&mut model, "jjjj/zzzq<Enter>");
            let text = screen(&model);
            assert!(text.contains("No account matches “zzzq”. Esc"), "{width}: {text}");
            assert!(!text.contains("Dealer") && !text.contains("Left  ") && !text.contains('▌'), "{width}: {text}");
            assert_eq!(press(&mut model, key), [], "{key}");
            assert_eq!((model.screen, model.overlay.is_none()), (Screen::Overview, true), "{key}");
            if !key.contains('j') {
                assert_eq!(toast(&model), "No account matches “zzzq”. Esc shows all.", "{key}");
            }
            press(&mut model, "<Esc>");
            assert_eq!(model.selected, Some(id("dealer")), "what was selected before");
        }
    }
}

#[test]
fn without_a_selection_no_screen_acts_on_an_account() {
    let mut model = model(80, 24);
    press(&mut model, "jjjj/zzzq<Enter><Tab>");
    assert!(screen(&model).contains("No account matches “zzzq”"), "{}", screen(&model));
    for key in ["r", "y", "l", "c", "<Right>"] {
        assert_eq!(press(&mut model, key), [], "{key}");
        assert_eq!(model.screen, Screen::Account, "{key}");
    }
    press(&mut model, "<Tab>20 replace");
    assert_eq!(model.screen, Screen::Calculator);
    assert!(model.calculator.lines.is_empty() && !screen(&model).contains("Dealer"), "{}", screen(&model));
    press(&mut model, "<Esc><Esc><Esc><BackTab>");
    assert_eq!(model.screen, Screen::Ledger);
    for key in ["a", "x", "y", "o"] {
        assert_eq!(press(&mut model, key), [], "{key}");
        assert!(model.overlay.is_none() && model.screen == Screen::Ledger, "{key}");
    }
    assert!(toast(&model).len() > 5 && !screen(&model).contains("dealer-"), "{}", screen(&model));
}

#[test]
fn a_row_that_a_poll_takes_out_of_the_list_does_not_hand_the_selection_on() {
    let mut model = model_with(setup(), vec![old_key(), dealer(), shop()], 80, 24);
    press(&mut model, "/stale<Enter>");
    assert_eq!(model.selected, Some(id("old")));
    let mut healed = old_key();
    healed.health = studio().health;
    healed.observations = studio().observations;
    update(&mut model, Message::BookChanged(Box::new(healed)), now());
    assert_eq!(press(&mut model, "<Enter>"), []);
    assert_eq!((model.screen, model.selected.clone()), (Screen::Overview, None));
    assert!(toast(&model).contains("No account"), "{}", toast(&model));
}

#[test]
fn an_account_that_leaves_the_configuration_does_not_hand_the_selection_on() {
    let without = |gone: &str| -> Vec<Book> { books().into_iter().filter(|book| book.profile.id.as_str() != gone).collect() };
    let mut model = model(80, 24);
    press(&mut model, "jjjj<Enter>");
    update(&mut model, Message::Books(without("dealer")), now());
    assert_eq!(model.selected, None);
    assert!(screen(&model).contains("No account is selected"), "{}", screen(&model));
    for key in ["y", "r", "c", "l"] {
        assert_eq!(press(&mut model, key), [], "{key}");
        assert_eq!(model.screen, Screen::Account, "{key}");
    }
    // A poll of it that comes late does not bring it back.
    update(&mut model, Message::BookChanged(Box::new(dealer())), now());
    assert!(model.find(&id("dealer")).is_none());
    press(&mut model, "qj");
    assert_eq!(model.selected, Some(id("studio")));
}

#[test]
fn a_question_about_an_account_that_is_gone_is_taken_back() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjc20 replace<Enter>R");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))));
    update(&mut model, Message::Books(vec![studio()]), now());
    assert!(model.overlay.is_none() && toast(&model).contains("nothing was written"), "{}", toast(&model));
    assert_eq!(press(&mut model, "y"), []);
    assert!(model.calculator.lines.is_empty() && model.calculator.account.is_none(), "and its lines are not another's");
}

#[test]
fn a_reload_that_reorders_accounts_keeps_the_one_that_is_marked() {
    let mut model = model(80, 24);
    press(&mut model, "jjjj/deal<Enter>");
    let mut turned = books();
    turned.reverse();
    update(&mut model, Message::Books(turned), now());
    assert_eq!(model.selected, Some(id("dealer")));
    assert!(screen(&model).contains("▌ ◷ Dealer North"), "{}", screen(&model));
}

#[test]
fn x_reverses_the_marked_entry_also_where_others_came_or_a_filter_hides_all() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjljj");
    update(&mut model, Message::BookChanged(Box::new(dealer_with_news())), now());
    press(&mut model, "x");
    let effects = press(&mut model, "y");
    let [Effect::Append { drafts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(drafts.first().unwrap().body, EntryBody::Reverse { reverses: Ref::new("dealer-5").unwrap() });
    press(&mut model, "/zzzq<Enter>");
    for key in ["x", "y"] {
        assert_eq!(press(&mut model, key), []);
        assert!(model.overlay.is_none());
        assert_eq!(toast(&model), "No entry matches “zzzq”. Esc shows all.", "{key}");
    }
    press(&mut model, "<Esc>/invoice<Enter>x");
    let text = screen(&model);
    assert!(text.contains("dealer-7") && text.contains("Reverse this entry"), "the first row that is shown: {text}");
}

#[test]
fn in_all_accounts_an_entry_is_added_to_the_account_of_the_marked_row() {
    let mut model = model(80, 24);
    press(&mut model, "lsa");
    assert!(screen(&model).contains("New entry · Dealer North"), "{}", screen(&model));
}

#[test]
fn the_ledger_that_is_opened_from_the_calculator_is_that_of_the_line_in_focus() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjc20 replace<Enter>");
    model.selected = Some(id("studio"));
    press(&mut model, "l");
    assert!(screen(&model).contains("Dealer North"), "{}", screen(&model));
}

#[test]
fn the_picker_takes_the_account_that_is_marked_and_the_exact_id_first() {
    let named = |account: &str, name: &str| {
        let mut book = dealer();
        book.profile.id = id(account);
        book.profile.name = name.to_owned();
        book
    };
    let mut model = model_with(setup(), vec![named("dealer", "Professional"), named("prof", "Someone")], 80, 24);
    press(&mut model, "crep<Enter><Esc>aprof<Enter>");
    assert_eq!(model.calculator.account, Some(id("prof")));
    press(&mut model, "<Esc>a<Down>");
    update(&mut model, Message::Books(vec![named("dealer", "Professional"), named("third", "Third")]), now());
    press(&mut model, "<Enter>");
    assert_ne!(model.calculator.account, Some(id("third")), "the mark does not fall on a neighbour");
}

#[test]
fn a_click_selects_the_row_that_is_drawn_there() {
    let mut model = model(80, 24);
    press(&mut model, "/o");
    let row = screen(&model).lines().position(|line| line.contains("Portraits")).unwrap();
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: 5,
        row: u16::try_from(row).unwrap(),
        modifiers: crossterm::event::KeyModifiers::NONE,
    };
    update(&mut model, Message::Mouse(click), now());
    assert_eq!(model.selected, Some(id("portraits")));
}
