//! The simulator's own endpoints, and its wire format byte for byte.

use super::*;

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
    let remaining = |seen: &Sighting| figures(seen).iter().map(|(_, remaining, _)| *remaining).collect::<Vec<_>>();
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
