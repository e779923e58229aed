//! The thread that owns the workspace: SQL and files never run on the loop's thread or a tokio worker.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::Workspace;
use crate::report::{Ending, Report};

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
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::credit::EntryBody;
    use crate::runtime::testing::{adjust, id, reopened, sample};

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
