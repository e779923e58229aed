//! Standard output and what a terminal allows: width, colour, a pipe that closes.

use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

use super::table::{Paint, Width};
use crate::report::{Ending, Report};

/// Columns that pages take on a terminal that doesn't tell its size.
const USUAL_WIDTH: usize = 80;

/// The least columns that a page is laid out for.
const LEAST_WIDTH: usize = 40;

/// So much is written at once: documents of many accounts have megabytes.
const BUFFER: usize = 64 * 1024;

/// Where results go. A reader that closes the pipe early is no failure: what follows is dropped.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    closed: bool,
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
        Self { sink: Box::new(io::BufWriter::with_capacity(BUFFER, io::stdout())), closed: false, paint, width }
    }

    /// Writes a text as it is.
    ///
    /// # Errors
    /// A [`Report`] where the text can't be written for another reason than a closed pipe.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Report> {
        self.bytes(text.as_bytes())
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
        let written = match serde_json::to_writer(&mut self.sink, document) {
            Err(error) if !error.is_io() => {
                return Err(Report::new(Ending::Internal, format!("can't write JSON: {error}")));
            }
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
            Err(error) => Err(Report::new(Ending::Storage, format!("can't write to standard output: {error}"))
                .hint("check that the disk behind it is not full")),
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

fn terminal_width() -> usize {
    crossterm::terminal::size().map_or(USUAL_WIDTH, |(columns, _)| usize::from(columns).max(LEAST_WIDTH))
}

/// Writes a line to standard error. A standard error that can't be written to has nowhere to say so.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
