//! The demo's folder: gone when the demo ends, however that is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// The folder that is there; the panic hook must find it without an owner.
static THERE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// How often removing is tried: the ledger's thread may just be writing into the folder.
const TRIES: usize = 5;

/// A temporary folder; removed when dropped, or by [`clear_away`].
pub(super) struct Folder(TempDir);

impl Folder {
    /// Makes a folder.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new() -> io::Result<Self> {
        let folder = TempDir::with_prefix("creditop-demo-")?;
        *THERE.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.path().to_path_buf());
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        clear_away();
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
    use std::fs;

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
}
