//! Lots of which it is not known how much they hold, or for how long (SPEC E9, L3).

use chrono::serde::ts_nanoseconds_option;
use serde::{Deserialize, Serialize};

use super::{Life, Lot, LotId, Lots, Supply};
use crate::credit::{AmountError, BucketIndex, Instant};

/// The expiry of a lot before an observation moved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MovedExpiry {
    pub lot: LotId,
    #[serde(with = "ts_nanoseconds_option")]
    pub expires_at: Option<Instant>,
    pub fades: bool,
}

impl Lots {
    /// Lets what is known of an active lot end at `until`; returns its old expiry.
    pub(in crate::credit::fold) fn fade_at(&mut self, id: LotId, until: Instant) -> Result<MovedExpiry, AmountError> {
        let old = self.get(id).map_or((None, false), |lot| (lot.expires_at, lot.fades));
        self.set_expiry(MovedExpiry { lot: id, expires_at: Some(until), fades: true })?;
        Ok(MovedExpiry { lot: id, expires_at: old.0, fades: old.1 })
    }

    /// Gives an active lot an expiry of its own.
    pub(in crate::credit::fold) fn set_expiry(&mut self, new: MovedExpiry) -> Result<(), AmountError> {
        let id = new.lot;
        let Some(old) = self.get(id).filter(|lot| lot.life == Life::Active).map(|lot| lot.expires_at) else { return Ok(()) };
        self.leave(id)?;
        if let Some(at) = old {
            self.expiring.remove(&(at, id));
        }
        if let Some(lot) = self.get_mut(id) {
            lot.expires_at = new.expires_at;
            lot.fades = new.fades;
        }
        if let Some(at) = new.expires_at {
            self.expiring.insert((at, id));
        }
        self.enter(id)
    }

    /// Turns the finite lots of a bucket into credits that no longer count, but are still shown.
    pub(in crate::credit::fold) fn make_unknown(&mut self, bucket: BucketIndex) -> Result<(), AmountError> {
        let ids: Vec<LotId> = self.active_in(bucket).filter(|(_, lot)| lot.supply == Supply::Finite).map(|(id, _)| id).collect();
        for id in ids {
            self.leave(id)?;
            let expires_at = self.get_mut(id).and_then(|lot| lot.expires_at.take());
            if let Some(at) = expires_at {
                self.expiring.remove(&(at, id));
            }
            if let Some(lot) = self.get_mut(id) {
                lot.supply = Supply::Unknown;
                lot.ends_at_reset = false;
                lot.fades = false;
            }
            self.enter(id)?;
        }
        Ok(())
    }

    /// Stops counting the unknown lots of a bucket; returns them so that a reversal can bring them back.
    pub(in crate::credit::fold) fn silence_unknown(&mut self, bucket: BucketIndex) -> Result<Vec<LotId>, AmountError> {
        let ids: Vec<LotId> = self.active_in(bucket).filter(|(_, lot)| lot.supply == Supply::Unknown).map(|(id, _)| id).collect();
        for id in &ids {
            self.leave(*id)?;
            if let Some(lot) = self.get_mut(*id) {
                lot.supply = Supply::Finite;
                lot.silenced = true;
            }
            self.enter(*id)?;
        }
        Ok(ids)
    }

    /// Undoes [`Self::silence_unknown`] for the lots that are still active.
    pub(in crate::credit::fold) fn unsilence(&mut self, ids: &[LotId]) -> Result<(), AmountError> {
        for id in ids {
            if self.get(*id).is_some_and(|lot| lot.life == Life::Active) {
                self.leave(*id)?;
                if let Some(lot) = self.get_mut(*id) {
                    lot.supply = Supply::Unknown;
                    lot.silenced = false;
                }
                self.enter(*id)?;
            }
        }
        Ok(())
    }

    /// Whether one of these lots is unknown and has not ended.
    pub(in crate::credit::fold) fn any_unknown(&self, ids: &[LotId]) -> bool {
        let stands = |lot: &Lot| lot.supply == Supply::Unknown && matches!(lot.life, Life::Pending | Life::Active);
        ids.iter().any(|id| self.get(*id).is_some_and(stands))
    }

    /// Brings back unknown lots that an observation had voided, but for those whose own entries were reversed since.
    pub(in crate::credit::fold) fn revive(&mut self, ids: &[LotId], now: Instant) -> Result<(), AmountError> {
        for id in ids {
            let Some(lot) = self.get_mut(*id).filter(|lot| lot.life == Life::Voided && !lot.withdrawn) else { continue };
            lot.life = Life::Pending;
            let effective_at = lot.effective_at;
            self.pending.insert((effective_at, *id));
        }
        self.become_effective(now)
    }
}
