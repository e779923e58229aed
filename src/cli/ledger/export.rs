//! `creditop ledger export`: the ledger as a file that can be imported again.

use clap::{Args, ValueEnum};

use crate::cli::edge::{Edge, Outcome};
use crate::report::{Ending, Report};
use crate::store::{Filter, Format, export};

/// `ledger export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The format.
    #[arg(long, value_enum, default_value_t = FileFormat::Jsonl)]
    format: FileFormat,
    /// Of this account; of all if not given.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Option<String>,
}

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// One JSON object a line.
    Jsonl,
    /// A table with a header line.
    Csv,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Jsonl => Self::JsonLines,
            FileFormat::Csv => Self::Csv,
        }
    }
}

/// Writes the entries to standard output.
///
/// # Errors
/// A [`Report`] for an unknown account or a ledger that can't be read.
pub(crate) fn run(args: &ExportArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace()?;
    let account = args.account.as_deref().map(|name| workspace.account(name)).transpose()?;
    let filter = Filter { account: account.map(|account| account.profile.id.clone()), ..Filter::default() };
    let entries = workspace.store().entries_filtered(&filter)?;
    let mut file = Vec::new();
    export(&entries, args.format.into(), &mut file)
        .map_err(|error| Report::new(Ending::Internal, format!("can't write the export: {error}")))?;
    edge.out.bytes(&file)?;
    Ok(Outcome::Done)
}
