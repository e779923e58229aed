//! The tables, and the steps from each past format of the schema to the next.

use super::own::GUARDS;

/// Step `n` (from 0) brings a schema of format `n` to format `n + 1`. Steps are added, never changed.
pub(super) const MIGRATIONS: &[&[&str]] = &[&[FORMAT_1, GUARDS]];

/// Tells a ledger from other schemas of its name.
pub(super) const APPLICATION: &str = "creditop";

/// The format that a list of migrations leads to.
pub(super) fn known(migrations: &[&[&str]]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Amounts are decimal texts, instants nanoseconds since 1970 in UTC, tags separated by spaces; texts are sorted by their bytes.
///
/// `entry.seq` and `observation.last_seq` share one sequence: the order of recording. A kind uses the columns that it
/// needs; `amount` is also what an `observe` says remains, `target` the ref of a hold or of a reversed entry.
///
/// `ledger.writes` counts the writes, and `poll.changed` grows with each poll that is kept.
const FORMAT_1: &str = r#"
CREATE TABLE ledger (
    single      boolean PRIMARY KEY DEFAULT true CHECK (single),
    application text NOT NULL,
    format      bigint NOT NULL,
    writes      bigint NOT NULL
);
CREATE TABLE entry (
    seq          bigint PRIMARY KEY,
    account      text COLLATE "C" NOT NULL,
    at           bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    ref          text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL
                 CHECK (kind IN ('grant', 'spend', 'hold', 'capture', 'release', 'adjust', 'reverse', 'observe')),
    bucket       text COLLATE "C",
    amount       text COLLATE "C",
    effective_at bigint,
    expiry       text COLLATE "C" CHECK (expiry IN ('rule', 'never', 'at')),
    expires_at   bigint CHECK ((expiry = 'at') = (expires_at IS NOT NULL)),
    priority     bigint,
    action       text COLLATE "C",
    variant      text COLLATE "C",
    quantity     text COLLATE "C",
    target       text COLLATE "C",
    note         text COLLATE "C",
    actor        text COLLATE "C",
    tags         text COLLATE "C" NOT NULL,
    digest       bytea NOT NULL CHECK (length(digest) = 32),
    CONSTRAINT entry_has_its_ref_alone UNIQUE (account, ref)
);
CREATE INDEX entry_by_account_and_time ON entry (account, at, seq);
CREATE INDEX entry_by_account ON entry (account, seq);
CREATE INDEX entry_by_target ON entry (account, target) WHERE target IS NOT NULL;

CREATE TABLE observation (
    first_seq            bigint PRIMARY KEY,
    last_seq             bigint NOT NULL UNIQUE CHECK (last_seq >= first_seq),
    account              text COLLATE "C" NOT NULL,
    at                   bigint NOT NULL,
    last_seen_at         bigint NOT NULL CHECK (last_seen_at >= at),
    plan                 text COLLATE "C",
    email                text COLLATE "C",
    subscription_ends_at bigint,
    digest               bytea CHECK (length(digest) = 32)
);
CREATE INDEX observation_by_account ON observation (account, last_seq);

CREATE TABLE observed_bucket (
    observation bigint NOT NULL REFERENCES observation (first_seq),
    position    bigint NOT NULL,
    bucket      text COLLATE "C" NOT NULL,
    remaining   text COLLATE "C" NOT NULL,
    capacity    text COLLATE "C",
    PRIMARY KEY (observation, position)
);

CREATE TABLE poll (
    account         text COLLATE "C" PRIMARY KEY,
    last_ok_at      bigint,
    failure_kind    text COLLATE "C",
    failure_message text COLLATE "C",
    failed_at       bigint,
    retry_at        bigint,
    attempts        bigint NOT NULL,
    digest          bytea CHECK (length(digest) = 32),
    changed         bigint NOT NULL
);
CREATE INDEX poll_by_change ON poll (changed);

CREATE TABLE chain (
    account text COLLATE "C" PRIMARY KEY,
    entries bigint NOT NULL,
    digest  bytea NOT NULL CHECK (length(digest) = 32)
);

CREATE TABLE checkpoint (
    account text COLLATE "C" NOT NULL,
    at      bigint NOT NULL,
    rules   bigint NOT NULL,
    entries bigint NOT NULL,
    spacing bigint NOT NULL,
    state   bytea NOT NULL,
    PRIMARY KEY (account, at, rules)
);

CREATE TABLE lease (
    account text COLLATE "C" PRIMARY KEY,
    holder  text COLLATE "C" NOT NULL,
    until   bigint NOT NULL
);
"#;
