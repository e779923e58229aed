//! Folders and files that may not be written. Permissions don't hold back root, so they are mounted for reading only.

use std::process::{Command, Stdio};

use crate::fixture::Fixture;
use crate::recording::bytes;

/// Runs a script for the shell, `"$@"` being the program, with mounts of its own; what it said.
///
/// `None`, and a word on standard error, where this machine does not let us mount.
pub(crate) fn in_own_mounts(fixture: &Fixture, script: &str) -> Option<String> {
    let program = fixture.command(&[]);
    let mut shell = Command::new("unshare");
    shell.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh"]);
    shell.arg(program.get_program()).args(program.get_args());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.current_dir(fixture.path("")).stdin(Stdio::null()).output();
    let without = |why: &str| {
        crate::chance::skipped(&format!("no full or read-only file system, as none can be mounted here: {why}"));
        None
    };
    match output {
        Err(error) => without(&format!("unshare can't be run ({error})")),
        Ok(output) => {
            let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
            if out.is_empty() || out.starts_with("no mount") { without(err.trim()) } else { Some(out) }
        }
    }
}

const TRY_ALL: &str = r#"
    "$@" ledger list > out 2> err; echo "list $? $(cat err | tr '\n' ' ')"
    "$@" status --offline > out 2> err; echo "status $? $(cat err | tr '\n' ' ')"
    "$@" ledger spend -a portraits --amount 1 --ref new > out 2> err; echo "spend $? $(cat out err | tr '\n' ' ')"
    "$@" ledger import new.jsonl > out 2> err; echo "import $? $(cat out err | tr '\n' ' ')"
"#;

fn fixture() -> Fixture {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "old"]).ends(0);
    let line = r#"{"kind":"spend","account":"portraits","at":"2026-11-20T08:00:00Z","amount":1,"ref":"newer"}"#;
    fixture.write("new.jsonl", line);
    fixture
}

/// Runs the commands after `mount`; those that write must be refused clearly, and nothing may change.
fn prove(mount: &str, reading: &[&str]) {
    let fixture = fixture();
    let before = bytes(&fixture.path("data"));
    let Some(said) = in_own_mounts(&fixture, &format!("{{ {mount}; }} || {{ echo no mount; exit; }}\n{TRY_ALL}")) else { return };
    assert_eq!(said.lines().count(), 4, "{said}");
    for line in said.lines() {
        let mut words = line.splitn(3, ' ');
        let (what, code, text) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        if ["list", "status"].contains(&what) {
            assert!(reading.contains(&code), "{line}");
        } else {
            assert_eq!(code, "4", "{line}");
        }
        if code == "4" {
            assert!(
                text.contains("ledger.db") && text.contains("can't be opened or written") && text.contains("hint: "),
                "{line}"
            );
        }
    }
    assert!(bytes(&fixture.path("data")) == before);
    fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "new"]).ends(0);
}

#[test]
fn a_folder_that_may_only_be_read_is_reported_and_left_alone() {
    prove("mount --bind data data && mount -o remount,bind,ro data", &["4"]);
}

#[test]
fn a_file_that_may_only_be_read_is_reported_and_left_alone() {
    prove("mount --bind data/ledger.db data/ledger.db && mount -o remount,bind,ro data/ledger.db", &["0", "4"]);
}
