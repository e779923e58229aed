//! Many accounts at a glance: what they come to, without holding all their entries.

use std::thread;

use super::Workspace;
use crate::credit::{AccountId, AccountStatus, Book, Checkpoint, EngineError, FoldEntry, Instant, Rules, Seq, Tail};
use crate::report::Report;
use crate::store::TailQuery;

/// An account without its entries, and what it comes to.
pub type Seen = (Book, Result<AccountStatus, EngineError>);

/// Accounts, the checkpoints that are worth keeping of each, and the last entry that is taken in.
type Look = (Vec<Seen>, Vec<Vec<Checkpoint>>, Seq);

impl Workspace {
    /// Several accounts at any instant, asked now (SPEC E13), each with its book, which holds no entries; in the order of `ids`.
    ///
    /// What takes long over a large ledger, two threads share; and checkpoints of it are kept for the next time.
    ///
    /// # Errors
    /// As [`Workspace::book`]; figures that can't be added up are told account by account.
    pub fn statuses(&self, ids: &[AccountId], at: Instant) -> Result<Vec<Seen>, Report> {
        let present = self.now();
        let (seen, new, last) = self.look(ids, at)?;
        // Those of a shared balance would stand for the account's own entries alone.
        let shares = |book: &Book| book.profile.pool.as_ref().is_some_and(|pool| !pool.others.is_empty());
        let own = seen.iter().zip(new).filter(|((book, _), _)| !shares(book));
        let new: Vec<(&Rules, Vec<Checkpoint>)> = own.map(|((book, _), new)| (&*book.rules, new)).collect();
        // Those of another day would stand where nobody starts from.
        if at == present && new.iter().any(|(_, checkpoints)| !checkpoints.is_empty()) {
            // The answer is there: what can't be kept is worked out again.
            let _ = self.store().keep_checkpoints(&new, last);
        }
        Ok(seen)
    }

    /// As [`Workspace::statuses`], without keeping anything for the next one that looks.
    ///
    /// # Errors
    /// As [`Workspace::statuses`].
    pub fn statuses_in_passing(&self, ids: &[AccountId], at: Instant) -> Result<Vec<Seen>, Report> {
        self.look(ids, at).map(|(seen, ..)| seen)
    }

    /// The accounts at an instant, with nothing kept yet.
    fn look(&self, ids: &[AccountId], at: Instant) -> Result<Look, Report> {
        let present = self.now();
        // Entries that are recorded meanwhile count, but no poll that would have seen them.
        let books = self.books_without_entries(ids)?;
        let asked: Vec<TailQuery<'_>> =
            books.iter().map(|book| TailQuery { rules: &book.rules, latest_start: book.latest_start(at.min(present)) }).collect();
        let (mut tails, last) = self.store().tails(&asked)?;
        for (id, tail) in ids.iter().zip(&mut tails) {
            if !self.sharers(id)?.is_empty() {
                // What is recorded of the others counts too, and checkpoints are of an account's own entries.
                let entries = self.book(id)?.entries;
                *tail = Tail { start: None, fold_entries: entries.iter().cloned().map(FoldEntry::from).collect() };
            }
        }
        let looked = look_at_all(books.into_iter().zip(tails).map(counted).collect(), at, present);
        let (seen, new) = looked.into_iter().unzip();
        Ok((seen, new, last))
    }
}

/// Without its buckets nothing that is recorded of an account can be counted.
fn counted((book, tail): (Book, Tail)) -> (Book, Tail) {
    let tail = if book.is_usable() { tail } else { Tail::default() };
    (book, tail)
}

fn look_at_all(mut accounts: Vec<(Book, Tail)>, at: Instant, present: Instant) -> Vec<(Seen, Vec<Checkpoint>)> {
    let look = |(book, tail): (Book, Tail)| match book.status_by(tail, at, present) {
        Ok((status, checkpoints)) => ((book, Ok(status)), checkpoints),
        Err(error) => ((book, Err(error)), Vec::new()),
    };
    let others = accounts.split_off(accounts.len() / 2);
    thread::scope(|threads| {
        let others = threads.spawn(|| others.into_iter().map(look).collect::<Vec<_>>());
        let mut seen: Vec<_> = accounts.into_iter().map(look).collect();
        seen.extend(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        seen
    })
}
