use super::*;
use crate::credit::{BucketId, Unrecorded};
use crate::store::testing::{Folder, account, amount, draft, grant_body, now, rules, t};

fn observation(at: &str, remaining: &str) -> Sighting {
    let figures =
        |bucket: &str, remaining, capacity| ObservedBucket { bucket: BucketId::new(bucket).unwrap(), remaining, capacity };
    Sighting {
        seq: Unrecorded,
        account: account("dealer"),
        at: t(at),
        last_seen_at: t(at),
        plan: Some(PlanId::new("STARTER").unwrap()),
        email: Some("owner@example.com".to_owned()),
        subscription_ends_at: Some(t("2026-12-07T14:30:00Z")),
        buckets: vec![
            figures("monthly", Figure::Known(amount(remaining)), Some(Figure::Known(amount("1600")))),
            figures("extra", Figure::Unknown, None),
            figures("premium", Figure::Unlimited, Some(Figure::Unlimited)),
        ],
    }
}

fn failure(at: &str, retry_at: Option<&str>) -> Failure {
    Failure {
        kind: FailureKind::RateLimited,
        message: "too many requests".to_owned(),
        at: t(at),
        retry_at: retry_at.map(t),
        or_out_of_credit: false,
    }
}

#[test]
fn p4_an_unchanged_observation_is_confirmed_and_a_changed_one_kept() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    let mut poll = |at: &str, remaining: &str| store.record_poll(&dealer, &Ok(observation(at, remaining)), now()).unwrap();
    assert_eq!(poll("2026-11-20T09:00:00Z", "100"), PollOutcome::New);
    assert_eq!(poll("2026-11-20T09:05:00Z", "100"), PollOutcome::Confirmed);
    assert_eq!(poll("2026-11-20T09:10:00Z", "90"), PollOutcome::New);
    assert_eq!(poll("2026-11-20T09:15:00Z", "100"), PollOutcome::New);
    let kept = store.observations(&dealer).unwrap();
    assert_eq!(kept.len(), 3);
    let first =
        Sighting { last_seen_at: t("2026-11-20T09:05:00Z"), ..observation("2026-11-20T09:00:00Z", "100") }.recorded_as(Seq(2));
    assert_eq!(kept[0], first);
    assert_eq!(store.latest_observation(&dealer).unwrap().as_ref(), kept.last());
    assert_eq!(store.latest_observation(&account("other")).unwrap(), None);
}

#[test]
fn an_unchanged_observation_after_an_entry_gets_a_place_of_its_own() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    store.record_poll(&dealer, &Ok(observation("2026-11-20T09:00:00Z", "100")), now()).unwrap();
    store.append(&[draft("a", grant_body("1")).into()], &rules, now()).unwrap();
    let outcome = store.record_poll(&dealer, &Ok(observation("2026-11-20T09:05:00Z", "100")), now()).unwrap();
    assert_eq!(outcome, PollOutcome::New);
    let places: Vec<i64> = store.observations(&dealer).unwrap().iter().map(|kept| kept.seq.0).collect();
    assert_eq!(places, [1, 3]);
}

#[test]
fn a4_a_poll_that_is_older_than_what_is_stored_is_left_out() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    store.record_poll(&dealer, &Ok(observation("2026-11-20T09:00:00Z", "100")), now()).unwrap();
    for older in [Ok(observation("2026-11-20T08:59:59Z", "5")), Err(failure("2026-11-20T08:59:59Z", None))] {
        assert_eq!(store.record_poll(&dealer, &older, now()).unwrap(), PollOutcome::OlderThanStored);
    }
    assert_eq!(store.observations(&dealer).unwrap().len(), 1);
    assert_eq!(store.health(&dealer, 300).unwrap().failure, None);
    assert_eq!(store.record_poll(&dealer, &Ok(observation("2026-11-20T09:00:00Z", "99")), now()).unwrap(), PollOutcome::New);
}

#[test]
fn a05_a_stored_poll_that_lies_ahead_keeps_nothing_out() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    let ahead = "2027-03-01T00:00:00Z";
    store.record_poll(&dealer, &Ok(observation(ahead, "100")), t(ahead)).unwrap();
    store.record_poll(&dealer, &Err(failure(ahead, Some("2027-03-02T00:00:00Z"))), t(ahead)).unwrap();
    let mut poll = |at: &str| store.record_poll(&dealer, &Ok(observation(at, "100")), t(at)).unwrap();
    assert_eq!(poll("2026-11-20T09:00:00Z"), PollOutcome::New, "it does not confirm what was seen later");
    assert_eq!(poll("2026-11-20T09:05:00Z"), PollOutcome::Confirmed);
    let health = store.health(&dealer, 300).unwrap();
    assert_eq!((health.last_ok_at, health.failure), (Some(t("2026-11-20T09:05:00Z")), None));
}

#[test]
fn p2_a_failed_poll_keeps_the_figures_and_its_reason() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    store.record_poll(&dealer, &Ok(observation("2026-11-20T09:00:00Z", "100")), now()).unwrap();
    let failed = failure("2026-11-20T09:05:00Z", None);
    assert_eq!(store.record_poll(&dealer, &Err(failed.clone()), now()).unwrap(), PollOutcome::Failed);
    assert_eq!(store.observations(&dealer).unwrap().len(), 1);
    let health = store.health(&dealer, 300).unwrap();
    assert_eq!(health, PollHealth { last_ok_at: Some(now()), failure: Some(failed), interval_seconds: 300, others_ok_at: None });
}

#[test]
fn p3_retry_after_lasts_over_a_restart_until_a_poll_succeeds() {
    let ledger = Folder::new();
    let dealer = account("dealer");
    let failed = failure("2026-11-20T09:05:00Z", Some("2026-11-20T09:45:00.5Z"));
    for _ in 0..2 {
        ledger.open().record_poll(&dealer, &Err(failed.clone()), now()).unwrap();
    }
    let mut store = ledger.open();
    assert_eq!(store.health(&dealer, 300).unwrap().failure, Some(failed));
    assert_eq!(store.failed_attempts(&dealer).unwrap(), 2);
    store.record_poll(&dealer, &Ok(observation("2026-11-20T10:00:00Z", "100")), now()).unwrap();
    assert_eq!(store.health(&dealer, 300).unwrap().failure, None);
    assert_eq!(store.failed_attempts(&dealer).unwrap(), 0);
}

#[test]
fn p6_texts_from_outside_lose_their_control_characters() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    let mut seen = observation("2026-11-20T09:00:00Z", "100");
    seen.email = Some("a\u{1b}[31m@example.com".to_owned());
    store.record_poll(&dealer, &Ok(seen.clone()), now()).unwrap();
    assert_eq!(store.record_poll(&dealer, &Ok(seen), now()).unwrap(), PollOutcome::Confirmed);
    assert_eq!(store.observations(&dealer).unwrap()[0].email.as_deref(), Some("a[31m@example.com"));
    let message = format!("bad\u{7}\n{}", "x".repeat(2000));
    store.record_poll(&dealer, &Err(Failure { message, ..failure("2026-11-20T09:05:00Z", None) }), now()).unwrap();
    let kept = store.health(&dealer, 300).unwrap().failure.unwrap().message;
    assert!(kept.starts_with("badxx") && kept.chars().count() == MESSAGE_LENGTH);
}

#[test]
fn l1_observations_are_never_changed_or_deleted() {
    let ledger = Folder::new();
    ledger.open().record_poll(&account("dealer"), &Ok(observation("2026-11-20T09:00:00Z", "100")), now()).unwrap();
    let raw = ledger.raw();
    for sql in [
        "UPDATE observation SET at = 0",
        "DELETE FROM observation",
        "UPDATE observed_bucket SET remaining = '0'",
        "DELETE FROM observed_bucket",
    ] {
        assert!(raw.execute(sql, []).unwrap_err().to_string().contains("observation is never"), "{sql}");
    }
}

#[test]
fn l7_no_column_could_hold_a_key_a_header_or_a_response() {
    let ledger = Folder::new();
    let store = ledger.open();
    let sql = "SELECT t.name || ': ' || group_concat(c.name, ' ') FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table' GROUP BY t.name ORDER BY t.name";
    let mut statement = store.connection().prepare(sql).unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        tables,
        [
            "chain: account entries digest",
            "checkpoint: account at rules entries spacing state",
            "entry: seq account at recorded_at ref kind bucket amount effective_at expiry expires_at priority action variant quantity \
             target note actor tags digest",
            "lease: account holder until",
            "observation: first_seq last_seq account at last_seen_at plan email subscription_ends_at digest",
            "observed_bucket: observation position bucket remaining capacity",
            "poll: account last_ok_at failure_kind failure_message failed_at retry_at attempts digest changed",
        ]
    );
}

#[test]
fn s12_a_changed_poll_is_found_and_named() {
    let filled = || {
        let ledger = Folder::new();
        let mut store = ledger.open();
        let (dealer, shop) = (account("dealer"), account("shop"));
        let mut poll = |id: &AccountId, at: &str, figure: &str| {
            store.record_poll(id, &Ok(observation(at, figure)), now()).unwrap();
        };
        poll(&dealer, "2026-11-20T08:00:00Z", "100");
        poll(&dealer, "2026-11-20T08:05:00Z", "100");
        poll(&dealer, "2026-11-20T08:10:00Z", "90");
        poll(&shop, "2026-11-20T08:00:00Z", "5");
        store
            .append(
                &[crate::store::testing::proposal("a", crate::store::testing::spend_body("1"))],
                &crate::store::testing::rules,
                now(),
            )
            .unwrap();
        store.record_poll(&dealer, &Ok(observation("2026-11-20T08:20:00Z", "90")), now()).unwrap();
        let failure = Failure {
            kind: FailureKind::Timeout,
            message: "slow".to_owned(),
            at: now(),
            retry_at: None,
            or_out_of_credit: false,
        };
        store.record_poll(&shop, &Err(failure), now()).unwrap();
        assert_eq!(store.verify(None).unwrap().flaws, []);
        ledger
    };
    for (sql, what) in [
        (
            "UPDATE observed_bucket SET remaining = '91' WHERE remaining = '90'",
            "observation of dealer: it is not what was recorded",
        ),
        ("UPDATE observed_bucket SET bucket = 'bonus' WHERE remaining = '5'", "observation of shop: it is not what was recorded"),
        ("UPDATE observation SET email = 'x@example.com' WHERE account = 'shop'", "observation of shop: it is not"),
        ("UPDATE observation SET last_seen_at = last_seen_at + 1 WHERE account = 'shop'", "observation of shop: it is not"),
        ("UPDATE observation SET account = 'dealer' WHERE account = 'shop'", "observation of dealer: it is not"),
        (
            "PRAGMA foreign_keys = off; DELETE FROM observed_bucket WHERE observation = (SELECT min(first_seq) FROM observation); \
             DELETE FROM observation WHERE first_seq = (SELECT min(first_seq) FROM observation)",
            "observation of dealer: it is not what was recorded, or one before it is gone",
        ),
        (
            "PRAGMA foreign_keys = off; DELETE FROM observation WHERE account = 'shop'; DELETE FROM observed_bucket WHERE remaining = '5'",
            "account shop: how its polls go, or its last observation, is not what was recorded",
        ),
        // The last figures no longer stand after the entry that came between.
        ("UPDATE entry SET seq = 100", "observation of dealer: it is not what was recorded"),
        ("UPDATE poll SET retry_at = 1 WHERE account = 'shop'", "account shop: how its polls go"),
        ("UPDATE poll SET failure_kind = 'unauthorized' WHERE account = 'shop'", "account shop: how its polls go"),
        ("UPDATE poll SET attempts = 9 WHERE account = 'shop'", "account shop: how its polls go"),
        ("DELETE FROM poll WHERE account = 'dealer'", "account dealer: it has observations, but nothing tells how its polls go"),
    ] {
        let ledger = filled();
        ledger.tamper(&format!("PRAGMA ignore_check_constraints = on; {sql}"));
        let flaws: Vec<String> = ledger.open().verify(None).unwrap().flaws.iter().map(ToString::to_string).collect();
        assert!(flaws.iter().any(|flaw| flaw.contains(what)), "{sql}: {flaws:#?}");
    }
}
