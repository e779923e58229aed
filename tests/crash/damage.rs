//! Files that were damaged, cut off, or written by a newer release: told plainly, and left as they are (SPEC L4, L6).

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use creditop::report::Report;
use creditop::store::{Ledger, StoreError};

use crate::chance::{choices, runs};
use crate::fixture::Fixture;
use crate::recording::{Folder, account, batch, bytes, line, now, proposal, recorded, rules, sound, spends};

const PAGE: usize = 4096;

/// The bytes of a ledger with 120 entries, closed properly.
fn whole_ledger() -> Vec<u8> {
    let folder = Folder::new();
    let mut store = Ledger::open(&folder.data()).unwrap();
    for name in ["dealer", "studio", "shop"] {
        let lines: String = (0..40).map(|number| line(&account(name), &format!("{name}-{number}"))).collect();
        store.import(&batch(&lines), &rules, now(), false).unwrap();
    }
    drop(store);
    fs::read(folder.data().join("ledger.db")).unwrap()
}

/// A folder with a ledger of these bytes.
fn folder_with(ledger: &[u8]) -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.data()).unwrap();
    fs::write(folder.data().join("ledger.db"), ledger).unwrap();
    folder
}

/// Everything that is wrong with a ledger, told by opening it, checking it and reading all of it.
fn complaints(data: &Path) -> Vec<StoreError> {
    let store = match Ledger::open(data) {
        Ok(store) => store,
        Err(error) => return vec![error],
    };
    let mut complaints = Vec::new();
    match store.verify(None) {
        Err(error) => complaints.push(error),
        Ok(report) => {
            let damaged = |flaw| StoreError::Damaged { location: store.location().clone(), flaw };
            complaints.extend(report.flaws.into_iter().map(damaged));
        }
    }
    complaints.extend(["dealer", "studio", "shop"].iter().filter_map(|name| store.entries(&account(name)).err()));
    complaints
}

#[test]
fn l4_a_damaged_page_is_reported_and_nothing_is_written_over() {
    let mut random = choices("damaged pages");
    let whole = whole_ledger();
    assert!(whole.len() > 8 * PAGE);
    for page in 0..whole.len() / PAGE {
        let mut damaged = whole.clone();
        let noisy = random.bool();
        damaged[page * PAGE..(page + 1) * PAGE].fill_with(|| if noisy { random.u8(..) } else { 0 });
        let folder = folder_with(&damaged);
        let complaints = complaints(&folder.data());
        assert!(!complaints.is_empty(), "page {page} (noise: {noisy}) is not missed");
        for error in complaints {
            assert!(error.to_string().contains("ledger.db"), "{error}");
            assert_eq!(Report::from(error).ending.code(), 4);
        }
        assert!(bytes(&folder.data()) == [(folder.data().join("ledger.db"), damaged)], "reading page {page} wrote");
    }
}

#[test]
fn l4_a_damaged_byte_never_brings_the_program_down() {
    let mut random = choices("damaged bytes");
    let whole = whole_ledger();
    for _ in 0..4 * runs() {
        let mut damaged = whole.clone();
        damaged[random.usize(0..whole.len())] = random.u8(..);
        let folder = folder_with(&damaged);
        // Some bytes mean nothing, and SQLite keeps no sums over its pages: not each of them can be missed.
        complaints(&folder.data());
        assert!(bytes(&folder.data()) == [(folder.data().join("ledger.db"), damaged)], "reading wrote");
    }
}

#[test]
fn l4_a_damaged_ledger_makes_every_command_say_so() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &spends("job", 200)).ends(0);
    let file = fixture.path("data").join("ledger.db");
    let mut damaged = fs::read(&file).unwrap();
    // All but the page that tells whose file it is.
    damaged[PAGE..].fill(0xa5);
    fs::write(&file, &damaged).unwrap();
    for arguments in [
        ["ledger", "list", "-a", "portraits"].as_slice(),
        &["ledger", "balance", "-a", "portraits"],
        &["ledger", "export"],
        &["status", "--offline"],
        &["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "new"],
    ] {
        fixture.run(arguments).ends(4).says(&["ledger.db", "damaged", "hint: "]);
    }
    fixture.run_with(&["ledger", "import", "-"], &spends("new", 1)).ends(4).says(&["damaged", "hint: "]);
    let verified = fixture.run(&["ledger", "verify"]);
    assert!([1, 4].contains(&verified.code), "{verified:?}");
    assert!(bytes(&fixture.path("data")) == [(file, damaged)]);
}

#[test]
fn l4_a_ledger_that_was_cut_off_is_reported_and_nothing_is_written_over() {
    let mut random = choices("cut ledgers");
    let whole = whole_ledger();
    // A file without any byte is what a kill while it was made leaves: nothing tells that there was more, so it is filled.
    let mut cuts = vec![1, 2, 99, 100, 511, 512, PAGE - 1, PAGE, PAGE + 1, whole.len() - PAGE, whole.len() - 1];
    cuts.extend((0..runs()).map(|_| random.usize(1..whole.len())));
    for cut in cuts {
        let folder = folder_with(&whole[..cut]);
        let complaints = complaints(&folder.data());
        assert!(!complaints.is_empty(), "{cut} of {} bytes", whole.len());
        for error in complaints {
            assert!(!matches!(error, StoreError::Engine { .. }), "a clear error at {cut}: {error}");
        }
        assert!(bytes(&folder.data()) == [(folder.data().join("ledger.db"), whole[..cut].to_vec())], "cut at {cut}");
    }
}

/// Files by their names.
type Files = Vec<(OsString, Vec<u8>)>;

/// The files of a ledger as a crash leaves them, much of it in the log only; and its refs, one entry a time.
fn crashed_ledger() -> (Files, Vec<String>) {
    let folder = Folder::new();
    let dealer = account("dealer");
    let mut store = Ledger::open(&folder.data()).unwrap();
    let refs: Vec<String> = (0..24).map(|number| format!("dealer-{number}")).collect();
    for (number, reference) in refs.iter().enumerate() {
        store.append(&[proposal(&dealer, reference)], &rules, now()).unwrap();
        if number == 9 {
            // Closing moves the log into the file; the rest stays in a new log.
            drop(store);
            store = Ledger::open(&folder.data()).unwrap();
        }
    }
    let files = bytes(&folder.data()).into_iter().map(|(path, content)| (path.file_name().unwrap().to_owned(), content));
    (files.collect(), refs)
}

fn put(files: &Files, folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
}

/// A log that was cut off can't be told from one that a crash interrupted: each frame carries a running sum, and what
/// follows the last sound commit counts as never written. So no error can be asked for. What must hold: the entries up to some
/// commit are there, nothing is torn, what the file itself had is kept, and the ledger goes on.
#[test]
fn l4_a_log_that_was_cut_off_or_damaged_leaves_a_sound_beginning() {
    let mut random = choices("cut logs");
    let (files, refs) = crashed_ledger();
    for run in 0..runs() {
        let folder = Folder::new();
        put(&files, &folder.data());
        let path = folder.data().join("ledger.db-wal");
        let mut log = fs::read(&path).unwrap();
        let place = random.usize(0..log.len());
        if run.is_multiple_of(2) {
            log.truncate(place);
        } else {
            log[place] ^= random.u8(1..);
        }
        fs::write(path, log).unwrap();
        let mut store = sound(&folder.data());
        let found = recorded(&store, &account("dealer"));
        assert!(found.len() >= 10 && refs.starts_with(&found), "{found:?}");
        store.append(&[proposal(&account("dealer"), "dealer-1000")], &rules, now()).unwrap();
        drop(store);
        assert_eq!(recorded(&sound(&folder.data()), &account("dealer")).len(), found.len() + 1);
    }
}

#[test]
fn l4_a_whole_log_brings_back_every_entry() {
    let (files, refs) = crashed_ledger();
    let folder = Folder::new();
    put(&files, &folder.data());
    assert_eq!(recorded(&sound(&folder.data()), &account("dealer")), refs);
}

#[test]
fn l4_a_log_whose_ledger_is_gone_or_empty_is_kept() {
    let fixture = Fixture::hand_kept();
    for gone in [true, false] {
        let data = fixture.path("data");
        let _ = fs::remove_dir_all(&data);
        put(&crashed_ledger().0, &data);
        if gone {
            fs::remove_file(data.join("ledger.db")).unwrap();
        } else {
            fs::write(data.join("ledger.db"), "").unwrap();
        }
        let before = bytes(&data);
        for arguments in [["ledger", "list"].as_slice(), &["ledger", "spend", "-a", "dealer", "--amount", "1"]] {
            fixture.run(arguments).ends(4).says(&["damaged", "missing or empty", "ledger.db-wal", "hint: "]);
        }
        assert!(bytes(&data) == before);
    }
}

#[test]
fn l6_a_ledger_of_a_newer_release_is_refused_by_every_command_and_left_byte_for_byte() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", "old"]).ends(0);
    let raw = rusqlite::Connection::open(fixture.path("data").join("ledger.db")).unwrap();
    raw.execute_batch("PRAGMA user_version = 4000").unwrap();
    drop(raw);
    let before = bytes(&fixture.path("data"));
    for arguments in [
        ["ledger", "list"].as_slice(),
        &["ledger", "verify"],
        &["ledger", "export"],
        &["ledger", "spend", "-a", "portraits", "--amount", "1"],
        &["status", "--offline"],
        &["quote", "-a", "portraits", "--offline", "cutout=1"],
    ] {
        fixture.run(arguments).ends(4).says(&["ledger.db", "format 4000", "newest creditop"]);
    }
    assert!(bytes(&fixture.path("data")) == before);
}

#[test]
fn s12_verify_prints_a_head_and_holds_a_later_ledger_against_it() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &spends("job", 12)).ends(0);
    let head = |fixture: &Fixture| {
        let out = fixture.run(&["ledger", "verify"]).ends(0).out;
        out.lines().find_map(|line| line.strip_prefix("head: ")).unwrap().to_owned()
    };
    let seen = head(&fixture);
    assert!(seen.starts_with("12-") && seen.len() == 35, "{seen}");
    let copy = fs::read(fixture.path("data/ledger.db")).unwrap();
    fixture.run_with(&["ledger", "import", "-"], &spends("more", 3)).ends(0);
    let later = head(&fixture);
    let run = fixture.run(&["ledger", "verify", "--expect", &seen]).ends(0).out;
    assert!(run.contains(&format!("it begins with the entries of head {seen}; 3 entries came since\n")), "{run}");
    // The last three are lost, as with a log that was cut off or a copy that was put back.
    fs::write(fixture.path("data/ledger.db"), &copy).unwrap();
    fixture
        .run(&["ledger", "verify", "--expect", &later])
        .ends(1)
        .says(&["has 2 flaws", &format!("it has 12 entries, and head {later} was seen: the last 3 are gone")]);
    fixture.run(&["ledger", "verify", "--expect", "12-abc"]).ends(2).says(&["is no head of a ledger", "creditop ledger verify"]);
}

#[test]
fn s12_a_ledger_that_has_become_shorter_is_said_once_and_named_until_it_is_taken_as_it_is() {
    let fixture = Fixture::hand_kept();
    fixture.run_with(&["ledger", "import", "-"], &spends("job", 12)).ends(0);
    let data = fixture.path("data");
    let older = fs::read(data.join("ledger.db")).unwrap();
    let more = fixture.run_with(&["ledger", "import", "-"], &spends("more", 3)).ends(0);
    assert_eq!(more.err, "");
    let newest = fs::read(data.join("ledger.db")).unwrap();
    let seen = fs::read(data.join("ledger.seen")).unwrap();
    for (what, file) in [("emptied", &b""[..]), ("put back", &older)] {
        fs::write(data.join("ledger.db"), file).unwrap();
        fs::write(data.join("ledger.seen"), &seen).unwrap();
        let has = if file.is_empty() { 0 } else { 12 };
        let shorter = format!("the ledger has become shorter: it had 15 entries, up to \"more-2\" of portraits, and has {has}");
        // Reading alone tells it each time, and leaves it to be told.
        for _ in 0..2 {
            if has > 0 {
                let run = fixture.run(&["status", "--offline", "--read-only"]).ends(0);
                assert!(run.err.contains(&shorter), "{what}: {}", run.err);
            }
        }
        let run = fixture.run(&["status", "--offline"]).ends(0);
        assert!(
            run.err.contains(&format!("warning: {shorter}")) && run.err.contains("hint: restore the newest copy"),
            "{}",
            run.err
        );
        assert_eq!(fixture.run(&["status", "--offline"]).ends(0).err, "", "{what}: once");
        fixture.run(&["ledger", "verify"]).ends(1).says(&[&shorter, "creditop ledger verify --accept"]);
        // What is recorded since does not hide it.
        fixture.run_with(&["ledger", "import", "-"], &spends("since", 9)).ends(0);
        fixture.run(&["ledger", "verify"]).ends(1).says(&["\"more-2\" of portraits"]);
        if file.is_empty() {
            let accepted = fixture.run(&["ledger", "verify", "--accept"]).ends(0).out;
            assert!(
                accepted.starts_with("taken as it is: the ledger has become shorter") && accepted.contains("no flaws"),
                "{accepted}"
            );
        } else {
            // The newest is put back: then what came after the older one is gone, and nothing else.
            fs::write(data.join("ledger.db"), &newest).unwrap();
            let run = fixture.run(&["status", "--offline"]).ends(0);
            assert!(run.err.contains("it had 21 entries, up to \"since-8\" of portraits, and has 15"), "{}", run.err);
            fixture.run(&["ledger", "verify"]).ends(1).says(&["has 1 flaw"]);
            fixture.run(&["ledger", "verify", "--accept"]).ends(0);
        }
        fixture.run(&["ledger", "verify"]).ends(0);
    }
}

#[test]
fn s12_a_data_folder_that_is_deleted_or_put_back_from_a_backup_is_noticed() {
    let mut fixture = Fixture::hand_kept();
    // Else the ledger would lie in the temporary folder, of which nothing is remembered.
    fs::create_dir(fixture.path("tmp")).unwrap();
    fixture.variable("TMPDIR", &fixture.path("tmp").display().to_string());
    let data = fixture.path("data");
    let backup = fixture.path("backup");
    fixture.run_with(&["ledger", "import", "-"], &spends("job", 12)).ends(0);
    put_folder(&data, &backup);
    fixture.run_with(&["ledger", "import", "-"], &spends("more", 3)).ends(0);
    let was = "the ledger has become shorter: it had 15 entries, up to \"more-2\" of portraits, and has";
    for has in ["0", "12"] {
        fs::remove_dir_all(&data).unwrap();
        let shorter = format!("{was} {has} (seen on 2026-11-20)");
        if has == "12" {
            put_folder(&backup, &data);
            let run = fixture.run(&["status", "--offline", "--read-only"]).ends(0);
            assert!(run.err.contains(&shorter), "{}", run.err);
        } else {
            fixture.run(&["status", "--offline", "--read-only"]).ends(4).says(&["it does not exist yet", &shorter]);
            assert!(!data.exists());
        }
        let run = fixture.run(&["status", "--offline"]).ends(0);
        assert!(run.err.contains(&format!("warning: {shorter}")), "{}", run.err);
        assert_eq!(fixture.run(&["status", "--offline"]).ends(0).err, "", "once");
        fixture.run(&["ledger", "verify"]).ends(1).says(&[&shorter, "creditop ledger verify --accept"]);
        let accepted = fixture.run(&["ledger", "verify", "--accept"]).ends(0).out;
        assert!(accepted.starts_with("taken as it is: the ledger has become shorter"), "{accepted}");
        fixture.run(&["ledger", "verify"]).ends(0);
        if has == "0" {
            // Put back whole, it is a ledger as any other, and what is recorded is seen.
            fixture.run_with(&["ledger", "import", "-"], &(spends("job", 12) + &spends("more", 3))).ends(0);
        }
    }
}

/// Copies a folder of files.
fn put_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn s12_a_lost_log_is_found_by_what_was_seen() {
    let fixture = Fixture::hand_kept();
    put(&crashed_ledger().0, &fixture.path("data"));
    let seen = fixture.run(&["ledger", "verify"]).ends(0).out;
    assert!(seen.contains("24 entries"), "{seen}");
    // As a crash of the machine leaves it where the disk lied: the log is gone.
    let _ = fs::remove_file(fixture.path("data/ledger.db"));
    let (files, _) = crashed_ledger();
    let ledger = files.iter().find(|(name, _)| name == "ledger.db").unwrap();
    fs::write(fixture.path("data/ledger.db"), &ledger.1).unwrap();
    fixture.run(&["ledger", "verify"]).ends(1).says(&["it had 24 entries, up to \"dealer-23\" of dealer, and has 10"]);
}
