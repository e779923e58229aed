//! What polls show to have happened, what is inferred from it, and what holds promise: the account screen says it truly.

use std::sync::Arc;

use crate::credit::{
    Book, BucketId, EntryBody, EventKind, Expires, Figure, Grant, Observation, Spend, WarningKind, with_inferred_resets,
};
use crate::tui::Effect;
use crate::tui::fixtures::{amount, at, dealer, entry, model_with, press, screen, setup, shop};

/// The shop's account as polls saw it: when, until when, how many images of 100.
fn polled(polls: &[(&str, &str, &str)]) -> Book {
    let mut book = shop();
    let first = book.observations.first().unwrap().clone();
    let seen = |(place, (from, until, left)): (usize, &(&str, &str, &str))| {
        let mut seen = Observation { seq: crate::credit::Seq(i64::try_from(place).unwrap()), ..first.clone() };
        (seen.at, seen.last_seen_at) = (at(from), at(until));
        seen.buckets[0].remaining = Figure::Known(amount(left));
        seen
    };
    book.observations = Arc::new(polls.iter().enumerate().map(seen).collect());
    book.rules = with_inferred_resets(&book.rules, &book.observations);
    book
}

/// The words of a screen in one line, so that it doesn't matter where they break.
fn words(book: Book, width: u16, height: u16, keys: &str) -> String {
    let mut model = model_with(setup(), vec![book], width, height);
    press(&mut model, keys);
    screen(&model).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Seen refilled in the night to 7 November.
const REFILLED: [(&str, &str, &str); 2] =
    [("2026-10-25T09:00:00Z", "2026-11-06T09:00:00Z", "20"), ("2026-11-07T02:00:00Z", "2026-11-20T08:59:48Z", "97")];

#[test]
fn p07_an_inferred_reset_is_shown_with_its_sign_and_the_reason() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let text = words(polled(&REFILLED), width, height, "<Enter>");
        assert!(text.contains("refills in 16 d 17 h ≈"), "{width}: {text}");
        assert!(text.contains("Images: the reset is inferred: seen refilled on 7 Nov."), "{width}: {text}");
    }
    // The sign stays where there is least room, and the reason is a few lines below.
    assert!(words(polled(&REFILLED), 40, 12, "<Enter>").contains('≈'));
    let mut pages = ["", "<Down>", "<Down>", "<Down>"].iter().scan("<Enter>".to_owned(), |keys, more| {
        keys.push_str(more);
        Some(words(polled(&REFILLED), 40, 12, keys))
    });
    assert!(pages.any(|text| text.contains("inferred: seen refilled on 7 Nov.")));
}

#[test]
fn p07_where_the_day_is_stated_nothing_is_said_to_be_inferred() {
    let mut book = polled(&[REFILLED[0]]);
    let rules = Arc::make_mut(&mut book.rules);
    rules.resets_stated = true;
    rules.buckets[0].resets = dealer().rules.buckets[1].resets.clone();
    book.observations = polled(&REFILLED).observations;
    book.rules = with_inferred_resets(&book.rules, &book.observations);
    let text = words(book, 80, 24, "<Enter>");
    assert!(text.contains("refills in 10 d 15 h") && !text.contains('≈') && !text.contains("inferred"), "{text}");
}

/// A purchase of 100 that lapses on 24 November and one that lapses on 30 November, of which 1 was used, and a hold of 60.
fn two_lapses(hold_ends: Option<&str>) -> Book {
    let mut book = dealer();
    let rules = Arc::make_mut(&mut book.rules);
    rules.phases.clear();
    rules.scheduled.clear();
    let grant = |expires: &str| {
        EntryBody::Grant(Grant {
            bucket: BucketId::new("purchased").unwrap(),
            amount: amount("100"),
            effective_at: None,
            expires: Expires::At(at(expires)),
            priority: 0,
        })
    };
    let entries = Arc::make_mut(&mut book.entries);
    entries[0].body = grant("2026-11-24T00:00:00Z");
    entries[1].body = grant("2026-11-30T00:00:00Z");
    entries[2].body = EntryBody::Spend(Spend { amount: amount("1"), action: None, variant: None, quantity: None });
    entries[3].body = EntryBody::Hold { amount: amount("60"), expires_at: hold_ends.map(at) };
    entries.truncate(4);
    book
}

#[test]
fn e11_held_credits_are_named_at_one_lapse_only() {
    let text = words(two_lapses(None), 120, 40, "<Enter>");
    assert_eq!(text.matches("will lapse unused").count(), 2, "{text}");
    assert_eq!(text.matches("held for planned work").count(), 1, "{text}");
    let first = text.find("will lapse unused").unwrap();
    let second = text.rfind("will lapse unused").unwrap();
    let held = text.find("60 of it held for planned work").unwrap();
    assert!(first < held && held < second, "where the hold takes them: {text}");
    let status = two_lapses(None).status(crate::tui::fixtures::now()).unwrap();
    let changes: Vec<_> = status.coming.iter().filter(|change| change.held.is_positive()).map(|change| change.held).collect();
    assert_eq!(changes, [amount("60")]);
}

#[test]
fn e11_a_hold_that_ends_before_a_lapse_promises_nothing_of_it() {
    for (ends, named) in [("2026-11-23T00:00:00Z", 0), ("2026-11-24T00:00:00Z", 0), ("2026-11-25T00:00:00Z", 1)] {
        let text = words(two_lapses(Some(ends)), 120, 40, "<Enter>");
        assert_eq!(text.matches("held for planned work").count(), named, "{ends}: {text}");
    }
}

/// A reset on 7 November, a top-up on the 12th, a drop on the 15th and another one on the same day.
const EVENTFUL: [(&str, &str, &str); 5] = [
    ("2026-10-25T09:00:00Z", "2026-11-06T09:00:00Z", "20"),
    ("2026-11-07T02:00:00Z", "2026-11-12T08:00:00Z", "97"),
    ("2026-11-12T09:00:00Z", "2026-11-15T08:00:00Z", "104"),
    ("2026-11-15T09:00:00Z", "2026-11-15T09:00:00Z", "74"),
    ("2026-11-15T10:00:00Z", "2026-11-20T08:59:48Z", "64"),
];

/// The columns of the signs in the row under the chart, and where the chart begins to show what they stand for.
fn marks(text: &str) -> Vec<(usize, char)> {
    let lines: Vec<&str> = text.lines().collect();
    let chart = lines.iter().position(|line| line.contains("30 days")).expect("a chart");
    let row = lines[chart + 1].chars().take(12 + 60).enumerate();
    row.filter(|(_, sign)| "↺+?r".contains(*sign)).collect()
}

#[test]
fn p08_marks_stand_under_the_bars_that_show_what_happened_with_a_legend() {
    for (width, height, a_day) in [(80, 40, 1), (120, 40, 2)] {
        let mut model = model_with(setup(), vec![polled(&EVENTFUL)], width, height);
        press(&mut model, "<Enter>");
        let text = screen(&model);
        let found: Vec<(usize, char)> = marks(&text).into_iter().take(3).collect();
        assert_eq!(found.iter().map(|(_, sign)| *sign).collect::<String>(), "↺+?", "{width}: {text}");
        let columns: Vec<usize> = found.iter().map(|(column, _)| *column).collect();
        let between = |one: usize, other: usize| (columns[other] - columns[one]).abs_diff(a_day * [5, 3][one]);
        assert!(between(0, 1) <= 1 && between(1, 2) <= 1, "{width}: five days, then three: {columns:?} {text}");
        for words in ["↺ reset", "+ top-up", "? unexplained"] {
            assert!(text.contains(words), "{width}: {words}: {text}");
        }
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("What happened between polls"), "{said}");
        assert!(said.contains("Images was topped up by 7 between") && said.contains("Images fell by 30 between"), "{said}");
    }
}

#[test]
fn p08_the_step_of_the_chart_stands_over_its_mark() {
    let mut model = model_with(setup(), vec![polled(&EVENTFUL[..2])], 120, 40);
    press(&mut model, "<Enter>");
    let text = screen(&model);
    let (column, _) = marks(&text)[0];
    let bars: Vec<char> = text.lines().find(|line| line.contains("30 days")).unwrap().chars().collect();
    assert_ne!(bars[column], bars[column - 1], "{text}");
    assert_eq!(bars[column], bars[column + 1], "{text}");
}

#[test]
fn p08_marks_are_ascii_where_all_is_and_absent_where_nothing_happened() {
    let ascii = crate::tui::Setup { ascii: true, theme: crate::tui::Theme::plain(), ..setup() };
    let mut model = model_with(ascii, vec![polled(&EVENTFUL)], 80, 40);
    press(&mut model, "<Enter>");
    let text = screen(&model);
    assert!(text.is_ascii() && text.contains("r reset  + top-up  ? unexplained"), "{text}");
    let mut quiet = model_with(setup(), vec![polled(&EVENTFUL[1..2])], 80, 40);
    press(&mut quiet, "<Enter>");
    assert!(!screen(&quiet).contains("reset  "), "{}", screen(&quiet));
}

#[test]
fn p08_where_nobody_records_spends_many_drops_are_use_and_hide_nothing() {
    let book = crate::tui::fixtures::studio();
    let status = book.status(crate::tui::fixtures::now()).unwrap();
    assert!(status.events.len() > 10, "the JSON has them all");
    let text = words(book, 80, 60, "<Enter>");
    assert!(text.contains("+ top-up") && !text.contains("? unexplained"), "{text}");
    assert!(text.contains("was topped up by") && !text.contains("no entry says why"), "{text}");
    assert!(text.contains("drops between polls with no entry: what is spent is not recorded here"), "{text}");
}

/// What `y` copies of an account's entry, from the newest down.
fn copied_entry(book: Book, down: &str) -> String {
    let mut model = model_with(setup(), vec![book], 120, 40);
    press(&mut model, &format!("l{down}"));
    match press(&mut model, "y").as_slice() {
        [Effect::Copy { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_copied_entry_tells_a_customer_which_credits_paid_and_why() {
    let mut book = dealer();
    let spend =
        |amount: &str| EntryBody::Spend(Spend { amount: self::amount(amount), action: None, variant: None, quantity: None });
    Arc::make_mut(&mut book.entries).push(entry("dealer", 8, "2026-11-20T08:00:00Z", spend("1000"), Some("catalogue")));
    assert_eq!(
        copied_entry(book, ""),
        "Dealer North (AI Background Studio), 20 Nov 2026 09:00 Europe/Berlin: spend −1000 credits from Promotional 285, Monthly \
         500, Purchased 215\n\
         catalogue · ref dealer-8\n\
         AI Background Studio spends promotional, then monthly, then purchased credits (documented)"
    );
    let grant = copied_entry(dealer(), "");
    assert!(grant.starts_with(
        "Dealer North (AI Background Studio), 19 Nov 2026 13:00 Europe/Berlin: grant +100 credits into Purchased\n"
    ));
    assert!(!grant.contains("spends"), "nothing is drawn by a grant: {grant}");
    let reversed = copied_entry(dealer(), "jjjj");
    assert!(reversed.contains("wrong logo") && reversed.contains("reversed") && reversed.contains("ref dealer-3"), "{reversed}");
}

#[test]
fn p08_a_first_spend_leaves_the_drops_before_it_what_they_were() {
    let now = crate::tui::fixtures::now();
    let spend = Spend { amount: amount("1"), action: None, variant: None, quantity: None };
    let mut book = crate::tui::fixtures::studio();
    book.entries = Arc::new(vec![entry("studio", 1, "2026-11-20T09:00:00Z", EntryBody::Spend(spend), None)]);
    let status = book.status(now).unwrap();
    let drops = status.events.iter().filter(|event| event.kind == EventKind::UnexplainedDrop && event.at < now).count();
    assert!(drops > 10, "{drops}");
    let warned = status.warnings.iter().filter(|warning| warning.kind == WarningKind::UnexplainedDrop).count();
    assert_eq!(warned, 0, "{:?}", status.warnings);
    let text = words(book, 80, 60, "<Enter>");
    assert!(!text.contains("no entry says why"), "{text}");
    assert!(text.contains("before anything that is spent was recorded here: they are taken as use"), "{text}");
}
