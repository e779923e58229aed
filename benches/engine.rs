//! How long the engine takes: a quote over 1,000 plan lines and 1,000 lots, a status over a long ledger, a batch in
//! the order of time and newest first.
//!
//! `cargo bench --bench engine`

#![expect(clippy::expect_used, reason = "a benchmark whose fixture is wrong should stop")]

use std::sync::Arc;

use chrono_tz::Tz;
use creditop::credit::{
    AccountId, ActionId, Admission, Amount, Book, BucketId, BucketKind, BucketRule, ByPlan, Draft, Entry, EntryBody, Expires,
    ExpiryRule, Figure, FigureSource, Grant, Instant, OrderKey, Phase, PlanFilter, PlanLine, PollHealth, PriceList, PricedAction,
    Profile, ProviderId, Quota, Recurrence, Ref, ResetRule, Rules, Seq, Source, Spend, Thresholds, UnitCost, parse_instant,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn t(text: &str) -> Instant {
    parse_instant(text).expect("a valid instant")
}

fn rules() -> Rules {
    Rules {
        account: AccountId::new("bench").expect("a valid id"),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![BucketRule {
            id: BucketId::new("credits").expect("a valid id"),
            name: "Credits".to_owned(),
            kind: BucketKind::Purchased,
            rank: 1,
            resets: Vec::new(),
            rollover: Vec::new(),
            expiry: ExpiryRule::Never,
        }],
        order: vec![OrderKey::Priority, OrderKey::Expiry, OrderKey::Grant],
        order_reason: "by priority, expiry, grant".to_owned(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }
}

fn prices(actions: usize) -> PriceList {
    let action = |n: usize| PricedAction {
        action: ActionId::new(&format!("a{n}")).expect("a valid id"),
        variant: None,
        name: format!("Action {n}"),
        unit: "call".to_owned(),
        cost: UnitCost::Known(Amount::from(1 + u32::try_from(n % 7).unwrap_or(0))),
        whole: true,
        task: None,
        family: None,
        quality: None,
        note: None,
        also: Vec::new(),
    };
    PriceList { actions: (0..actions).map(action).collect(), combinations: Vec::new() }
}

fn entry(n: usize, at: Instant, body: EntryBody) -> Entry {
    Entry {
        seq: Seq(i64::try_from(n).unwrap_or(i64::MAX)),
        account: AccountId::new("bench").expect("a valid id"),
        at,
        recorded_at: at,
        reference: Ref::new(&format!("e{n}")).expect("a valid ref"),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
    }
}

/// A book with so many lots, each expiring on another day, and so many spends of one credit.
fn book(lots: usize, spends: usize, actions: usize) -> Book {
    let start = t("2026-01-01T00:00:00Z");
    let bucket = BucketId::new("credits").expect("a valid id");
    let grants = (0..lots).map(|n| {
        let expires =
            Expires::At(t("2027-01-01T00:00:00Z") + chrono::TimeDelta::hours(i64::try_from(n * 7919 % lots).unwrap_or(0)));
        let grant = Grant { bucket: bucket.clone(), amount: Amount::from(10), effective_at: None, expires, priority: 0 };
        entry(n, start, EntryBody::Grant(grant))
    });
    let spends = (lots..lots + spends).map(|n| {
        let at = start + chrono::TimeDelta::seconds(i64::try_from(n).unwrap_or(0));
        entry(n, at, EntryBody::Spend(Spend { amount: Amount::ONE, action: None, variant: None, quantity: None }))
    });
    Book {
        profile: Profile {
            id: AccountId::new("bench").expect("a valid id"),
            name: "Bench".to_owned(),
            provider: ProviderId::new("generic").expect("a valid id"),
            provider_name: "Generic".to_owned(),
            unit: "credits".to_owned(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::new(rules()),
        prices: Arc::new(prices(actions)),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::new(grants.chain(spends).collect()),
        observations: Arc::default(),
        health: PollHealth::default(),
    }
}

fn quote(c: &mut Criterion) {
    // The longest built-in price list has about as many actions and variants.
    let book = book(1_000, 0, 20);
    let now = t("2026-11-20T09:00:00Z");
    let plan: Vec<PlanLine> = (0..1_000)
        .map(|n| PlanLine {
            action: ActionId::new(&format!("a{}", n % 20)).expect("a valid id"),
            variant: None,
            quantity: Amount::from(2),
        })
        .collect();
    c.bench_function("quote/1000 lines, 1000 lots", |b| b.iter(|| book.quote(&plan, now).expect("a quote")));
    // A plan that runs over all of the next year: a month's quota at a time, while a thousand lots lapse one by one.
    let more: Vec<PlanLine> = plan.into_iter().map(|line| PlanLine { quantity: Amount::from(5), ..line }).collect();
    let book = refilled(book);
    let quote = book.quote(&more, now).expect("a quote");
    assert!(quote.split.parts().len() > 1_000, "the plan is split");
    c.bench_function("quote/split over a year, 1000 lines, 1000 lots", |b| b.iter(|| book.quote(&more, now).expect("a quote")));
}

/// The book with a bucket beside its lots that is refilled each month.
fn refilled(book: Book) -> Book {
    let monthly = BucketId::new("monthly").expect("a valid id");
    let mut rules = rules();
    let recurrence = Recurrence::MonthlyOn { day: 1, zone: Tz::UTC };
    let reset = ResetRule::Schedule { recurrence, source: FigureSource::Configured };
    rules.buckets.push(BucketRule {
        id: monthly.clone(),
        name: "Monthly".to_owned(),
        kind: BucketKind::Recurring,
        rank: 0,
        resets: vec![ByPlan { plans: PlanFilter::Any, value: reset }],
        rollover: Vec::new(),
        expiry: ExpiryRule::NextReset,
    });
    let quota = Quota::Each(Figure::Known(Amount::from(1_000)));
    rules.phases = vec![Phase { from: t("2026-01-01T00:00:00Z"), plan: None, quotas: vec![(monthly, quota)] }];
    Book { rules: Arc::new(rules), ..book }
}

fn status(c: &mut Criterion) {
    let now = t("2026-11-20T09:00:00Z");
    let mut group = c.benchmark_group("status");
    group.sample_size(20);
    for entries in [1_000, 10_000, 100_000] {
        let book = book(entries / 10, entries - entries / 10, 1);
        group.bench_with_input(BenchmarkId::from_parameter(entries), &book, |b, book| {
            b.iter(|| book.status(now).expect("a status"));
        });
    }
    group.finish();
}

/// Spends, and among them holds, of which each needs the state at its own instant.
fn spends_and_holds(numbers: std::ops::Range<usize>, start: Instant) -> Vec<Entry> {
    let nth = |n| {
        let at = start + chrono::TimeDelta::seconds(i64::try_from(n).unwrap_or(0));
        let hold = EntryBody::Hold { amount: Amount::ONE, expires_at: Some(at + chrono::TimeDelta::minutes(1)) };
        let spend = Spend { amount: Amount::ONE, action: None, variant: None, quantity: None };
        entry(n, at, if n % 10 == 0 { hold } else { EntryBody::Spend(spend) })
    };
    numbers.map(nth).collect()
}

/// Drafts after as many recorded spends, in the order of time and newest first, as exports of bills often come; and newest first
/// between the recorded ones.
fn batch(c: &mut Criterion) {
    let rules = Arc::new(rules());
    let now = t("2026-11-20T09:00:00Z");
    let (start, later) = (t("2026-01-01T00:00:00Z"), t("2026-06-01T00:00:00Z"));
    let mut group = c.benchmark_group("batch");
    group.sample_size(10);
    for drafts in [1_000, 10_000] {
        let bucket = BucketId::new("credits").expect("a valid id");
        let amount = Amount::from(1_000_000);
        let ample = Grant { bucket, amount, effective_at: None, expires: Expires::Never, priority: 0 };
        let mut past = book(10, drafts, 1).entries.to_vec();
        past.push(entry(past.len(), start, EntryBody::Grant(ample)));
        let numbers = past.len()..past.len() + drafts;
        let in_order = spends_and_holds(numbers.clone(), later);
        let newest_first: Vec<Entry> = in_order.iter().rev().cloned().collect();
        let between = start - chrono::TimeDelta::seconds(i64::try_from(drafts).unwrap_or(0));
        let between = spends_and_holds(numbers, between).into_iter().rev().collect();
        for (order, entries) in [("in order", in_order), ("newest first", newest_first), ("newest first, between", between)] {
            group.bench_with_input(BenchmarkId::new(order, drafts), &entries, |b, entries| {
                b.iter(|| take(Admission::new(&rules, past.clone(), &[]), entries, now));
            });
        }
    }
    group.finish();
}

/// Checks and records entries one after the other.
fn take(mut admission: Admission, entries: &[Entry], now: Instant) {
    for (entry, seq) in entries.iter().cloned().zip(1_000_000..) {
        let Entry { account, at, body, .. } = entry.clone();
        let draft = Draft { account, at, reference: None, body, note: None, actor: None, tags: Vec::new(), must_fit: false };
        admission.check(&draft, now).expect("a good draft");
        admission.record(Entry { seq: Seq(seq), ..entry });
    }
}

criterion_group!(benches, quote, status, batch);
criterion_main!(benches);
