//! Accounts that share one balance count once (SPEC P9).

use crate::credit::{Amount, Book, Failure, FailureKind, Pool};
use crate::tui::Model;
use crate::tui::fixtures::{dealer, id, model_with, now, press, screen, setup, studio, yearly};

/// The book of another account of the pool.
fn twin(mut book: Book, other: &str) -> [Book; 2] {
    let pool = |others: &str| Some(Pool { name: "team".to_owned(), others: vec![id(others)] });
    let mut second = book.clone();
    second.profile.pool = pool(book.profile.id.as_str());
    book.profile.pool = pool(other);
    second.profile.id = id(other);
    second.profile.name = format!("{}, second key", book.profile.name);
    [book, second]
}

fn opened(books: Vec<Book>, keys: &str) -> Model {
    let mut model = model_with(setup(), books, 100, 30);
    press(&mut model, keys);
    model
}

#[test]
fn p09_the_summary_counts_a_pool_once() {
    let alone = screen(&opened(vec![yearly(), dealer()], ""));
    assert!(alone.contains("1 runs dry in 15 h") && alone.contains("285 lapse"), "{alone}");
    let shared = screen(&opened([twin(yearly(), "y2"), twin(dealer(), "d2")].concat(), ""));
    assert!(shared.contains("1 runs dry in 15 h"), "one balance runs dry, whoever draws on it: {shared}");
    assert!(shared.contains("· 285 lapse in 3 d"), "{shared}");
    // A key that is refused is one key.
    let mut twins = twin(dealer(), "d2");
    for book in &mut twins {
        let message = "No.".to_owned();
        book.health.failure =
            Some(Failure { kind: FailureKind::Forbidden, message, at: now(), retry_at: None, or_out_of_credit: false });
    }
    let refused = screen(&opened(twins.to_vec(), ""));
    assert!(refused.contains("2 keys refused"), "{refused}");
}

#[test]
fn p09_the_account_screen_says_with_whom_it_shares() {
    let mut model = opened(twin(studio(), "s2").to_vec(), "<Enter>");
    let text = screen(&model);
    assert!(text.contains("Shares one balance with Studio, second key (pool team)."), "{text}");
    assert!(text.contains("The figures are those of its own poll, 12 s ago."), "{text}");
    press(&mut model, "p");
    let text = screen(&model);
    assert!(text.contains("Shares one balance with Account 2."), "{text}");
    assert!(!text.contains("team") && !text.contains("second key"), "{text}");
}

#[test]
fn p09_the_calculator_promises_the_credits_of_a_pool_once() {
    let plan = |first: u32, second: u32| {
        let mut model = opened(twin(studio(), "s2").to_vec(), "");
        for (account, quantity) in [("studio", first), ("s2", second)] {
            let line = crate::tui::calculator::PlannedLine {
                account: id(account),
                action: "imagine".parse().unwrap(),
                variant: None,
                quantity: Amount::from(quantity),
                typed: None,
            };
            model.calculator.lines.push(line);
        }
        model.calculator.requote(&model.accounts, now());
        model.calculator.quotes.iter().map(|priced| priced.quote.as_ref().unwrap().shortfall).collect::<Vec<_>>()
    };
    // 2,600 credits at 10 an image.
    assert_eq!(plan(200, 60), [Some(Amount::ZERO), Some(Amount::ZERO)]);
    assert_eq!(plan(200, 61), [Some(Amount::ZERO), Some(Amount::from(10))]);
}

/// Two pools of two keys each; one of the balances runs dry.
fn pools() -> Vec<Book> {
    let mut books = [twin(studio(), "south"), twin(yearly(), "west")].concat();
    for (book, name) in books.iter_mut().zip(["North", "South", "East", "West"]) {
        name.clone_into(&mut book.profile.name);
    }
    books.push(dealer());
    books
}

/// The row of an account in the list.
fn row<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.contains(name) && line.contains('▇')).unwrap_or_default()
}

#[test]
fn p09_rows_that_are_one_balance_say_so() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut model = model_with(setup(), pools(), width, height);
        let text = screen(&model);
        assert!(row(&text, "North ").contains("refills") && !row(&text, "North ").contains("with"), "{text}");
        assert!(row(&text, "South ").ends_with("  shares with North"), "{text}");
        assert!(row(&text, "East ").contains("▼ East") && !row(&text, "East ").contains("with"), "{text}");
        let west = row(&text, "West ");
        assert!(west.contains("▼ West") && west.contains("dry in 15 h") && west.ends_with("· with East"), "{text}");
        insta::assert_snapshot!(format!("overview_with_pools_{width}x{height}"), text);
        press(&mut model, "p");
        let text = screen(&model);
        assert!(row(&text, "Account 2 ").ends_with("  shares with Account 1"), "{text}");
        assert!(row(&text, "Account 4 ").ends_with("with Account 3"), "{text}");
        assert!(!["North", "South", "East", "West"].iter().any(|name| text.contains(name)), "{text}");
        // Masked, it is not found by the name that is masked either.
        press(&mut model, "/with Account 1<Enter>");
        let text = screen(&model);
        assert!(text.contains("1 of 5 accounts") && text.contains("Account 2"), "{text}");
    }
}

#[test]
fn p09_a_row_of_a_pool_says_first_what_is_wrong_with_its_own_key() {
    let mut books = pools();
    let message = "No.".to_owned();
    books[1].health.failure =
        Some(Failure { kind: FailureKind::Forbidden, message, at: now(), retry_at: None, or_out_of_credit: false });
    let text = screen(&model_with(setup(), books, 80, 24));
    let south = row(&text, "South ");
    assert!(south.contains("✕ South") && south.contains("key refused") && !south.contains("North"), "{text}");
    // What is left to share with is what is configured.
    let text = screen(&model_with(setup(), pools().split_off(1), 80, 24));
    assert!(!row(&text, "South ").contains("with"), "{text}");
}
