//! A snapshot or a transaction on a connection: beginning it, asking within it, and its end.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{join, try_join_all};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, SimpleQueryMessage};

use super::connect::Connection;
use super::error::{Trouble, failed};
use super::own::{IDLE_MILLISECONDS, LOCK, MENDING, TRY_LOCK, lock_key};
use super::pending::Pending;
use super::{LONG, Postgres, READ, USUAL, driver};
use crate::store::StoreError;
use crate::store::chain::End;
use crate::store::engine::LastSeqs;
use crate::store::waiting::wait_in_steps;

/// Rows that are handed out before more are waited for.
const PORTION: usize = 256;

/// A parameter and its type.
pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// A question: SQL, and what stands in its places.
pub(super) type Question<'a> = (&'a str, &'a [Value<'a>]);

/// A moment of a ledger in a database, or a change.
pub(in crate::store) struct Session<'a> {
    pub(super) engine: &'a Postgres,
    pub(super) action: &'static str,
    state: RefCell<State>,
    /// What is still to be written; `None` in a snapshot.
    pub(super) pending: Option<RefCell<Pending>>,
    /// What can't change while this lasts, but by what is written in it.
    pub(super) last: Cell<Option<LastSeqs>>,
    pub(super) ends: RefCell<HashMap<String, Option<End>>>,
}

/// How far a session is.
enum State {
    /// Nothing was asked yet.
    Unbegun,
    Begun(Arc<Connection>),
    /// It ended, or its connection was lost: another one would see another moment.
    Over,
}

impl Postgres {
    /// The ledger as it is at the first question.
    pub(in crate::store) fn read(&self) -> Session<'_> {
        Session::new(self, READ, None)
    }

    /// Begins to write, once nobody else does.
    pub(in crate::store) fn write(&self, action: &'static str) -> Result<Session<'_>, StoreError> {
        let session = Session::new(self, action, Some(RefCell::default()));
        if !session.begin_to_write(true)? {
            return Err(StoreError::Locked { action, location: self.location().clone() });
        }
        Ok(session)
    }

    /// Begins to write where nobody else does.
    pub(in crate::store) fn write_at_once(&self, action: &'static str) -> Result<Option<Session<'_>>, StoreError> {
        let session = Session::new(self, action, Some(RefCell::default()));
        Ok(session.begin_to_write(false)?.then_some(session))
    }

    /// Begins to write over what is never changed.
    pub(in crate::store) fn mend(&self, action: &'static str) -> Result<Session<'_>, StoreError> {
        let session = self.write(action)?;
        session.command(MENDING)?;
        Ok(session)
    }
}

impl<'a> Session<'a> {
    fn new(engine: &'a Postgres, action: &'static str, pending: Option<RefCell<Pending>>) -> Self {
        Self { engine, action, state: RefCell::new(State::Unbegun), pending, last: Cell::default(), ends: RefCell::default() }
    }

    /// What is wrong, where it is: a connection that is of no use any more is left.
    fn failed(&self, connection: &Connection, trouble: Trouble) -> StoreError {
        if trouble.ends_connection() {
            self.engine.leave(connection);
            self.state.replace(State::Over);
        }
        failed(self.action, self.engine.location(), trouble)
    }

    /// Takes the lock that each write takes first; whether it was had. Where it is worth waiting for, it is waited for.
    ///
    /// The lock is tried first: a server that hangs is told from one on which somebody else writes.
    fn begin_to_write(&self, patient: bool) -> Result<bool, StoreError> {
        if self.engine.read_only {
            let why = "it was opened for reading".to_owned();
            return Err(StoreError::NotAllowed { action: self.action, location: self.engine.location().clone(), why });
        }
        let key = lock_key(&self.engine.place.schema);
        let wait = self.engine.wait.as_millis().max(1);
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {wait}; \
             SET LOCAL idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}; {TRY_LOCK}({key})"
        );
        let had = |connection: &Connection| -> Result<bool, Trouble> {
            let said = driver::wait(connection.client.simple_query(&begin), USUAL).ok_or(Trouble::Silence(USUAL))??;
            Ok(said.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))))
        };
        let mut connection = self.engine.connection()?;
        let mut tried = had(&connection);
        if tried.as_ref().is_err_and(Trouble::ends_connection) {
            // It was lost while nothing was asked: nothing has begun.
            self.engine.leave(&connection);
            connection = self.engine.connection()?;
            tried = had(&connection);
        }
        self.state.replace(State::Begun(Arc::clone(&connection)));
        if tried.map_err(|trouble| self.failed(&connection, trouble))? {
            return Ok(true);
        }
        if !patient {
            return Ok(false);
        }
        let lock = format!("{LOCK}({key})");
        let mut waiting = pin!(connection.client.batch_execute(&lock));
        let had = wait_in_steps(self.engine.wait, |step| driver::wait(waiting.as_mut(), step));
        let Some(had) = had else {
            // Nobody asks for an answer any more: the server notices within two seconds.
            self.engine.leave(&connection);
            self.state.replace(State::Over);
            return Ok(false);
        };
        had.map(|()| true).map_err(|error| self.failed(&connection, error.into()))
    }

    /// Waits for what is asked on the connection; a snapshot begins with it.
    fn ask_for<T, F>(&self, limit: Duration, ask: impl Fn(Arc<Connection>) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let begun = match &*self.state.borrow() {
            State::Unbegun => None,
            State::Begun(connection) => Some(Arc::clone(connection)),
            State::Over => return Err(self.over()),
        };
        let answer = |connection: &Arc<Connection>, begin: bool| {
            let asked = async {
                if !begin {
                    return ask(Arc::clone(connection)).await;
                }
                let snapshot = connection.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                // Sent one after the other, and answered in one go.
                let (begun, answer) = join(snapshot, ask(Arc::clone(connection))).await;
                begun.and(answer)
            };
            driver::wait(asked, limit).ok_or(Trouble::Silence(limit)).and_then(|answer| Ok(answer?))
        };
        if let Some(connection) = begun {
            return answer(&connection, false).map_err(|trouble| self.failed(&connection, trouble));
        }
        let mut connection = self.engine.connection()?;
        let mut answered = answer(&connection, true);
        if answered.as_ref().is_err_and(Trouble::ends_connection) {
            // It was lost while nothing was asked: nothing was read yet.
            self.engine.leave(&connection);
            connection = self.engine.connection()?;
            answered = answer(&connection, true);
        }
        self.state.replace(State::Begun(Arc::clone(&connection)));
        answered.map_err(|trouble| self.failed(&connection, trouble))
    }

    /// The answer to a question.
    pub(super) fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.rows_within(USUAL, sql, values)
    }

    /// The answer to a question that may take its time.
    pub(super) fn rows_within(&self, limit: Duration, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.ask_for(limit, |connection| async move { connection.client.query_typed(sql, values).await })
    }

    /// The answers to several questions, in one round trip.
    pub(super) fn rows_of_all(&self, questions: &[Question<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.ask_for(USUAL, |connection| async move {
            try_join_all(questions.iter().map(|(sql, values)| connection.client.query_typed(sql, values))).await
        })
    }

    /// The first row of an answer.
    pub(super) fn first(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// Has a command carried out.
    pub(super) fn command(&self, sql: &str) -> Result<(), StoreError> {
        self.ask_for(USUAL, |connection| async move { connection.client.batch_execute(sql).await })
    }

    /// Hands out the rows of an answer as they come.
    pub(super) fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let stream = self.ask_for(LONG, |connection| async move {
            connection.client.query_typed_raw(sql, values.iter().map(|(value, sort)| (*value, sort.clone()))).await
        })?;
        let mut portions = pin!(stream.ready_chunks(PORTION));
        while let Some(portion) = self.portion(driver::wait(portions.next(), LONG))? {
            for row in portion {
                take(row.map_err(|error| self.lost(error.into()))?)?;
            }
        }
        Ok(())
    }

    fn portion<T>(&self, portion: Option<T>) -> Result<T, StoreError> {
        portion.ok_or_else(|| self.lost(Trouble::Silence(LONG)))
    }

    /// What is wrong within the session.
    pub(super) fn lost(&self, trouble: Trouble) -> StoreError {
        match self.connection() {
            Some(connection) => self.failed(&connection, trouble),
            None => failed(self.action, self.engine.location(), trouble),
        }
    }

    /// The connection, while the session lasts.
    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        if let State::Begun(connection) = &*self.state.borrow() { Some(Arc::clone(connection)) } else { None }
    }

    fn over(&self) -> StoreError {
        let (action, location) = (self.action, self.engine.location().clone());
        StoreError::Unreachable { action, location, why: "the connection was lost".to_owned() }
    }

    /// Nothing is to be rolled back any more.
    pub(super) fn end(&self) {
        self.state.replace(State::Over);
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection() {
            // What is asked next comes after it; nobody waits for its answer.
            driver::begin(connection.client.batch_execute("ROLLBACK"));
        }
    }
}
