//! Reads buckets, their order, plans and gifts.

use std::str::FromStr;

use super::document::{Fields, Node};
use super::{GRADES, Names, flag, reference, text, unique_id};
use crate::catalog::{
    Allowance, BucketDefinition, DrawOrder, GrantDefinition, GrantStart, ListedPrice, PlanDefinition, ResetSource,
};
use crate::credit::{
    BucketId, BucketKind, ByPlan, DEFAULT_ORDER, ExpiryRule, FairUse, FairUsePeriod, Figure, OrderKey, PlanFilter, PlanId,
    Rollover,
};

pub(super) fn buckets(root: &Fields<'_, '_>, names: &Names) -> Vec<BucketDefinition> {
    if root.tables("bucket").is_empty() {
        root.problem("bucket", "there must be at least one bucket".to_owned(), Some("add a [[bucket]]".to_owned()));
    }
    let mut seen = Vec::new();
    let tables = root.tables("bucket");
    tables.iter().zip(1..).filter_map(|(fields, rank)| bucket(fields, rank, names, &mut seen)).collect()
}

fn bucket(fields: &Fields<'_, '_>, rank: u16, names: &Names, seen: &mut Vec<String>) -> Option<BucketDefinition> {
    let id = unique_id(fields, "id", seen);
    let name = text(fields.required("name"));
    let kinds = [BucketKind::Recurring, BucketKind::Promotional, BucketKind::Purchased, BucketKind::Bonus];
    let kind = fields.required("kind").and_then(|node| node.word(&kinds.map(|kind| (kind.word(), kind))));
    let resets = by_plan(fields.get("resets"), names, reset_source);
    let rollover = by_plan(fields.get("rollover"), names, rollover);
    if kind.is_some_and(|kind| kind != BucketKind::Recurring) && !(resets.is_empty() && rollover.is_empty()) {
        let hint = "take `resets` and `rollover` away, or make its kind \"recurring\"".to_owned();
        fields.problem("kind", "only a recurring bucket resets".to_owned(), Some(hint));
    }
    // What is granted by hand into a recurring bucket goes the way of its quota.
    let by_kind = if kind == Some(BucketKind::Recurring) { ExpiryRule::NextReset } else { ExpiryRule::Never };
    let expiry = fields.get("expiry").map_or(Some(by_kind), |node| expiry(&node));
    let note = text(fields.get("note"));
    fields.finish();
    Some(BucketDefinition { id: id?, name: name?, kind: kind?, rank, resets, rollover, expiry: expiry?, note })
}

/// One value or several, each perhaps for some plans only: `"x"`, `{ is = "x", plans = ["free"] }`, or a list of these.
fn by_plan<T>(node: Option<Node<'_, '_>>, names: &Names, read: impl Fn(&Node<'_, '_>) -> Option<T>) -> Vec<ByPlan<T>> {
    let option = |node: &Node<'_, '_>| {
        if !node.is_table() {
            return Some(ByPlan { plans: PlanFilter::Any, value: read(node)? });
        }
        let fields = node.fields()?;
        let value = fields.required("is").and_then(|node| read(&node));
        let plans = plan_filter(&fields, names);
        fields.finish();
        Some(ByPlan { plans: plans?, value: value? })
    };
    node.map(Node::one_or_more).unwrap_or_default().iter().filter_map(option).collect()
}

fn plan_filter(fields: &Fields<'_, '_>, names: &Names) -> Option<PlanFilter> {
    let plans = |node: Node<'_, '_>| {
        node.items().iter().map(|item| reference(item, "plan", &names.plans)).collect::<Option<Vec<PlanId>>>()
    };
    match (fields.get("plans"), fields.get("not_plans")) {
        (None, None) => Some(PlanFilter::Any),
        (Some(node), None) => plans(node).map(PlanFilter::OneOf),
        (None, Some(node)) => plans(node).map(PlanFilter::NoneOf),
        (Some(_), Some(_)) => {
            fields.problem("not_plans", "`plans` and `not_plans` exclude each other".to_owned(), None);
            None
        }
    }
}

fn reset_source(node: &Node<'_, '_>) -> Option<ResetSource> {
    if node.if_text().is_none() {
        return node.integer(1..=31).and_then(|day| u8::try_from(day).ok()).map(ResetSource::Day);
    }
    node.word(&[
        ("billing_day", ResetSource::BillingDay),
        ("reset_day", ResetSource::ResetDay),
        ("subscription_end", ResetSource::SubscriptionEnd),
    ])
}

fn rollover(node: &Node<'_, '_>) -> Option<Rollover> {
    match node.if_text() {
        Some("all") => Some(Rollover::All),
        Some("none") => Some(Rollover::None),
        _ => node.amount_from_zero().map(Rollover::UpTo),
    }
}

/// `never`, `next reset`, `1 year` or `28 days`.
fn expiry(node: &Node<'_, '_>) -> Option<ExpiryRule> {
    let text = node.text()?;
    let rule = match text.split_once(' ') {
        None if text == "never" => Some(ExpiryRule::Never),
        Some(("next", "reset")) => Some(ExpiryRule::NextReset),
        Some((count, "year" | "years")) => count_to(100, count).map(ExpiryRule::Years),
        Some((count, "day" | "days")) => count_to(36_500, count).map(ExpiryRule::Days),
        _ => None,
    };
    if rule.is_none() {
        let hint = "write \"never\", \"next reset\", \"1 year\" or \"28 days\"".to_owned();
        node.problem(format!("{text:?} is no expiry"), Some(hint));
    }
    rule
}

fn count_to(most: u32, text: &str) -> Option<u32> {
    u32::from_str(text).ok().filter(|count| (1..=most).contains(count))
}

pub(super) fn order(fields: &Fields<'_, '_>) -> Option<DrawOrder> {
    let words =
        [("rank", OrderKey::Rank), ("priority", OrderKey::Priority), ("expiry", OrderKey::Expiry), ("grant", OrderKey::Grant)];
    let mut keys = Vec::new();
    for item in fields.get("keys").map(|node| node.items()).unwrap_or_default() {
        let Some(key) = item.word(&words) else { continue };
        if keys.contains(&key) {
            item.problem("is there twice", None);
        }
        keys.push(key);
    }
    if keys.is_empty() {
        keys = DEFAULT_ORDER.to_vec();
    }
    let documented = fields.required("documented").and_then(|node| node.boolean());
    let reason = text(fields.required("reason"));
    fields.finish();
    Some(DrawOrder { keys, documented: documented?, reason: reason? })
}

pub(super) fn plans(root: &Fields<'_, '_>, names: &Names, buckets: &[BucketDefinition]) -> Vec<PlanDefinition> {
    let mut seen = Vec::new();
    root.tables("plan").iter().filter_map(|fields| plan(fields, names, buckets, &mut seen)).collect()
}

fn plan(fields: &Fields<'_, '_>, names: &Names, buckets: &[BucketDefinition], seen: &mut Vec<String>) -> Option<PlanDefinition> {
    let id = unique_id(fields, "id", seen);
    let name = text(fields.required("name"));
    let mut quotas = Vec::new();
    for (bucket, node) in fields.get("quota").and_then(|node| node.fields()).map(|quota| quota.all()).unwrap_or_default() {
        quotas.extend(quota(&bucket, &node, names, buckets));
    }
    let priced_as = fields.get("priced_as").and_then(|node| reference(&node, "plan", &names.plans));
    let price_per_credit = fields.get("price_per_credit").and_then(|node| money(&node.fields()?));
    let fair_use = fields.get("fair_use").and_then(|node| fair_use(&node.fields()?));
    let note = text(fields.get("note"));
    fields.finish();
    Some(PlanDefinition { id: id?, name: name?, quotas, priced_as, price_per_credit, fair_use, note })
}

fn quota(bucket: &str, node: &Node<'_, '_>, names: &Names, buckets: &[BucketDefinition]) -> Option<(BucketId, Allowance)> {
    if !names.buckets.iter().any(|name| name == bucket) {
        node.unknown(bucket, "bucket", names.buckets.iter().map(String::as_str));
        return None;
    }
    if buckets.iter().any(|known| known.id.as_str() == bucket && known.kind != BucketKind::Recurring) {
        node.problem("only a recurring bucket has a quota", None);
        return None;
    }
    Some((bucket.parse().ok()?, allowance(node)?))
}

/// `200`, `"unlimited"`, `"unknown"` or `{ per_slot = 10 }`.
fn allowance(node: &Node<'_, '_>) -> Option<Allowance> {
    if node.is_table() {
        let fields = node.fields()?;
        let amount = fields.required("per_slot").and_then(|node| node.amount_from_zero());
        fields.finish();
        return amount.map(Allowance::PerSlot);
    }
    match node.if_text() {
        Some("unlimited") => Some(Allowance::Fixed(Figure::Unlimited)),
        Some("unknown") => Some(Allowance::Fixed(Figure::Unknown)),
        _ => node.amount_from_zero().map(|amount| Allowance::Fixed(Figure::Known(amount))),
    }
}

/// `{ published = false }`, or `{ amount = 5000, period = "month" }`.
fn fair_use(fields: &Fields<'_, '_>) -> Option<FairUse> {
    let published = flag(fields.get("published"), true);
    if !published {
        for key in ["amount", "period"] {
            if fields.get(key).is_some() {
                fields.problem(
                    key,
                    "is stated, but the cap is said not to be published".to_owned(),
                    Some("keep one of them".to_owned()),
                );
            }
        }
        fields.finish();
        return Some(FairUse::Unpublished);
    }
    let hint = || Some("write { published = false } where its size is not published".to_owned());
    let amount = fields.get("amount");
    if amount.is_none() {
        fields.problem("amount", "a fair-use cap needs its amount".to_owned(), hint());
    }
    let amount = amount.and_then(|node| {
        let amount = node.amount_from_zero()?;
        if amount.is_zero() {
            node.problem("must be over zero", hint());
        }
        Some(amount)
    });
    let period = fields.required("period").and_then(|node| node.word(&FairUsePeriod::WORDS));
    fields.finish();
    Some(FairUse::Cap { amount: amount?, period: period? })
}

/// `{ amount = "0.02", currency = "USD", about = true, grade = "C", source = "a listing" }`; the last three may be left out.
fn money(fields: &Fields<'_, '_>) -> Option<ListedPrice> {
    let amount = fields.required("amount").and_then(|node| node.amount_from_zero());
    let currency = fields.required("currency").and_then(|node| {
        let text = node.text()?;
        let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if !fits {
            node.problem(format!("{text:?} is no currency"), Some("write its ISO 4217 code, as \"EUR\"".to_owned()));
        }
        fits.then(|| text.to_owned())
    });
    let about = flag(fields.get("about"), false);
    let grade = fields.get("grade").and_then(|node| node.word(&GRADES));
    let source = text(fields.get("source"));
    fields.finish();
    Some(ListedPrice { amount: amount?, currency: currency?, about, grade, source })
}

pub(super) fn grants(root: &Fields<'_, '_>, names: &Names) -> Vec<GrantDefinition> {
    let mut seen = Vec::new();
    root.tables("grant").iter().filter_map(|fields| grant(fields, names, &mut seen)).collect()
}

fn grant(fields: &Fields<'_, '_>, names: &Names, seen: &mut Vec<String>) -> Option<GrantDefinition> {
    let label = unique_id::<String>(fields, "label", seen);
    let bucket = fields.required("bucket").and_then(|node| reference(&node, "bucket", &names.buckets));
    let starts = [("launch_date", GrantStart::LaunchDate), ("registered", GrantStart::Registered)];
    let from = fields.required("from").and_then(|node| node.word(&starts));
    let expiry = fields.required("expiry").and_then(|node| expiry(&node));
    let from_since = flag(fields.get("from_since"), false);
    let amounts = by_plan(fields.required("amounts"), names, allowance);
    let note = text(fields.get("note"));
    fields.finish();
    Some(GrantDefinition { label: label?, bucket: bucket?, from: from?, expiry: expiry?, from_since, amounts, note })
}
