//! Where the present pace leads: burn rate, the day on which credits run out, what lapses unused.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::fold::{Draining, LotId, State, Supply, window};
use super::{
    Amount, AmountError, Book, BucketStatus, Figure, FigureSource, Forecast, Instant, Lapse, Lasts, Observation, Source,
    UnknownFactor, UseSeen, months_later,
};

/// Less history than this gives no burn rate.
const LEAST_SECONDS: i64 = 86_400;
/// How far projections look.
pub(super) const HORIZON_MONTHS: u32 = 14;

/// What a forecast is asked of.
pub(super) struct Question<'a> {
    pub book: &'a Book,
    pub state: &'a State,
    /// The buckets at `at`, as they are shown.
    pub buckets: &'a [BucketStatus],
    /// The instant of the state.
    pub at: Instant,
    /// Since when the figures are stale, where they are.
    pub stale_since: Option<Instant>,
}

/// The forecast of an account.
pub(super) fn forecast(question: &Question<'_>) -> Result<Forecast, AmountError> {
    let Question { book, state, at, .. } = *question;
    // A look into the future has seen no more use than there is now.
    let seen = use_seen(book, state, state.asked_at())?;
    let burn_per_day = seen.pace(state.asked_at());
    if let Some(since) = question.stale_since {
        let lasts = Lasts::Unknown { at_least: None, is_dry: false, why: vec![UnknownFactor::Stale(since)] };
        return Ok(Forecast { seen, burn_per_day, lasts, ..Forecast::default() });
    }
    let why = doubts(question);
    let Some(per_day) = burn_per_day else {
        let lasts = without_pace(state, why)?;
        let runs_out_at = (lasts == Lasts::UsedUp).then_some(at);
        return Ok(Forecast { seen, runs_out_at, lasts, ..Forecast::default() });
    };
    let all_known = !why.iter().any(|doubt| matches!(doubt, UnknownFactor::Bucket { .. }));
    let mut course = BurnDown::of(state, per_day);
    course.run(at, all_known)?;
    let lapses = lapses(state, &course)?;
    let lasts = course.lasts(at, why, state.lots.has_unlimited());
    let runs_out_at = match lasts {
        Lasts::UsedUp => Some(at),
        Lasts::Until(until) => Some(until),
        _ => None,
    };
    Ok(Forecast { seen, burn_per_day, runs_out_at, lasts, lapses })
}

/// What lapses unused from a state on at the present pace; `None` where there is no pace.
pub(super) fn lapses_at_pace(book: &Book, state: &State, at: Instant) -> Result<Option<Vec<Lapse>>, AmountError> {
    let Some(per_day) = use_seen(book, state, at)?.pace(at) else { return Ok(None) };
    let mut course = BurnDown::of(state, per_day);
    course.run(at, true)?;
    lapses(state, &course).map(Some)
}

/// How long the credits last where there is no pace: what is not there lasts no longer, and what is unlimited for ever.
fn without_pace(state: &State, mut why: Vec<UnknownFactor>) -> Result<Lasts, AmountError> {
    if state.lots.has_unlimited() {
        return Ok(Lasts::ForEver);
    }
    if why.is_empty() && !state.is_new() && state.spendable()? == Figure::Known(Amount::ZERO) {
        return Ok(Lasts::UsedUp);
    }
    why.insert(0, UnknownFactor::Pace);
    Ok(Lasts::Unknown { at_least: None, is_dry: false, why })
}

/// What is not known at the instant itself and could change the forecast.
fn doubts(question: &Question<'_>) -> Vec<UnknownFactor> {
    if question.state.lapsed {
        return vec![UnknownFactor::SubscriptionEnded];
    }
    let doubt = |bucket: &BucketStatus| match (bucket.remaining, bucket.reset_source) {
        (Figure::Unknown, _) => Some(UnknownFactor::Bucket { bucket: bucket.id.clone(), from: None }),
        (Figure::Known(_), Some(FigureSource::Unknown)) => Some(UnknownFactor::ResetDay(bucket.id.clone())),
        _ => None,
    };
    question.buckets.iter().filter_map(doubt).collect()
}

/// What was used in the last 30 days, as far as entries and observations tell.
fn use_seen(book: &Book, state: &State, now: Instant) -> Result<UseSeen, AmountError> {
    let (recorded_since, recorded) = state.used_lately(now)?;
    let (since, used) = match book.rules.source {
        Source::Ledger => (recorded_since, recorded),
        Source::Polled => {
            let (since, dropped) = dropped_between_polls(&book.observations, window(now), now)?;
            // What was recorded before the last poll is in what it saw.
            let seen = book.observations.iter().filter(|seen| seen.at <= now).map(|seen| seen.last_seen_at.min(now)).max();
            let unseen = state.used_since(seen.unwrap_or_else(|| window(now)).max(window(now))).map(|part| part.amount);
            (since.or(recorded_since), unseen.into_iter().try_fold(dropped, Amount::plus)?)
        }
    };
    Ok(UseSeen { since: since.map(|since| since.max(window(now))), used })
}

impl UseSeen {
    /// Credits per day; `None` where what was seen is less than a day old.
    fn pace(&self, now: Instant) -> Option<Amount> {
        let seconds = (now - self.since?).num_seconds();
        (seconds >= LEAST_SECONDS).then(|| self.used.per_day(seconds)).flatten()
    }
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

/// A projection that spends at a steady pace through resets and expiries.
struct BurnDown {
    state: State,
    per_day: Amount,
    /// When nothing known is spendable any more for the first time.
    runs_out: Option<Instant>,
    /// When something that nobody knows begins to count, and what.
    unsure: Option<(Instant, UnknownFactor)>,
}

impl BurnDown {
    /// Before anything is spent.
    fn of(state: &State, per_day: Amount) -> Self {
        Self { state: state.clone(), per_day, runs_out: None, unsure: None }
    }

    /// Runs to the horizon. `all_known` says whether every bucket is known at the beginning.
    fn run(&mut self, now: Instant, all_known: bool) -> Result<(), AmountError> {
        let horizon = months_later(chrono_tz::Tz::UTC, now, HORIZON_MONTHS);
        let mut at = now;
        while at < horizon {
            let next = self.state.next_event().map_or(horizon, |event| event.min(horizon));
            if self.unsure.is_none() {
                self.unsure = self.doubt(all_known).map(|doubt| (at, doubt));
            }
            if self.runs_out.is_none() {
                self.runs_out = self.runs_out_before(at, next)?;
            }
            let seconds = (next - at).num_seconds();
            let budget = self.state.known_spendable()?;
            let used = budget.map_or(self.per_day.burned_in(seconds), |budget| budget.min(self.per_day.burned_in(seconds)));
            self.state.lots.draw(used, Draining::Spent, None)?;
            self.state.run_to(next)?;
            at = next;
        }
        Ok(())
    }

    /// What nobody knows from here on, in the projection.
    fn doubt(&self, all_known: bool) -> Option<UnknownFactor> {
        let state = &self.state;
        if let (true, Some(ends)) = (state.subscription_is_over(), state.subscription_ends_at) {
            return (!state.lapsed).then_some(UnknownFactor::SubscriptionEnds(ends));
        }
        let unknown = state.rules.bucket_indices().find(|bucket| state.lots.figure_of(*bucket) == Figure::Unknown);
        let rule = unknown.filter(|_| all_known).and_then(|bucket| state.rules.bucket(bucket))?;
        Some(UnknownFactor::Bucket { bucket: rule.id.clone(), from: None })
    }

    fn runs_out_before(&self, at: Instant, next: Instant) -> Result<Option<Instant>, AmountError> {
        let Some(left) = self.state.known_spendable()? else { return Ok(None) };
        if !left.is_positive() {
            return Ok(Some(at));
        }
        let seconds = left.seconds_at(self.per_day).filter(|seconds| *seconds < (next - at).num_seconds());
        Ok(seconds.and_then(|seconds| at.checked_add_signed(TimeDelta::seconds(seconds))))
    }

    /// How long the credits last, given what is not known from the beginning.
    fn lasts(&self, now: Instant, mut why: Vec<UnknownFactor>, unlimited: bool) -> Lasts {
        let by_reset_day = why.iter().all(|doubt| matches!(doubt, UnknownFactor::ResetDay(_)));
        let unsure_at = self.unsure.as_ref().map(|(at, _)| *at);
        let is_sure = |at: Instant| unsure_at.is_none_or(|unsure| at < unsure);
        match self.runs_out {
            Some(at) if at <= now && by_reset_day && is_sure(at) => return Lasts::UsedUp,
            Some(at) if why.is_empty() && is_sure(at) => return Lasts::Until(at),
            None if why.is_empty() && unsure_at.is_none() => {
                return if unlimited { Lasts::ForEver } else { Lasts::BeyondHorizon };
            }
            _ => {}
        }
        let horizon = months_later(chrono_tz::Tz::UTC, now, HORIZON_MONTHS);
        let at_least = self.runs_out.into_iter().chain(unsure_at).min().unwrap_or(horizon);
        if let Some((at, doubt)) = &self.unsure {
            let doubt = match doubt {
                UnknownFactor::Bucket { bucket, .. } => UnknownFactor::Bucket { bucket: bucket.clone(), from: Some(*at) },
                other => other.clone(),
            };
            // Where the reset day is unknown, what is known ends by itself: that is no news.
            if why.is_empty() || !matches!(doubt, UnknownFactor::Bucket { .. }) {
                why.push(doubt);
            }
        }
        let is_dry = by_reset_day && self.runs_out.is_some_and(is_sure);
        Lasts::Unknown { at_least: Some(at_least).filter(|at| *at > now), is_dry, why }
    }
}

/// What holds would take of each lot, were they captured now, and still hold when it lapses (SPEC E11).
///
/// Each held credit counts at one lot only, the one that is drawn first; the holds that end first are taken to be captured first.
pub(super) fn promised(state: &State) -> Result<HashMap<LotId, Amount>, AmountError> {
    let mut holds: Vec<(Option<Instant>, Amount)> = state.holds.open().map(|hold| (hold.expires_at, hold.held)).collect();
    holds.sort_by_key(|(ends, _)| (ends.is_none(), *ends));
    let mut holds = holds.into_iter();
    let mut next = holds.next();
    let mut all = HashMap::new();
    for (id, lot) in state.lots.in_order() {
        if lot.supply != Supply::Finite {
            break;
        }
        let mut left = lot.remaining;
        while let Some((ends, held)) = next.as_mut().filter(|_| left.is_positive()) {
            let part = left.min(*held);
            (left, *held) = (left.minus(part)?, held.minus(part)?);
            if ends.zip(lot.lapses_at()).is_none_or(|(ends, lapses)| ends > lapses) {
                let sum = all.entry(id).or_insert(Amount::ZERO);
                *sum = sum.plus(part)?;
            }
            if held.is_zero() {
                next = holds.next();
            }
        }
    }
    Ok(all)
}

/// What the lots of `before` lose by lapsing until the end of the projection, the earliest first.
fn lapses(before: &State, course: &BurnDown) -> Result<Vec<Lapse>, AmountError> {
    let promised = promised(before)?;
    let mut all = Vec::new();
    for (id, lot) in before.lots.iter().filter(|(_, lot)| lot.supply == Supply::Finite) {
        let Some((amount, at)) = lapsed_since(&course.state, id, lot.lapsed)?.zip(lot.lapses_at()) else { continue };
        let Some(rule) = before.rules.bucket(lot.bucket) else { continue };
        let held = promised.get(&id).copied().unwrap_or_default().min(amount);
        all.push(Lapse { bucket: rule.id.clone(), lot: lot.reference.clone(), at, amount, held });
    }
    all.sort_by_key(|lapse| lapse.at);
    Ok(all)
}

fn lapsed_since(after: &State, id: LotId, before: Amount) -> Result<Option<Amount>, AmountError> {
    let Some(lot) = after.lots.get(id) else { return Ok(None) };
    Ok(Some(lot.lapsed.minus(before)?).filter(|lapsed| lapsed.is_positive()))
}
