//! Notices that the configuration or a definition of the user's changed while the dashboard runs (SPEC 9).

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Which version of the files there is, told without reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions(Vec<(PathBuf, Option<Stamp>)>);

/// What tells one version of a file from another. Editors that write a new file and rename it change the inode, those that
/// write in place the time, which here is that of the last change of any kind: unlike the time of the last writing, no tool
/// sets it back, and a file that becomes readable counts as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Versions {
    /// Looks at files; one that isn't there is a version of its own.
    pub(super) fn of(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(files.into_iter().map(|file| (Stamp::of(&file), file)).map(|(stamp, file)| (file, stamp)).collect())
    }

    /// Whether the first file, the configuration, is there.
    fn configured(&self) -> bool {
        self.0.first().is_some_and(|(_, stamp)| stamp.is_some())
    }
}

impl Stamp {
    /// Follows links: what counts is the file that they lead to.
    fn of(file: &Path) -> Option<Self> {
        // A pipe changes with every reading of it, and has nothing more to say.
        let of = |data: Metadata| {
            let place = Self { device: data.dev(), inode: data.ino(), length: 0, changed: (0, 0) };
            if data.is_file() { Self { length: data.len(), changed: (data.ctime(), data.ctime_nsec()), ..place } } else { place }
        };
        std::fs::metadata(file).ok().map(of)
    }
}

/// What a look at the files came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// They are as they were when they were last read.
    Same,
    /// They changed since the last look: somebody may be in the middle of saving them.
    Saving,
    /// They changed so that nothing can be read now, perhaps for a moment only.
    Missing,
    /// They changed, and stayed so since the last look: now is the time to read them.
    Settled,
}

/// Decides when changed files are read again: once for each change, and not in the middle of it.
#[derive(Debug)]
pub(super) struct Vigil {
    read: Versions,
    seen: Versions,
}

impl Vigil {
    /// Begins with the versions that were read at the start.
    pub(super) fn new(read: Versions) -> Self {
        Self { seen: read.clone(), read }
    }

    /// Takes in what a look has found.
    pub(super) fn look(&mut self, found: &Versions) -> Look {
        let stayed = self.seen == *found;
        self.seen.clone_from(found);
        match () {
            () if self.read == *found => Look::Same,
            () if stayed => Look::Settled,
            () if found.configured() => Look::Saving,
            () => Look::Missing,
        }
    }

    /// Notes the versions that were read, whether they were good or bad.
    pub(super) fn read(&mut self, versions: Versions) {
        self.read = versions;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// A configuration that is watched.
    struct Watched {
        folder: TempDir,
        vigil: Vigil,
    }

    impl Watched {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            fs::write(folder.path().join("config.toml"), "a").unwrap();
            let vigil = Vigil::new(versions(&folder));
            Self { folder, vigil }
        }

        fn config(&self) -> PathBuf {
            self.folder.path().join("config.toml")
        }

        /// Writes another file and renames it, as careful editors save.
        fn save(&self, text: &str) {
            let new = self.folder.path().join(".config.toml.new");
            fs::write(&new, text).unwrap();
            fs::rename(new, self.config()).unwrap();
        }

        fn look(&mut self) -> Look {
            self.vigil.look(&versions(&self.folder))
        }

        fn read(&mut self) {
            self.vigil.read(versions(&self.folder));
        }
    }

    fn versions(folder: &TempDir) -> Versions {
        Versions::of([folder.path().join("config.toml"), folder.path().join("providers/a.toml")])
    }

    #[test]
    fn s9_files_that_stay_are_not_read_again() {
        let mut watched = Watched::new();
        assert_eq!([watched.look(), watched.look()], [Look::Same, Look::Same]);
    }

    #[test]
    fn s9_a_change_is_read_once_it_has_settled_and_only_once() {
        let mut watched = Watched::new();
        watched.save("b");
        assert_eq!([watched.look(), watched.look()], [Look::Saving, Look::Settled]);
        watched.read();
        assert_eq!([watched.look(), watched.look()], [Look::Same, Look::Same]);
    }

    #[test]
    fn s9_a_file_that_is_still_being_written_is_left_alone() {
        let mut watched = Watched::new();
        fs::write(watched.config(), "half").unwrap();
        assert_eq!(watched.look(), Look::Saving);
        fs::write(watched.config(), "half and more").unwrap();
        assert_eq!([watched.look(), watched.look()], [Look::Saving, Look::Settled]);
    }

    #[test]
    fn s9_a_file_that_is_gone_for_a_moment_is_read_when_it_is_back() {
        let mut watched = Watched::new();
        fs::remove_file(watched.config()).unwrap();
        assert_eq!(watched.look(), Look::Missing);
        watched.save("b");
        assert_eq!([watched.look(), watched.look()], [Look::Saving, Look::Settled]);
    }

    #[test]
    fn s9_a_file_that_stays_away_is_told() {
        let mut watched = Watched::new();
        fs::remove_file(watched.config()).unwrap();
        assert_eq!([watched.look(), watched.look()], [Look::Missing, Look::Settled]);
    }

    #[test]
    fn s9_a_definition_that_appears_or_changes_counts_as_well() {
        let mut watched = Watched::new();
        fs::create_dir(watched.folder.path().join("providers")).unwrap();
        for text in ["a", "bc"] {
            fs::write(watched.folder.path().join("providers/a.toml"), text).unwrap();
            assert_eq!([watched.look(), watched.look()], [Look::Saving, Look::Settled]);
            watched.read();
        }
    }
}
