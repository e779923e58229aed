//! A definition and an account's settings make the rules that the engine works with.

use chrono_tz::Tz;

use super::stages::{Stage, stages};
use super::{AccountSettings, Allowance, BucketDefinition, Definition, GrantDefinition, GrantStart, ResetSource, SettingProblem};
use crate::credit::{
    AccountId, BucketId, BucketRule, ByPlan, ExpiryRule, FairUse, Figure, FigureSource, Instant, Phase, PlanFilter, PlanId,
    Quota, Recurrence, ResetRule, Rules, ScheduledGrant, Source, days_later, pick, start_of_day, years_later,
};

impl Definition {
    /// The rules of an account with these settings.
    ///
    /// # Errors
    /// Every setting that this provider can't work with.
    pub fn rules(&self, account: &AccountId, settings: &AccountSettings) -> Result<Rules, Vec<SettingProblem>> {
        let mut problems = Vec::new();
        check_days(settings, &mut problems);
        self.check_applicable(settings, &mut problems);
        self.check_costs(settings, &mut problems);
        let stages = stages(self, settings, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let hand_kept = !self.is_polled();
        let configured_plan = stages.first().filter(|_| !hand_kept).and_then(|stage| stage.plan_id.clone());
        Ok(Rules {
            account: account.clone(),
            zone: settings.zone,
            source: if hand_kept { Source::Ledger } else { Source::Polled },
            lapses_with_subscription: self.lapses_with_subscription,
            buckets: self.bucket_rules(settings),
            order: self.order.keys.clone(),
            order_reason: self.order.sentence(),
            configured_plan,
            phases: if hand_kept && !self.plans.is_empty() { stages.iter().map(Stage::phase).collect() } else { Vec::new() },
            scheduled: self.grants.iter().filter_map(|grant| scheduled(grant, settings, &stages)).collect(),
            fair_use: self.fair_use(settings),
            unpolled: self.sandbox.as_ref().filter(|_| settings.sandbox).map(|sandbox| sandbox.reason.clone()),
            resets_stated: settings.billing_day.is_some() || settings.reset_day.is_some(),
        })
    }

    fn bucket_rules(&self, settings: &AccountSettings) -> Vec<BucketRule> {
        let rule = |bucket: &BucketDefinition| BucketRule {
            id: bucket.id.clone(),
            name: bucket.name.clone(),
            kind: bucket.kind,
            rank: bucket.rank,
            resets: bucket.resets.iter().filter_map(|option| reset_rule(option, settings)).collect(),
            rollover: bucket.rollover.clone(),
            expiry: bucket.expiry,
        };
        self.buckets.iter().map(rule).collect()
    }

    /// The account's own cap, else those of the plans.
    fn fair_use(&self, settings: &AccountSettings) -> Vec<ByPlan<FairUse>> {
        let own = settings.fair_use.map(|value| ByPlan { plans: PlanFilter::Any, value });
        let listed = self.plans.iter().filter_map(|plan| {
            let plans = PlanFilter::OneOf(vec![plan.id.clone()]);
            plan.fair_use.map(|value| ByPlan { plans, value })
        });
        own.into_iter().chain(listed).collect()
    }

    /// Notes settings that mean nothing to this provider: most likely they stand on the wrong account.
    fn check_applicable(&self, settings: &AccountSettings, problems: &mut Vec<SettingProblem>) {
        let resets_by = |source| self.buckets.iter().flat_map(|bucket| &bucket.resets).any(|option| option.value == source);
        let starts_from = |start| self.grants.iter().any(|grant| grant.from == start);
        let hand_kept_plans = !self.is_polled() && !self.plans.is_empty();
        let has_slots = self.plans.iter().flat_map(|plan| &plan.quotas).any(|(_, allowance)| allowance.needs_slots());
        let quotas = || self.plans.iter().flat_map(|plan| &plan.quotas);
        let has_unlimited = self.is_polled() || quotas().any(|(_, quota)| *quota == Allowance::Fixed(Figure::Unlimited));
        let takes_plan = self.is_polled() || !self.plans.is_empty();
        let uses = [
            ("plan", settings.plan.is_some(), takes_plan),
            ("slots", settings.slots.is_some(), has_slots),
            ("since", settings.since.is_some(), hand_kept_plans),
            ("billing_day", settings.billing_day.is_some(), resets_by(ResetSource::BillingDay)),
            ("reset_day", settings.reset_day.is_some(), resets_by(ResetSource::ResetDay)),
            ("launch_date", settings.launch_date.is_some(), starts_from(GrantStart::LaunchDate)),
            ("registered", settings.registered.is_some(), starts_from(GrantStart::Registered)),
            ("fair_use", settings.fair_use.is_some(), has_unlimited),
            ("plan_changes", !settings.plan_changes.is_empty(), hand_kept_plans),
        ];
        for (key, _, _) in uses.iter().filter(|(_, is_set, applies)| *is_set && !applies) {
            let instead = match *key {
                "billing_day" if resets_by(ResetSource::ResetDay) => "use reset_day instead",
                "reset_day" if resets_by(ResetSource::BillingDay) => "use billing_day instead",
                _ => "take it away",
            };
            problems.push(SettingProblem::new(*key, format!("does not apply to {}", self.name)).hint(instead));
        }
    }
}

/// Notes days of the month that no month has.
fn check_days(settings: &AccountSettings, problems: &mut Vec<SettingProblem>) {
    for (key, day) in [("billing_day", settings.billing_day), ("reset_day", settings.reset_day)] {
        if day.is_some_and(|day| !(1..=31).contains(&day)) {
            let hint = "in shorter months the last day counts";
            problems.push(SettingProblem::new(key, "must be a day of the month, 1 to 31").hint(hint));
        }
    }
}

/// A bucket's reset by the settings; `None` where the setting that it needs is not set.
fn reset_rule(option: &ByPlan<ResetSource>, settings: &AccountSettings) -> Option<ByPlan<ResetRule>> {
    let monthly = |day| ResetRule::Schedule {
        recurrence: Recurrence::MonthlyOn { day, zone: settings.zone },
        source: FigureSource::Configured,
    };
    let rule = match option.value {
        ResetSource::BillingDay => monthly(settings.billing_day?),
        ResetSource::ResetDay => monthly(settings.reset_day?),
        ResetSource::Day(day) => monthly(day),
        ResetSource::SubscriptionEnd => ResetRule::FromSubscriptionEnd,
    };
    Some(ByPlan { plans: option.plans.clone(), value: rule })
}

impl Stage<'_> {
    fn phase(&self) -> Phase {
        let quota = |(bucket, allowance): &(BucketId, Allowance)| (bucket.clone(), Quota::Each(self.figure(*allowance)));
        let quotas = self.plan.map(|plan| plan.quotas.iter().map(quota).collect()).unwrap_or_default();
        Phase { from: self.from, plan: self.plan_id.clone(), quotas }
    }

    /// What an allowance comes to with this stage's slots; a product past 28 digits is not known.
    fn figure(&self, allowance: Allowance) -> Figure {
        match allowance {
            Allowance::Fixed(figure) => figure,
            Allowance::PerSlot(each) => {
                self.slots.and_then(|slots| each.times(slots.into()).ok()).map_or(Figure::Unknown, Figure::Known)
            }
        }
    }
}

/// A gift by the settings; `None` where its date is not set, its plan gets nothing, or the account begins after its end.
fn scheduled(grant: &GrantDefinition, settings: &AccountSettings, stages: &[Stage<'_>]) -> Option<ScheduledGrant> {
    let day = match grant.from {
        GrantStart::LaunchDate => settings.launch_date?,
        GrantStart::Registered => settings.registered?,
    };
    let start = start_of_day(settings.zone, day);
    let expires_at = expiry(grant.expiry, settings.zone, start);
    let since = settings.since.filter(|_| grant.from_since).map(|since| start_of_day(settings.zone, since));
    let effective_at = since.map_or(start, |since| since.max(start));
    if expires_at.is_some_and(|end| effective_at >= end) {
        return None;
    }
    let stage = stages.iter().rev().find(|stage| stage.from <= effective_at).or(stages.first())?;
    let plan: Option<&PlanId> = stage.plan_id.as_ref();
    let amount = stage.figure(*pick(&grant.amounts, plan)?);
    Some(ScheduledGrant { bucket: grant.bucket.clone(), label: grant.label.clone(), amount, effective_at, expires_at })
}

fn expiry(rule: ExpiryRule, zone: Tz, from: Instant) -> Option<Instant> {
    match rule {
        ExpiryRule::Years(years) => Some(years_later(zone, from, years)),
        ExpiryRule::Days(days) => Some(days_later(zone, from, days)),
        ExpiryRule::Never | ExpiryRule::NextReset => None,
    }
}
