//! The user's own provider definitions, beside the configuration (SPEC 10).

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Workspace;
use crate::catalog::{Catalog, Problem};
use crate::config::{LARGEST_DEFINITION, cautions, open_to_everybody};
use crate::credit::AccountId;
use crate::files::read_regular;
use crate::report::{Ending, Report};
use crate::store::FILE_NAME;

/// The definitions compiled in, with the user's own added or in their place, and the broken ones set aside.
pub(super) fn read_catalog(folder: &Path) -> Result<Catalog, Report> {
    let mut catalog = Catalog::builtin();
    for file in definition_files(folder)? {
        match read_definition(&file) {
            Ok(text) => {
                if let Err(problems) = catalog.load_user(&file, &text) {
                    catalog.set_aside(&file, &text, problems);
                }
            }
            Err(problem) => catalog.set_aside(&file, "", vec![problem]),
        }
    }
    Ok(catalog)
}

/// The text of a definition in the folder: of a regular file, since nobody would write to a pipe there.
fn read_definition(file: &Path) -> Result<String, Problem> {
    if let Some(exposure) = open_to_everybody(file) {
        let (what, hint) = (format!("is not used, since {exposure}"), Some(exposure.hint()));
        return Err(Problem { file: Some(file.to_path_buf()), line: None, key: String::new(), what, hint });
    }
    let text = |bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"));
    read_regular(file, LARGEST_DEFINITION).and_then(text).map_err(|error| unreadable(file.to_path_buf(), &error))
}

impl Workspace {
    /// What others on this machine can do to the ledger and to the files that keys of these accounts depend on, and should be mended: a
    /// sentence for all alike.
    #[must_use]
    pub fn cautions(&self, ids: &[AccountId]) -> Vec<String> {
        let ledger = self.paths.data_dir.join(FILE_NAME);
        let files = self.config.file.as_deref().into_iter().chain(self.catalog.files()).chain([ledger.as_path()]);
        let ids: HashSet<&AccountId> = ids.iter().collect();
        cautions(files, self.config.accounts.iter().filter(|account| ids.contains(&account.profile.id)))
    }
}

/// The `.toml` files of the folder by name, so that a run does not depend on the order on the disk. No folder is none.
pub(super) fn definition_files(folder: &Path) -> Result<Vec<PathBuf>, Report> {
    let failed = |error: std::io::Error| {
        Report::new(Ending::Storage, format!("can't read the folder {}: {error}", folder.display())).hint("check its permissions")
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    // Hidden ones are what editors keep beside a file that is open in them.
    let hidden = |file: &Path| file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml") && !hidden(file));
    files.sort();
    Ok(files)
}

fn unreadable(file: PathBuf, error: &std::io::Error) -> Problem {
    Problem {
        file: Some(file),
        line: None,
        key: String::new(),
        what: format!("can't be read: {error}"),
        hint: Some("check its permissions, and that it is a file of UTF-8 text".to_owned()),
    }
}
