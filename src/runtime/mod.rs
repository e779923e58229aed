//! Where the pure parts meet the world: the clock, the poller, the terminal, the loop that performs the dashboard's effects.
//!
//! A [`Workspace`] holds the configuration, the definitions and the ledger of one run and makes books of them; commands use it
//! directly, [`dashboard()`] moves it to a thread of its own. Around the dashboard's loop run one schedule per polled account;
//! everything that happens reaches the loop as a message, and it draws once all of them are taken in.

mod aborts;
mod agenda;
mod background;
mod canvas;
mod clock;
mod colours;
mod command_line;
mod confirmed;
mod dashboard;
mod demo;
mod event_loop;
mod hardening;
mod lanes;
mod ledger_thread;
mod locale;
mod once;
mod opening;
mod panics;
mod personal;
mod poll_client;
mod poll_queue;
mod poller;
mod recording;
mod reports;
mod schedule;
mod screen;
mod signals;
mod simulate;
mod statuses;
mod terminal;
mod terminal_events;
#[cfg(test)]
mod testing;
mod turn;
mod versions;
mod watcher;
mod workspace;

pub use clock::*;
pub use dashboard::{DashboardOptions, dashboard};
pub use demo::demo;
pub use hardening::*;
pub use once::{PollProgress, PollWhen};
pub use panics::install_panic_hook;
pub use personal::personal_texts;
pub use schedule::*;
pub use signals::Left;
pub use simulate::{simulate, simulated_accounts};
pub use statuses::Seen;
pub use terminal::say_when_waiting;
pub use workspace::*;

use crate::report::Report;
use crate::tui::{Message, RequestId};

/// What the screens hear of files that others on this machine can read or change, where keys or the ledger depend on them.
fn cautioned(workspace: &Workspace) -> Option<Message> {
    let what = match workspace.cautions(&workspace.ids()).as_slice() {
        [] => return None,
        [only] => format!("Warning: {only}"),
        [..] => "Warning: others can read or change files that keys or the ledger depend on: C shows them".to_owned(),
    };
    Some(Message::Refused { request: None, what, hint: None })
}

/// What the screens hear of something that can't be done, and which question of theirs that answers.
fn refused(request: Option<RequestId>, report: Report) -> Message {
    let details = report.details.iter().map(|detail| format!("; {detail}"));
    Message::Refused { request, what: std::iter::once(report.message.clone()).chain(details).collect(), hint: report.hint }
}
