//! Where else the same work costs less.

use super::AccountPlan;
use crate::cli::view::QuoteView;
use crate::credit::{Affordable, Offer, Quote, cheaper_among};
use crate::report::Report;
use crate::runtime::Workspace;

/// The most other accounts that a plan is quoted for.
const MOST: usize = 24;

/// Adds to each quote the advice to use another account that does the same for less, by the figures that are stored of it: no
/// other account is asked for that.
///
/// # Errors
/// A [`Report`] where the ledger can't be read.
pub(super) fn advise(plans: &[AccountPlan], quotes: &mut [QuoteView], workspace: &Workspace) -> Result<(), Report> {
    for (plan, view) in plans.iter().zip(quotes) {
        let own = workspace.book_without_entries(&plan.account)?;
        let mut others = Vec::new();
        for account in workspace.config().accounts.iter().filter(|other| other.profile.id != plan.account) {
            let Ok(other) = workspace.book_without_entries(&account.profile.id) else { continue };
            if let Some(lines) = own.translate(&plan.lines, &other) {
                others.push((other.profile.id, lines));
            }
            if others.len() == MOST {
                break;
            }
        }
        let mut priced = Vec::new();
        for (id, lines) in others {
            let book = workspace.recent_book(&id, view.quote.at)?;
            // A figure that can't be added up there is no offer.
            if let Ok(quote) = book.quote(&lines, view.quote.at) {
                priced.push((book.profile, quote));
            }
        }
        let offers = priced.iter().map(|(profile, quote)| Offer { profile, quote });
        view.quote.advice.extend(cheaper_among(Offer { profile: &view.status.profile, quote: &view.quote }, offers));
    }
    Ok(())
}

/// Tells each of some accounts that are compared of the one among them that does it for less.
pub(super) fn among(quotes: &mut [QuoteView]) {
    let offers: Vec<_> = quotes.iter().map(|view| (view.status.profile.clone(), view.quote.clone())).collect();
    for view in quotes {
        let others = offers.iter().map(|(profile, quote)| Offer { profile, quote });
        view.quote.advice.extend(cheaper_among(Offer { profile: &view.status.profile, quote: &view.quote }, others));
    }
}

/// The cheapest of those that surely fit, in each currency.
pub(super) fn cheapest<'q>(quotes: impl Iterator<Item = &'q Quote> + Clone, quote: &Quote) -> bool {
    let price = |quote: &Quote| Some((quote.money.as_ref()?.currency.clone(), quote.money.as_ref()?.amount));
    let Some((currency, own)) = price(quote).filter(|_| quote.answer() == Affordable::Yes) else { return false };
    let mut rivals = quotes.filter(|other| other.account != quote.account && other.answer() == Affordable::Yes);
    let mut amounts =
        rivals.by_ref().filter_map(price).filter(|(other, _)| *other == currency).map(|(_, amount)| amount).peekable();
    amounts.peek().is_some() && amounts.all(|amount| own <= amount)
}
