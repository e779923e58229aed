//! What happens by itself: expiries, deadlines, plan changes, resets, lots becoming effective.

use std::sync::Arc;

use chrono_tz::Tz;

use super::{Life, Lot, LotId, State, Supply};
use crate::credit::words::ROLLOVER;
use crate::credit::{
    Amount, AmountError, BucketIndex, BucketKind, Figure, FigureSource, Instant, Quota, Ref, Rollover, Source, months_later,
    pick, print_instant,
};

/// What happens at one instant, in this order (SPEC E5). Entries other than grants follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    LotsExpire,
    HoldsExpire,
    SubscriptionEnds,
    PlanChanges,
    Resets(BucketIndex),
    GrantComes,
    LotsBecomeEffective,
}

impl State {
    /// The next instant at which something happens by itself.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        self.next().map(|(at, _)| at)
    }

    fn next(&self) -> Option<(Instant, Event)> {
        let ends = self.subscription_ends_at.filter(|_| self.rules.lapses_with_subscription && !self.end_passed);
        let resets = self.rules.bucket_indices().zip(self.buckets.iter());
        let resets = resets.filter_map(|(index, bucket)| bucket.next_reset.map(|at| (at, Event::Resets(index))));
        [
            self.lots.next_expiry().map(|at| (at, Event::LotsExpire)),
            self.holds.next_deadline().map(|at| (at, Event::HoldsExpire)),
            ends.map(|at| (at, Event::SubscriptionEnds)),
            self.rules.phases.get(self.phase).map(|phase| (phase.from, Event::PlanChanges)),
            self.upcoming.last().map(|entry| (entry.at, Event::GrantComes)),
            self.lots.next_effective().map(|at| (at, Event::LotsBecomeEffective)),
        ]
        .into_iter()
        .flatten()
        .chain(resets)
        .min()
    }

    /// Runs everything that happens by itself at or before `at`.
    pub(crate) fn run_to(&mut self, at: Instant) -> Result<(), AmountError> {
        self.run_while(|when, _| when <= at)
    }

    /// Runs everything that comes before a grant at `at`.
    pub(super) fn run_to_grants_of(&mut self, at: Instant) -> Result<(), AmountError> {
        self.run_while(|when, event| (when, event) < (at, Event::LotsBecomeEffective))
    }

    fn run_while(&mut self, go_on: impl Fn(Instant, Event) -> bool) -> Result<(), AmountError> {
        while self.step(&go_on)?.is_some() {}
        Ok(())
    }

    /// Runs the next thing that happens by itself, if it is one to go on with.
    fn step(&mut self, go_on: impl Fn(Instant, Event) -> bool) -> Result<Option<(Instant, Event)>, AmountError> {
        let Some((at, event)) = self.next().filter(|(at, event)| go_on(*at, *event)) else { return Ok(None) };
        match event {
            Event::LotsExpire => self.lots.expire(at)?,
            Event::HoldsExpire => self.holds.expire(at)?,
            Event::SubscriptionEnds => self.end_subscription(at)?,
            Event::PlanChanges => self.change_plan(at)?,
            Event::Resets(bucket) => self.reset(bucket, at)?,
            Event::GrantComes => self.take_upcoming()?,
            Event::LotsBecomeEffective => self.lots.become_effective(at)?,
        }
        Ok(Some((at, event)))
    }

    /// Runs the next thing that happens by itself at or before `at`, and before its grants where those come first.
    pub(super) fn step_to(&mut self, at: Instant, before_grants: bool) -> Result<Option<(Instant, Event)>, AmountError> {
        self.step(|when, event| if before_grants { (when, event) < (at, Event::LotsBecomeEffective) } else { when <= at })
    }

    /// The end of a subscription: what is left of recurring credits is shown but no longer counted. In a projection the
    /// subscription is taken to be renewed.
    fn end_subscription(&mut self, at: Instant) -> Result<(), AmountError> {
        self.end_passed = true;
        if at > self.present {
            return Ok(());
        }
        self.lapsed = true;
        for index in self.rules.bucket_indices() {
            if !self.is_recurring(index) {
                continue;
            }
            self.lots.make_unknown(index)?;
            if let Some(bucket) = self.buckets.get_mut(index) {
                bucket.next_reset = None;
                bucket.cycle.clear();
            }
        }
        Ok(())
    }

    pub(crate) fn is_recurring(&self, bucket: BucketIndex) -> bool {
        self.rules.bucket(bucket).is_some_and(|rule| rule.kind == BucketKind::Recurring)
    }

    /// A phase begins: what was granted stays until the next reset; a bucket that had no quota gets its first (SPEC E12).
    fn change_plan(&mut self, at: Instant) -> Result<(), AmountError> {
        let rules = Arc::clone(&self.rules);
        let before = self.phase.checked_sub(1).and_then(|index| rules.phases.get(index));
        let Some(phase) = rules.phases.get(self.phase) else { return Ok(()) };
        self.phase += 1;
        self.plan.clone_from(&phase.plan);
        for (index, rule) in rules.bucket_indices().zip(&rules.buckets) {
            if !self.is_recurring(index) {
                continue;
            }
            let old = before.map_or(Quota::None, |before| before.quota(&rule.id));
            let new = phase.quota(&rule.id);
            let unscheduled = self.recurrence(index).is_none();
            let resets_now = self.buckets.get(index).is_some_and(|bucket| bucket.next_reset == Some(at));
            match (old, new) {
                // The reset that follows at this very instant ends what is left, and grants the first quota.
                (Quota::None, Quota::Each(_)) if resets_now => {}
                (Quota::None, Quota::Each(quota)) => self.open_cycle(index, quota, Amount::ZERO, at)?,
                // Without a reset day nothing else would ever bring the new quota.
                (Quota::Each(old), Quota::Each(quota))
                    if unscheduled && old != quota && (old == Figure::Unlimited || quota == Figure::Unlimited) =>
                {
                    self.close_unscheduled(index)?;
                    let quota = if quota == Figure::Unlimited { quota } else { Figure::Unknown };
                    self.open_cycle(index, quota, Amount::ZERO, at)?;
                }
                // What is known still stands for its month; after that nothing is granted any more.
                (Quota::Each(_), Quota::None) if unscheduled => {
                    self.close_unscheduled(index)?;
                    if let Some(state) = self.buckets.get_mut(index) {
                        state.capacity = None;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends the unlimited and unknown lots of a bucket whose reset day is unknown, also those that would make it unknown later.
    fn close_unscheduled(&mut self, bucket: BucketIndex) -> Result<(), AmountError> {
        let ends = |lot: &Lot| match lot.life {
            Life::Active => lot.supply != Supply::Finite,
            Life::Pending => lot.supply == Supply::Unknown,
            Life::Lapsed | Life::Voided => false,
        };
        let ids: Vec<LotId> = self.lots.standing_in(bucket).filter(|(_, lot)| ends(lot)).map(|(id, _)| id).collect();
        ids.into_iter().try_for_each(|id| self.lots.lapse(id))
    }

    /// What of a bucket's rest moves on at a reset; `None` where that depends on a plan that nobody told (SPEC E9).
    pub(super) fn rollover(&self, bucket: BucketIndex) -> Option<Rollover> {
        let options = self.rules.bucket(bucket).map(|rule| rule.rollover.as_slice()).unwrap_or_default();
        match pick(options, self.plan.as_ref()) {
            Some(rollover) => Some(*rollover),
            None => (self.plan.is_some() || options.is_empty()).then_some(Rollover::None),
        }
    }

    /// A recurring bucket is refilled: what is left rolls over or is breakage (SPEC E4).
    fn reset(&mut self, bucket: BucketIndex, at: Instant) -> Result<(), AmountError> {
        // What was overdrawn belonged to the cycle that ends.
        self.lots.overdraw(bucket, Amount::ZERO);
        let rollover = self.rollover(bucket);
        let cycle = self.buckets.get_mut(bucket).map(|state| std::mem::take(&mut state.cycle)).unwrap_or_default();
        let mut moved = Amount::ZERO;
        let mut unsure = false;
        for id in cycle {
            let Some(lot) = self.lots.get(id).filter(|lot| lot.life == Life::Active) else { continue };
            let left = lot.remaining;
            unsure |= rollover.is_none() && (left.is_positive() || lot.supply == Supply::Unknown);
            let rolled = match rollover {
                None | Some(Rollover::None) => Amount::ZERO,
                Some(Rollover::All) => left,
                Some(Rollover::UpTo(limit)) => left.min(limit.minus(moved)?.or_zero()),
            };
            moved = moved.plus(rolled)?;
            self.lots.lapse_but(id, rolled)?;
        }
        let capacity = self.buckets.get(bucket).and_then(|state| state.capacity);
        match self.quota(bucket, capacity) {
            Quota::Each(figure) => {
                self.open_cycle(bucket, figure, moved, at)?;
                if unsure {
                    // What was left may have rolled over: the quota is but the least that is there.
                    let unknown = Lot::new(bucket, None, Amount::ZERO, at).with_supply(Supply::Unknown);
                    self.add_to_cycle(unknown.sourced(FigureSource::Unknown), at)?;
                }
                Ok(())
            }
            Quota::None => {
                if let Some(state) = self.buckets.get_mut(bucket) {
                    state.next_reset = None;
                    state.capacity = None;
                    state.observed_by = None;
                }
                Ok(())
            }
        }
    }

    /// Starts a cycle of a recurring bucket at `at`: a lot of its quota that ends at the next reset, and one of what rolled
    /// over.
    fn open_cycle(&mut self, bucket: BucketIndex, quota: Figure, rolled: Amount, at: Instant) -> Result<(), AmountError> {
        let polled = self.rules.source == Source::Polled;
        let next = self.reset_after(bucket, at);
        if let Some(state) = self.buckets.get_mut(bucket) {
            state.next_reset = next;
            state.capacity = Some(quota);
            state.observed_by = None;
        }
        let name = self.rules.bucket(bucket).map(|rule| rule.id.as_str().to_owned()).unwrap_or_default();
        let reference = |suffix: &str| {
            // A polled bucket shows one figure, in projections too.
            if polled { None } else { Ref::new(&format!("{name}@{}{suffix}", print_instant(at))).ok() }
        };
        let (amount, supply) = match quota {
            Figure::Known(amount) => (amount, Supply::Finite),
            Figure::Unlimited => (Amount::ZERO, Supply::Unlimited),
            Figure::Unknown => (Amount::ZERO, Supply::Unknown),
        };
        let source = if supply == Supply::Unknown { FigureSource::Unknown } else { FigureSource::Configured };
        self.add_to_cycle(Lot::new(bucket, reference(""), amount, at).with_supply(supply).sourced(source), at)?;
        if rolled.is_positive() {
            self.add_to_cycle(Lot::new(bucket, reference(ROLLOVER), rolled, at).sourced(source), at)?;
        }
        Ok(())
    }

    /// Adds a lot that lives as long as the bucket's present cycle.
    ///
    /// Where the reset day is unknown, a finite figure stands for one month at most (SPEC E9): after that the bucket is
    /// unknown. Returns the lots that were made.
    pub(super) fn add_to_cycle(&mut self, mut lot: Lot, now: Instant) -> Result<Vec<LotId>, AmountError> {
        let bucket = lot.bucket;
        let next = self.buckets.get(bucket).and_then(|state| state.next_reset);
        if next.is_some() {
            lot.expires_at = next;
            lot.ends_at_reset = true;
            let id = self.lots.add(lot, now)?;
            if let Some(state) = self.buckets.get_mut(bucket) {
                state.cycle.push(id);
            }
            return Ok(vec![id]);
        }
        if lot.supply != Supply::Finite {
            return Ok(vec![self.lots.add(lot, now)?]);
        }
        if let Some(reset) = self.reset_after(bucket, lot.effective_at) {
            // The plan grants nothing here, but the day on which a reset would come is known.
            return Ok(vec![self.lots.add(lot.expiring(Some(reset)), now)?]);
        }
        let until = stands_until(lot.effective_at);
        lot.expires_at = Some(until);
        lot.fades = true;
        Ok(vec![self.lots.add(lot, now)?, self.lots.add(unknown_from(bucket, until), now)?])
    }
}

/// How long a figure stands whose reset day is unknown: one month.
pub(super) fn stands_until(from: Instant) -> Instant {
    months_later(Tz::UTC, from, 1)
}

/// The lot that makes a bucket unknown from an instant on.
pub(super) fn unknown_from(bucket: BucketIndex, from: Instant) -> Lot {
    Lot::new(bucket, None, Amount::ZERO, from).with_supply(Supply::Unknown).sourced(FigureSource::Unknown)
}
