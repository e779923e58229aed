//! How long a ledger takes that is as large as they get: all balances of 50 accounts at 10,000, 100,000 and 1,000,000 entries, from
//! cold, with checkpoints and after a back-dated entry; the import of as many lines; one durable append beside the row that `SQLite`
//! itself writes; a spend among 100,000 live lots; and back-dated adjustments in the order of time, newest first and in no order.
//!
//! `cargo bench --bench ledger [-- ENTRIES…]` measures each once and prints a table; everything is made anew in a temporary folder.
//! `cargo bench --bench ledger -- --make FOLDER ENTRIES` leaves the configuration and the lines behind, for `benches/compare.sh`.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark whose fixture is wrong should stop, and it tells what it finds"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use chrono::TimeDelta;
use chrono_tz::Tz;
use creditop::credit::{
    AccountId, Admission, Amount, BucketId, BucketKind, BucketRule, DEFAULT_ORDER, Draft, Entry, EntryBody, Expires, ExpiryRule,
    Grant, Instant, Ref, Rules, Seq, Source, Spend, parse_instant, print_instant,
};
use creditop::store::{Ledger, Proposal};

const ACCOUNTS: usize = 50;
const BUCKET: &str = "credits";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [make, folder, entries] = args.as_slice()
        && make == "--make"
    {
        let folder = Path::new(folder);
        write_configuration(folder);
        return write_lines(&folder.join("entries.jsonl"), entries.parse().expect("a number of entries"));
    }
    let sizes: Vec<usize> = args.iter().map(|arg| arg.parse().expect("a number of entries")).collect();
    for entries in if sizes.is_empty() { vec![10_000, 100_000, 1_000_000] } else { sizes } {
        measure_ledger(entries);
    }
    measure_append();
    measure_lots();
    measure_back_dated();
}

fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").expect("a valid instant")
}

fn tell(what: &str, time: Duration, more: &str) {
    println!("{what:<58} {:>10.1} ms  {more}", time.as_secs_f64() * 1e3);
}

/// Hand-kept accounts of a service with one bucket of lots.
fn write_configuration(folder: &Path) {
    let accounts = (0..ACCOUNTS).fold(String::new(), |mut text, n| {
        let _ = write!(text, "[[account]]\nid = \"account-{n:02}\"\nprovider = \"generic\"\n\n");
        text
    });
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("config.toml"), accounts).expect("a configuration");
}

/// Two years of entries in the order of time, account after account in turn: of a hundred a grant that lapses after a year, five
/// holds that the next entry captures, a reversal of an earlier spend, and spends.
fn write_lines(file: &Path, entries: usize) {
    let mut text = String::new();
    let step = TimeDelta::days(730) / i32::try_from(entries).expect("not too many");
    for n in 0..entries {
        let (account, turn) = (n % ACCOUNTS, n / ACCOUNTS);
        let at = now() - step * i32::try_from(entries - n).expect("not too many");
        let at = at - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()));
        let held = |k: usize| 1 + k % 4;
        let body = match turn % 100 {
            0 => format!(
                "\"kind\":\"grant\",\"bucket\":\"{BUCKET}\",\"amount\":900,\"expires_at\":\"{}\"",
                print_instant(at + TimeDelta::days(365))
            ),
            k @ (10 | 30 | 50 | 70 | 90) => format!("\"kind\":\"hold\",\"amount\":{}", held(k)),
            k @ (11 | 31 | 51 | 71 | 91) => {
                format!("\"kind\":\"capture\",\"hold\":\"e{}\",\"amount\":{}", n - ACCOUNTS, held(k - 1))
            }
            99 => format!("\"kind\":\"reverse\",\"reverses\":\"e{}\"", n - 4 * ACCOUNTS),
            k => format!("\"kind\":\"spend\",\"amount\":{},\"action\":\"use\",\"quantity\":{0}", 1 + k % 9),
        };
        let at = print_instant(at);
        let _ = writeln!(text, "{{{body},\"account\":\"account-{account:02}\",\"at\":\"{at}\",\"ref\":\"e{n}\"}}");
    }
    fs::write(file, text).expect("the lines");
}

/// Runs the program as a person would, from its start to its end.
fn run(folder: &Path, args: &[&str]) -> (Duration, Option<u64>) {
    let watch = Stopwatch::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_creditop"))
        .args(args)
        .args(["--now", "2026-11-20T09:00:00Z", "--config"])
        .arg(folder.join("config.toml"))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .stdout(Stdio::null())
        .spawn()
        .expect("the program");
    let mut peak = None;
    let status = loop {
        peak = peak_memory(child.id()).or(peak);
        match child.try_wait().expect("its end") {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    assert!(status.success(), "{args:?}");
    (watch.elapsed(), peak)
}

/// The most memory that a process has had so far, in MB, where the system tells.
fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}

fn measure_ledger(entries: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    write_configuration(folder.path());
    let lines = folder.path().join("entries.jsonl");
    write_lines(&lines, entries);
    let (time, _) = run(folder.path(), &["ledger", "import", lines.to_str().expect("a path in UTF-8")]);
    tell(&format!("import of {entries} lines"), time, "");
    let ledger = rusqlite::Connection::open(folder.path().join("data/ledger.db")).expect("the ledger");
    for turn in 1..=3 {
        ledger.execute("DELETE FROM checkpoint", []).expect("no checkpoints");
        status(folder.path(), &format!("all balances of {entries} entries, without checkpoints, {turn}"));
    }
    let kept = "SELECT count(*), coalesce(sum(length(state)), 0) FROM checkpoint";
    let (count, bytes) =
        ledger.query_row(kept, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).expect("what the last one kept");
    println!("    {count} checkpoints of {} kB", bytes / 1024);
    for turn in 1..=5 {
        status(folder.path(), &format!("the same with checkpoints, {turn}"));
    }
    for turn in 1..=3 {
        for kind in ["spend", "hold"] {
            let name = format!("{kind}-{turn}");
            let entry = ["ledger", kind, "-a", "account-07", "--amount", "1", "--ref", &name];
            tell(&format!("one {kind}, whole process, {turn}"), run(folder.path(), &entry).0, "");
        }
    }
    for turn in 1..=3 {
        let (at, name) = (format!("2025-11-20T0{turn}:00:00Z"), format!("late-{turn}"));
        let spend = ["ledger", "spend", "-a", "account-07", "--amount", "1", "--at", &at, "--ref", &name];
        tell("one back-dated entry, a year old", run(folder.path(), &spend).0, "");
        status(folder.path(), "all balances after it");
    }
    status(folder.path(), "and once more");
}

/// All balances, in a process of its own.
fn status(folder: &Path, what: &str) {
    let (time, peak) = run(folder, &["status", "--offline", "--json"]);
    tell(what, time, &peak.map_or(String::new(), |peak| format!("{peak} MB")));
}

fn rules(account: &str) -> Rules {
    Rules {
        account: AccountId::new(account).expect("a valid id"),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![BucketRule {
            id: BucketId::new(BUCKET).expect("a valid id"),
            name: "Credits".to_owned(),
            kind: BucketKind::Purchased,
            rank: 1,
            resets: Vec::new(),
            rollover: Vec::new(),
            expiry: ExpiryRule::Never,
        }],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: "by priority, expiry, grant".to_owned(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }
}

fn draft(n: usize, body: EntryBody) -> Draft {
    Draft {
        account: AccountId::new("account-00").expect("a valid id"),
        at: now(),
        reference: Some(Ref::new(&format!("e{n}")).expect("a valid ref")),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    }
}

fn spend(amount: u32) -> EntryBody {
    EntryBody::Spend(Spend { amount: Amount::from(amount), action: None, variant: None, quantity: None })
}

/// One entry a transaction, each on the disk before the next; and as many rows of the same table written without anything around.
fn measure_append() {
    const TIMES: usize = 2000;
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Arc::new(rules("account-00"));
    let mut store = Ledger::open(folder.path()).expect("a ledger");
    let bare = tempfile::tempdir().expect("a folder");
    drop(Ledger::open(bare.path()).expect("a ledger"));
    let raw = rusqlite::Connection::open(bare.path().join("ledger.db")).expect("the same tables");
    raw.execute_batch("PRAGMA synchronous = FULL").expect("the same durability");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turns, so that what else the machine does meets both.
    for n in 0..TIMES {
        let proposal = [Proposal::from(draft(n, spend(1)))];
        let watch = Stopwatch::now();
        store.append(&proposal, &|_: &AccountId| Some(Arc::clone(&rules)), now()).expect("an entry");
        ours.push(watch.elapsed());
        let watch = Stopwatch::now();
        raw.prepare_cached(
            "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, amount, tags) VALUES (?1, 'account-00', 1, 1, ?2, 'spend', '1', '')",
        )
        .and_then(|mut row| row.execute(rusqlite::params![i64::try_from(n).unwrap_or(0) + 1, format!("e{n}")]))
        .expect("a row");
        theirs.push(watch.elapsed());
    }
    ours.sort();
    theirs.sort();
    let median = |times: &[Duration]| times.get(TIMES / 2).copied().unwrap_or_default();
    let ratio = median(&ours).as_secs_f64() / median(&theirs).as_secs_f64();
    tell("one durable append (median of 2000)", median(&ours), &format!("{ratio:.2} times the row"));
    tell("one row by SQLite itself", median(&theirs), "");
}

/// Adjustments up and down by one, all dated before what is recorded: three times as many should take three times as long, however they
/// are sorted.
fn measure_back_dated() {
    for (order, name) in [(0, "in the order of time"), (1, "newest first"), (2, "in no order")] {
        for count in [10_000, 30_000] {
            let folder = tempfile::tempdir().expect("a folder");
            let rules = Arc::new(rules("account-00"));
            let of = |_: &AccountId| Some(Arc::clone(&rules));
            let mut store = Ledger::open(folder.path()).expect("a ledger");
            let bucket = || BucketId::new(BUCKET).expect("a valid id");
            let grant = Grant { bucket: bucket(), amount: 100.into(), effective_at: None, expires: Expires::Never, priority: 0 };
            let granted = Draft { at: now() - TimeDelta::days(300), ..draft(0, EntryBody::Grant(grant)) };
            store.append(&[granted.into(), draft(1, spend(1)).into()], &of, now()).expect("entries");
            let adjust = |n: usize| {
                let amount = if n.is_multiple_of(2) { Amount::ONE } else { Amount::ONE.negated() };
                let at = now() - TimeDelta::days(200) + TimeDelta::minutes(i64::try_from(n).unwrap_or(0));
                Proposal::from(Draft { at, ..draft(n + 2, EntryBody::Adjust { bucket: bucket(), amount }) })
            };
            let mut batch: Vec<Proposal> = (0..count).map(adjust).collect();
            match order {
                0 => {}
                1 => batch.reverse(),
                _ => fastrand::Rng::with_seed(1).shuffle(&mut batch),
            }
            let watch = Stopwatch::now();
            store.append(&batch, &of, now()).expect("entries");
            tell(&format!("{count} back-dated adjustments, {name}"), watch.elapsed(), "");
        }
    }
}

/// Spends that touch one lot each, among so many live ones; checked as a batch is, with a hold in between.
fn measure_lots() {
    for lots in [1_000, 10_000, 100_000] {
        let rules = Arc::new(rules("account-00"));
        let grant = |n: usize| {
            let expires = Expires::At(now() + TimeDelta::seconds(i64::try_from(1 + n * 7919 % lots).unwrap_or(1)));
            let bucket = BucketId::new(BUCKET).expect("a valid id");
            entry(n, EntryBody::Grant(Grant { bucket, amount: Amount::from(1000), effective_at: None, expires, priority: 0 }))
        };
        let mut admission = Admission::new(&rules, (0..lots).map(grant).collect(), &[]);
        let hold = |n| draft(n, EntryBody::Hold { amount: Amount::ONE, expires_at: None });
        admission.check(&hold(0), now()).expect("enough to hold");
        let watch = Stopwatch::now();
        for n in lots..lots + 1000 {
            admission.record(entry(n, spend(1)));
            admission.check(&hold(n), now()).expect("enough to hold");
        }
        tell(&format!("1000 spends and checked holds among {lots} live lots"), watch.elapsed(), "");
    }
}

fn entry(n: usize, body: EntryBody) -> Entry {
    let Draft { account, at, reference, body, note, actor, tags, .. } = draft(n, body);
    let reference = reference.expect("a ref");
    Entry { seq: Seq(i64::try_from(n).unwrap_or(0)), account, at, recorded_at: at, reference, body, note, actor, tags }
}
