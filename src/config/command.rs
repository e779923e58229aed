//! Runs the programs that print keys: each in a process group of its own, with few variables, and for a limited time.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use zeroize::Zeroizing;

use super::KeyError;
use super::descendants::{MARK, stop_all};
use super::secret::read_key;

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// The variables that every key command sees, as far as they are set: what `pass`, `gpg`, `op`, `secret-tool`, `security` and `ssh`
/// need to find their files, their agent and a window to ask in. Each other one, above all other keys, has to be named by `env`.
pub const COMMAND_VARIABLES: [&str; 27] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TERM",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_SESSION_ID",
    "XDG_SESSION_TYPE",
    "GNUPGHOME",
    "GPG_TTY",
    "PINENTRY_USER_DATA",
    "PASSWORD_STORE_DIR",
    "PASSWORD_STORE_GPG_OPTS",
    "SSH_AUTH_SOCK",
];

/// A program that prints a key, with its arguments and the variables that it sees besides [`COMMAND_VARIABLES`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyCommand {
    /// The program and its arguments; never empty.
    pub words: Vec<String>,
    /// The names of further variables.
    pub env: Vec<String>,
}

impl KeyCommand {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Runs the program and returns what it printed. Its error output is thrown away: it may repeat the key.
    ///
    /// It can't ask on the terminal, since it is no part of the group of processes that the terminal belongs to; where the time is up,
    /// all that it started ends with it.
    pub(super) fn run(&self, limit: Duration) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let program = || self.program().to_owned();
        let failed = |error: io::Error| KeyError::CommandStart { program: program(), why: error.to_string() };
        let mut running = Running::start(self).map_err(failed)?;
        match running.output_within(limit).map_err(failed)? {
            Ended::InTime(output) => Ok(output),
            Ended::Badly(status) => Err(KeyError::CommandFailed { program: program(), status }),
            Ended::Late => Err(KeyError::CommandTimedOut { program: program(), limit }),
        }
    }
}

/// How a command ended.
enum Ended {
    InTime(Zeroizing<Vec<u8>>),
    Badly(String),
    Late,
}

/// The groups of the commands that run now, by the number of their first process, each with its mark.
static GROUPS: Mutex<BTreeMap<u32, String>> = Mutex::new(BTreeMap::new());

/// Stops every key command that runs now, with all that it started: nobody waits for its key any more. Call it before the program ends.
pub fn stop_key_commands() {
    for (group, mark) in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        stop(*group, mark);
    }
}

/// A command that was started. Its first process leaves no zombie, and unless it did what was asked nothing that it started runs on.
struct Running {
    child: Child,
    mark: String,
    output: Option<Receiver<io::Result<Zeroizing<Vec<u8>>>>>,
    is_done: bool,
}

impl Running {
    fn start(command: &KeyCommand) -> io::Result<Self> {
        let mark = format!("{:016x}", fastrand::u64(..));
        let mut prepared = prepared(command);
        prepared.env(MARK, &mark);
        // Held while it starts: who stops all commands meanwhile misses none.
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = prepared.spawn()?;
        groups.insert(child.id(), mark.clone());
        drop(groups);
        let output = child.stdout.take().map(read_aside);
        Ok(Self { child, mark, output, is_done: false })
    }

    fn output_within(&mut self, limit: Duration) -> io::Result<Ended> {
        let start = Instant::now();
        let mut output = None;
        loop {
            match &self.output {
                Some(receiver) if output.is_none() => output = receiver.recv_timeout(LOOK).ok(),
                _ => thread::sleep(LOOK),
            }
            // What the program left running in the background may still hold the pipe.
            match (self.exit()?, output.take()) {
                (Some(Err(how)), _) => return Ok(Ended::Badly(how)),
                (Some(Ok(())), Some(all)) => {
                    self.is_done = true;
                    return all.map(Ended::InTime);
                }
                (_, unread) => output = unread,
            }
            if start.elapsed() >= limit {
                return Ok(Ended::Late);
            }
        }
    }

    /// Whether the first process has ended well, or how else. It stays a zombie until this is dropped, so that no other process gets
    /// its number, which is its group's too.
    fn exit(&self) -> io::Result<Option<Result<(), String>>> {
        let Some(id) = pid(self.child.id()) else { return Ok(None) };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(id), options)?;
        Ok(status.map(|status| match (status.exit_status(), status.terminating_signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => Err(format!("exit status: {code}")),
            (None, Some(signal)) => Err(format!("signal: {signal}")),
            (None, None) => Err("an unknown status".to_owned()),
        }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        // A program that did its work may leave an agent behind.
        if !self.is_done {
            stop(self.child.id(), &self.mark);
        }
        groups.remove(&self.child.id());
        drop(groups);
        // It has ended, or was stopped.
        let _ = self.child.wait();
    }
}

fn prepared(command: &KeyCommand) -> Command {
    let mut prepared = Command::new(command.program());
    let named = COMMAND_VARIABLES.into_iter().chain(command.env.iter().map(String::as_str));
    prepared
        .args(command.words.iter().skip(1))
        .env_clear()
        .envs(named.filter_map(|name| Some((name, std::env::var_os(name)?))))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    prepared
}

/// Reads what a program prints on a thread of its own: a pipe that stays open is waited for no longer than anybody wants to.
fn read_aside(output: ChildStdout) -> Receiver<io::Result<Zeroizing<Vec<u8>>>> {
    let (sender, receiver) = mpsc::channel();
    // A receiver that gave up waiting is no concern of this thread.
    thread::spawn(move || sender.send(read_key(output)).ok());
    receiver
}

/// Stops a command: what is in its group at once, and what left it by looking for it.
fn stop(first: u32, mark: &str) {
    stop_all(first, mark);
    if let Some(group) = pid(first) {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}
