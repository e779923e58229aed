//! Opening the file: who it belongs to, which format it has, and that it keeps what it is given (SPEC L4 to L6).

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::Sqlite;
use super::error::failed;
use super::schema::{APPLICATION_ID, MIGRATIONS, Step};
use crate::files::create_private_folders;
use crate::store::waiting::{BUSY_WAIT, wait_for_others};
use crate::store::{Location, StoreError};

/// The ledger's file within the data folder.
pub const FILE_NAME: &str = "ledger.db";

fn failed_at(action: &'static str, path: &Path, error: rusqlite::Error) -> StoreError {
    failed(action, &Location::of_file(path), error)
}

/// What `PRAGMA synchronous` answers for FULL.
const SYNCHRONOUS_FULL: i64 = 2;

const OPEN: &str = "open the ledger";
const MIGRATE: &str = "bring up to date the ledger";
const BACK_UP: &str = "make a backup copy of the ledger";

/// How a file stands to this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Fresh,
    Older(i64),
    Current,
}

impl Sqlite {
    /// Opens the file in `data_dir`; creates the folder (0700) and the file (0600) where they are missing. No change waits longer than
    /// `wait` for other processes, or than 30 seconds.
    ///
    /// A file of an older format is brought up to date, after a copy of it was made beside it as `ledger.db.backup-vN`.
    pub(in crate::store) fn open(data_dir: &Path, wait: Option<Duration>) -> Result<Self, StoreError> {
        Self::open_with(data_dir, MIGRATIONS, wait.unwrap_or(BUSY_WAIT))
    }

    /// Opens an existing file for reading; whatever would write is refused.
    pub(in crate::store) fn open_read_only(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE_NAME);
        whole_or_absent(&path)?;
        if !path.try_exists().map_err(|source| StoreError::File { action: OPEN, location: Location::of_file(&path), source })? {
            return Err(StoreError::Missing { location: Location::of_file(&path) });
        }
        let connection = connect(&path, BUSY_WAIT)?;
        let known = known(MIGRATIONS);
        match identify(&connection, &path, known)? {
            Standing::Current => {}
            Standing::Fresh => return Err(StoreError::Missing { location: Location::of_file(&path) }),
            Standing::Older(found) => return Err(StoreError::OlderVersion { location: Location::of_file(&path), found, known }),
        }
        // Not a read-only handle: that could not clear away the write-ahead log's files when it is closed.
        connection.pragma_update(None, "query_only", true).map_err(|error| failed_at(OPEN, &path, error))?;
        Ok(Self::new(connection, path))
    }

    fn open_with(data_dir: &Path, migrations: &[Step], wait: Duration) -> Result<Self, StoreError> {
        create_folder(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        let mut connection = create_and_connect(&path, data_dir, wait)?;
        let standing = identify(&connection, &path, known(migrations))?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(|error| failed_at(OPEN, &path, error))?;
        if standing != Standing::Current {
            migrate(&mut connection, &path, migrations)?;
        }
        turn_on_wal(&connection, &path, wait)?;
        assert_synchronous(&connection, &path)?;
        // The log comes to be when it is first looked into.
        identify(&connection, &path, known(migrations))?;
        Ok(Self::new(connection, path))
    }
}

/// The format that a list of migrations leads to.
fn known(migrations: &[Step]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Creates the folder and those above it that are missing, and makes their names last.
fn create_folder(folder: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { action: "create the data folder", location: Location::of_file(folder), source };
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
    create_private_folders(folder).map_err(failed)?;
    missing.into_iter().try_for_each(sync_name).map_err(failed)
}

/// Creates an empty file that only its owner can read. The files that `SQLite` puts beside it take its permissions.
fn create_private(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if truncate {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates the file where it is missing, and connects to it.
///
/// Closing any handle of a file drops the locks that this process has on it (POSIX advisory locks), those of our other connections
/// too. So the file is never opened but by `SQLite` once a connection can exist: only its creator does so, one at a time.
fn create_and_connect(path: &Path, folder: &Path, wait: Duration) -> Result<Connection, StoreError> {
    static CREATION: Mutex<()> = Mutex::new(());
    let _one_at_a_time = CREATION.lock().unwrap_or_else(PoisonError::into_inner);
    whole_or_absent(path)?;
    match create_private(path, false) {
        Ok(_) => {
            sync_name(path).map_err(|source| StoreError::File { action: OPEN, location: Location::of_file(folder), source })?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(source) => return Err(StoreError::File { action: "create the ledger", location: Location::of_file(path), source }),
    }
    connect(path, wait)
}

/// Refuses a ledger that is missing or empty while its write-ahead log is not: `SQLite` would throw the log away, and the entries in it.
/// Also one that was emptied while a program has it open, which would keep us from filling it.
///
/// While a ledger is made, its file is filled before there is a log. So what lies beside it is looked at first: what comes to be
/// meanwhile is no contradiction.
fn whole_or_absent(path: &Path) -> Result<(), StoreError> {
    let damaged = |why| Err(StoreError::Corrupt { action: OPEN, location: Location::of_file(path), why });
    let (log, shared) = (log_of(path), beside(path, "-shm"));
    let (logged, in_use) = (length(&log) > 0, length(&shared) > 0);
    let there = length(path);
    // SQLite takes a single byte for none.
    if logged && there <= 1 {
        return damaged(format!("it is missing or empty, but its log {} is not", log.display()));
    }
    if in_use && there == 0 && path.exists() {
        return damaged(format!("it is empty, and {} shows that a program uses it that was not empty", shared.display()));
    }
    Ok(())
}

/// The write-ahead log that `SQLite` keeps beside a file.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// A file beside another one that has its name with a further ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes the name of a file or folder last; without it a crash could lose what was just created.
fn sync_name(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}

/// One more connection to a ledger that is open, for reading alone.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, BUSY_WAIT)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| failed_at(OPEN, path, error))?;
    Ok(connection)
}

fn connect(path: &Path, wait: Duration) -> Result<Connection, StoreError> {
    let failed = |error| failed_at(OPEN, path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    if wait == BUSY_WAIT {
        connection.busy_handler(Some(wait_for_others)).map_err(failed)?;
    } else {
        connection.busy_timeout(wait).map_err(failed)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    Ok(connection)
}

/// Finds out whose the file is and which format it has, without leaving a trace in one that is refused.
fn identify(connection: &Connection, path: &Path, known: i64) -> Result<Standing, StoreError> {
    let keep_log = |keep| {
        let set = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep);
        set.map_err(|error| failed_at(OPEN, path, error))
    };
    // Closing the last connection moves the write-ahead log into the file: not into one that is refused.
    keep_log(true)?;
    let standing = settled_standing(connection, path, known);
    if standing.is_ok() || length(&log_of(path)) == 0 {
        keep_log(false)?;
    }
    standing
}

/// The standing as of one instant: while another process makes the ledger, its marks appear together or not at all.
fn settled_standing(connection: &Connection, path: &Path, known: i64) -> Result<Standing, StoreError> {
    let snapshot = connection.unchecked_transaction().map_err(|error| failed_at(OPEN, path, error))?;
    let standing = standing(&snapshot, path, known)?;
    whole_pages(&snapshot, path)?;
    Ok(standing)
}

/// Refuses a file that was cut off within its last page: `SQLite` would read the rest of that page as zeros.
fn whole_pages(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // The log is looked at first: while there is none, nobody writes to the file; and a crash while it was moved into the file
    // leaves a part of a page that the log makes whole.
    if length(&log_of(path)) > 0 {
        return Ok(());
    }
    let page: i64 =
        connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(|error| failed_at(OPEN, path, error))?;
    let found = length(path);
    if u64::try_from(page).is_ok_and(|page| found.is_multiple_of(page)) {
        return Ok(());
    }
    let why = format!("it was cut off: its {found} bytes are not a whole number of pages");
    Err(StoreError::Corrupt { action: OPEN, location: Location::of_file(path), why })
}

/// The length of a file in bytes, 0 where it is missing. Asking opens no handle, so it drops no locks.
fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

fn standing(connection: &Connection, path: &Path, known: i64) -> Result<Standing, StoreError> {
    let failed = |error| failed_at(OPEN, path, error);
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if application == 0 && version == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(Standing::Fresh);
    }
    if application != APPLICATION_ID || version < 1 {
        return Err(StoreError::NotALedger { location: Location::of_file(path) });
    }
    match version.cmp(&known) {
        std::cmp::Ordering::Less => Ok(Standing::Older(version)),
        std::cmp::Ordering::Equal => Ok(Standing::Current),
        std::cmp::Ordering::Greater => Err(StoreError::NewerVersion { location: Location::of_file(path), found: version, known }),
    }
}

/// Brings a fresh or older file to the newest format, in one transaction. Another process may have done so meanwhile.
fn migrate(connection: &mut Connection, path: &Path, migrations: &[Step]) -> Result<(), StoreError> {
    let failed = |error| failed_at(MIGRATE, path, error);
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let from = match standing(&change, path, known(migrations))? {
        Standing::Current => return Ok(()),
        Standing::Fresh => 0,
        Standing::Older(version) => {
            // The lock is held, so nobody can write between the copy and the change.
            back_up(path, version)?;
            usize::try_from(version).unwrap_or(usize::MAX)
        }
    };
    for step in migrations.iter().skip(from) {
        step.take(&change).map_err(failed)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    change.pragma_update(None, "user_version", known(migrations)).map_err(failed)?;
    change.commit().map_err(failed)
}

/// Copies the ledger to `ledger.db.backup-vN`.
fn back_up(path: &Path, version: i64) -> Result<(), StoreError> {
    back_up_as(path, &format!("backup-v{version}")).map(|_| ())
}

/// Copies the ledger to a file beside it that has its name with a further ending; the name appears only when the copy is whole and on
/// the disk. Gives its path.
pub(super) fn back_up_as(path: &Path, ending: &str) -> Result<PathBuf, StoreError> {
    let (unfinished, finished) = (beside(path, &format!(".{ending}.unfinished")), beside(path, &format!(".{ending}")));
    let copied = copy(path, &unfinished).and_then(|()| {
        let renamed = std::fs::rename(&unfinished, &finished).and_then(|()| sync_name(&finished));
        renamed.map_err(|source| StoreError::File { action: BACK_UP, location: Location::of_file(path), source })
    });
    if copied.is_err() {
        // On a full disk it would only take up room; the error that matters is the first one.
        let _ = std::fs::remove_file(&unfinished);
    }
    copied.map(|()| finished)
}

/// Writes a whole copy of the ledger to the disk.
fn copy(path: &Path, target: &Path) -> Result<(), StoreError> {
    let file = |source| StoreError::File { action: BACK_UP, location: Location::of_file(path), source };
    let failed = |error| failed_at(BACK_UP, path, error);
    let name = target.to_str().ok_or_else(|| file(io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8")))?;
    let opened = create_private(target, true).map_err(file)?;
    connect(path, BUSY_WAIT)?.execute("VACUUM INTO ?1", [name]).map_err(failed)?;
    opened.sync_all().map_err(file)
}

/// Turns on the write-ahead log. Turning it on needs the file for itself and does not wait, so we wait here.
fn turn_on_wal(connection: &Connection, path: &Path, wait: Duration) -> Result<(), StoreError> {
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode.map_err(|error| failed_at(OPEN, path, error)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(found) => {
                return Err(StoreError::NotDurable { location: Location::of_file(path), setting: "journal_mode", found });
            }
            Err(StoreError::Locked { .. }) if waited < wait => {
                std::thread::sleep(pause);
                waited += pause;
            }
            Err(error) => return Err(error),
        }
    }
}

fn assert_synchronous(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let level = connection
        .query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0))
        .map_err(|error| failed_at(OPEN, path, error))?;
    if level == SYNCHRONOUS_FULL {
        return Ok(());
    }
    Err(StoreError::NotDurable { location: Location::of_file(path), setting: "synchronous", found: level.to_string() })
}

#[cfg(test)]
mod tests;
