//! Every key there is.

use crossterm::event::KeyCode;

use super::{Action, Binding, Chord, Context};
use crate::tui::account::AccountAction as Account;
use crate::tui::calculator::{
    DayAction as Day, FieldAction as Field, PlanAction as Plan, ReadyAction as Ready, TermsAction as Terms,
};
use crate::tui::everywhere::Everywhere as Every;
use crate::tui::help::HelpAction as Help;
use crate::tui::ledger::{FormAction as Form, LedgerAction as Ledger};
use crate::tui::overview::OverviewAction as Overview;
use crate::tui::widgets::PickerAction as Picker;
use crate::tui::widgets::confirm::ConfirmAction as Confirm;
use crate::tui::widgets::filter::FilterAction as Filter;
use crate::tui::widgets::list::Move;
use crate::tui::widgets::text_box::TextBoxAction as TextBox;

const fn bind(context: Context, keys: &'static [Chord], action: Action, label: &'static str, help: &'static str) -> Binding {
    Binding { context, keys, action, label, help }
}

const fn c(letter: char) -> Chord {
    Chord::letter(letter)
}

const fn k(code: KeyCode) -> Chord {
    Chord::Plain(code)
}

use Action as A;
use Chord::Ctrl;
use Context as C;
use KeyCode as K;

/// Every key. Within a context the order is the order in help, and of the labels in the footer.
#[rustfmt::skip]
pub(crate) const KEYS: &[Binding] = &[
    bind(C::Overview, &[k(K::Enter)], A::Overview(Overview::Open), "open", "open the selected account"),
    bind(C::Overview, &[c('/')], A::Overview(Overview::Filter), "filter", "show only accounts that match what you type"),

    bind(C::Account, &[c('r')], A::Account(Account::Refresh), "refresh", "ask this account's provider now"),
    bind(C::Account, &[k(K::Right), c(']')], A::Account(Account::Next), "next account", "the next account"),
    bind(C::Account, &[k(K::Left), c('[')], A::Account(Account::Previous), "", "the previous account"),
    bind(C::Account, &[c('t')], A::Everywhere(Every::Dates), "dates", "show countdowns as dates, and back"),

    bind(C::Ready, &[c('R')], A::Ready(Ready::Record), "record", "record the plan as spent; asks first"),
    bind(C::Ready, &[c('H')], A::Ready(Ready::Hold), "hold", "set the credits of the plan aside; asks first"),
    bind(C::Ready, &[c('z')], A::Ready(Ready::Undo), "bring back", "bring back what was just removed or overwritten"),

    bind(C::Adding, &[k(K::Enter)], A::Field(Field::Add), "add", "add the marked action; a number before it is the quantity"),
    bind(C::Adding, &[k(K::Up)], A::Move(Move::Up), "", "mark the action above"),
    bind(C::Adding, &[k(K::Down)], A::Move(Move::Down), "", "mark the action below"),
    bind(C::Adding, &[k(K::Right)], A::Field(Field::NextAccount), "next account", "while nothing is typed: the next account"),
    bind(C::Adding, &[k(K::Left)], A::Field(Field::PreviousAccount), "", "while nothing is typed: the previous account"),
    bind(C::Adding, &[k(K::Esc)], A::Field(Field::Leave), "to the plan", "clear the field, then to the plan; with no plan go back"),
    bind(C::Adding, &[k(K::PageDown)], A::Move(Move::PageDown), "", "scroll what pays down"),
    bind(C::Adding, &[k(K::PageUp)], A::Move(Move::PageUp), "", "scroll what pays up"),
    bind(C::Adding, &[Ctrl('t')], A::Field(Field::Day), "day", "look at the plan on another day; writes nothing"),
    bind(C::Adding, &[k(K::Tab)], A::Everywhere(Every::NextScreen), "next screen", "the next screen"),
    bind(C::Adding, &[k(K::BackTab)], A::Everywhere(Every::PreviousScreen), "", "the previous screen"),
    bind(C::Adding, &[c('?')], A::Everywhere(Every::Help), "keys", "all keys; type to search, and do it from there"),

    bind(C::Calculator, &[Chord::Digit], A::Plan(Plan::Digit), "quantity", "type the quantity of the selected line"),
    bind(C::Calculator, &[c('+'), c('=')], A::Plan(Plan::More), "", "one more"),
    bind(C::Calculator, &[c('-')], A::Plan(Plan::Fewer), "", "one fewer"),
    bind(C::Calculator, &[c('v')], A::Plan(Plan::Variant), "variant", "the next variant of the selected action"),
    bind(C::Calculator, &[c('d'), k(K::Delete)], A::Plan(Plan::Remove), "", "remove the selected line; z brings it back"),
    bind(C::Calculator, &[c('R')], A::Plan(Plan::Record), "record", "record the plan as spent; asks first"),
    bind(C::Calculator, &[c('H')], A::Plan(Plan::Hold), "hold", "set the credits of the plan aside; asks first"),
    bind(C::Calculator, &[c('D'), Ctrl('t')], A::Plan(Plan::Day), "day", "look at the plan on another day; writes nothing"),
    bind(C::Calculator, &[k(K::Enter), c('n'), c('/'), c('i'), c(' ')], A::Plan(Plan::AddLine), "add", "add another action; after a number with it as the quantity"),
    bind(C::Calculator, &[c('z')], A::Plan(Plan::Undo), "undo", "undo the last change of the plan"),
    bind(C::Calculator, &[k(K::Right)], A::Plan(Plan::NextAccount), "", "an action for the next account"),
    bind(C::Calculator, &[k(K::Left)], A::Plan(Plan::PreviousAccount), "", "an action for the previous account"),
    bind(C::Calculator, &[c('a')], A::Plan(Plan::PickAccount), "account", "plan for another account as well"),
    bind(C::Calculator, &[k(K::PageDown)], A::Move(Move::PageDown), "", "scroll what pays down"),
    bind(C::Calculator, &[k(K::PageUp)], A::Move(Move::PageUp), "", "scroll what pays up"),
    bind(C::Calculator, &[c('X')], A::Plan(Plan::Clear), "", "empty the plan; z brings it back"),
    bind(C::Calculator, &[k(K::Backspace)], A::Plan(Plan::Erase), "", "take back the last digit"),

    bind(C::Ledger, &[c('a'), c('n')], A::Ledger(Ledger::AddEntry), "add", "add an entry; asks before it writes"),
    bind(C::Ledger, &[c('x')], A::Ledger(Ledger::Reverse), "reverse", "undo the selected entry by a reversal; asks first"),
    bind(C::Ledger, &[c('s')], A::Ledger(Ledger::Scope), "all accounts", "the entries of all accounts, or of the selected one"),
    bind(C::Ledger, &[c('o')], A::Ledger(Ledger::Older), "", "list the older entries of a long ledger too"),
    bind(C::Ledger, &[c('/')], A::Ledger(Ledger::Filter), "filter", "show only entries that match what you type"),
    bind(C::Ledger, &[k(K::Enter)], A::Ledger(Ledger::Open), "read", "read the selected entry whole"),

    bind(C::Filtering, &[k(K::Enter), k(K::Tab)], A::Filter(Filter::Keep), "keep", "keep the filter"),
    bind(C::Filtering, &[k(K::Esc)], A::Filter(Filter::Clear), "clear", "show everything again"),
    bind(C::Filtering, &[k(K::Up)], A::Move(Move::Up), "", "move up"),
    bind(C::Filtering, &[k(K::Down)], A::Move(Move::Down), "", "move down"),

    bind(C::Confirm, &[c('y'), k(K::Enter)], A::Confirm(Confirm::Yes), "yes, write it", "write what is shown"),
    bind(C::Confirm, &[c('n'), k(K::Esc), c('q')], A::Confirm(Confirm::No), "no", "write nothing"),
    bind(C::Confirm, &[c('e')], A::Confirm(Confirm::Terms), "name, deadline", "give a hold a name and a deadline"),
    bind(C::Confirm, &[k(K::Up), c('k')], A::Move(Move::Up), "", "scroll up"),
    bind(C::Confirm, &[k(K::Down), c('j')], A::Move(Move::Down), "", "scroll down"),

    bind(C::Insisting, &[c('a')], A::Confirm(Confirm::AllTheSame), "all the same", "write it although the figures are stale: a yes is not enough"),
    bind(C::Insisting, &[c('n'), k(K::Esc), c('q')], A::Confirm(Confirm::No), "no", "write nothing"),
    bind(C::Insisting, &[k(K::Up), c('k')], A::Move(Move::Up), "", "scroll up"),
    bind(C::Insisting, &[k(K::Down), c('j')], A::Move(Move::Down), "", "scroll down"),

    bind(C::Day, &[k(K::Enter)], A::Day(Day::Look), "look", "look at this day; an empty one is now"),
    bind(C::Day, &[k(K::Esc)], A::Day(Day::Cancel), "cancel", "stay at the day there was"),

    bind(C::Terms, &[k(K::Enter)], A::Terms(Terms::GoOn), "next, then back", "go on; at the end, back to the question with them"),
    bind(C::Terms, &[k(K::Down), k(K::Tab)], A::Terms(Terms::OtherField), "next field", "the next field"),
    bind(C::Terms, &[k(K::Up), k(K::BackTab)], A::Terms(Terms::OtherField), "", "the previous field"),
    bind(C::Terms, &[k(K::Esc)], A::Terms(Terms::Cancel), "cancel", "back to the question as it was"),

    bind(C::Picker, &[k(K::Enter), k(K::Tab)], A::Picker(Picker::Pick), "pick", "take the marked one"),
    bind(C::Picker, &[k(K::Esc)], A::Picker(Picker::Cancel), "cancel", "pick nothing"),
    bind(C::Picker, &[k(K::Up)], A::Move(Move::Up), "", "move up"),
    bind(C::Picker, &[k(K::Down)], A::Move(Move::Down), "", "move down"),

    bind(C::Form, &[k(K::Enter)], A::Form(Form::GoOn), "next, then review", "go on; at the end, show what will be written"),
    bind(C::Form, &[k(K::Down), k(K::Tab)], A::Form(Form::NextField), "next field", "the next field"),
    bind(C::Form, &[k(K::Up), k(K::BackTab)], A::Form(Form::PreviousField), "", "the previous field"),
    bind(C::Form, &[k(K::Right)], A::Form(Form::NextChoice), "choose", "the next choice"),
    bind(C::Form, &[k(K::Left)], A::Form(Form::PreviousChoice), "", "the previous choice"),
    bind(C::Form, &[k(K::Esc)], A::Form(Form::Cancel), "cancel", "write nothing"),

    bind(C::TextBox, &[k(K::Esc), k(K::Enter), c('q')], A::TextBox(TextBox::Close), "close", "close the box"),
    bind(C::TextBox, &[k(K::Down), c('j')], A::Move(Move::Down), "down", "scroll down"),
    bind(C::TextBox, &[k(K::Up), c('k')], A::Move(Move::Up), "up", "scroll up"),
    bind(C::TextBox, &[k(K::PageDown)], A::Move(Move::PageDown), "", "a page down"),
    bind(C::TextBox, &[k(K::PageUp)], A::Move(Move::PageUp), "", "a page up"),

    bind(C::Help, &[k(K::Esc), c('?')], A::Help(Help::Close), "close", "close the help"),
    bind(C::Help, &[k(K::Enter)], A::Help(Help::DoIt), "do it", "do what the marked line says"),
    bind(C::Help, &[k(K::Up)], A::Move(Move::Up), "", "move up"),
    bind(C::Help, &[k(K::Down)], A::Move(Move::Down), "", "move down"),
    bind(C::Help, &[k(K::PageUp)], A::Move(Move::PageUp), "", "a page up"),
    bind(C::Help, &[k(K::PageDown)], A::Move(Move::PageDown), "", "a page down"),

    bind(C::List, &[k(K::Up), c('k')], A::Move(Move::Up), "", "move up"),
    bind(C::List, &[k(K::Down), c('j')], A::Move(Move::Down), "", "move down"),
    bind(C::List, &[k(K::PageUp), Ctrl('u'), Ctrl('b')], A::Move(Move::PageUp), "", "a page up"),
    bind(C::List, &[k(K::PageDown), Ctrl('d'), Ctrl('f')], A::Move(Move::PageDown), "", "a page down"),
    bind(C::List, &[k(K::Home), c('g')], A::Move(Move::First), "", "to the first"),
    bind(C::List, &[k(K::End), c('G')], A::Move(Move::Last), "", "to the last"),

    bind(C::Everywhere, &[c('c')], A::Everywhere(Every::Calculate), "calculate", "what would it cost? for the selected account"),
    bind(C::Everywhere, &[c('l')], A::Everywhere(Every::Ledger), "ledger", "the ledger of the selected account"),
    bind(C::Everywhere, &[k(K::Tab)], A::Everywhere(Every::NextScreen), "", "the next screen"),
    bind(C::Everywhere, &[k(K::BackTab)], A::Everywhere(Every::PreviousScreen), "", "the previous screen"),
    bind(C::Everywhere, &[c('r')], A::Everywhere(Every::RefreshAll), "refresh", "ask all providers now"),
    bind(C::Everywhere, &[c('t')], A::Everywhere(Every::Dates), "", "show countdowns as dates, and back"),
    bind(C::Everywhere, &[c('u')], A::Everywhere(Every::Zone), "", "times in UTC, and back"),
    bind(C::Everywhere, &[c('p')], A::Everywhere(Every::Privacy), "", "mask names, e-mails, notes and refs, and back"),
    bind(C::Everywhere, &[c('y')], A::Everywhere(Every::Copy), "", "copy the selected row or the quote as text"),
    bind(C::Everywhere, &[c('m')], A::Everywhere(Every::Mouse), "", "leave the mouse to the terminal, and back"),
    bind(C::Everywhere, &[c('C')], A::Everywhere(Every::Troubles), "", "all that is wrong with the configuration and its files"),
    bind(C::Everywhere, &[c('?'), c(':')], A::Everywhere(Every::Help), "keys", "all keys; type to search, and do it from there"),
    bind(C::Everywhere, &[c('q')], A::Everywhere(Every::Back), "quit", "back; on the overview, quit"),
    bind(C::Everywhere, &[k(K::Esc), c('h')], A::Everywhere(Every::Leave), "", "back; never quits"),

    bind(C::Always, &[Ctrl('c')], A::Quit, "", "quit at once"),
    bind(C::Always, &[Ctrl('z')], A::Suspend, "", "back to the shell; fg returns"),
];
