//! Price lists, each made once for all accounts that have the same.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::config::Account;
use crate::credit::{PlanId, PriceList, ProviderId};

/// What a price list follows from, where an account has no prices of its own: provider, plan, and whether its key is for trying out.
type Key = (ProviderId, Option<PlanId>, bool);

/// The price lists of a configuration. With thousands of accounts they would fill more memory than all else.
#[derive(Debug, Default)]
pub(super) struct Prices(RefCell<HashMap<Key, Arc<PriceList>>>);

impl Prices {
    /// What an account's actions cost at a plan.
    pub(super) fn of(&self, account: &Account, plan: Option<&PlanId>) -> Arc<PriceList> {
        let list = || Arc::new(account.price_list(plan));
        if !account.settings.costs.is_empty() {
            return list();
        }
        let key = (account.definition.id.clone(), plan.cloned(), account.settings.sandbox);
        Arc::clone(self.0.borrow_mut().entry(key).or_insert_with(list))
    }
}
