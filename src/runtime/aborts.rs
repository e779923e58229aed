//! The last resort: the terminal is given back where the process is aborted, as it is when memory runs out.
//!
//! By then none of the code that failed runs on, but for the signal's handler, in which next to nothing is allowed. So the handler only
//! wakes a thread that waits for this, and then waits itself, by writing to a pipe that is full: if it returned, the process would end
//! at once. The thread allocates nothing and takes no lock, since the one that failed may hold any.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read as _, Write as _};
use std::os::fd::{IntoRawFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGABRT, SIGBUS};
use signal_hook::low_level::pipe::register_raw;

/// What ends a process that can't go on: memory that can't be had, a stack that is full, a file that was cut off while it is mapped.
/// Others that follow a fault can't be heard in this way.
const HEARD: [i32; 2] = [SIGABRT, SIGBUS];

/// What the thread needs of the stack.
const STACK: usize = 64 * 1024;

/// What is said once the terminal is given back.
const SAID: &[u8] = b"error: creditop was aborted, as it is when the memory runs out; what was recorded is safe in the ledger\n";

/// The terminal as it was, and how it becomes so again.
struct Before {
    modes: Termios,
    leave: Vec<u8>,
    is_taken: fn() -> bool,
}

impl Before {
    /// Gives the terminal back. Errors have nowhere to go.
    fn give_back(&self) {
        if (self.is_taken)() {
            let _ = write_all(rustix::stdio::stdout(), &self.leave);
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.modes);
            let _ = write_all(rustix::stdio::stderr(), SAID);
        }
    }
}

/// Has the terminal given back where the process is aborted: `leave` is written to it, and it gets the modes that it has now; nothing
/// is done while it `is_taken` by nobody. The process ends with 128 and the signal's number. Call it once.
///
/// # Errors
/// The system's.
pub(super) fn give_back_when_aborted(leave: Vec<u8>, is_taken: fn() -> bool) -> io::Result<()> {
    let before = Before { modes: tcgetattr(rustix::stdio::stdin())?, leave, is_taken };
    let which = Arc::new(AtomicUsize::new(0));
    let (wakes, waker) = io::pipe()?;
    let (full, filler) = io::pipe()?;
    let (waker, filler) = (File::from(OwnedFd::from(waker)), File::from(OwnedFd::from(filler)));
    for signal in HEARD {
        // In this order: they are called so.
        signal_hook::flag::register_usize(signal, Arc::clone(&which), usize::try_from(signal).unwrap_or_default())?;
        register_raw(signal, waker.try_clone()?.into_raw_fd())?;
        register_raw(signal, filler.try_clone()?.into_raw_fd())?;
    }
    fill(&filler)?;
    let wait = move || {
        // Open until the end: nobody could be kept waiting by a pipe without a reader.
        let _open = (full, filler, waker);
        wait_for(wakes);
        before.give_back();
        // Without the handlers of the end: those locks may be held, and what is left in a buffer belongs to the screen that is gone.
        signal_hook::low_level::exit(i32::try_from(which.load(Ordering::SeqCst)).unwrap_or_default().saturating_add(128));
    };
    thread::Builder::new().name("last resort".to_owned()).stack_size(STACK).spawn(wait).map(drop)
}

/// Fills a pipe, so that whoever writes to it waits from now on.
fn fill(mut pipe: &File) -> io::Result<()> {
    // It was made not to wait when it was registered.
    loop {
        match pipe.write(&[0; 4096]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    // A pipe can have room for less than was offered at once.
    while pipe.write(&[0]).is_ok() {}
    fcntl_setfl(pipe, OFlags::empty()).map_err(io::Error::from)
}

/// Waits for a byte.
fn wait_for(mut pipe: PipeReader) {
    while pipe.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
}

fn write_all(to: rustix::fd::BorrowedFd<'_>, bytes: &[u8]) -> rustix::io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(to, rest) {
            Ok(written @ 1..) => rest = rest.get(written..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Ok(0) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
