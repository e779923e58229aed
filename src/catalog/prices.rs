//! A definition's price list at a plan, with an account's own prices.

use super::{
    AccountSettings, ActionDefinition, Cost, CostOverride, Definition, PlanDefinition, SettingProblem, VariantDefinition, nearest,
};
use crate::credit::{Amount, MoneyPrice, PlanId, PriceBasis, PriceList, PricedAction, UnitCost, VariantId};

impl Definition {
    /// The price list at a plan (`None` where it is unknown), with the account's own prices in place.
    ///
    /// With a sandbox key everything is free.
    #[must_use]
    pub fn price_list(&self, plan: Option<&PlanId>, settings: &AccountSettings) -> PriceList {
        let lines = Lines { definition: self, plan, settings };
        let actions = self.actions.iter().flat_map(|action| {
            let default = action.cost.as_ref().map(|cost| lines.line(action, None, cost));
            default.into_iter().chain(action.variants.iter().map(|variant| lines.line(action, Some(variant), &variant.cost)))
        });
        PriceList { actions: actions.collect(), combinations: self.combinations.clone() }
    }

    /// What a credit is worth at a plan, as the definition lists it; nothing with a sandbox key, which is free.
    #[must_use]
    pub fn price_per_credit(&self, plan: Option<&PlanId>, settings: &AccountSettings) -> Option<MoneyPrice> {
        let plan = self.plan(plan?.as_str()).filter(|_| !settings.sandbox)?;
        let listed = plan.price_per_credit.as_ref()?;
        let grade = listed.grade.map(|grade| format!("grade {grade:?}"));
        let parts = [Some(format!("{} {}", self.name, plan.name)), listed.source.clone(), grade];
        let source = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let basis = PriceBasis::Listed { about: listed.about, source };
        Some(MoneyPrice { amount: listed.amount, currency: listed.currency.clone(), basis })
    }

    /// Notes prices for actions and variants that there are not.
    pub(super) fn check_costs(&self, settings: &AccountSettings, problems: &mut Vec<SettingProblem>) {
        for cost in &settings.costs {
            let key = cost_key(cost);
            let mut note = |what: String, hint: String| problems.push(SettingProblem::new(key.as_str(), what).hint(hint));
            let Some(action) = self.action(cost.action.as_str()) else {
                let ids: Vec<&str> = self.actions.iter().map(|action| action.id.as_str()).collect();
                note(format!("{} has no action {:?}", self.name, cost.action.as_str()), suggestion(cost.action.as_str(), &ids));
                continue;
            };
            let variants: Vec<&str> = action.variants.iter().map(|variant| variant.id.as_str()).collect();
            match &cost.variant {
                Some(variant) if !variants.contains(&variant.as_str()) => {
                    let hint = suggestion(variant.as_str(), &variants);
                    note(format!("{} has no variant {:?}", action.id, variant.as_str()), hint);
                }
                None if action.cost.is_none() => {
                    note(format!("{} comes only in variants", action.id), suggestion("", &variants));
                }
                _ => {}
            }
            if cost.cost < Amount::ZERO {
                note("must not be negative".to_owned(), "write 0 where it is free".to_owned());
            }
        }
    }

    /// The names of its plans, for hints: `basic, plus or free`.
    pub(super) fn plan_names(&self) -> String {
        let names: Vec<String> = self.plans.iter().map(|plan| format!("{:?}", plan.id.as_str())).collect();
        super::parse::list_of(names.iter().map(String::as_str))
    }
}

fn suggestion(name: &str, among: &[&str]) -> String {
    match nearest(name, among.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None if among.is_empty() => "set the price of the action itself".to_owned(),
        None => format!("there is {}", super::parse::list_of(among.iter().copied())),
    }
}

fn cost_key(cost: &CostOverride) -> String {
    match &cost.variant {
        Some(variant) => format!("costs.{}.{variant}", cost.action),
        None => format!("costs.{}", cost.action),
    }
}

/// Makes the lines of one price list.
struct Lines<'a> {
    definition: &'a Definition,
    plan: Option<&'a PlanId>,
    settings: &'a AccountSettings,
}

impl Lines<'_> {
    fn line(&self, action: &ActionDefinition, variant: Option<&VariantDefinition>, cost: &Cost) -> PricedAction {
        let id = variant.map(|variant| variant.id.clone());
        let (cost, remark) = self.unit_cost(action, id.as_ref(), cost);
        let of_variant = |text: fn(&VariantDefinition) -> Option<&String>| variant.and_then(text);
        let notes = [of_variant(|variant| variant.note.as_ref()).or(action.note.as_ref()).cloned(), remark];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        PricedAction {
            action: action.id.clone(),
            name: action.name_in(id.as_ref()),
            variant: id,
            unit: action.unit.clone(),
            cost,
            whole: action.whole,
            task: of_variant(|variant| variant.task.as_ref()).or(action.task.as_ref()).cloned(),
            family: of_variant(|variant| variant.family.as_ref()).or(action.family.as_ref()).cloned(),
            quality: variant.and_then(|variant| variant.quality),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            also: action.also.clone(),
        }
    }

    /// A line's cost, with a remark where it is not simply the published one.
    fn unit_cost(&self, action: &ActionDefinition, variant: Option<&VariantId>, cost: &Cost) -> (UnitCost, Option<String>) {
        if self.settings.sandbox {
            return (UnitCost::Known(Amount::ZERO), Some("free with a sandbox key".to_owned()));
        }
        let own = self.settings.costs.iter().find(|own| own.action == action.id && own.variant.as_ref() == variant);
        if let Some(own) = own {
            return (UnitCost::Known(own.cost), Some("set in the configuration".to_owned()));
        }
        let set_it = || {
            let line = variant.map_or_else(|| action.id.to_string(), |variant| format!("{}.{variant}", action.id));
            format!("set it for the account: [account.costs] {line} = N")
        };
        match cost {
            Cost::Flat(amount) => (UnitCost::Known(*amount), None),
            Cost::Unpublished => {
                (UnitCost::Missing { hint: format!("{} publishes no price; {}", self.definition.name, set_it()) }, None)
            }
            Cost::ByPlan(costs) => self.cost_by_plan(costs, &set_it()),
        }
    }

    fn cost_by_plan(&self, costs: &[(PlanId, Amount)], set_it: &str) -> (UnitCost, Option<String>) {
        let at = |plan: &PlanId| costs.iter().find(|(id, _)| id == plan).map(|(_, amount)| UnitCost::Known(*amount));
        let Some(name) = self.plan else {
            let hint = format!("it depends on the plan; set plan on the account to {}", self.definition.plan_names());
            return (UnitCost::Missing { hint }, None);
        };
        let stood_in = |plan: &PlanDefinition| {
            let other = self.definition.plan(plan.priced_as.as_ref()?.as_str())?;
            Some((at(&other.id)?, Some(format!("priced as {} (assumed)", other.name))))
        };
        let known = self.definition.plan(name.as_str());
        known.and_then(|plan| at(&plan.id).map(|cost| (cost, None)).or_else(|| stood_in(plan))).unwrap_or_else(|| {
            let hint = format!("the prices of the plan {:?} are not known; {set_it}", name.as_str());
            (UnitCost::Missing { hint }, None)
        })
    }
}
