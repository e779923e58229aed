//! PROVIDERS 3.

use super::*;
use crate::credit::{
    BucketId, DEFAULT_ORDER, ExpiryRule, Figure, FigureSource, Quota, Recurrence, ResetRule, Rollover, ScheduledGrant, Source,
    pick,
};

fn studio() -> Arc<Definition> {
    provider("ai-background-studio")
}

fn dealer(name: &str) -> AccountSettings {
    AccountSettings {
        zone: "Europe/Berlin".parse().unwrap(),
        plan: plan(name),
        slots: Some(50),
        since: day("2026-10-15"),
        launch_date: day("2026-11-01"),
        ..AccountSettings::default()
    }
}

fn monthly() -> BucketId {
    "monthly".parse().unwrap()
}

#[test]
fn providers_3_buckets_in_the_documented_order() {
    let made = rules(&studio(), &dealer("basic"));
    assert_eq!(made.source, Source::Ledger);
    assert_eq!(
        buckets(&made),
        [
            ("promotional", "Promotional", BucketKind::Promotional, 1),
            ("monthly", "Monthly", BucketKind::Recurring, 2),
            ("purchased", "Purchased", BucketKind::Purchased, 3),
        ]
    );
    assert_eq!(made.order, DEFAULT_ORDER);
    assert!(made.order_reason.ends_with("(documented)"));
    assert_eq!(made.buckets[2].expiry, ExpiryRule::Years(1));
    assert_eq!(pick(&made.buckets[1].rollover, plan("basic").as_ref()), Some(&Rollover::None));
}

#[test]
fn providers_3_quotas_by_plan() {
    for (name, quota) in [
        ("premium", Quota::Each(Figure::Unlimited)),
        ("professional-plus", Quota::Each(Figure::Known(amount("500")))),
        ("Professional-Plus", Quota::Each(Figure::Known(amount("500")))),
        ("professional", Quota::Each(Figure::Unknown)),
        ("basic", Quota::None),
    ] {
        let made = rules(&studio(), &dealer(name));
        let [phase] = made.phases.as_slice() else { panic!("one phase") };
        assert_eq!(phase.quota(&monthly()), quota, "{name}");
        assert_eq!(phase.from, t("2026-10-14T22:00:00Z"));
        assert_eq!(phase.plan.as_ref().unwrap().as_str(), name.to_lowercase());
    }
}

#[test]
fn providers_3_the_reset_day_is_not_published() {
    let made = rules(&studio(), &dealer("professional-plus"));
    assert_eq!(made.buckets[1].resets, []);
    let made = rules(&studio(), &AccountSettings { reset_day: Some(1), ..dealer("professional-plus") });
    let recurrence = Recurrence::MonthlyOn { day: 1, zone: "Europe/Berlin".parse().unwrap() };
    assert_eq!(pick(&made.buckets[1].resets, None), Some(&ResetRule::Schedule { recurrence, source: FigureSource::Configured }));
}

fn launch(amount: Figure, from: &str, to: &str) -> ScheduledGrant {
    let bucket = "promotional".parse().unwrap();
    ScheduledGrant { bucket, label: "launch".to_owned(), amount, effective_at: t(from), expires_at: Some(t(to)) }
}

#[test]
fn providers_3_the_launch_window_counts_from_the_launch_date() {
    let full = Figure::Known(amount("500"));
    let (start, end) = ("2026-10-31T23:00:00Z", "2026-11-28T23:00:00Z");
    let scheduled = |settings: AccountSettings| rules(&studio(), &settings).scheduled;
    assert_eq!(scheduled(dealer("professional-plus")), [launch(full, start, end)]);
    // Whoever joins later has the days that remain, not pro-rated.
    let late = |since| AccountSettings { since: day(since), ..dealer("professional-plus") };
    assert_eq!(scheduled(late("2026-11-20")), [launch(full, "2026-11-19T23:00:00Z", end)]);
    assert_eq!(scheduled(late("2026-11-28")), [launch(full, "2026-11-27T23:00:00Z", end)]);
    assert_eq!(scheduled(late("2026-11-29")), []);
    assert_eq!(scheduled(dealer("professional")), [launch(Figure::Unknown, start, end)]);
    assert_eq!(scheduled(dealer("basic")), [launch(Figure::Unknown, start, end)]);
    assert_eq!(scheduled(dealer("premium")), []);
    assert_eq!(scheduled(AccountSettings { launch_date: None, ..dealer("professional-plus") }), []);
    // 28 calendar days, across the change to summer time.
    let spring = AccountSettings { launch_date: day("2027-03-14"), ..dealer("professional-plus") };
    assert_eq!(scheduled(spring), [launch(full, "2027-03-13T23:00:00Z", "2027-04-10T22:00:00Z")]);
}

#[test]
fn providers_3_the_launch_bonus_is_that_of_the_plan_at_its_beginning() {
    let change = PlanChange { from: parse_date("2026-10-20").unwrap(), plan: None, slots: Some(20) };
    let later = PlanChange { from: parse_date("2026-11-10").unwrap(), plan: plan("premium"), slots: None };
    let made = rules(&studio(), &AccountSettings { plan_changes: vec![later, change], ..dealer("professional-plus") });
    assert_eq!(made.scheduled[0].amount, Figure::Known(amount("200")));
}

#[test]
fn e12_plan_changes_become_phases_by_date() {
    let change =
        |from: &str, name: Option<&str>, slots| PlanChange { from: parse_date(from).unwrap(), plan: name.and_then(plan), slots };
    let plan_changes = vec![change("2027-02-01", None, Some(60)), change("2027-01-01", Some("professional-plus"), None)];
    let made = rules(&studio(), &AccountSettings { plan_changes, since: None, ..dealer("basic") });
    let phases: Vec<_> = made.phases.iter().map(|phase| (phase.from, phase.quota(&monthly()))).collect();
    assert_eq!(
        phases,
        [
            (Instant::UNIX_EPOCH, Quota::None),
            (t("2026-12-31T23:00:00Z"), Quota::Each(Figure::Known(amount("500")))),
            (t("2027-01-31T23:00:00Z"), Quota::Each(Figure::Known(amount("600")))),
        ]
    );
}

#[test]
fn providers_3_prices_and_the_combination() {
    let list = studio().price_list(plan("basic").as_ref(), &AccountSettings::default());
    assert_eq!(
        costs(&list),
        ["replace-background 1", "replace-background-and-logo 1", "re-apply 1", "revert 0", "report-faulty-image 0"]
    );
    assert!(list.actions.iter().all(|line| line.whole && line.unit == "photo"));
    let [combination] = list.combinations.as_slice() else { panic!("one combination") };
    let names = (combination.first.as_str(), combination.second.as_str(), combination.together.as_str());
    assert_eq!(names, ("replace-background", "re-apply", "replace-background-and-logo"));
    assert!(studio().request.is_none() && !studio().is_polled());
}

#[test]
fn e12_a_recurring_plan_needs_since_and_slots() {
    let settings = AccountSettings { plan: plan("professional-plus"), ..AccountSettings::default() };
    let found = problems(&studio(), &settings);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("slots: is missing") && found[1].starts_with("since: is missing"), "{found:?}");
    let found = problems(&studio(), &AccountSettings { slots: Some(0), ..dealer("professional-plus") });
    assert_eq!(found, ["slots: must be over zero | set it to the number of slots that were booked"]);
    let found = problems(&studio(), &AccountSettings { plan: None, ..dealer("basic") });
    assert!(found[0].starts_with("plan: AI Background Studio needs the account's plan | set it to \"premium\""), "{found:?}");
    let found = problems(&studio(), &dealer("profesional"));
    assert_eq!(found, ["plan: AI Background Studio has no plan \"profesional\" | did you mean \"professional\"?"]);
}
