//! PROVIDERS 1.

use super::*;
use crate::credit::{DEFAULT_ORDER, ExpiryRule, FailureKind, FigureSource, PlanFilter, Recurrence, ResetRule, Source, pick};

#[test]
fn providers_1_request_and_extraction() {
    let definition = provider("imaginepro");
    assert!(definition.is_polled());
    let request = definition.request.as_ref().unwrap();
    let [endpoint] = request.endpoints.as_slice() else { panic!("one endpoint") };
    assert_eq!(
        (endpoint.method, format!("{}{}", request.base_url, endpoint.path).as_str()),
        (Method::Get, "https://api.imaginepro.ai/api/v1/subscription/account-info")
    );
    assert_eq!((request.auth.header.as_str(), request.auth.value("KEY").as_str()), ("Authorization", "Bearer KEY"));
    assert_eq!(endpoint.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
    assert_eq!(endpoint.body.as_deref(), Some("{}"));
    assert_eq!((&endpoint.fallback, &request.rate, request.minimum_interval), (&None, &None, None));
    let answer = &endpoint.answer;
    assert_eq!(answer.plan, Some(TextRule { path: path("/type"), optional: false }));
    assert_eq!(answer.email, Some(TextRule { path: path("/email"), optional: false }));
    let end = InstantRule { path: path("/expiredAt"), format: InstantFormat::Rfc3339, optional: false };
    assert_eq!(answer.subscription_ends_at, Some(end));
    let monthly = BucketFigures {
        bucket: "monthly".parse().unwrap(),
        remaining: FigureRule { alternatives: vec![whole("/credits")] },
        capacity: Some(FigureRule { alternatives: vec![whole("/creditsQuota")] }),
    };
    let extra = BucketFigures {
        bucket: "extra".parse().unwrap(),
        remaining: FigureRule { alternatives: vec![whole("/creditsExtra")] },
        capacity: None,
    };
    assert_eq!(answer.buckets, [extra, monthly].into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn providers_1_a_401_names_both_causes() {
    let definition = provider("imaginepro");
    let errors = &definition.request.as_ref().unwrap().errors;
    assert_eq!(errors.message_paths, [path("/message")]);
    let meaning = errors.meaning(401, Some("Unauthorized")).unwrap();
    assert_eq!(meaning.kind, FailureKind::Unauthorized);
    assert!(meaning.means.contains("key is not valid") && meaning.means.contains("no credits left"));
    assert_eq!(errors.kind(500, None), FailureKind::ServerError);
}

#[test]
fn providers_1_buckets_order_and_reset() {
    let definition = provider("imaginepro");
    let made = rules(&definition, &AccountSettings::default());
    assert_eq!(buckets(&made), [("monthly", "Monthly", BucketKind::Recurring, 1), ("extra", "Extra", BucketKind::Purchased, 2)]);
    assert_eq!((made.source, made.lapses_with_subscription), (Source::Polled, true));
    assert_eq!(made.order, DEFAULT_ORDER);
    assert_eq!(made.order_reason, "ImaginePro spends monthly credits before extra ones (documented)");
    assert_eq!(pick(&made.buckets[0].resets, None), Some(&ResetRule::FromSubscriptionEnd));
    assert_eq!(made.buckets[1].expiry, ExpiryRule::Never);
    assert!(made.phases.is_empty() && made.scheduled.is_empty() && made.unpolled.is_none());

    let made = rules(&definition, &AccountSettings { billing_day: Some(7), ..AccountSettings::default() });
    let recurrence = Recurrence::MonthlyOn { day: 7, zone: chrono_tz::Tz::UTC };
    assert_eq!(pick(&made.buckets[0].resets, None), Some(&ResetRule::Schedule { recurrence, source: FigureSource::Configured }));
    assert_eq!(made.buckets[0].resets[0].plans, PlanFilter::Any);
}

#[test]
fn providers_1_prices() {
    let definition = provider("imaginepro");
    let list = definition.price_list(plan("STARTER").as_ref(), &AccountSettings::default());
    assert_eq!(
        costs(&list),
        [
            "imagine 10",
            "imagine:relax 5",
            "button 5",
            "flux 6",
            "flux-upscale 2",
            "remove-background 5",
            "text-behind-image 5",
            "bw-background 5",
            "nano-banana 6",
            "lumi-girl 6",
            "video 10",
            "prompt-extend 0",
            "face-swap ?",
        ]
    );
    assert!(missing_hint(&list, "face-swap").contains("[account.costs] face-swap = N"));
    assert_eq!(list.find("imagine", None).unwrap().family, list.find("imagine", Some("relax")).unwrap().family);
    assert!(list.find("imagine", None).unwrap().family.is_some());
    assert!(list.find("flux-upscale", None).unwrap().note.as_ref().unwrap().contains("assumed"));
    assert_eq!(list.find("imagine", Some("relax")).unwrap().name, "Imagine (Midjourney), relax");
}

#[test]
fn an_accounts_own_price_stands_in_for_the_line_it_names_only() {
    let definition = provider("imaginepro");
    let own = vec![own_cost("face-swap", None, "12"), own_cost("imagine", Some("relax"), "4.5")];
    let settings = AccountSettings { costs: own, ..AccountSettings::default() };
    let list = costs(&definition.price_list(None, &settings));
    for line in ["face-swap 12", "imagine:relax 4.5", "imagine 10"] {
        assert!(list.iter().any(|have| have == line), "{line}");
    }
}
