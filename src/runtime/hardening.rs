//! What this process does for the keys that it holds: its memory is never written to disk, and the programs that tell keys end with it.

use std::io;
use std::thread;

use rustix::process::{Resource, Rlimit, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::config::stop_key_commands;
use crate::report::{Ending, Report};

/// Has the system write no core dump of this process and of the programs that it starts, whatever ends them: a key would stand in it.
/// On Linux no debugger of the same user can look into its memory either.
///
/// # Errors
/// A [`Report`] where the system refuses.
pub fn forbid_core_dumps() -> Result<(), Report> {
    let failed = |error| Report::new(Ending::Internal, format!("can't switch core dumps off: {}", io::Error::from(error)));
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(failed)?;
    // The limit says nothing of dumps that are piped to a program, as systemd's and Ubuntu's are.
    #[cfg(target_os = "linux")]
    {
        // Where the system knows of no such thing, as version 1 of Windows' Linux, there are no such dumps either.
        let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }
    Ok(())
}

/// Has the signals that end a command stop the key commands first: they are in groups of their own, and would run on without anybody
/// who holds them to their time; and has them `tidy` up. A thread of its own does, whatever the others wait for. Not for the dashboard,
/// which hears signals itself.
///
/// # Errors
/// A [`Report`] where the system gives no thread.
pub fn end_cleanly_on_signals(tidy: impl Fn() + Send + 'static) -> Result<(), Report> {
    let failed = |error| Report::new(Ending::Internal, format!("can't listen to signals: {error}"));
    let ignored = ignored_signals();
    let heeded = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(heeded).map_err(failed)?;
    let heed = move || {
        for signal in signals.forever() {
            tidy();
            stop_key_commands();
            // What it would have done without us: it ends the process, and whoever waits is told by which signal.
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(heed).map(drop).map_err(failed)
}

/// The signals that were ignored at the start, as with `nohup`, a bit for each from the first on; none where the system doesn't tell.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
