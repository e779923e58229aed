//! Damage that answers differently is found (SPEC 4): files with flipped bits, gone rows, exchanged rows and foreign triggers.
//!
//! Each run damages a copy of one ledger, asks it what it asked the whole one, and has `ledger verify` look at it. Some damage means nothing:
//! bytes that no row uses, a log that lost no commit. What answers differently, or not at all, must be found.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fastrand::Rng;
use rusqlite::Connection;

use crate::chance::{choices, hostile_runs};
use crate::fixture::{Fixture, HAND_KEPT};

/// A folder's files by name.
type Files = Vec<(String, Vec<u8>)>;

fn files(data: &Path) -> Files {
    let names = ["ledger.db", "ledger.db-wal", "ledger.seen"].map(str::to_owned);
    names.into_iter().filter_map(|name| fs::read(data.join(&name)).ok().map(|bytes| (name, bytes))).collect()
}

fn fixture(files: &Files) -> Fixture {
    let studio = "[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nkey = { env = \"STUDIO_KEY\" }\n";
    let fixture = Fixture::new(&format!("{HAND_KEPT}\n{studio}"));
    fs::create_dir(fixture.path("data")).unwrap();
    for (name, bytes) in files {
        fs::write(fixture.path("data").join(name), bytes).unwrap();
    }
    fixture
}

/// Spends with all that an entry can carry.
fn labelled(prefix: &str, count: u32) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        let at = format!("2026-11-{:02}T{:02}:{:02}:00Z", 1 + number / 100 % 19, number / 60 % 24, number % 60);
        let labels = format!("\"note\":\"remark number {number}\",\"actor\":\"Mia Maker\",\"tags\":[\"label{number}\",\"work\"]");
        let _ = writeln!(
            lines,
            "{{\"kind\":\"spend\",\"account\":\"portraits\",\"at\":\"{at}\",\"amount\":\"0.01{number}5\",\"ref\":\"{prefix}-{number}\",{labels}}}"
        );
        lines
    })
}

/// A ledger with every kind of entry, polls, checkpoints and all labels; and the same with entries that stand in the log only.
fn whole() -> (Files, Files) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledgers/v2.db");
    let fixture = fixture(&vec![("ledger.db".to_owned(), fs::read(folder).unwrap())]);
    fixture.run_with(&["ledger", "import", "-"], &labelled("job", 1200)).ends(0);
    fixture.run(&["status", "--offline", "--allow-stale"]).ends(0);
    fixture.run(&["ledger", "verify"]).ends(0);
    let closed = files(&fixture.path("data"));
    // Whoever holds the file open keeps the log from being moved into it.
    let held = Connection::open(fixture.path("data/ledger.db")).unwrap();
    held.query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0)).unwrap();
    for number in 0..5 {
        fixture.run(&["ledger", "spend", "-a", "portraits", "--amount", "1", "--ref", &format!("last-{number}")]).ends(0);
    }
    (closed, files(&fixture.path("data")))
}

/// All that a ledger says.
fn answers(fixture: &Fixture) -> Vec<(i32, String)> {
    let questions: [&[&str]; 3] = [
        &["status", "--offline", "--allow-stale", "--json", "--read-only"],
        &["ledger", "export", "--read-only"],
        &["ledger", "balance", "-a", "portraits", "--at", "2026-12-24", "--json", "--read-only"],
    ];
    questions.iter().map(|question| fixture.run(question)).map(|run| (run.code, run.out)).collect()
}

fn flip(bytes: &mut [u8], random: &mut Rng) {
    let place = random.usize(0..bytes.len());
    bytes[place] ^= 1 << random.u8(0..8);
}

/// Flips a bit within one of the places where a text stands.
fn flip_in(bytes: &mut [u8], text: &[u8], random: &mut Rng) {
    let places: Vec<usize> =
        bytes.windows(text.len()).enumerate().filter(|(_, window)| *window == text).map(|(place, _)| place).collect();
    let place = places[random.usize(0..places.len())];
    flip(&mut bytes[place..place + text.len()], random);
}

/// Runs SQL with the triggers out of the way, as somebody with an editor of databases would.
fn edit(data: &Path, sql: &str) {
    let raw = Connection::open(data.join("ledger.db")).unwrap();
    let triggers: Vec<(String, String)> = raw
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (name, _) in &triggers {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    raw.execute_batch(&format!("PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on; {sql}")).unwrap();
    for (_, create) in &triggers {
        raw.execute_batch(create).unwrap();
    }
    raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// The SQL of a change that somebody makes by hand.
fn change(sort: &str, random: &mut Rng) -> String {
    let one = random.i64(1..1200);
    let other = random.i64(1..1200);
    let row = |seq: i64| format!("seq = (SELECT seq FROM entry ORDER BY seq LIMIT 1 OFFSET {seq})");
    match sort {
        "removed rows" => format!("DELETE FROM entry WHERE seq BETWEEN {one} AND {}", one + random.i64(0..3)),
        "removed end" => format!("DELETE FROM entry WHERE seq > (SELECT max(seq) FROM entry) - {}", random.i64(1..50)),
        "exchanged rows" => format!(
            "CREATE TEMP TABLE two AS SELECT * FROM entry WHERE {} OR {}; UPDATE entry SET ref = 'x' || seq WHERE seq IN (SELECT seq FROM two); \
             UPDATE entry SET (ref, note, amount, at) = (SELECT ref, note, amount, at FROM two WHERE two.seq <> entry.seq) \
             WHERE seq IN (SELECT seq FROM two) AND (SELECT count(*) FROM two) = 2",
            row(one),
            row(other)
        ),
        "changed column" => {
            let changes = [
                "amount = '7'",
                "at = at - 60000000000",
                "recorded_at = recorded_at - 1000000000",
                "note = 'another'",
                "note = NULL",
                "actor = 'Jo'",
                "tags = 'other'",
                "ref = ref || 'x'",
                "account = 'dealer'",
            ];
            format!("UPDATE entry SET {} WHERE {}", changes[random.usize(0..changes.len())], row(one))
        }
        "foreign trigger" => {
            let made = [
                "CREATE TRIGGER sly AFTER INSERT ON entry BEGIN DELETE FROM poll; END",
                "CREATE VIEW sly AS SELECT * FROM entry",
                "CREATE INDEX sly ON entry (note)",
                "CREATE TABLE sly (x)",
            ];
            made[random.usize(0..made.len())].to_owned()
        }
        "changed poll" => {
            let changes = [
                "UPDATE observed_bucket SET remaining = '7' WHERE rowid_of_last",
                "UPDATE observation SET email = 'x@example.com' WHERE last_seq = (SELECT max(last_seq) FROM observation)",
                "UPDATE observation SET at = at - 1, last_seen_at = last_seen_at - 1",
                "UPDATE poll SET failure_kind = 'unauthorized', failure_message = 'no', failed_at = last_ok_at + 1",
                "DELETE FROM poll",
                "DELETE FROM observed_bucket",
            ];
            let last = "observation = (SELECT max(first_seq) FROM observation)";
            changes[random.usize(0..changes.len())].replace("rowid_of_last", last)
        }
        _ => "UPDATE checkpoint SET state = CAST(substr(state, 1, length(state) - 9) || x'01' || substr(state, length(state) - 7) AS BLOB)"
            .to_owned(),
    }
}

const SORTS: [&str; 15] = [
    "flipped bit",
    "flipped note",
    "flipped actor",
    "flipped tag",
    "flipped amount",
    "flipped checkpoint",
    "emptied file",
    "cut log",
    "removed rows",
    "removed end",
    "exchanged rows",
    "changed column",
    "foreign trigger",
    "changed poll",
    "changed checkpoint",
];

/// A ledger with damage of this sort.
fn damaged(sort: &str, (closed, open): &(Files, Files), random: &mut Rng) -> Fixture {
    let mut files = if sort == "cut log" { open.clone() } else { closed.clone() };
    let number = random.u32(0..1200);
    let ledger = &mut files.iter_mut().find(|(name, _)| name == "ledger.db").unwrap().1;
    match sort {
        "flipped bit" => flip(ledger, random),
        "flipped note" => flip_in(ledger, format!("remark number {number}").as_bytes(), random),
        "flipped actor" => flip_in(ledger, b"Mia Maker", random),
        "flipped tag" => flip_in(ledger, format!("label{number}").as_bytes(), random),
        "flipped amount" => flip_in(ledger, format!("0.01{number}5").as_bytes(), random),
        "emptied file" => ledger.clear(),
        "cut log" => {
            let log = &mut files.iter_mut().find(|(name, _)| name == "ledger.db-wal").unwrap().1;
            log.truncate(random.usize(0..log.len()));
        }
        _ => {}
    }
    let fixture = fixture(&files);
    if !sort.starts_with("flipped") && sort != "emptied file" && sort != "cut log" {
        edit(&fixture.path("data"), &change(sort, random));
    }
    if sort == "flipped checkpoint" {
        let raw = Connection::open(fixture.path("data/ledger.db")).unwrap();
        let row = "SELECT rowid, state FROM checkpoint ORDER BY random() LIMIT 1";
        let (row, mut state) = raw.query_row(row, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
        flip(&mut state, random);
        raw.execute("UPDATE checkpoint SET state = ?2 WHERE rowid = ?1", rusqlite::params![row, state]).unwrap();
    }
    fixture
}

#[test]
fn s12_every_damaged_file_that_answers_differently_is_found() {
    let mut random = choices("tampered ledgers");
    let whole = whole();
    let before = [answers(&fixture(&whole.0)), answers(&fixture(&whole.1))];
    assert!(before.iter().flatten().all(|(code, _)| *code == 0));
    for files in [&whole.0, &whole.1] {
        fixture(files).run(&["ledger", "verify"]).ends(0);
    }
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for run in 0..hostile_runs() {
        let sort = SORTS[run % SORTS.len()];
        let fixture = damaged(sort, &whole, &mut random);
        let answered = answers(&fixture);
        let differs = answered != before[usize::from(sort == "cut log")];
        let verified = fixture.run(&["ledger", "verify"]);
        let found = verified.code != 0;
        assert!(found || !differs, "run {run}: {sort} is not found: {}", verified.out);
        assert!([0, 1, 4].contains(&verified.code), "run {run}: {sort}: {verified:?}");
        let count = counts.entry(sort).or_default();
        *count = [count[0] + 1, count[1] + usize::from(differs), count[2] + usize::from(found)];
    }
    println!("damaged files: of each sort how many, how many that answered differently, how many that were found");
    for (sort, [all, differed, found]) in &counts {
        println!("  {sort:<20} {all:>4} {differed:>4} {found:>4}");
    }
    let [all, differed, found] =
        counts.values().fold([0; 3], |sum, count| [sum[0] + count[0], sum[1] + count[1], sum[2] + count[2]]);
    println!("  {:<20} {all:>4} {differed:>4} {found:>4}", "together");
    assert!(differed * 3 > all, "most damage changes an answer: {differed} of {all}");
}
