//! Splits that running as much as fits at each instant would miss, or do later (SPEC 6). The oracle tries all there are.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::credit::*;

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn bucket(name: &str) -> BucketId {
    BucketId::new(name).unwrap()
}

const NOW: &str = "2026-11-20T09:00:00Z";

/// An account with a monthly quota of which nothing is left, and credits that last; lines are called by what they cost.
fn book(quota: u32, lasting: u32, prices: &[u32]) -> Book {
    let rule = |name: &str, kind, rank, resets| BucketRule {
        id: bucket(name),
        name: name.to_owned(),
        kind,
        rank,
        resets,
        rollover: Vec::new(),
        expiry: if kind == BucketKind::Recurring { ExpiryRule::NextReset } else { ExpiryRule::Never },
    };
    let recurrence = Recurrence::MonthlyOn { day: 1, zone: Tz::UTC };
    let resets =
        vec![ByPlan { plans: PlanFilter::Any, value: ResetRule::Schedule { recurrence, source: FigureSource::Configured } }];
    let quotas = vec![(bucket("monthly"), Quota::Each(Figure::Known(quota.into())))];
    let rules = Rules {
        account: AccountId::new("a").unwrap(),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![rule("monthly", BucketKind::Recurring, 1, resets), rule("lasting", BucketKind::Purchased, 2, Vec::new())],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: "It is so".to_owned(),
        configured_plan: None,
        phases: vec![Phase { from: t("2026-11-02T00:00:00Z"), plan: None, quotas }],
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        resets_stated: false,
        unpolled: None,
    };
    let price = |price: &u32| PricedAction {
        action: ActionId::new(&format!("of-{price}")).unwrap(),
        variant: None,
        name: format!("Of {price}"),
        unit: "call".to_owned(),
        cost: UnitCost::Known((*price).into()),
        whole: true,
        task: None,
        family: None,
        quality: None,
        note: None,
        also: Vec::new(),
    };
    let bodies = [
        EntryBody::Spend(Spend { amount: quota.into(), action: None, variant: None, quantity: None }),
        EntryBody::Adjust { bucket: bucket("lasting"), amount: lasting.into() },
    ];
    let entry = |(seq, body)| Entry {
        seq: Seq(seq),
        account: rules.account.clone(),
        at: t("2026-11-03T00:00:00Z"),
        recorded_at: t("2026-11-03T00:00:00Z"),
        reference: Ref::new(&format!("e{seq}")).unwrap(),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
    };
    Book {
        profile: Profile {
            id: rules.account.clone(),
            name: "A".to_owned(),
            provider: ProviderId::new("generic").unwrap(),
            provider_name: "Generic".to_owned(),
            unit: "credits".to_owned(),
            customer: None,
            pool: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
        },
        entries: Arc::new((0..).zip(bodies).map(entry).collect()),
        rules: Arc::new(rules),
        prices: Arc::new(PriceList { actions: prices.iter().map(price).collect(), combinations: Vec::new() }),
        money: None,
        tariffs: Arc::default(),
        start: None,
        observations: Arc::default(),
        health: PollHealth::default(),
    }
}

/// How a plan of (price, quantity) is split: days, and how many of which price run then; else why it is not.
fn split(book: &Book, plan: &[(u32, u32)]) -> Result<Vec<String>, Split> {
    let line = |(price, quantity): &(u32, u32)| PlanLine {
        action: ActionId::new(&format!("of-{price}")).unwrap(),
        variant: None,
        quantity: (*quantity).into(),
    };
    let plan: Vec<PlanLine> = plan.iter().map(line).collect();
    match book.quote(&plan, t(NOW)).unwrap().split {
        Split::Parts(parts) => {
            Ok(parts.iter().map(|part| format!("{}: {} {}", part.at.date_naive(), part.quantity, part.action)).collect())
        }
        other => Err(other),
    }
}

#[test]
fn split_waits_where_a_unit_now_would_cost_what_the_next_ones_need() {
    // The 12 that last would pay one unit now, and then no month's 10 would ever pay another.
    let book = book(10, 12, &[12]);
    let month = |month: &str| format!("{month}-01: 1 of-12");
    assert_eq!(split(&book, &[(12, 1)]), Err(Split::AtOnce));
    let expected = ["2026-12", "2027-01", "2027-02", "2027-03", "2027-04"].map(month).to_vec();
    assert_eq!(split(&book, &[(12, 5)]), Ok(expected));
    // The sixth would be the first that a month's 10 and the 2 that last pay; after it nothing lasts.
    assert_eq!(split(&book, &[(12, 6)]).unwrap().len(), 6);
    assert_eq!(split(&book, &[(12, 7)]), Err(Split::NotWithin(t("2028-01-20T09:00:00Z"))));
}

#[test]
fn split_is_done_as_soon_as_whole_units_can_be() {
    // In order the first month would take 4 and 5, the second 5, and the third 6.
    let parts = split(&book(10, 0, &[4, 5, 6]), &[(4, 1), (5, 2), (6, 1)]).unwrap();
    assert_eq!(parts, ["2026-12-01: 1 of-4", "2026-12-01: 1 of-6", "2027-01-01: 2 of-5"]);
    // As soon in order: then in order.
    let parts = split(&book(10, 0, &[4, 5]), &[(4, 1), (5, 2)]).unwrap();
    assert_eq!(parts, ["2026-12-01: 1 of-4", "2026-12-01: 1 of-5", "2027-01-01: 1 of-5"]);
}

#[test]
fn e09_a_unit_that_costs_more_than_is_ever_there_never_runs() {
    assert_eq!(split(&book(10, 5, &[16]), &[(16, 1)]), Err(Split::Never));
    // Nor where it only runs before the cheap ones, and those come first in a plan that can wait.
    let parts = split(&book(10, 6, &[16, 1]), &[(1, 3), (16, 1)]).unwrap();
    assert_eq!(parts, ["2026-12-01: 3 of-1", "2027-01-01: 1 of-16"]);
}

#[test]
fn split_gives_up_a_long_search_and_says_nothing_that_it_does_not_know() {
    // One of them fills a month, and there are 14 months for 16 of them: nothing but trying all orders shows that.
    let prices: Vec<u32> = (60..76).collect();
    let plan: Vec<(u32, u32)> = prices.iter().map(|price| (*price, 1)).collect();
    assert_eq!(split(&book(119, 0, &prices), &plan), Err(Split::Unknown));
    // Few of them are tried in all orders.
    let few: Vec<(u32, u32)> = vec![(60, 8), (61, 8)];
    assert_eq!(split(&book(119, 0, &[60, 61]), &few), Err(Split::NotWithin(t("2028-01-20T09:00:00Z"))));
}

/// The same account, one unit of its first action costing something else from a day on.
fn with_price_from(book: Book, day: &str, cost: UnitCost) -> Book {
    let mut later = book.prices.as_ref().clone();
    later.actions[0].cost = cost;
    let tariff = |from, prices| Tariff { from, prices, money: None };
    let tariffs = [tariff(Instant::MIN_UTC, Arc::clone(&book.prices)), tariff(t(&format!("{day}T00:00:00Z")), Arc::new(later))];
    Book { tariffs: Arc::new(tariffs), ..book }
}

/// When a plan of so many of the only action is affordable at once.
fn at_once(book: &Book, price: u32, quantity: u32) -> AffordableAt {
    let plan = [PlanLine { action: ActionId::new(&format!("of-{price}")).unwrap(), variant: None, quantity: quantity.into() }];
    book.quote(&plan, t(NOW)).unwrap().affordable_at
}

fn at(day: &str) -> AffordableAt {
    AffordableAt::At { at: t(&format!("{day}T00:00:00Z")), approximate: false, if_renewed: false }
}

#[test]
fn e07_each_part_of_a_split_costs_what_is_asked_at_its_own_instant() {
    let one = UnitCost::Known(Amount::ONE);
    // What lapses is used at the old price, what comes after the change pays five times as many.
    let lower = with_price_from(book(10, 0, &[5]), "2026-12-10", one.clone());
    assert_eq!(split(&lower, &[(5, 12)]).unwrap(), ["2026-12-01: 2 of-5", "2027-01-01: 10 of-5"]);
    let higher = with_price_from(book(10, 0, &[1]), "2026-12-10", UnitCost::Known(5_u32.into()));
    assert_eq!(split(&higher, &[(1, 14)]).unwrap(), ["2026-12-01: 10 of-1", "2027-01-01: 2 of-1", "2027-02-01: 2 of-1"]);
    // What lasts pays all of it from the day of the change on, if nothing is run dearly before.
    let lasting = with_price_from(book(0, 300, &[5]), "2026-12-10", one);
    assert_eq!(split(&lasting, &[(5, 300)]).unwrap(), ["2026-12-10: 300 of-5"]);
    assert_eq!(split(&lasting, &[(5, 301)]), Err(Split::Never));
}

#[test]
fn e07_a_plan_is_affordable_once_the_credits_pay_the_price_of_that_instant() {
    let one = UnitCost::Known(Amount::ONE);
    let lasting = with_price_from(book(0, 300, &[5]), "2026-12-10", one.clone());
    assert_eq!(at_once(&lasting, 5, 300), at("2026-12-10"));
    assert_eq!(at_once(&lasting, 5, 301), AffordableAt::Never);
    let lower = with_price_from(book(10, 0, &[5]), "2026-12-10", one);
    assert_eq!((at_once(&lower, 5, 2), at_once(&lower, 5, 10)), (at("2026-12-01"), at("2026-12-10")));
    // A rise comes before the credits do.
    let higher = with_price_from(book(10, 0, &[1]), "2026-11-25", UnitCost::Known(5_u32.into()));
    assert_eq!(at_once(&higher, 1, 10), AffordableAt::Never);
}

#[test]
fn e09_a_split_says_nothing_about_a_time_without_a_price() {
    let missing = UnitCost::Missing { hint: "Set it".to_owned() };
    let book = with_price_from(book(10, 0, &[5]), "2026-12-10", missing);
    assert_eq!(split(&book, &[(5, 2)]).unwrap(), ["2026-12-01: 2 of-5"]);
    assert_eq!(split(&book, &[(5, 3)]), Err(Split::Unknown));
    assert_eq!(at_once(&book, 5, 3), AffordableAt::Unknown);
}

#[test]
fn e07_buying_is_not_advised_where_the_plan_fits_later_at_another_price() {
    let buys = |book: &Book, quantity: u32| {
        let plan = [PlanLine { action: ActionId::new("of-5").unwrap(), variant: None, quantity: quantity.into() }];
        let advice = book.quote(&plan, t(NOW)).unwrap().advice;
        advice.into_iter().find(|advice| advice.kind == AdviceKind::Buy).map(|advice| advice.text)
    };
    let lower = |book| with_price_from(book, "2026-12-10", UnitCost::Known(Amount::ONE));
    assert_eq!(buys(&book(0, 300, &[5]), 300).unwrap(), "Buy at least 1\u{202f}200 credits to run all of it now");
    assert_eq!(buys(&lower(book(0, 300, &[5])), 300), None);
    // What never fits without buying, or fits before the change, is told as ever.
    assert_eq!(buys(&lower(book(0, 300, &[5])), 301).unwrap(), "Buy at least 1\u{202f}205 credits to run all of it now");
    assert_eq!(buys(&lower(book(10, 0, &[5])), 2).unwrap(), "Or buy at least 10 credits to run all of it now");
}
