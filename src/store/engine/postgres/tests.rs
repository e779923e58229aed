use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;

use super::testing::Database;
use super::*;
use crate::store::testing::{account, draft, grant_body, now, rules};
use crate::store::{AppendError, Ledger};

fn count(ledger: &Ledger) -> usize {
    ledger.entries(&account("dealer")).unwrap().len()
}

fn record(ledger: &mut Ledger, name: &str) -> Result<(), AppendError> {
    ledger.append(&[draft(name, grant_body("10")).into()], &rules, now()).map(drop)
}

/// The backends of a schema's clients but the one that asks.
const OTHERS: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = ";

#[test]
fn l1_the_database_refuses_to_change_what_was_recorded() {
    let Some(database) = Database::new() else { return };
    let mut ledger = database.open();
    record(&mut ledger, "g").unwrap();
    for sql in [
        "UPDATE entry SET note = 'x'",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "TRUNCATE observation CASCADE",
        "DELETE FROM chain",
    ] {
        let refused = database.run(sql).unwrap_err();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    assert_eq!(ledger.verify(None).unwrap().flaws, []);
}

#[test]
fn l10_verify_names_what_another_program_did_to_the_schema_and_to_a_row() {
    let Some(database) = Database::new() else { return };
    let mut ledger = database.open();
    record(&mut ledger, "g").unwrap();
    let flaws = || database.open().verify(None).unwrap().flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    database.run("CREATE TABLE notes (line text); ALTER TABLE entry DISABLE TRIGGER entry_is_never_deleted; DROP INDEX entry_by_target").unwrap();
    let found = flaws();
    for part in
        ["table \"notes\" is not creditop's", "entry_is_never_deleted\" is not as", "index \"entry_by_target\" is missing"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    database.run("DROP TABLE notes; ALTER TABLE entry ENABLE TRIGGER entry_is_never_deleted").unwrap();
    database.run("CREATE INDEX entry_by_target ON entry (account, target) WHERE target IS NOT NULL").unwrap();
    assert_eq!(flaws(), "");
    database.tamper("UPDATE entry SET amount = '11'");
    assert!(flaws().contains("its amount is not what was recorded"), "{}", flaws());
}

#[test]
fn l6_a_schema_is_made_brought_forward_and_left_alone_where_it_is_newer_or_anothers() {
    let Some(database) = Database::new() else { return };
    let missing = Ledger::open_postgres_read_only(&database.url, &database.options).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    let mut ledger = database.open();
    record(&mut ledger, "g").unwrap();
    // A release that knows one format more.
    let newer: Vec<&[&str]> = MIGRATIONS.iter().copied().chain([&["ALTER TABLE entry ADD COLUMN more text"][..]]).collect();
    drop(Postgres::open_with(&database.url, &database.options, &newer).unwrap());
    assert!(Postgres::open_with(&database.url, &database.options, &newer).is_ok(), "a step is taken once");
    database.run("SELECT more FROM entry").unwrap();
    let refused = Ledger::open_postgres(&database.url, &database.options).unwrap_err();
    assert!(matches!(refused, StoreError::NewerVersion { found: 2, known: 1, .. }), "{refused}");
    database.run("ALTER TABLE entry DROP COLUMN more; UPDATE ledger SET format = 0").unwrap();
    let older = Ledger::open_postgres_read_only(&database.url, &database.options).unwrap_err();
    assert!(matches!(older, StoreError::OlderVersion { found: 0, known: 1, .. }), "{older}");
    database.run("UPDATE ledger SET format = 1, application = 'other'").unwrap();
    let refused = Ledger::open_postgres(&database.url, &database.options).unwrap_err();
    assert!(matches!(refused, StoreError::NotALedger { .. }), "{refused}");
    database.run("DROP TABLE ledger").unwrap();
    let refused = Ledger::open_postgres(&database.url, &database.options).unwrap_err();
    assert!(matches!(refused, StoreError::NotALedger { .. }), "{refused}");
}

#[test]
fn l6_a_step_that_fails_leaves_nothing_behind() {
    let Some(database) = Database::new() else { return };
    let broken: Vec<&[&str]> = MIGRATIONS.iter().copied().chain([&["CREATE TABLE half (x int); SELECT 1/0"][..]]).collect();
    assert!(Postgres::open_with(&database.url, &database.options, &broken).is_err());
    let refused = Ledger::open_postgres_read_only(&database.url, &database.options).unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused}");
    assert_eq!(count(&database.open()), 0);
}

#[test]
fn l10_what_is_opened_for_reading_reads_and_writes_nothing() {
    let Some(database) = Database::new() else { return };
    record(&mut database.open(), "g").unwrap();
    let mut ledger = Ledger::open_postgres_read_only(&database.url, &database.options).unwrap();
    assert_eq!(count(&ledger), 1);
    let refused = record(&mut ledger, "h").unwrap_err().to_string();
    assert!(refused.contains("opened for reading"), "{refused}");
    assert_eq!(count(&ledger), 1);
}

#[test]
fn l10_a_connection_that_was_lost_is_replaced_and_nobody_notices() {
    let Some(database) = Database::new() else { return };
    let name = database.options.schema.clone();
    let url = SecretString::from(format!("{}?application_name={name}", secrecy::ExposeSecret::expose_secret(&database.url)));
    let mut ledger = Ledger::open_postgres(&url, &database.options).unwrap();
    record(&mut ledger, "a").unwrap();
    let kill = || database.run(&format!("{OTHERS}'{name}'")).unwrap();
    kill();
    assert_eq!(count(&ledger), 1, "reading begins anew");
    kill();
    record(&mut ledger, "b").unwrap();
    assert_eq!(count(&ledger), 2);
    // A snapshot that was lost is not followed by another one in its place.
    let moment = ledger.engine.read().unwrap();
    assert_eq!(moment.last_seqs().unwrap().entry, 2);
    kill();
    let lost = moment.account_names().unwrap_err();
    assert!(lost.is_out_of_reach(), "{lost}");
    assert!(moment.account_names().is_err(), "another connection would see another moment");
    drop(moment);
    assert_eq!(count(&ledger), 2);
}

#[test]
fn l10_a_write_waits_for_its_turn_and_gives_up_in_time() {
    let Some(mut database) = Database::new() else { return };
    database.options.wait = Some(Duration::from_millis(1200));
    let (mut ledger, other) = (database.open(), database.open());
    let change = other.engine.write("test", crate::store::engine::Size::Usual).unwrap();
    let began = std::time::Instant::now();
    let refused = record(&mut ledger, "a").unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::Locked { .. })), "{refused}");
    assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&began.elapsed()), "{:?}", began.elapsed());
    assert!(ledger.engine.write_at_once("test").unwrap().is_none());
    assert_eq!(count(&ledger), 0, "reading waits for nobody");
    drop(change);
    record(&mut ledger, "a").unwrap();
}

#[test]
fn l10_a_server_that_speaks_in_the_open_is_not_told_the_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(b"N").unwrap();
        let mut more = Vec::new();
        let _ = stream.read_to_end(&mut more);
        more
    });
    let url = SecretString::from(format!("postgres://mia:CANARY@127.0.0.1:{port}/team?sslmode=require"));
    let refused = Ledger::open_postgres_read_only(&url, &PostgresOptions::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Address { .. }), "{refused:?}");
    let said = format!("{refused} {refused:?} {}", refused.hint());
    assert!(said.contains("does not support TLS") && !said.contains("CANARY"), "{said}");
    assert_eq!(server.join().unwrap(), b"", "nothing was sent in the open");
}

#[test]
fn l10_a_server_that_hangs_is_left_in_time_and_another_host_is_tried() {
    let Some(database) = Database::new() else { return };
    // It takes connections, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = SecretString::from(format!("postgres://mia:CANARY@127.0.0.1:{port}/team"));
    let began = std::time::Instant::now();
    let refused = Ledger::open_postgres_read_only(&url, &PostgresOptions::default()).unwrap_err();
    assert!(refused.is_out_of_reach() && began.elapsed() < Duration::from_secs(8), "{refused} after {:?}", began.elapsed());
    assert!(!format!("{refused} {refused:?}").contains("CANARY"));
    let both = secrecy::ExposeSecret::expose_secret(&database.url).replacen('@', &format!("@127.0.0.1:{port},"), 1);
    let mut ledger = Ledger::open_postgres(&SecretString::from(both), &database.options).unwrap();
    record(&mut ledger, "a").unwrap();
    assert_eq!(count(&ledger), 1);
}

#[test]
fn l10_a_write_that_was_broken_off_is_done_again_once() {
    let Some(database) = Database::new() else { return };
    let name = database.options.schema.clone();
    let url = SecretString::from(format!("{}?application_name={name}", secrecy::ExposeSecret::expose_secret(&database.url)));
    let mut ledger = Ledger::open_postgres(&url, &database.options).unwrap();
    let attempts = Cell::new(0);
    let rules_of = |id: &_| {
        if attempts.replace(attempts.get() + 1) == 0 {
            database.run(&format!("{OTHERS}'{name}'")).unwrap();
        }
        rules(id)
    };
    let done = ledger.append(&[draft("", grant_body("10")).into()], &rules_of, now()).unwrap();
    assert_eq!((done.len(), count(&ledger)), (1, 1));
    assert!(attempts.get() >= 2, "the first attempt was broken off");
}

#[test]
fn l10_what_became_of_a_commit_without_an_answer_is_looked_up() {
    let Some(database) = Database::new() else { return };
    let mut ledger = database.open();
    record(&mut ledger, "g").unwrap();
    let engine = Postgres::open(&database.url, &database.options).unwrap();
    let digest = ledger.engine.read().unwrap().sealed(None).unwrap().unwrap().digest.unwrap();
    let lost = || StoreError::Unreachable { action: "test", location: engine.location().clone(), why: "gone".to_owned() };
    let mark = |seq, digest| Some(pending::Mark::Entry { seq, name: "dealer/g".to_owned(), digest });
    assert!(engine.look_for("test", mark(1, digest), lost()).is_ok(), "it was recorded");
    let other = crate::store::digest::Digest::NONE;
    for mark in [mark(1, other), mark(2, digest), None] {
        let again = engine.look_for("test", mark, lost()).unwrap_err();
        assert!(again.is_passing(), "{again}: it was not recorded, or leaves no trace");
    }
}

#[test]
fn l10_the_roles_of_a_reader_and_a_recorder_may_do_what_they_are_for() {
    let Some(database) = Database::new() else { return };
    record(&mut database.open(), "g").unwrap();
    let schema = &database.options.schema;
    let roles = include_str!("../../../../assets/postgres-roles.sql");
    let roles = roles
        .replace("creditop_", &format!("{schema}_"))
        .replace("creditop.", &format!("{schema}."))
        .replace(" creditop TO", &format!(" {schema} TO"));
    let login = |role: &str| format!("ALTER ROLE {schema}_{role} LOGIN");
    database.run(&format!("{roles}; {}; {}", login("reader"), login("recorder"))).unwrap();
    let admin = secrecy::ExposeSecret::expose_secret(&database.url);
    let url = |role: &str| {
        let (_, place) = admin.split_once('@').unwrap();
        SecretString::from(format!("postgres://{schema}_{role}@{place}"))
    };
    let mut reader = Ledger::open_postgres_read_only(&url("reader"), &database.options).unwrap();
    assert_eq!((count(&reader), reader.verify(None).unwrap().flaws), (1, vec![]));
    assert!(record(&mut reader, "r").is_err());
    let mut reader = Ledger::open_postgres(&url("reader"), &database.options).unwrap();
    let refused = record(&mut reader, "r").unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::NotAllowed { .. })), "{refused}");
    let mut recorder = Ledger::open_postgres(&url("recorder"), &database.options).unwrap();
    record(&mut recorder, "w").unwrap();
    assert_eq!(count(&recorder), 2);
    let refused = recorder.mend_stamps(now()).unwrap_err();
    assert!(matches!(refused, StoreError::NotAllowed { .. }), "{refused}");
    let as_recorder =
        |sql: &str| database.run(&format!("SET ROLE {schema}_recorder; SET creditop.mending = 'on'; {sql}")).unwrap_err();
    for sql in [
        "UPDATE entry SET note = 'x'",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "UPDATE observation SET at = 1",
        "UPDATE ledger SET format = 9",
    ] {
        assert!(as_recorder(sql).contains("permission denied"), "{sql}");
    }
    drop((reader, recorder));
    database
        .run(&format!("DROP OWNED BY {schema}_reader, {schema}_recorder; DROP ROLE {schema}_reader, {schema}_recorder"))
        .unwrap();
}
