//! The thread that owns the workspace: SQL and files never run on the loop's thread or a tokio worker.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::Workspace;
use super::confirmed::Confirmed;
use crate::report::{Ending, Report};

/// What the thread is given.
enum Job {
    /// What is done in any case.
    Record(Box<dyn FnOnce(&mut Workspace) + Send>),
    /// What is left out once it is closed.
    Do(Box<dyn FnOnce(&mut Workspace) + Send>),
    Close,
}

/// Jobs for the workspace, done one after the other in the order in which they were given.
#[derive(Debug, Clone)]
pub(super) struct LedgerThread {
    jobs: mpsc::Sender<Job>,
    closing: Arc<AtomicBool>,
    /// What it was given to record.
    pub(super) confirmed: Confirmed,
}

impl LedgerThread {
    /// Moves the workspace to its own thread, which ends when it is closed.
    ///
    /// # Errors
    /// A [`Report`] where the system gives no thread.
    pub(super) fn open(mut workspace: Workspace) -> Result<(Self, JoinHandle<()>), Report> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let closing = Arc::new(AtomicBool::new(false));
        let is_closing = Arc::clone(&closing);
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    match job {
                        Job::Record(job) => job(&mut workspace),
                        Job::Do(_) if is_closing.load(Ordering::SeqCst) => {}
                        Job::Do(job) => job(&mut workspace),
                        Job::Close => return,
                    }
                }
            })
            .map_err(|error| Report::new(Ending::Internal, format!("can't start the ledger's thread: {error}")))?;
        Ok((Self { jobs, closing, confirmed: Confirmed::default() }, thread))
    }

    /// Has a job done and waits for its answer; `None` where the thread is gone.
    pub(super) async fn ask<T: Send + 'static>(&self, job: impl FnOnce(&mut Workspace) -> T + Send + 'static) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.tell(move |workspace| {
            // Nobody waits any more when the program is ending.
            let _ = answer.send(job(workspace));
        });
        answered.await.ok()
    }

    /// Has something recorded that a person confirmed, also where it is closed before its turn.
    pub(super) fn record(&self, job: impl FnOnce(&mut Workspace) + Send + 'static) {
        let _ = self.jobs.send(Job::Record(Box::new(job)));
    }

    /// Has a job done without waiting.
    pub(super) fn tell(&self, job: impl FnOnce(&mut Workspace) + Send + 'static) {
        // A closed thread does nothing more: the program is ending.
        let _ = self.jobs.send(Job::Do(Box::new(job)));
    }

    /// Ends the thread and closes the ledger once all that was to be recorded so far is; other jobs are left out, and later ones are
    /// not done any more.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = self.jobs.send(Job::Close);
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::credit::EntryBody;
    use crate::runtime::testing::{adjust, id, reopened, sample};

    #[tokio::test]
    async fn what_was_to_be_recorded_is_before_the_thread_ends() {
        let folder = TempDir::new().unwrap();
        let (_simulator, workspace) = sample(&folder).await;
        let (ledger_thread, thread) = LedgerThread::open(workspace).unwrap();
        let (hold, held) = mpsc::channel::<()>();
        ledger_thread.tell(move |_| held.recv().unwrap_or_default());
        ledger_thread.tell(|_| panic!("what nobody confirmed is left out at the end"));
        ledger_thread.record(|workspace| drop(workspace.append(&[adjust("dealer-north")]).unwrap()));
        ledger_thread.close();
        drop(hold);
        thread.join().unwrap();
        let entries = reopened(folder.path(), 1).book(&id("dealer-north")).unwrap().entries;
        assert!(matches!(entries.last().unwrap().body, EntryBody::Adjust { .. }));
    }
}
