//! Checkpoints stay right whoever writes, reads or is killed meanwhile (SPEC E7, L4, L5).

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::chance::{choices, runs};
use crate::fixture::{Fixture, NOW};

/// An instant so many hours before the clock stands, to the second.
fn hours_ago(hours: i64) -> String {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    (now - TimeDelta::hours(hours)).format("%FT%TZ").to_string()
}

/// A ledger with an entry in each of the last so many hours.
fn fixture(hours: i64) -> Fixture {
    let fixture = Fixture::hand_kept();
    let lines = (1..=hours).rev().fold(String::new(), |mut lines, hour| {
        let at = hours_ago(hour);
        let _ = writeln!(lines, r#"{{"kind":"spend","account":"portraits","at":"{at}","amount":0.1,"ref":"h{hour}"}}"#);
        lines
    });
    fixture.run_with(&["ledger", "import", "-"], &lines).ends(0);
    fixture
}

fn kept(fixture: &Fixture) -> i64 {
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    ledger.query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0)).unwrap()
}

#[test]
fn e7_checkpoints_stay_right_among_kills_and_other_processes() {
    let mut random = choices("checkpoints");
    let fixture = fixture(1500);
    let mut most = 0;
    for run in 0..runs() {
        let reference = format!("job-{run}");
        // Mostly late, so that there are checkpoints to void, and sometimes early.
        let at = hours_ago(if random.u8(..4) == 0 { random.i64(0..1500) } else { random.i64(0..100) });
        let target = format!("h{}", random.i64(1..1500));
        let write: Vec<&str> = if random.u8(..4) == 0 {
            vec!["ledger", "reverse", "-a", "portraits", "--reverses", &target, "--ref", &reference]
        } else {
            vec!["ledger", "spend", "-a", "portraits", "--amount", "0.2", "--at", &at, "--ref", &reference]
        };
        let status = ["status", "--offline", "--json"];
        let start = |arguments: &&[&str]| (*arguments == &write[..], fixture.command(arguments).spawn().unwrap());
        let mut children: Vec<_> = [&status[..], &write, &status].iter().map(start).collect();
        std::thread::sleep(Duration::from_micros(random.u64(0..40_000)));
        let (_, mut killed) = children.swap_remove(random.usize(..children.len()));
        killed.kill().unwrap();
        killed.wait().unwrap();
        for (writes, mut child) in children {
            let code = child.wait().unwrap().code();
            // A second reversal of the same entry is refused.
            assert!(code == Some(0) || writes && code == Some(1), "{code:?}");
        }
        most = most.max(kept(&fixture));
        if run % 5 == 4 {
            fixture.run(&["ledger", "verify"]).ends(0);
        }
    }
    assert!(most > 0, "there never was a checkpoint");
    fixture.run(&["ledger", "verify"]).ends(0);
    let by_checkpoint = fixture.run(&["status", "--offline", "--json"]).ends(0).json();
    rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap().execute("DELETE FROM checkpoint", []).unwrap();
    assert_eq!(fixture.run(&["status", "--offline", "--json"]).ends(0).json(), by_checkpoint);
}

#[test]
fn whatever_keeps_a_checkpoint_from_being_kept_costs_no_answer() {
    let fixture = fixture(1200);
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    // Another process that is in the midst of a long write stands for all that keeps a checkpoint from being kept.
    ledger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = fixture.run(&["status", "--offline", "--json"]).ends(0).json();
    ledger.execute_batch("ROLLBACK").unwrap();
    assert_eq!(kept(&fixture), 0);
    assert_eq!(fixture.run(&["status", "--offline", "--json"]).ends(0).json(), first);
    assert!(kept(&fixture) > 0);
}
