//! CSV: a header line with the names of SPEC 8.1's fields, then one entry a line.

use std::io::{self, BufRead};

use super::intake::Intake;
use super::line::{Line, Lines};
use super::row::{Cell, Row, unknown_field};
use super::{Batch, Context, FIELDS, LineError};
use crate::spreadsheet::unguarded;

/// Reads every line. Cells can't hold line breaks, as no field may, so each line is read by itself.
pub(super) fn read(input: impl BufRead, context: &Context<'_>) -> io::Result<Batch> {
    let mut lines = Lines::new(input);
    let header = match lines.next_line()? {
        None => return Ok(Batch::default()),
        Some((number, line)) => header(number, line),
    };
    let columns = match header {
        Ok(columns) => columns,
        Err(errors) => {
            // Without knowing the columns, nothing can be said of the lines below.
            return Ok(Batch { bad: errors, ..Batch::default() });
        }
    };
    let mut intake = Intake::default();
    while let Some((number, line)) = lines.next_line()? {
        let proposal = parse(number, line, &columns).and_then(|row| row.proposal(context));
        intake.take(number, proposal);
    }
    Ok(intake.finish())
}

fn header(number: u64, line: Line<'_>) -> Result<Vec<&'static str>, Vec<LineError>> {
    let names = cells(number, line)?;
    let mut columns = Vec::new();
    let mut errors = Vec::new();
    let mut wrong =
        |field: &str, what: String, hint| errors.push(LineError { line: number, field: field.to_owned(), what, hint });
    if names.len() == 1 && line.is_ok_and(|line| line.contains([';', '\t'])) {
        wrong(
            "",
            "the columns are not separated by commas".to_owned(),
            Some("save the table with commas as separators".to_owned()),
        );
        return Err(errors);
    }
    for name in names {
        match FIELDS.iter().find(|field| **field == name.trim()) {
            Some(field) if columns.contains(field) => wrong(field, "the column is there twice".to_owned(), None),
            Some(field) => columns.push(*field),
            None => {
                let (what, hint) = unknown_field(name.trim(), "column");
                wrong(name.trim(), what, hint);
            }
        }
    }
    for needed in ["kind", "account", "at"] {
        if !columns.contains(&needed) && errors.is_empty() {
            errors.push(LineError {
                line: number,
                field: needed.to_owned(),
                what: "the column is missing".to_owned(),
                hint: None,
            });
        }
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

fn cells(number: u64, line: Line<'_>) -> Result<Vec<String>, Vec<LineError>> {
    let whole = |what: &str| vec![LineError { line: number, field: String::new(), what: what.to_owned(), hint: None }];
    let line = line.map_err(whole)?;
    if line.contains('\r') {
        // Whoever reads the table would take it for the end of the line, and lose what follows.
        return Err(whole("the line holds a carriage return alone: end each line by a line feed, with or without one before it"));
    }
    quotation(line).map_err(whole)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(line.len() + 1).from_reader(line.as_bytes());
    match reader.records().next() {
        Some(Ok(record)) => Ok(record.iter().map(str::to_owned).collect()),
        Some(Err(_)) | None => Err(whole("the line is no line of a CSV table")),
    }
}

/// Refuses a line in which it can't be told what its quotation marks enclose.
fn quotation(line: &str) -> Result<(), &'static str> {
    const OPEN: &str = "a quotation mark is not closed; a cell can't hold a line break, and a quotation mark in it is doubled";
    if line.matches('"').count() % 2 == 1 {
        return Err(OPEN);
    }
    let mut rest = line.chars().peekable();
    let mut starts = true;
    while let Some(c) = rest.next() {
        if !(starts && c == '"') {
            starts = c == ',';
            continue;
        }
        // Up to the mark that closes the cell; two of them are one that it holds.
        loop {
            match rest.next() {
                None => return Err(OPEN),
                Some('"') if rest.peek() == Some(&'"') => drop(rest.next()),
                Some('"') => break,
                Some(_) => {}
            }
        }
        if rest.peek().is_some_and(|next| *next != ',') {
            return Err("text follows the quotation mark that closes a cell: a quotation mark in a cell is doubled");
        }
        starts = false;
    }
    Ok(())
}

fn parse(number: u64, line: Line<'_>, columns: &[&'static str]) -> Result<Row, Vec<LineError>> {
    let cells = cells(number, line)?;
    if cells.len() != columns.len() {
        let count = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
        let what = format!("the line has {}, the header {}", count(cells.len()), columns.len());
        return Err(vec![LineError { line: number, field: String::new(), what, hint: None }]);
    }
    let mut row = Row::new(number);
    for (column, text) in columns.iter().zip(cells) {
        match (*column, text.as_str()) {
            (_, "") => {}
            ("expires_at", "never" | "null") => row.give(column, Cell::Null),
            ("tags", text) => {
                let tags = unguarded(text).split([' ', ',']).filter(|tag| !tag.is_empty());
                row.give(column, Cell::List(tags.map(str::to_owned).collect()));
            }
            (_, text) => row.give(column, Cell::Text(unguarded(text).to_owned())),
        }
    }
    Ok(row)
}
