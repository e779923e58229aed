//! The plans of an account over time, as its settings tell them.

use std::collections::BTreeSet;

use super::{AccountSettings, Definition, PlanDefinition, SettingProblem, nearest};
use crate::credit::{Instant, PlanId, start_of_day};

/// A span of time under one plan and number of slots; it ends where the next begins.
pub(super) struct Stage<'d> {
    /// Its beginning.
    pub(super) from: Instant,
    /// The plan's name as the definition spells it, or as configured where the definition doesn't list plans.
    pub(super) plan_id: Option<PlanId>,
    /// What the definition says of the plan.
    pub(super) plan: Option<&'d PlanDefinition>,
    /// The number of slots.
    pub(super) slots: Option<u32>,
}

/// The first stage, and one for each change of plan or slots, by time. Notes what doesn't fit the definition.
pub(super) fn stages<'d>(
    definition: &'d Definition,
    settings: &AccountSettings,
    problems: &mut Vec<SettingProblem>,
) -> Vec<Stage<'d>> {
    let first = first_stage(definition, settings, problems);
    let mut stages = vec![first];
    if definition.is_polled() || definition.plans.is_empty() {
        return stages;
    }
    let mut changes: Vec<_> = settings.plan_changes.iter().enumerate().collect();
    changes.sort_by_key(|(_, change)| change.from);
    let mut days = BTreeSet::new();
    for (index, change) in changes {
        let key = |field: &str| format!("plan_changes[{index}].{field}");
        if !days.insert(change.from) {
            let hint = "put plan and slots into one change".to_owned();
            problems.push(SettingProblem::new(key("from"), "there are two changes on one day").hint(hint));
        }
        if settings.since.is_some_and(|since| change.from <= since) {
            let hint = "a change comes after the first day; before it, `plan` counts".to_owned();
            problems.push(SettingProblem::new(key("from"), "is not after `since`").hint(hint));
        }
        if change.plan.is_none() && change.slots.is_none() {
            let hint = "add `plan` or `slots`".to_owned();
            problems.push(SettingProblem::new(format!("plan_changes[{index}]"), "changes nothing").hint(hint));
        }
        let before = stages.last();
        let plan = match &change.plan {
            Some(name) => known_plan(definition, name, &key("plan"), problems),
            None => before.and_then(|stage| stage.plan),
        };
        let slots = change.slots.or(before.and_then(|stage| stage.slots));
        check_slots(plan, slots, &key("slots"), problems);
        let from = start_of_day(settings.zone, change.from);
        stages.push(Stage { from, plan_id: plan.map(|plan| plan.id.clone()), plan, slots });
    }
    stages
}

fn first_stage<'d>(definition: &'d Definition, settings: &AccountSettings, problems: &mut Vec<SettingProblem>) -> Stage<'d> {
    let hand_kept = !definition.is_polled();
    let from = settings.since.map_or(Instant::UNIX_EPOCH, |since| start_of_day(settings.zone, since));
    let default = definition.default_plan.as_ref().filter(|_| hand_kept);
    let Some(name) = settings.plan.as_ref().or(default) else {
        if hand_kept && !definition.plans.is_empty() {
            let hint = format!("set it to {}", definition.plan_names());
            problems.push(SettingProblem::new("plan", format!("{} needs the account's plan", definition.name)).hint(hint));
        }
        return Stage { from, plan_id: None, plan: None, slots: settings.slots };
    };
    if definition.plans.is_empty() {
        return Stage { from, plan_id: Some(name.clone()), plan: None, slots: settings.slots };
    }
    let plan = known_plan(definition, name, "plan", problems);
    check_slots(plan, settings.slots, "slots", problems);
    if hand_kept && settings.since.is_none() && plan.is_some_and(|plan| !plan.quotas.is_empty()) {
        let what = format!("is missing: the plan {name} is recurring, and its first quota is granted then");
        problems.push(SettingProblem::new("since", what).hint("set it to the day on which the plan began, as 2026-10-15"));
    }
    Stage { from, plan_id: plan.map(|plan| plan.id.clone()), plan, slots: settings.slots }
}

fn known_plan<'d>(
    definition: &'d Definition,
    name: &PlanId,
    key: &str,
    problems: &mut Vec<SettingProblem>,
) -> Option<&'d PlanDefinition> {
    let plan = definition.plan(name.as_str());
    if plan.is_none() {
        let hint = match nearest(name.as_str(), definition.plans.iter().map(|plan| plan.id.as_str())) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("its plans are {}", definition.plan_names()),
        };
        let what = format!("{} has no plan {:?}", definition.name, name.as_str());
        problems.push(SettingProblem::new(key, what).hint(hint));
    }
    plan
}

/// Notes slots that are zero, or missing where the plan's quota is a multiple of them.
fn check_slots(plan: Option<&PlanDefinition>, slots: Option<u32>, key: &str, problems: &mut Vec<SettingProblem>) {
    let needed = plan.filter(|plan| plan.quotas.iter().any(|(_, allowance)| allowance.needs_slots()));
    let hint = "set it to the number of slots that were booked";
    match (needed, slots) {
        (_, Some(0)) => problems.push(SettingProblem::new(key, "must be over zero").hint(hint)),
        (Some(plan), None) => {
            let what = format!("is missing: the quota of {} is a multiple of it", plan.id);
            problems.push(SettingProblem::new(key, what).hint(hint));
        }
        _ => {}
    }
}
