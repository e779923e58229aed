//! A provider's definition as a page for people.

use crate::catalog::{
    Allowance, BucketDefinition, Cost, Definition, GrantDefinition, GrantStart, ListedPrice, PlanDefinition, RateScope, Request,
    ResetSource, VariantDefinition,
};
use crate::cli::table::{Align, Paint, Table, Tone, Width, wrap};
use crate::cli::text;
use crate::credit::{BucketKind, ByPlan, ExpiryRule, FairUse, Figure, Money, OrderKey, PlanFilter, PlanId, Rollover};

/// A definition as a page for people, with where it comes from.
#[must_use]
pub(super) fn page(definition: &Definition, origin: &str, width: Width, paint: Paint) -> String {
    let figures = if definition.is_polled() { "polled" } else { "kept in the ledger" };
    let title = format!("{} ({})", definition.name, definition.id);
    let mut page =
        format!("{}: {figures}, as of {}\n\n", paint.tone(Tone::Strong, &text::clean(&title)), text::clean(&definition.as_of));
    if let Some(host) = definition.host() {
        paragraph(&mut page, &format!("Asked at: {host}, with the account's key, unless the account has a base_url"), width);
    }
    paragraph(&mut page, &format!("Defined in: {origin}"), width);
    page.push('\n');
    page.push_str(&buckets(definition).render(width, paint));
    paragraph(&mut page, &format!("Order: {}", definition.order.sentence()), width);
    paragraph(&mut page, &format!("Lots are drawn {}", order_words(&definition.order.keys)), width);
    if !definition.plans.is_empty() {
        let mut table = Table::new(&[("Plan", Align::Whole), ("Name", Align::Left), ("", Align::Left)]);
        for plan in &definition.plans {
            table.row([plan.id.as_str().into(), plan.name.as_str().into(), plan_words(plan, definition).into()]);
        }
        page.push('\n');
        page.push_str(&table.render(width, paint));
    }
    for plan in definition.plans.iter().filter(|plan| plan.fair_use.is_none()) {
        // Said of every plan that has credits without limit: that nothing is said of a cap is worth knowing too.
        if plan.quotas.iter().any(|(_, allowance)| *allowance == Allowance::Fixed(Figure::Unlimited)) {
            paragraph(&mut page, &format!("Fair use of {}: no cap is stated", plan.name), width);
        }
    }
    for grant in &definition.grants {
        paragraph(&mut page, &format!("Gift: {}", grant_words(grant, definition)), width);
    }
    if let Some(request) = &definition.request {
        paragraph(&mut page, &polled_words(request), width);
    }
    page.push('\n');
    page.push_str(&prices(definition, width).render(width, paint));
    for (heading, lines) in [("Assumed", &definition.assumptions), ("Notes", &definition.notes)] {
        for line in lines {
            paragraph(&mut page, &format!("{heading}: {line}"), width);
        }
    }
    for source in &definition.sources {
        paragraph(&mut page, &format!("Source ({:?}): {}", source.grade, source.what), width);
    }
    page
}

fn paragraph(page: &mut String, line: &str, width: Width) {
    for part in wrap(&text::clean(line), width) {
        page.push_str(&part);
        page.push('\n');
    }
}

fn buckets(definition: &Definition) -> Table {
    let mut table = Table::new(&[("Bucket", Align::Left), ("Name", Align::Left), ("Kind", Align::Left), ("", Align::Left)]);
    for bucket in &definition.buckets {
        table.row([
            format!("{} {}", bucket.rank, bucket.id).into(),
            bucket.name.as_str().into(),
            bucket.kind.word().into(),
            bucket_words(bucket).into(),
        ]);
        for rule in [reset_words(bucket, definition), rollover_words(bucket, definition)].into_iter().flatten() {
            table.line(4, &rule, Tone::Plain);
        }
    }
    table
}

/// When a recurring bucket is refilled.
fn reset_words(bucket: &BucketDefinition, definition: &Definition) -> Option<String> {
    let source = |option: &ByPlan<ResetSource>| {
        let when = match option.value {
            ResetSource::BillingDay => "on the account's billing_day, where it is set".to_owned(),
            ResetSource::ResetDay => "on the account's reset_day, where it is set".to_owned(),
            ResetSource::Day(day) => format!("on day {day} of each month"),
            ResetSource::SubscriptionEnd => "monthly, back from the subscription's end (estimated)".to_owned(),
        };
        format!("{when}{}", plans_words(&option.plans, definition))
    };
    let sources: Vec<String> = bucket.resets.iter().map(source).collect();
    (bucket.kind == BucketKind::Recurring).then(|| match sources.as_slice() {
        [] => "Refilled: nothing says when".to_owned(),
        sources => format!("Refilled {}", sources.join("; else ")),
    })
}

/// What of a recurring bucket is kept at its reset.
fn rollover_words(bucket: &BucketDefinition, definition: &Definition) -> Option<String> {
    let kept = |option: &ByPlan<Rollover>| {
        let how_much = match option.value {
            Rollover::None => "nothing: what is left lapses".to_owned(),
            Rollover::All => "all that is left".to_owned(),
            Rollover::UpTo(most) => format!("at most {}", text::with_unit(most, &definition.unit)),
        };
        format!("{how_much}{}", plans_words(&option.plans, definition))
    };
    let options: Vec<String> = bucket.rollover.iter().map(kept).collect();
    // What fits no option rolls nothing over (SPEC E4).
    let is_open = bucket.rollover.iter().all(|option| option.plans != PlanFilter::Any);
    let rest = is_open.then(|| "nothing: what is left lapses".to_owned());
    let all: Vec<String> = options.into_iter().chain(rest).collect();
    (bucket.kind == BucketKind::Recurring).then(|| format!("Rolls over {}", all.join("; else ")))
}

fn plans_words(plans: &PlanFilter, definition: &Definition) -> String {
    match plans {
        PlanFilter::Any => String::new(),
        PlanFilter::OneOf(plans) => format!(" ({})", plan_names(plans, definition)),
        PlanFilter::NoneOf(plans) => format!(" (all but {})", plan_names(plans, definition)),
    }
}

fn plan_names(plans: &[PlanId], definition: &Definition) -> String {
    let name = |id: &PlanId| definition.plan(id.as_str()).map_or(id.to_string(), |plan| plan.name.clone());
    plans.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The keys of the draw-down order, most significant first.
fn order_words(keys: &[OrderKey]) -> String {
    let key = |key: &OrderKey| match key {
        OrderKey::Rank => "by their bucket's place above",
        OrderKey::Priority => "by their own priority",
        OrderKey::Expiry => "the earlier expiry first",
        OrderKey::Grant => "the earlier grant first",
    };
    keys.iter().map(key).collect::<Vec<_>>().join(", then ")
}

/// Where figures are asked for, and how often.
fn polled_words(request: &Request) -> String {
    let paths: Vec<&str> = request.endpoints.iter().map(|endpoint| endpoint.path.as_str()).collect();
    let rate = request.rate.map_or("no rate limit is stated".to_owned(), |rate| {
        let scope = match rate.scope {
            RateScope::Key => "key",
            RateScope::Host => "host",
        };
        let assumed = if rate.assumed { " (assumed)" } else { "" };
        format!(
            "at most {} a minute per {scope}{assumed}",
            text::count(usize::try_from(rate.per_minute).unwrap_or(usize::MAX), "request", "requests")
        )
    });
    let least = request.minimum_interval.map(|least| text::span(i64::try_from(least.as_secs()).unwrap_or(i64::MAX)));
    let least = least.map_or(String::new(), |least| format!("; not more often than every {least}"));
    format!("Polled: {} at {}; {rate}{least}", paths.join(", else "), request.base_url.host())
}

/// How long a bucket's credits last, and its remark.
fn bucket_words(bucket: &BucketDefinition) -> String {
    let lasts = match (bucket.expiry, bucket.kind) {
        // A recurring bucket is refilled; its definition's order and notes say when.
        (_, BucketKind::Recurring) => None,
        (ExpiryRule::Never, BucketKind::Promotional) => Some("as each grant says".to_owned()),
        (expiry, _) => Some(expiry_words(expiry)),
    };
    [lasts, bucket.note.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn expiry_words(expiry: ExpiryRule) -> String {
    match expiry {
        ExpiryRule::Never => "never expires".to_owned(),
        ExpiryRule::NextReset => "valid until the next reset".to_owned(),
        ExpiryRule::Years(1) => "valid for a year".to_owned(),
        ExpiryRule::Years(years) => format!("valid for {years} years"),
        ExpiryRule::Days(days) => format!("valid for {days} days"),
    }
}

/// What a plan grants in each cycle, and its remark.
fn plan_words(plan: &PlanDefinition, definition: &Definition) -> String {
    let quotas = plan.quotas.iter().map(|(bucket, allowance)| {
        let name = definition.bucket(bucket.as_str()).map_or(bucket.as_str(), |bucket| bucket.name.as_str());
        format!("{name}: {}", allowance_words(*allowance, &definition.unit))
    });
    let price = plan.price_per_credit.as_ref().map(price_words);
    let fair_use = plan.fair_use.map(|cap| fair_use_words(cap, &definition.unit));
    quotas.chain(price).chain(fair_use).chain(plan.note.clone()).collect::<Vec<_>>().join("; ")
}

/// What a credit costs in money, and how well that is known: `about 0.02 USD each (a secondary listing, grade C)`.
fn price_words(price: &ListedPrice) -> String {
    let money = Money { amount: price.amount, currency: price.currency.clone(), about: price.about };
    let grade = price.grade.map(|grade| format!("grade {grade:?}"));
    let known: Vec<String> = [price.source.clone(), grade].into_iter().flatten().collect();
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    format!("{} each{known}", money.words())
}

fn fair_use_words(cap: FairUse, unit: &str) -> String {
    match cap {
        FairUse::Unpublished => "a fair-use cap applies, whose size is not published".to_owned(),
        FairUse::Cap { amount, period } => format!("fair use up to {} a {}", text::with_unit(amount, unit), period.word()),
    }
}

fn allowance_words(allowance: Allowance, unit: &str) -> String {
    match allowance {
        Allowance::Fixed(Figure::Known(amount)) => text::with_unit(amount, unit),
        Allowance::Fixed(Figure::Unlimited) => "unlimited".to_owned(),
        Allowance::Fixed(Figure::Unknown) => "unknown".to_owned(),
        Allowance::PerSlot(each) => format!("slots × {}", text::amount(each)),
    }
}

/// A gift in a sentence: how much, by plan, from when, for how long.
fn grant_words(grant: &GrantDefinition, definition: &Definition) -> String {
    let amounts = grant.amounts.iter().map(|amount| {
        let words = allowance_words(amount.value, &definition.unit);
        format!("{words}{}", plans_words(&amount.plans, definition))
    });
    let from = match grant.from {
        GrantStart::LaunchDate => "launch_date",
        GrantStart::Registered => "registered",
    };
    let first = format!("{} to {}: {}", grant.label, grant.bucket, amounts.collect::<Vec<_>>().join(", "));
    let later = grant.from_since.then(|| "whoever joins later gets what remains of that time".to_owned());
    let parts = [Some(first), Some(format!("{}, from {from}", expiry_words(grant.expiry))), later, grant.note.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn prices(definition: &Definition, width: Width) -> Table {
    let mut lines: Vec<(String, &str, String)> = Vec::new();
    for action in &definition.actions {
        let costs = |cost| cost_words(cost, &action.unit, definition);
        lines.extend(action.cost.as_ref().map(|cost| (action.id.to_string(), action.name.as_str(), costs(cost))));
        let of_variant = |variant: &VariantDefinition| format!("{}:{}", action.id, variant.id);
        lines.extend(action.variants.iter().map(|each| (of_variant(each), each.name.as_str(), costs(&each.cost))));
    }
    let mut table = Table::new(&[("Action", Align::Whole), ("Name", Align::Left), ("Cost", Align::Point)]);
    for (id, name, cost) in &lines {
        table.row([id.as_str().into(), (*name).into(), cost.as_str().into()]);
    }
    if table.fits(width) {
        return table;
    }
    // Nothing is cut: where there is little room, the name stands below.
    let mut narrow = Table::new(&[("Action", Align::Whole), ("Cost", Align::Point)]);
    for (id, name, cost) in &lines {
        narrow.row([id.as_str().into(), cost.as_str().into()]);
        narrow.line(2, name, Tone::Dim);
    }
    narrow
}

fn cost_words(cost: &Cost, unit: &str, definition: &Definition) -> String {
    match cost {
        Cost::Flat(amount) if amount.is_zero() => "0 (free)".to_owned(),
        Cost::Flat(amount) => format!("{} per {unit}", text::amount(*amount)),
        Cost::ByPlan(plans) => {
            let name = |id: &PlanId| definition.plan(id.as_str()).map_or(id.to_string(), |plan| plan.name.clone());
            let each: Vec<String> =
                plans.iter().map(|(plan, amount)| format!("{} {}", name(plan), text::amount(*amount))).collect();
            format!("by plan: {}", each.join(", "))
        }
        Cost::Unpublished => "– no published price".to_owned(),
    }
}
