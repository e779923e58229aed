//! `creditop ledger verify`: whether the whole ledger can be read and adds up.

use crate::cli::edge::{Edge, Outcome};
use crate::cli::text;
use crate::report::{Ending, Report};

/// Checks the file, then replays every account and names the first entry of each that breaks a rule.
///
/// # Errors
/// A [`Report`] that lists every flaw, or why the file can't be read at all.
pub(crate) fn run(edge: &mut Edge) -> Result<Outcome, Report> {
    let workspace = edge.workspace()?;
    let report = workspace.store().verify()?;
    let mut flaws: Vec<String> = report.flaws.iter().map(|flaw| text::clean(&flaw.to_string())).collect();
    if flaws.is_empty() {
        let now = workspace.now();
        for book in workspace.books(&workspace.ids())? {
            flaws.extend(match book.check(now) {
                Ok(breach) => breach.map(|breach| text::clean(&format!("{}: {breach}", book.profile.id))),
                Err(error) => Some(error.to_string()),
            });
        }
    }
    if !flaws.is_empty() {
        let message =
            format!("the ledger {} has {}", workspace.store().path().display(), text::count(flaws.len(), "flaw", "flaws"));
        return Err(Report::new(Ending::No, message)
            .details(flaws)
            .hint("copy the folder to a safe place, then restore the ledger from a backup or an export"));
    }
    let entries = text::count(usize::try_from(report.entries).unwrap_or(usize::MAX), "entry", "entries");
    let observations = text::count(usize::try_from(report.observations).unwrap_or(usize::MAX), "observation", "observations");
    edge.out.line(&format!("the ledger is sound: {entries}, {observations}"))?;
    Ok(Outcome::Done)
}
