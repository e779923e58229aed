//! Reads text files that a person wrote: bounded, and clear about what is no text.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::catalog::Problem;

/// Most bytes of a file: enough for tens of thousands of accounts, and an end for a file that has none.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a file of up to 16 MiB.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST / 1024 / 1024)));
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
