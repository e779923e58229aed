//! The one table of keys. Dispatch, footer and help are all made from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a key means something. The first context of the present ones that knows a key decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
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
    #[must_use]
    pub fn heading(self) -> &'static str {
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

    /// Whether letters are text here.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Adding | Self::Filtering | Self::Day | Self::Terms | Self::Picker | Self::Form | Self::Help)
    }
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name says what its line in the table says in words")]
pub enum Action {
    Quit,
    Suspend,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Back,
    Leave,
    NextScreen,
    PreviousScreen,
    Calculate,
    Ledger,
    Filter,
    Refresh,
    RefreshAll,
    Dates,
    Zone,
    Privacy,
    Mouse,
    Copy,
    Troubles,
    Help,
    AddLine,
    Digit,
    Erase,
    More,
    Fewer,
    Variant,
    PickAccount,
    Remove,
    Clear,
    Undo,
    Record,
    Hold,
    AddEntry,
    Reverse,
    Scope,
    Older,
    Accept,
    Refuse,
    Anyway,
    Terms,
    Day,
    NextChoice,
    PreviousChoice,
    NextField,
    PreviousField,
}

/// A key as it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chord {
    /// A key without Ctrl; Shift is part of the character.
    Plain(KeyCode),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Any digit, or the point.
    Digit,
}

impl Chord {
    /// Whether a key event is this chord.
    #[must_use]
    pub fn fits(self, key: KeyEvent) -> bool {
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match self {
            Self::Plain(code) => plain && key.code == code,
            Self::Ctrl(letter) => {
                key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char(letter)
                    || matches!(key.code, KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) && c.eq_ignore_ascii_case(&letter))
            }
            Self::Digit => plain && matches!(key.code, KeyCode::Char('0'..='9' | '.')),
        }
    }

    /// The key's name on screen.
    #[must_use]
    pub fn name(self, ascii: bool) -> String {
        let pick = |sign: &str, word: &str| if ascii { word.to_owned() } else { sign.to_owned() };
        match self {
            Self::Ctrl(letter) => format!("Ctrl-{}", letter.to_ascii_uppercase()),
            Self::Digit => "0-9".to_owned(),
            Self::Plain(code) => match code {
                KeyCode::Char(' ') => "Space".to_owned(),
                KeyCode::Char(c) => c.to_string(),
                KeyCode::Enter => pick("⏎", "Enter"),
                KeyCode::Up => pick("↑", "Up"),
                KeyCode::Down => pick("↓", "Down"),
                KeyCode::Left => pick("←", "Left"),
                KeyCode::Right => pick("→", "Right"),
                KeyCode::Esc => "Esc".to_owned(),
                KeyCode::Tab => "Tab".to_owned(),
                KeyCode::BackTab => "Shift-Tab".to_owned(),
                KeyCode::Backspace => "Backspace".to_owned(),
                KeyCode::Delete => "Del".to_owned(),
                KeyCode::Home => "Home".to_owned(),
                KeyCode::End => "End".to_owned(),
                KeyCode::PageUp => "PgUp".to_owned(),
                KeyCode::PageDown => "PgDn".to_owned(),
                other => format!("{other:?}"),
            },
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// Which keys; the first is the one that the footer names.
    pub keys: &'static [Chord],
    /// What they do.
    pub action: Action,
    /// One word for the footer; empty where the footer doesn't show it.
    pub label: &'static str,
    /// A phrase for help.
    pub help: &'static str,
}

const fn bind(context: Context, keys: &'static [Chord], action: Action, label: &'static str, help: &'static str) -> Binding {
    Binding { context, keys, action, label, help }
}

const fn c(letter: char) -> Chord {
    Chord::Plain(KeyCode::Char(letter))
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
pub const KEYS: &[Binding] = &[
    bind(C::Overview, &[k(K::Enter)], A::Open, "open", "open the selected account"),
    bind(C::Overview, &[c('/')], A::Filter, "filter", "show only accounts that match what you type"),

    bind(C::Account, &[c('r')], A::Refresh, "refresh", "ask this account's provider now"),
    bind(C::Account, &[k(K::Right), c(']')], A::NextChoice, "next account", "the next account"),
    bind(C::Account, &[k(K::Left), c('[')], A::PreviousChoice, "", "the previous account"),
    bind(C::Account, &[c('t')], A::Dates, "dates", "show countdowns as dates, and back"),

    bind(C::Ready, &[c('R')], A::Record, "record", "record the plan as spent; asks first"),
    bind(C::Ready, &[c('H')], A::Hold, "hold", "set the credits of the plan aside; asks first"),
    bind(C::Ready, &[c('z')], A::Undo, "bring back", "bring back what was just removed or overwritten"),

    bind(C::Adding, &[k(K::Enter)], A::Accept, "add", "add the marked action; a number before it is the quantity"),
    bind(C::Adding, &[k(K::Up)], A::Up, "", "mark the action above"),
    bind(C::Adding, &[k(K::Down)], A::Down, "", "mark the action below"),
    bind(C::Adding, &[k(K::Right)], A::NextChoice, "next account", "while nothing is typed: the next account"),
    bind(C::Adding, &[k(K::Left)], A::PreviousChoice, "", "while nothing is typed: the previous account"),
    bind(C::Adding, &[k(K::Esc)], A::Leave, "to the plan", "clear the field, then to the plan; with no plan go back"),
    bind(C::Adding, &[k(K::PageDown)], A::PageDown, "", "scroll what pays down"),
    bind(C::Adding, &[k(K::PageUp)], A::PageUp, "", "scroll what pays up"),
    bind(C::Adding, &[Ctrl('t')], A::Day, "day", "look at the plan on another day; writes nothing"),
    bind(C::Adding, &[k(K::Tab)], A::NextScreen, "next screen", "the next screen"),
    bind(C::Adding, &[k(K::BackTab)], A::PreviousScreen, "", "the previous screen"),
    bind(C::Adding, &[c('?')], A::Help, "keys", "all keys; type to search, and do it from there"),

    bind(C::Calculator, &[Chord::Digit], A::Digit, "quantity", "type the quantity of the selected line"),
    bind(C::Calculator, &[c('+'), c('=')], A::More, "", "one more"),
    bind(C::Calculator, &[c('-')], A::Fewer, "", "one fewer"),
    bind(C::Calculator, &[c('v')], A::Variant, "variant", "the next variant of the selected action"),
    bind(C::Calculator, &[c('d'), k(K::Delete)], A::Remove, "", "remove the selected line; z brings it back"),
    bind(C::Calculator, &[c('R')], A::Record, "record", "record the plan as spent; asks first"),
    bind(C::Calculator, &[c('H')], A::Hold, "hold", "set the credits of the plan aside; asks first"),
    bind(C::Calculator, &[c('D'), Ctrl('t')], A::Day, "day", "look at the plan on another day; writes nothing"),
    bind(C::Calculator, &[k(K::Enter), c('n'), c('/'), c('i'), c(' ')], A::AddLine, "add", "add another action; after a number with it as the quantity"),
    bind(C::Calculator, &[c('z')], A::Undo, "undo", "undo the last change of the plan"),
    bind(C::Calculator, &[k(K::Right)], A::NextChoice, "", "an action for the next account"),
    bind(C::Calculator, &[k(K::Left)], A::PreviousChoice, "", "an action for the previous account"),
    bind(C::Calculator, &[c('a')], A::PickAccount, "account", "plan for another account as well"),
    bind(C::Calculator, &[k(K::PageDown)], A::PageDown, "", "scroll what pays down"),
    bind(C::Calculator, &[k(K::PageUp)], A::PageUp, "", "scroll what pays up"),
    bind(C::Calculator, &[c('X')], A::Clear, "", "empty the plan; z brings it back"),
    bind(C::Calculator, &[k(K::Backspace)], A::Erase, "", "take back the last digit"),

    bind(C::Ledger, &[c('a'), c('n')], A::AddEntry, "add", "add an entry; asks before it writes"),
    bind(C::Ledger, &[c('x')], A::Reverse, "reverse", "undo the selected entry by a reversal; asks first"),
    bind(C::Ledger, &[c('s')], A::Scope, "all accounts", "the entries of all accounts, or of the selected one"),
    bind(C::Ledger, &[c('o')], A::Older, "", "list the older entries of a long ledger too"),
    bind(C::Ledger, &[c('/')], A::Filter, "filter", "show only entries that match what you type"),
    bind(C::Ledger, &[k(K::Enter)], A::Open, "read", "read the selected entry whole"),

    bind(C::Filtering, &[k(K::Enter), k(K::Tab)], A::Accept, "keep", "keep the filter"),
    bind(C::Filtering, &[k(K::Esc)], A::Leave, "clear", "show everything again"),
    bind(C::Filtering, &[k(K::Up)], A::Up, "", "move up"),
    bind(C::Filtering, &[k(K::Down)], A::Down, "", "move down"),

    bind(C::Confirm, &[c('y'), k(K::Enter)], A::Accept, "yes, write it", "write what is shown"),
    bind(C::Confirm, &[c('n'), k(K::Esc), c('q')], A::Refuse, "no", "write nothing"),
    bind(C::Confirm, &[c('e')], A::Terms, "name, deadline", "give a hold a name and a deadline"),
    bind(C::Confirm, &[k(K::Up), c('k')], A::Up, "", "scroll up"),
    bind(C::Confirm, &[k(K::Down), c('j')], A::Down, "", "scroll down"),

    bind(C::Insisting, &[c('a')], A::Anyway, "all the same", "write it although the figures are stale: a yes is not enough"),
    bind(C::Insisting, &[c('n'), k(K::Esc), c('q')], A::Refuse, "no", "write nothing"),
    bind(C::Insisting, &[k(K::Up), c('k')], A::Up, "", "scroll up"),
    bind(C::Insisting, &[k(K::Down), c('j')], A::Down, "", "scroll down"),

    bind(C::Day, &[k(K::Enter)], A::Accept, "look", "look at this day; an empty one is now"),
    bind(C::Day, &[k(K::Esc)], A::Leave, "cancel", "stay at the day there was"),

    bind(C::Terms, &[k(K::Enter)], A::Accept, "next, then back", "go on; at the end, back to the question with them"),
    bind(C::Terms, &[k(K::Down), k(K::Tab)], A::NextField, "next field", "the next field"),
    bind(C::Terms, &[k(K::Up), k(K::BackTab)], A::PreviousField, "", "the previous field"),
    bind(C::Terms, &[k(K::Esc)], A::Leave, "cancel", "back to the question as it was"),

    bind(C::Picker, &[k(K::Enter), k(K::Tab)], A::Accept, "pick", "take the marked one"),
    bind(C::Picker, &[k(K::Esc)], A::Leave, "cancel", "pick nothing"),
    bind(C::Picker, &[k(K::Up)], A::Up, "", "move up"),
    bind(C::Picker, &[k(K::Down)], A::Down, "", "move down"),

    bind(C::Form, &[k(K::Enter)], A::Accept, "next, then review", "go on; at the end, show what will be written"),
    bind(C::Form, &[k(K::Down), k(K::Tab)], A::NextField, "next field", "the next field"),
    bind(C::Form, &[k(K::Up), k(K::BackTab)], A::PreviousField, "", "the previous field"),
    bind(C::Form, &[k(K::Right)], A::NextChoice, "choose", "the next choice"),
    bind(C::Form, &[k(K::Left)], A::PreviousChoice, "", "the previous choice"),
    bind(C::Form, &[k(K::Esc)], A::Leave, "cancel", "write nothing"),

    bind(C::TextBox, &[k(K::Esc), k(K::Enter), c('q')], A::Leave, "close", "close the box"),
    bind(C::TextBox, &[k(K::Down), c('j')], A::Down, "down", "scroll down"),
    bind(C::TextBox, &[k(K::Up), c('k')], A::Up, "up", "scroll up"),
    bind(C::TextBox, &[k(K::PageDown)], A::PageDown, "", "a page down"),
    bind(C::TextBox, &[k(K::PageUp)], A::PageUp, "", "a page up"),

    bind(C::Help, &[k(K::Esc), c('?')], A::Leave, "close", "close the help"),
    bind(C::Help, &[k(K::Enter)], A::Accept, "do it", "do what the marked line says"),
    bind(C::Help, &[k(K::Up)], A::Up, "", "move up"),
    bind(C::Help, &[k(K::Down)], A::Down, "", "move down"),
    bind(C::Help, &[k(K::PageUp)], A::PageUp, "", "a page up"),
    bind(C::Help, &[k(K::PageDown)], A::PageDown, "", "a page down"),

    bind(C::List, &[k(K::Up), c('k')], A::Up, "", "move up"),
    bind(C::List, &[k(K::Down), c('j')], A::Down, "", "move down"),
    bind(C::List, &[k(K::PageUp), Ctrl('u'), Ctrl('b')], A::PageUp, "", "a page up"),
    bind(C::List, &[k(K::PageDown), Ctrl('d'), Ctrl('f')], A::PageDown, "", "a page down"),
    bind(C::List, &[k(K::Home), c('g')], A::First, "", "to the first"),
    bind(C::List, &[k(K::End), c('G')], A::Last, "", "to the last"),

    bind(C::Everywhere, &[c('c')], A::Calculate, "calculate", "what would it cost? for the selected account"),
    bind(C::Everywhere, &[c('l')], A::Ledger, "ledger", "the ledger of the selected account"),
    bind(C::Everywhere, &[k(K::Tab)], A::NextScreen, "", "the next screen"),
    bind(C::Everywhere, &[k(K::BackTab)], A::PreviousScreen, "", "the previous screen"),
    bind(C::Everywhere, &[c('r')], A::RefreshAll, "refresh", "ask all providers now"),
    bind(C::Everywhere, &[c('t')], A::Dates, "", "show countdowns as dates, and back"),
    bind(C::Everywhere, &[c('u')], A::Zone, "", "times in UTC, and back"),
    bind(C::Everywhere, &[c('p')], A::Privacy, "", "mask names, e-mails, notes and refs, and back"),
    bind(C::Everywhere, &[c('y')], A::Copy, "", "copy the selected row or the quote as text"),
    bind(C::Everywhere, &[c('m')], A::Mouse, "", "leave the mouse to the terminal, and back"),
    bind(C::Everywhere, &[c('C')], A::Troubles, "", "all that is wrong with the configuration and its files"),
    bind(C::Everywhere, &[c('?'), c(':')], A::Help, "keys", "all keys; type to search, and do it from there"),
    bind(C::Everywhere, &[c('q')], A::Back, "quit", "back; on the overview, quit"),
    bind(C::Everywhere, &[k(K::Esc), c('h')], A::Leave, "", "back; never quits"),

    bind(C::Always, &[Ctrl('c')], A::Quit, "", "quit at once"),
    bind(C::Always, &[Ctrl('z')], A::Suspend, "", "back to the shell; fg returns"),
];

/// What a key means in these contexts.
#[must_use]
pub fn action(contexts: &[Context], key: KeyEvent) -> Option<Action> {
    contexts
        .iter()
        .find_map(|context| {
            KEYS.iter()
                .filter(|binding| binding.context == *context)
                .find(|binding| binding.keys.iter().any(|chord| chord.fits(key)))
        })
        .map(|binding| binding.action)
}

/// The bindings of these contexts, without those that an earlier context covers.
pub fn bindings(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
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
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        for (place, binding) in KEYS.iter().enumerate() {
            for other in KEYS.iter().skip(place + 1).filter(|other| other.context == binding.context) {
                for chord in binding.keys {
                    assert!(!other.keys.contains(chord), "{chord:?} in {:?}", binding.context);
                }
            }
        }
    }

    #[test]
    fn letters_are_only_text_where_a_field_has_the_focus() {
        for binding in KEYS.iter().filter(|binding| binding.context.takes_text()) {
            for chord in binding.keys {
                // No action is called by a question mark, and help that is searched has begun.
                let helps = matches!(binding.context, Context::Help | Context::Adding) && *chord == c('?');
                assert!(helps || !matches!(chord, Chord::Plain(KeyCode::Char(_)) | Chord::Digit), "{binding:?}");
            }
        }
    }

    #[test]
    fn every_key_finds_its_action_in_its_context() {
        for binding in KEYS {
            for chord in binding.keys {
                let key = match chord {
                    Chord::Plain(code) => KeyEvent::new(*code, KeyModifiers::NONE),
                    Chord::Ctrl(letter) => KeyEvent::new(KeyCode::Char(*letter), KeyModifiers::CONTROL),
                    Chord::Digit => KeyEvent::new(KeyCode::Char('7'), KeyModifiers::NONE),
                };
                assert_eq!(action(&[binding.context], key), Some(binding.action), "{binding:?}");
            }
        }
    }
}
