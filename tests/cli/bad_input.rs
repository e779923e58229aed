//! The issue's list of bad input: one clear message, what to do, a fitting exit code, no panic, nothing lost.

use super::fixture::{Fixture, HAND_KEPT, Simulator};

const FORTY_DIGITS: &str = "1234567890123456789012345678901234567890";

#[test]
fn unknown_names_get_the_nearest() {
    let fixture = Fixture::hand_kept();
    for (arguments, near) in [
        (vec!["status", "deeler"], "\"dealer\""),
        (vec!["quote", "-a", "deeler", "replace-background=1"], "\"dealer\""),
        (vec!["quote", "deeler/replace-background=1"], "\"dealer\""),
        (vec!["quote", "-a", "dealer", "replace-backgroud=1"], "\"replace-background\""),
        (vec!["quote", "-a", "portraits", "generate-image:nano-bananna-1k=1"], "\"nano-banana-1k\""),
        (vec!["quote", "-a", "portraits", "generate-image=1"], "generate-image:nano-banana-1k"),
        (vec!["quote", "--provider", "fotoroom", "remove-background=1"], "\"photoroom\""),
        (vec!["quote", "--provider", "photoroom", "--plan", "plas", "remove-background=1"], "\"plus\""),
        (vec!["quote", "--provider", "photoroom", "--balance", "image=1", "remove-background=1"], "\"images\""),
        (vec!["guard", "-a", "dealer", "revrt=1"], "\"revert\""),
        (vec!["ledger", "grant", "-a", "dealer", "--bucket", "purchsed", "--amount", "1"], "\"purchased\""),
        (vec!["ledger", "observe", "-a", "dealer", "montly=1"], "\"monthly\""),
        (vec!["ledger", "spend", "-a", "dealer", "--action", "re-aply"], "\"re-apply\""),
        (vec!["ledger", "list", "--kind", "grnt"], "grant"),
        (vec!["ledger", "balance", "-a", "deeler"], "\"dealer\""),
        (vec!["providers", "show", "pixprety"], "\"pixpretty\""),
        (vec!["accounts", "test", "portrait"], "\"portraits\""),
        (vec!["statis"], "status"),
    ] {
        let run = fixture.run(&arguments).ends(2).says(&[near]);
        assert!(run.err.lines().count() <= 8, "one clear message: {}", run.err);
    }
}

#[test]
fn quantities_that_cannot_be() {
    let fixture = Fixture::hand_kept();
    let huge = format!("replace-background={FORTY_DIGITS}");
    for (line, text) in [
        ("replace-background=-1", "negative"),
        ("replace-background=1.5", "whole number"),
        ("replace-background=many", "not a decimal number"),
        ("replace-background=", "not a decimal number"),
        ("replace-background", "ACTION=QUANTITY"),
        (huge.as_str(), "28 digits"),
        ("replace-background=1e30", "28 digits"),
    ] {
        fixture.run(&["quote", "-a", "dealer", line]).ends(2).says(&[text]);
    }
    // Larger than any integer type, and still a number: it is short by exactly that much.
    let run = fixture.run(&["quote", "-a", "dealer", "replace-background=9999999999999999999999999999", "--json"]).ends(0);
    assert!(run.out.contains(r#""shortfall":9999999999999999999999998999"#), "{}", run.out);
    // A cost that 28 digits can't hold.
    fixture.run(&["quote", "-a", "portraits", "ghost-face=9999999999999999999999999999"]).ends(2).says(&["too large", "hint: "]);
}

#[test]
fn amounts_and_dates_that_cannot_be() {
    let fixture = Fixture::hand_kept();
    let spend = ["ledger", "spend", "-a", "dealer"];
    for (arguments, text) in [
        (["--amount", FORTY_DIGITS, "--ref", "a"], "28 digits"),
        (["--amount", "-3", "--ref", "a"], "negative"),
        (["--amount", "3", "--at", "2026-02-30"], "not a day and time that exist"),
        (["--amount", "3", "--at", "2026-02-20T25:00:00Z"], "not a day and time that exist"),
        (["--amount", "3", "--at", "20.11.2026"], "not a day or time; write 2026-11-20"),
        (["--amount", "3", "--at", "-5m"], "-5min or -5mo"),
        (["--amount", "1.000", "--ref", "a"], "either 1000 or 1.0"),
        (["--amount", "3", "--at", "1066-10-14"], "1970"),
        (["--amount", "3", "--ref", "a\u{1b}[31m"], "control character"),
        (["--quantity", "3", "--ref", "a"], "--action"),
    ] {
        fixture.run(&[spend.as_slice(), &arguments].concat()).ends(2).says(&[text]);
    }
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "0"]).ends(2).says(&["not above zero"]);
    fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", "1000.5"]).ends(1).says(&["1000 spendable"]);
    fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", "nothing"]).ends(1).says(&["nothing"]);
    fixture.run(&["status", "--tz", "Europe/Berln"]).ends(2);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).json()["entries"], serde_json::json!([]));
}

#[test]
fn a_bad_configuration_is_told_line_by_line() {
    let fixture = Fixture::hand_kept();
    fixture.write("config.toml", format!("{HAND_KEPT}\nbiling_day = 3\ncolour = \"red\"\n"));
    let run = fixture.run(&["status"]).ends(2).says(&["config.toml:", "biling_day", "colour"]);
    assert!(run.err.contains("billing_day"), "{}", run.err);
    fixture.run(&["config", "check"]).ends(2).says(&["biling_day"]);
    fixture.write("config.toml", b"time_zone = \"\xff\"\n");
    fixture.run(&["status"]).ends(2).says(&["UTF-8"]);
    std::fs::remove_file(fixture.path("config.toml")).unwrap();
    fixture.run(&["status"]).ends(2).says(&["there is no configuration", "config init"]);
    fixture.write("config.toml", "");
    fixture.run(&["status"]).ends(2).says(&["no account is configured"]);
}

#[test]
fn keys_that_are_missing_or_broken() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.variables.retain(|(name, _)| name != "STUDIO_KEY");
    let run = fixture.run(&["status", "studio"]).ends(3);
    assert!(run.out.contains("No key: ") && run.out.contains("STUDIO_KEY"), "{}", run.out);
    fixture.variable("STUDIO_KEY", "canary-one\ncanary-two");
    let run = fixture.run(&["status", "studio"]).ends(3);
    assert!(run.out.contains("No key: ") && !run.out.contains("canary"), "{}", run.out);
}

#[test]
fn files_that_cannot_be_used() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "import", "nowhere.jsonl"]).ends(4).says(&["can't read nowhere.jsonl", "hint: "]);
    fixture.run(&["providers", "check", "nowhere.toml"]).ends(4).says(&["can't read nowhere.toml"]);
    let fixture = Fixture::hand_kept();
    // A file where the folder should be is as bad as a folder that can't be written, also for root.
    fixture.write("data", "not a folder");
    fixture.run(&["status"]).ends(4).says(&["hint: "]);
    assert_eq!(std::fs::read_to_string(fixture.path("data")).unwrap(), "not a folder");
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1"]).ends(0);
    std::fs::write(fixture.path("data/ledger.db"), "this is no database at all, but long enough to be looked at".repeat(50))
        .unwrap();
    fixture.run(&["status"]).ends(4).says(&["not a ledger", "hint: "]);
}

#[cfg(unix)]
#[test]
fn a_read_only_data_folder_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::hand_kept();
    let folder = fixture.path("data");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let may_all_the_same = std::fs::write(folder.join("probe"), "").is_ok();
    let run = fixture.run(&["status"]);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    // Root may write everywhere; for everybody else it is one clear message.
    if !may_all_the_same {
        run.ends(4).says(&["hint: "]);
    }
}

#[test]
fn s13_refs_that_look_alike_are_told_apart() {
    let fixture = Fixture::hand_kept();
    let spend = |reference: &str| fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", reference]);
    spend("ab").ends(0);
    spend("a\u{202e}b").ends(2).says(&["ref: \"a\\u{202e}b\" holds a character that can't be seen", "taken for \"ab\""]);
    spend("Mu\u{308}ller").ends(2).says(&["not in Unicode's form NFC", "taken for \"Müller\""]);
    // One that an earlier release recorded stays, is shown for what it is, and can be answered.
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    let sql = "INSERT INTO entry (account, at, recorded_at, ref, kind, amount, tags) \
               SELECT account, at, recorded_at, 'a' || char(0x202e) || 'b', kind, amount, tags FROM entry";
    ledger.execute(sql, []).unwrap();
    let list = fixture.run(&["ledger", "list"]).ends(0).out;
    assert!(list.contains(" a\\u{202e}b ") && !list.contains('\u{202e}'), "{list}");
    let reversed = fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", "a\u{202e}b", "--ref", "undo"]).ends(0).out;
    assert_eq!(reversed, "recorded reverse undo in dealer: a\\u{202e}b\n");
    let export = fixture.run(&["ledger", "export"]).ends(0).out;
    assert!(export.contains("\"ref\":\"a\u{202e}b\""), "a file gets it to the byte: {export}");
}

#[test]
fn s04_a_table_with_a_bare_carriage_return_is_refused_by_line() {
    let fixture = Fixture::hand_kept();
    let table = "kind,account,at,amount,ref\nspend,dealer,2026-11-01T00:00:00Z,1,a\rspend,dealer,2026-11-01T00:00:00Z,2,b\n";
    fixture.run_with(&["ledger", "import", "--format", "csv", "-"], table).ends(1).says(&["line 2: ", "a carriage return alone"]);
    let json = "\u{feff}{\"kind\":\"spend\",\"account\":\"dealer\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":1,\"ref\":\"a\"}\n";
    assert_eq!(
        fixture.run_with(&["ledger", "import", "-"], json).ends(0).out,
        "recorded 1 entry\n",
        "a mark before the first object"
    );
}
