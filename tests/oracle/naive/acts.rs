//! What entries do.

use creditop::credit::{Entry, EntryBody, Figure, Instant, OrderKey};

use super::{Credit, Done, Doubt, Hold, HoldEnd, Kind, Life, Lot, MONTHLY, Naive, count};
use crate::clock;

impl Naive<'_> {
    pub(super) fn act(&mut self, entry: &Entry, at: Instant) {
        let name = entry.reference.as_str();
        let mut done = Done::default();
        match &entry.body {
            EntryBody::Grant(_) => {}
            EntryBody::Spend(spend) => done = self.spend(count(spend.amount)),
            EntryBody::Hold { amount, expires_at } => {
                let (left, until) = (count(*amount), *expires_at);
                self.holds.push(Hold { name: name.to_owned(), left, until, end: HoldEnd::Open });
            }
            EntryBody::Capture { hold, amount } => {
                done = self.spend(count(*amount));
                let hold = self.holds.iter_mut().find(|other| other.name == hold.as_str()).unwrap();
                let part = hold.left.min(count(*amount));
                hold.left -= part;
                done.from_hold = Some((hold.name.clone(), part));
            }
            EntryBody::Release { hold } => {
                let hold = self.holds.iter_mut().find(|other| other.name == hold.as_str()).unwrap();
                done.from_hold = Some((hold.name.clone(), hold.left));
                done.released = true;
                hold.left = 0;
                if hold.end == HoldEnd::Open {
                    hold.end = HoldEnd::Released;
                }
            }
            EntryBody::Adjust { bucket, amount } => {
                let bucket = self.rules.bucket_index(bucket).unwrap().place();
                if amount.is_negative() {
                    done.taken = self.take(count(amount.negated()), Some(bucket), Credit::Adjusted);
                } else {
                    self.add(bucket, name, count(*amount), at);
                }
            }
            EntryBody::Observe { bucket, remaining } => {
                done = self.observe(self.rules.bucket_index(bucket).unwrap().place(), name, count(*remaining), at);
            }
            EntryBody::Reverse { reverses } => self.reverse(reverses.as_str(), at),
        }
        if done.uncovered > 0 {
            self.uncovered.push(name.to_owned());
        }
        self.done.insert(name.to_owned(), done);
    }

    /// The lot of which the next credit would be taken.
    fn next_lot(&self, bucket: Option<usize>) -> Option<usize> {
        let gives = |lot: &Lot| {
            lot.life == Life::Active
                && bucket.is_none_or(|bucket| lot.bucket == bucket)
                && (lot.kind == Kind::Unlimited || (lot.kind == Kind::Counted && lot.credits.contains(&Credit::Left)))
        };
        let all = (0..self.lots.len()).filter(|place| gives(&self.lots[*place]));
        all.min_by(|one, other| self.goes_before(&self.lots[*one], &self.lots[*other]))
    }

    pub(super) fn goes_before(&self, one: &Lot, other: &Lot) -> std::cmp::Ordering {
        let never = Instant::MAX_UTC;
        for key in &self.rules.order {
            let order = match key {
                OrderKey::Rank => self.rules.buckets[one.bucket].rank.cmp(&self.rules.buckets[other.bucket].rank),
                OrderKey::Priority => one.priority.cmp(&other.priority),
                OrderKey::Expiry => one.until.unwrap_or(never).cmp(&other.until.unwrap_or(never)),
                OrderKey::Grant => one.granted.cmp(&other.granted),
            };
            if order.is_ne() {
                return order;
            }
        }
        one.name.cmp(&other.name)
    }

    pub(super) fn take(&mut self, number: usize, bucket: Option<usize>, into: Credit) -> Vec<(usize, usize)> {
        let mut taken = Vec::new();
        for _ in 0..number {
            let Some(place) = self.next_lot(bucket) else { break };
            let lot = &mut self.lots[place];
            if lot.kind == Kind::Unlimited {
                lot.credits.push(Credit::Left);
            }
            let credit = lot.credits.iter().position(|credit| *credit == Credit::Left).unwrap();
            lot.credits[credit] = into;
            taken.push((place, credit));
        }
        taken
    }

    fn spend(&mut self, number: usize) -> Done {
        let taken = self.take(number, None, Credit::Spent);
        let rest = number - taken.len();
        let unsure = (0..self.rules.buckets.len()).any(|bucket| self.is_unknown(bucket));
        let (uncovered, unknown) = if unsure { (0, rest) } else { (rest, 0) };
        Done { taken, uncovered, unknown, ..Done::default() }
    }

    pub(super) fn is_unknown(&self, bucket: usize) -> bool {
        let lot =
            |lot: &Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unknown && lot.told_by.is_none();
        let doubt = |doubt: &Doubt| {
            doubt.bucket == bucket && !doubt.gone && doubt.told_by.is_none() && self.now.is_some_and(|now| doubt.from <= now)
        };
        self.lots.iter().any(lot) || self.doubts.iter().any(doubt)
    }

    pub(super) fn known_in(&self, bucket: usize) -> usize {
        let counts = |lot: &&Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Counted;
        let left = |lot: &Lot| lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        self.lots.iter().filter(counts).map(left).sum()
    }

    /// A correction upwards: a lot from now on.
    fn add(&mut self, bucket: usize, name: &str, number: usize, at: Instant) {
        if number == 0 {
            return;
        }
        let lot = self.new_lot(bucket, name, Figure::Known(u32::try_from(number).unwrap().into()), at);
        self.lots[lot].life = Life::Active;
        if bucket == MONTHLY {
            self.put_in_cycle(lot, at);
        }
    }

    fn observe(&mut self, bucket: usize, name: &str, remaining: usize, at: Instant) -> Done {
        let mut done = Done::default();
        for lot in &mut self.lots {
            if lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unknown && lot.told_by.is_none() {
                lot.told_by = Some(name.to_owned());
            }
        }
        for doubt in self.doubts.iter_mut().filter(|doubt| doubt.bucket == bucket && doubt.told_by.is_none()) {
            doubt.told_by = Some(name.to_owned());
        }
        let known = self.known_in(bucket);
        if known >= remaining {
            done.taken = self.take(known - remaining, Some(bucket), Credit::Adjusted);
        } else {
            self.add(bucket, name, remaining - known, at);
        }
        if bucket == MONTHLY && self.reset_after(at).is_none() {
            // The figure stands for a month from now, but for lots that say themselves when they end.
            let end = clock::a_month_on(at);
            for (place, lot) in self.lots.iter_mut().enumerate() {
                if lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Counted && lot.until.is_none() {
                    done.stood.push((place, lot.stands_until));
                    lot.stands_until = Some(end);
                }
            }
            if !self.doubts.iter().any(|doubt| doubt.by == name) {
                self.doubts.push(Doubt { bucket, from: end, by: name.to_owned(), gone: false, told_by: None });
            }
        }
        done
    }

    fn reverse(&mut self, target: &str, at: Instant) {
        let done = self.done.get(target).cloned().unwrap_or_default();
        for (place, credit) in &done.taken {
            let lot = &mut self.lots[*place];
            lot.credits[*credit] = match lot.life {
                Life::Lapsed => Credit::Lapsed,
                Life::Void => Credit::Adjusted,
                Life::Waiting | Life::Active => Credit::Left,
            };
            if lot.kind == Kind::Unlimited {
                lot.credits[*credit] = Credit::Adjusted;
            }
        }
        for place in 0..self.lots.len() {
            if self.lots[place].name == target {
                self.end(place, Life::Void);
            }
            if self.lots[place].told_by.as_deref() == Some(target) {
                self.lots[place].told_by = None;
            }
        }
        for (place, old) in &done.stood {
            if self.lots[*place].life == Life::Active {
                self.lots[*place].stands_until = *old;
            }
        }
        for doubt in &mut self.doubts {
            doubt.gone |= doubt.by == target;
            if doubt.told_by.as_deref() == Some(target) {
                doubt.told_by = None;
            }
        }
        self.expire(at);
        if let Some(hold) = self.holds.iter_mut().find(|hold| hold.name == target) {
            hold.left = 0;
            hold.end = HoldEnd::ForGood;
        }
        if let Some((name, part)) = &done.from_hold {
            let hold = self.holds.iter_mut().find(|hold| &hold.name == name).unwrap();
            if done.released && hold.end == HoldEnd::Released {
                hold.end = HoldEnd::Open;
            }
            if hold.end == HoldEnd::Open {
                hold.left += part;
            }
        }
        self.uncovered.retain(|name| name != target);
    }
}
