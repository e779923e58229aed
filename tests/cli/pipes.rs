use std::process::Stdio;

use super::fixture::{Fixture, NOW, Simulator};

/// A pipe whose reading end is closed already.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_closed_pipe_ends_quietly_and_keeps_the_exit_code() {
    let fixture = Fixture::hand_kept();
    for (arguments, code) in [
        (vec!["status"], 0),
        (vec!["status", "--json"], 0),
        (vec!["--help"], 0),
        (vec!["quote", "--help"], 0),
        (vec!["--version"], 0),
        (vec!["providers", "show", "imaginepro"], 0),
        (vec!["guard", "-a", "dealer", "replace-background=5000"], 1),
        (vec!["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "kept"], 0),
    ] {
        let output = fixture.command(&arguments).stdout(closed_pipe()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
    }
    assert!(fixture.run(&["ledger", "list"]).out.contains("kept"), "what was asked for is done all the same");
}

#[test]
fn a_closed_standard_error_is_no_fault() {
    let output = Fixture::hand_kept().command(&["status", "nobody"]).stderr(closed_pipe()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_dashboard_needs_a_terminal() {
    Fixture::hand_kept().run(&[]).ends(2).says(&["terminal"]);
}

#[test]
fn help_and_results_go_to_standard_output() {
    let fixture = Fixture::new("");
    let help = fixture.run(&["--help"]).ends(0);
    assert!(help.out.contains("Exit codes") && help.err.is_empty());
    for command in ["demo", "status", "quote", "guard", "ledger", "accounts", "providers", "simulate", "config"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
    }
}

/// Standard output that takes nothing, as on a full disk.
#[cfg(target_os = "linux")]
fn full() -> Stdio {
    std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn s11_what_is_recorded_is_said_where_the_answer_can_not_be_written() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "500", "--ref", "g"]).ends(0);
    fixture.write("e.jsonl", r#"{"kind":"spend","account":"dealer","at":"2026-11-01T00:00:00Z","amount":1}"#);
    for (arguments, done) in [
        (&["ledger", "spend", "-a", "dealer", "--amount", "3", "--ref", "job"][..], "recorded spend job in dealer: 3"),
        (&["ledger", "spend", "-a", "dealer", "--amount", "2"], "recorded spend 20261120-090000-"),
        (&["ledger", "spend", "-a", "dealer", "--amount", "3", "--ref", "job"], "already recorded: spend job in dealer: 3"),
        (&["ledger", "import", "e.jsonl"], "recorded 1 entry"),
        (&["quote", "-a", "dealer", "replace-background=1", "--commit", "--ref", "c"], "recorded spend c in dealer"),
        (&["quote", "-a", "dealer", "replace-background=1", "--hold", "--json"], "recorded hold 20261120-090000-"),
    ] {
        let output = fixture.command(arguments).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {err}");
        assert!(err.contains("it is done, but the answer can't be written to standard output") && err.contains(done), "{err}");
        assert!(err.contains("hint: don't do it a second time"), "{err}");
    }
    assert_eq!(fixture.run(&["ledger", "list"]).ends(0).out.lines().count(), 7, "each of them once, below the headings");
}

#[cfg(target_os = "linux")]
#[test]
fn s11_an_answer_that_can_not_be_written_is_a_failure_of_every_command() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "3", "--ref", "job"]).ends(0);
    for arguments in [
        &["--help"][..],
        &["ledger", "spend", "--help"],
        &["--version"],
        &["status"],
        &["status", "--json"],
        &["ledger", "export"],
        &["ledger", "verify"],
        &["ledger", "import", "--dry-run", "-"],
        &["providers", "list"],
        &["guard", "-a", "dealer", "replace-background=1"],
    ] {
        let output = fixture.command(arguments).stdin(Stdio::null()).stdout(full()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {err}");
        assert!(err.contains("can't write to standard output") && err.contains("hint: "), "{arguments:?}: {err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn s11_a_simulator_whose_address_can_not_be_told_does_not_run_on() {
    let child = Fixture::new("").command(&["simulate"]).stdout(full()).spawn().unwrap();
    let run = super::fixture::finish(child);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.err.contains("can't write the simulator's address") && run.err.contains("hint: "), "{}", run.err);
}

#[cfg(target_os = "linux")]
#[test]
fn s11_stamps_that_were_mended_are_said_where_the_answer_can_not_be_written() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    "2035-06-01T09:00:00Z".clone_into(&mut fixture.now);
    fixture.run(&["status", "studio"]);
    NOW.clone_into(&mut fixture.now);
    let output = fixture.command(&["ledger", "verify", "--mend", "--yes"]).stdout(full()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{err}");
    assert!(
        err.contains("it is done, but the answer can't be written") && err.contains("mended; the ledger as it was is"),
        "{err}"
    );
}
