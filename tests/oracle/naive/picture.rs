//! What can be seen of it, in words that both engines can say.

use std::collections::BTreeSet;

use creditop::credit::{BucketId, Instant};

use super::{Credit, Kind, Life, Lot, MONTHLY, Naive, Picture, stamp};

impl Naive<'_> {
    /// What an entry took from each lot, and what it could not take.
    pub(crate) fn paid(&self, name: &str) -> Vec<String> {
        let done = self.done.get(name).cloned().unwrap_or_default();
        let mut all = self.parts(&done.taken);
        all.push(format!("uncovered {} unknown {}", done.uncovered, done.unknown));
        all
    }

    fn parts(&self, taken: &[(usize, usize)]) -> Vec<String> {
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for (place, _) in taken {
            match parts.last_mut().filter(|(last, _)| last == place) {
                Some((_, number)) => *number += 1,
                None => parts.push((*place, 1)),
            }
        }
        parts.iter().map(|(place, number)| format!("{number} from {}", self.lots[*place].name)).collect()
    }

    pub(super) fn held(&self) -> usize {
        self.holds.iter().map(|hold| hold.left).sum()
    }

    /// The known credits that are not held; `None` where there is no limit.
    pub(crate) fn spendable(&self) -> Option<usize> {
        let is_unlimited = |lot: &Lot| lot.life == Life::Active && lot.kind == Kind::Unlimited;
        let known: usize = (0..self.rules.buckets.len()).map(|bucket| self.known_in(bucket)).sum();
        (!self.lots.iter().any(is_unlimited)).then(|| known.saturating_sub(self.held()))
    }

    /// What a spend would take from each lot now.
    pub(crate) fn would_draw(&mut self, number: usize) -> Vec<String> {
        let taken = self.take(number, None, Credit::Spent);
        for (place, credit) in &taken {
            self.lots[*place].credits[*credit] = Credit::Left;
        }
        self.parts(&taken)
    }

    /// The first instant from now on at which so much could be spent, as [`crate::print_instant`] writes it.
    pub(crate) fn affordable_at(&mut self, cost: usize, horizon: Instant) -> String {
        let mut unsure = false;
        loop {
            if self.spendable().is_none_or(|spendable| spendable >= cost) {
                return stamp(self.now.unwrap());
            }
            unsure |= (0..self.rules.buckets.len()).any(|bucket| self.is_unknown(bucket));
            let Some(at) = self.next_instant().filter(|at| *at <= horizon) else { break };
            self.run(at);
        }
        if unsure { "unknown".to_owned() } else { "never".to_owned() }
    }

    /// Spends whatever can be spent at each instant until so much is spent: when how much, or nothing where the horizon comes first;
    /// and whether anything was unknown on the way.
    pub(crate) fn greedily(mut self, total: usize, horizon: Instant) -> (Option<Vec<(Instant, usize)>>, bool) {
        let mut parts = Vec::new();
        let mut rest = total;
        let mut unsure = false;
        loop {
            let now = self.now.unwrap();
            let number = self.use_up(rest);
            if number > 0 {
                parts.push((now, number));
            }
            rest -= number;
            if rest == 0 {
                return (Some(parts), unsure);
            }
            unsure |= (0..self.rules.buckets.len()).any(|bucket| self.is_unknown(bucket));
            let Some(at) = self.next_instant().filter(|at| *at <= horizon) else { return (None, unsure) };
            self.run(at);
        }
    }

    /// Tries all ways to run whole units, of which there are so many at each price, until the horizon: what runs when in the one that is
    /// done first, of those the one that runs most of the first at first; and whether anything was unknown on the way.
    /// Ends without an answer where there are too many ways.
    pub(crate) fn by_trying(&self, units: &[(usize, usize)], horizon: Instant) -> Option<(Option<Schedule>, bool)> {
        let mut trial = Trial { horizon, best: None, unsure: false, seen: BTreeSet::new(), left: 1_000 };
        let units: Vec<(usize, usize)> = units.to_vec();
        trial.go(self, &units, &mut Vec::new());
        (trial.left > 0).then_some((trial.best, trial.unsure))
    }

    /// Spends as much as is spendable, up to a number; returns how much.
    pub(crate) fn use_up(&mut self, most: usize) -> usize {
        let number = self.spendable().map_or(most, |spendable| spendable.min(most));
        self.take(number, None, Credit::Spent).len()
    }

    /// As [`Self::use_up`], with how much of it came from lots of a bucket that outlast an instant.
    pub(crate) fn use_up_lasting(&mut self, most: usize, bucket: &BucketId, until: Instant) -> (usize, usize) {
        let number = self.spendable().map_or(most, |spendable| spendable.min(most));
        let taken = self.take(number, None, Credit::Spent);
        let lasts = |lot: &Lot| self.rules.buckets[lot.bucket].id == *bucket && lot.until.is_none_or(|end| end > until);
        (taken.len(), taken.iter().filter(|(place, _)| lasts(&self.lots[*place])).count())
    }

    /// Uses up what is held, then draws on as long as nothing is drawn that outlasts an instant: how much of the first lot of a
    /// bucket that ends just then.
    pub(crate) fn lapsing_next(&mut self, bucket: &BucketId, end: Instant) -> usize {
        self.take(self.held(), None, Credit::Spent);
        let mut first = None;
        let mut number = 0;
        while let [(place, _)] = self.take(1, None, Credit::Spent).as_slice() {
            let lot = &self.lots[*place];
            if lot.kind == Kind::Unlimited || lot.until.is_none_or(|until| until > end) {
                break;
            }
            if self.rules.buckets[lot.bucket].id == *bucket && lot.until == Some(end) {
                number += usize::from(*first.get_or_insert(*place) == *place);
            }
        }
        number
    }

    pub(crate) fn picture(&self) -> Picture {
        let mut buckets = Vec::new();
        let mut total = 0;
        let (mut unlimited, mut unknown) = (false, false);
        for (bucket, rule) in self.rules.buckets.iter().enumerate() {
            let is = |lot: &Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unlimited;
            let (is_unlimited, is_unknown) = (self.lots.iter().any(is), self.is_unknown(bucket));
            let known = self.known_in(bucket);
            total += known;
            unlimited |= is_unlimited;
            unknown |= is_unknown;
            let (capacity, resets) = if bucket == MONTHLY { (self.capacity, self.next_reset) } else { (None, None) };
            let (capacity, resets) = (capacity.map(crate::text).unwrap_or_default(), resets.map(stamp).unwrap_or_default());
            let remaining = word(is_unlimited, is_unknown, known);
            buckets.push(format!("{}: {remaining} known {known} of {capacity} resets {resets}", rule.id));
        }
        buckets.extend((0..self.lots.len()).filter_map(|place| self.line(place)));
        buckets.sort();
        let held = self.held();
        let known_total = word(unlimited, false, total);
        let spendable = word(unlimited, unknown, total.saturating_sub(held));
        let uncovered = self.uncovered.iter().map(|name| format!("{name} {}", self.done[name].uncovered)).collect();
        let open = self.holds.iter().filter(|hold| hold.left > 0);
        let holds = open.map(|hold| format!("{} {}", hold.name, hold.left)).collect();
        Picture { totals: [word(unlimited, unknown, total), known_total, held.to_string(), spendable], buckets, uncovered, holds }
    }

    fn line(&self, place: usize) -> Option<String> {
        let lot = &self.lots[place];
        if matches!(lot.life, Life::Lapsed | Life::Void) {
            return None;
        }
        let left = lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        let (remaining, granted) = match lot.kind {
            Kind::Counted => (left.to_string(), lot.credits.len().to_string()),
            Kind::Unlimited => ("unlimited".to_owned(), "unlimited".to_owned()),
            Kind::Unknown if lot.told_by.is_some() => ("0".to_owned(), "unknown".to_owned()),
            Kind::Unknown => ("unknown".to_owned(), "unknown".to_owned()),
        };
        let gives = |lot: &Lot| {
            lot.life == Life::Active
                && (lot.kind == Kind::Unlimited || (lot.kind == Kind::Counted && lot.credits.contains(&Credit::Left)))
        };
        let before = self.lots.iter().filter(|other| gives(other) && self.goes_before(other, lot).is_lt()).count();
        let order = if gives(lot) { (before + 1).to_string() } else { String::new() };
        let until = lot.until.map(stamp).unwrap_or_default();
        let bucket = &self.rules.buckets[lot.bucket].id;
        Some(format!("{bucket} {} #{order} {remaining} of {granted} {} to {until}", lot.name, stamp(lot.from)))
    }
}

/// When how many units of which price run.
pub(crate) type Schedule = Vec<(Instant, Vec<usize>)>;

/// All ways to run units, one after the other.
struct Trial {
    horizon: Instant,
    best: Option<Schedule>,
    unsure: bool,
    seen: BTreeSet<(Instant, Vec<usize>, Vec<usize>)>,
    /// How many states may still be looked at.
    left: usize,
}

impl Trial {
    fn go(&mut self, naive: &Naive<'_>, units: &[(usize, usize)], done: &mut Schedule) {
        let now = naive.now.unwrap();
        self.unsure |= (0..naive.rules.buckets.len()).any(|bucket| naive.is_unknown(bucket));
        if self.best.as_ref().is_some_and(|best| best.last().unwrap().0 <= now) || self.left == 0 {
            return;
        }
        let left_in = |lot: &Lot| lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        let standing = naive.lots.iter().map(left_in).collect();
        if !self.seen.insert((now, units.iter().map(|(_, number)| *number).collect(), standing)) {
            return;
        }
        self.left -= 1;
        let mut choices = vec![Vec::new()];
        for (_, number) in units {
            choices = choices
                .into_iter()
                .flat_map(|so_far| (0..=*number).rev().map(move |n| [so_far.as_slice(), &[n]].concat()))
                .collect();
        }
        for choice in choices {
            let cost: usize = choice.iter().zip(units).map(|(number, (price, _))| number * price).sum();
            if naive.spendable().is_some_and(|spendable| spendable < cost) {
                continue;
            }
            let mut then = naive.clone();
            assert_eq!(then.use_up(cost), cost);
            let rest: Vec<(usize, usize)> =
                units.iter().zip(&choice).map(|((price, number), run)| (*price, number - run)).collect();
            done.push((now, choice));
            if rest.iter().all(|(_, number)| *number == 0) {
                if self.best.as_ref().is_none_or(|best| now < best.last().unwrap().0) {
                    self.best = Some(done.iter().filter(|(_, run)| run.iter().any(|number| *number > 0)).cloned().collect());
                }
            } else if let Some(at) = then.next_instant().filter(|at| *at <= self.horizon) {
                then.run(at);
                self.go(&then, &rest, done);
            }
            done.pop();
        }
    }
}

fn word(unlimited: bool, unknown: bool, number: usize) -> String {
    if unlimited {
        "unlimited".to_owned()
    } else if unknown {
        "unknown".to_owned()
    } else {
        number.to_string()
    }
}
