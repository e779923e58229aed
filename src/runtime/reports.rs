//! What the configuration and the ledger can't do, as a person reads it: the one place where their errors get a kind.

use crate::config::{ConfigError, NoHome, UnknownAccount};
use crate::credit::About;
use crate::report::{Ending, Report};
use crate::store::{AppendError, ImportError, Refusal, Refused, StoreError};

impl From<NoHome> for Report {
    fn from(error: NoHome) -> Self {
        Self::new(Ending::Usage, error.to_string()).hint(error.hint())
    }
}

impl From<ConfigError> for Report {
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        match error {
            ConfigError::Missing { .. } => {
                Self::new(Ending::Usage, message).hint("creditop config init writes one to begin with; creditop demo needs none")
            }
            ConfigError::Unreadable { .. } => Self::new(Ending::Storage, message).hint("check the path and its permissions"),
            ConfigError::Exposed { exposure, .. } => Self::new(Ending::Usage, message).hint(exposure.hint()),
            ConfigError::Problems { problems, .. } => {
                Self::new(Ending::Usage, message).details(problems.iter().map(ToString::to_string))
            }
        }
    }
}

impl From<UnknownAccount> for Report {
    fn from(error: UnknownAccount) -> Self {
        Self::new(Ending::Usage, error.to_string()).hint(error.hint())
    }
}

impl From<StoreError> for Report {
    fn from(error: StoreError) -> Self {
        Self::new(Ending::Storage, error.to_string()).hint(error.hint())
    }
}

impl From<AppendError> for Report {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => error.into(),
            AppendError::Refused(refused) => refusal(&refused),
        }
    }
}

impl From<ImportError> for Report {
    fn from(error: ImportError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        match error {
            ImportError::Store(error) => error.into(),
            ImportError::Fault(..) => Self::new(Ending::Internal, message).hint(hint),
            ImportError::Lines(lines) => Self::new(Ending::No, message).details(lines.iter().map(ToString::to_string)).hint(hint),
        }
    }
}

/// One refused entry is told in one sentence, several by their places in the batch.
fn refusal(refused: &[Refused]) -> Report {
    let is_fault = refused.iter().any(|refused| refused.refusal == Refusal::Rule(About::Fault));
    let ending = if is_fault { Ending::Internal } else { Ending::No };
    let [only] = refused else {
        let details = refused.iter().map(|refused| format!("entry {}: {refused}", refused.index + 1));
        return Report::new(ending, "nothing was recorded").details(details);
    };
    let report = Report::new(ending, format!("nothing was recorded: {}: {}", only.field, only.what));
    only.hint.iter().fold(report, Report::hint)
}
