use chrono_tz::Tz;

use super::*;
use crate::credit::{
    AccountId, BucketRule, DEFAULT_ORDER, ExpiryRule, ObservedBucket, PlanId, Seq, parse_instant, print_instant,
};

pub(in crate::credit) fn t(text: &str) -> Instant {
    parse_instant(&format!("{text}:00Z")).unwrap()
}

/// A polled account with a recurring bucket `images`, whose resets are as told, and a purchased one, `extra`.
pub(in crate::credit) fn rules(resets: Vec<ByPlan<ResetRule>>) -> Rules {
    let rule = |id: &str, kind, rank, resets| BucketRule {
        id: BucketId::new(id).unwrap(),
        name: id.to_owned(),
        kind,
        rank,
        resets,
        rollover: Vec::new(),
        expiry: ExpiryRule::Never,
    };
    Rules {
        account: AccountId::new("shop").unwrap(),
        zone: Tz::UTC,
        source: Source::Polled,
        lapses_with_subscription: false,
        buckets: vec![rule("images", BucketKind::Recurring, 1, resets), rule("extra", BucketKind::Purchased, 2, Vec::new())],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: String::new(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        unpolled: None,
        resets_stated: false,
        fair_use: Vec::new(),
    }
}

/// A poll that saw so many images of 100, and so many extra ones; up to when it was confirmed.
pub(in crate::credit) fn seen(at: &str, until: &str, images: &str, extra: &str) -> Observation {
    let known = |text: &str| Figure::Known(text.parse().unwrap());
    let bucket = |id: &str, remaining: &str, capacity| ObservedBucket {
        bucket: BucketId::new(id).unwrap(),
        remaining: known(remaining),
        capacity,
    };
    Observation {
        seq: Seq(t(at).timestamp()),
        account: AccountId::new("shop").unwrap(),
        at: t(at),
        last_seen_at: t(until),
        plan: Some(PlanId::new("plus").unwrap()),
        email: None,
        subscription_ends_at: None,
        buckets: vec![bucket("images", images, Some(known("100"))), bucket("extra", extra, None)],
    }
}

fn polls(told: &[(&str, &str, &str)]) -> Vec<Observation> {
    told.iter().map(|(at, until, images)| seen(at, until, images, "5")).collect()
}

/// The next inferred reset after the last poll, with how many refills speak for it.
fn inferred(told: &[(&str, &str, &str)]) -> Option<(String, usize)> {
    let polls = polls(told);
    let found = inferred_resets(&rules(Vec::new()), &polls);
    let with = with_inferred_resets(&Arc::new(rules(Vec::new())), &polls);
    let reset = found.first()?;
    let value = &with.buckets[0].resets[0].value;
    let recurrence = super::recurrence(*value, None).unwrap();
    assert!(matches!(value, ResetRule::Schedule { source: FigureSource::Inferred, .. }));
    Some((print_instant(recurrence.next_after(polls.last().unwrap().last_seen_at).unwrap()), reset.evidence.len()))
}

#[test]
fn p07_two_refills_a_month_apart_tell_the_reset() {
    // Each is known to a few days only; together they leave the night to the 7th.
    let polls = [
        ("2026-10-01T09:00", "2026-10-05T09:00", "20"),
        ("2026-10-07T09:00", "2026-10-08T09:00", "99"),
        ("2026-10-09T09:00", "2026-11-06T18:00", "3"),
        ("2026-11-10T09:00", "2026-11-10T09:00", "100"),
    ];
    assert_eq!(inferred(&polls), Some(("2026-12-07T09:00:00Z".to_owned(), 2)));
}

#[test]
fn p07_one_refill_tells_it_only_between_two_polls_a_day_apart() {
    let narrow = [("2026-11-01T09:00", "2026-11-06T09:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "97")];
    assert_eq!(inferred(&narrow), Some(("2026-12-07T09:00:00Z".to_owned(), 1)));
    let wide = [("2026-11-01T09:00", "2026-11-05T09:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "97")];
    assert_eq!(inferred(&wide), None);
    let small = [("2026-11-01T09:00", "2026-11-06T09:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "50")];
    assert_eq!(inferred(&small), None, "half of the quota is a top-up");
    let rolled = [("2026-11-01T09:00", "2026-11-06T09:00", "60"), ("2026-11-07T09:00", "2026-11-20T09:00", "160")];
    assert_eq!(inferred(&rolled).unwrap().1, 1, "the rest rolled over");
}

#[test]
fn p07_what_contradicts_an_inference_drops_it() {
    let refilled = [("2026-09-01T09:00", "2026-09-06T09:00", "20"), ("2026-09-07T09:00", "2026-09-09T09:00", "97")];
    let then = |later: &[(&'static str, &'static str, &'static str)]| inferred(&[&refilled[..], later].concat());
    // The 7th of October comes, and nothing is refilled.
    assert_eq!(then(&[("2026-09-10T09:00", "2026-10-20T09:00", "40")]), None);
    assert_eq!(then(&[("2026-09-10T09:00", "2026-10-06T20:00", "40"), ("2026-10-06T21:00", "2026-10-20T09:00", "30")]), None);
    // The account was full, so nobody could see it; or nobody has looked since.
    assert!(then(&[("2026-09-10T09:00", "2026-10-20T09:00", "100")]).is_some());
    assert!(then(&[("2026-09-10T09:00", "2026-10-01T09:00", "40")]).is_some());
    // A second refill on another day, and two that are two months apart with a month between them without one.
    assert_eq!(then(&[("2026-09-10T09:00", "2026-09-20T09:00", "40"), ("2026-09-20T10:00", "2026-09-21T09:00", "99")]), None);
    assert_eq!(then(&[("2026-09-10T09:00", "2026-11-06T20:00", "40"), ("2026-11-07T08:00", "2026-11-08T09:00", "99")]), None);
}

#[test]
fn p07_a_stated_day_wins_over_refills_that_say_otherwise() {
    let polls = polls(&[("2026-11-01T09:00", "2026-11-06T20:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "97")]);
    let stated = Arc::new(Rules { resets_stated: true, ..rules(Vec::new()) });
    assert_eq!(inferred_resets(&rules(Vec::new()), &polls).len(), 1, "the refill would tell a day");
    assert_eq!(inferred_resets(&stated, &polls), []);
    assert_eq!(with_inferred_resets(&stated, &polls), stated);
}

#[test]
fn p07_what_was_inferred_before_is_inferred_anew() {
    let polls = polls(&[("2026-11-01T09:00", "2026-11-06T20:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "97")]);
    let once = with_inferred_resets(&Arc::new(rules(Vec::new())), &polls);
    assert_eq!(with_inferred_resets(&once, &polls), once);
}

#[test]
fn p07_an_estimate_within_the_evidence_tells_the_instant() {
    let polls = polls(&[("2026-11-01T09:00", "2026-11-06T20:00", "20"), ("2026-11-07T09:00", "2026-11-20T09:00", "97")]);
    for (day, first) in [(7, "2026-11-07T00:00:00Z"), (1, "2026-11-07T09:00:00Z")] {
        let recurrence = Recurrence::MonthlyOn { day, zone: Tz::UTC };
        let usual = ResetRule::Schedule { recurrence, source: FigureSource::Configured };
        let rules = Arc::new(rules(vec![ByPlan { plans: PlanFilter::Any, value: usual }]));
        let with = with_inferred_resets(&rules, &polls);
        let found = super::recurrence(with.buckets[0].resets[0].value, None).unwrap();
        assert_eq!(print_instant(found.last_by(t("2026-11-20T09:00")).unwrap()), first);
    }
}
