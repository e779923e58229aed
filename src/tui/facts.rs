//! What is said of an account in words: states, failures, totals.

use ratatui::style::Style;

use crate::credit::{AccountState, AccountStatus, FailureKind, Figure};
use crate::tui::theme::Theme;

/// The style of a failure: red only where a person must act.
pub(crate) fn failure_style(theme: &Theme, kind: FailureKind) -> Style {
    use FailureKind as F;
    if kind.refuses_key() || matches!(kind, F::OutOfCredit | F::Refused | F::Configuration) { theme.act } else { theme.look }
}

/// Whether the figures may not be true any more: the last poll failed, or it is long ago.
pub(crate) fn is_stale(status: &AccountStatus) -> bool {
    // A failure does not matter where another key of the pool told the same balance since.
    status.state == AccountState::Stale || status.failure.is_some() && !status.reliance.is_fresh()
}

/// The total as a person would say it: exact, a lower bound, or a dash with a word.
pub(crate) fn plain_total(status: &AccountStatus) -> String {
    match (status.total, status.known_total) {
        (Figure::Known(amount), _) => amount.to_string(),
        (Figure::Unlimited, _) => "unlimited".to_owned(),
        (Figure::Unknown, Figure::Known(known)) if known.is_positive() => format!("at least {known}"),
        (Figure::Unknown, _) => "unknown".to_owned(),
    }
}

/// A figure without groups, for the clipboard.
pub(crate) fn plain_figure(figure: Figure) -> String {
    match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    }
}
