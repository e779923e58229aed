//! What follows where the clock and what this process noticed of time don't agree: the machine slept, or its clock was set.

use std::time::Duration;

use tokio::time::Instant as Moment;

use super::{Note, Schedules, turn};
use crate::credit::{AccountId, Instant, PollHealth, Source};
use crate::report::Report;
use crate::runtime::{Workspace, refused};
use crate::tui::Message;

/// By how much more, or less, the clock must have moved than this process noticed.
const ASTRAY: Duration = Duration::from_secs(30);

impl Schedules {
    /// Brings turns forward where the machine slept: what this process sleeps by stood still meanwhile. Where the clock was set back, what it
    /// stamped until then lies ahead, and all is read again as it is believed now.
    pub(super) fn notice_another_time(&mut self, seen: &mut (Moment, Instant)) {
        let now = (Moment::now(), self.clock.now());
        let noticed = now.0.duration_since(seen.0);
        let by_clock = now.1 - seen.1;
        let slept = by_clock.to_std().unwrap_or_default().saturating_sub(noticed);
        let set_back = by_clock
            .to_std()
            .map_or_else(|_| (-by_clock).to_std().unwrap_or_default() + noticed, |by_clock| noticed.saturating_sub(by_clock));
        // Under a stopped clock no time passes, and none is wrong.
        let is_set_back = set_back >= ASTRAY && self.clock == crate::runtime::Clock::System;
        *seen = now;
        if slept >= ASTRAY {
            self.asks.agenda.hasten(slept, now.0);
        }
        if is_set_back {
            self.read_again();
        }
    }

    /// Has all accounts read again, and told.
    fn read_again(&self) {
        let (news, notes) = (self.news.clone(), self.notes.clone());
        self.ledger_thread.tell(move |workspace| {
            workspace.doubt_own_polls();
            match workspace.recent_books(&workspace.ids()) {
                Ok(books) => {
                    let _ = news.send(Message::Books(books));
                    let what = "The clock was set back: figures that it had stamped ahead are doubted and asked for again";
                    let _ = news.send(Message::Notice(what.to_owned()));
                }
                Err(report) => drop(news.send(refused(None, report))),
            }
            // What can't be read is reported by the books.
            let _ = notes.send(Note::SetBack(healths(workspace).unwrap_or_default()));
        });
    }

    /// Plans the next polls of all accounts by what is recorded of the last ones.
    pub(super) fn begin_anew(&mut self, healths: Vec<(AccountId, PollHealth)>) {
        let (moment, now) = (Moment::now(), self.clock.now());
        for (id, health) in healths {
            let Some(known) = self.known.get_mut(&id) else { continue };
            known.failure = health.failure.as_ref().map(|failure| failure.kind);
            known.next = None;
            self.asks.agenda.rest(&id, turn(&known.account, &health, now, moment));
        }
    }
}

fn healths(workspace: &Workspace) -> Result<Vec<(AccountId, PollHealth)>, Report> {
    let polled = workspace.config().accounts.iter().filter(|account| account.rules.source == Source::Polled);
    polled.map(|account| Ok((account.profile.id.clone(), workspace.health(account)?))).collect()
}
