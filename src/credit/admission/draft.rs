//! What somebody wants to record, and what stands in its way.

use super::RuleError;
use crate::credit::{AccountId, EntryBody, Instant, Ref};

/// An entry that somebody wants to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The account.
    pub account: AccountId,
    /// When it happened.
    pub at: Instant,
    /// Its ref; one is generated where the caller gave none.
    pub reference: Option<Ref>,
    /// What happened.
    pub body: EntryBody,
    /// A remark.
    pub note: Option<String>,
    /// Who records it.
    pub actor: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// Whether it is refused where it does not fit into what is spendable: true for the work of a quote, false for what
    /// happened anyhow and may have used held credits (SPEC 6, E11).
    pub must_fit: bool,
}

/// What must be remembered of an account before a draft can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What is recorded since a checkpoint at or before this instant, or everything.
    Since(Instant),
    /// Everything that is recorded.
    Everything,
}

/// What stands in the way of a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Nothing can be said before this is [remembered](super::Admission::remember).
    #[error("more of the account has to be read first")]
    NeedsMore(Wanted),
    /// It can't be recorded.
    #[error(transparent)]
    Refused(#[from] RuleError),
}

impl From<Wanted> for Objection {
    fn from(wanted: Wanted) -> Self {
        Self::NeedsMore(wanted)
    }
}
