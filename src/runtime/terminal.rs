//! The terminal: taken over by the dashboard and given back however it ends (SPEC 7).

use std::io::{self, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};

use super::aborts::give_back_when_aborted;
use super::screen::Bounded;
use crate::report::{Ending, Report};
use crate::store::when_waiting_for_others;
use crate::tui::Picture;

/// Whether the terminal is taken over; there is one terminal, and the panic hook must find it without an owner.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Where frames go.
type Screen = Terminal<Bounded<CrosstermBackend<Stdout>>>;

/// The terminal while the dashboard owns it; given back when dropped.
pub(super) struct Guard {
    /// Never dropped: it would show the cursor again, which [`restore`] does, and complain on standard error where the terminal
    /// is gone, which panics there.
    screen: ManuallyDrop<Screen>,
    /// What is on it.
    shown: Option<Picture>,
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
        match Terminal::new(Bounded(CrosstermBackend::new(io::stdout()))) {
            Ok(screen) => Ok(Self { screen: ManuallyDrop::new(screen), shown: None, mouse }),
            Err(error) => {
                restore();
                Err(refused(error))
            }
        }
    }

    /// Draws a picture, where it is not on the screen already.
    ///
    /// # Errors
    /// A [`Report`] where the terminal can't be written to.
    pub(super) fn draw(&mut self, picture: Picture) -> Result<(), Report> {
        // A thread that panicked has given it back: the program is ending, and the shell owns the terminal.
        let given_back = !TAKEN.load(Ordering::SeqCst);
        if given_back || self.shown.as_ref() == Some(&picture) {
            return Ok(());
        }
        let mut fits = false;
        self.screen.draw(|frame| fits = picture.paint(frame)).map_err(|error| lost(&error))?;
        self.shown = Some(picture).filter(|_| fits);
        Ok(())
    }

    /// Columns and rows, as far as they are drawn on.
    pub(super) fn size(&self) -> (u16, u16) {
        self.screen.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Gives the terminal back for a while: the process is about to be stopped.
    pub(super) fn leave() {
        restore();
    }

    /// Takes the terminal over again after a stop; the next frame is drawn in full.
    ///
    /// # Errors
    /// A [`Report`] where the terminal was closed meanwhile.
    pub(super) fn retake(&mut self) -> Result<(), Report> {
        self.shown = None;
        // Not by `clear`: it asks the terminal where the cursor is, and the answer goes to whoever reads the keys.
        enter(self.mouse)
            .and_then(|()| self.screen.size())
            .and_then(|size| self.screen.resize(Rect::from((Position::ORIGIN, size))))
            .map_err(|error| lost(&error))
    }

    /// Starts or stops to listen to the mouse.
    pub(super) fn listen_to_mouse(&mut self, wanted: bool) {
        self.mouse = wanted;
        // A terminal that can't be written to fails the next frame, which says so.
        let _ = if wanted { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) };
    }

    /// Puts a text on the clipboard by an escape sequence (OSC 52), which works over a network as well. A terminal that doesn't
    /// know it ignores it.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.screen.backend_mut(), CopyToClipboard::to_clipboard_from(text))
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

/// Installs the panic hook: gives the terminal back first, clears the demo's folder away, then reports on stderr, then ends
/// with exit code 70.
///
/// Ending here, in whatever thread panicked, keeps a dashboard from running on without its poller or its ledger. Recorded
/// entries are safe: an append is acknowledged only after it is on the disk (SPEC L4).
///
/// # Errors
/// A [`Report`] where a hook of this kind was installed before.
pub fn install_panic_hook() -> Result<(), Report> {
    let theme = if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        color_eyre::config::Theme::dark()
    } else {
        color_eyre::config::Theme::new()
    };
    let (panic_hook, eyre_hook) = color_eyre::config::HookBuilder::new()
        .theme(theme)
        .panic_section("This is a fault in creditop, not of yours. What you recorded is safe in the ledger.")
        .into_hooks();
    eyre_hook.install().map_err(|error| Report::new(Ending::Internal, error.to_string()))?;
    std::panic::set_hook(Box::new(move |info| {
        restore();
        super::demo::clear_away();
        let _ = writeln!(io::stderr(), "{}", panic_hook.panic_report(info));
        std::process::exit(i32::from(Ending::Internal.code()));
    }));
    Ok(())
}
