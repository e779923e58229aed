//! Reads the accounts of a dashboard whose keys are answered already: the screens show them as they come.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::Workspace;
use super::ledger_thread::LedgerThread;
use super::poller::Poller;
use super::watcher::lost;
use crate::credit::AccountId;
use crate::report::Report;
use crate::tui::Message;

/// Up to so many accounts, and entries, are read before the first key is heard: that takes a few milliseconds.
const FEW: (usize, i64) = (100, 5_000);

/// The accounts that are read first: more than a screen shows.
const FIRST: usize = 100;

/// So many are read at once after that. What others ask of the ledger's thread is done in between.
const AT_ONCE: usize = 1000;

/// Why the accounts could not be read: the program ends with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Unreadable(Arc<Mutex<Option<Report>>>);

impl Unreadable {
    fn set(&self, report: Report) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// Takes it out, where there is one.
    pub(super) fn take(&self) -> Option<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Whether reading all accounts takes so little time that nobody waits for it.
///
/// # Errors
/// A [`Report`] where the ledger can't be read.
pub(super) fn is_quick(workspace: &Workspace, accounts: usize) -> Result<bool, Report> {
    Ok(accounts <= FEW.0 && workspace.store().last_seq()?.0 < FEW.1)
}

/// The reading of all accounts.
pub(super) struct Opening {
    ids: Vec<AccountId>,
    read: usize,
    /// Which configuration and which ledger they are of.
    generation: (u32, u32),
    poller: Poller,
    news: UnboundedSender<Message>,
    unreadable: Unreadable,
}

impl Opening {
    /// Reads them on the ledger's thread, the first of the configuration first. Polls begin when all are read. Where they can't be read
    /// the screens are asked to end.
    pub(super) fn begin(
        ids: Vec<AccountId>,
        generation: (u32, u32),
        ledger_thread: &LedgerThread,
        poller: &Poller,
        news: &UnboundedSender<Message>,
    ) -> Unreadable {
        let unreadable = Unreadable::default();
        let (poller, news) = (poller.clone(), news.clone());
        let opening = Self { ids, read: 0, generation, poller, news, unreadable: unreadable.clone() };
        opening.go_on(ledger_thread);
        unreadable
    }

    fn go_on(mut self, ledger_thread: &LedgerThread) {
        let next = ledger_thread.clone();
        ledger_thread.tell(move |workspace| match self.read_some(workspace) {
            Ok(true) => self.go_on(&next),
            Ok(false) => {}
            Err(report) => {
                self.unreadable.set(report);
                let _ = self.news.send(Message::Quit);
            }
        });
    }

    /// Reads the next accounts; whether there are more.
    fn read_some(&mut self, workspace: &mut Workspace) -> Result<bool, Report> {
        // What was read again meanwhile, configuration or ledger, was told with all accounts.
        if workspace.generation() == self.generation {
            if self.read == 0 {
                workspace.keep_checkpoints_of_long(&self.ids)?;
            }
            let most = if self.read == 0 { FIRST } else { AT_ONCE };
            let some: Vec<AccountId> = self.ids.iter().skip(self.read).take(most).cloned().collect();
            self.read += some.len();
            let books = workspace.recent_books(&some)?;
            let left = self.ids.len() - self.read;
            // Nobody listens any more when the program is ending.
            let _ = self.news.send(Message::More { books, left });
            if left > 0 {
                return Ok(true);
            }
        }
        self.poller.follow(Poller::start(workspace)?);
        for loss in workspace.untold_losses() {
            let _ = self.news.send(lost(&loss));
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::runtime::testing::sample;

    #[tokio::test]
    async fn accounts_are_told_as_they_are_read_and_polled_when_all_are() {
        let folder = TempDir::new().unwrap();
        let (_simulator, workspace) = sample(&folder).await;
        let (ids, generation) = (workspace.ids(), workspace.generation());
        let rounds = Poller::nobody(&workspace);
        let (ledger_thread, thread) = LedgerThread::open(workspace).unwrap();
        let (news, mut inbox) = unbounded_channel();
        let poller = rounds.begin(&ledger_thread, &news);
        let unreadable = Opening::begin(ids.clone(), generation, &ledger_thread, &poller, &news);
        let mut read = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_secs(20), inbox.recv()).await.unwrap().unwrap() {
                Message::More { books, left } => {
                    read.extend(books.into_iter().map(|book| book.profile.id));
                    assert_eq!(read.len() + left, ids.len());
                }
                Message::BookChanged(_) => break,
                _ => {}
            }
        }
        assert_eq!(read, ids, "in the order of the configuration, before any poll");
        assert!(unreadable.take().is_none());
        ledger_thread.close();
        thread.join().unwrap();
    }
}
