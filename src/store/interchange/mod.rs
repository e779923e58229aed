//! Files that carry entries: JSON Lines and CSV, in and out (SPEC 8.1, L2, L4, L8).
//!
//! Both hold the same fields under the same names; an export can be imported again and gives the same bytes when it is
//! exported then: what a file says of when it was recorded, and by whom, stays.
//!
//! A number of JSON is read to the digit. A text and a cell are read as people type amounts (SPEC A6): `1,000`, `3k` and `12*25` are
//! understood, and `1.000` and `1.125` are refused, which are a thousand and more for some, unless the line says when it was
//! recorded: then it was exported, and its point stands before a fraction.
//!
//! In CSV an empty cell is an absent field, `never` (or `null`) is JSON's explicit null, and tags are separated by spaces. A
//! text cell that a spreadsheet would take for a formula is written with a leading apostrophe, which an import takes off again.

mod export;
mod intake;
mod json;
mod line;
mod naming;
mod row;
mod table;

use std::fmt;
use std::io::{self, BufRead};

use chrono_tz::Tz;

pub use export::{Export, export};

use super::fields::FIELDS;
use super::retry::retried;
use super::{AppendError, Appended, Ledger, Present, Proposal, Refusal, Refused, RulesOf, StoreError};
use crate::credit::{About, AccountId, ActionId, Amount, EntryBody, Instant, VariantId};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A table with a header line, cells separated by commas.
    Csv,
}

/// Prices a spend that carries an action and a quantity instead of an amount, at the instant at which it happened (SPEC E7); the error
/// says why it can't.
pub type Pricing<'a> = dyn Fn(&AccountId, Instant, &ActionId, Option<&VariantId>, Amount) -> Result<Amount, String> + 'a;

/// What the lines of a file depend on besides themselves.
pub struct Context<'a> {
    /// What spends cost that say what for.
    pub pricing: &'a Pricing<'a>,
    /// The zone of an account, in which its days are (SPEC A6); for one that is not configured, a hint.
    pub zone: &'a dyn Fn(&AccountId) -> Result<Tz, String>,
    /// The present, for `yesterday` and the like.
    pub now: Instant,
}

/// Something wrong with a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 1; a CSV file's header is line 1.
    pub line: u64,
    /// The field; empty for the line as a whole.
    pub field: String,
    /// What is wrong, without a full stop.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.what)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// What a file holds: the entries it proposes, and all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// The entries of the good lines.
    pub proposals: Vec<Proposal>,
    /// The line of each of them.
    pub lines: Vec<u64>,
    /// What is wrong with the other lines.
    pub bad: Vec<LineError>,
}

/// What became of the entries of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// How many were recorded.
    pub new: usize,
    /// How many the ledger had before.
    pub known: usize,
    /// Those whose ref was generated, with their places in the batch.
    pub named: Vec<(usize, Appended)>,
    /// Holds that the ledger did not have before, with their places in the batch: what they promise is new.
    pub held: Vec<(usize, Appended)>,
}

/// Why a file was not imported; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines are bad; each problem is listed, by line.
    #[error("nothing was imported: {} in the file", if .0.len() == 1 { "one problem".to_owned() } else { format!("{} problems", .0.len()) })]
    Lines(Vec<LineError>),
    /// What is recorded already can't be: what is wrong, and one thing to do.
    #[error("nothing was imported: {0}")]
    Fault(String, String),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Lines(_) => "mend these lines and import the file again".to_owned(),
            Self::Fault(_, hint) => hint.clone(),
            Self::Store(error) => error.hint(),
        }
    }
}

/// Reads a file without touching the ledger; lines are read one at a time, up to 64 KiB each, and blank ones are skipped.
///
/// # Errors
/// Whatever reading `input` reports; what is wrong with the lines is in the [`Batch`].
pub fn read_batch(input: impl BufRead, format: Format, context: &Context<'_>) -> io::Result<Batch> {
    match format {
        Format::JsonLines => json::read(input, context),
        Format::Csv => table::read(input, context),
    }
}

impl Batch {
    fn line_error(&self, refused: Refused) -> LineError {
        let line = self.lines.get(refused.index).copied().unwrap_or_default();
        LineError { line, field: refused.field.to_owned(), what: refused.what, hint: refused.hint }
    }
}

impl Ledger {
    /// Records the entries of a file: all or none. With `dry_run` it only answers what it would do.
    ///
    /// # Errors
    /// [`ImportError::Lines`] with every bad line: those that can't be read, and those that break a rule or conflict with a
    /// recorded ref; [`ImportError::Store`] where the ledger can't be read or written.
    pub fn import(
        &mut self,
        batch: &Batch,
        rules: &RulesOf<'_>,
        now: impl Present + Copy,
        dry_run: bool,
    ) -> Result<Imported, ImportError> {
        let keep = !dry_run && batch.bad.is_empty();
        let mut imported = Imported::default();
        let done = retried(self.engine.patience(), || {
            // What an attempt counted that came to nothing does not count.
            imported = Imported::default();
            self.append_or_rehearse(&batch.proposals, rules, &now, keep, &mut |index, done| {
                let count = if done.already_recorded { &mut imported.known } else { &mut imported.new };
                *count += 1;
                let Some(Proposal { draft, .. }) = batch.proposals.get(index) else { return };
                if matches!(draft.body, EntryBody::Hold { .. }) && !done.already_recorded {
                    imported.held.push((index, done.clone()));
                }
                if draft.reference.is_none() {
                    imported.named.push((index, done));
                }
            })
        });
        let mut bad = batch.bad.clone();
        match done {
            Ok(()) if bad.is_empty() => return Ok(imported),
            Ok(()) => {}
            Err(AppendError::Store(error)) => return Err(error.into()),
            Err(AppendError::Refused(refused))
                if refused.iter().any(|refused| refused.refusal == Refusal::Rule(About::Fault)) =>
            {
                let fault = refused.into_iter().find(|refused| refused.refusal == Refusal::Rule(About::Fault));
                let (what, hint) = fault.map(|fault| (fault.what, fault.hint.unwrap_or_default())).unwrap_or_default();
                return Err(ImportError::Fault(what, hint));
            }
            Err(AppendError::Refused(refused)) => bad.extend(refused.into_iter().map(|refused| batch.line_error(refused))),
        }
        bad.sort_by_key(|error| error.line);
        Err(ImportError::Lines(bad))
    }
}

#[cfg(test)]
mod tests;
