//! Writing entries to a file.

use std::io::{self, Write};

use super::Format;
use crate::credit::{Entry, print_instant};
use crate::spreadsheet::guarded_exactly;
use crate::store::fields::{FIELDS, Field, Value, entry_fields};

/// Writes entries, in the order given, so that [`read_batch`](super::read_batch) reads them back.
///
/// Every entry is written with its ref, generated ones too, so that importing twice records once.
///
/// # Errors
/// Whatever writing to `output` reports.
pub fn export<'a>(entries: impl IntoIterator<Item = &'a Entry>, format: Format, output: &mut impl Write) -> io::Result<()> {
    let mut export = Export::begin(format, output)?;
    entries.into_iter().try_for_each(|entry| export.entry(entry))?;
    export.finish()
}

/// An [`export`] whose entries come one by one: none is held.
pub struct Export<W: Write>(To<W>);

enum To<W: Write> {
    /// With the line that is written next.
    JsonLines(W, Vec<u8>),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Export<W> {
    /// Begins a file: a table with its header.
    ///
    /// # Errors
    /// Whatever writing to `output` reports.
    pub fn begin(format: Format, output: W) -> io::Result<Self> {
        Ok(Self(match format {
            Format::JsonLines => To::JsonLines(output, Vec::new()),
            Format::Csv => {
                let mut table = csv::WriterBuilder::new().from_writer(output);
                table.write_record(FIELDS)?;
                To::Csv(Box::new(table))
            }
        }))
    }

    /// Writes the next entry.
    ///
    /// # Errors
    /// As [`Export::begin`].
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let fields = entry_fields(entry);
        match &mut self.0 {
            To::JsonLines(output, line) => {
                line.clear();
                json_line(&fields, line)?;
                output.write_all(line)
            }
            To::Csv(table) => {
                let value_of = |name| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| cell(value));
                table.write_record(FIELDS.map(|name| value_of(name).unwrap_or_default())).map_err(io::Error::from)
            }
        }
    }

    /// Ends the file: all of it is written.
    ///
    /// # Errors
    /// As [`Export::begin`].
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            To::JsonLines(mut output, _) => output.flush(),
            To::Csv(mut table) => table.flush(),
        }
    }
}

/// Adds a line with these fields.
fn json_line(fields: &[Field<'_>], line: &mut Vec<u8>) -> io::Result<()> {
    let mut lead = b'{';
    for (name, value) in fields {
        line.extend([lead, b'"']);
        line.extend_from_slice(name.as_bytes());
        line.extend_from_slice(b"\":");
        match value {
            Value::Text(text) => serde_json::to_writer(&mut *line, text)?,
            Value::Number(amount) => write!(line, "{amount}")?,
            Value::Instant(instant) => {
                line.push(b'"');
                line.extend_from_slice(print_instant(*instant).as_bytes());
                line.push(b'"');
            }
            Value::Never => line.extend_from_slice(b"null"),
            Value::Tags(tags) => serde_json::to_writer(&mut *line, tags)?,
        }
        lead = b',';
    }
    line.extend_from_slice(b"}\n");
    Ok(())
}

fn cell(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => guarded_exactly(text),
        Value::Number(amount) => amount.to_string(),
        Value::Instant(instant) => print_instant(*instant),
        Value::Never => "never".to_owned(),
        Value::Tags(tags) => guarded_exactly(&tags.join(" ")),
    }
}
