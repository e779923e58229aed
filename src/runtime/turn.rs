//! When an account is asked, and where it stands until then.

use std::time::Duration;

use tokio::time::Instant as Moment;

use crate::config::KeySource;

/// How an account is asked, as far as its turn depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    /// The host, with its port where it is not the usual one.
    pub(super) host: String,
    /// Within which time it shall be asked: the more of that, the more places its host has.
    pub(super) within: Duration,
    /// The least time between two requests by the provider's stated rate, and what it counts by.
    pub(super) gap: Option<(Gap, Duration)>,
    /// The provider's stated minimum between two polls of the account.
    pub(super) minimum: Duration,
}

/// What a rate limit counts by. Keys from one source are one key; the keys themselves are not compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Gap {
    /// All keys share the host's allowance.
    Host(String),
    /// Each key has its own at a host.
    Key(String, Option<KeySource>),
}

/// When an account is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// When it is due.
    pub(super) due: Moment,
    /// When it is due while somebody looks at it; not after `due`.
    pub(super) looked_at: Moment,
    /// Until when its provider asked to be left alone; a person may ask once all the same.
    pub(super) asked_to_wait: Moment,
    /// Until when the provider's stated minimum lasts: not even a wish comes before it.
    pub(super) not_before: Moment,
}

impl Turn {
    /// A turn that is due at a moment, whoever looks, and may be wished for at any time.
    pub(super) fn at(due: Moment, now: Moment) -> Self {
        Self { due, looked_at: due, asked_to_wait: now, not_before: now }
    }
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is due then.
    Resting(Moment),
    /// It is due and waits for a free place of its host, after so many others.
    Queued(usize),
    /// A request is under way.
    Out,
    /// The answer is there, and being kept.
    Answered,
}

/// What came of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It is asked as soon as a place is free, after so many others.
    Next(usize),
    /// A request is under way already.
    UnderWay,
    /// It is asked next, though its provider asked to be left alone until then.
    Overrides(Moment),
    /// Its provider asked to be left alone until then.
    NotBefore(Moment),
    /// It was wished for, and asked, a moment ago; from then on it is again.
    JustAsked(Moment),
}
