//! The tables, and the steps from each past format of the file to the next.

use rusqlite::Connection;

use super::seal::{seal_everything, seal_whole};

/// Marks the file as a ledger of creditop: the bytes `CrOp`.
pub(super) const APPLICATION_ID: i64 = 0x4372_4f70;

/// A step from one format to the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// Changes the tables.
    sql: &'static str,
    /// What is new in them follows from what was there.
    fill: Option<Fill>,
}

/// How what is new in the tables is filled.
#[derive(Clone, Copy)]
struct Fill {
    by: fn(&Connection) -> rusqlite::Result<()>,
    /// The statements that come after it.
    then: &'static str,
}

impl Step {
    /// A step that changes the tables alone.
    pub(super) const fn of(sql: &'static str) -> Self {
        Self { sql, fill: None }
    }

    /// Takes the step.
    pub(super) fn take(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(self.sql)?;
        let Some(fill) = self.fill else { return Ok(()) };
        (fill.by)(connection)?;
        connection.execute_batch(fill.then)
    }
}

/// Step `n` (from 0) brings a file of format `n` to format `n + 1`. Steps are added, never changed.
pub(super) const MIGRATIONS: &[Step] = &[
    Step::of(FORMAT_1),
    Step::of(FORMAT_2),
    Step { sql: FORMAT_3, fill: Some(Fill { by: seal_everything, then: FORMAT_3_SEALED }) },
    Step { sql: FORMAT_4, fill: Some(Fill { by: seal_whole, then: "" }) },
    Step::of(FORMAT_5),
];

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

/// Digests, as [`crate::store::digest`] defines them, and where the chain of each account's entries ends.
///
/// The columns may be null only because rows were there before them; `verify` names a row without a digest.
const FORMAT_3: &str = "
DROP TRIGGER entry_is_never_changed;
ALTER TABLE entry ADD COLUMN digest BLOB CHECK (length(digest) = 32);
ALTER TABLE observation ADD COLUMN digest BLOB CHECK (length(digest) = 32);
ALTER TABLE poll ADD COLUMN digest BLOB CHECK (length(digest) = 32);
CREATE TABLE chain (
    account TEXT PRIMARY KEY,
    entries INTEGER NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT, WITHOUT ROWID;
";

const FORMAT_3_SEALED: &str = "
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed: answer it by a reverse'); END;
CREATE TRIGGER chain_only_grows BEFORE UPDATE ON chain WHEN NEW.account <> OLD.account OR NEW.entries < OLD.entries
BEGIN SELECT RAISE(ABORT, 'a chain of entries only grows'); END;
CREATE TRIGGER chain_is_never_deleted BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'a chain of entries is never deleted'); END;
";

/// The end of the chain over all entries is written down, as that of the account "".
///
/// Checkpoints by different rules stand side by side: clients of different releases leave one another's alone. Those that were
/// there are made again.
const FORMAT_4: &str = "
DROP TABLE checkpoint;
CREATE TABLE checkpoint (
    account TEXT NOT NULL,
    at      INTEGER NOT NULL,
    rules   INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    spacing INTEGER NOT NULL,
    state   BLOB NOT NULL,
    UNIQUE (account, at, rules)
) STRICT;
";

/// Who polls an account at present, and until when by the clock of whatever keeps the file, in nanoseconds since 1970 (SPEC L10).
///
/// `changed` numbers the changes of `poll` in their order, so that whoever looks on reads those that are new to it.
const FORMAT_5: &str = "
CREATE TABLE lease (
    account TEXT PRIMARY KEY,
    holder  TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE poll ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX poll_by_change ON poll (changed);
";
