//! What is wrong with a file that a person wrote: a definition or the configuration.

use std::fmt;
use std::path::PathBuf;

/// One problem in a TOML file. All problems of a file are reported at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, where the text came from one.
    pub file: Option<PathBuf>,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The key, as `account[2].billing_day`; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    /// Writes `file:line: key: what (hint)`, leaving out what is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        } else if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
