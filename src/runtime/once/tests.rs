use std::fmt::Write as _;

use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;
use crate::credit::FailureKind;
use crate::provider::simulator::{Balance, Faults, Script, ScriptedAccount, Simulator};
use crate::runtime::testing::{id, now, options, reopened, sample};
use crate::runtime::{Clock, simulate};

fn told(results: &[(AccountId, Result<(), Failure>)]) -> Vec<(&str, Option<FailureKind>)> {
    results.iter().map(|(id, result)| (id.as_str(), result.as_ref().err().map(|failure| failure.kind))).collect()
}

#[tokio::test]
async fn p1_one_refused_account_leaves_the_others_and_p2_keeps_its_last_figures() {
    let folder = TempDir::new().unwrap();
    let (_simulator, mut workspace) = sample(&folder).await;
    let ids = workspace.ids();
    let results = workspace.poll(&ids, PollWhen::Always).await.unwrap();
    let expected = [("studio", None), ("studio-yearly", None), ("shop-cutouts", None), ("old-key", Some(FailureKind::Forbidden))];
    assert_eq!(told(&results), expected);
    let old_key = workspace.book(&id("old-key")).unwrap().status(now()).unwrap();
    assert_eq!(old_key.total.known(), Some(crate::credit::Amount::from(55)));
    assert_eq!(old_key.observed_at, Some(now() - TimeDelta::days(2)));
}

#[tokio::test]
async fn p4_figures_within_their_interval_are_not_asked_for_again() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    let studio = [id("studio")];
    workspace.poll(&studio, PollWhen::IfOlderThanInterval).await.unwrap();
    let asked = simulator.requests();
    assert_eq!(asked, 1);
    assert_eq!(workspace.poll(&studio, PollWhen::IfOlderThanInterval).await.unwrap(), []);
    assert_eq!(simulator.requests(), asked);
    workspace.poll(&studio, PollWhen::Always).await.unwrap();
    assert_eq!(simulator.requests(), asked + 1);
}

#[tokio::test]
async fn p3_retry_after_is_honoured_by_the_next_process() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    simulator.add_faults(&Faults::parse(["studio/rate-limited=60*1"]).unwrap());
    let studio = [id("studio")];
    let results = workspace.poll(&studio, PollWhen::Always).await.unwrap();
    assert_eq!(told(&results), [("studio", Some(FailureKind::RateLimited))]);
    drop(workspace);
    for (seconds, requests) in [(59, 1), (60, 2)] {
        let mut later = reopened(folder.path(), seconds);
        later.poll(&studio, PollWhen::Always).await.unwrap();
        assert_eq!(simulator.requests(), requests, "{seconds}");
    }
}

#[tokio::test]
async fn p10_what_has_not_answered_in_time_keeps_its_figures_and_says_so() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    simulator.add_faults(&Faults::parse(["studio/hang", "studio-yearly/delay=300ms"]).unwrap());
    let ids = workspace.ids();
    let (began, mut told_so_far) = (std::time::Instant::now(), Vec::new());
    let limit = Some(Duration::from_secs(1));
    let results = workspace.poll_within(&ids, PollWhen::Always, limit, |progress| told_so_far.push(progress.clone()));
    let results = results.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(told(&results)[..2], [("studio", Some(FailureKind::Timeout)), ("studio-yearly", None)]);
    let last = told_so_far.last().unwrap();
    assert_eq!((last.asked, last.missing(), last.waiting[0].1), (4, 1, 1));
    let studio = workspace.book(&id("studio")).unwrap().status(now()).unwrap();
    assert_eq!(studio.failure.unwrap().message, "no answer within 1 s");
    assert_eq!(studio.state, crate::credit::AccountState::Stale);
    assert!(studio.total.known().is_some());
    let next = reopened(folder.path(), 0).book(&id("studio")).unwrap().status(now()).unwrap();
    assert_eq!(next.failure, None, "the limit was that of one look");
}

#[tokio::test]
async fn p10_figures_that_are_fresh_enough_are_taken() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    let studio = [id("studio")];
    workspace.poll(&studio, PollWhen::Always).await.unwrap();
    for (seconds, requests) in [(600, 1), (601, 2)] {
        let mut later = reopened(folder.path(), seconds);
        later.poll(&studio, PollWhen::IfOlderThan(Duration::from_mins(10))).await.unwrap();
        assert_eq!(simulator.requests(), requests, "{seconds}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_there_is_a_failure_with_a_hint() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    std::fs::remove_file(folder.path().join("keys/studio")).unwrap();
    let studio = [id("studio")];
    let results = workspace.poll(&studio, PollWhen::Always).await.unwrap();
    assert_eq!(told(&results), [("studio", Some(FailureKind::NoKey))]);
    assert!(results[0].1.as_ref().unwrap_err().message.contains("chmod 600"));
    assert_eq!(simulator.requests(), 0);
}

/// So many accounts of one host, each with a key of its own, of which none was polled yet.
async fn many(folder: &TempDir, count: usize) -> (Simulator, Workspace) {
    let account = |n: usize| ScriptedAccount {
        id: format!("a{n}"),
        name: format!("A {n}"),
        key: format!("demo-key-{n}"),
        key_accepted: true,
        balance: Balance::ImaginePro {
            plan: "STARTER".to_owned(),
            quota: 1600.into(),
            credits: 1600.into(),
            extra: 1000.into(),
            expires_at: now() + TimeDelta::days(17),
            renews_for: None,
            email: "owner@example.com".to_owned(),
        },
        pace: None,
    };
    let script = Script { start: now(), seed: 1, accounts: (0..count).map(account).collect() };
    let listen = "127.0.0.1:0".parse().unwrap();
    let simulator = simulate::start(listen, Clock::Stopped(now()), script).await.unwrap();
    let mut config = String::new();
    for n in 0..count {
        let key = folder.path().join(format!("key-{n}"));
        std::fs::write(&key, format!("demo-key-{n}")).unwrap();
        let (key, url) = (key.display(), simulator.base_url());
        writeln!(
            config,
            "[[account]]\nid = \"a{n}\"\nprovider = \"imaginepro\"\nkey = {{ file = \"{key}\" }}\nbase_url = \"{url}\"\n"
        )
        .unwrap();
    }
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let workspace = Workspace::open(options(now())(folder.path().join("config.toml"), folder.path().join("data"))).unwrap();
    (simulator, workspace)
}

#[tokio::test]
async fn p10_every_healthy_one_of_500_accounts_is_reached_though_25_hang() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = many(&folder, 500).await;
    let hangs = |n: usize| n.is_multiple_of(20);
    let faults: Vec<String> =
        (0..500).filter(|n| hangs(*n)).map(|n| format!("a{n}/hang")).chain(["delay=250ms".to_owned()]).collect();
    simulator.add_faults(&Faults::parse(&faults).unwrap());
    let (ids, limit) = (workspace.ids(), Duration::from_secs(10));
    for look in ["the first", "the next, which knows whom it waited for in vain"] {
        let began = std::time::Instant::now();
        let results = workspace.poll_within(&ids, PollWhen::Always, Some(limit), |_| {}).await.unwrap();
        assert!(began.elapsed() < limit + Duration::from_secs(3), "{look}: {:?}", began.elapsed());
        let missed: Vec<_> = results.iter().zip(0..).filter(|((_, result), n)| result.is_err() && !hangs(*n)).collect();
        assert_eq!((results.len(), missed), (500, Vec::new()), "{look}");
    }
}

#[tokio::test]
async fn a05_a_poll_of_another_clock_counts_where_it_is_no_more_than_two_minutes_ahead() {
    let studio = [id("studio")];
    for (ahead, requests) in [(120, 1), (121, 2)] {
        let folder = TempDir::new().unwrap();
        let (simulator, workspace) = sample(&folder).await;
        drop(workspace);
        reopened(folder.path(), ahead).poll(&studio, PollWhen::Always).await.unwrap();
        let mut here = reopened(folder.path(), 0);
        here.poll(&studio, PollWhen::IfOlderThanInterval).await.unwrap();
        assert_eq!(simulator.requests(), requests, "{ahead}");
    }
}
