//! Reads the whole file, and says all that is wrong with it at once.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::account::{Defaults, read_account, read_thresholds};
use super::exposure::{Exposure, open_to_everybody};
use super::files::{as_text, read_configuration};
use super::model::{Config, THEMES};
use super::pools;
use super::reader::{Field, Findings, Section};
use crate::catalog::{Catalog, Problem};
use crate::credit::check_actor;

/// Every key of the file's top level.
pub(crate) const TOP_KEYS: [&str; 13] = [
    "time_zone",
    "theme",
    "ascii",
    "mouse",
    "low_percent",
    "low_below",
    "low_days",
    "lapse_days",
    "interval",
    "max_interval",
    "actor",
    "team",
    "account",
];

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("there is no configuration at {}", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The file can't be read.
    #[error("can't read {}: {why}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        why: String,
    },
    /// Everybody can change the file, or a folder that leads to it: it may name programs to run and hosts for keys.
    #[error("{} is not used, since {exposure}", file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
        /// What can be changed.
        exposure: Exposure,
    },
    /// The file says something that can't be.
    #[error("{} in {}", count(problems.len()), file.display())]
    Problems {
        /// The file.
        file: PathBuf,
        /// Everything that is wrong, in the order of the text.
        problems: Vec<Problem>,
    },
}

fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] where there is no file, it can't be read, or it has problems: then all of them.
    pub fn load(path: &Path, catalog: &Catalog) -> Result<Self, ConfigError> {
        let file = || path.to_path_buf();
        if let Some(exposure) = open_to_everybody(path) {
            return Err(ConfigError::Exposed { file: file(), exposure });
        }
        let bytes = read_configuration(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing { file: file() },
            _ => ConfigError::Unreadable { file: file(), why: error.to_string() },
        })?;
        let parsed = match as_text(path, &bytes) {
            Ok(text) => Self::parse(text, Some(path), catalog),
            Err(problem) => Err(vec![problem]),
        };
        parsed.map_err(|problems| ConfigError::Problems { file: file(), problems })
    }

    /// Reads a configuration. `file` is named in problems, and relative key files are looked for beside it.
    ///
    /// # Errors
    /// Every [`Problem`] of the text, in its order.
    pub fn parse(text: &str, file: Option<&Path>, catalog: &Catalog) -> Result<Self, Vec<Problem>> {
        let mut findings = Findings::new(text, file);
        let config = findings.read_table().map(|document| read_config(&document, catalog, &mut findings));
        let problems = findings.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(problems),
        }
    }
}

fn read_config(document: &DeTable<'_>, catalog: &Catalog, findings: &mut Findings<'_>) -> Config {
    let root = Section::root(document);
    root.refuse_unknown_keys(&TOP_KEYS, findings);
    let mut config = Config { file: findings.file().map(Path::to_path_buf), ..Config::default() };
    config.time_zone = root.get("time_zone").and_then(|field| field.zone(findings));
    config.theme = root.get("theme").and_then(|field| field.one_of(&THEMES, findings)).unwrap_or(config.theme);
    config.ascii = root.get("ascii").and_then(|field| field.flag(findings));
    config.mouse = root.get("mouse").and_then(|field| field.flag(findings)).unwrap_or(config.mouse);
    config.thresholds = read_thresholds(&root, config.thresholds, findings);
    config.interval = root.get("interval").and_then(|field| field.duration(findings)).unwrap_or(config.interval);
    config.max_interval = root.get("max_interval").and_then(|field| field.duration(findings)).unwrap_or(config.max_interval);
    config.actor = root.get("actor").and_then(|field| actor(&field, findings));
    config.team = root.get("team").and_then(|field| field.flag(findings)).unwrap_or(config.team);
    read_accounts(&root, &mut config, catalog, findings);
    config
}

/// A name that entries can carry.
fn actor(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let name = field.text(findings)?;
    match check_actor(name) {
        Ok(()) => Some(name.to_owned()),
        Err(why) => {
            field.refuse(findings, why, None);
            None
        }
    }
}

fn read_accounts(root: &Section<'_>, config: &mut Config, catalog: &Catalog, findings: &mut Findings<'_>) {
    let expected = "a list of tables, each under [[account]]";
    let Some(items) = root.get("account").and_then(|field| field.items(findings, expected)) else { return };
    let defaults = Defaults { interval: config.interval, max_interval: config.max_interval, thresholds: config.thresholds };
    let mut seen: HashMap<String, (usize, usize)> = HashMap::new();
    let (mut accounts, mut pools) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let Some(section) = item.section(findings, "a table, under [[account]]") else { continue };
        let pool = section.get("pool");
        let id = section.get("id");
        if let Some(text) = id.as_ref().and_then(|id| id.value().as_str()) {
            let line = findings.line_at(section.at());
            if let Some((first, line)) = seen.get(text) {
                let what = format!("account[{first}] (line {line}) has this id already");
                if let Some(id) = &id {
                    id.refuse(findings, &what, Some("give each account an id of its own".to_owned()));
                }
            } else {
                seen.insert(text.to_owned(), (index, line));
            }
        }
        if let Some(account) = read_account(section, &defaults, catalog, findings) {
            pools.extend(pool.filter(|_| account.profile.pool.is_some()).map(|pool| (accounts.len(), pool)));
            accounts.push(account);
        }
    }
    pools::join(&mut accounts, &pools, findings);
    config.accounts = accounts.into_iter().collect();
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
