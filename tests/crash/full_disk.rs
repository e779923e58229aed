//! A disk without room (SPEC L4): by the limit on a process's files, and by a small file system where one can be mounted.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::child::{command, words};
use crate::fixture::Fixture;
use crate::recording::{Folder, account, bytes, recorded, sound, spends};

/// The same command, run by a shell that sets things up for it first.
pub(crate) fn prepared(fixture: &Fixture, arguments: &[&str], preparation: &str) -> Output {
    let command = fixture.command(arguments);
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("{preparation}\nexec \"$@\"")).arg("sh").arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(fixture.path("")).stdin(Stdio::null()).output().unwrap()
}

/// What must be true of a command that found no room: a clear error, and all that was recorded before is there.
#[track_caller]
fn refused(output: &Output, why: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{why}: {error}");
    assert!(error.contains("can't") && error.contains("hint: "), "{why}: {error}");
    assert!(
        error.contains("disk") || error.contains("can't be opened or written") || error.contains("File too large"),
        "{error}"
    );
    assert_eq!(output.stdout, b"", "{why}");
}

#[test]
fn l4_where_files_may_not_grow_the_ledger_says_so_and_loses_nothing() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &spends("first", 150)).ends(0);
    let file = fixture.path("data").join("ledger.db");
    let before = fs::read(&file).unwrap();
    let export = fixture.run(&["ledger", "export"]).ends(0).out;
    let import = fixture.write("more.jsonl", spends("more", 400));
    let mut refusals = 0;
    // From a limit of nothing to one that lets the import begin, in blocks of 512 bytes.
    for blocks in [0, 1, 8, 40, 63, 64, 65, 72, 80, 96] {
        // The limit comes with a signal that would end the process before it can say anything, had it not a handler.
        let preparation = format!("ulimit -f {blocks}");
        for arguments in [&["ledger", "import", import.as_str()][..], &["ledger", "list"]] {
            let output = prepared(&fixture, arguments, &preparation);
            if arguments[1] == "import" || output.status.code() != Some(0) {
                refused(&output, &format!("{blocks} blocks, {arguments:?}"));
                refusals += 1;
            }
        }
        assert!(fs::read(&file).unwrap() == before, "{blocks} blocks");
        assert_eq!(fixture.run(&["ledger", "export"]).ends(0).out, export, "{blocks} blocks");
    }
    assert!(refusals > 10);
    fixture.run(&["ledger", "import", &import]).ends(0);
    assert_eq!(sound(&fixture.path("data")).entries(&account("portraits")).unwrap().len(), 550);
}

#[test]
fn l4_a_ledger_that_finds_no_room_when_it_is_made_can_be_made_later() {
    for blocks in [0, 1, 8, 32, 64] {
        let fixture = Fixture::hand_kept();
        let arguments = ["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "job"];
        refused(&prepared(&fixture, &arguments, &format!("ulimit -f {blocks}")), &format!("{blocks} blocks"));
        fixture.run(&arguments).ends(0);
        assert_eq!(sound(&fixture.path("data")).entries(&account("portraits")).unwrap().len(), 1);
    }
}

#[test]
fn l4_a_long_run_that_fills_its_limit_keeps_what_it_acknowledged() {
    let folder = Folder::new();
    let player = command("append", &folder.data(), "filler");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1200; exec \"$@\"", "sh"]).arg(player.get_program()).args(player.get_args());
    shell.envs(player.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // It appends until it may not; then the test that it plays fails, which is no failure here.
    let output = shell.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    let acknowledged: Vec<String> =
        words(&output.stdout).iter().flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    let store = sound(&folder.data());
    let found = recorded(&store, &account("filler"));
    assert!(found.starts_with(&acknowledged), "{} of {}", found.len(), acknowledged.len());
}

#[test]
fn l4_a_full_file_system_is_reported_and_loses_nothing() {
    // What is mounted is seen by this shell alone and gone with it, so it does all that there is to do within.
    const SCRIPT: &str = r#"
        set -u
        mount -t tmpfs -o size=1m,mode=700 tmpfs "$CREDITOP_DATA_DIR" && cp -p kept/* "$CREDITOP_DATA_DIR" || { echo no mount; exit; }
        for room in 0 1 4 8 16 32 33 36 40 48 64 96 128; do
            rm -f "$CREDITOP_DATA_DIR/filler"
            free=$(df -k "$CREDITOP_DATA_DIR" | awk 'NR == 2 { print $4 }')
            head -c "$(( (free - room) * 1024 ))" /dev/zero > "$CREDITOP_DATA_DIR/filler"
            "$@" ledger import more.jsonl > out 2> err; echo "import $? $(cat out err | tr '\n' ' ')"
            "$@" ledger spend -a portraits --amount 1 --ref "room-$room" > out 2> err; echo "spend $? $(cat out err | tr '\n' ' ')"
        done
        rm "$CREDITOP_DATA_DIR/filler"
        "$@" ledger verify > /dev/null; echo "verify $?"
        "$@" ledger list --json > listed.json
        mkdir saved && cp "$CREDITOP_DATA_DIR"/* saved
    "#;
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &spends("first", 150)).ends(0);
    fs::rename(fixture.path("data"), fixture.path("kept")).unwrap();
    fs::create_dir(fixture.path("data")).unwrap();
    fixture.write("more.jsonl", spends("more", 2000));
    let Some(said) = crate::read_only::in_own_mounts(&fixture, SCRIPT) else { return };
    let mut spent = 0;
    for line in said.lines() {
        let (what, rest) = line.split_once(' ').unwrap();
        let code = rest.split(' ').next().unwrap();
        match (what, code) {
            ("verify", "0") => {}
            ("spend", "0") => spent += 1,
            ("import" | "spend", "4") => {
                let clear = rest.contains("can't") && rest.contains("hint: ") && rest.contains("disk")
                    || rest.contains("can't be opened or written");
                assert!(clear, "{line}");
            }
            _ => panic!("{line}"),
        }
    }
    assert!((1..13).contains(&spent), "some room suffices, and some does not: {said}");
    let store = sound(&fixture.path("saved"));
    let entries = store.entries(&account("portraits")).unwrap();
    assert_eq!(entries.len(), 150 + spent);
    assert!(bytes(&fixture.path("data")).is_empty(), "all of it happened in the small file system");
}
