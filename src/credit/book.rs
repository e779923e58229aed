//! An account with everything recorded of it: what screens and commands ask.

use std::sync::Arc;

use super::{
    AccountStatus, Amount, AmountError, Draw, Entry, Figure, Instant, MoneyPrice, Observation, PlanLine, PollHealth, PriceError,
    PriceList, Profile, Quote, Ref, Rules,
};

/// Why the engine can't answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A figure grew past 28 digits.
    #[error("can't add up the figures of {account}: {error}")]
    Amount {
        /// The account.
        account: String,
        /// What is wrong with the figure.
        error: AmountError,
    },
    /// A plan names something without a price line.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// A plan's quantity can't be.
    #[error("quantity {quantity} of {action}: {why}")]
    Quantity {
        /// The quantity as given.
        quantity: Amount,
        /// The action.
        action: String,
        /// Why not.
        why: &'static str,
    },
}

/// An account with its rules, its prices and everything recorded of it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Book {
    /// Who it is.
    pub profile: Profile,
    /// How its credits behave.
    pub rules: Arc<Rules>,
    /// What its actions cost at its present plan.
    pub prices: Arc<PriceList>,
    /// A price per credit in money, where one is configured.
    pub money: Option<MoneyPrice>,
    /// The ledger's entries for it, in the order of recording.
    pub entries: Arc<Vec<Entry>>,
    /// Its observations by polls, in the order of recording.
    pub observations: Arc<Vec<Observation>>,
    /// How polling goes.
    pub health: PollHealth,
}

/// A ledger entry with what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedEntry {
    /// The entry.
    pub entry: Entry,
    /// What it drew, for spends and captures, in draw-down order.
    pub draws: Vec<Draw>,
    /// What no lot could pay.
    pub uncovered: Amount,
    /// The ref of the entry that reversed it.
    pub reversed_by: Option<Ref>,
}

/// A point of an account's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPoint {
    /// When.
    pub at: Instant,
    /// All that remained then.
    pub total: Figure,
}

impl Book {
    /// The account at `now`.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn status(&self, now: Instant) -> Result<AccountStatus, EngineError> {
        todo!("{now}")
    }

    /// What a plan would cost at `now` and which lots would pay.
    ///
    /// # Errors
    /// [`EngineError`] for an action without a price line, a negative or fractional quantity, or a figure past 28 digits.
    pub fn quote(&self, plan: &[PlanLine], now: Instant) -> Result<Quote, EngineError> {
        todo!("{plan:?} {now}")
    }

    /// The totals at `points` instants evenly spread from `from` to `to`, both included; the oldest first.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn history(&self, from: Instant, to: Instant, points: usize) -> Result<Vec<HistoryPoint>, EngineError> {
        todo!("{from} {to} {points}")
    }

    /// Every entry with what it drew, as known at `now`; in the order in which they happened.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn explained(&self, now: Instant) -> Result<Vec<ExplainedEntry>, EngineError> {
        todo!("{now}")
    }
}
