//! The field for the next action: what is typed, the actions that match it, and what an Enter makes of it.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent};

use super::changes::Change;
use super::plan::{Calculator, PlannedLine};
use crate::credit::{AccountId, Amount, PriceList, PricedAction, TypedAmountError, VariantId, parse_typed_amount};
use crate::tui::accounts::Account;
use crate::tui::format::clean;
use crate::tui::fuzzy;

/// The most actions of other accounts that are offered.
const OFFERED: usize = 24;

/// An action that matches what is typed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suggestion<'a> {
    pub(crate) account: &'a Account,
    pub(crate) action: &'a PricedAction,
}

/// What matches the field for the next action.
#[derive(Debug, Clone, Default)]
pub(super) struct Matching {
    /// The places of the account and of the action among its own, the best match first.
    places: Vec<(usize, usize)>,
    /// What an Enter adds while something is typed; `None` where it adds nothing.
    trial: Option<Intended>,
}

/// The account's actions that match; `plainly` leaves out those that match only fuzzily.
fn matching(account: &Account, pattern: &str, plainly: bool) -> Vec<usize> {
    let texts: Vec<String> = account.book.prices.actions.iter().map(search_text).collect();
    let texts = texts.iter().map(String::as_str);
    if plainly { fuzzy::plainly_ranked(pattern, texts) } else { fuzzy::ranked(pattern, texts) }
}

/// What an action is found by, a phrase per line.
fn search_text(action: &PricedAction) -> String {
    let variant = action.variant.as_ref().map_or("", VariantId::as_str);
    format!("{}\n{}\n{variant}\n{}", action.name, action.action, action.also.join("\n"))
}

/// What matches plainly in the other accounts, in their order.
fn elsewhere(accounts: &[Account], own: &Account, pattern: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    // Accounts at the same provider and plan have the same prices: each list without a match is searched once.
    let mut without: Vec<&PriceList> = vec![&own.book.prices];
    for (place, account) in accounts.iter().enumerate() {
        let prices: &PriceList = &account.book.prices;
        if without.contains(&prices) {
            continue;
        }
        let matches = matching(account, pattern, true);
        if matches.is_empty() {
            without.push(prices);
        }
        found.extend(matches.into_iter().map(|action| (place, action)));
        if found.len() >= OFFERED {
            break;
        }
    }
    found.truncate(OFFERED);
    found
}

/// What an Enter in the field does to the plan.
#[derive(Debug, Clone)]
struct Intended {
    line: PlannedLine,
    /// Whether a quantity was typed before the action.
    counted: bool,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// The plan has the action already.
    Known(usize),
    New(usize),
}

impl Intended {
    /// Puts it into a plan.
    fn put(self, lines: &mut Vec<PlannedLine>) {
        match self.place {
            Place::New(place) => lines.insert(place.min(lines.len()), self.line),
            Place::Known(place) if self.counted => {
                if let Some(line) = lines.get_mut(place) {
                    *line = self.line;
                }
            }
            Place::Known(_) => {}
        }
    }
}

/// What an Enter in the field has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Added {
    /// There is a new line.
    New,
    /// The plan had the action, and has another quantity of it now; before it was this.
    Overwritten(PlannedLine),
    /// The plan had the action, and no other quantity was typed: nothing has changed.
    Known,
}

/// A word that finds an action of the account, for examples of what can be typed.
pub(super) fn example(account: Option<&Account>) -> String {
    let first = account.and_then(|account| account.book.prices.actions.first());
    let word = first.and_then(|action| action.name.split_whitespace().next()).unwrap_or("imagine");
    clean(word).to_lowercase()
}

impl Calculator {
    /// Keeps in mind a capital that the empty field takes for a command: it may begin a word, which the next key tells.
    pub(crate) fn heed_capital(&mut self, key: Option<KeyEvent>) {
        self.capital = key.filter(|key| matches!(key.code, KeyCode::Char(letter) if letter.is_uppercase()));
    }

    pub(crate) fn type_key(&mut self, key: KeyEvent) {
        if self.field.key(key) {
            self.moved_to = None;
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.moved_to = None;
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

    /// Ranks the actions by what is typed: those of the field's account, and where it has none, those of other accounts. Once a key:
    /// everything else asks for what was found.
    pub(super) fn rank(&mut self, accounts: &[Account]) {
        let place = accounts.iter().position(|account| Some(account.id()) == self.account.as_ref());
        let own = place.and_then(|place| Some((place, accounts.get(place)?)));
        let pattern = self.typed().1;
        let places = own.map(|(place, account)| {
            let own = matching(account, pattern, false);
            if own.is_empty() && !pattern.is_empty() {
                return elsewhere(accounts, account, pattern);
            }
            own.into_iter().map(|action| (place, action)).collect()
        });
        self.matching = Matching { places: places.unwrap_or_default(), trial: None };
        if self.adding && !self.field.is_empty() {
            self.matching.trial = self.intended(accounts).ok();
        }
    }

    /// The actions that match what is typed, the best first.
    pub(crate) fn suggestions<'a>(&self, accounts: &'a [Account]) -> Vec<Suggestion<'a>> {
        let suggestion = |(account, action): &(usize, usize)| {
            let account = accounts.get(*account)?;
            Some(Suggestion { account, action: account.book.prices.actions.get(*action)? })
        };
        self.matching.places.iter().filter_map(suggestion).collect()
    }

    /// The place of the suggestion that an Enter takes: the one that the arrows marked, else the first match of the words. Without
    /// words none is meant: an action is never added that nobody named.
    pub(crate) fn marked(&self) -> Option<usize> {
        self.moved_to.or_else(|| (!self.typed().1.is_empty()).then_some(0))
    }

    /// Moves the mark; whether there was room to.
    pub(super) fn move_mark(&mut self, down: bool) {
        let last = self.matching.places.len().checked_sub(1);
        self.moved_to = match (self.marked(), last) {
            (_, None) => None,
            (None, Some(_)) => Some(0),
            (Some(row), Some(last)) => Some(if down { (row + 1).min(last) } else { row.saturating_sub(1) }),
        };
    }

    /// What an Enter would do now.
    ///
    /// # Errors
    /// Why it does nothing, as a sentence without a full stop.
    fn intended(&self, accounts: &[Account]) -> Result<Intended, String> {
        if self.account.is_none() {
            return Err("Pick an account first".to_owned());
        }
        if let Some(problem) = self.field_problem() {
            return Err(problem);
        }
        let (quantity, words) = self.typed();
        let Some(marked) = self.marked() else {
            let number = self.field.text().trim();
            let word = example(accounts.iter().find(|account| Some(account.id()) == self.account.as_ref()));
            return Err(match quantity {
                Some(_) => format!("{number} of what? Type the action after it, as {number} {word}"),
                None if self.lines.is_empty() => format!("Type an action first, as 60 {word}"),
                None => format!("Type the next action, as 20 {word}; Esc goes to the plan"),
            });
        };
        let suggestions = self.suggestions(accounts);
        let Some(marked) = suggestions.get(marked) else { return Err(format!("No action matches {words:?}")) };
        let line = PlannedLine {
            account: marked.account.id().clone(),
            action: marked.action.action.clone(),
            variant: marked.action.variant.clone(),
            quantity: quantity.unwrap_or(Amount::ONE),
            typed: None,
        };
        let same =
            |other: &PlannedLine| (&other.account, &other.action, &other.variant) == (&line.account, &line.action, &line.variant);
        let place = self.lines.iter().position(same).map_or_else(
            || {
                let last = self.lines.iter().rposition(|other| other.account == line.account);
                Place::New(last.map_or(self.lines.len(), |last| last + 1))
            },
            Place::Known,
        );
        Ok(Intended { line, counted: quantity.is_some(), place })
    }

    /// Adds the marked action, or gives the line that the plan has of it the quantity that was typed. The field stays in focus, for the
    /// next one.
    ///
    /// # Errors
    /// Why nothing was added, as a sentence without a full stop.
    pub(super) fn add_marked(&mut self, accounts: &[Account]) -> Result<Added, String> {
        let intended = self.intended(accounts)?;
        let (Place::Known(place) | Place::New(place)) = intended.place;
        let before = self.lines.get(place).filter(|_| matches!(intended.place, Place::Known(_))).cloned();
        self.account = Some(intended.line.account.clone());
        self.select(place);
        let added = match before {
            None => Added::New,
            Some(before) if intended.counted && before.quantity != intended.line.quantity => Added::Overwritten(before),
            Some(_) => Added::Known,
        };
        match &added {
            Added::New => self.changes.note(&self.lines, self.selected, Change::Added(intended.line.clone())),
            Added::Overwritten(before) => self.changes.note(&self.lines, self.selected, Change::Overwritten(before.clone())),
            Added::Known => {}
        }
        intended.put(&mut self.lines);
        self.selected = place;
        self.field.clear();
        self.moved_to = None;
        Ok(added)
    }

    /// The lines with the marked action counted in while it is typed, and the account that it is for.
    pub(super) fn with_trial(&self) -> (Cow<'_, [PlannedLine]>, Option<&AccountId>) {
        let Some(trial) = &self.matching.trial else { return (Cow::Borrowed(&self.lines), None) };
        let mut lines = self.lines.clone();
        trial.clone().put(&mut lines);
        (Cow::Owned(lines), Some(&trial.line.account))
    }

    /// The quantity of a line of the plan while what is typed would give it another one.
    pub(crate) fn on_trial(&self, line: &PlannedLine) -> Option<Amount> {
        let trial = self.matching.trial.as_ref().filter(|trial| trial.counted)?;
        let Place::Known(place) = trial.place else { return None };
        (self.lines.get(place)? == line && line.quantity != trial.line.quantity).then_some(trial.line.quantity)
    }

    /// Turns to the field with the number that is being typed as a quantity: a word follows it, so it is that of another line.
    pub(super) fn take_number_along(&mut self) {
        let typed = self.current().and_then(|line| line.typed.take().map(|typing| typing.given_up(line)));
        if let Some(number) = typed {
            self.changes.drop_last();
            self.field.clear();
            self.field.paste(&number);
            self.field.space();
        }
        self.moved_to = None;
        self.go_to_field();
    }
}
