//! Reads a definition file.

use std::path::Path;

use super::{Definition, Problem};

impl Definition {
    /// Reads and checks a definition; `file` is named in problems.
    ///
    /// # Errors
    /// Every problem of the text, each with its line, key and a hint.
    pub fn parse(text: &str, file: Option<&Path>) -> Result<Self, Vec<Problem>> {
        todo!("{text} {file:?}")
    }
}
