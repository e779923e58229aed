//! Command lines at random, made from the commands that there are and from values that nobody would type.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::chance::{choices, runs};
use crate::fixture::{Fixture, finish};

/// No command may take longer, however little it likes what it is asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Commands, each with the options that take a value, those that take none, and whether it takes anything else.
type Grammar = (&'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const COMMANDS: [Grammar; 24] = [
    (&["status"], &["--timeout", "--max-age", "--at"], &["--json", "--csv", "--offline", "--allow-stale"], true),
    (
        &["quote"],
        &["-a", "--provider", "--plan", "--balance", "--ref", "--timeout", "--max-age", "--at"],
        &["--json", "--compare", "--hold", "--commit", "--allow-stale", "--offline"],
        true,
    ),
    (&["guard"], &["-a", "--min", "--timeout", "--at"], &["--offline"], true),
    (
        &["ledger", "grant"],
        &["-a", "--at", "--ref", "--note", "--tag", "--bucket", "--amount", "--effective-at", "--expires-at", "--priority"],
        &[],
        false,
    ),
    (
        &["ledger", "spend"],
        &["-a", "--at", "--ref", "--note", "--tag", "--amount", "--action", "--variant", "--quantity"],
        &[],
        false,
    ),
    (&["ledger", "hold"], &["-a", "--at", "--ref", "--note", "--tag", "--amount", "--expires-at"], &[], false),
    (&["ledger", "capture"], &["-a", "--at", "--ref", "--hold", "--amount", "--note"], &[], true),
    (&["ledger", "release"], &["-a", "--at", "--ref", "--hold", "--note"], &[], true),
    (&["ledger", "adjust"], &["-a", "--at", "--ref", "--bucket", "--amount", "--note"], &[], false),
    (&["ledger", "reverse"], &["-a", "--at", "--ref", "--note"], &[], true),
    (&["ledger", "observe"], &["-a", "--at", "--ref", "--bucket", "--remaining"], &[], true),
    (
        &["ledger", "list"],
        &["-a", "--kind", "--bucket", "--ref", "--tag", "--from", "--to", "--limit", "--offset"],
        &["--json"],
        false,
    ),
    (&["ledger", "balance"], &["-a", "--at"], &["--json"], false),
    (&["ledger", "history"], &["-a", "--from", "--to", "--step"], &["--json", "--csv"], false),
    (&["ledger", "export"], &["-a", "--format"], &[], false),
    (&["ledger", "import"], &["--format"], &["--dry-run", "--refs-from-content"], true),
    (&["ledger", "verify"], &[], &[], false),
    (&["accounts", "list"], &[], &["--json"], true),
    (&["accounts", "test"], &[], &[], true),
    (&["providers", "list"], &[], &["--json"], false),
    (&["providers", "show"], &[], &["--json"], true),
    (&["providers", "check"], &["--answer"], &[], true),
    (&["config", "check"], &[], &[], false),
    (&[], &[], &["--help", "--version"], true),
];

const GLOBAL: [&str; 3] = ["--tz", "--actor", "--now"];

/// Values that are right somewhere.
const RIGHT: [&str; 30] = [
    "dealer",
    "portraits",
    "purchased",
    "promotional",
    "monthly",
    "1",
    "0.5",
    "100",
    "today",
    "yesterday",
    "-3d",
    "+2w",
    "fri",
    "2026-11-20",
    "2026-11-20 14:30",
    "2026-11-01T00:00:00Z",
    "never",
    "replace-background=1",
    "dealer/replace-background=2",
    "remove-background:x=1",
    "monthly=5",
    "job-1",
    "ai-background-studio",
    "premium",
    "5s",
    "1mo",
    "jsonl",
    "csv",
    "Europe/Berlin",
    "good.jsonl",
];

/// Values that are right nowhere.
const WRONG: [&str; 34] = [
    "",
    "-",
    "--",
    "-1",
    "-0",
    "1e999999999",
    "1e-99999",
    "NaN",
    "inf",
    "9999999999999999999999999999",
    "99999999999999999999999999999",
    "0.0000000000000000000000000001",
    "2026-02-30",
    "1969-12-31",
    "2200-01-01",
    "+99999999999999w",
    "-99999999999999999999d",
    "\u{202e}txt",
    "\u{1b}[2J\u{7}",
    "=1+1",
    "../../../etc/passwd",
    "/",
    ".",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "nobody",
    "=",
    "=5",
    "a=",
    "a=b=c",
    "\u{661}\u{662}",
    "🐚\u{301}",
    "\n\r\n",
];

fn value(random: &mut Rng) -> OsString {
    match random.u8(0..20) {
        0..11 => random.choice(RIGHT).unwrap().into(),
        11..18 => random.choice(WRONG).unwrap().into(),
        18 => "x".repeat(random.usize(1..20_000)).into(),
        _ => OsString::from_vec((0..random.usize(1..9)).map(|_| random.u8(1..)).collect()),
    }
}

fn command_line(random: &mut Rng) -> Vec<OsString> {
    let (command, options, flags, takes_more) = random.choice(COMMANDS).unwrap();
    let mut line: Vec<OsString> = command.iter().map(Into::into).collect();
    for _ in 0..random.usize(0..7) {
        match random.u8(0..10) {
            0..6 => {
                if let Some(option) = random.choice(options) {
                    line.extend([option.into(), value(random)]);
                }
            }
            6 => line.extend(random.choice(flags).map(Into::into)),
            7..9 if takes_more => line.push(value(random)),
            9 => line.extend([random.choice(GLOBAL).unwrap().into(), value(random)]),
            _ => {}
        }
    }
    line
}

/// What is wrong with a run; empty where nothing is.
fn lapses(line: &[OsString], code: i32, out: &str, err: &str, took: Duration) -> String {
    let mut wrong = String::new();
    if !(0..=4).contains(&code) {
        let _ = writeln!(wrong, "exit code {code}");
    }
    if took > PATIENCE {
        let _ = writeln!(wrong, "it took {took:?}");
    }
    if err.contains("panicked") || err.contains("fault in creditop") {
        wrong.push_str("a panic\n");
    }
    if err.contains(|c: char| c.is_control() && c != '\n') || err.contains('\u{202e}') {
        wrong.push_str("standard error could steer a terminal\n");
    }
    // What is exported is data, as it was recorded.
    let is_export = line.iter().any(|word| word == "export");
    if !is_export && out.contains('\u{1b}') {
        wrong.push_str("standard output could steer a terminal\n");
    }
    if code == 0 && out.is_empty() && err.is_empty() && !is_export {
        wrong.push_str("it says nothing\n");
    }
    if wrong.is_empty() { wrong } else { format!("{wrong}{line:?}\nstdout: {out}\nstderr: {err}\n") }
}

#[test]
fn s14_command_lines_at_random_end_as_documented_and_leave_the_ledger_sound() {
    let test = "s14_command_lines_at_random_end_as_documented_and_leave_the_ledger_sound";
    for run in 0..runs(2) {
        let (mut random, repeat) = choices(test, run);
        let fixture = Fixture::hand_kept();
        fixture.write(
            "good.jsonl",
            "{\"kind\":\"spend\",\"account\":\"dealer\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":1,\"ref\":\"i1\"}\n",
        );
        for number in 0..100 {
            let line = command_line(&mut random);
            let begun = Instant::now();
            let run = finish(fixture.command(&[]).args(&line).spawn().unwrap());
            let wrong = lapses(&line, run.code, &run.out, &run.err, begun.elapsed());
            assert!(wrong.is_empty(), "{wrong}command line {number}, {repeat}");
        }
        let verified = fixture.run(&["ledger", "verify"]);
        assert_eq!(verified.code, 0, "{}{}; {repeat}", verified.out, verified.err);
    }
}
