//! Credits that would lapse unused, and that further work would be paid from.

use chrono::TimeDelta;

use crate::credit::fold::{Lot, State, Supply};
use crate::credit::summary::day;
use crate::credit::{Advice, AdviceKind, Amount, AmountError, Book, BucketKind, Instant, Lapse, Quote, forecast, with_unit};

/// Credits that lapse within this many days are worth a word.
const LAPSE_DAYS: i64 = 30;

/// Credits that neither the plan nor the holds take and that lapse soon, where whatever else is done before then is paid from them:
/// not where longer-lasting credits would be drawn first, nor where the usual pace uses them up in time anyway.
pub(super) fn use_before_lapse(book: &Book, after: &State, quote: &Quote) -> Result<Option<Advice>, AmountError> {
    let mut rest = after.clone();
    rest.use_held()?;
    let soon = quote.at + TimeDelta::days(LAPSE_DAYS);
    let Some((at, lot)) = first_to_lapse(&rest, soon) else { return Ok(None) };
    let Some(rule) = rest.rules.bucket(lot.bucket) else { return Ok(None) };
    let at_pace = forecast::lapses_at_pace(book, &rest, quote.at)?;
    let lapses = |lapse: &Lapse| lapse.bucket == rule.id && lapse.lot == lot.reference && lapse.at == at;
    if at_pace.is_some_and(|at_pace| !at_pace.iter().any(lapses)) {
        return Ok(None);
    }
    let unused = lot.remaining;
    let credits = with_unit(unused, &format!("{} {}", rule.name.to_lowercase(), quote.unit));
    let who = if quote.held.is_positive() { "this plan and what is held leave" } else { "this plan leaves" };
    let verb = if unused == Amount::ONE { "lapses" } else { "lapse" };
    let text = format!("{credits} that {who} {verb} on {}: more work before then is paid from them", day(&rest, at));
    Ok(Some(Advice::new(AdviceKind::UseBeforeLapse, text).at(at).saving(unused).about(rule.id.clone())))
}

/// The lot, not of a recurring bucket, that lapses first until `soon` and before which no longer-lasting one is drawn.
fn first_to_lapse(state: &State, soon: Instant) -> Option<(Instant, &Lot)> {
    let mut last: Option<Instant> = None;
    let mut first: Option<(Instant, &Lot)> = None;
    for (_, lot) in state.lots.in_order() {
        let Some(at) = lot.lapses_at().filter(|at| *at <= soon && lot.supply == Supply::Finite) else { break };
        last = last.max(Some(at));
        let kind = state.rules.bucket(lot.bucket).map(|rule| rule.kind);
        let is_sooner = first.is_none_or(|(known, _)| at < known);
        if kind != Some(BucketKind::Recurring) && is_sooner && last <= Some(at) {
            first = Some((at, lot));
        }
    }
    first
}
