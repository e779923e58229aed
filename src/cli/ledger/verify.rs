//! `creditop ledger verify`: whether the whole ledger can be read and adds up.

mod stamps;

use std::sync::Arc;
use std::thread;

use clap::Args;

use crate::cli::edge::{Edge, Outcome};
use crate::cli::output::remark;
use crate::cli::text;
use crate::credit::{AccountId, Book, Instant, RuleId, Rules, print_instant};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{Flaw, Head, VerifyReport};

/// `ledger verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Mends what can be mended without touching an entry: drops checkpoints that are not what their entries come to, and moves polls
    /// that a wrong clock stamped to when the last thing before them was recorded, after a copy of the ledger was made. Make sure first
    /// that the entries, and this machine's clock, are right: nothing tells afterwards that there was a difference.
    #[arg(long)]
    mend: bool,
    /// With --mend: don't ask before polls are mended.
    #[arg(long, requires = "mend")]
    yes: bool,
    /// A head that this command printed before: says whether the ledger still begins with those entries, however many came since.
    #[arg(long, value_name = "HEAD", value_parser = parse_head)]
    expect: Option<Head>,
    /// Takes a ledger that has become shorter as it is, where an older copy was put back, or the data folder removed, on purpose.
    #[arg(long)]
    accept: bool,
}

fn parse_head(text: &str) -> Result<Head, String> {
    text.parse().map_err(|why| format!("it {why}"))
}

const RESTORE: &str = "copy the folder to a safe place, then restore the ledger from a backup or an export";

const COMPARE: &str = "something changed a checkpoint, or an entry before it: compare the account with a backup or an export; where its \
                       entries are right, creditop ledger verify --mend drops the checkpoint";

const OTHER_SETTINGS: &str =
    "these entries fit another provider: put the account's provider back, or give the new one an account of its own";

/// Checks the file, then replays every account: names every row that is not what was recorded, the first entry of each account that
/// breaks a rule, and every checkpoint that is not what the entries before it come to.
///
/// # Errors
/// A [`Report`] that lists every flaw, or why the file can't be read at all.
pub(super) fn run(args: &VerifyArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.quiet_workspace()?;
    if args.accept {
        accept(&mut workspace, edge)?;
    }
    stamps::look(args.mend, args.yes, &mut workspace, &mut edge.out)?;
    let (report, replayed) = look(&workspace, args.expect.as_ref())?;
    let mut flaws: Vec<String> = report.flaws.iter().map(ToString::to_string).collect();
    // What can't be read at all is among the flaws.
    let losses = workspace.losses().unwrap_or_default();
    let only_lost = flaws.is_empty();
    flaws.extend(losses.iter().map(|loss| loss.what(workspace.zone())));
    let replayed = match replayed {
        Ok(replayed) => replayed,
        // Rows that can't be read are among the flaws, each by its name.
        Err(_) if !flaws.is_empty() => Replayed::default(),
        Err(error) => return Err(error),
    };
    let stamped = |flaw: &Flaw| stamps::SIGNS.iter().any(|sign| flaw.what.contains(sign));
    let hint = match losses.first() {
        Some(loss) if only_lost && replayed.flaws.is_empty() => loss.hint(),
        None if !flaws.is_empty() && report.flaws.iter().all(stamped) => stamps::HINT.to_owned(),
        None if flaws.is_empty() && replayed.rules.iter().all(|rule| *rule == RuleId::E2) => OTHER_SETTINGS.to_owned(),
        _ => RESTORE.to_owned(),
    };
    flaws.extend(replayed.flaws);
    if !flaws.is_empty() {
        return Err(unsound(&workspace, flaws, &hint));
    }
    let checkpoints = replayed.checkpoints;
    if args.mend {
        workspace.must_be_writable()?;
        for (rules, at, _) in &checkpoints.wrong {
            workspace.store_mut().drop_checkpoint(rules, *at)?;
            edge.out.did(format!("dropped the checkpoint of {} at {}", rules.account, print_instant(*at)));
        }
    } else if !checkpoints.wrong.is_empty() {
        let wrong = checkpoints.wrong.into_iter().map(|(_, _, what)| what).collect();
        return Err(unsound(&workspace, wrong, COMPARE));
    }
    edge.out.line(&sound(&report, &checkpoints, args.mend))?;
    if let Some(expected) = &args.expect {
        let since = text::count(number(report.entries.saturating_sub(expected.entries)), "entry", "entries");
        edge.out.line(&format!("it begins with the entries of head {expected}; {since} came since"))?;
    }
    edge.out.print(&format!("head: {}\n", report.head))?;
    Ok(Outcome::Done)
}

/// Checks the rows, and replays the accounts meanwhile: over a large ledger each takes seconds. The inner error is the replay's.
fn look(workspace: &Workspace, expected: Option<&Head>) -> Result<(VerifyReport, Result<Replayed, Report>), Report> {
    let reader = workspace.store().reader()?;
    thread::scope(|threads| {
        let report = threads.spawn(move || reader.verify(expected));
        let replayed = replayed(workspace);
        let report = report.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        if let Ok(replayed) = &replayed {
            replayed.left_out.iter().for_each(|note| remark(note));
        }
        Ok((report, replayed))
    })
}

/// Forgets what is gone, and says what.
fn accept(workspace: &mut Workspace, edge: &mut Edge) -> Result<(), Report> {
    let losses = workspace.losses()?;
    workspace.accept_losses()?;
    for loss in losses {
        let line = text::clean(&format!("taken as it is: {}", loss.what(workspace.zone())));
        edge.out.did(line.as_str());
        edge.out.line(&line)?;
    }
    Ok(())
}

/// What replaying the accounts found.
#[derive(Default)]
struct Replayed {
    checkpoints: Checkpoints,
    /// The first entry of each account that breaks a rule, in words; and the rules.
    flaws: Vec<String>,
    rules: Vec<RuleId>,
    /// What is said of the accounts that can't be replayed.
    left_out: Vec<String>,
}

/// Replays every account that is configured.
fn replayed(workspace: &Workspace) -> Result<Replayed, Report> {
    let mut replayed = Replayed::default();
    for id in workspace.ids() {
        if let Err(report) = workspace.usable_account(id.as_str()) {
            replayed.left_out.push(text::clean(&format!("note: {id} is left out: {}", report.message)));
            continue;
        }
        match check(workspace, &id)? {
            Ok(of_account) => replayed.checkpoints.add(of_account),
            Err((rule, flaw)) => {
                replayed.rules.push(rule);
                replayed.flaws.push(flaw);
            }
        }
    }
    Ok(replayed)
}

/// Replays an account; the inner error is the rule that its entries break, and how. Where something is recorded between the reading of the
/// entries and that of the checkpoints, both are read again.
fn check(workspace: &Workspace, id: &AccountId) -> Result<Result<Checkpoints, (RuleId, String)>, Report> {
    let now = workspace.now();
    loop {
        let last = workspace.store().last_seq()?;
        let book = workspace.book(id)?;
        let ahead = book.dated_ahead(now);
        match book.check(now) {
            Ok(None) => {}
            Ok(Some(breach)) => return Ok(Err((breach.rule, format!("{id}: {breach}")))),
            Err(error) => return Ok(Err((RuleId::A1, error.to_string()))),
        }
        let mut checkpoints = Checkpoints::default();
        checkpoints.look(workspace, &book, now)?;
        if checkpoints.wrong.is_empty() || workspace.store().last_seq()? == last {
            stamps::name_entries(id, &ahead);
            return Ok(Ok(checkpoints));
        }
    }
}

fn unsound(workspace: &Workspace, flaws: Vec<String>, hint: &str) -> Report {
    let count = text::count(flaws.len(), "flaw", "flaws");
    let flaws = flaws.into_iter().map(|flaw| text::clean(&flaw));
    Report::new(Ending::No, format!("the ledger {} has {count}", workspace.store().location())).details(flaws).hint(hint)
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn sound(report: &VerifyReport, checkpoints: &Checkpoints, mended: bool) -> String {
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
    wrong: Vec<(Arc<Rules>, Instant, String)>,
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
            self.wrong.push((
                Arc::clone(&book.rules),
                at,
                format!("{id}: the checkpoint at {}{after} {what} (E7)", print_instant(at)),
            ));
        }
        Ok(())
    }
}
