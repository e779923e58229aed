//! Eight processes take from ten credits: exactly ten are given, whoever comes first, and however they date what they take (S2).

use std::process::{Child, Command};

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::chance::runs;
use crate::fixture::{Fixture, Run, finish};

const PROCESSES: usize = 8;

/// What each process takes of the ten credits.
const EACH: &str = "2";

const TILL: &str = "
[[account]]
id = \"till\"
provider = \"generic\"
";

/// How credits are taken.
#[derive(Debug, Clone, Copy)]
enum Way {
    Hold,
    Adjust,
    Capture,
    /// By `quote --commit`.
    Commit,
    /// By `quote --hold`.
    QuoteAndHold,
    /// By a file with a hold.
    Import,
    /// Each process in a way of its own.
    Mixed,
}

const WAYS: [Way; 7] = [Way::Hold, Way::Adjust, Way::Capture, Way::Commit, Way::QuoteAndHold, Way::Import, Way::Mixed];

/// The program by the machine's own clock: what is raced for is the order in time.
fn run(fixture: &Fixture, arguments: &[&str]) -> Command {
    let with_clock = fixture.command(&[]);
    let mut command = Command::new(with_clock.get_program());
    command.env_clear();
    for (name, value) in with_clock.get_envs() {
        command.envs(value.map(|value| (name, value)));
    }
    command.args(["--tz", "UTC"]).args(arguments);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command
}

/// An instant so many seconds ago.
fn ago(seconds: i64) -> String {
    (Utc::now() - TimeDelta::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Starts a process that takes its part; every other one dates it a little earlier.
fn take(fixture: &Fixture, way: Way, number: usize) -> Child {
    let at = ago(i64::try_from(number % 3).unwrap());
    let dated = if number.is_multiple_of(2) { vec![] } else { vec!["--at", at.as_str()] };
    let ledger = |arguments: &[&str]| {
        run(fixture, &[&["ledger"], arguments, &["-a", "till", "--amount", EACH], dated.as_slice()].concat()).spawn().unwrap()
    };
    let use_up = format!("use={EACH}");
    match way {
        Way::Hold => ledger(&["hold"]),
        Way::Adjust => {
            let minus = format!("-{EACH}");
            let taken = ["ledger", "adjust", "-a", "till", "--bucket", "credits", "--amount", minus.as_str()];
            run(fixture, &[&taken, dated.as_slice()].concat()).spawn().unwrap()
        }
        Way::Capture => ledger(&["capture", "--hold", "all"]),
        Way::Commit => run(fixture, &["quote", "-a", "till", &use_up, "--commit"]).spawn().unwrap(),
        Way::QuoteAndHold => run(fixture, &["quote", "-a", "till", &use_up, "--hold"]).spawn().unwrap(),
        Way::Import => {
            let line = format!(r#"{{"kind":"hold","account":"till","at":"{at}","amount":{EACH},"ref":"line-{number}"}}"#);
            let file = fixture.write(&format!("{number}.jsonl"), line);
            run(fixture, &["ledger", "import", &file]).spawn().unwrap()
        }
        Way::Mixed => match number % 4 {
            0 => take(fixture, Way::Commit, number),
            1 => take(fixture, Way::Hold, number),
            2 => take(fixture, Way::Import, number),
            _ => take(fixture, Way::QuoteAndHold, number),
        },
    }
}

/// One trial: who got what they asked for.
fn trial(way: Way) -> (Fixture, Vec<Run>) {
    let fixture = Fixture::new(TILL);
    let set_up = |arguments: &[&str]| finish(run(&fixture, arguments).spawn().unwrap()).ends(0);
    set_up(&["ledger", "grant", "-a", "till", "--bucket", "credits", "--amount", "10", "--at", "-1d", "--ref", "ten"]);
    if let Way::Capture = way {
        set_up(&["ledger", "hold", "-a", "till", "--amount", "10", "--at", &ago(60), "--ref", "all"]);
    }
    let children: Vec<Child> = (0..PROCESSES).map(|number| take(&fixture, way, number)).collect();
    let ended = children.into_iter().map(finish).collect();
    (fixture, ended)
}

#[test]
fn s02_eight_processes_take_exactly_ten_of_ten_credits() {
    let trials = runs(14);
    let mut given = std::collections::BTreeMap::new();
    for (number, way) in (0..trials).zip(WAYS.into_iter().cycle()) {
        let (fixture, ended) = trial(way);
        let done = ended.iter().filter(|run| run.code == 0).count();
        for refused in ended.iter().filter(|run| run.code != 0) {
            assert_eq!(refused.code, 1, "{way:?}: {}", refused.err);
        }
        *given.entry(done * 2).or_insert(0) += 1;
        assert_eq!(done * 2, 10, "trial {number}, {way:?}: {given:?}");
        let balance = finish(run(&fixture, &["ledger", "balance", "-a", "till", "--json"]).spawn().unwrap()).ends(0).json();
        let account = &balance["accounts"][0];
        assert_eq!(account["spendable"], 0, "{way:?}: {account}");
        assert_eq!(account["uncovered"], serde_json::json!([]), "{way:?}: {account}");
        assert_eq!(account["held"], account["total"], "{way:?}: {account}");
        finish(run(&fixture, &["ledger", "verify"]).spawn().unwrap()).ends(0);
    }
    println!("credits given of ten, by trials: {given:?}");
}
