//! Every kind of failure, each from a real answer or the lack of one.

use super::*;

#[tokio::test]
async fn p2_imaginepro_s_401_names_both_causes() {
    let simulator = sample().await;
    let failure = client().poll(&target("imaginepro", &simulator.base_url(), "wrong"), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    let message = failure.message.to_lowercase();
    assert!(message.contains("401") && message.contains("key") && message.contains("credits"), "{message}");
    assert_eq!((failure.words(), failure.brief()), ("key refused or out of credit", "refused or empty"));
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
    assert_eq!(failure.words(), "key refused", "it is not ambiguous");
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
async fn p2_a_connection_that_breaks_off_is_unreachable() {
    let failure = struck("reset").await;
    assert_eq!(failure.kind, FailureKind::Unreachable, "{}", failure.message);
}

#[tokio::test]
async fn p2_a_packed_answer_is_told_from_a_broken_connection() {
    let packed = answering(200, &[("content-encoding", "gzip".into())], "this is not gzip at all".into()).await;
    let failure = client().poll(&target("imaginepro", &packed, STUDIO), now()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed, "{}", failure.message);
    // A gzip header, then nothing: the connection ends before the announced length.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
        let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff";
        connection.write_all(head).await.unwrap();
    });
    let failure = client().poll(&target("imaginepro", &base, STUDIO), now()).await.unwrap_err();
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
