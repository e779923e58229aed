//! The plan itself: its lines, the field for the next action, and the quotes.

use crossterm::event::KeyEvent;

use super::adding::Matching;
use super::changes::{Change, Changes};
use super::quantity::Typing;
use crate::credit::{AccountId, ActionId, Amount, Book, Instant, PlanLine, PricedAction, Quote, VariantId};
use crate::tui::accounts::Account;
use crate::tui::widgets::Field;

/// The most other accounts that a plan is compared with at every key.
const COMPARED: usize = 12;

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

/// The state of the calculator.
#[derive(Debug, Clone)]
pub(crate) struct Calculator {
    /// The lines, those of an account side by side.
    pub(crate) lines: Vec<PlannedLine>,
    pub(crate) selected: usize,
    /// Whether the field for the next action has the focus.
    pub(crate) adding: bool,
    pub(crate) field: Field,
    /// The suggestion that the arrows marked; while there is none, the first match of the words that are typed is meant.
    pub(crate) moved_to: Option<usize>,
    /// The account that the next action is for.
    pub(crate) account: Option<AccountId>,
    /// The actions that match what is typed, and what an Enter would do, as of the last change.
    pub(super) matching: Matching,
    /// One quote per account, in the order of the lines.
    pub(crate) quotes: Vec<Priced>,
    /// Whether the quotes don't fit the plan any more.
    pub(crate) outdated: bool,
    /// The instant that the plan is looked at; `None` is now.
    pub(crate) day: Option<Instant>,
    /// How far what pays is scrolled.
    pub(crate) scroll: usize,
    /// What was changed, for the way back.
    pub(super) changes: Changes,
    /// The capital that the empty field took for a command: the next letter tells whether it began a word.
    pub(super) capital: Option<KeyEvent>,
}

impl Default for Calculator {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            selected: 0,
            adding: true,
            field: Field::default(),
            moved_to: None,
            account: None,
            matching: Matching::default(),
            quotes: Vec::new(),
            outdated: false,
            day: None,
            scroll: 0,
            changes: Changes::default(),
            capital: None,
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
        self.moved_to = None;
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
        self.moved_to = None;
    }

    pub(crate) fn forget_missing(&mut self, accounts: &[Account]) {
        let exists = |id: &AccountId| accounts.iter().any(|account| account.id() == id);
        self.lines.retain(|line| exists(&line.account));
        if !self.account.as_ref().is_some_and(exists) {
            // Never the neighbour of an account that is gone.
            self.account = None;
        }
        self.moved_to = None;
        self.outdated = true;
        self.select(self.selected);
    }

    /// Takes out the lines that were written; what was planned since stays.
    pub(crate) fn forget_written(&mut self, written: &[PlannedLine]) {
        let same = |one: &PlannedLine, other: &PlannedLine| {
            (&one.account, &one.action, &one.variant) == (&other.account, &other.action, &other.variant)
        };
        self.lines.retain(|line| !written.iter().any(|written| same(line, written)));
        // What is written is no plan any more: brought back it would be written twice.
        self.changes = Changes::default();
        self.outdated = true;
        self.select(self.selected);
    }

    /// Empties the plan.
    pub(crate) fn clear(&mut self) {
        self.end_typing();
        self.changes.note(&self.lines, self.selected, Change::Cleared(self.lines.len()));
        self.lines.clear();
        self.field.clear();
        self.select(0);
    }

    pub(crate) fn select(&mut self, line: usize) {
        self.end_typing();
        self.selected = line.min(self.lines.len().saturating_sub(1));
        self.adding |= self.lines.is_empty();
    }

    /// Takes the selected line out.
    pub(crate) fn remove(&mut self) {
        self.end_typing();
        if let Some(line) = self.lines.get(self.selected).cloned() {
            self.changes.note(&self.lines, self.selected, Change::Removed(line));
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
        let Some(next) = variants.get((place + 1) % variants.len()) else { return Ok(()) };
        let (before, variant) = (line.clone(), next.variant.clone());
        self.changes.note(&self.lines, self.selected, Change::Variant(before));
        if let Some(line) = self.current() {
            line.variant = variant;
        }
        Ok(())
    }

    /// Asks the engine once per account.
    pub(crate) fn requote(&mut self, accounts: &[Account], now: Instant) {
        let mut quotes: Vec<Priced> = Vec::new();
        self.rank(accounts);
        let (lines, trial) = self.with_trial();
        for line in lines.iter() {
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
            let trial = trial == Some(&line.account);
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
