//! `quote --compare`: the same plan at several accounts.

use super::{AccountPlan, QuoteArgs, elsewhere, page, quotes};
use crate::cli::edge::{Edge, Outcome, accounts};
use crate::cli::engine_report::price_report;
use crate::cli::json::QuoteDocument;
use crate::cli::output::remark;
use crate::cli::table::{Align, Cell, Table, Tone, wrap};
use crate::cli::text;
use crate::cli::view::QuoteView;
use crate::credit::{
    AccountId, ActionId, Affordable, Amount, Book, Money, PlanLine, PriceError, Profile, UnitCost, VariantId, listed,
};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;

/// Prices the plan at each account that can do it.
///
/// # Errors
/// A [`Report`] where no account can do it, for unknown accounts, and for a ledger that can't be used.
pub(crate) fn run(args: &QuoteArgs, workspace: &mut Workspace, edge: &mut Edge) -> Result<Outcome, Report> {
    if let Some(typed) = args.lines.iter().find(|typed| typed.account.is_some()) {
        return Err(Report::new(Ending::Usage, format!("a line names its own account: {}", typed.line.action))
            .hint("write ACTION=QTY with --compare; --account names the accounts to compare"));
    }
    let ids = one_of_each_pool(workspace, accounts(workspace, &args.account)?)?;
    let books = ids.iter().map(|id| workspace.book_without_entries(id)).collect::<Result<Vec<_>, _>>()?;
    let lines: Vec<&PlanLine> = args.lines.iter().map(|typed| &typed.line).collect();
    for line in &lines {
        known_somewhere(line, &books)?;
    }
    let mut plans = Vec::new();
    let mut left_out: Vec<(&ActionId, Vec<&str>)> = Vec::new();
    for book in &books {
        match lines.iter().map(|line| translate(line, book, &books).ok_or(*line)).collect::<Result<Vec<_>, _>>() {
            Ok(lines) => plans.push(AccountPlan { account: book.profile.id.clone(), lines }),
            Err(line) => {
                let id = book.profile.id.as_str();
                match left_out.iter_mut().find(|(action, _)| **action == line.action) {
                    Some((_, accounts)) => accounts.push(id),
                    None => left_out.push((&line.action, vec![id])),
                }
            }
        }
    }
    for (action, accounts) in &left_out {
        let verb = if accounts.len() == 1 { "is" } else { "are" };
        remark(&format!("note: {} {verb} left out: nothing there does {action}", accounts.join(", ")));
    }
    let mut quotes = quotes(&plans, workspace, &args.polling, args.day)?;
    elsewhere::among(&mut quotes);
    // By money where it is known, one currency after another; the rest as configured.
    quotes.sort_by_cached_key(|view| {
        let money = view.quote.money.as_ref();
        (money.is_none(), money.map(|money| (money.currency.clone(), money.amount)))
    });
    if args.json {
        edge.out.json(&QuoteDocument::new(super::instant(&quotes, workspace), &quotes, Vec::new()))?;
        return Ok(Outcome::Done);
    }
    if quotes.is_empty() {
        let words = "No account does all of this. Name the account of each line instead of --compare: ACCOUNT/ACTION=QTY.";
        for line in wrap(words, edge.out.width) {
            edge.out.line(&line)?;
        }
        return Ok(Outcome::Done);
    }
    let page = overview(&quotes, workspace.zone()).render(edge.out.width, edge.out.paint);
    edge.out.print(&page)?;
    Ok(Outcome::Done)
}

/// The accounts without those that share a balance with another of them: one balance is compared once. The one that stays is the first
/// whose key works.
fn one_of_each_pool(workspace: &Workspace, ids: Vec<AccountId>) -> Result<Vec<AccountId>, Report> {
    let mut kept: Vec<(Profile, bool)> = Vec::new();
    for id in ids {
        let book = workspace.book_without_entries(&id)?;
        let works = book.health.failure.as_ref().is_none_or(|failure| !failure.kind.is_about_the_key());
        match kept.iter_mut().find(|(other, _)| other.shares_with(&book.profile)) {
            None => kept.push((book.profile, works)),
            Some(other) if works && !other.1 => *other = (book.profile, works),
            Some(_) => {}
        }
    }
    Ok(kept.into_iter().map(|(profile, _)| profile.id).collect())
}

/// Refuses a line that no account has a price line for.
fn known_somewhere(line: &PlanLine, books: &[Book]) -> Result<(), Report> {
    let variant = line.variant.as_ref().map(VariantId::as_str);
    let mut failed: Option<(PriceError, &Book)> = None;
    for book in books {
        match book.prices.find(line.action.as_str(), variant) {
            Ok(_) => return Ok(()),
            // The account that knows the action says best what is wrong with the variant.
            Err(error) if failed.is_none() || !matches!(error, PriceError::UnknownAction { .. }) => failed = Some((error, book)),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(()), |(error, book)| Err(price_report(&error, book)))
}

/// The line in an account's own words: the same action, or the cheapest that does the same task.
fn translate(line: &PlanLine, book: &Book, books: &[Book]) -> Option<PlanLine> {
    let variant = line.variant.as_ref().map(VariantId::as_str);
    if book.prices.find(line.action.as_str(), variant).is_ok() {
        return Some(line.clone());
    }
    let task = books.iter().find_map(|book| book.prices.find(line.action.as_str(), variant).ok()?.task.as_ref())?;
    let price = |cost: &UnitCost| match cost {
        UnitCost::Known(amount) => (0, *amount),
        UnitCost::Missing { .. } => (1, Amount::ZERO),
    };
    let own = book.prices.actions.iter().filter(|own| own.task.as_ref() == Some(task)).min_by_key(|own| price(&own.cost))?;
    Some(PlanLine { action: own.action.clone(), variant: own.variant.clone(), quantity: line.quantity })
}

fn overview(quotes: &[QuoteView], zone: chrono_tz::Tz) -> Table {
    let mut table = Table::new(&[("Account", Align::Whole), ("Cost", Align::Point), ("Value", Align::Point), ("", Align::Left)]);
    for view in quotes {
        let quote = &view.quote;
        let (verdict, tone) = page::verdict(view, zone);
        let cost = quote.total.map_or("– no price".to_owned(), |total| text::with_unit(total, &quote.unit));
        let no_money = if quote.total.is_none() { "–" } else { "– not set" };
        let money = quote.money.as_ref().map_or_else(|| no_money.to_owned(), Money::words);
        let mark = if elsewhere::cheapest(quotes.iter().map(|view| &view.quote), quote) { ", cheapest" } else { "" };
        let short = match quote.answer() {
            Affordable::Yes => format!("fits{mark}"),
            Affordable::No => format!("{} short", quote.shortfall.map(text::amount).unwrap_or_default()),
            Affordable::Unknown => format!("– {}", quote.reliance.brief().unwrap_or("unknown")),
        };
        table.row([Cell::new(quote.account.as_str(), Tone::Strong), cost.into(), money.into(), Cell::new(&short, tone)]);
        if let Some(pool) = view.status.profile.pool.as_ref().filter(|pool| !pool.others.is_empty()) {
            let others: Vec<String> = pool.others.iter().map(ToString::to_string).collect();
            table.line(2, &format!("one balance with {} (pool {})", listed(&others, others.len()), pool.name), Tone::Dim);
        }
        for line in &quote.lines {
            table.line(2, &format!("{} × {}", text::amount(line.quantity), line.name), Tone::Dim);
        }
        if quote.answer() != Affordable::Yes {
            table.line(2, &verdict, tone);
        }
        if let Some((footing, tone)) = page::footing(view) {
            table.line(2, &footing, tone);
        }
        if let Some(words) = page::fair_use(quote) {
            table.line(2, &words, Tone::Warning);
        }
        if let Some(new) = quote.new_money().filter(|new| new.amount.is_positive()) {
            table.line(2, &format!("New money to run all of it now: {}.", new.words()), Tone::Plain);
        }
        for advice in &quote.advice {
            table.line(2, &format!("- {}", advice.text), Tone::Plain);
        }
    }
    table
}
