//! What could be waited for without an end: a pipe in a file's place, a ledger that another program keeps locked.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::fixture::Fixture;

/// The accounts that are kept by hand, with an entry.
fn fixture() -> Fixture {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "5", "--ref", "g"]).ends(0);
    fixture
}

/// Another program that lets nobody read.
fn locked(fixture: &Fixture) -> Connection {
    let other = Connection::open(fixture.path("data/ledger.db")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    other
}

#[test]
fn s10_a_pipe_in_the_place_of_what_was_seen_is_not_read() {
    let fixture = fixture();
    std::fs::remove_file(fixture.path("data/ledger.seen")).unwrap();
    assert!(Command::new("mkfifo").arg(fixture.path("data/ledger.seen")).status().unwrap().success());
    let start = Instant::now();
    fixture.run(&["status"]).ends(0);
    fixture.run(&["ledger", "list"]).ends(0);
    assert!(start.elapsed() < Duration::from_secs(20), "it waited");
}

#[test]
fn p10_what_only_looks_gives_a_locked_ledger_up_within_its_limit() {
    let fixture = fixture();
    let _other = locked(&fixture);
    let start = Instant::now();
    for arguments in [
        &["status", "--offline", "--timeout", "1s"][..],
        &["guard", "-a", "dealer", "--timeout", "1s", "replace-background=1"],
        &["quote", "-a", "dealer", "--timeout", "1s", "replace-background=1"],
    ] {
        fixture
            .run(arguments)
            .ends(4)
            .says(&["another program keeps it locked", "note: another program keeps the ledger locked"]);
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn p10_a_wait_for_a_locked_ledger_is_said_within_a_second_and_ended_by_the_interrupt_key() {
    let fixture = fixture();
    let _other = locked(&fixture);
    let start = Instant::now();
    let mut child = fixture.command(&["ledger", "spend", "-a", "dealer", "--amount", "1"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("keeps the ledger locked; waiting for it"), "{line}");
    // A second, and what a busy machine takes.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    child.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn l5_a_ledger_that_was_emptied_while_a_program_has_it_open_is_called_that() {
    let fixture = fixture();
    let other = Connection::open(fixture.path("data/ledger.db")).unwrap();
    other.query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0)).unwrap();
    File::options().write(true).open(fixture.path("data/ledger.db")).unwrap().set_len(0).unwrap();
    let start = Instant::now();
    fixture
        .run(&["status"])
        .ends(4)
        .says(&["the file is damaged (it is empty, and ", "ledger.db-shm shows that a program uses it"]);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
