//! A hostile server: whatever it answers is a failure of its own kind, in time, without the key, and no other account's.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use crate::chance::{choices, runs};
use crate::fixture::{Fixture, Run, files};
use crate::server::{Behaviour, Connection, Server};
use crate::{bodies, wire};

/// The key of the account that is asked at the hostile server.
pub(crate) const KEY: &str = "sk-hostile-9f8e7d6c5b4a39281706f5e4";

/// How much later than its time limit the program may end on a busy machine: a debug build takes many seconds for what it has read of a
/// flood before it looks at the clock, where a release takes half a second.
const GRACE: Duration = Duration::from_mins(1);

/// What an answer must come to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// This total.
    Total(&'static str),
    /// A failure of one of these kinds.
    Failure(&'static [&'static str]),
    /// Either: only that nothing else suffers counts.
    Whatever,
}

pub(crate) fn is_told(total: &'static str) -> Expected {
    Expected::Total(total)
}

pub(crate) fn fails(kinds: &'static [&'static str]) -> Expected {
    Expected::Failure(kinds)
}

pub(crate) fn whatever() -> Expected {
    Expected::Whatever
}

impl Expected {
    /// What the program gives an answer: little where it never ends, else so much that a busy machine doesn't matter.
    fn limit(self) -> Duration {
        match self {
            Self::Failure(kinds) if kinds.contains(&"timeout") => Duration::from_millis(1500),
            Self::Whatever => Duration::from_secs(3),
            _ => Duration::from_secs(30),
        }
    }
}

/// A way to answer.
pub(crate) struct Case {
    name: &'static str,
    expected: Expected,
    behaviour: Behaviour,
}

impl Case {
    pub(crate) fn new(
        name: &'static str,
        expected: Expected,
        behaviour: impl Fn(&mut Connection) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { name, expected, behaviour: Arc::new(behaviour) }
    }
}

fn table() -> Vec<Case> {
    let parts = [
        bodies::not_json(),
        bodies::values(),
        bodies::packed(),
        wire::statuses(),
        wire::redirects(),
        wire::manners(),
        wire::slowness(),
    ];
    parts.into_iter().flatten().collect()
}

fn good() -> Server {
    Server::start(Arc::new(|connection| connection.send(wire::ok(bodies::GOOD.as_bytes()))))
}

fn account(id: &str, url: &str, variable: &str) -> String {
    format!("[[account]]\nid = \"{id}\"\nprovider = \"imaginepro\"\nkey = {{ env = \"{variable}\" }}\nbase_url = \"{url}\"\n")
}

/// An account at a good server, a hand-kept one, and one at each of the hostile servers.
fn fixture(good: &Server, hostile: &[&Server]) -> Fixture {
    let mut config = account("good", &good.url, "GOOD_KEY") + "[[account]]\nid = \"hand\"\nprovider = \"generic\"\n";
    for (number, server) in hostile.iter().enumerate() {
        config.push_str(&account(&format!("bad-{number}"), &server.url, "BAD_KEY"));
    }
    let mut fixture = Fixture::new(&config);
    fixture.variable("GOOD_KEY", "sk-good");
    fixture.variable("BAD_KEY", KEY);
    fixture
}

fn find<'a>(document: &'a Value, id: &str) -> &'a Value {
    document["accounts"].as_array().unwrap().iter().find(|account| account["id"] == id).unwrap()
}

/// What went wrong with one account, in words; empty where all is as it should be.
fn verdict(account: &Value, expected: Expected) -> String {
    let (kind, total) = (&account["error"]["kind"], account["total"].to_string());
    let is_right = match expected {
        Expected::Whatever => true,
        Expected::Total(wanted) => kind.is_null() && total == wanted,
        Expected::Failure(kinds) => kind.as_str().is_some_and(|kind| kinds.contains(&kind)) && account["state"] == "error",
    };
    if is_right {
        String::new()
    } else {
        format!("expected {expected:?}, and it is {kind} {}, total {total}\n", account["error"]["message"])
    }
}

/// What no run may do, whatever was answered.
fn lapses(fixture: &Fixture, run: &Run) -> String {
    let mut wrong = String::new();
    if !(run.code == 0 || run.code == 3) {
        let _ = writeln!(wrong, "exit code {}", run.code);
    }
    let is_strange = |c: char| c.is_control() && c != '\n';
    for (name, text) in [("stdout", &run.out), ("stderr", &run.err)] {
        if text.contains(is_strange) || text.contains('\u{202e}') {
            let _ = writeln!(wrong, "{name} could steer a terminal: {text:?}");
        }
        if text.contains("panicked") || text.contains("fault in creditop") {
            let _ = writeln!(wrong, "a panic: {text}");
        }
        if text.contains(KEY) {
            let _ = writeln!(wrong, "the key is on {name}");
        }
    }
    for file in files(&fixture.path("data")) {
        if std::fs::read(&file).unwrap().windows(KEY.len()).any(|part| part == KEY.as_bytes()) {
            let _ = writeln!(wrong, "the key is in {}", file.display());
        }
    }
    wrong
}

/// Runs one case; what is wrong with it, empty where nothing is.
fn try_case(case: &Case, good: &Server) -> String {
    let server = Server::start(Arc::clone(&case.behaviour));
    let fixture = fixture(good, &[&server]);
    let begun = Instant::now();
    let limit = case.expected.limit();
    let run = fixture.run(&["status", "--json", "--timeout", &format!("{}ms", limit.as_millis())]);
    let took = begun.elapsed();
    let mut wrong = lapses(&fixture, &run);
    if took > limit + GRACE {
        let _ = writeln!(wrong, "it took {took:?}");
    }
    if server.asked() == 0 {
        wrong.push_str("the server was not asked\n");
    }
    let Ok(document) = serde_json::from_str::<Value>(&run.out) else {
        return format!("{wrong}no document: {} {}\n", run.out, run.err);
    };
    let other = find(&document, "good");
    if other["state"] != "ok" || other["total"] != 2600 || other["error"] != Value::Null {
        let _ = writeln!(wrong, "the other account is harmed: {other}");
    }
    wrong.push_str(&verdict(find(&document, "bad-0"), case.expected));
    // The page for people, from what was stored.
    let page = fixture.run(&["status", "--offline"]);
    wrong.push_str(&lapses(&fixture, &page));
    if !page.out.contains("2 600") && !page.out.contains("2600") {
        let _ = writeln!(wrong, "the page lacks the other account: {}{}", page.out, page.err);
    }
    let verified = fixture.run(&["ledger", "verify"]);
    if verified.code != 0 {
        let _ = writeln!(wrong, "the ledger is not sound: {}{}", verified.out, verified.err);
    }
    wrong
}

#[test]
fn s09_whatever_a_server_answers_is_its_own_failure_and_nobody_else_s() {
    let (cases, good) = (table(), good());
    assert!(cases.len() >= 80);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = String::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
            let told = try_case(case, &good);
            if !told.is_empty() {
                let _ = write!(wrong, "— {}:\n{told}", case.name);
            }
        }
        wrong
    };
    let wrong: String = thread::scope(|threads| {
        let workers: Vec<_> = (0..4).map(|_| threads.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{wrong}");
}

/// A right answer, in which so much was changed, lost or put in that it may be anything.
fn changed(random: &mut Rng) -> Vec<u8> {
    let body = bodies::GOOD.as_bytes();
    let mut bytes = match random.u8(0..3) {
        0 => wire::answer("200 OK", &[("Content-Encoding", "gzip")], &wire::gzipped(body)),
        1 => [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            format!("{:x}\r\n", body.len()).as_bytes(),
            body,
            b"\r\n0\r\n\r\n",
        ]
        .concat(),
        _ => wire::ok(body),
    };
    for _ in 0..random.usize(1..6) {
        let at = random.usize(0..bytes.len());
        let end = (at + random.usize(0..12)).min(bytes.len());
        let new: Vec<u8> = match random.u8(0..4) {
            0 => Vec::new(),
            1 => (0..random.usize(1..9)).map(|_| random.u8(..)).collect(),
            2 => random
                .choice(["\r\n", "\r\n\r\n", "9999999999", "-1", "{", "\"", "null", "e9", "\0", ": "])
                .unwrap()
                .as_bytes()
                .to_vec(),
            _ => bytes[at..end].repeat(random.usize(2..200)),
        };
        bytes.splice(at..end, new);
    }
    bytes
}

#[test]
fn s09_answers_changed_at_random_harm_nobody() {
    let good = good();
    for run in 0..runs(20) {
        let (mut random, repeat) = choices("s09_answers_changed_at_random_harm_nobody", run);
        let bytes = changed(&mut random);
        let told = bytes.escape_ascii().to_string();
        let wrong = try_case(&Case::new("changed", whatever(), move |connection| connection.send(&bytes)), &good);
        assert!(wrong.is_empty(), "{wrong}{told}\n{repeat}");
    }
}

#[test]
fn s09_all_hostile_servers_at_once_harm_no_other_account() {
    let (cases, good) = (table(), good());
    let servers: Vec<Server> = cases.iter().map(|case| Server::start(Arc::clone(&case.behaviour))).collect();
    let fixture = fixture(&good, &servers.iter().collect::<Vec<_>>());
    let begun = Instant::now();
    let run = fixture.run(&["status", "--json", "--timeout", "10s"]);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10) + GRACE, "{took:?}");
    assert_eq!(lapses(&fixture, &run), "");
    assert_eq!(find(&run.json(), "good")["total"], 2600, "{}", run.err);
    let verified = fixture.run(&["ledger", "verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

#[test]
fn p10_forty_hosts_that_hang_keep_nobody_waiting() {
    let good = good();
    let servers: Vec<Server> = (0..40).map(|_| Server::start(Arc::new(Connection::hang))).collect();
    let fixture = fixture(&good, &servers.iter().collect::<Vec<_>>());
    let begun = Instant::now();
    let run = fixture.run(&["status", "--json", "--timeout", "2s"]).ends(3);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(2) + GRACE, "{took:?}");
    let document = run.json();
    assert_eq!(find(&document, "good")["total"], 2600);
    for number in 0..40 {
        assert_eq!(find(&document, &format!("bad-{number}"))["error"]["kind"], "timeout");
    }
}
