//! The places of one host, in two lanes (SPEC P1).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant as Moment;

use crate::credit::AccountId;

/// How long a request may take so that all accounts of a host are asked in time.
const USUAL_MILLIS: u128 = 750;

/// How many are asked at once, and how soon a request counts as slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The fewest and the most places of a host's quick lane.
    pub(super) places: (usize, usize),
    /// From here on a request is slow: it leaves the quick lane, and its account begins in the slow one the next time.
    pub(super) patience: Duration,
}

impl Default for Bounds {
    /// Those of a process that asks again and again.
    fn default() -> Self {
        Self { places: (4, 32), patience: Duration::from_secs(3) }
    }
}

impl Bounds {
    /// Those of a process that asks once and has so long: whoever is slow gives its place up so soon that a few of them don't cost
    /// the others their turn.
    pub(super) fn within(limit: Duration) -> Self {
        let usual = Self::default();
        Self { places: (4, 64), patience: (limit / 8).clamp(Duration::from_millis(250), usual.patience) }
    }
}

/// Which places an account takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Whoever answers.
    Quick,
    /// Whoever answered slowly or not at all.
    Slow,
}

/// Who goes before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A person asked for it.
    Wished,
    /// It is on the screen.
    Shown,
    /// All others.
    Other,
}

/// A place in a queue: by rank, then by what was due first.
pub(super) type Seat = (Rank, Moment, AccountId);

/// One host's queues, and who is out there.
#[derive(Debug, Default)]
pub(super) struct Host {
    quick: BTreeSet<Seat>,
    slow: BTreeSet<Seat>,
    /// Since when whoever is out in the quick lane is.
    quick_out: HashMap<AccountId, Moment>,
    slow_out: usize,
    /// How many requests a second its accounts need, in millionths.
    demand: u128,
    bounds: Bounds,
}

/// What an account that is asked within a time adds to the demand.
fn share(within: Duration) -> u128 {
    1_000_000_000 / within.as_millis().max(1)
}

impl Host {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Counts an account that shall be asked within a time.
    pub(super) fn join(&mut self, within: Duration) {
        self.demand += share(within);
    }

    /// Counts an account no more.
    pub(super) fn leave(&mut self, within: Duration) {
        self.demand = self.demand.saturating_sub(share(within));
    }

    /// The places of the quick lane: as many as it takes to ask all accounts in time, within reason.
    pub(super) fn quick_places(&self) -> usize {
        let needed = (self.demand * USUAL_MILLIS).div_ceil(1_000_000_000);
        usize::try_from(needed).unwrap_or(usize::MAX).clamp(self.bounds.places.0, self.bounds.places.1)
    }

    /// The places of the slow lane.
    pub(super) fn slow_places(&self) -> usize {
        self.quick_places() / 2 + 2
    }

    pub(super) fn has_queue(&self) -> bool {
        !self.quick.is_empty() || !self.slow.is_empty()
    }

    fn queue(&mut self, lane: Lane) -> &mut BTreeSet<Seat> {
        match lane {
            Lane::Quick => &mut self.quick,
            Lane::Slow => &mut self.slow,
        }
    }

    pub(super) fn queue_up(&mut self, lane: Lane, seat: Seat) {
        self.queue(lane).insert(seat);
    }

    pub(super) fn take_back(&mut self, lane: Lane, seat: &Seat) {
        self.queue(lane).remove(seat);
    }

    /// How many are asked before a seat of its lane.
    pub(super) fn before(&self, lane: Lane, seat: &Seat) -> usize {
        let queue = if lane == Lane::Quick { &self.quick } else { &self.slow };
        queue.range(..seat).count()
    }

    /// Who is asked next, where a place is free.
    pub(super) fn next(&self) -> Option<(Lane, Seat)> {
        let quick = self.quick.first().filter(|_| self.quick_out.len() < self.quick_places());
        let slow = || self.slow.first().filter(|_| self.slow_out < self.slow_places());
        quick.map(|seat| (Lane::Quick, seat.clone())).or_else(|| slow().map(|seat| (Lane::Slow, seat.clone())))
    }

    pub(super) fn give_out(&mut self, lane: Lane, id: AccountId, now: Moment) {
        match lane {
            Lane::Quick => drop(self.quick_out.insert(id, now)),
            Lane::Slow => self.slow_out += 1,
        }
    }

    pub(super) fn give_back(&mut self, lane: Lane, id: &AccountId) {
        match lane {
            Lane::Quick => drop(self.quick_out.remove(id)),
            Lane::Slow => self.slow_out = self.slow_out.saturating_sub(1),
        }
    }

    /// Moves those out of the quick lane that have been under way for too long, and names them. There is an end to how many leave it:
    /// a host of which nobody answers is not flooded.
    pub(super) fn overstayed(&mut self, now: Moment) -> Vec<AccountId> {
        let room = (self.slow_places() + self.quick_places()).saturating_sub(self.slow_out);
        let late = |since: &Moment| now.saturating_duration_since(*since) >= self.bounds.patience;
        let moved: Vec<AccountId> =
            self.quick_out.iter().filter(|(_, since)| late(since)).map(|(id, _)| id.clone()).take(room).collect();
        for id in &moved {
            self.quick_out.remove(id);
        }
        self.slow_out += moved.len();
        moved
    }

    /// When the next request of the quick lane is out for too long; `None` where nobody waits for its place.
    pub(super) fn next_overstay(&self) -> Option<Moment> {
        let full = self.slow_out >= self.slow_places() + self.quick_places();
        if self.quick.is_empty() || full {
            return None;
        }
        self.quick_out.values().min().map(|since| *since + self.bounds.patience)
    }
}
