//! What must be said whatever the width: conditions, how a figure is known, what was left out.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::credit::{Amount, Book, BucketId, ByPlan, EntryBody, Expires, FairUse, FairUsePeriod, Grant, PlanFilter};
use crate::tui::fixtures::{amount, at, dealer, entry, model_with, premium, press, screen, setup, spend, studio};
use crate::tui::{Model, Setup};

fn shown(books: Vec<Book>, width: u16, height: u16, keys: &str) -> String {
    let mut model: Model = model_with(setup(), books, width, height);
    press(&mut model, keys);
    screen(&model)
}

/// The dealer's account, whose first grant is this much.
fn granted(text: &str) -> Book {
    let mut book = dealer();
    let entries = Arc::make_mut(&mut book.entries);
    entries.truncate(1);
    let amount: Amount = text.parse().unwrap();
    let bucket = BucketId::new("purchased").unwrap();
    let grant = Grant { bucket, amount, effective_at: None, expires: Expires::ByRule, priority: 0 };
    entries.first_mut().unwrap().body = EntryBody::Grant(grant);
    let rules = Arc::make_mut(&mut book.rules);
    rules.phases.clear();
    rules.scheduled.clear();
    book
}

#[test]
fn p7_a_reset_that_needs_renewing_says_so_at_every_width() {
    for (width, height) in [(80, 24), (40, 12), (120, 40)] {
        for keys in ["", "<Enter>"] {
            let text = shown(vec![studio()], width, height, keys);
            assert!(text.contains("17 d 5 h ≈") && text.contains("if renewed"), "{width} {keys}: {text}");
        }
    }
}

#[test]
fn a1_a_very_large_figure_is_exact_and_never_an_exponent() {
    for (width, height) in [(80, 24), (120, 40)] {
        let text = shown(vec![granted("1234567890123456789012345.123")], width, height, "");
        assert!(text.contains("1 234 567 890 123 456 789 012 345.123"), "{text}");
    }
    let text = shown(vec![granted("1234567890123456789012345.123")], 40, 12, "");
    assert!(text.contains("25 digits") && !text.contains("e24"), "{text}");
}

#[test]
fn a1_a_very_small_figure_does_not_read_as_zero_nor_shift_its_row() {
    let mut tiny = granted("0.000000000000000000000000001");
    tiny.profile.name = "Dealer North again".to_owned();
    let text = shown(vec![tiny, dealer()], 80, 24, "");
    assert!(text.contains(" >0 ") && !text.contains("About under"), "{text}");
    let rows = text.lines().filter(|line| line.contains("Dealer North ") && line.contains('▇'));
    let starts: Vec<Option<usize>> = rows.map(|line| line.chars().position(|c| c == '▇')).collect();
    assert_eq!(starts.len(), 2, "{text}");
    assert_eq!(starts.first(), starts.last(), "{text}");
}

#[test]
fn an_account_that_only_lapses_tells_when_instead_of_never() {
    let mut book = granted("40");
    let entries = Arc::make_mut(&mut book.entries);
    if let EntryBody::Grant(grant) = &mut entries.first_mut().unwrap().body {
        grant.expires = Expires::At(at("2026-11-20T09:54:00Z"));
    }
    Arc::make_mut(&mut book.rules).buckets.retain(|bucket| bucket.id.as_str() == "purchased");
    let text = shown(vec![book], 120, 40, "");
    assert!(text.contains("lapses in 54 min") && !text.contains("never"), "{text}");
}

#[test]
fn a2_every_name_of_utc_reads_utc() {
    let setup = Setup { zone: Tz::Etc__UTC, ..setup() };
    let mut model = model_with(setup, vec![studio()], 120, 40);
    assert!(screen(&model).contains("09:00 UTC"));
    press(&mut model, "uu");
    assert!(screen(&model).contains("Times are shown in UTC"));
}

#[test]
fn what_the_pane_leaves_out_is_marked() {
    let accounts: Vec<Book> = (0..13)
        .map(|place| {
            let mut book = dealer();
            book.profile.name = format!("Dealer {place}");
            book.profile.id = crate::tui::fixtures::id(&format!("dealer-{place}"));
            book
        })
        .collect();
    let text = shown(accounts, 80, 24, "");
    assert!(text.contains("⏎ shows the rest"), "{text}");
}

#[test]
fn a_note_that_is_cut_says_so_and_days_end_in_one_column() {
    let mut book = dealer();
    let entries = Arc::make_mut(&mut book.entries);
    entries.first_mut().unwrap().note = Some("a very long note that tells of everything that was bought and by whom".to_owned());
    let text = shown(vec![book], 80, 24, "l");
    let line = |what: &str| text.lines().find(|line| line.contains(what)).unwrap_or_default().to_owned();
    assert!(line("20 Oct").ends_with('…'), "{text}");
    assert_eq!(line("5 Nov").find("11:00"), line("18 Nov").find("16:20"), "{text}");
    assert!(line("hold").contains("· until"), "{text}");
}

#[test]
fn a_lot_is_named_in_full_where_there_is_room() {
    let mut book = dealer();
    let entries = Arc::make_mut(&mut book.entries);
    entries.first_mut().unwrap().reference = crate::credit::Ref::new("invoice-2026-118").unwrap();
    let text = shown(vec![book], 120, 40, "<Enter>");
    assert!(text.contains("invoice-2026-118"), "{text}");
}

#[test]
fn a_tall_screen_tells_the_latest_entries_below_the_account() {
    let text = shown(vec![dealer()], 200, 60, "");
    assert!(text.contains("Drawn from") && text.contains("invoice 2026-131"), "{text}");
}

#[test]
fn the_help_cuts_nothing_on_a_narrow_screen() {
    let text = shown(vec![dealer()], 40, 30, "?");
    assert!(!text.contains('…') && text.contains("purchased") && text.contains("held"), "{text}");
}

#[test]
fn a_plan_is_called_by_its_name() {
    let text = shown(crate::tui::fixtures::books(), 200, 60, "");
    assert!(text.contains("Photoroom Plus") && text.contains("AI Background Studio Professional Plus"), "{text}");
    let text = shown(crate::tui::fixtures::books(), 120, 40, "");
    assert!(text.contains("AI Background Studio ") && !text.contains("Studio P…"), "{text}");
}

#[test]
fn e08_the_account_screen_shows_what_was_used_of_a_fair_use_cap() {
    let capped = |cap: Option<FairUse>| {
        let mut book = premium();
        let used = |seq, at, cost| entry("premium", seq, at, spend(cost, "replace-background", cost), None);
        // One before the reset on the first, two in the month that runs.
        book.entries = Arc::new(vec![
            used(1, "2026-10-31T10:00:00Z", "5000"),
            used(2, "2026-11-10T10:00:00Z", "1200"),
            used(3, "2026-11-20T08:00:00Z", "34"),
        ]);
        let cap = cap.map(|value| ByPlan { plans: PlanFilter::Any, value });
        Arc::make_mut(&mut book.rules).fair_use = cap.into_iter().collect();
        book
    };
    let of = |text: &str, period| Some(FairUse::Cap { amount: amount(text), period });
    let cases = [
        (of("10000", FairUsePeriod::Month), "Fair use: used 1 234 of 10 000 credits this month.", false),
        (of("1500", FairUsePeriod::Month), "Fair use: used 1 234 of 1 500 credits this month.", true),
        (of("1000", FairUsePeriod::Month), "Fair use: used 1 234 of 1 000 credits this month, over the cap.", true),
        (of("100", FairUsePeriod::Day), "Fair use: used 34 of 100 credits in the last 24 hours.", false),
        (Some(FairUse::Unpublished), "Fair use: used 1 234 credits this month, of a cap that is not published.", false),
    ];
    for (width, height) in [(80, 24), (120, 40)] {
        for (cap, words, is_near) in cases {
            let text = shown(vec![capped(cap)], width, height, "<Enter>");
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(words), "{words} is not in {text}");
            assert_eq!(flat.contains("◷ near its fair-use cap"), is_near, "{text}");
        }
        let text = shown(vec![capped(None)], width, height, "<Enter>");
        assert!(!text.to_lowercase().contains("fair"), "{text}");
    }
}
