//! The fold: rules, observations and entries become the state of an account at an instant.
//!
//! A [`State`] only moves forward. What happens at one instant happens in the order of SPEC E5: expiries of lots, then of
//! holds, plan changes, resets, grants, and the rest in the order of recording. Running to an instant in several steps
//! gives the same state as running there at once.

mod apply;
mod checkpoint;
mod holds;
mod levels;
mod lot;
mod lots;
mod outlook;
mod replay;
mod retrace;
mod schedule;
mod timeline;
mod usage;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::Location;
use std::sync::Arc;

use chrono::serde::ts_nanoseconds_option;
use serde::{Deserialize, Serialize};

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::Pace;
#[cfg(test)]
pub(crate) use holds::HoldEnd;
pub(crate) use holds::{Hold, Holds};
pub(crate) use lot::{Life, Lot, LotId, OrderedLot, Supply};
pub(crate) use lots::{Draining, LotDraw, Lots, MovedExpiry};
use timeline::{Input, inputs};
pub(crate) use timeline::{Moment, Timeline};
pub(crate) use usage::{Usage, Use, window};

pub(crate) use replay::{Cause, HoldWatch, Step, Tally, replay};
pub(crate) use schedule::Event;

use super::{
    Amount, AmountError, BucketId, BucketIndex, Figure, FigureSource, FoldEntryRef, Grant, Instant, PerBucket, PlanId,
    Recurrence, Ref, Rules, Seq, Source,
};

/// What an entry did, as far as a reversal or an explanation needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What was drawn from lots.
    pub draws: Vec<LotDraw>,
    /// Whether the draws were spent or adjusted away.
    pub adjusting: bool,
    /// What no lot could pay.
    pub uncovered: Amount,
    /// What known credits could not pay while others were unknown.
    pub unknown: Amount,
    /// Lots that the entry made.
    pub made: Vec<LotId>,
    /// Unknown lots that an observation replaced.
    pub silenced: Vec<LotId>,
    /// Lots whose expiry an observation moved, with the old one.
    pub moved: Vec<MovedExpiry>,
    /// Unknown lots that waited for the end of an earlier figure's month.
    pub overtaken: Vec<LotId>,
    /// What it changed about a hold.
    pub hold: Option<(Ref, Amount)>,
    /// Whether it ended that hold.
    pub ended_hold: bool,
    /// The ref of the entry that reversed it; no checkpoint holds what is reversed already.
    #[serde(skip)]
    pub reversed_by: Option<Ref>,
}

/// Something that rules and admission exclude, met in a fold: a fault of the engine or a damaged ledger, never of who asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A reversal of an entry that did nothing, though it happened before.
    #[error("{by:?} reverses {target:?}, of which nothing is known")]
    ReversalOfNothing {
        /// The ref of the reversal.
        by: Ref,
        /// The ref that it names.
        target: Ref,
    },
    /// The engine met what it excludes itself.
    #[error("the engine met {what} ({at}), which can't be")]
    Impossible {
        /// What it met.
        what: &'static str,
        /// The place in the engine.
        at: &'static Location<'static>,
    },
}

/// An entry that was reversed without having happened: a grant that is dated ahead, or an observation by hand of a polled account,
/// which its reversal makes void from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Revoked {
    target: Ref,
    by: Ref,
    /// When it was reversed.
    at: Instant,
}

/// What the fold knows of a bucket besides its lots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct BucketState {
    /// What the present cycle started with.
    pub capacity: Option<Figure>,
    /// The next reset that the fold will run.
    #[serde(with = "ts_nanoseconds_option")]
    pub next_reset: Option<Instant>,
    /// The ref of the entry by which a person observed the figure last, until the next reset.
    pub observed_by: Option<Ref>,
    /// The lots that end at that reset.
    pub cycle: Vec<LotId>,
}

/// An account's credits at an instant.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub rules: Arc<Rules>,
    pub lots: Lots,
    pub holds: Holds,
    pub buckets: PerBucket<BucketState>,
    /// What entries did, by ref, as far as it is kept.
    pub records: Arc<HashMap<Ref, Record>>,
    /// How many of these entries are reversed.
    reversed: usize,
    /// What was reversed without having happened.
    revoked: Vec<Revoked>,
    /// What can't be: where it is set, no figure counts.
    pub fault: Option<Fault>,
    keep: Keep,
    /// What was used of late.
    usage: Arc<Usage>,
    /// When a person last observed a figure, where that was not reversed.
    pub seen_by_hand: Option<Instant>,
    /// Spends with something uncovered, in the order in which they happened.
    pub uncovered: Vec<Ref>,
    /// Buckets that entries name and the rules don't have: what they hold is not counted.
    pub strange: BTreeSet<BucketId>,
    /// The plan that counts: configured, else reported.
    pub plan: Option<PlanId>,
    pub email: Option<String>,
    pub subscription_ends_at: Option<Instant>,
    /// Whether the subscription has ended.
    pub lapsed: bool,
    /// Whether any observation was taken in.
    pub observed: bool,
    /// A subscription that ends after this instant is taken to be renewed: projections count its last reset.
    present: Instant,
    /// The first phase that has not begun.
    phase: usize,
    /// Whether the end of the subscription has been dealt with.
    end_passed: bool,
    /// Grants that are dated after the present, by instant: projections count them. Those that came are taken off the end.
    upcoming: Vec<Arc<Coming>>,
}

/// Of which entries it is kept what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Of all: any of them may be asked about, or be reversed by an entry that is not known yet.
    All,
    /// Of these, which later entries reverse, and of those that were not covered.
    Only(Arc<HashSet<Ref>>),
}

/// A grant that is dated after the present.
#[derive(Debug)]
struct Coming {
    at: Instant,
    seq: Seq,
    reference: Ref,
    grant: Grant,
}

impl State {
    /// An account before anything happened. `present` is the instant up to which a subscription's end counts as an end.
    pub(crate) fn new(rules: Arc<Rules>, present: Instant, keep: Keep) -> Result<Self, AmountError> {
        let mut state = Self::bare(rules, present, keep);
        state.plant()?;
        Ok(state)
    }

    /// An account without what follows from its rules.
    fn bare(rules: Arc<Rules>, present: Instant, keep: Keep) -> Self {
        Self {
            lots: Lots::new(Arc::clone(&rules)),
            holds: Holds::default(),
            buckets: PerBucket::of(&rules, BucketState::default()),
            records: Arc::default(),
            reversed: 0,
            revoked: Vec::new(),
            fault: None,
            keep,
            usage: Arc::default(),
            seen_by_hand: None,
            uncovered: Vec::new(),
            strange: BTreeSet::new(),
            plan: rules.configured_plan.clone(),
            email: None,
            subscription_ends_at: None,
            lapsed: false,
            observed: false,
            present,
            phase: 0,
            end_passed: false,
            upcoming: Vec::new(),
            rules,
        }
    }

    /// Adds what follows from the rules alone: scheduled grants, and the unknown figures of a polled account.
    fn plant(&mut self) -> Result<(), AmountError> {
        let rules = Arc::clone(&self.rules);
        for grant in &rules.scheduled {
            let Some(bucket) = rules.bucket_index(&grant.bucket) else { continue };
            let (amount, supply) = match grant.amount {
                Figure::Known(amount) => (amount, Supply::Finite),
                Figure::Unlimited => (Amount::ZERO, Supply::Unlimited),
                Figure::Unknown => (Amount::ZERO, Supply::Unknown),
            };
            let reference = Ref::new(&grant.label).ok();
            let lot = Lot::new(bucket, reference, amount, grant.effective_at).with_supply(supply).expiring(grant.expires_at);
            // Nothing has happened yet: every scheduled lot waits, also one that is effective in 1970.
            self.lots.add(lot, Instant::MIN_UTC)?;
        }
        if rules.source == Source::Polled {
            for bucket in rules.bucket_indices() {
                let unknown = Lot::new(bucket, None, Amount::ZERO, Instant::UNIX_EPOCH).with_supply(Supply::Unknown);
                self.lots.add(unknown.sourced(FigureSource::Unknown), Instant::UNIX_EPOCH)?;
            }
        }
        Ok(())
    }

    /// All that remains and is not held: unlimited wins over unknown.
    pub(crate) fn spendable(&self) -> Result<Figure, AmountError> {
        Ok(match self.lots.total() {
            Figure::Known(total) => Figure::Known(total.minus(self.holds.total())?.or_zero()),
            other => other,
        })
    }

    /// The known part of what is spendable; `None` where it is unlimited.
    pub(crate) fn known_spendable(&self) -> Result<Option<Amount>, AmountError> {
        if self.lots.has_unlimited() {
            return Ok(None);
        }
        Ok(Some(self.lots.net()?.minus(self.holds.total())?.or_zero()))
    }

    /// The real present, of which a later state is a projection.
    pub(crate) fn asked_at(&self) -> Instant {
        self.present
    }

    /// Grants that are dated after the present, each with the instant from which it can be spent.
    pub(crate) fn upcoming_grants(&self) -> impl Iterator<Item = (Instant, &Grant)> {
        self.upcoming.iter().map(|coming| (coming.grant.effective_at.unwrap_or(coming.at), &coming.grant))
    }

    /// When the next plan, or number of slots, begins to count.
    pub(crate) fn next_phase(&self) -> Option<Instant> {
        self.rules.phases.get(self.phase).map(|phase| phase.from)
    }

    /// Whether nothing was recorded or granted yet.
    pub(crate) fn is_new(&self) -> bool {
        self.usage.since.is_none() && self.lots.iter().all(|(_, lot)| lot.life == Life::Pending)
    }

    /// The record of an entry; an empty one where it did nothing.
    pub(crate) fn record(&self, reference: &Ref) -> Option<&Record> {
        self.records.get(reference)
    }

    /// The recurrence by which a bucket resets, if its rule is known and the subscription goes on.
    pub(crate) fn recurrence(&self, bucket: BucketIndex) -> Option<(Recurrence, FigureSource)> {
        use super::{ResetRule, pick};
        let rule = pick(&self.rules.bucket(bucket)?.resets, self.plan.as_ref())?;
        match *rule {
            ResetRule::Schedule { recurrence, source } => Some((recurrence, source)),
            ResetRule::FromSubscriptionEnd => {
                let anchor = self.subscription_ends_at?;
                Some((Recurrence::MonthlyFrom { anchor, until: Some(anchor) }, FigureSource::Estimated))
            }
        }
    }

    /// Whether the subscription ends at or before `at`: what comes then comes only if it is renewed.
    pub(crate) fn subscription_ends_by(&self, at: Instant) -> bool {
        self.rules.lapses_with_subscription && self.subscription_ends_at.is_some_and(|ends| ends <= at)
    }

    /// Whether the end of the subscription has come, in the present or in a projection.
    pub(crate) fn subscription_is_over(&self) -> bool {
        self.rules.lapses_with_subscription && self.end_passed
    }

    /// Whether a reset at or before `at` rests on an estimate.
    pub(crate) fn resets_approximately(&self, at: Instant) -> bool {
        let due = self
            .rules
            .bucket_indices()
            .zip(self.buckets.iter())
            .filter(|(_, bucket)| bucket.next_reset.is_some_and(|reset| reset <= at));
        due.filter_map(|(index, _)| self.recurrence(index)).any(|(_, source)| source.is_approximate())
    }

    /// The next reset of a bucket after `t`; none after the end of a subscription.
    pub(super) fn reset_after(&self, bucket: BucketIndex, t: Instant) -> Option<Instant> {
        let (recurrence, _) = self.recurrence(bucket)?;
        let next = recurrence.next_after(t)?;
        let ends = self.subscription_ends_at.filter(|_| self.rules.lapses_with_subscription);
        ends.is_none_or(|ends| next <= ends).then_some(next)
    }
}

impl Keep {
    /// Of what is reversed by one of these entries.
    pub(crate) fn reversed<'a, E: Into<FoldEntryRef<'a>>>(entries: impl Iterator<Item = E>) -> Self {
        Self::Only(Arc::new(entries.filter_map(|entry| entry.into().reverses()).cloned().collect()))
    }

    fn wants(&self, reference: &Ref, record: &Record) -> bool {
        record.uncovered.is_positive() || self.may_be_reversed(reference)
    }

    fn may_be_reversed(&self, reference: &Ref) -> bool {
        match self {
            Self::All => true,
            Self::Only(reversed) => !reversed.is_empty() && reversed.contains(reference),
        }
    }
}

#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod shortcut_tests;
#[cfg(test)]
mod tests;
