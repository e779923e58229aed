//! Every fact that the built-in definitions state, one file per provider, and what the format can say and refuses.

mod format;
mod generic;
mod imaginepro;
mod photoroom;
mod pixpretty;
mod settings;
mod studio;

use std::sync::Arc;

use super::*;
use crate::credit::{
    AccountId, Amount, BucketKind, Instant, PlanId, PriceList, Rules, UnitCost, VariantId, parse_date, parse_instant,
};

fn provider(id: &str) -> Arc<Definition> {
    Arc::clone(Catalog::builtin().get(id).unwrap())
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "settings take an option")]
fn day(text: &str) -> Option<chrono::NaiveDate> {
    Some(parse_date(text).unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "settings take an option")]
fn plan(name: &str) -> Option<PlanId> {
    Some(name.parse().unwrap())
}

fn rules(definition: &Definition, settings: &AccountSettings) -> Rules {
    definition.rules(&AccountId::new("a").unwrap(), settings).unwrap()
}

/// The problems with these settings, as `key: what | hint`.
fn problems(definition: &Definition, settings: &AccountSettings) -> Vec<String> {
    let problems = definition.rules(&AccountId::new("a").unwrap(), settings).unwrap_err();
    problems.iter().map(|p| format!("{}: {} | {}", p.key, p.what, p.hint.as_deref().unwrap_or_default())).collect()
}

/// The list as `action[:variant] cost`, with `?` for a price that is missing.
fn costs(list: &PriceList) -> Vec<String> {
    let line = |line: &crate::credit::PricedAction| {
        let variant = line.variant.as_ref().map(|variant| format!(":{variant}")).unwrap_or_default();
        let cost = match &line.cost {
            UnitCost::Known(cost) => cost.to_string(),
            UnitCost::Missing { .. } => "?".to_owned(),
        };
        format!("{}{variant} {cost}", line.action)
    };
    list.actions.iter().map(line).collect()
}

fn own_cost(action: &str, variant: Option<&str>, cost: &str) -> CostOverride {
    let variant = variant.map(|variant| VariantId::new(variant).unwrap());
    CostOverride { action: action.parse().unwrap(), variant, cost: amount(cost) }
}

fn missing_hint(list: &PriceList, action: &str) -> String {
    match &list.find(action, None).unwrap().cost {
        UnitCost::Missing { hint } => hint.clone(),
        UnitCost::Known(cost) => panic!("{action} costs {cost}"),
    }
}

fn buckets(rules: &Rules) -> Vec<(&str, &str, BucketKind, u16)> {
    rules.buckets.iter().map(|bucket| (bucket.id.as_str(), bucket.name.as_str(), bucket.kind, bucket.rank)).collect()
}

fn path(text: &str) -> JsonPath {
    text.parse().unwrap()
}

fn term(json_path: &str) -> FigureTerm {
    FigureTerm {
        path: path(json_path),
        filter: None,
        minus: None,
        number: NumberType::Number,
        scale: Amount::ONE,
        null: None,
        empty: None,
    }
}

fn whole(json_path: &str) -> FigureTerm {
    FigureTerm { number: NumberType::Integer, ..term(json_path) }
}

#[test]
fn providers_actions_are_found_by_what_people_call_them() {
    let words = |id: &str, action: &str| {
        let list = provider(id).price_list(None, &AccountSettings::default());
        list.actions.iter().find(|line| line.action.as_str() == action).unwrap().also.clone()
    };
    for id in ["imaginepro", "photoroom", "pixpretty"] {
        assert!(words(id, "remove-background").contains(&"cut-out".to_owned()), "{id}");
    }
    assert_eq!(words("imaginepro", "imagine").first().unwrap(), "midjourney");
    assert!(words("ai-background-studio", "replace-background-and-logo").contains(&"photo with background and logo".to_owned()));
}

#[test]
fn providers_every_definition_says_where_its_facts_come_from() {
    for definition in Catalog::builtin().iter() {
        assert_eq!(definition.as_of, "2026-11", "{}", definition.id);
        assert!(!definition.sources.is_empty(), "{}", definition.id);
        assert!(definition.assumptions.is_empty() == (definition.id.as_str() == "generic"), "{}", definition.id);
    }
}
