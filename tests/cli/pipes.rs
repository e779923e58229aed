use std::process::Stdio;

use super::desk::Desk;

/// A pipe whose reading end is closed already.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_closed_pipe_ends_quietly_and_keeps_the_exit_code() {
    let desk = Desk::hand_kept();
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
        let output = desk.command(&arguments).stdout(closed_pipe()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
    }
    assert!(desk.run(&["ledger", "list"]).out.contains("kept"), "what was asked for is done all the same");
}

#[test]
fn a_closed_standard_error_is_no_fault() {
    let output = Desk::hand_kept().command(&["status", "nobody"]).stderr(closed_pipe()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_dashboard_needs_a_terminal() {
    Desk::hand_kept().run(&[]).ends(2).says(&["terminal"]);
}

#[test]
fn help_and_results_go_to_standard_output() {
    let desk = Desk::new("");
    let help = desk.run(&["--help"]).ends(0);
    assert!(help.out.contains("Exit codes") && help.err.is_empty());
    for command in ["demo", "status", "quote", "guard", "ledger", "accounts", "providers", "simulate", "config"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
    }
}
