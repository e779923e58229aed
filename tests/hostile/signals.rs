//! Whatever ends the program from outside, the terminal is given back (SPEC 7); and what a machine's clock and window can be set to.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::fixture::Fixture;
use crate::pty::{PATIENCE, PROGRAM, Session};

/// The dashboard over a fixture's accounts, once they are on the screen.
fn dashboard(fixture: &Fixture) -> Session {
    let mut command = CommandBuilder::new(PROGRAM);
    for (option, path) in [("--config", "config.toml"), ("--data-dir", "data")] {
        command.args([option, &fixture.path(path).display().to_string()]);
    }
    let session = Session::run(command, &fixture.path(""));
    session.until_text("Dealer");
    session
}

fn send(signal: &str, id: u32) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &id.to_string()]).status().unwrap().success());
}

#[test]
fn s14_every_signal_that_ends_us_gives_the_terminal_back_and_tells_its_number() {
    let fixture = Fixture::hand_kept();
    let signals = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("TRAP", 5),
        ("ABRT", 6),
        ("USR1", 10),
        ("USR2", 12),
        ("ALRM", 14),
        ("TERM", 15),
        ("XCPU", 24),
        ("VTALRM", 26),
        ("PROF", 27),
        ("IO", 29),
        ("BUS", 7),
        ("STKFLT", 16),
        ("PWR", 30),
        ("SYS", 31),
        ("34", 34),
        ("64", 64),
    ];
    for (name, number) in signals {
        let mut session = dashboard(&fixture);
        send(name, session.child.process_id().unwrap());
        assert_eq!(session.ended().exit_code(), 128 + number, "{name}");
        session.until_given_back();
    }
}

#[test]
fn s14_signals_that_end_nobody_change_nothing() {
    let fixture = Fixture::hand_kept();
    let mut session = dashboard(&fixture);
    for signal in ["PIPE", "CHLD", "URG", "WINCH", "CONT", "XFSZ"] {
        send(signal, session.child.process_id().unwrap());
    }
    session.press("?");
    session.until_text("search");
    session.press("\u{1b}");
    session.until_text("Dealer");
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
}

/// The most memory that a process had so far, in kB; `None` where it has ended.
fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().trim_end_matches(" kB").parse().unwrap())
}

#[test]
fn s14_a_window_that_changes_at_the_very_start_is_noticed() {
    let fixture = Fixture::hand_kept();
    for _ in 0..5 {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(["--config", &fixture.path("config.toml").display().to_string()]);
        command.args(["--data-dir", &fixture.path("data").display().to_string()]);
        let mut session = Session::run(command, &fixture.path(""));
        session.until("the dashboard", vt100::Screen::alternate_screen);
        session.resize(10, 30);
        session.until_text("creditop needs 40x12; this is");
        session.press("q");
        assert!(session.ended().success());
        session.until_given_back();
    }
}

#[test]
fn s14_a_window_of_65535_by_65535_does_not_use_up_the_memory() {
    let fixture = Fixture::hand_kept();
    let mut session = dashboard(&fixture);
    let id = session.child.process_id().unwrap();
    let before = peak(id).unwrap();
    session.resize(u16::MAX, u16::MAX);
    let begun = Instant::now();
    // As soon as the program knows its window, its frames take more memory than those of a window that people have.
    while peak(id).is_some_and(|now| now < before + 5_000) && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(10));
    }
    session.resize(40, 120);
    session.press("?");
    session.until_text("search");
    let kilobytes = peak(id).unwrap();
    assert!((before + 5_000..400_000).contains(&kilobytes), "{before} kB, then {kilobytes} kB");
    session.press("\u{1b}");
    session.until_text("Dealer");
    session.press("q");
    assert!(session.ended().success());
    session.until_given_back();
}

/// A figure of a process in kB.
fn kilobytes(id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let figure = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    figure.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn s14_where_the_memory_runs_out_the_terminal_is_given_back() {
    let fixture = Fixture::hand_kept();
    // Nothing is left, a little, and as much as one of the two buffers of a window takes.
    for left in [0, 1_000, 12_000] {
        let mut session = dashboard(&fixture);
        let id = session.child.process_id().unwrap();
        let most = (kilobytes(id, "VmSize") + left) * 1024;
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        prlimit(i32::try_from(id).ok().and_then(Pid::from_raw), Resource::As, limit).unwrap();
        session.resize(u16::MAX, u16::MAX);
        // Or what a thread ends with that can't be started.
        assert!([128 + 6, 70].contains(&session.ended().exit_code()), "{left}");
        session.until_given_back();
    }
}

/// Makes the machine's clock say what a variable says, for a process that loads it.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *t) {
    int result = syscall(SYS_clock_gettime, id, t);
    if (id == CLOCK_REALTIME) t->tv_sec = atoll(getenv("CLOCK_SECONDS"));
    return result;
}
"#;

#[test]
fn s14_a_clock_before_1970_or_after_2199_is_an_error_with_a_hint() {
    let fixture = Fixture::hand_kept();
    let (source, library) = (fixture.write("clock.c", SHIM), fixture.path("clock.so"));
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).stderr(Stdio::null()).status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no C compiler makes the library that sets the clock");
        return;
    }
    let run = |seconds: &str, arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("HOME", fixture.path("")).env("LD_PRELOAD", &library).env("CLOCK_SECONDS", seconds);
        for (option, path) in [("--config", "config.toml"), ("--data-dir", "data")] {
            command.arg(option).arg(fixture.path(path));
        }
        crate::fixture::finish(command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    };
    let spend: &[&str] = &["ledger", "spend", "-a", "dealer", "--amount", "1"];
    for arguments in [&["status"] as &[&str], &["accounts", "list"], &["ledger", "balance", "-a", "dealer"], spend] {
        for (seconds, says) in [
            ("-1", "before 1970"),
            ("-99999999999", "before 1970"),
            ("7258118400", "2200-01-01"),
            ("253402300800", "+10000-01-01"),
            ("9223372036854775807", "after all years"),
        ] {
            run(seconds, arguments).ends(2).says(&["this computer's clock says that it is", says, "hint: set the clock"]);
        }
    }
    run("1795165200", &["status"]).ends(0);
    let listed = fixture.run(&["ledger", "list", "--json"]).ends(0).json();
    assert_eq!(listed["entries"].as_array().unwrap().len(), 0);
}
