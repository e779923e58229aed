//! The one table of keys. Dispatch, footer and help are all made from it.
//!
//! What a key does is named by who does it: each screen and each box has actions of its own and handles all of them, so that one
//! that is bound and not handled does not compile.

mod chord;
mod table;

pub(crate) use chord::Chord;
pub(crate) use table::KEYS;

use crossterm::event::KeyEvent;

use super::calculator::{DayAction, FieldAction, PlanAction, ReadyAction, TermsAction};
use super::everywhere::Everywhere;
use super::help::HelpAction;
use super::ledger::{FormAction, LedgerAction};
use super::widgets::PickerAction;
use super::widgets::confirm::ConfirmAction;
use super::widgets::filter::FilterAction;
use super::widgets::list::Move;
use super::widgets::text_box::TextBoxAction;
use super::{account::AccountAction, overview::OverviewAction};

/// Where a key means something. The first context of the present ones that knows a key decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Context {
    /// Everywhere, also in text fields.
    Always,
    /// On every screen, outside text fields.
    Everywhere,
    /// In lists.
    List,
    /// On the overview.
    Overview,
    /// On the account screen.
    Account,
    /// In the calculator's list of lines.
    Calculator,
    /// In the calculator's field for the next action, while it is empty.
    Ready,
    /// In the calculator's field for the next action.
    Adding,
    /// On the ledger screen.
    Ledger,
    /// In a filter field.
    Filtering,
    /// In a box that asks.
    Confirm,
    /// In a box that asks for a second word.
    Insisting,
    /// In the calculator's field for another day.
    Day,
    /// In the fields for a hold's name and deadline.
    Terms,
    /// In a list to pick from.
    Picker,
    /// In a form.
    Form,
    /// In a box to read.
    TextBox,
    /// In the help.
    Help,
}

impl Context {
    /// The heading in help.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Always | Self::Everywhere => "everywhere",
            Self::List => "in lists",
            Self::Overview => "overview",
            Self::Account => "account",
            Self::Calculator => "calculator",
            Self::Ready => "calculator, before an action is typed",
            Self::Adding => "calculator, typing an action",
            Self::Ledger => "ledger",
            Self::Filtering => "filter",
            Self::Confirm => "confirming",
            Self::Insisting => "confirming on stale figures",
            Self::Day => "another day",
            Self::Terms => "a hold's name and deadline",
            Self::Picker => "picking",
            Self::Form => "new entry",
            Self::TextBox => "reading",
            Self::Help => "help",
        }
    }
}

/// What a key does, by who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ends the program, whatever is open.
    Quit,
    /// Goes back to the shell, whatever is open.
    Suspend,
    /// Moves in whatever has the focus: a list, a text, the screen itself.
    Move(Move),
    Everywhere(Everywhere),
    Overview(OverviewAction),
    Account(AccountAction),
    Ready(ReadyAction),
    Field(FieldAction),
    Plan(PlanAction),
    Ledger(LedgerAction),
    Filter(FilterAction),
    Confirm(ConfirmAction),
    Day(DayAction),
    Terms(TermsAction),
    Picker(PickerAction),
    Form(FormAction),
    TextBox(TextBoxAction),
    Help(HelpAction),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// Where.
    pub(crate) context: Context,
    /// Which keys; the first is the one that the footer names.
    pub(crate) keys: &'static [Chord],
    /// What they do.
    pub(crate) action: Action,
    /// One word for the footer; empty where the footer doesn't show it.
    pub(crate) label: &'static str,
    /// A phrase for help.
    pub(crate) help: &'static str,
}

/// What a key means in these contexts.
pub(crate) fn action(contexts: &[Context], key: KeyEvent) -> Option<Action> {
    let bound = |context: &Context| {
        let here = KEYS.iter().filter(|binding| binding.context == *context);
        here.into_iter().find(|binding| binding.keys.iter().any(|chord| chord.fits(key)))
    };
    contexts.iter().find_map(bound).map(|binding| binding.action)
}

/// The bindings of these contexts, without those that an earlier context covers.
pub(crate) fn bindings(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
    contexts.iter().enumerate().flat_map(move |(place, context)| {
        KEYS.iter().filter(move |binding| {
            let covered = |chord: &Chord| {
                KEYS.iter().any(|other| {
                    contexts.iter().take(place).any(|earlier| *earlier == other.context) && other.keys.contains(chord)
                })
            };
            binding.context == *context && !binding.keys.iter().all(covered)
        })
    })
}

#[cfg(test)]
mod tests;
