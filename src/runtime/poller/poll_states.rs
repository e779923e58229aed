//! Tells those who look how polls stand.

use std::time::Duration;

use tokio::time::Instant as Moment;

use super::{Schedules, delta};
use crate::credit::{AccountId, Instant};
use crate::runtime::turn::Place;
use crate::tui::{Message, NextPoll, Pace, PollPhase};

/// How often those who look are told how a queue moves.
const TELLING: Duration = Duration::from_secs(1);

impl Schedules {
    /// Tells those who look how polls stand, where that has changed; gives when to tell of queues again.
    pub(super) fn tell(&mut self, before: Option<Moment>) -> Option<Moment> {
        let now = Moment::now();
        let mut queued = false;
        let often = before.is_none_or(|at| at <= now);
        let mut changed = Vec::new();
        for id in std::mem::take(&mut self.looked_at) {
            if let Some(phase) = self.phase(&id) {
                let moves = matches!(phase, PollPhase::Queued(_));
                queued |= moves;
                let known = self.told.get(&id);
                if known != Some(&phase) && (often || !moves || !matches!(known, Some(PollPhase::Queued(_)))) {
                    changed.push((id.clone(), phase));
                }
            }
            self.looked_at.push(id);
        }
        if !changed.is_empty() {
            self.told.extend(changed.iter().cloned());
            self.say(Message::Polls(changed));
        }
        queued.then(|| before.filter(|_| !often).unwrap_or(now + TELLING))
    }

    /// How the polls of an account stand; `None` where that is about to change.
    fn phase(&mut self, id: &AccountId) -> Option<PollPhase> {
        Some(match self.asks.agenda.place(id)? {
            Place::Out => PollPhase::Asking,
            Place::Answered => return None,
            Place::Queued(before) => PollPhase::Queued(roughly(before)),
            Place::Resting(due) => PollPhase::Resting(self.next_of(id, due)?),
        })
    }

    /// When an account that is due at a moment is asked next, and why then. Worked out once for each turn, so that what is said of it
    /// stays the same.
    fn next_of(&mut self, id: &AccountId, due: Moment) -> Option<NextPoll> {
        let at = self.instant_of(due);
        let known = self.known.get_mut(id)?;
        if let Some((_, next)) = known.next.filter(|(planned, _)| *planned == due) {
            return Some(next);
        }
        let pace = match known.next {
            // Somebody looks, or something was recorded.
            None | Some((_, NextPoll { pace: Pace::Quiet { .. }, .. })) => Pace::Interval,
            Some((_, next)) => next.pace,
        };
        let next = NextPoll { at, pace };
        known.next = Some((due, next));
        Some(next)
    }

    /// The instant of a moment, to the second: that of one moment is the same whenever it is asked for.
    pub(super) fn instant_of(&self, moment: Moment) -> Instant {
        let wait = moment.saturating_duration_since(Moment::now());
        let at = self.clock.now().checked_add_signed(delta(wait)).unwrap_or(Instant::MAX_UTC);
        Instant::from_timestamp((at.timestamp_millis() + 500).div_euclid(1000), 0).unwrap_or(at)
    }
}

/// A number of others as it is told: exact as long as that can be followed.
fn roughly(count: usize) -> usize {
    match count {
        0..10 => count,
        10..100 => count / 10 * 10,
        _ => count / 100 * 100,
    }
}
