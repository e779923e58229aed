//! The terminal: taken over by the dashboard and given back however it ends (SPEC 7).

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::backend::{Backend as _, CrosstermBackend};

use super::aborts::give_back_when_aborted;
use super::canvas::Canvas;
use super::screen::Bounded;
use crate::credit::Instant;
use crate::report::{Ending, Report};
use crate::store::when_waiting_for_others;
use crate::tui::Model;

/// Whether the terminal is taken over; there is one terminal, and the panic hook must find it without an owner.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What the dashboard is drawn on.
pub(super) trait Surface {
    /// Draws the model as it is at `now`, where that is not on the screen already; gives the instant at which it must be drawn again.
    ///
    /// # Errors
    /// A [`Report`] where the terminal can't be written to.
    fn draw(&mut self, model: &Model, now: Instant) -> Result<Option<Instant>, Report>;

    /// Columns and rows, as far as they are drawn on.
    fn size(&self) -> (u16, u16);

    /// Gives the terminal back for a while: the process is about to be stopped.
    fn leave(&mut self);

    /// Takes the terminal over again after a stop; the next frame is drawn in full.
    ///
    /// # Errors
    /// A [`Report`] where the terminal was closed meanwhile.
    fn retake(&mut self) -> Result<(), Report>;

    /// Starts or stops to listen to the mouse.
    fn listen_to_mouse(&mut self, wanted: bool);

    /// Puts a text on the clipboard.
    ///
    /// # Errors
    /// What the terminal says that can't be written to.
    fn copy(&mut self, text: &str) -> io::Result<()>;
}

/// The terminal while the dashboard owns it; given back when dropped.
pub(super) struct Guard {
    canvas: Canvas<Bounded<CrosstermBackend<Stdout>>>,
    mouse: bool,
}

impl Guard {
    /// Takes the terminal over: raw mode, alternate screen, hidden cursor, bracketed paste and, where wanted, the mouse.
    ///
    /// # Errors
    /// A [`Report`] where standard input or output is no terminal, or it refuses.
    pub(super) fn take(mouse: bool) -> Result<Self, Report> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(Report::new(Ending::Usage, "the dashboard needs a terminal, and this is a pipe or a file")
                .hint("for scripts there is `creditop status --json`, for pipes `creditop status`"));
        }
        let refused = |error: io::Error| {
            Report::new(Ending::Storage, format!("can't take over the terminal: {error}")).hint("try `creditop status` instead")
        };
        prepare_for_aborts().map_err(refused)?;
        enter(mouse).map_err(refused)?;
        Ok(Self { canvas: Canvas::new(Bounded(CrosstermBackend::new(io::stdout()))), mouse })
    }
}

impl Surface for Guard {
    fn draw(&mut self, model: &Model, now: Instant) -> Result<Option<Instant>, Report> {
        // A thread that panicked has given it back: the program is ending, and the shell owns the terminal.
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(None);
        }
        self.canvas.draw(model, now).map_err(|error| lost(&error))
    }

    fn size(&self) -> (u16, u16) {
        self.canvas.backend.size().map_or((80, 24), |size| (size.width, size.height))
    }

    fn leave(&mut self) {
        restore();
    }

    fn retake(&mut self) -> Result<(), Report> {
        self.canvas.forget();
        enter(self.mouse).map_err(|error| lost(&error))
    }

    fn listen_to_mouse(&mut self, wanted: bool) {
        self.mouse = wanted;
        // A terminal that can't be written to fails the next frame, which says so.
        let _ = if wanted { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) };
    }

    /// By an escape sequence (OSC 52), which works over a network as well. A terminal that doesn't know it ignores it.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.canvas.backend, CopyToClipboard::to_clipboard_from(text))
    }
}

fn lost(error: &io::Error) -> Report {
    Report::new(Ending::Storage, format!("can't write to the terminal: {error}"))
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Has the terminal given back also where memory runs out, from now on and whoever takes it.
fn prepare_for_aborts() -> io::Result<()> {
    static PREPARED: AtomicBool = AtomicBool::new(false);
    if PREPARED.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let mut leave = Vec::new();
    queue!(leave, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show)?;
    give_back_when_aborted(leave, || TAKEN.load(Ordering::SeqCst))
}

/// Enters the modes. What was entered is undone where a later step fails.
fn enter(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    let entered = enable_raw_mode().and_then(|()| {
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
        if mouse { execute!(out, EnableMouseCapture) } else { Ok(()) }
    });
    if entered.is_err() {
        restore();
    }
    entered
}

/// Gives the terminal back, once. Safe to call from anywhere and at any time; errors have nowhere to go.
pub(super) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Each on its own: a closed terminal must not keep the later ones from being tried.
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Says on standard error when something waits for another program that keeps the ledger locked, once; not while the dashboard has the
/// terminal, which says it where it matters.
pub fn say_when_waiting() {
    static SAID: Once = Once::new();
    when_waiting_for_others(|| {
        if TAKEN.load(Ordering::SeqCst) {
            return;
        }
        // A standard error that can't be written to has nowhere to say so.
        SAID.call_once(|| {
            let _ = writeln!(io::stderr(), "note: another program keeps the ledger locked; waiting for it (Ctrl-C ends this)");
        });
    });
}
