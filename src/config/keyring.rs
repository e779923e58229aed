//! Keys in the system's keyring, in builds with the feature `keyring`.

use super::KeyError;

/// What the keyring holds under creditop's name for `name`. Blocks, also until a person has unlocked the keyring, but for a minute
/// at most.
#[cfg(feature = "keyring")]
pub(super) fn secret(name: &str) -> Result<Vec<u8>, KeyError> {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// How long a person may take to unlock the keyring.
    const PATIENCE: Duration = Duration::from_mins(1);

    let (sender, receiver) = mpsc::channel();
    let entry = name.to_owned();
    // A receiver that gave up waiting is no concern of this thread.
    thread::spawn(move || sender.send(ask(&entry)).ok());
    let why = format!("it did not answer within {} seconds", PATIENCE.as_secs());
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(KeyError::Keyring { name: name.to_owned(), why }))
}

#[cfg(feature = "keyring")]
fn ask(name: &str) -> Result<Vec<u8>, KeyError> {
    use keyring::{Entry, Error};

    /// The name under which creditop's keys are kept.
    const SERVICE: &str = "creditop";

    let failed = |why: String| KeyError::Keyring { name: name.to_owned(), why };
    if let Err(error) = Entry::store_status() {
        return Err(failed(format!("there is no secret service ({error})")));
    }
    let found = Entry::new(SERVICE, name).and_then(|entry| entry.get_secret());
    found.map_err(|error| match error {
        Error::NoEntry => KeyError::NoEntry { name: name.to_owned() },
        // Some of these repeat what was found, so only what kind it is may be told.
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => {
            failed("the entry can't be read".to_owned())
        }
        Error::Ambiguous(_) => failed("several entries have this name".to_owned()),
        other => failed(other.to_string()),
    })
}

/// Says that this build can't ask a keyring.
#[cfg(not(feature = "keyring"))]
pub(super) fn secret(name: &str) -> Result<Vec<u8>, KeyError> {
    Err(KeyError::NoKeyring { name: name.to_owned() })
}
