//! A ledger of its own for each test, on the server that `CREDITOP_TEST_POSTGRES` names.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, NoTls};

use super::{PostgresOptions, driver};
use crate::store::Ledger;

/// A schema of a database, gone after the test.
pub(in crate::store) struct Database {
    pub(in crate::store) url: SecretString,
    pub(in crate::store) options: PostgresOptions,
}

impl Database {
    /// An empty schema; `None` where no server is named for tests, which is said once.
    pub(in crate::store) fn new() -> Option<Self> {
        static SAID: Once = Once::new();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("CREDITOP_TEST_POSTGRES") else {
            assert!(std::env::var_os("CREDITOP_TEST_POSTGRES_REQUIRED").is_none(), "CREDITOP_TEST_POSTGRES names no server");
            SAID.call_once(|| {
                use std::io::Write as _;
                // Not by `eprintln`: what a test that passes prints is not shown.
                let _ = writeln!(
                    std::io::stderr(),
                    "not run on PostgreSQL: CREDITOP_TEST_POSTGRES names no server (tests/with-postgres cargo test …)"
                );
            });
            return None;
        };
        let schema = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        let options = PostgresOptions { schema, wait: Some(Duration::from_secs(10)) };
        Some(Self { url: SecretString::from(url), options })
    }

    /// Opens the ledger in it.
    pub(in crate::store) fn open(&self) -> Ledger {
        Ledger::open_postgres(&self.url, &self.options).unwrap()
    }

    /// A connection that knows no rules, in that schema.
    pub(in crate::store) fn raw(&self) -> Client {
        let handle = driver::handle().unwrap();
        let url = self.url.expose_secret().to_owned();
        let connecting = handle.spawn(async move { tokio_postgres::connect(&url, NoTls).await.unwrap() });
        let (client, connection) = driver::wait(connecting, Duration::from_secs(10)).unwrap().unwrap();
        handle.spawn(connection);
        let path = format!("SET client_min_messages = error; SET search_path = {}", self.options.schema);
        driver::wait(client.batch_execute(&path), Duration::from_secs(10)).unwrap().unwrap();
        client
    }

    /// Runs SQL; what the server says against it.
    pub(in crate::store) fn run(&self, sql: &str) -> Result<(), String> {
        let done = driver::wait(self.raw().batch_execute(sql), Duration::from_secs(20)).unwrap();
        done.map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned()))
    }

    /// Runs SQL with the triggers that guard the rows out of the way.
    pub(in crate::store) fn tamper(&self, sql: &str) {
        self.run(&format!("SET session_replication_role = replica; {sql}")).unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.run(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.options.schema));
    }
}
