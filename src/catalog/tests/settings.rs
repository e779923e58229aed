//! Settings that a provider can't work with.

use super::*;

#[test]
fn settings_that_do_not_apply_are_problems() {
    let all = AccountSettings {
        plan: plan("x"),
        slots: Some(1),
        since: day("2026-01-01"),
        billing_day: Some(1),
        reset_day: Some(1),
        launch_date: day("2026-01-01"),
        registered: day("2026-01-01"),
        plan_changes: vec![PlanChange { from: parse_date("2026-02-01").unwrap(), plan: plan("y"), slots: None }],
        ..AccountSettings::default()
    };
    let keys = |id: &str, settings: &AccountSettings| {
        let found = provider(id).rules(&AccountId::new("a").unwrap(), settings).unwrap_err();
        found.into_iter().filter(|p| p.what.starts_with("does not apply")).map(|p| p.key).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys("imaginepro", &all), "slots since reset_day launch_date registered plan_changes");
    assert_eq!(keys("photoroom", &all), "slots since reset_day launch_date registered plan_changes");
    assert_eq!(keys("ai-background-studio", &all), "billing_day registered");
    assert_eq!(keys("pixpretty", &all), "slots billing_day reset_day launch_date");
    assert_eq!(keys("generic", &all), "plan slots since billing_day reset_day launch_date registered plan_changes");
    let reset = AccountSettings { reset_day: Some(1), ..AccountSettings::default() };
    assert_eq!(problems(&provider("imaginepro"), &reset), ["reset_day: does not apply to ImaginePro | use billing_day instead"]);
}

#[test]
fn a_day_is_from_1_to_31() {
    for day in [0, 32, 255] {
        let settings = AccountSettings { billing_day: Some(day), ..AccountSettings::default() };
        let found = problems(&provider("imaginepro"), &settings);
        assert!(found[0].starts_with("billing_day: must be a day of the month"), "{found:?}");
    }
}

#[test]
fn own_prices_name_an_action_that_there_is() {
    let settings = |costs| AccountSettings { costs, ..AccountSettings::default() };
    let wrong = vec![
        own_cost("face-swop", None, "1"),
        own_cost("imagine", Some("relaxed"), "1"),
        own_cost("flux", Some("fast"), "1"),
        own_cost("flux", None, "-1"),
    ];
    assert_eq!(
        problems(&provider("imaginepro"), &settings(wrong)),
        [
            "costs.face-swop: ImaginePro has no action \"face-swop\" | did you mean \"face-swap\"?",
            "costs.imagine.relaxed: imagine has no variant \"relaxed\" | did you mean \"relax\"?",
            "costs.flux.fast: flux has no variant \"fast\" | set the price of the action itself",
            "costs.flux: must not be negative | write 0 where it is free",
        ]
    );
    let found = problems(&provider("pixpretty"), &settings(vec![own_cost("generate-image", None, "5")]));
    assert!(found[0].starts_with("costs.generate-image: generate-image comes only in variants"), "{found:?}");
}

#[test]
fn e12_plan_changes_are_checked() {
    let change =
        |from: &str, name: Option<&str>| PlanChange { from: parse_date(from).unwrap(), plan: name.and_then(plan), slots: None };
    let settings = AccountSettings {
        plan: plan("plus"),
        since: day("2026-05-01"),
        plan_changes: vec![
            change("2026-06-01", Some("prö")),
            change("2026-06-01", Some("pro")),
            change("2026-05-01", Some("free")),
            change("2026-07-01", None),
        ],
        ..AccountSettings::default()
    };
    assert_eq!(
        problems(&provider("pixpretty"), &settings),
        [
            "plan_changes[2].from: is not after `since` | a change comes after the first day; before it, `plan` counts",
            "plan_changes[0].plan: PixPretty has no plan \"prö\" | did you mean \"pro\"?",
            "plan_changes[1].from: there are two changes on one day | put plan and slots into one change",
            "plan_changes[3]: changes nothing | add `plan` or `slots`",
        ]
    );
}
