//! What somebody wants to record, and why it can't be.

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

/// Why a draft can't be recorded: what is wrong and one thing to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RuleError {
    /// The field that is wrong, as `bucket` or `amount`.
    pub field: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
    /// Whether what is recorded already can't be: a fault of creditop, or a ledger that was changed behind its back, and no mistake
    /// of whoever records this.
    pub is_fault: bool,
}

/// What must be remembered of an account before a draft can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What is recorded since a checkpoint at or before this instant, or everything.
    Since(Instant),
    /// Everything that is recorded.
    Everything,
}
