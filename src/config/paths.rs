//! Where creditop keeps its files.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The folder's name under the configuration and data folders.
const FOLDER: &str = "creditop";
/// The configuration's name.
const CONFIG_FILE: &str = "config.toml";
/// The folder of a user's own provider definitions, beside the configuration.
const PROVIDERS: &str = "providers";

/// The files and folders of one run. None of them needs to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The configuration: `creditop/config.toml` in the XDG configuration folder.
    pub config_file: PathBuf,
    /// The folder of the ledger: `creditop` in the XDG data folder.
    pub data_dir: PathBuf,
    /// The folder of a user's own definitions: `providers` beside the configuration.
    pub providers_dir: PathBuf,
    /// The folder of what is remembered about ledgers from run to run, outside theirs: `creditop` in the XDG state folder. `None` where
    /// there is none, and for a ledger in the system's temporary folder, which is not meant to last.
    pub state_dir: Option<PathBuf>,
}

/// Why the folders can't be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("can't find the home folder: HOME is not set")]
pub struct NoHome;

impl NoHome {
    /// One thing to do.
    #[must_use]
    pub fn hint(self) -> &'static str {
        "set HOME, or give both --config FILE and --data-dir DIR"
    }
}

impl Paths {
    /// Finds the files of this run; `config` and `data_dir` win over the XDG folders.
    ///
    /// # Errors
    /// [`NoHome`] where a path was not given and there is no home folder to derive it from.
    pub fn discover(config: Option<PathBuf>, data_dir: Option<PathBuf>) -> Result<Self, NoHome> {
        let base = etcetera::choose_base_strategy().ok();
        let state = base.as_ref().and_then(BaseStrategy::state_dir);
        let mut paths = Self::within(base.map(|base| (base.config_dir(), base.data_dir())), config, data_dir)?;
        paths.state_dir = state.filter(|_| !is_temporary(&paths.data_dir)).map(|base| base.join(FOLDER));
        Ok(paths)
    }

    fn within(base: Option<(PathBuf, PathBuf)>, config: Option<PathBuf>, data_dir: Option<PathBuf>) -> Result<Self, NoHome> {
        let (config_base, data_base) = base.unzip();
        let config_file = match config {
            Some(file) => file,
            None => config_base.ok_or(NoHome)?.join(FOLDER).join(CONFIG_FILE),
        };
        let data_dir = match data_dir {
            Some(folder) => folder,
            None => data_base.ok_or(NoHome)?.join(FOLDER),
        };
        let providers_dir = config_file.parent().unwrap_or(Path::new("")).join(PROVIDERS);
        Ok(Self { config_file, data_dir, providers_dir, state_dir: None })
    }
}

/// Whether a folder lies in the system's temporary one.
fn is_temporary(folder: &Path) -> bool {
    let temporary = std::env::temp_dir();
    let within = |folder: &Path, of: &Path| folder.starts_with(of);
    let there = |path: &Path| path.ancestors().find_map(|above| above.canonicalize().ok());
    std::path::absolute(folder).is_ok_and(|folder| {
        within(&folder, &temporary)
            || there(&folder).zip(temporary.canonicalize().ok()).is_some_and(|(folder, of)| within(&folder, &of))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(base: bool, config: Option<&str>, data: Option<&str>) -> Result<[String; 3], NoHome> {
        let base = base.then(|| (PathBuf::from("/h/.config"), PathBuf::from("/h/.local/share")));
        let paths = Paths::within(base, config.map(PathBuf::from), data.map(PathBuf::from))?;
        Ok([paths.config_file, paths.data_dir, paths.providers_dir].map(|path| path.display().to_string()))
    }

    #[test]
    fn xdg_folders_by_default() {
        let expected = ["/h/.config/creditop/config.toml", "/h/.local/share/creditop", "/h/.config/creditop/providers"];
        assert_eq!(paths(true, None, None).unwrap(), expected);
    }

    #[test]
    fn given_paths_win_and_definitions_stand_beside_the_configuration() {
        assert_eq!(paths(true, Some("/x/c.toml"), Some("/y")).unwrap(), ["/x/c.toml", "/y", "/x/providers"]);
        assert_eq!(paths(true, Some("c.toml"), None).unwrap(), ["c.toml", "/h/.local/share/creditop", "providers"]);
    }

    #[test]
    fn s12_what_lies_in_the_temporary_folder_is_not_remembered_elsewhere() {
        assert!(is_temporary(&std::env::temp_dir().join("a/b")));
        assert!(!is_temporary(Path::new("/h/.local/share/creditop")));
        assert_eq!(Paths::discover(None, Some(std::env::temp_dir().join("data"))).unwrap().state_dir, None);
    }

    #[test]
    fn without_a_home_only_given_paths_work() {
        assert_eq!(paths(false, None, Some("/y")), Err(NoHome));
        assert_eq!(paths(false, Some("/x/c.toml"), None), Err(NoHome));
        assert_eq!(paths(false, Some("/x/c.toml"), Some("/y")).unwrap(), ["/x/c.toml", "/y", "/x/providers"]);
    }
}
