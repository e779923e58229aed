//! What was recorded and polled since a moment, account by account: for whoever shows it and need not read all again.

use super::engine::{Cursor, Flow};
use super::{Ledger, StoreError};
use crate::credit::AccountId;

/// The accounts that changed since a moment, and the moment up to which that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Those with new entries, by name.
    pub recorded: Vec<AccountId>,
    /// Those of which polls were kept, by name; also failed ones.
    pub polled: Vec<AccountId>,
    /// From where on to ask the next time.
    pub cursor: Cursor,
}

impl Ledger {
    /// The accounts that changed since a moment; without one none, and the moment that is now.
    ///
    /// Nothing that is committed later is ever left out by a later look from [`Changes::cursor`] on.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn changes_since(&self, since: Option<Cursor>) -> Result<Changes, StoreError> {
        let Flow { recorded, polled, cursor } = self.engine.read()?.changes_since(since)?;
        // A damaged name is told where the account's own rows are read.
        let ids = |names: Vec<String>| names.iter().filter_map(|name| name.parse().ok()).collect();
        Ok(Changes { recorded: ids(recorded), polled: ids(polled), cursor })
    }
}

#[cfg(test)]
mod tests;
