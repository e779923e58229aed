//! Reads text files that a person wrote: bounded, and clear about what is no text.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

use crate::catalog::Problem;

/// Most bytes of a file: enough for tens of thousands of accounts, and an end for a file that has none.
pub(super) const LARGEST: u64 = 16 * 1024 * 1024;

/// Most bytes of a definition: 1 MiB, a hundred times what those compiled in have.
pub const LARGEST_DEFINITION: u64 = 1024 * 1024;

/// How long a configuration that comes through a pipe may take, as a key command may.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a configuration of up to 16 MiB.
///
/// # Errors
/// As [`read_given`].
pub(super) fn read_configuration(path: &Path) -> io::Result<Vec<u8>> {
    read_given(path, LARGEST)
}

/// Reads what a person named, of no more than `most` bytes: a regular file as it is; a pipe, as the shell's `<(…)` makes one, for ten
/// seconds.
///
/// # Errors
/// What the system says, or that it is a folder, too large, or silent.
pub fn read_given(path: &Path, most: u64) -> io::Result<Vec<u8>> {
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
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    open_regular(path).and_then(|file| read_bounded(file, most))
}

/// Opens a regular file, and nothing else.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    must_be_regular(fs::metadata(path)?.file_type())?;
    // What took the file's place in the meantime must not be waited for either.
    let file = File::options().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    must_be_regular(file.metadata()?.file_type())?;
    Ok(file)
}

fn must_be_regular(kind: FileType) -> io::Result<()> {
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
        return Err(io::Error::other(format!("it is larger than {} MiB", most / 1024 / 1024)));
    }
    Ok(bytes)
}

/// The text of a file, or where it stops being one.
pub(super) fn as_text<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = error.valid_up_to();
        let line = bytes.iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
        Problem {
            file: Some(path.to_path_buf()),
            line: Some(line),
            key: String::new(),
            what: format!("the file is not UTF-8 text: byte {} is the first that does not fit", valid + 1),
            hint: Some("save it as UTF-8".to_owned()),
        }
    })
}
