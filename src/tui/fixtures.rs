//! Six accounts as a person would have them, for the tests of the screens.

use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;

pub(crate) use super::tests::drive::*;
use crate::credit::*;

pub(crate) fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub(crate) fn now() -> Instant {
    at("2026-11-20T09:00:00Z")
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> AccountId {
    AccountId::new(text).unwrap()
}

fn known(text: &str) -> Figure {
    Figure::Known(amount(text))
}

fn bucket(name: &str, kind: BucketKind, rank: u16) -> BucketRule {
    BucketRule {
        id: BucketId::new(&name.to_lowercase()).unwrap(),
        name: name.to_owned(),
        kind,
        rank,
        resets: Vec::new(),
        rollover: Vec::new(),
        expiry: if kind == BucketKind::Recurring { ExpiryRule::NextReset } else { ExpiryRule::Never },
    }
}

fn resetting(name: &str, rank: u16, reset: ResetRule) -> BucketRule {
    BucketRule { resets: vec![ByPlan { plans: PlanFilter::Any, value: reset }], ..bucket(name, BucketKind::Recurring, rank) }
}

fn monthly_on(day: u8) -> ResetRule {
    ResetRule::Schedule { recurrence: Recurrence::MonthlyOn { day, zone: Tz::UTC }, source: FigureSource::Configured }
}

fn rules(account: &str, source: Source, buckets: Vec<BucketRule>, reason: &str) -> Rules {
    Rules {
        account: id(account),
        zone: Tz::UTC,
        source,
        lapses_with_subscription: true,
        buckets,
        order: DEFAULT_ORDER.to_vec(),
        order_reason: reason.to_owned(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }
}

fn action(action: &str, variant: Option<&str>, name: &str, unit: &str, cost: &str) -> PricedAction {
    PricedAction {
        action: ActionId::new(action).unwrap(),
        variant: variant.map(|variant| VariantId::new(variant).unwrap()),
        name: name.to_owned(),
        unit: unit.to_owned(),
        cost: match cost {
            "" => UnitCost::Missing { hint: format!("set [account.costs] {action} = N") },
            cost => UnitCost::Known(amount(cost)),
        },
        whole: true,
        task: None,
        family: None,
        quality: None,
        note: None,
        also: Vec::new(),
    }
}

fn imagine_prices() -> PriceList {
    let actions = vec![
        action("imagine", None, "Imagine (Midjourney)", "image", "10"),
        action("imagine", Some("relax"), "Imagine (Midjourney), relax", "image", "5"),
        action("flux", None, "Flux 1.1", "image", "6"),
        action("remove-background", None, "Remove background", "image", "5"),
        action("nano-banana", None, "Nano Banana", "image", "6"),
        action("video", None, "Midjourney video", "video", "10"),
        action("prompt-extend", None, "Prompt extend", "call", "0"),
        action("face-swap", None, "Face swap", "call", ""),
    ];
    PriceList { actions, combinations: Vec::new() }
}

fn photoroom_prices() -> PriceList {
    let actions = vec![
        action("remove-background", None, "Remove background", "image", "0.2"),
        action("edit-image", None, "Image editing", "image", "1"),
    ];
    PriceList { actions, combinations: Vec::new() }
}

fn dealer_prices() -> PriceList {
    let actions = vec![
        action("replace-background", None, "Replace background", "photo", "1"),
        action("replace-background-and-logo", None, "Replace background and place logo", "photo", "1"),
        action("re-apply", None, "Re-apply with other settings", "photo", "1"),
        action("revert", None, "Revert", "photo", "0"),
    ];
    PriceList { actions, combinations: Vec::new() }
}

fn profile(account: &str, name: &str, provider: &str, unit: &str) -> Profile {
    Profile {
        id: id(account),
        name: name.to_owned(),
        provider: ProviderId::new(&provider.to_lowercase().replace(' ', "-")).unwrap(),
        provider_name: provider.to_owned(),
        unit: unit.to_owned(),
        customer: None,
        tags: Vec::new(),
        thresholds: Thresholds::default(),
        pool: None,
    }
}

fn book(profile: Profile, rules: Rules, prices: PriceList) -> Book {
    Book {
        profile,
        rules: Arc::new(rules),
        prices: Arc::new(prices),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::new(Vec::new()),
        observations: Arc::new(Vec::new()),
        health: PollHealth {
            last_ok_at: Some(now() - TimeDelta::seconds(12)),
            failure: None,
            interval_seconds: 300,
            others_ok_at: None,
        },
    }
}

/// Observations day by day; each figure list is one day, the last one 12 seconds ago.
fn observed(book: &mut Book, plan: Option<&str>, ends: Option<&str>, days: &[&[(&str, &str, Option<&str>)]]) {
    let count = i64::try_from(days.len()).unwrap();
    let observations = days.iter().enumerate().map(|(day, buckets)| {
        let age = count - 1 - i64::try_from(day).unwrap();
        let at = now() - TimeDelta::seconds(12) - TimeDelta::days(age);
        Observation {
            seq: Seq(i64::try_from(day).unwrap()),
            account: book.profile.id.clone(),
            at,
            last_seen_at: at,
            plan: plan.map(|plan| PlanId::new(plan).unwrap()),
            email: Some("owner@example.com".to_owned()),
            subscription_ends_at: ends.map(self::at),
            buckets: buckets
                .iter()
                .map(|(bucket, remaining, capacity)| ObservedBucket {
                    bucket: BucketId::new(bucket).unwrap(),
                    remaining: known(remaining),
                    capacity: capacity.map(known),
                })
                .collect(),
        }
    });
    book.observations = Arc::new(observations.collect());
}

pub(crate) fn entry(account: &str, seq: i64, at: &str, body: EntryBody, note: Option<&str>) -> Entry {
    Entry {
        seq: Seq(seq),
        account: id(account),
        at: self::at(at),
        recorded_at: self::at(at),
        reference: Ref::new(&format!("{account}-{seq}")).unwrap(),
        body,
        note: note.map(str::to_owned),
        actor: None,
        tags: Vec::new(),
    }
}

pub(crate) fn spend(cost: &str, what: &str, quantity: &str) -> EntryBody {
    EntryBody::Spend(Spend {
        amount: amount(cost),
        action: Some(ActionId::new(what).unwrap()),
        variant: None,
        quantity: Some(amount(quantity)),
    })
}

fn imagine_rules(account: &str) -> Rules {
    let buckets = vec![resetting("Monthly", 1, ResetRule::FromSubscriptionEnd), bucket("Extra", BucketKind::Purchased, 2)];
    rules(account, Source::Polled, buckets, "ImaginePro spends monthly credits before extra ones (documented)")
}

pub(crate) fn studio() -> Book {
    let mut book = book(profile("studio", "Studio", "ImaginePro", "credits"), imagine_rules("studio"), imagine_prices());
    let left = [920, 800, 640, 590, 470, 300, 140, 1600, 1580, 1490, 1440, 1300, 1250, 1110, 980, 900, 850, 840, 1600];
    let texts: Vec<String> = left.iter().map(ToString::to_string).collect();
    let days: Vec<[(&str, &str, Option<&str>); 2]> =
        texts.iter().map(|left| [("monthly", left.as_str(), Some("1600")), ("extra", "1000", None)]).collect();
    let days: Vec<&[(&str, &str, Option<&str>)]> = days.iter().map(<[_; 2]>::as_slice).collect();
    observed(&mut book, Some("STARTER"), Some("2026-12-07T14:30:00Z"), &days);
    book
}

pub(crate) fn yearly() -> Book {
    let mut book = book(profile("yearly", "Studio, yearly", "ImaginePro", "credits"), imagine_rules("yearly"), imagine_prices());
    let day = |left: &'static str| [("monthly", left, Some("6000")), ("extra", "7", None)];
    let days = [day("190"), day("120"), day("40")];
    let days: Vec<&[(&str, &str, Option<&str>)]> = days.iter().map(<[_; 2]>::as_slice).collect();
    observed(&mut book, Some("PRO"), Some("2026-11-29T23:00:00Z"), &days);
    book
}

pub(crate) fn shop() -> Book {
    let buckets = vec![bucket("Images", BucketKind::Recurring, 1)];
    let rules = rules("shop", Source::Polled, buckets, "Photoroom keeps one pool");
    let mut book = book(profile("shop", "Shop cut-outs", "Photoroom", "images"), rules, photoroom_prices());
    observed(&mut book, Some("plus"), None, &[&[("images", "131", Some("100"))], &[("images", "130.4", Some("100"))]]);
    book
}

pub(crate) fn old_key() -> Book {
    let buckets = vec![bucket("Images", BucketKind::Recurring, 1)];
    let rules = rules("old", Source::Polled, buckets, "Photoroom keeps one pool");
    let mut book = book(profile("old", "Old key", "Photoroom", "images"), rules, PriceList::default());
    observed(&mut book, None, None, &[&[("images", "55", Some("100"))], &[("images", "55", Some("100"))], &[]]);
    let kept: Vec<Observation> = book.observations.iter().take(1).cloned().collect();
    book.health.last_ok_at = kept.first().map(|seen| seen.at);
    book.observations = Arc::new(kept);
    book.health.failure = Some(Failure {
        kind: FailureKind::Forbidden,
        message: "Photoroom refused the key (403): it is not valid. Check the key of account old, or make a new one.".to_owned(),
        at: now() - TimeDelta::seconds(40),
        retry_at: Some(now() + TimeDelta::seconds(260)),
        or_out_of_credit: false,
    });
    book
}

pub(crate) fn dealer() -> Book {
    let buckets = vec![
        bucket("Promotional", BucketKind::Promotional, 1),
        resetting("Monthly", 2, monthly_on(1)),
        BucketRule { expiry: ExpiryRule::Years(1), ..bucket("Purchased", BucketKind::Purchased, 3) },
    ];
    let mut rules = rules(
        "dealer",
        Source::Ledger,
        buckets,
        "AI Background Studio spends promotional, then monthly, then purchased credits (documented)",
    );
    rules.phases = vec![Phase {
        from: at("2026-10-15T00:00:00Z"),
        plan: Some(PlanId::new("Professional Plus").unwrap()),
        quotas: vec![(BucketId::new("monthly").unwrap(), Quota::Each(known("500")))],
    }];
    rules.scheduled = vec![ScheduledGrant {
        bucket: BucketId::new("promotional").unwrap(),
        label: "launch".to_owned(),
        amount: known("500"),
        effective_at: at("2026-11-01T00:00:00Z"),
        expires_at: Some(at("2026-11-24T00:00:00Z")),
    }];
    let mut book = book(profile("dealer", "Dealer North", "AI Background Studio", "credits"), rules, dealer_prices());
    book.profile.customer = Some("Autohaus Nord".to_owned());
    let grant = |amount: &str| {
        EntryBody::Grant(Grant {
            bucket: BucketId::new("purchased").unwrap(),
            amount: self::amount(amount),
            effective_at: None,
            expires: Expires::ByRule,
            priority: 0,
        })
    };
    book.entries = Arc::new(vec![
        entry("dealer", 1, "2026-10-20T08:00:00Z", grant("250"), Some("invoice 2026-118")),
        entry("dealer", 2, "2026-11-02T10:00:00Z", spend("120", "replace-background", "120"), None),
        entry("dealer", 3, "2026-11-05T10:00:00Z", spend("30", "re-apply", "30"), Some("wrong logo")),
        entry("dealer", 4, "2026-11-06T09:00:00Z", EntryBody::Reverse { reverses: Ref::new("dealer-3").unwrap() }, None),
        entry("dealer", 5, "2026-11-12T15:20:00Z", spend("95", "replace-background-and-logo", "95"), None),
        entry(
            "dealer",
            6,
            "2026-11-18T15:20:00Z",
            EntryBody::Hold { amount: amount("60"), expires_at: Some(at("2026-12-02T00:00:00Z")) },
            Some("Saturday's shooting"),
        ),
        entry("dealer", 7, "2026-11-19T12:00:00Z", grant("100"), Some("invoice 2026-131")),
    ]);
    book
}

pub(crate) fn portraits() -> Book {
    let buckets = vec![
        resetting("Monthly", 1, monthly_on(1)),
        BucketRule { expiry: ExpiryRule::Years(1), ..bucket("Bonus", BucketKind::Bonus, 2) },
    ];
    let mut rules = rules("portraits", Source::Ledger, buckets, "The soonest expiry first (assumed)");
    rules.phases = vec![Phase {
        from: at("2026-11-01T00:00:00Z"),
        plan: Some(PlanId::new("Plus").unwrap()),
        quotas: vec![(BucketId::new("monthly").unwrap(), Quota::Each(known("200")))],
    }];
    rules.scheduled = vec![ScheduledGrant {
        bucket: BucketId::new("bonus").unwrap(),
        label: "registration".to_owned(),
        amount: known("12"),
        effective_at: at("2026-09-01T00:00:00Z"),
        expires_at: Some(at("2027-09-01T00:00:00Z")),
    }];
    book(profile("portraits", "Portraits", "PixPretty", "credits"), rules, PriceList::default())
}

/// An account of unlimited and unknown buckets.
pub(crate) fn premium() -> Book {
    let buckets = vec![resetting("Monthly", 1, monthly_on(1)), bucket("Purchased", BucketKind::Purchased, 2)];
    let mut rules = rules("premium", Source::Ledger, buckets, "Premium is unlimited");
    rules.phases = vec![Phase {
        from: at("2026-11-01T00:00:00Z"),
        plan: Some(PlanId::new("Premium").unwrap()),
        quotas: vec![(BucketId::new("monthly").unwrap(), Quota::Each(Figure::Unlimited))],
    }];
    book(profile("premium", "写真スタジオ Premium", "AI Background Studio", "credits"), rules, dealer_prices())
}

/// An account of which nobody told the quota.
pub(crate) fn unknown() -> Book {
    let mut book = premium();
    let mut rules = (*book.rules).clone();
    rules.account = id("unknown");
    rules.phases = vec![Phase {
        from: at("2026-11-01T00:00:00Z"),
        plan: Some(PlanId::new("Professional").unwrap()),
        quotas: vec![(BucketId::new("monthly").unwrap(), Quota::Each(Figure::Unknown))],
    }];
    book.rules = Arc::new(rules);
    book.profile = profile("unknown", "Dealer South", "AI Background Studio", "credits");
    book
}

pub(crate) fn books() -> Vec<Book> {
    vec![studio(), yearly(), shop(), old_key(), dealer(), portraits()]
}
