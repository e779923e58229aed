//! The box that asks once before something is written, and shows exactly what.

use super::accounts::{Account, Called};
use super::calculator::HoldTerms;
use super::keymap::Action;
use super::requests::Pending;
use super::scene::Scene;
use crate::credit::{Draft, Reliance};

/// A question with what a yes would write.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// What is about to happen, as `Record as spent`.
    pub(crate) title: String,
    /// Everything that will be written, for a person.
    pub(crate) rows: Vec<Row>,
    /// What a yes leads to, in one sentence.
    pub(crate) remark: String,
    /// What stands against writing it, a sentence each: then a yes is not enough, and a second word is asked for (SPEC P2).
    pub(crate) doubts: Vec<String>,
    /// Whether yes was said in spite of the doubts, so that only the second word is missing.
    pub(crate) insisted: bool,
    /// What the holds are called and when they end; `None` where it is about something else.
    pub(crate) terms: Option<HoldTerms>,
    /// The entries.
    pub(crate) drafts: Vec<Draft>,
    /// What waits for the answer once they are on their way.
    pub(crate) pending: Pending,
    /// The first row that is shown.
    pub(crate) scroll: usize,
}

/// A row of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// An account.
    Account(Called),
    /// A label and what stands for it; the label may be empty.
    Fact(String, String),
    /// As a fact, and it may name somebody.
    Private(String, String),
    /// A cost line: what, how much, paid from what.
    Cost(String, String, String),
}

/// What stands against promising an account's credits by its figures, as a sentence (SPEC P2); `None` where they are fresh.
pub(crate) fn doubt(scene: &Scene<'_>, account: &Account, reliance: &Reliance) -> Option<String> {
    let why = reliance.why(|at| scene.age(at))?;
    Some(format!("{}: {why}.", scene.account(account)))
}

/// How a question was answered.
pub(crate) enum Answer {
    Open(Confirm),
    /// What is written, and what waits for it.
    Yes(Vec<Draft>, Pending),
    No,
}

impl Confirm {
    pub(crate) fn update(mut self, action: Action) -> Answer {
        match action {
            Action::Accept if !self.doubts.is_empty() => self.insisted = true,
            Action::Anyway if !self.insisted => {}
            Action::Accept | Action::Anyway => return Answer::Yes(self.drafts, self.pending),
            Action::Refuse => return Answer::No,
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            Action::Down => self.scroll = (self.scroll + 1).min(self.rows.len().saturating_sub(1)),
            _ => {}
        }
        Answer::Open(self)
    }
}
