//! The quantity of the selected line while it is typed, by the one grammar of amounts (SPEC A6).

use crossterm::event::{KeyCode, KeyEvent};

use super::changes::Change;
use super::plan::{Calculator, PlannedLine};
use crate::credit::{Amount, PricedAction, VariantId, parse_typed_amount};
use crate::tui::accounts::Account;

/// The most characters that a quantity takes: an amount has 28 digits at most.
const MOST: usize = 40;

/// What is being typed as a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typing {
    pub(crate) text: String,
    /// The quantity before: it comes back where the text is left and is none.
    before: Amount,
    /// Why the text is no quantity, as a sentence without a full stop.
    pub(crate) problem: Option<String>,
}

impl Typing {
    /// Gives the line its quantity back, and the text away.
    pub(super) fn given_up(self, line: &mut PlannedLine) -> String {
        line.quantity = self.before;
        self.text
    }
}

/// The quantity that a text says; a point at its end is a fraction that has only begun.
fn read(text: &str, listed: Option<&PricedAction>) -> Result<Amount, String> {
    let in_whole = listed.filter(|listed| listed.whole);
    let refused = |listed: &PricedAction| format!("{:?}: {} comes in whole numbers", text, listed.name);
    let number = text.strip_suffix('.').unwrap_or(text);
    if number.len() < text.len()
        && let Some(listed) = in_whole
    {
        return Err(refused(listed));
    }
    if number.is_empty() {
        return Ok(Amount::ZERO);
    }
    let amount = parse_typed_amount(number).map_err(|error| format!("{text:?} is {error}"))?;
    match in_whole.filter(|_| !amount.is_whole()) {
        Some(listed) => Err(refused(listed)),
        None => Ok(amount),
    }
}

/// What the price list says of a line's action.
pub(super) fn listed<'a>(line: &PlannedLine, accounts: &'a [Account]) -> Option<&'a PricedAction> {
    let account = accounts.iter().find(|account| *account.id() == line.account)?;
    account.book.prices.find(line.action.as_str(), line.variant.as_ref().map(VariantId::as_str)).ok()
}

impl Calculator {
    /// Types a digit, or the point, of the quantity; the first one after selecting the line starts anew.
    pub(crate) fn digit(&mut self, key: KeyEvent, accounts: &[Account]) {
        let KeyCode::Char(digit) = key.code else { return };
        self.note_typing();
        let Some(line) = self.current() else { return };
        let (text, before) = match line.typed.take() {
            Some(typing) => (typing.text, typing.before),
            None => (String::new(), line.quantity),
        };
        let room = text.chars().count() < MOST;
        let text = if room { format!("{text}{digit}") } else { text };
        take(line, text, before, accounts);
    }

    /// Takes back a digit of the quantity.
    pub(crate) fn erase(&mut self, accounts: &[Account]) {
        self.note_typing();
        let Some(line) = self.current() else { return };
        let (mut text, before) = match line.typed.take() {
            Some(typing) => (typing.text, typing.before),
            None => (line.quantity.to_string(), line.quantity),
        };
        text.pop();
        take(line, text, before, accounts);
    }

    /// Notes the quantity that is about to be typed over, where the typing only begins.
    fn note_typing(&mut self) {
        if let Some(line) = self.lines.get(self.selected).filter(|line| line.typed.is_none()).cloned() {
            self.changes.note(&self.lines, self.selected, Change::Overwritten(line));
        }
    }

    /// Ends the typing of a quantity; whether one was being typed.
    pub(crate) fn end_typing(&mut self) -> bool {
        let Some(line) = self.current() else { return false };
        let Some(typing) = line.typed.take() else { return false };
        if typing.problem.is_some() {
            line.quantity = typing.before;
        }
        true
    }

    /// One more or one fewer, never below zero.
    pub(crate) fn step(&mut self, by: Amount) {
        self.end_typing();
        self.note_typing();
        if let Some(line) = self.current() {
            line.quantity = line.quantity.plus(by).unwrap_or(line.quantity).or_zero();
        }
    }
}

fn take(line: &mut PlannedLine, text: String, before: Amount, accounts: &[Account]) {
    let problem = match read(&text, listed(line, accounts)) {
        Ok(quantity) => {
            line.quantity = quantity;
            None
        }
        Err(problem) => Some(problem),
    };
    line.typed = Some(Typing { text, before, problem });
}
