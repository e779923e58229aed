use serde_json::json;

use super::fixture::Fixture;

fn balance(fixture: &Fixture, bucket: &str, at: &str) -> serde_json::Value {
    let document = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", at, "--json"]).ends(0).json();
    let buckets = document["accounts"][0]["buckets"].as_array().unwrap().clone();
    buckets.into_iter().find(|other| other["id"] == bucket).unwrap()["remaining"].clone()
}

#[test]
fn every_kind_of_entry_can_be_recorded() {
    let fixture = Fixture::hand_kept();
    let record = |arguments: &[&str]| fixture.run(&[&["ledger"], arguments, &["--account", "dealer"]].concat()).ends(0).out;
    let grant = ["grant", "--bucket", "purchased", "--amount", "500", "--at", "2026-03-01", "--ref", "inv-1"];
    assert_eq!(record(&grant), "recorded grant inv-1 in dealer: 500 to purchased\n");
    let labels = ["--note", "first job", "--actor", "ann", "--tag", "north", "--tag", "prod", "--ref", "job-7"];
    record(&[&["spend", "--action", "replace-background", "--quantity", "3"], labels.as_slice()].concat());
    record(&["spend", "--amount", "2.5"]);
    record(&["hold", "--amount", "50", "--expires-at", "2026-12-24", "--ref", "plan-1"]);
    record(&["capture", "--hold", "plan-1", "--amount", "20"]);
    record(&["release", "--hold", "plan-1"]);
    record(&["adjust", "--bucket", "purchased", "--amount", "-3"]);
    record(&["reverse", "--reverses", "job-7"]);
    let observed = record(&["observe", "monthly=320", "purchased=50", "--ref", "page-1"]);
    assert!(observed.contains("page-1-monthly") && observed.contains("page-1-purchased"), "{observed}");
    record(&["observe", "--bucket", "purchased", "--remaining", "40"]);
    let list = fixture.run(&["ledger", "list", "--json"]).ends(0).json();
    let kinds: Vec<&str> = list["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["grant", "spend", "spend", "hold", "capture", "release", "adjust", "reverse", "observe", "observe", "observe"]
    );
    assert_eq!(list["entries"][1]["tags"], json!(["north", "prod"]));
    assert_eq!(balance(&fixture, "purchased", "2026-11-20"), json!(500), "before today's entries");
    assert_eq!(balance(&fixture, "purchased", "2026-11-21"), json!(40));
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn l2_the_same_ref_is_recorded_once_or_conflicts() {
    let fixture = Fixture::hand_kept();
    let spend = |quantity| {
        fixture.run(&["ledger", "spend", "-a", "dealer", "--action", "re-apply", "--quantity", quantity, "--ref", "job-7"])
    };
    assert!(spend("3").ends(0).out.starts_with("recorded spend job-7"));
    assert!(spend("3").ends(0).out.starts_with("already recorded: spend job-7"));
    spend("4").ends(1).says(&["already recorded with quantity 3, not 4", "hint: "]);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn l2_a_generated_ref_is_printed_and_can_be_reversed() {
    let fixture = Fixture::hand_kept();
    let out = fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "5"]).ends(0).out;
    let reference = out.split(' ').nth(2).unwrap();
    fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", reference]).ends(0);
    fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", reference]).ends(1).says(&["reversed already"]);
}

#[test]
fn a_spend_by_the_price_list_needs_a_price() {
    let simulator = super::fixture::Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture.run(&["ledger", "spend", "-a", "studio", "--action", "face-swap"]).ends(2).says(&[
        "the price of Face swap is not known",
        "publishes no price",
        "face-swap",
    ]);
    let out = fixture.run(&["ledger", "spend", "-a", "studio", "--action", "imagine:relax", "--quantity", "2"]).ends(0).out;
    assert!(out.contains(": 10 for imagine"), "{out}");
}

#[test]
fn only_grants_may_be_dated_after_now() {
    let fixture = Fixture::hand_kept();
    let later = ["--at", "2027-01-01"];
    fixture
        .run(&[&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "5"], later.as_slice()].concat())
        .ends(0);
    let spend = fixture.run(&[&["ledger", "spend", "-a", "dealer", "--amount", "5"], later.as_slice()].concat());
    spend.ends(2).says(&["in the future", "only grants"]);
    assert_eq!(balance(&fixture, "purchased", "2027-01-02"), json!(5));
}

#[test]
fn l8_an_export_comes_back_as_it_was() {
    let fixture = Fixture::hand_kept();
    for arguments in [
        vec![
            "grant",
            "--bucket",
            "purchased",
            "--amount",
            "500.25",
            "--expires-at",
            "never",
            "--ref",
            "=1+1",
            "--note",
            "a, \"b\"",
        ],
        vec!["spend", "--action", "replace-background", "--quantity", "3", "--tag", "x"],
        vec!["hold", "--amount", "5", "--expires-at", "2026-12-01T10:00:00+01:00"],
    ] {
        fixture.run(&[&["ledger"], arguments.as_slice(), &["-a", "dealer"]].concat()).ends(0);
    }
    for format in ["csv", "jsonl"] {
        let export = fixture.run(&["ledger", "export", "--format", format]).ends(0).out;
        if format == "csv" {
            assert!(!export.contains(",=1+1"), "a formula: {export}");
        }
        let fresh = Fixture::hand_kept();
        let file = fresh.write(&format!("export.{format}"), &export);
        let dry = fresh.run(&["ledger", "import", &file, "--dry-run"]).ends(0).out;
        assert_eq!(dry, "would record 3 entries\n");
        fresh.run(&["ledger", "import", &file]).ends(0);
        let again = fresh.run(&["ledger", "import", &file]).ends(0).out;
        assert_eq!(again, "recorded 0 entries; 3 already recorded\n");
        assert_eq!(fresh.run(&["ledger", "export", "--format", format]).ends(0).out, export);
    }
}

#[test]
fn l4_an_import_lists_every_bad_line_and_writes_nothing() {
    let fixture = Fixture::hand_kept();
    let lines = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500,"ref":"inv-1"}
{"kind":"grant","account":"dealr","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500,"ref":"inv-2"}
not json
{"kind":"spend","account":"dealer","at":"2026-02-30T00:00:00Z","amount":3,"ref":"job-1"}
{"kind":"spend","account":"dealer","at":"2026-03-02T00:00:00Z","amount":1234567890123456789012345678901234567890,"ref":"job-2"}
{"kind":"spend","account":"dealer","at":"2026-03-02T00:00:00Z","action":"replace-backgroud","quantity":3,"ref":"job-3"}
"#;
    let run = fixture.run_with(&["ledger", "import", "-"], lines).ends(1);
    let run = run.says(&["nothing was imported", "line 2:", "line 3:", "line 4:", "line 5:", "line 6:", "replace-background"]);
    assert!(!run.err.contains("line 1:"), "{}", run.err);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"], json!([]));
}

#[test]
fn the_documented_lines_can_be_imported() {
    let fixture = Fixture::hand_kept();
    let lines = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500,"expires_at":"2027-03-01T00:00:00Z","priority":0,"ref":"inv-1"}
{"kind":"spend","account":"dealer","at":"2026-03-02T10:00:00Z","amount":3,"action":"replace-background","quantity":3,"ref":"job-7"}
{"kind":"hold","account":"dealer","at":"2026-03-02T11:00:00Z","amount":50,"expires_at":"2026-03-09T00:00:00Z","ref":"plan-1"}
{"kind":"capture","account":"dealer","at":"2026-03-03T11:00:00Z","hold":"plan-1","amount":20,"ref":"job-8"}
{"kind":"reverse","account":"dealer","at":"2026-03-04T11:00:00Z","reverses":"job-7","ref":"fix-1"}
{"kind":"observe","account":"dealer","at":"2026-03-05T11:00:00Z","bucket":"purchased","remaining":320,"ref":"page-1"}
"#;
    assert_eq!(fixture.run_with(&["ledger", "import", "-"], lines).ends(0).out, "recorded 6 entries\n");
    assert_eq!(balance(&fixture, "purchased", "2026-03-04"), json!(477));
    assert_eq!(balance(&fixture, "purchased", "2026-03-06"), json!(320));
}

#[test]
fn list_can_be_narrowed() {
    let fixture = Fixture::hand_kept();
    for reference in ["a", "b", "c"] {
        fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", reference, "--tag", reference]).ends(0);
    }
    let refs = |arguments: &[&str]| {
        let list = fixture.run(&[&["ledger", "list", "--json"], arguments].concat()).ends(0).json();
        list["entries"].as_array().unwrap().iter().map(|entry| entry["ref"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refs(&["--tag", "b"]), ["b"]);
    assert_eq!(refs(&["--limit", "2"]), ["b", "c"]);
    assert_eq!(refs(&["--kind", "grant"]), [""; 0]);
    assert_eq!(refs(&["--to", "2026-11-20"]), [""; 0]);
    assert!(fixture.run(&["ledger", "list"]).ends(0).out.contains("Account"));
}

#[test]
fn hints_name_what_was_probably_meant() {
    let fixture = Fixture::hand_kept();
    let file = fixture.write(
        "slips.jsonl",
        r#"{"kind":"spend","account":"dealr","at":"2026-11-02T10:00:00Z","amount":1}
{"kind":"adjust","account":"dealer","at":"2026-11-02T10:00:00Z","bucket":"purchsed","amount":1}
{"kind":"observe","account":"dealer","at":"2026-11-02T10:00:00Z","bucket":"purchased","remaining":null}
"#,
    );
    fixture.run(&["ledger", "import", &file]).ends(1).says(&[
        "did you mean \"dealer\"?",
        "did you mean \"purchased\"?",
        "line 3: remaining: the field is null: a number",
    ]);
    let dealer = ["-a", "dealer"];
    let run = |arguments: &[&str]| fixture.run(&[&["ledger"], arguments, &dealer].concat());
    run(&["hold", "--amount", "5", "--ref", "plan-1"]).ends(0);
    run(&["release", "--hold", "plan-1", "--ref", "a"]).ends(0);
    run(&["release", "--hold", "plan-1", "--ref", "b"]).ends(1).says(&["has ended", "nothing is left to do"]);
    run(&["capture", "--hold", "plan-1", "--amount", "1"]).ends(1).says(&["record a spend instead"]);
}

#[test]
fn e03_an_import_says_how_many_spends_are_uncovered_and_by_how_much() {
    let fixture = Fixture::hand_kept();
    let spend = |account: &str, amount: u32, reference: &str| {
        format!(
            "{{\"kind\":\"spend\",\"account\":\"{account}\",\"at\":\"2026-11-20T08:00:00Z\",\"amount\":{amount}{reference}}}\n"
        )
    };
    let lines =
        [spend("dealer", 900, ",\"ref\":\"a\""), spend("dealer", 300, ""), spend("dealer", 50, ""), spend("portraits", 1, "")];
    let run = fixture.run_with(&["ledger", "import", "-"], &lines.concat()).ends(0);
    let warning =
        "warning: 2 spends of dealer are uncovered, by 250 credits in all: no lot could pay them, and later grants don't";
    assert!(run.err.contains(warning) && !run.err.contains("portraits"), "{}", run.err);
    let run = fixture.run_with(&["ledger", "import", "-"], &spend("portraits", 1, "")).ends(0);
    assert!(!run.err.contains("uncovered"), "{}", run.err);
    let run = fixture.run_with(&["ledger", "import", "-"], &spend("dealer", 1, ",\"ref\":\"b\"")).ends(0);
    assert!(run.err.contains("warning: 1 spend of dealer is uncovered, by 1 credit in all: no lot could pay it"), "{}", run.err);
}
