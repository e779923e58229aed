//! What entries and observations do to the state.

use std::sync::Arc;

use super::schedule::{stands_until, unknown_from};
use super::usage::Use;
use super::{Draining, Fault, Hold, Lot, LotId, Record, Revoked, State, Supply};
use crate::credit::fold_entry::{EntryEffectRef, FoldEntryRef};
use crate::credit::{
    Amount, AmountError, BucketId, BucketIndex, BucketKind, EntryBody, Expires, ExpiryRule, Figure, FigureSource, Grant, Instant,
    Observation, Ref, Source, days_later, years_later,
};

impl State {
    /// Applies an entry that is not before anything applied so far.
    pub(crate) fn apply<'a>(&mut self, entry: impl Into<FoldEntryRef<'a>>) -> Result<(), AmountError> {
        let entry = entry.into();
        if entry.is_grant() {
            self.run_to_grants_of(entry.at)?;
        } else {
            self.run_to(entry.at)?;
        }
        if entry.is_grant() && self.is_revoked(entry.reference) {
            // Reversed before it came (L1): it never does.
            self.revoked.retain(|revoked| revoked.target != *entry.reference);
            return Ok(());
        }
        let before = self.lots.finite();
        let record = match entry.effect {
            EntryEffectRef::Spend(amount) => self.spend(amount)?,
            EntryEffectRef::Other(body) => self.take(entry, body)?,
        };
        self.count_usage(entry, before.minus(self.lots.finite())?.or_zero());
        if record.uncovered.is_positive() {
            self.uncovered.push(entry.reference.clone());
        }
        if self.keep.wants(entry.reference, &record) {
            Arc::make_mut(&mut self.records).insert(entry.reference.clone(), record);
        }
        Ok(())
    }

    fn take(&mut self, entry: FoldEntryRef<'_>, body: &EntryBody) -> Result<Record, AmountError> {
        Ok(match body {
            EntryBody::Grant(grant) => self.grant(entry.at, entry.reference, grant)?,
            EntryBody::Spend(spend) => self.spend(spend.amount)?,
            EntryBody::Hold { amount, expires_at } => self.hold(entry, *amount, *expires_at)?,
            EntryBody::Capture { hold, amount } => {
                let taken = self.holds.take(hold, *amount)?;
                Record { hold: Some((hold.clone(), taken)), ..self.spend(*amount)? }
            }
            EntryBody::Release { hold } => {
                let released = self.holds.end(hold)?;
                Record { hold: Some((hold.clone(), released)), ended_hold: true, ..Record::default() }
            }
            EntryBody::Adjust { bucket, amount } => {
                self.adjust(entry.reference, bucket, *amount, FigureSource::Configured, entry.at)?
            }
            EntryBody::Observe { bucket, remaining } => self.observe_by_hand(entry, bucket, *remaining)?,
            EntryBody::Reverse { reverses } => {
                self.reverse(reverses, entry.reference, entry.at)?;
                Record::default()
            }
        })
    }

    /// Notes what the burn rate is made of, and what explains a drop that polls see: what was spent, and by how much less was left
    /// than expected when a person looked.
    fn count_usage(&mut self, entry: FoldEntryRef<'_>, dropped: Amount) {
        let used = match entry.effect {
            EntryEffectRef::Spend(amount) | EntryEffectRef::Other(&EntryBody::Capture { amount, .. }) => Some((amount, false)),
            EntryEffectRef::Other(EntryBody::Observe { .. }) if dropped.is_positive() => Some((dropped, true)),
            EntryEffectRef::Other(_) => None,
        };
        let usage = Arc::make_mut(&mut self.usage);
        usage.begin(entry.at);
        if let Some((amount, missing)) = used {
            let reference = self.keep.may_be_reversed(entry.reference).then(|| entry.reference.clone());
            usage.take(Use { at: entry.at, amount, missing, reference });
        }
    }

    /// Takes in the next grant that was dated after the present.
    pub(super) fn take_upcoming(&mut self) -> Result<(), AmountError> {
        let Some(next) = self.upcoming.pop() else { return Ok(()) };
        // What a grant did is asked for only where it can be reversed, and nothing is in a projection.
        self.grant(next.at, &next.reference, &next.grant).map(|_| ())
    }

    pub(super) fn grant(&mut self, at: Instant, reference: &Ref, grant: &Grant) -> Result<Record, AmountError> {
        let Some(bucket) = self.bucket_named(&grant.bucket) else { return Ok(Record::default()) };
        let effective_at = grant.effective_at.unwrap_or(at);
        let mut lot = Lot::new(bucket, Some(reference.clone()), grant.amount, effective_at);
        lot.granted_at = at;
        lot.priority = grant.priority;
        let made = match self.end_of(bucket, grant.expires, effective_at) {
            End::Never => vec![self.lots.add(lot, at)?],
            End::At(expires_at) => vec![self.lots.add(lot.expiring(Some(expires_at)), at)?],
            End::WithCycle => self.add_to_cycle(lot, at)?,
        };
        Ok(Record { made, ..Record::default() })
    }

    /// The place of a bucket that an entry names; `None` where the rules don't have it, as after another provider was configured.
    fn bucket_named(&mut self, id: &BucketId) -> Option<BucketIndex> {
        let place = self.rules.bucket_index(id);
        if place.is_none() && !self.strange.contains(id) {
            self.strange.insert(id.clone());
        }
        place
    }

    /// When a granted lot ends.
    fn end_of(&self, bucket: BucketIndex, stated: Expires, effective_at: Instant) -> End {
        let zone = self.rules.zone;
        match (stated, self.rules.bucket(bucket).map(|rule| rule.expiry).unwrap_or_default()) {
            (Expires::At(at), _) => End::At(at),
            (Expires::Never, _) | (Expires::ByRule, ExpiryRule::Never) => End::Never,
            (Expires::ByRule, ExpiryRule::Years(years)) => End::At(years_later(zone, effective_at, years)),
            (Expires::ByRule, ExpiryRule::Days(days)) => End::At(days_later(zone, effective_at, days)),
            (Expires::ByRule, ExpiryRule::NextReset) => {
                let cycle = self.buckets.get(bucket).and_then(|state| state.next_reset);
                if cycle.is_some_and(|next| effective_at < next) {
                    return End::WithCycle;
                }
                self.reset_after(bucket, effective_at).map_or(End::WithCycle, End::At)
            }
        }
    }

    fn spend(&mut self, amount: Amount) -> Result<Record, AmountError> {
        if self.rules.source == Source::Polled && !self.observed {
            // Before the observation that the figures start from: it tells what was left.
            return Ok(Record::default());
        }
        let (draws, rest) = self.lots.draw(amount, Draining::Spent, None)?;
        let unsure = self.lots.has_unknown();
        let (uncovered, unknown) = if unsure { (Amount::ZERO, rest) } else { (rest, Amount::ZERO) };
        Ok(Record { draws, uncovered, unknown, ..Record::default() })
    }

    fn hold(&mut self, entry: FoldEntryRef<'_>, amount: Amount, expires_at: Option<Instant>) -> Result<Record, AmountError> {
        self.holds.add(Hold { reference: entry.reference.clone(), at: entry.at, expires_at, held: amount, end: None })?;
        Ok(Record { hold: Some((entry.reference.clone(), amount)), ..Record::default() })
    }

    /// Takes from a bucket's lots in draw-down order, or adds a lot to it.
    fn adjust(
        &mut self,
        reference: &Ref,
        bucket: &BucketId,
        amount: Amount,
        source: FigureSource,
        at: Instant,
    ) -> Result<Record, AmountError> {
        let Some(bucket) = self.bucket_named(bucket) else { return Ok(Record::default()) };
        if amount.is_negative() {
            let (draws, _) = self.lots.draw(amount.negated(), Draining::Adjusted, Some(bucket))?;
            return Ok(Record { draws, adjusting: true, ..Record::default() });
        }
        if amount.is_zero() {
            return Ok(Record::default());
        }
        let lot = Lot::new(bucket, Some(reference.clone()), amount, at).sourced(source);
        let made = if self.is_recurring(bucket) { self.add_to_cycle(lot, at)? } else { vec![self.lots.add(lot, at)?] };
        Ok(Record { made, adjusting: true, ..Record::default() })
    }

    /// A balance that a person read: an assertion for a hand-kept account (SPEC L3), an observation for a polled one (E14).
    fn observe_by_hand(&mut self, entry: FoldEntryRef<'_>, id: &BucketId, remaining: Amount) -> Result<Record, AmountError> {
        let Some(bucket) = self.bucket_named(id) else { return Ok(Record::default()) };
        if self.rules.source == Source::Polled {
            self.replace(bucket, Figure::Known(remaining), FigureSource::Observed, entry.at)?;
            self.observed = true;
            return Ok(Record::default());
        }
        let silenced = self.lots.silence_unknown(bucket)?;
        let surplus = self.lots.remaining_in(bucket).minus(remaining)?;
        let mut record = self.adjust(entry.reference, id, surplus.negated(), FigureSource::Observed, entry.at)?;
        // What is missing was used since it was granted, also where nothing was recorded since.
        let granted = record.draws.iter().filter_map(|draw| self.lots.get(draw.lot)).map(|lot| lot.effective_at).min();
        if let (None, Some(granted)) = (self.usage.since, granted.filter(|_| record.adjusting)) {
            Arc::make_mut(&mut self.usage).begin(granted);
        }
        record.silenced = silenced;
        if let Some(state) = self.buckets.get_mut(bucket) {
            state.observed_by = Some(entry.reference.clone());
        }
        let unscheduled = self.is_recurring(bucket) && self.reset_after(bucket, entry.at).is_none();
        if unscheduled {
            self.stand_for_a_month(bucket, entry.at, &mut record)?;
        }
        Ok(record)
    }

    /// Lets the figure that was just observed stand for one month, since the reset day is unknown (SPEC E9). Lots with an
    /// expiry of their own keep it: no reset ends them.
    fn stand_for_a_month(&mut self, bucket: BucketIndex, at: Instant, record: &mut Record) -> Result<(), AmountError> {
        let until = stands_until(at);
        let finite: Vec<LotId> = self
            .lots
            .active_in(bucket)
            .filter(|(id, lot)| lot.supply == Supply::Finite && !lot.silenced && !record.made.contains(id))
            .filter(|(_, lot)| lot.lapses_at().is_none())
            .map(|(id, _)| id)
            .collect();
        for id in finite {
            let old = self.lots.fade_at(id, until)?;
            record.moved.push(old);
        }
        // An earlier figure's month no longer matters: this one's does.
        let waiting: Vec<LotId> = self
            .lots
            .pending_in(bucket)
            .filter(|(id, lot)| lot.supply == Supply::Unknown && !record.made.contains(id))
            .map(|(id, _)| id)
            .collect();
        for id in &waiting {
            self.lots.void(*id)?;
        }
        record.overtaken = waiting;
        if record.made.is_empty() {
            record.made.push(self.lots.add(unknown_from(bucket, until), at)?);
        }
        Ok(())
    }

    /// Takes in what a provider reported at `at`: it replaces the figures of every bucket that it tells of.
    pub(crate) fn observe(&mut self, seen: &Observation, at: Instant) -> Result<(), AmountError> {
        self.run_to(at)?;
        self.observed = true;
        self.plan = self.rules.configured_plan.clone().or_else(|| seen.plan.clone());
        self.email.clone_from(&seen.email);
        self.subscription_ends_at = seen.subscription_ends_at;
        self.lapsed = false;
        self.end_passed = false;
        self.uncovered.clear();
        for figures in &seen.buckets {
            if let Some(bucket) = self.rules.bucket_index(&figures.bucket) {
                if let Some(state) = self.buckets.get_mut(bucket) {
                    state.capacity = figures.capacity;
                }
                self.replace(bucket, figures.remaining, FigureSource::Reported, at)?;
            }
        }
        // A subscription that ended before this answer lapses now.
        self.run_to(at)
    }

    /// Replaces all lots of a polled bucket by one figure.
    fn replace(&mut self, bucket: BucketIndex, remaining: Figure, source: FigureSource, at: Instant) -> Result<(), AmountError> {
        let old: Vec<LotId> = self.lots.standing_in(bucket).map(|(id, _)| id).collect();
        for id in old {
            self.lots.void(id)?;
        }
        let recurring = self.rules.bucket(bucket).is_some_and(|rule| rule.kind == BucketKind::Recurring);
        let next = self.reset_after(bucket, at).filter(|_| recurring);
        if let Some(state) = self.buckets.get_mut(bucket) {
            state.next_reset = next;
            state.cycle.clear();
        }
        // An overdrawn balance is told as what it is (SPEC A1), but no lot goes below zero (SPEC E3).
        let overdrawn = remaining.known().filter(|amount| amount.is_negative());
        self.lots.overdraw(bucket, overdrawn.map_or(Amount::ZERO, Amount::negated));
        let (amount, supply, source) = match remaining {
            Figure::Known(amount) => (amount.or_zero(), Supply::Finite, source),
            Figure::Unlimited => (Amount::ZERO, Supply::Unlimited, source),
            Figure::Unknown => (Amount::ZERO, Supply::Unknown, FigureSource::Unknown),
        };
        let lot = Lot::new(bucket, None, amount, at).with_supply(supply).sourced(source);
        if recurring {
            self.add_to_cycle(lot, at)?;
        } else {
            self.lots.add(lot, at)?;
        }
        Ok(())
    }

    /// Whether an entry is reversed already, before it happened.
    pub(super) fn is_revoked(&self, reference: &Ref) -> bool {
        self.revoked.iter().any(|revoked| revoked.target == *reference)
    }

    /// Answers an earlier entry (SPEC L1, E6).
    fn reverse(&mut self, target: &Ref, by: &Ref, at: Instant) -> Result<(), AmountError> {
        let records = Arc::make_mut(&mut self.records);
        let Some(record) = records.get_mut(target) else {
            // Whether that can be is known at the end, when it is known what has not happened yet.
            records.insert(target.clone(), Record { reversed_by: Some(by.clone()), ..Record::default() });
            self.reversed += 1;
            self.revoked.push(Revoked { target: target.clone(), by: by.clone(), at });
            return Ok(());
        };
        if record.reversed_by.is_some() {
            self.fault = Some(Fault::ReversalOfNothing { by: by.clone(), target: target.clone() });
            return Ok(());
        }
        record.reversed_by = Some(by.clone());
        self.reversed += 1;
        let record = record.clone();
        let drained = if record.adjusting { Draining::Adjusted } else { Draining::Spent };
        self.lots.give_back(&record.draws, drained)?;
        let is_latest = self.lots.any_unknown(&record.made);
        for id in &record.made {
            self.lots.withdraw(*id)?;
        }
        self.lots.unsilence(&record.silenced)?;
        if is_latest {
            // No later observation let the figure stand anew: the earlier one's month counts again.
            for old in &record.moved {
                self.lots.set_expiry(*old)?;
            }
            self.lots.revive(&record.overtaken, at)?;
        }
        self.lots.expire(at)?;
        if let Some((hold, amount)) = &record.hold {
            if hold == target {
                self.holds.cancel(hold)?;
            } else if record.ended_hold {
                self.holds.reopen(hold, *amount)?;
            } else {
                self.holds.restore(hold, *amount)?;
            }
        }
        self.uncovered.retain(|reference| reference != target);
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.observed_by.as_ref() == Some(target)) {
            bucket.observed_by = None;
        }
        Ok(())
    }
}

/// When a granted lot ends.
enum End {
    Never,
    At(Instant),
    /// With the bucket's present cycle.
    WithCycle,
}
