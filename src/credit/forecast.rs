//! Where the present pace leads: burn rate, the day on which credits run out, what lapses unused.

use chrono::TimeDelta;

use super::fold::{Draining, LotId, State, Supply, window};
use super::{Amount, AmountError, Book, Figure, Forecast, Instant, Lapse, Observation, Source, months_later};

/// Less history than this gives no burn rate.
const LEAST_SECONDS: i64 = 86_400;
/// How far projections look.
pub(super) const HORIZON_MONTHS: u32 = 14;

/// The forecast of an account at `now`.
pub(super) fn forecast(book: &Book, state: &State, now: Instant) -> Result<Forecast, AmountError> {
    let Some(burn_per_day) = burn_per_day(book, state, now)? else { return Ok(Forecast::default()) };
    let mut then = state.clone();
    let runs_out_at = burn_down(&mut then, burn_per_day, now)?;
    let lapses = lapses(state, &then)?;
    Ok(Forecast { burn_per_day: Some(burn_per_day), runs_out_at, lapses })
}

/// Credits used per day over the last 30 days, or the history there is.
fn burn_per_day(book: &Book, state: &State, now: Instant) -> Result<Option<Amount>, AmountError> {
    let window = window(now);
    let (since, used) = match book.rules.source {
        Source::Ledger => state.used_lately(now)?,
        Source::Polled => dropped_between_polls(&book.observations, window, now)?,
    };
    let Some(since) = since else { return Ok(None) };
    let seconds = (now - since.max(window)).num_seconds();
    Ok((seconds >= LEAST_SECONDS).then(|| used.per_day(seconds)).flatten())
}

/// Sums what fell from one poll to the next; a bucket that rose was refilled or topped up.
fn dropped_between_polls(seen: &[Observation], window: Instant, now: Instant) -> Result<(Option<Instant>, Amount), AmountError> {
    let mut used = Amount::ZERO;
    let mut since = None;
    let mut last: Option<&Observation> = None;
    for next in seen.iter().filter(|seen| seen.at <= now) {
        since = since.or(Some(next.at));
        if let Some(last) = last.filter(|_| next.at > window) {
            for bucket in &next.buckets {
                let before = last.buckets.iter().find(|old| old.bucket == bucket.bucket);
                if let (Some(Figure::Known(before)), Figure::Known(after)) = (before.map(|old| old.remaining), bucket.remaining) {
                    used = used.plus(before.minus(after)?.or_zero())?;
                }
            }
        }
        last = Some(next);
    }
    Ok((since, used))
}

/// Spends at a steady pace through resets and expiries, up to the horizon; the first instant at which nothing is left.
fn burn_down(state: &mut State, per_day: Amount, now: Instant) -> Result<Option<Instant>, AmountError> {
    let horizon = months_later(chrono_tz::Tz::UTC, now, HORIZON_MONTHS);
    let mut runs_out = None;
    let mut at = now;
    while at < horizon {
        let next = state.next_event().map_or(horizon, |event| event.min(horizon));
        if runs_out.is_none() && !state.lots.has_unknown() {
            runs_out = runs_out_before(state, per_day, at, next)?;
        }
        let seconds = (next - at).num_seconds();
        let budget = state.known_spendable()?;
        let used = budget.map_or(per_day.burned_in(seconds), |budget| budget.min(per_day.burned_in(seconds)));
        state.lots.draw(used, Draining::Spent, None)?;
        state.run_to(next)?;
        at = next;
    }
    Ok(runs_out)
}

fn runs_out_before(state: &State, per_day: Amount, at: Instant, next: Instant) -> Result<Option<Instant>, AmountError> {
    let Some(left) = state.known_spendable()? else { return Ok(None) };
    if !left.is_positive() {
        return Ok(Some(at));
    }
    let seconds = left.seconds_at(per_day).filter(|seconds| *seconds < (next - at).num_seconds());
    Ok(seconds.and_then(|seconds| at.checked_add_signed(TimeDelta::seconds(seconds))))
}

/// What the lots of `before` lose by lapsing until `after`, the earliest first.
fn lapses(before: &State, after: &State) -> Result<Vec<Lapse>, AmountError> {
    let mut all = Vec::new();
    for (id, lot) in before.lots.iter().filter(|(_, lot)| lot.supply == Supply::Finite) {
        let Some((amount, at)) = lapsed_since(after, id, lot.lapsed)?.zip(lot.lapses_at()) else { continue };
        let Some(rule) = before.rules.buckets.get(lot.bucket) else { continue };
        all.push(Lapse { bucket: rule.id.clone(), lot: lot.reference.clone(), at, amount });
    }
    all.sort_by_key(|lapse| lapse.at);
    Ok(all)
}

fn lapsed_since(after: &State, id: LotId, before: Amount) -> Result<Option<Amount>, AmountError> {
    let Some(lot) = after.lots.get(id) else { return Ok(None) };
    Ok(Some(lot.lapsed.minus(before)?).filter(|lapsed| lapsed.is_positive()))
}
