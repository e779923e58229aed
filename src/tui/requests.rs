//! What the runtime was asked for and has not answered yet. An answer changes only what its own question left waiting.

use std::collections::BTreeMap;

use super::calculator::PlannedLine;
use super::ledger::EntryForm;
use super::message_text::MessageText;
use crate::credit::{AccountId, Ref};

/// Names a question to the runtime; its answer carries the same. No two questions of a run have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// What waits for an answer.
#[derive(Debug, Clone)]
pub(crate) enum Pending {
    /// The calculator's plan, as it was confirmed, is on its way into the ledger.
    Plan(Vec<PlannedLine>),
    /// An entry that was filled in by hand; the form comes back where it is refused.
    Entry(Box<EntryForm>),
    /// The reversal of an entry.
    Reversal(AccountId, Ref),
    /// The older entries of an account.
    Older(AccountId),
    /// Accounts are asked for anew.
    Refresh,
    /// A text is on its way to the clipboard; this says what it is.
    Copy(MessageText),
}

/// The questions that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    last: u64,
    open: BTreeMap<RequestId, Pending>,
}

impl Requests {
    /// Opens a question; the id goes with the effect that asks it.
    pub(crate) fn open(&mut self, pending: Pending) -> RequestId {
        self.last += 1;
        let id = RequestId(self.last);
        self.open.insert(id, pending);
        id
    }

    /// Takes what an answer is for; `None` where nothing waits for it (any more).
    pub(crate) fn close(&mut self, id: RequestId) -> Option<Pending> {
        self.open.remove(&id)
    }

    /// Whether something waits for an answer still.
    pub(crate) fn is_open(&self, id: RequestId) -> bool {
        self.open.contains_key(&id)
    }

    /// What is being done, as long as it is: nobody is left to wonder whether a yes was heard.
    pub(crate) fn under_way(&self) -> Option<&'static str> {
        let words = |pending: &Pending| match pending {
            Pending::Plan(_) => Some("Recording the plan…"),
            Pending::Entry(_) => Some("Recording the entry…"),
            Pending::Reversal(..) => Some("Recording the reversal…"),
            Pending::Older(_) => Some("Reading the older entries…"),
            Pending::Refresh | Pending::Copy(_) => None,
        };
        self.open.values().find_map(words)
    }

    /// Whether the calculator's plan is on its way into the ledger.
    pub(crate) fn is_plan_on_its_way(&self) -> bool {
        self.open.values().any(|pending| matches!(pending, Pending::Plan(_)))
    }

    /// Whether an entry's reversal is on its way into the ledger.
    pub(crate) fn is_reversal_on_its_way(&self, account: &AccountId, reference: &Ref) -> bool {
        let same = |pending: &Pending| matches!(pending, Pending::Reversal(id, of) if id == account && of == reference);
        self.open.values().any(same)
    }
}

#[cfg(test)]
impl RequestId {
    /// The n-th question of a run, for answers in tests.
    pub(crate) fn nth(number: u64) -> Self {
        Self(number)
    }
}
