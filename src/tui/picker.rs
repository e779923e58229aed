//! A list of accounts to pick one from by typing.

use super::accounts::Account;
use super::field::Field;
use super::fuzzy;
use super::keymap::Action;
use crate::credit::AccountId;

/// The list with what is typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picker {
    pub(crate) field: Field,
    pub(crate) marked: usize,
}

impl Picker {
    /// The accounts that match, the best first.
    pub(crate) fn matches<'a>(&self, accounts: &'a [Account]) -> Vec<&'a Account> {
        let texts: Vec<String> = accounts.iter().map(search_text).collect();
        fuzzy::ranked(self.field.text(), texts.iter().map(String::as_str))
            .into_iter()
            .filter_map(|place| accounts.get(place))
            .collect()
    }

    /// Moves the mark, or answers with the account that was picked.
    pub(crate) fn update(&mut self, action: Action, accounts: &[Account]) -> Option<AccountId> {
        let matches = self.matches(accounts);
        match action {
            Action::Up => self.marked = self.marked.saturating_sub(1),
            Action::Down => self.marked = (self.marked + 1).min(matches.len().saturating_sub(1)),
            Action::Accept => return matches.get(self.marked).map(|account| account.id().clone()),
            _ => {}
        }
        None
    }
}

/// What an account is found by.
pub(crate) fn search_text(account: &Account) -> String {
    let profile = &account.book.profile;
    let plan = account.status.as_ref().ok().and_then(|status| status.plan.as_ref()).map_or("", |plan| plan.as_str());
    let state = account.status.as_ref().map_or("error", |status| status.state.word());
    let customer = profile.customer.as_deref().unwrap_or_default();
    format!("{} {} {} {plan} {customer} {} {state}", profile.name, profile.id, profile.provider_name, profile.tags.join(" "))
}
