//! Reading entries.

use std::collections::BTreeMap;

use super::chain::WHOLE;
use super::engine::{Snapshot, Wanted};
use super::{Ledger, StoreError, checkpoints, polls};
use crate::credit::{AccountId, BucketId, Checkpoint, Entry, EntryKind, Instant, Observation, Ref, Rules, Seq, Tail};

/// Which entries are asked for. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this kind.
    pub kind: Option<EntryKind>,
    /// Naming this bucket.
    pub bucket: Option<BucketId>,
    /// With this ref.
    pub reference: Option<Ref>,
    /// Recorded by this actor.
    pub actor: Option<String>,
    /// With this tag among theirs.
    pub tag: Option<String>,
    /// That happened at this instant or later.
    pub from: Option<Instant>,
    /// That happened before this instant.
    pub to: Option<Instant>,
    /// The latest recorded first, instead of the earliest.
    pub newest_first: bool,
    /// At most so many.
    pub limit: Option<u32>,
    /// After leaving out so many.
    pub offset: u32,
}

/// What is recorded of an account, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountRecord {
    /// What came before its entries; `None` where they are all there are.
    pub start: Option<Checkpoint>,
    /// Its entries since then, in the order of recording.
    pub entries: Vec<Entry>,
    /// Its observations, in the order of recording.
    pub observations: Vec<Observation>,
}

/// An account whose tail is asked for.
#[derive(Debug, Clone, Copy)]
pub struct TailQuery<'a> {
    /// Its rules: a checkpoint by others is of no use.
    pub rules: &'a Rules,
    /// No checkpoint later than this one is of use.
    pub latest_start: Instant,
}

impl Ledger {
    /// The entries of an account, in the order of recording.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read or a row of it is damaged.
    pub fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, StoreError> {
        of_account(&self.engine.read()?, account, None)
    }

    /// The entries and observations of an account, read together so that they fit each other while other processes write.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn account_record(&self, account: &AccountId) -> Result<AccountRecord, StoreError> {
        Ok(records(&self.engine.read()?, vec![(account, None)])?.pop().unwrap_or_default())
    }

    /// What is recorded of an account since its latest checkpoint that is not after `latest_start`, read together; everything where
    /// there is none.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn recent_record(&self, rules: &Rules, latest_start: Instant) -> Result<AccountRecord, StoreError> {
        Ok(self.recent_records(&[(rules, Some(latest_start))])?.pop().unwrap_or_default())
    }

    /// What is recorded of several accounts, read together: of each since its latest checkpoint that is not after the instant that stands
    /// beside it, and everything where there is none, or no instant.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn recent_records(&self, asked: &[(&Rules, Option<Instant>)]) -> Result<Vec<AccountRecord>, StoreError> {
        let moment = self.engine.read()?;
        let queries: Vec<TailQuery<'_>> =
            asked.iter().filter_map(|(rules, latest_start)| Some(TailQuery { rules, latest_start: (*latest_start)? })).collect();
        let mut found = checkpoints::latest_of(&moment, &queries)?.into_iter();
        let starts: Vec<Option<Checkpoint>> =
            asked.iter().map(|(_, latest_start)| latest_start.and_then(|_| found.next().flatten())).collect();
        records(&moment, asked.iter().map(|(rules, _)| &rules.account).zip(starts).collect())
    }

    /// What figures depend on for each of these accounts, since its latest checkpoint that is of use, as of one moment; and the
    /// latest entry of that moment.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn tails(&self, asked: &[TailQuery<'_>]) -> Result<(Vec<Tail>, Seq), StoreError> {
        let moment = self.engine.read()?;
        let starts = checkpoints::latest_of(&moment, asked)?;
        let wanted: Vec<Wanted<'_>> =
            asked.iter().zip(&starts).map(|(asked, start)| (&asked.rules.account, start.as_ref().map(Checkpoint::at))).collect();
        let fold_entries = moment.fold_entries(&wanted)?;
        let tails = starts.into_iter().zip(fold_entries).map(|(start, fold_entries)| Tail { start, fold_entries });
        Ok((tails.collect(), Seq(moment.last_seqs()?.entry)))
    }

    /// The entry of an account that has a ref.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn entry(&self, account: &AccountId, reference: &Ref) -> Result<Option<Entry>, StoreError> {
        by_ref(&self.engine.read()?, account, reference)
    }

    /// The entries that a filter lets through, in the order of recording or its reverse.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn entries_filtered(&self, filter: &Filter) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        self.each_entry(filter, |entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Hands out the entries that a filter lets through one by one, without holding them all.
    ///
    /// # Errors
    /// As [`Ledger::entries`], and what `take` returns.
    pub fn each_entry(&self, filter: &Filter, take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.engine.read()?.each_entry(filter, take)
    }

    /// Every account that something is recorded of, by id.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        // A name that is none belongs to a damaged row, which `verify` and the reading of that row report.
        Ok(self.engine.read()?.account_names()?.iter().filter_map(|name| AccountId::new(name).ok()).collect())
    }

    /// How many entries each account has, as it is written down.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn entry_counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut ends = self.engine.read()?.chain_ends(None)?;
        ends.remove(WHOLE);
        Ok(ends.into_iter().map(|(account, end)| (account, end.entries.unsigned_abs())).collect())
    }

    /// When the latest of the last hundred entries was recorded, in which account and under which ref: later than now only where a clock
    /// was set back, or was wrong then.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn latest_recorded(&self) -> Result<Option<(Instant, String, String)>, StoreError> {
        let newest = Filter { newest_first: true, limit: Some(100), ..Filter::default() };
        let entries = match self.entries_filtered(&newest) {
            // Whoever reads or verifies the ledger is told of it; what is recorded next is not kept back.
            Err(StoreError::Damaged { .. }) => return Ok(None),
            entries => entries?,
        };
        let latest = entries.into_iter().max_by_key(|entry| entry.recorded_at);
        Ok(latest.map(|entry| (entry.recorded_at, entry.account.to_string(), entry.reference.to_string())))
    }

    /// The latest place in the order of recording; it moves whenever an entry or observation is recorded by anybody.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn last_seq(&self) -> Result<Seq, StoreError> {
        Ok(Seq(self.engine.read()?.last_seqs()?.any))
    }
}

/// What is recorded of these accounts since their starts.
fn records(moment: &Snapshot<'_>, of: Vec<(&AccountId, Option<Checkpoint>)>) -> Result<Vec<AccountRecord>, StoreError> {
    let wanted: Vec<Wanted<'_>> = of.iter().map(|(account, start)| (*account, start.as_ref().map(Checkpoint::at))).collect();
    let entries = moment.entries(&wanted)?;
    let accounts: Vec<&AccountId> = of.iter().map(|(account, _)| *account).collect();
    let observations = polls::of_accounts(moment, &accounts)?;
    let starts = of.into_iter().map(|(_, start)| start);
    let records = starts.zip(entries).zip(observations);
    Ok(records.map(|((start, entries), observations)| AccountRecord { start, entries, observations }).collect())
}

/// The entries of an account that happened after an instant, or all, in the order of recording.
pub(super) fn of_account(moment: &Snapshot<'_>, account: &AccountId, after: Option<Instant>) -> Result<Vec<Entry>, StoreError> {
    Ok(moment.entries(&[(account, after)])?.pop().unwrap_or_default())
}

pub(super) fn by_ref(moment: &Snapshot<'_>, account: &AccountId, reference: &Ref) -> Result<Option<Entry>, StoreError> {
    Ok(moment.entries_with_refs(account, &[reference])?.pop().flatten())
}

#[cfg(test)]
mod tests;
