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

/// What a careless or curious server may make of the key that it was sent.
fn disguises(key: &str) -> Vec<String> {
    let spaced = key.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let percent = key.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let backwards = key.chars().rev().collect();
    // Of "canary-4f1c9e7720a84b5d", as `base64` writes it.
    let base64 = "Y2FuYXJ5LTRmMWM5ZTc3MjBhODRiNWQ=".to_owned();
    vec![key.to_owned(), key.to_uppercase(), key.replace('-', "_"), format!("Bearer {key}"), spaced, percent, backwards, base64]
}

#[tokio::test]
async fn s08_a_key_that_is_echoed_as_plan_or_e_mail_is_not_kept() {
    const KEY: &str = "canary-4f1c9e7720a84b5d";
    for echoed in disguises(KEY) {
        let fields = json!({"type": echoed, "email": echoed, "creditsQuota": 1600, "credits": 12, "creditsExtra": 1000,
            "expiredAt": "2027-10-07T14:30:00.000Z"});
        let base = answering(200, &[], fields.to_string()).await;
        let seen = client().poll(&target("imaginepro", &base, KEY), now()).await.unwrap();
        assert_eq!((&seen.plan, &seen.email), (&None, &None), "{echoed}");
        assert_eq!(figures(&seen)[0].1, known("12"), "what is no echo is kept");
        // In the places of figures and of times it is no figure and no time, and the message doesn't repeat it.
        for place in ["credits", "expiredAt"] {
            let mut fields = fields.clone();
            fields[place] = echoed.as_str().into();
            let base = answering(200, &[], fields.to_string()).await;
            let failure = client().poll(&target("imaginepro", &base, KEY), now()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Malformed, "{}", failure.message);
            assert!(!failure.message.contains(&echoed), "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn s08_a_message_that_repeats_the_key_in_disguise_is_left_out() {
    const KEY: &str = "canary-4f1c9e7720a84b5d";
    for echoed in disguises(KEY) {
        let said = format!("no account has the key {echoed}");
        let base = answering(403, &[], json!({"message": said, "detail": said, "error": {"message": said}}).to_string()).await;
        for provider in ["imaginepro", "photoroom"] {
            let failure = client().poll(&target(provider, &base, KEY), now()).await.unwrap_err();
            assert!(!failure.message.contains(&echoed), "{}", failure.message);
            assert!(failure.message.contains("repeats the key"), "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn s08_an_answer_whose_names_are_the_key_is_not_quoted() {
    const KEY: &str = "canary-4f1c9e7720a84b5d";
    for echoed in disguises(KEY) {
        for body in [format!("{{\"{echoed}\":1,\"{echoed}\":2}}"), format!("{{\"a\":{echoed}}}"), echoed.clone()] {
            let base = answering(200, &[], body).await;
            let failure = client().poll(&target("imaginepro", &base, KEY), now()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Malformed);
            let start: String = echoed.chars().take(12).collect();
            assert!(!failure.message.contains(&start), "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn s08_a_host_that_is_the_key_is_not_named() {
    const KEY: &str = "Canary4f1c9e7720A84b5d";
    let base = answering(302, &[("location", format!("http://{KEY}.invalid/"))], String::new()).await;
    let failure = client().poll(&target("imaginepro", &base, KEY), now()).await.unwrap_err();
    assert!(!failure.message.to_lowercase().contains("canary"), "{}", failure.message);
}
