//! The active lots of one bucket, kept so that no question scans them all.

use std::collections::BTreeSet;

use super::{Lot, LotId, OrderedLot, Supply};
use crate::credit::{Amount, AmountError, Figure, PerBucket};

/// The active lots of one bucket.
#[derive(Debug, Clone, Default)]
pub(super) struct ActiveLots {
    /// All of them, also those of which nothing is left.
    pub(super) active: BTreeSet<LotId>,
    /// Those that a spend can draw from now, in draw-down order.
    pub(super) drawable: BTreeSet<OrderedLot>,
    /// Those of which nobody knows how much they hold.
    pub(super) unknown: BTreeSet<LotId>,
    /// How many are unlimited.
    pub(super) unlimited: usize,
    /// What remains in the finite ones.
    pub(super) finite: Amount,
    /// By how much the provider last reported the bucket to be overdrawn: no lot goes below zero, the bucket's figure does.
    pub(super) overdrawn: Amount,
}

impl ActiveLots {
    pub(super) fn enter(&mut self, place: OrderedLot, lot: &Lot) -> Result<(), AmountError> {
        self.active.insert(place.lot);
        match lot.supply {
            Supply::Unknown => {
                self.unknown.insert(place.lot);
            }
            Supply::Unlimited => {
                self.unlimited += 1;
                self.drawable.insert(place);
            }
            Supply::Finite if lot.remaining.is_positive() => {
                self.finite = self.finite.plus(lot.remaining)?;
                self.drawable.insert(place);
            }
            Supply::Finite => {}
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, place: &OrderedLot, lot: &Lot) -> Result<(), AmountError> {
        self.active.remove(&place.lot);
        match lot.supply {
            Supply::Unknown => {
                self.unknown.remove(&place.lot);
            }
            Supply::Unlimited => {
                self.unlimited -= 1;
                self.drawable.remove(place);
            }
            Supply::Finite if lot.remaining.is_positive() => {
                self.finite = self.finite.minus(lot.remaining)?;
                self.drawable.remove(place);
            }
            Supply::Finite => {}
        }
        Ok(())
    }

    /// What remains in the finite lots, less what is overdrawn; `None` where 28 digits can't hold it.
    pub(super) fn net(&self) -> Option<Amount> {
        self.finite.minus(self.overdrawn).ok()
    }

    /// What the bucket holds: unlimited wins over unknown.
    pub(super) fn figure(&self) -> Figure {
        if self.unlimited > 0 {
            Figure::Unlimited
        } else if self.unknown.is_empty() {
            self.net().map_or(Figure::Unknown, Figure::Known)
        } else {
            Figure::Unknown
        }
    }
}

/// The lots of all buckets that can be drawn, in draw-down order.
pub(super) fn merged(lots: &PerBucket<ActiveLots>) -> impl Iterator<Item = &OrderedLot> {
    let mut rows: Vec<_> = lots.iter().map(|lots| lots.drawable.iter().peekable()).collect();
    std::iter::from_fn(move || {
        let next = rows.iter_mut().filter_map(|row| row.peek().copied().map(|place| (place, row)));
        next.min_by_key(|(place, _)| *place).and_then(|(_, row)| row.next())
    })
}
