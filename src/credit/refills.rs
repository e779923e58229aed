//! Resets that nobody tells, inferred from refills that polls have seen (SPEC P7).

use std::sync::Arc;

use chrono::TimeDelta;

use super::calendar::months_later;
use super::{
    Amount, AmountError, BucketId, BucketKind, ByPlan, Figure, FigureSource, Instant, Observation, PlanFilter, Recurrence,
    ResetRule, Rules, Source, pick,
};

/// A bucket counts as refilled from this part of its quota on: a little may have been used before the poll that sees it.
const ABOUT_FULL: i64 = 90;

/// A rise by a smaller part of the quota is no refill.
const LEAST_RISE: i64 = 10;

/// A single refill tells the day only where the polls around it are no further apart.
const NARROW: TimeDelta = TimeDelta::days(1);

/// What two refills leave open of the day must be no longer.
const WIDEST: TimeDelta = TimeDelta::days(3);

/// Refills that are no more months apart than this speak of one monthly reset.
const MONTHS_APART: u32 = 3;

/// What two successive polls say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) before: &'a Observation,
    pub(super) after: &'a Observation,
}

/// How a bucket's figure changed from one poll to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// Negative where it fell.
    pub(super) rise: Amount,
    before: Amount,
    after: Amount,
    capacity: Option<Amount>,
}

/// Successive polls; `seen` is in the order of time.
pub(super) fn spans<'a>(seen: &'a [&'a Observation]) -> impl Iterator<Item = Span<'a>> {
    seen.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(Span { before, after }),
        _ => None,
    })
}

impl Span<'_> {
    /// When the earlier figures were seen last.
    pub(super) fn from(&self) -> Instant {
        self.before.last_seen_at.min(self.after.at)
    }

    /// When the later figures were seen first.
    pub(super) fn to(&self) -> Instant {
        self.after.at
    }

    /// Whether the subscription that the earlier poll told of ended meanwhile.
    pub(super) fn ends_subscription(&self) -> bool {
        self.before.subscription_ends_at.is_some_and(|ends| ends > self.from() && ends <= self.to())
    }

    /// How a bucket changed; `None` where one of the polls did not tell a figure of it.
    pub(super) fn change_of(&self, bucket: &BucketId) -> Result<Option<Change>, AmountError> {
        let find = |seen: &'_ Observation| seen.buckets.iter().find(|figures| figures.bucket == *bucket).cloned();
        let (Some(old), Some(new)) = (find(self.before), find(self.after)) else { return Ok(None) };
        let (Figure::Known(before), Figure::Known(after)) = (old.remaining, new.remaining) else { return Ok(None) };
        let capacity = new.capacity.and_then(Figure::known).filter(|capacity| capacity.is_positive());
        Ok(Some(Change { rise: after.minus(before)?, before, after, capacity }))
    }
}

impl Change {
    /// Whether the bucket then has about its quota, or rose by about its quota, as where the rest rolls over. A rise of less than a
    /// tenth of the quota is none of these.
    pub(super) fn is_refill(&self) -> bool {
        let reaches = |amount, percent| self.percent(amount).is_some_and(|reached| reached >= percent);
        reaches(self.rise, LEAST_RISE) && (reaches(self.after, ABOUT_FULL) || reaches(self.rise, ABOUT_FULL))
    }

    /// Whether more than a full cycle was cut to about one, as where what rolled over ends.
    pub(super) fn is_cut(&self) -> bool {
        let was_more = self.capacity.is_some_and(|capacity| self.before > capacity && self.after <= capacity);
        was_more && self.percent(self.after).is_some_and(|percent| percent >= ABOUT_FULL)
    }

    fn percent(&self, amount: Amount) -> Option<i64> {
        self.capacity.and_then(|capacity| amount.percent_of(capacity))
    }
}

/// A refill that polls have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refill {
    /// The last poll before it.
    pub from: Instant,
    /// The first poll after it.
    pub by: Instant,
}

/// Why a reset is taken to be known, as a clause without a full stop: `the reset is inferred: seen refilled on 7 Oct and 7 Nov`;
/// `None` without evidence. `day` names the day of an instant.
#[must_use]
pub fn evidence_words(evidence: &[Refill], day: impl Fn(Instant) -> String) -> Option<String> {
    let days: Vec<String> = evidence.iter().map(|refill| day(refill.by)).collect();
    (!days.is_empty()).then(|| format!("the reset is inferred: seen refilled on {}", days.join(" and ")))
}

/// When a bucket resets, as refills show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferredReset {
    /// The bucket.
    pub bucket: BucketId,
    /// Within which time of the last refill's month it lies. It is taken to lie at the end: credits are not promised before that.
    pub span: Refill,
    /// What it is inferred from, the earliest first.
    pub evidence: Vec<Refill>,
}

/// When the recurring buckets of a polled account reset, as far as refills show it.
///
/// Evidence enough are two refills one to three months apart, or a single one between two polls that are at most a day apart. A
/// month in which polls saw the figure at the time, and it was not refilled, is evidence against it; so are two refills that no
/// monthly day explains.
#[must_use]
pub fn inferred_resets(rules: &Rules, seen: &[Observation]) -> Vec<InferredReset> {
    if rules.source != Source::Polled || rules.resets_stated {
        return Vec::new();
    }
    let mut seen: Vec<&Observation> = seen.iter().collect();
    seen.sort_by_key(|seen| (seen.at, seen.seq));
    let recurring = rules.buckets.iter().filter(|rule| rule.kind == BucketKind::Recurring);
    recurring.filter_map(|rule| inferred(&rule.id, &seen)).collect()
}

/// The rules with the resets that refills show, before those that are only estimated or usual; as they are where the account's
/// settings state its day.
///
/// Where such an estimate lies within what the refills leave open, it tells the instant best.
#[must_use]
pub fn with_inferred_resets(rules: &Arc<Rules>, seen: &[Observation]) -> Arc<Rules> {
    let inferred = inferred_resets(rules, seen);
    if inferred.is_empty() {
        return Arc::clone(rules);
    }
    let mut rules = Rules::clone(rules);
    let last = seen.iter().max_by_key(|seen| (seen.at, seen.seq));
    for InferredReset { bucket, span, .. } in inferred {
        let Some(rule) = rules.buckets.iter_mut().find(|rule| rule.id == bucket) else { continue };
        // Rules that had it inferred before learn it anew.
        rule.resets.retain(|option| !matches!(option.value, ResetRule::Schedule { source: FigureSource::Inferred, .. }));
        let plan = rules.configured_plan.as_ref().or(last.and_then(|last| last.plan.as_ref()));
        let usual = pick(&rule.resets, plan).and_then(|rule| recurrence(*rule, last?.subscription_ends_at));
        let usual = usual.and_then(|usual| usual.last_by(span.by)).filter(|at| *at >= span.from);
        let recurrence = Recurrence::MonthlyFrom { anchor: usual.unwrap_or(span.by), until: None };
        let value = ResetRule::Schedule { recurrence, source: FigureSource::Inferred };
        rule.resets.insert(0, ByPlan { plans: PlanFilter::Any, value });
    }
    Arc::new(rules)
}

/// When resets are due by a rule, at an account whose subscription ends at that instant.
pub(super) fn recurrence(rule: ResetRule, subscription_ends_at: Option<Instant>) -> Option<Recurrence> {
    match rule {
        ResetRule::Schedule { recurrence, .. } => Some(recurrence),
        ResetRule::FromSubscriptionEnd => {
            subscription_ends_at.map(|anchor| Recurrence::MonthlyFrom { anchor, until: Some(anchor) })
        }
    }
}

fn inferred(bucket: &BucketId, seen: &[&Observation]) -> Option<InferredReset> {
    // A figure that can't be told apart from others is no refill.
    let changes: Vec<(Span<'_>, Change)> = spans(seen).filter_map(|span| Some((span, span.change_of(bucket).ok()??))).collect();
    let refills: Vec<Refill> = changes
        .iter()
        .filter(|(_, change)| change.is_refill())
        .map(|(span, _)| Refill { from: span.from(), by: span.to() })
        .collect();
    let (last, earlier) = refills.split_last()?;
    let pair = earlier.iter().rev().find_map(|first| common(first, last).map(|(span, months)| (*first, span, months)));
    let (evidence, span, months) = match pair {
        Some((first, span, months)) => (vec![first, *last], span, months),
        None if earlier.is_empty() && last.by - last.from <= NARROW => (vec![*last], *last, 0),
        None => return None,
    };
    let is_contradicted = (1 - months..).filter(|n| *n != 0).map_while(|n| expected(span, n, seen)).any(|at| fails(&changes, at));
    (!is_contradicted).then(|| InferredReset { bucket: bucket.clone(), span, evidence })
}

/// The part of the later refill's span in which a monthly reset lies that explains both, and how many months lie between.
fn common(first: &Refill, last: &Refill) -> Option<(Refill, i64)> {
    (1..=MONTHS_APART).find_map(|months| {
        let later = |at| months_later(chrono_tz::Tz::UTC, at, months);
        let (from, by) = (later(first.from).max(last.from), later(first.by).min(last.by));
        (from <= by && by - from <= WIDEST).then_some((Refill { from, by }, i64::from(months)))
    })
}

/// When a reset is expected that many months after the inferred one; `None` where polls have not seen all of that.
fn expected(span: Refill, months: i64, seen: &[&Observation]) -> Option<Refill> {
    let month = |anchor| Recurrence::MonthlyFrom { anchor, until: None }.nth(months);
    let (from, by) = (month(span.from)?, month(span.by)?);
    seen.last().is_some_and(|last| by < last.last_seen_at).then_some(Refill { from, by })
}

/// Whether polls saw an expected reset fail to come: the figure was there to be refilled, and did not rise.
fn fails(changes: &[(Span<'_>, Change)], expected: Refill) -> bool {
    let Refill { from, by } = expected;
    let full = |change: &Change| change.capacity.is_some_and(|all| change.before >= all);
    let mut around = changes.iter().filter(|(span, _)| span.to() > from && span.from() < by).peekable();
    if around.peek().is_some() {
        return around.all(|(_, change)| !change.rise.is_positive() && !full(change));
    }
    // One figure from before the day until after it.
    let stayed = changes.iter().any(|(span, _)| span.after.at <= from && by <= span.after.last_seen_at);
    stayed && !was_full(changes, from)
}

/// Whether a bucket was full at an instant, so that nobody could see it refilled.
fn was_full(changes: &[(Span<'_>, Change)], at: Instant) -> bool {
    let then = changes.iter().rev().find(|(span, _)| span.after.at <= at);
    then.is_some_and(|(_, change)| change.capacity.is_some_and(|all| change.after >= all))
}

#[cfg(test)]
pub(super) mod tests;
