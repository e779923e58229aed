//! Who is asked next (SPEC P1, P3, P4): pure decisions, handed the present moment.
//!
//! An account rests until it is due, queues until its host has a free place, and is out while a request is under way. A host has two
//! lanes. Whoever answered slowly or not at all asks in the slow one the next time, and whoever is out for longer than
//! the patience of [`Bounds`] leaves the quick one while still under way: however many of them there are, they take places from each other only. What a person
//! wished for goes before what is looked at, and that before the rest.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant as Moment;

use super::lanes::{Bounds, Host, Lane, Rank, Seat};
use super::turn::{Gap, Place, Terms, Turn, Wish};
use crate::credit::AccountId;

/// The least time between two requests for one account that a person wishes for: a key that is held down is one wish.
const BETWEEN_WISHES: Duration = Duration::from_secs(5);

/// The least time between two that the provider asked not to make.
const BETWEEN_OVERRIDES: Duration = Duration::from_mins(1);

/// The places of all accounts.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: HashMap<AccountId, Entry>,
    resting: BTreeSet<(Moment, AccountId)>,
    hosts: HashMap<String, Host>,
    /// When a key or host may be asked again by its stated rate.
    gaps: HashMap<Gap, Moment>,
    /// What is on the screen, and whether somebody watches it.
    shown: HashSet<AccountId>,
    watched: bool,
    bounds: Bounds,
}

#[derive(Debug)]
struct Entry {
    terms: Terms,
    place: Spot,
    lane: Lane,
    turn: Turn,
    wished: bool,
    /// When a wish had it asked last, and when one did against its provider's wish.
    wish_met: Option<Moment>,
    overridden: Option<Moment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    Resting(Moment),
    Queued(Rank, Moment),
    Out(Moment, Lane),
    Answered,
}

impl Entry {
    /// Why a wish does not have it asked now.
    fn refusal(&self, now: Moment, only: bool) -> Option<Wish> {
        let Turn { asked_to_wait, not_before, .. } = self.turn;
        let again = self.wish_met.map(|met| met + BETWEEN_WISHES).filter(|again| *again > now);
        match self.place {
            Spot::Out(..) | Spot::Answered => Some(Wish::UnderWay),
            Spot::Queued(..) => None,
            Spot::Resting(_) if not_before > now => Some(Wish::NotBefore(not_before)),
            Spot::Resting(_) if asked_to_wait > now => {
                // Who refreshes a whole list means none of them in particular.
                let just_now = self.overridden.is_some_and(|at| at + BETWEEN_OVERRIDES > now);
                (!only || just_now).then_some(Wish::NotBefore(asked_to_wait))
            }
            Spot::Resting(_) => again.map(Wish::JustAsked),
        }
    }
}

impl Agenda {
    /// Without accounts, and with these bounds for each host.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Takes an account in; `slow` where it is known to answer slowly or not at all.
    pub(super) fn put(&mut self, id: &AccountId, terms: Terms, turn: Turn, slow: bool) {
        self.remove(id);
        let host = self.hosts.entry(terms.host.clone()).or_insert_with(|| Host::new(self.bounds));
        host.join(terms.within);
        let lane = if slow { Lane::Slow } else { Lane::Quick };
        let due = if self.is_watched(id) { turn.looked_at } else { turn.due };
        self.resting.insert((due, id.clone()));
        self.entries.insert(
            id.clone(),
            Entry { terms, place: Spot::Resting(due), lane, turn, wished: false, wish_met: None, overridden: None },
        );
    }

    /// Forgets an account; a request that is under way gives its place back.
    pub(super) fn remove(&mut self, id: &AccountId) {
        let Some(entry) = self.entries.remove(id) else { return };
        self.resting_out(id, entry.place);
        if let Some(host) = self.hosts.get_mut(&entry.terms.host) {
            host.leave(entry.terms.within);
            match entry.place {
                Spot::Queued(rank, due) => host.take_back(entry.lane, &(rank, due, id.clone())),
                Spot::Out(_, lane) => host.give_back(lane, id),
                Spot::Resting(_) | Spot::Answered => {}
            }
        }
    }

    fn resting_out(&mut self, id: &AccountId, place: Spot) {
        if let Spot::Resting(due) = place {
            self.resting.remove(&(due, id.clone()));
        }
    }

    /// Those that are asked now, in this order. From here on they count as out.
    pub(super) fn start(&mut self, now: Moment) -> Vec<AccountId> {
        while let Some((due, id)) = self.resting.first().filter(|(due, _)| *due <= now).cloned() {
            self.resting.remove(&(due, id.clone()));
            self.enqueue(&id, due);
        }
        let mut started = Vec::new();
        let hosts: Vec<String> = self.hosts.iter().filter(|(_, host)| host.has_queue()).map(|(name, _)| name.clone()).collect();
        for name in hosts {
            for id in self.hosts.get_mut(&name).map(|host| host.overstayed(now)).unwrap_or_default() {
                if let Some(Entry { place: Spot::Out(_, lane), .. }) = self.entries.get_mut(&id) {
                    *lane = Lane::Slow;
                }
            }
            while let Some((lane, seat)) = self.hosts.get(&name).and_then(Host::next) {
                match self.begin(&name, lane, &seat, now) {
                    Some(true) => started.push(seat.2),
                    Some(false) => {}
                    // The host as a whole may not be asked yet.
                    None => break,
                }
            }
        }
        started
    }

    /// Takes the first of a queue out of it and, where the provider's rate allows, sends it off: `Some(false)` where it rests until
    /// its key may be used again, `None` where its host may not be asked yet.
    fn begin(&mut self, host: &str, lane: Lane, seat: &Seat, now: Moment) -> Option<bool> {
        let entry = self.entries.get_mut(&seat.2)?;
        let allowed = entry.terms.gap.as_ref().and_then(|(gap, _)| self.gaps.get(gap)).copied().filter(|at| *at > now);
        if let (Some(_), Some((Gap::Host(_), _))) = (allowed, &entry.terms.gap) {
            return None;
        }
        let places = self.hosts.get_mut(host)?;
        places.take_back(lane, seat);
        if let Some(at) = allowed {
            entry.place = Spot::Resting(at);
            self.resting.insert((at, seat.2.clone()));
            return Some(false);
        }
        if let Some((gap, least)) = &entry.terms.gap {
            self.gaps.insert(gap.clone(), now + *least);
        }
        places.give_out(lane, seat.2.clone(), now);
        entry.place = Spot::Out(now, lane);
        entry.turn.not_before = now + entry.terms.minimum;
        if std::mem::take(&mut entry.wished) {
            entry.wish_met = Some(now);
        }
        Some(true)
    }

    fn enqueue(&mut self, id: &AccountId, due: Moment) {
        let shown = self.shown.contains(id);
        let Some(entry) = self.entries.get_mut(id) else { return };
        let rank = match (entry.wished, shown) {
            (true, _) => Rank::Wished,
            (false, true) => Rank::Shown,
            (false, false) => Rank::Other,
        };
        entry.place = Spot::Queued(rank, due);
        if let Some(host) = self.hosts.get_mut(&entry.terms.host) {
            host.queue_up(entry.lane, (rank, due, id.clone()));
        }
    }

    /// Takes an account out of where it waits, and queues it anew.
    fn requeue(&mut self, id: &AccountId, due: Moment) {
        let Some(entry) = self.entries.get(id) else { return };
        match entry.place {
            Spot::Resting(before) => drop(self.resting.remove(&(before, id.clone()))),
            Spot::Queued(rank, before) => {
                let (host, lane) = (entry.terms.host.clone(), entry.lane);
                if let Some(host) = self.hosts.get_mut(&host) {
                    host.take_back(lane, &(rank, before, id.clone()));
                }
            }
            Spot::Out(..) | Spot::Answered => return,
        }
        self.enqueue(id, due);
    }

    /// Notes that a request has ended: its place is free. The account waits until [`Agenda::rest`] says when it is asked again, in the
    /// slow lane where it had to be waited for longer than the patience of [`Bounds`], or was `troubled`: its host did not answer properly.
    pub(super) fn answered(&mut self, id: &AccountId, now: Moment, troubled: bool) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let Spot::Out(since, lane) = entry.place else { return };
        entry.place = Spot::Answered;
        entry.lane = if troubled || now.duration_since(since) > self.bounds.patience { Lane::Slow } else { Lane::Quick };
        if let Some(host) = self.hosts.get_mut(&entry.terms.host) {
            host.give_back(lane, id);
        }
    }

    /// Says when an account that rests, or was answered, is asked next.
    pub(super) fn rest(&mut self, id: &AccountId, turn: Turn) {
        let watched = self.is_watched(id);
        let Some(entry) = self.entries.get_mut(id) else { return };
        let before = entry.place;
        if matches!(before, Spot::Queued(..) | Spot::Out(..)) {
            return;
        }
        let not_before = turn.not_before.max(entry.turn.not_before);
        entry.turn = Turn { not_before, ..turn };
        let due = if watched { turn.looked_at } else { turn.due }.max(entry.turn.not_before).max(turn.asked_to_wait);
        entry.place = Spot::Resting(due);
        self.resting_out(id, before);
        self.resting.insert((due, id.clone()));
    }

    /// Moves an account to the front, in the quick lane where it is the `only` one wished for.
    pub(super) fn wish(&mut self, id: &AccountId, now: Moment, only: bool) -> Option<Wish> {
        let entry = self.entries.get_mut(id)?;
        let overrides = match entry.refusal(now, only) {
            Some(refused) => return Some(refused),
            None => (entry.turn.asked_to_wait > now).then_some(entry.turn.asked_to_wait),
        };
        if overrides.is_some() {
            entry.overridden = Some(now);
        }
        let (place, lane) = (entry.place, entry.lane);
        entry.wished = true;
        if only && lane == Lane::Slow {
            // Taken out here: the queue that it stands in is told by its lane.
            if let (Spot::Queued(rank, due), Some(host)) = (place, self.hosts.get_mut(&entry.terms.host)) {
                host.take_back(lane, &(rank, due, id.clone()));
            }
            entry.lane = Lane::Quick;
        }
        self.requeue(id, now);
        match (overrides, self.place(id)) {
            (Some(until), _) => Some(Wish::Overrides(until)),
            (None, Some(Place::Queued(before))) => Some(Wish::Next(before)),
            _ => None,
        }
    }

    /// Asks for an account as soon as its turn allows, because something that it is asked with may have changed. With `another_key` that is
    /// known: whom its provider asked to wait was somebody else.
    pub(super) fn hurry(&mut self, id: &AccountId, now: Moment, another_key: bool) {
        let Some(entry) = self.entries.get(id) else { return };
        if let Spot::Resting(due) = entry.place {
            let Turn { asked_to_wait, not_before, .. } = entry.turn;
            let asked_to_wait = if another_key { now } else { asked_to_wait };
            let at = not_before.max(asked_to_wait).max(now).min(due);
            self.rest(id, Turn { due: at, looked_at: at, asked_to_wait, not_before });
        }
    }

    /// Has an account that rests asked no later than at its interval: something was recorded of it.
    pub(super) fn stir(&mut self, id: &AccountId) {
        let Some(entry) = self.entries.get(id) else { return };
        let turn = Turn { due: entry.turn.looked_at, ..entry.turn };
        if matches!(entry.place, Spot::Resting(_)) {
            self.rest(id, turn);
        }
    }

    /// Notes what is on the screen: it goes before what is not, and is due no later than at its interval while somebody watches.
    pub(super) fn look(&mut self, ids: HashSet<AccountId>, watched: bool) {
        let changed: Vec<AccountId> = if self.watched == watched {
            self.shown.symmetric_difference(&ids).cloned().collect()
        } else {
            self.shown.union(&ids).cloned().collect()
        };
        (self.shown, self.watched) = (ids, watched);
        for id in changed {
            let Some(entry) = self.entries.get(&id) else { continue };
            match entry.place {
                Spot::Resting(_) => self.rest(&id, entry.turn),
                Spot::Queued(rank, due) if rank != Rank::Wished => self.requeue(&id, due),
                _ => {}
            }
        }
    }

    fn is_watched(&self, id: &AccountId) -> bool {
        self.watched && self.shown.contains(id)
    }

    /// Brings every turn forward: the machine slept for so long, and the moments that it goes by stood still.
    pub(super) fn hasten(&mut self, by: Duration, now: Moment) {
        let earlier = |moment: Moment| moment.checked_sub(by).unwrap_or(now).max(now.min(moment));
        let resting = std::mem::take(&mut self.resting);
        for (due, id) in resting {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let Turn { due: turn, looked_at, asked_to_wait, not_before } = entry.turn;
            let (asked_to_wait, not_before) = (earlier(asked_to_wait), earlier(not_before));
            entry.turn = Turn { due: earlier(turn), looked_at: earlier(looked_at), asked_to_wait, not_before };
            entry.place = Spot::Resting(earlier(due));
            self.resting.insert((earlier(due), id));
        }
    }

    /// Where an account stands.
    pub(super) fn place(&self, id: &AccountId) -> Option<Place> {
        let entry = self.entries.get(id)?;
        Some(match entry.place {
            Spot::Resting(due) => Place::Resting(due),
            Spot::Out(..) => Place::Out,
            Spot::Answered => Place::Answered,
            Spot::Queued(rank, due) => {
                let seat = (rank, due, id.clone());
                Place::Queued(self.hosts.get(&entry.terms.host).map_or(0, |host| host.before(entry.lane, &seat)))
            }
        })
    }

    /// When [`Agenda::start`] has something to do again if nothing happens meanwhile.
    pub(super) fn wake_at(&self) -> Option<Moment> {
        let due = self.resting.first().map(|(due, _)| *due);
        let busy = self.hosts.values().filter(|host| host.has_queue());
        let overstays = busy.clone().filter_map(Host::next_overstay);
        let allowed = busy.filter_map(Host::next).filter_map(|(_, seat)| {
            let (gap, _) = self.entries.get(&seat.2)?.terms.gap.as_ref()?;
            self.gaps.get(gap).copied()
        });
        // The earliest; the latest of none is none.
        due.into_iter().chain(overstays).chain(allowed).map(Reverse).max().map(|Reverse(at)| at)
    }
}

#[cfg(test)]
mod tests;
