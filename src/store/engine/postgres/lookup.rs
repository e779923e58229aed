//! What became of a transaction whose COMMIT was not answered.

use tokio_postgres::types::Type;

use super::Postgres;
use super::pending::Mark;
use super::rows::digest;
use super::session::Session;
use crate::store::StoreError;
use crate::store::engine::Write as _;
use crate::store::waiting::wait_in_steps;

impl Postgres {
    /// Finds out whether a transaction was committed whose connection was lost meanwhile: `Ok` where it was.
    ///
    /// Whoever has the lock knows that the old transaction is over, one way or the other. To look is a write itself: its own COMMIT waits for
    /// the standbys, so that what was found is with them as well.
    pub(super) fn look_for(&self, action: &'static str, mark: Option<Mark>, why: StoreError) -> Result<(), StoreError> {
        let lost = |why: &StoreError| StoreError::Interrupted { action, location: self.location().clone(), why: why.to_string() };
        // What leaves no trace may as well be done again.
        let Some(mark) = mark else { return Err(lost(&why)) };
        let mut last = why;
        let found = wait_in_steps(self.wait, |step| match self.write(action).and_then(|session| is_there(session, &mark)) {
            Ok(found) => Some(Ok(found)),
            Err(error) if error.is_passing() || matches!(error, StoreError::Locked { .. }) => {
                last = error;
                std::thread::sleep(step);
                None
            }
            Err(error) => Some(Err(error)),
        });
        let unknown = |why: &StoreError| StoreError::Unanswered {
            action,
            location: self.location().clone(),
            what: mark.name(),
            why: why.to_string(),
        };
        match found {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(lost(&last)),
            Some(Err(error)) => Err(unknown(&error)),
            None => Err(unknown(&last)),
        }
    }
}

/// Whether what a transaction wrote last stands where it wrote it.
fn is_there(session: Session<'_>, mark: &Mark) -> Result<bool, StoreError> {
    let (row, wrote) = match mark {
        Mark::Entry { seq, digest, .. } => {
            (session.first("SELECT digest FROM entry WHERE seq = $1", &[(seq, Type::INT8)])?, Some(*digest))
        }
        Mark::Poll { account, digest } => {
            (session.first("SELECT digest FROM poll WHERE account = $1", &[(account, Type::TEXT)])?, *digest)
        }
    };
    let is_there = row.is_some_and(|row| digest(&row, 0) == wrote);
    // Its COMMIT must not be looked for in turn: it is asked again as a whole.
    session.commit()?;
    Ok(is_there)
}

impl Mark {
    fn name(&self) -> String {
        match self {
            Self::Entry { name, .. } => name.clone(),
            Self::Poll { account, .. } => format!("the poll of {account}"),
        }
    }
}
