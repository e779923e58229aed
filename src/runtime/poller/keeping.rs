//! Keeps answers and plans what follows, on the ledger's thread.

use fastrand::Rng;

use crate::config::Account;
use crate::credit::{AccountId, Book};
use crate::report::Report;
use crate::runtime::Workspace;
use crate::runtime::poll_client::PollAnswer;
use crate::runtime::schedule::{Plan, Situation, plan};
use crate::runtime::workspace::as_it_came;
use crate::tui::Message;

/// Keeps an answer; gives when the account is asked next, and what the screens hear of it.
pub(super) fn take_in(
    workspace: &mut Workspace,
    account: &Account,
    asked: &PollAnswer,
    random: &mut Rng,
) -> (Option<Plan>, Result<Message, Report>) {
    let id = &account.profile.id;
    let answer = match asked {
        PollAnswer::Answer(answer) => as_it_came(answer, workspace.now()),
        PollAnswer::Sandbox(key) => {
            workspace.keyed(id, key);
            return (None, recent_book(workspace, id).map(|book| Message::BookChanged(Box::new(book))));
        }
    };
    let answer = &*answer;
    let failure = answer.as_ref().err();
    let kept = workspace.keep(id, answer);
    let attempts = workspace.failed_attempts(id).unwrap_or(1).max(1);
    let book = kept.and_then(|()| recent_book(workspace, id));
    let now = workspace.now();
    let healthy = book.as_ref().ok().filter(|_| failure.is_none());
    let situation = Situation {
        now,
        asked_at: answer.as_ref().map_or_else(|failure| failure.at, |observation| observation.at),
        interval: account.interval,
        longest: account.max_interval,
        minimum: account.definition.request.as_ref().and_then(|request| request.minimum_interval).unwrap_or_default(),
        failure: failure.map(|failure| (failure, attempts)),
        next_reset: healthy.and_then(|book| book.status(now).ok()?.next_reset().map(|(_, at)| at)),
        unchanged_since: healthy.and_then(|book| {
            let recorded = book.entries.iter().map(|entry| entry.recorded_at).max();
            recorded.max(book.observations.last().map(|observation| observation.at))
        }),
    };
    (Some(plan(&situation, random)), book.map(|book| Message::BookChanged(Box::new(book))))
}

/// The other accounts of a balance, for which the answer counts too. What can't be read now is read at their own next polls.
pub(super) fn of_sharers(workspace: &Workspace, id: &AccountId) -> Vec<Book> {
    let others = workspace.sharers(id).unwrap_or_default();
    others.iter().filter_map(|other| recent_book(workspace, other).ok()).collect()
}

/// An account with what is recorded of it of late.
fn recent_book(workspace: &Workspace, id: &AccountId) -> Result<Book, Report> {
    workspace.recent_book(id, workspace.recently())
}
