//! Which entries are listed, and in which order: worked out when something changes, not for every frame and key.

use std::cmp::Reverse;

use super::haystack;
use crate::credit::{AccountId, ExplainedEntry, Instant};
use crate::tui::accounts::Account;
use crate::tui::model::{Model, Screen};
use crate::tui::scene::Scene;
use crate::tui::search::{Haystack, Query, ranked};

/// The list as it was worked out last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// What it was worked out for; `None` before the first time.
    of: Option<ListQuery>,
    /// Whether entries came or went since.
    outdated: bool,
    places: Vec<Place>,
}

/// What decides which entries are listed, besides the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ListQuery {
    all: bool,
    selected: Option<AccountId>,
    filter: String,
    privacy: bool,
    utc: bool,
}

/// Where an entry is: the places of its account and of itself among its account's.
#[derive(Debug, Clone, Copy)]
struct Place {
    account: usize,
    entry: usize,
}

impl Listing {
    /// Has the list worked out anew: entries came or went.
    pub(crate) fn forget(&mut self) {
        self.outdated = true;
    }
}

/// The entries that are listed, the newest first, each with its account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a>(&'a Model);

/// The entries that are listed.
pub(crate) fn rows(model: &Model) -> Rows<'_> {
    Rows(model)
}

impl<'a> Rows<'a> {
    pub(crate) fn len(self) -> usize {
        self.0.ledger.listing.places.len()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(crate) fn get(self, row: usize) -> Option<(&'a Account, &'a ExplainedEntry)> {
        entry_at(self.0, *self.0.ledger.listing.places.get(row)?)
    }

    /// So many of them from a row on.
    pub(crate) fn window(self, first: usize, count: usize) -> impl Iterator<Item = (&'a Account, &'a ExplainedEntry)> {
        (first..self.len().min(first + count)).filter_map(move |row| self.get(row))
    }
}

fn entry_at(model: &Model, place: Place) -> Option<(&Account, &ExplainedEntry)> {
    let account = model.accounts.get(place.account)?;
    Some((account, account.entry(place.entry)?))
}

/// The instant from which on entries are listed; `None` where all are. Of several accounts it is the latest: before it some would be
/// missing.
pub(crate) fn since(model: &Model) -> Option<Instant> {
    listed(model).filter_map(|(_, account)| account.listed_since()).max()
}

/// The accounts whose entries are listed, with their places.
fn listed(model: &Model) -> impl Iterator<Item = (usize, &Account)> {
    let is_listed = |account: &Account| model.ledger.all || model.selected.as_ref() == Some(account.id());
    model.accounts.iter().enumerate().filter(move |(_, account)| is_listed(account))
}

/// Works the list out where it is looked at and something changed.
pub(crate) fn settle(model: &mut Model, now: Instant) {
    if model.screen != Screen::Ledger {
        model.ledger.listing = Listing::default();
        return;
    }
    let filter = model.ledger.filter.text().to_owned();
    let asked = ListQuery {
        all: model.ledger.all,
        selected: model.selected.clone(),
        filter,
        privacy: model.setup.privacy,
        utc: model.setup.utc,
    };
    let another = model.ledger.listing.of.as_ref() != Some(&asked);
    if another || model.ledger.listing.outdated {
        // Masked or in another zone it is the same list: the marked entry stays marked.
        let another = model
            .ledger
            .listing
            .of
            .as_ref()
            .is_none_or(|of| (of.all, &of.selected, &of.filter) != (asked.all, &asked.selected, &asked.filter));
        let places = places(model, &asked.filter, now);
        model.ledger.listing = Listing { of: Some(asked), outdated: false, places };
        model.ledger.selected = if another { (!rows(model).is_empty()).then_some(0) } else { row_of_marked(model) };
    }
    model.ledger.marked =
        super::marked(model).map(|(account, explained)| (account.id().clone(), explained.entry.reference.clone()));
}

/// Where the marked entry is now that others came or went; the first entry where none was listed before.
fn row_of_marked(model: &Model) -> Option<usize> {
    let rows = rows(model);
    let Some((id, reference)) = &model.ledger.marked else { return (!rows.is_empty()).then_some(0) };
    (0..rows.len()).find(|row| {
        rows.get(*row).is_some_and(|(account, explained)| account.id() == id && explained.entry.reference == *reference)
    })
}

fn places(model: &Model, filter: &str, now: Instant) -> Vec<Place> {
    let since = since(model);
    let mut found = Vec::new();
    for (account, of_account) in listed(model) {
        let entries = of_account.entries().enumerate();
        let late = entries.filter(|(_, explained)| since.is_none_or(|since| explained.entry.at > since));
        found.extend(
            late.map(|(entry, explained)| (Reverse((explained.entry.at, explained.entry.seq)), Place { account, entry })),
        );
    }
    found.sort_by_key(|(moment, _)| *moment);
    let places: Vec<Place> = found.into_iter().map(|(_, place)| place).collect();
    if filter.trim().is_empty() {
        return places;
    }
    let scene = Scene::new(&model.setup, model.dates, now);
    let row = |place: &Place| {
        entry_at(model, *place).map_or_else(Haystack::default, |(account, entry)| haystack(&scene, account, entry))
    };
    let texts: Vec<Haystack> = places.iter().map(row).collect();
    let mut kept = ranked(&Query::new(filter), texts);
    // The ledger's order is time.
    kept.sort_unstable();
    kept.into_iter().filter_map(|place| places.get(place).copied()).collect()
}
