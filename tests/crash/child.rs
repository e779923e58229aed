//! Other processes that use the ledger: this very test program, started again with a part to play.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use creditop::store::Ledger;
use rusqlite::Connection;

use crate::recording::{account, batch, line, now, proposal, rules};

const PART: &str = "CREDITOP_CRASH_PART";
const DATA: &str = "CREDITOP_CRASH_DATA";
const NAME: &str = "CREDITOP_CRASH_NAME";

/// How many times each process of a race writes to both of its accounts.
pub(crate) const ROUNDS: usize = 18;

/// How many entries the appender writes at once in its n-th turn, from 1; forty are an import.
pub(crate) fn entries_of_turn(turn: usize) -> usize {
    if turn.is_multiple_of(10) {
        40
    } else if turn.is_multiple_of(3) {
        2
    } else {
        1
    }
}

/// Says something to the test that started us, in one write, so that a kill can't halve it.
fn say(words: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(format!("\n> {words}\n").as_bytes()).and_then(|()| out.flush());
}

fn wait_for_a_line() {
    let _ = std::io::stdin().lock().read_line(&mut String::new());
}

/// Not a test of its own: it does nothing unless another test starts it with a part to play.
#[test]
fn plays_its_part() {
    let Ok(part) = std::env::var(PART) else { return };
    let data = std::env::var(DATA).unwrap();
    let (data, name) = (Path::new(&data), std::env::var(NAME).unwrap());
    match part.as_str() {
        "append" => append(data, &name, usize::MAX),
        "append a while" => append(data, &name, 30 + 3 * usize::try_from(crate::chance::runs()).unwrap()),
        "race" => race(data, &name),
        "claim" => claim(data, &name),
        "hold" => hold(data, &name),
        other => panic!("no part {other:?}"),
    }
}

/// Appends to the account `name`: single entries, pairs and imports, opening the ledger anew in the beginning and letting the log
/// grow then, so that a kill meets every phase: creation, recovery, writing, syncing, moving the log into the file, and closing.
fn append(data: &Path, name: &str, turns: usize) {
    let account = account(name);
    let mut store = Ledger::open(data).unwrap();
    let mut number = 0..;
    let mut refs = |count: usize| number.by_ref().take(count).map(|number| format!("{name}-{number}")).collect::<Vec<_>>();
    for turn in 1..=turns {
        let refs = refs(entries_of_turn(turn));
        if refs.len() > 2 {
            let lines: String = refs.iter().map(|reference| line(&account, reference)).collect();
            store.import(&batch(&lines), &rules, now(), false).unwrap();
        } else {
            let proposals: Vec<_> = refs.iter().map(|reference| proposal(&account, reference)).collect();
            store.append(&proposals, &rules, now()).unwrap();
        }
        say(&refs.join(" "));
        if [25, 50].contains(&turn) {
            drop(store);
            store = Ledger::open(data).unwrap();
        }
    }
}

/// Appends to an account of its own and to one that all share, and reads everything back meanwhile.
fn race(data: &Path, name: &str) {
    say("ready");
    wait_for_a_line();
    let (own, shared) = (account(name), account("shared"));
    let mut store = Ledger::open(data).unwrap();
    for number in 0..ROUNDS {
        let reference = format!("{name}-{number}");
        store.append(&[proposal(&own, &reference), proposal(&shared, &reference)], &rules, now()).unwrap();
        let mine = crate::recording::recorded(&store, &own);
        assert_eq!(mine.len(), number + 1, "what was written is read at once");
        let of_all = crate::recording::recorded(&store, &shared);
        assert_eq!(of_all.iter().filter(|reference| reference.starts_with(&format!("{name}-"))).count(), number + 1);
        say(&reference);
        if number % 6 == 5 {
            drop(store);
            store = Ledger::open(data).unwrap();
        }
    }
}

/// Records one ref in the account `claimed`; the content differs where `name` says so.
fn claim(data: &Path, name: &str) {
    let mut store = Ledger::open(data).unwrap();
    for round in 0.. {
        say("ready");
        let mut order = String::new();
        if std::io::stdin().lock().read_line(&mut order).unwrap() == 0 {
            return;
        }
        let mut one = proposal(&account("claimed"), &format!("round-{round}"));
        one.draft.note = Some(if order.trim() == "differ" { name.to_owned() } else { "the same".to_owned() });
        match store.append(&[one], &rules, now()) {
            Ok(done) if done[0].already_recorded => say("known"),
            Ok(_) => say("recorded"),
            Err(creditop::store::AppendError::Refused(refused)) => say(&format!("{:?}", refused[0].refusal)),
            Err(other) => panic!("{other}"),
        }
    }
}

/// Keeps the ledger locked until its standard input is closed: against writers, or for itself alone.
fn hold(data: &Path, name: &str) {
    let connection = Connection::open(data.join("ledger.db")).unwrap();
    if name == "alone" {
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    }
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE poll SET attempts = 0 WHERE account = ''").unwrap();
    say("locked");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    connection.execute_batch("ROLLBACK").unwrap();
}

/// What a process said, of all that it printed.
pub(crate) fn words(output: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(output).lines().filter_map(|line| line.strip_prefix("> ").map(str::to_owned)).collect()
}

/// A process that plays a part; it ends with the test.
pub(crate) struct Player {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// The command that plays a part.
pub(crate) fn command(part: &str, data: &Path, name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["child::plays_its_part", "--exact", "--nocapture", "--test-threads=1"])
        .env(PART, part)
        .env(DATA, data)
        .env(NAME, name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

impl Player {
    pub(crate) fn start(part: &str, data: &Path, name: &str) -> Self {
        let mut child = command(part, data, name).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// What it says next; `None` once it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(words) = line.strip_prefix("> ") {
                assert!(words.ends_with('\n'), "an acknowledgement is torn: {words:?}");
                return Some(words.trim_end().to_owned());
            }
        }
    }

    pub(crate) fn tell(&mut self, words: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{words}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it by SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Closes its standard input and waits for its end; all must have gone well.
    pub(crate) fn finish(mut self) -> Vec<String> {
        drop(self.input.take());
        let rest = std::iter::from_fn(|| self.hear()).collect();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
