//! Who else on this machine can change what keys depend on: the configuration, definitions, key files, programs that tell keys; and
//! who can change the ledger.
//!
//! As for `ssh`, a file counts with the folders that lead to it, up to the home folder, or to the root outside of it: who can write to
//! one of them can put another file in its place. What everybody can change is not used. What a group can change, or what belongs to
//! another user, may be meant so, and is told; a key file that a group can change is not used either, and whoever can change the ledger is told. The administrator is nobody
//! else, and neither is the group that has the user's own number, as many systems give each user one.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Who can change a file or a folder besides its user and the administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Others {
    /// Another user, by number, to whom it belongs.
    Owner(u32),
    /// A group, by number.
    Group(u32),
    /// Every user of the machine.
    Everybody,
}

/// A file or a folder that others can change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub struct Exposure {
    /// The file or the folder.
    pub path: PathBuf,
    /// Who can change it.
    pub to: Others,
    /// Its permission bits.
    pub mode: u32,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, mode) = (self.path.display(), self.mode);
        match self.to {
            Others::Everybody => write!(f, "{path} can be changed by every user of this machine (mode {mode:03o})"),
            Others::Group(group) => write!(f, "{path} can be changed by the group {group} (mode {mode:03o})"),
            Others::Owner(user) => write!(f, "{path} belongs to another user ({user})"),
        }
    }
}

impl Exposure {
    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        let path = self.path.display();
        match self.to {
            Others::Everybody => format!("chmod o-w {path}"),
            Others::Group(_) => format!("chmod g-w {path}, unless the group may see and use your keys"),
            Others::Owner(_) => format!("sudo chown {} {path}, unless you trust that user with your keys", own_user()),
        }
    }
}

/// The user that we are, by name or else by number.
fn own_user() -> String {
    whoami::username().unwrap_or_else(|_| rustix::process::geteuid().as_raw().to_string())
}

/// Everything that others can change of a file and of the folders that lead to it. A file that isn't there, or is none, is no concern.
#[must_use]
pub fn exposures(file: &Path) -> Vec<Exposure> {
    if !fs::metadata(file).is_ok_and(|data| data.is_file()) {
        return Vec::new();
    }
    let home = etcetera::home_dir().ok();
    let homes: Vec<PathBuf> = home.iter().cloned().chain(home.iter().filter_map(|home| fs::canonicalize(home).ok())).collect();
    // A link and what it leads to: either can be exchanged.
    let ways = [std::path::absolute(file), fs::canonicalize(file)];
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for way in ways.into_iter().flatten() {
        for path in way.ancestors() {
            if seen.insert(path.to_path_buf()) {
                found.extend(exposure(path));
            }
            if homes.iter().any(|home| home == path) {
                break;
            }
        }
    }
    found
}

/// What of a file or its folders everybody can change.
#[must_use]
pub fn open_to_everybody(file: &Path) -> Option<Exposure> {
    exposures(file).into_iter().find(|exposure| exposure.to == Others::Everybody)
}

/// Who can change this very file or folder. In a folder with the sticky bit nobody can exchange what belongs to another one.
fn exposure(path: &Path) -> Option<Exposure> {
    let data = fs::metadata(path).ok()?;
    let is_sticky = data.is_dir() && data.mode() & 0o1000 != 0;
    let to = if is_sticky { owner(&data) } else { writers(&data).or_else(|| owner(&data)) }?;
    Some(Exposure { path: path.to_path_buf(), to, mode: data.mode() & 0o7777 })
}

/// Who may write by the permission bits, besides the owner.
fn writers(data: &Metadata) -> Option<Others> {
    let own = [0, rustix::process::geteuid().as_raw()];
    match data.mode() {
        mode if mode & 0o002 != 0 => Some(Others::Everybody),
        mode if mode & 0o020 != 0 && !own.contains(&data.gid()) => Some(Others::Group(data.gid())),
        _ => None,
    }
}

fn owner(data: &Metadata) -> Option<Others> {
    let own = [0, rustix::process::geteuid().as_raw()];
    (!own.contains(&data.uid())).then_some(Others::Owner(data.uid()))
}

/// Where a program is found: by its path, or in the folders of `PATH`.
///
/// # Errors
/// The folder in `PATH` before it, or the place of the program, that everybody can change.
pub(super) fn find_program(program: &str) -> Result<Option<PathBuf>, Exposure> {
    let checked = |file: PathBuf| open_to_everybody(&file).map_or(Ok(Some(file)), Err);
    if program.contains('/') {
        return checked(PathBuf::from(program));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path).filter(|folder| folder.is_absolute()) {
        let file = folder.join(program);
        if fs::metadata(&file).is_ok_and(|data| data.is_file() && data.mode() & 0o111 != 0) {
            return checked(file);
        }
        // Whoever can put a program there has it run instead, also in a folder with the sticky bit.
        if let Ok(data) = fs::metadata(&folder)
            && data.mode() & 0o002 != 0
        {
            return Err(Exposure { path: folder, to: Others::Everybody, mode: data.mode() & 0o7777 });
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A folder in a folder with a file, and what is said of them with these modes.
    fn said(outer: u32, inner: u32, file: u32) -> Vec<(String, Others)> {
        let folder = tempfile::tempdir().unwrap();
        let (out, within) = (folder.path().join("out"), folder.path().join("out/in"));
        let path = within.join("file");
        fs::create_dir_all(&within).unwrap();
        fs::write(&path, "x").unwrap();
        for (path, mode) in [(&path, file), (&within, inner), (&out, outer)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let found = exposures(&path).into_iter().map(|exposure| (name(&exposure.path), exposure.to)).collect();
        fs::set_permissions(&out, Permissions::from_mode(0o700)).unwrap();
        found
    }

    #[test]
    fn s08_a_file_counts_with_the_folders_that_lead_to_it() {
        let everybody = |name: &str| vec![(name.to_owned(), Others::Everybody)];
        assert_eq!(said(0o755, 0o755, 0o644), []);
        assert_eq!(said(0o755, 0o755, 0o666), everybody("file"));
        assert_eq!(said(0o755, 0o777, 0o600), everybody("in"));
        assert_eq!(said(0o777, 0o700, 0o600), everybody("out"));
        assert_eq!(said(0o1777, 0o1777, 0o600), [], "nobody can exchange what belongs to another there");
        // The group is the one of the user's own number, or another one.
        let group = said(0o755, 0o755, 0o664);
        assert!(group.iter().all(|(_, to)| matches!(to, Others::Group(_))), "{group:?}");
    }

    #[test]
    fn s08_a_link_counts_with_its_own_folder_and_that_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (open, shut) = (folder.path().join("open"), folder.path().join("shut"));
        fs::create_dir(&open).unwrap();
        fs::create_dir(&shut).unwrap();
        fs::write(shut.join("real"), "x").unwrap();
        std::os::unix::fs::symlink(shut.join("real"), open.join("link")).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(open_to_everybody(&open.join("link")).unwrap().path, open);
        assert_eq!(open_to_everybody(&shut.join("real")), None);
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&shut, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(open_to_everybody(&open.join("link")).unwrap().path.file_name(), Some("shut".as_ref()));
    }

    #[test]
    fn s08_what_is_no_file_is_no_concern() {
        assert_eq!(exposures(Path::new("/tmp")), []);
        assert_eq!(exposures(Path::new("/nonexistent/file")), []);
    }
}
