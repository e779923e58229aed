//! Reads what an account's rules and prices depend on.

use std::collections::HashSet;

use toml::de::DeValue;

use super::reader::{Field, Findings, Section, shown};
use crate::catalog::{AccountSettings, CostOverride, PlanChange};
use crate::credit::{ActionId, Amount, FairUse, FairUsePeriod, MoneyPrice, VariantId};

/// Every key of an entry of `plan_changes`.
pub(super) const CHANGE_KEYS: [&str; 3] = ["from", "plan", "slots"];
/// Every key of `price_per_credit`.
pub(super) const MONEY_KEYS: [&str; 2] = ["amount", "currency"];

/// Every key of `fair_use`.
pub(super) const FAIR_USE_KEYS: [&str; 2] = ["amount", "period"];

/// Reads the settings of an account.
pub(super) fn read_settings(section: &Section<'_>, findings: &mut Findings<'_>) -> AccountSettings {
    const DAY: &str = "a day of the month";
    let date = |key: &str, findings: &mut Findings<'_>| section.get(key).and_then(|field| field.date(findings));
    AccountSettings {
        zone: section.get("time_zone").and_then(|field| field.zone(findings)).unwrap_or_default(),
        plan: section.get("plan").and_then(|field| field.name(findings)),
        slots: section.get("slots").and_then(|field| read_slots(&field, findings)),
        since: date("since", findings),
        billing_day: section.get("billing_day").and_then(|field| field.small(1..=31, DAY, findings)),
        reset_day: section.get("reset_day").and_then(|field| field.small(1..=31, DAY, findings)),
        launch_date: date("launch_date", findings),
        registered: date("registered", findings),
        fair_use: section.get("fair_use").and_then(|field| read_fair_use(&field, findings)),
        plan_changes: read_changes(section, findings),
        costs: read_costs(section, findings),
        sandbox: false,
    }
}

fn read_slots(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<u32> {
    field.whole(1..=u32::MAX, "a number of slots", findings)
}

fn read_changes(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<PlanChange> {
    const EXPECTED: &str = "a list, such as [{ from = 2026-06-01, plan = \"pro\" }]";
    let items = section.get("plan_changes").and_then(|field| field.items(findings, EXPECTED)).unwrap_or_default();
    items.iter().filter_map(|item| read_change(item, findings)).collect()
}

fn read_change(item: &Field<'_>, findings: &mut Findings<'_>) -> Option<PlanChange> {
    let change = item.section(findings, "a table, such as { from = 2026-06-01, plan = \"pro\" }")?;
    change.refuse_unknown_keys(&CHANGE_KEYS, findings);
    let plan = change.get("plan").map(|field| field.name(findings));
    let slots = change.get("slots").map(|field| read_slots(&field, findings));
    if plan.is_none() && slots.is_none() {
        item.refuse(findings, "changes nothing", Some("name the new plan, the new number of slots, or both".to_owned()));
    }
    let Some(from) = change.get("from") else {
        change.refuse("from", findings, "does not say when it begins", Some("add from = 2026-06-01".to_owned()));
        return None;
    };
    Some(PlanChange { from: from.date(findings)?, plan: plan.flatten(), slots: slots.flatten() })
}

/// Reads `[account.costs]`: `face-swap = 12`, and for a variant `imagine.relax = 4` or `"imagine:relax" = 4`.
fn read_costs(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<CostOverride> {
    let table = section.get("costs").and_then(|field| field.section(findings, "a table, under [account.costs]"));
    let lines = table.map(|table| cost_lines(&table, findings)).unwrap_or_default();
    let mut costs = Vec::new();
    let mut seen = HashSet::new();
    for (action, variant, field) in lines {
        let Some(cost) = read_cost(action, variant, &field, findings) else { continue };
        if !seen.insert((cost.action.clone(), cost.variant.clone())) {
            field.refuse(findings, "this price is set twice", Some("keep one of the two".to_owned()));
        }
        costs.push(cost);
    }
    costs
}

/// The action, variant and value of each price in the table.
fn cost_lines<'d>(table: &Section<'d>, findings: &mut Findings<'_>) -> Vec<(&'d str, Option<&'d str>, Field<'d>)> {
    let mut lines = Vec::new();
    for (key, field) in table.fields() {
        match (field.value(), key.split_once(':')) {
            (_, Some((action, variant))) => lines.push((action, Some(variant), field)),
            (DeValue::Table(_), None) => {
                let variants = field.section(findings, "a table");
                lines.extend(variants.iter().flat_map(Section::fields).map(|(variant, field)| (key, Some(variant), field)));
            }
            (_, None) => lines.push((key, None, field)),
        }
    }
    lines
}

fn read_cost(action: &str, variant: Option<&str>, field: &Field<'_>, findings: &mut Findings<'_>) -> Option<CostOverride> {
    let cost = field.amount(findings);
    let Ok(action) = ActionId::new(action) else {
        field.refuse(findings, &format!("{} can't be the id of an action", shown(action)), None);
        return None;
    };
    let Ok(variant) = variant.map(VariantId::new).transpose() else {
        field.refuse(findings, "what stands after the action can't be the id of a variant", None);
        return None;
    };
    Some(CostOverride { action, variant, cost: cost? })
}

/// Reads `fair_use`.
fn read_fair_use(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<FairUse> {
    let table = field.section(findings, "a table, such as { amount = 5000, period = \"month\" }")?;
    table.refuse_unknown_keys(&FAIR_USE_KEYS, findings);
    let (amount, period) = (table.get("amount"), table.get("period"));
    for (key, there, hint) in [
        ("amount", amount.is_some(), "add amount = 5000"),
        ("period", period.is_some(), "add period = \"month\", \"week\" or \"day\""),
    ] {
        if !there {
            table.refuse(key, findings, &format!("a fair-use cap needs its {key}"), Some(hint.to_owned()));
        }
    }
    let read = amount.as_ref().and_then(|field| field.amount(findings));
    if let (Some(field), true) = (&amount, read == Some(Amount::ZERO)) {
        field.refuse(findings, "must be over zero", None);
    }
    let period = period.and_then(|field| field.one_of(&FairUsePeriod::WORDS, findings));
    Some(FairUse::Cap { amount: read?, period: period? })
}

/// Reads `price_per_credit`.
pub(super) fn read_money(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<MoneyPrice> {
    let table = field.section(findings, "a table, such as { amount = \"0.0125\", currency = \"USD\" }")?;
    table.refuse_unknown_keys(&MONEY_KEYS, findings);
    let missing = |key: &str, hint: &str, findings: &mut Findings<'_>| {
        table.refuse(key, findings, &format!("a price needs its {key}"), Some(hint.to_owned()));
    };
    let amount = table.get("amount");
    let currency = table.get("currency");
    if amount.is_none() {
        missing("amount", "add amount = \"0.0125\"", findings);
    }
    if currency.is_none() {
        missing("currency", "add currency = \"USD\"", findings);
    }
    let amount = amount.and_then(|field| field.amount(findings));
    let currency = currency.and_then(|field| read_currency(&field, findings));
    Some(MoneyPrice::stated(amount?, &currency?))
}

fn read_currency(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let text = field.text(findings)?;
    let is_code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code(text) {
        return Some(text.to_owned());
    }
    let upper = text.to_ascii_uppercase();
    let hint =
        if is_code(&upper) { format!("write {upper:?}") } else { "use the three letters of ISO 4217, like \"USD\"".to_owned() };
    field.refuse(findings, &format!("{} is not a currency code", shown(text)), Some(hint));
    None
}
