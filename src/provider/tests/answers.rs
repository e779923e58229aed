//! Right answers, fallbacks included.

use super::*;

#[tokio::test]
async fn imaginepro_is_read_as_documented() {
    let seen = studio(&sample().await).await.unwrap();
    assert_eq!(figures(&seen), [("monthly", known("1600"), Some(known("1600"))), ("extra", known("1000"), None)]);
    assert_eq!(seen.plan.as_ref().map(PlanId::as_str), Some("STARTER"));
    assert_eq!(seen.email.as_deref(), Some("owner@example.com"));
    assert_eq!(seen.subscription_ends_at, parse_instant("2026-12-07T14:30:00Z").ok());
    assert_eq!((seen.at, seen.last_seen_at), (now(), now()));
}

#[tokio::test]
async fn photoroom_is_one_pool_and_fractions_are_exact() {
    let seen = shop(&sample().await).await.unwrap();
    assert_eq!(figures(&seen), [("images", known("130.4"), Some(known("100")))]);
    assert_eq!(seen.plan.as_ref().map(PlanId::as_str), Some("plus"));
}

#[tokio::test]
async fn photoroom_falls_back_to_v1_on_the_old_pricing() {
    let mut script = Script::sample(now());
    if let Balance::Photoroom { old_pricing, .. } = &mut script.accounts[2].balance {
        *old_pricing = true;
    }
    let simulator = play(script).await;
    let seen = shop(&simulator).await.unwrap();
    assert_eq!(figures(&seen), [("images", known("130.4"), Some(known("100")))]);
    assert_eq!(seen.plan, None);
    assert_eq!(simulator.requests(), 2);
}

#[tokio::test]
async fn photoroom_does_not_fall_back_for_another_bad_request() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["status=400"]).unwrap());
    assert_eq!(shop(&simulator).await.unwrap_err().kind, FailureKind::Unauthorized);
    assert_eq!(simulator.requests(), 1);
}

#[tokio::test]
async fn a_hand_kept_provider_is_not_asked() {
    let failure = client().poll(&target("pixpretty", "http://127.0.0.1:1", "x"), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_lapsed_subscription_still_answers_with_its_figures() {
    let mut script = Script::sample(now());
    if let Balance::ImaginePro { expires_at, renews_for, extra, .. } = &mut script.accounts[0].balance {
        (*expires_at, *renews_for, *extra) = (now() - TimeDelta::days(3), None, "0".parse().unwrap());
    }
    let seen = studio(&play(script).await).await.unwrap();
    assert_eq!(seen.subscription_ends_at, Some(now() - TimeDelta::days(3)));
    assert_eq!(figures(&seen)[0], ("monthly", known("1600"), Some(known("1600"))));
}
