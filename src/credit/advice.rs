//! What else could be done with a plan, each advice with its figure (SPEC 6).

mod instead;
mod lapse;
mod wait;

use super::fold::State;
use super::pricing::{Payment, Priced};
use super::tariff::Fares;
use super::{Advice, AdviceKind, Affordable, AffordableAt, AmountError, Book, BucketKind, Quote, Split, UnitCost, with_unit};

/// Everything there is to say about a plan, by the state before and after it; the most useful first.
pub(super) fn advise(
    book: &Book,
    (before, after): (&State, &State),
    priced: &[Priced<'_>],
    fares: &Fares,
    payment: &Payment,
    quote: &Quote,
) -> Result<Vec<Advice>, AmountError> {
    let mut all = missing_prices(priced);
    all.extend(wait::wait_for_reset(before, priced, fares, payment, quote)?);
    all.extend(instead::combine(book, before, priced, quote)?);
    all.extend(instead::cheaper_variants(book, before, priced, quote)?);
    all.extend(lapse::use_before_lapse(book, after, quote)?);
    if !fits_at_another_price(quote, fares) {
        all.extend(buy(before, quote)?);
    }
    Ok(all)
}

/// One advice for each price that is missing, however many lines need it.
fn missing_prices(priced: &[Priced<'_>]) -> Vec<Advice> {
    let mut named = Vec::new();
    let mut all = Vec::new();
    for Priced { price, .. } in priced {
        let UnitCost::Missing { hint } = &price.cost else { continue };
        if !named.contains(&&price.name) {
            named.push(&price.name);
            let text = format!("The price of {} is not known, so it is not counted: {hint}", price.name);
            all.push(Advice::new(AdviceKind::MissingPrice, text));
        }
    }
    all
}

/// Whether all of a plan that does not fit now can be run later without buying, something of it at a price that is not today's: what
/// is short now says nothing about what is short in the end.
fn fits_at_another_price(quote: &Quote, fares: &Fares) -> bool {
    let Some(change) = fares.later().first().map(|fare| fare.from) else { return false };
    let at_once = matches!(quote.affordable_at, AffordableAt::At { at, .. } if at >= change);
    at_once || quote.split.parts().iter().any(|part| part.at >= change)
}

/// Buying is advised only where there is a bucket for what is bought, and second where a split does without.
fn buy(before: &State, quote: &Quote) -> Result<Option<Advice>, AmountError> {
    let bucket = before.rules.buckets.iter().find(|rule| rule.kind == BucketKind::Purchased).map(|rule| &rule.id);
    let short = quote.shortfall.filter(|short| short.is_positive() && quote.affordable == Affordable::No);
    let (Some(bucket), Some(short)) = (bucket, short) else { return Ok(None) };
    // Where more is held than is there, what is bought fills that up first.
    let beyond = before.holds.total().minus(before.lots.net()?)?.or_zero();
    let short = short.plus(beyond)?;
    let mut then = before.clone();
    then.buy(bucket, short, quote.at)?;
    if then.known_spendable()?.is_some_and(|left| left < quote.known_total) {
        return Ok(None);
    }
    let first = if matches!(quote.split, Split::Parts(_)) { "Or buy" } else { "Buy" };
    let text = format!("{first} at least {} to run all of it now", with_unit(short, &quote.unit));
    Ok(Some(Advice::new(AdviceKind::Buy, text).saving(short)))
}
