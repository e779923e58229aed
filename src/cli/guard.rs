//! `creditop guard`: yes, no or unknown, for scripts and CI.

use clap::Args;

use super::edge::{Edge, Outcome, accounts, statuses};
use super::mask;
use super::plan::{TypedLine, parse_quantity};
use super::polling::PollArgs;
use super::quote::{by_account, fair_use, quotes, verdict};
use super::text;
use super::view::QuoteView;
use super::when::AtArgs;
use crate::credit::{AccountStatus, Affordable, Amount, Figure, Reliance, listed};
use crate::report::{Ending, Report};
use crate::runtime::PollWhen;

/// Says by its exit code whether a plan is affordable: 0 yes, 1 no, 3 unknown or stale.
#[derive(Debug, Args)]
pub(crate) struct GuardArgs {
    /// The account of lines that name none; with --min it may be left out where one account is configured.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: Option<String>,
    /// What is to be done: `ACTION[:VARIANT]=QTY` or `ACCOUNT/ACTION[:VARIANT]=QTY`.
    #[arg(value_name = "LINE", required_unless_present = "min", conflicts_with = "min")]
    lines: Vec<TypedLine>,
    /// Ask for at least this many spendable credits instead.
    #[arg(long, value_name = "N", value_parser = parse_quantity)]
    min: Option<Amount>,
    #[command(flatten)]
    polling: PollArgs,
    #[command(flatten)]
    day: AtArgs,
    /// Answer by figures that are stale, or whose key was refused; without it they are "unknown": 3.
    #[arg(long)]
    allow_stale: bool,
}

/// The guard's answer, from the best to the worst; several accounts together have the worst of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Yes,
    Unknown,
    No,
}

impl Answer {
    fn outcome(self) -> Outcome {
        match self {
            Self::Yes => Outcome::Done,
            Self::No => Outcome::Ended(Ending::No),
            Self::Unknown => Outcome::Ended(Ending::Unknown),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] for a name that does not exist, a quantity that can't be, or a ledger that can't be used.
pub(crate) fn run(args: &GuardArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace_within(args.polling.timeout)?;
    let named: Vec<String> = args.account.iter().cloned().collect();
    if let Some(min) = args.min {
        let ids = accounts(&workspace, &named)?;
        if named.is_empty() && ids.len() > 1 {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let hint = format!("add --account with one of {}", listed(&ids, 12));
            return Err(Report::new(Ending::Usage, "no account is named for --min, and several are configured").hint(hint));
        }
        args.polling.refresh(&mut workspace, &ids, PollWhen::IfOlderThanInterval)?;
        let mut worst = Answer::Yes;
        let now = workspace.now();
        let at = args.day.instant(&workspace, &ids, now)?;
        for mut status in statuses(&workspace, &ids, at)? {
            args.polling.accept(&mut status.reliance, now);
            let ends_at = status.subscription_ends_at.filter(|_| status.if_renewed);
            if let (Some(ends_at), true) = (ends_at, status.reliance.is_fresh()) {
                status.reliance = Reliance::IfRenewed { ends_at };
            }
            let (answer, words) = at_least(min, &status, args.allow_stale);
            worst = worst.max(answer);
            edge.out.line(&text::clean(&format!("{}: {words}", status.profile.id)))?;
        }
        return Ok(worst.outcome());
    }
    let plans = by_account(&named, &args.lines, &workspace)?;
    let quotes = quotes(&plans, &mut workspace, &args.polling, args.day)?;
    let mut worst = Answer::Yes;
    for view in &quotes {
        let QuoteView { quote, unpolled, .. } = view;
        let affordable = if args.allow_stale { quote.affordable } else { quote.answer() };
        let answer = match affordable {
            Affordable::Yes => Answer::Yes,
            Affordable::No => Answer::No,
            Affordable::Unknown => Answer::Unknown,
        };
        let words = verdict(view, workspace.zone()).0;
        let words = [Some(words), fair_use(quote)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let words = unpolled.as_ref().map_or(words.clone(), |reason| format!("{words} Not polled: {reason}."));
        worst = worst.max(answer);
        edge.out.line(&text::clean(&format!("{}: {words}", quote.account)))?;
    }
    Ok(worst.outcome())
}

/// Why an account's figures can't be relied on, with what the provider said.
fn doubt(status: &AccountStatus) -> Option<String> {
    let why = status.reliance.why(|at| text::relative(at, status.at))?;
    let said = status.reliance.failure().map(|failure| format!(" ({})", mask::private(&failure.message))).unwrap_or_default();
    Some(text::sentence(&format!("{why}{said}")))
}

fn at_least(min: Amount, status: &AccountStatus, allow_stale: bool) -> (Answer, String) {
    let Some(doubt) = doubt(status) else { return compared(min, status) };
    if !allow_stale || matches!(status.reliance, Reliance::NoFigures { .. }) {
        return (Answer::Unknown, doubt);
    }
    let (answer, words) = compared(min, status);
    (answer, format!("{doubt}. By these figures: {words}"))
}

/// What the figures say, whatever they are good for.
fn compared(min: Amount, status: &AccountStatus) -> (Answer, String) {
    let unit = &status.profile.unit;
    let compared = |spendable: Amount| {
        (spendable >= min, format!("{} spendable, {} asked", text::with_unit(spendable, unit), text::amount(min)))
    };
    match (status.spendable, status.known_total) {
        (Figure::Unlimited, _) | (_, Figure::Unlimited) => {
            let cap = status.fair_use.map(|usage| format!(". {}", usage.words(unit))).unwrap_or_default();
            (Answer::Yes, format!("Unlimited{cap}"))
        }
        (Figure::Known(spendable), _) => {
            let (enough, words) = compared(spendable);
            (if enough { Answer::Yes } else { Answer::No }, words)
        }
        (Figure::Unknown, Figure::Known(known)) => {
            let (enough, words) = compared(known.minus(status.held).unwrap_or(Amount::ZERO).or_zero());
            (if enough { Answer::Yes } else { Answer::Unknown }, format!("At least {words}"))
        }
        (Figure::Unknown, Figure::Unknown) => (Answer::Unknown, "What is left is unknown".to_owned()),
    }
}
