//! Accounts with what is recorded of them.

use std::sync::Arc;

use chrono::TimeDelta;

use super::Workspace;
use crate::config::Account;
use crate::credit::{
    AccountId, Book, Entry, Instant, Observation, PlanId, Source, Tariff, merged_observations, with_inferred_resets,
};
use crate::report::Report;
use crate::store::AccountRecord;

/// How many days of entries the dashboard has at hand.
const RECENT_DAYS: i64 = 35;

/// From this many entries on a ledger, or what is recent of an account, is long.
const LONG: usize = 5_000;

impl Workspace {
    /// An account with everything recorded of it.
    ///
    /// Prices are those of the configured plan, else of the plan that the last observation names.
    ///
    /// # Errors
    /// A [`Report`] for an unknown account or a ledger that can't be read.
    pub fn book(&self, id: &AccountId) -> Result<Book, Report> {
        let mut record = self.store.account_record(id)?;
        for other in self.sharers(id)? {
            let AccountRecord { entries, observations, .. } = self.store.account_record(other)?;
            record.entries.extend(entries.into_iter().map(Entry::of_other_member));
            record.observations.extend(observations);
        }
        record.entries.sort_by_key(|entry| entry.seq);
        self.book_of(id, record)
    }

    /// The accounts that share the balance of this one (SPEC P9).
    pub(in crate::runtime) fn sharers(&self, id: &AccountId) -> Result<&[AccountId], Report> {
        Ok(self.account(id.as_str())?.profile.pool.as_ref().map_or(&[], |pool| &pool.others))
    }

    /// Some accounts with all that share a balance with one of them: what is recorded of one changes the figures of all.
    pub(in crate::runtime) fn with_sharers(&self, ids: &[AccountId]) -> Vec<AccountId> {
        let mut all = ids.to_vec();
        for other in ids.iter().flat_map(|id| self.sharers(id).unwrap_or_default()) {
            if !all.contains(other) {
                all.push(other.clone());
            }
        }
        all
    }

    /// An account with what is recorded since a checkpoint of it that is not after `since`, or with everything where there is
    /// none. Of a polled account it is always everything.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub fn recent_book(&self, id: &AccountId, since: Instant) -> Result<Book, Report> {
        let rules = &self.account(id.as_str())?.rules;
        if rules.source == Source::Polled || !self.sharers(id)?.is_empty() {
            return self.book(id);
        }
        let last = self.store.last_seq()?;
        let book = self.book_of(id, self.store.recent_record(rules, since)?)?;
        if book.entries.len() < LONG {
            return Ok(book);
        }
        // There were checkpoints before the rules changed, or before something early was recorded; or nobody asked yet.
        let Ok(new) = book.checkpoints(self.now()) else { return Ok(book) };
        let helps = new.iter().any(|checkpoint| checkpoint.at() <= since);
        // What can't be kept is worked out again.
        if helps && matches!(self.store.keep_checkpoints(&[(rules, new)], last), Ok(true)) {
            return self.book_of(id, self.store.recent_record(rules, since)?);
        }
        Ok(book)
    }

    /// An account with its observations alone: its rules, prices and health.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub fn book_without_entries(&self, id: &AccountId) -> Result<Book, Report> {
        let mut observations = self.store.observations(id)?;
        for other in self.sharers(id)? {
            observations.extend(self.store.observations(other)?);
        }
        self.book_of(id, AccountRecord { observations, ..AccountRecord::default() })
    }

    /// An account with its observations alone, at the prices that were in force at `at`: what is recorded late costs what it cost
    /// then (SPEC E7).
    ///
    /// # Errors
    /// As [`Workspace::book`], and as [`Workspace::usable_account`]: a definition that has problems has no prices.
    pub fn book_priced_at(&self, id: &AccountId, at: Instant) -> Result<Book, Report> {
        self.usable_account(id.as_str())?;
        Ok(self.book_without_entries(id)?.priced_at(at))
    }

    /// The plan whose prices were in force at `at`; `None` where it is not known.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub fn plan_at(&self, id: &AccountId, at: Instant) -> Result<Option<PlanId>, Report> {
        let now = self.now();
        let observations: Vec<_> = self.store.observations(id)?.into_iter().filter_map(|seen| seen.believed_at(now)).collect();
        let plans = plans(self.account(id.as_str())?, &observations);
        Ok(plans.iter().rfind(|(from, _)| *from <= at).or(plans.first()).and_then(|(_, plan)| plan.clone()))
    }

    fn book_of(&self, id: &AccountId, record: AccountRecord) -> Result<Book, Report> {
        let account = self.account(id.as_str())?;
        // Without its buckets nothing that is recorded can be counted.
        let record = if account.broken.is_some() { AccountRecord::default() } else { record };
        let AccountRecord { start, entries, observations } = record;
        let now = self.now();
        let mut observations: Vec<_> = observations.into_iter().filter_map(|seen| seen.believed_at(now)).collect();
        let tariffs = tariffs(account, &observations);
        let sharers = self.sharers(id)?;
        if !sharers.is_empty() {
            observations = merged_observations(id, observations);
        }
        let observed = observations.last();
        let plan = account.settings.plan.clone().or_else(|| observed.and_then(|observation| observation.plan.clone()));
        let plan = plan_at(account, plan, now);
        let mut health = self.health(account)?;
        for other in sharers {
            let of_other = self.health(self.account(other.as_str())?)?;
            health.others_ok_at = health.others_ok_at.max(of_other.last_ok_at);
        }
        Ok(Book {
            profile: account.profile.clone(),
            rules: with_inferred_resets(&account.rules, &observations),
            prices: Arc::new(account.price_list(plan.as_ref())),
            money: account.price_per_credit(plan.as_ref()),
            tariffs,
            start: start.map(Arc::new),
            entries: Arc::new(entries),
            observations: Arc::new(observations),
            health,
        })
    }

    /// The instant before which the dashboard needs no entries: its charts begin a few days later.
    pub(in crate::runtime) fn recently(&self) -> Instant {
        self.now() - TimeDelta::days(RECENT_DAYS)
    }

    /// Several accounts as the dashboard shows them: with what is recorded of late, and what came before.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub(in crate::runtime) fn recent_books(&self, ids: &[AccountId]) -> Result<Vec<Book>, Report> {
        let since = self.recently();
        ids.iter().map(|id| self.recent_book(id, since)).collect()
    }

    /// Sees to it that a long ledger has checkpoints for [`Workspace::recent_books`]: all at once that takes less time.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub(in crate::runtime) fn keep_checkpoints_of_long(&self, ids: &[AccountId]) -> Result<(), Report> {
        if usize::try_from(self.store.last_seq()?.0).unwrap_or(usize::MAX) < LONG {
            return Ok(());
        }
        let mut hand_kept = Vec::new();
        for id in ids {
            if self.account(id.as_str())?.rules.source == Source::Ledger && self.sharers(id)?.is_empty() {
                hand_kept.push(id.clone());
            }
        }
        self.statuses(&hand_kept, self.now()).map(|_| ())
    }

    /// The books of several accounts, in the order of `ids`.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub fn books(&self, ids: &[AccountId]) -> Result<Vec<Book>, Report> {
        ids.iter().map(|id| self.book(id)).collect()
    }
}

/// The plan whose prices count at an instant: of a hand-kept account the one whose phase runs then.
fn plan_at(account: &Account, stated: Option<PlanId>, at: Instant) -> Option<PlanId> {
    account.rules.phase_at(at).map_or(stated, |phase| phase.plan.clone())
}

/// The plans of an account over time, each with its beginning, the earliest first; the first also counts before.
///
/// Of a hand-kept account they are those of its phases. Of a polled one it is the configured plan, else those that its observations
/// named, each from the observation on that named it first.
fn plans(account: &Account, observations: &[Observation]) -> Vec<(Instant, Option<PlanId>)> {
    let stated = account.settings.plan.clone();
    if account.rules.source == Source::Ledger || stated.is_some() {
        let phases = account.rules.phases.iter().map(|phase| (phase.from, phase.plan.clone()));
        return std::iter::once((Instant::MIN_UTC, stated)).chain(phases).collect();
    }
    let own = observations.iter().filter(|seen| seen.account == account.profile.id);
    let mut named: Vec<_> = own.filter(|seen| seen.plan.is_some()).map(|seen| (seen.at, seen.plan.clone())).collect();
    named.sort_by_key(|(at, _)| *at);
    named.dedup_by(|next, before| next.1 == before.1);
    named
}

/// What an account's actions cost over time; nothing where its plan was and will be the same.
fn tariffs(account: &Account, observations: &[Observation]) -> Arc<[Tariff]> {
    let plans = plans(account, observations);
    if plans.iter().all(|(_, plan)| Some(plan) == plans.first().map(|(_, first)| first)) {
        return Arc::default();
    }
    let tariff = |(from, plan): (Instant, Option<PlanId>)| Tariff {
        from,
        prices: Arc::new(account.price_list(plan.as_ref())),
        money: account.price_per_credit(plan.as_ref()),
    };
    plans.into_iter().map(tariff).collect()
}
