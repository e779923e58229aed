//! Standard output and what a terminal allows: width, colour, a pipe that closes.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

use super::mask;
use super::table::{Paint, Width};
use super::text::ungrouped;
use crate::credit::is_hidden;
use crate::report::{Ending, Report};

/// Columns that pages take on a terminal that doesn't tell its size.
const USUAL_WIDTH: usize = 80;

/// The least columns that a page is laid out for.
const LEAST_WIDTH: usize = 40;

/// So many things that were done are named where the answer can't be written.
const SHOWN_DONE: usize = 20;

/// So much is written at once: documents of many accounts have megabytes.
const BUFFER: usize = 64 * 1024;

/// Writes something piece by piece; the inner error is the output's.
pub(crate) type Writing<'a> = &'a mut dyn FnMut(&mut dyn Write) -> Result<io::Result<()>, Report>;

/// Where results go. A reader that closes the pipe early is no failure: what follows is dropped.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    closed: bool,
    terminal: bool,
    done: Done,
    /// Whether and how to colour.
    pub paint: Paint,
    /// Columns that pages may take: in a pipe a row is a line, whole, with plain digits.
    pub width: Width,
}

impl Output {
    /// Standard output; coloured only where it is a terminal and `colour` is wanted.
    #[must_use]
    pub(crate) fn stdout(colour: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = if terminal { Width::Columns(terminal_width()) } else { Width::Endless };
        let paint = if terminal && colour { Paint::Ansi } else { Paint::Plain };
        Self {
            sink: Box::new(io::BufWriter::with_capacity(BUFFER, io::stdout())),
            closed: false,
            terminal,
            done: Done::default(),
            paint,
            width,
        }
    }

    /// Takes note of what is done for good, before anything is printed of it: where the answer can't be written, standard error says
    /// so, and that it is done nevertheless.
    pub(crate) fn did(&mut self, what: impl Into<String>) {
        if self.done.shown.len() < SHOWN_DONE {
            self.done.shown.push(what.into());
        } else {
            self.done.more += 1;
        }
    }

    /// Writes bytes as they come to a file or a pipe, and to a terminal without what could steer it.
    ///
    /// # Errors
    /// As [`Output::print`], and what `write` itself returns.
    pub(crate) fn export(&mut self, write: Writing<'_>) -> Result<(), Report> {
        if self.terminal {
            let mut bytes = Vec::new();
            let written = write(&mut bytes)?;
            return self.took(written).and_then(|()| self.print(&escaped(&String::from_utf8_lossy(&bytes))));
        }
        let written = write(&mut self.sink)?;
        let written = written.and_then(|()| self.sink.flush());
        self.took(written)
    }

    /// Writes a text, under `--private` without what names somebody.
    ///
    /// # Errors
    /// A [`Report`] where the text can't be written for another reason than a closed pipe.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Report> {
        self.bytes(mask::masked(text).as_bytes())
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Output::print`].
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Report> {
        if self.closed {
            return Ok(());
        }
        let written = self.sink.write_all(bytes).and_then(|()| self.sink.flush());
        self.took(written)
    }

    /// Writes a document as JSON on a line of its own.
    ///
    /// # Errors
    /// As [`Output::print`], and where it can't be written as JSON, which would be a fault of ours.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> Result<(), Report> {
        if self.closed {
            return Ok(());
        }
        let fault = |error: serde_json::Error| Report::new(Ending::Internal, format!("can't write JSON: {error}"));
        if self.terminal {
            let text = serde_json::to_string(document).map_err(fault)?;
            return self.print(&format!("{}\n", escaped(&text)));
        }
        let written = match serde_json::to_writer(&mut self.sink, document) {
            Err(error) if !error.is_io() => return Err(fault(error)),
            written => written.map_err(io::Error::from),
        };
        let written = written.and_then(|()| self.sink.write_all(b"\n")).and_then(|()| self.sink.flush());
        self.took(written)
    }

    /// Takes note of a reader that is gone.
    fn took(&mut self, written: io::Result<()>) -> Result<(), Report> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(self.done.unsaid(&error)),
        }
    }

    /// Writes a sentence for people and ends the line.
    ///
    /// # Errors
    /// As [`Output::print`].
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Report> {
        self.print(&format!("{}\n", self.width.digits(text)))
    }
}

/// What a run has done for good.
#[derive(Default)]
struct Done {
    shown: Vec<String>,
    more: usize,
}

impl Done {
    /// Why an answer could not be written, and what is done nevertheless.
    fn unsaid(&mut self, error: &io::Error) -> Report {
        if self.shown.is_empty() {
            return unwritten(error);
        }
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        Report::new(Ending::Unsaid, format!("it is done, but the answer can't be written to standard output: {error}"))
            .details(std::mem::take(&mut self.shown).into_iter().chain(more))
            .hint("don't do it a second time: look at what is there, by creditop ledger list or the file")
    }
}

fn unwritten(error: &io::Error) -> Report {
    Report::new(Ending::Storage, format!("can't write to standard output: {error}"))
        .hint("check that the disk behind it is not full")
}

/// Writes help or the version, which `print` does, to standard output. A closed pipe ends quietly.
///
/// # Errors
/// As [`Output::print`].
pub(crate) fn answer(print: impl FnOnce() -> io::Result<()>) -> Result<(), Report> {
    match print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unwritten(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A text whose hidden characters, but for line breaks, are escapes of JSON: they do the same within a JSON text and nothing on a
/// terminal.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_hidden(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a text can't fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

fn terminal_width() -> usize {
    crossterm::terminal::size().map_or(USUAL_WIDTH, |(columns, _)| width_of(columns))
}

/// The width that a terminal says it has; one that says 0 does not know it.
fn width_of(columns: u16) -> usize {
    if columns == 0 { USUAL_WIDTH } else { usize::from(columns).max(LEAST_WIDTH) }
}

/// Writes a line to standard error, with plain digits where a program may read it. A standard error that can't be written to has
/// nowhere to say so.
pub(crate) fn remark(text: &str) {
    let mut error = io::stderr();
    let text = mask::masked_message(text);
    let text = if error.is_terminal() { text } else { ungrouped(&text) };
    let _ = writeln!(error, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_json_on_a_terminal_means_the_same_and_steers_nothing() {
        let texts = ["a\u{1b}]0;x\u{7}b", "\u{9b}31m", "a\u{202e}b", "\u{e0041}", "line\nbreak \"quoted\" é 日本 \u{1f4a1}"];
        let json = serde_json::to_string(&texts).unwrap();
        let safe = escaped(&json);
        assert!(!safe.contains(|c: char| c != '\n' && is_hidden(c)), "{safe:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), texts);
    }
}
