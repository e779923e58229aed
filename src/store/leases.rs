//! One poller for each account (SPEC L10): who asks a provider takes a lease first, so that many open dashboards ask as often as one.
//!
//! A lease lasts for one request and a little longer: it is taken when an account's turn has come, renewed while its request is out,
//! and ends with the transaction that keeps the answer. Whoever is killed meanwhile leaves one that runs out by itself. It is for the database's
//! clock to say when, so that machines whose clocks differ agree.
//!
//! Leases are no part of what a ledger says: `verify`, copies and exports know nothing of them.

use std::time::Duration;

use super::engine::Lease;
use super::{Ledger, StoreError};
use crate::credit::AccountId;

impl Ledger {
    /// Takes the leases of accounts for so long each, or renews them; gives what came of each, in their order.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be written; none is taken then.
    pub fn lease(&self, wanted: &[(&AccountId, Duration)]) -> Result<Vec<Lease>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<(&str, Duration)> = wanted.iter().map(|(account, lasting)| (account.as_str(), *lasting)).collect();
        self.engine.lease(&wanted, &self.holder)
    }

    /// Gives the leases of accounts back that nothing was kept of. Those that this ledger has not stay.
    ///
    /// # Errors
    /// As [`Ledger::lease`]; they run out by themselves then.
    pub fn end_leases(&self, accounts: &[&AccountId]) -> Result<(), StoreError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
        self.engine.end_leases(&accounts, &self.holder)
    }
}

/// A name for whoever has a ledger open: unlike any other, and telling enough for a person who looks into the table.
pub(super) fn new_holder() -> String {
    let letters: String = std::iter::repeat_with(fastrand::alphanumeric).take(12).collect();
    format!("{}-{letters}", std::process::id())
}

#[cfg(test)]
mod tests;
