//! What can come to an account by itself at most, and what its holds take: the ground for saying "never", and for advice.

use super::{Draining, Life, Lot, LotDraw, State, Supply};
use crate::credit::{Amount, AmountError, BucketId, BucketIndex, Expires, Figure, Grant, Instant, Quota, Ref, Rollover, Source};

/// What a reset can bring.
enum Refill {
    /// Nothing, ever.
    Never,
    /// At most so much together with what rolls over.
    UpTo(Amount),
    /// More with every reset, or nobody knows how much.
    Boundless,
}

impl State {
    /// The most that could be spendable at any one instant from now on, if nothing were spent until then; `None` where nothing
    /// bounds it, or something unknown could raise it.
    ///
    /// An upper bound: what lapses, or is held until a deadline, is not taken off. A subscription is taken to go on under the same plan.
    pub(crate) fn most_at_once(&self) -> Result<Option<Amount>, AmountError> {
        let Some(mut most) = self.all_granted()? else { return Ok(None) };
        for index in self.rules.bucket_indices() {
            match self.refill(index)? {
                Refill::Never => {}
                Refill::UpTo(cycle) => most = most.plus(cycle.minus(self.replaced_at_reset(index)?)?.or_zero())?,
                Refill::Boundless => return Ok(None),
            }
        }
        Ok(Some(most.or_zero()))
    }

    /// What is left in a bucket of lots that end at its reset. What was granted into it for longer stays beside the new cycle.
    fn replaced_at_reset(&self, index: BucketIndex) -> Result<Amount, AmountError> {
        let cycle = self.lots.active_in(index).filter(|(_, lot)| lot.ends_at_reset && lot.supply == Supply::Finite);
        cycle.map(|(_, lot)| lot.remaining).try_fold(Amount::ZERO, Amount::plus)
    }

    /// The most that could be spent from now on, however long that takes; `None` where refills go on, or something unknown could
    /// raise it. An upper bound, as [`Self::most_at_once`].
    pub(crate) fn most_in_all(&self) -> Result<Option<Amount>, AmountError> {
        for index in self.rules.bucket_indices() {
            match self.refill(index)? {
                Refill::Never => {}
                Refill::UpTo(cycle) if cycle.is_zero() => {}
                Refill::UpTo(_) | Refill::Boundless => return Ok(None),
            }
        }
        Ok(self.all_granted()?.map(Amount::or_zero))
    }

    /// What remains, and what is granted already for later, without what holds keep for good; `None` where a plan changes, or a lot is unlimited or unknown.
    fn all_granted(&self) -> Result<Option<Amount>, AmountError> {
        if self.rules.unpolled.is_some() || self.rules.phases.get(self.phase).is_some() {
            return Ok(None);
        }
        let mut sum = Amount::ZERO;
        for (_, lot) in self.lots.iter().filter(|(_, lot)| matches!(lot.life, Life::Active | Life::Pending)) {
            match lot.supply {
                Supply::Finite => sum = sum.plus(lot.remaining)?,
                // Past a subscription's end a figure says nothing; its renewal brings the quota, which counts as a refill.
                Supply::Unknown if self.is_recurring(lot.bucket) && self.awaits_renewal() => {}
                Supply::Unlimited | Supply::Unknown => return Ok(None),
            }
        }
        for coming in &self.upcoming {
            let bucket = self.rules.bucket_index(&coming.grant.bucket);
            if bucket.is_some_and(|bucket| self.is_recurring(bucket) && self.recurrence(bucket).is_none()) {
                // Where the reset day is unknown, what comes stands for a month; after that nobody knows.
                return Ok(None);
            }
            sum = sum.plus(coming.grant.amount)?;
        }
        // A hold without a deadline never ends by itself.
        let kept = self.holds.open().filter(|hold| hold.expires_at.is_none());
        let kept = kept.map(|hold| hold.held).try_fold(Amount::ZERO, Amount::plus)?;
        Ok(Some(sum.minus(kept)?))
    }

    /// Whether a projection has gone past the end of a subscription: what comes then comes only if it is renewed.
    pub(crate) fn awaits_renewal(&self) -> bool {
        self.subscription_is_over() && !self.lapsed
    }

    /// Whether a bucket holds what a reset replaces, or has a quota that one brings.
    pub(crate) fn recurs(&self, index: BucketIndex) -> bool {
        let awaits_reset = |lot: &Lot| lot.ends_at_reset || lot.lapses_at().is_none();
        let has_quota = self.buckets.get(index).is_some_and(|bucket| bucket.capacity.is_some());
        self.is_recurring(index) && (has_quota || self.lots.active_in(index).any(|(_, lot)| awaits_reset(lot)))
    }

    /// Whether a reset will replace a bucket's known figure on a day that nobody knows.
    pub(crate) fn lacks_reset_day(&self, index: BucketIndex) -> bool {
        let is_known = matches!(self.lots.figure_of(index), Figure::Known(_));
        is_known && self.recurs(index) && self.buckets.get(index).is_some_and(|bucket| bucket.next_reset.is_none())
    }

    /// What the resets of a bucket can bring from now on.
    fn refill(&self, index: BucketIndex) -> Result<Refill, AmountError> {
        let Some(bucket) = self.buckets.get(index).filter(|_| self.is_recurring(index)) else { return Ok(Refill::Never) };
        if bucket.next_reset.is_none() && !self.awaits_renewal() {
            return Ok(Refill::Never);
        }
        let quota = match self.quota(index, bucket.capacity) {
            Quota::None => Amount::ZERO,
            Quota::Each(Figure::Known(quota)) => quota,
            Quota::Each(Figure::Unlimited | Figure::Unknown) => return Ok(Refill::Boundless),
        };
        Ok(match self.rollover(index) {
            Some(Rollover::None) => Refill::UpTo(quota),
            Some(Rollover::UpTo(limit)) if quota.is_positive() => Refill::UpTo(quota.plus(limit)?),
            Some(Rollover::UpTo(_) | Rollover::All) if quota.is_zero() => Refill::UpTo(quota),
            _ => Refill::Boundless,
        })
    }

    /// What the next reset of a bucket grants: the plan's quota, and for a polled account what its cycle started with.
    pub(super) fn quota(&self, index: BucketIndex, capacity: Option<Figure>) -> Quota {
        match self.rules.source {
            Source::Polled => capacity.map_or(Quota::Each(Figure::Unknown), Quota::Each),
            Source::Ledger => {
                let phase = self.phase.checked_sub(1).and_then(|place| self.rules.phases.get(place));
                phase.zip(self.rules.bucket(index)).map_or(Quota::None, |(phase, rule)| phase.quota(&rule.id))
            }
        }
    }

    /// Adds what is bought at `at`, without an entry of its own: for trying out what buying would do.
    pub(crate) fn buy(&mut self, bucket: &BucketId, amount: Amount, at: Instant) -> Result<(), AmountError> {
        let grant = Grant { bucket: bucket.clone(), amount, effective_at: None, expires: Expires::ByRule, priority: 0 };
        Ref::new("bought").map_or(Ok(()), |reference| self.grant(at, &reference, &grant).map(|_| ()))
    }

    /// Uses up every hold, the oldest first: what they draw now, as captures would.
    pub(crate) fn use_held(&mut self) -> Result<Vec<LotDraw>, AmountError> {
        let open: Vec<(Ref, Amount)> = self.holds.open().map(|hold| (hold.reference.clone(), hold.held)).collect();
        let mut draws = Vec::new();
        for (reference, held) in open {
            let amount = self.holds.take(&reference, held)?;
            let (drawn, _) = self.lots.draw(amount, Draining::Spent, None)?;
            draws.extend(drawn);
        }
        Ok(draws)
    }
}
