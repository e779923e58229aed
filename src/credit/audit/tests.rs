use std::sync::Arc;

use chrono_tz::Tz;

use super::*;
use crate::credit::fold::LotId;
use crate::credit::*;

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn reference(text: &str) -> Ref {
    Ref::new(text).unwrap()
}

/// Entries of a hand-kept account with one bucket, by ref and body, an hour apart.
fn book(entries: &[(&str, EntryBody)]) -> Book {
    let account = AccountId::new("dealer").unwrap();
    let entry = |(place, (name, body)): (i64, &(&str, EntryBody))| Entry {
        seq: Seq(place + 1),
        account: account.clone(),
        at: t("2026-11-01T00:00:00Z") + chrono::TimeDelta::hours(place),
        recorded_at: t("2026-11-20T09:00:00Z"),
        reference: reference(name),
        body: body.clone(),
        note: None,
        actor: None,
        tags: Vec::new(),
    };
    let rules = Rules {
        account: account.clone(),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![BucketRule {
            id: BucketId::new("purchased").unwrap(),
            name: "Purchased".to_owned(),
            kind: BucketKind::Purchased,
            rank: 1,
            resets: Vec::new(),
            rollover: Vec::new(),
            expiry: ExpiryRule::Never,
        }],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: String::new(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    };
    Book {
        profile: Profile {
            id: account.clone(),
            name: String::new(),
            provider: ProviderId::new("generic").unwrap(),
            provider_name: String::new(),
            unit: "credits".to_owned(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::new(rules),
        prices: Arc::new(PriceList { actions: Vec::new(), combinations: Vec::new() }),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::new((0..).zip(entries).map(entry).collect()),
        observations: Arc::default(),
        health: PollHealth { last_ok_at: None, failure: None, interval_seconds: 300, others_ok_at: None },
    }
}

fn grant(bucket: &str, amount: &str) -> EntryBody {
    let (bucket, amount) = (BucketId::new(bucket).unwrap(), amount.parse().unwrap());
    EntryBody::Grant(Grant { bucket, amount, effective_at: None, expires: Expires::ByRule, priority: 0 })
}

fn spend(amount: &str) -> EntryBody {
    EntryBody::Spend(Spend { amount: amount.parse().unwrap(), action: None, variant: None, quantity: None })
}

fn hold(amount: u32) -> EntryBody {
    EntryBody::Hold { amount: amount.into(), expires_at: None }
}

fn capture(name: &str, amount: u32) -> EntryBody {
    EntryBody::Capture { hold: reference(name), amount: amount.into() }
}

fn reverse(name: &str) -> EntryBody {
    EntryBody::Reverse { reverses: reference(name) }
}

fn check(entries: &[(&str, EntryBody)]) -> Option<Breach> {
    book(entries).check(t("2026-11-20T09:00:00Z")).unwrap()
}

#[test]
fn a_history_that_keeps_the_rules_is_sound() {
    let observe = EntryBody::Observe { bucket: BucketId::new("purchased").unwrap(), remaining: 7.into() };
    let sound = [
        ("g", grant("purchased", "100.5")),
        ("s", spend("120")),
        ("h", hold(5)),
        ("c", capture("h", 2)),
        ("x", reverse("s")),
        ("y", reverse("c")),
        ("r", EntryBody::Release { hold: reference("h") }),
        ("z", reverse("r")),
        ("o", observe),
        ("u", reverse("g")),
        ("v", reverse("o")),
        ("w", reverse("h")),
    ];
    assert_eq!(check(&sound), None);
}

#[test]
fn the_first_entry_that_breaks_a_rule_is_named() {
    let start = || vec![("g", grant("purchased", "100")), ("s", spend("1")), ("h", hold(5)), ("x", reverse("s"))];
    for (name, body, rule, what) in [
        ("a", grant("purchased", "-1"), "L1", "a grant of -1 can't be"),
        ("a", grant("purchased", "0"), "L1", "a grant of 0 can't be"),
        ("a", spend("-3"), "L1", "a spend of -3 can't be"),
        ("a", grant("gone", "1"), "E2", "dealer has no bucket \"gone\""),
        ("a", capture("nothing", 1), "E11", "no hold \"nothing\" was recorded before it"),
        ("a", capture("s", 1), "E11", "no hold \"s\" was recorded before it"),
        ("a", EntryBody::Release { hold: reference("g") }, "E11", "no hold \"g\" was recorded before it"),
        ("a", reverse("b"), "L1", "no entry \"b\" was recorded before it"),
        ("a", reverse("x"), "L1", "\"x\" is itself a reversal"),
        ("a", reverse("s"), "L1", "it reverses \"s\", which \"x\" reversed already"),
        ("g", spend("1"), "L2", "its ref is that of an earlier entry"),
    ] {
        let mut entries = start();
        assert_eq!(check(&entries), None);
        entries.extend([(name, body), ("b", spend("-1"))]);
        let breach = check(&entries).expect("a breach");
        assert_eq!((breach.rule.name(), breach.what.as_str()), (rule, what));
        assert_eq!(breach.entry, Some((Seq(5), reference(name))), "the first, not the one after it");
    }
}

#[test]
fn l1_what_is_dated_after_its_recording_is_found() {
    let mut book = book(&[("g", grant("purchased", "1")), ("s", spend("1"))]);
    let late = Arc::make_mut(&mut book.entries);
    for entry in late {
        entry.recorded_at = t("2026-10-31T00:00:00Z");
    }
    let breach = book.check(t("2026-11-20T09:00:00Z")).unwrap().expect("grants may be, spends may not");
    assert_eq!((breach.entry.clone(), breach.rule.name()), (Some((Seq(2), reference("s"))), "L1"));
    assert!(breach.to_string().contains("entry \"s\" (number 2) of 2026-11-01T01:00:00Z"), "{breach}");
}

#[test]
fn e3_e10_figures_of_a_lot_that_do_not_add_up_are_found() {
    let mut last = None;
    let book = book(&[("g", grant("purchased", "10")), ("s", spend("4"))]);
    let step = |state: &State, step: Step<'_>| -> Result<(), AmountError> {
        last = step.changed.first().and_then(|id: &LotId| state.lots.get(*id)).cloned();
        Ok(())
    };
    replay(&book.rules, (&book.entries, &[]), t("2026-11-20T09:00:00Z"), step).unwrap();
    let sound = last.unwrap();
    assert_eq!(lot_flaw(&sound).unwrap(), None);
    let rule = |lot: Lot| lot_flaw(&lot).unwrap().map(|(rule, _)| rule);
    assert_eq!(rule(Lot { remaining: 7.into(), ..sound.clone() }), Some(RuleId::E10));
    assert_eq!(rule(Lot { granted: 9.into(), ..sound.clone() }), Some(RuleId::E10));
    let negative = Amount::from(1).negated();
    assert_eq!(rule(Lot { adjusted: negative, spent: 5.into(), ..sound.clone() }), Some(RuleId::E3));
    assert_eq!(rule(Lot { life: Life::Lapsed, ..sound }), Some(RuleId::E1));
}

#[test]
fn e6_a_draw_that_does_not_come_back_is_found() {
    let draw = |lot| LotDraw { lot, amount: 4.into() };
    let mut ids = Vec::new();
    let book = book(&[("g", grant("purchased", "10"))]);
    let step = |_: &State, step: Step<'_>| -> Result<(), AmountError> {
        ids.extend(step.changed);
        Ok(())
    };
    replay(&book.rules, (&book.entries, &[]), t("2026-11-20T09:00:00Z"), step).unwrap();
    let returned = |amount: u32| ids.iter().map(|id| (*id, Amount::from(amount))).collect::<BTreeMap<_, _>>();
    assert_eq!(first_kept(&[draw(ids[0])], &returned(4)), None);
    assert_eq!(first_kept(&[draw(ids[0])], &returned(3)), Some(&draw(ids[0])));
    assert_eq!(first_kept(&[draw(ids[0])], &BTreeMap::new()), Some(&draw(ids[0])));
}

#[test]
fn l01_a_reversal_without_a_record_is_a_fault_and_never_does_nothing() {
    let now = t("2026-11-20T09:00:00Z");
    let fault = |entries: &[(&str, EntryBody)]| match book(entries).status(now) {
        Err(EngineError::Fault { fault, .. }) => fault.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(&[("x", reverse("s"))]), "\"x\" reverses \"s\", of which nothing is known");
    // What it names happened, but only later: an admission refuses that.
    assert_eq!(fault(&[("x", reverse("s")), ("s", spend("1"))]), "\"x\" reverses \"s\", of which nothing is known");
    let twice = [("s", spend("1")), ("x", reverse("s")), ("y", reverse("s"))];
    assert_eq!(fault(&twice), "\"y\" reverses \"s\", of which nothing is known");
}

#[test]
fn l01_a_grant_that_was_reversed_ahead_never_comes_whatever_the_checkpoints() {
    let ahead = |at: &str, place: usize, mut book: Book| {
        Arc::make_mut(&mut book.entries)[place].at = t(at);
        book
    };
    let entries = [
        ("g", grant("purchased", "70")),
        ("x", reverse("g")),
        ("s", spend("1")),
        ("t", spend("2")),
        ("u", grant("purchased", "5")),
    ];
    let mut book = book(&entries);
    for entry in Arc::make_mut(&mut book.entries) {
        entry.recorded_at = entry.at;
    }
    // The grant was recorded first, for a day after all but the last entry.
    let book = ahead("2026-11-01T03:30:00Z", 0, book);
    assert_eq!(book.check(t("2026-11-20T09:00:00Z")), Ok(None));
    for hours in 0..8 {
        let at = t("2026-11-01T00:30:00Z") + chrono::TimeDelta::hours(hours);
        let whole = book.status_at(at, at).unwrap();
        for start in book
            .checkpoints_at(
                &(0..8).map(|hour| t("2026-11-01T00:00:00Z") + chrono::TimeDelta::hours(hour)).collect::<Vec<_>>(),
                at,
            )
            .unwrap()
        {
            let entries = book.entries.iter().filter(|entry| entry.at > start.at()).cloned().collect();
            let recent = Book { start: Some(Arc::new(start)), entries: Arc::new(entries), ..book.clone() };
            assert_eq!(recent.status_at(at, at), Ok(whole.clone()), "{at}");
        }
        let granted = whole.buckets.iter().any(|bucket| bucket.remaining == Figure::Known(70.into()));
        assert!(!granted, "{at}: {whole:?}");
    }
    let end = t("2026-11-20T09:00:00Z");
    assert_eq!(book.status(end).unwrap().total, Figure::Known(5.into()));
    let explained = book.explained(end).unwrap();
    assert!(explained.iter().any(|entry| entry.entry.reference == reference("g") && entry.reversed_by == Some(reference("x"))));
}
