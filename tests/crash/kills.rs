//! SIGKILL at any moment (SPEC L4).

use std::collections::BTreeSet;
use std::time::Duration;

use creditop::store::{Filter, Ledger};

use crate::chance::{choices, runs};
use crate::child::{Player, entries_of_turn};
use crate::fixture::Fixture;
use crate::recording::{Folder, account, recorded, sound, spends};

/// Proves that a ledger has what was acknowledged of the appender `name`, turn by turn, and at most one turn more; how many entries.
#[track_caller]
pub(crate) fn prove(store: &Ledger, name: &str, acknowledged: &[String]) -> u64 {
    let found = recorded(store, &account(name));
    let promised: Vec<&str> = acknowledged.iter().flat_map(|line| line.split(' ')).collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "an entry is there twice");
    let (kept, beyond) = found.split_at(promised.len().min(found.len()));
    assert_eq!(kept, promised, "an acknowledged entry is lost, or out of order");
    // What was written when the kill came may be there although nobody was told, but only as a whole.
    let turn = acknowledged.len() + 1;
    let whole = entries_of_turn(turn);
    assert!(beyond.is_empty() || beyond.len() == whole, "turn {turn} is there in part: {beyond:?}");
    u64::try_from(found.len()).unwrap()
}

#[test]
fn l4_what_was_acknowledged_survives_a_kill_at_any_moment() {
    let mut random = choices("kills");
    let folder = Folder::new();
    let mut total = 0;
    for run in 0..runs() {
        let name = format!("run{run}");
        let mut player = Player::start("append", &folder.data(), &name);
        let mut acknowledged = Vec::new();
        // Mostly early, and now and then after the log has grown so far that it is moved into the file.
        let turns = if run % 20 == 19 { random.usize(120..240) } else { random.usize(1..60) };
        for _ in 0..turns {
            acknowledged.extend(player.hear());
        }
        // Somewhere within the next turn or the one after it.
        std::thread::sleep(Duration::from_micros(random.u64(0..1500)));
        player.kill();
        acknowledged.extend(std::iter::from_fn(|| player.hear()));
        let store = if run.is_multiple_of(10) { sound(&folder.data()) } else { Ledger::open(&folder.data()).unwrap() };
        total += prove(&store, &name, &acknowledged);
        assert_eq!(store.last_seq().unwrap().0, i64::try_from(total).unwrap(), "nothing else was written");
    }
    let store = sound(&folder.data());
    assert_eq!(store.entries_filtered(&Filter::default()).unwrap().len() as u64, total);
    eprintln!("{} kills among {total} entries", runs());
}

#[test]
fn l4_a_kill_while_the_ledger_is_made_leaves_one_that_can_be_used() {
    let mut random = choices("kills while made");
    for run in 0..runs() {
        let folder = Folder::new();
        let mut player = Player::start("append", &folder.data(), "first");
        std::thread::sleep(Duration::from_micros(random.u64(0..20_000)));
        player.kill();
        let acknowledged: Vec<String> = std::iter::from_fn(|| player.hear()).collect();
        prove(&sound(&folder.data()), "first", &acknowledged);
        drop(player);
        let mut again = Player::start("append", &folder.data(), &format!("again{run}"));
        assert!(again.hear().is_some());
    }
}

/// When to kill a command so that it is most likely in the midst of its writing: the machine may get slower or faster.
struct Aim {
    microseconds: u64,
}

impl Aim {
    fn wait(&self, random: &mut fastrand::Rng) {
        std::thread::sleep(Duration::from_micros(random.u64(self.microseconds / 2..=self.microseconds + self.microseconds / 8)));
    }

    /// Aims later after a command was cut off, and earlier after one that was done.
    fn learn(&mut self, was_cut: bool) {
        let step = self.microseconds / 4;
        self.microseconds = if was_cut { self.microseconds + step } else { self.microseconds - step }.max(1000);
    }
}

#[test]
fn l4_a_killed_import_is_there_as_a_whole_or_not_at_all() {
    const LINES: u64 = 400;
    let mut random = choices("killed imports");
    let fixture = Fixture::hand_kept();
    let file = fixture.write("whole.jsonl", spends("whole", LINES));
    fixture.run(&["ledger", "import", &file]).ends(0);
    let mut aim = Aim { microseconds: 80_000 };
    let (mut cut, mut whole) = (0, 1);
    for run in 0..runs() {
        let file = fixture.write("part.jsonl", spends(&format!("import-{run}"), LINES));
        let mut import = fixture.command(&["ledger", "import", &file]).spawn().unwrap();
        aim.wait(&mut random);
        import.kill().unwrap();
        let said = import.wait_with_output().unwrap();
        let store = Ledger::open(&fixture.path("data")).unwrap();
        let found = store.entries(&account("portraits")).unwrap();
        let of_this = found.iter().filter(|entry| entry.reference.as_str().starts_with(&format!("import-{run}-"))).count() as u64;
        let acknowledged = said.stdout == format!("recorded {LINES} entries\n").as_bytes();
        assert!(of_this == LINES || of_this == 0 && !acknowledged, "{of_this} of {LINES} entries of a batch");
        aim.learn(of_this == 0);
        if of_this == 0 {
            cut += 1;
        } else {
            whole += 1;
        }
        assert_eq!(found.len() as u64, whole * LINES);
    }
    sound(&fixture.path("data"));
    eprintln!("{cut} imports were cut off, {whole} were done");
}

#[test]
fn l4_a_killed_command_did_what_it_said() {
    let mut random = choices("killed commands");
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "first"]).ends(0);
    let mut aim = Aim { microseconds: 20_000 };
    let mut cut = 0;
    for run in 0..runs() {
        let reference = format!("job-{run}");
        let arguments = ["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", &reference];
        let mut spend = fixture.command(&arguments).spawn().unwrap();
        aim.wait(&mut random);
        spend.kill().unwrap();
        let said = String::from_utf8(spend.wait_with_output().unwrap().stdout).unwrap();
        let listed = fixture.run(&["ledger", "list", "--ref", &reference, "--json"]).ends(0).json();
        let count = listed["entries"].as_array().unwrap().len();
        aim.learn(count == 0);
        cut += u64::from(said.is_empty());
        assert!(count == 1 || count == 0 && said.is_empty(), "{said:?}, and {count} entries");
        // L2: whoever was not told asks again, and it is recorded once.
        let again = fixture.run(&arguments).ends(0).out;
        assert_eq!(again.starts_with("already recorded"), count == 1, "{again}");
    }
    let store = sound(&fixture.path("data"));
    assert_eq!(store.entries(&account("portraits")).unwrap().len() as u64, runs() + 1);
    eprintln!("{cut} of {} commands were cut off", runs());
}
