//! Where an account's key comes from, and fetching it. A key never stands in an error, a message or a debug print.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::command::KeyCommand;
use super::exposure::{Exposure, Others, exposures, find_program};
use crate::files::open_regular;

/// How long a command that prints a key may take.
pub const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// Most bytes of a key; the known ones stay under 2 KiB.
const LONGEST_KEY: usize = 16 * 1024;

/// Where an account's key comes from; never the key itself.
///
/// Displays, also for debugging, without a command's arguments: people put the oddest things there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum KeySource {
    /// An environment variable, by its name.
    Env(String),
    /// A program, run without a shell; it prints the key.
    Command(KeyCommand),
    /// A file that holds nothing but the key. `~/` is the home folder.
    File(PathBuf),
    /// An entry of the system's keyring, by its name.
    Keyring(String),
}

/// Why a key can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The environment variable is not set.
    #[error("the environment variable {name} is not set")]
    EnvMissing {
        /// The variable.
        name: String,
    },
    /// The file can't be read.
    #[error("can't read the key file {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        why: String,
    },
    /// There is no home folder for a `~/` path.
    #[error("can't find the home folder for the key file {}", file.display())]
    NoHome {
        /// The file.
        file: PathBuf,
    },
    /// The program can't be started.
    #[error("can't run the key command {program:?}: {why}")]
    CommandStart {
        /// The program.
        program: String,
        /// What the system says.
        why: String,
    },
    /// The program ended without success.
    #[error("the key command {program:?} ended with {status}")]
    CommandFailed {
        /// The program.
        program: String,
        /// How it ended, as `exit status: 1`.
        status: String,
    },
    /// The program took longer than [`COMMAND_LIMIT`] and was stopped.
    #[error("the key command {program:?} took longer than {} seconds and was stopped", limit.as_secs())]
    CommandTimedOut {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// This build can't ask a keyring.
    #[error("the key is in the keyring as {name:?}, but this build has no keyring support")]
    NoKeyring {
        /// The entry.
        name: String,
    },
    /// The keyring has no entry of that name.
    #[error("the keyring has no entry of the service \"creditop\" for the user {name:?}")]
    NoEntry {
        /// The entry.
        name: String,
    },
    /// The system's keyring can't be asked.
    #[error("can't ask the keyring for {name:?}: {why}")]
    Keyring {
        /// The entry.
        name: String,
        /// What the system says.
        why: String,
    },
    /// Others can change the file or the program, or a folder that leads to it.
    #[error("the key is not fetched, since {0}")]
    Exposed(Exposure),
    /// What was found can't be a key.
    #[error("the key from {source_name} {flaw}")]
    NotAKey {
        /// Where it came from, as [`KeySource`] displays.
        source_name: String,
        /// What is wrong with it.
        flaw: KeyFlaw,
    },
}

/// Why a text can't be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFlaw {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It has more than one line.
    #[error("holds a line break")]
    LineBreak,
    /// A space or tab stands in it.
    #[error("holds white space")]
    WhiteSpace,
    /// A control character, or a letter outside ASCII.
    #[error("holds a character that no key has")]
    Character,
    /// It is not UTF-8.
    #[error("is not text")]
    NotText,
    /// It is longer than any known key.
    #[error("is longer than {} KiB", LONGEST_KEY / 1024)]
    TooLong,
}

impl KeyError {
    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::EnvMissing { name } => format!("set it before the start: export {name}=…"),
            Self::File { .. } => "put the key alone into that file, readable by you only (chmod 600)".to_owned(),
            Self::NoHome { .. } => "set HOME, or give the whole path".to_owned(),
            Self::CommandStart { .. } => "check that the program is installed and in PATH".to_owned(),
            Self::CommandFailed { .. } => {
                "run it by hand to see what it says; of your variables it sees here the usual ones and those that env = [\"NAME\"] names"
                    .to_owned()
            },
            Self::CommandTimedOut { .. } => {
                "run it by hand: it may be waiting for a passphrase, for which it can ask in a window but not on this terminal"
                    .to_owned()
            }
            Self::NoEntry { name } => format!("store it: secret-tool store --label=creditop service creditop username {name}"),
            Self::Keyring { .. } => {
                "check that a secret service, such as gnome-keyring or KWallet, runs in this session and is unlocked".to_owned()
            }
            Self::NoKeyring { .. } => {
                "use key = { env = \"NAME\" }, { command = [\"pass\", \"show\", \"NAME\"] } or { file = \"PATH\" }".to_owned()
            }
            Self::Exposed(exposure) => exposure.hint(),
            Self::NotAKey { .. } => "it must hold the key alone, on one line".to_owned(),
        }
    }
}

/// A key that others on this machine may be able to read. Told, not refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key file {} can be read by other users (mode {mode:03o}); chmod 600 it", file.display())]
pub struct KeyWarning {
    /// The file.
    pub file: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

impl fmt::Display for KeySource {
    /// Writes where the key comes from, as `environment variable STUDIO_KEY`; of a command only the program.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Command(command) => write!(f, "command {:?}", command.program()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Keyring(name) => write!(f, "keyring entry {name:?}"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource({self})")
    }
}

impl KeySource {
    /// Fetches the key. Blocks: up to [`COMMAND_LIMIT`] for a command, and a minute for a keyring that a person must unlock; so keep
    /// it off an async thread.
    ///
    /// One line break at the end of a file or of a command's output is taken off; another one is refused.
    ///
    /// # Errors
    /// [`KeyError`] where there is no key, or what is there can't be one.
    pub fn resolve(&self) -> Result<SecretString, KeyError> {
        self.resolve_within(COMMAND_LIMIT)
    }

    fn resolve_within(&self, limit: Duration) -> Result<SecretString, KeyError> {
        let found = match self {
            Self::Env(name) => match std::env::var_os(name) {
                None => return Err(KeyError::EnvMissing { name: name.clone() }),
                Some(value) => Zeroizing::new(value.into_encoded_bytes()),
            },
            Self::Command(command) => {
                find_program(command.program()).map_err(KeyError::Exposed)?;
                command.run(limit)?
            }
            Self::File(path) => read_key_file(path)?,
            Self::Keyring(name) => Zeroizing::new(super::keyring::secret(name)?),
        };
        // A line break at the end of a variable is no way to write one.
        let text = if let Self::Env(_) = self { whole(&found) } else { one_line(&found) };
        text.map(SecretString::from).map_err(|flaw| KeyError::NotAKey { source_name: self.to_string(), flaw })
    }

    /// The file that holds the key, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let Self::File(path) = self else { return None };
        from_home(path).ok()
    }

    /// The file that others must not change: the one that holds the key, or the program that prints it.
    #[must_use]
    pub fn place(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => from_home(path).ok(),
            Self::Command(command) => find_program(command.program()).unwrap_or_else(|exposure| Some(exposure.path)),
            Self::Env(_) | Self::Keyring(_) => None,
        }
    }

    /// The environment variable that should hold the key, where there is none of that name.
    #[must_use]
    pub fn unset_variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) if std::env::var_os(name).is_none() => Some(name),
            _ => None,
        }
    }

    /// Whether there is plainly no key: its variable is not set, or its file is not there. What a program or a keyring tells is not
    /// asked for.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.unset_variable().is_some() || self.file().is_some_and(|file| !file.exists())
    }

    /// Whether other users of this machine may be able to read the key. Only files are looked at, and only on Unix.
    #[must_use]
    pub fn warning(&self) -> Option<KeyWarning> {
        let Self::File(path) = self else { return None };
        let file = from_home(path).ok()?;
        let mode = permission_bits(&file)?;
        (mode & 0o077 != 0).then_some(KeyWarning { file, mode })
    }
}

/// Why a text can't be a key, if it can't.
///
/// Keys travel in HTTP headers: only visible ASCII fits.
#[must_use]
pub fn key_flaw(key: &str) -> Option<KeyFlaw> {
    if key.is_empty() {
        Some(KeyFlaw::Empty)
    } else if key.len() > LONGEST_KEY {
        Some(KeyFlaw::TooLong)
    } else if key.contains(['\n', '\r']) {
        Some(KeyFlaw::LineBreak)
    } else if key.contains(char::is_whitespace) {
        Some(KeyFlaw::WhiteSpace)
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(KeyFlaw::Character)
    } else {
        None
    }
}

/// The text of some bytes.
fn whole(bytes: &[u8]) -> Result<&str, KeyFlaw> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyFlaw::NotText)?;
    key_flaw(text).map_or(Ok(text), Err)
}

/// The text of some bytes, but for one line break at their end.
fn one_line(bytes: &[u8]) -> Result<&str, KeyFlaw> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyFlaw::NotText)?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    key_flaw(text).map_or(Ok(text), Err)
}

/// Reads one byte more than a key may have, so that a longer one is noticed. What is read is wiped when it is dropped, and never moved.
pub(super) fn read_key(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Two more for the line break that is taken off.
    let most = LONGEST_KEY + 3;
    let mut bytes = Zeroizing::new(vec![0; most]);
    let mut from = from.take(most as u64);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn from_home(path: &Path) -> Result<PathBuf, KeyError> {
    match path.strip_prefix("~") {
        Ok(rest) => {
            let home = etcetera::home_dir().map_err(|_| KeyError::NoHome { file: path.to_path_buf() })?;
            Ok(home.join(rest))
        }
        Err(_) => Ok(path.to_path_buf()),
    }
}

fn read_key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let file = from_home(path)?;
    // Nobody has a reason to let a group change a key.
    let is_forbidden = |exposure: &Exposure| match exposure.to {
        Others::Everybody => true,
        // The path may have been given relative to another folder, or be a link.
        Others::Group(_) => exposure.path.is_file(),
        Others::Owner(_) => false,
    };
    if let Some(exposure) = exposures(&file).into_iter().find(is_forbidden) {
        return Err(KeyError::Exposed(exposure));
    }
    open_regular(&file).and_then(read_key).map_err(|error| KeyError::File { file, why: error.to_string() })
}

#[cfg(unix)]
fn permission_bits(file: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(std::fs::metadata(file).ok()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn permission_bits(_file: &Path) -> Option<u32> {
    None
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
