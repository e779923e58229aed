//! Checkpoints change what an answer costs, never the answer (SPEC E7); what is wrong with them is found and mended.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::fixture::{Fixture, NOW, Simulator};

/// Spends of 0.1 by an account, one an hour, the last of them an hour before the clock stands; `e0` is the first.
fn hours(account: &str, count: i32) -> String {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    (0..count).fold(String::new(), |mut lines, number| {
        let at = (now - TimeDelta::hours(i64::from(count - number))).format("%FT%TZ");
        let _ = writeln!(lines, r#"{{"kind":"spend","account":"{account}","at":"{at}","amount":0.1,"ref":"e{number}"}}"#);
        lines
    })
}

fn status(fixture: &Fixture) -> Value {
    fixture.run(&["status", "--allow-stale", "--offline", "--json"]).ends(0).json()
}

fn checkpoints(fixture: &Fixture) -> i64 {
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    ledger.query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0)).unwrap()
}

/// The answer without any checkpoint.
fn afresh(fixture: &Fixture) -> Value {
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    ledger.execute("DELETE FROM checkpoint", []).unwrap();
    status(fixture)
}

#[test]
fn e7_a_status_leaves_checkpoints_behind_that_later_ones_start_from() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &hours("portraits", 1300)).ends(0);
    assert_eq!(checkpoints(&fixture), 0);
    let first = status(&fixture);
    assert_eq!(checkpoints(&fixture), 2);
    assert_eq!(status(&fixture), first);
    let verified = "the ledger has no flaws: 1300 entries, 0 observations, 2 checkpoints\n";
    assert!(fixture.run(&["ledger", "verify"]).ends(0).out.starts_with(verified));
    // Entries at the end leave them standing; back-dated ones and reversals of early ones do not.
    let spend = |at: &str, reference: &str| {
        fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--at", at, "--ref", reference]).ends(0);
    };
    spend(NOW, "new");
    assert_eq!(checkpoints(&fixture), 2);
    let by_checkpoint = status(&fixture);
    assert_ne!(by_checkpoint, first);
    assert_eq!(afresh(&fixture), by_checkpoint);
    fixture.run(&["ledger", "reverse", "-a", "portraits", "--reverses", "e1250"]).ends(0);
    assert_eq!(checkpoints(&fixture), 1);
    let by_checkpoint = status(&fixture);
    assert_eq!(afresh(&fixture), by_checkpoint);
    spend("2026-10-01", "late");
    assert_eq!(checkpoints(&fixture), 0);
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn e7_e14_a_polled_account_starts_from_them_too_until_its_last_observation() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run_with(&["ledger", "import", "-"], &hours("studio", 1300)).ends(0);
    let polled = fixture.run(&["status", "--json"]).ends(0).json();
    assert_eq!(checkpoints(&fixture), 2);
    fixture.now = "2026-11-20T10:00:00Z".to_owned();
    fixture.run(&["ledger", "spend", "-a", "studio", "--amount", "5"]).ends(0);
    let by_checkpoint = status(&fixture);
    assert_ne!(by_checkpoint["accounts"], polled["accounts"]);
    assert_eq!(afresh(&fixture), by_checkpoint);
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn verify_names_wrong_checkpoints_and_drops_them_when_told_to() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &hours("portraits", 1300)).ends(0);
    let right = status(&fixture);
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    // A checkpoint of other entries, and one that can't be read.
    let other = Fixture::hand_kept();
    let dearer = hours("portraits", 1300).replace("0.1,\"ref\":\"e1200\"", "50,\"ref\":\"e1200\"");
    other.run_with(&["ledger", "import", "-"], &dearer).ends(0);
    status(&other);
    let attach = format!("ATTACH '{}' AS other", other.path("data/ledger.db").display());
    ledger.execute_batch(&attach).unwrap();
    let sql = "UPDATE checkpoint SET state = (SELECT state FROM other.checkpoint o WHERE o.at = checkpoint.at)";
    assert_eq!(ledger.execute(sql, []).unwrap(), 2);
    assert_ne!(status(&fixture), right, "the checkpoint misleads");
    let wrong = fixture.run(&["ledger", "verify"]).ends(1).says(&[
        "has 1 flaw",
        "portraits: the checkpoint at 2026-11-20T08:00:00Z, after entry \"e1299\" (number 1300) is not what its entries come to",
        "(E7)",
        "compare the account with a backup or an export",
        "creditop ledger verify --mend drops the checkpoint",
    ]);
    assert!(!wrong.err.contains("no flaws"), "nobody knows which of them was changed: {}", wrong.err);
    ledger.execute("UPDATE checkpoint SET state = x'07' WHERE entries = 1000", []).unwrap();
    fixture.run(&["ledger", "verify"]).ends(1).says(&["has 2 flaws", "(number 1000) can't be read (E7)"]);
    let mended = fixture.run(&["ledger", "verify", "--mend"]).ends(0).out;
    assert!(
        mended.starts_with("the ledger has no flaws: 1300 entries, 0 observations, 2 wrong checkpoints dropped\n"),
        "{mended}"
    );
    assert_eq!(status(&fixture), right);
    fixture.run(&["ledger", "verify"]).ends(0);
    let sql = "INSERT INTO entry (ref, account, at, recorded_at, kind, amount, tags) SELECT 'forged', account, at, recorded_at, kind, '50', \
               tags FROM entry WHERE ref = 'e1200'";
    // Whoever else records something drops them.
    assert!(checkpoints(&fixture) > 0);
    ledger.execute(&sql.replace("'forged'", "'other'"), []).unwrap();
    assert_eq!(checkpoints(&fixture), 1);
    let by_checkpoint = status(&fixture);
    assert_eq!(afresh(&fixture), by_checkpoint);
}
