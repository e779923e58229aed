//! How polls stand, in words, and which accounts a person looks at.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::accounts::Account;
use super::format::{self, counted};
use super::message::{NextPoll, Pace, PollPhase, Wished};
use super::message_text::MessageText;
use super::model::{Model, Screen};
use super::outcomes;
use super::overview;
use super::requests::{Pending, RequestId};
use super::scene::Scene;
use crate::credit::{AccountId, Instant, Source};

/// The accounts that are on the screen: the runtime asks for them first.
#[must_use]
pub fn looked_at(model: &Model) -> HashSet<AccountId> {
    let selected = model.selected.iter().cloned();
    match model.screen {
        Screen::Overview => selected.chain(overview::on_screen(model)).collect(),
        Screen::Account | Screen::Calculator | Screen::Ledger => selected.collect(),
    }
}

/// What came of a wish for polls, in a line.
pub(super) fn tell_wished(model: &mut Model, request: RequestId, wished: &[(AccountId, Wished)], now: Instant) {
    let Some(Pending::Refresh) = model.requests.close(request) else { return };
    let text = match wished {
        [] => "Nothing to ask: no provider is polled for this".into(),
        [(id, wished)] => MessageText::default().account(model, id).words(&match wished {
            Wished::Asking => " is being asked".to_owned(),
            Wished::Queued(0) => " goes to the front: it is asked next".to_owned(),
            Wished::Queued(before) => {
                format!(" goes to the front: it is asked after {}", counted(*before, "other", "others"))
            }
            Wished::Overriding(at) => {
                format!(
                    ": the provider asks to wait for {} more; it is asked once all the same",
                    format::countdown(*at, now).text
                )
            }
            Wished::JustAsked(at) => {
                format!(" was asked a moment ago; again in {} at the soonest", format::countdown(*at, now).text)
            }
            Wished::NotBefore(at) => {
                format!(": the provider asks to wait; next try in {}", format::countdown(*at, now).text)
            }
        }),
        many => of_many(many).into(),
    };
    model.say(text, now);
    outcomes::wait_for(model, wished);
}

fn of_many(wished: &[(AccountId, Wished)]) -> String {
    let count = |is: fn(&Wished) -> bool| wished.iter().filter(|(_, wished)| is(wished)).count();
    let asking = count(|wished| matches!(wished, Wished::Asking | Wished::Overriding(_)));
    let queued = count(|wished| matches!(wished, Wished::Queued(_)));
    let waiting = count(|wished| matches!(wished, Wished::NotBefore(_)));
    let just_asked = count(|wished| matches!(wished, Wished::JustAsked(_)));
    let (one, many) = ("account is being asked", "accounts are being asked");
    let mut parts = vec![counted(asking, one, many)];
    if queued > 0 {
        parts.push(counted(queued, "follows", "follow"));
    }
    if waiting > 0 {
        parts.push(counted(waiting, "waits because its provider asked to", "wait because their providers asked to"));
    }
    if just_asked > 0 {
        parts.push(counted(just_asked, "was asked a moment ago", "were asked a moment ago"));
    }
    parts.join(", ")
}

/// Where a poll that is due stands, while it is: `asking now…`, `asked after 12 others`.
fn under_way(account: &Account) -> Option<String> {
    match account.phase? {
        PollPhase::Asking => Some("asking now…".to_owned()),
        PollPhase::Queued(0) => Some("due, asked next".to_owned()),
        PollPhase::Queued(before) => Some(format!("due, asked after {}", counted(before, "other", "others"))),
        PollPhase::Resting(_) => None,
    }
}

/// When the account is asked next, as far as that is known.
fn next_at(account: &Account) -> Option<Instant> {
    match account.phase {
        Some(PollPhase::Resting(next)) => Some(next.at),
        Some(PollPhase::Asking | PollPhase::Queued(_)) => None,
        None => {
            let status = account.status.as_ref().ok()?;
            status.failure.as_ref().and_then(|failure| failure.retry_at).or(status.next_poll_at)
        }
    }
}

/// Why the account is not simply asked at its interval, in a sentence; `None` where it is, or where that is about to be said anyway.
pub(crate) fn reason(scene: &Scene<'_>, account: &Account) -> Option<String> {
    if account.book.rules.source == Source::Ledger {
        return None;
    }
    let Some(PollPhase::Resting(NextPoll { pace, .. })) = account.phase else { return None };
    Some(match pace {
        Pace::Interval => return None,
        Pace::AfterReset => "asked again just after the reset".to_owned(),
        Pace::Quiet { every, since } => {
            let after = TimeDelta::from_std(every).unwrap_or(TimeDelta::MAX);
            let every = scene.now.checked_add_signed(after).map_or_else(String::new, |at| format::countdown(at, scene.now).text);
            format!("asked every {every}: nothing changed since {}", scene.date(since))
        }
        Pace::Retry => "asked again later, because the last poll failed".to_owned(),
        Pace::AskedToWait => "asked again when the provider allows it".to_owned(),
    })
}

/// How fresh the figures are and when they are asked for again.
pub(crate) fn freshness(scene: &Scene<'_>, account: &Account) -> String {
    let Ok(status) = &account.status else { return String::new() };
    if status.source == Source::Ledger {
        let before = account.begins();
        // What is dated ahead is still to come; of the rest it counts when it was written down, not when it happened.
        let entries = account.book.entries.iter().filter(|entry| entry.at <= scene.now);
        return match entries.map(|entry| entry.recorded_at.min(scene.now)).max().or(before) {
            Some(at) => format!("kept by hand · last entry {}", scene.age(at)),
            None if account.book.entries.is_empty() => "kept by hand · no entries yet".to_owned(),
            None => "kept by hand · entries for later only".to_owned(),
        };
    }
    if let Some(standing) = under_way(account) {
        return standing;
    }
    let failed = status.failure.as_ref().map(|failure| format!("failed {}", scene.age(failure.at)));
    let polled = account.book.health.last_ok_at.or(status.observed_at).map(|at| format!("polled {}", scene.age(at)));
    let next = next_at(account).map(|at| match scene.coarse(at).as_str() {
        "now" => "next is due".to_owned(),
        left => format!("next in {left}"),
    });
    let parts: Vec<String> =
        [polled.or(failed).or_else(|| Some("not asked yet".to_owned())), next].into_iter().flatten().collect();
    parts.join(" · ")
}
