//! The demo's folder: gone when the demo ends, however that is.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use crate::files::open_regular;

/// The folder that is there; the panic hook must find it without an owner.
static THERE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// How often removing is tried: the ledger's thread may just be writing into the folder.
const TRIES: usize = 5;

/// What the names of the folders start with.
const PREFIX: &str = "creditop-demo-";

/// The file that is locked for as long as a folder's demo runs, however that ends.
const LOCK: &str = "lock";

/// A temporary folder; removed when dropped, or by [`clear_away`].
pub(super) struct Folder {
    folder: TempDir,
    /// Open for its lock; `None` where files can't be locked.
    _lock: Option<File>,
}

impl Folder {
    /// Makes a folder, and removes those that earlier demos could not, as after `kill -9`.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new() -> io::Result<Self> {
        let folder = TempDir::with_prefix(PREFIX)?;
        let lock = hold(folder.path()).ok();
        *THERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.path().to_path_buf());
        sweep(&std::env::temp_dir(), folder.path());
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        clear_away();
    }
}

/// Locks a folder of ours. The file gets its name when it is locked, so that no other demo can find it free.
fn hold(folder: &Path) -> io::Result<File> {
    let new = folder.join("lock.new");
    let file = OpenOptions::new().write(true).create_new(true).open(&new)?;
    file.try_lock()?;
    fs::rename(&new, folder.join(LOCK))?;
    Ok(file)
}

/// Removes the folders in `place` whose demos are gone: those of this user with a lock that nobody holds.
fn sweep(place: &Path, own: &Path) {
    let Ok(owner) = fs::symlink_metadata(own).map(|own| own.uid()) else { return };
    for path in fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let named = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()));
        let ours = || fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir() && found.uid() == owner);
        let free = || open_regular(&path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if named && path != own && ours() && free() {
            // What can't be removed is tried again by the next demo.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Removes the folder of a demo, where there is one. Safe to call at any time, but by a thread that makes the folder.
pub(in crate::runtime) fn clear_away() {
    let there = THERE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(folder) = there {
        // What can't be removed now is left to the system, which clears its temporary folders.
        let _ = (0..TRIES).any(|_| std::fs::remove_dir_all(&folder).is_ok() || !folder.exists());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_with_its_owner_and_without_it() {
        let first = Folder::new().unwrap();
        let path = first.path().to_path_buf();
        fs::create_dir(path.join("data")).unwrap();
        fs::write(path.join("data/ledger"), "x").unwrap();
        drop(first);
        assert!(!path.exists());
        let second = Folder::new().unwrap();
        clear_away();
        assert!(!second.path().exists());
    }

    #[test]
    fn a_folder_that_was_left_behind_goes_with_the_next_start() {
        let place = TempDir::new().unwrap();
        let folder = |name: &str| {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (own, running, left) = (folder("creditop-demo-own"), folder("creditop-demo-runs"), folder("creditop-demo-left"));
        let (fresh, other) = (folder("creditop-demo-new"), folder("another-program"));
        let _running = hold(&running).unwrap();
        drop(hold(&left).unwrap());
        drop(hold(&other).unwrap());
        sweep(place.path(), &own);
        assert!(!left.exists());
        assert!([own, running, fresh, other].iter().all(|path| path.exists()));
    }
}
