//! The accounts of the dashboard: taking in what is recorded of them, and asking the engine in time.

use std::collections::HashMap;

use super::accounts::{Account, Called};
use super::message::PollPhase;
use super::message_text::MessageText;
use super::model::{Model, Overlay};
use super::outcomes::{self, Known};
use super::requests::{Pending, RequestId};
use crate::credit::{AccountId, Book, ExplainedEntry, Instant};

/// The most accounts that the engine is asked about at once: a fold may take a third of a millisecond.
pub(crate) const MOST_SETTLED: usize = 128;

/// Asks the engine about accounts whose time has come, those near the selected one first; whether there were any. With very
/// many accounts the others follow at the next wakes, so that keys are answered meanwhile.
pub(super) fn settle(model: &mut Model, now: Instant) -> bool {
    let selected = model.accounts.iter().position(|account| model.selected.as_ref() == Some(account.id())).unwrap_or(0);
    let mut due: Vec<usize> =
        model.accounts.iter().enumerate().filter(|(_, account)| account.due <= now).map(|(place, _)| place).collect();
    due.sort_by_key(|place| place.abs_diff(selected));
    due.truncate(MOST_SETTLED);
    for place in &due {
        if let Some(account) = model.accounts.get_mut(*place) {
            account.settle(now);
        }
    }
    if !due.is_empty() {
        model.overview.recount();
    }
    !due.is_empty()
}

/// Takes in all accounts that there are now.
pub(super) fn take_books(model: &mut Model, books: Vec<Book>, now: Instant) {
    let first = model.accounts.is_empty();
    let before: HashMap<AccountId, Account> =
        std::mem::take(&mut model.accounts).into_iter().map(|account| (account.id().clone(), account)).collect();
    model.accounts = books
        .into_iter()
        .enumerate()
        .map(|(place, book)| {
            let known = before.get(&book.profile.id);
            Account::unread(book, place + 1, known)
        })
        .collect();
    model.to_come = 0;
    name_sharers(model);
    // What comes later comes of a configuration that was read again.
    model.setup.config.1 |= model.loaded;
    model.loaded = true;
    model.ledger.listing.forget();
    model.overview.forget();
    if model.current().is_none() {
        // Where the selected account is gone, nothing is selected: the next key must not fall on its neighbour.
        model.selected = model.accounts.first().filter(|_| first).map(|account| account.id().clone());
    }
    refuse_what_is_gone(model, now);
    outcomes::forget_missing(model);
    model.calculator.forget_missing(&model.accounts);
}

/// Takes in further accounts, after those that there are.
pub(super) fn take_more(model: &mut Model, books: Vec<Book>, left: usize) {
    let first = model.accounts.is_empty();
    model.accounts.reserve(books.len() + left);
    for book in books {
        let number = model.accounts.len() + 1;
        model.accounts.push(Account::unread(book, number, None));
    }
    (model.loaded, model.to_come) = (true, left);
    name_sharers(model);
    model.ledger.listing.forget();
    model.overview.grow();
    if first && model.selected.is_none() {
        model.selected = model.accounts.first().map(|account| account.id().clone());
    }
}

/// Tells each account of a pool what the others are called.
fn name_sharers(model: &mut Model) {
    let in_pools = || model.accounts.iter().filter(|account| account.book.profile.pool.is_some());
    let called: HashMap<AccountId, Called> = in_pools().map(|account| (account.id().clone(), account.called())).collect();
    for account in &mut model.accounts {
        let others = account.book.profile.pool.iter().flat_map(|pool| &pool.others);
        account.sharing = others.filter_map(|id| Some((id.clone(), called.get(id)?.clone()))).collect();
    }
}

/// Takes back a question about an account that is gone: a yes could not be followed.
fn refuse_what_is_gone(model: &mut Model, now: Instant) {
    let Some(Overlay::Confirm(question)) = &model.overlay else { return };
    let gone = question.drafts.iter().find(|draft| model.find(&draft.account).is_none());
    if let Some(gone) = gone.map(|draft| draft.account.clone()) {
        model.overlay = None;
        model.refuse_question(
            MessageText::default().private(gone.as_str()).words(" is not configured any more: nothing was written"),
            now,
        );
    }
}

/// Takes in what is recorded of an account now.
pub(super) fn change_book(model: &mut Model, book: Book, now: Instant) {
    let id = book.profile.id.clone();
    // News may come of an account that was taken out of the configuration meanwhile.
    let Some(account) = model.accounts.iter_mut().find(|account| *account.id() == id) else { return };
    let before = Known::of(account);
    let was_called = account.called();
    account.replace(book, now);
    if account.called() != was_called {
        model.overview.names.forget();
    }
    outcomes::hear(model, &id, &before, now);
    model.ledger.listing.forget();
    model.overview.recount();
    model.calculator.outdated = true;
}

/// Takes in the entries of an account before its book's start.
pub(super) fn take_older(model: &mut Model, request: RequestId, entries: Vec<ExplainedEntry>, now: Instant) {
    let Some(Pending::Older(id)) = model.requests.close(request) else { return };
    if let Some(account) = model.accounts.iter_mut().find(|account| *account.id() == id) {
        account.take_older(Some(entries));
        model.ledger.listing.forget();
        model.say("All entries are listed", now);
    }
}

/// Takes in how the polls of some accounts stand.
pub(super) fn set_phases(model: &mut Model, phases: Vec<(AccountId, PollPhase)>) {
    let phases: HashMap<AccountId, PollPhase> = phases.into_iter().collect();
    for account in &mut model.accounts {
        if let Some(phase) = phases.get(account.id()) {
            account.phase = Some(*phase);
            account.forget_words();
        }
    }
}
