//! All lots of an account, with the order in which they are drawn and the instants at which they change.

mod doubt;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use doubt::MovedExpiry;

use super::lot::{Life, Lot, LotId, OrderedLot, Supply};
use crate::credit::{Amount, AmountError, Figure, Instant, Rules};

/// A part of a spend: so much from this lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LotDraw {
    pub lot: LotId,
    pub amount: Amount,
}

/// The lots of one account.
#[derive(Debug, Clone)]
pub(crate) struct Lots {
    rules: Arc<Rules>,
    all: Vec<Lot>,
    /// Lots that a spend can draw from now, in draw-down order.
    drawable: BTreeSet<OrderedLot>,
    /// Lots that wait for their effective instant.
    pending: BTreeSet<(Instant, LotId)>,
    /// Lots that lapse by an expiry of their own.
    expiring: BTreeSet<(Instant, LotId)>,
    /// What remains in drawable finite lots.
    finite: Amount,
    /// How many active lots are unlimited.
    unlimited: usize,
    /// How many active lots are unknown.
    unknown: usize,
    /// The lots that changed since somebody looked, where somebody does.
    changed: Option<Vec<LotId>>,
}

impl Lots {
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        Self {
            rules,
            all: Vec::new(),
            drawable: BTreeSet::new(),
            pending: BTreeSet::new(),
            expiring: BTreeSet::new(),
            finite: Amount::ZERO,
            unlimited: 0,
            unknown: 0,
            changed: None,
        }
    }

    pub(crate) fn get(&self, id: LotId) -> Option<&Lot> {
        self.all.get(id.0 as usize)
    }

    /// A lot that is about to change.
    fn get_mut(&mut self, id: LotId) -> Option<&mut Lot> {
        if let Some(changed) = &mut self.changed {
            changed.push(id);
        }
        self.all.get_mut(id.0 as usize)
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

    /// The lots that can be drawn now, in draw-down order.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (LotId, &Lot)> {
        self.drawable.iter().filter_map(|place| Some((place.lot, self.get(place.lot)?)))
    }

    /// The place of a lot in the draw-down order, whether or not it can be drawn now.
    pub(crate) fn place(&self, id: LotId, lot: &Lot) -> OrderedLot {
        let rank = self.rules.buckets.get(lot.bucket).map_or(u16::MAX, |bucket| bucket.rank);
        OrderedLot::new(&self.rules.order, rank, lot, id)
    }

    /// What remains in all finite lots that can be drawn now.
    pub(crate) fn finite(&self) -> Amount {
        self.finite
    }

    /// All that remains: unlimited wins over unknown.
    pub(crate) fn total(&self) -> Figure {
        if self.unlimited > 0 {
            Figure::Unlimited
        } else if self.unknown > 0 {
            Figure::Unknown
        } else {
            Figure::Known(self.finite)
        }
    }

    pub(crate) fn has_unknown(&self) -> bool {
        self.unknown > 0
    }

    pub(crate) fn has_unlimited(&self) -> bool {
        self.unlimited > 0
    }

    /// Active lots of a bucket.
    pub(crate) fn active_in(&self, bucket: usize) -> impl Iterator<Item = (LotId, &Lot)> {
        self.iter().filter(move |(_, lot)| lot.bucket == bucket && lot.life == Life::Active)
    }

    /// What remains in the finite active lots of a bucket.
    pub(crate) fn remaining_in(&self, bucket: usize) -> Result<Amount, AmountError> {
        let finite = self.active_in(bucket).filter(|(_, lot)| lot.supply == Supply::Finite);
        finite.map(|(_, lot)| lot.remaining).try_fold(Amount::ZERO, Amount::plus)
    }

    /// Adds a lot; it becomes active at once if its effective instant is not after `now`.
    pub(super) fn add(&mut self, lot: Lot, now: Instant) -> Result<LotId, AmountError> {
        let id = LotId(u32::try_from(self.all.len()).map_err(|_| AmountError::TooLarge)?);
        let effective_at = lot.effective_at;
        self.all.push(lot);
        if let Some(changed) = &mut self.changed {
            changed.push(id);
        }
        if effective_at <= now {
            self.activate(id)?;
        } else {
            self.pending.insert((effective_at, id));
        }
        Ok(id)
    }

    fn activate(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.get_mut(id) else { return Ok(()) };
        lot.life = Life::Active;
        let (expires_at, ends_at_reset) = (lot.expires_at, lot.ends_at_reset);
        if let (Some(at), false) = (expires_at, ends_at_reset) {
            self.expiring.insert((at, id));
        }
        self.enter(id)
    }

    /// Puts an active lot among those that can be drawn, and into the sums.
    fn enter(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.get(id) else { return Ok(()) };
        match lot.supply {
            Supply::Unknown => self.unknown += 1,
            Supply::Unlimited => {
                let place = self.place(id, lot);
                self.unlimited += 1;
                self.drawable.insert(place);
            }
            Supply::Finite => {
                if lot.remaining.is_positive() {
                    let place = self.place(id, lot);
                    self.finite = self.finite.plus(lot.remaining)?;
                    self.drawable.insert(place);
                }
            }
        }
        Ok(())
    }

    /// Takes an active lot out of those that can be drawn, and out of the sums.
    fn leave(&mut self, id: LotId) -> Result<(), AmountError> {
        let Some(lot) = self.get(id) else { return Ok(()) };
        match lot.supply {
            Supply::Unknown => self.unknown -= 1,
            Supply::Unlimited => {
                let place = self.place(id, lot);
                self.unlimited -= 1;
                self.drawable.remove(&place);
            }
            Supply::Finite => {
                if lot.remaining.is_positive() {
                    let place = self.place(id, lot);
                    self.finite = self.finite.minus(lot.remaining)?;
                    self.drawable.remove(&place);
                }
            }
        }
        Ok(())
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

    /// Ends an active lot at a reset: `rolled` of it moves on, the rest is breakage.
    pub(super) fn lapse_but(&mut self, id: LotId, rolled: Amount) -> Result<(), AmountError> {
        self.end(id, Life::Lapsed, rolled)
    }

    fn end(&mut self, id: LotId, life: Life, rolled: Amount) -> Result<(), AmountError> {
        let Some(lot) = self.get(id) else { return Ok(()) };
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

    /// Draws `amount` from the lots that `fits`, in draw-down order. Returns what was drawn and what no lot could give.
    pub(crate) fn draw(
        &mut self,
        amount: Amount,
        into: Draining,
        bucket: Option<usize>,
    ) -> Result<(Vec<LotDraw>, Amount), AmountError> {
        let mut rest = amount;
        let mut draws = Vec::new();
        while rest.is_positive() {
            let fits = |place: &&OrderedLot| bucket.is_none() || self.get(place.lot).map(|lot| lot.bucket) == bucket;
            let next = match bucket {
                None => self.drawable.first(),
                Some(_) => self.drawable.iter().find(fits),
            };
            let Some(place) = next else { break };
            let Some(lot) = self.get(place.lot) else { break };
            let taken = if lot.supply == Supply::Unlimited { rest } else { rest.min(lot.remaining) };
            let (id, emptied) = (place.lot, lot.supply == Supply::Finite && taken == lot.remaining);
            if emptied {
                let place = place.clone();
                self.drawable.remove(&place);
            }
            self.take_from(id, taken, into)?;
            draws.push(LotDraw { lot: id, amount: taken });
            rest = rest.minus(taken)?;
        }
        Ok((draws, rest))
    }

    fn take_from(&mut self, id: LotId, taken: Amount, into: Draining) -> Result<(), AmountError> {
        let Some(lot) = self.get_mut(id) else { return Ok(()) };
        let account = match into {
            Draining::Spent => &mut lot.spent,
            Draining::Adjusted => &mut lot.adjusted,
        };
        *account = account.plus(taken)?;
        match lot.supply {
            Supply::Unlimited => lot.granted = lot.granted.plus(taken)?,
            Supply::Finite | Supply::Unknown => {
                lot.remaining = lot.remaining.minus(taken)?;
                self.finite = self.finite.minus(taken)?;
            }
        }
        Ok(())
    }

    /// Gives back what was drawn: to active lots for spending, to lapsed lots as breakage, to voided lots as void (SPEC E6).
    pub(super) fn give_back(&mut self, draws: &[LotDraw], from: Draining) -> Result<(), AmountError> {
        for draw in draws {
            let Some(lot) = self.get_mut(draw.lot) else { continue };
            let account = match from {
                Draining::Spent => &mut lot.spent,
                Draining::Adjusted => &mut lot.adjusted,
            };
            *account = account.minus(draw.amount)?;
            match (lot.life, lot.supply) {
                (_, Supply::Unlimited) => lot.granted = lot.granted.minus(draw.amount)?,
                (Life::Lapsed, _) => lot.lapsed = lot.lapsed.plus(draw.amount)?,
                (Life::Voided, _) => lot.adjusted = lot.adjusted.plus(draw.amount)?,
                // Credits of a subscription that ended are shown, not counted.
                (Life::Active | Life::Pending, Supply::Unknown) => lot.remaining = lot.remaining.plus(draw.amount)?,
                (Life::Active | Life::Pending, Supply::Finite) => {
                    self.leave(draw.lot)?;
                    if let Some(lot) = self.get_mut(draw.lot) {
                        lot.remaining = lot.remaining.plus(draw.amount)?;
                    }
                    self.enter(draw.lot)?;
                }
            }
        }
        Ok(())
    }
}

/// Which account of a lot takes what leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Draining {
    /// A spend or capture.
    Spent,
    /// An adjustment or observation.
    Adjusted,
}
