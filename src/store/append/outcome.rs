//! What becomes of proposals, and why some are refused.

use std::fmt;

use crate::credit::{About, AccountId, Instant, Ref, RuleError, Seq};
use crate::store::StoreError;

/// What became of a proposal that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the order of recording.
    pub seq: Seq,
    /// When it happened, as it is recorded.
    pub at: Instant,
    /// The account.
    pub account: AccountId,
    /// Its ref, given or generated.
    pub reference: Ref,
    /// Whether the ledger had it before, so that nothing was written.
    pub already_recorded: bool,
}

/// Why a proposal can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It breaks a rule, which is about this.
    Rule(About),
    /// Its ref is recorded with other content.
    Conflict,
}

/// A proposal that can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// The sort of refusal.
    pub refusal: Refusal,
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong, without a full stop.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
}

impl From<RuleError> for Refused {
    fn from(error: RuleError) -> Self {
        let RuleError { field, what, hint, about } = error;
        Self { index: 0, refusal: Refusal::Rule(about), field, what, hint }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Why a batch was not recorded; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Proposals were refused; every one of them is listed, in the order of the batch.
    #[error("nothing was recorded: {}", first_of(.0))]
    Refused(Vec<Refused>),
    /// The file could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The first refusal, and how many more there are.
fn first_of(refused: &[Refused]) -> String {
    let first = refused.first().map(|first| format!("{}: {}", first.field, first.what)).unwrap_or_default();
    match refused.len() {
        0 | 1 => first,
        many => format!("{first}, and {} more", many - 1),
    }
}

impl AppendError {
    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refused) => refused.first().and_then(|first| first.hint.clone()),
            Self::Store(error) => Some(error.hint()),
        }
    }
}
