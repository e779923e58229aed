//! States that are kept, so that later answers need not begin at the beginning (SPEC E7).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::serde::{ts_nanoseconds, ts_nanoseconds_option};
use serde::{Deserialize, Serialize};

use super::timeline::{Halt, Timeline, base, observed_by_hand};
use super::{BucketState, Hold, Holds, Keep, Lot, LotDraw, LotId, Lots, MovedExpiry, Record, State, Usage, window};
use crate::credit::{Amount, AmountError, BucketId, Extent, FoldEntryRef, Instant, PerBucket, Ref, Rules};

/// The state of an account at an instant, with everything that what happens later can depend on, and nothing else: two folds
/// that agree from then on have equal checkpoints.
///
/// It is serialized as it stands here, in a format that its keeper chooses; instants are nanoseconds since 1970.
///
/// It is good for as long as the rules stay the same and nothing is recorded that happened at its instant or before: no
/// back-dated entry, and no reversal of such an early one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Everything up to this instant is taken in.
    #[serde(with = "ts_nanoseconds")]
    pub(crate) at: Instant,
    /// How many entries are taken in.
    pub(crate) entries: u64,
    /// The first phase that has not begun.
    pub(crate) phase: usize,
    /// Whether any observation was taken in.
    pub(crate) observed: bool,
    /// When a person last observed a figure.
    #[serde(with = "ts_nanoseconds_option")]
    pub(crate) seen_by_hand: Option<Instant>,
    pub(crate) buckets: PerBucket<BucketState>,
    /// The lots that have not ended, and those that a reversal to come brings back, in the order in which they were made. A
    /// [`LotId`] in here is a place among them.
    pub(crate) lots: Vec<Lot>,
    /// The holds that can still change.
    pub(crate) holds: Vec<Hold>,
    /// What entries did that are reversed later, or that were not covered; by ref.
    pub(crate) records: Vec<(Ref, Record)>,
    /// Spends with something uncovered, in the order in which they happened.
    pub(crate) uncovered: Vec<Ref>,
    /// Buckets that entries name and the rules don't have.
    pub(crate) strange: BTreeSet<BucketId>,
    pub(crate) usage: Usage,
    /// How large the amounts are that are taken in.
    pub(crate) extent: Extent,
}

impl Checkpoint {
    /// Another number makes every checkpoint of earlier builds one by other rules: raise it with any change of what the fold makes of entries,
    /// or of the fields that are serialized. Releases do so by themselves.
    pub const REVISION: u32 = 8;

    /// How large the amounts are that are taken in.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Everything up to this instant is taken in.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// How many entries are taken in.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// How many entries should at least lie between this checkpoint and the one before, for it to be worth its room.
    #[must_use]
    pub fn spacing(&self) -> u64 {
        let Self { lots, holds, records, usage, .. } = self;
        Pace::DEFAULT.spacing(parts(lots.len() + holds.len() + records.len(), usage))
    }

    /// In which part another checkpoint differs, in a word or two; `None` where they are equal.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let differs = [
            ("instant", self.at != other.at),
            ("number of entries", self.entries != other.entries),
            ("lots", self.lots != other.lots),
            ("buckets", self.buckets != other.buckets),
            ("holds", self.holds != other.holds),
            ("uncovered spends", self.uncovered != other.uncovered),
            ("names of buckets", self.strange != other.strange),
            ("recent usage", self.usage != other.usage),
            ("sum of amounts", self.extent != other.extent),
            ("reversals to come", self.records != other.records),
            ("plan", self.phase != other.phase),
            ("observations by hand", self.seen_by_hand != other.seen_by_hand || self.observed != other.observed),
        ];
        differs.into_iter().find(|(_, differs)| *differs).map(|(part, _)| part)
    }
}

/// How often checkpoints are taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// At least so many entries lie between two of them.
    pub(super) entries: u64,
    /// Where the history ends, so many new ones are enough.
    pub(super) last: u64,
    /// At least so many for each part of the later one, so that together they take about as much room as the entries.
    pub(super) a_part: u64,
}

impl Pace {
    /// A thousand entries are folded in less time than it takes to see it.
    pub(crate) const DEFAULT: Self = Self { entries: 1000, last: 100, a_part: 2 };

    /// How many entries lie between two checkpoints, the later of which holds so many parts.
    fn spacing(self, parts: usize) -> u64 {
        self.entries.max(parts as u64 * self.a_part)
    }

    fn at_the_end(self, parts: usize) -> u64 {
        self.last.max(parts as u64 * self.a_part / 8)
    }
}

/// How many parts a checkpoint has: what was used of late takes little room.
fn parts(others: usize, usage: &Usage) -> usize {
    others + usage.recent.len() / 8
}

/// Takes checkpoints along a fold.
struct Collector {
    pace: Pace,
    /// How many entries the fold started with.
    before: u64,
    /// How many entries the last checkpoint has taken in.
    covered: u64,
    /// When a person observed figures, the earliest first.
    by_hand: Vec<Instant>,
    taken: Vec<Checkpoint>,
}

impl Collector {
    fn look(&mut self, state: &mut State, halt: Halt) -> Result<(), AmountError> {
        let entries = self.before + halt.entries;
        let new = entries - self.covered;
        let is_worth_it = |state: &State| {
            let parts = state.parts();
            new >= self.pace.spacing(parts) || halt.is_last && new >= self.pace.at_the_end(parts)
        };
        if new >= self.pace.entries.min(self.pace.last) && is_worth_it(state) {
            state.run_to(halt.at)?;
            self.taken.push(state.checkpoint(halt.at, entries, last_seen(&self.by_hand, halt.at)));
            self.covered = entries;
        }
        Ok(())
    }
}

impl<'a> Timeline<'a> {
    /// The latest instant whose checkpoint can be folded on from: none at or after what the figures of a polled account start
    /// from.
    pub(crate) fn latest_start(self) -> Instant {
        let base = base(self.rules, self.observations, self.at);
        base.map_or(self.at, |(_, seen)| (seen - chrono::TimeDelta::nanoseconds(1)).min(self.at))
    }

    /// Folds on from a checkpoint, or from the beginning, and takes the checkpoints that are worth it on the way.
    ///
    /// `entries`, in any order, are all that the checkpoint has not taken in.
    pub(crate) fn fold_on<E: Into<FoldEntryRef<'a>>>(
        self,
        start: Option<Checkpoint>,
        entries: impl Iterator<Item = E> + Clone,
        pace: Pace,
    ) -> Result<(State, Vec<Checkpoint>), AmountError> {
        let entries = entries.map(Into::into);
        let before = start.as_ref().map_or(0, |start| start.entries);
        let extent = start.as_ref().map(|start| start.extent).unwrap_or_default();
        let by_hand = by_hand(start.as_ref().and_then(|start| start.seen_by_hand), entries.clone());
        let mut collector = Collector { pace, before, covered: before, by_hand, taken: Vec::new() };
        let keep = Keep::reversed(entries.clone());
        let state = self.fold(start, entries.clone(), keep, |state, halt| collector.look(state, halt))?;
        measure(&mut collector.taken, extent, entries);
        Ok((state, collector.taken))
    }

    /// The checkpoints that the fold from the beginning gives at these rising instants; none where nothing was recorded, or
    /// where it can't be told yet what a checkpoint must hold.
    pub(crate) fn checkpoints_at<E: Into<FoldEntryRef<'a>>>(
        self,
        instants: &[Instant],
        entries: impl Iterator<Item = E> + Clone,
    ) -> Result<Vec<Checkpoint>, AmountError> {
        let entries = entries.map(Into::into);
        let by_hand = by_hand(None, entries.clone());
        let mut taken = Vec::new();
        let keep = Keep::reversed(entries.clone());
        self.fold(None, entries.clone(), keep, |state, halt| {
            if instants.binary_search(&halt.at).is_ok() {
                state.run_to(halt.at)?;
                taken.push(state.checkpoint(halt.at, halt.entries, last_seen(&by_hand, halt.at)));
            }
            Ok(())
        })?;
        measure(&mut taken, Extent::default(), entries);
        Ok(taken)
    }
}

/// Adds to each of these checkpoints, the earliest first, how large the amounts are that it takes in.
fn measure<'a>(taken: &mut [Checkpoint], before: Extent, entries: impl Iterator<Item = FoldEntryRef<'a>>) {
    if taken.is_empty() {
        return;
    }
    for entry in entries {
        let first = taken.partition_point(|checkpoint| checkpoint.at < entry.at);
        if let (Some(checkpoint), Some(amount)) = (taken.get_mut(first), entry.amount()) {
            checkpoint.extent = checkpoint.extent.and(amount);
        }
    }
    taken.iter_mut().fold(before, |before, checkpoint| {
        checkpoint.extent = before.joined(checkpoint.extent);
        checkpoint.extent
    });
}

/// When a person observed figures that stand, the earliest first.
fn by_hand<'a>(before: Option<Instant>, entries: impl Iterator<Item = FoldEntryRef<'a>> + Clone) -> Vec<Instant> {
    // No checkpoint is taken between an observation and its reversal, so those reversed later don't matter either.
    let stand = observed_by_hand(entries, Instant::MAX_UTC).map(|entry| entry.at);
    let mut seen: Vec<Instant> = before.into_iter().chain(stand).collect();
    seen.sort_unstable();
    seen
}

/// The last of these rising instants that is not after `at`.
fn last_seen(by_hand: &[Instant], at: Instant) -> Option<Instant> {
    by_hand.partition_point(|seen| *seen <= at).checked_sub(1).and_then(|last| by_hand.get(last).copied())
}

impl State {
    /// Roughly how many parts a checkpoint of this state would have.
    fn parts(&self) -> usize {
        parts(self.lots.standing() + self.holds.standing() + self.records.len() - self.reversed, &self.usage)
    }

    /// What of this state, at `at`, later answers can depend on. It has run to `at`, and no provider's observation is in it.
    ///
    /// The extent is for [`measure`] to add: it does not follow from the state.
    fn checkpoint(&self, at: Instant, entries: u64, seen_by_hand: Option<Instant>) -> Checkpoint {
        let to_come = |reference: &Ref, record: &Record| self.keep.may_be_reversed(reference) && record.reversed_by.is_none();
        let reversible: HashMap<&Ref, &Record> =
            self.records.iter().filter(|(reference, record)| to_come(reference, record)).collect();
        let overtaken = reversible.values().flat_map(|record| &record.overtaken).copied();
        let (lots, places) = self.lots.extract(overtaken);
        let place = |id: LotId| places.get(&id).copied();
        let mut records: Vec<(Ref, Record)> =
            reversible.iter().map(|(reference, record)| ((*reference).clone(), record.renumbered(place))).collect();
        let uncovered = self.uncovered.iter().filter(|reference| !reversible.contains_key(reference));
        records.extend(uncovered.filter_map(|reference| {
            let uncovered = self.records.get(reference)?.uncovered;
            Some((reference.clone(), Record { uncovered, ..Record::default() }))
        }));
        records.sort_by(|(one, _), (other, _)| one.cmp(other));
        let given_back = |(_, amount): &&(Ref, Amount)| amount.is_positive();
        let named = reversible.values().filter_map(|record| record.hold.as_ref()).filter(given_back).map(|(hold, _)| hold);
        let known = |reference: &Option<Ref>| reference.clone().filter(|reference| reversible.contains_key(reference));
        let recent = self.uses_since(window(at)).map(|part| super::Use { reference: known(&part.reference), ..part.clone() });
        let cycle = |cycle: &[LotId]| cycle.iter().copied().filter_map(place).collect();
        Checkpoint {
            at,
            entries,
            phase: self.phase,
            observed: self.observed,
            seen_by_hand,
            buckets: self.buckets.iter().map(|bucket| BucketState { cycle: cycle(&bucket.cycle), ..bucket.clone() }).collect(),
            lots,
            holds: self.holds.extract(named),
            records,
            uncovered: self.uncovered.clone(),
            strange: self.strange.clone(),
            usage: Usage { since: self.usage.since, recent: recent.collect() },
            extent: Extent::default(),
        }
    }

    /// What a fold begins with: a checkpoint, or an account before anything happened.
    pub(crate) fn begin(start: Option<Checkpoint>, rules: Arc<Rules>, present: Instant, keep: Keep) -> Result<Self, AmountError> {
        match start {
            Some(start) => Self::resume(start, rules, present, keep),
            None => Self::new(rules, present, keep),
        }
    }

    /// The state that a checkpoint was taken of, to be folded on. Of the entries that `keep` names those before the checkpoint
    /// are in it.
    fn resume(start: Checkpoint, rules: Arc<Rules>, present: Instant, keep: Keep) -> Result<Self, AmountError> {
        let bare = Self::bare(rules, present, keep);
        let phase = start.phase.checked_sub(1).and_then(|index| bare.rules.phases.get(index));
        Ok(Self {
            plan: phase.map_or_else(|| bare.plan.clone(), |phase| phase.plan.clone()),
            lots: Lots::standing_again(Arc::clone(&bare.rules), start.lots)?,
            holds: Holds::open_again(start.holds, start.at)?,
            buckets: start.buckets,
            records: Arc::new(start.records.into_iter().collect()),
            usage: Arc::new(start.usage),
            uncovered: start.uncovered,
            strange: start.strange,
            observed: start.observed,
            phase: start.phase,
            ..bare
        })
    }
}

impl Record {
    /// The same with other numbers for lots; without those that have none.
    fn renumbered(&self, place: impl Fn(LotId) -> Option<LotId>) -> Self {
        let all = |ids: &[LotId]| ids.iter().copied().filter_map(&place).collect();
        let draws = self.draws.iter().filter_map(|draw| Some(LotDraw { lot: place(draw.lot)?, amount: draw.amount }));
        let moved = self.moved.iter().filter_map(|moved| Some(MovedExpiry { lot: place(moved.lot)?, ..*moved }));
        Self {
            draws: draws.collect(),
            made: all(&self.made),
            silenced: all(&self.silenced),
            moved: moved.collect(),
            overtaken: all(&self.overtaken),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests;
