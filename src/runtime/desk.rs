//! The thread that owns the workspace: SQL and files never run on the loop's thread or a tokio worker.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::Workspace;
use crate::credit::{AccountId, Book, Seq};
use crate::report::{Ending, Report};
use crate::store::Filter;
use crate::tui::Message;

/// How often the ledger is looked at for entries of other processes.
const LOOK: Duration = Duration::from_secs(2);

/// How many of the newest entries are looked at; what another process recorded beyond them shows at the next poll.
const MOST_LOOKED_AT: u32 = 1000;

/// What the thread is given.
enum Job {
    Do(Box<dyn FnOnce(&mut Workspace) + Send>),
    Close,
}

/// Jobs for the workspace, done one after the other in the order in which they were given.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    jobs: mpsc::Sender<Job>,
}

impl Desk {
    /// Moves the workspace to its own thread, which ends when the desk is closed.
    ///
    /// # Errors
    /// A [`Report`] where the system gives no thread.
    pub(super) fn open(mut workspace: Workspace) -> Result<(Self, JoinHandle<()>), Report> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || {
                while let Ok(Job::Do(job)) = queue.recv() {
                    job(&mut workspace);
                }
            })
            .map_err(|error| Report::new(Ending::Internal, format!("can't start the ledger's thread: {error}")))?;
        Ok((Self { jobs }, thread))
    }

    /// Has a job done and waits for its answer; `None` where the thread is gone.
    pub(super) async fn ask<T: Send + 'static>(&self, job: impl FnOnce(&mut Workspace) -> T + Send + 'static) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.tell(move |workspace| {
            // Nobody waits any more when the program is ending; the job is done all the same.
            let _ = answer.send(job(workspace));
        });
        answered.await.ok()
    }

    /// Has a job done without waiting.
    pub(super) fn tell(&self, job: impl FnOnce(&mut Workspace) + Send + 'static) {
        // A closed desk does nothing more: the program is ending.
        let _ = self.jobs.send(Job::Do(Box::new(job)));
    }

    /// Ends the thread and closes the ledger once all jobs that were given so far are done; later ones are not done any more.
    pub(super) fn close(&self) {
        let _ = self.jobs.send(Job::Close);
    }

    /// Looks every two seconds whether another process has recorded something, and tells the books that it changed. Needs a
    /// tokio runtime, and ends with it.
    pub(super) fn watch(&self, news: &UnboundedSender<Message>) {
        let (desk, news) = (self.clone(), news.clone());
        tokio::spawn(async move {
            let mut seen = None;
            loop {
                let Some(looked) = desk.ask(move |workspace| changed_since(workspace, seen)).await else { return };
                // What can't be read now is read, or reported, at the next poll or entry.
                let Ok((last, books)) = looked else { return };
                seen = Some(last);
                for book in books {
                    if news.send(Message::BookChanged(Box::new(book))).is_err() {
                        return;
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    }
}

/// The latest place in the order of recording, and the books of the accounts with entries after `seen`.
fn changed_since(workspace: &Workspace, seen: Option<Seq>) -> Result<(Seq, Vec<Book>), Report> {
    let last = workspace.store().last_seq()?;
    let Some(seen) = seen.filter(|seen| *seen < last) else { return Ok((last, Vec::new())) };
    let newest = Filter { newest_first: true, limit: Some(MOST_LOOKED_AT), ..Filter::default() };
    let mut touched: Vec<AccountId> = Vec::new();
    for entry in workspace.store().entries_filtered(&newest)?.into_iter().take_while(|entry| entry.seq > seen) {
        if !touched.contains(&entry.account) && workspace.account(entry.account.as_str()).is_ok() {
            touched.push(entry.account);
        }
    }
    Ok((last, workspace.books(&touched)?))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::credit::{Amount, Draft, EntryBody};
    use crate::runtime::testing::{id, now, reopened, sample};
    use crate::store::Proposal;

    fn adjust(account: &str) -> Proposal {
        let bucket = crate::credit::BucketId::new(if account == "portraits" { "bonus" } else { "purchased" }).unwrap();
        Proposal::from(Draft {
            account: id(account),
            at: now(),
            reference: None,
            body: EntryBody::Adjust { bucket, amount: Amount::ONE },
            note: None,
            actor: None,
            tags: Vec::new(),
            must_fit: false,
        })
    }

    #[tokio::test]
    async fn l5_what_another_process_records_is_noticed() {
        let folder = TempDir::new().unwrap();
        let (_simulator, workspace) = sample(&folder).await;
        let (seen, books) = changed_since(&workspace, None).unwrap();
        assert!(books.is_empty(), "nothing has changed yet at the first look");
        let mut other = reopened(folder.path(), 1);
        other.append(&[adjust("portraits"), adjust("portraits")]).unwrap();
        let (last, books) = changed_since(&workspace, Some(seen)).unwrap();
        assert_eq!(books.iter().map(|book| book.profile.id.clone()).collect::<Vec<_>>(), [id("portraits")]);
        assert!(changed_since(&workspace, Some(last)).unwrap().1.is_empty());
    }

    #[tokio::test]
    async fn jobs_that_were_given_are_done_before_the_thread_ends() {
        let folder = TempDir::new().unwrap();
        let (_simulator, workspace) = sample(&folder).await;
        let (desk, thread) = Desk::open(workspace).unwrap();
        desk.tell(|workspace| drop(workspace.append(&[adjust("dealer-north")]).unwrap()));
        desk.close();
        thread.join().unwrap();
        let entries = reopened(folder.path(), 1).book(&id("dealer-north")).unwrap().entries;
        assert!(matches!(entries.last().unwrap().body, EntryBody::Adjust { .. }));
    }
}
