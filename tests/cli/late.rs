//! What is recorded late, twice, beyond what there is, or ahead of its time (SPEC L1, L2, E3, E7).

use super::fixture::Fixture;

fn bucket(fixture: &Fixture, at: &str, name: &str) -> String {
    let document = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", at, "--json"]).ends(0).json();
    let buckets = document["accounts"][0]["buckets"].as_array().unwrap().clone();
    buckets.into_iter().find(|other| other["id"] == name).unwrap()["remaining"].to_string()
}

#[test]
fn l01_a_grant_that_is_dated_ahead_can_be_reversed_from_its_recording_on() {
    let mut fixture = Fixture::hand_kept();
    let grant =
        ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "70", "--at", "2026-12-24", "--ref", "gift"];
    fixture.run(&grant).ends(0);
    assert_eq!(bucket(&fixture, "2026-12-25", "purchased"), "70");
    let reverse = ["ledger", "reverse", "-a", "dealer", "--reverses", "gift"];
    fixture
        .run(&[&reverse[..], &["--at", "2026-11-19"]].concat())
        .ends(2)
        .says(&["before gift was recorded (2026-11-20T09:00:00Z)", "date it at or after that"]);
    fixture.run(&reverse).ends(0);
    for at in ["2026-11-21", "2026-12-25", "2027-06-01"] {
        assert_eq!(bucket(&fixture, at, "purchased"), "0", "{at}: it never comes");
    }
    fixture.run(&["ledger", "verify"]).ends(0);
    fixture.run(&reverse).ends(1).says(&["reversed already"]);
    // Its day comes, and what is recorded then is not changed by it.
    fixture.now = "2026-12-26T00:00:00Z".to_owned();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1"]).ends(0);
    assert_eq!(bucket(&fixture, "2026-12-26", "purchased"), "0");
    fixture.run(&["ledger", "verify"]).ends(0);
    let journal = fixture.run(&["ledger", "export", "--format", "hledger"]).ends(0).out;
    assert!(!journal.contains("70 credits"), "{journal}");
}

#[test]
fn l01_anything_else_is_reversed_at_or_after_its_own_instant() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--at", "2026-11-18", "--ref", "s"]).ends(0);
    let reverse = ["ledger", "reverse", "-a", "dealer", "--reverses", "s", "--at"];
    fixture.run(&[&reverse[..], &["2026-11-17"]].concat()).ends(2).says(&["before s itself (2026-11-18T00:00:00Z)"]);
    fixture.run(&[&reverse[..], &["2026-11-18"]].concat()).ends(0);
}

#[test]
fn e03_a_spend_beyond_what_there_is_says_what_is_not_covered() {
    let fixture = Fixture::hand_kept();
    let run = fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "999,999", "--ref", "slip"]).ends(0);
    assert!(run.out.starts_with("recorded spend slip"), "{}", run.out);
    assert!(run.err.contains("998999 credits of it are not covered"), "{}", run.err);
    assert!(run.err.contains("reverse slip"), "{}", run.err);
    let again = fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "999,999", "--ref", "slip"]).ends(0);
    assert_eq!(again.err, "", "nothing was recorded this time");
    let fixture = Fixture::hand_kept();
    assert_eq!(fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "999"]).ends(0).err, "");
}

#[test]
fn l02_a_line_without_a_ref_is_not_doubled_without_a_word() {
    let fixture = Fixture::hand_kept();
    let line = |day: u8| format!(r#"{{"kind":"spend","account":"dealer","at":"2026-11-{day}","amount":1}}"#);
    let file = fixture.write("a.jsonl", format!("{}\n{}\n", line(16), line(17)));
    let first = fixture.run(&["ledger", "import", &file]).ends(0);
    assert_eq!(first.err, "");
    let more = fixture.write("b.jsonl", format!("{}\n{}\n{}\n", line(16), line(17), line(18)));
    let again = fixture.run(&["ledger", "import", &more]).ends(0);
    assert!(again.err.contains("2 lines without a ref") && again.err.contains("(lines 1, 2)"), "{}", again.err);
    assert!(again.err.contains("--refs-from-content"), "{}", again.err);
}

#[test]
fn l02_refs_from_content_make_an_import_repeatable() {
    let fixture = Fixture::hand_kept();
    let line = r#"{"kind":"spend","account":"dealer","at":"2026-11-16T08:00:00Z","action":"replace-background","quantity":1}"#;
    let import = |file: &str| fixture.run(&["ledger", "import", file, "--refs-from-content"]).ends(0);
    let twice = fixture.write("a.jsonl", format!("{line}\n{line}\n"));
    assert!(import(&twice).out.ends_with("recorded 2 entries\n"), "two lines that say the same are two spends");
    assert!(import(&twice).out.ends_with("recorded 0 entries; 2 already recorded\n"));
    let thrice = fixture.write("b.jsonl", format!("{line}\n{line}\n{line}\n"));
    let run = import(&thrice);
    assert!(run.out.ends_with("recorded 1 entry; 2 already recorded\n") && run.err.is_empty(), "{run:?}");
}

#[test]
fn a_dry_run_names_no_ref_that_will_never_be() {
    let fixture = Fixture::hand_kept();
    let file = fixture.write("a.jsonl", r#"{"kind":"spend","account":"dealer","at":"2026-11-16T08:00:00Z","amount":3}"#);
    let out = fixture.run(&["ledger", "import", &file, "--dry-run"]).ends(0).out;
    assert_eq!(out, "would record spend in dealer: 3\nwould record 1 entry\n");
}

#[test]
fn a_limit_keeps_the_order_of_recording() {
    let fixture = Fixture::hand_kept();
    for reference in ["a", "b", "c", "d"] {
        fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", reference]).ends(0);
    }
    let refs = |more: &[&str]| {
        let list = fixture.run(&[&["ledger", "list", "--json"], more].concat()).ends(0).json();
        list["entries"].as_array().unwrap().iter().map(|entry| entry["ref"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(
        (refs(&[]), refs(&["--limit", "2"]), refs(&["--limit", "2", "--offset", "2"])),
        ("abcd".into(), "cd".into(), "ab".into())
    );
}

#[test]
fn a_history_reaches_its_end() {
    let fixture = Fixture::hand_kept();
    let history = |more: &[&str]| {
        let out = fixture.run(&[&["ledger", "history", "-a", "dealer", "--csv"], more].concat()).ends(0).out;
        out.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let days = history(&["--from", "2026-11-18"]);
    let expected = ["2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-20T09:00:00Z"];
    assert_eq!(days, expected, "the present is the end");
    assert_eq!(history(&["--from", "2026-11-01", "--to", "2026-11-20", "--step", "1w"]).last().unwrap(), "2026-11-20T00:00:00Z");
    assert_eq!(history(&["--from", "2026-11-18", "--to", "2026-11-20"]).len(), 3, "an end that a step meets is there once");
}

#[test]
fn a06_a_files_days_are_those_of_its_accounts_and_its_amounts_are_read_as_typed() {
    let fixture = Fixture::new(
        &super::fixture::HAND_KEPT.replace("since = 2026-10-15", "since = 2026-10-15\ntime_zone = \"Europe/Berlin\""),
    );
    let file =
        fixture.write("a.csv", "kind,account,at,amount,ref\nspend,dealer,2026-11-18 14:30,12*25,a\nspend,dealer,yesterday,1,b\n");
    let twofold = fixture.write("c.csv", "kind,account,at,amount\nspend,dealer,yesterday,1.000\n");
    fixture
        .run(&["ledger", "import", &twofold])
        .ends(1)
        .says(&["line 2: amount: \"1.000\" is either 1000 or 1.0; write one of these"]);
    fixture.run(&["ledger", "import", &file, "--tz", "Asia/Tokyo"]).ends(0);
    let list = fixture.run(&["ledger", "list", "--json"]).ends(0).json();
    assert_eq!(list["entries"][0]["amount"], 300);
    assert_eq!(list["entries"][0]["at"], "2026-11-18T13:30:00Z");
    assert_eq!(list["entries"][1]["at"], "2026-11-18T23:00:00Z");
    let unknown = fixture.write("b.csv", "kind,account,at,action,quantity\nspend,deeler,2026-11-18,replace-background,1\n");
    fixture
        .run(&["ledger", "import", &unknown])
        .ends(1)
        .says(&["line 2: account: no account \"deeler\"", "did you mean \"dealer\"?"]);
}

/// A provider whose prices and whose credits' worth depend on the plan, and an account that changed its plan on 10 November.
fn of_two_plans() -> Fixture {
    let fixture = Fixture::new(
        "[[account]]\nid = \"press\"\nprovider = \"presses\"\nplan = \"basic\"\nsince = 2026-10-01\n\
         plan_changes = [{ from = 2026-11-10, plan = \"plus\" }]\n",
    );
    std::fs::create_dir(fixture.path("providers")).unwrap();
    let definition = r#"
id = "presses"
name = "Presses"
unit = "credits"
as_of = "2026-11"
sources = [{ what = "made up for this test", grade = "C" }]

[[bucket]]
id = "monthly"
name = "Monthly"
kind = "recurring"
resets = 1
rollover = "none"

[order]
keys = ["rank", "expiry", "grant"]
documented = false
reason = "there is one bucket only"

[[plan]]
id = "basic"
name = "Basic"
quota = { monthly = 200 }
price_per_credit = { amount = "0.10", currency = "USD" }

[[plan]]
id = "plus"
name = "Plus"
quota = { monthly = 1000 }
price_per_credit = { amount = "0.02", currency = "USD" }

[[action]]
id = "print"
name = "Print"
unit = "sheet"
cost = { basic = 5, plus = 1 }
"#;
    fixture.write("providers/presses.toml", definition);
    fixture
}

#[test]
fn e07_a_plan_on_another_day_is_priced_in_credits_and_in_money_by_the_plan_of_that_day() {
    let fixture = of_two_plans();
    let quote = |at: &str| {
        let document = fixture.run(&["quote", "-a", "press", "print=3", "--at", at, "--json"]).ends(0).json();
        let quote = &document["quotes"][0];
        (quote["total"].to_string(), quote["money"]["amount"].to_string(), quote["lines"][0]["unit_cost"].to_string())
    };
    let as_texts = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(quote("2026-11-09T23:59:59Z"), as_texts("15", "1.5", "5"));
    assert_eq!(quote("2026-11-10"), as_texts("3", "0.06", "1"));
    assert_eq!(quote("+2w"), as_texts("3", "0.06", "1"));
    let page = fixture.run(&["quote", "-a", "press", "print=3", "--at", "2026-11-05"]).ends(0).out;
    assert!(page.contains("1.50 USD") && page.contains("Presses Basic"), "{page}");
    let spend = |at: &str| fixture.run(&["ledger", "spend", "-a", "press", "--action", "print", "--at", at]).ends(0).out;
    assert!(spend("2026-11-05").contains(": 5 for print"));
    assert!(spend("2026-11-15").contains(": 1 for print"));
}

#[test]
fn e07_what_runs_after_a_planned_plan_change_is_priced_by_the_plan_of_then() {
    let fixture = of_two_plans();
    let config = "[[account]]\nid = \"press\"\nprovider = \"presses\"\nplan = \"basic\"\nsince = 2026-10-01\n\
                  plan_changes = [{ from = 2026-12-10, plan = \"plus\" }]\n";
    fixture.write("config.toml", config);
    fixture.run(&["ledger", "observe", "-a", "press", "monthly=140"]).ends(0);
    let document = fixture.run(&["quote", "-a", "press", "print=300", "--json"]).json();
    let quote = &document["quotes"][0];
    // 28 of the 140 that are left and 40 of December's 200 at 5 each, the rest of January's 1000 at 1 each.
    let part = |part: &serde_json::Value| format!("{} {}", part["at"].as_str().unwrap(), part["quantity"]);
    let parts: Vec<String> = quote["split"].as_array().unwrap().iter().map(part).collect();
    assert_eq!(parts, ["2026-11-20T09:00:00Z 28", "2026-12-01T00:00:00Z 40", "2027-01-01T00:00:00Z 232"]);
    assert_eq!((&quote["total"], &quote["shortfall"]), (&1500.into(), &1360.into()), "today");
    assert_eq!(quote["affordable_at"], "2027-01-01T00:00:00Z");
}
