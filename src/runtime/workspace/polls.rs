//! What polls brought: what goes into the ledger, what only this process need know, and which stored failures concern it (SPEC P2).

use std::borrow::Cow;
use std::path::Path;

use super::Workspace;
use crate::config::{Account, KeySource};
use crate::credit::{AccountId, Failure, FailureKind, Instant, PollHealth, Sighting, print_instant};
use crate::report::Report;
use crate::runtime::Clock;
use crate::store::Waits;

/// The last poll of an account by this process.
#[derive(Debug)]
pub(super) struct OwnPoll {
    at: Instant,
    /// What went wrong on this side: the ledger doesn't keep it.
    failure: Option<Failure>,
    succeeded: bool,
    /// How many went wrong on this side in a row.
    attempts: u32,
}

impl Workspace {
    /// How polling an account goes, as this process sees it: as it is stored, but for what went wrong on this side, and for refusals
    /// of a key that this process need not believe.
    pub(in crate::runtime) fn health(&self, account: &Account) -> Result<PollHealth, Report> {
        Ok(self.healths(&[account])?.pop().unwrap_or_default())
    }

    /// As [`Workspace::health`], of several accounts that are read together.
    pub(in crate::runtime) fn healths(&self, accounts: &[&Account]) -> Result<Vec<PollHealth>, Report> {
        let asked: Vec<(&AccountId, i64)> = accounts.iter().map(|account| (&account.profile.id, interval(account))).collect();
        let stored = self.store.healths(&asked)?;
        Ok(accounts.iter().zip(stored).map(|(account, stored)| self.health_by(account, stored)).collect())
    }

    /// How polling an account goes of which this is stored.
    fn health_by(&self, account: &Account, stored: PollHealth) -> PollHealth {
        if let Some(message) = account.broken.clone() {
            let failure = Failure {
                kind: FailureKind::Configuration,
                message,
                at: self.clock.now(),
                retry_at: None,
                or_out_of_credit: false,
            };
            return PollHealth { failure: Some(failure), interval_seconds: interval(account), ..PollHealth::default() };
        }
        let now = self.now();
        let ahead = stored.stamped_ahead(now);
        let mut health = stored.believed_at(now);
        let own = self.own_polls.get(&account.profile.id);
        if let Some(failure) = &mut health.failure
            && self.key_changed_since(account, failure.at)
        {
            // Whom the provider asked to wait was somebody else.
            failure.retry_at = None;
        }
        health.failure = health.failure.filter(|failure| !failure.kind.is_about_the_key() || self.believes(account, failure));
        if let Some(failure) = own.and_then(|own| own.failure.as_ref())
            && health.last_ok_at.is_none_or(|last| last < failure.at)
        {
            health.failure = Some(failure.clone());
        }
        if let (None, Some(ahead)) = (&health.failure, ahead) {
            health.failure = Some(wrong_clock(ahead, now));
        }
        let errors = account.definition.request.as_ref().map(|request| &request.errors);
        if let (Some(failure), Some(errors)) = (&mut health.failure, errors) {
            // The ledger keeps the kind alone.
            failure.or_out_of_credit = errors.may_mean_out_of_credit(failure.kind);
        }
        health
    }

    /// Whether a stored refusal of a key concerns the key that this process has: not where its own poll succeeded before, so that it was
    /// another key that another process asked with, and not where the file that holds the key has changed since.
    fn believes(&self, account: &Account, failure: &Failure) -> bool {
        let own = self.own_polls.get(&account.profile.id);
        if own.is_some_and(|own| own.succeeded && own.at < failure.at) {
            return false;
        }
        !self.key_changed_since(account, failure.at)
    }

    /// Whether the file that holds an account's key has changed since.
    fn key_changed_since(&self, account: &Account, at: Instant) -> bool {
        let changed = account.key.as_ref().and_then(KeySource::file).and_then(|file| changed_at(&file));
        // Under a stopped clock the times of files and of polls have nothing to do with each other.
        self.clock == Clock::System && changed.is_some_and(|changed| changed > at)
    }

    /// Keeps a poll's result: in the ledger, but for what went wrong on this side, which only this process need know.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be written.
    pub(in crate::runtime) fn keep(&mut self, id: &AccountId, result: &Result<Sighting, Failure>) -> Result<(), Report> {
        self.keep_all(&[(id.clone(), result.clone())])
    }

    /// Keeps the results of several polls as [`Workspace::keep`] does, all of them in one write.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be written; nothing is kept then.
    pub(in crate::runtime) fn keep_all(&mut self, polls: &[(AccountId, Result<Sighting, Failure>)]) -> Result<(), Report> {
        if self.read_only || polls.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let polls: Vec<_> = polls.iter().map(|(id, result)| (id, as_it_came(result, now))).collect();
        self.store.record_polls(polls.iter().map(|(id, result)| (*id, &**result)), now)?;
        for (id, result) in polls {
            let result = &*result;
            let (at, failure) = match result {
                Ok(observation) => (observation.at, None),
                Err(failure) => (failure.at, Some(failure)),
            };
            let failure = failure.filter(|failure| failure.kind.is_on_this_side()).cloned();
            let before = self.own_polls.get(id).map_or(0, |own| own.attempts);
            let attempts = if failure.is_some() { before.saturating_add(1) } else { 0 };
            self.own_polls.insert(id.clone(), OwnPoll { at, failure, succeeded: result.is_ok(), attempts });
        }
        Ok(())
    }

    /// Which keys providers asked to wait.
    pub(in crate::runtime) fn waits(&self) -> Waits {
        Waits::beside(&self.paths.data_dir)
    }

    /// Forgets which of its own polls this process stamped with instants that lie ahead: its clock was set back since.
    pub(in crate::runtime) fn doubt_own_polls(&mut self) {
        let now = self.now();
        self.own_polls.retain(|_, own| own.at <= now);
    }

    /// Notes that an account did not answer within a command's time limit: for its books alone, nothing is stored.
    pub(in crate::runtime) fn note_unanswered(&mut self, id: &AccountId, failure: Failure) {
        let attempts = self.own_polls.get(id).map_or(0, |own| own.attempts);
        self.own_polls.insert(id.clone(), OwnPoll { at: failure.at, failure: Some(failure), succeeded: false, attempts });
    }

    /// How many polls of an account have failed in a row, as far as this process knows.
    pub(in crate::runtime) fn failed_attempts(&self, id: &AccountId) -> Result<u32, Report> {
        let own = self.own_polls.get(id).map_or(0, |own| own.attempts);
        Ok(if own > 0 { own } else { self.store.failed_attempts(id)? })
    }

    /// The instant of the last poll of an account by this process.
    pub(in crate::runtime) fn own_poll_at(&self, id: &AccountId) -> Option<Instant> {
        self.own_polls.get(id).map(|own| own.at)
    }
}

/// The seconds between two polls of an account.
fn interval(account: &Account) -> i64 {
    i64::try_from(account.interval.as_secs()).unwrap_or(i64::MAX)
}

/// A poll's result as it counts when it is there: nobody answers later than now. Where the clock was set back while the request was out, it is
/// stamped with the present, and what it says of the future moves along.
pub(in crate::runtime) fn as_it_came(result: &Result<Sighting, Failure>, now: Instant) -> Cow<'_, Result<Sighting, Failure>> {
    let stamped = result.as_ref().map_or_else(|failure| failure.at, |observation| observation.at);
    if stamped <= now {
        return Cow::Borrowed(result);
    }
    Cow::Owned(match result.clone() {
        Ok(observation) => Ok(Sighting { at: now, last_seen_at: now, ..observation }),
        Err(failure) => {
            let retry_at = failure.retry_at.map(|at| now + (at - stamped));
            Err(Failure { at: now, retry_at, ..failure })
        }
    })
}

/// Says that the last poll can't be believed, for its stamp lies ahead (SPEC A5).
fn wrong_clock(stamped: Instant, now: Instant) -> Failure {
    let message = format!(
        "the last poll is stamped {}, and now is {}: a clock was wrong then or is now; the next poll counts again, and `creditop ledger \
         verify --mend` clears such stamps away",
        print_instant(stamped),
        print_instant(now)
    );
    Failure { kind: FailureKind::Clock, message, at: now, retry_at: None, or_out_of_credit: false }
}

/// When a file was changed last, in any way: unlike the time of the last writing, no tool sets it back.
fn changed_at(file: &Path) -> Option<Instant> {
    use std::os::unix::fs::MetadataExt as _;
    let data = std::fs::metadata(file).ok()?;
    Instant::from_timestamp(data.ctime(), u32::try_from(data.ctime_nsec()).ok()?)
}
