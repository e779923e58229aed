//! Where the key goes and where it does not; what text from outside can do.

use super::*;

#[tokio::test]
async fn p5_a_gzip_bomb_really_unpacks_to_spaces() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["gzip-bomb"]).unwrap());
    let url = format!("{}/v2/account", simulator.base_url());
    let mut answer = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().unwrap().iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn p5_refuses_redirect_to_another_host() {
    let elsewhere = sample().await;
    for to in [elsewhere.base_url(), elsewhere.base_url().replace("127.0.0.1", "localhost"), "https://elsewhere.invalid".into()] {
        let failure = struck(&format!("redirect={to}/api/v1/subscription/account-info")).await;
        assert_eq!(failure.kind, FailureKind::Refused, "{}", failure.message);
        assert!(failure.message.contains("redirects to another host"), "{}", failure.message);
    }
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn p5_follows_a_redirect_within_the_host_but_not_in_circles() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["redirect=/api/v1/subscription/account-info*2"]).unwrap());
    assert!(studio(&simulator).await.is_ok());
    simulator.add_faults(&Faults::parse(["redirect=/api/v1/subscription/account-info"]).unwrap());
    let failure = studio(&simulator).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("circles"), "{}", failure.message);
}

#[tokio::test]
async fn p5_plain_http_is_for_loopback_unless_allowed() {
    let mut insecure = target("imaginepro", "http://gateway.invalid", STUDIO);
    let failure = hasty().poll(&insecure, now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("gateway.invalid") && failure.message.contains("allow_insecure"), "{}", failure.message);
    insecure.allow_insecure = true;
    assert_ne!(hasty().poll(&insecure, now()).await.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_not_sent_nor_shown() {
    let simulator = sample().await;
    for key in ["", "canary\n-key", "canary key", "canary\u{7f}key", "canary-schlüssel"] {
        let failure = client().poll(&target("imaginepro", &simulator.base_url(), key), now()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NoKey);
        assert!(!failure.message.contains("canary") && failure.message.contains("key"), "{}", failure.message);
    }
    let keyless = Target { key: None, ..target("imaginepro", &simulator.base_url(), "") };
    assert_eq!(client().poll(&keyless, now()).await.unwrap_err().kind, FailureKind::NoKey);
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test]
async fn a_key_never_appears_in_a_failure() {
    const KEY: &str = "canary-4f1c9e7720a84b5d";
    let said = |text: &str| json!({"message": text, "error": {"message": text, "detail": text}, "detail": text}).to_string();
    let echoes = [
        answering(401, &[], said(&format!("Invalid key {KEY}"))).await,
        answering(403, &[], said("Invalid key canary-4f1c9e…")).await,
        answering(400, &[], said("Invalid key canary-4f1c\u{1b}9e7720a84b5d")).await,
        answering(500, &[("retry-after", KEY.into())], KEY.into()).await,
        answering(302, &[("location", format!("http://{KEY}.invalid/"))], String::new()).await,
        answering(200, &[], json!({"type": "x", "email": "x", "expiredAt": KEY, "images": {"available": KEY}}).to_string()).await,
        answering(200, &[], format!("{{\"{KEY}\":1,\"{KEY}\":2}}")).await,
    ];
    for base in &echoes {
        for provider in ["imaginepro", "photoroom"] {
            let target = target(provider, base, KEY);
            let failure = client().poll(&target, now()).await.unwrap_err();
            for text in [failure.message.clone(), format!("{failure:?}"), format!("{target:?}")] {
                assert!(!text.contains("canary-4"), "{text}");
            }
            assert!(failure.message.contains(';'), "no hint in {}", failure.message);
        }
    }
}

#[tokio::test]
async fn p6_control_characters_of_a_message_are_left_out() {
    let base = answering(500, &[], json!({"message": "down \u{1b}]0;title\u{7}\r\nfor now"}).to_string()).await;
    let failure = client().poll(&target("imaginepro", &base, STUDIO), now()).await.unwrap_err();
    assert!(failure.message.contains("\"down ]0;title for now\""), "{}", failure.message);
}
