//! `quote --provider`: a quote without an account, with balances as they are typed.

use std::sync::Arc;

use super::{QuoteArgs, print_pages};
use crate::catalog::{AccountSettings, Allowance, Definition, nearest};
use crate::cli::edge::{Edge, Outcome};
use crate::cli::json::QuoteDocument;
use crate::cli::view::QuoteView;
use crate::cli::when::resolve;
use crate::config::Config;
use crate::credit::{
    AccountId, Amount, Book, BucketId, BucketKind, Figure, Instant, Observation, ObservedBucket, PlanLine, PollHealth, Profile,
    Rules, Seq, Source, Thresholds, Toward,
};
use crate::report::{Ending, Report};
use crate::runtime::Clock;

/// Prices the plan at a provider.
///
/// # Errors
/// A [`Report`] for an unknown provider, plan, bucket or action, or a quantity that can't be.
pub(crate) fn run(args: &QuoteArgs, provider: &str, edge: &mut Edge) -> Result<Outcome, Report> {
    let catalog = edge.catalog()?;
    let definition = catalog.get(provider).cloned().ok_or_else(|| crate::cli::providers::unknown(provider, &catalog))?;
    let now = Clock::new(edge.global.now)?.now();
    let book = book(args, &definition, now)?;
    let at = args.day.at.map_or(Ok(now), |when| resolve("--at", when, now, book.rules.zone, Toward::Future))?;
    let lines: Vec<PlanLine> = args
        .lines
        .iter()
        .map(|typed| match &typed.account {
            Some(account) => Err(Report::new(
                Ending::Usage,
                format!("{account}/{} names an account, and --provider needs none", typed.line.action),
            )
            .hint("leave out one of them")),
            None => Ok(typed.line.clone()),
        })
        .collect::<Result<_, _>>()?;
    let quote = QuoteView::new(&book, &lines, at, now)?;
    if args.json {
        edge.out.json(&QuoteDocument::new(at, &[quote], Vec::new()))?;
    } else {
        // A configuration is not needed here; where there is a good one, times are shown in its zone.
        let configured = || Config::load(&edge.paths().ok()?.config_file, &catalog).ok()?.time_zone;
        let zone = edge.global.tz.or_else(configured).unwrap_or_default();
        print_pages(&[quote], zone, edge)?;
    }
    Ok(Outcome::Done)
}

/// A book that holds nothing but the typed balances, as if the provider had just reported them.
fn book(args: &QuoteArgs, definition: &Definition, now: Instant) -> Result<Book, Report> {
    check_names(args, definition)?;
    let fault = |error: &dyn std::fmt::Display| Report::new(Ending::Usage, error.to_string());
    let account = AccountId::new(definition.id.as_str()).map_err(|error| fault(&error))?;
    let (settings, rules) = settings(args, definition, &account, now)?;
    let mut rules = Rules { source: Source::Polled, phases: Vec::new(), scheduled: Vec::new(), unpolled: None, ..rules };
    let plan = args.plan.as_ref().or(definition.default_plan.as_ref()).and_then(|plan| definition.plan(plan.as_str()));
    // What each reset brings; slots are not typed, so what depends on them is not known.
    let quota = |bucket: &BucketId| {
        let (_, allowance) = plan?.quotas.iter().find(|(id, _)| id == bucket)?;
        Some(match allowance {
            Allowance::Fixed(figure) => *figure,
            Allowance::PerSlot(_) => Figure::Unknown,
        })
    };
    let typed = |bucket: &BucketId| args.balance.iter().any(|typed| &typed.bucket == bucket);
    if plan.is_some() && !definition.is_polled() {
        // A plan that grants nothing there has no such bucket: nothing about it is unknown.
        rules.buckets.retain(|bucket| bucket.kind != BucketKind::Recurring || quota(&bucket.id).is_some() || typed(&bucket.id));
    }
    let unlimited = |bucket: &BucketId| quota(bucket) == Some(Figure::Unlimited);
    let remaining = |bucket: &BucketId| match args.balance.iter().find(|typed| &typed.bucket == bucket) {
        Some(typed) => typed.remaining,
        None if unlimited(bucket) => Figure::Unlimited,
        // A plan by itself has bought and been given nothing; what is left of its quota is not told by its name.
        None if args.balance.is_empty() && (plan.is_none() || quota(bucket).is_some()) => Figure::Unknown,
        None => Figure::Known(Amount::ZERO),
    };
    let observation = Observation {
        seq: Seq(1),
        account: account.clone(),
        at: now,
        last_seen_at: now,
        plan: args.plan.clone(),
        email: None,
        subscription_ends_at: None,
        buckets: rules
            .buckets
            .iter()
            .map(|bucket| ObservedBucket {
                bucket: bucket.id.clone(),
                remaining: remaining(&bucket.id),
                capacity: quota(&bucket.id),
            })
            .collect(),
    };
    Ok(Book {
        profile: Profile {
            id: account,
            name: definition.name.clone(),
            provider: definition.id.clone(),
            provider_name: definition.name.clone(),
            unit: definition.unit.clone(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::new(rules),
        prices: Arc::new(definition.price_list(args.plan.as_ref(), &settings)),
        money: definition.price_per_credit(args.plan.as_ref(), &settings),
        start: None,
        entries: Arc::default(),
        observations: Arc::new(vec![observation]),
        health: PollHealth { last_ok_at: Some(now), failure: None, interval_seconds: 0, others_ok_at: None },
    })
}

/// The plan's settings and rules. Slots and dates only settle quotas and resets; the typed balances stand in for both, so any
/// will do where a definition asks for them.
fn settings(
    args: &QuoteArgs,
    definition: &Definition,
    account: &AccountId,
    now: Instant,
) -> Result<(AccountSettings, Rules), Report> {
    let plain = AccountSettings { plan: args.plan.clone(), ..AccountSettings::default() };
    let dated = AccountSettings { since: Some(now.date_naive()), ..plain.clone() };
    let slotted = AccountSettings { slots: Some(1), ..dated.clone() };
    let mut problems = Vec::new();
    for settings in [plain, dated, slotted] {
        match definition.rules(account, &settings) {
            Ok(rules) => return Ok((settings, rules)),
            Err(found) => problems = found,
        }
    }
    let hint = if problems.iter().any(|problem| problem.key == "plan") {
        format!("add --plan; `creditop providers show {}` lists the plans", definition.id)
    } else {
        "configure an account and name it by --account".to_owned()
    };
    Err(Report::new(Ending::Usage, format!("can't price {} without more settings", definition.name))
        .details(problems.into_iter().map(|problem| format!("{}: {}", problem.key, problem.what)))
        .hint(hint))
}

fn check_names(args: &QuoteArgs, definition: &Definition) -> Result<(), Report> {
    let unknown = |what: &str, asked: &str, near: Option<String>| {
        Report::new(Ending::Usage, format!("{} has no {what} {asked:?}", definition.name)).hint(match near {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("`creditop providers show {}` lists them", definition.id),
        })
    };
    if let Some(plan) = &args.plan
        && definition.plan(plan.as_str()).is_none()
    {
        let near = nearest(plan.as_str(), definition.plans.iter().map(|plan| plan.id.as_str()));
        return Err(unknown("plan", plan.as_str(), near));
    }
    for (place, typed) in args.balance.iter().enumerate() {
        if args.balance.iter().take(place).any(|earlier| earlier.bucket == typed.bucket) {
            return Err(Report::new(Ending::Usage, format!("--balance names the bucket {:?} twice", typed.bucket.as_str()))
                .hint("keep one of them"));
        }
        if definition.bucket(typed.bucket.as_str()).is_none() {
            let near = nearest(typed.bucket.as_str(), definition.buckets.iter().map(|bucket| bucket.id.as_str()));
            return Err(unknown("bucket", typed.bucket.as_str(), near));
        }
    }
    Ok(())
}
