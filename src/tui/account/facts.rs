//! What is said of an account in words: states, failures, totals.

use ratatui::style::Style;

use crate::credit::{AccountState, AccountStatus, FailureKind, Figure};
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// A failure in a few words.
pub(crate) fn failure_words(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unauthorized => "key not accepted",
        FailureKind::Forbidden => "key refused",
        FailureKind::OutOfCredit => "provider says: no credits",
        FailureKind::RateLimited => "asked too often",
        FailureKind::ServerError => "provider failed",
        FailureKind::Unreachable => "not reachable",
        FailureKind::Timeout => "no answer in time",
        FailureKind::Tls => "no secure connection",
        FailureKind::Malformed => "answer not understood",
        FailureKind::Refused => "unsafe request refused",
        FailureKind::NoKey => "no key",
    }
}

/// Whether a failure stays until a person does something.
pub(crate) fn needs_a_person(kind: FailureKind) -> bool {
    use FailureKind as F;
    matches!(kind, F::Unauthorized | F::Forbidden | F::OutOfCredit | F::Refused | F::NoKey)
}

/// The style of a failure: red only where a person must act.
pub(crate) fn failure_style(theme: &Theme, kind: FailureKind) -> Style {
    if needs_a_person(kind) { theme.act } else { theme.look }
}

/// The state with its glyph; nothing where all is well.
pub(crate) fn state_words(scene: &Scene<'_>, status: &AccountStatus, polling: bool) -> (String, Style) {
    let theme = scene.theme();
    let failure = status.failure.as_ref().map(|failure| failure.kind);
    match (status.state, failure) {
        (AccountState::Ok, _) => (String::new(), theme.text),
        (AccountState::Low, _) => ("▼ low".to_owned(), theme.look),
        (AccountState::New, _) => ("new".to_owned(), theme.dim),
        (AccountState::Unknown, _) => ("? unknown".to_owned(), theme.look),
        (AccountState::Empty, _) => ("✕ empty".to_owned(), theme.act),
        (AccountState::Lapsed, _) => ("✕ lapsed".to_owned(), theme.act),
        (AccountState::Pending, _) if polling => ("… asking".to_owned(), theme.dim),
        (AccountState::Pending, _) => ("… waiting".to_owned(), theme.dim),
        (AccountState::Error | AccountState::Stale, Some(kind)) => {
            let glyph = if needs_a_person(kind) { "✕" } else { "◷" };
            (format!("{glyph} {}", kind.word()), failure_style(theme, kind))
        }
        (AccountState::Error, None) => ("✕ no figures".to_owned(), theme.look),
        (AccountState::Stale, None) => ("◷ stale".to_owned(), theme.look),
    }
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
