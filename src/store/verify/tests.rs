use std::io::{Seek, SeekFrom, Write};

use super::*;
use crate::credit::EntryBody;
use crate::store::testing::{Ledger, amount, grant_body, now, proposal, reference, rules, spend_body};

fn filled() -> Ledger {
    let ledger = Ledger::new();
    let batch = [
        proposal("g", grant_body("100")),
        proposal("s", spend_body("3")),
        proposal("h", EntryBody::Hold { amount: amount("5"), expires_at: None }),
        proposal("c", EntryBody::Capture { hold: reference("h"), amount: amount("2") }),
        proposal("r", EntryBody::Reverse { reverses: reference("s") }),
    ];
    ledger.open().append(&batch, &rules, now()).unwrap();
    ledger
}

#[test]
fn a_sound_ledger_has_no_flaw() {
    let report = filled().open().verify().unwrap();
    assert_eq!(report, VerifyReport { entries: 5, observations: 0, flaws: Vec::new() });
}

#[test]
fn every_flaw_is_found_and_named() {
    for (sql, seq, what) in [
        ("UPDATE entry SET amount = '3.00' WHERE ref = 's'", 2, "amount \"3.00\" is not written exactly"),
        ("UPDATE entry SET amount = NULL WHERE ref = 's'", 2, "amount is missing"),
        ("UPDATE entry SET at = -1 WHERE ref = 's'", 2, "outside the years"),
        ("UPDATE entry SET target = 'none' WHERE ref = 'c'", 4, "names an entry that was not recorded before it (\"none\")"),
        ("UPDATE entry SET target = 's' WHERE ref = 'c'", 4, "captures or releases something that is not a hold"),
        (
            "UPDATE entry SET kind = 'reverse', target = 's', amount = NULL WHERE ref = 'c'",
            5,
            "reverses an entry for a second time",
        ),
        ("UPDATE entry SET ref = 'a' || char(7) WHERE ref = 'g'", 1, "control character"),
    ] {
        let ledger = filled();
        ledger.tamper(sql);
        let flaws = ledger.open().verify().unwrap().flaws;
        let flaw = flaws.first().unwrap_or_else(|| panic!("{sql}: no flaw was found"));
        assert_eq!(flaw.seq, Some(Seq(seq)), "{sql}: {flaws:?}");
        assert!(flaw.what.contains(what), "{sql}: {flaw}");
        assert!(!flaw.to_string().contains('\u{7}'));
    }
}

#[test]
fn a_damaged_page_is_told_and_nothing_is_overwritten() {
    let ledger = filled();
    ledger.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let root: u64 = ledger
        .raw()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'", [], |row| row.get::<_, i64>(0))
        .unwrap()
        .try_into()
        .unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(ledger.file()).unwrap();
    file.seek(SeekFrom::Start((root - 1) * 4096)).unwrap();
    file.write_all(&[0xA5; 4096]).unwrap();
    drop(file);
    let before = std::fs::read(ledger.file()).unwrap();
    let store = ledger.open();
    match store.verify() {
        Ok(report) => assert!(!report.flaws.is_empty()),
        Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "{error}"),
    }
    let error = store.entries_filtered(&crate::store::Filter::default()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    drop(store);
    assert_eq!(std::fs::read(ledger.file()).unwrap(), before);
}

#[test]
fn l1_what_guards_the_entries_must_be_there() {
    for (sql, what) in [
        ("DROP TRIGGER entry_is_never_deleted", "the trigger entry_is_never_deleted is missing"),
        ("DROP INDEX entry_by_target", "the index entry_by_target is missing"),
        ("DROP TABLE checkpoint", "the table checkpoint is missing"),
        (
            "DROP TRIGGER entry_is_never_changed; CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry BEGIN SELECT 1; END",
            "the trigger entry_is_never_changed is not as creditop makes it",
        ),
    ] {
        let ledger = filled();
        ledger.raw().execute_batch(sql).unwrap();
        let report = Store::open(&ledger.data_dir()).unwrap().verify().unwrap();
        assert!(report.flaws.iter().any(|flaw| flaw.what == what), "{sql}: {:?}", report.flaws);
    }
}

#[test]
fn entries_that_are_gone_leave_a_gap() {
    for (sql, seq, what) in [
        ("DELETE FROM entry WHERE ref = 's'", 2, "an entry is missing, from here on"),
        ("DELETE FROM entry WHERE ref IN ('g', 's')", 1, "2 entries are missing, from here on"),
        ("DELETE FROM entry WHERE ref IN ('h', 'c')", 3, "2 entries are missing, from here on"),
    ] {
        let ledger = filled();
        ledger.tamper(sql);
        let report = ledger.open().verify().unwrap();
        let found = Flaw { seq: Some(Seq(seq)), what: what.to_owned() };
        assert!(report.flaws.contains(&found), "{sql}: {:?}", report.flaws);
    }
}
