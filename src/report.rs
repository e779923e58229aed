//! What goes wrong, as a person reads it at the edge: what failed, why, one thing to do, and the exit code.

use std::fmt;

/// The kinds of endings that are not success, each with its exit code (SPEC 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A "no": not affordable, a ref conflict, a bad import line. Exit code 1.
    No,
    /// Wrong usage or configuration. Exit code 2.
    Usage,
    /// Something is unknown or can't be reached. Exit code 3.
    Unknown,
    /// The ledger or a file could not be read or written. Exit code 4.
    Storage,
    /// What was asked for is done and stays, but its answer could not be written. Exit code 5.
    Unsaid,
    /// A fault of creditop itself. Exit code 70.
    Internal,
}

impl Ending {
    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::No => 1,
            Self::Usage => 2,
            Self::Unknown => 3,
            Self::Storage => 4,
            Self::Unsaid => 5,
            Self::Internal => 70,
        }
    }
}

/// Why a command ended without doing what was asked.
///
/// Prints as the message, one line per detail, and `hint: …` last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The kind, and with it the exit code.
    pub ending: Ending,
    /// What failed and why, without a full stop.
    pub message: String,
    /// More lines, such as every bad line of a file.
    pub details: Vec<String>,
    /// One thing to do.
    pub hint: Option<String>,
}

impl Report {
    /// A report without details or hint.
    #[must_use]
    pub fn new(ending: Ending, message: impl Into<String>) -> Self {
        Self { ending, message: message.into(), details: Vec::new(), hint: None }
    }

    /// The same report with one thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same report with more lines.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for detail in &self.details {
            write!(f, "\n  {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
