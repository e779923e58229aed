//! What only `PostgreSQL` itself understands.
//!
//! Everything else in this engine is standard SQL, or arrays as parameters (`= ANY ($1)`, `unnest`), which every database of the protocol's
//! family takes. Another one needs an answer to each of these:
//!
//! | here | what it is for | `CockroachDB` | `YugabyteDB` | Citus, distributed by account |
//! |---|---|---|---|---|
//! | [`LOCK`]: an advisory lock that each write takes first | the order of recording is that of commits | none that lasts for a transaction: `SELECT … FROM ledger FOR UPDATE` on the one row, which serialises as well | since 2025.1; before it the row as for `CockroachDB` | taken on the coordinator: all writes go through it |
//! | [`SETTINGS`], [`CHECKS`] | a client that is gone lets go of the lock within seconds | `idle_in_transaction_session_timeout` alone | as `PostgreSQL` | as `PostgreSQL` |
//! | [`NOTIFY`], `LISTEN` | screens learn of a change at once | none: they ask every two seconds, as they do when a notice is lost | none before 2025.2 | the coordinator's |
//! | [`GUARDS`]: triggers in PL/pgSQL | no entry is ever changed or deleted | since 24.3, no `TRUNCATE` triggers: take the right away from the roles | as `PostgreSQL` | on the shards: `run_command_on_shards`, or the roles |
//! | [`PARTS`]: the system's catalogue | what others put into the schema | `pg_catalog` is there; triggers are in `crdb_internal` | as `PostgreSQL` | shards have parts of their own to be left out |
//! | read committed after the lock | a snapshot that is taken when the lock is held | `SET CLUSTER SETTING sql.txn.read_committed_isolation.enabled`, else serialisable with retries, which are made (40001) | `yb_enable_read_committed_isolation` | as `PostgreSQL` |
//! | `UNIQUE (account, ref)` beside a primary key `seq` | a ref is one entry's | as it is | hash of `account` | the distribution column must be in every key: `PRIMARY KEY (account, seq)` |

/// Takes the lock that each write of a ledger takes first; its key follows.
///
/// It is let go of after the transaction's changes can be seen, so that whoever gets it next sees all that was recorded before.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock";

/// Takes that lock where nobody has it; its key follows.
pub(super) const TRY_LOCK: &str = "SELECT pg_try_advisory_xact_lock";

/// The lock's key: one for each schema of a database.
pub(super) fn lock_key(schema: &str) -> i64 {
    use std::hash::Hasher as _;
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(b"creditop ledger ");
    hasher.write(schema.as_bytes());
    hasher.finish().cast_signed()
}

/// The channel on which each write is told, by schema.
pub(super) fn channel(schema: &str) -> String {
    format!("{schema}_change")
}

/// Tells everybody who listens that something was written, when the transaction is committed; the channel is `$1`.
pub(super) const NOTIFY: &str = "SELECT pg_notify($1, '')";

/// What a connection is set to; settings that a server does not have are left out.
///
/// What is acknowledged is on the disk, and with the standbys where the server is set up so: a role's own laxer default does not count. A
/// server that waits for a client that is gone lets go of its locks within seconds. A query's plan is not worth compiling.
pub(super) const SETTINGS: &str = "
SELECT set_config(name, value, false) FROM (VALUES
    ('jit', 'off'),
    ('tcp_keepalives_idle', '4'), ('tcp_keepalives_interval', '2'), ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '8000'),
    ('bytea_output', 'hex'), ('client_min_messages', 'warning')
) AS wanted (name, value) WHERE name IN (SELECT name FROM pg_settings);
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')";

/// Has the server look every two seconds whether the client is still there, also while it waits for a lock. Not every system can.
pub(super) const CHECKS: &str = "SET client_connection_check_interval = 2000";

/// The milliseconds after which the server ends a transaction that writes and says nothing; so a program that hangs keeps nobody waiting for
/// longer.
pub(super) const IDLE_MILLISECONDS: u32 = 45_000;

/// Whether the server takes no writes, whether the schema `$1` is there, and how much is in it.
pub(super) const STANDING: &str = "
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
       EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1),
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1)";

/// What refuses to change what was recorded, and keeps checkpoints from being wrong. It follows the tables.
///
/// Only `mend` sets `creditop.mending`, within its transaction; and it can do nothing for a role that may not update these tables.
pub(super) const GUARDS: &str = "
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0];
END $$;
CREATE FUNCTION refuse_but_to_mend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('creditop.mending', true) = 'on' THEN RETURN NEW; END IF;
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0];
END $$;
CREATE FUNCTION void_checkpoints() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM checkpoint c USING (
        SELECT account, min(least(at, coalesce((SELECT t.at FROM entry t
            WHERE n.kind = 'reverse' AND t.account = n.account AND t.ref = n.target), at))) AS at
        FROM new_entry n GROUP BY account
    ) AS late WHERE c.account = late.account AND c.at >= late.at;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry FOR EACH ROW
EXECUTE FUNCTION refuse('a ledger entry is never changed: answer it by a reverse');
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry FOR EACH ROW
EXECUTE FUNCTION refuse('a ledger entry is never deleted: answer it by a reverse');
CREATE TRIGGER entry_is_never_emptied BEFORE TRUNCATE ON entry FOR EACH STATEMENT
EXECUTE FUNCTION refuse('a ledger is never emptied');
CREATE TRIGGER entry_voids_checkpoints AFTER INSERT ON entry REFERENCING NEW TABLE AS new_entry FOR EACH STATEMENT
EXECUTE FUNCTION void_checkpoints();
CREATE TRIGGER observation_is_only_confirmed BEFORE UPDATE OF first_seq, account, at, plan, email, subscription_ends_at ON observation
FOR EACH ROW EXECUTE FUNCTION refuse_but_to_mend('an observation is never changed, only seen again');
CREATE TRIGGER observation_is_never_deleted BEFORE DELETE ON observation FOR EACH ROW
EXECUTE FUNCTION refuse('an observation is never deleted');
CREATE TRIGGER observation_is_never_emptied BEFORE TRUNCATE ON observation FOR EACH STATEMENT
EXECUTE FUNCTION refuse('a ledger is never emptied');
CREATE TRIGGER observed_bucket_is_never_changed BEFORE UPDATE OR DELETE ON observed_bucket FOR EACH ROW
EXECUTE FUNCTION refuse('an observation is never changed');
CREATE TRIGGER observed_bucket_is_never_emptied BEFORE TRUNCATE ON observed_bucket FOR EACH STATEMENT
EXECUTE FUNCTION refuse('a ledger is never emptied');
CREATE TRIGGER chain_only_grows BEFORE UPDATE ON chain FOR EACH ROW
WHEN (NEW.account <> OLD.account OR NEW.entries < OLD.entries) EXECUTE FUNCTION refuse('a chain of entries only grows');
CREATE TRIGGER chain_is_never_deleted BEFORE DELETE ON chain FOR EACH ROW
EXECUTE FUNCTION refuse('a chain of entries is never deleted');
CREATE TRIGGER chain_is_never_emptied BEFORE TRUNCATE ON chain FOR EACH STATEMENT
EXECUTE FUNCTION refuse('a ledger is never emptied');
";

/// Lets the triggers above pass what mends a wrong clock's stamps, until the transaction ends.
pub(super) const MENDING: &str = "SET LOCAL creditop.mending = 'on'";

/// All that is in a schema (`$1`): sort, name, and what must be so of it, in words that do not depend on the server's release.
pub(super) const PARTS: &str = "
WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = $1)
SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' ELSE 'relation' END,
       c.relname::text,
       CASE WHEN c.relpersistence <> 'p' THEN 'not kept over a crash' WHEN c.relkind <> 'i' THEN ''
            WHEN i.indisvalid THEN replace(pg_get_indexdef(c.oid), $1 || '.', '') ELSE 'not valid' END
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relnamespace = (SELECT oid FROM here) AND c.relkind NOT IN ('t', 'c')
UNION ALL
SELECT 'column', c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = (SELECT oid FROM here) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', c.relname || '.' || k.conname, CASE WHEN k.convalidated THEN '' ELSE 'not valid' END
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = (SELECT oid FROM here) AND k.contype IN ('c', 'p', 'u', 'f', 'x')
UNION ALL
SELECT 'trigger', c.relname || '.' || t.tgname, p.proname || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'A' THEN '' ELSE ' disabled' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = (SELECT oid FROM here) AND NOT t.tgisinternal
UNION ALL
SELECT 'rule', c.relname || '.' || r.rulename, ''
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace = (SELECT oid FROM here) AND c.relkind = 'r'
UNION ALL
SELECT 'function', p.proname::text, md5(p.prosrc) FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM here)";
