//! PROVIDERS 2.

use super::*;
use crate::credit::{FailureKind, FigureSource, Recurrence, ResetRule, Rollover, pick};

#[test]
fn providers_2_v2_falls_back_to_v1_for_old_pricing_only() {
    let definition = provider("photoroom");
    let request = definition.request.as_ref().unwrap();
    assert_eq!(request.base_url.to_string(), "https://image-api.photoroom.com");
    assert_eq!((request.auth.header.as_str(), request.auth.value("KEY").as_str()), ("x-api-key", "KEY"));
    let [v2, v1] = request.endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!((v2.method, v2.path.as_str()), (Method::Get, "/v2/account"));
    assert_eq!((v1.method, v1.path.as_str()), (Method::Get, "/v1/account"));
    let fallback = v2.fallback.as_ref().unwrap();
    assert!(fallback.applies(400, Some("You are using an old pricing version. Please contact support.")));
    assert!(!fallback.applies(400, Some("API key is missing")));
    assert!(!fallback.applies(400, None));
    assert!(!fallback.applies(403, Some("old pricing")));
    assert!(v1.fallback.is_none());
    assert_eq!(request.rate, Some(RateLimit { scope: RateScope::Key, per_minute: 60, assumed: true }));
}

#[test]
fn providers_2_available_is_what_is_left_and_subscription_the_capacity() {
    let definition = provider("photoroom");
    let [v2, v1] = definition.request.as_ref().unwrap().endpoints.as_slice() else { panic!("two endpoints") };
    for (endpoint, root) in [(v2, "/images"), (v1, "/credits")] {
        let figures = BucketFigures {
            bucket: "images".parse().unwrap(),
            remaining: FigureRule { alternatives: vec![term(&format!("{root}/available"))] },
            capacity: Some(FigureRule { alternatives: vec![term(&format!("{root}/subscription"))] }),
        };
        assert_eq!(endpoint.answer.buckets, [figures]);
        assert_eq!((&endpoint.answer.email, &endpoint.answer.subscription_ends_at), (&None, &None));
    }
    assert_eq!(v2.answer.plan, Some(TextRule { path: path("/plan"), optional: false }));
    assert_eq!(v1.answer.plan, None);
}

#[test]
fn providers_2_errors() {
    let definition = provider("photoroom");
    let errors = &definition.request.as_ref().unwrap().errors;
    assert_eq!(errors.message_paths, [path("/error/message"), path("/detail"), path("/error/detail")]);
    for (status, message, kind, means) in [
        (400, Some("x"), FailureKind::Unauthorized, "key is missing"),
        (400, Some("Old pricing"), FailureKind::Forbidden, "old pricing"),
        (402, None, FailureKind::OutOfCredit, "no images are left"),
        (403, None, FailureKind::Forbidden, "not valid"),
    ] {
        assert_eq!(errors.kind(status, message), kind);
        let meaning = errors.meaning(status, message).unwrap();
        assert!(meaning.means.contains(means), "{}", meaning.means);
    }
    assert_eq!(errors.kind(429, None), FailureKind::RateLimited);
}

#[test]
fn providers_2_one_pool_that_renews_by_plan() {
    let definition = provider("photoroom");
    let made = rules(&definition, &AccountSettings::default());
    assert_eq!(buckets(&made), [("images", "Images", BucketKind::Recurring, 1)]);
    let images = &made.buckets[0];
    let monthly = |day| ResetRule::Schedule {
        recurrence: Recurrence::MonthlyOn { day, zone: chrono_tz::Tz::UTC },
        source: FigureSource::Configured,
    };
    assert_eq!(pick(&images.resets, plan("free").as_ref()), Some(&monthly(1)));
    assert_eq!(pick(&images.resets, plan("plus").as_ref()), None);
    assert_eq!(pick(&images.resets, None), None);
    assert_eq!(pick(&images.rollover, plan("FREE").as_ref()), None);
    assert_eq!(pick(&images.rollover, plan("basic").as_ref()), Some(&Rollover::All));
    assert_eq!(pick(&images.rollover, None), None);
    assert!(!made.lapses_with_subscription);

    let made = rules(&definition, &AccountSettings { billing_day: Some(31), ..AccountSettings::default() });
    assert_eq!(pick(&made.buckets[0].resets, plan("plus").as_ref()), Some(&monthly(31)));
}

#[test]
fn providers_2_prices_depend_on_the_plan() {
    let definition = provider("photoroom");
    let none = AccountSettings::default();
    let at = |name: &str| costs(&definition.price_list(plan(name).as_ref(), &none));
    assert_eq!(at("basic"), ["remove-background 1", "edit-image 5"]);
    assert_eq!(at("Plus"), ["remove-background 0.2", "edit-image 1"]);
    assert_eq!(at("free"), ["remove-background 1", "edit-image 5"]);
    assert_eq!(at("enterprise"), ["remove-background ?", "edit-image ?"]);
    let free = definition.price_list(plan("free").as_ref(), &none);
    assert!(free.find("edit-image", None).unwrap().note.as_ref().unwrap().ends_with("priced as Basic (assumed)"));

    let unknown = definition.price_list(None, &none);
    assert_eq!(costs(&unknown), ["remove-background ?", "edit-image ?"]);
    assert!(missing_hint(&unknown, "edit-image").contains("set plan on the account to \"basic\", \"plus\" or \"free\""));
    let money = |name: &str| definition.plan(name).unwrap().price_per_credit.as_ref().unwrap().amount;
    assert_eq!((money("basic"), money("plus")), (amount("0.02"), amount("0.1")));
}

#[test]
fn providers_2_a_sandbox_key_is_not_polled_and_everything_is_free() {
    let definition = provider("photoroom");
    assert_eq!(definition.sandbox_prefix(), Some("sandbox_"));
    let own = vec![own_cost("edit-image", None, "3")];
    let settings = AccountSettings { sandbox: true, costs: own, ..AccountSettings::default() };
    let made = rules(&definition, &settings);
    assert!(made.unpolled.unwrap().contains("1,000 images a month and 100 a day"));
    assert_eq!(costs(&definition.price_list(None, &settings)), ["remove-background 0", "edit-image 0"]);
    assert_eq!(rules(&definition, &AccountSettings::default()).unpolled, None);
}

#[test]
fn providers_2_a_configured_plan_is_spelled_as_the_definition_does() {
    let definition = provider("photoroom");
    let made = rules(&definition, &AccountSettings { plan: plan("PLUS"), ..AccountSettings::default() });
    assert_eq!(made.configured_plan, plan("plus"));
    let settings = AccountSettings { plan: plan("pluss"), ..AccountSettings::default() };
    assert_eq!(problems(&definition, &settings), ["plan: Photoroom has no plan \"pluss\" | did you mean \"plus\"?"]);
}
