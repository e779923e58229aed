//! Opens files so that nothing waits for ever: a pipe or a device in the place of a file is refused, and no more is read than is wanted.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
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
}
