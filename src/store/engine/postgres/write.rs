//! Writing rows: kept here until they are needed there, and sent as a few statements of many rows.

use std::sync::atomic::Ordering;

use futures_util::future::{join, join_all};
use tokio_postgres::types::Type;

use super::error::Trouble;
use super::own::{NOTIFY, channel};
use super::pending::{Mark, Pending, Statement};
use super::session::{Session, Value};
use super::{LONG, driver};
use crate::credit::{AccountId, Instant};
use crate::store::StoreError;
use crate::store::chain::End;
use crate::store::digest::Digest;
use crate::store::engine::{CheckpointRow, LastSeqs, ObservationRow, PollRow, Read as _, Write};
use crate::store::row::{EntryCells, nanoseconds};

/// So many entries are kept here at most.
const MOST: usize = 5000;

impl Session<'_> {
    /// Has something written later.
    fn later(&self, write: impl FnOnce(&mut Pending)) -> Result<(), StoreError> {
        let Some(pending) = &self.pending else {
            let why = "it was opened for reading".to_owned();
            return Err(StoreError::NotAllowed { action: self.action, location: self.engine.location().clone(), why });
        };
        write(&mut pending.borrow_mut());
        Ok(())
    }

    /// Sends what is still to be written, where what is read next depends on it.
    pub(super) fn flush_if(&self, depends: impl FnOnce(&Pending) -> bool) -> Result<(), StoreError> {
        let Some(pending) = &self.pending else { return Ok(()) };
        if !depends(&pending.borrow()) {
            return Ok(());
        }
        let statements = pending.borrow_mut().statements();
        let values: Vec<Vec<Value<'_>>> = statements.iter().map(Statement::values).collect();
        let questions: Vec<_> =
            statements.iter().zip(&values).map(|(statement, values)| (statement.sql.as_str(), values.as_slice())).collect();
        self.rows_of_all(&questions).map(|_| ())
    }

    /// Sends all that is still to be written.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.flush_if(|_| true)
    }

    /// Sends what is still to be written where it says something of the entries of one of these accounts.
    pub(super) fn flush_entries_of<'b>(&self, mut accounts: impl Iterator<Item = &'b str>) -> Result<(), StoreError> {
        self.flush_if(|pending| {
            !pending.with_entries.is_empty() && accounts.any(|account| pending.with_entries.contains(account))
        })
    }

    /// Sends what is still to be written where it says something of the observations of one of these accounts.
    pub(super) fn flush_observations_of<'b>(&self, mut accounts: impl Iterator<Item = &'b str>) -> Result<(), StoreError> {
        self.flush_if(|pending| {
            !pending.with_observations.is_empty() && accounts.any(|account| pending.with_observations.contains(account))
        })
    }

    /// How polling an account goes, where that is still to be written.
    pub(super) fn pending_polls(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| !pending.borrow().polls.is_empty())
    }

    fn saw(&self, entry: i64, any: i64) {
        let last = self.last.get().unwrap_or_default();
        self.last.set(Some(LastSeqs { entry: last.entry.max(entry), any: last.any.max(any) }));
    }
}

impl Write for Session<'_> {
    fn insert(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> Result<(), StoreError> {
        self.last_seqs()?;
        self.later(|pending| pending.insert(seq, cells, digest))?;
        self.saw(seq, seq);
        self.flush_if(|pending| pending.references.len() >= MOST)
    }

    fn set_chain_end(&self, account: &str, end: End) -> Result<(), StoreError> {
        self.ends.borrow_mut().insert(account.to_owned(), Some(end));
        self.later(|pending| _ = pending.ends.insert(account.to_owned(), end))
    }

    fn void_checkpoints(&self, account: &AccountId, from: Instant) -> Result<(), StoreError> {
        let from = nanoseconds(from);
        self.later(|pending| {
            let earliest = pending.voided.entry(account.to_string()).or_insert(from);
            *earliest = from.min(*earliest);
        })
    }

    fn insert_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.last_seqs()?;
        self.later(|pending| {
            pending.observed(row);
            pending.observations.push(row.clone());
        })?;
        self.saw(0, row.last);
        Ok(())
    }

    fn confirm_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.last_seqs()?;
        self.later(|pending| {
            pending.observed(row);
            pending.confirmed.insert(row.first, row.clone());
        })?;
        self.saw(0, row.last);
        Ok(())
    }

    fn restamp_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.later(|pending| {
            pending.observed(row);
            pending.restamped.push(row.clone());
        })
    }

    fn put_poll(&self, row: &PollRow) -> Result<(), StoreError> {
        self.later(|pending| {
            if !matches!(pending.mark, Some(Mark::Entry { .. })) {
                pending.mark = Some(Mark::Poll { account: row.account.clone(), digest: row.digest });
            }
            pending.polls.insert(row.account.clone(), row.clone());
        })
    }

    fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        self.later(|pending| pending.ended.extend(accounts.iter().map(|account| ((*account).to_owned(), holder.to_owned()))))
    }

    fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError> {
        self.later(|pending| drop(pending.checkpoints.insert((account.to_string(), row.at, row.rules), row.clone())))
    }

    fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError> {
        self.later(|pending| pending.dropped.push((account.to_string(), at, rules)))
    }

    /// What is still to be written, the count of writes, a word to those who listen, and the COMMIT go in one round trip.
    fn commit(self) -> Result<(), StoreError> {
        let Some(connection) = self.connection() else { return Err(self.lost(Trouble::NoConnection("it was lost".to_owned()))) };
        let (mut statements, mark) = match &self.pending {
            None => (Vec::new(), None),
            Some(pending) => {
                let mut pending = pending.borrow_mut();
                (pending.statements(), pending.mark.take())
            }
        };
        statements.push(Statement { sql: "UPDATE ledger SET writes = writes + 1".to_owned(), columns: Vec::new() });
        let channel = channel(&self.engine.place.schema);
        let values: Vec<Vec<Value<'_>>> = statements.iter().map(Statement::values).collect();
        let told: [Value<'_>; 1] = [(&channel, Type::TEXT)];
        connection.warned.store(false, Ordering::SeqCst);
        let questions = statements.iter().zip(&values).map(|(statement, values)| (statement.sql.as_str(), values.as_slice()));
        let questions: Vec<_> = questions.chain([(NOTIFY, &told[..])]).collect();
        let written = async {
            let client = &connection.client;
            let all = join_all(questions.iter().map(|(sql, values)| client.query_typed(sql, values)));
            let (written, committed) = join(all, client.batch_execute("COMMIT")).await;
            // What fails first says why; what comes after it was not even tried.
            written.into_iter().try_for_each(|written| written.map(drop))?;
            committed
        };
        let committed = driver::wait(written, LONG.min(self.engine.wait)).ok_or(Trouble::Silence(self.engine.wait));
        let committed = committed.and_then(|committed| Ok(committed?));
        let vouched = match committed {
            Ok(()) if connection.warned.load(Ordering::SeqCst) => Err(Trouble::Unconfirmed),
            committed => committed,
        };
        match vouched {
            Ok(()) => {
                self.end();
                Ok(())
            }
            // It was refused: nothing of it is there.
            Err(trouble) if !trouble.ends_connection() => Err(self.lost(trouble)),
            Err(trouble) => {
                let why = self.lost(trouble);
                self.engine.look_for(self.action, mark, why)
            }
        }
    }
}
