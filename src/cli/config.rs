//! `creditop config`: the configuration file.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::{Args, Subcommand};

use super::edge::{Edge, Outcome};
use super::output::remark;
use super::providers::origin;
use super::text::{clean, count};
use crate::catalog::Catalog;
use crate::config::{Config, ConfigError, EXAMPLE, cautions};
use crate::credit::listed;
use crate::report::{Ending, Report};
use crate::store::FILE_NAME;

/// Writes, finds and checks the configuration.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Writes a configuration to begin with.
    Init,
    /// Prints where the configuration is.
    Path,
    /// Checks the configuration and reports all of its problems.
    Check,
}

/// Runs the command.
///
/// # Errors
/// A [`Report`] with every problem of the file, or why it can't be read or written.
pub(crate) fn run(args: &ConfigArgs, edge: &mut Edge) -> Result<Outcome, Report> {
    let paths = edge.paths()?;
    match &args.command {
        ConfigCommand::Path => edge.out.line(&paths.config_file.display().to_string())?,
        ConfigCommand::Init => {
            write_example(&paths.config_file)?;
            let wrote = format!("wrote {}", paths.config_file.display());
            edge.out.did(wrote.as_str());
            edge.out.line(&wrote)?;
            edge.out.line("next: name your accounts in it, then creditop config check and creditop accounts test")?;
        }
        ConfigCommand::Check => {
            let catalog = edge.catalog()?;
            let config = all_problems(Config::load(&paths.config_file, &catalog), &catalog, &paths.config_file)?;
            for warning in warnings(&config, &catalog, &paths.data_dir.join(FILE_NAME)) {
                remark(&format!("warning: {}", clean(&warning)));
            }
            let accounts = count(config.accounts.len(), "account", "accounts");
            edge.out.line(&format!("{} has no problems: {accounts}", paths.config_file.display()))?;
            for line in destinations(&config, &catalog) {
                edge.out.line(&clean(&line))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// The configuration, where neither it nor a definition of the user's own has a problem.
///
/// # Errors
/// A [`Report`] with every problem of all of these files.
fn all_problems(loaded: Result<Config, ConfigError>, catalog: &Catalog, file: &Path) -> Result<Config, Report> {
    let of_definitions: Vec<String> =
        catalog.broken().iter().flat_map(|broken| &broken.problems).map(ToString::to_string).collect();
    match loaded {
        Ok(config) if of_definitions.is_empty() => Ok(config),
        Err(error) if of_definitions.is_empty() => Err(error.into()),
        loaded => {
            let of_config = loaded.err().map(Report::from);
            let details: Vec<String> = of_config
                .into_iter()
                .flat_map(|report| if report.details.is_empty() { vec![report.message] } else { report.details })
                .chain(of_definitions)
                .collect();
            let problems = count(details.len(), "problem", "problems");
            let message = format!("{problems} in {} and the definitions beside it", file.display());
            Err(Report::new(Ending::Usage, message)
                .details(details)
                .hint("creditop providers check FILE looks at one definition"))
        }
    }
}

/// Where keys go: the accounts of each host, with why it is that one and who defines it.
fn destinations(config: &Config, catalog: &Catalog) -> Vec<String> {
    let mut ways: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for account in &config.accounts {
        let Some(host) = account.host() else { continue };
        let by = if account.base_url.is_some() { "base_url, " } else { "" };
        let why = format!("{by}{}: {}", account.profile.provider, origin(catalog, &account.definition));
        ways.entry((host, why)).or_default().push(account.profile.id.to_string());
    }
    ways.into_iter().map(|((host, why), ids)| format!("  keys go to {host}: {} ({why})", listed(&ids, NAMED))).collect()
}

/// So many names stand in one warning.
const NAMED: usize = 3;

/// What works and should be mended all the same, one sentence for all accounts that have the same trouble.
fn warnings(config: &Config, catalog: &Catalog, ledger: &Path) -> Vec<String> {
    let keys = || config.accounts.iter().filter_map(|account| account.key.as_ref());
    let mut warnings = cautions(config.file.as_deref().into_iter().chain(catalog.files()).chain([ledger]), &config.accounts);
    let mut remarks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (account, what) in config.accounts.iter().flat_map(|account| account.remarks.iter().map(move |what| (account, what))) {
        remarks.entry(what).or_default().push(account.profile.id.to_string());
    }
    warnings.extend(remarks.into_iter().map(|(what, ids)| {
        let noun = if ids.len() == 1 { "account" } else { "accounts" };
        format!("{noun} {}: {what}", listed(&ids, NAMED))
    }));
    for account in &config.accounts {
        if let Some(pool) = account.profile.pool.as_ref().filter(|pool| pool.others.is_empty()) {
            let id = &account.profile.id;
            warnings.push(format!(
                "only {id} names the pool {:?}: give the accounts that share its balance the same name",
                pool.name
            ));
        }
    }
    let unset: Vec<String> = keys().filter_map(|key| key.unset_variable().map(str::to_owned)).collect();
    match unset.len() {
        0 => {}
        1 => warnings.push(format!("1 variable that should hold a key is not set here: {}", listed(&unset, NAMED))),
        many => warnings.push(format!("{many} variables that should hold keys are not set here: {}", listed(&unset, NAMED))),
    }
    warnings
}

/// Writes the sample file for its owner alone; a file that is there stays as it is.
fn write_example(file: &Path) -> Result<(), Report> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Report::new(Ending::Usage, format!("{} exists already, and was left as it is", file.display()))
                .hint("edit it, or name another file by --config")
        }
        _ => Report::new(Ending::Storage, format!("can't write {}: {error}", file.display()))
            .hint("make the folder writable for you, or name another file by --config"),
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).and_then(|mut opened| opened.write_all(EXAMPLE.as_bytes())).map_err(failed)
}
