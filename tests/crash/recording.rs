//! The entries that these tests write: what one says follows from its account and ref, so a torn or foreign one shows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;
use creditop::credit::{
    AccountId, BucketId, BucketKind, BucketRule, DEFAULT_ORDER, ExpiryRule, Instant, Rules, Source, parse_instant,
};
use creditop::store::{Batch, Context, Format, Ledger, Proposal, read_batch};

/// A folder that is gone after the test; the ledger lies in `data` within.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }
}

pub(crate) fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

/// Any account: hand-kept, with a purchased bucket.
#[expect(clippy::unnecessary_wraps, reason = "the ledger asks by this signature")]
pub(crate) fn rules(account: &AccountId) -> Option<Arc<Rules>> {
    Some(Arc::new(Rules {
        account: account.clone(),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![BucketRule {
            id: BucketId::new("purchased").unwrap(),
            name: "Purchased".to_owned(),
            kind: BucketKind::Purchased,
            rank: 1,
            resets: Vec::new(),
            rollover: Vec::new(),
            expiry: ExpiryRule::Never,
        }],
        order: DEFAULT_ORDER.to_vec(),
        order_reason: "Assumed.".to_owned(),
        configured_plan: None,
        phases: Vec::new(),
        scheduled: Vec::new(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }))
}

/// The entry of that ref as a line of a file: a grant where its number is even, else a spend, of an amount that the number gives.
pub(crate) fn line(account: &AccountId, reference: &str) -> String {
    let number: u64 = reference.rsplit('-').next().unwrap().parse().unwrap();
    let kind = if number.is_multiple_of(2) {
        "\"kind\":\"grant\",\"bucket\":\"purchased\",\"expires_at\":null"
    } else {
        "\"kind\":\"spend\""
    };
    let note = format!("{account} {reference} ").repeat(20);
    format!(
        "{{{kind},\"account\":\"{account}\",\"at\":\"2026-11-20T09:00:00Z\",\"amount\":\"{}.{:03}1\",\"ref\":\"{reference}\",\
         \"note\":\"{note}end\",\"actor\":\"crash\",\"tags\":[\"test\"]}}\n",
        number / 10,
        number % 1000,
    )
}

/// Spends of one credit each by the configured account `portraits`, as lines of a file: `PREFIX-0` and on.
pub(crate) fn spends(prefix: &str, count: u64) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        let fields = "\"kind\":\"spend\",\"account\":\"portraits\",\"at\":\"2026-11-20T08:00:00Z\",\"amount\":1";
        let _ = writeln!(lines, "{{{fields},\"ref\":\"{prefix}-{number}\"}}");
        lines
    })
}

/// Lines of a file as an import reads them.
pub(crate) fn batch(lines: &str) -> Batch {
    let context = Context {
        pricing: &|_, _, _, _, _| Err("no prices".to_owned()),
        zone: &|_| Ok(chrono_tz::Tz::UTC),
        now: chrono::DateTime::UNIX_EPOCH,
    };
    let batch = read_batch(lines.as_bytes(), Format::JsonLines, &context).unwrap();
    assert_eq!(batch.bad, []);
    batch
}

/// The entry of that ref.
pub(crate) fn proposal(account: &AccountId, reference: &str) -> Proposal {
    batch(&line(account, reference)).proposals.pop().unwrap()
}

/// The refs recorded of an account, in the order of recording; each entry must say what its ref gives.
#[track_caller]
pub(crate) fn recorded(store: &Ledger, account: &AccountId) -> Vec<String> {
    let entries = store.entries(account).unwrap();
    assert!(entries.windows(2).all(|pair| pair[0].seq < pair[1].seq), "the order of recording");
    entries
        .into_iter()
        .map(|entry| {
            let expected = proposal(account, entry.reference.as_str()).draft;
            assert_eq!(
                (&entry.account, entry.at, &entry.body),
                (&expected.account, expected.at, &expected.body),
                "an entry is torn"
            );
            assert_eq!(
                (&entry.note, &entry.actor, &entry.tags),
                (&expected.note, &expected.actor, &expected.tags),
                "an entry is torn"
            );
            entry.reference.as_str().to_owned()
        })
        .collect()
}

/// Opens a ledger that something happened to, and checks all of it.
#[track_caller]
pub(crate) fn sound(data: &Path) -> Ledger {
    let store = Ledger::open(data).unwrap();
    assert_eq!(store.verify(None).unwrap().flaws, []);
    store
}

/// Every file of the folder with its bytes, but for the shared memory that `SQLite` rebuilds at will, an empty log, and what is remembered
/// of the ledger.
pub(crate) fn bytes(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = crate::fixture::files(data);
    files.retain(|path| !path.to_string_lossy().ends_with("-shm") && !path.ends_with("ledger.seen"));
    files.sort();
    let contents = files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap()));
    contents.filter(|(path, content)| !(content.is_empty() && path.to_string_lossy().ends_with("-wal"))).collect()
}
