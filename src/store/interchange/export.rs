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
    match format {
        Format::JsonLines => entries.into_iter().try_for_each(|entry| json_line(&entry_fields(entry), output)),
        Format::Csv => {
            let mut table = csv::WriterBuilder::new().from_writer(output);
            table.write_record(FIELDS)?;
            for entry in entries {
                let fields = entry_fields(entry);
                table.write_record(FIELDS.map(|name| {
                    fields.iter().find(|(field, _)| *field == name).map(|(_, value)| cell(value)).unwrap_or_default()
                }))?;
            }
            table.flush()
        }
    }
}

fn json_line(fields: &[Field<'_>], output: &mut impl Write) -> io::Result<()> {
    let mut lead = '{';
    for (name, value) in fields {
        write!(output, "{lead}\"{name}\":")?;
        match value {
            Value::Text(text) => serde_json::to_writer(&mut *output, text)?,
            Value::Number(amount) => write!(output, "{amount}")?,
            Value::Instant(instant) => write!(output, "\"{}\"", print_instant(*instant))?,
            Value::Never => output.write_all(b"null")?,
            Value::Tags(tags) => serde_json::to_writer(&mut *output, tags)?,
        }
        lead = ',';
    }
    output.write_all(b"}\n")
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
