use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::credit::{Amount, Book, Failure, Observation, Sighting, Unrecorded};
use crate::provider::simulator::{Faults, Simulator};
use crate::runtime::testing::{id, now, sample};
use crate::tui::Wished;
use crate::tui::{Pace, RequestId};

/// The sample's accounts being polled.
async fn polled(folder: &TempDir, faults: &[&str]) -> (Simulator, Poller, LedgerThread, UnboundedReceiver<Message>) {
    let (simulator, workspace) = sample(folder).await;
    simulator.add_faults(&Faults::parse(faults).unwrap());
    let (news, inbox) = unbounded_channel();
    let rounds = Poller::start(&workspace).unwrap();
    let (ledger_thread, _) = LedgerThread::open(workspace).unwrap();
    let poller = rounds.begin(&ledger_thread, &news);
    (simulator, poller, ledger_thread, inbox)
}

/// The next book that changed.
async fn next_book(inbox: &mut UnboundedReceiver<Message>) -> Book {
    loop {
        if let Message::BookChanged(book) = inbox.recv().await.unwrap() {
            return *book;
        }
    }
}

/// The next book of one account.
async fn book_of(inbox: &mut UnboundedReceiver<Message>, name: &str) -> Book {
    loop {
        let book = next_book(inbox).await;
        if book.profile.id == id(name) {
            return book;
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
    poller.force(RequestId::nth(1), vec![id("studio")]);
    let book = next_book(&mut inbox).await;
    let last = book.observations.last().unwrap();
    assert_eq!((book.profile.id.clone(), last.buckets[0].remaining.known()), (id("studio"), Some(Amount::from(1000))));
}

#[tokio::test]
async fn s07_a_wish_says_what_it_overrides_and_asks_once() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, _desk, mut inbox) = polled(&folder, &["studio/rate-limited=3600"]).await;
    for _ in 0..4 {
        next_book(&mut inbox).await;
    }
    poller.look(HashSet::from([id("studio")]), true);
    phase_of(&mut inbox, "studio", |phase| matches!(phase, PollPhase::Resting(NextPoll { pace: Pace::AskedToWait, .. }))).await;
    let asked = simulator.requests();
    // Two hundred presses are no two hundred requests.
    for _ in 0..200 {
        poller.force(RequestId::nth(1), vec![id("studio")]);
    }
    let mut answers = Vec::new();
    while answers.len() < 200 {
        if let Message::Wished { wished, .. } = inbox.recv().await.unwrap() {
            answers.extend(wished.into_iter().map(|(_, wished)| wished));
        }
    }
    assert_eq!(answers[0], Wished::Overriding(now() + chrono::TimeDelta::hours(1)));
    let others = |wished: &Wished| matches!(wished, Wished::Asking | Wished::NotBefore(_));
    assert!(answers[1..].iter().all(others), "{answers:?}");
    book_of(&mut inbox, "studio").await;
    assert_eq!(simulator.requests(), asked + 1);
}

/// How the polls of an account stand, once they do so that it is what is waited for.
async fn phase_of(inbox: &mut UnboundedReceiver<Message>, name: &str, fits: impl Fn(PollPhase) -> bool) -> PollPhase {
    loop {
        if let Message::Polls(phases) = inbox.recv().await.unwrap()
            && let Some((_, phase)) = phases.into_iter().find(|(of, phase)| *of == id(name) && fits(*phase))
        {
            return phase;
        }
    }
}

#[tokio::test]
async fn p3_who_looks_is_told_when_the_next_try_is_due_and_the_providers_wait_is_another_thing() {
    let folder = TempDir::new().unwrap();
    let (_simulator, poller, ledger_thread, mut inbox) = polled(&folder, &["studio/status=503"]).await;
    poller.look(HashSet::from([id("studio")]), true);
    let phase =
        phase_of(&mut inbox, "studio", |phase| matches!(phase, PollPhase::Resting(NextPoll { pace: Pace::Retry, .. }))).await;
    let PollPhase::Resting(next) = phase else { unreachable!() };
    let book = ledger_thread.ask(|workspace| workspace.book(&id("studio")).unwrap()).await.unwrap();
    assert!(next.at >= now() + chrono::TimeDelta::seconds(book.health.interval_seconds), "not more often than a healthy one");
    assert_eq!(book.health.failure.unwrap().retry_at, None, "the provider asked for nothing: a command may ask at once");
}

#[tokio::test]
async fn p1_asking_is_said_while_a_request_is_out_and_only_then() {
    let folder = TempDir::new().unwrap();
    let (_simulator, poller, _desk, mut inbox) = polled(&folder, &["studio/delay=300ms"]).await;
    poller.look(HashSet::from([id("studio"), id("old-key")]), true);
    phase_of(&mut inbox, "studio", |phase| phase == PollPhase::Asking).await;
    phase_of(&mut inbox, "studio", |phase| matches!(phase, PollPhase::Resting(_))).await;
}

#[tokio::test]
async fn p2_a_missing_key_is_told_here_alone_and_tried_again_as_soon_as_its_file_is_there() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("keys/studio");
    let (_simulator, workspace) = sample(&folder).await;
    let key = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let (news, mut inbox) = unbounded_channel();
    let rounds = Poller::start(&workspace).unwrap();
    let (ledger_thread, _) = LedgerThread::open(workspace).unwrap();
    let _poller = rounds.begin(&ledger_thread, &news);
    let failure = book_of(&mut inbox, "studio").await.health.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::NoKey);
    let elsewhere = crate::runtime::testing::reopened(folder.path(), 1).book(&id("studio")).unwrap();
    assert_eq!(elsewhere.health.failure, None, "another process may have the key");
    std::fs::write(&file, key).unwrap();
    assert_eq!(book_of(&mut inbox, "studio").await.health.failure, None);
}

#[tokio::test]
async fn p2_a_wrong_key_file_that_is_corrected_is_asked_with_at_once() {
    let folder = TempDir::new().unwrap();
    let (simulator, _poller, _desk, mut inbox) = polled(&folder, &[]).await;
    let refused = book_of(&mut inbox, "old-key").await;
    assert_eq!(refused.health.failure.unwrap().kind, FailureKind::Forbidden);
    let keys = folder.path().join("keys");
    std::fs::copy(keys.join("shop-cutouts"), keys.join("old-key")).unwrap();
    let asked = simulator.requests();
    assert_eq!(book_of(&mut inbox, "old-key").await.health.failure, None);
    assert!(simulator.requests() > asked);
}

#[tokio::test]
async fn p2_a_refusal_that_another_process_got_with_another_key_is_not_believed() {
    let folder = TempDir::new().unwrap();
    let (_simulator, mut workspace) = sample(&folder).await;
    let studio = [id("studio")];
    workspace.poll(&studio, crate::runtime::PollWhen::Always).await.unwrap();
    let Observation { account, at, last_seen_at, plan, email, subscription_ends_at, buckets, .. } =
        workspace.store().latest_observation(&id("studio")).unwrap().unwrap();
    let seen = Sighting { seq: Unrecorded, account, at, last_seen_at, plan, email, subscription_ends_at, buckets };
    // A minute later, in a process whose own last poll succeeded.
    let mut workspace = crate::runtime::testing::reopened(folder.path(), 60);
    workspace.keep(&id("studio"), &Ok(seen)).unwrap();
    let refused = |kind| {
        let at = now() + chrono::TimeDelta::seconds(30);
        Err(Failure { kind, message: "refused".to_owned(), at, retry_at: None, or_out_of_credit: false })
    };
    let mut other = crate::runtime::testing::reopened(folder.path(), 30);
    other.keep(&id("studio"), &refused(FailureKind::Unauthorized)).unwrap();
    assert_eq!(workspace.book(&id("studio")).unwrap().health.failure, None);
    assert!(other.book(&id("studio")).unwrap().health.failure.is_some());
    other.keep(&id("studio"), &refused(FailureKind::ServerError)).unwrap();
    assert_eq!(workspace.book(&id("studio")).unwrap().health.failure.unwrap().kind, FailureKind::ServerError);
}

/// Reads a changed configuration again, and follows it.
async fn edit(folder: &TempDir, poller: &Poller, ledger_thread: &LedgerThread, change: impl FnOnce(String) -> String) {
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, change(text)).unwrap();
    let rounds = ledger_thread.ask(|workspace| {
        let settings = workspace.read_again().unwrap();
        workspace.adopt(settings);
        Poller::start(workspace).unwrap()
    });
    poller.follow(rounds.await.unwrap());
}

#[tokio::test]
async fn s9_an_account_with_another_key_is_asked_at_once_and_the_others_go_on() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, ledger_thread, mut inbox) = polled(&folder, &[]).await;
    for _ in 0..4 {
        next_book(&mut inbox).await;
    }
    let asked = simulator.requests();
    let key = |name: &str| format!("key = {{ file = \"{}\" }}", folder.path().join("keys").join(name).display());
    edit(&folder, &poller, &ledger_thread, |text| text.replace(&key("old-key"), &key("shop-cutouts"))).await;
    let book = next_book(&mut inbox).await;
    assert_eq!((book.profile.id, book.health.failure), (id("old-key"), None));
    assert_eq!(simulator.requests(), asked + 1);
}

#[tokio::test]
async fn s9_a_removed_account_is_not_asked_any_more_and_one_that_is_back_is() {
    let folder = TempDir::new().unwrap();
    let (simulator, poller, ledger_thread, mut inbox) = polled(&folder, &["studio/hang"]).await;
    for _ in 0..3 {
        next_book(&mut inbox).await;
    }
    let removed = |text: String| {
        let accounts = text.split("\n[[account]]\n").filter(|account| !account.starts_with("id = \"studio\"\n"));
        accounts.collect::<Vec<_>>().join("\n[[account]]\n")
    };
    let before = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    edit(&folder, &poller, &ledger_thread, removed).await;
    poller.force(RequestId::nth(1), vec![id("studio")]);
    let answer = inbox.recv().await.unwrap();
    assert!(matches!(&answer, Message::Wished { wished: nobody, .. } if nobody.is_empty()), "{answer:?}");
    let asked = simulator.requests();
    edit(&folder, &poller, &ledger_thread, |_| before).await;
    poller.look(HashSet::from([id("studio")]), true);
    phase_of(&mut inbox, "studio", |phase| phase == PollPhase::Asking).await;
    while simulator.requests() == asked {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn p02_that_a_key_is_missing_is_known_at_once_though_the_last_poll_is_young() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    workspace.poll(&[id("studio")], crate::runtime::PollWhen::Always).await.unwrap();
    drop(workspace);
    std::fs::remove_file(folder.path().join("keys").join("studio")).unwrap();
    let asked = simulator.requests();
    let workspace = crate::runtime::testing::reopened(folder.path(), 1);
    let (news, mut inbox) = unbounded_channel();
    let rounds = Poller::start(&workspace).unwrap();
    let (ledger_thread, _) = LedgerThread::open(workspace).unwrap();
    let _poller = rounds.begin(&ledger_thread, &news);
    let book = book_of(&mut inbox, "studio").await;
    let status = book.status(now() + chrono::TimeDelta::seconds(1)).unwrap();
    assert_eq!(status.failure.as_ref().map(|failure| failure.kind), Some(FailureKind::NoKey));
    assert!(!status.reliance.is_fresh() && status.total.known().is_some(), "the figures are kept and are no fresh ones");
    assert!(simulator.requests() <= asked + 3, "it was not asked");
}

#[tokio::test]
async fn s07_a_dashboard_that_starts_with_another_key_than_was_asked_to_wait_asks_at_once() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    simulator.add_faults(&Faults::parse(["studio/rate-limited=3600"]).unwrap());
    let asked = workspace.poll(&[id("studio")], crate::runtime::PollWhen::Always).await.unwrap();
    assert!(asked.iter().all(|(_, result)| result.is_err()));
    drop(workspace);
    let keys = folder.path().join("keys");
    std::fs::copy(keys.join("studio-yearly"), keys.join("studio")).unwrap();
    let workspace = crate::runtime::testing::reopened(folder.path(), 1);
    let (news, mut inbox) = unbounded_channel();
    let rounds = Poller::start(&workspace).unwrap();
    let (ledger_thread, _) = LedgerThread::open(workspace).unwrap();
    let _poller = rounds.begin(&ledger_thread, &news);
    let book = book_of(&mut inbox, "studio").await;
    assert_eq!(book.health.failure, None);
    assert!(book.observations.last().is_some());
}
