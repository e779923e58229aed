//! Reads the price list.

use super::document::{Fields, Node};
use super::{Names, flag, reference, text, texts, unique_id};
use crate::catalog::{ActionDefinition, Cost, VariantDefinition};
use crate::credit::{Amount, Combination};

pub(super) fn actions(root: &Fields<'_, '_>, names: &Names) -> Vec<ActionDefinition> {
    let mut seen = Vec::new();
    root.tables("action").iter().filter_map(|fields| action(fields, names, &mut seen)).collect()
}

fn action(fields: &Fields<'_, '_>, names: &Names, seen: &mut Vec<String>) -> Option<ActionDefinition> {
    let id = unique_id(fields, "id", seen);
    let name = text(fields.required("name"));
    let unit = text(fields.required("unit"));
    let cost_node = fields.get("cost");
    let has_cost = cost_node.is_some();
    let cost = cost_node.and_then(|node| cost(&node, names));
    let whole = flag(fields.get("whole"), true);
    let task = text(fields.get("task"));
    let family = text(fields.get("family"));
    let note = text(fields.get("note"));
    let also = texts(fields.get("also"));
    let tables = fields.tables("variant");
    if !has_cost && tables.is_empty() {
        fields.problem("cost", "an action needs a cost or variants".to_owned(), Some(COST_HINT.to_owned()));
    }
    let mut seen = Vec::new();
    let variants = tables.iter().filter_map(|fields| variant(fields, names, &mut seen)).collect();
    fields.finish();
    Some(ActionDefinition { id: id?, name: name?, unit: unit?, cost, whole, task, family, note, also, variants })
}

fn variant(fields: &Fields<'_, '_>, names: &Names, seen: &mut Vec<String>) -> Option<VariantDefinition> {
    let id = unique_id(fields, "id", seen);
    let name = text(fields.required("name"));
    let cost_node = fields.get("cost");
    if cost_node.is_none() {
        fields.problem("cost", "`cost` is missing".to_owned(), Some(COST_HINT.to_owned()));
    }
    let cost = cost_node.and_then(|node| cost(&node, names));
    let task = text(fields.get("task"));
    let family = text(fields.get("family"));
    let quality = fields.get("quality").and_then(|node| node.integer(1..=1_000_000));
    let note = text(fields.get("note"));
    fields.finish();
    Some(VariantDefinition { id: id?, name: name?, cost: cost?, task, family, quality, note })
}

const COST_HINT: &str =
    "write cost = 5, cost = \"0.2\", cost = \"free\", cost = \"unpublished\" or cost = { basic = 1, plus = \"0.2\" }";

/// `5`, `"0.2"`, `"free"`, `"unpublished"`, or a table of amounts by plan.
fn cost(node: &Node<'_, '_>, names: &Names) -> Option<Cost> {
    if !node.is_table() {
        return match node.if_text() {
            Some("free") => Some(Cost::Flat(Amount::ZERO)),
            Some("unpublished") => Some(Cost::Unpublished),
            _ => node.amount_from_zero().map(Cost::Flat),
        };
    }
    let entry = |(plan, node): (String, Node<'_, '_>)| {
        if !names.plans.contains(&plan) {
            node.unknown(&plan, "plan", names.plans.iter().map(String::as_str));
            return None;
        }
        Some((plan.parse().ok()?, node.amount_from_zero()?))
    };
    let entries = node.fields()?.all();
    if entries.is_empty() {
        node.problem("names no plan", Some(COST_HINT.to_owned()));
    }
    Some(Cost::ByPlan(entries.into_iter().filter_map(entry).collect()))
}

pub(super) fn combinations(root: &Fields<'_, '_>, names: &Names) -> Vec<Combination> {
    let combination = |fields: &Fields<'_, '_>| {
        let action = |key| fields.required(key).and_then(|node| reference(&node, "action", &names.actions));
        let (first, second, together) = (action("first"), action("second"), action("together"));
        let text = text(fields.required("text"));
        fields.finish();
        Some(Combination { first: first?, second: second?, together: together?, text: text? })
    };
    root.tables("combination").iter().filter_map(combination).collect()
}
