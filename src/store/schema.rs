//! The tables, and the steps from each past format of the file to the next.

/// Marks the file as a ledger of creditop: the bytes `CrOp`.
pub(super) const APPLICATION_ID: i64 = 0x4372_4f70;

/// Step `n` (from 0) brings a file of format `n` to format `n + 1`. Steps are added, never changed.
pub(super) const MIGRATIONS: &[&str] = &[FORMAT_1, FORMAT_2];

/// Amounts are decimal texts, instants nanoseconds since 1970 in UTC, tags separated by spaces.
///
/// `entry.seq` and `observation.last_seq` share one sequence: the order of recording. A kind uses the columns that it
/// needs; `amount` is also what an `observe` says remains, `target` the ref of a hold or of a reversed entry.
const FORMAT_1: &str = "
CREATE TABLE entry (
    seq          INTEGER PRIMARY KEY,
    account      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    ref          TEXT NOT NULL,
    kind         TEXT NOT NULL
                 CHECK (kind IN ('grant', 'spend', 'hold', 'capture', 'release', 'adjust', 'reverse', 'observe')),
    bucket       TEXT,
    amount       TEXT,
    effective_at INTEGER,
    expiry       TEXT CHECK (expiry IN ('rule', 'never', 'at')),
    expires_at   INTEGER CHECK ((expiry = 'at') = (expires_at IS NOT NULL)),
    priority     INTEGER,
    action       TEXT,
    variant      TEXT,
    quantity     TEXT,
    target       TEXT,
    note         TEXT,
    actor        TEXT,
    tags         TEXT NOT NULL,
    UNIQUE (account, ref)
) STRICT;
CREATE INDEX entry_by_account_and_time ON entry (account, at, seq);
CREATE INDEX entry_by_target ON entry (account, target) WHERE target IS NOT NULL;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed: answer it by a reverse'); END;
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never deleted: answer it by a reverse'); END;

CREATE TABLE observation (
    first_seq            INTEGER PRIMARY KEY,
    last_seq             INTEGER NOT NULL UNIQUE CHECK (last_seq >= first_seq),
    account              TEXT NOT NULL,
    at                   INTEGER NOT NULL,
    last_seen_at         INTEGER NOT NULL CHECK (last_seen_at >= at),
    plan                 TEXT,
    email                TEXT,
    subscription_ends_at INTEGER
) STRICT;
CREATE INDEX observation_by_account ON observation (account, last_seq);
CREATE TRIGGER observation_is_only_confirmed
BEFORE UPDATE OF first_seq, account, at, plan, email, subscription_ends_at ON observation
BEGIN SELECT RAISE(ABORT, 'an observation is never changed, only seen again'); END;
CREATE TRIGGER observation_is_never_deleted BEFORE DELETE ON observation
BEGIN SELECT RAISE(ABORT, 'an observation is never deleted'); END;

CREATE TABLE observed_bucket (
    observation INTEGER NOT NULL REFERENCES observation (first_seq),
    position    INTEGER NOT NULL,
    bucket      TEXT NOT NULL,
    remaining   TEXT NOT NULL,
    capacity    TEXT,
    PRIMARY KEY (observation, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER observed_bucket_is_never_changed BEFORE UPDATE ON observed_bucket
BEGIN SELECT RAISE(ABORT, 'an observation is never changed'); END;
CREATE TRIGGER observed_bucket_is_never_deleted BEFORE DELETE ON observed_bucket
BEGIN SELECT RAISE(ABORT, 'an observation is never deleted'); END;

CREATE TABLE poll (
    account         TEXT PRIMARY KEY,
    last_ok_at      INTEGER,
    failure_kind    TEXT,
    failure_message TEXT,
    failed_at       INTEGER,
    retry_at        INTEGER,
    attempts        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Checkpoints of accounts: they change what an answer costs, never the answer, and may go at any time (SPEC E7).
///
/// `rules` tells by which rules and by which release it was made, `entries` how many it takes in, and `spacing` how many of them
/// should at least lie between it and the one before. Whoever records something that happened at its instant or earlier, or reverses
/// such a thing, deletes it by that.
const FORMAT_2: &str = "
CREATE TABLE checkpoint (
    account TEXT NOT NULL,
    at      INTEGER NOT NULL,
    rules   INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    spacing INTEGER NOT NULL,
    state   BLOB NOT NULL,
    UNIQUE (account, at)
) STRICT;
CREATE TRIGGER entry_voids_checkpoints AFTER INSERT ON entry
WHEN NEW.kind = 'reverse' OR EXISTS (SELECT 1 FROM checkpoint WHERE account = NEW.account AND at >= NEW.at)
BEGIN
    DELETE FROM checkpoint
    WHERE account = NEW.account AND at >= min(NEW.at, coalesce(
        (SELECT at FROM entry WHERE NEW.kind = 'reverse' AND account = NEW.account AND ref = NEW.target), NEW.at));
END;
";
