use std::io::{Seek, SeekFrom, Write};

use super::*;
use crate::credit::EntryBody;
use crate::store::testing::{Folder, amount, grant_body, now, proposal, reference, rules, spend_body};

fn filled() -> Folder {
    let ledger = Folder::new();
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
    let report = filled().open().verify(None).unwrap();
    assert_eq!((report.entries, report.observations, report.flaws), (5, 0, Vec::new()));
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
        let flaws = ledger.open().verify(None).unwrap().flaws;
        let flaw = flaws.iter().find(|flaw| flaw.what.contains(what)).unwrap_or_else(|| panic!("{sql}: {flaws:?}"));
        assert_eq!(flaw.seq, Some(Seq(seq)), "{sql}: {flaws:?}");
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
    match store.verify(None) {
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
        ("DROP TRIGGER entry_is_never_deleted", "the trigger \"entry_is_never_deleted\" is missing"),
        ("DROP INDEX entry_by_target", "the index \"entry_by_target\" is missing"),
        ("DROP TABLE checkpoint", "the table \"checkpoint\" is missing"),
        (
            "DROP TRIGGER entry_is_never_changed; CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry BEGIN SELECT 1; END",
            "the trigger \"entry_is_never_changed\" is not as creditop makes it",
        ),
    ] {
        let ledger = filled();
        ledger.raw().execute_batch(sql).unwrap();
        let report = Ledger::open(&ledger.data_dir()).unwrap().verify(None).unwrap();
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
        let report = ledger.open().verify(None).unwrap();
        let found = Flaw { seq: Some(Seq(seq)), what: what.to_owned() };
        assert!(report.flaws.contains(&found), "{sql}: {:?}", report.flaws);
    }
}

/// What `verify` says of a ledger after SQL with the triggers out of the way.
fn said_after(ledger: &Folder, sql: &str) -> Vec<String> {
    ledger.tamper(sql);
    ledger.open().verify(None).unwrap().flaws.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn says(flaws: &[String], what: &[&str]) {
    for what in what {
        assert!(flaws.iter().any(|flaw| flaw.contains(what)), "{what:?} is not in {flaws:#?}");
    }
}

/// Entries of two accounts in turn, with all that an entry can carry.
fn labelled() -> Folder {
    let ledger = Folder::new();
    let of = |id: &str, number: u32| {
        let mut proposal = proposal(&format!("{id}-{number}"), if number == 0 { grant_body("50") } else { spend_body("2") });
        let draft = &mut proposal.draft;
        draft.account = crate::store::testing::account(id);
        (draft.note, draft.actor) = (Some(format!("note {number}")), Some("Mia".to_owned()));
        draft.tags = vec!["b".to_owned(), "a".to_owned()];
        proposal
    };
    let batch: Vec<_> = (0..6).flat_map(|number| [of("dealer", number), of("studio", number)]).collect();
    let mut store = ledger.open();
    store.append(&batch[..7], &rules, now()).unwrap();
    store.append(&batch[7..], &rules, now()).unwrap();
    ledger
}

#[test]
fn s12_a_change_of_any_column_is_found_and_its_entry_named() {
    let digest = "UPDATE entry SET digest = (SELECT digest FROM entry WHERE ref = 'dealer-1') WHERE ref = 'dealer-3'";
    for sql in [
        "UPDATE entry SET note = 'mote 3' WHERE ref = 'dealer-3'",
        "UPDATE entry SET note = NULL WHERE ref = 'dealer-3'",
        "UPDATE entry SET actor = 'Mio' WHERE ref = 'dealer-3'",
        "UPDATE entry SET tags = 'a' WHERE ref = 'dealer-3'",
        "UPDATE entry SET tags = 'a  b' WHERE ref = 'dealer-3'",
        "UPDATE entry SET amount = '3' WHERE ref = 'dealer-3'",
        "UPDATE entry SET at = at - 1 WHERE ref = 'dealer-3'",
        "UPDATE entry SET recorded_at = recorded_at - 1 WHERE ref = 'dealer-3'",
        "UPDATE entry SET action = 'imagine' WHERE ref = 'dealer-3'",
        "UPDATE entry SET variant = 'fast' WHERE ref = 'dealer-3'",
        "UPDATE entry SET quantity = '2' WHERE ref = 'dealer-3'",
        // What a spend does not even use.
        "UPDATE entry SET bucket = 'purchased' WHERE ref = 'dealer-3'",
        "UPDATE entry SET priority = 1 WHERE ref = 'dealer-3'",
        "UPDATE entry SET digest = NULL WHERE ref = 'dealer-3'",
        digest,
    ] {
        let flaws = said_after(&labelled(), sql);
        assert!(flaws.iter().any(|flaw| flaw.starts_with("row 7: entry dealer/dealer-3: it")), "{sql}: {flaws:#?}");
        assert!(flaws.iter().all(|flaw| flaw.contains("dealer")), "the other account is sound: {flaws:#?}");
    }
    let flaws = said_after(&labelled(), "UPDATE entry SET account = 'studio' WHERE ref = 'dealer-3'");
    says(&flaws, &["studio/dealer-3", "account dealer: 1 entry of 6 is gone", "account studio: it has 7 entries, and 6 were"]);
    let flaws = said_after(&labelled(), "UPDATE entry SET ref = 'dealer-9' WHERE ref = 'dealer-3'");
    says(&flaws, &["row 7: entry dealer/dealer-9: its ref is not what was recorded"]);
}

#[test]
fn s12_a_gap_an_exchange_and_a_foreign_row_are_told_apart() {
    let flaws = said_after(&labelled(), "DELETE FROM entry WHERE ref = 'dealer-3'");
    says(&flaws, &["row 9: entry dealer/dealer-4: an entry before it is gone", "account dealer: 1 entry of 6 is gone"]);
    let flaws = said_after(&labelled(), "DELETE FROM entry WHERE ref IN ('studio-4', 'studio-5')");
    says(&flaws, &["account studio: 2 entries of 6 are gone"]);
    let flaws = said_after(&labelled(), "DELETE FROM entry WHERE account = 'studio'");
    says(&flaws, &["account studio: 6 entries of 6 are gone"]);
    // What two entries say is exchanged, under the digests that were there.
    let exchange = "UPDATE entry SET ref = CASE ref WHEN 'dealer-2' THEN 'x' ELSE 'dealer-2' END, \
                    note = CASE ref WHEN 'dealer-2' THEN 'note 4' ELSE 'note 2' END WHERE ref IN ('dealer-2', 'dealer-4'); \
                    UPDATE entry SET ref = 'dealer-4' WHERE ref = 'x'";
    let flaws = said_after(&labelled(), exchange);
    says(&flaws, &["row 5: entry dealer/dealer-4: it was exchanged: what was recorded here stands in entry \"dealer-2\" now"]);
    // Two rows change places, digests and all.
    let places = "UPDATE entry SET seq = 100 WHERE ref = 'dealer-2'; UPDATE entry SET seq = 5 WHERE ref = 'dealer-4'; \
                  UPDATE entry SET seq = 9 WHERE ref = 'dealer-2'";
    let flaws = said_after(&labelled(), places);
    says(&flaws, &["entry dealer/dealer-4: it does not stand where it was recorded: it was recorded after \"dealer-3\""]);
    says(&flaws, &["entry dealer/dealer-2: it does not stand where it was recorded: it was recorded after \"dealer-1\""]);
    // So do two of different accounts: neither account's chain shows it.
    let places = "UPDATE entry SET seq = 100 WHERE seq = 7; UPDATE entry SET seq = 7 WHERE seq = 8; \
                  UPDATE entry SET seq = 8 WHERE seq = 100";
    let flaws = said_after(&labelled(), places);
    says(&flaws, &["the entries do not stand in the order in which they were recorded"]);
    let forged =
        "INSERT INTO entry (account, at, recorded_at, ref, kind, amount, tags) VALUES ('studio', 1, 1, 'f', 'spend', '1', '')";
    says(
        &said_after(&labelled(), forged),
        &["row 13: entry studio/f: it carries no digest", "account studio: it has 7 entries, and 6 were recorded by creditop"],
    );
}

#[test]
fn s12_what_another_program_put_into_the_file_is_named() {
    for (sql, what) in [
        ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT 1; END", "the trigger \"t\" on \"entry\" is not creditop's"),
        ("CREATE VIEW v AS SELECT * FROM entry", "the view \"v\" is not creditop's"),
        ("CREATE TABLE t (x)", "the table \"t\" is not creditop's"),
        ("CREATE INDEX i ON entry (note)", "the index \"i\" on \"entry\" is not creditop's"),
        ("ALTER TABLE entry ADD COLUMN more TEXT", "the table \"entry\" is not as creditop makes it"),
        ("DROP INDEX entry_by_target; CREATE INDEX entry_by_target ON entry (target)", "the index \"entry_by_target\" is not as"),
    ] {
        let ledger = labelled();
        ledger.raw().execute_batch(sql).unwrap();
        let flaws: Vec<String> = ledger.open().verify(None).unwrap().flaws.iter().map(ToString::to_string).collect();
        assert!(flaws.len() == 1 && flaws[0].contains(what), "{sql}: {flaws:?}");
    }
    let ledger = labelled();
    ledger.raw().execute_batch("ANALYZE").unwrap();
    assert_eq!(ledger.open().verify(None).unwrap().flaws, [], "statistics change no answer");
}

#[test]
fn s12_a_lost_tail_is_found_against_a_head_that_was_seen_before() {
    let ledger = labelled();
    let before = ledger.open().verify(None).unwrap().head;
    assert_eq!(before.entries, 12);
    ledger.open().append(&[proposal("more", spend_body("1"))], &rules, now()).unwrap();
    let after = ledger.open().verify(Some(&before)).unwrap();
    assert_eq!((after.head.entries, after.flaws), (13, Vec::new()), "a ledger that grew still begins so");
    assert_ne!(after.head, before);
    // A tail that is gone with all that tells of it: a copy that was made before is put back.
    let ledger = labelled();
    ledger.tamper("DELETE FROM entry WHERE seq > 11; DELETE FROM chain");
    let raw = ledger.raw();
    raw.execute_batch(
        "INSERT INTO chain SELECT account, count(*), (SELECT digest FROM entry l WHERE l.account = e.account ORDER BY seq DESC LIMIT 1) \
         FROM entry e GROUP BY account",
    )
    .unwrap();
    crate::store::engine::sqlite::seal_whole(&raw).unwrap();
    let store = ledger.open();
    assert_eq!(store.verify(None).unwrap().flaws, [], "nothing in the file tells");
    let flaws = store.verify(Some(&before)).unwrap().flaws;
    assert_eq!(flaws[0].what, format!("it has 11 entries, and head {before} was seen: the last is gone"));
    drop(store);
    ledger.open().append(&[proposal("other", spend_body("1"))], &rules, now()).unwrap();
    let flaws = ledger.open().verify(Some(&before)).unwrap().flaws;
    assert!(flaws[0].what.starts_with(&format!("its first 12 entries are not those of head {before}")), "{flaws:?}");
}

#[test]
fn s12_the_same_entries_have_the_same_head_in_another_ledger() {
    let ledger = labelled();
    let store = ledger.open();
    let all = store.entries_filtered(&crate::store::Filter::default()).unwrap();
    let mut file = Vec::new();
    crate::store::export(&all, crate::store::Format::JsonLines, &mut file).unwrap();
    let context = crate::store::Context {
        pricing: &|_, _, _, _, _| Err("no prices".to_owned()),
        zone: &|_| Ok(chrono_tz::Tz::UTC),
        now: now(),
    };
    let batch = crate::store::read_batch(file.as_slice(), crate::store::Format::JsonLines, &context).unwrap();
    let other = Folder::new();
    other.open().import(&batch, &rules, now(), false).unwrap();
    let (one, other) = (store.verify(None).unwrap(), other.open().verify(None).unwrap());
    assert_eq!((one.head, other.flaws), (other.head, Vec::new()));
}

#[test]
fn s12_a_changed_character_is_found_in_its_field() {
    for (sql, field) in [
        ("note = 'mote 3'", "note"),
        ("actor = 'Mib'", "actor"),
        ("tags = 'a c'", "tags"),
        ("amount = '3'", "amount"),
        ("at = at + 1", "at"),
        ("ref = 'dealer-7'", "ref"),
    ] {
        let flaws = said_after(&labelled(), &format!("UPDATE entry SET {sql} WHERE ref = 'dealer-3'"));
        says(&flaws, &[&format!("its {field} is not what was recorded: one character of it was another")]);
    }
}
