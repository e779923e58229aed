//! How far an account's figures can be relied on (SPEC P2): the one place that says so, for every verdict.

use chrono::TimeDelta;

use super::fold::State;
use super::summary::observed_at;
use super::{Book, CLOCKS_DIFFER, Failure, FailureKind, Instant, Source};

/// How many intervals old the figures may be before they are stale.
const STALE_INTERVALS: i32 = 3;

/// How far figures can be relied on. Only [`Reliance::Fresh`] ones give a confident "fits".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reliance {
    /// Nothing stands against them: they are kept by hand, or the last poll was in time and went well.
    #[default]
    Fresh,
    /// The last poll failed, or the figures are older than three intervals.
    Stale {
        /// When they were observed.
        seen_at: Option<Instant>,
        /// The last poll's failure, where it failed.
        failure: Option<Failure>,
    },
    /// The provider refused the key that the figures were told to.
    KeyRefused {
        /// When they were observed.
        seen_at: Option<Instant>,
        /// The refusal.
        failure: Failure,
    },
    /// They lie ahead, behind the subscription's end: they hold if it is renewed (SPEC E13).
    IfRenewed {
        /// When the subscription ends.
        ends_at: Instant,
    },
    /// The account was never polled, or never answered.
    NoFigures {
        /// The last poll's failure, where there was one.
        failure: Option<Failure>,
    },
}

impl Reliance {
    /// Whether nothing stands against the figures.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        *self == Self::Fresh
    }

    /// The word used in JSON.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale { .. } => "stale",
            Self::KeyRefused { .. } => "key-refused",
            Self::NoFigures { .. } => "no-figures",
            Self::IfRenewed { .. } => "if-renewed",
        }
    }

    /// When the figures were observed, where they are old ones.
    #[must_use]
    pub fn seen_at(&self) -> Option<Instant> {
        match self {
            Self::Stale { seen_at, .. } | Self::KeyRefused { seen_at, .. } => *seen_at,
            Self::Fresh | Self::NoFigures { .. } | Self::IfRenewed { .. } => None,
        }
    }

    /// The failed poll behind it, where there is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Fresh | Self::IfRenewed { .. } => None,
            Self::KeyRefused { failure, .. } => Some(failure),
            Self::Stale { failure, .. } | Self::NoFigures { failure } => failure.as_ref(),
        }
    }

    /// What stands against the figures in two or three words, as `key refused`; `None` where nothing does.
    #[must_use]
    pub fn brief(&self) -> Option<&'static str> {
        match self {
            Self::Fresh => None,
            Self::Stale { .. } => Some("stale figures"),
            Self::KeyRefused { failure, .. } if failure.or_out_of_credit => Some(failure.brief()),
            Self::KeyRefused { .. } => Some("key refused"),
            Self::NoFigures { .. } => Some("no figures"),
            Self::IfRenewed { .. } => Some("if renewed"),
        }
    }

    /// What stands against the figures, as a clause without a full stop; `None` where nothing does. `age` tells how long ago an
    /// instant was, as `2 d ago`.
    #[must_use]
    pub fn why(&self, age: impl Fn(Instant) -> String) -> Option<String> {
        let from = || self.seen_at().map_or_else(|| "of unknown age".to_owned(), |at| format!("from {}", age(at)));
        let failed = |failure: &Failure| format!("the last poll failed ({})", failure.words());
        match self {
            Self::Fresh => None,
            Self::Stale { failure: None, .. } => Some(format!("the figures are stale, {}", from())),
            Self::Stale { failure: Some(failure), .. } if failure.kind == FailureKind::NoKey => {
                Some(format!("there is no key to ask with, and the figures are {}", from()))
            }
            Self::Stale { failure: Some(failure), .. } => Some(format!("the figures are stale, {}: {}", from(), failed(failure))),
            Self::KeyRefused { failure, .. } => {
                let or = if failure.or_out_of_credit { " or no credits are left" } else { "" };
                Some(format!("the key was refused{or}, and the figures are {}", from()))
            }
            Self::IfRenewed { ends_at } => Some(format!(
                "the subscription has ended by then ({}), and the figures hold only if it is renewed",
                age(*ends_at)
            )),
            Self::NoFigures { failure: None } => Some("nothing was polled yet".to_owned()),
            Self::NoFigures { failure: Some(failure) } if failure.kind == FailureKind::Configuration => {
                Some("it can't be used as it is configured".to_owned())
            }
            Self::NoFigures { failure: Some(failure) } => Some(format!("there are no figures: {}", failed(failure))),
        }
    }
}

/// How far an account's figures in a state can be relied on. What lies after the present is as good as the figures are now: a
/// projection does not age.
pub(super) fn reliance(book: &Book, state: &State, at: Instant) -> Reliance {
    if !book.is_usable() {
        return Reliance::NoFigures { failure: book.health.failure.clone() };
    }
    if book.rules.source != Source::Polled || book.rules.unpolled.is_some() {
        return Reliance::Fresh;
    }
    // What another key of the pool was told since is as good as if it had been told to this one, unless this one can't be used.
    let told_since = |failure: &Failure| book.health.others_ok_at.is_some_and(|told| failure.at < told && told <= at);
    let failure = failure_at(book, state, at);
    let failure = failure.filter(|failure| failure.kind.refuses_key() || !told_since(failure));
    if !state.observed {
        return Reliance::NoFigures { failure };
    }
    let seen_at = observed_at(book, state, at);
    match failure {
        Some(failure) if failure.kind.refuses_key() => Reliance::KeyRefused { seen_at, failure },
        Some(failure) => Reliance::Stale { seen_at, failure: Some(failure) },
        None if is_old(book, seen_at, at.min(state.asked_at())) => Reliance::Stale { seen_at, failure: None },
        None => Reliance::Fresh,
    }
}

/// The failure that stands against an account's figures at an instant.
pub(super) fn failure_at(book: &Book, state: &State, at: Instant) -> Option<Failure> {
    // What is found on reading is stamped with the clock of that moment, which has moved on since the question was asked.
    let is_present = at + CLOCKS_DIFFER >= state.asked_at();
    let holds = |failure: &Failure| failure.at <= at || failure.kind.is_found_on_reading() && is_present;
    book.health.failure.clone().filter(holds)
}

/// How far a quote's figures can be relied on: as [`reliance`], and what lies behind the end of a subscription that still runs today
/// depends on its renewal (SPEC E13).
pub(super) fn reliance_ahead(book: &Book, state: &State, at: Instant) -> Reliance {
    match (reliance(book, state, at), renewal_awaited(state, at)) {
        (Reliance::Fresh, Some(ends_at)) => Reliance::IfRenewed { ends_at },
        (reliance, _) => reliance,
    }
}

/// The end of a subscription that still runs at the present, where it lies at or before `at`: what is told of then holds only if
/// it is renewed.
pub(super) fn renewal_awaited(state: &State, at: Instant) -> Option<Instant> {
    state.subscription_ends_at.filter(|ends| state.asked_at() < *ends && state.subscription_ends_by(at))
}

fn is_old(book: &Book, seen_at: Option<Instant>, now: Instant) -> bool {
    let interval = TimeDelta::seconds(book.health.interval_seconds.max(1));
    seen_at.is_none_or(|seen| now - seen > interval * STALE_INTERVALS)
}
