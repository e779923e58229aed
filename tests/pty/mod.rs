//! The program in a pseudo-terminal whose screen can be read.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{MouseProtocolMode, Parser};

const ROWS: NonZero<u16> = NonZero::new(40).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();

/// How long anything may take on a busy machine before the test gives up; nothing waits that long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_creditop");

/// The program in its terminal.
pub(crate) struct Session {
    terminal: Arc<(Mutex<Parser>, Condvar)>,
    keys: Option<Box<dyn Write + Send>>,
    pub(crate) child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    reader: Option<JoinHandle<()>>,
    hanging_up: Arc<AtomicBool>,
}

impl Session {
    /// The program itself.
    pub(crate) fn start(arguments: &[&str], folder: &Path) -> Self {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(arguments);
        Self::run(command, folder)
    }

    pub(crate) fn run(command: CommandBuilder, folder: &Path) -> Self {
        Self::run_in(command, folder, (ROWS.get(), COLUMNS.get()))
    }

    /// A program in a terminal that says that it has so many rows and columns.
    pub(crate) fn run_in(mut command: CommandBuilder, folder: &Path, (rows, cols): (u16, u16)) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        for name in ["NO_COLOR", "CREDITOP_CONFIG", "CREDITOP_DATA_DIR"] {
            command.env_remove(name);
        }
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR"] {
            command.env(name, folder);
        }
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut output = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let terminal = Arc::new((Mutex::new(Parser::new(ROWS, COLUMNS, 0)), Condvar::new()));
        let screen = Arc::clone(&terminal);
        let hanging_up = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&hanging_up);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 8192];
            // Reading fails once the program has closed its terminal.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                screen.0.lock().unwrap().process(bytes.get(..read).unwrap_or_default());
                screen.1.notify_all();
                if done.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self { terminal, keys: Some(keys), child, master: Some(pty.master), reader: Some(reader), hanging_up }
    }

    /// Waits until the terminal is as `wanted`.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let (parser, changed) = &*self.terminal;
        let parser = parser.lock().unwrap();
        let (parser, waited) = changed.wait_timeout_while(parser, PATIENCE, |parser| !wanted(parser.screen())).unwrap();
        let contents = parser.screen().contents();
        drop(parser);
        assert!(!waited.timed_out(), "never saw {what}; the screen is\n{contents}");
    }

    /// Waits until the screen holds a text; narrow spaces between digits count as spaces.
    pub(crate) fn until_text(&self, text: &str) {
        self.until(text, |screen| screen.contents().replace('\u{202f}', " ").contains(text));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Sends bytes as they are; whether the program still takes them.
    pub(crate) fn try_press(&mut self, bytes: &[u8]) -> bool {
        let ended = self.child.try_wait().unwrap().is_some();
        !ended && self.keys.as_mut().is_some_and(|keys| keys.write_all(bytes).and_then(|()| keys.flush()).is_ok())
    }

    /// Gives the window another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.master.as_ref().unwrap().resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Asks the program to end, by a signal, unless it has ended.
    pub(crate) fn terminate(&mut self) {
        if let (None, Some(id)) = (self.child.try_wait().unwrap(), self.child.process_id()) {
            let _ =
                std::process::Command::new("kill").args(["-TERM", &id.to_string()]).stderr(std::process::Stdio::null()).status();
        }
    }

    /// What is on the screen.
    pub(crate) fn contents(&self) -> String {
        self.terminal.0.lock().unwrap().screen().contents()
    }

    /// Closes the terminal, as when its window is closed: every handle on it, the reader's too, which a last frame wakes.
    pub(crate) fn hang_up(&mut self) {
        self.hanging_up.store(true, Ordering::SeqCst);
        self.press("?");
        self.reader.take().unwrap().join().unwrap();
        self.keys = None;
        self.master = None;
    }

    pub(crate) fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the program did not end");
    }

    /// Waits until the terminal is as a shell expects it.
    pub(crate) fn until_given_back(&self) {
        self.until("a clean terminal", is_clean);
        let start = Instant::now();
        while !self.reads_lines() {
            assert!(start.elapsed() < PATIENCE, "the terminal is still in raw mode");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the terminal gives lines, and shows what is typed; also where it was hung up.
    fn reads_lines(&self) -> bool {
        let modes = self.master.as_ref().and_then(|master| master.get_termios()).map(|modes| format!("{:?}", modes.local_flags));
        modes.is_none_or(|modes| modes.contains("ICANON") && modes.contains("ECHO"))
    }

    /// Whether the terminal is as a shell expects it, once the program has ended and all that it wrote is read.
    pub(crate) fn is_given_back(&mut self) -> bool {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        is_clean(self.terminal.0.lock().unwrap().screen())
    }
}

fn is_clean(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == MouseProtocolMode::None
}

impl Drop for Session {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
    }
}
