//! The program in a real (pseudo) terminal: the demo shows its accounts, records a plan, and leaves the terminal as it was.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on should fail")]

use std::time::Instant;

use portable_pty::CommandBuilder;

#[path = "pty/looks.rs"]
mod looks;
#[expect(dead_code, reason = "shared with the hostile tests, which need more of it")]
mod pty;
#[path = "cli/simulator.rs"]
mod simulator;
#[path = "pty/trouble.rs"]
mod trouble;

use pty::{PATIENCE, PROGRAM, Session};

#[test]
fn the_demo_shows_six_accounts_records_a_plan_and_leaves_a_clean_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&["demo", "--now", "2026-11-20T09:00:00Z"], folder.path());
    for name in ["Studio", "Studio, yearly", "Shop cut-outs", "Old key", "Dealer North", "Portraits"] {
        session.until_text(name);
    }
    session.until_text("2 600");
    session.until("the terminal taken over", |screen| screen.alternate_screen() && screen.bracketed_paste());
    session.press("c");
    session.until_text("type an action");
    session.press("20 imagine\r");
    session.until_text("1 600 → 1 400");
    session.until_text("It fits");
    session.until_text("type the next action");
    session.press("R");
    session.until_text("Write it?");
    session.press("y");
    session.until_text("Recorded");
    session.press("\u{1b}");
    session.until_text("2 400");
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the demo left something behind");
}

#[test]
fn s14_a_click_in_a_column_or_row_that_no_terminal_has_is_no_click() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&["demo", "--now", "2026-11-20T09:00:00Z"], folder.path());
    session.until_text("Portraits");
    // Terminals count from 1. In the ways that terminals report clicks: SGR, rxvt and the first one, where 32 stands for 0.
    for report in ["\u{1b}[<0;0;5M", "\u{1b}[<0;5;0M", "\u{1b}[<0;0;0M", "\u{1b}[32;0;0M", "\u{1b}[M   "] {
        session.press(report);
    }
    session.press("u");
    session.until_text("Times are shown in UTC");
    session.press("q");
    session.until_given_back();
    assert!(session.ended().success());
}

#[test]
fn a_signal_gives_the_terminal_back_and_tells_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&["demo", "--now", "2026-11-20T09:00:00Z"], folder.path());
    session.until_text("Portraits");
    let id = session.child.process_id().unwrap();
    let killed = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(session.ended().exit_code(), 143);
    session.until_given_back();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the demo left something behind");
}

#[test]
fn a_stop_gives_the_terminal_back_until_the_shell_continues_us() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = CommandBuilder::new("sh");
    shell.args(["-mc", "\"$0\" demo --now 2026-11-20T09:00:00Z; echo the shell has it; read line; fg; echo over: $?", PROGRAM]);
    let mut session = Session::run(shell, folder.path());
    session.until_text("Portraits");
    session.press("\u{1a}");
    session.until_text("the shell has it");
    session.until_given_back();
    session.press("\r");
    session.until_text("Portraits");
    session.until("the terminal taken over again", |screen| screen.alternate_screen() && screen.bracketed_paste());
    session.press("q");
    session.until_text("over: 0");
    session.until_given_back();
    assert!(session.ended().success());
}

#[test]
fn a_terminal_that_goes_away_ends_the_program_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&["demo", "--now", "2026-11-20T09:00:00Z"], folder.path());
    session.until_text("Portraits");
    session.hang_up();
    session.ended();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the demo left something behind");
}

#[test]
fn a_signal_during_the_start_leaves_nothing_behind() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let folder = tempfile::tempdir().unwrap();
        let mut session = Session::start(&["demo", "--now", "2026-11-20T09:00:00Z"], folder.path());
        let start = Instant::now();
        while std::fs::read_dir(folder.path()).unwrap().next().is_none() {
            assert!(start.elapsed() < PATIENCE, "the demo made no folder");
        }
        let id = session.child.process_id().unwrap();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
        assert_eq!(session.ended().exit_code(), code, "{name}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the demo left something behind after {name}");
    }
}

#[test]
fn the_configuration_is_read_again_while_the_dashboard_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    // As editors save: a new file takes the old one's name.
    let save = |text: &str| {
        let new = folder.path().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, &file).unwrap();
    };
    let account = |id: &str| format!("[[account]]\nid = \"{id}\"\nprovider = \"generic\"\n");
    save(&account("teapot"));
    let mut session = Session::start(&["--config", file.to_str().unwrap()], folder.path());
    session.until_text("teapot");
    save(&(account("teapot") + &account("samovar")));
    session.until_text("Configuration read again: 2 accounts");
    session.until_text("samovar");
    save(&(account("teapot") + "colour = 3\n" + &account("kettle")));
    session.until_text("The old configuration stays: config.toml:4: ");
    session.until_text("samovar");
    save(&account("kettle"));
    session.until_text("Configuration read again: 1 account");
    session.until("the removed accounts gone", |screen| {
        let text = screen.contents();
        text.contains("kettle") && !text.contains("teapot") && !text.contains("samovar")
    });
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
}

#[test]
fn without_accounts_the_first_screen_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::start(&[], folder.path());
    session.until_text("creditop demo");
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
}

#[test]
fn s08_a_key_file_that_others_can_read_is_told_and_a_command_that_hangs_ends_with_the_dashboard() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let account = |id: &str, key: &str| {
        format!("[[account]]\nid = \"{id}\"\nprovider = \"imaginepro\"\nbase_url = \"http://127.0.0.1:9\"\nkey = {key}\n")
    };
    let pid = path("pid");
    let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", pid.display());
    let hanging = format!("{{ command = [\"sh\", \"-c\", \"{script}\"] }}");
    std::fs::write(path("config.toml"), account("read", "{ file = \"key\" }") + &account("hangs", &hanging)).unwrap();
    std::fs::write(path("key"), "canary-4f1c9e7720a84b5d").unwrap();
    std::fs::set_permissions(path("key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut session = Session::start(&["--config", path("config.toml").to_str().unwrap()], folder.path());
    session.until_text("Warning: the key file ");
    let start = Instant::now();
    while !pid.exists() {
        assert!(start.elapsed() < PATIENCE, "the command did not begin");
    }
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
    let process = format!("/proc/{}/stat", std::fs::read_to_string(&pid).unwrap().trim());
    let runs = || std::fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z"));
    while runs() {
        assert!(start.elapsed() < PATIENCE, "what the command started runs on");
    }
}
