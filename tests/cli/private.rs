//! `--private` masks what names somebody, on both streams, whether a command succeeds or fails (SPEC 7).

use std::fs;

use super::fixture::{Fixture, Run, Simulator, finish};

/// In every text that may name somebody.
const CANARY: &str = "canary";

/// Every text field of the configuration and of the ledger holds the canary, or what it would be found by.
fn aviary(simulator: &Simulator) -> Fixture {
    let url = &simulator.url;
    let mut fixture = Fixture::new(&format!(
        "actor = \"canary-actor\"\n
[[account]]
id = \"canary-dealer\"
name = \"Canary Autohaus Ümlaut GmbH\"
customer = \"Canary customer\"
tags = [\"canary-tag\", \"canary-label\"]
provider = \"ai-background-studio\"
plan = \"professional-plus\"
slots = 50
reset_day = 1
since = 2026-10-15

[[account]]
id = \"canary-north\"
name = \"Canary North\"
provider = \"imaginepro\"
key = {{ env = \"CANARY_KEY\" }}
base_url = \"{url}\"
pool = \"canary-pool\"

[[account]]
id = \"canary-south\"
provider = \"imaginepro\"
key = {{ env = \"CANARY_KEY\" }}
base_url = \"{url}\"
pool = \"canary-pool\"

[[account]]
id = \"canary-refused\"
provider = \"photoroom\"
key = {{ env = \"CANARY_WRONG_KEY\" }}
base_url = \"{url}\"

[[account]]
id = \"canary-filed\"
provider = \"photoroom\"
key = {{ file = \"canary-folder/canary.key\" }}
base_url = \"{url}\"

[[account]]
id = \"canary-commanded\"
provider = \"photoroom\"
key = {{ command = [\"canary-program\", \"canary-argument\"] }}
base_url = \"{url}\"
"
    ));
    fixture.variable("CANARY_KEY", "demo-imaginepro-studio");
    fixture.variable("CANARY_WRONG_KEY", "canary-key-itself");
    let note = ["--note", "canary note", "--tag", "canary-entry-tag", "--actor", "canary-other-actor"];
    let entries: [&[&str]; 8] = [
        &["grant", "--bucket", "purchased", "--amount", "100", "--ref", "canary-lot", "--expires-at", "2026-11-22"],
        &["grant", "--bucket", "purchased", "--amount", "100", "--ref", "470815", "--expires-at", "2026-12-24"],
        &["spend", "--amount", "3", "--ref", "canary-spend"],
        &["hold", "--amount", "5", "--ref", "canary-hold"],
        &["capture", "--hold", "canary-hold", "--amount", "2", "--ref", "canary-capture"],
        &["hold", "--amount", "5", "--ref", "4711"],
        &["spend", "--amount", "999999", "--ref", "canary-uncovered"],
        &["spend", "--amount", "1", "--ref", "canary-reversed"],
    ];
    for entry in entries {
        let (kind, rest) = entry.split_first().unwrap();
        fixture.run(&[&["ledger", kind, "-a", "canary-dealer"], rest, note.as_slice()].concat()).ends(0);
    }
    fixture
        .run(&["ledger", "reverse", "-a", "canary-dealer", "--reverses", "canary-reversed", "--ref", "canary-reverse"])
        .ends(0);
    fixture.run(&["status"]).ends(3);
    fixture
}

/// Whether a text holds what names somebody: the canary, the e-mail that the simulator tells, or a ref that is a number.
fn names(text: &str) -> bool {
    let text = text.to_lowercase();
    [CANARY, "example.com", "470815", "4711"].iter().any(|name| text.contains(name))
}

/// The same run, in which nothing names anybody.
#[track_caller]
fn nameless(run: Run) -> Run {
    assert!(!names(&run.out) && !names(&run.err), "stdout: {}\nstderr: {}", run.out, run.err);
    run
}

/// Commands of every sort, and how each ends.
const RUNS: [(i32, &[&str]); 62] = [
    (3, &["status"]),
    (0, &["status", "canary-dealer"]),
    (0, &["status", "canary-north", "canary-south"]),
    (3, &["status", "--offline"]),
    (3, &["status", "canary-refused", "canary-filed", "canary-commanded"]),
    (2, &["status", "canary-deale"]),
    (2, &["status", "Canary Nobody", "Canary Else"]),
    (2, &["status", "--canary"]),
    (2, &["canary"]),
    (2, &["status", "--at", "canary"]),
    (2, &["status", "--now=canary"]),
    (0, &["quote", "-a", "canary-dealer", "replace-background=2"]),
    (0, &["quote", "canary-dealer/replace-background=2", "canary-south/imagine:relax=1", "canary-north/imagine:relax=1"]),
    (0, &["quote", "-a", "canary-refused", "remove-background=2"]),
    (0, &["quote", "--compare", "remove-background=1"]),
    (2, &["quote", "--compare", "canary=1"]),
    (2, &["quote", "-a", "canary-dealer", "canary=1"]),
    (2, &["quote", "-a", "canary-dealer", "canary"]),
    (2, &["quote", "-a", "canary-north", "imagine:canary=1"]),
    (1, &["quote", "-a", "canary-dealer", "replace-background=99999", "--hold", "--ref", "canary-too-much"]),
    (0, &["quote", "-a", "canary-north", "imagine:relax=1", "--hold", "--ref", "canary-quote-hold"]),
    (1, &["quote", "-a", "canary-north", "imagine:relax=2", "--commit", "--ref", "canary-quote-hold"]),
    (3, &["quote", "-a", "canary-refused", "remove-background=2", "--hold"]),
    (3, &["guard", "-a", "canary-refused", "--min", "1"]),
    (0, &["guard", "-a", "canary-north", "--min", "1"]),
    (2, &["guard", "-a", "canary-nobody", "--min", "1"]),
    (2, &["guard", "--min", "1"]),
    (0, &["ledger", "list"]),
    (0, &["ledger", "list", "--ref", "canary-lot"]),
    (0, &["ledger", "list", "--tag", "canary-entry-tag", "--limit", "2"]),
    (0, &["ledger", "list", "--actor", "canary-nobody"]),
    (2, &["ledger", "list", "--kind", "canary"]),
    (0, &["ledger", "balance", "-a", "canary-dealer"]),
    (0, &["ledger", "history", "-a", "canary-dealer"]),
    (2, &["ledger", "history", "-a", "canary"]),
    (0, &["ledger", "verify"]),
    (2, &["ledger", "verify", "--expect", "canary"]),
    (0, &["ledger", "grant", "-a", "canary-dealer", "--bucket", "purchased", "--amount", "1", "--ref", "canary-fresh-lot"]),
    (2, &["ledger", "grant", "-a", "canary-dealer", "--bucket", "canary", "--amount", "1"]),
    (0, &["ledger", "spend", "-a", "canary-dealer", "--amount", "999999", "--ref", "canary-too-much", "--note", "canary"]),
    (0, &["ledger", "spend", "-a", "canary-dealer", "--amount", "2", "--ref", "471177"]),
    (1, &["ledger", "spend", "-a", "canary-dealer", "--amount", "4", "--ref", "canary-spend"]),
    (2, &["ledger", "spend", "-a", "canary-dealer", "--amount", "canary"]),
    (0, &["ledger", "spend", "-a", "canary-dealer", "--amount", "1", "--ref", "canary with spaces"]),
    (1, &["ledger", "release", "-a", "canary-dealer", "--hold", "canary-no-hold"]),
    (0, &["ledger", "release", "-a", "canary-dealer", "--hold", "canary-hold"]),
    (0, &["ledger", "release", "-a", "canary-dealer", "--hold", "4711"]),
    (1, &["ledger", "reverse", "-a", "canary-dealer", "--reverses", "canary-reversed"]),
    (0, &["ledger", "adjust", "-a", "canary-dealer", "--bucket", "purchased", "--amount", "1", "--ref", "canary-adjust"]),
    (0, &["ledger", "observe", "-a", "canary-dealer", "purchased=50", "--ref", "canary-observe"]),
    (3, &["ledger", "hold", "-a", "canary-refused", "--amount", "1", "--ref", "canary-stale"]),
    (0, &["ledger", "import", "canary.jsonl"]),
    (1, &["ledger", "import", "canary-bad.jsonl"]),
    (1, &["ledger", "import", "canary-conflict.csv"]),
    (4, &["ledger", "import", "canary-missing.jsonl"]),
    (0, &["accounts", "list"]),
    (3, &["accounts", "test"]),
    (2, &["accounts", "test", "canary"]),
    (2, &["providers", "show", "canary"]),
    (2, &["providers", "check", "canary.toml"]),
    (0, &["config", "check"]),
    (2, &["simulate", "--listen", "canary"]),
];

#[test]
fn spec07_what_succeeds_and_what_fails_names_nobody_under_private() {
    let simulator = Simulator::start(&[]);
    let fixture = aviary(&simulator);
    fixture.write("canary.jsonl", "{\"account\":\"canary-dealer\",\"kind\":\"spend\",\"at\":\"2026-11-19T09:00:00Z\",\"ref\":\"canary-imported\",\"amount\":\"1\",\"note\":\"canary\"}\n");
    fixture.write(
        "canary-bad.jsonl",
        "{\"account\":\"canary-nobody\",\"kind\":\"spend\",\"ref\":\"canary-new\",\"amount\":\"1\",\"canary\":1}\nCanary words\n",
    );
    fixture.write("canary-conflict.csv", "account,kind,at,ref,amount\ncanary-dealer,spend,2026-11-19T09:00:00Z,canary-spend,77\ncanary-dealer,spend,2026-11-19T09:00:00Z,canary bad ref,77\n");
    fixture.write("canary.toml", "id = \"canary\"\nname = \"Canary\"\n[canary]\n");
    fixture.write("answer.json", "{\"email\":\"canary@example.com\"}");
    assert!(names(&fixture.run(&["status", "--offline"]).out), "without --private they are named");
    let mut wrong = Vec::new();
    for (code, arguments) in RUNS {
        let run = fixture.run(&[&["--private"], arguments].concat());
        if names(&run.out) || names(&run.err) {
            wrong.push(format!("{arguments:?} names somebody: {}{}", run.out, run.err));
        }
        if run.code != code {
            wrong.push(format!("{arguments:?} ended {}, not {code}: {}{}", run.code, run.out, run.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    nameless(fixture.run(&["--private", "providers", "list"])).ends(0);
    nameless(fixture.run(&["--private", "providers", "show", "photoroom"])).ends(0);
    nameless(fixture.run(&["--private", "config", "path"])).ends(0);
    nameless(fixture.run(&["--private", "config", "init"])).ends(2);
    nameless(fixture.run(&["--private", "status", "--config", "canary-nowhere.toml"]));
    nameless(fixture.run(&["--private", "status", "--data-dir", "canary.toml/canary"]));
}

#[test]
fn spec07_accounts_are_told_apart_by_their_place_under_private() {
    let simulator = Simulator::start(&[]);
    let fixture = aviary(&simulator);
    let page = nameless(fixture.run(&["status", "canary-south", "canary-dealer", "--private"])).ends(0).out;
    assert!(page.contains("\nAccount 3") && page.contains("\nAccount 1"), "{page}");
    // What names nobody stays, and figures are as they are without it.
    let plain = fixture.run(&["status", "canary-south", "canary-dealer"]).ends(0).out;
    let digits = |page: &str| page.split_whitespace().filter(|word| word.contains("2600")).count();
    assert_eq!(digits(&page), digits(&plain), "{page}{plain}");
    assert!(page.contains("AI Background Studio Professional Plus"), "{page}");
    let header = |page: &str| page.lines().nth(1).unwrap().to_owned();
    let column = page.lines().find(|line| line.starts_with("Account 1")).unwrap().find("ok").or(Some(0));
    assert!(header(&page).contains("State") && column.is_some(), "{page}");
}

#[test]
fn spec07_a_configuration_or_a_ledger_that_is_broken_names_nobody_under_private() {
    let simulator = Simulator::start(&[]);
    let fixture = aviary(&simulator);
    for broken in [
        "[[account]]\nid = \"canary\"\nname = \"Canary\"\ncustomer = 7\nplan = \"canary\"\nprovider = \"canaries\"\n",
        "id = \"canary\nname = canary",
    ] {
        fixture.write("config.toml", broken);
        for command in [&["status"][..], &["config", "check"], &["accounts", "list"], &["ledger", "verify"]] {
            nameless(fixture.run(&[&["--private"], command].concat()));
        }
        // The dashboard fails before it draws.
        nameless(fixture.run(&["--private"])).ends(2);
    }
    fs::remove_file(fixture.path("config.toml")).unwrap();
    nameless(fixture.run(&["--private", "ledger", "list"]));
}

#[test]
fn spec07_data_for_programs_is_refused_under_private_before_anything_happens() {
    let fixture = Fixture::hand_kept();
    let data: [&[&str]; 8] = [
        &["status", "--json"],
        &["status", "--csv"],
        &["quote", "-a", "dealer", "replace-background=1", "--hold", "--json"],
        &["ledger", "list", "--json"],
        &["ledger", "balance", "-a", "dealer", "--json"],
        &["ledger", "history", "-a", "dealer", "--csv"],
        &["ledger", "export"],
        &["ledger", "export", "--output", "out.jsonl"],
    ];
    for arguments in data {
        let run = fixture.run(&[arguments, &["--private"]].concat()).ends(2);
        run.says(&["--private masks what people read", "leave out --private"]);
    }
    assert!(!fixture.path("data").exists() && !fixture.path("out.jsonl").exists(), "nothing is recorded or written");
}

#[test]
fn spec07_a_configuration_that_is_read_only_once_is_refused_under_private() {
    let fixture = Fixture::hand_kept();
    let mut shell = std::process::Command::new("bash");
    let program = env!("CARGO_BIN_EXE_creditop");
    let script = format!("exec {program} --private --config <(cat config.toml) --data-dir data status");
    let run = finish(
        shell
            .args(["-c", &script])
            .current_dir(fixture.path(""))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap(),
    );
    run.ends(4).says(&["--private", "regular file"]);
}
