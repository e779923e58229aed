use super::*;
use crate::credit::{AccountId, Failure, FailureKind, Observation, Seq, parse_instant};

fn at(text: &str) -> Instant {
    parse_instant(&format!("2026-11-20T{text}Z")).unwrap()
}

fn health(last_ok_at: Option<&str>, failure: Option<(&str, Option<&str>)>) -> PollHealth {
    let failure = failure.map(|(failed, retry)| Failure {
        kind: FailureKind::RateLimited,
        message: "too many requests".to_owned(),
        at: at(failed),
        retry_at: retry.map(at),
        or_out_of_credit: false,
    });
    PollHealth { last_ok_at: last_ok_at.map(at), failure, interval_seconds: 300, others_ok_at: None }
}

#[test]
fn p4_an_account_that_was_never_polled_is_due_at_once() {
    assert_eq!(due(&health(None, None), at("09:00:00")), Due::Now);
}

#[test]
fn p4_a_poll_is_due_an_interval_after_the_last_success() {
    let polled = health(Some("08:58:00"), None);
    assert_eq!(due(&polled, at("09:00:00")), Due::At(at("09:03:00")));
    assert_eq!(due(&polled, at("09:03:00")), Due::Now);
    assert_eq!(due(&polled, at("11:00:00")), Due::Now);
}

#[test]
fn a05_what_lies_ahead_is_not_believed() {
    assert_eq!(due(&health(Some("12:00:00"), None), at("09:00:00")), Due::Now);
    assert_eq!(due(&health(None, Some(("12:00:00", Some("12:30:00")))), at("09:00:00")), Due::Now);
    assert_eq!(due(&health(Some("09:00:00"), None), at("09:00:00")), Due::At(at("09:05:00")));
}

#[test]
fn p3_retry_at_is_honoured_to_the_instant_and_beats_the_interval() {
    let limited = health(Some("08:00:00"), Some(("08:59:00", Some("09:30:00"))));
    assert_eq!(due(&limited, at("09:29:59")), Due::At(at("09:30:00")));
    assert_eq!(due(&limited, at("09:30:00")), Due::Now);
}

#[test]
fn p3_the_longer_of_the_wait_and_the_interval_counts_from_the_failure_on() {
    let limited = health(Some("08:58:00"), Some(("08:59:00", Some("08:59:30"))));
    assert_eq!(due(&limited, at("09:00:00")), Due::At(at("09:04:00")));
    assert_eq!(due(&limited, at("09:04:00")), Due::Now);
}

#[test]
fn p3_a_failure_without_a_settled_try_leaves_the_interval_too() {
    assert_eq!(due(&health(None, Some(("08:59:00", None))), at("09:00:00")), Due::Now);
    assert_eq!(due(&health(Some("08:50:00"), Some(("08:59:00", None))), at("09:00:00")), Due::Now);
}

#[test]
fn p3_the_longer_of_the_wait_and_the_interval_counts_for_every_failure_from_the_first_on() {
    use FailureKind as F;
    let mut random = Rng::with_seed(3);
    for kind in [F::Unreachable, F::ServerError, F::Timeout, F::Tls, F::RateLimited, F::Unauthorized, F::Forbidden, F::Malformed]
    {
        let failure = Failure { kind, message: String::new(), at: at("09:00:00"), retry_at: None, or_out_of_credit: false };
        for attempt in 1..12 {
            let plan = plan(&Situation { failure: Some((&failure, attempt)), ..situation() }, &mut random);
            let most = Duration::from_mins(5) + most_jitter(Duration::from_mins(5));
            assert!((Duration::from_mins(5)..=most).contains(&plan.wait), "{kind:?} {attempt}: {:?}", plan.wait);
            assert_eq!((plan.looked_at, plan.pace), (plan.wait, Pace::Retry), "also while somebody looks");
        }
        // Where the interval is shorter, the backoff counts.
        let short = Situation { interval: Duration::from_secs(10), failure: Some((&failure, 30)), ..situation() };
        let longest = (0..50).map(|_| plan(&short, &mut random).wait).max().unwrap();
        assert!(longest > Duration::from_secs(100), "{longest:?}");
    }
}

#[test]
fn p3_two_processes_do_not_ask_in_turns_because_the_other_was_not_answered() {
    let failed = health(Some("08:40:00"), Some(("08:59:58", None)));
    assert_eq!(due_beside_others(&failed, at("09:00:00")), Due::At(at("09:04:58")));
    assert_eq!(due_beside_others(&failed, at("09:04:58")), Due::Now);
    // Never sooner than without the other.
    let limited = health(None, Some(("08:59:00", Some("09:30:00"))));
    assert_eq!(due_beside_others(&limited, at("09:00:00")), Due::At(at("09:30:00")));
    assert_eq!(due_beside_others(&health(Some("08:58:00"), None), at("09:00:00")), Due::At(at("09:03:00")));
    assert_eq!(due_beside_others(&health(None, None), at("09:00:00")), Due::Now);
    // A person who opens the program again is asked for at once.
    assert_eq!(due(&failed, at("09:00:00")), Due::Now);
}

#[test]
fn a05_two_clocks_may_differ_by_two_minutes() {
    let (now, last) = (at("09:00:00"), at("09:02:00"));
    let beyond = last + TimeDelta::nanoseconds(1);
    let failure =
        |at| Failure { kind: FailureKind::Timeout, message: String::new(), at, retry_at: None, or_out_of_credit: false };
    let polled = |at| {
        PollHealth { last_ok_at: Some(at), failure: Some(failure(at)), interval_seconds: 300, ..PollHealth::default() }
            .believed_at(now)
    };
    // What the other clock stamped has happened: it counts as seen just before this one's present.
    let just_now = at("08:59:55");
    assert_eq!((polled(last).last_ok_at, polled(last).failure), (Some(just_now), Some(failure(just_now))));
    assert_eq!((polled(now).last_ok_at, polled(now).failure), (Some(now), Some(failure(now))));
    assert_eq!((polled(beyond).last_ok_at, polled(beyond).failure), (None, None));
    let seen = |first, last| {
        let account = AccountId::new("a").unwrap();
        let (plan, email, subscription_ends_at, buckets) = (None, None, None, Vec::new());
        let seq = Seq(1);
        Observation { seq, account, at: first, last_seen_at: last, plan, email, subscription_ends_at, buckets }.believed_at(now)
    };
    assert_eq!(seen(last, last).map(|seen| (seen.at, seen.last_seen_at)), Some((just_now, just_now)));
    assert_eq!(seen(now, last).map(|seen| (seen.at, seen.last_seen_at)), Some((now, now)));
    assert_eq!(seen(now, beyond).map(|seen| seen.last_seen_at), Some(now), "that it was seen first is believed");
    assert_eq!(seen(beyond, beyond), None);
}

#[test]
fn p3_a_forced_poll_respects_what_the_provider_asked_for_only() {
    assert_eq!(forced(None, at("09:00:00")), Due::Now);
    assert_eq!(forced(Some(at("09:10:00")), at("09:00:00")), Due::At(at("09:10:00")));
    assert_eq!(forced(Some(at("08:10:00")), at("09:00:00")), Due::Now);
}

#[test]
fn p4_a_command_keeps_the_providers_minimum_too() {
    let allowed = |last, minimum| allowed(&health(last, None), Duration::from_secs(minimum), at("09:00:00"));
    assert_eq!(allowed(Some("08:59:30"), 60), Due::At(at("09:00:30")));
    assert_eq!(allowed(Some("08:59:00"), 60), Due::Now);
    assert_eq!(allowed(Some("08:59:59"), 0), Due::Now);
    assert_eq!(allowed(None, 60), Due::Now);
    assert_eq!(allowed(Some("12:00:00"), 60), Due::Now, "a poll that lies ahead is of another clock");
}

#[test]
fn p1_jitter_is_a_small_part_of_the_interval() {
    assert_eq!(most_jitter(Duration::from_mins(5)), Duration::from_secs(15));
    assert_eq!(most_jitter(Duration::from_secs(10)), Duration::from_millis(500));
    assert_eq!(most_jitter(Duration::from_hours(24)), Duration::from_secs(15));
}

#[test]
fn a4_waiting_is_a_length_of_time() {
    assert_eq!(Due::Now.wait(at("09:00:00")), Duration::ZERO);
    assert_eq!(Due::At(at("09:00:05")).wait(at("09:00:00")), Duration::from_secs(5));
    assert_eq!(Due::At(at("08:00:05")).wait(at("09:00:00")), Duration::ZERO);
}

fn situation<'a>() -> Situation<'a> {
    let interval = Duration::from_mins(5);
    Situation {
        now: at("09:00:00"),
        asked_at: at("09:00:00"),
        interval,
        longest: interval * 5 / 2,
        minimum: Duration::ZERO,
        failure: None,
        next_reset: None,
        unchanged_since: None,
    }
}

fn planned(situation: &Situation<'_>) -> Plan {
    plan(situation, &mut Rng::with_seed(7))
}

#[test]
fn p1_a_healthy_account_is_asked_within_its_interval_and_spread_over_a_part_of_it() {
    let mut random = Rng::with_seed(7);
    let waits: Vec<Duration> = (0..500).map(|_| plan(&situation(), &mut random).wait).collect();
    assert!(waits.iter().all(|wait| (285..=293).contains(&wait.as_secs())));
    assert!(waits.iter().max().unwrap().saturating_sub(*waits.iter().min().unwrap()) > Duration::from_secs(6));
}

#[test]
fn p3_a_short_wait_of_a_429_never_has_it_asked_more_often_than_a_healthy_one() {
    for (seconds, expected) in [(0, 300), (1, 300), (30, 300), (299, 300), (301, 301), (3600, 3600)] {
        let retry_at = at("09:00:00") + TimeDelta::seconds(seconds);
        let failure = Failure {
            kind: FailureKind::RateLimited,
            message: String::new(),
            at: at("09:00:00"),
            retry_at: Some(retry_at),
            or_out_of_credit: false,
        };
        let plan = planned(&Situation { failure: Some((&failure, 1)), ..situation() });
        assert!(plan.wait >= Duration::from_secs(expected) && plan.wait <= Duration::from_secs(expected + 15), "{plan:?}");
        // A person may ask as soon as the provider allows it.
        assert_eq!(plan.at_least, Duration::from_secs(u64::try_from(seconds).unwrap()));
    }
}

#[test]
fn p4_a_poll_comes_just_after_a_known_reset() {
    let reset_in =
        |seconds| planned(&Situation { next_reset: Some(at("09:00:00") + TimeDelta::seconds(seconds)), ..situation() });
    let soon = reset_in(60);
    assert!(soon.wait >= Duration::from_secs(65) && soon.wait <= Duration::from_secs(80), "{soon:?}");
    assert_eq!((soon.pace, soon.looked_at), (Pace::AfterReset, soon.wait));
    assert_eq!(reset_in(600).pace, Pace::Interval);
    assert_eq!(reset_in(-60).pace, Pace::Interval, "a reset that is over is none to wait for");
}

#[test]
fn p4_nothing_comes_before_the_providers_minimum() {
    let minimum = Duration::from_mins(10);
    let next_reset = Some(at("09:01:00"));
    let plan = planned(&Situation { minimum, next_reset, ..situation() });
    assert!(plan.wait >= minimum && plan.looked_at >= minimum, "{plan:?}");
}

#[test]
fn p4_it_is_asked_less_often_while_nothing_changes_and_never_so_seldom_that_figures_look_stale() {
    let quiet = |minutes, longest: u64| {
        let unchanged_since = Some(at("09:00:00") - TimeDelta::minutes(minutes));
        let plan = planned(&Situation { unchanged_since, longest: Duration::from_mins(longest), ..situation() });
        assert!(plan.looked_at <= Duration::from_mins(5), "at the interval while somebody looks");
        plan
    };
    let every = |plan: Plan| match plan.pace {
        Pace::Quiet { every, .. } => every.as_secs(),
        _ => 300,
    };
    let steps = [(0, 300), (14, 300), (15, 450), (29, 450), (30, 600), (59, 600), (60, 750), (60 * 24 * 30, 750)];
    for (minutes, seconds) in steps {
        let plan = quiet(minutes, 13);
        assert_eq!(every(plan), seconds, "{minutes} min");
        assert!(plan.wait.as_secs() <= seconds && plan.wait < 3 * Duration::from_mins(5), "{plan:?}");
    }
    assert_eq!(every(quiet(60, 8)), 480, "the stated bound");
    assert_eq!(quiet(60, 1).pace, Pace::Interval, "a bound under the interval switches it off");
}
