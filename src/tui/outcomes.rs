//! What the polls that a person asked for came to: every wish ends in a line that says so.

use std::collections::BTreeMap;

use super::accounts::Account;
use super::format;
use super::message::Wished;
use super::message_text::MessageText;
use super::model::Model;
use super::scene::Scene;
use crate::credit::{AccountId, BucketId, Failure, FailureKind, Figure, Instant};

/// So many accounts without new figures are named.
const NAMED: usize = 3;

/// The polls that were wished for and have not answered, and what the others came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    /// Each with the instant until which its provider asked to be left alone, where it is asked all the same.
    waiting: BTreeMap<AccountId, Option<Instant>>,
    answered: Vec<(AccountId, Outcome)>,
    /// What was said last: a line of its own is replaced, another's is not.
    said: Option<MessageText>,
}

/// What a poll came to.
#[derive(Debug, Clone)]
enum Outcome {
    /// Other figures: the totals before and after.
    New(Figure, Figure),
    Unchanged(Figure),
    Failed(Failure),
    /// It turned out not to be polled at all.
    NotPolled(String),
}

/// What is known of an account's polls and figures, to be held against what is known later.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    polled: (Option<Instant>, Option<Failure>),
    others_ok_at: Option<Instant>,
    entries: usize,
    total: Figure,
    buckets: Vec<(BucketId, Figure)>,
}

impl Known {
    pub(super) fn of(account: &Account) -> Self {
        let (health, status) = (&account.book.health, account.status.as_ref().ok());
        let buckets = status.into_iter().flat_map(|status| &status.buckets);
        Self {
            polled: (health.last_ok_at, health.failure.clone()),
            others_ok_at: health.others_ok_at,
            entries: account.book.entries.len(),
            total: status.map_or(Figure::Unknown, |status| status.total),
            buckets: buckets.map(|bucket| (bucket.id.clone(), bucket.remaining)).collect(),
        }
    }

    /// Whether a poll of the account itself lies between the two. Under a stopped clock it leaves no other trace than that nothing else
    /// does.
    fn was_polled_since(&self, before: &Self) -> bool {
        let elsewhere = self.entries != before.entries || self.others_ok_at != before.others_ok_at;
        self.polled != before.polled || !elsewhere
    }
}

/// Notes which accounts a person waits for now.
pub(super) fn wait_for(model: &mut Model, wished: &[(AccountId, Wished)]) {
    let outcomes = &mut model.outcomes;
    if outcomes.waiting.is_empty() {
        outcomes.answered.clear();
    }
    let asked = wished.iter().filter(|(_, wished)| matches!(wished, Wished::Asking | Wished::Queued(_) | Wished::Overriding(_)));
    for (id, wished) in asked {
        outcomes.answered.retain(|(answered, _)| answered != id);
        let overridden = if let Wished::Overriding(until) = wished { Some(*until) } else { None };
        outcomes.waiting.insert(id.clone(), overridden);
    }
    outcomes.said = model.toast.as_ref().map(|toast| toast.text.clone());
}

/// Forgets accounts that are not configured any more.
pub(super) fn forget_missing(model: &mut Model) {
    let accounts = &model.accounts;
    model.outcomes.waiting.retain(|id, _| accounts.iter().any(|account| account.id() == id));
}

/// Takes in that an account has changed, and says what its poll came to where somebody waits for it.
pub(super) fn hear(model: &mut Model, id: &AccountId, before: &Known, now: Instant) {
    let Some(account) = model.find(id).filter(|_| model.outcomes.waiting.contains_key(id)) else { return };
    let known = Known::of(account);
    let outcome = match (&account.book.rules.unpolled, &account.book.health.failure) {
        (Some(why), _) => Outcome::NotPolled(why.clone()),
        _ if !known.was_polled_since(before) => return,
        (None, Some(failure)) => Outcome::Failed(failure.clone()),
        (None, None) if known.buckets == before.buckets => Outcome::Unchanged(known.total),
        (None, None) => Outcome::New(before.total, known.total),
    };
    let overridden = model.outcomes.waiting.remove(id).flatten();
    model.outcomes.answered.push((id.clone(), outcome));
    let is_last = model.outcomes.waiting.is_empty();
    let is_mine = model.toast.as_ref().is_none_or(|toast| Some(&toast.text) == model.outcomes.said.as_ref());
    if !is_last && !is_mine {
        return;
    }
    let (said, went) = match model.outcomes.answered.as_slice() {
        [(id, outcome)] if is_last => of_one(model, id, outcome, overridden, now),
        answered => (of_many(model, answered, now), true),
    };
    model.outcomes.said = Some(said.clone());
    if went { model.say(said, now) } else { model.refuse(said, now) }
}

fn of_one(model: &Model, id: &AccountId, outcome: &Outcome, overridden: Option<Instant>, now: Instant) -> (MessageText, bool) {
    let scene = Scene::new(&model.setup, model.dates, now);
    let at = now.with_timezone(&scene.zone()).format("%H:%M:%S");
    let unit = model.find(id).map_or_else(String::new, |account| account.book.profile.unit.clone());
    let figure = |figure: Figure| match figure {
        Figure::Known(amount) => format!("{} {unit}", scene.amount(amount)),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "figures not all known".to_owned(),
    };
    let mut said = MessageText::default().account(model, id);
    if let Some(until) = overridden {
        // The answer may come before anybody could read that it was asked for.
        let wait = format::countdown(until, now).text;
        said = said.words(&format!(": the provider asks to wait for {wait} more; it was asked once all the same"));
    }
    match outcome {
        Outcome::New(Figure::Known(before), after @ Figure::Known(amount)) if before != amount => {
            (said.words(&format!(": new figures at {at}: {} → {}", scene.amount(*before), figure(*after))), true)
        }
        Outcome::New(_, after) => (said.words(&format!(": new figures at {at}: {}", figure(*after))), true),
        Outcome::Unchanged(total) => (said.words(&format!(": unchanged at {at}: {}", figure(*total))), true),
        Outcome::NotPolled(why) => (said.words(&format!(": not asked: {why}")), true),
        Outcome::Failed(Failure { kind, message, .. }) => {
            (said.words(&format!(": {} at {at}, no new figures: ", kind.words())).private(message), false)
        }
    }
}

fn of_many(model: &Model, answered: &[(AccountId, Outcome)], now: Instant) -> MessageText {
    let scene = Scene::new(&model.setup, model.dates, now);
    let at = now.with_timezone(&scene.zone()).format("%H:%M:%S");
    let all = answered.len() + model.outcomes.waiting.len();
    let count = |is: fn(&Outcome) -> bool| answered.iter().filter(|(_, outcome)| is(outcome)).count();
    let (new, unchanged) =
        (count(|outcome| matches!(outcome, Outcome::New(..))), count(|outcome| matches!(outcome, Outcome::Unchanged(_))));
    let begun = if answered.len() < all {
        format!("{} of {all} answered: ", answered.len())
    } else {
        format!("All {all} answered at {at}: ")
    };
    let rest = format!("{new} with new figures, {unchanged} unchanged");
    let failed: Vec<(&AccountId, FailureKind)> = answered
        .iter()
        .filter_map(|(id, outcome)| match outcome {
            Outcome::Failed(failure) => Some((id, failure.kind)),
            _ => None,
        })
        .collect();
    if failed.is_empty() {
        return MessageText::default().words(&format!("{begun}{rest}"));
    }
    // Who has none comes first: on a narrow screen the line's end is cut.
    let mut said = MessageText::default().words(&format!("{begun}{} without: ", failed.len()));
    for (place, (id, kind)) in failed.iter().take(NAMED).enumerate() {
        said = said.words(if place > 0 { ", " } else { "" }).account(model, id).words(&format!(" ({})", kind.words()));
    }
    let more = if failed.len() > NAMED { " …" } else { "" };
    said.words(&format!("{more}; {rest}"))
}
