//! Questions that are answered: by a person before something is written, by the runtime once it is.

use super::calculator::TermsForm;
use super::format;
use super::message::Effect;
use super::message_text::MessageText;
use super::model::{Model, Overlay, Screen};
use super::requests::{Pending, RequestId};
use super::scene::Scene;
use super::widgets::confirm::{Answer, ConfirmAction};
use crate::credit::{AccountId, Amount, Entry, EntryBody, Instant};

/// What is said where a question that was just answered is answered once more: what the key means elsewhere, as to copy, was not
/// meant.
const ANSWERED: &str = "The question was answered already: this key did nothing more";

/// Answers the question that is asked.
pub(super) fn act_in_question(model: &mut Model, action: ConfirmAction, now: Instant) -> Vec<Effect> {
    let Some(Overlay::Confirm(question)) = model.overlay.take_if(|overlay| matches!(overlay, Overlay::Confirm(_))) else {
        return Vec::new();
    };
    match question.answered(action) {
        Answer::Open(question) => model.overlay = Some(Overlay::Confirm(question)),
        Answer::Terms(question) if question.terms.is_some() => {
            model.overlay = Some(Overlay::Terms(Box::new(TermsForm::of(question))));
        }
        Answer::Terms(question) => {
            model.overlay = Some(Overlay::Confirm(question));
            model.refuse("Only a hold has a name and a deadline", now);
        }
        Answer::Yes(drafts, pending) => {
            model.answered = Some(ANSWERED.into());
            let request = model.requests.open(pending);
            return vec![Effect::Append { request, drafts }];
        }
        Answer::No => {
            model.answered = Some(ANSWERED.into());
            model.say("Nothing was written", now);
        }
    }
    Vec::new()
}

/// What was asked for can't be done: what waited for it can be asked for again.
pub(super) fn refused(model: &mut Model, request: Option<RequestId>, why: MessageText, now: Instant) {
    let pending = request.and_then(|request| model.requests.close(request));
    if let (Some(Pending::Entry(mut form)), None, Screen::Ledger) = (pending, &model.overlay, model.screen) {
        form.problem = Some(why);
        model.overlay = Some(Overlay::Form(form));
        return;
    }
    model.refuse(why, now);
}

/// The clipboard took a text.
pub(super) fn copied(model: &mut Model, request: RequestId, now: Instant) {
    if let Some(Pending::Copy(what)) = model.requests.close(request) {
        model.say(what, now);
    }
}

/// What was confirmed is not in the ledger yet: says so, unless its answer came meanwhile.
pub(super) fn late(model: &mut Model, request: RequestId, now: Instant) {
    if model.requests.is_open(request) {
        model.say("Not recorded yet: the ledger is busy, perhaps with another program. It is tried for half a minute", now);
    }
}

/// Entries are in the ledger: says which.
pub(super) fn recorded(model: &mut Model, request: RequestId, entries: &[Entry], now: Instant) {
    if let Some(Pending::Plan(written)) = model.requests.close(request) {
        model.calculator.forget_written(&written);
    }
    let mut sums: Vec<(&AccountId, Amount)> = Vec::new();
    for entry in entries {
        let amount = match &entry.body {
            EntryBody::Spend(spend) => spend.amount,
            EntryBody::Hold { amount, .. } => *amount,
            _ => Amount::ZERO,
        };
        match sums.iter_mut().find(|(account, _)| *account == &entry.account) {
            Some((_, sum)) => *sum = sum.plus(amount).unwrap_or(*sum),
            None => sums.push((&entry.account, amount)),
        }
    }
    let kind = match entries {
        [] => return,
        [first, rest @ ..] if rest.iter().all(|entry| entry.body.kind() == first.body.kind()) => {
            let word = first.body.kind().word();
            format::counted(entries.len(), word, &format!("{word}s"))
        }
        entries => format::counted(entries.len(), "entry", "entries"),
    };
    let scene = Scene::new(&model.setup, model.dates, now);
    let mut said = MessageText::default().words(&format!("✓ Recorded {kind}: "));
    for (place, (id, sum)) in sums.iter().enumerate() {
        said = said.words(if place > 0 { ", " } else { "" }).account(model, id);
        if !sum.is_zero() {
            said = said.words(&format!(" {}", scene.amount(*sum)));
        }
    }
    model.say(said, now);
}
