//! The client against the simulator over real HTTP on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::json;
use tokio::net::TcpListener;

use super::simulator::{Balance, Faults, Script, Simulator};
use super::*;
use crate::catalog::Catalog;
use crate::credit::{Failure, FailureKind, Figure, Instant, Observation, PlanId, parse_instant};

const STUDIO: &str = "demo-imaginepro-studio";
const SHOP: &str = "demo-photoroom-shop-cutouts";

fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").unwrap()
}

/// A simulator whose clock stands still.
async fn play(script: Script) -> Simulator {
    Simulator::bind(SocketAddr::from(([127, 0, 0, 1], 0)), script, Arc::new(now)).await.unwrap()
}

async fn sample() -> Simulator {
    play(Script::sample(now())).await
}

fn target(provider: &str, base_url: &str, key: &str) -> Target {
    let definition = Arc::clone(Catalog::builtin().get(provider).unwrap());
    let key = Some(SecretString::from(key));
    let base_url = Some(base_url.to_owned());
    Target { account: "studio".parse().unwrap(), definition, base_url, key, allow_insecure: false }
}

fn client() -> Client {
    let limit = Duration::from_secs(30);
    Client::new(ClientOptions { connect_timeout: limit, total_timeout: limit })
}

/// A client that soon loses its patience, for answers that never come.
fn hasty() -> Client {
    let limit = Duration::from_millis(150);
    Client::new(ClientOptions { connect_timeout: limit, total_timeout: limit })
}

async fn studio(simulator: &Simulator) -> Result<Observation, Failure> {
    client().poll(&target("imaginepro", &simulator.base_url(), STUDIO), now()).await
}

async fn shop(simulator: &Simulator) -> Result<Observation, Failure> {
    client().poll(&target("photoroom", &simulator.base_url(), SHOP), now()).await
}

/// The failure of the studio's poll while a fault is on.
async fn struck(fault: &str) -> Failure {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse([fault]).unwrap());
    studio(&simulator).await.unwrap_err()
}

fn known(text: &str) -> Figure {
    Figure::Known(text.parse().unwrap())
}

/// Bucket, remaining and capacity of everything seen.
fn figures(seen: &Observation) -> Vec<(&str, Figure, Option<Figure>)> {
    seen.buckets.iter().map(|bucket| (bucket.bucket.as_str(), bucket.remaining, bucket.capacity)).collect()
}

async fn order(simulator: &Simulator, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(format!("{}{path}", simulator.base_url())).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

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
    assert_eq!(shop(&simulator).await.unwrap_err().kind, FailureKind::ServerError);
    assert_eq!(simulator.requests(), 1);
}

#[tokio::test]
async fn p2_imaginepro_s_401_names_both_causes() {
    let simulator = sample().await;
    let failure = client().poll(&target("imaginepro", &simulator.base_url(), "wrong"), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    let message = failure.message.to_lowercase();
    assert!(message.contains("401") && message.contains("key") && message.contains("credits"), "{message}");
    order(&simulator, "/simulator/spend", json!({"account": "studio", "amount": 2600})).await;
    assert_eq!(studio(&simulator).await.unwrap_err().kind, FailureKind::Unauthorized);
}

#[tokio::test]
async fn p2_photoroom_s_403_is_a_key_that_is_not_valid() {
    let simulator = sample().await;
    let refused = client().poll(&target("photoroom", &simulator.base_url(), "demo-photoroom-old-key"), now()).await;
    let failure = refused.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.message.contains("403") && failure.message.contains("\"Invalid API key\""), "{}", failure.message);
}

#[tokio::test]
async fn p2_statuses_become_kinds_with_the_provider_s_message() {
    for (status, kind) in [
        (401, FailureKind::Unauthorized),
        (402, FailureKind::OutOfCredit),
        (403, FailureKind::Forbidden),
        (404, FailureKind::ServerError),
        (429, FailureKind::RateLimited),
        (500, FailureKind::ServerError),
        (503, FailureKind::ServerError),
    ] {
        let failure = struck(&format!("studio/status={status}")).await;
        assert_eq!((failure.kind, failure.retry_at, failure.at), (kind, None, now()), "{status}");
        assert!(failure.message.starts_with(&format!("ImaginePro answered {status}: ")), "{}", failure.message);
    }
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["status=402"]).unwrap());
    let failure = shop(&simulator).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::OutOfCredit);
    assert!(failure.message.contains("You have exhausted the number of images in your plan."), "{}", failure.message);
}

#[tokio::test]
async fn p3_retry_after_is_kept_to_the_instant() {
    for fault in ["studio/rate-limited=90", "studio/rate-limited-until=90"] {
        let failure = struck(fault).await;
        assert_eq!((failure.kind, failure.retry_at), (FailureKind::RateLimited, Some(now() + TimeDelta::seconds(90))), "{fault}");
    }
}

#[tokio::test]
async fn p2_answers_that_cannot_be_used_say_why() {
    for (fault, why) in [
        ("html", "looks like a web page"),
        ("empty", "is empty"),
        ("truncated", "breaks off in the middle"),
        ("huge", "more than 1 MiB"),
        ("gzip-bomb", "more than 1 MiB"),
        ("deep", "nested too deep"),
        ("wrong-types", "/type where a text belongs"),
        ("nulls", "null at /type"),
    ] {
        let failure = struck(fault).await;
        assert_eq!(failure.kind, FailureKind::Malformed, "{fault}: {}", failure.message);
        assert!(failure.message.contains(why), "{fault}: {}", failure.message);
    }
}

#[tokio::test]
async fn p5_a_gzip_bomb_really_unpacks_to_spaces() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["gzip-bomb"]).unwrap());
    let url = format!("{}/v2/account", simulator.base_url());
    let mut answer = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().unwrap().iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn p2_a_connection_that_breaks_off_is_unreachable() {
    let failure = struck("reset").await;
    assert_eq!(failure.kind, FailureKind::Unreachable, "{}", failure.message);
}

#[tokio::test]
async fn p2_nobody_listening_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = client().poll(&target("imaginepro", &format!("http://{free}"), STUDIO), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.message.contains(&free.to_string()) && failure.message.contains("refused"), "{}", failure.message);
}

#[tokio::test]
async fn p2_https_to_a_server_without_it_is_tls() {
    let simulator = sample().await;
    let base = simulator.base_url().replace("http://", "https://");
    let failure = client().poll(&target("imaginepro", &base, STUDIO), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.message);
}

#[tokio::test]
async fn p1_an_answer_that_never_comes_ends_in_timeout_and_delays_nobody() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["studio/hang"]).unwrap());
    let (stuck, well) = (hasty(), client());
    let (imaginepro, photoroom) =
        (target("imaginepro", &simulator.base_url(), STUDIO), target("photoroom", &simulator.base_url(), SHOP));
    let (stuck, well) = tokio::join!(stuck.poll(&imaginepro, now()), well.poll(&photoroom, now()));
    assert_eq!(stuck.unwrap_err().kind, FailureKind::Timeout);
    assert!(well.is_ok());
}

#[tokio::test]
async fn p1_a_late_answer_counts_if_there_is_time() {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse(["delay=20ms"]).unwrap());
    assert!(studio(&simulator).await.is_ok());
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
async fn p5_an_address_that_is_none_is_refused() {
    for base in [
        "",
        "studio",
        "ftp://127.0.0.1",
        "http://user:pw@127.0.0.1",
        "http://127.0.0.1?x=1",
        "http://127.0.0.1/#x",
        "file:///etc",
    ] {
        let failure = client().poll(&target("imaginepro", base, STUDIO), now()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{base}");
        assert!(failure.message.contains("base_url"), "{}", failure.message);
    }
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
async fn a_hand_kept_provider_is_not_asked() {
    let failure = client().poll(&target("pixpretty", "http://127.0.0.1:1", "x"), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
}

/// A server that answers every request alike.
async fn answering(status: u16, headers: &[(&'static str, String)], body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut answer = axum::http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, value);
    }
    let (parts, ()) = answer.body(()).unwrap().into_parts();
    let app = Router::new().fallback(move || std::future::ready((parts.clone(), body.clone())));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
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

#[tokio::test]
async fn the_simulator_writes_what_the_services_document() {
    let simulator = sample().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str, header: &str, key: &str| {
        let request = http.get(format!("{}{path}", simulator.base_url()));
        let request = if key.is_empty() { request } else { request.header(header, key) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let info = "/api/v1/subscription/account-info";
    let body = r#"{"type":"STARTER","creditsQuota":1600,"credits":1600,"creditsExtra":1000,"expiredAt":"2026-12-07T14:30:00.000Z","email":"owner@example.com"}"#;
    assert_eq!(ask(info, "authorization", &format!("Bearer {STUDIO}")).await, (200, body.into()));
    let unauthorized = r#"{"error":"Unauthorized","message":"Unauthorized","statusCode":401}"#;
    assert_eq!(ask(info, "authorization", "Bearer wrong").await, (401, unauthorized.into()));
    let v2 = r#"{"images":{"available":130.4,"subscription":100},"plan":"plus"}"#;
    assert_eq!(ask("/v2/account", "x-api-key", SHOP).await, (200, v2.into()));
    let v1 = r#"{"credits":{"available":130.4,"subscription":100}}"#;
    assert_eq!(ask("/v1/account", "x-api-key", SHOP).await, (200, v1.into()));
    let (status, missing) = ask("/v2/account", "", "").await;
    assert!(status == 400 && missing.starts_with(r#"{"error":{"message":""#), "{missing}");
    let invalid = r#"{"error":{"detail":"Invalid API key"}}"#;
    assert_eq!(ask("/v1/account", "x-api-key", STUDIO).await, (403, invalid.into()));
    assert_eq!(ask("/nothing", "", "").await.0, 404);
}

#[tokio::test]
async fn what_the_desk_is_told_shows_in_the_next_poll() {
    let simulator = sample().await;
    let (status, answer) = order(&simulator, "/simulator/spend", json!({"account": "studio", "amount": "1650"})).await;
    assert_eq!((status, answer["uncovered"].to_string().as_str()), (200, "0"));
    let remaining = |seen: &Observation| figures(seen).iter().map(|(_, remaining, _)| *remaining).collect::<Vec<_>>();
    assert_eq!(remaining(&studio(&simulator).await.unwrap()), [known("0"), known("950")]);
    order(&simulator, "/simulator/top-up", json!({"account": STUDIO, "amount": 50})).await;
    order(&simulator, "/simulator/reset", json!({"account": "studio"})).await;
    assert_eq!(remaining(&studio(&simulator).await.unwrap()), [known("1600"), known("1000")]);
    order(&simulator, "/simulator/spend", json!({"account": "shop-cutouts", "amount": 0.2})).await;
    assert_eq!(remaining(&shop(&simulator).await.unwrap()), [known("130.2")]);
    assert_eq!(order(&simulator, "/simulator/spend", json!({"account": "nobody", "amount": 1})).await.0, 404);
    assert_eq!(order(&simulator, "/simulator/spend", json!({"account": "studio", "amount": -1})).await.0, 400);
}

#[tokio::test]
async fn the_desk_switches_faults_and_lists_everything_but_keys() {
    let simulator = sample().await;
    assert_eq!(order(&simulator, "/simulator/fault", json!({"fault": "studio/html*2"})).await.0, 200);
    assert_eq!(order(&simulator, "/simulator/fault", json!({"fault": "nobody/html"})).await.0, 404);
    assert_eq!(order(&simulator, "/simulator/fault", json!({"fault": "fire"})).await.0, 400);
    assert_eq!(studio(&simulator).await.unwrap_err().kind, FailureKind::Malformed);
    let url = format!("{}/simulator", simulator.base_url());
    let list = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap().text().await.unwrap();
    assert!(list.contains("studio/html*1") && list.contains("shop-cutouts") && !list.contains("demo-"), "{list}");
    order(&simulator, "/simulator/fault", json!({"clear": null})).await;
    assert!(studio(&simulator).await.is_ok());
}

#[tokio::test]
async fn the_simulator_listens_on_loopback_only() {
    let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Simulator::bind(anywhere, Script::sample(now()), Arc::new(now)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
}
