//! What of a run's configuration and ledger may name somebody (SPEC 7).

use super::WorkspaceOptions;
use crate::config::{Paths, PersonalTexts};
use crate::report::{Ending, Report};
use crate::store::{FILE_NAME, Ledger, StoreError};

/// The texts that may name somebody: those of the configuration, and of the ledger refs, notes, actors, labels and e-mails.
///
/// A ledger that can't be read adds nothing: a command that needs it fails, and says why without what is in it.
///
/// # Errors
/// A [`Report`] where there is a configuration and it can't be read, or only once: nobody can tell then what to mask.
pub fn personal_texts(options: &WorkspaceOptions) -> Result<PersonalTexts, Report> {
    let paths = Paths::discover(options.config.clone(), options.data_dir.clone())?;
    let mut found = PersonalTexts::of(&paths.config_file).map_err(|error| {
        Report::new(Ending::Storage, format!("can't read the configuration to see what --private must mask: {error}"))
            .hint("give it as a regular file that can be read")
    })?;
    found.others.extend(options.actor.clone());
    found.others.extend(["USER", "LOGNAME"].iter().filter_map(|name| std::env::var(name).ok()));
    if paths.data_dir.join(FILE_NAME).exists() {
        let store = match Ledger::open_read_only(&paths.data_dir) {
            // The command brings it up to date a moment later anyway.
            Err(StoreError::OlderVersion { .. }) if !options.read_only => Ledger::open(&paths.data_dir),
            opened => opened,
        };
        found.others.extend(store.and_then(|store| store.personal_texts()).unwrap_or_default());
    }
    Ok(found)
}
