//! Bad days at the screen: what was confirmed is never lost without a word (S3, S5), and no wait locks an account out (S7).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::pty::{PROGRAM, Session};
use crate::simulator::Simulator;

const DEALER: &str = "[[account]]\nid = \"dealer\"\nname = \"Dealer\"\nprovider = \"ai-background-studio\"\nplan = \"professional-plus\"\n\
                      slots = 50\nreset_day = 1\nlaunch_date = 2020-01-01\nsince = 2020-01-01\n";

/// A folder with a configuration and a ledger.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    /// A folder whose configuration has one account at a simulator, with its key in a file.
    fn polled((id, name): (&str, &str), provider: &str, key: &str, simulator: &Simulator) -> Self {
        let place = Self::new("");
        let (file, url) = (place.path("key"), &simulator.url);
        fs::write(&file, key).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let file = file.display();
        let account = format!(
            "[[account]]\nid = \"{id}\"\nname = \"{name}\"\nprovider = \"{provider}\"\nkey = {{ file = \"{file}\" }}\nbase_url = \"{url}\"\n"
        );
        fs::write(place.path("config.toml"), account).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self) -> [String; 4] {
        let path = |name: &str| self.path(name).display().to_string();
        ["--config".to_owned(), path("config.toml"), "--data-dir".to_owned(), path("data")]
    }

    /// Runs a command of the program; gives what it prints.
    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(PROGRAM).args(self.words()).args(arguments).stdin(Stdio::null()).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        out
    }

    /// How many entries the ledger has that is there now.
    fn entries(&self) -> usize {
        let list: serde_json::Value = serde_json::from_str(&self.run(&["ledger", "list", "--json"])).unwrap();
        list.get("entries").and_then(serde_json::Value::as_array).unwrap().len()
    }

    /// The dashboard, with what it says at its end in a file.
    fn dashboard(&self) -> Session {
        let mut shell = CommandBuilder::new("sh");
        shell.args(["-c", "exec \"$0\" \"$@\" 2>errors", PROGRAM]);
        shell.args(self.words());
        shell.cwd(self.folder.path());
        Session::run(shell, self.folder.path())
    }
}

/// Plans 20 photos, and asks to record them: the question is open.
fn ask_to_record(session: &mut Session) {
    session.until_text("Dealer");
    session.press("c");
    session.until_text("type an action");
    session.press("20 replace-background\r");
    session.until_text("It fits");
    session.until_text("type the next action");
    session.press("R");
    session.until_text("Write it?");
}

#[test]
fn s05_what_another_program_kept_from_being_recorded_is_said_at_the_end_with_its_command() {
    for by_key in [true, false] {
        let place = Place::new(DEALER);
        place.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "9", "--ref", "first"]);
        let mut session = place.dashboard();
        ask_to_record(&mut session);
        let other = rusqlite::Connection::open(place.path("data/ledger.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        session.press("y");
        session.until_text("Not recorded yet: the ledger is busy");
        let began = Instant::now();
        if by_key {
            session.press("\u{3}");
        } else {
            session.terminate();
        }
        let status = session.ended();
        let took = began.elapsed();
        assert!(took < Duration::from_millis(1500), "by key {by_key}: {took:?}");
        assert_eq!(status.exit_code(), 4, "by key {by_key}");
        session.until_given_back();
        let errors = fs::read_to_string(place.path("errors")).unwrap();
        assert!(errors.contains("1 entry that was confirmed is not recorded"), "{errors}");
        drop(other);
        assert_eq!(place.entries(), 1);
        let command =
            errors.lines().map(str::trim).find(|line| line.starts_with("creditop ")).unwrap_or_else(|| panic!("{errors}"));
        for expected in ["recorded spend", "already recorded"] {
            let path = format!("{}:/usr/bin:/bin", Path::new(PROGRAM).parent().unwrap().display());
            let output = Command::new("sh").args(["-c", command]).env("PATH", path).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(
                output.status.success() && said.contains(expected),
                "{command}: {said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        assert_eq!(place.entries(), 2);
    }
}

#[test]
fn s05_what_is_recorded_in_time_is_not_said_to_be_missing() {
    let place = Place::new(DEALER);
    let mut session = place.dashboard();
    ask_to_record(&mut session);
    let other = rusqlite::Connection::open(place.path("data/ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    session.press("y");
    session.until_text("Not recorded yet: the ledger is busy");
    other.execute_batch("ROLLBACK").unwrap();
    session.until_text("✓ Recorded 1 spend: Dealer 20");
    session.press("\u{3}");
    assert!(session.ended().success());
    assert_eq!((fs::read_to_string(place.path("errors")).unwrap().as_str(), place.entries()), ("", 1));
}

#[test]
fn s03_a_ledger_that_is_removed_takes_nothing_and_what_was_typed_stays() {
    let place = Place::new(DEALER);
    let mut session = place.dashboard();
    ask_to_record(&mut session);
    fs::rename(place.path("data"), place.path("aside")).unwrap();
    session.press("y");
    session.until_text("it was removed or moved away while it was open");
    session.until("no word of a record", |screen| !screen.contents().contains("✓ Recorded"));
    assert!(!place.path("data").exists(), "an empty ledger was put in its place");
    fs::rename(place.path("aside"), place.path("data")).unwrap();
    // The plan is still there.
    session.press("R");
    session.until_text("Write it?");
    session.press("y");
    session.until_text("✓ Recorded 1 spend: Dealer 20");
    session.press("\u{3}");
    assert!(session.ended().success());
    assert_eq!(place.entries(), 1);
}

#[test]
fn s03_a_backup_that_is_restored_is_read_and_nothing_goes_into_the_old_file() {
    let place = Place::new(DEALER);
    let grant = |amount: &str| place.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", amount]);
    grant("77");
    fs::create_dir(place.path("backup")).unwrap();
    fs::copy(place.path("data/ledger.db"), place.path("backup/ledger.db")).unwrap();
    grant("3000");
    let mut session = place.dashboard();
    session.until_text("3 577");
    ask_to_record(&mut session);
    fs::rename(place.path("data"), place.path("aside")).unwrap();
    fs::rename(place.path("backup"), place.path("data")).unwrap();
    session.press("y");
    session.until("a word of what became of it", |screen| {
        let contents = screen.contents();
        contents.contains("another file has taken its place") || contents.contains("✓ Recorded")
    });
    // The open dashboard may have noticed first: then it went into the ledger that is there.
    let recorded = session.contents().contains("✓ Recorded");
    assert_eq!(place.entries(), if recorded { 2 } else { 1 });
    if !recorded {
        // The plan is still there: from the field to it, and from it back.
        session.press("\u{1b}");
        session.until_text("0-9 quantity");
    }
    session.press("\u{1b}");
    session.until_text(if recorded { "557" } else { "577" });
    session.until("no figures of the old ledger", |screen| !screen.contents().replace('\u{202f}', " ").contains("3 577"));
    session.press("\u{3}");
    assert!(session.ended().success());
}

#[test]
fn s07_a_wait_of_years_is_a_day_and_a_person_may_ask_once_all_the_same() {
    let simulator = Simulator::run(&[], &["--fault", "studio/rate-limited=4294967295"]);
    let place = Place::polled(("studio", "Studio"), "imaginepro", "demo-imaginepro-studio", &simulator);
    let mut session = place.dashboard();
    session.until_text("Studio");
    // Said once the first answer is kept; until then it is still being asked.
    session.until_text("next in 23 h 5");
    session.press("r");
    session.until_text("the provider asks to wait for ");
    let said = session.contents();
    // A day, or what is left of it some milliseconds later.
    assert!(said.contains("for 1 d more") || said.contains("for 23 h 59 min more"), "{said}");
    // Before the answer it is asked, after it it was.
    session.until_text("asked once all the same");
    session.press("\u{3}");
    assert!(session.ended().success());
}

/// Builds what moves a program's clock, and gives its path. What links programs of Rust compiles it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn clock_shim(place: &Place) -> PathBuf {
    let shim = place.path("clock.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/clock.c");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&shim).arg(source).status().unwrap();
    assert!(built.success());
    shim
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn s01_an_open_dashboard_notices_that_the_clock_was_set_back_doubts_its_stamps_and_asks_at_once() {
    for online in [true, false] {
        let simulator = Simulator::run(&[], &[]);
        let place = Place::polled(("shop", "Shop"), "photoroom", "demo-photoroom-shop-cutouts", &simulator);
        let shim = clock_shim(&place);
        fs::write(place.path("offset"), "0").unwrap();
        let mut shell = CommandBuilder::new(PROGRAM);
        shell.args(place.words());
        shell.env("LD_PRELOAD", &shim);
        shell.env("CLOCK_OFFSET", place.path("offset"));
        let mut session = Session::run(shell, place.folder.path());
        session.until_text("130.4");
        session.until_text("next in");
        // Past the pause between two wishes.
        fs::write(place.path("offset"), "270000000").unwrap();
        session.until("that time has passed", |screen| !screen.contents().contains("polled 0 s ago"));
        std::thread::sleep(Duration::from_secs(6));
        session.press("r");
        session.until_text("polled 0 s ago");
        if !online {
            drop(simulator);
        }
        fs::write(place.path("offset"), "0").unwrap();
        session.until_text("The clock was set back");
        session.until("no schedule of years", |screen| {
            let contents = screen.contents();
            contents.contains("next in") && !contents.contains("3125 d") && !contents.contains("a clock was wrong")
        });
        if online {
            session.until("fresh figures", |screen| {
                let contents = screen.contents();
                contents.contains("130.4") && !contents.contains("not reachable")
            });
        } else {
            session.until_text("not reachable");
        }
        session.press("\u{3}");
        assert!(session.ended().success());
    }
}
