//! What will change an account's figures: resets, lapses, deadlines, and the day on which the credits run out.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::fold::{Life, Lot, LotId, State, Supply};
use super::forecast::promised;
use super::{AccountStatus, Amount, AmountError, BucketId, BucketIndex, BucketStatus, Figure, FigureSource, Instant};

/// What sort of event changes the figures.
///
/// Of several events at one instant the one that is named first here comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Credits reach their expiry.
    Lapses,
    /// Figures whose reset day is unknown have stood for their month: after that nobody knows (SPEC E9).
    BecomesUnknown,
    /// A hold's deadline: what it held can be spent again.
    HoldEnds,
    /// Another plan, or another number of slots, begins to count.
    PlanChanges,
    /// A recurring bucket is refilled.
    Reset,
    /// A grant that waits for its day can be spent.
    Grant,
    /// The subscription ends.
    SubscriptionEnds,
    /// At the present pace nothing is spendable any more.
    RunsOut,
}

impl ChangeKind {
    /// The word used in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lapses => "lapses",
            Self::BecomesUnknown => "becomes-unknown",
            Self::HoldEnds => "hold-ends",
            Self::PlanChanges => "plan-changes",
            Self::Reset => "reset",
            Self::Grant => "grant",
            Self::SubscriptionEnds => "subscription-ends",
            Self::RunsOut => "runs-out",
        }
    }
}

/// An event to come that changes an account's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextChange {
    /// What sort of event.
    pub kind: ChangeKind,
    /// When.
    pub at: Instant,
    /// The bucket that it changes; `None` where it is about the whole account.
    pub bucket: Option<BucketId>,
    /// How much: what lapses as things stand, what a reset refills the bucket to, what is granted, what a hold sets free. `None`
    /// where the event has no amount.
    pub amount: Option<Figure>,
    /// The part of what lapses that holds would take, were they captured now (SPEC E11).
    pub held: Amount,
    /// Whether its instant is inferred or estimated.
    pub approximate: bool,
    /// Whether it comes only if the subscription is renewed.
    pub if_renewed: bool,
}

impl NextChange {
    fn new(kind: ChangeKind, at: Instant, bucket: Option<BucketId>, amount: Option<Figure>) -> Self {
        Self { kind, at, bucket, amount, held: Amount::ZERO, approximate: false, if_renewed: false }
    }
}

/// The next event of each sort, of each bucket where it is about one; the earliest first. All of them lie after `status.at`.
pub(super) fn coming(state: &State, status: &AccountStatus) -> Result<Vec<NextChange>, AmountError> {
    let mut all = resets(status);
    let promised = promised(state)?;
    for bucket in state.rules.bucket_indices() {
        all.extend(lots(state, bucket, &promised)?);
    }
    let upcoming = state.upcoming_grants().min_by_key(|(at, _)| *at);
    all.extend(upcoming.map(|(at, grant)| {
        NextChange::new(ChangeKind::Grant, at, Some(grant.bucket.clone()), Some(Figure::Known(grant.amount)))
    }));
    all.extend(hold(status)?);
    let plan = state.next_phase().map(|at| plan_changes_figures(state, at).map(|changes| changes.then_some(at))).transpose()?;
    all.extend(plan.flatten().map(|at| NextChange::new(ChangeKind::PlanChanges, at, None, None)));
    let ends = status.subscription_ends_at.filter(|_| state.rules.lapses_with_subscription);
    all.extend(ends.map(|at| NextChange::new(ChangeKind::SubscriptionEnds, at, None, None)));
    let runs_out = |at| NextChange { approximate: true, ..NextChange::new(ChangeKind::RunsOut, at, None, None) };
    all.extend(status.forecast.dry_at().map(runs_out));
    all.retain(|change| change.at > status.at);
    all.sort_by_key(|change| (change.at, change.kind));
    Ok(all)
}

fn resets(status: &AccountStatus) -> Vec<NextChange> {
    let reset = |bucket: &BucketStatus| {
        Some(NextChange {
            approximate: bucket.reset_source.is_some_and(FigureSource::is_approximate),
            if_renewed: bucket.if_renewed,
            ..NextChange::new(ChangeKind::Reset, bucket.resets_at?, Some(bucket.id.clone()), bucket.resets_to)
        })
    };
    status.buckets.iter().filter_map(reset).collect()
}

/// The next expiry of credits that are left in a bucket, the end of what is known of it, and the next lots to begin. What lapses
/// or begins at one instant is one event.
fn lots(state: &State, bucket: BucketIndex, promised: &HashMap<LotId, Amount>) -> Result<Vec<NextChange>, AmountError> {
    let Some(rule) = state.rules.bucket(bucket) else { return Ok(Vec::new()) };
    let change = |(id, lot): (LotId, &Lot)| change_of(lot).map(|(kind, at, amount)| (kind, at, amount, id));
    let mut all: Vec<_> = state.lots.standing_in(bucket).filter_map(change).collect();
    all.sort_unstable_by_key(|(kind, at, _, id)| (*kind, *at, *id));
    let mut next: Vec<NextChange> = Vec::new();
    for (kind, at, amount, id) in all {
        let held = promised.get(&id).copied().filter(|_| kind == ChangeKind::Lapses).unwrap_or_default();
        match next.last_mut().filter(|last| last.kind == kind) {
            Some(last) if last.at == at => {
                last.held = last.held.plus(held)?;
                if let (Some(Figure::Known(sum)), Figure::Known(amount)) = (&mut last.amount, amount) {
                    *sum = sum.plus(amount)?;
                }
            }
            Some(_) => {}
            None => {
                let amount = (kind != ChangeKind::BecomesUnknown).then_some(amount);
                next.push(NextChange { held, ..NextChange::new(kind, at, Some(rule.id.clone()), amount) });
            }
        }
    }
    Ok(next)
}

/// What a lot does by itself next, besides ending at a reset.
fn change_of(lot: &Lot) -> Option<(ChangeKind, Instant, Figure)> {
    if lot.life == Life::Pending {
        return match lot.supply {
            Supply::Finite => Some((ChangeKind::Grant, lot.effective_at, Figure::Known(lot.granted))),
            Supply::Unlimited => Some((ChangeKind::Grant, lot.effective_at, Figure::Unlimited)),
            Supply::Unknown => Some((ChangeKind::BecomesUnknown, lot.effective_at, Figure::Unknown)),
        };
    }
    let at = lot.lapses_at().filter(|_| !lot.ends_at_reset)?;
    match lot.supply {
        Supply::Finite if lot.remaining.is_zero() => None,
        Supply::Finite => Some((ChangeKind::Lapses, at, Figure::Known(lot.remaining))),
        Supply::Unlimited => Some((ChangeKind::Lapses, at, Figure::Unlimited)),
        Supply::Unknown => Some((ChangeKind::Lapses, at, Figure::Unknown)),
    }
}

/// The earliest deadline of a hold, with all that it sets free.
fn hold(status: &AccountStatus) -> Result<Option<NextChange>, AmountError> {
    let Some(at) = status.holds.iter().filter_map(|hold| hold.expires_at).min() else { return Ok(None) };
    let due = status.holds.iter().filter(|hold| hold.expires_at == Some(at)).map(|hold| hold.amount);
    let amount = due.into_iter().try_fold(Amount::ZERO, Amount::plus)?;
    Ok(Some(NextChange::new(ChangeKind::HoldEnds, at, None, Some(Figure::Known(amount)))))
}

/// Whether the figures just after a change of the plan differ from those just before: most changes count from the next reset on.
fn plan_changes_figures(state: &State, at: Instant) -> Result<bool, AmountError> {
    let mut then = state.clone();
    then.run_to(at - TimeDelta::nanoseconds(1))?;
    let before = then.lots.figures();
    then.run_to(at)?;
    Ok(then.lots.figures() != before)
}
