//! Messages in parts: who is named stays an id, and what may name somebody stays apart, until the line is drawn.

use super::format::clean;
use super::model::Model;
use super::scene::HIDDEN;
use crate::credit::AccountId;

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MessageText {
    parts: Vec<Part>,
    /// The whole of it where nothing is masked.
    plain: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Account(AccountId),
    Private(String),
}

impl MessageText {
    /// Words that name nobody.
    pub(crate) fn words(self, text: &str) -> Self {
        let text = clean(text);
        self.with(&text.clone(), Part::Words(text))
    }

    /// An account, by its name or while names are masked by its place.
    pub(crate) fn account(self, model: &Model, id: &AccountId) -> Self {
        let name = model.find(id).map_or_else(|| id.to_string(), |account| clean(&account.book.profile.name));
        self.with(&name, Part::Account(id.clone()))
    }

    /// A text that may name somebody: a ref, a note, what a provider or the ledger says.
    pub(crate) fn private(self, text: &str) -> Self {
        let text = clean(text);
        self.with(&text.clone(), Part::Private(text))
    }

    fn with(mut self, plain: &str, part: Part) -> Self {
        self.plain.push_str(plain);
        self.parts.push(part);
        self
    }

    /// The message as it is drawn now.
    pub(crate) fn shown(&self, model: &Model) -> String {
        if !model.setup.privacy {
            return self.plain.clone();
        }
        let hidden = self.parts.iter().any(|part| matches!(part, Part::Private(_)));
        let parts = self.parts.iter().map(|part| match part {
            Part::Words(text) => text.clone(),
            Part::Account(id) => model.find(id).map_or_else(|| HIDDEN.to_owned(), super::accounts::Account::number_words),
            Part::Private(_) => HIDDEN.to_owned(),
        });
        let text: String = parts.collect();
        if hidden { format!("{text} (p shows all)") } else { text }
    }

    /// The whole of it, where nothing is masked.
    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        &self.plain
    }
}

impl From<&str> for MessageText {
    fn from(text: &str) -> Self {
        Self::default().words(text)
    }
}

impl From<String> for MessageText {
    fn from(text: String) -> Self {
        Self::default().words(&text)
    }
}
