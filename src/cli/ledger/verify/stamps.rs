//! `creditop ledger verify`: polls that a wrong clock stamped.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::cli::output::{Output, remark};
use crate::cli::text;
use crate::credit::{AccountId, DatedAhead, print_instant};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::Flaw;

/// What flaws of this sort say.
pub(super) const SIGNS: [&str; 2] = ["a clock was wrong", "an end of the subscription outside"];

pub(super) const HINT: &str =
    "see that this machine's clock is right, then creditop ledger verify --mend clears such stamps away";

/// Says which polls were stamped by a wrong clock, and mends them where that is wanted, after a second word.
///
/// # Errors
/// A [`Report`] where nobody can be asked or the answer is no, and where the ledger can't be read, copied or written.
pub(super) fn look(mend: bool, yes: bool, workspace: &mut Workspace, out: &mut Output) -> Result<(), Report> {
    let now = workspace.now();
    let wrong = workspace.store().wrong_stamps(now)?;
    if wrong.is_empty() {
        return Ok(());
    }
    for wrong in &wrong {
        let flaw = Flaw::from(wrong.clone());
        remark(&text::clean(&format!("note: {flaw}")));
    }
    if !mend {
        remark(&format!("hint: {HINT}"));
        return Ok(());
    }
    workspace.must_be_writable()?;
    if !yes {
        let count = text::count(wrong.len(), "stamp", "stamps");
        ask(&format!("Now is {} by this machine's clock. Mend {count}? [y/N] ", print_instant(now)))?;
    }
    let copy = workspace.store_mut().mend_stamps(now)?;
    let mended = text::count(wrong.len(), "stamp was", "stamps were");
    let mended = text::clean(&format!("{mended} mended; the ledger as it was is {copy}"));
    remark(&mended);
    out.did(mended);
    Ok(())
}

/// Says which entries of an account a wrong clock dated ahead. They are sound, so they are no flaws; only a person knows what they should say.
pub(super) fn name_entries(account: &AccountId, ahead: &[DatedAhead]) {
    for DatedAhead { at, reference, kind, .. } in ahead {
        let what = format!(
            "note: {kind} {reference:?} of {account} is dated {}, after now, and counts in no figure until then: a clock was wrong",
            print_instant(*at)
        );
        remark(&text::clean(&what));
    }
    if let Some(first) = ahead.first() {
        let hint = format!(
            "hint: answer each with a reversal, and record it anew where it happened: creditop ledger reverse --account {account} --reverses \
             {:?}",
            first.reference
        );
        remark(&text::clean(&hint));
    }
}

/// Asks on the terminal.
///
/// # Errors
/// A [`Report`] where the answer is not yes, or nobody is there to give it.
fn ask(question: &str) -> Result<(), Report> {
    let nothing =
        |why: &str| Report::new(Ending::Usage, format!("nothing was mended: {why}")).hint("add --yes to mend without a question");
    if !io::stdin().is_terminal() {
        return Err(nothing("nobody is there to be asked"));
    }
    let mut answer = String::new();
    let asked = io::stderr().write_all(question.as_bytes()).and_then(|()| io::stdin().lock().read_line(&mut answer));
    match asked {
        Ok(_) if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) => Ok(()),
        Ok(_) => Err(nothing("the answer was no")),
        Err(error) => Err(nothing(&error.to_string())),
    }
}
