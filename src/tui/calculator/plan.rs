//! The plan itself: its lines, the field for the next action, and the quotes.

use crossterm::event::KeyEvent;

use super::quantity::Typing;
use crate::credit::{
    AccountId, ActionId, Amount, Book, Instant, PlanLine, PriceList, PricedAction, Quote, TypedAmountError, VariantId,
    parse_typed_amount,
};
use crate::tui::accounts::Account;
use crate::tui::field::Field;
use crate::tui::fuzzy;

/// The most other accounts that a plan is compared with at every key.
const COMPARED: usize = 12;
/// The most actions of other accounts that are offered.
const OFFERED: usize = 24;

/// A line of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedLine {
    pub(crate) account: AccountId,
    pub(crate) action: ActionId,
    pub(crate) variant: Option<VariantId>,
    pub(crate) quantity: Amount,
    /// What is being typed as the quantity.
    pub(crate) typed: Option<Typing>,
}

/// The quote of one account's lines.
#[derive(Debug, Clone)]
pub(crate) struct Priced {
    pub(crate) account: AccountId,
    /// Its first line in the plan.
    pub(crate) first: usize,
    pub(crate) quote: Result<Quote, String>,
    /// Whether the quote counts an action in that is only typed yet.
    pub(crate) trial: bool,
}

/// An action that matches what is typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suggestion<'a> {
    pub(crate) account: &'a Account,
    pub(crate) action: &'a PricedAction,
}

/// The account's actions that match; `plainly` leaves out those that match only fuzzily.
fn matching<'a>(account: &'a Account, pattern: &str, plainly: bool) -> Vec<Suggestion<'a>> {
    let actions = &account.book.prices.actions;
    let texts: Vec<String> = actions.iter().map(search_text).collect();
    let texts = texts.iter().map(String::as_str);
    let places = if plainly { fuzzy::plainly_ranked(pattern, texts) } else { fuzzy::ranked(pattern, texts) };
    places.into_iter().filter_map(|place| Some(Suggestion { account, action: actions.get(place)? })).collect()
}

/// What an action is found by, a phrase per line.
fn search_text(action: &PricedAction) -> String {
    let variant = action.variant.as_ref().map_or("", VariantId::as_str);
    format!("{}\n{}\n{variant}\n{}", action.name, action.action, action.also.join("\n"))
}

/// What matches plainly in the other accounts, in their order.
fn elsewhere<'a>(accounts: &'a [Account], own: &Account, pattern: &str) -> Vec<Suggestion<'a>> {
    let mut found = Vec::new();
    // Accounts at the same provider and plan have the same prices: each list without a match is searched once.
    let mut without: Vec<&PriceList> = vec![&own.book.prices];
    for account in accounts {
        let prices: &PriceList = &account.book.prices;
        if without.contains(&prices) {
            continue;
        }
        let matches = matching(account, pattern, true);
        if matches.is_empty() {
            without.push(prices);
        }
        found.extend(matches);
        if found.len() >= OFFERED {
            break;
        }
    }
    found.truncate(OFFERED);
    found
}

/// The state of the calculator.
#[derive(Debug, Clone)]
pub(crate) struct Calculator {
    /// The lines, those of an account side by side.
    pub(crate) lines: Vec<PlannedLine>,
    pub(crate) selected: usize,
    /// Whether the field for the next action has the focus.
    pub(crate) adding: bool,
    pub(crate) field: Field,
    /// The marked suggestion.
    pub(crate) marked: usize,
    /// The account that the next action is for.
    pub(crate) account: Option<AccountId>,
    /// One quote per account, in the order of the lines.
    pub(crate) quotes: Vec<Priced>,
    /// Whether the quotes don't fit the plan any more.
    pub(crate) outdated: bool,
    /// The instant that the plan is looked at; `None` is now.
    pub(crate) day: Option<Instant>,
    /// How far what pays is scrolled.
    pub(crate) scroll: usize,
}

impl Default for Calculator {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            selected: 0,
            adding: true,
            field: Field::default(),
            marked: 0,
            account: None,
            quotes: Vec::new(),
            outdated: false,
            day: None,
            scroll: 0,
        }
    }
}

impl Calculator {
    /// The screen is turned to: the next action is for this account.
    pub(crate) fn enter(&mut self, account: Option<AccountId>) {
        self.end_typing();
        self.account = account;
        self.outdated = true;
        self.field.clear();
        self.marked = 0;
        self.adding = true;
    }

    /// The account that the next key acts on: that of the field, or of the selected line.
    pub(crate) fn in_focus(&self) -> Option<&AccountId> {
        let line = self.lines.get(self.selected).map(|line| &line.account);
        if self.adding { self.account.as_ref() } else { line.or(self.account.as_ref()) }
    }

    /// The next action is for this account.
    pub(crate) fn plan_for(&mut self, account: AccountId) {
        self.enter(Some(account));
    }

    pub(crate) fn turn_account(&mut self, accounts: &[Account], forward: bool) {
        let place = accounts.iter().position(|account| Some(account.id()) == self.account.as_ref());
        let count = accounts.len().max(1);
        let next = place.map_or(0, |place| if forward { place + 1 } else { place + count - 1 } % count);
        self.account = accounts.get(next).map(|account| account.id().clone());
        self.marked = 0;
    }

    pub(crate) fn forget_missing(&mut self, accounts: &[Account]) {
        let exists = |id: &AccountId| accounts.iter().any(|account| account.id() == id);
        self.lines.retain(|line| exists(&line.account));
        if !self.account.as_ref().is_some_and(exists) {
            // Never the neighbour of an account that is gone.
            self.account = None;
        }
        self.marked = 0;
        self.select(self.selected);
    }

    /// Takes out the lines that were written; what was planned since stays.
    pub(crate) fn forget_written(&mut self, written: &[PlannedLine]) {
        let same = |one: &PlannedLine, other: &PlannedLine| {
            (&one.account, &one.action, &one.variant) == (&other.account, &other.action, &other.variant)
        };
        self.lines.retain(|line| !written.iter().any(|written| same(line, written)));
        if self.lines.is_empty() {
            self.clear();
        } else {
            self.select(self.selected);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.field.clear();
        self.selected = 0;
        self.adding = false;
    }

    pub(crate) fn select(&mut self, line: usize) {
        self.end_typing();
        self.selected = line.min(self.lines.len().saturating_sub(1));
        self.adding |= self.lines.is_empty();
    }

    pub(crate) fn remove(&mut self) {
        if self.selected < self.lines.len() {
            self.lines.remove(self.selected);
        }
        self.select(self.selected);
    }

    pub(super) fn current(&mut self) -> Option<&mut PlannedLine> {
        self.lines.get_mut(self.selected)
    }

    /// Turns to the field for the next action.
    pub(crate) fn go_to_field(&mut self) {
        self.end_typing();
        self.adding = true;
    }

    /// Whether the selected line's action has several variants.
    pub(crate) fn has_variants(&self, accounts: &[Account]) -> bool {
        let Some(line) = self.lines.get(self.selected) else { return false };
        let Some(account) = accounts.iter().find(|account| *account.id() == line.account) else { return false };
        account.book.prices.actions.iter().filter(|action| action.action == line.action).count() > 1
    }

    /// Takes the action's next variant.
    pub(crate) fn next_variant(&mut self, accounts: &[Account]) -> Result<(), String> {
        let Some(line) = self.lines.get_mut(self.selected) else { return Ok(()) };
        let Some(account) = accounts.iter().find(|account| *account.id() == line.account) else { return Ok(()) };
        let variants: Vec<&PricedAction> =
            account.book.prices.actions.iter().filter(|action| action.action == line.action).collect();
        if variants.len() < 2 {
            return Err("This action has no variants".to_owned());
        }
        let place = variants.iter().position(|action| action.variant == line.variant).unwrap_or(0);
        if let Some(next) = variants.get((place + 1) % variants.len()) {
            line.variant.clone_from(&next.variant);
        }
        Ok(())
    }

    pub(crate) fn type_key(&mut self, key: KeyEvent) {
        if self.field.key(key) {
            self.marked = 0;
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.marked = 0;
    }

    /// What is typed, apart into a leading quantity and the words.
    fn typed(&self) -> (Option<Amount>, &str) {
        let text = self.field.text().trim_start();
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        match parse_typed_amount(first) {
            Ok(quantity) if !quantity.is_negative() => (Some(quantity), rest.trim_start()),
            Err(TypedAmountError::Ambiguous { .. }) => (None, rest.trim_start()),
            _ => (None, text),
        }
    }

    /// Why the number that is typed before the words is none; `None` where there is none, or a good one.
    pub(crate) fn field_problem(&self) -> Option<String> {
        let first = self.field.text().split_whitespace().next().unwrap_or_default();
        match parse_typed_amount(first) {
            Err(error @ TypedAmountError::Ambiguous { .. }) => Some(format!("{first:?} is {error}")),
            _ => None,
        }
    }

    /// The actions that match what is typed, the best first: those of the field's account, and where it has none, those of
    /// other accounts.
    pub(crate) fn suggestions<'a>(&self, accounts: &'a [Account]) -> Vec<Suggestion<'a>> {
        let Some(account) = accounts.iter().find(|account| Some(account.id()) == self.account.as_ref()) else {
            return Vec::new();
        };
        let pattern = self.typed().1;
        let own = matching(account, pattern, false);
        if !own.is_empty() || pattern.is_empty() { own } else { elsewhere(accounts, account, pattern) }
    }

    /// Adds the marked action, or goes to its line where the plan has it: there the quantity can be changed at once, and letters are
    /// keys again, whether a quantity was typed before the action or not.
    pub(crate) fn add_marked(&mut self, accounts: &[Account]) -> Result<(), String> {
        if self.account.is_none() {
            return Err("Pick an account first".to_owned());
        }
        if let Some(problem) = self.field_problem() {
            return Err(problem);
        }
        let marked =
            self.suggestions(accounts).get(self.marked).map(|marked| (marked.account.id().clone(), marked.action.clone()));
        let Some((account, action)) = marked else { return Err(format!("No action matches {:?}", self.field.text())) };
        self.account = Some(account.clone());
        let quantity = self.typed().0;
        let same = |line: &PlannedLine| line.account == account && line.action == action.action && line.variant == action.variant;
        let place = self.lines.iter().position(same).unwrap_or_else(|| {
            let last = self.lines.iter().rposition(|line| line.account == account);
            let place = last.map_or(self.lines.len(), |last| last + 1);
            let (action, variant) = (action.action, action.variant);
            self.lines.insert(place, PlannedLine { account, action, variant, quantity: Amount::ONE, typed: None });
            place
        });
        self.select(place);
        if let (Some(line), Some(quantity)) = (self.current(), quantity) {
            line.quantity = quantity;
        }
        self.field.clear();
        self.marked = 0;
        self.adding = false;
        Ok(())
    }

    /// The lines with the marked action counted in while it is typed, and the account that it is for.
    fn with_trial(&self, accounts: &[Account]) -> (Vec<PlannedLine>, Option<AccountId>) {
        let mut trial = self.clone();
        if !self.adding || self.field.is_empty() || trial.add_marked(accounts).is_err() {
            return (self.lines.clone(), None);
        }
        (trial.lines, trial.account)
    }

    /// Asks the engine once per account.
    pub(crate) fn requote(&mut self, accounts: &[Account], now: Instant) {
        let mut quotes: Vec<Priced> = Vec::new();
        let (lines, trial) = self.with_trial(accounts);
        for line in &lines {
            if quotes.last().is_some_and(|priced| priced.account == line.account) {
                continue;
            }
            let Some(account) = accounts.iter().find(|account| *account.id() == line.account) else { continue };
            let of_account = lines.iter().filter(|other| other.account == line.account);
            let plan: Vec<PlanLine> = of_account
                .map(|line| PlanLine { action: line.action.clone(), variant: line.variant.clone(), quantity: line.quantity })
                .collect();
            let others: Vec<&Book> =
                accounts.iter().filter(|other| *other.id() != line.account).take(COMPARED).map(|other| &other.book).collect();
            let at = self.day.unwrap_or(now);
            // Credits that another account of the pool uses for its part of the plan are not promised twice (SPEC P9).
            let shares = |priced: &&Priced| account.sharing.iter().any(|(id, _)| *id == priced.account);
            let before = quotes
                .iter()
                .filter(shares)
                .filter_map(|priced| Some((&priced.account, priced.quote.as_ref().ok()?.known_total)));
            let book = before.fold(account.book.clone(), |book, (other, used)| book.after_plan_of(other, used, at));
            let mut unread = lines.iter().filter(|other| other.account == line.account);
            let quote = match unread.find_map(|line| line.typed.as_ref()?.problem.clone()) {
                Some(problem) => Err(problem),
                None => book.quote_among(&others, &plan, at, now).map_err(|error| error.to_string()),
            };
            let trial = trial.as_ref() == Some(&line.account);
            let first = self.lines.iter().position(|other| other.account == line.account).unwrap_or(self.lines.len());
            quotes.push(Priced { account: line.account.clone(), first, quote, trial });
        }
        self.quotes = quotes;
        self.outdated = false;
        self.scroll = 0;
    }

    /// Why the plan can't be recorded or held; `None` where it can.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.day.is_some() {
            return Some(super::day::NOT_WRITTEN.to_owned());
        }
        if self.lines.is_empty() {
            return Some("the plan is empty: type an action first".to_owned());
        }
        self.quotes.iter().find_map(|priced| match &priced.quote {
            Err(why) => Some(why.clone()),
            Ok(quote) => super::payment::refusal(quote),
        })
    }
}
