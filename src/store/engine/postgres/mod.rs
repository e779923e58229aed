//! The ledger of a team, in a schema of a `PostgreSQL` database.
//!
//! # How it keeps what an engine owes
//! - A snapshot is one `REPEATABLE READ READ ONLY` transaction.
//! - A write first takes an advisory lock that all writes of this ledger take, and holds it until it is committed: so the order of recording
//!   is that of commits. It reads at `READ COMMITTED`, so that each of its statements sees all that was committed before the lock was had;
//!   nobody else can write meanwhile. It waits for its turn for 30 seconds, as with a file.
//! - What is written is kept here until something has to be read that depends on it, and goes to the server as a few statements of many rows;
//!   the last ones together with the COMMIT, in one round trip.
//! - Where a connection is lost while a COMMIT is out, nobody knows what became of it. So it is looked up: on another connection, once the lock is
//!   had (the old transaction is over then), whether the last entry stands at its place with its digest, which holds the instant of
//!   recording to the nanosecond. Where it does, it was recorded; where not, the whole is done again, with everything checked anew. No ref has to be
//!   guessed for that, and none is recorded twice.
//! - Even a write that finds everything recorded already counts up [`schema`]'s `ledger.writes`: its COMMIT then waits for the standbys as
//!   any other does, so that what it acknowledges can't be taken back by a standby that takes over.
//! - Each question has a time within which it must be answered; a server that hangs is left, and the next call begins a new connection, where several
//!   hosts are named with another one of them.
//!
//! # Where it goes from here: a thousand million entries
//! An entry takes about 220 bytes in the table and 60 to 110 in each of its four indexes, say 0.6 KB in all: 1,000,000 entries are
//! 0.6 GB, 10⁹ are 600 GB, which one server holds. What grows with the number of entries, and what does not:
//!
//! - *An append* touches the last page of the table, one leaf of each index and a row of `chain` and `change`: its cost is that of its
//!   COMMIT. Writers take turns: at 1 ms for a commit that is some 500 a second, 10⁹ in three weeks of nothing else; batches
//!   bring hundreds of entries with one commit.
//! - *Figures* are read since an account's last checkpoint: at most twice a checkpoint's spacing, whatever the history. 10,000 accounts with 100
//!   entries since their checkpoints are 10⁶ rows, about a second, in two round trips.
//! - *Full reads* (`verify`, `export`) take time by length: 10⁹ at 500,000 a second is half an hour, in flat memory.
//!
//! When that gets too slow, or 600 GB too much for one disk: `entry` partitioned by `HASH (account)` into 32 (19 GB each; the primary key becomes
//! `(account, seq)`, a ref stays unique within its account). Accounts never refer to one another, so that each partition can lie on
//! another server (Citus: `create_distributed_table('entry', 'account')`, with `observation`, `chain` and `checkpoint` beside it).
//! Then the lock's key becomes that of the account's shard, and the order of recording one order per shard; the chain over all
//! entries would be one per shard too. *Retention:* entries before an account's oldest checkpoint that anybody asks about can be moved to a
//! partition on cheaper storage (`PARTITION BY RANGE (at)` below the hash), never deleted: the chain of digests is checked over them.

mod connect;
mod driver;
mod error;
mod leases;
mod lookup;
mod own;
mod parts;
mod pending;
mod place;
mod read;
mod rows;
mod schema;
mod session;
#[cfg(test)]
pub(in crate::store) mod testing;
mod write;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use self::connect::{Connection, connect};
use self::error::{Trouble, failed};
use self::place::{Place, SCHEMA};
use self::schema::{APPLICATION, MIGRATIONS, known};
pub(in crate::store) use self::session::Session;
use crate::store::change_signal::{Bell, ChangeSignal};
use crate::store::engine::Write as _;
use crate::store::waiting::{BUSY_WAIT, wait_in_steps};
use crate::store::{Location, StoreError};

const READ: &str = "read the ledger";
const BACK_UP: &str = "make a backup copy of the polls of the ledger";
const MIGRATE: &str = "bring up to date the ledger";

/// What a usual question may take to be answered: longer than any does on a server that lives.
const USUAL: Duration = Duration::from_secs(12);

/// What a question about the whole ledger may take.
const LONG: Duration = Duration::from_mins(15);

/// How a ledger in a database is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The schema that holds it: small letters, digits and `_`.
    pub schema: String,
    /// How long a write waits for others, or for a server that is away, at most; `None` for 30 seconds.
    pub wait: Option<Duration>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), wait: None }
    }
}

/// A ledger in a database: one connection of one process. Threads open one each.
#[derive(Debug)]
pub(in crate::store) struct Postgres {
    place: Place,
    read_only: bool,
    /// Whether a server will do that takes no writes, and so may lag behind.
    standby_will_do: bool,
    wait: Duration,
    known: i64,
    connection: RefCell<Option<Arc<Connection>>>,
    /// The host to try first: the one that answered last.
    host: Cell<usize>,
    bell: Arc<Bell>,
    listening: Cell<bool>,
}

/// How a schema stands to this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Fresh,
    Older(i64),
    Current,
}

impl Postgres {
    /// Opens the ledger; makes it where it is missing, and brings one of an older format up to date.
    pub(in crate::store) fn open(url: &SecretString, options: &PostgresOptions) -> Result<Self, StoreError> {
        Self::open_with(url, options, MIGRATIONS)
    }

    /// Opens an existing ledger for reading; whatever would write is refused. A server that takes no writes will do.
    pub(in crate::store) fn open_read_only(url: &SecretString, options: &PostgresOptions) -> Result<Self, StoreError> {
        let engine = Self::new(url, options, true, known(MIGRATIONS))?;
        let location = engine.place.location.clone();
        match engine.standing(&*engine.connection()?)? {
            Standing::Current => Ok(engine),
            Standing::Fresh => Err(StoreError::Missing { location }),
            Standing::Older(found) => Err(StoreError::OlderVersion { location, found, known: engine.known }),
        }
    }

    fn open_with(url: &SecretString, options: &PostgresOptions, migrations: &[&[&str]]) -> Result<Self, StoreError> {
        let engine = Self::new(url, options, false, known(migrations))?;
        let connection = engine.connected()?;
        if engine.standing(&connection)? != Standing::Current {
            engine.migrate(&connection, migrations)?;
            // What was found is not what is there any more.
            engine.connection.take();
        }
        Ok(engine)
    }

    fn new(url: &SecretString, options: &PostgresOptions, read_only: bool, known: i64) -> Result<Self, StoreError> {
        let place = Place::of(url, options)?;
        let wait = options.wait.unwrap_or(BUSY_WAIT);
        // Clients that all begin with the first of several hosts would all wait for it when it hangs.
        let host = Cell::new(fastrand::usize(..place.hosts.len().max(1)));
        Ok(Self {
            place,
            read_only,
            standby_will_do: read_only,
            wait,
            known,
            connection: RefCell::default(),
            host,
            bell: Arc::default(),
            listening: Cell::new(false),
        })
    }

    /// How long a write waits for others, or for a server that is away.
    pub(in crate::store) fn wait(&self) -> Duration {
        self.wait
    }

    /// Where the database is.
    pub(in crate::store) fn location(&self) -> &Location {
        &self.place.location
    }

    /// The connection, which is a new one where the last was lost.
    fn connection(&self) -> Result<Arc<Connection>, StoreError> {
        if let Some(connection) = self.connection.borrow().as_ref().filter(|connection| !connection.client.is_closed()) {
            return Ok(Arc::clone(connection));
        }
        let connect = |writes| connect(&self.place, self.host.get(), writes, &self.bell);
        let opened = match connect(true) {
            Err(error) if self.standby_will_do && error.is_out_of_reach() => connect(false),
            opened => opened,
        };
        let opened = Arc::new(opened?);
        self.standing(&opened)?;
        self.host.set(opened.host);
        if self.listening.get() {
            self.hear(&opened)?;
        }
        *self.connection.borrow_mut() = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// A connection, once a server takes writes: while another one takes over it is waited for.
    fn connected(&self) -> Result<Arc<Connection>, StoreError> {
        let mut last = None;
        let done = wait_in_steps(self.wait, |step| match self.connection() {
            Err(error) if error.is_passing() => {
                last = Some(error);
                std::thread::sleep(step);
                None
            }
            done => Some(done),
        });
        match (done, last) {
            (Some(done), _) => done,
            (None, Some(error)) => Err(error),
            (None, None) => Err(failed(READ, self.location(), Trouble::Silence(self.wait))),
        }
    }

    /// The connection is of no use any more, and where several hosts are named, another one is tried next.
    fn leave(&self, connection: &Connection) {
        self.connection.borrow_mut().take_if(|own| std::ptr::eq(own.as_ref(), connection));
        self.host.set((connection.host + 1) % self.place.hosts.len().max(1));
    }

    /// How what a connection found stands to this release.
    fn standing(&self, connection: &Connection) -> Result<Standing, StoreError> {
        standing(connection.what.ledger.as_ref(), connection.what.empty, self.known, self.location())
    }

    fn migrate(&self, connection: &Connection, migrations: &[&[&str]]) -> Result<(), StoreError> {
        let wrong = |trouble| failed(MIGRATE, self.location(), trouble);
        let run = |sql: &str| {
            let done = driver::wait(connection.client.batch_execute(sql), LONG).ok_or(Trouble::Silence(LONG));
            done.and_then(|done| Ok(done?)).map_err(wrong)
        };
        let ask = |sql: &str| {
            let done = driver::wait(connection.client.query_typed_opt(sql, &[]), USUAL).ok_or(Trouble::Silence(USUAL));
            done.and_then(|done| Ok(done?)).map_err(wrong)
        };
        let schema = &self.place.schema;
        run(&format!("BEGIN; {}({})", own::LOCK, own::lock_key(schema)))?;
        let there = format!("SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'");
        if ask(&there)?.is_none() {
            run(&format!("CREATE SCHEMA {schema}"))?;
        }
        let there = format!("SELECT 1 FROM pg_class WHERE relname = 'ledger' AND relnamespace = '{schema}'::regnamespace");
        let mut ledger = None;
        if ask(&there)?.is_some() {
            let row = ask("SELECT application, format FROM ledger")?;
            ledger = row
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .transpose()
                .map_err(|error: tokio_postgres::Error| wrong(error.into()))?;
        }
        let from = match standing(ledger.as_ref(), connection.what.empty || ledger.is_some(), self.known, self.location())? {
            Standing::Current => return run("ROLLBACK"),
            Standing::Fresh => 0,
            Standing::Older(format) => usize::try_from(format).unwrap_or(usize::MAX),
        };
        for sql in migrations.iter().skip(from).copied().flatten() {
            run(sql)?;
        }
        let known = self.known;
        run(&format!(
            "INSERT INTO ledger (application, format, writes) VALUES ('{APPLICATION}', {known}, 0) ON CONFLICT (single) DO UPDATE SET format = {known}; \
             COMMIT"
        ))
    }

    /// The number of the last write, by whomever.
    pub(in crate::store) fn writes(&self) -> Result<i64, StoreError> {
        let row = self.read().first("SELECT writes FROM ledger", &[])?;
        Ok(row.map_or(0, |row| rows::number(&row, 0)))
    }

    /// Listens from now on, on this connection and on those that follow it.
    pub(in crate::store) fn listen(&self) -> Result<ChangeSignal, StoreError> {
        if !self.listening.replace(true) {
            let connection = self.connection.take();
            match connection.filter(|connection| !connection.client.is_closed()) {
                None => drop(self.connection()?),
                Some(connection) => {
                    self.hear(&connection)?;
                    *self.connection.borrow_mut() = Some(connection);
                }
            }
        }
        Ok(ChangeSignal::of(Arc::clone(&self.bell)))
    }

    fn hear(&self, connection: &Connection) -> Result<(), StoreError> {
        let listen = format!("LISTEN {}", own::channel(&self.place.schema));
        let done = driver::wait(connection.client.batch_execute(&listen), USUAL).ok_or(Trouble::Silence(USUAL));
        done.and_then(|done| Ok(done?)).map_err(|trouble| failed(READ, self.location(), trouble))
    }

    /// Copies what may be mended, the polls, into a schema of its own, whose name ends so; says where.
    pub(in crate::store) fn back_up(&self, ending: &str) -> Result<Location, StoreError> {
        let copy = format!("{}_{}", self.place.schema, ending.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        let session = self.write(BACK_UP)?;
        session.command(&format!("CREATE SCHEMA {copy}"))?;
        for table in ["observation", "observed_bucket", "poll"] {
            session.command(&format!("CREATE TABLE {copy}.{table} AS TABLE {table}"))?;
        }
        session.commit()?;
        Ok(self.place.location.in_schema(&copy))
    }

    /// The same ledger on a connection of its own, for reading alone; on the server that takes the writes, so that it sees them all.
    pub(in crate::store) fn reader(&self) -> Self {
        Self { read_only: true, ..self.beside() }
    }

    /// The same ledger, as another client has it open.
    #[cfg(test)]
    pub(in crate::store) fn another(&self) -> Self {
        self.beside()
    }

    fn beside(&self) -> Self {
        let place = Place {
            hosts: self.place.hosts.clone(),
            location: self.place.location.clone(),
            schema: self.place.schema.clone(),
            root: self.place.root.clone(),
        };
        Self {
            place,
            read_only: self.read_only,
            standby_will_do: self.standby_will_do,
            wait: self.wait,
            known: self.known,
            connection: RefCell::default(),
            host: Cell::new(0),
            bell: Arc::default(),
            listening: Cell::new(false),
        }
    }
}

fn standing(ledger: Option<&(String, i64)>, empty: bool, known: i64, location: &Location) -> Result<Standing, StoreError> {
    let location = location.clone();
    match ledger {
        None if empty => Ok(Standing::Fresh),
        None => Err(StoreError::NotALedger { location }),
        Some((application, _)) if application != APPLICATION => Err(StoreError::NotALedger { location }),
        Some((_, format)) => match format.cmp(&known) {
            std::cmp::Ordering::Less => Ok(Standing::Older(*format)),
            std::cmp::Ordering::Equal => Ok(Standing::Current),
            std::cmp::Ordering::Greater => Err(StoreError::NewerVersion { location, found: *format, known }),
        },
    }
}

#[cfg(test)]
mod tests;
