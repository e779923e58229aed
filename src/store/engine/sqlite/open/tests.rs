use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::store::Ledger;
use crate::store::engine::Engine;
use crate::store::testing::{Folder, account, grant_body, now, proposal, rules};

/// The format of this release.
fn this() -> i64 {
    known(MIGRATIONS)
}

/// The formats that a later release would know.
fn formats(next: &'static str) -> Vec<Step> {
    [MIGRATIONS, &[Step::of(next)]].concat()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn l4_writes_are_synced_before_they_are_acknowledged() {
    let store = Folder::new();
    let store = store.open();
    let level: i64 = store.connection().query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
    let journal: String = store.connection().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!((level, journal.as_str()), (2, "wal"));
}

#[test]
fn l6_files_are_private_in_a_private_folder() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    assert_eq!(mode(&ledger.data_dir()), 0o700);
    let mut names = Vec::new();
    for file in std::fs::read_dir(ledger.data_dir()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path);
    }
    assert!(names.len() >= 2, "the write-ahead log is among them: {names:?}");
}

#[test]
fn l6_a_newer_ledger_is_refused_and_left_byte_for_byte() {
    let ledger = Folder::new();
    ledger.open();
    ledger.raw().execute_batch("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = std::fs::read(ledger.file()).unwrap();
    for opened in [Ledger::open(&ledger.data_dir()), Ledger::open_read_only(&ledger.data_dir())] {
        let error = opened.unwrap_err();
        assert!(matches!(error, StoreError::NewerVersion { found: 99, known, .. } if known == this()), "{error}");
        assert!(error.to_string().contains("ledger.db"), "{error}");
    }
    assert_eq!(std::fs::read(ledger.file()).unwrap(), before);
    assert_eq!(std::fs::read_dir(ledger.data_dir()).unwrap().count(), 1);
}

#[test]
fn l6_a_newer_format_that_stands_in_the_log_only_is_refused_too() {
    let ledger = Folder::new();
    ledger.open();
    let newer = ledger.raw();
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    newer.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 77").unwrap();
    drop(newer);
    let log = ledger.data_dir().join("ledger.db-wal");
    let before = (std::fs::read(ledger.file()).unwrap(), std::fs::read(&log).unwrap());
    assert!(!before.1.is_empty());
    let error = Ledger::open(&ledger.data_dir()).unwrap_err();
    assert!(matches!(error, StoreError::NewerVersion { found: 77, .. }), "{error}");
    assert_eq!((std::fs::read(ledger.file()).unwrap(), std::fs::read(&log).unwrap()), before);
}

#[test]
fn l6_an_older_ledger_is_migrated_after_a_backup() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    drop(store);
    let newer = formats("CREATE TABLE later (x INTEGER) STRICT");
    let store = Sqlite::open_with(&ledger.data_dir(), &newer, BUSY_WAIT).unwrap();
    let version: i64 = store.connection().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, this() + 1);
    store.connection().execute("INSERT INTO later VALUES (1)", []).unwrap();
    let kept = |ledger: &Ledger| ledger.entries(&account("dealer")).unwrap();
    let store = Ledger::on(Engine::Sqlite(store));
    assert_eq!(kept(&store).len(), 1);

    let backup = ledger.data_dir().join(format!("ledger.db.backup-v{}", this()));
    assert_eq!(mode(&backup), 0o600);
    let restored = ledger.folder.path().join("restored");
    std::fs::create_dir(&restored).unwrap();
    std::fs::copy(backup, restored.join(FILE_NAME)).unwrap();
    let restored = Ledger::open(&restored).unwrap();
    assert_eq!(kept(&restored), kept(&store));
    assert_eq!(restored.verify(None).unwrap().flaws, []);
}

#[test]
fn l6_a_migration_that_fails_changes_nothing() {
    let ledger = Folder::new();
    ledger.open();
    let broken = formats("CREATE TABLE later (x INTEGER) STRICT; CREATE TABLE entry (again INTEGER)");
    assert!(matches!(Sqlite::open_with(&ledger.data_dir(), &broken, BUSY_WAIT), Err(StoreError::Engine { .. })));
    let store = ledger.open();
    let later: i64 =
        store.connection().query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'later'", [], |row| row.get(0)).unwrap();
    assert_eq!(later, 0);
}

#[test]
fn l6_without_room_for_the_backup_nothing_is_migrated() {
    let ledger = Folder::new();
    ledger.open().append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    let before = std::fs::read(ledger.file()).unwrap();
    // A folder of the copy's name stands for all that keeps the copy from being made.
    let unfinished = ledger.data_dir().join(format!("ledger.db.backup-v{}.unfinished", this()));
    std::fs::create_dir(&unfinished).unwrap();
    let newer = formats("CREATE TABLE later (x INTEGER) STRICT");
    let error = Sqlite::open_with(&ledger.data_dir(), &newer, BUSY_WAIT).unwrap_err();
    assert!(error.to_string().starts_with("can't make a backup copy"), "{error}");
    assert_eq!(std::fs::read(ledger.file()).unwrap(), before);
    std::fs::remove_dir(&unfinished).unwrap();
    // A backup that can be written but not put in its place is taken away again.
    let finished = ledger.data_dir().join(format!("ledger.db.backup-v{}", this()));
    std::fs::create_dir(&finished).unwrap();
    let error = Sqlite::open_with(&ledger.data_dir(), &newer, BUSY_WAIT).unwrap_err();
    assert!(error.to_string().starts_with("can't make a backup copy"), "{error}");
    assert!(!unfinished.exists());
    assert_eq!(std::fs::read(ledger.file()).unwrap(), before);
}

#[test]
fn l4_a_log_without_its_ledger_is_kept() {
    for emptied in [true, false] {
        let ledger = Folder::new();
        let mut store = ledger.open();
        store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
        // As a crash leaves them: the entry stands in the log only.
        let log = std::fs::read(log_of(&ledger.file())).unwrap();
        drop(store);
        let data_dir = ledger.folder.path().join("crashed");
        std::fs::create_dir(&data_dir).unwrap();
        let path = data_dir.join(FILE_NAME);
        std::fs::write(log_of(&path), &log).unwrap();
        if emptied {
            std::fs::write(&path, "").unwrap();
        }
        for opened in [Ledger::open(&data_dir), Ledger::open_read_only(&data_dir)] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        }
        assert_eq!(std::fs::read(log_of(&path)).unwrap(), log);
    }
}

#[test]
fn l5_a_writer_waits_no_longer_than_it_was_told() {
    let ledger = Folder::new();
    let first = ledger.open();
    let mut second = Ledger::open_waiting(&ledger.data_dir(), Duration::ZERO).unwrap();
    let writing = rusqlite::Transaction::new_unchecked(first.connection(), TransactionBehavior::Immediate).unwrap();
    let error = second.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap_err();
    assert!(matches!(error, crate::store::AppendError::Store(StoreError::Locked { .. })), "{error}");
    drop(writing);
    second.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
}

#[test]
fn l6_reading_does_not_migrate() {
    let ledger = Folder::new();
    Sqlite::open_with(&ledger.data_dir(), MIGRATIONS, BUSY_WAIT).unwrap();
    let connection = connect(&ledger.file(), BUSY_WAIT).unwrap();
    assert_eq!(identify(&connection, &ledger.file(), this() + 1).unwrap(), Standing::Older(this()));
}

#[test]
fn another_programs_database_is_refused_untouched() {
    for (setup, why) in [
        ("PRAGMA application_id = 77; CREATE TABLE t (x)", "application id"),
        ("CREATE TABLE t (x)", "tables without an application id"),
        ("PRAGMA user_version = 3; CREATE TABLE t (x)", "a version without an application id"),
    ] {
        let ledger = Folder::new();
        std::fs::create_dir(ledger.data_dir()).unwrap();
        ledger.raw().execute_batch(setup).unwrap();
        let before = std::fs::read(ledger.file()).unwrap();
        let error = Ledger::open(&ledger.data_dir()).unwrap_err();
        assert!(matches!(error, StoreError::NotALedger { .. }), "{why}: {error}");
        assert_eq!(std::fs::read(ledger.file()).unwrap(), before, "{why}");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let text = "not a database, but longer than the header of one: ".repeat(10);
    for content in ["short", text.as_str()] {
        let ledger = Folder::new();
        std::fs::create_dir(ledger.data_dir()).unwrap();
        std::fs::write(ledger.file(), content).unwrap();
        assert!(matches!(Ledger::open(&ledger.data_dir()), Err(StoreError::NotALedger { .. })));
        assert_eq!(std::fs::read_to_string(ledger.file()).unwrap(), content);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let ledger = Folder::new();
    let file = ledger.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Ledger::open(&file.join("data")).unwrap_err();
    assert!(error.to_string().starts_with("can't create the data folder"), "{error}");
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[test]
fn reading_needs_a_ledger_and_never_writes() {
    let ledger = Folder::new();
    assert!(matches!(Ledger::open_read_only(&ledger.data_dir()), Err(StoreError::Missing { .. })));
    assert!(!ledger.data_dir().exists());
    ledger.open().append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    let mut reader = Ledger::open_read_only(&ledger.data_dir()).unwrap();
    assert_eq!(reader.entries(&account("dealer")).unwrap().len(), 1);
    let error = reader.append(&[proposal("b", grant_body("1"))], &rules, now()).unwrap_err();
    assert!(matches!(error, crate::store::AppendError::Store(StoreError::NotWritable { .. })), "{error}");
}

#[test]
fn a_locked_or_full_or_damaged_file_is_told_apart() {
    let error = |code: i32| {
        let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        failed_at("write to the ledger", Path::new("/data/ledger.db"), source)
    };
    for (code, words) in
        [(5, "locked"), (13, "full"), (11, "damaged"), (8, "can't be opened or written"), (26, "not a ledger"), (10, "the disk")]
    {
        let error = error(code);
        assert!(error.to_string().contains(words) && error.to_string().contains("/data/ledger.db"), "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn l5_many_open_a_fresh_ledger_at_once() {
    let ledger = Folder::new();
    let data_dir = ledger.data_dir();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Ledger::open(&data_dir).unwrap());
        }
    });
    assert_eq!(ledger.open().verify(None).unwrap().flaws, []);
}

#[test]
fn a_second_connection_leaves_the_locks_of_the_first_in_place() {
    let ledger = Folder::new();
    let first = ledger.open();
    let writing = rusqlite::Transaction::new_unchecked(first.connection(), TransactionBehavior::Immediate).unwrap();
    drop(ledger.open());
    let script =
        format!("import fcntl,sys\nf=open({:?},'r+b')\nfcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB,510,0x40000002)", ledger.file());
    match std::process::Command::new("python3").args(["-c", &script]).output() {
        Ok(other) => assert!(!other.status.success(), "another process could lock the file for itself"),
        Err(error) => eprintln!("not checked, as python3 can't be run: {error}"),
    }
    drop(writing);
}
