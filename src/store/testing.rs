//! What the store's tests share.

use std::path::PathBuf;
use std::sync::Arc;

use chrono_tz::Tz;

use super::engine::Engine;
use super::{Ledger, Proposal};
use crate::credit::{
    AccountId, Amount, Book, BucketId, BucketKind, BucketRule, DEFAULT_ORDER, Draft, EntryBody, Expires, ExpiryRule, Grant,
    Instant, PollHealth, Profile, ProviderId, Ref, Rules, Source, Spend, Thresholds, parse_instant,
};

impl Ledger {
    /// The connection to its file.
    pub(super) fn connection(&self) -> &rusqlite::Connection {
        match &self.engine {
            Engine::Sqlite(engine) => engine.connection(),
            _ => panic!("only a ledger in a file has such a connection"),
        }
    }
}

impl Ledger {
    /// The same ledger, as another client has it open.
    pub(super) fn another(&self) -> Self {
        Self::on(match &self.engine {
            Engine::Memory(memory) => Engine::Memory(Arc::clone(memory)),
            Engine::Sqlite(engine) => Engine::Sqlite(engine.another()),
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => Engine::Postgres(Box::new(engine.another())),
        })
    }
}

/// Does something with a new ledger on every engine, by the engine's name.
pub(super) fn every_engine(test: impl Fn(&str, Ledger)) {
    test("memory", Ledger::in_memory());
    let folder = Folder::new();
    test("sqlite", folder.open());
    #[cfg(feature = "postgres")]
    if let Some(database) = super::engine::postgres::testing::Database::new() {
        test("postgres", database.open());
    }
}

/// A data folder that is gone after the test, with the ledger in it.
pub(super) struct Folder {
    pub(super) folder: tempfile::TempDir,
}

impl Folder {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn file(&self) -> PathBuf {
        self.data_dir().join(super::FILE_NAME)
    }

    pub(super) fn open(&self) -> Ledger {
        Ledger::open(&self.data_dir()).unwrap()
    }

    /// A connection that knows no rules, for tampering.
    pub(super) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }

    /// Runs SQL with the triggers that guard the rows out of the way.
    pub(super) fn tamper(&self, sql: &str) {
        let raw = self.raw();
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
        raw.execute_batch(sql).unwrap();
        for (_, create) in &triggers {
            raw.execute_batch(create).unwrap();
        }
    }
}

pub(super) fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub(super) fn now() -> Instant {
    t("2026-11-20T09:00:00Z")
}

pub(super) fn account(id: &str) -> AccountId {
    AccountId::new(id).unwrap()
}

pub(super) fn bucket(id: &str) -> BucketId {
    BucketId::new(id).unwrap()
}

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(super) fn reference(text: &str) -> Ref {
    Ref::new(text).unwrap()
}

/// The rules of any account that isn't named `stranger`: hand-kept, with a purchased and a bonus bucket.
pub(super) fn rules(account: &AccountId) -> Option<Arc<Rules>> {
    if account.as_str() == "stranger" {
        return None;
    }
    let bucket_rule = |id: &str, kind, rank| BucketRule {
        id: bucket(id),
        name: id.to_owned(),
        kind,
        rank,
        resets: Vec::new(),
        rollover: Vec::new(),
        expiry: ExpiryRule::Never,
    };
    Some(Arc::new(Rules {
        account: account.clone(),
        zone: Tz::UTC,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![bucket_rule("purchased", BucketKind::Purchased, 1), bucket_rule("bonus", BucketKind::Bonus, 2)],
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

/// A book of an account without anything recorded.
pub(super) fn book(rules: &Arc<Rules>) -> Book {
    Book {
        profile: Profile {
            id: rules.account.clone(),
            name: rules.account.to_string(),
            provider: ProviderId::new("generic").unwrap(),
            provider_name: "Generic".to_owned(),
            unit: "credits".to_owned(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        rules: Arc::clone(rules),
        prices: Arc::default(),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::default(),
        observations: Arc::default(),
        health: PollHealth::default(),
    }
}

pub(super) fn grant_body(figure: &str) -> EntryBody {
    EntryBody::Grant(Grant {
        bucket: bucket("purchased"),
        amount: amount(figure),
        effective_at: None,
        expires: Expires::ByRule,
        priority: 0,
    })
}

pub(super) fn spend_body(figure: &str) -> EntryBody {
    EntryBody::Spend(Spend { amount: amount(figure), action: None, variant: None, quantity: None })
}

/// A draft for the account `dealer` at [`now`]; an empty ref is none.
pub(super) fn draft(given_ref: &str, body: EntryBody) -> Draft {
    Draft {
        account: account("dealer"),
        at: now(),
        reference: (!given_ref.is_empty()).then(|| reference(given_ref)),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    }
}

pub(super) fn proposal(given_ref: &str, body: EntryBody) -> Proposal {
    draft(given_ref, body).into()
}
