//! PROVIDERS 4.

use super::*;
use crate::credit::{ExpiryRule, Figure, FigureSource, OrderKey, Quota, Recurrence, ResetRule, ScheduledGrant, Source, pick};

fn settings(name: &str) -> AccountSettings {
    AccountSettings { plan: plan(name), since: day("2026-10-15"), ..AccountSettings::default() }
}

#[test]
fn providers_4_buckets_order_and_reset() {
    let made = rules(&provider("pixpretty"), &settings("plus"));
    assert_eq!(made.source, Source::Ledger);
    assert_eq!(buckets(&made), [("monthly", "Monthly", BucketKind::Recurring, 1), ("bonus", "Bonus", BucketKind::Bonus, 2)]);
    assert_eq!(made.order, [OrderKey::Expiry, OrderKey::Grant]);
    assert!(made.order_reason.ends_with("(assumed)"));
    let recurrence = Recurrence::MonthlyOn { day: 1, zone: chrono_tz::Tz::UTC };
    assert_eq!(pick(&made.buckets[0].resets, None), Some(&ResetRule::Schedule { recurrence, source: FigureSource::Configured }));
    assert_eq!(made.buckets[1].expiry, ExpiryRule::Years(1));
}

#[test]
fn providers_4_plans() {
    let definition = provider("pixpretty");
    for (name, quota) in [
        ("plus", Quota::Each(Figure::Known(amount("200")))),
        ("Pro", Quota::Each(Figure::Known(amount("1000")))),
        ("free", Quota::None),
    ] {
        let made = rules(&definition, &settings(name));
        assert_eq!(made.phases[0].quota(&"monthly".parse().unwrap()), quota, "{name}");
    }
    let made = rules(&definition, &AccountSettings::default());
    assert_eq!(made.phases[0].quota(&"monthly".parse().unwrap()), Quota::None);
}

#[test]
fn providers_4_the_registration_gift_lasts_a_year() {
    let definition = provider("pixpretty");
    let zone = "America/New_York".parse().unwrap();
    let registered = AccountSettings { registered: day("2028-02-29"), zone, ..AccountSettings::default() };
    let gift = ScheduledGrant {
        bucket: "bonus".parse().unwrap(),
        label: "registration".to_owned(),
        amount: Figure::Known(amount("12")),
        effective_at: t("2028-02-29T05:00:00Z"),
        expires_at: Some(t("2029-02-28T05:00:00Z")),
    };
    assert_eq!(rules(&definition, &registered).scheduled, std::slice::from_ref(&gift));
    // The plan's beginning has no say in it.
    let later = AccountSettings { since: day("2028-06-01"), plan: plan("pro"), ..registered };
    assert_eq!(rules(&definition, &later).scheduled, [gift]);
    assert_eq!(rules(&definition, &settings("plus")).scheduled, []);
}

#[test]
fn providers_4_prices() {
    let definition = provider("pixpretty");
    let list = definition.price_list(None, &AccountSettings::default());
    assert_eq!(
        costs(&list),
        [
            "remove-background 1",
            "batch-remove-background 1",
            "remove-object 1",
            "describe-image 1",
            "extend-image 12",
            "ghost-face 4",
            "action-figure 4",
            "change-clothes 4",
            "generate-image:nano-banana-1k 6",
            "generate-image:nano-banana-2-1k 12",
            "generate-image:nano-banana-2-2k 18",
            "generate-image:nano-banana-2-4k 24",
            "generate-image:nano-banana-pro-1k 24",
            "generate-image:nano-banana-pro-2k 36",
            "generate-image:nano-banana-pro-4k 48",
            "generate-image:qwen-2.0-4k 6",
            "generate-image:qwen-2.0-pro-4k 18",
            "export 0",
        ]
    );
    assert!(list.find("batch-remove-background", None).unwrap().note.as_ref().unwrap().contains("assumed"));
    let family = |variant| list.find("generate-image", Some(variant)).unwrap().family.clone().unwrap();
    assert_eq!(family("nano-banana-2-1k"), family("nano-banana-2-4k"));
    assert_eq!(family("nano-banana-pro-1k"), family("nano-banana-pro-4k"));
    let models = ["nano-banana-1k", "nano-banana-2-1k", "nano-banana-pro-1k", "qwen-2.0-4k", "qwen-2.0-pro-4k"];
    assert_eq!(models.map(family).into_iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
}

#[test]
fn providers_compare_by_task() {
    let task = |id: &str, action: &str| {
        let list = provider(id).price_list(None, &AccountSettings::default());
        list.find(action, None).unwrap().task.clone()
    };
    let cut_out = Some("remove-background".to_owned());
    for (id, action) in [
        ("imaginepro", "remove-background"),
        ("photoroom", "remove-background"),
        ("pixpretty", "remove-background"),
        ("pixpretty", "batch-remove-background"),
    ] {
        assert_eq!(task(id, action), cut_out, "{id}");
    }
}
