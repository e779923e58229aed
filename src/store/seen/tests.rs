use std::fs;

use super::places::{FOLDER, SEEN_NAME};
use super::*;
use crate::store::testing::{Folder, grant_body, now, proposal, rules, spend_body};

fn look(ledger: &Folder) -> Memory {
    let mut memory = Memory::read(&ledger.data_dir(), None, true);
    memory.look(&ledger.open(), now()).unwrap();
    memory
}

fn record(ledger: &Folder, reference: &str) {
    ledger.open().append(&[proposal(reference, spend_body("1"))], &rules, now()).unwrap();
}

#[test]
fn s12_a_ledger_that_grows_is_no_loss_and_one_that_is_put_back_is_told_once() {
    let ledger = Folder::new();
    ledger.open().append(&[proposal("g", grant_body("9"))], &rules, now()).unwrap();
    assert_eq!(look(&ledger).losses(&ledger.open()).unwrap(), []);
    let copy = fs::read(ledger.file()).unwrap();
    record(&ledger, "a");
    record(&ledger, "b");
    let was = ledger.open().head().unwrap();
    let mut memory = look(&ledger);
    assert_eq!(memory.tell(&ledger.open()).unwrap(), []);

    let whole = fs::read(ledger.file()).unwrap();
    fs::write(ledger.file(), &copy).unwrap();
    let mut memory = look(&ledger);
    let store = ledger.open();
    let told = memory.tell(&store).unwrap();
    assert_eq!((told.len(), &told[0].was, told[0].is.entries), (1, &was, 1));
    assert_eq!(told[0].last, ("dealer".to_owned(), "b".to_owned()));
    drop(store);
    assert_eq!(look(&ledger).tell(&ledger.open()).unwrap(), [], "it is said once");
    assert_eq!(look(&ledger).losses(&ledger.open()).unwrap().len(), 1, "and not forgotten");
    // Also after other entries made it longer than it was.
    for reference in ["c", "d", "e", "f"] {
        record(&ledger, reference);
    }
    assert_eq!(look(&ledger).losses(&ledger.open()).unwrap().len(), 1);
    // What was lost is there again; those others are not.
    fs::write(ledger.file(), &whole).unwrap();
    let mut memory = look(&ledger);
    let lost = memory.losses(&ledger.open()).unwrap();
    assert_eq!((lost.len(), lost[0].last.1.as_str()), (1, "f"));
    memory.accept().unwrap();
    assert_eq!(look(&ledger).losses(&ledger.open()).unwrap(), []);
}

#[test]
fn s12_a_memory_that_is_damaged_or_not_to_be_written_does_no_harm() {
    let ledger = Folder::new();
    record(&ledger, "a");
    let path = ledger.data_dir().join(SEEN_NAME);
    let mut memory = Memory::read(&ledger.data_dir(), None, false);
    memory.look(&ledger.open(), now()).unwrap();
    assert!(!path.exists(), "nothing is written where nothing may be");
    look(&ledger);
    let right = fs::read(&path).unwrap();
    for damaged in [&b""[..], b"{", b"[1]", &right[..right.len() / 2]] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(look(&ledger).losses(&ledger.open()).unwrap(), []);
        assert_eq!(fs::read(&path).unwrap(), right);
    }
}

#[test]
fn s12_a_ledger_that_is_gone_with_its_folder_is_remembered_elsewhere() {
    let (ledger, elsewhere) = (Folder::new(), tempfile::tempdir().unwrap());
    let state = elsewhere.path().join("state");
    let look = |writable| {
        let mut memory = Memory::read(&ledger.data_dir(), Some(&state), writable);
        memory.look(&ledger.open(), now()).unwrap();
        memory
    };
    record(&ledger, "a");
    look(false);
    assert!(!state.exists(), "nothing is written where nothing may be");
    look(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let files: Vec<_> = fs::read_dir(state.join(FOLDER)).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!((files.len(), mode(&files[0]), mode(&state.join(FOLDER)), mode(&state)), (1, 0o600, 0o700, 0o700));
    }
    fs::remove_dir_all(ledger.data_dir()).unwrap();
    let gone = Memory::read(&ledger.data_dir(), Some(&state), false).all_gone();
    assert_eq!((gone.len(), gone[0].was.entries, gone[0].is.entries, gone[0].seen), (1, 1, 0, Some(now())));
    let mut dashboard = look(true);
    assert_eq!(dashboard.tell(&ledger.open()).unwrap().len(), 1);
    assert_eq!(look(true).tell(&ledger.open()).unwrap(), [], "said once");
    assert_eq!(look(true).losses(&ledger.open()).unwrap().len(), 1, "and not forgotten");
    look(true).accept().unwrap();
    // A process that was open meanwhile does not bring it back.
    record(&ledger, "b");
    dashboard.look(&ledger.open(), now()).unwrap();
    assert_eq!(dashboard.losses(&ledger.open()).unwrap(), []);
    assert_eq!(look(true).losses(&ledger.open()).unwrap(), []);
}

#[test]
fn s12_what_another_process_records_meanwhile_is_no_loss() {
    let ledger = Folder::new();
    record(&ledger, "a");
    std::thread::scope(|threads| {
        for name in ["x", "y", "z"] {
            let ledger = &ledger;
            threads.spawn(move || {
                for number in 0..8 {
                    record(ledger, &format!("{name}-{number}"));
                    assert_eq!(look(ledger).losses(&ledger.open()).unwrap(), []);
                }
            });
        }
    });
}
