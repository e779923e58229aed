//! Signals: what ends the dashboard from outside, and what stops and continues it.

use std::io;

use rustix::process::{Signal as Kill, getpgrp, getsid, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// End, with this exit code: 128 and the signal's number, as shells count.
    End(u8),
    /// Give the terminal back and stop.
    Stop,
    /// The process goes on after a stop.
    Continue,
}

/// The signals that are listened to.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    stop: Signal,
    resume: Signal,
}

impl Signals {
    /// Starts to listen. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            stop: signal(SignalKind::from_raw(Kill::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(Kill::CONT.as_raw()))?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End(128 + 2),
            _ = self.terminate.recv() => Asked::End(128 + 15),
            _ = self.hangup.recv() => Asked::End(128 + 1),
            _ = self.stop.recv() => Asked::Stop,
            _ = self.resume.recv() => Asked::Continue,
        }
    }

    /// Waits until the process is asked to end; gives the exit code.
    pub(super) async fn end(&mut self) -> u8 {
        loop {
            if let Asked::End(code) = self.next().await {
                return code;
            }
        }
    }
}

/// Whether somebody could continue us after a stop: a shell with job control, in another process group of the session.
pub(super) fn can_stop() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops the whole job, as the terminal's own Ctrl-Z would (a `cargo run` around us stops as well). Returns when it is
/// continued.
///
/// # Errors
/// The system's.
pub(super) fn stop() -> io::Result<()> {
    kill_current_process_group(Kill::STOP).map_err(io::Error::from)
}
