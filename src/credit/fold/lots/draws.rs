//! What leaves lots, and what comes back to them (SPEC E2, E6).

use serde::{Deserialize, Serialize};

use super::{Life, LotId, Lots, NO_LOT, Supply};
use crate::credit::{Amount, AmountError, BucketIndex};

/// A part of a spend: so much from this lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LotDraw {
    pub lot: LotId,
    pub amount: Amount,
}

impl Lots {
    /// Draws `amount` from all lots, or from those of one bucket, in draw-down order. Returns what was drawn and what no lot could give.
    pub(crate) fn draw(
        &mut self,
        amount: Amount,
        into: Draining,
        bucket: Option<BucketIndex>,
    ) -> Result<(Vec<LotDraw>, Amount), AmountError> {
        let mut rest = amount;
        let mut draws = Vec::new();
        while rest.is_positive() {
            let next = match bucket {
                None => self.by_bucket.iter().filter_map(|lots| lots.drawable.first()).min(),
                Some(bucket) => self.of_bucket(bucket).and_then(|lots| lots.drawable.first()),
            };
            let Some(id) = next.map(|place| place.lot) else { break };
            let Some(lot) = self.get(id) else {
                self.meet(NO_LOT);
                break;
            };
            let taken = if lot.supply == Supply::Unlimited { rest } else { rest.min(lot.remaining) };
            self.take_from(id, taken, into)?;
            draws.push(LotDraw { lot: id, amount: taken });
            rest = rest.minus(taken)?;
        }
        Ok((draws, rest))
    }

    /// Takes from a lot that is first in the order of its bucket; one that is empty then can't be drawn any more.
    fn take_from(&mut self, id: LotId, taken: Amount, into: Draining) -> Result<(), AmountError> {
        self.mark(id);
        let Some(lot) = self.all.get_mut(id.index()) else {
            self.meet(NO_LOT);
            return Ok(());
        };
        let account = match into {
            Draining::Spent => &mut lot.spent,
            Draining::Adjusted => &mut lot.adjusted,
        };
        *account = account.plus(taken)?;
        if lot.supply == Supply::Unlimited {
            lot.granted = lot.granted.plus(taken)?;
            return Ok(());
        }
        lot.remaining = lot.remaining.minus(taken)?;
        self.finite = self.finite.minus(taken)?;
        if let Some(lots) = self.by_bucket.get_mut(lot.bucket) {
            lots.finite = lots.finite.minus(taken)?;
            if lot.remaining.is_zero() {
                lots.drawable.pop_first();
            }
        }
        Ok(())
    }

    /// Gives back what was drawn: to active lots for spending, to lapsed lots as breakage, to voided lots as void (SPEC E6).
    pub(in crate::credit::fold) fn give_back(&mut self, draws: &[LotDraw], from: Draining) -> Result<(), AmountError> {
        for draw in draws {
            let Some(lot) = self.get_mut(draw.lot) else {
                self.meet(NO_LOT);
                continue;
            };
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
