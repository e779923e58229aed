//! What `SQLite` reports, as what is wrong with the ledger.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::store::{Location, StoreError};

/// Names what `SQLite` reported while doing `action` (a verb with its object's article, as "read the ledger").
#[expect(clippy::needless_pass_by_value, reason = "what is done with an error ends here, so that it goes with map_err")]
pub(super) fn failed(action: &'static str, location: &Location, source: rusqlite::Error) -> StoreError {
    let location = location.clone();
    let why = source.to_string();
    let Some(code) = source.sqlite_error_code() else { return StoreError::Engine { action, location, why } };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked { action, location },
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            StoreError::NotWritable { action, location, why }
        }
        ErrorCode::DiskFull => StoreError::DiskFull { action, location },
        // The shared memory beside the log: even reading takes room.
        ErrorCode::SystemIoFailure if source.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) => {
            StoreError::DiskFull { action, location }
        }
        ErrorCode::SystemIoFailure => StoreError::Disk { action, location, why },
        ErrorCode::DatabaseCorrupt => StoreError::Corrupt { action, location, why },
        ErrorCode::NotADatabase => StoreError::NotALedger { location },
        _ => StoreError::Engine { action, location, why },
    }
}
