//! Who records, and what may be recorded at all (SPEC L9, 8).

use super::fixture::{Fixture, HAND_KEPT};

const SPEND: [&str; 6] = ["ledger", "spend", "-a", "dealer", "--amount", "1"];

/// Who recorded the entry with that ref.
fn actor(fixture: &Fixture, reference: &str) -> serde_json::Value {
    let list = fixture.run(&["ledger", "list", "--ref", reference, "--json"]).ends(0).json();
    list["entries"][0]["actor"].clone()
}

#[test]
fn l09_every_entry_carries_an_actor_from_the_nearest_place_that_names_one() {
    let mut fixture = Fixture::hand_kept();
    let spend = |fixture: &Fixture, reference: &str, more: &[&str]| {
        fixture.run(&[&SPEND[..], &["--ref", reference], more].concat()).ends(0);
        actor(fixture, reference)
    };
    fixture.variable("USER", "sys");
    assert_eq!(spend(&fixture, "a", &[]), "sys", "the system's user");
    fixture.write("config.toml", format!("actor = \"conf\"\n{HAND_KEPT}"));
    assert_eq!(spend(&fixture, "b", &[]), "conf");
    fixture.variable("CREDITOP_ACTOR", "env");
    assert_eq!(spend(&fixture, "c", &[]), "env");
    assert_eq!(spend(&fixture, "d", &["--actor", "ann"]), "ann");
    // Where no session tells the user's name, as under cron, the system's list of users does.
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let bare = Fixture::hand_kept();
    assert_eq!(spend(&bare, "e", &[]), String::from_utf8(user.stdout).unwrap().trim());
    // Saying the same again is no conflict, whoever says it (L2).
    assert!(fixture.run(&[&SPEND[..], &["--ref", "a"]].concat()).ends(0).out.starts_with("already recorded"));
    // The filter is what was typed, not what the variable names.
    let listed = |more: &[&str]| {
        let list = fixture.run(&[&["ledger", "list", "--json"], more].concat()).ends(0).json();
        list["entries"].as_array().unwrap().len()
    };
    assert_eq!((listed(&[]), listed(&["--actor", "ann"]), listed(&["--actor", "sys"])), (4, 1, 1));
    let table = fixture.run(&["ledger", "list"]).ends(0).out;
    assert!(table.contains("by ann") && table.contains("by conf"), "{table}");
    fixture.run(&[&SPEND[..], &["--actor", " "]].concat()).ends(2).says(&["names nobody"]);
}

#[test]
fn l09_a_line_of_a_file_keeps_its_actor_and_one_without_has_the_importers() {
    let fixture = Fixture::hand_kept();
    let line = |reference: &str, actor: &str| {
        format!(r#"{{"kind":"spend","account":"dealer","at":"2026-11-19T10:00:00Z","amount":1,"ref":"{reference}"{actor}}}"#)
    };
    let file = fixture.write("a.jsonl", format!("{}\n{}\n", line("a", r#","actor":"bob""#), line("b", "")));
    fixture.run(&["ledger", "import", &file, "--actor", "ann"]).ends(0);
    assert_eq!((actor(&fixture, "a"), actor(&fixture, "b")), ("bob".into(), "ann".into()));
}

#[test]
fn l09_a_team_refuses_an_entry_without_a_named_actor() {
    let mut fixture = Fixture::new(&format!("team = true\n{HAND_KEPT}"));
    fixture.variable("USER", "sys");
    fixture.run(&SPEND).ends(2).says(&["names who recorded it", "hint: ", "--actor"]);
    fixture.run(&["ledger", "list"]).ends(0);
    fixture.run(&[&SPEND[..], &["--actor", "ann"]].concat()).ends(0);
    let line = r#"{"kind":"spend","account":"dealer","at":"2026-11-19T10:00:00Z","amount":1,"ref":"a"}"#;
    let file = fixture.write("a.jsonl", line);
    fixture.run(&["ledger", "import", &file]).ends(1).says(&["line 1: actor:"]);
    fixture.write("config.toml", format!("team = true\nactor = \"bob\"\n{HAND_KEPT}"));
    fixture.run(&["ledger", "import", &file]).ends(0);
    assert_eq!(actor(&fixture, "a"), "bob");
}

#[test]
fn l09_lists_and_exports_say_when_an_entry_was_recorded_where_that_differs() {
    let fixture = Fixture::hand_kept();
    fixture.run(&[&SPEND[..], &["--ref", "late", "--at", "2026-11-18", "--actor", "ann"]].concat()).ends(0);
    fixture.run(&[&SPEND[..], &["--ref", "now", "--actor", "ann"]].concat()).ends(0);
    let table = fixture.run(&["ledger", "list"]).ends(0).out;
    let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("late").contains("recorded 2026-11-20 09:00"), "{table}");
    assert!(!row(" now ").contains("recorded 2026"), "{table}");
    for format in ["jsonl", "csv", "hledger"] {
        let file = fixture.run(&["ledger", "export", "--format", format]).ends(0).out;
        assert!(file.contains("ann") && file.contains("2026-11-20T09:00:00Z"), "{file}");
    }
}

#[test]
fn read_only_records_nothing_and_asks_nobody() {
    let simulator = super::fixture::Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture.run(&["status"]).ends(0);
    let before = std::fs::read(fixture.path("data/ledger.db")).unwrap();
    fixture.run(&[&SPEND[..], &["--read-only"]].concat()).ends(2).says(&["--read-only", "hint: "]);
    let file = fixture.write("a.jsonl", r#"{"kind":"spend","account":"dealer","at":"2026-11-19T10:00:00Z","amount":1}"#);
    fixture.run(&["ledger", "import", &file, "--read-only"]).ends(2).says(&["--read-only"]);
    fixture.run(&["accounts", "test", "--read-only"]).ends(2).says(&["--read-only"]);
    let hold = ["quote", "-a", "dealer", "replace-background=1", "--hold", "--read-only"];
    assert_eq!(fixture.run(&hold).ends(2).out, "");
    assert!(
        fixture.run(&["status", "studio", "--read-only", "--json"]).out.contains(r#""total":2600"#),
        "what is stored is shown"
    );
    for reading in [&["ledger", "list"][..], &["ledger", "verify"], &["ledger", "balance", "-a", "dealer"], &["ledger", "export"]]
    {
        fixture.run(&[reading, &["--read-only"]].concat()).ends(0);
    }
    assert_eq!(std::fs::read(fixture.path("data/ledger.db")).unwrap(), before);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"], serde_json::json!([]));
}
