use serde_json::json;

use super::fixture::{Fixture, NOW, Simulator};

#[test]
fn quote_answers_as_the_contract_says() {
    let simulator = Simulator::start(&[]);
    let document = Fixture::polled(&simulator).run(&["quote", "--account", "studio", "imagine=165", "--json"]).ends(0).json();
    assert_eq!((&document["schema"], &document["at"]), (&json!("creditop.quote.v1"), &json!(NOW)));
    let quote = &document["quotes"][0];
    let line = &quote["lines"][0];
    for (field, value) in [
        ("action", json!("imagine")),
        ("variant", json!(null)),
        ("quantity", json!(165)),
        ("unit_cost", json!(10)),
        ("cost", json!(1650)),
        ("covered_quantity", json!(165)),
        ("draws", json!([{"bucket": "monthly", "lot": null, "amount": 1600}, {"bucket": "extra", "lot": null, "amount": 50}])),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
    assert_eq!(quote["total"], 1650);
    assert_eq!(quote["affordable"], true);
    assert_eq!(quote["shortfall"], 0);
    assert_eq!(quote["affordable_at"], NOW);
    assert_eq!(quote["before"][0]["remaining"], 1600);
    assert_eq!(quote["after"][1]["remaining"], 950);
    let advice = quote["advice"].as_array().unwrap().iter().find(|advice| advice["kind"] == "wait-for-reset").unwrap();
    assert_eq!(
        (&advice["at"], &advice["saves"], &advice["bucket"]),
        (&json!("2026-12-07T14:30:00Z"), &json!(50), &json!("extra"))
    );
}

#[test]
fn a_plan_over_two_accounts_has_a_quote_for_each() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let plan = ["quote", "dealer/replace-background-and-logo=60", "studio/imagine=20", "studio/remove-background=5"];
    let run = fixture.run(&plan).ends(0);
    for text in ["Replace background and place logo", "It fits: 60 credits.", "It fits: 225 credits.", "2.8125 USD"] {
        assert!(run.out.contains(text), "{text} is not in {}", run.out);
    }
    let json = fixture.run(&[plan.as_slice(), &["--json"]].concat()).ends(0).json();
    let totals: Vec<_> = json["quotes"].as_array().unwrap().iter().map(|quote| (&quote["account"], &quote["total"])).collect();
    assert_eq!(totals, [(&json!("dealer"), &json!(60)), (&json!("studio"), &json!(225))]);
}

#[test]
fn a_plan_that_does_not_fit_says_how_much_is_short_and_when_it_fits() {
    let run = Fixture::hand_kept().run(&["quote", "-a", "dealer", "replace-background=1001"]).ends(0);
    assert!(run.out.contains("1 credit short"), "{}", run.out);
    assert!(run.out.contains("fit"), "{}", run.out);
}

#[test]
fn prices_work_without_an_account() {
    let fixture = Fixture::new("");
    let plan = ["quote", "--provider", "photoroom", "--plan", "plus", "--balance", "images=1", "remove-background=6", "--json"];
    let quote = fixture.run(&plan).ends(0).json()["quotes"][0].clone();
    assert_eq!((&quote["total"], &quote["affordable"]), (&json!(1.2), &json!(false)));
    assert_eq!(quote["lines"][0]["covered_quantity"], 5);
    assert_eq!(quote["shortfall"].to_string(), "0.2");
    let hand_kept = ["quote", "--provider", "ai-background-studio", "--balance", "monthly=3", "replace-background=2", "--json"];
    fixture.run(&hand_kept).ends(2).says(&["plan", "--plan"]);
    let hand_kept = [hand_kept.as_slice(), &["--plan", "professional"]].concat();
    let after = fixture.run(&hand_kept).ends(0).json()["quotes"][0]["after"].as_array().unwrap().clone();
    assert!(after.iter().any(|level| level["bucket"] == "monthly" && level["remaining"] == 1), "{after:?}");
    let nothing_typed = ["quote", "--provider", "imaginepro", "imagine=1", "--json"];
    assert_eq!(fixture.run(&nothing_typed).ends(0).json()["quotes"][0]["affordable"], json!(null));
    assert!(!fixture.path("data").exists(), "no ledger is needed");
}

#[test]
fn e8_a_plan_without_limit_is_affordable_without_an_account() {
    let fixture = Fixture::new("");
    let quote = |more: &[&str]| {
        let plan = ["quote", "--provider", "ai-background-studio", "replace-background=80", "--json", "--plan"];
        fixture.run(&[plan.as_slice(), more].concat()).ends(0).json()["quotes"][0]["affordable"].clone()
    };
    assert_eq!(quote(&["premium"]), json!(true));
    assert_eq!(quote(&["premium", "--balance", "purchased=1"]), json!(true));
    assert_eq!(quote(&["premium", "--balance", "monthly=1"]), json!(false));
    assert_eq!(quote(&["basic", "--balance", "purchased=unlimited"]), json!(true));
    assert_eq!(quote(&["basic"]), json!(false), "it holds what was bought, and nothing was said to be");
}

#[test]
fn e09_a_typed_quote_knows_the_resets_of_its_plan() {
    let fixture = Fixture::new("");
    let quote = |words: &[&str]| fixture.run(&[&["quote", "--json"], words].concat()).ends(0).json()["quotes"][0].clone();
    let plus = ["--provider", "pixpretty", "--plan", "plus", "--balance", "monthly=100"];
    let fits_later = quote(&[plus.as_slice(), &["remove-background=150"]].concat());
    assert_eq!((&fits_later["affordable"], &fits_later["affordable_at"]), (&json!(false), &json!("2026-12-01T00:00:00Z")));
    let split = quote(&[plus.as_slice(), &["remove-background=350"]].concat());
    let parts: Vec<_> = split["split"].as_array().unwrap().iter().map(|part| (&part["at"], &part["quantity"])).collect();
    let dates = [json!(NOW), json!("2026-12-01T00:00:00Z"), json!("2027-01-01T00:00:00Z")];
    assert_eq!(parts, [(&dates[0], &json!(100)), (&dates[1], &json!(200)), (&dates[2], &json!(50))]);
    // No monthly credits, contingents only: what is not there never comes.
    let basic = ["--provider", "ai-background-studio", "--plan", "basic", "--balance", "purchased=3", "replace-background=80"];
    let never = quote(&basic);
    for field in ["affordable_at", "split", "horizon"] {
        assert_eq!(never[field], json!(null), "{field}");
    }
    assert_eq!((&never["affordable"], &never["unknown"]), (&json!(false), &json!([])));
    let page = fixture.run(&[&["quote"], basic.as_slice()].concat()).ends(0).out;
    assert!(page.contains("never without buying"), "{page}");
    // The plan alone, with nothing typed: it has bought nothing, and nothing ever comes.
    let alone = quote(&["--provider", "ai-background-studio", "--plan", "basic", "replace-background=3"]);
    assert_eq!((&alone["affordable"], &alone["shortfall"], &alone["unknown"]), (&json!(false), &json!(3), &json!([])));
    // What is left of a quota stays unknown until it is typed.
    assert_eq!(quote(&["--provider", "pixpretty", "--plan", "plus", "remove-background=3"])["affordable"], json!(null));
}

#[test]
fn e02_a_quote_counts_and_names_the_buckets_as_status_does() {
    let fixture = Fixture::new(
        r#"
[[account]]
id = "dealer"
provider = "ai-background-studio"
plan = "professional-plus"
slots = 50
reset_day = 1
since = 2026-10-15
"#,
    );
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "25"]).ends(0);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "500"]).ends(0);
    let rows = |words: &[&str]| -> Vec<String> {
        let page = fixture.run(words).ends(0).out;
        let numbered = page.lines().map(str::trim_start).filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
        let names = numbered.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        names.filter(|name| name.contains(|letter: char| letter.is_uppercase())).collect()
    };
    let status = rows(&["status", "dealer"]);
    assert_eq!(status, ["1 Promotional", "2 Monthly", "3 Purchased"]);
    assert_eq!(rows(&["quote", "-a", "dealer", "replace-background=10"]), status);
}

#[test]
fn a02_a_typed_quote_shows_times_in_the_configured_zone() {
    let fixture = Fixture::new("time_zone = \"Asia/Tokyo\"\n");
    let page = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_creditop"));
        command.env_clear().env("HOME", fixture.path("")).env("CREDITOP_CONFIG", fixture.path("config.toml"));
        command.args(["quote", "--provider", "imaginepro", "imagine=1", "--now", NOW]).args(more);
        command.env("CREDITOP_DATA_DIR", fixture.path("data"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(page(&[]).contains("18:00 JST"), "{}", page(&[]));
    assert!(page(&["--tz", "Europe/Berlin"]).contains("10:00 CET"));
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture
        .run(&["quote", "-a", "studio", "imagine=1", "--plan", "PRO"])
        .ends(2)
        .says(&["--plan goes with --provider", "hint: "]);
    fixture
        .run(&["quote", "-a", "studio", "imagine=1", "--balance", "monthly=1"])
        .ends(2)
        .says(&["--balance goes with --provider"]);
    let twice = ["quote", "--provider", "imaginepro", "imagine=1", "--balance", "monthly=100", "--balance", "monthly=4"];
    fixture.run(&twice).ends(2).says(&["names the bucket \"monthly\" twice"]);
}

#[test]
fn p2_a_quote_on_stale_figures_says_so() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    let fresh = fixture.run(&["quote", "-a", "shop", "remove-background=1"]).ends(0).out;
    assert!(!fresh.contains("stale"), "{fresh}");
    fixture.now = "2026-11-20T09:30:00Z".to_owned();
    fixture.variable("SHOP_KEY", "demo-photoroom-old-key");
    let stale = fixture.run(&["quote", "-a", "shop", "remove-background=1"]).ends(0).out;
    let stale = stale.replace('\n', " ");
    let verdict =
        "Can't tell whether it fits: the key was refused, and the figures are from 30 min ago. By these figures it fits";
    for text in [verdict, "The last poll failed (key refused)"] {
        assert!(stale.contains(text), "{text} is not in {stale}");
    }
    let json = fixture.run(&["quote", "-a", "shop", "remove-background=1", "--json", "--offline"]).ends(0).json();
    assert_eq!((&json["quotes"][0]["state"], &json["quotes"][0]["observed_at"]), (&json!("stale"), &json!(NOW)));
    let never = fixture.run(&["quote", "-a", "studio", "imagine=1", "--offline"]).ends(0).out;
    assert!(never.contains("Can't tell whether it fits: nothing was polled yet."), "{never}");
}

/// A fixture whose shop was polled half an hour ago, and whose key is refused since.
pub(crate) fn refused_desk(simulator: &Simulator) -> Fixture {
    let mut fixture = Fixture::polled(simulator);
    fixture.run(&["status", "shop"]).ends(0);
    "2026-11-20T09:30:00Z".clone_into(&mut fixture.now);
    fixture.variable("SHOP_KEY", "demo-photoroom-old-key");
    fixture
}

#[test]
fn p02_no_verdict_on_refused_figures_is_confident() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    let quote = fixture.run(&["quote", "-a", "shop", "remove-background=1", "--json"]).ends(0).json()["quotes"][0].clone();
    for field in ["affordable", "affordable_at", "shortfall"] {
        assert_eq!(quote[field], json!(null), "{field}");
        assert!(quote["unknown"].as_array().unwrap().contains(&json!(field)), "{field} is not in {}", quote["unknown"]);
    }
    let stale = json!({"kind": "key-refused", "observed_at": NOW, "error": "forbidden", "affordable": true, "shortfall": 0,
        "affordable_at": "2026-11-20T09:30:00Z"});
    assert_eq!(quote["stale"], stale);
    let compared = fixture.run(&["quote", "--compare", "remove-background=1", "-a", "shop", "-a", "portraits"]).ends(0).out;
    let row = compared.lines().find(|line| line.starts_with("shop")).unwrap();
    assert!(row.contains("– key refused") && !row.contains("fits"), "{row}");
    let guard = fixture.run(&["guard", "-a", "shop", "remove-background=1"]).ends(3);
    assert!(guard.out.contains("shop: Can't tell whether it fits: the key was refused"), "{}", guard.out);
    let guard = fixture.run(&["guard", "-a", "shop", "--min", "1"]).ends(3);
    assert!(guard.out.contains("The key was refused, and the figures are from 30 min ago"), "{}", guard.out);
}

#[test]
fn p02_nothing_is_recorded_on_refused_figures_without_a_second_word() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    for flag in ["--hold", "--commit"] {
        let plan = ["quote", "-a", "shop", "remove-background=1", flag];
        let refused = fixture.run(&plan).ends(3);
        for text in ["nothing was recorded", "the key was refused", "--allow-stale"] {
            assert!(refused.err.contains(text), "{text} is not in {}", refused.err);
        }
        assert_eq!(fixture.run(&["ledger", "list", "-a", "shop", "--json"]).ends(0).json()["entries"], json!([]));
    }
    fixture.run(&["quote", "-a", "shop", "remove-background=1", "--hold", "--allow-stale"]).ends(0);
    // A second word does not make a plan fit.
    fixture.run(&["quote", "-a", "shop", "remove-background=100000", "--hold", "--allow-stale"]).ends(1);
    fixture.run(&["quote", "-a", "shop", "remove-background=1", "--allow-stale"]).ends(2).says(&["--allow-stale", "hint: "]);
}

#[test]
fn p02_stale_figures_are_not_recommended_as_cheaper() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    let quotes = fixture.run(&["quote", "--compare", "remove-background=5", "--json"]).ends(0).json()["quotes"].clone();
    for quote in quotes.as_array().unwrap() {
        let advice = quote["advice"].as_array().unwrap();
        assert!(!advice.iter().any(|advice| advice["kind"] == "cheaper-account"), "{quote}");
    }
}

#[test]
fn e09_a_search_that_ends_is_not_called_never() {
    let fixture = Fixture::hand_kept();
    let quote = |quantity: &str| {
        let line = format!("replace-background={quantity}");
        let plan = ["quote", "-a", "dealer", line.as_str()];
        let json = fixture.run(&[plan.as_slice(), &["--json"]].concat()).ends(0).json()["quotes"][0].clone();
        (fixture.run(&plan).ends(0).out, json)
    };
    // 1,000 now and 500 a month for 14 months are 8,000.
    let (page, json) = quote("1000000000");
    assert!(page.contains("not within 14 months") && !page.contains("never"), "{page}");
    assert_eq!((&json["split"], &json["affordable_at"]), (&json!(null), &json!(null)));
    assert_eq!(json["horizon"], "2028-01-20T09:00:00Z");
    assert_eq!(json["unknown"], json!([]));
    let (page, json) = quote("1700");
    let part = |at: &str, quantity: u32| {
        json!({"at": at, "action": "replace-background", "variant": null, "quantity": quantity,
        "line": 0, "approximate": false, "if_renewed": false})
    };
    let parts = [part(NOW, 1000), part("2026-12-01T00:00:00Z", 500), part("2027-01-01T00:00:00Z", 200)];
    assert_eq!(json["split"], json!(parts));
    assert_eq!((&json["affordable_at"], &json["horizon"]), (&json!(null), &json!(null)));
    for text in ["not all at once, but in parts", "In parts, without buying", "Or buy at least 700 credits"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
}

#[test]
fn a_quantity_that_has_to_be_whole_says_so() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["quote", "-a", "dealer", "replace-background=1.5"]).ends(2).says(&["write a whole number, like 2"]);
}

#[test]
fn compare_finds_the_same_task_elsewhere() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let run = fixture.run(&["quote", "--compare", "remove-background=5", "--json"]).ends(0);
    let quotes = run.json()["quotes"].as_array().unwrap().clone();
    let accounts: Vec<_> = quotes.iter().map(|quote| quote["account"].as_str().unwrap().to_owned()).collect();
    assert_eq!(accounts, ["shop", "studio", "portraits"]);
    assert!(run.err.contains("dealer is left out"), "{}", run.err);
    let studio = quotes[1]["advice"].as_array().unwrap().iter().find(|advice| advice["kind"] == "cheaper-account").unwrap();
    assert!(studio["text"].as_str().unwrap().contains("shop does the same for 0.10 USD"), "{studio}");
    fixture.run(&["quote", "--compare", "remove-background=5"]).ends(0);
}

#[test]
fn a_missing_price_is_not_zero() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let quote = fixture.run(&["quote", "-a", "studio", "face-swap=2", "imagine=1", "--json"]).ends(0).json()["quotes"][0].clone();
    assert_eq!((&quote["total"], &quote["known_total"], &quote["affordable"]), (&json!(null), &json!(10), &json!(null)));
    assert_eq!(quote["lines"][0]["unknown"], json!(["unit_cost", "cost"]));
    assert_eq!(quote["shortfall"], json!(null));
    assert!(quote["unknown"].as_array().unwrap().contains(&json!("shortfall")), "{}", quote["unknown"]);
    assert!(quote["advice"].as_array().unwrap().iter().any(|advice| advice["kind"] == "missing-price"));
    fixture.run(&["quote", "-a", "studio", "face-swap=2", "--commit"]).ends(3);
}

#[test]
fn commit_records_once_under_one_ref() {
    let fixture = Fixture::hand_kept();
    let plan = ["quote", "-a", "dealer", "replace-background=5", "revert=2", "--commit", "--ref", "job"];
    let run = fixture.run(&plan).ends(0);
    assert!(run.out.contains("recorded spend job-1 in dealer: 5 for replace-background"), "{}", run.out);
    let again = fixture.run(&plan).ends(0);
    assert!(again.out.contains("already recorded: spend job-1"), "{}", again.out);
    let entries = fixture.run(&["ledger", "list", "--json"]).ends(0).json()["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    let balance = fixture.run(&["ledger", "balance", "-a", "dealer", "--json"]).ends(0).json();
    assert_eq!(balance["accounts"][0]["total"], 995);
}

#[test]
fn commit_of_all_that_is_left_can_be_repeated() {
    let fixture = Fixture::hand_kept();
    let plan = ["quote", "-a", "dealer", "replace-background=1000", "--commit", "--ref", "all"];
    fixture.run(&plan).ends(0);
    let again = fixture.run(&plan).ends(0);
    assert!(again.out.contains("already recorded: spend all"), "{}", again.out);
    fixture.run(&["quote", "-a", "dealer", "replace-background=1", "--commit"]).ends(1);
}

#[test]
fn l2_a_ref_names_one_plan_and_no_other() {
    let fixture = Fixture::hand_kept();
    let plan = |lines: &[&str], flag: &str, reference: &str| {
        let mut words = vec!["quote", "-a", "dealer"];
        words.extend_from_slice(lines);
        words.extend_from_slice(&[flag, "--ref", reference]);
        fixture.run(&words)
    };
    plan(&["replace-background=10"], "--hold", "h").ends(0);
    assert!(plan(&["replace-background=10"], "--hold", "h").ends(0).out.contains("already recorded: hold h"));
    plan(&["replace-background=11"], "--hold", "h").ends(1);
    plan(&["replace-background=10"], "--commit", "one").ends(0);
    let other = plan(&["re-apply=10", "replace-background=1"], "--commit", "one").ends(1);
    assert!(other.err.contains("ref \"one\" stands for other work already"), "{}", other.err);
    plan(&["replace-background=1", "re-apply=2"], "--commit", "two").ends(0);
    plan(&["replace-background=1"], "--commit", "two").ends(1);
    plan(&["replace-background=1", "re-apply=2", "revert=1"], "--commit", "two").ends(1);
    plan(&["replace-background=1", "re-apply=2"], "--commit", "two").ends(0);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"].as_array().unwrap().len(), 4);
}

#[test]
fn l2_a_ref_names_one_page_that_was_observed() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "observe", "-a", "dealer", "monthly=100", "--ref", "page"]).ends(0);
    fixture.run(&["ledger", "observe", "-a", "dealer", "monthly=100", "purchased=3", "--ref", "page"]).ends(1);
    fixture.run(&["ledger", "observe", "-a", "dealer", "monthly=100", "--ref", "page"]).ends(0);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn what_does_not_fit_is_neither_held_nor_recorded() {
    let fixture = Fixture::hand_kept();
    for flag in ["--hold", "--commit"] {
        let run = fixture.run(&["quote", "dealer/replace-background=1001", "portraits/ghost-face=1", flag]).ends(1);
        assert!(run.err.contains("nothing was recorded: the plan does not fit"), "{}", run.err);
    }
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"], json!([]));
}

#[test]
fn a_hold_sets_credits_aside_and_generates_a_ref() {
    let fixture = Fixture::hand_kept();
    let run = fixture.run(&["quote", "-a", "dealer", "replace-background=10", "--hold", "--json"]).ends(0).json();
    assert_eq!((&run["recorded"][0]["kind"], &run["recorded"][0]["account"]), (&json!("hold"), &json!("dealer")));
    assert!(!run["recorded"][0]["ref"].as_str().unwrap().is_empty());
    let status = fixture.run(&["status", "dealer", "--json"]).ends(0).json()["accounts"][0].clone();
    assert_eq!((&status["held"], &status["spendable"], &status["total"]), (&json!(10), &json!(990), &json!(1000)));
}

#[test]
fn quote_polls_only_when_the_figures_are_old() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["quote", "-a", "studio", "imagine=1"]).ends(0);
    drop(simulator);
    fixture.now = "2026-11-20T09:04:00Z".to_owned();
    fixture.run(&["guard", "-a", "studio", "imagine=1"]).ends(0);
    fixture.now = "2026-11-20T09:06:00Z".to_owned();
    let run = fixture.run(&["guard", "-a", "studio", "imagine=1"]).ends(3);
    assert!(run.out.contains("stale"), "{}", run.out);
}

#[test]
fn work_that_no_longer_fits_when_it_is_written_is_refused() {
    let mut fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "990"]).ends(0);
    // A process whose clock is behind sees all thousand, until it writes.
    fixture.now = "2026-11-20T08:59:59Z".to_owned();
    let plan = ["quote", "-a", "dealer", "replace-background=11"];
    fixture.run(&[plan.as_slice(), &["--commit"]].concat()).ends(1).says(&["does not fit any more: 10 spendable", "hint: "]);
    fixture.run(&[plan.as_slice(), &["--hold"]].concat()).ends(1).says(&["does not fit any more: 10 spendable"]);
    fixture.run(&["quote", "-a", "dealer", "replace-background=10", "--commit"]).ends(0);
}

/// A fixture with two shops at Photoroom that state no price of their own, and one at another provider.
fn shops(simulator: &Simulator) -> Fixture {
    let url = &simulator.url;
    let account = |id: &str, provider: &str, more: &str| {
        format!(
            "[[account]]\nid = \"{id}\"\nprovider = \"{provider}\"\nbase_url = \"{url}\"\nkey = {{ env = \"{id}\" }}\n{more}\n"
        )
    };
    let mut fixture = Fixture::new(
        &[
            account("basic", "photoroom", "plan = \"basic\""),
            account("plus", "photoroom", "plan = \"plus\""),
            account("studio", "imaginepro", "price_per_credit = { amount = \"0.0125\", currency = \"USD\" }"),
        ]
        .concat(),
    );
    fixture.variable("basic", "demo-photoroom-shop-cutouts");
    fixture.variable("plus", "demo-photoroom-shop-cutouts");
    fixture.variable("studio", "demo-imaginepro-studio");
    fixture
}

#[test]
fn a_cheaper_account_is_named_in_money_and_never_by_credits_of_another_plan() {
    let simulator = Simulator::start(&[]);
    let fixture = shops(&simulator);
    fixture.run(&["status"]);
    // Ten cut-outs: 10 images at 0.02 there, 2 images at 0.10 here. By images Plus would seem five times cheaper.
    let quote = fixture.run(&["quote", "-a", "studio", "remove-background=10", "--json"]).ends(0).json()["quotes"][0].clone();
    assert_eq!(quote["money"], json!({"amount": 0.625, "currency": "USD", "about": false}));
    let advice = quote["advice"].as_array().unwrap().iter().find(|advice| advice["kind"] == "cheaper-account").unwrap().clone();
    assert_eq!(advice["account"], "basic");
    assert_eq!(advice["money"], json!({"amount": 0.425, "currency": "USD", "about": true}));
    let text = advice["text"].as_str().unwrap();
    assert!(text.contains("about 0.20 USD instead of 0.625 USD: saves about 0.425 USD"), "{text}");
    for id in ["basic", "plus"] {
        let quote = fixture.run(&["quote", "-a", id, "remove-background=10", "--json"]).ends(0).json()["quotes"][0].clone();
        let elsewhere = quote["advice"].as_array().unwrap().iter().find(|advice| advice["kind"] == "cheaper-account");
        assert_eq!(elsewhere, None, "the same work is worth the same at both");
        assert_eq!(quote["money"], json!({"amount": 0.2, "currency": "USD", "about": true}));
    }
}

#[test]
fn money_is_called_what_it_is() {
    let simulator = Simulator::start(&[]);
    let fixture = shops(&simulator);
    let words = |run: &str| run.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = fixture.run(&["quote", "-a", "plus", "edit-image=10"]).ends(0).out;
    assert!(words(&fits).contains("Value of the credits: about 1.00 USD. New money to pay: none."), "{fits}");
    assert!(words(&fits).contains("about 0.10 USD each: Photoroom Plus, a secondary listing, grade C"), "{fits}");
    let short = ["quote", "-a", "studio", "imagine=300"];
    let text = fixture.run(&short).ends(0).out;
    assert!(words(&text).contains("Value of the credits: 37.50 USD. New money to run all of it now: 5.00 USD."), "{text}");
    let quote = fixture.run(&[short.as_slice(), &["--json"]].concat()).ends(0).json()["quotes"][0].clone();
    assert_eq!(quote["new_money"], json!({"amount": 5, "currency": "USD", "about": false}));
    let free = fixture.run(&["quote", "-a", "studio", "imagine=1", "--json"]).ends(0).json()["quotes"][0].clone();
    assert_eq!(free["new_money"]["amount"], 0);
}

#[test]
fn several_accounts_are_summed_by_provider_and_currency() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let plan = ["quote", "dealer/replace-background=60", "studio/imagine=20", "shop/edit-image=5"];
    let text = fixture.run(&plan).ends(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "In all: 60 credits at AI Background Studio, 200 credits at ImaginePro, 5 images at Photoroom. \
                 Value of the credits: 3.00 USD, without 1 account whose credits have no price.";
    assert!(text.contains(words), "{text}");
    let sums = fixture.run(&[plan.as_slice(), &["--json"]].concat()).ends(0).json()["sums"].clone();
    assert_eq!(sums["value"], json!([{"amount": 3, "currency": "USD", "about": false}]));
    assert_eq!(sums["unknown"], json!(["value", "new_money"]));
}

#[test]
fn compare_is_sorted_by_money_and_marks_the_cheapest() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let run = fixture.run(&["quote", "--compare", "remove-background=5"]).ends(0);
    let rows: Vec<&str> = run.out.lines().filter(|line| !line.starts_with(' ')).collect();
    let row = |id: &str| rows.iter().position(|row| row.starts_with(id)).unwrap();
    assert!(row("shop") < row("studio") && row("studio") < row("portraits"), "{}", run.out);
    assert_eq!(run.out.matches("fits, cheapest").count(), 1, "{}", run.out);
    assert!(rows[row("shop")].contains("fits, cheapest") && rows[row("shop")].contains("0.10 USD"), "{}", run.out);
    let run = fixture.run(&["quote", "--compare", "imagine=1"]).ends(0);
    assert!(run.err.contains("dealer, portraits, shop are left out: nothing there does imagine"), "{}", run.err);
}

#[test]
fn a_missing_price_has_no_money_figure() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let run = fixture.run(&["quote", "--compare", "face-swap=10"]).ends(0);
    assert!(run.out.contains("no price") && !run.out.contains("USD"), "{}", run.out);
    let quote =
        fixture.run(&["quote", "-a", "studio", "face-swap=10", "imagine=1", "--json"]).ends(0).json()["quotes"][0].clone();
    assert_eq!(quote["money"], json!(null));
    assert!(quote["unknown"].as_array().unwrap().contains(&json!("money")), "{}", quote["unknown"]);
}

#[test]
fn e09_where_nothing_is_known_no_number_is_said_to_fit() {
    let fixture = Fixture::new("");
    let plan = ["quote", "--provider", "ai-background-studio", "--plan", "professional", "replace-background=100"];
    let text = fixture.run(&plan).ends(0).out;
    assert!(!text.contains("0 fit") && text.contains("can't tell how many fit"), "{text}");
}

/// A hand-kept account without limit; `more` are further lines of it.
fn premium(more: &str) -> Fixture {
    let account = "[[account]]\nid = \"premium\"\nprovider = \"ai-background-studio\"\nplan = \"premium\"\nsince = 2026-10-01\nreset_day = 1";
    Fixture::new(&format!("{account}\n{more}\n"))
}

#[test]
fn e08_a_cap_that_is_not_published_is_said_by_every_quote_and_guard() {
    let fixture = premium("");
    let plan = ["-a", "premium", "replace-background=1000000000"];
    let words = "A fair-use cap applies whose size is not published";
    for command in [["quote"].as_slice(), &["guard"], &["quote", "--compare"]] {
        let run = fixture.run(&[command, plan.as_slice()].concat()).ends(0);
        let text = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words), "{command:?}: {}", run.out);
    }
    let guard = fixture.run(&["guard", "-a", "premium", "--min", "5"]).ends(0).out;
    assert!(guard.contains("of a cap that is not published"), "{guard}");
    let quote = fixture.run(&[["quote", "--json"].as_slice(), plan.as_slice()].concat()).ends(0).json()["quotes"][0].clone();
    assert_eq!(quote["affordable"], true);
    let cap = json!({"published": false, "amount": null, "period": null, "used_with_plan": 1_000_000_000});
    assert_eq!(quote["fair_use"], cap);
    let shown = fixture.run(&["providers", "show", "ai-background-studio"]).ends(0).out;
    assert!(shown.contains("fair-use"), "{shown}");
    let typed = ["quote", "--provider", "ai-background-studio", "--plan", "premium", "replace-background=80"];
    assert!(fixture.run(&typed).ends(0).out.contains("A fair-use cap applies"));
}

#[test]
fn e08_usage_is_shown_against_a_stated_cap_and_never_refused() {
    let fixture = premium("fair_use = { amount = 500, period = \"month\" }");
    fixture.run(&["ledger", "spend", "-a", "premium", "--amount", "450"]).ends(0);
    let quote = |quantity: &str| {
        let run = fixture.run(&["quote", "-a", "premium", &format!("replace-background={quantity}")]).ends(0);
        run.out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(quote("10").contains("Fair use: 460 of 500 credits a month with this plan."), "{}", quote("10"));
    assert!(quote("51").contains("This plan passes the fair-use cap: 501 of 500 credits a month with it."), "{}", quote("51"));
    fixture.run(&["quote", "-a", "premium", "replace-background=51", "--commit"]).ends(0);
    let page = fixture.run(&["status"]).ends(0).out;
    assert!(page.contains("Fair use: used 501 of 500 credits this month, over the cap"), "{page}");
    let status = fixture.run(&["status", "--json"]).ends(0).json()["accounts"][0].clone();
    let warning = json!({"kind": "fair-use", "at": null, "bucket": "monthly", "amount": 501});
    assert_eq!(status["warnings"], json!([warning]));
    // The cap is the account's to state where its plan has no limit, and nobody else's.
    let wrong = Fixture::new("[[account]]\nid = \"x\"\nprovider = \"generic\"\nfair_use = { amount = 5, period = \"month\" }\n");
    wrong.run(&["status"]).ends(2).says(&["fair_use", "does not apply to"]);
    let wrong = premium("fair_use = { amount = 0, period = \"fortnight\" }");
    wrong.run(&["status"]).ends(2).says(&["must be over zero", "period"]);
}

#[test]
fn words_a_plan_that_fits_has_no_empty_heading_for_its_parts() {
    let page = Fixture::hand_kept().run(&["quote", "-a", "dealer", "replace-background=1"]).ends(0).out;
    assert!(page.contains("It fits") && !page.contains("In parts"), "{page}");
}
