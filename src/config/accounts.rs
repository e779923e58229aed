//! The accounts of a configuration, found by their ids.

use std::collections::HashMap;
use std::ops::Deref;

use super::Account;
use crate::credit::AccountId;

/// Accounts in the order of the file, each with an id of its own. Finding one takes no longer among ten thousand.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    all: Vec<Account>,
    places: HashMap<AccountId, usize>,
}

impl Accounts {
    /// The account with that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.places.get(id).and_then(|place| self.all.get(*place))
    }

    /// Changes the account with that id, where there is one; it keeps its id.
    pub(crate) fn change(&mut self, id: &AccountId, change: impl FnOnce(Account) -> Account) {
        if let Some(account) = self.places.get(id).and_then(|place| self.all.get_mut(*place)) {
            *account = change(account.clone());
        }
    }
}

impl FromIterator<Account> for Accounts {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        let all: Vec<Account> = accounts.into_iter().collect();
        let places = all.iter().enumerate().map(|(place, account)| (account.profile.id.clone(), place)).collect();
        Self { all, places }
    }
}

impl Deref for Accounts {
    type Target = [Account];

    fn deref(&self) -> &[Account] {
        &self.all
    }
}

impl IntoIterator for Accounts {
    type Item = Account;
    type IntoIter = std::vec::IntoIter<Account>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl<'a> IntoIterator for &'a Accounts {
    type Item = &'a Account;
    type IntoIter = std::slice::Iter<'a, Account>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}
