//! The files in which is remembered what was seen of a ledger.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::Remembered;
use crate::files::{create_private_folders, read_regular, replace};
use crate::store::digest::Digest;

/// The file within the data folder.
pub(super) const SEEN_NAME: &str = "ledger.seen";

/// The folder within the state folder.
pub(super) const FOLDER: &str = "seen";

/// So many ledgers are remembered in the state folder; those that were not seen for longest make room.
const MOST_LEDGERS: usize = 1000;

/// Most bytes of such a file: many times what eight losses take.
const LARGEST: u64 = 64 * 1024;

/// A file that remembers a ledger.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// As the file was read or written last.
    kept: Remembered,
    /// What could not be written; it is not tried again.
    failed: Option<Remembered>,
}

impl Place {
    /// The file beside the ledger.
    pub(super) fn beside(data_dir: &Path) -> Self {
        Self::at(data_dir.join(SEEN_NAME))
    }

    /// The file in the state folder for the ledger at that path, whether it is there or not; `None` where the path can't be told.
    pub(super) fn in_state_folder(state_dir: &Path, data_dir: &Path) -> Option<Self> {
        let ledger = std::path::absolute(data_dir).ok()?;
        let name = Digest(Sha256::digest(ledger.as_os_str().as_encoded_bytes()).into()).short();
        Some(Self::at(state_dir.join(FOLDER).join(name)))
    }

    fn at(path: PathBuf) -> Self {
        let kept = read(&path).unwrap_or_default();
        Self { path, kept, failed: None }
    }

    /// What the file holds.
    pub(super) fn kept(&self) -> &Remembered {
        &self.kept
    }

    /// Reads the file again: what it held before and what it holds now, where another process changed it.
    pub(super) fn read_again(&mut self) -> Option<(Remembered, Remembered)> {
        let now = read(&self.path)?;
        let before = std::mem::replace(&mut self.kept, now.clone());
        (before != now).then_some((before, now))
    }

    /// Writes down what is not in the file yet.
    ///
    /// # Errors
    /// The system's, and the file.
    pub(super) fn keep(&mut self, remembered: &Remembered) -> Result<(), (PathBuf, io::Error)> {
        if self.kept == *remembered || self.failed.as_ref() == Some(remembered) {
            return Ok(());
        }
        match write(&self.path, remembered) {
            Ok(()) => {
                self.kept = remembered.clone();
                Ok(())
            }
            Err(error) => {
                self.failed = Some(remembered.clone());
                Err((self.path.clone(), error))
            }
        }
    }
}

/// What the file holds; `None` where it can't be read or understood.
fn read(path: &Path) -> Option<Remembered> {
    read_regular(path, LARGEST).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

/// Puts the file in its place as a whole.
fn write(path: &Path, remembered: &Remembered) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let is_state = path.file_name().is_some_and(|name| name != SEEN_NAME);
    if is_state {
        create_private_folders(folder)?;
        if !path.exists() {
            make_room(folder, MOST_LEDGERS);
        }
    }
    let mut text = serde_json::to_vec(remembered)?;
    text.push(b'\n');
    replace(path, &text)
}

/// Removes files that were not written for longest, until there is room for one more.
fn make_room(folder: &Path, most: usize) {
    let Ok(files) = fs::read_dir(folder) else { return };
    let age = |file: &fs::DirEntry| file.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut files: Vec<(SystemTime, PathBuf)> = files.flatten().map(|file| (age(&file), file.path())).collect();
    files.sort();
    let surplus = (files.len() + 1).saturating_sub(most);
    for (_, path) in files.into_iter().take(surplus) {
        // One that stays takes up a few hundred bytes.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_the_state_folder_remembers_a_bounded_number_of_ledgers() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..5 {
            fs::write(folder.path().join(number.to_string()), "{}").unwrap();
            let file = fs::File::options().write(true).open(folder.path().join(number.to_string())).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number)).unwrap();
        }
        make_room(folder.path(), 4);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["2", "3", "4"]);
    }
}
