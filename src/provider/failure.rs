//! What goes wrong between a request and its answer, in words (SPEC P2).

use std::error::Error;
use std::io;

use chrono::TimeDelta;

use super::client::Target;
use super::echo::Echo;
use super::text::plain;
use crate::catalog::Definition;
use crate::credit::{Failure, FailureKind, Instant, LONGEST_WAIT};

/// The most characters of a provider's own message that are passed on.
const LONGEST_MESSAGE: usize = 200;

/// The most characters of it in which the key is looked for: what is passed on is the beginning of them.
const LONGEST_LOOKED_THROUGH: usize = 2000;

/// A failure as it is being worked out: still without its instant, its provider and the guard against echoed keys.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) kind: FailureKind,
    /// What failed and why, as the end of a sentence that starts with the provider's name.
    pub(super) what: String,
    /// The provider's own message, as it came.
    pub(super) said: Option<String>,
    /// One thing to do.
    pub(super) hint: String,
    pub(super) retry_at: Option<Instant>,
}

impl Trouble {
    pub(super) fn new(kind: FailureKind, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, what: what.into(), said: None, hint: hint.into(), retry_at: None }
    }

    /// The failure, in one plain line that does not give the key away.
    pub(super) fn into_failure(self, target: &Target, at: Instant) -> Failure {
        let echo = Echo::of(target.key.as_ref());
        let secret = |text: &str| echo.is_in(text);
        let said = self.said.map(|said| plain(&said, LONGEST_LOOKED_THROUGH)).filter(|said| !said.is_empty());
        let said = match said {
            Some(said) if secret(&said) => " (its message repeats the key and is left out)".to_owned(),
            Some(said) => format!(" (it says \"{}\")", plain(&said, LONGEST_MESSAGE)),
            None => String::new(),
        };
        let what =
            if secret(&self.what) { "failed in a way that repeats the key, so it is left out here".into() } else { self.what };
        let message = format!("{} {what}{said}; {}", target.definition.name, self.hint);
        let errors = target.definition.request.as_ref().map(|request| &request.errors);
        let or_out_of_credit = errors.is_some_and(|errors| errors.may_mean_out_of_credit(self.kind));
        Failure { kind: self.kind, message: plain(&message, usize::MAX), at, retry_at: self.retry_at, or_out_of_credit }
    }

    /// An answer with an error status.
    pub(super) fn of_status(definition: &Definition, status: u16, message: Option<String>, retry_at: Option<Instant>) -> Self {
        let rules = definition.request.as_ref().map(|request| &request.errors);
        let kind = rules.map_or(FailureKind::ServerError, |rules| rules.kind(status, message.as_deref()));
        let meaning = rules.and_then(|rules| rules.meaning(status, message.as_deref()));
        let (means, usual_hint) = usual_meaning(kind, status);
        let means = meaning.map_or(means, |meaning| meaning.means.as_str());
        let hint = meaning.and_then(|meaning| meaning.hint.as_deref()).unwrap_or(usual_hint);
        let what = format!("answered {status}: {}", means.trim_end_matches('.'));
        Self { kind, what, said: message, hint: hint.to_owned(), retry_at }
    }

    /// A request that got no answer, or none to the end.
    pub(super) fn of_transport(error: &reqwest::Error, host: &str) -> Self {
        let reason = plain(&innermost(error), 120);
        if let Some(refusal) = sources(error).find_map(|source| source.downcast_ref::<RedirectRefused>()) {
            let what = format!("was not asked to the end: {refusal}");
            return Self::new(FailureKind::Refused, what, "check the account's base_url");
        }
        if error.is_timeout() {
            return Self::timeout(host);
        }
        if is_tls(error) {
            let what = format!("can't be asked safely: no secure connection to {host} ({reason})");
            let hint = "check the base_url, this computer's clock, and whether a proxy stands between";
            return Self::new(FailureKind::Tls, what, hint);
        }
        // A connection that breaks off while unpacking is a decoding error as well, but not one of bad data.
        if error.is_decode() && holds_bad_data(error) {
            let what = format!("sent an answer that can't be unpacked ({reason})");
            return Self::new(FailureKind::Malformed, what, "try again, or check the account's base_url");
        }
        let what = if error.is_connect() {
            format!("can't be reached: no connection to {host} ({reason})")
        } else {
            format!("can't be reached: the connection to {host} broke off ({reason})")
        };
        Self::new(FailureKind::Unreachable, what, "check the network and the account's base_url")
    }

    /// No answer in time.
    pub(super) fn timeout(host: &str) -> Self {
        let what = format!("gave no full answer in time ({host})");
        Self::new(FailureKind::Timeout, what, "it is asked again; if this stays, check the network")
    }
}

/// What a failed status means where the definition says nothing, and what to do.
fn usual_meaning(kind: FailureKind, status: u16) -> (&'static str, &'static str) {
    match (kind, status) {
        (FailureKind::Unauthorized, _) => ("the key was not accepted", "check the account's key"),
        (FailureKind::Forbidden, _) => ("the key is not valid or may not read the account", "check the account's key"),
        (FailureKind::OutOfCredit, _) => ("no credits are left", "buy credits or wait for the reset"),
        (FailureKind::RateLimited, _) => ("it was asked too often", "wait for the next try, or set a longer interval"),
        (_, 500..) => ("the service failed", "it is asked again; if this stays, look at the provider's status page"),
        (_, 404) => ("there is nothing at this address", "check the account's base_url"),
        (_, 300..400) => ("it points somewhere else", "check the account's base_url"),
        _ => ("the request was not accepted", "check the account's base_url and key"),
    }
}

/// A redirect that is not followed with the key (SPEC P5).
#[derive(Debug, thiserror::Error)]
pub(super) enum RedirectRefused {
    #[error("it redirects to another host, {0}, and the key is never sent there")]
    OtherHost(String),
    #[error("it redirects to plain http, and the key is never sent unencrypted")]
    PlainHttp,
    #[error("it redirects in circles")]
    TooMany,
}

/// An error and its causes, outermost first.
fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // An I/O error names as its source what lies below the error that it wraps.
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

/// The last cause: the one that says what happened.
fn innermost(error: &reqwest::Error) -> String {
    sources(error).last().map_or_else(String::new, ToString::to_string)
}

/// Whether an I/O error of this kind is among the causes.
fn has_io(error: &reqwest::Error, kind: io::ErrorKind) -> bool {
    sources(error).any(|source| source.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == kind))
}

fn holds_bad_data(error: &reqwest::Error) -> bool {
    has_io(error, io::ErrorKind::InvalidData) || has_io(error, io::ErrorKind::InvalidInput)
}

/// Whether TLS failed: its errors come as invalid data, or as an end in the middle of the handshake.
fn is_tls(error: &reqwest::Error) -> bool {
    error.is_connect() && (holds_bad_data(error) || has_io(error, io::ErrorKind::UnexpectedEof))
}

/// When a `Retry-After` header (seconds, or one of HTTP's three kinds of dates) lets the provider be asked again.
///
/// Never before `now`, at most a day after it: what a broken server says must not lock an account out. `None` for a text that is neither.
pub(super) fn retry_at(header: &str, now: Instant) -> Option<Instant> {
    let header = header.trim();
    let most = now + LONGEST_WAIT;
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = header.parse::<u32>().unwrap_or(u32::MAX);
        return Some((now + TimeDelta::seconds(i64::from(seconds))).min(most));
    }
    httpdate::parse_http_date(header).ok().map(|date| Instant::from(date).clamp(now, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    #[test]
    fn p3_retry_after_reads_seconds_and_all_dates_of_http() {
        let now = parse_instant("1994-11-06T08:49:00Z").unwrap();
        let at = |header: &str| retry_at(header, now).map(|at| at.format("%F %T").to_string());
        let due = Some("1994-11-06 08:49:37".to_owned());
        for header in
            ["37", " 37 ", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(at(header), due, "{header}");
        }
        assert_eq!(at("Sun, 06 Nov 1994 08:00:00 GMT"), Some("1994-11-06 08:49:00".into()));
        for header in ["99999999999", "99999999999999999999", "Sat, 06 Nov 2094 08:49:37 GMT"] {
            assert_eq!(at(header), Some("1994-11-07 08:49:00".into()), "S7: a day at most, {header}");
        }
        for header in ["", "soon", "-5", "1.5"] {
            assert_eq!(at(header), None, "{header}");
        }
    }
}
