//! While names are masked, nothing on a screen, in a message or on the clipboard tells whose account it is (SPEC 7).

use std::sync::Arc;

use crate::credit::{AccountId, Book, BucketId, EntryBody, Expires, Failure, FailureKind, Grant, Ref, ScheduledGrant, Seq};
use crate::tui::fixtures::{amount, at, dealer, id, model_with, now, old_key, press, screen, setup, studio};
use crate::tui::{Effect, Message, Model, RequestId, Setup, update};

const CANARY: &str = "canary";

/// The account with the word in every text that may name somebody.
fn marked(mut book: Book, place: usize) -> Book {
    let word = |what: &str| format!("{CANARY}-{what}-{place}");
    let account: AccountId = id(&word("id"));
    book.profile.id = account.clone();
    book.profile.name = word("name");
    book.profile.customer = Some(word("customer"));
    book.profile.tags = vec![word("label")];
    Arc::make_mut(&mut book.rules).account = account.clone();
    for scheduled in &mut Arc::make_mut(&mut book.rules).scheduled {
        *scheduled = ScheduledGrant { label: word("lot"), ..scheduled.clone() };
    }
    for seen in Arc::make_mut(&mut book.observations) {
        seen.account = account.clone();
        seen.email = Some(format!("{CANARY}@example.com"));
    }
    if let Some(failure) = &mut book.health.failure {
        failure.message = format!("No: {CANARY} of account {}", word("name"));
    }
    for entry in Arc::make_mut(&mut book.entries) {
        entry.account = account.clone();
        entry.note = Some(word("note"));
        entry.actor = Some(word("actor"));
        entry.tags = vec![word("label")];
        entry.reference = Ref::new(&format!("{CANARY}-{}", entry.reference)).unwrap();
        if let EntryBody::Reverse { reverses } = &mut entry.body {
            *reverses = Ref::new(&format!("{CANARY}-{reverses}")).unwrap();
        }
    }
    book
}

fn books() -> Vec<Book> {
    let mut poor = dealer();
    // A capture of a hold, a spend that nothing pays, and a lot that waits.
    let entries = Arc::make_mut(&mut poor.entries);
    let mut news = entries.last().unwrap().clone();
    news.at = at("2026-11-20T08:00:00Z");
    news.seq = Seq(90);
    news.reference = Ref::new("capture").unwrap();
    news.body = EntryBody::Capture { hold: Ref::new(&format!("{CANARY}-dealer-6")).unwrap(), amount: amount("5") };
    entries.push(news.clone());
    news.seq = Seq(91);
    news.reference = Ref::new("large").unwrap();
    news.body = crate::tui::fixtures::spend("99999", "replace-background", "1");
    entries.push(news.clone());
    news.seq = Seq(92);
    news.reference = Ref::new("later").unwrap();
    news.body = EntryBody::Grant(Grant {
        bucket: BucketId::new("purchased").unwrap(),
        amount: amount("7"),
        effective_at: Some(at("2026-12-24T00:00:00Z")),
        expires: Expires::ByRule,
        priority: 0,
    });
    entries.push(news);
    let mut limited = studio();
    let retry_at = Some(now() + chrono::TimeDelta::minutes(9));
    limited.health.failure =
        Some(Failure { kind: FailureKind::RateLimited, message: String::new(), at: now(), retry_at, or_out_of_credit: false });
    let all = [studio(), limited, old_key(), dealer(), poor];
    all.into_iter().enumerate().map(|(place, book)| marked(book, place)).collect()
}

fn has_no_canary(model: &Model, effects: &[Effect], after: &str) {
    let text = screen(model);
    assert!(!text.to_lowercase().contains(CANARY), "{after}: {text}");
    for effect in effects {
        if let Effect::Copy { text, .. } = effect {
            assert!(!text.to_lowercase().contains(CANARY), "{after}: copied {text}");
        }
    }
}

/// Ways through every screen; after each key the frame is looked at.
const WAYS: [&str; 16] = [
    "jjjjkky",
    "<Enter>y<Right>y<Right>y<Right>y<Right>y<PgDn><PgDn>",
    "c20 imag<Enter>yRn",
    "c20000 imag<Enter>yRHX",
    "jjjc20 repl<Enter>yRn",
    "jjjc2000 repl<Enter>yRH",
    "jjjc900 repl<Enter>y<PgDn>Hn",
    "c20 imag<Enter>a<Down><Down><Enter>",
    "jjjlyjyjyjyjyjyjyx",
    "jjjjlyjyxnjxnjxnjxnjx",
    "lsjyjyjyjyxn/spend<Enter>y",
    "jjjla5<Enter><Enter>x<Enter>n",
    "jjjlah<Enter>99999<Enter><Enter><Enter>",
    "/stale<Enter>y<Esc>/account 4<Enter>y",
    "?priv<Esc>rtuy",
    "<Tab>y<Tab><Esc><Tab>y",
];

#[test]
fn nothing_on_a_screen_or_on_the_clipboard_names_anybody() {
    let open = model_with(setup(), books(), 120, 40);
    assert!(screen(&open).contains(CANARY), "else there would be nothing to find");
    for (width, height) in [(80, 24), (120, 40), (40, 12), (200, 60)] {
        for way in WAYS {
            let mut model = model_with(Setup { privacy: true, ..setup() }, books(), width, height);
            has_no_canary(&model, &[], "the first frame");
            for key in keys(way) {
                let effects = press(&mut model, &key);
                has_no_canary(&model, &effects, &format!("{width}: {way} at {key}"));
            }
        }
    }
}

fn keys(way: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = way;
    while let Some(first) = rest.chars().next() {
        let named = rest.split_inclusive('>').next().filter(|_| first == '<');
        let key = named.map_or_else(|| first.to_string(), str::to_owned);
        rest = rest.strip_prefix(key.as_str()).unwrap();
        keys.push(key);
    }
    keys
}

#[test]
fn messages_are_masked_when_they_are_shown_not_when_they_are_made() {
    let dealer = id(&format!("{CANARY}-id-3"));
    let entries = books().into_iter().nth(3).unwrap().entries.to_vec();
    let refusals = ["nothing was recorded: canary-name has no such hold", "The old configuration stays: canary.toml:4"];
    let mut messages: Vec<Message> = vec![Message::Recorded { request: RequestId::nth(7), entries }];
    messages.extend(refusals.map(|what| Message::Refused { request: None, what: what.into(), hint: Some("ask canary".into()) }));
    let wished = vec![(dealer, crate::tui::message::Wished::NotBefore(now()))];
    messages.push(Message::Wished { request: RequestId::nth(1), wished });
    for message in messages {
        let mut model = model_with(setup(), books(), 120, 40);
        model.requests.open(crate::tui::requests::Pending::Refresh);
        update(&mut model, message, now());
        let shown = |model: &Model| screen(model).lines().rev().nth(1).unwrap_or_default().to_lowercase();
        assert!(shown(&model).contains(CANARY), "{}", screen(&model));
        model.setup.privacy = true;
        has_no_canary(&model, &[], "masked later");
    }
}

#[test]
fn accounts_are_told_apart_by_their_place() {
    let mut model = model_with(Setup { privacy: true, ..setup() }, books(), 80, 24);
    for number in 1..=5 {
        assert!(screen(&model).contains(&format!("Account {number} ")), "{}", screen(&model));
    }
    press(&mut model, "jjj<Enter>");
    assert!(screen(&model).contains("Account 4"), "{}", screen(&model));
    let columns = |model: &Model| screen(model).lines().nth(4).map(|line| line.trim_end().len());
    let mut open = model_with(setup(), books(), 80, 24);
    let before = columns(&open);
    press(&mut open, "p");
    assert_eq!(columns(&open).is_some(), before.is_some());
}
