//! What the driver and the server report, as what is wrong with the ledger.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::store::{Location, StoreError};

/// Why something could not be had from a server.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the driver says.
    Driver(tokio_postgres::Error),
    /// No word for so long.
    Silence(Duration),
    /// The system gives no thread, or no connection is there.
    NoConnection(String),
    /// It was committed here, and the server does not vouch for its standbys.
    Unconfirmed,
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

impl Trouble {
    fn code(&self) -> Option<&SqlState> {
        if let Self::Driver(error) = self { error.code() } else { None }
    }

    /// Whether the connection is of no use any more.
    pub(super) fn ends_connection(&self) -> bool {
        match self.code() {
            // A server that says so ends the connection, or is of no use to us.
            Some(code) => {
                is_away(code)
                    || *code == SqlState::READ_ONLY_SQL_TRANSACTION
                    || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            }
            None => true,
        }
    }

    /// Whether a server that is asked for a session may be asked again: it is only not there.
    fn is_away(&self) -> bool {
        match self {
            Self::Silence(_) => true,
            Self::NoConnection(_) | Self::Unconfirmed => false,
            Self::Driver(error) => match error.code() {
                Some(code) => is_away(code),
                None => untrusted(error).is_none(),
            },
        }
    }
}

fn is_away(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25P03" | "25P04")
}

/// What keeps the server from being trusted, where it is that.
fn untrusted(error: &tokio_postgres::Error) -> Option<String> {
    let source = error.source()?;
    let by_rustls = source.downcast_ref::<io::Error>().and_then(io::Error::get_ref).filter(|inner| inner.is::<rustls::Error>());
    if let Some(inner) = by_rustls {
        return Some(inner.to_string());
    }
    let why = source.to_string();
    (why == "server does not support TLS").then_some(why)
}

/// What an error of the driver says, without what was sent.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Names what was reported while doing `action` (a verb with its object's article, as "read the ledger").
#[expect(clippy::needless_pass_by_value, reason = "what is done with an error ends here, so that it goes with map_err")]
pub(super) fn failed(action: &'static str, location: &Location, trouble: Trouble) -> StoreError {
    let location = location.clone();
    let why = match &trouble {
        Trouble::Driver(error) => {
            if let Some(why) = untrusted(error) {
                return StoreError::Address { what: format!("{location} can't be trusted ({why})") };
            }
            words(error)
        }
        Trouble::Silence(limit) => format!("no answer for {} seconds", limit.as_secs().max(1)),
        Trouble::NoConnection(why) => why.clone(),
        Trouble::Unconfirmed => "no standby has confirmed it".to_owned(),
    };
    if trouble.is_away() {
        return StoreError::Unreachable { action, location, why };
    }
    let Some(code) = trouble.code() else { return StoreError::Engine { action, location, why } };
    match code.code() {
        "25006" => StoreError::ReadOnlyDatabase { action, location },
        "40001" | "40P01" => StoreError::Interrupted { action, location, why },
        "55P03" => StoreError::Locked { action, location },
        "42501" | "28000" | "28P01" | "3D000" => StoreError::NotAllowed { action, location, why },
        "53100" => StoreError::DiskFull { action, location },
        "58030" => StoreError::Disk { action, location, why },
        "XX001" | "XX002" => StoreError::Corrupt { action, location, why },
        _ => StoreError::Engine { action, location, why },
    }
}
