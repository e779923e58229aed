//! All keys, made from the key map, searched by typing; a line can also be done from here.

use crossterm::event::{KeyCode, KeyEvent};

use super::field::Field;
use super::keymap::{self, Action, Binding, Context};
use super::search::{Haystack, Query};

/// The help with what is typed.
#[derive(Debug, Clone)]
pub(crate) struct Help {
    pub(crate) field: Field,
    pub(crate) marked: usize,
    /// Where it was called from.
    contexts: Vec<Context>,
}

impl Help {
    pub(crate) fn new(contexts: Vec<Context>) -> Self {
        Self { field: Field::default(), marked: 0, contexts }
    }

    /// The bindings that match: those that work here first, then those of other screens.
    pub(crate) fn matches(&self) -> Vec<&'static Binding> {
        let others = [
            Context::Overview,
            Context::Account,
            Context::Calculator,
            Context::Ready,
            Context::Adding,
            Context::Ledger,
            Context::Form,
            Context::Confirm,
        ];
        let others: Vec<Context> = others.into_iter().filter(|context| !self.contexts.contains(context)).collect();
        let here = [
            Context::Overview,
            Context::Account,
            Context::Calculator,
            Context::Ready,
            Context::Adding,
            Context::Ledger,
            Context::List,
            Context::Everywhere,
            Context::Always,
        ];
        let here: Vec<Context> = here.into_iter().filter(|context| self.contexts.contains(context)).collect();
        let all: Vec<&Binding> = keymap::bindings(&here).chain(keymap::bindings(&others)).collect();
        let query = Query::new(self.field.text());
        all.into_iter().filter(|binding| query.is_empty() || query.rank(&searched(binding)).is_some()).collect()
    }

    /// Types into the field; whether what is searched for changed. A slash to begin with is what starts a search elsewhere: here it
    /// has begun.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        let begins = self.field.is_empty() && key.code == KeyCode::Char('/');
        !begins && self.field.key(key)
    }

    /// Whether a binding works where the help was called from.
    pub(crate) fn works_here(&self, binding: &Binding) -> bool {
        self.contexts.contains(&binding.context)
    }

    /// Moves the mark, or answers with what shall be done.
    pub(crate) fn update(&mut self, action: Action) -> Option<Action> {
        let matches = self.matches();
        let last = matches.len().saturating_sub(1);
        match action {
            Action::Up => self.marked = self.marked.saturating_sub(1),
            Action::Down => self.marked = (self.marked + 1).min(last),
            Action::PageUp => self.marked = self.marked.saturating_sub(10),
            Action::PageDown => self.marked = (self.marked + 10).min(last),
            Action::Accept => {
                let marked = matches.get(self.marked).filter(|binding| self.works_here(binding));
                return marked.map(|binding| binding.action).filter(|action| *action != Action::Digit);
            }
            _ => {}
        }
        None
    }
}

/// What a line is found by: every word that is typed stands in one of these.
fn searched(binding: &Binding) -> Haystack {
    let keys = binding.keys.iter().map(|chord| chord.name(true));
    let texts = [binding.label, binding.help, binding.context.heading()].map(str::to_owned);
    Haystack { names: Vec::new(), words: keys.chain(texts).collect() }
}
