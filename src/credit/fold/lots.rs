//! All lots of an account, with the order in which they are drawn and the instants at which they change.

mod active_lots;
mod draws;
mod extract;
mod unknown;

use std::collections::BTreeSet;
use std::panic::Location;
use std::sync::Arc;

use active_lots::{ActiveLots, merged};
pub(crate) use draws::{Draining, LotDraw};
pub(crate) use unknown::MovedExpiry;

use super::Fault;
use super::lot::{Life, Lot, LotId, OrderedLot, Supply};
use crate::credit::{Amount, AmountError, BucketIndex, Figure, Instant, PerBucket, Rules};

/// Every number of a lot was given by [`Lots::add`], and no lot is taken away.
const NO_LOT: &str = "the number of a lot that is not there";

/// Every lot's bucket is one of the rules.
const NO_BUCKET: &str = "a lot of a bucket that the rules don't have";

/// The lots of one account.
#[derive(Debug, Clone)]
pub(crate) struct Lots {
    rules: Arc<Rules>,
    all: Vec<Lot>,
    /// The active lots of each bucket, by the bucket's place in the rules.
    by_bucket: PerBucket<ActiveLots>,
    /// Lots that wait for their effective instant.
    pending: BTreeSet<(Instant, LotId)>,
    /// Lots that lapse by an expiry of their own.
    expiring: BTreeSet<(Instant, LotId)>,
    /// What remains in drawable finite lots.
    finite: Amount,
    /// The lots that changed since somebody looked, where somebody does.
    changed: Option<Vec<LotId>>,
    /// The first thing that was met and can't be.
    fault: Option<Fault>,
}

impl Lots {
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        Self {
            by_bucket: PerBucket::of(&rules, ActiveLots::default()),
            rules,
            all: Vec::new(),
            pending: BTreeSet::new(),
            expiring: BTreeSet::new(),
            finite: Amount::ZERO,
            changed: None,
            fault: None,
        }
    }

    /// The first thing that was met and can't be: then no figure is one to rely on.
    pub(super) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Notes that something was met that can't be, and where. The fold goes on; whoever asks for its figures is told.
    #[track_caller]
    fn meet(&mut self, what: &'static str) {
        let at = Location::caller();
        self.fault.get_or_insert(Fault::Impossible { what, at });
    }

    pub(crate) fn get(&self, id: LotId) -> Option<&Lot> {
        self.all.get(id.index())
    }

    /// A lot that is about to change.
    fn get_mut(&mut self, id: LotId) -> Option<&mut Lot> {
        self.mark(id);
        self.all.get_mut(id.index())
    }

    fn mark(&mut self, id: LotId) {
        if let Some(changed) = &mut self.changed {
            changed.push(id);
        }
    }

    /// The lots that changed since the last call, each once; every lot on the first call, which starts the watching.
    pub(super) fn take_changed(&mut self) -> Vec<LotId> {
        let mut changed = match self.changed.replace(Vec::new()) {
            Some(changed) => changed,
            None => self.iter().map(|(id, _)| id).collect(),
        };
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Every lot there ever was, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LotId, &Lot)> {
        (0u32..).map(LotId).zip(&self.all)
    }

    /// How many lots there ever were.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// The lots that can be drawn now, in draw-down order.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (LotId, &Lot)> {
        merged(&self.by_bucket).filter_map(|place| Some((place.lot, self.get(place.lot)?)))
    }

    /// The place of a lot in the draw-down order, whether or not it can be drawn now.
    pub(crate) fn place(&self, id: LotId, lot: &Lot) -> OrderedLot {
        let rank = self.rules.bucket(lot.bucket).map_or(u16::MAX, |bucket| bucket.rank);
        OrderedLot::new(&self.rules.order, rank, lot, id)
    }

    /// What remains in all finite lots that can be drawn now.
    pub(crate) fn finite(&self) -> Amount {
        self.finite
    }

    /// What remains in all finite lots that can be drawn now, less what buckets are overdrawn by: negative where that is more.
    pub(crate) fn net(&self) -> Result<Amount, AmountError> {
        self.by_bucket.iter().try_fold(self.finite, |net, lots| net.minus(lots.overdrawn))
    }

    /// Notes by how much a provider reports a bucket to be overdrawn; zero where it is not.
    pub(super) fn overdraw(&mut self, bucket: BucketIndex, by: Amount) {
        if let Some(lots) = self.by_bucket.get_mut(bucket) {
            lots.overdrawn = by;
        }
    }

    /// All that remains: unlimited wins over unknown.
    pub(crate) fn total(&self) -> Figure {
        if self.has_unlimited() {
            Figure::Unlimited
        } else if self.has_unknown() {
            Figure::Unknown
        } else {
            self.net().map_or(Figure::Unknown, Figure::Known)
        }
    }

    pub(crate) fn has_unknown(&self) -> bool {
        self.by_bucket.iter().any(|lots| !lots.unknown.is_empty())
    }

    pub(crate) fn has_unlimited(&self) -> bool {
        self.by_bucket.iter().any(|lots| lots.unlimited > 0)
    }

    /// Active lots of a bucket, by number.
    pub(crate) fn active_in(&self, bucket: BucketIndex) -> impl Iterator<Item = (LotId, &Lot)> {
        self.of_bucket(bucket).into_iter().flat_map(|lots| &lots.active).filter_map(|id| Some((*id, self.get(*id)?)))
    }

    /// Lots of a bucket that wait for their effective instant, the earliest first.
    pub(super) fn pending_in(&self, bucket: BucketIndex) -> impl Iterator<Item = (LotId, &Lot)> {
        let waiting = self.pending.iter().filter_map(|(_, id)| Some((*id, self.get(*id)?)));
        waiting.filter(move |(_, lot)| lot.bucket == bucket)
    }

    /// Lots of a bucket that have not ended: those that are active, then those that wait.
    pub(crate) fn standing_in(&self, bucket: BucketIndex) -> impl Iterator<Item = (LotId, &Lot)> {
        self.active_in(bucket).chain(self.pending_in(bucket))
    }

    fn of_bucket(&self, bucket: BucketIndex) -> Option<&ActiveLots> {
        self.by_bucket.get(bucket)
    }

    /// What remains in the finite active lots of a bucket.
    pub(crate) fn remaining_in(&self, bucket: BucketIndex) -> Amount {
        self.of_bucket(bucket).map_or(Amount::ZERO, |lots| lots.finite)
    }

    /// The known part of what a bucket holds: negative where it is overdrawn.
    pub(crate) fn net_in(&self, bucket: BucketIndex) -> Result<Amount, AmountError> {
        self.of_bucket(bucket).map_or(Ok(Amount::ZERO), |lots| lots.finite.minus(lots.overdrawn))
    }

    /// What a bucket holds: unlimited wins over unknown.
    pub(crate) fn figure_of(&self, bucket: BucketIndex) -> Figure {
        self.of_bucket(bucket).map_or(Figure::Known(Amount::ZERO), ActiveLots::figure)
    }

    /// What each bucket holds, in the order of the rules.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        self.by_bucket.iter().map(ActiveLots::figure).collect()
    }

    /// The place in the draw-down order of a bucket's next lot, known or not; `None` where it has none.
    pub(crate) fn next_place_in(&self, bucket: BucketIndex) -> Option<OrderedLot> {
        let lots = self.of_bucket(bucket)?;
        let unknown = lots.unknown.iter().filter_map(|id| Some(self.place(*id, self.get(*id)?)));
        unknown.chain(lots.drawable.first().cloned()).min()
    }

    /// Adds a lot; it becomes active at once if its effective instant is not after `now`.
    pub(super) fn add(&mut self, lot: Lot, now: Instant) -> Result<LotId, AmountError> {
        let id = LotId(u32::try_from(self.all.len()).map_err(|_| AmountError::TooLarge)?);
        let effective_at = lot.effective_at;
        self.all.push(lot);
        self.mark(id);
        if effective_at <= now {
            self.activate(id)?;
        } else {
            self.pending.insert((effective_at, id));
        }
        Ok(id)
    }

    fn activate(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.get_mut(id) else {
            self.meet(NO_LOT);
            return Ok(());
        };
        lot.life = Life::Active;
        let (expires_at, ends_at_reset) = (lot.expires_at, lot.ends_at_reset);
        if let (Some(at), false) = (expires_at, ends_at_reset) {
            self.expiring.insert((at, id));
        }
        self.enter(id)
    }

    /// Puts an active lot among those that can be drawn, and into the sums.
    fn enter(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.all.get(id.index()) else {
            self.meet(NO_LOT);
            return Ok(());
        };
        let place = self.place(id, lot);
        let Some(lots) = self.by_bucket.get_mut(lot.bucket) else {
            self.meet(NO_BUCKET);
            return Ok(());
        };
        if lot.supply == Supply::Finite {
            self.finite = self.finite.plus(lot.remaining)?;
        }
        lots.enter(place, lot)
    }

    /// Takes an active lot out of those that can be drawn, and out of the sums.
    fn leave(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.all.get(id.index()) else {
            self.meet(NO_LOT);
            return Ok(());
        };
        let place = self.place(id, lot);
        let Some(lots) = self.by_bucket.get_mut(lot.bucket) else {
            self.meet(NO_BUCKET);
            return Ok(());
        };
        if lot.supply == Supply::Finite {
            self.finite = self.finite.minus(lot.remaining)?;
        }
        lots.leave(&place, lot)
    }

    /// The next expiry of a lot.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// The next instant at which a lot becomes effective.
    pub(super) fn next_effective(&self) -> Option<Instant> {
        self.pending.first().map(|(at, _)| *at)
    }

    /// Lets every lot lapse whose expiry is at `at`.
    pub(super) fn expire(&mut self, at: Instant) -> Result<(), AmountError> {
        while let Some((_, id)) = self.expiring.first().copied().filter(|(expiry, _)| *expiry <= at) {
            if self.get(id).is_some_and(|lot| lot.fades) {
                self.void(id)?;
            } else {
                self.lapse(id)?;
            }
        }
        Ok(())
    }

    /// Makes every lot active whose effective instant is at `at`.
    pub(super) fn become_effective(&mut self, at: Instant) -> Result<(), AmountError> {
        while let Some((effective, id)) = self.pending.first().copied().filter(|(effective, _)| *effective <= at) {
            self.pending.remove(&(effective, id));
            self.activate(id)?;
        }
        Ok(())
    }

    /// Ends an active lot; what is left is breakage.
    pub(super) fn lapse(&mut self, id: LotId) -> Result<(), AmountError> {
        self.end(id, Life::Lapsed, Amount::ZERO)
    }

    /// Ends a lot that is pending or active; what is left counts as adjusted.
    pub(super) fn void(&mut self, id: LotId) -> Result<(), AmountError> {
        self.end(id, Life::Voided, Amount::ZERO)
    }

    /// Ends a lot whose entry was reversed, for good.
    pub(super) fn withdraw(&mut self, id: LotId) -> Result<(), AmountError> {
        self.void(id)?;
        if let Some(lot) = self.get_mut(id) {
            lot.withdrawn = true;
        }
        Ok(())
    }

    /// Ends an active lot at a reset: `rolled` of it moves on, the rest is breakage.
    pub(super) fn lapse_but(&mut self, id: LotId, rolled: Amount) -> Result<(), AmountError> {
        self.end(id, Life::Lapsed, rolled)
    }

    fn end(&mut self, id: LotId, life: Life, rolled: Amount) -> Result<(), AmountError> {
        let Some(lot) = self.get(id) else {
            self.meet(NO_LOT);
            return Ok(());
        };
        let (was, effective_at, expires_at) = (lot.life, lot.effective_at, lot.expires_at);
        match was {
            Life::Pending => {
                self.pending.remove(&(effective_at, id));
            }
            Life::Active => {
                self.leave(id)?;
                if let Some(at) = expires_at {
                    self.expiring.remove(&(at, id));
                }
            }
            Life::Lapsed | Life::Voided => return Ok(()),
        }
        if let Some(lot) = self.get_mut(id) {
            lot.life = life;
            let left = std::mem::take(&mut lot.remaining);
            match life {
                Life::Lapsed => {
                    lot.adjusted = lot.adjusted.plus(rolled)?;
                    lot.lapsed = lot.lapsed.plus(left.minus(rolled)?)?;
                }
                _ => lot.adjusted = lot.adjusted.plus(left)?,
            }
        }
        Ok(())
    }
}
