//! Taking the lots that still matter out of all that there ever were, and putting them back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Life, Lot, LotId, Lots};
use crate::credit::{AmountError, Rules};

impl Lots {
    /// How many lots there ever were.
    pub(crate) fn ever(&self) -> usize {
        self.all.len()
    }

    /// How many lots have not ended.
    pub(in crate::credit::fold) fn standing(&self) -> usize {
        self.by_bucket.iter().map(|lots| lots.active.len()).sum::<usize>() + self.pending.len()
    }

    /// The lots that have not ended, and others that are asked for, by number; with the place of each among them.
    pub(in crate::credit::fold) fn extract(&self, asked: impl Iterator<Item = LotId>) -> (Vec<Lot>, HashMap<LotId, LotId>) {
        let active = self.by_bucket.iter().flat_map(|lots| &lots.active).copied();
        let pending = self.pending.iter().map(|(_, id)| *id);
        let ids: BTreeSet<LotId> = active.chain(pending).chain(asked).collect();
        let lots = ids.iter().filter_map(|id| self.get(*id)).cloned().collect();
        (lots, ids.into_iter().zip((0..).map(LotId)).collect())
    }

    /// What was [extracted](Self::extract), each numbered by its place.
    pub(in crate::credit::fold) fn standing_again(rules: Arc<Rules>, extracted: Vec<Lot>) -> Result<Self, AmountError> {
        let mut lots = Self::new(rules);
        lots.all.reserve(extracted.len());
        for (lot, number) in extracted.into_iter().zip(0..) {
            let (id, life, effective_at) = (LotId(number), lot.life, lot.effective_at);
            lots.all.push(lot);
            match life {
                Life::Active => lots.activate(id)?,
                Life::Pending => {
                    lots.pending.insert((effective_at, id));
                }
                Life::Lapsed | Life::Voided => {}
            }
        }
        Ok(lots)
    }
}
