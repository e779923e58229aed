//! `quote --hold` and `quote --commit`: what fits is recorded, what does not is not.

use super::{QuoteArgs, page};
use crate::cli::edge::{Edge, Outcome};
use crate::cli::json::{QuoteDocument, RecordedRef};
use crate::cli::ledger::{describe, rehearse, write};
use crate::cli::plan_ref;
use crate::cli::view::QuoteView;
use crate::credit::{Affordable, Amount, Draft, EntryBody, Quote, Ref, Spend};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{Filled, Proposal};

/// Shows the quotes and records them if all of them fit.
///
/// # Errors
/// A [`Report`] where a quote does not fit or a ref is taken; nothing is written then.
pub(crate) fn run(args: &QuoteArgs, quotes: &[QuoteView], workspace: &mut Workspace, edge: &mut Edge) -> Result<Outcome, Report> {
    let proposals = proposals(args, quotes)?;
    if let Some(given) = &args.reference {
        let places = (1..=proposals.len() + 1).map(|place| place.to_string());
        plan_ref::check(workspace, given, places, &proposals)?;
    }
    // Figures that can't be relied on take a second word (SPEC P2). A plan that is recorded already need not fit a second time.
    let fits = quotes.iter().all(|view| answer(args, &view.quote) == Affordable::Yes);
    let may = fits || (args.reference.is_some() && is_recorded(&proposals, workspace));
    if !may {
        super::show(quotes, args.json, workspace, edge)?;
        return Err(refusal(args, quotes, workspace));
    }
    let appended = write(workspace, &proposals)?;
    for (done, proposal) in appended.iter().zip(&proposals) {
        edge.out.did(describe(done, &proposal.draft));
    }
    if args.json {
        let recorded = appended
            .iter()
            .zip(&proposals)
            .map(|(done, proposal)| RecordedRef {
                account: done.account.to_string(),
                kind: proposal.draft.body.kind().word(),
                reference: done.reference.to_string(),
            })
            .collect();
        edge.out.json(&QuoteDocument::new(super::instant(quotes, workspace), quotes, recorded))?;
        return Ok(Outcome::Done);
    }
    super::print_pages(quotes, workspace.zone(), edge)?;
    edge.out.line("")?;
    for (done, proposal) in appended.iter().zip(&proposals) {
        edge.out.line(&describe(done, &proposal.draft))?;
    }
    Ok(Outcome::Done)
}

fn is_recorded(proposals: &[Proposal], workspace: &mut Workspace) -> bool {
    rehearse(workspace, proposals).is_ok_and(|done| !done.is_empty() && done.iter().all(|done| done.already_recorded))
}

/// Whether a quote fits: by stale figures only where the caller says that they will do.
fn answer(args: &QuoteArgs, quote: &Quote) -> Affordable {
    if args.allow_stale { quote.affordable } else { quote.answer() }
}

fn refusal(args: &QuoteArgs, quotes: &[QuoteView], workspace: &Workspace) -> Report {
    let (ending, why) = if quotes.iter().any(|view| answer(args, &view.quote) == Affordable::No) {
        (Ending::No, "nothing was recorded: the plan does not fit")
    } else {
        (Ending::Unknown, "nothing was recorded: it is not known whether the plan fits")
    };
    let details = quotes
        .iter()
        .filter(|view| answer(args, &view.quote) != Affordable::Yes)
        .map(|view| format!("{}: {}", view.quote.account, page::verdict(view, workspace.zone()).0));
    let report = Report::new(ending, why).details(details);
    let only_stale = quotes.iter().all(|view| view.quote.affordable == Affordable::Yes);
    if only_stale { report.hint("add --allow-stale to record it on these figures all the same") } else { report }
}

/// What is to be recorded: one hold per account, or one spend per line.
fn proposals(args: &QuoteArgs, quotes: &[QuoteView]) -> Result<Vec<Proposal>, Report> {
    let mut bodies: Vec<(&Quote, EntryBody)> = Vec::new();
    for quote in quotes.iter().map(|view| &view.quote) {
        if args.hold {
            if quote.known_total.is_positive() {
                bodies.push((quote, EntryBody::Hold { amount: quote.known_total, expires_at: None }));
            }
            continue;
        }
        bodies.extend(quote.lines.iter().map(|line| {
            let spend = Spend {
                amount: line.cost.unwrap_or(Amount::ZERO),
                action: Some(line.action.clone()),
                variant: line.variant.clone(),
                quantity: Some(line.quantity),
            };
            (quote, EntryBody::Spend(spend))
        }));
    }
    let many = bodies.len() > 1;
    bodies
        .into_iter()
        .enumerate()
        .map(|(place, (quote, body))| {
            let reference = args.reference.as_ref().map(|given| numbered(given, place, many)).transpose()?;
            let draft = Draft {
                account: quote.account.clone(),
                at: quote.at,
                reference,
                body,
                note: None,
                actor: None,
                tags: Vec::new(),
                must_fit: true,
            };
            // A spend's price follows from its action; a hold is nothing but its amount.
            Ok(Proposal { draft, filled: Filled { at: true, amount: !args.hold }, recorded_at: None })
        })
        .collect()
}

/// The ref of one of several entries: `job-7` becomes `job-7-1`, `job-7-2`, …
fn numbered(given: &Ref, place: usize, many: bool) -> Result<Ref, Report> {
    if !many {
        return Ok(given.clone());
    }
    Ref::new(&format!("{given}-{}", place + 1))
        .map_err(|error| Report::new(Ending::Usage, error.to_string()).hint("use a shorter --ref"))
}
