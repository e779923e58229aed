//! Signals: what ends the dashboard from outside, and what stops and continues it.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use rustix::process::{Signal as Kill, getpgrp, getsid, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How what runs until it is told to end was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Somebody left it.
    Quit,
    /// A signal of this number came, or the terminal went away, which is as a hang-up.
    Signalled(u8),
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalMeaning {
    /// End, as the signal of this number would have it.
    End(u8),
    /// Give the terminal back and stop.
    Stop,
    /// The process goes on after a stop.
    Continue,
    /// The window has another size.
    Resize,
}

/// The signals that would end the process by themselves, and leave the terminal as it is then: each is followed as a wish to end, with
/// its number. Those that follow a fault of the process's own are not among them: a handler could not go on from there, and `aborts`
/// does what can be done.
const ENDING: [Kill; 13] = [
    Kill::HUP,
    Kill::INT,
    Kill::QUIT,
    Kill::TRAP,
    Kill::SYS,
    Kill::USR1,
    Kill::USR2,
    Kill::ALARM,
    Kill::TERM,
    Kill::XCPU,
    Kill::VTALARM,
    Kill::PROF,
    Kill::IO,
];

/// Those that only Linux has: its own, and those that programs may give a meaning to, all numbers from 34 to 64.
#[cfg(target_os = "linux")]
const FURTHER: ([Kill; 2], std::ops::RangeInclusive<i32>) = ([Kill::POWER, Kill::STKFLT], 34..=64);

#[cfg(not(target_os = "linux"))]
#[expect(clippy::reversed_empty_ranges, reason = "there are none")]
const FURTHER: ([Kill; 0], std::ops::RangeInclusive<i32>) = ([], 1..=0);

/// The signals that are listened to.
#[derive(Debug)]
pub(super) struct Signals {
    /// Each with its number.
    ending: Vec<(u8, Signal)>,
    stop: Signal,
    resume: Signal,
    /// Listened to from the first moment on: what reads the terminal's events begins too late for a window that changes at the start.
    window: Signal,
}

impl Signals {
    /// Starts to listen. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn listen() -> io::Result<Self> {
        let (named, numbered) = FURTHER;
        let heard =
            |number: i32| signal(SignalKind::from_raw(number)).map(|signal| (u8::try_from(number).unwrap_or(u8::MAX), signal));
        let mut ending: Vec<_> = ENDING.iter().chain(&named).map(|kind| heard(kind.as_raw())).collect::<io::Result<_>>()?;
        // The C library keeps some of the numbers to itself.
        ending.extend(numbered.filter_map(|number| heard(number).ok()));
        Ok(Self {
            ending,
            stop: signal(SignalKind::from_raw(Kill::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(Kill::CONT.as_raw()))?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> SignalMeaning {
        let Self { ending, stop, resume, window } = self;
        tokio::select! {
            number = poll_fn(|context| ended(ending, context)) => SignalMeaning::End(number),
            _ = stop.recv() => SignalMeaning::Stop,
            _ = resume.recv() => SignalMeaning::Continue,
            _ = window.recv() => SignalMeaning::Resize,
        }
    }

    /// Waits until the process is asked to end; gives the signal's number.
    pub(super) async fn end(&mut self) -> u8 {
        loop {
            if let SignalMeaning::End(number) = self.next().await {
                return number;
            }
        }
    }
}

/// The number of the first of these signals that came.
fn ended(signals: &mut [(u8, Signal)], context: &mut Context<'_>) -> Poll<u8> {
    let came = signals
        .iter_mut()
        .find_map(|(number, signal)| matches!(signal.poll_recv(context), Poll::Ready(Some(()))).then_some(*number));
    came.map_or(Poll::Pending, Poll::Ready)
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
