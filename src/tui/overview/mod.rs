//! All accounts at a glance.

mod detail;
mod table;
mod view;

pub(crate) use table::Measure;
pub(crate) use view::draw;

use super::accounts::Account;
use super::concerns::Tally;
use super::everywhere::show;
use super::model::{Model, Screen};
use super::names::Names;
use super::scene::Scene;
use super::search::{Letters, Match, Query, best_first};
use super::widgets::list::Move;
use super::widgets::{Filter, haystack};
use crate::credit::{AccountId, Instant};

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverviewAction {
    Open,
    Filter,
}

/// The list of the overview, with its filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overview {
    pub(crate) filter: Filter,
    /// The places of the accounts that are listed: without a filter in the configuration's order, else the best match first.
    pub(crate) shown: Vec<usize>,
    /// What the accounts are called in their column, by their places.
    pub(crate) names: Names,
    /// How things stand, and how wide the columns are; `None` where something has changed since.
    all: Option<All>,
    /// The row of the selected account, as it was found last.
    row: Option<usize>,
    /// Whether there is more to be made ready for the filter that is about to be typed.
    is_preparing: bool,
    /// What was listed; `None` where the list must be made anew.
    of: Option<Listed>,
    /// What was selected when the filter left nothing to select.
    before: Option<AccountId>,
}

/// The most accounts that are made ready for a filter at once: it takes some microseconds for each.
pub(crate) const MOST_PREPARED: usize = 512;

/// What decides which accounts are listed, besides the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    filter: Query,
    privacy: bool,
    /// How times are shown where something is typed, and the minute: rows are found by the words that they show now.
    times: Option<(i64, bool, bool)>,
}

/// What is said of all accounts, and depends on nothing else.
#[derive(Debug, Clone)]
pub(crate) struct All {
    pub(crate) tally: Tally,
    pub(crate) measure: Measure,
}

impl Overview {
    /// Has counted and measured anew: an account has changed.
    pub(crate) fn recount(&mut self) {
        self.all = None;
    }

    /// Has further accounts listed after those that there are.
    pub(crate) fn grow(&mut self) {
        self.all = None;
        self.names.forget();
    }

    /// Has the list made anew: accounts came, went or changed places.
    pub(crate) fn forget(&mut self) {
        self.of = None;
        self.all = None;
        self.names.forget();
    }
}

/// Makes the list where something changed, and sees to it that what is selected is in it, or that nothing is.
pub(super) fn settle(model: &mut Model, now: Instant) {
    let filter = Query::new(model.overview.filter.text());
    let times = model.overview.filter.is_shown().then(|| (now.timestamp().div_euclid(60), model.dates, model.setup.utc));
    let listed = Listed { filter, privacy: model.setup.privacy, times };
    let typed = model.overview.of.as_ref().is_some_and(|of| of.filter != listed.filter);
    let anew = model.overview.of.as_ref() != Some(&listed);
    if model.overview.of.as_ref().is_none_or(|of| (of.privacy, of.times) != (listed.privacy, listed.times)) {
        model.accounts.iter_mut().for_each(Account::forget_words);
    }
    list(model, &listed.filter, anew, now);
    let accounts = &model.accounts;
    let all = model.overview.all.get_or_insert_with(|| All { tally: Tally::of(accounts), measure: Measure::most(accounts) });
    let width = table::name_width(all.measure, accounts.len(), usize::from(model.size.0));
    model.overview.names.settle(&Scene::new(&model.setup, model.dates, now), accounts, width);
    let is_cleared = typed && listed.filter.is_empty();
    model.overview.of = Some(listed);
    if is_cleared {
        if model.selected.is_none() {
            model.selected = model.overview.before.take();
        }
    } else if typed {
        if model.selected.is_some() {
            model.overview.before = model.selected.take();
        }
        select(model, 0);
    }
    model.overview.row = selected_row(model);
    // What is on screen elsewhere stays what it is, also where the filter would hide it now.
    if model.screen == Screen::Overview && model.selected.is_some() && model.overview.row.is_none() {
        model.overview.before = model.selected.take();
    }
}

fn list(model: &mut Model, filter: &Query, anew: bool, now: Instant) {
    if filter.is_empty() {
        if anew || model.overview.shown.len() != model.accounts.len() {
            model.overview.shown = (0..model.accounts.len()).collect();
        }
        let wanted = if model.overview.filter.typing { MOST_PREPARED } else { 0 };
        model.overview.is_preparing = prepare(model, wanted, now);
        return;
    }
    if !anew && model.accounts.iter().all(|account| account.fit.is_some()) {
        return;
    }
    model.overview.is_preparing = prepare(model, usize::MAX, now);
    for account in model.accounts.iter_mut().filter(|account| anew || account.fit.is_none()) {
        account.fit = account.found_by.as_ref().map(|row| Match::of(row, filter));
    }
    let holds_words = |account: &Account| matches!(account.fit, Some(Match::Words(_)));
    if !model.accounts.iter().any(holds_words) {
        let mut letters = Letters::of(filter);
        for account in &mut model.accounts {
            account.fit = account.found_by.as_ref().map(|row| Match::by_letter(row, &mut letters));
        }
    }
    model.overview.shown = best_first(model.accounts.iter().map(|account| account.fit.unwrap_or(Match::No)));
}

/// Makes what the filter looks in for so many accounts more; whether some are left. While a filter is about to be typed it is made in
/// slices, so that no key waits for all of it.
fn prepare(model: &mut Model, most: usize, now: Instant) -> bool {
    let scene = Scene::new(&model.setup, model.dates, now);
    let privacy = model.setup.privacy;
    let mut left = most;
    for account in model.accounts.iter_mut().filter(|account| account.found_by.is_none()) {
        let Some(fewer) = left.checked_sub(1) else { return most > 0 };
        left = fewer;
        let mut row = haystack(account, privacy);
        row.words.extend(table::words(&scene, account));
        account.found_by = Some(row.into());
    }
    false
}

/// Whether the list is still being made ready: the next wake goes on with it.
pub(crate) fn is_preparing(model: &Model) -> bool {
    model.overview.is_preparing
}

/// The accounts whose rows are on the screen.
pub(crate) fn on_screen(model: &Model) -> Vec<AccountId> {
    let places = view::window(model);
    let ids = model.overview.shown.get(places).unwrap_or_default().iter().filter_map(|place| model.accounts.get(*place));
    ids.map(|account| account.id().clone()).collect()
}

/// The place of the selected account in the list.
pub(crate) fn selected_row(model: &Model) -> Option<usize> {
    let selected = model.selected.as_ref()?;
    let shown = &model.overview.shown;
    let is_it = |place: &usize| model.accounts.get(*place).is_some_and(|account| account.id() == selected);
    let known = model.overview.row.filter(|row| shown.get(*row).is_some_and(is_it));
    known.or_else(|| shown.iter().position(is_it))
}

/// Why nothing is selected, and what to do.
pub(crate) fn nothing_selected(model: &Model) -> String {
    let filter = model.overview.filter.text().trim();
    if model.accounts.is_empty() {
        if model.loaded { "There is no account yet" } else { "The accounts are still being read" }.to_owned()
    } else if !filter.is_empty() && model.overview.shown.is_empty() {
        format!("No account matches “{filter}”. Esc shows all.")
    } else if model.screen == Screen::Overview {
        "No account is selected: ↑ or ↓ selects one".to_owned()
    } else {
        "No account is selected: q goes back to the list".to_owned()
    }
}

fn select(model: &mut Model, row: usize) {
    if let Some(account) = model.overview.shown.get(row).and_then(|place| model.accounts.get(*place)) {
        model.selected = Some(account.id().clone());
    }
}

/// The account before or after the selected one, in the order of the list.
pub(crate) fn neighbour(model: &Model, forward: bool) -> Option<AccountId> {
    let row = selected_row(model)?;
    let next = if forward { row + 1 } else { row.checked_sub(1)? };
    model.overview.shown.get(next).and_then(|place| model.accounts.get(*place)).map(|account| account.id().clone())
}

/// Does what a key asks for here.
pub(crate) fn act(model: &mut Model, action: OverviewAction, now: Instant) {
    match action {
        OverviewAction::Open if selected_row(model).is_some() => show(model, Screen::Account),
        OverviewAction::Open => model.refuse(nothing_selected(model), now),
        OverviewAction::Filter => model.overview.filter.typing = true,
    }
}

/// Whether the footer offers it.
pub(crate) fn offers(model: &Model, action: OverviewAction) -> bool {
    match action {
        OverviewAction::Open => model.current().is_some(),
        OverviewAction::Filter => !model.accounts.is_empty(),
    }
}

pub(crate) fn move_to(model: &mut Model, to: Move) {
    let last = model.overview.shown.len().saturating_sub(1);
    let row = to.from(selected_row(model), last, view::page(model).max(1));
    select(model, row);
}

/// Shows everything again; this is the first screen, so that it is never left. Whether it stays.
pub(crate) fn leave(model: &mut Model, now: Instant) -> bool {
    if model.overview.filter.is_empty() {
        model.say("This is the first screen: q quits", now);
    }
    model.overview.filter.clear();
    true
}

/// Selects the row that was clicked; a click on the selected row opens it.
pub(crate) fn click(model: &mut Model, screen_row: u16) {
    let Some(row) = view::row_at(model, screen_row) else { return };
    if selected_row(model) == Some(row) {
        show(model, Screen::Account);
    } else {
        select(model, row);
    }
}
