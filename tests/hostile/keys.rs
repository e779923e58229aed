//! Keys, clicks, pastes and window sizes at random: the terminal is given back, the ledger stays sound, and nothing is written that
//! nobody said yes to.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use portable_pty::CommandBuilder;

use crate::chance::{choices, runs};
use crate::fixture::{Fixture, NOW};
use crate::pty::{PROGRAM, Session};

/// How many keys a session gets.
const KEYS: usize = 300;

/// What keys send that are not letters.
const SPECIAL: [&str; 32] = [
    "\u{1b}",
    "\t",
    "\u{1b}[Z",
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[C",
    "\u{1b}[D",
    "\u{1b}[H",
    "\u{1b}[F",
    "\u{1b}[5~",
    "\u{1b}[6~",
    "\u{1b}[2~",
    "\u{1b}[3~",
    "\u{7f}",
    "\u{8}",
    "\u{1b}OP",
    "\u{1b}[15~",
    "\u{1b}[24~",
    "\u{1}",
    "\u{5}",
    "\u{b}",
    "\u{c}",
    "\u{12}",
    "\u{15}",
    "\u{17}",
    "\u{1a}",
    "\u{1b}[1;5C",
    "\u{1b}[I",
    "\u{1b}[O",
    " ",
    "\u{1b}a",
    "\u{1b}[1;2A",
];

/// What no terminal should send, and some do.
const RUBBISH: [&[u8]; 8] =
    [b"\xff\xfe", b"\x1b[", b"\x1b[999999999999;99999999999M", b"\x1b]52;c;", b"\x1bP+q\x1b\\", b"\x1b[<", b"\xc3", b"\x00\x00"];

/// Texts that are pasted.
const PASTED: [&str; 6] = ["y", "y\ry\r", "20 imagine\r", "\u{202e}\u{1b}[2J", "9999999999999999999999999999999", "🐚\u{301}é"];

/// One thing that somebody does. Where `may_accept` is false it can be no yes to a question.
fn key(random: &mut Rng, may_accept: bool) -> Vec<u8> {
    let letter = |random: &mut Rng| {
        loop {
            let letter = random.char('!'..='~');
            // Leaving is tested enough by doing it now and then.
            let leaves = letter == 'q' && random.u8(0..8) > 0;
            if !leaves && (may_accept || !matches!(letter, 'y' | 'Y')) {
                return letter;
            }
        }
    };
    match random.u8(0..100) {
        0..60 => letter(random).to_string().into_bytes(),
        60..82 => random.choice(SPECIAL).unwrap().as_bytes().to_vec(),
        82..88 if may_accept => b"\r".to_vec(),
        88..92 if may_accept => {
            // Columns and rows count from 1: crossterm takes that 1 off, and the checks of a debug build would stop it at 0.
            let (button, column, row) = (random.u8(0..70), random.u16(1..140), random.u16(1..50));
            format!("\u{1b}[<{button};{column};{row}{}", if random.bool() { 'M' } else { 'm' }).into_bytes()
        }
        82..96 => format!("\u{1b}[200~{}\u{1b}[201~", random.choice(PASTED).unwrap()).into_bytes(),
        96 | 97 => random.choice(RUBBISH).unwrap().to_vec(),
        98 => sequence(random),
        _ => "é漢🐚".chars().nth(random.usize(0..3)).unwrap().to_string().into_bytes(),
    }
}

/// A control sequence that nobody defined.
fn sequence(random: &mut Rng) -> Vec<u8> {
    let parameters = (0..random.usize(0..12)).map(|_| *random.choice(b"0123456789;:?<>=").unwrap());
    let parameters: Vec<u8> = parameters.collect();
    let last = *random.choice(b"ABCDHFPQRSZIOcnty~u").unwrap();
    [b"\x1b[", parameters.as_slice(), &[last]].concat()
}

fn dashboard(fixture: &Fixture) -> Session {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["--now", NOW]);
    for (option, path) in [("--config", "config.toml"), ("--data-dir", "data")] {
        command.args([option, &fixture.path(path).display().to_string()]);
    }
    Session::run(command, &fixture.path(""))
}

/// Presses keys until they are all pressed or one of them left the program; then ends it. What is wrong, empty where nothing is.
fn play(fixture: &Fixture, random: &mut Rng, may_accept: bool) -> String {
    let mut wrong = String::new();
    let mut session = dashboard(fixture);
    session.until("the dashboard", vt100::Screen::alternate_screen);
    let mut pressed = Vec::new();
    for _ in 0..KEYS {
        if random.u8(0..40) == 0 {
            let sizes = [(40, 120), (24, 80), (12, 40), (1, 1), (60, 200), (5, 300), (200, 3)];
            let (rows, columns) = *random.choice(&sizes).unwrap();
            session.resize(rows, columns);
        }
        let bytes = key(random, may_accept);
        pressed.extend_from_slice(&bytes);
        if !session.try_press(&bytes) {
            break;
        }
        if random.u8(0..4) == 0 {
            thread::sleep(Duration::from_millis(random.u64(0..8)));
        }
    }
    thread::sleep(Duration::from_millis(50));
    session.terminate();
    let code = session.ended().exit_code();
    // Left by a key, by the interrupt key, or by the signal.
    if ![0, 130, 143].contains(&code) {
        let _ = writeln!(wrong, "exit code {code}");
    }
    if !session.is_given_back() {
        wrong.push_str("the terminal is not given back\n");
    }
    if !wrong.is_empty() {
        let _ = writeln!(
            wrong,
            "pressed: {}\nthe screen is\n{}",
            String::from_utf8_lossy(&pressed).escape_debug(),
            session.contents()
        );
    }
    wrong
}

fn fixture() -> Fixture {
    let fixture = Fixture::hand_kept();
    let grant = ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "100", "--ref", "inv-1"];
    fixture.run(&grant).ends(0);
    fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", "5", "--ref", "plan-1"]).ends(0);
    fixture
}

#[test]
fn s14_keys_at_random_without_a_yes_write_nothing() {
    for run in 0..runs(3) {
        let (mut random, repeat) = choices("s14_keys_at_random_without_a_yes_write_nothing", run);
        let fixture = fixture();
        let before = fixture.run(&["ledger", "list", "--json"]).ends(0).out;
        let wrong = play(&fixture, &mut random, false);
        assert!(wrong.is_empty(), "{wrong}{repeat}");
        let after = fixture.run(&["ledger", "list", "--json"]).ends(0).out;
        assert_eq!(after, before, "nobody said yes, and something is written; {repeat}");
    }
}

#[test]
fn s14_keys_at_random_leave_the_terminal_and_the_ledger_sound() {
    for run in 0..runs(3) {
        let (mut random, repeat) = choices("s14_keys_at_random_leave_the_terminal_and_the_ledger_sound", run);
        let fixture = fixture();
        let wrong = play(&fixture, &mut random, true);
        assert!(wrong.is_empty(), "{wrong}{repeat}");
        let verified = fixture.run(&["ledger", "verify"]);
        assert_eq!(verified.code, 0, "{}{}; {repeat}", verified.out, verified.err);
        for reference in ["inv-1", "plan-1"] {
            let listed = fixture.run(&["ledger", "list", "--ref", reference, "--json"]).ends(0).json();
            assert_eq!(listed["entries"].as_array().unwrap().len(), 1, "{reference} is gone; {repeat}");
        }
    }
}
