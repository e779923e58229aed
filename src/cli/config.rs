//! `creditop config`: the configuration file.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::{Args, Subcommand};

use super::edge::{Edge, Outcome};
use super::output::remark;
use super::text::{clean, count};
use crate::config::{Config, EXAMPLE};
use crate::report::{Ending, Report};

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
            edge.out.line(&format!("wrote {}", paths.config_file.display()))?;
        }
        ConfigCommand::Check => {
            let config = Config::load(&paths.config_file, &edge.catalog()?)?;
            for warning in config.accounts.iter().filter_map(|account| account.key.as_ref()?.warning()) {
                remark(&format!("warning: {}", clean(&warning.to_string())));
            }
            for account in &config.accounts {
                for what in &account.remarks {
                    remark(&format!("warning: account {}: {}", account.profile.id, clean(what)));
                }
            }
            let accounts = count(config.accounts.len(), "account", "accounts");
            edge.out.line(&format!("{} is sound: {accounts}", paths.config_file.display()))?;
        }
    }
    Ok(Outcome::Done)
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
