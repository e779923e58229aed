//! The thread that owns the workspace: SQL and files never run on the loop's thread or a tokio worker.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::Workspace;
use crate::report::{Ending, Report};

type Job = Box<dyn FnOnce(&mut Workspace) + Send>;

/// Jobs for the workspace, done one after the other in the order in which they were given.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    jobs: mpsc::Sender<Job>,
}

impl Desk {
    /// Moves the workspace to its own thread. The thread ends, with all jobs done, when the last desk is dropped.
    ///
    /// # Errors
    /// A [`Report`] where the system gives no thread.
    pub(super) fn open(mut workspace: Workspace) -> Result<(Self, JoinHandle<()>), Report> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || queue.into_iter().for_each(|job| job(&mut workspace)))
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
        // The thread outlives every desk; only a panic in a job could end it, and that ends the program.
        let _ = self.jobs.send(Box::new(job));
    }
}
