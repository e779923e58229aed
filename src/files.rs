//! Files: read so that nothing waits for ever, and written so that only their owner can read them, whole or not at all.
//!
//! A pipe or a device in the place of a file is refused, and no more is read than is wanted.

use std::fs::{self, DirBuilder, File, FileType};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

/// How long what comes through a pipe may take, as a key command may.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads what a person named, of no more than `most` bytes: a regular file as it is; a pipe, as the shell's `<(…)` makes one, for ten
/// seconds.
///
/// # Errors
/// What the system says, or that it is a folder, too large, or silent.
pub(crate) fn read_given(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return read_regular(path, most);
    }
    let (sender, receiver) = mpsc::channel();
    let path = path.to_path_buf();
    // Opening a pipe that nobody writes to waits, too. A receiver that gave up is no concern of this thread.
    thread::spawn(move || sender.send(File::open(path).and_then(|file| read_bounded(file, most))).ok());
    let silent =
        || io::Error::new(io::ErrorKind::TimedOut, format!("nothing came to an end there within {} seconds", PATIENCE.as_secs()));
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(silent()))
}

/// Reads a regular file that is no larger than `most` bytes.
///
/// # Errors
/// What the system says, or that it is larger, or no regular file: nothing else is opened, since that may wait for ever.
pub(crate) fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    open_regular(path).and_then(|file| read_bounded(file, most))
}

/// Opens a regular file, and nothing else, for reading.
///
/// # Errors
/// What the system says, or what it is instead.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    must_be_regular(fs::metadata(path)?.file_type())?;
    // What took the file's place in the meantime must not be waited for either.
    let file = File::options().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    must_be_regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// Refuses what is no regular file, and says what it is.
///
/// # Errors
/// What it is instead.
pub(crate) fn must_be_regular(kind: FileType) -> io::Result<()> {
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(io::Error::other(format!("it is {what}, not a file")))
}

fn read_bounded(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let limit = if most < 1024 * 1024 { format!("{} KiB", most / 1024) } else { format!("{} MiB", most / 1024 / 1024) };
        return Err(io::Error::other(format!("it is larger than {limit}")));
    }
    Ok(bytes)
}

/// Creates a folder that only its owner can look into (SPEC L6), unless it is there; the one above it has to be.
///
/// # Errors
/// What the system says.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

/// Creates a folder as [`create_private_folder`] does, and those above it that are missing.
///
/// # Errors
/// What the system says.
pub(crate) fn create_private_folders(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(folder)
}

/// Puts a file for its owner alone in its place as a whole: whoever reads it finds what it held before or what it holds now. Until then
/// it lies beside its place, under a name that begins with a dot.
///
/// # Errors
/// What the system says; then the file is as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut unfinished = tempfile::Builder::new().prefix(".unfinished.").tempfile_in(folder)?;
    unfinished.write_all(bytes)?;
    unfinished.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_only_regular_files_within_their_bound_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [b'x'; 2048]).unwrap();
        assert_eq!(read_regular(&path, 2048).unwrap().len(), 2048);
        assert_eq!(read_regular(&path, 2047).unwrap_err().to_string(), "it is larger than 1 KiB");
        assert_eq!(read_regular(folder.path(), 1).unwrap_err().to_string(), "it is a folder, not a file");
        assert_eq!(read_regular(Path::new("/dev/zero"), 1).unwrap_err().to_string(), "it is a device, not a file");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read_regular(&pipe, 1).unwrap_err().to_string(), "it is a pipe, not a file");
    }
    #[test]
    fn l6_a_file_is_replaced_as_a_whole_and_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("a/b");
        assert_eq!(create_private_folder(&folder).unwrap_err().kind(), io::ErrorKind::NotFound);
        create_private_folders(&folder).unwrap();
        create_private_folder(&folder).unwrap();
        let path = folder.join("file");
        for text in ["first", "second"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        // Nothing can take the place of a folder, and nothing is left of what was to.
        assert!(replace(&above.path().join("a"), b"x").is_err());
        assert_eq!(fs::read_dir(above.path()).unwrap().count() + fs::read_dir(&folder).unwrap().count(), 2);
    }
}
