//! What is recorded of accounts that share one balance (SPEC P9).

use std::collections::HashMap;

use super::engine::Snapshot;
use super::{StoreError, entries, polls};
use crate::credit::{AccountId, FoldEntry, Instant, Observation, Tail, merged_observations};

/// The accounts whose balance is one: each with the others that share it.
pub type Pools = HashMap<AccountId, Vec<AccountId>>;

/// What is recorded of accounts, some of which share one balance, as it is believed at an instant.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) moment: &'a Snapshot<'a>,
    pub(super) pools: &'a Pools,
    pub(super) now: Instant,
}

impl<'a> Shared<'a> {
    /// The accounts that share the balance of this one.
    pub(super) fn others(self, account: &AccountId) -> &'a [AccountId] {
        self.pools.get(account).map_or(&[], Vec::as_slice)
    }

    /// Everything that is recorded of an account's balance.
    pub(super) fn everything(self, account: &AccountId) -> Result<Tail, StoreError> {
        let mut fold_entries: Vec<FoldEntry> = self.moment.fold_entries(&[(account, None)])?.into_iter().flatten().collect();
        for other in self.others(account) {
            let entries = entries::of_account(self.moment, other, None)?;
            fold_entries.extend(entries.into_iter().map(|entry| FoldEntry::from(entry.of_other_member())));
        }
        Ok(Tail { start: None, fold_entries })
    }

    /// The polls of an account's balance that a status at this instant rests on too.
    pub(super) fn observations(self, account: &AccountId) -> Result<Vec<Observation>, StoreError> {
        let mut all = polls::of_account(self.moment, account)?;
        for other in self.others(account) {
            all.extend(polls::of_account(self.moment, other)?);
        }
        let believed: Vec<_> = all.into_iter().filter_map(|seen| seen.believed_at(self.now)).collect();
        Ok(if self.others(account).is_empty() { believed } else { merged_observations(account, believed) })
    }
}
