use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::credit::{Amount, Book};
use crate::provider::simulator::{Faults, Simulator};
use crate::runtime::testing::{id, sample};

/// The sample's accounts being polled.
async fn polled(folder: &TempDir, faults: &[&str]) -> (Simulator, Poller, Desk, UnboundedReceiver<Message>) {
    let (simulator, workspace) = sample(folder).await;
    simulator.add_faults(&Faults::parse(faults).unwrap());
    let (news, inbox) = unbounded_channel();
    let rounds = Poller::start(&workspace).unwrap();
    let (desk, _) = Desk::open(workspace).unwrap();
    let poller = rounds.begin(&desk, &news);
    (simulator, poller, desk, inbox)
}

/// The next book that changed.
async fn next_book(inbox: &mut UnboundedReceiver<Message>) -> Book {
    loop {
        if let Message::BookChanged(book) = inbox.recv().await.unwrap() {
            return *book;
        }
    }
}

#[tokio::test]
async fn p1_an_account_that_never_answers_delays_nobody() {
    let folder = TempDir::new().unwrap();
    let (_simulator, _poller, _desk, mut inbox) = polled(&folder, &["studio/hang"]).await;
    let mut answered = Vec::new();
    for _ in 0..3 {
        answered.push(next_book(&mut inbox).await.profile.id);
    }
    answered.sort();
    assert_eq!(answered, [id("old-key"), id("shop-cutouts"), id("studio-yearly")]);
}

#[tokio::test]
async fn a_wish_polls_before_the_schedule_does() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, _desk, mut inbox) = polled(&folder, &[]).await;
    for _ in 0..4 {
        next_book(&mut inbox).await;
    }
    assert_eq!(simulator.spend("studio", Amount::from(600)), Some(Amount::ZERO));
    poller.force(&[id("studio")]);
    let book = next_book(&mut inbox).await;
    let last = book.observations.last().unwrap();
    assert_eq!((book.profile.id.clone(), last.buckets[0].remaining.known()), (id("studio"), Some(Amount::from(1000))));
}

#[tokio::test]
async fn p3_a_wish_waits_where_the_provider_asked_to() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, _desk, mut inbox) = polled(&folder, &["studio/rate-limited=3600"]).await;
    for _ in 0..4 {
        next_book(&mut inbox).await;
    }
    let asked = simulator.requests();
    poller.force(&[id("studio")]);
    let answer = inbox.recv().await.unwrap();
    assert!(matches!(&answer, Message::Notice(text) if text.contains("next try in 1 h")), "{answer:?}");
    assert_eq!(simulator.requests(), asked);
}

#[tokio::test]
async fn p3_a_failed_accounts_book_tells_when_the_next_try_is_due() {
    let folder = TempDir::new().unwrap();
    let (_simulator, _poller, desk, mut inbox) = polled(&folder, &["studio/status=503"]).await;
    let failure = loop {
        let book = next_book(&mut inbox).await;
        if book.profile.id == id("studio") {
            break book.health.failure.unwrap();
        }
    };
    assert!(failure.retry_at.is_some_and(|at| at > failure.at));
    // It is our own wish, not the provider's: the ledger doesn't keep it, and a command may ask at once.
    let stored = desk.ask(|workspace| workspace.health(workspace.account("studio").unwrap()).unwrap()).await.unwrap();
    assert_eq!(stored.failure.unwrap().retry_at, None);
}

/// Reads a changed configuration again, and follows it.
async fn edit(folder: &TempDir, poller: &Poller, desk: &Desk, change: impl FnOnce(String) -> String) {
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, change(text)).unwrap();
    let rounds = desk.ask(|workspace| {
        let settings = workspace.read_again().unwrap();
        workspace.adopt(settings);
        Poller::start(workspace).unwrap()
    });
    poller.follow(rounds.await.unwrap());
}

#[tokio::test]
async fn s9_an_account_with_another_key_is_asked_at_once_and_the_others_go_on() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, desk, mut inbox) = polled(&folder, &[]).await;
    for _ in 0..4 {
        next_book(&mut inbox).await;
    }
    let asked = simulator.requests();
    let key = |name: &str| format!("key = {{ file = \"{}\" }}", folder.path().join("keys").join(name).display());
    edit(&folder, &poller, &desk, |text| text.replace(&key("old-key"), &key("shop-cutouts"))).await;
    let book = next_book(&mut inbox).await;
    assert_eq!((book.profile.id, book.health.failure), (id("old-key"), None));
    assert_eq!(simulator.requests(), asked + 1);
}

#[tokio::test]
async fn s9_a_removed_account_is_not_asked_any_more_and_one_that_is_back_is() {
    let folder = TempDir::new().unwrap();
    let (_simulator, poller, desk, mut inbox) = polled(&folder, &["studio/hang"]).await;
    for _ in 0..3 {
        next_book(&mut inbox).await;
    }
    let removed = |text: String| {
        let accounts = text.split("\n[[account]]\n").filter(|account| !account.starts_with("id = \"studio\"\n"));
        accounts.collect::<Vec<_>>().join("\n[[account]]\n")
    };
    let before = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    edit(&folder, &poller, &desk, removed).await;
    // Its poll, which would never have ended, is over on the screens as well.
    while !matches!(inbox.recv().await.unwrap(), Message::Polled(over) if over == id("studio")) {}
    assert!(!poller.running.lock().unwrap().contains_key(&id("studio")));
    edit(&folder, &poller, &desk, |_| before).await;
    while !matches!(inbox.recv().await.unwrap(), Message::Polling(asked) if asked == id("studio")) {}
}
