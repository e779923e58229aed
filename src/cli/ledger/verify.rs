//! `creditop ledger verify`: whether the whole ledger can be read and adds up.

use clap::Args;

use crate::cli::edge::{Edge, Outcome};
use crate::cli::output::remark;
use crate::cli::text;
use crate::credit::{AccountId, Book, Instant, print_instant};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::VerifyReport;

/// `ledger verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Drops checkpoints that are not what their entries come to. Make sure first that the entries are right: they stay as they
    /// are, and nothing tells then that there was a difference.
    #[arg(long)]
    mend: bool,
}

const RESTORE: &str = "copy the folder to a safe place, then restore the ledger from a backup or an export";

const COMPARE: &str = "something changed a checkpoint, or an entry before it: compare the account with a backup or an export; where its \
                       entries are right, creditop ledger verify --mend drops the checkpoint";

const OTHER_SETTINGS: &str =
    "these entries fit another provider: put the account's provider back, or give the new one an account of its own";

/// Checks the file, then replays every account: names the first entry of each that breaks a rule, and every checkpoint that is not
/// what the entries before it come to.
///
/// # Errors
/// A [`Report`] that lists every flaw, or why the file can't be read at all.
pub(super) fn run(args: &VerifyArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace()?;
    let report = workspace.store().verify()?;
    let flaws: Vec<String> = report.flaws.iter().map(|flaw| text::clean(&flaw.to_string())).collect();
    if !flaws.is_empty() {
        return Err(unsound(&workspace, flaws, RESTORE));
    }
    let checkpoints = replayed(&workspace)?;
    if args.mend {
        workspace.must_be_writable()?;
        for (account, at, _) in &checkpoints.wrong {
            workspace.store_mut().drop_checkpoint(account, *at)?;
        }
    } else if !checkpoints.wrong.is_empty() {
        let wrong = checkpoints.wrong.into_iter().map(|(_, _, what)| text::clean(&what)).collect();
        return Err(unsound(&workspace, wrong, COMPARE));
    }
    edge.out.line(&sound(&report, &checkpoints, args.mend))?;
    Ok(Outcome::Done)
}

/// Replays every account that is configured.
fn replayed(workspace: &Workspace) -> Result<Checkpoints, Report> {
    let mut checkpoints = Checkpoints::default();
    let mut flaws = Vec::new();
    let mut rules = Vec::new();
    for id in workspace.ids() {
        if let Err(report) = workspace.usable_account(id.as_str()) {
            remark(&text::clean(&format!("note: {id} is left out: {}", report.message)));
            continue;
        }
        match check(workspace, &id)? {
            Ok(of_account) => checkpoints.add(of_account),
            Err((rule, flaw)) => {
                rules.push(rule);
                flaws.push(text::clean(&flaw));
            }
        }
    }
    match rules.iter().all(|rule| *rule == "E2") {
        _ if flaws.is_empty() => Ok(checkpoints),
        true => Err(unsound(workspace, flaws, OTHER_SETTINGS)),
        false => Err(unsound(workspace, flaws, RESTORE)),
    }
}

/// Replays an account; the inner error is the rule that its entries break, and how. Where something is recorded between the reading of the
/// entries and that of the checkpoints, both are read again.
fn check(workspace: &Workspace, id: &AccountId) -> Result<Result<Checkpoints, (&'static str, String)>, Report> {
    let now = workspace.now();
    loop {
        let last = workspace.store().last_seq()?;
        let book = workspace.book(id)?;
        match book.check(now) {
            Ok(None) => {}
            Ok(Some(breach)) => return Ok(Err((breach.rule, format!("{id}: {breach}")))),
            Err(error) => return Ok(Err(("A1", error.to_string()))),
        }
        let mut checkpoints = Checkpoints::default();
        checkpoints.look(workspace, &book, now)?;
        if checkpoints.wrong.is_empty() || workspace.store().last_seq()? == last {
            return Ok(Ok(checkpoints));
        }
    }
}

fn unsound(workspace: &Workspace, flaws: Vec<String>, hint: &str) -> Report {
    let count = text::count(flaws.len(), "flaw", "flaws");
    Report::new(Ending::No, format!("the ledger {} has {count}", workspace.store().path().display())).details(flaws).hint(hint)
}

fn sound(report: &VerifyReport, checkpoints: &Checkpoints, mended: bool) -> String {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let entries = text::count(number(report.entries), "entry", "entries");
    let observations = text::count(number(report.observations), "observation", "observations");
    let mut parts = vec![entries, observations];
    if checkpoints.right > 0 {
        parts.push(text::count(checkpoints.right, "checkpoint", "checkpoints"));
    }
    if mended && !checkpoints.wrong.is_empty() {
        parts.push(format!("{} dropped", text::count(checkpoints.wrong.len(), "wrong checkpoint", "wrong checkpoints")));
    }
    format!("the ledger has no flaws: {}", parts.join(", "))
}

/// What became of the checkpoints that the ledger keeps.
#[derive(Default)]
struct Checkpoints {
    right: usize,
    /// The account and the instant of each, and what is wrong with it.
    wrong: Vec<(AccountId, Instant, String)>,
}

impl Checkpoints {
    fn add(&mut self, others: Self) {
        self.right += others.right;
        self.wrong.extend(others.wrong);
    }

    /// Holds those of an account against what its entries come to (SPEC E7).
    fn look(&mut self, workspace: &Workspace, book: &Book, now: Instant) -> Result<(), Report> {
        let stored = workspace.store().checkpoints(&book.rules)?;
        // What lies later is not asked about now.
        let latest = book.latest_start(now);
        let stored: Vec<_> = stored.into_iter().take_while(|(at, _)| *at <= latest).collect();
        let instants: Vec<Instant> = stored.iter().map(|(at, _)| *at).collect();
        let right = book.checkpoints_at(&instants, now).map_err(|error| Report::new(Ending::No, error.to_string()))?;
        for (at, found) in stored {
            let expected = right.iter().find(|checkpoint| checkpoint.at() == at);
            let what = match (found, expected) {
                (None, _) => "can't be read".to_owned(),
                (Some(_), None) => "stands where none can be".to_owned(),
                (Some(found), Some(expected)) => match found.difference(expected) {
                    None => {
                        self.right += 1;
                        continue;
                    }
                    Some(part) => format!("is not what its entries come to: other {part}"),
                },
            };
            let last = book.entries.iter().filter(|entry| entry.at <= at).max_by_key(|entry| (entry.at, entry.seq));
            let after =
                last.map_or(String::new(), |entry| format!(", after entry {:?} (number {})", entry.reference, entry.seq.0));
            let id = &book.profile.id;
            self.wrong.push((id.clone(), at, format!("{id}: the checkpoint at {}{after} {what} (E7)", print_instant(at))));
        }
        Ok(())
    }
}
