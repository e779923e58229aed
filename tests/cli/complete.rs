//! Everything that the ledger is promised to do, on the program itself (SPEC 4).

use serde_json::{Value, json};

use super::fixture::Fixture;

fn account(fixture: &Fixture, account: &str, at: &str) -> Value {
    fixture.run(&["ledger", "balance", "-a", account, "--at", at, "--json"]).ends(0).json()["accounts"][0].clone()
}

fn remaining(fixture: &Fixture, bucket: &str, at: &str) -> Value {
    let buckets = account(fixture, "dealer", at)["buckets"].as_array().unwrap().clone();
    buckets.into_iter().find(|other| other["id"] == bucket).unwrap()["remaining"].clone()
}

fn record(fixture: &Fixture, arguments: &[&str]) {
    fixture.run(&[&["ledger"], arguments, &["--account", "dealer"]].concat()).ends(0);
}

#[test]
fn e7_a_back_dated_entry_counts_from_its_own_instant() {
    let fixture = Fixture::hand_kept();
    let grant = ["grant", "--bucket", "purchased", "--amount", "100", "--at", "2026-11-02", "--ref", "a"];
    record(&fixture, &grant);
    record(&fixture, &["spend", "--amount", "1040", "--at", "2026-11-10", "--ref", "job"]);
    assert_eq!(remaining(&fixture, "purchased", "2026-11-20"), json!(60));
    record(&fixture, &["spend", "--amount", "30", "--at", "2026-11-05", "--ref", "forgotten"]);
    assert_eq!(remaining(&fixture, "monthly", "2026-11-06"), json!(500));
    assert_eq!(remaining(&fixture, "promotional", "2026-11-06"), json!(470));
    assert_eq!(remaining(&fixture, "purchased", "2026-11-20"), json!(30));
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn e11_holds_end_by_part_captures_a_release_or_their_deadline() {
    let fixture = Fixture::hand_kept();
    let held = |at| {
        let account = account(&fixture, "dealer", at);
        (account["held"].clone(), account["spendable"].clone())
    };
    record(&fixture, &["hold", "--amount", "50", "--at", "2026-11-02", "--expires-at", "2026-11-12", "--ref", "plan"]);
    record(&fixture, &["capture", "--hold", "plan", "--amount", "20", "--at", "2026-11-03", "--ref", "part"]);
    assert_eq!(held("2026-11-02T12:00:00Z"), (json!(50), json!(950)));
    assert_eq!(held("2026-11-04"), (json!(30), json!(950)), "what was captured is spent, the rest stays held");
    assert_eq!(held("2026-11-12"), (json!(0), json!(980)), "the deadline");
    record(&fixture, &["hold", "--amount", "10", "--at", "2026-11-13", "--ref", "other"]);
    record(&fixture, &["release", "--hold", "other", "--at", "2026-11-14", "--ref", "off"]);
    assert_eq!(held("2026-11-13"), (json!(10), json!(970)));
    assert_eq!(held("2026-11-14"), (json!(0), json!(980)));
    let late = ["ledger", "capture", "-a", "dealer", "--hold", "plan", "--amount", "1"];
    fixture.run(&late).ends(1).says(&["has ended"]);
    let much = ["ledger", "hold", "-a", "dealer", "--amount", "981"];
    fixture.run(&much).ends(1).says(&["above the 980 spendable"]);
}

#[test]
fn l1_every_kind_of_entry_can_be_reversed() {
    let fixture = Fixture::hand_kept();
    record(&fixture, &["grant", "--bucket", "purchased", "--amount", "100", "--at", "2026-11-02", "--ref", "grant"]);
    let before = account(&fixture, "dealer", "2026-11-03");
    for (day, entry) in [
        (3, vec!["spend", "--amount", "1050"]),
        (4, vec!["hold", "--amount", "50"]),
        (5, vec!["adjust", "--bucket", "purchased", "--amount", "-7"]),
        (6, vec!["adjust", "--bucket", "monthly", "--amount", "7"]),
        (7, vec!["observe", "monthly=320"]),
        (8, vec!["observe", "purchased=320"]),
    ] {
        let at = format!("2026-11-{day:02}T06:00:00Z");
        let name = format!("entry-{day}");
        record(&fixture, &[entry.as_slice(), &["--at", &at, "--ref", &name]].concat());
        let after = format!("2026-11-{day:02}T07:00:00Z");
        assert_ne!(account(&fixture, "dealer", &after)["spendable"], before["spendable"], "{entry:?}");
        record(&fixture, &["reverse", "--reverses", &name, "--at", &after]);
        assert_eq!(account(&fixture, "dealer", &after)["buckets"], before["buckets"], "{entry:?}");
        assert_eq!(account(&fixture, "dealer", &after)["spendable"], before["spendable"], "{entry:?}");
    }
    record(&fixture, &["hold", "--amount", "50", "--at", "2026-11-10", "--ref", "plan"]);
    record(&fixture, &["capture", "--hold", "plan", "--amount", "20", "--at", "2026-11-11", "--ref", "part"]);
    record(&fixture, &["reverse", "--reverses", "part", "--at", "2026-11-12"]);
    assert_eq!(account(&fixture, "dealer", "2026-11-12")["held"], json!(50));
    record(&fixture, &["release", "--hold", "plan", "--at", "2026-11-13", "--ref", "off"]);
    record(&fixture, &["reverse", "--reverses", "off", "--at", "2026-11-14"]);
    assert_eq!(account(&fixture, "dealer", "2026-11-14")["held"], json!(50));
    record(&fixture, &["reverse", "--reverses", "grant", "--at", "2026-11-15"]);
    assert_eq!(remaining(&fixture, "purchased", "2026-11-15"), json!(0));
    fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", "grant"]).ends(1).says(&["reversed already"]);
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn l3_many_accounts_are_observed_from_one_file() {
    let fixture = Fixture::hand_kept();
    let lines = "kind,account,at,bucket,remaining,ref\n\
                 observe,dealer,2026-11-19T00:00:00Z,monthly,320,page-1-monthly\n\
                 observe,dealer,2026-11-19T00:00:00Z,purchased,50,page-1-purchased\n\
                 observe,portraits,2026-11-19T00:00:00Z,bonus,2.5,page-1\n";
    let file = fixture.write("page.csv", lines);
    assert_eq!(fixture.run(&["ledger", "import", &file, "--dry-run"]).ends(0).out, "would record 3 entries\n");
    assert_eq!(remaining(&fixture, "monthly", "2026-11-19"), json!(500));
    assert_eq!(fixture.run(&["ledger", "import", &file]).ends(0).out, "recorded 3 entries\n");
    assert_eq!(remaining(&fixture, "monthly", "2026-11-19"), json!(320));
    assert_eq!(remaining(&fixture, "purchased", "2026-11-19"), json!(50));
    assert_eq!(remaining(&fixture, "promotional", "2026-11-19"), json!(500), "what is not named stays");
    assert_eq!(remaining(&fixture, "monthly", "2026-12-01"), json!(500), "until the reset");
    let bonus = &account(&fixture, "portraits", "2026-11-19")["buckets"];
    assert!(
        bonus.as_array().unwrap().iter().any(|bucket| bucket["id"] == "bonus" && bucket["remaining"] == json!(2.5)),
        "{bonus}"
    );
}

#[test]
fn e12_a_plan_change_counts_from_its_instant_on() {
    let config = super::fixture::HAND_KEPT.replace(
        "since = 2026-10-15",
        "since = 2026-10-15\nplan_changes = [{ from = 2026-11-10, plan = \"professional-plus\", slots = 80 }]",
    );
    let fixture = Fixture::new(&config);
    assert_eq!(remaining(&fixture, "monthly", "2026-11-09"), json!(500));
    assert_eq!(remaining(&fixture, "monthly", "2026-11-11"), json!(500), "what was granted stays until the next reset");
    assert_eq!(remaining(&fixture, "monthly", "2026-12-01"), json!(800));
}

#[test]
fn l4_bad_lines_of_a_table_are_all_reported() {
    let fixture = Fixture::hand_kept();
    let lines = "kind,account,at,bucket,amount,ref\n\
                 grant,dealer,2026-03-01T00:00:00Z,purchased,500,a\n\
                 grant,dealer,1.3.2026,purchased,500,b\n\
                 grant,dealer,2026-03-01T00:00:00Z,purchased,-1,c\n\
                 grnt,dealer,2026-03-01T00:00:00Z,purchased,x,d\n\
                 grant,dealer,2026-03-01T00:00:00Z,purchsed,5,e\n\
                 spend,dealer,2026-03-02T00:00:00Z,,5,a\n\
                 grant,dealer,2026-03-01T00:00:00Z\n";
    let file = fixture.write("bad.csv", lines);
    for run in [
        fixture.run(&["ledger", "import", &file]),
        fixture.run(&["ledger", "import", &file, "--dry-run"]),
        fixture.run_with(&["ledger", "import", "-", "--format", "csv"], lines),
    ] {
        let bad =
            ["line 3: at", "line 4: amount", "line 5: kind", "did you mean \"grant\"", "line 6: bucket", "line 7:", "line 8:"];
        let run = run.ends(1).says(&bad);
        assert!(!run.err.contains("line 2:"), "{}", run.err);
    }
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"], json!([]));
}

#[test]
fn l8_an_export_gives_the_same_balances_elsewhere() {
    let fixture = Fixture::hand_kept();
    record(
        &fixture,
        &["grant", "--bucket", "purchased", "--amount", "0.6336833840314097", "--expires-at", "never", "--priority", "-3"],
    );
    record(&fixture, &["grant", "--bucket", "purchased", "--amount", "12", "--at", "2027-02-01", "--effective-at", "2027-03-01"]);
    record(
        &fixture,
        &["hold", "--amount", "50", "--expires-at", "2026-12-24T01:00:00+01:00", "--ref", "=1+1", "--note=-x, \"y\"; 'z"],
    );
    record(
        &fixture,
        &["capture", "--hold", "=1+1", "--amount", "20", "--ref", "@SUM(1)", "--actor", "+ann", "--tag=-t", "--tag", "b"],
    );
    record(&fixture, &["spend", "--action", "replace-background", "--quantity", "3", "--ref", "'quoted"]);
    record(&fixture, &["observe", "monthly=320"]);
    record(&fixture, &["adjust", "--bucket", "purchased", "--amount", "3"]);
    record(&fixture, &["reverse", "--reverses", "'quoted"]);
    record(&fixture, &["release", "--hold", "=1+1"]);
    for format in ["csv", "jsonl"] {
        let export = fixture.run(&["ledger", "export", "--format", format]).ends(0).out;
        if format == "csv" {
            let cells = export.lines().flat_map(|line| line.split(','));
            let formula = cells
                .map(|cell| cell.trim_matches('"'))
                .find(|cell| cell.starts_with(['=', '+', '@', '\t']) || cell.starts_with('-') && cell.parse::<f64>().is_err());
            assert_eq!(formula, None, "a spreadsheet would run it");
        }
        let fresh = Fixture::hand_kept();
        fresh.run_with(&["ledger", "import", "-", "--format", format], &export).ends(0);
        assert_eq!(fresh.run(&["ledger", "export", "--format", format]).ends(0).out, export, "the same bytes");
        for at in ["2026-11-21", "2027-06-01"] {
            assert_eq!(account(&fresh, "dealer", at), account(&fixture, "dealer", at), "{format}");
        }
        fresh.run(&["ledger", "verify"]).ends(0);
    }
}

#[test]
fn a_list_has_filters_and_pages() {
    let fixture = Fixture::hand_kept();
    let lines = r#"{"kind":"grant","account":"dealer","at":"2026-11-02T00:00:00Z","bucket":"purchased","amount":5,"ref":"a","actor":"ann"}
{"kind":"spend","account":"dealer","at":"2026-11-03T00:00:00Z","amount":5,"ref":"b","actor":"ben","tags":["x","y"]}
{"kind":"spend","account":"portraits","at":"2026-11-04T00:00:00Z","amount":5,"ref":"c","actor":"ann","tags":["y"]}
{"kind":"spend","account":"dealer","at":"2026-11-05T00:00:00Z","amount":5,"ref":"d"}
{"kind":"observe","account":"portraits","at":"2026-11-06T00:00:00Z","bucket":"bonus","remaining":5,"ref":"e"}
"#;
    fixture.run_with(&["ledger", "import", "-"], lines).ends(0);
    let refs = |arguments: &[&str]| {
        let list = fixture.run(&[&["ledger", "list", "--json"], arguments].concat()).ends(0).json();
        list["entries"].as_array().unwrap().iter().map(|entry| entry["ref"].as_str().unwrap().to_owned()).collect::<String>()
    };
    for (arguments, expected) in [
        (vec![], "abcde"),
        (vec!["-a", "dealer"], "abd"),
        (vec!["--kind", "spend"], "bcd"),
        (vec!["--kind", "spend", "-a", "dealer"], "bd"),
        (vec!["--bucket", "bonus"], "e"),
        (vec!["--ref", "c"], "c"),
        (vec!["--actor", "ann"], "ac"),
        (vec!["--tag", "y"], "bc"),
        (vec!["--from", "2026-11-03", "--to", "2026-11-05"], "bc"),
        (vec!["--limit", "2"], "de"),
        (vec!["--limit", "2", "--offset", "2"], "bc"),
        (vec!["--limit", "2", "--offset", "4"], "a"),
        (vec!["--offset", "3"], "de"),
    ] {
        assert_eq!(refs(&arguments), expected, "{arguments:?}");
    }
    fixture.run(&["ledger", "list", "--kind", "spnd"]).ends(2).says(&["did you mean spend?"]);
    fixture.run(&["ledger", "list", "-a", "deler"]).ends(2).says(&["dealer"]);
}

#[test]
fn a_history_has_the_balances_of_each_instant() {
    let fixture = Fixture::hand_kept();
    record(
        &fixture,
        &["grant", "--bucket", "purchased", "--amount", "100.5", "--at", "2026-11-02", "--expires-at", "2026-11-16"],
    );
    record(&fixture, &["spend", "--amount", "1020", "--at", "2026-11-10"]);
    let span = ["ledger", "history", "-a", "dealer", "--from", "2026-11-01", "--to", "2026-12-01", "--step", "1w"];
    let csv = fixture.run(&[span.as_slice(), &["--csv"]].concat()).ends(0).out;
    assert_eq!(
        csv,
        "at,total,promotional,monthly,purchased\n\
         2026-11-01T00:00:00Z,1000,500,500,0\n\
         2026-11-08T00:00:00Z,1100.5,500,500,100.5\n\
         2026-11-15T00:00:00Z,80.5,0,0,80.5\n\
         2026-11-22T00:00:00Z,0,0,0,0\n\
         2026-11-29T00:00:00Z,0,0,0,0\n\
         2026-12-01T00:00:00Z,500,0,500,0\n"
    );
    let document = fixture.run(&[span.as_slice(), &["--json"]].concat()).ends(0).json();
    assert_eq!((&document["schema"], &document["account"]), (&json!("creditop.history.v1"), &json!("dealer")));
    for point in document["points"].as_array().unwrap() {
        let status = account(&fixture, "dealer", point["at"].as_str().unwrap());
        assert_eq!(point["total"], status["total"]);
        for bucket in point["buckets"].as_array().unwrap() {
            let same = status["buckets"].as_array().unwrap().iter().find(|other| other["id"] == bucket["id"]).unwrap();
            assert_eq!(bucket["remaining"], same["remaining"], "{}", point["at"]);
        }
    }
    let out = fixture.run(&["ledger", "history", "-a", "dealer", "--step", "6h"]).ends(0).out;
    assert!(out.starts_with("When") && out.lines().count() == 32, "{out}");
    fixture
        .run(&["ledger", "history", "-a", "dealer", "--from", "2026-12-01", "--to", "2026-11-01"])
        .ends(2)
        .says(&["after --to"]);
    fixture.run(&["ledger", "history", "-a", "dealer", "--from", "1970-01-01", "--step", "1h"]).ends(2).says(&["longer --step"]);
    fixture.run(&["ledger", "history", "-a", "dealer", "--step", "1m"]).ends(2).says(&["1mo"]);
}

#[test]
fn verify_names_the_first_entry_that_breaks_a_rule() {
    let fixture = Fixture::hand_kept();
    record(&fixture, &["grant", "--bucket", "purchased", "--amount", "100", "--ref", "good"]);
    fixture.run(&["ledger", "verify"]).ends(0);
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    let columns = "account, at, recorded_at, kind, bucket, expiry";
    let copy = |reference: &str, amount: &str| {
        let sql = format!(
            "INSERT INTO entry (ref, {columns}, amount, priority, tags) SELECT '{reference}', account, at, recorded_at, kind, bucket, expiry, \
             '{amount}', priority, tags FROM entry WHERE ref = 'good'"
        );
        ledger.execute(&sql, []).unwrap();
    };
    copy("forged", "-5");
    copy("later", "-6");
    let run = fixture.run(&["ledger", "verify"]).ends(1).says(&[
        "entry dealer/forged: it carries no digest: creditop did not record it",
        "dealer: entry \"forged\" (number 2)",
        "a grant of -5",
        "L1",
    ]);
    assert!(!run.err.contains("a grant of -6"), "{}", run.err);
}

#[test]
fn a_quote_over_very_many_lots_lists_those_that_matter() {
    let fixture = Fixture::new("[[account]]\nid = \"g\"\nprovider = \"generic\"\n");
    let grant = |lot: i32| {
        let at = "\"at\":\"2026-11-01T00:00:00Z\"";
        format!("{{\"kind\":\"grant\",\"account\":\"g\",{at},\"bucket\":\"credits\",\"amount\":10,\"ref\":\"lot-{lot:02}\"}}")
    };
    let lines: Vec<String> = (0..60).map(grant).collect();
    fixture.run_with(&["ledger", "import", "-"], &lines.join("\n")).ends(0);
    let page = fixture.run(&["quote", "g/use=25"]).ends(0).out;
    assert!(page.contains("3 Credits · lot-02") && page.contains("6 Credits · lot-05"), "{page}");
    assert!(!page.contains("lot-06") && page.contains("and 54 lots that stay as they are"), "{page}");
    assert_eq!(
        fixture.run(&["quote", "g/use=25", "--json"]).ends(0).json()["quotes"][0]["waterfall"].as_array().unwrap().len(),
        60
    );
    let page = fixture.run(&["status"]).ends(0).out;
    assert!(page.contains("lot-09") && !page.contains("lot-10") && page.contains("and 50 lots more: --json lists all"), "{page}");
}

#[test]
fn a_file_without_a_telling_name_is_read_by_its_first_character() {
    let csv = "kind,account,at,amount,ref\nspend,portraits,2026-11-19T00:00:00Z,1,a\n";
    let lines = "\n  {\"kind\":\"spend\",\"account\":\"portraits\",\"at\":\"2026-11-19T00:00:00Z\",\"amount\":1,\"ref\":\"a\"}\n";
    for text in [csv, lines] {
        let fixture = Fixture::hand_kept();
        assert_eq!(fixture.run_with(&["ledger", "import", "-"], text).ends(0).out, "recorded 1 entry\n");
        let file = fixture.write("entries.txt", text);
        assert_eq!(fixture.run(&["ledger", "import", &file]).ends(0).out, "recorded 0 entries; 1 already recorded\n");
    }
    assert_eq!(Fixture::hand_kept().run_with(&["ledger", "import", "-"], "").ends(0).out, "recorded 0 entries\n");
}

#[test]
fn verify_tells_entries_that_fit_other_settings_from_damage() {
    let fixture = Fixture::hand_kept();
    record(&fixture, &["grant", "--bucket", "purchased", "--amount", "100", "--ref", "g"]);
    let other = "[[account]]\nid = \"dealer\"\nprovider = \"pixpretty\"\nplan = \"plus\"\nsince = 2026-09-20\n";
    fixture.write("config.toml", other);
    let run = fixture.run(&["ledger", "verify"]).ends(1).says(&["dealer has no bucket \"purchased\"", "another provider"]);
    assert!(!run.err.contains("restore"), "{}", run.err);
    // Nor do credits vanish without a word.
    let status = fixture.run(&["status", "--json"]).ends(0).json();
    assert_eq!(status["accounts"][0]["uncounted_buckets"], json!(["purchased"]));
    let why = status["accounts"][0]["why_next"].as_str().unwrap();
    assert!(why.starts_with("Entries name the bucket purchased, and PixPretty does not have it: they are not counted."), "{why}");
    let page = fixture.run(&["status"]).ends(0).out;
    assert!(page.contains("Not counted: entries for purchased, which PixPretty does not have"), "{page}");
}
