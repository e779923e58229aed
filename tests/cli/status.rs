use serde_json::json;

use super::desk::{Desk, NOW, Simulator, files};

#[test]
fn status_polls_over_http_and_answers_as_the_contract_says() {
    let simulator = Simulator::start(&[]);
    let document = Desk::polled(&simulator).run(&["status", "studio", "--json"]).ends(0).json();
    assert_eq!(document["schema"], "creditop.status.v1");
    assert_eq!(document["at"], NOW);
    let studio = &document["accounts"][0];
    for (field, value) in [
        ("id", json!("studio")),
        ("name", json!("Studio")),
        ("provider", json!("imaginepro")),
        ("plan", json!("STARTER")),
        ("customer", json!(null)),
        ("email", json!("owner@example.com")),
        ("unit", json!("credits")),
        ("source", json!("polled")),
        ("state", json!("ok")),
        ("observed_at", json!(NOW)),
        ("error", json!(null)),
        ("total", json!(2600)),
        ("known_total", json!(2600)),
        ("held", json!(0)),
        ("spendable", json!(2600)),
        ("unknown", json!([])),
        ("subscription_ends_at", json!("2026-12-07T14:30:00Z")),
        ("uncovered", json!([])),
    ] {
        assert_eq!(studio[field], value, "{field}");
    }
    let monthly = &studio["buckets"][0];
    for (field, value) in [
        ("id", json!("monthly")),
        ("kind", json!("recurring")),
        ("draw_order", json!(1)),
        ("remaining", json!(1600)),
        ("capacity", json!(1600)),
        ("resets_at", json!("2026-12-07T14:30:00Z")),
        ("resets_to", json!(1600)),
        ("reset_source", json!("estimated")),
        ("expires_at", json!(null)),
        ("unknown", json!([])),
        ("lots", json!([])),
    ] {
        assert_eq!(monthly[field], value, "{field}");
    }
    let extra = &studio["buckets"][1];
    assert_eq!((&extra["id"], &extra["remaining"], &extra["capacity"]), (&json!("extra"), &json!(1000), &json!(null)));
    assert_eq!((&extra["resets_at"], &extra["reset_source"]), (&json!(null), &json!(null)));
}

#[test]
fn a1_fractions_arrive_with_all_their_digits() {
    let simulator = Simulator::start(&[]);
    let run = Desk::polled(&simulator).run(&["status", "shop", "--json"]).ends(0);
    assert!(run.out.contains(r#""total":130.4,"#), "{}", run.out);
}

#[test]
fn status_shows_a_table_that_fits_a_pipe_without_escape_sequences() {
    let simulator = Simulator::start(&[]);
    let run = Desk::polled(&simulator).run(&["status"]).ends(0);
    for text in ["Studio · ImaginePro STARTER", "of 1\u{202f}600", "≈", "dealer", "130.4", "in 10 d 15 h"] {
        assert!(run.out.contains(text), "{text} is not in {}", run.out);
    }
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn status_csv_has_a_row_per_bucket() {
    let run = Desk::hand_kept().run(&["status", "--csv"]).ends(0);
    let rows: Vec<&str> = run.out.lines().collect();
    assert_eq!(rows.len(), 1 + 3 + 2, "{}", run.out);
    assert!(rows[0].starts_with("account,name,provider,plan,"));
    assert!(rows[1].starts_with("dealer,Dealer,ai-background-studio,professional-plus,"));
}

#[test]
fn p2_a_failed_poll_keeps_the_last_figures_and_says_why() {
    let mut desk = Desk::polled(&Simulator::start(&[]));
    // The simulator is gone by now, so nothing was ever polled.
    let never = desk.run(&["status", "studio", "--json"]).ends(3).json();
    assert_eq!(never["accounts"][0]["state"], "error");
    assert_eq!(never["accounts"][0]["error"]["kind"], "unreachable");
    assert_eq!(never["accounts"][0]["total"], json!(null));
    assert_eq!(never["accounts"][0]["unknown"], json!(["total", "spendable"]));

    let simulator = Simulator::start(&["--fault", "studio/html*1"]);
    let fresh = Desk::polled(&simulator);
    std::fs::copy(fresh.path("config.toml"), desk.path("config.toml")).unwrap();
    let broken = desk.run(&["status", "studio", "--json"]).ends(3).json();
    assert_eq!(broken["accounts"][0]["error"]["kind"], "malformed");
    desk.run(&["status", "studio"]).ends(0);
    drop(simulator);
    desk.now = "2026-11-20T09:10:00Z".to_owned();
    let stale = desk.run(&["status", "studio", "--json"]).ends(0).json();
    assert_eq!(stale["accounts"][0]["state"], "stale");
    assert_eq!(stale["accounts"][0]["total"], json!(2600));
    assert_eq!(stale["accounts"][0]["observed_at"], NOW);
    assert_eq!(stale["accounts"][0]["error"]["kind"], "unreachable");
}

#[test]
fn offline_asks_nobody() {
    let simulator = Simulator::start(&[]);
    let run = Desk::polled(&simulator).run(&["status", "studio", "--json", "--offline"]).ends(3);
    assert_eq!(run.json()["accounts"][0]["state"], "pending");
}

#[test]
fn p2_a_refused_key_is_shown_beside_accounts_that_answer() {
    let simulator = Simulator::start(&[]);
    let mut desk = Desk::polled(&simulator);
    desk.variable("SHOP_KEY", "demo-photoroom-old-key");
    let document = desk.run(&["status", "shop", "studio", "--json"]).ends(0).json();
    assert_eq!(document["accounts"][0]["error"]["kind"], "forbidden");
    assert_eq!(document["accounts"][1]["state"], "ok");
}

#[test]
fn l7_the_key_is_nowhere() {
    let simulator = Simulator::start(&[]);
    let mut desk = Desk::polled(&simulator);
    desk.variable("SHOP_KEY", "canary-5f1e-refused");
    let canaries = ["demo-imaginepro-studio", "canary-5f1e-refused"];
    for arguments in
        [vec!["status"], vec!["status", "--json"], vec!["accounts", "test"], vec!["accounts", "list"], vec!["ledger", "export"]]
    {
        let run = desk.run(&arguments);
        for canary in canaries {
            assert!(!run.out.contains(canary) && !run.err.contains(canary), "{arguments:?}: {run:?}");
        }
    }
    for file in files(&desk.path("data")) {
        let bytes = std::fs::read(&file).unwrap();
        for canary in canaries {
            assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn a2_tz_changes_what_people_read_and_nothing_else() {
    let desk = Desk::hand_kept();
    let utc = desk.run(&["status", "--json"]).ends(0).out;
    let same = desk.run(&["status", "--json", "--tz", "Asia/Tokyo"]).ends(0).out;
    assert_eq!(utc, same);
    let tokyo = desk.run(&["status", "--tz", "Asia/Tokyo"]).ends(0).out;
    assert!(tokyo.starts_with("Fri 20 Nov 2026 18:00 JST"), "{tokyo}");
}
