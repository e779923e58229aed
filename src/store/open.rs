//! Opening the file: who it belongs to, which format it has, and that it keeps what it is given (SPEC L4 to L6).

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::schema::{APPLICATION_ID, MIGRATIONS};
use super::{Store, StoreError};

/// The ledger's file within the data folder.
pub const FILE_NAME: &str = "ledger.db";

/// How long a write waits for other processes.
const BUSY_WAIT: Duration = Duration::from_secs(30);

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

impl Store {
    /// Opens the ledger in `data_dir`; creates the folder (0700) and the file (0600) where they are missing.
    ///
    /// A file of an older format is brought up to date, after a copy of it was made beside it as `ledger.db.backup-vN`.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be created, opened or written, belongs to another program, or has a newer
    /// format; such a file is left as it is.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(data_dir, MIGRATIONS)
    }

    /// Opens an existing ledger without ever writing to it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where there is none, and as [`Store::open`]; also where its format is older.
    pub fn open_read_only(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE_NAME);
        if !path.try_exists().map_err(|source| StoreError::File { action: OPEN, path: path.clone(), source })? {
            return Err(StoreError::Missing { path });
        }
        peek(&path, known(MIGRATIONS))?;
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        match standing(&connection, &path, known(MIGRATIONS))? {
            Standing::Current => Ok(Self { connection, path }),
            Standing::Fresh => Err(StoreError::Missing { path }),
            Standing::Older(found) => Err(StoreError::OlderVersion { path, found, known: known(MIGRATIONS) }),
        }
    }

    pub(super) fn open_with(data_dir: &Path, migrations: &[&str]) -> Result<Self, StoreError> {
        create_folder(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        create_file(&path, data_dir)?;
        peek(&path, known(migrations))?;
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let failed = |error| StoreError::sqlite(OPEN, &path, error);
        // Closing the last connection moves the write-ahead log into the file: not into one that is refused.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed)?;
        let standing = standing(&connection, &path, known(migrations))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        if standing != Standing::Current {
            migrate(&mut connection, &path, migrations)?;
        }
        turn_on_wal(&connection, &path)?;
        assert_synchronous(&connection, &path)?;
        Ok(Self { connection, path })
    }
}

/// The format that a list of migrations leads to.
fn known(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

fn create_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StoreError::File {
        action: "create the data folder",
        path: folder.to_path_buf(),
        source,
    })
}

/// Creates an empty file that only its owner can read. The files that SQLite puts beside it take its permissions.
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

fn create_file(path: &Path, folder: &Path) -> Result<(), StoreError> {
    match create_private(path, false) {
        Ok(_) => sync_folder(folder).map_err(|source| StoreError::File { action: OPEN, path: folder.to_path_buf(), source }),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::File { action: "create the ledger", path: path.to_path_buf(), source }),
    }
}

/// Makes the names in a folder last; without it a crash could lose a file that was just created.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Refuses by its first bytes a file that is no ledger of ours or has a newer format, before SQLite touches it.
fn peek(path: &Path, known: i64) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(100);
    File::open(path).and_then(|file| file.take(100).read_to_end(&mut header)).map_err(|source| StoreError::File {
        action: OPEN,
        path: path.to_path_buf(),
        source,
    })?;
    if header.is_empty() {
        return Ok(());
    }
    let number =
        |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes).map(i64::from);
    // SQLite's file format: the user version stands at byte 60, the application id at byte 68.
    let (Some(version), Some(application)) = (number(60), number(68)) else {
        return Err(StoreError::NotALedger { path: path.to_path_buf() });
    };
    if !header.starts_with(b"SQLite format 3\0") || ![0, APPLICATION_ID].contains(&application) {
        return Err(StoreError::NotALedger { path: path.to_path_buf() });
    }
    if application == APPLICATION_ID && version > known {
        return Err(StoreError::NewerVersion { path: path.to_path_buf(), found: version, known });
    }
    Ok(())
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let failed = |error| StoreError::sqlite(OPEN, path, error);
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    Ok(connection)
}

fn standing(connection: &Connection, path: &Path, known: i64) -> Result<Standing, StoreError> {
    let failed = |error| StoreError::sqlite(OPEN, path, error);
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if application == 0 && version == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(Standing::Fresh);
    }
    if application != APPLICATION_ID || version < 1 {
        return Err(StoreError::NotALedger { path: path.to_path_buf() });
    }
    match version.cmp(&known) {
        std::cmp::Ordering::Less => Ok(Standing::Older(version)),
        std::cmp::Ordering::Equal => Ok(Standing::Current),
        std::cmp::Ordering::Greater => Err(StoreError::NewerVersion { path: path.to_path_buf(), found: version, known }),
    }
}

/// Brings a fresh or older file to the newest format, in one transaction. Another process may have done so meanwhile.
fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite(MIGRATE, path, error);
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
        change.execute_batch(step).map_err(failed)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    change.pragma_update(None, "user_version", known(migrations)).map_err(failed)?;
    change.commit().map_err(failed)
}

/// Copies the ledger to `ledger.db.backup-vN`; the name appears only when the copy is whole and on the disk.
fn back_up(path: &Path, version: i64) -> Result<(), StoreError> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".backup-v{version}{ending}"));
        PathBuf::from(name)
    };
    let (unfinished, finished) = (beside(".unfinished"), beside(""));
    let file = |source| StoreError::File { action: BACK_UP, path: path.to_path_buf(), source };
    let failed = |error| StoreError::sqlite(BACK_UP, path, error);
    let target = create_private(&unfinished, true).map_err(file)?;
    let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let name = unfinished.to_str().ok_or_else(|| file(io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8")))?;
    reader.execute("VACUUM INTO ?1", [name]).map_err(failed)?;
    target.sync_all().map_err(file)?;
    std::fs::rename(&unfinished, &finished).map_err(file)?;
    path.parent().map_or(Ok(()), sync_folder).map_err(file)
}

/// Turns on the write-ahead log. Turning it on needs the file for itself and does not wait, so we wait here.
fn turn_on_wal(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let pause = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode.map_err(|error| StoreError::sqlite(OPEN, path, error)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(found) => return Err(StoreError::NotDurable { path: path.to_path_buf(), setting: "journal_mode", found }),
            Err(StoreError::Locked { .. }) if waited < BUSY_WAIT => {
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
        .map_err(|error| StoreError::sqlite(OPEN, path, error))?;
    if level == SYNCHRONOUS_FULL {
        return Ok(());
    }
    Err(StoreError::NotDurable { path: path.to_path_buf(), setting: "synchronous", found: level.to_string() })
}

#[cfg(test)]
mod tests;
