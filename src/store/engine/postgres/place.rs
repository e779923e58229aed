//! Where the database is: its URL, taken apart; who must be spoken to in secret; and what may be shown of it.
//!
//! A URL holds a password. So nothing of it is ever printed but the hosts, the ports and the database's name, and what the driver says of a
//! URL that it can't read is not passed on.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::PostgresOptions;
use crate::store::{Location, StoreError};

/// The port where none is given.
const PORT: u16 = 5432;

/// A database, and how it is reached.
pub(super) struct Place {
    /// How each of its hosts is reached, with the name of each.
    pub(super) hosts: Vec<(String, Config)>,
    pub(super) location: Location,
    /// The schema of the ledger.
    pub(super) schema: String,
    /// Whose word counts for who the server is; `None` where the system says.
    pub(super) root: Option<PathBuf>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.location)
    }
}

impl Place {
    /// Takes a URL apart: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with several hosts as `HOST:PORT,HOST:PORT`.
    ///
    /// Of `sslmode` the words `require`, `verify-ca` and `verify-full` mean the same here: the server is always asked who it is. Words that
    /// allow to speak openly count for this machine and for sockets alone. `sslrootcert` names a file of certificates in PEM to trust
    /// instead of the system's.
    pub(super) fn of(url: &SecretString, options: &PostgresOptions) -> Result<Self, StoreError> {
        if !is_plain_name(&options.schema) {
            let what = format!("the schema {:?} is no plain name of small letters, digits and _", options.schema);
            return Err(StoreError::Address { what });
        }
        let (rest, secrecy) = Secrecy::taken_from(url.expose_secret())?;
        let config = Config::from_str(&rest)
            .map_err(|_| wrong("it can't be read: reserved characters of a password are to be written as %XX"))?;
        let (config, hosts) = (&config, named_hosts(&config)?);
        let names: Vec<&str> = hosts.iter().map(|(name, _)| name.as_str()).collect();
        let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
        let location =
            Location::of_database(&names.join(","), database, Some(options.schema.as_str()).filter(|name| *name != SCHEMA));
        let hosts = hosts.into_iter().map(|(name, host)| {
            let mode = secrecy.mode_for(&name, &host)?;
            Ok((name, config_of(config, &host, mode)))
        });
        let hosts = hosts.collect::<Result<_, StoreError>>()?;
        Ok(Self { hosts, location, schema: options.schema.clone(), root: secrecy.root })
    }
}

/// The schema where none is named.
pub(super) const SCHEMA: &str = "creditop";

fn wrong(what: &str) -> StoreError {
    StoreError::Address { what: what.to_owned() }
}

/// Whether a name needs no quoting anywhere.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(is_plain)
        && !name.starts_with("pg_")
}

/// One host of a URL.
struct OneHost {
    host: Option<Host>,
    address: Option<IpAddr>,
    port: u16,
}

/// Each host with its name for people.
fn named_hosts(config: &Config) -> Result<Vec<(String, OneHost)>, StoreError> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len());
    if count == 0 {
        return Err(wrong("it names no host"));
    }
    if ports.len() > 1 && ports.len() != count || !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
        return Err(wrong("it does not name as many ports or addresses as hosts"));
    }
    let one = |index: usize| {
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(PORT);
        let (host, address) = (hosts.get(index).cloned(), addresses.get(index).copied());
        let name = match (&host, address) {
            (Some(Host::Tcp(name)), _) if name.contains(':') => format!("[{name}]:{port}"),
            (Some(Host::Tcp(name)), _) => format!("{name}:{port}"),
            #[cfg(unix)]
            (Some(Host::Unix(folder)), _) => format!("{}:{port}", folder.display()),
            (None, address) => format!("{}:{port}", address.map(|address| address.to_string()).unwrap_or_default()),
        };
        // An @ in a password that is not written as %40 ends up here.
        if name.contains('@') {
            return Err(wrong("a host can't hold an @: one in a password is to be written as %40"));
        }
        Ok((name, OneHost { host, address, port }))
    };
    (0..count).map(one).collect()
}

/// How one host alone is reached.
fn config_of(all: &Config, host: &OneHost, mode: SslMode) -> Config {
    let mut config = Config::new();
    if let Some(user) = all.get_user() {
        config.user(user);
    }
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(database) = all.get_dbname() {
        config.dbname(database);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    match &host.host {
        Some(Host::Tcp(name)) => drop(config.host(name)),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => drop(config.host_path(folder)),
        None => {}
    }
    if let Some(address) = host.address {
        config.hostaddr(address);
    }
    config.port(host.port).ssl_mode(mode).ssl_negotiation(all.get_ssl_negotiation()).channel_binding(all.get_channel_binding());
    // Whether it takes writes is asked when it answers.
    config.target_session_attrs(TargetSessionAttrs::Any).application_name(all.get_application_name().unwrap_or("creditop"));
    // One that is gone without a word is noticed within seconds.
    config.connect_timeout(Duration::from_secs(2)).tcp_user_timeout(Duration::from_secs(8));
    config.keepalives_idle(Duration::from_secs(4)).keepalives_interval(Duration::from_secs(2)).keepalives_retries(3);
    config
}

/// How secret a URL wants it.
#[derive(Debug, Default)]
struct Secrecy {
    /// The word of `sslmode`.
    word: Option<String>,
    root: Option<PathBuf>,
}

impl Secrecy {
    /// Takes what the driver does not know off a URL.
    fn taken_from(url: &str) -> Result<(String, Self), StoreError> {
        let Some(rest) = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) else {
            return Err(wrong("it does not begin with postgres://"));
        };
        // A password may hold a question mark.
        let (credentials, rest) = rest.split_once('@').map_or((None, rest), |(credentials, rest)| (Some(credentials), rest));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut secrecy, mut kept) = (Self::default(), Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sslmode", word)) => secrecy.word = Some(word.to_owned()),
                Some(("sslrootcert", "system")) => {}
                Some(("sslrootcert", path)) => secrecy.root = Some(percent_decoded(path).into()),
                _ => kept.push(part),
            }
        }
        let credentials = credentials.map(|credentials| format!("{credentials}@")).unwrap_or_default();
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        Ok((format!("postgres://{credentials}{path}{query}"), secrecy))
    }

    /// How a host is spoken to.
    fn mode_for(&self, name: &str, host: &OneHost) -> Result<SslMode, StoreError> {
        #[cfg(unix)]
        if let Some(Host::Unix(_)) = host.host {
            return Ok(SslMode::Disable);
        }
        let is_here = match (&host.host, host.address) {
            (_, Some(address)) => address.is_loopback(),
            (Some(Host::Tcp(name)), None) => {
                name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            _ => false,
        };
        match self.word.as_deref() {
            Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
            None if !is_here => Ok(SslMode::Require),
            None | Some("disable" | "allow" | "prefer") if is_here => Ok(SslMode::Disable),
            None | Some("disable" | "allow" | "prefer") => Err(StoreError::Address {
                what: format!("it would send the ledger to {name} for all to read: take sslmode off, or write sslmode=require"),
            }),
            Some(_) => Err(wrong("sslmode is none of disable, require and verify-full")),
        }
    }
}

/// A part of a URL with its %XX read.
fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> Result<Place, String> {
        Place::of(&SecretString::from(url.to_owned()), &PostgresOptions::default())
            .map_err(|error| format!("{error}: {}", error.hint()))
    }

    #[test]
    fn l10_a_place_shows_hosts_and_the_database_and_no_password() {
        let place =
            place("postgres://mia:CANARY%40@db.example.com,[::1]:6000/team?sslmode=verify-full&sslrootcert=%2Fca.pem").unwrap();
        assert_eq!(place.location.to_string(), "postgres://db.example.com:5432,[::1]:6000/team");
        assert_eq!(place.root, Some("/ca.pem".into()));
        assert!(!format!("{place:?}").contains("CANARY"));
        assert!(place.hosts.iter().all(|(_, config)| config.get_ssl_mode() == SslMode::Require && config.get_hosts().len() == 1));
        assert_eq!(place.hosts[0].1.get_password(), Some(&b"CANARY@"[..]));
    }

    #[test]
    fn l10_nothing_is_sent_in_the_open_but_on_this_machine() {
        for url in ["postgres://db.example.com/t", "postgres://10.0.0.1/t?sslmode=require"] {
            assert_eq!(place(url).unwrap().hosts[0].1.get_ssl_mode(), SslMode::Require, "{url}");
        }
        for url in [
            "postgres://localhost/t",
            "postgres://127.0.0.1/t?sslmode=prefer",
            "postgres://%2Frun%2Fpg/t",
            "postgres:///t?host=/run/pg",
        ] {
            assert_eq!(place(url).unwrap().hosts[0].1.get_ssl_mode(), SslMode::Disable, "{url}");
        }
        for mode in ["disable", "allow", "prefer"] {
            let said = place(&format!("postgres://u:CANARY@db.example.com,localhost/t?sslmode={mode}")).unwrap_err();
            assert!(
                said.contains("db.example.com:5432") && said.contains("sslmode=require") && !said.contains("CANARY"),
                "{said}"
            );
        }
    }

    #[test]
    fn l7_no_url_that_can_not_be_read_shows_its_password() {
        let urls = [
            "postgres://u:CANARY@CANARY@host/db",
            "postgres://u:CANARY:1/db@",
            "postgres://u:x@host:CANARY/db",
            "postgres://u:CANARY@host/db?CANARY=1",
            "postgres://u:CANARY@host/db?sslmode=CANARY",
            "postgres://u:CANARY@/db",
            "mysql://u:CANARY@host/db",
            "CANARY",
        ];
        for url in urls {
            let said = place(url).unwrap_err();
            assert!(!said.contains("CANARY"), "{url}: {said}");
        }
    }

    #[test]
    fn l10_a_schema_is_a_plain_name() {
        for schema in ["", "a b", "pg_x", "a\";drop", "Team", "1"] {
            let options = PostgresOptions { schema: schema.to_owned(), ..PostgresOptions::default() };
            assert!(Place::of(&SecretString::from("postgres://localhost/t".to_owned()), &options).is_err(), "{schema:?}");
        }
    }
}
