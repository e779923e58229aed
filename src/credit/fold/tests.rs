use chrono_tz::Tz;

use super::*;
use crate::credit::*;

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub(super) fn imaginepro() -> Rules {
    let rule = |id: &str, kind, rank, resets| BucketRule {
        id: BucketId::new(id).unwrap(),
        name: id.to_owned(),
        kind,
        rank,
        resets,
        rollover: Vec::new(),
        expiry: if kind == BucketKind::Recurring { ExpiryRule::NextReset } else { ExpiryRule::Never },
    };
    let resets = vec![ByPlan { plans: PlanFilter::Any, value: ResetRule::FromSubscriptionEnd }];
    Rules {
        account: AccountId::new("studio").unwrap(),
        zone: Tz::UTC,
        source: Source::Polled,
        lapses_with_subscription: true,
        buckets: vec![rule("monthly", BucketKind::Recurring, 1, resets), rule("extra", BucketKind::Purchased, 2, Vec::new())],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: "Monthly first (documented)".to_owned(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }
}

fn seen(at: &str, monthly: u32, extra: u32, ends: &str) -> Observation {
    let bucket = |id: &str, remaining: u32, capacity| ObservedBucket {
        bucket: BucketId::new(id).unwrap(),
        remaining: Figure::Known(remaining.into()),
        capacity,
    };
    Observation {
        seq: Seq(1),
        account: AccountId::new("studio").unwrap(),
        at: t(at),
        last_seen_at: t(at),
        plan: Some(PlanId::new("STARTER").unwrap()),
        email: None,
        subscription_ends_at: Some(t(ends)),
        buckets: vec![bucket("monthly", monthly, Some(Figure::Known(1600.into()))), bucket("extra", extra, None)],
    }
}

pub(super) fn book(rules: Rules, observations: Vec<Observation>) -> Book {
    let prices = PriceList {
        actions: vec![PricedAction {
            action: ActionId::new("imagine").unwrap(),
            variant: None,
            name: "Imagine".to_owned(),
            unit: "call".to_owned(),
            cost: UnitCost::Known(10.into()),
            whole: true,
            task: None,
            family: None,
            quality: None,
            note: None,
            also: Vec::new(),
        }],
        combinations: Vec::new(),
    };
    Book {
        profile: Profile {
            id: rules.account.clone(),
            name: "Studio".to_owned(),
            provider: ProviderId::new("imaginepro").unwrap(),
            provider_name: "ImaginePro".to_owned(),
            unit: "credits".to_owned(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::new(rules),
        prices: Arc::new(prices),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::default(),
        observations: Arc::new(observations),
        health: PollHealth { last_ok_at: None, failure: None, interval_seconds: 300, others_ok_at: None },
    }
}

const NOW: &str = "2026-11-20T09:00:00Z";

fn sample() -> Book {
    book(imaginepro(), vec![seen("2026-11-20T08:59:58Z", 1600, 1000, "2026-12-07T14:30:00Z")])
}

#[test]
fn e13_the_contracts_sample_status() {
    let status = sample().status(t(NOW)).unwrap();
    assert_eq!(status.total, Figure::Known(2600.into()));
    assert_eq!(status.state, AccountState::Ok);
    let monthly = &status.buckets[0];
    assert_eq!((monthly.id.as_str(), monthly.draw_order), ("monthly", 1));
    assert_eq!(monthly.resets_at, Some(t("2026-12-07T14:30:00Z")));
    assert_eq!(monthly.resets_to, Some(Figure::Known(1600.into())));
    assert_eq!(monthly.reset_source, Some(FigureSource::Estimated));
    assert!(monthly.if_renewed && monthly.lots.is_empty() && monthly.expires_at.is_none());
    assert_eq!(status.buckets[1].reset_source, None);
    assert_eq!(status.buckets[1].capacity, None);
    let forecast = &status.forecast;
    assert_eq!((forecast.burn_per_day, forecast.runs_out_at, forecast.lapses.len()), (None, None, 0));
    assert_eq!(forecast.unknown(), ["burn_per_day", "runs_out_at", "lapses"]);
    let next = status.next_change.unwrap();
    assert_eq!(
        (next.kind, next.at, next.amount),
        (ChangeKind::Reset, t("2026-12-07T14:30:00Z"), Some(Figure::Known(1600.into())))
    );
    assert!(status.warnings.is_empty());
}

#[test]
fn e14_the_contracts_sample_quote() {
    let line = PlanLine { action: ActionId::new("imagine").unwrap(), variant: None, quantity: 165.into() };
    let quote = sample().quote(&[line], t(NOW)).unwrap();
    assert_eq!(quote.total, Some(1650.into()));
    assert_eq!(quote.affordable, Affordable::Yes);
    let draws: Vec<(String, String)> =
        quote.lines[0].draws.iter().map(|draw| (draw.bucket.to_string(), draw.amount.to_string())).collect();
    assert_eq!(draws, [("monthly".to_owned(), "1600".to_owned()), ("extra".to_owned(), "50".to_owned())]);
    assert_eq!(quote.waterfall[1].opened_by, Some((0, 161.into())));
    let wait = &quote.advice[0];
    assert_eq!((wait.kind, wait.saves, wait.at), (AdviceKind::WaitForReset, Some(50.into()), Some(t("2026-12-07T14:30:00Z"))));
}

#[test]
fn e9_a_lapsed_subscription_shows_monthly_credits_but_does_not_count_them() {
    let status = sample().status(t("2026-12-08T00:00:00Z")).unwrap();
    assert_eq!(status.state, AccountState::Lapsed);
    assert_eq!((status.total, status.known_total), (Figure::Unknown, Figure::Known(1000.into())));
    let monthly = status.buckets.iter().find(|bucket| bucket.id.as_str() == "monthly").unwrap();
    assert_eq!((monthly.remaining, monthly.shown, monthly.resets_at), (Figure::Unknown, Some(1600.into()), None));
    assert_eq!(monthly.reset_source, Some(FigureSource::Unknown));
}

#[test]
fn e13_a_projection_counts_the_reset_at_the_subscriptions_end_as_if_renewed() {
    let line = PlanLine { action: ActionId::new("imagine").unwrap(), variant: None, quantity: 200.into() };
    let mut book = sample();
    book.observations = Arc::new(vec![seen("2026-11-20T08:59:58Z", 100, 1000, "2026-12-07T14:30:00Z")]);
    let quote = book.quote(&[line], t(NOW)).unwrap();
    assert_eq!(quote.affordable, Affordable::No);
    assert_eq!(quote.shortfall, Some(900.into()));
    let expected = AffordableAt::At { at: t("2026-12-07T14:30:00Z"), approximate: true, if_renewed: true };
    assert_eq!(quote.affordable_at, expected);
}

#[test]
fn a1_a_figure_of_28_digits_has_a_status() {
    let mut observation = seen("2026-11-20T08:59:58Z", 1600, 0, "2026-12-07T14:30:00Z");
    observation.buckets[1].remaining = Figure::Known("12.345678901234567890123456".parse().unwrap());
    let status = book(imaginepro(), vec![observation]).status(t(NOW)).unwrap();
    assert_eq!(status.total, Figure::Known("1612.345678901234567890123456".parse().unwrap()));
}

/// What the account's monthly and extra credits are told to be at nine, as texts.
fn told(monthly: &str, extra: &str) -> Book {
    let mut observation = seen("2026-11-20T09:00:00Z", 0, 0, "2027-10-07T14:30:00Z");
    for (bucket, figure) in observation.buckets.iter_mut().zip([monthly, extra]) {
        bucket.remaining = Figure::Known(figure.parse().unwrap());
    }
    let mut book = book(imaginepro(), vec![observation]);
    book.health.last_ok_at = Some(t("2026-11-20T09:00:00Z"));
    book
}

#[test]
fn s09_figures_that_cannot_be_added_up_are_that_account_s_error() {
    let now = t("2026-11-20T09:00:00Z");
    let book = told("9999999999999999999999999999", "1");
    let why = book.status(now).unwrap_err();
    let status = book.status_without_figures(now, why).unwrap();
    assert_eq!((status.state, status.total, status.spendable), (AccountState::Error, Figure::Unknown, Figure::Unknown));
    assert!(status.buckets.iter().all(|bucket| bucket.remaining == Figure::Unknown && bucket.known == Amount::ZERO));
    assert_eq!((status.buckets.len(), status.plan.unwrap().as_str()), (2, "STARTER"));
    let failure = status.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::Malformed);
    assert!(failure.message.starts_with("can't add up the figures of studio: larger than 28 digits"), "{}", failure.message);
    assert!(!status.reliance.is_fresh());
}

#[test]
fn s09_an_overdrawn_balance_is_shown_as_what_it_is_until_the_reset() {
    let now = t("2026-11-20T09:00:00Z");
    let status = told("-5", "0").status(now).unwrap();
    let known = |text: &str| Figure::Known(text.parse().unwrap());
    let monthly = &status.buckets[0];
    assert_eq!((monthly.remaining, monthly.known, monthly.resets_to), (known("-5"), "-5".parse().unwrap(), Some(known("1600"))));
    assert_eq!((status.total, status.known_total, status.spendable), (known("-5"), known("-5"), known("0")));
    assert_eq!(status.state, AccountState::Empty);
    let december = told("-5", "0").status_at(t("2026-12-10T09:00:00Z"), now).unwrap();
    assert_eq!(december.total, known("1600"));
    // What another bucket holds can be spent only as far as it is not owed.
    assert_eq!(told("-5", "8").status(now).unwrap().spendable, known("3"));
    let plan =
        |quantity: u32| vec![PlanLine { action: ActionId::new("imagine").unwrap(), variant: None, quantity: quantity.into() }];
    let quote = told("-5", "12").quote(&plan(1), now).unwrap();
    assert_eq!((quote.answer(), quote.shortfall), (Affordable::No, Some("3".parse().unwrap())));
    assert_eq!(told("-5", "15").quote(&plan(1), now).unwrap().answer(), Affordable::Yes);
}

#[test]
fn what_the_engine_excludes_itself_is_a_fault_with_its_place_and_no_figure() {
    let rules = Arc::new(imaginepro());
    let now = t("2026-11-20T09:00:00Z");
    let mut state = State::fold(&rules, std::iter::empty::<&Entry>(), &[], now, now, Keep::All).unwrap();
    let fault = |state: &State| state.fault_among(&rules, std::iter::empty::<FoldEntryRef<'_>>()).map(|fault| fault.to_string());
    assert_eq!(fault(&state), None);
    state.lots.lapse(LotId(99)).unwrap();
    let said = fault(&state).unwrap();
    assert!(said.contains("the number of a lot that is not there") && said.contains("lots.rs:"), "{said}");
}
