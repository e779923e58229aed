use super::fixture::{Fixture, Simulator};

#[test]
fn accounts_are_listed_and_tested() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    let list = fixture.run(&["accounts", "list"]).ends(0).out;
    assert!(["dealer", "portraits", "studio", "shop"].iter().all(|id| list.contains(id)), "{list}");
    fixture.run(&["accounts", "test"]).ends(0);
    fixture.variable("SHOP_KEY", "wrong");
    let test = fixture.run(&["accounts", "test"]).ends(3).out;
    assert!(test.contains("key refused") && test.contains("ok"), "{test}");
}

#[test]
fn simulator_faults_reach_the_poller() {
    for (fault, kind) in
        [("status=500", "server-error"), ("nulls", "malformed"), ("huge", "malformed"), ("rate-limited=60", "rate-limited")]
    {
        let simulator = Simulator::start(&["--fault", fault]);
        let run = Fixture::polled(&simulator).run(&["status", "studio", "--json"]).ends(3);
        assert_eq!(run.json()["accounts"][0]["error"]["kind"], kind, "{fault}");
    }
    let fixture = Fixture::new("");
    fixture.run(&["simulate", "--fault", "htm"]).ends(2).says(&["did you mean \"html\"?"]);
    fixture.run(&["simulate", "--fault", "studo/html"]).ends(2).says(&["no account \"studo\"", "did you mean \"studio\"?"]);
    fixture.run(&["simulate", "--listen", "0.0.0.0:0"]).ends(2).says(&["loopback"]);
}

#[test]
fn providers_2_the_simulator_names_its_accounts_and_has_one_on_old_pricing() {
    let help = Fixture::new("").run(&["simulate", "--help"]).ends(0).out;
    assert!(help.contains("old-pricing") && help.contains("demo-photoroom-old-pricing"), "{help}");
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.variable("SHOP_KEY", "demo-photoroom-old-pricing");
    let shop = fixture.run(&["status", "shop", "--json"]).ends(0).json()["accounts"][0].clone();
    assert_eq!((&shop["total"], &shop["plan"]), (&serde_json::json!(42), &serde_json::json!(null)));
    assert_eq!(shop["unknown"], serde_json::json!(["plan"]), "v1 names no plan");
}

#[test]
fn providers_show_their_quotas_gifts_and_validity() {
    let fixture = Fixture::new("");
    let flat = |id: &str| {
        let out = fixture.run(&["providers", "show", id]).ends(0).out;
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let pixpretty = flat("pixpretty");
    for text in ["Monthly: 1000 credits", "Monthly: 200 credits", "valid for a year", "registration to bonus: 12 credits"] {
        assert!(pixpretty.contains(text), "{text} is not in {pixpretty}");
    }
    let studio = flat("ai-background-studio");
    for text in
        ["Monthly: slots × 10", "Monthly: unlimited", "slots × 10 (Professional Plus)", "valid for 28 days, from launch_date"]
    {
        assert!(studio.contains(text), "{text} is not in {studio}");
    }
    assert!(flat("photoroom").contains("by plan: Basic 1, Plus 0.2"));
}

#[test]
fn providers_are_listed_shown_and_checked() {
    let fixture = Fixture::new("");
    assert!(fixture.run(&["providers", "list"]).ends(0).out.contains("photoroom"));
    let shown = fixture.run(&["providers", "show", "imaginepro"]).ends(0).out;
    assert!(shown.contains("imagine:relax") && shown.contains("– no published price"), "{shown}");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/providers/imaginepro.toml");
    let answer = r#"{"type":"STARTER","creditsQuota":1600,"credits":12,"creditsExtra":1000,"expiredAt":"2022-10-07T14:30:00.000Z","email":"x@y.z"}"#;
    let good = fixture.write("answer.json", answer);
    let run = fixture.run(&["providers", "check", root, "--answer", &good]).ends(0);
    assert!(run.out.contains("12") && !run.out.contains("x@y.z"), "{}", run.out);
    let bad = fixture.write("bad.json", r#"{"type":"STARTER"}"#);
    let run = fixture.run(&["providers", "check", root, "--answer", &bad]).ends(1);
    assert!(run.err.contains("the answer has no /"), "{}", run.err);
    let broken = fixture.write("broken.toml", "id = 3\nnmae = \"x\"\n");
    fixture.run(&["providers", "check", &broken]).ends(2).says(&["broken.toml:", "nmae"]);
}

#[test]
fn config_is_written_found_and_checked() {
    let fixture = Fixture::new("");
    std::fs::remove_file(fixture.path("config.toml")).unwrap();
    fixture.run(&["config", "init"]).ends(0);
    let file = fixture.path("config.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fixture.run(&["config", "path"]).ends(0).out.trim(), file.display().to_string());
    fixture.run(&["config", "check"]).ends(0);
    fixture.run(&["config", "init"]).ends(2).says(&["left as it is"]);
    fixture.write("key", "k");
    fixture.write("config.toml", "[[account]]\nid = \"a\"\nprovider = \"photoroom\"\nkey = { file = \"key\" }\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(fixture.path("key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let run = fixture.run(&["config", "check"]).ends(0);
        assert!(run.err.contains("chmod 600"), "{}", run.err);
    }
}

#[test]
fn s10_a_providers_page_has_its_rules_and_how_well_they_are_known() {
    let fixture = Fixture::new("");
    for (provider, texts) in [
        (
            "imaginepro",
            &[
                "Refilled on the account's billing_day, where it is set; else monthly, back from the subscription's end (estimated)",
                "Rolls over nothing: what is left lapses",
                "extra credits never expire",
                "(documented)",
                "by their bucket's place above, then by their own priority, then the earlier expiry first",
                "no rate limit is stated",
                "Source (A): ImaginePro's API reference",
            ][..],
        ),
        (
            "photoroom",
            &[
                "Refilled on the account's billing_day, where it is set; else on day 1 of each month (Free)",
                "Rolls over all that is left (all but Free); else nothing: what is left lapses",
                "Polled: /v2/account, else /v1/account at image-api.photoroom.com; at most 60 requests a minute per key (assumed)",
            ],
        ),
        (
            "ai-background-studio",
            &["Refilled on the account's reset_day, where it is set", "a fair-use cap applies, whose size is not published"],
        ),
        (
            "pixpretty",
            &["Refilled on day 1 of each month", "(assumed)", "the earlier expiry first, then the earlier grant first"],
        ),
        ("generic", &["Lots are drawn"]),
    ] {
        let page = fixture.run(&["providers", "show", provider]).ends(0).out;
        for text in texts {
            assert!(page.contains(text), "{text:?} is not in {page}");
        }
    }
}
