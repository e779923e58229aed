//! Several processes at once (SPEC L5, L2).

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use creditop::report::Report;
use creditop::store::{AppendError, Ledger, StoreError};

use crate::child::{Player, ROUNDS};
use crate::fixture::Fixture;
use crate::recording::{Folder, account, bytes, now, proposal, recorded, rules, sound, spends};

const PROCESSES: usize = 8;

#[test]
fn l5_eight_processes_append_and_read_at_once() {
    let folder = Folder::new();
    let names: Vec<String> = (0..PROCESSES).map(|number| format!("writer{number}")).collect();
    let mut players: Vec<Player> = names.iter().map(|name| Player::start("race", &folder.data(), name)).collect();
    for player in &mut players {
        assert_eq!(player.hear().as_deref(), Some("ready"));
    }
    // All of them find no ledger: they make it together.
    for player in &mut players {
        player.tell("go");
    }
    let acknowledged: Vec<Vec<String>> = players.into_iter().map(Player::finish).collect();
    let store = sound(&folder.data());
    for (name, acknowledged) in names.iter().zip(&acknowledged) {
        assert_eq!(acknowledged.len(), ROUNDS);
        assert_eq!(&recorded(&store, &account(name)), acknowledged);
    }
    let shared = recorded(&store, &account("shared"));
    assert_eq!(shared.len(), ROUNDS * PROCESSES);
    assert_eq!(shared.iter().collect::<BTreeSet<_>>(), acknowledged.iter().flatten().collect());
    assert_eq!(
        store.last_seq().unwrap().0,
        i64::try_from(2 * ROUNDS * PROCESSES).unwrap(),
        "no place in the order is left out or used twice"
    );
}

#[test]
fn l5_eight_commands_at_once_are_all_done() {
    let fixture = Fixture::hand_kept();
    for round in 0..2 {
        let spends: Vec<_> = (0..PROCESSES)
            .map(|number| {
                let reference = format!("job-{round}-{number}");
                fixture.command(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", &reference]).spawn().unwrap()
            })
            .collect();
        let lists: Vec<_> = (0..2).map(|_| fixture.command(&["ledger", "balance", "-a", "portraits"]).spawn().unwrap()).collect();
        for child in spends.into_iter().chain(lists) {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(sound(&fixture.path("data")).entries(&account("portraits")).unwrap().len(), 2 * PROCESSES);
}

/// Rounds in which eight processes claim the same ref; what became of each claim.
fn claims(order: &str) -> (Folder, Vec<Vec<String>>) {
    let folder = Folder::new();
    let mut players: Vec<Player> =
        (0..PROCESSES).map(|number| Player::start("claim", &folder.data(), &format!("claimant {number}"))).collect();
    let rounds = (0..12)
        .map(|_| {
            for player in &mut players {
                assert_eq!(player.hear().as_deref(), Some("ready"));
            }
            for player in &mut players {
                player.tell(order);
            }
            players.iter_mut().map(|player| player.hear().unwrap()).collect()
        })
        .collect();
    for player in players {
        player.finish();
    }
    (folder, rounds)
}

fn count(outcomes: &[String], outcome: &str) -> usize {
    outcomes.iter().filter(|other| *other == outcome).count()
}

#[test]
fn l2_the_same_ref_from_eight_processes_gives_one_entry() {
    let (folder, rounds) = claims("agree");
    for outcomes in &rounds {
        assert_eq!((count(outcomes, "recorded"), count(outcomes, "known")), (1, PROCESSES - 1), "{outcomes:?}");
    }
    assert_eq!(sound(&folder.data()).entries(&account("claimed")).unwrap().len(), rounds.len());
}

#[test]
fn l2_a_ref_with_other_content_from_eight_processes_gives_one_entry_and_seven_conflicts() {
    let (folder, rounds) = claims("differ");
    let entries = sound(&folder.data()).entries(&account("claimed")).unwrap();
    assert_eq!(entries.len(), rounds.len());
    for (outcomes, entry) in rounds.iter().zip(entries) {
        assert_eq!((count(outcomes, "recorded"), count(outcomes, "Conflict")), (1, PROCESSES - 1), "{outcomes:?}");
        let winner = outcomes.iter().position(|outcome| outcome == "recorded").unwrap();
        assert_eq!(entry.note.unwrap(), format!("claimant {winner}"), "the one who was told so has it");
    }
}

#[test]
fn l5_an_import_holds_no_lock_while_it_reads_its_file() {
    let fixture = Fixture::hand_kept();
    let lines = spends("slow", 3001);
    let (first, rest) = lines.split_at(lines.len() / 10 * 9);
    let mut import = fixture.command(&["ledger", "import", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = import.stdin.take().unwrap();
    // More than a pipe takes (64 KiB): when this returns, the import has opened the ledger and reads; it can't have
    // ended, as its input has not.
    assert!(first.len() > 3 * 65_536);
    pipe.write_all(first.as_bytes()).unwrap();
    fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "meanwhile"]).ends(0);
    assert!(fixture.run(&["ledger", "list"]).ends(0).out.contains("meanwhile"));
    pipe.write_all(rest.as_bytes()).unwrap();
    drop(pipe);
    let done = import.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "recorded 3001 entries\n");
    let entries = sound(&fixture.path("data")).entries(&account("portraits")).unwrap();
    assert_eq!((entries.len(), entries[0].reference.as_str()), (3002, "meanwhile"));
}

#[test]
fn l5_a_ledger_that_stays_locked_is_reported_and_left_alone() {
    let short = Duration::from_millis(40);
    for how in ["against writers", "alone"] {
        let folder = Folder::new();
        let account = account("dealer");
        Ledger::open(&folder.data()).unwrap().append(&[proposal(&account, "first-0")], &rules, now()).unwrap();
        let mut holder = Player::start("hold", &folder.data(), how);
        assert_eq!(holder.hear().as_deref(), Some("locked"));
        let before = bytes(&folder.data());
        let tried = Ledger::open_waiting(&folder.data(), short).map_err(AppendError::from);
        let error = tried.and_then(|mut store| store.append(&[proposal(&account, "second-1")], &rules, now())).unwrap_err();
        assert!(matches!(error, AppendError::Store(StoreError::Locked { .. })), "{how}: {error}");
        let report = Report::from(error);
        assert_eq!(report.ending.code(), 4);
        assert!(report.to_string().contains("locked") && report.hint.is_some(), "{report}");
        assert_eq!(bytes(&folder.data()), before, "{how}");
        holder.finish();
        let mut store = sound(&folder.data());
        store.append(&[proposal(&account, "second-1")], &rules, now()).unwrap();
        assert_eq!(recorded(&store, &account), ["first-0", "second-1"]);
    }
}

#[test]
fn l5_a_command_waits_for_its_turn() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "verify"]).ends(0);
    let mut holder = Player::start("hold", &fixture.path("data"), "against writers");
    assert_eq!(holder.hear().as_deref(), Some("locked"));
    let spend = fixture.command(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "patient"]).spawn().unwrap();
    // Reading needs no turn.
    fixture.run(&["ledger", "list"]).ends(0);
    fixture.run(&["status", "--offline"]).ends(0);
    holder.finish();
    let done = spend.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}
