//! How long the dashboard takes from a key to the finished frame, at 200x60.
//!
//! `cargo bench --bench screens`

#![expect(clippy::expect_used, reason = "a benchmark whose fixture is wrong should stop")]

use std::sync::Arc;

use creditop::catalog::{AccountSettings, Catalog};
use creditop::credit::{
    AccountId, Book, Instant, PlanId, PollHealth, Profile, ProviderId, Thresholds, parse_date, parse_instant,
};
use creditop::tui::{Message, Model, Setup, update, view};
use criterion::{Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").expect("a valid instant")
}

/// A dealer's account with a month of quota and a launch promotion.
fn dealer(number: usize) -> Book {
    let catalog = Catalog::builtin();
    let definition = catalog.get("ai-background-studio").expect("a built-in provider");
    let id = AccountId::new(&format!("dealer-{number}")).expect("a valid id");
    let settings = AccountSettings {
        plan: Some(PlanId::new("professional-plus").expect("a valid plan")),
        slots: Some(500),
        since: Some(parse_date("2026-10-15").expect("a valid date")),
        reset_day: Some(1),
        launch_date: Some(parse_date("2026-11-01").expect("a valid date")),
        ..AccountSettings::default()
    };
    Book {
        profile: Profile {
            id: id.clone(),
            name: format!("Dealer {number}"),
            provider: ProviderId::new("ai-background-studio").expect("a valid id"),
            provider_name: definition.name.clone(),
            unit: definition.unit.clone(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::new(definition.rules(&id, &settings).expect("sound settings")),
        prices: Arc::new(definition.price_list(settings.plan.as_ref(), &settings)),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::default(),
        observations: Arc::default(),
        health: PollHealth::default(),
    }
}

fn key(code: KeyCode) -> Message {
    Message::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// The calculator with a plan of every action, over two accounts.
fn calculator() -> Model {
    let mut model = Model::new(Setup::default());
    let mut send = |message| update(&mut model, message, now());
    send(Message::Resized(200, 60));
    send(Message::Books((0..6).map(dealer).collect()));
    send(key(KeyCode::Char('c')));
    for account in 0..2 {
        if account == 1 {
            send(key(KeyCode::Right));
        }
        for action in ["20 replace background", "30 place logo", "40 re-apply"] {
            for letter in action.chars() {
                send(key(KeyCode::Char(letter)));
            }
            send(key(KeyCode::Enter));
        }
    }
    send(key(KeyCode::Esc));
    model
}

fn key_to_frame(c: &mut Criterion) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let mut model = calculator();
    let mut more = true;
    c.bench_function("calculator/key to frame at 200x60", |b| {
        b.iter(|| {
            more = !more;
            update(&mut model, key(KeyCode::Char(if more { '+' } else { '-' })), now());
            buffer.reset();
            view(&model, &mut buffer, now());
        });
    });
    let text: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert!(text.contains("Re-apply") && text.contains("Dealer 1"), "the plan is on the screen");
}

fn overview(c: &mut Criterion) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let mut model = calculator();
    for _ in 0..2 {
        update(&mut model, key(KeyCode::Char('q')), now());
    }
    c.bench_function("overview/key to frame at 200x60", |b| {
        b.iter(|| {
            update(&mut model, key(KeyCode::Down), now());
            buffer.reset();
            view(&model, &mut buffer, now());
        });
    });
}

/// Very many accounts: a frame, and a key of the filter with its frame.
fn many(c: &mut Criterion) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
    let first = dealer(0);
    let named = |number: usize| {
        let mut book = first.clone();
        book.profile.id = AccountId::new(&format!("dealer-{number}")).expect("a valid id");
        book.profile.name = format!("Dealer {number}");
        book
    };
    let mut model = Model::new(Setup::default());
    update(&mut model, Message::Resized(200, 60), now());
    update(&mut model, Message::Books((0..10_000).map(named).collect()), now());
    update(&mut model, key(KeyCode::Char('/')), now());
    while view(&model, &mut buffer, now()).until == Some(now()) {
        update(&mut model, Message::Woke, now());
    }
    c.bench_function("overview/frame of 10,000 accounts", |b| {
        b.iter(|| {
            buffer.reset();
            view(&model, &mut buffer, now());
        });
    });
    let mut letters = "77".chars().map(KeyCode::Char).chain([KeyCode::Backspace, KeyCode::Backspace]).cycle();
    c.bench_function("overview/filter key to frame, 10,000 accounts", |b| {
        b.iter(|| {
            letters.next().into_iter().for_each(|code| drop(update(&mut model, key(code), now())));
            buffer.reset();
            view(&model, &mut buffer, now());
        });
    });
}

criterion_group!(benches, key_to_frame, overview, many);
criterion_main!(benches);
