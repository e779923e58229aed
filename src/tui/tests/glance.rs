//! The first glance is true: what is wrong in words, the most urgent first, on the row, in the summary and on the account screen.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::credit::{
    Book, BucketId, EntryBody, Expires, Failure, FailureKind, Grant, Observation, PollHealth, Spend, Thresholds,
};
use crate::tui::Model;
use crate::tui::fixtures::{
    amount, at, books, dealer, id, model, model_with, now, old_key, portraits, press, screen, setup, studio, unknown,
};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 12), (200, 60)];

fn shown(books: Vec<Book>, width: u16, height: u16) -> String {
    screen(&model_with(setup(), books, width, height))
}

/// The summary: the first line with text below the tabs.
fn summary(model: &Model) -> String {
    screen(model).lines().skip(1).find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

/// The dealer's account with nothing but a purchase, of which so much was spent.
fn purchased(granted: &str, spent: &str) -> Book {
    let mut book = dealer();
    let rules = Arc::make_mut(&mut book.rules);
    rules.phases.clear();
    rules.scheduled.clear();
    rules.buckets.retain(|bucket| bucket.id.as_str() == "purchased");
    let entries = Arc::make_mut(&mut book.entries);
    entries.truncate(2);
    let grant = Grant {
        bucket: BucketId::new("purchased").unwrap(),
        amount: amount(granted),
        effective_at: None,
        expires: Expires::ByRule,
        priority: 0,
    };
    entries[0].body = EntryBody::Grant(grant);
    entries[1].body = EntryBody::Spend(Spend { amount: amount(spent), action: None, variant: None, quantity: None });
    book
}

fn failing(kind: FailureKind) -> Book {
    let mut book = old_key();
    book.profile.id = id(kind.word());
    book.health.failure = Some(Failure { kind, message: "No.".to_owned(), at: now(), retry_at: None, or_out_of_credit: false });
    book
}

#[test]
fn the_first_screen_says_what_is_wrong_at_every_size() {
    for (width, height) in SIZES {
        let model = model(width, height);
        let words = summary(&model);
        for part in ["1 key refused", "1 runs dry", "285 lapse"] {
            assert!(words.contains(part), "{width}: {words}");
        }
        assert!(!words.contains('…') && !screen(&model).contains("all is well"), "{width}: {words}");
    }
}

#[test]
fn the_rows_say_it_with_the_amount_and_the_time() {
    let text = shown(books(), 80, 24);
    let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(row("  ▼ Studio, yearly").ends_with("runs dry in 15 h ≈"), "{text}");
    assert!(row("  ✕ Old key").ends_with("key refused · 2 d old"), "{text}");
    assert!(row("  ◷ Dealer North").ends_with("285 lapse in 3 d 15 h"), "{text}");
    assert!(row("    Portraits").ends_with("refills in 10 d 15 h"), "{text}");
}

#[test]
fn half_a_credit_of_25_and_a_half_is_an_almost_empty_gauge_and_not_well() {
    let text = shown(vec![purchased("25.5", "25")], 80, 24);
    let row = text.lines().find(|line| line.contains("Dealer North ")).unwrap();
    let (full, empty) = (row.matches('▇').count(), row.matches('▁').count());
    assert!(full == 1 && empty > 10, "{text}");
    assert!(row.contains("runs dry in 14 h") && !text.contains("all is well"), "{text}");
}

#[test]
fn all_is_well_is_said_only_where_every_account_is() {
    let well = || vec![portraits()];
    assert!(shown(well(), 80, 24).contains("all is well"), "{}", shown(well(), 80, 24));
    let others = [unknown(), old_key(), failing(FailureKind::NoKey), failing(FailureKind::Timeout), dealer(), new_account()];
    for other in others {
        let text = shown([well(), vec![other]].concat(), 80, 24);
        assert!(!text.contains("all is well"), "{text}");
    }
    let many: Vec<Book> = (0..50)
        .map(|place| {
            let mut book = purchased("98000000000", "1");
            book.profile.id = id(&format!("b{place}"));
            let entries = Arc::make_mut(&mut book.entries);
            if let EntryBody::Grant(grant) = &mut entries[0].body {
                grant.expires = Expires::At(now() + TimeDelta::days(1));
            }
            book
        })
        .collect();
    let model = model_with(setup(), many, 80, 24);
    assert!(summary(&model).contains("50 lapse, first in 1 d"), "{}", screen(&model));
}

fn new_account() -> Book {
    let mut book = purchased("1", "1");
    Arc::make_mut(&mut book.entries).clear();
    book
}

#[test]
fn a_new_account_is_not_red_and_an_unknown_one_is_drawn_as_unknown() {
    let text = shown(vec![new_account()], 80, 24);
    assert!(text.contains("nothing recorded yet") && !text.contains('✕'), "{text}");
    let mut model = model_with(setup(), vec![unknown()], 80, 24);
    let text = screen(&model);
    assert!(text.contains("? ? ? ?") && text.contains("what is left is unknown") && !text.contains('▇'), "{text}");
    press(&mut model, "<Enter>");
    assert!(screen(&model).contains("press l, then a"), "{}", screen(&model));
}

#[test]
fn p02_a_missing_key_is_not_refused_in_the_summary() {
    let model = model_with(setup(), vec![failing(FailureKind::NoKey)], 80, 24);
    assert_eq!(summary(&model), "1 account · 1 without a key");
    for kind in [FailureKind::Unauthorized, FailureKind::Forbidden] {
        let model = model_with(setup(), vec![failing(kind)], 80, 24);
        assert_eq!(summary(&model), "1 account · 1 key refused", "{kind:?}");
    }
}

#[test]
fn p02_a_failure_is_called_by_one_name_wherever_it_is_seen() {
    for kind in FailureKind::ALL {
        assert!(kind.words().contains(kind.brief()), "{kind:?}");
        for (width, height) in SIZES {
            for keys in ["", "<Enter>"] {
                let mut model = model_with(setup(), vec![failing(kind)], width, height);
                press(&mut model, keys);
                // The account's name and id are no words of its failure.
                let id = format!("({})", kind.word());
                let text = screen(&model).replace(&id, "");
                assert!(text.contains(kind.brief()), "{kind:?} at {width} after {keys:?}: {text}");
                for other in FailureKind::ALL.into_iter().filter(|other| other.words() != kind.words()) {
                    assert!(!text.contains(other.brief()), "{kind:?} is called {:?} too: {text}", other.brief());
                }
                let other_word = (!kind.words().contains(kind.word())).then(|| kind.word());
                assert!(!other_word.is_some_and(|word| text.contains(word)), "{kind:?} after {keys:?}: {text}");
            }
        }
    }
}

#[test]
fn stale_figures_are_dim_and_say_their_age() {
    use ratatui::style::Modifier;
    for keys in ["", "<Enter>"] {
        let mut model = model_with(setup(), vec![old_key()], 80, 24);
        press(&mut model, keys);
        assert!(screen(&model).contains("2 d old"), "{}", screen(&model));
        let buffer = crate::tui::fixtures::drawn(&model, 80, 24);
        let dim = model.setup.theme.dim.fg.unwrap();
        let blocks = buffer.content.iter().filter(|cell| cell.symbol() == "▇");
        assert!(blocks.clone().count() > 0 && blocks.into_iter().all(|cell| cell.fg == dim), "{keys:?}");
        let figures = buffer.content.windows(2).filter(|pair| pair[0].symbol() == "5" && pair[1].symbol() == "5");
        assert!(figures.into_iter().all(|pair| !pair[0].modifier.contains(Modifier::BOLD)), "{keys:?}");
    }
}

#[test]
fn the_summary_counts_what_has_no_room_and_never_cuts_a_figure() {
    let mut many = books();
    for (place, kind) in [FailureKind::NoKey, FailureKind::Timeout, FailureKind::Refused].into_iter().enumerate() {
        let mut book = failing(kind);
        book.profile.id = id(&format!("f{place}"));
        many.push(book);
    }
    many.extend([unknown(), new_account()].map(|mut book| {
        book.profile.id = id(&format!("x{}", book.entries.len() + usize::from(book.profile.name == "Dealer South")));
        book
    }));
    for (width, height) in SIZES {
        let model = model_with(setup(), many.clone(), width, height);
        let words = summary(&model);
        assert!(words.contains("1 key refused") && !words.contains('…'), "{width}: {words}");
        assert!(width > 100 || words.ends_with("more"), "{width}: {words}");
    }
}

#[test]
fn columns_are_measured_over_all_accounts_and_stay_while_scrolling() {
    let mut all: Vec<Book> = (0..60)
        .map(|place| {
            let mut book = purchased("250", "1");
            book.profile.id = id(&format!("b{place}"));
            book.profile.name = format!("Dealer {place}");
            book
        })
        .collect();
    all.push(purchased("1234567", "0.25"));
    let mut model = model_with(setup(), all, 80, 24);
    let column = |model: &Model| {
        let text = screen(model);
        let row = text.lines().find(|line| line.contains("Dealer ") && line.contains('▇')).unwrap().to_owned();
        row.chars().position(|c| c == '▇')
    };
    let first = column(&model);
    press(&mut model, "G");
    assert_eq!(column(&model), first, "{}", screen(&model));
}

#[test]
fn the_account_screen_says_its_id_and_everything_that_is_wrong() {
    let mut book = purchased("250", "240");
    book.profile.thresholds = Thresholds { lapse_days: 7, ..Thresholds::default() };
    let entries = Arc::make_mut(&mut book.entries);
    if let EntryBody::Grant(grant) = &mut entries[0].body {
        grant.expires = Expires::At(at("2026-11-25T00:00:00Z"));
    }
    let mut model = model_with(setup(), vec![book], 120, 40);
    press(&mut model, "<Enter>");
    let text = screen(&model);
    for words in ["Dealer North (dealer)", "◷ 10 lapse in 4 d 15 h", "▼ "] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn what_was_never_polled_is_neither_empty_nor_well() {
    let mut book = studio();
    book.observations = Arc::new(Vec::<Observation>::new());
    book.health = PollHealth { last_ok_at: None, failure: None, interval_seconds: 300, others_ok_at: None };
    let text = shown(vec![book], 80, 24);
    assert!(text.contains("1 not asked yet") && !text.contains("all is well") && !text.contains('✕'), "{text}");
}

/// An account that was asked and never answered rightly.
fn without_figures(kind: FailureKind) -> Book {
    let mut book = failing(kind);
    book.observations = Arc::new(Vec::<Observation>::new());
    book.health.last_ok_at = None;
    book
}

#[test]
fn p02_what_never_had_figures_is_not_called_stale() {
    for kind in FailureKind::ALL {
        for (width, height) in SIZES {
            let model = model_with(setup(), vec![without_figures(kind)], width, height);
            let text = screen(&model);
            assert!(!summary(&model).contains("stale") && !text.contains(" old"), "{kind:?} at {width}: {text}");
        }
    }
    let mut two = vec![without_figures(FailureKind::Timeout), without_figures(FailureKind::Malformed), failing(FailureKind::Tls)];
    two[0].profile.id = id("a");
    let model = model_with(setup(), two, 80, 24);
    assert_eq!(summary(&model), "3 accounts · 2 without figures · 1 stale");
    assert!(screen(&model).contains("no answer in time"), "{}", screen(&model));
}

#[test]
fn p02_an_ambiguous_refusal_is_not_headlined_as_one_cause() {
    let ambiguous = |mut book: Book| {
        book.health.failure = book.health.failure.map(|failure| Failure { or_out_of_credit: true, ..failure });
        book
    };
    for (width, height) in SIZES {
        for book in [failing(FailureKind::Unauthorized), without_figures(FailureKind::Unauthorized)] {
            let mut model = model_with(setup(), vec![ambiguous(book)], width, height);
            assert!(summary(&model).contains("1 key refused or out of credit"), "{}", screen(&model));
            for keys in ["", "<Enter>", "q/refused"] {
                press(&mut model, keys);
                let text = screen(&model).replace("key refused or out of credit", "").replace("refused or empty", "");
                assert!(!text.contains("key refused") && !text.contains("key was refused,"), "{width} after {keys:?}: {text}");
            }
            assert_eq!(model.overview.shown.len(), 1, "it is found by either cause");
            press(&mut model, "<Esc>/empty");
            assert_eq!(model.overview.shown.len(), 1, "it is found by either cause");
        }
    }
    // The demo's key is refused with an answer that says so and nothing else.
    assert!(summary(&model(80, 24)).contains("1 key refused · "));
}

#[test]
fn large_figures_in_the_summary_are_grouped_as_elsewhere() {
    let mut book = purchased("98000000000", "1");
    if let EntryBody::Grant(grant) = &mut Arc::make_mut(&mut book.entries)[0].body {
        grant.expires = Expires::At(now() + TimeDelta::days(1));
    }
    for (width, height) in SIZES {
        let words = summary(&model_with(setup(), vec![book.clone()], width, height));
        assert!(words.contains("97 999 999 999 lapse"), "{width}: {words}");
    }
}

#[test]
fn a_bucket_has_a_number_and_its_lots_have_none() {
    let mut model = model(80, 24);
    press(&mut model, "jjjj<Enter>");
    let text = screen(&model);
    let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(row("Purchased ").starts_with("   3 Purchased"), "{text}");
    assert!(row("dealer-7 ").starts_with("       dealer-7"), "{text}");
    press(&mut model, "p");
    assert!(
        screen(&model).contains("       lot 2 "),
        "lots are counted in their bucket while names are masked: {}",
        screen(&model)
    );
}
