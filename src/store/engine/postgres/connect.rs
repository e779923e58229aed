//! Coming to a server: which of several, within what time, and what a connection is set to.

use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join4;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::driver;
use super::error::{Trouble, failed};
use super::own::{CHECKS, SETTINGS, STANDING};
use super::place::Place;
use super::session::Value;
use crate::store::StoreError;
use crate::store::change_signal::Bell;

const OPEN: &str = "open the ledger";

/// What one host may take to answer, with all that belongs to it: a server that hangs takes the connection and says no word.
const CONNECT: Duration = Duration::from_secs(3);

/// An open connection.
pub(super) struct Connection {
    pub(super) client: Client,
    /// Whether the server warned of something since this was last cleared.
    pub(super) warned: Arc<AtomicBool>,
    /// What was there when it was opened.
    pub(super) what: Found,
    /// Which of the place's hosts it is.
    pub(super) host: usize,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether the server takes no writes.
    pub(super) read_only: bool,
    /// Whether the schema is there, and whether anything is in it.
    pub(super) schema: bool,
    pub(super) empty: bool,
    /// Whose ledger it is, and of which format; `None` where it is none.
    pub(super) ledger: Option<(String, i64)>,
}

/// Connects to a host of the place, the one first that is named: one that takes writes, where they are wanted.
pub(super) fn connect(place: &Place, first: usize, writes: bool, bell: &Arc<Bell>) -> Result<Connection, StoreError> {
    let count = place.hosts.len().max(1);
    let mut worst: Option<StoreError> = None;
    for index in (first..first + count).map(|index| index % count) {
        let Some((_, config)) = place.hosts.get(index) else { continue };
        match connect_to(place, index, config, bell) {
            Ok(connection) if writes && connection.what.read_only => {
                worst = Some(StoreError::ReadOnlyDatabase { action: OPEN, location: place.location.clone() });
            }
            Ok(connection) => return Ok(connection),
            // That one server of several takes no writes, or can't be had, says less than that another one refuses.
            Err(error) => {
                worst = Some(worst.filter(|worst| !worst.is_out_of_reach() || error.is_out_of_reach()).unwrap_or(error));
            }
        }
    }
    Err(worst.unwrap_or_else(|| StoreError::Address { what: "it names no host".to_owned() }))
}

fn connect_to(place: &Place, host: usize, config: &Config, bell: &Arc<Bell>) -> Result<Connection, StoreError> {
    let wrong = |trouble| failed(OPEN, &place.location, trouble);
    let connected = if config.get_ssl_mode() == SslMode::Disable {
        session(config, NoTls, bell)
    } else {
        session(config, encryption(place.root.as_deref())?, bell)
    };
    let (client, warned) = connected.map_err(wrong)?;
    let settings = format!("{SETTINGS}; SET search_path = {}, pg_temp", place.schema);
    let asked = async {
        let schema: [Value<'_>; 1] = [(&place.schema, Type::TEXT)];
        // Not every server's system can look after a client that is gone; the others do without.
        let (set, _, there, ledger) = join4(
            client.batch_execute(&settings),
            client.batch_execute(CHECKS),
            client.query_typed_one(STANDING, &schema),
            client.query_typed_opt("SELECT application, format FROM ledger", &[]),
        )
        .await;
        set?;
        let there = there?;
        let ledger = match ledger {
            Ok(Some(row)) => Some((row.try_get(0)?, row.try_get(1)?)),
            Ok(None) => None,
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => None,
            Err(error) => return Err(error),
        };
        Ok(Found { read_only: there.try_get(0)?, schema: there.try_get(1)?, empty: there.try_get::<_, i64>(2)? == 0, ledger })
    };
    let what = driver::wait(asked, CONNECT).ok_or(Trouble::Silence(CONNECT)).and_then(|found| Ok(found?)).map_err(wrong)?;
    Ok(Connection { client, warned, what, host })
}

/// Begins a session, and has the driver's thread look after it.
fn session<T>(config: &Config, tls: T, bell: &Arc<Bell>) -> Result<(Client, Arc<AtomicBool>), Trouble>
where
    T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let handle = driver::handle().map_err(Trouble::NoConnection)?;
    let config = config.clone();
    let connecting = handle.spawn(async move { tokio::time::timeout(CONNECT, config.connect(tls)).await });
    // What is waited for ends by itself.
    let connected = driver::wait(connecting, CONNECT * 2).ok_or(Trouble::Silence(CONNECT))?;
    let connected = connected.map_err(|error| Trouble::NoConnection(error.to_string()))?;
    let (client, mut connection) = connected.map_err(|_| Trouble::Silence(CONNECT))??;
    let warned = Arc::new(AtomicBool::new(false));
    let (warns, bell) = (Arc::clone(&warned), Arc::clone(bell));
    handle.spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                AsyncMessage::Notification(_) => bell.ring(),
                AsyncMessage::Notice(_) => warns.store(true, Ordering::SeqCst),
                _ => {}
            }
        }
        // Whoever waits to be told has to ask from now on.
        bell.ring();
    });
    Ok((client, warned))
}

/// How a server is spoken to in secret, and how it shows that it is the right one.
fn encryption(root: Option<&Path>) -> Result<MakeRustlsConnect, StoreError> {
    let wrong = |why: &dyn fmt::Display| StoreError::Address { what: format!("nothing can be encrypted here ({why})") };
    let provider = rustls::crypto::CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| wrong(&error))?;
    let config = match root {
        None => builder.with_platform_verifier().map_err(|error| wrong(&error))?.with_no_client_auth(),
        Some(path) => builder.with_root_certificates(roots(path)?).with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(path: &Path) -> Result<RootCertStore, StoreError> {
    let wrong = |why: String| StoreError::Address { what: format!("sslrootcert {} can't be used: {why}", path.display()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("it holds no certificate".to_owned())) } else { Ok(roots) }
}
