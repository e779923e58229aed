//! Many accounts at a glance: what they come to, without holding all their entries.

use std::thread;

use super::Workspace;
use crate::credit::{AccountId, AccountStatus, Book, Deed, EngineError, Instant};
use crate::report::Report;

/// An account without its entries, and what it comes to.
pub type Seen = (Book, Result<AccountStatus, EngineError>);

impl Workspace {
    /// Several accounts at an instant, each with its book, which holds no entries; in the order of `ids`.
    ///
    /// What takes long over a large ledger, two threads share.
    ///
    /// # Errors
    /// As [`Workspace::book`]; figures that can't be added up are told account by account.
    pub fn statuses(&self, ids: &[AccountId], at: Instant) -> Result<Vec<Seen>, Report> {
        // Entries that are recorded meanwhile count, but no poll that would have seen them.
        let books: Vec<Book> = ids.iter().map(|id| self.book_without_entries(id)).collect::<Result<_, _>>()?;
        let mut accounts: Vec<(Book, Vec<Deed>)> = books.into_iter().zip(self.store().deeds(ids)?).collect();
        let others = accounts.split_off(accounts.len() / 2);
        let look = |(book, deeds): (Book, Vec<Deed>)| {
            let status = book.status_by(&deeds, at);
            (book, status)
        };
        Ok(thread::scope(|threads| {
            let others = threads.spawn(|| others.into_iter().map(look).collect::<Vec<_>>());
            let mut seen: Vec<Seen> = accounts.into_iter().map(look).collect();
            seen.extend(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            seen
        }))
    }
}
