//! A list of accounts to pick one from by typing.

use super::accounts::Account;
use super::field::Field;
use super::keymap::Action;
use super::search::{Haystack, Query, ranked};
use crate::credit::{AccountId, AccountStatus, Figure};

/// The list with what is typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picker {
    pub(crate) field: Field,
    /// The account that the mark was moved to; the best match where it was not moved.
    moved_to: Option<AccountId>,
}

impl Picker {
    /// The accounts that match, the best first.
    pub(crate) fn matches<'a>(&self, accounts: &'a [Account], privacy: bool) -> Vec<&'a Account> {
        let rows: Vec<Haystack> = accounts.iter().map(|account| haystack(account, privacy)).collect();
        ranked(&Query::new(self.field.text()), &rows).into_iter().filter_map(|place| accounts.get(place)).collect()
    }

    /// The row that is marked; `None` where none matches, or the marked account is gone.
    pub(crate) fn marked(&self, matches: &[&Account]) -> Option<usize> {
        match &self.moved_to {
            Some(id) => matches.iter().position(|account| account.id() == id),
            None => (!matches.is_empty()).then_some(0),
        }
    }

    /// What is typed has changed: the best match is marked.
    pub(crate) fn typed(&mut self) {
        self.moved_to = None;
    }

    /// Moves the mark, or answers with the account that was picked.
    pub(crate) fn update(&mut self, action: Action, accounts: &[Account], privacy: bool) -> Option<AccountId> {
        let matches = self.matches(accounts, privacy);
        let marked = self.marked(&matches);
        let to = match action {
            Action::Up => marked.map_or(0, |row| row.saturating_sub(1)),
            Action::Down => marked.map_or(0, |row| (row + 1).min(matches.len().saturating_sub(1))),
            Action::Accept => return marked.and_then(|row| matches.get(row)).map(|account| account.id().clone()),
            _ => return None,
        };
        self.moved_to = matches.get(to).map(|account| account.id().clone());
        None
    }
}

/// What is left, as it is shown in lists and on the account's own screen: in groups and without them, unlimited, unknown.
fn figures(status: &AccountStatus) -> Vec<String> {
    let of_buckets = status.buckets.iter().map(|bucket| bucket.remaining);
    let all = [status.total, status.known_total, status.spendable].into_iter().chain(of_buckets);
    let mut words: Vec<String> = all
        .flat_map(|figure| match figure {
            Figure::Known(amount) => vec![amount.grouped_by(' '), amount.to_string()],
            Figure::Unlimited => vec!["unlimited".to_owned()],
            Figure::Unknown => vec!["unknown".to_owned()],
        })
        .collect();
    words.dedup();
    words
}

/// What an account is found by. While personal data is masked it is found by what is shown instead: a name that is typed must not
/// tell whose account a row is.
pub(crate) fn haystack(account: &Account, privacy: bool) -> Haystack {
    let profile = &account.book.profile;
    let status = account.status.as_ref().ok();
    let plan = status.and_then(|status| status.plan.as_ref()).map(|plan| plan.as_str().to_owned());
    let state = status.map_or("error", |status| status.state.word());
    let failure = status.and_then(|status| status.failure.as_ref());
    let failure = failure.into_iter().flat_map(|failure| [failure.kind.word(), failure.words()]);
    let mut words: Vec<String> = std::iter::once(state).chain(failure).map(str::to_owned).collect();
    words.extend(plan);
    words.extend(status.into_iter().flat_map(figures));
    words.push(profile.provider_name.clone());
    if privacy {
        return Haystack { names: vec![account.number_words()], words };
    }
    words.extend(profile.tags.iter().cloned());
    words.extend(profile.pool.iter().map(|pool| pool.name.clone()));
    let email = status.and_then(|status| status.email.clone());
    let names = [Some(profile.name.clone()), Some(profile.id.to_string()), profile.customer.clone(), email];
    Haystack { names: names.into_iter().flatten().collect(), words }
}
