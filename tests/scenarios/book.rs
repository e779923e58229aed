//! From a scenario file to a book.

use std::sync::Arc;

use creditop::catalog::{AccountSettings, Catalog, CostOverride, Definition, PlanChange};
use creditop::credit::{
    AccountId, Admission, Book, BucketId, Draft, EngineError, Entry, EntryBody, Expires, Figure, Grant, Instant, MoneyPrice,
    Observation, ObservedBucket, PlanId, PlanLine, PollHealth, Profile, Quote, Ref, Seq, Spend, Thresholds, with_inferred_resets,
};

use crate::file::{Account, End, EntryLine, Number, QuoteOf, Scenario, Seen, When};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn definition(scenario: &Scenario) -> Arc<Definition> {
    match (&scenario.definition, &scenario.account.provider) {
        (Some(text), None) => Arc::new(Definition::parse(text, None).unwrap_or_else(|problems| panic!("{problems:#?}"))),
        (None, Some(provider)) => Arc::clone(Catalog::builtin().get(provider).unwrap()),
        _ => panic!("a scenario has either a provider or a definition"),
    }
}

fn settings(account: &Account) -> AccountSettings {
    let change = |change: &crate::file::Change| PlanChange {
        from: change.from.date(),
        plan: change.plan.as_deref().map(id),
        slots: change.slots,
    };
    let cost = |(line, cost): &(String, Number)| {
        let (action, variant) = line.split_once('.').map_or((line.as_str(), None), |(action, variant)| (action, Some(variant)));
        CostOverride { action: id(action), variant: variant.map(id), cost: cost.amount() }
    };
    AccountSettings {
        zone: account.time_zone.as_deref().unwrap_or("UTC").parse().unwrap(),
        plan: account.plan.as_deref().map(id),
        slots: account.slots,
        since: account.since.map(When::date),
        billing_day: account.billing_day,
        reset_day: account.reset_day,
        launch_date: account.launch_date.map(When::date),
        registered: account.registered.map(When::date),
        fair_use: None,
        plan_changes: account.plan_changes.iter().map(change).collect(),
        costs: account.costs.iter().map(cost).collect(),
        sandbox: account.sandbox,
    }
}

pub(crate) fn build(scenario: &Scenario) -> Book {
    let definition = definition(scenario);
    let settings = settings(&scenario.account);
    let account: AccountId = id("account");
    let rules = Arc::new(definition.rules(&account, &settings).unwrap_or_else(|problems| panic!("{problems:#?}")));
    let observations: Vec<Observation> =
        scenario.observation.iter().zip(1..).map(|(seen, seq)| observation(&account, seen, seq)).collect();
    // As for a user's accounts: what refills show counts where the settings state no day.
    let rules = with_inferred_resets(&rules, &observations);
    let entries = admit(scenario, &rules, &observations, &account);
    Book {
        profile: Profile {
            id: account,
            name: "Account".to_owned(),
            provider: definition.id.clone(),
            provider_name: definition.name.clone(),
            unit: definition.unit.clone(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        prices: Arc::new(definition.price_list(None, &settings)),
        money: scenario.account.price_per_credit.as_ref().map(|(amount, currency)| MoneyPrice::stated(amount.amount(), currency)),
        tariffs: Arc::default(),
        health: PollHealth { last_ok_at: None, failure: None, interval_seconds: 300, others_ok_at: None },
        rules,
        start: None,
        entries: Arc::new(entries),
        observations: Arc::new(observations),
    }
}

/// Sends every entry through admission, each after those before it, at the latest instant so far.
fn admit(
    scenario: &Scenario,
    rules: &Arc<creditop::credit::Rules>,
    observations: &[Observation],
    account: &AccountId,
) -> Vec<Entry> {
    let mut admission = Admission::new(rules, Vec::new(), observations);
    let mut entries = Vec::new();
    let mut now = Instant::UNIX_EPOCH;
    for (line, seq) in scenario.entry.iter().zip(1000..) {
        let draft = draft(account, line);
        now = line.clock.map_or(now.max(draft.at), When::instant);
        if let Err(error) = admission.check(&draft, now) {
            panic!("{}: {} is refused: {error}", scenario.title, line.reference);
        }
        let entry = Entry {
            seq: Seq(seq),
            account: account.clone(),
            at: draft.at,
            recorded_at: now,
            reference: id(&line.reference),
            body: draft.body,
            note: None,
            actor: None,
            tags: Vec::new(),
        };
        admission.record(entry.clone());
        entries.push(entry);
    }
    entries
}

pub(crate) fn draft(account: &AccountId, line: &EntryLine) -> Draft {
    let amount = || line.amount.as_ref().expect("an amount").amount();
    let bucket = || id::<BucketId>(line.bucket.as_deref().expect("a bucket"));
    let hold = || id::<Ref>(line.hold.as_deref().expect("a hold"));
    let expires = match &line.expires_at {
        None => Expires::ByRule,
        Some(End::Word(word)) if word == "never" => Expires::Never,
        Some(End::Word(word)) => panic!("{word:?} is no expiry"),
        Some(End::At(at)) => Expires::At(at.instant()),
    };
    let body = match line.kind.as_str() {
        "grant" => EntryBody::Grant(Grant {
            bucket: bucket(),
            amount: amount(),
            effective_at: line.effective_at.map(When::instant),
            expires,
            priority: line.priority,
        }),
        "spend" => EntryBody::Spend(Spend {
            amount: amount(),
            action: line.action.as_deref().map(id),
            variant: None,
            quantity: line.quantity.as_ref().map(Number::amount),
        }),
        "hold" => EntryBody::Hold { amount: amount(), expires_at: if let Expires::At(at) = expires { Some(at) } else { None } },
        "capture" => EntryBody::Capture { hold: hold(), amount: amount() },
        "release" => EntryBody::Release { hold: hold() },
        "adjust" => EntryBody::Adjust { bucket: bucket(), amount: amount() },
        "reverse" => EntryBody::Reverse { reverses: id(line.reverses.as_deref().expect("what it reverses")) },
        "observe" => EntryBody::Observe { bucket: bucket(), remaining: line.remaining.as_ref().expect("what remains").amount() },
        other => panic!("no entry kind {other:?}"),
    };
    Draft {
        account: account.clone(),
        at: line.at.instant(),
        reference: Some(id(&line.reference)),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    }
}

fn observation(account: &AccountId, seen: &Seen, seq: i64) -> Observation {
    let figure = |number: &Number| match number.text().as_str() {
        "unlimited" => Figure::Unlimited,
        "unknown" => Figure::Unknown,
        _ => Figure::Known(number.amount()),
    };
    Observation {
        seq: Seq(seq),
        account: account.clone(),
        at: seen.at.instant(),
        last_seen_at: seen.last_seen_at.unwrap_or(seen.at).instant(),
        plan: seen.plan.as_deref().map(id),
        email: None,
        subscription_ends_at: seen.subscription_ends_at.map(When::instant),
        buckets: seen
            .buckets
            .iter()
            .map(|bucket| ObservedBucket {
                bucket: id(&bucket.bucket),
                remaining: figure(&bucket.remaining),
                capacity: bucket.capacity.as_ref().map(figure),
            })
            .collect(),
    }
}

/// A quote at the prices of the plan that counts then.
pub(crate) fn quote(scenario: &Scenario, book: &Book, quote: &QuoteOf) -> Result<Quote, EngineError> {
    let at = quote.at.instant();
    let plan: Option<PlanId> = book.status(at)?.plan;
    let prices = definition(scenario).price_list(plan.as_ref(), &settings(&scenario.account));
    let line = |line: &String| {
        let (what, quantity) = line.split_once('=').expect("ACTION[:VARIANT]=QTY");
        let (action, variant) = what.split_once(':').map_or((what, None), |(action, variant)| (action, Some(variant)));
        PlanLine { action: id(action.trim()), variant: variant.map(|text| id(text.trim())), quantity: id(quantity.trim()) }
    };
    let lines: Vec<PlanLine> = quote.plan.iter().map(line).collect();
    Book { prices: Arc::new(prices), ..book.clone() }.quote(&lines, at)
}
