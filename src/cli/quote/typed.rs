//! `quote --provider`: a quote without an account, with balances as they are typed.

use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;
use clap::Args;

use super::{QuoteArgs, print_pages};
use crate::catalog::{AccountSettings, Allowance, Definition, PlanDefinition, nearest};
use crate::cli::edge::{Edge, Outcome};
use crate::cli::json::QuoteDocument;
use crate::cli::plan::TypedFigure;
use crate::cli::view::QuoteView;
use crate::cli::when::resolve;
use crate::config::Config;
use crate::credit::{
    AccountId, Amount, Book, BucketId, BucketKind, BucketRule, ByPlan, Figure, FigureSource, Instant, Observation,
    ObservedBucket, PlanFilter, PlanId, PlanLine, PollHealth, Profile, Recurrence, ResetRule, Rules, Seq, Source, Thresholds,
    Toward, UnknownFactor, When, WhenError, listed, pick,
};
use crate::report::{Ending, Report};
use crate::runtime::Clock;

/// What is typed in place of an account and its settings.
#[derive(Debug, Args)]
pub(super) struct TypedArgs {
    /// The plan at that provider.
    #[arg(long, value_name = "PLAN", requires = "provider")]
    plan: Option<PlanId>,
    /// What a bucket of that provider holds, a number or "unlimited"; may be given for several. A recurring bucket that is not typed is
    /// unknown, unless the plan grants it without limit; another is taken as empty. With neither a plan nor a balance all are unknown.
    #[arg(long, value_name = "BUCKET=N", requires = "provider")]
    balance: Vec<TypedFigure>,
    /// When the recurring buckets reset: a day of the month (1 to 31, from 00:00 UTC), or the instant of any reset, like
    /// 2026-12-07 or "2026-12-07 14:30".
    #[arg(long, value_name = "DAY", requires = "provider")]
    reset_day: Option<TypedReset>,
    /// How many slots the plan has, where its quota is a multiple of them.
    #[arg(long, value_name = "N", requires = "provider")]
    slots: Option<u32>,
    /// What a reset brings to a bucket, where the plan does not say it.
    #[arg(long, value_name = "BUCKET=N", requires = "provider")]
    quota: Vec<TypedFigure>,
}

impl TypedArgs {
    /// The first of these options that was given.
    #[must_use]
    pub(super) fn named(&self) -> Option<&'static str> {
        let given = [
            ("--plan", self.plan.is_some()),
            ("--balance", !self.balance.is_empty()),
            ("--reset-day", self.reset_day.is_some()),
            ("--slots", self.slots.is_some()),
            ("--quota", !self.quota.is_empty()),
        ];
        given.into_iter().find_map(|(option, is_given)| is_given.then_some(option))
    }
}

/// When recurring buckets reset, as typed.
#[derive(Debug, Clone, Copy)]
enum TypedReset {
    /// On this day of each month, 1 to 31.
    Day(u8),
    /// As at this instant, each month.
    As(When),
}

impl FromStr for TypedReset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let day = text.parse().ok().filter(|day| (1..=31).contains(day));
            return day.map(Self::Day).ok_or_else(|| format!("{text} is no day of the month; write 1 to 31, or a date"));
        }
        text.parse().map(Self::As).map_err(|error: WhenError| format!("{text:?} is {error}, or a day of the month, 1 to 31"))
    }
}

/// Prices the plan at a provider.
///
/// # Errors
/// A [`Report`] for an unknown provider, plan, bucket or action, or a quantity that can't be.
pub(super) fn run(args: &QuoteArgs, provider: &str, edge: &mut Edge) -> Result<Outcome, Report> {
    let catalog = edge.catalog()?;
    let definition = catalog.get(provider).cloned().ok_or_else(|| crate::cli::providers::unknown(provider, &catalog))?;
    let now = Clock::new(edge.global.now)?.now();
    // A configuration is not needed here; where there is a good one, times are read and shown in its zone.
    let configured = || Config::load(&edge.paths().ok()?.config_file, &catalog).ok()?.time_zone;
    let zone = edge.global.tz.or_else(configured).unwrap_or_default();
    let book = book(&args.typed, &definition, now, zone)?;
    let at = args.day.at.map_or(Ok(now), |when| resolve("--at", when, now, zone, Toward::Future))?;
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
    let mut quote = QuoteView::new(&book, &lines, at, now)?;
    quote.notes = taken_as_empty(&args.typed, &quote).into_iter().chain(remedy(&args.typed, &definition, &quote)).collect();
    if args.json {
        edge.out.json(&QuoteDocument::new(at, &[quote], Vec::new()))?;
    } else {
        print_pages(&[quote], zone, edge)?;
    }
    Ok(Outcome::Done)
}

/// That buckets which nobody typed are counted as empty.
fn taken_as_empty(args: &TypedArgs, view: &QuoteView) -> Option<String> {
    let typed = |bucket: &BucketId| args.balance.iter().any(|typed| &typed.bucket == bucket);
    let empty = view.quote.before.iter().filter(|(bucket, figure)| *figure == Figure::Known(Amount::ZERO) && !typed(bucket));
    let names: Vec<String> = empty.map(|(bucket, _)| view.status.bucket_name(bucket).to_owned()).collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    let them = if names.len() == 1 { "it" } else { "them" };
    (!names.is_empty())
        .then(|| format!("{} {are} taken as empty: no --balance was typed for {them}.", listed(&names, names.len())))
}

/// What to type so that it can be told when the plan can be run.
fn remedy(args: &TypedArgs, definition: &Definition, view: &QuoteView) -> Option<String> {
    let name = |bucket| view.status.bucket_name(bucket);
    Some(match view.quote.unsure.first()? {
        UnknownFactor::Bucket { bucket, from: None } => format!("Add --balance {bucket}=N to say what {} holds.", name(bucket)),
        UnknownFactor::ResetDay(bucket) => format!("Add --reset-day DAY to say when {} resets.", name(bucket)),
        UnknownFactor::Bucket { bucket, .. } if args.slots.is_none() && goes_by_slots(plan(args, definition)?, bucket) => {
            "Add --slots N to say how many slots the plan has.".to_owned()
        }
        UnknownFactor::Bucket { bucket, .. } => format!("Add --quota {bucket}=N to say what a reset brings to {}.", name(bucket)),
        UnknownFactor::Pace | UnknownFactor::Stale(_) | UnknownFactor::SubscriptionEnds(_) | UnknownFactor::SubscriptionEnded => {
            return None;
        }
    })
}

fn goes_by_slots(plan: &PlanDefinition, bucket: &BucketId) -> bool {
    plan.quotas.iter().any(|(id, allowance)| id == bucket && allowance.needs_slots())
}

fn plan<'d>(args: &TypedArgs, definition: &'d Definition) -> Option<&'d PlanDefinition> {
    args.plan.as_ref().or(definition.default_plan.as_ref()).and_then(|plan| definition.plan(plan.as_str()))
}

/// What each reset brings to a bucket, as typed or by the plan; `None` where the plan says nothing of it.
fn quota(args: &TypedArgs, definition: &Definition, bucket: &BucketId) -> Option<Figure> {
    if let Some(typed) = args.quota.iter().find(|typed| &typed.bucket == bucket) {
        return Some(typed.remaining);
    }
    let (_, allowance) = plan(args, definition)?.quotas.iter().find(|(id, _)| id == bucket)?;
    Some(match allowance {
        Allowance::Fixed(figure) => *figure,
        Allowance::PerSlot(each) => {
            let product = args.slots.and_then(|slots| each.times(slots.into()).ok());
            product.map_or(Figure::Unknown, Figure::Known)
        }
    })
}

/// A book that holds nothing but the typed balances, as if the provider had just reported them.
fn book(args: &TypedArgs, definition: &Definition, now: Instant, zone: Tz) -> Result<Book, Report> {
    check_names(args, definition)?;
    let fault = |error: &dyn std::fmt::Display| Report::new(Ending::Usage, error.to_string());
    let account = AccountId::new(definition.id.as_str()).map_err(|error| fault(&error))?;
    let (settings, rules) = settings(args, definition, &account, now)?;
    let mut rules = Rules { source: Source::Polled, phases: Vec::new(), scheduled: Vec::new(), unpolled: None, ..rules };
    let typed = |bucket: &BucketId| args.balance.iter().find(|typed| &typed.bucket == bucket).map(|typed| typed.remaining);
    let quota = |bucket: &BucketId| quota(args, definition, bucket);
    if plan(args, definition).is_some() && !definition.is_polled() {
        // A plan that grants nothing there has no such bucket: nothing about it is unknown.
        let stays = |id: &BucketId| quota(id).is_some() || typed(id).is_some();
        rules.buckets.retain(|bucket| bucket.kind != BucketKind::Recurring || stays(&bucket.id));
    }
    if let Some(reset) = args.reset_day {
        set_resets(&mut rules, reset, args.plan.as_ref(), definition, now, zone)?;
    }
    let nothing_typed = args.plan.is_none() && args.balance.is_empty();
    let remaining = |bucket: &BucketRule| match (typed(&bucket.id), quota(&bucket.id)) {
        (Some(typed), _) => typed,
        (None, Some(Figure::Unlimited)) => Figure::Unlimited,
        // A plan by itself has bought and been given nothing; what is left of its quota is not told by its name.
        (None, _) if nothing_typed || bucket.kind == BucketKind::Recurring => Figure::Unknown,
        (None, _) => Figure::Known(Amount::ZERO),
    };
    let buckets = rules.buckets.iter().map(|bucket| ObservedBucket {
        bucket: bucket.id.clone(),
        remaining: remaining(bucket),
        capacity: quota(&bucket.id),
    });
    let observation = Observation {
        seq: Seq(1),
        account: account.clone(),
        at: now,
        last_seen_at: now,
        plan: args.plan.clone(),
        email: None,
        subscription_ends_at: None,
        buckets: buckets.collect(),
    };
    Ok(Book {
        profile: profile(account, definition),
        rules: Arc::new(rules),
        prices: Arc::new(definition.price_list(args.plan.as_ref(), &settings)),
        money: definition.price_per_credit(args.plan.as_ref(), &settings),
        tariffs: Arc::default(),
        start: None,
        entries: Arc::default(),
        observations: Arc::new(vec![observation]),
        health: PollHealth { last_ok_at: Some(now), failure: None, interval_seconds: 0, others_ok_at: None },
    })
}

fn profile(id: AccountId, definition: &Definition) -> Profile {
    Profile {
        id,
        name: definition.name.clone(),
        provider: definition.id.clone(),
        provider_name: definition.name.clone(),
        unit: definition.unit.clone(),
        customer: None,
        tags: Vec::new(),
        thresholds: Thresholds::default(),
        pool: None,
    }
}

/// Lets the recurring buckets whose reset the definition does not settle reset as typed.
fn set_resets(
    rules: &mut Rules,
    typed: TypedReset,
    plan: Option<&PlanId>,
    definition: &Definition,
    now: Instant,
    zone: Tz,
) -> Result<(), Report> {
    let recurrence = match typed {
        TypedReset::Day(day) => Recurrence::MonthlyOn { day, zone: rules.zone },
        TypedReset::As(when) => {
            Recurrence::MonthlyFrom { anchor: resolve("--reset-day", when, now, zone, Toward::Future)?, until: None }
        }
    };
    let is_settled = |bucket: &BucketRule| matches!(pick(&bucket.resets, plan), Some(ResetRule::Schedule { .. }));
    let mut is_used = false;
    for bucket in rules.buckets.iter_mut().filter(|bucket| bucket.kind == BucketKind::Recurring && !is_settled(bucket)) {
        let value = ResetRule::Schedule { recurrence, source: FigureSource::Configured };
        bucket.resets = vec![ByPlan { plans: PlanFilter::Any, value }];
        is_used = true;
    }
    rules.resets_stated = true;
    if is_used {
        return Ok(());
    }
    let why = if rules.buckets.iter().any(|bucket| bucket.kind == BucketKind::Recurring) {
        format!("{} states its own reset day", definition.name)
    } else {
        format!("nothing resets at {} on this plan", definition.name)
    };
    Err(Report::new(Ending::Usage, format!("--reset-day does not apply: {why}")).hint("leave out --reset-day"))
}

/// The plan's settings and rules. Dates only settle grants and resets, and slots quotas; the typed balances stand in for the first,
/// and what is typed is asked for the others, so any will do where a definition asks for them.
fn settings(
    args: &TypedArgs,
    definition: &Definition,
    account: &AccountId,
    now: Instant,
) -> Result<(AccountSettings, Rules), Report> {
    let plain = AccountSettings { plan: args.plan.clone(), ..AccountSettings::default() };
    let dated = AccountSettings { since: Some(now.date_naive()), ..plain.clone() };
    let slotted = AccountSettings { slots: args.slots.or(Some(1)), ..dated.clone() };
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

fn check_names(args: &TypedArgs, definition: &Definition) -> Result<(), Report> {
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
    for (option, all) in [("--balance", &args.balance), ("--quota", &args.quota)] {
        for (place, typed) in all.iter().enumerate() {
            if all.iter().take(place).any(|earlier| earlier.bucket == typed.bucket) {
                return Err(Report::new(Ending::Usage, format!("{option} names the bucket {:?} twice", typed.bucket.as_str()))
                    .hint("keep one of them"));
            }
            let Some(bucket) = definition.bucket(typed.bucket.as_str()) else {
                let near = nearest(typed.bucket.as_str(), definition.buckets.iter().map(|bucket| bucket.id.as_str()));
                return Err(unknown("bucket", typed.bucket.as_str(), near));
            };
            if option == "--quota" && bucket.kind != BucketKind::Recurring {
                let what = format!("--quota is what a reset brings, and {} does not reset", bucket.name);
                return Err(Report::new(Ending::Usage, what).hint(format!("write --balance {}=N for what it holds", bucket.id)));
            }
        }
    }
    let needs_slots = |plan: &PlanDefinition| plan.quotas.iter().any(|(_, allowance)| allowance.needs_slots());
    if args.slots.is_some() && !definition.plans.iter().any(needs_slots) {
        let what = format!("--slots does not apply: no plan of {} goes by slots", definition.name);
        return Err(Report::new(Ending::Usage, what).hint("leave out --slots"));
    }
    Ok(())
}
