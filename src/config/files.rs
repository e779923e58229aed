//! The text files that a person wrote: their bounds, and where they are no text.

use std::io;
use std::path::Path;

use crate::catalog::Problem;
use crate::files::read_given;

/// Most bytes of a file: enough for tens of thousands of accounts, and an end for a file that has none.
pub(super) const LARGEST: u64 = 16 * 1024 * 1024;

/// Most bytes of a definition: 1 MiB, a hundred times what those compiled in have.
pub const LARGEST_DEFINITION: u64 = 1024 * 1024;

/// Reads a configuration of up to 16 MiB.
///
/// # Errors
/// What the system says, or that it is a folder, too large, or silent.
pub(super) fn read_configuration(path: &Path) -> io::Result<Vec<u8>> {
    read_given(path, LARGEST)
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
