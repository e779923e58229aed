//! Accounts with what is recorded of them.

use std::sync::Arc;

use chrono::TimeDelta;

use super::Workspace;
use crate::config::Account;
use crate::credit::{
    AccountId, Book, Entry, Instant, Observation, PlanId, PollHealth, Profile, Rules, Seq, Source, Tariff, merged_observations,
    with_inferred_resets,
};
use crate::report::Report;
use crate::store::{AccountRecord, StoreError};

/// How many days of entries the dashboard has at hand.
const RECENT_DAYS: i64 = 35;

/// From this many entries on an account, or what is recent of it, is long.
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
        match self.recent_books_since(std::slice::from_ref(id), since)?.pop() {
            Some(book) => Ok(book),
            None => self.book(id),
        }
    }

    /// As [`Workspace::recent_book`], of several accounts that are read together; in the order of `ids`.
    fn recent_books_since(&self, ids: &[AccountId], since: Instant) -> Result<Vec<Book>, Report> {
        let last = self.store.last_seq()?;
        let recent = |account: &Account| (account.rules.source == Source::Ledger).then_some(since);
        let read = |own: &[&Account]| {
            let asked: Vec<(&Rules, Option<Instant>)> = own.iter().map(|account| (&*account.rules, recent(account))).collect();
            self.store.recent_records(&asked)
        };
        // Where accounts share a balance, what is recorded of the others counts too, and checkpoints are of an account's own entries.
        let books = self.books_by(ids, read, |id| self.book(id))?;
        books.into_iter().map(|book| self.shortened(book, since, last)).collect()
    }

    /// Books of several accounts, in the order of `ids`. `read` reads what is recorded of those with a balance of their own; `shared` makes
    /// the book of one that shares its balance.
    fn books_by(
        &self,
        ids: &[AccountId],
        read: impl FnOnce(&[&Account]) -> Result<Vec<AccountRecord>, StoreError>,
        shared: impl Fn(&AccountId) -> Result<Book, Report>,
    ) -> Result<Vec<Book>, Report> {
        let accounts = ids.iter().map(|id| self.account(id.as_str())).collect::<Result<Vec<_>, _>>()?;
        let own: Vec<&Account> = accounts.iter().copied().filter(|account| !shares(&account.profile)).collect();
        let mut records = read(&own)?.into_iter().zip(self.healths(&own)?);
        let mut books = Vec::with_capacity(ids.len());
        for account in accounts {
            let read = if shares(&account.profile) { None } else { records.next() };
            books.push(match read {
                Some((record, health)) => self.book_with(account, record, health),
                None => shared(&account.profile.id)?,
            });
        }
        Ok(books)
    }

    /// The book with what is recent, where it has much that is not: there were checkpoints before the rules changed, or before something
    /// early was recorded; or nobody asked yet. `last` is the latest entry that it can have.
    fn shortened(&self, book: Book, since: Instant, last: Seq) -> Result<Book, Report> {
        if book.entries.len() < LONG || book.rules.source == Source::Polled || shares(&book.profile) {
            return Ok(book);
        }
        let Ok(new) = book.checkpoints(self.now()) else { return Ok(book) };
        let helps = new.iter().any(|checkpoint| checkpoint.at() <= since);
        let rules = &self.account(book.profile.id.as_str())?.rules;
        // What can't be kept is worked out again.
        if helps && matches!(self.store.keep_checkpoints(&[(rules, new)], last), Ok(true)) {
            return self.book_of(&book.profile.id, self.store.recent_record(rules, since)?);
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

    /// As [`Workspace::book_without_entries`], of several accounts that are read together; in the order of `ids`.
    pub(in crate::runtime) fn books_without_entries(&self, ids: &[AccountId]) -> Result<Vec<Book>, Report> {
        let read = |own: &[&Account]| -> Result<Vec<AccountRecord>, StoreError> {
            let ids: Vec<&AccountId> = own.iter().map(|account| &account.profile.id).collect();
            let read = self.store.observations_of(&ids)?;
            Ok(read.into_iter().map(|observations| AccountRecord { observations, ..AccountRecord::default() }).collect())
        };
        self.books_by(ids, read, |id| self.book_without_entries(id))
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
        let mut health = self.health(account)?;
        for other in self.sharers(id)? {
            let of_other = self.health(self.account(other.as_str())?)?;
            health.others_ok_at = health.others_ok_at.max(of_other.last_ok_at);
        }
        Ok(self.book_with(account, record, health))
    }

    /// An account with what is recorded of it, and how polling it goes.
    fn book_with(&self, account: &Account, record: AccountRecord, health: PollHealth) -> Book {
        // Without its buckets nothing that is recorded can be counted.
        let record = if account.broken.is_some() { AccountRecord::default() } else { record };
        let AccountRecord { start, entries, observations } = record;
        let now = self.now();
        let mut observations: Vec<_> = observations.into_iter().filter_map(|seen| seen.believed_at(now)).collect();
        let tariffs = tariffs(account, &observations);
        if shares(&account.profile) {
            observations = merged_observations(&account.profile.id, observations);
        }
        let observed = observations.last();
        let plan = account.settings.plan.clone().or_else(|| observed.and_then(|observation| observation.plan.clone()));
        let plan = plan_at(account, plan, now);
        Book {
            profile: account.profile.clone(),
            rules: with_inferred_resets(&account.rules, &observations),
            prices: self.prices.of(account, plan.as_ref()),
            money: account.price_per_credit(plan.as_ref()),
            tariffs,
            start: start.map(Arc::new),
            entries: Arc::new(entries),
            observations: Arc::new(observations),
            health,
        }
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
        self.recent_books_since(ids, self.recently())
    }

    /// Sees to it that a long ledger has checkpoints for [`Workspace::recent_books`]: all at once that takes less time.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub(in crate::runtime) fn keep_checkpoints_of_long(&self, ids: &[AccountId]) -> Result<(), Report> {
        let counts = self.store.entry_counts()?;
        let is_long = |id: &AccountId| counts.get(id.as_str()).is_some_and(|entries| *entries >= LONG as u64);
        let mut hand_kept = Vec::new();
        for id in ids.iter().filter(|id| is_long(id)) {
            let account = self.account(id.as_str())?;
            if account.rules.source == Source::Ledger && !shares(&account.profile) {
                hand_kept.push(id.clone());
            }
        }
        if hand_kept.is_empty() { Ok(()) } else { self.statuses(&hand_kept, self.now()).map(|_| ()) }
    }

    /// The books of several accounts, in the order of `ids`.
    ///
    /// # Errors
    /// As [`Workspace::book`].
    pub fn books(&self, ids: &[AccountId]) -> Result<Vec<Book>, Report> {
        ids.iter().map(|id| self.book(id)).collect()
    }
}

/// Whether an account shares its balance with others (SPEC P9).
fn shares(profile: &Profile) -> bool {
    profile.pool.as_ref().is_some_and(|pool| !pool.others.is_empty())
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
