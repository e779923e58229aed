//! `creditop ledger export`: the ledger as a file that can be imported again, or as a journal for hledger.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::hledger;
use crate::cli::edge::{Edge, Outcome};
use crate::cli::engine_report::engine_report;
use crate::cli::output::{Writing, remark};
use crate::cli::text;
use crate::credit::{AccountId, Book, EngineError};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{Export, Filter, Format};

/// `ledger export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The format; by the ending of --output, else JSON Lines, if not given.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Of this account; of all if not given.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Option<String>,
    /// A new file to write to, for its owner alone; standard output if not given.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// One JSON object a line; can be imported.
    Jsonl,
    /// A table with a header line; can be imported.
    Csv,
    /// A journal in which hledger finds the same balances.
    Hledger,
}

impl FileFormat {
    fn of(file: &Path) -> Self {
        let ending = file.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("csv") => Self::Csv,
            Some("journal" | "hledger" | "j") => Self::Hledger,
            _ => Self::Jsonl,
        }
    }
}

/// Writes the entries to standard output or to a new file.
///
/// # Errors
/// A [`Report`] for an unknown account, a ledger that can't be read, or a file that can't be written; also, after the others were written,
/// for accounts whose figures can't be told.
pub(crate) fn run(args: &ExportArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace()?;
    let account = args.account.as_deref().map(|name| workspace.account(name)).transpose()?;
    let account = account.map(|account| account.profile.id.clone());
    let by_name = || args.output.as_deref().map_or(FileFormat::Jsonl, FileFormat::of);
    let mut incomplete = None;
    let mut write = |output: &mut dyn Write| match args.format.unwrap_or_else(by_name) {
        FileFormat::Jsonl => table(&workspace, account.clone(), Format::JsonLines, output),
        FileFormat::Csv => table(&workspace, account.clone(), Format::Csv, output),
        FileFormat::Hledger => {
            let (journal, unwritten) = journal(&workspace, account.clone())?;
            incomplete = unwritten;
            Ok(output.write_all(journal.as_bytes()))
        }
    };
    match &args.output {
        Some(file) => write_new(file, &mut write)?,
        None => edge.out.export(&mut write)?,
    }
    incomplete.map_or(Ok(Outcome::Done), Err)
}

/// Writes the entries as they are read: those of a large ledger would fill the memory. The inner error is the output's.
fn table(
    workspace: &Workspace,
    account: Option<AccountId>,
    format: Format,
    output: &mut dyn Write,
) -> Result<io::Result<()>, Report> {
    let mut export = match Export::begin(format, output) {
        Ok(export) => export,
        Err(error) => return Ok(Err(error)),
    };
    let mut written = Ok(());
    workspace.store().each_entry(&Filter { account, ..Filter::default() }, |entry| {
        if written.is_ok() {
            written = export.entry(&entry);
        }
        Ok(())
    })?;
    Ok(written.and_then(|()| export.finish()))
}

/// The journal, and what is wrong with the accounts that it leaves out.
fn journal(workspace: &Workspace, account: Option<AccountId>) -> Result<(String, Option<Report>), Report> {
    let ids = if let Some(id) = account {
        vec![id]
    } else {
        let configured = workspace.ids();
        for left_out in workspace.store().accounts()?.iter().filter(|id| !configured.contains(id)) {
            remark(&format!("note: {left_out} is left out: it is no longer configured, so its rules are not known"));
        }
        configured
    };
    let mut books: Vec<Book> = Vec::with_capacity(ids.len());
    for book in workspace.books(&ids)? {
        match books.iter().find(|other| other.profile.shares_with(&book.profile)) {
            // One balance is written once: hledger would count it twice.
            Some(other) => {
                let (id, other) = (&book.profile.id, &other.profile.id);
                remark(&format!("note: {id} shares one balance with {other}, and is written there"));
            }
            None => books.push(book),
        }
    }
    let mut faults = Vec::new();
    let journal = hledger::journal(&books, workspace.now(), &mut |book, error| faults.push((book, error)));
    Ok((journal, unwritten(&faults)))
}

/// Which accounts a journal leaves out because their figures can't be told; `None` where it has all.
fn unwritten(faults: &[(&Book, EngineError)]) -> Option<Report> {
    let names: Vec<&str> = faults.iter().map(|(book, _)| book.profile.id.as_str()).collect();
    let is_fault = |(_, error): &(&Book, EngineError)| matches!(error, EngineError::Fault { .. });
    // What the entries say can't be; or what they say together can't be counted.
    let ending = if faults.iter().any(is_fault) { Ending::Internal } else { Ending::Storage };
    let hint = faults.iter().find_map(|(book, error)| engine_report(error, book).hint)?;
    let what = format!("the journal is without {}, whose figures can't be told", names.join(", "));
    Some(Report::new(ending, what).details(faults.iter().map(|(_, error)| text::clean(&error.to_string()))).hint(hint))
}

/// Writes a file that is not there yet, readable by its owner alone: it tells what somebody buys. It is gone again where the ledger
/// can't be read to its end.
fn write_new(file: &Path, write: Writing<'_>) -> Result<(), Report> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = match options.open(file) {
        Ok(opened) => {
            let mut output = BufWriter::new(opened);
            let written = write(&mut output).inspect_err(|_| {
                // What matters is why there is no export.
                let _ = std::fs::remove_file(file);
            })?;
            written.and_then(|()| output.into_inner()?.sync_all())
        }
        Err(error) => Err(error),
    };
    written.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "name a file that is not there yet",
            _ => "check the folder, its permissions and the room on its disk",
        };
        Report::new(Ending::Storage, format!("can't write {}: {error}", file.display())).hint(hint)
    })
}
