//! Ledgers of past formats (SPEC L6).
//!
//! `tests/fixtures/ledgers` holds real ones: `vN.db` was written by a release of format N, by its own commands, and holds entries of
//! every kind and the observations of a polled account. Beside it stands what that release said of it: `vN.jsonl` is its export,
//! `vN.balances.json` what was left at some instants. A change of the format adds the last ledger of the format before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::chance::{choices, runs};
use crate::fixture::{Fixture, HAND_KEPT};
use crate::recording::{Folder, bytes};

/// Where the fixtures are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledgers")
}

fn older_ledger(format: i64, ending: &str) -> Vec<u8> {
    let path = folder().join(format!("v{format}.{ending}"));
    fs::read(&path).unwrap_or_else(|error| panic!("a ledger of every past format must be kept: {}: {error}", path.display()))
}

fn number(file: &Path, pragma: &str) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
}

/// The format of this release.
fn current() -> i64 {
    let folder = Folder::new();
    drop(creditop::store::Ledger::open(&folder.data()).unwrap());
    number(&folder.data().join("ledger.db"), "user_version")
}

/// A fixture with the accounts of the fixtures and a ledger.
fn fixture(ledger: &[u8]) -> Fixture {
    let studio = "[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nkey = { env = \"STUDIO_KEY\" }\n";
    let fixture = Fixture::new(&format!("{HAND_KEPT}\n{studio}"));
    fs::create_dir(fixture.path("data")).unwrap();
    fs::write(fixture.path("data").join("ledger.db"), ledger).unwrap();
    fixture
}

/// Whether all that is expected is found: objects may have got more fields.
fn holds(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| holds(found, value)))
        }
        (found, expected) => found == expected,
    }
}

/// Proves that the fixture's ledger says what its own release said.
#[track_caller]
fn says_the_same(fixture: &Fixture, format: i64) {
    fixture.run(&["ledger", "verify"]).ends(0);
    let export = fixture.run(&["ledger", "export", "--format", "jsonl"]).ends(0).out;
    let expected = String::from_utf8(older_ledger(format, "jsonl")).unwrap();
    assert_eq!(export.lines().count(), expected.lines().count());
    for (found, expected) in export.lines().zip(expected.lines()) {
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        assert!(holds(&parse(found), &parse(expected)), "{found}\nis not\n{expected}");
    }
    let balances: Value = serde_json::from_slice(&older_ledger(format, "balances.json")).unwrap();
    for expected in balances.as_array().unwrap() {
        let (account, at) = (expected["account"].as_str().unwrap(), expected["at"].as_str().unwrap());
        let document = fixture.run(&["ledger", "balance", "-a", account, "--at", at, "--json"]).ends(0).json();
        let found = &document["accounts"][0];
        assert_eq!(found["held"], expected["held"], "{account} at {at}");
        for (bucket, remaining) in expected["remaining"].as_object().unwrap() {
            let buckets = found["buckets"].as_array().unwrap();
            let found = buckets.iter().find(|other| other["id"] == bucket.as_str()).unwrap();
            assert_eq!(&found["remaining"], remaining, "{bucket} of {account} at {at}");
        }
    }
}

#[test]
fn l6_a_ledger_of_every_past_format_says_the_same_after_a_backup_was_made() {
    let current = current();
    for format in 1..=current {
        // The format of this release need not be kept yet.
        if format == current && !folder().join(format!("v{format}.db")).exists() {
            continue;
        }
        let old = older_ledger(format, "db");
        let fixture = fixture(&old);
        let (ledger, backup) = (fixture.path("data/ledger.db"), fixture.path(&format!("data/ledger.db.backup-v{format}")));
        assert_eq!(number(&ledger, "user_version"), format, "the fixture is of its format");
        says_the_same(&fixture, format);
        if format == current {
            assert!(bytes(&fixture.path("data")) == [(ledger, old)], "reading changed a ledger of today's format");
            continue;
        }
        assert_eq!((number(&ledger, "user_version"), number(&backup, "user_version")), (current, format));
        // Whoever goes back to the backup has all of it, and can come forward again.
        let again = self::fixture(&fs::read(backup).unwrap());
        says_the_same(&again, format);
        // The ledger goes on.
        fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "after"]).ends(0);
        fixture.run(&["ledger", "reverse", "-a", "portraits", "--reverses", "p-1", "--ref", "undone"]).ends(0);
        fixture.run(&["ledger", "verify"]).ends(0);
    }
}

#[test]
fn l6_a_kill_while_a_ledger_is_brought_up_to_date_loses_nothing() {
    let mut random = choices("killed migrations");
    let current = current();
    for format in 1..=current {
        if format == current && !folder().join(format!("v{format}.db")).exists() {
            continue;
        }
        for _ in 0..runs().div_ceil(10) {
            let fixture = fixture(&older_ledger(format, "db"));
            let mut list = fixture.command(&["ledger", "list"]).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(random.u64(0..25_000)));
            list.kill().unwrap();
            list.wait().unwrap();
            says_the_same(&fixture, format);
            assert_eq!(number(&fixture.path("data/ledger.db"), "user_version"), current);
            // A backup that has its name is whole; one that was not finished has another.
            let backup = fixture.path(&format!("data/ledger.db.backup-v{format}"));
            assert_eq!(backup.exists(), format < current);
        }
    }
}
