use serde_json::json;

use super::fixture::{Fixture, NOW, Simulator, files};

#[test]
fn status_polls_over_http_and_answers_as_the_contract_says() {
    let simulator = Simulator::start(&[]);
    let document = Fixture::polled(&simulator).run(&["status", "studio", "--json"]).ends(0).json();
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
    let run = Fixture::polled(&simulator).run(&["status", "shop", "--json"]).ends(0);
    assert!(run.out.contains(r#""total":130.4,"#), "{}", run.out);
}

#[test]
fn words_a_piped_status_has_plain_digits_and_no_escape_sequences() {
    let simulator = Simulator::start(&[]);
    let run = Fixture::polled(&simulator).run(&["status"]).ends(0);
    for text in ["Studio · ImaginePro STARTER", "of 1600", "≈", "dealer", "130.4", "in 10 d 15 h"] {
        assert!(run.out.contains(text), "{text} is not in {}", run.out);
    }
    assert!(!run.out.contains(['\u{1b}', '\u{202f}', '…']), "{}", run.out);
}

#[test]
fn status_csv_has_a_row_per_bucket() {
    let run = Fixture::hand_kept().run(&["status", "--csv"]).ends(0);
    let rows: Vec<&str> = run.out.lines().collect();
    assert_eq!(rows.len(), 1 + 3 + 2, "{}", run.out);
    assert!(rows[0].starts_with("account,name,provider,plan,"));
    assert!(rows[1].starts_with("dealer,Dealer,ai-background-studio,professional-plus,"));
}

#[test]
fn p2_a_failed_poll_keeps_the_last_figures_and_says_why() {
    let mut fixture = Fixture::polled(&Simulator::start(&[]));
    // The simulator is gone by now, so nothing was ever polled.
    let never = fixture.run(&["status", "studio", "--json"]).ends(3).json();
    assert_eq!(never["accounts"][0]["state"], "error");
    assert_eq!(never["accounts"][0]["error"]["kind"], "unreachable");
    assert_eq!(never["accounts"][0]["total"], json!(null));
    assert_eq!(never["accounts"][0]["unknown"], json!(["plan", "email", "total", "spendable", "subscription_ends_at"]));

    let simulator = Simulator::start(&["--fault", "studio/html*1"]);
    let fresh = Fixture::polled(&simulator);
    std::fs::copy(fresh.path("config.toml"), fixture.path("config.toml")).unwrap();
    let broken = fixture.run(&["status", "studio", "--json"]).ends(3).json();
    assert_eq!(broken["accounts"][0]["error"]["kind"], "malformed");
    fixture.run(&["status", "studio"]).ends(0);
    drop(simulator);
    fixture.now = "2026-11-20T09:10:00Z".to_owned();
    let stale = fixture.run(&["status", "studio", "--json"]).ends(3).json();
    assert_eq!(stale["accounts"][0]["state"], "stale");
    assert_eq!(stale["accounts"][0]["total"], json!(2600));
    assert_eq!(stale["accounts"][0]["observed_at"], NOW);
    assert_eq!(stale["accounts"][0]["error"]["kind"], "unreachable");
}

#[test]
fn offline_asks_nobody() {
    let simulator = Simulator::start(&[]);
    let run = Fixture::polled(&simulator).run(&["status", "studio", "--json", "--offline"]).ends(3);
    assert_eq!(run.json()["accounts"][0]["state"], "pending");
}

#[test]
fn providers_2_a_test_of_a_sandbox_key_says_that_nothing_was_asked() {
    let fixture =
        Fixture::new("[[account]]\nid = \"sandbox\"\nprovider = \"photoroom\"\nkey = { command = [\"echo\", \"sandbox_1\"] }\n");
    let test = fixture.run(&["accounts", "test"]).ends(0).out;
    assert!(test.contains("not asked") && !test.contains(" ok"), "{test}");
    assert!(test.contains("No request was made, so whether the key works is not known: a sandbox key is free"), "{test}");
}

#[test]
fn providers_2_a_sandbox_key_is_known_without_a_poll() {
    let fixture = Fixture::new(
        "[[account]]\nid = \"sandbox\"\nprovider = \"photoroom\"\nkey = { command = [\"echo\", \"sandbox_1\"] }\n\
         base_url = \"http://127.0.0.1:9\"\n",
    );
    for more in [&[][..], &["--offline"]] {
        let status = fixture.run(&[&["status"], more].concat()).ends(0).out;
        assert!(status.contains("unknown") && status.contains("A sandbox key is free"), "{status}");
        assert!(!status.contains("reset day unknown"), "{status}");
        let quote = fixture.run(&[&["quote", "edit-image=3"], more].concat()).ends(0).out;
        assert!(quote.contains("It fits: 0 images.") && quote.contains("a sandbox key is free"), "{quote}");
        let guard = fixture.run(&[&["guard", "edit-image=3"], more].concat()).ends(0).out;
        assert!(guard.contains("sandbox: It fits: 0 images. Not polled: a sandbox key"), "{guard}");
    }
    let json = fixture.run(&["status", "--offline", "--json"]).ends(0).json();
    assert_eq!(json["accounts"][0]["unknown"], json!(["total", "spendable"]));
    // A key that can't be had is no failure as long as nobody is to be asked.
    fixture.write("config.toml", "[[account]]\nid = \"a\"\nprovider = \"photoroom\"\nkey = { command = [\"false\"] }\n");
    let run = fixture.run(&["status", "--offline", "--json"]).ends(3);
    assert_eq!((&run.json()["accounts"][0]["state"], run.err.as_str()), (&json!("pending"), ""));
}

#[test]
fn a_plan_has_its_name_and_a_rate_is_about_right() {
    let simulator = Simulator::start(&[]);
    let out = Fixture::polled(&simulator).run(&["status", "shop"]).ends(0).out;
    assert!(out.contains("Photoroom Plus"), "{out}");
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "100", "--at", "2026-11-02"]).ends(0);
    let out = fixture.run(&["status", "dealer"]).ends(0).out;
    let rate = out.lines().find(|line| line.contains("a day")).unwrap();
    assert!(rate.contains("About ") && !rate.contains("333"), "{rate}");
}

#[test]
fn a_pipe_is_as_wide_as_columns_says_and_no_id_is_cut() {
    let mut fixture = Fixture::new(
        "[[account]]\nid = \"a-dealer-with-a-very-long-name\"\nprovider = \"ai-background-studio\"\n\
         plan = \"professional-plus\"\nslots = 50\nsince = 2026-10-15\n",
    );
    let list = fixture.run(&["accounts", "list"]).ends(0).out;
    assert!(list.contains("a-dealer-with-a-very-long-name") && list.contains("AI Background Studio Professional Plus"), "{list}");
    fixture
        .run(&["ledger", "spend", "--account", "a-dealer-with-a-very-long-name", "--amount", "9", "--ref", &"r".repeat(40)])
        .ends(0);
    let list = fixture.run(&["ledger", "list"]).ends(0).out;
    assert!(list.contains(&"r".repeat(40)), "{list}");
    let whole = fixture.run(&["providers", "show", "photoroom"]).ends(0).out;
    fixture.variable("COLUMNS", "40");
    assert_eq!(fixture.run(&["providers", "show", "photoroom"]).ends(0).out, whole, "a pipe has no width");
}

#[test]
fn every_unknown_account_is_named() {
    let run = Fixture::hand_kept().run(&["status", "nope1", "dealr", "portraits"]).ends(2);
    run.says(&["\"nope1\"", "\"dealr\": did you mean \"dealer\"?"]);
}

#[test]
fn p2_a_refused_key_is_shown_beside_accounts_that_answer() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.variable("SHOP_KEY", "demo-photoroom-old-key");
    let document = fixture.run(&["status", "shop", "studio", "--json"]).ends(3).json();
    assert_eq!(document["accounts"][0]["error"]["kind"], "forbidden");
    assert_eq!(document["accounts"][1]["state"], "ok");
}

#[test]
fn l7_the_key_is_nowhere() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.variable("SHOP_KEY", "canary-5f1e-refused");
    let canaries = ["demo-imaginepro-studio", "canary-5f1e-refused"];
    for arguments in
        [vec!["status"], vec!["status", "--json"], vec!["accounts", "test"], vec!["accounts", "list"], vec!["ledger", "export"]]
    {
        let run = fixture.run(&arguments);
        for canary in canaries {
            assert!(!run.out.contains(canary) && !run.err.contains(canary), "{arguments:?}: {run:?}");
        }
    }
    for file in files(&fixture.path("data")) {
        let bytes = std::fs::read(&file).unwrap();
        for canary in canaries {
            assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn a2_tz_changes_what_people_read_and_nothing_else() {
    let fixture = Fixture::hand_kept();
    let utc = fixture.run(&["status", "--json"]).ends(0).out;
    let same = fixture.run(&["status", "--json", "--tz", "Asia/Tokyo"]).ends(0).out;
    assert_eq!(utc, same);
    let tokyo = fixture.run(&["status", "--tz", "Asia/Tokyo"]).ends(0).out;
    assert!(tokyo.starts_with("Fri 20 Nov 2026 18:00 JST"), "{tokyo}");
}

#[test]
fn e9_a_lot_that_ends_at_an_unknown_reset_is_not_said_to_last_for_ever() {
    let fixture = Fixture::new(
        "[[account]]\nid = \"noday\"\nprovider = \"ai-background-studio\"\nplan = \"professional-plus\"\nslots = 5\nsince = 2026-11-15\n",
    );
    fixture.run(&["ledger", "grant", "-a", "noday", "--bucket", "monthly", "--amount", "7", "--at", "2026-11-16"]).ends(0);
    let json = fixture.run(&["status", "--json"]).ends(0).json();
    let monthly = json["accounts"][0]["buckets"].as_array().unwrap().iter().find(|bucket| bucket["id"] == "monthly").unwrap();
    for lot in monthly["lots"].as_array().unwrap() {
        assert_eq!((&lot["expires_at"], &lot["unknown"]), (&json!(null), &json!(["expires_at"])), "{lot}");
    }
    let text = fixture.run(&["status"]).ends(0).out;
    assert!(text.contains("reset day unknown") && !text.contains("never expires"), "{text}");
}
