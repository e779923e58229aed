//! The ledger in memory: the plainest engine there can be, to hold the others against.
//!
//! A moment is a copy of the whole, and a change is a copy that takes the place of the whole when it is committed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::leases::{Kept, Lease, machine_clock};
use super::{CheckpointRow, Cursor, EntryRow, Flow, LastSeqs, ObservationRow, PollRow, Read, Sealed, Since, Wanted, Write};
use crate::credit::{AccountId, Amount, Entry, EntryBody, EntryKind, FoldEntry, Instant, Ref, Seq, amount_of};
use crate::store::chain::End;
use crate::store::digest::{Digest, Encoder};
use crate::store::row::{Cell, Cells, EntryCells, cells, nanoseconds, read};
use crate::store::{Filter, Flaw, Location, StoreError, TailQuery};

/// All rows.
#[derive(Debug, Clone, Default)]
struct Rows {
    /// By their places in the order of recording.
    entries: BTreeMap<i64, (Entry, Digest)>,
    /// By their first places.
    observations: BTreeMap<i64, ObservationRow>,
    /// Each with the number of its last change.
    polls: BTreeMap<String, (PollRow, i64)>,
    checkpoints: BTreeMap<(AccountId, i64, i64), CheckpointRow>,
    ends: BTreeMap<String, End>,
    leases: BTreeMap<String, Kept>,
    /// How often something was committed.
    writes: i64,
}

/// A ledger in memory.
#[derive(Debug)]
pub(in crate::store) struct Memory {
    rows: Mutex<Arc<Rows>>,
    writing: Mutex<()>,
    location: Location,
}

/// A moment of a ledger in memory, or a change.
pub(in crate::store) struct Session<'a> {
    rows: RefCell<Arc<Rows>>,
    memory: &'a Memory,
    /// Nobody else writes meanwhile.
    _writing: Option<MutexGuard<'a, ()>>,
}

impl Memory {
    /// An empty ledger.
    pub(in crate::store) fn new() -> Self {
        Self { rows: Mutex::default(), writing: Mutex::default(), location: Location::in_memory() }
    }

    /// Where the ledger is.
    pub(in crate::store) fn location(&self) -> &Location {
        &self.location
    }

    /// The ledger as it is now.
    pub(in crate::store) fn read(&self) -> Session<'_> {
        self.session(None)
    }

    /// Begins to write, once nobody else does.
    pub(in crate::store) fn write(&self) -> Session<'_> {
        self.session(Some(self.writing.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// How often something was written.
    pub(in crate::store) fn writes(&self) -> i64 {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).writes
    }

    /// Takes leases; tells what came of each.
    pub(in crate::store) fn lease(&self, wanted: &[(&str, Duration)], holder: &str) -> Vec<Lease> {
        let now = machine_clock();
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let leases = &mut Arc::make_mut(&mut rows).leases;
        let take = |(account, lasting): &(&str, Duration)| {
            let held = leases.get(*account).and_then(|kept| kept.holds_back(holder, now));
            held.unwrap_or_else(|| {
                leases.insert((*account).to_owned(), Kept::new(holder, *lasting, now));
                Lease::Taken
            })
        };
        wanted.iter().map(take).collect()
    }

    /// Gives the leases of accounts back that a holder has.
    pub(in crate::store) fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        let change = self.write();
        Write::end_leases(&change, accounts, holder)?;
        Write::commit(change)
    }

    fn session<'a>(&'a self, writing: Option<MutexGuard<'a, ()>>) -> Session<'a> {
        let rows = Arc::clone(&self.rows.lock().unwrap_or_else(PoisonError::into_inner));
        Session { rows: RefCell::new(rows), memory: self, _writing: writing }
    }
}

/// An entry that is to be written, at its place.
struct Placed<'a, 'b>(i64, &'a EntryCells<'b>);

impl Cells for Placed<'_, '_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        column.checked_sub(1).map_or(Cell::Number(self.0), |column| self.1.cell(column))
    }
}

impl Session<'_> {
    fn rows(&self) -> Arc<Rows> {
        Arc::clone(&self.rows.borrow())
    }

    fn change(&self, change: impl FnOnce(&mut Rows)) {
        change(Arc::make_mut(&mut self.rows.borrow_mut()));
    }

    /// The entries of an account, in the order of recording.
    fn of_account(&self, account: &str) -> Vec<Entry> {
        let rows = self.rows();
        rows.entries.values().filter(|(entry, _)| entry.account.as_str() == account).map(|(entry, _)| entry.clone()).collect()
    }

    fn observations_of(&self, account: &str) -> Vec<ObservationRow> {
        let mut rows: Vec<_> = self.rows().observations.values().filter(|row| row.account == account).cloned().collect();
        rows.sort_by_key(|row| row.last);
        rows
    }
}

fn lets_through(filter: &Filter, entry: &Entry) -> bool {
    let bucket = match &entry.body {
        EntryBody::Grant(grant) => Some(&grant.bucket),
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => Some(bucket),
        _ => None,
    };
    filter.account.as_ref().is_none_or(|account| *account == entry.account)
        && filter.kind.is_none_or(|kind| kind == entry.body.kind())
        && filter.bucket.as_ref().is_none_or(|wanted| bucket == Some(wanted))
        && filter.reference.as_ref().is_none_or(|reference| *reference == entry.reference)
        && filter.actor.as_ref().is_none_or(|actor| entry.actor.as_ref() == Some(actor))
        && filter.tag.as_ref().is_none_or(|tag| entry.tags.contains(tag))
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}

/// The ref of a hold or of a reversed entry.
fn target(body: &EntryBody) -> Option<&Ref> {
    match body {
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => Some(hold),
        EntryBody::Reverse { reverses } => Some(reverses),
        _ => None,
    }
}

impl Read for Session<'_> {
    fn location(&self) -> &Location {
        &self.memory.location
    }

    fn last_seqs(&self) -> Result<LastSeqs, StoreError> {
        let rows = self.rows();
        let entry = rows.entries.keys().next_back().copied().unwrap_or(0);
        let observation = rows.observations.values().map(|row| row.last).max().unwrap_or(0);
        Ok(LastSeqs { entry, any: entry.max(observation) })
    }

    fn entries_with_refs(&self, account: &AccountId, references: &[&Ref]) -> Result<Vec<Option<Entry>>, StoreError> {
        let entries = self.of_account(account.as_str());
        let found = |reference: &&Ref| entries.iter().find(|entry| entry.reference == **reference).cloned();
        Ok(references.iter().map(found).collect())
    }

    fn each_entry(&self, filter: &Filter, take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let rows = self.rows();
        let mut found: Vec<&Entry> =
            rows.entries.values().map(|(entry, _)| entry).filter(|entry| lets_through(filter, entry)).collect();
        if filter.newest_first {
            found.reverse();
        }
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        found.into_iter().skip(filter.offset as usize).take(limit).cloned().try_for_each(take)
    }

    fn each_amount(&self, account: &AccountId, since: Since, take: impl FnMut(Amount)) -> Result<(), StoreError> {
        let later = |entry: &Entry| match since {
            Since::Seq(seq) => entry.seq.0 > seq,
            Since::Instant(at) => entry.at > at,
        };
        let entries = self.of_account(account.as_str()).into_iter().filter(later);
        entries.filter_map(|entry| amount_of(&entry.body).map(|(_, amount)| amount)).for_each(take);
        Ok(())
    }

    fn entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<Entry>>, StoreError> {
        let of = |(account, after): &Wanted<'_>| {
            let mut entries = self.of_account(account.as_str());
            entries.retain(|entry| after.is_none_or(|after| entry.at > after));
            entries.sort_by_key(|entry| entry.seq);
            entries
        };
        Ok(wanted.iter().map(of).collect())
    }

    fn fold_entries(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Vec<FoldEntry>>, StoreError> {
        let of = |(account, after): &Wanted<'_>| {
            let entries = self.of_account(account.as_str()).into_iter();
            entries.filter(|entry| after.is_none_or(|after| entry.at > after)).map(FoldEntry::from).collect()
        };
        Ok(wanted.iter().map(of).collect())
    }

    fn changes_since(&self, since: Option<Cursor>) -> Result<Flow, StoreError> {
        let rows = self.rows();
        let poll = rows.polls.values().map(|(_, changed)| *changed).max().unwrap_or(0);
        let cursor = Cursor { seq: self.last_seqs()?.entry, poll };
        let since = since.unwrap_or(cursor);
        let recorded = rows.entries.range(since.seq.saturating_add(1)..).map(|(_, (entry, _))| entry.account.to_string());
        let recorded: BTreeSet<String> = recorded.collect();
        let polled = rows.polls.iter().filter(|(_, (_, changed))| *changed > since.poll).map(|(account, _)| account.clone());
        Ok(Flow { recorded: recorded.into_iter().collect(), polled: polled.collect(), cursor })
    }

    fn count_between(&self, account: &str, after: i64, before: i64) -> Result<i64, StoreError> {
        let rows = self.rows();
        let between = rows.entries.values().filter(|(entry, _)| entry.account.as_str() == account);
        let count = between.filter(|(entry, _)| entry.seq.0 > after && entry.seq.0 < before).count();
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn account_names(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.rows();
        let entries = rows.entries.values().map(|(entry, _)| entry.account.to_string());
        let names: BTreeSet<String> = entries.chain(rows.observations.values().map(|row| row.account.clone())).collect();
        Ok(names.into_iter().collect())
    }

    fn texts(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.rows();
        let mut texts: BTreeSet<String> = self.account_names()?.into_iter().chain(rows.polls.keys().cloned()).collect();
        for (entry, _) in rows.entries.values() {
            texts.insert(entry.reference.to_string());
            texts.extend(target(&entry.body).map(Ref::to_string));
            texts.extend(entry.note.clone().into_iter().chain(entry.actor.clone()));
        }
        texts.extend(rows.observations.values().filter_map(|row| row.email.clone()));
        Ok(texts.into_iter().collect())
    }

    fn tag_lists(&self) -> Result<Vec<String>, StoreError> {
        let lists: BTreeSet<String> = self.rows().entries.values().map(|(entry, _)| entry.tags.join(" ")).collect();
        Ok(lists.into_iter().collect())
    }

    fn sealed(&self, which: Option<(&str, &str)>) -> Result<Option<Sealed>, StoreError> {
        let rows = self.rows();
        let is_it = |entry: &Entry| {
            which.is_none_or(|(account, reference)| entry.account.as_str() == account && entry.reference.as_str() == reference)
        };
        let found = rows.entries.values().rev().find(|(entry, _)| is_it(entry));
        Ok(found.map(|(entry, digest)| Sealed {
            account: entry.account.to_string(),
            reference: entry.reference.to_string(),
            digest: Some(*digest),
        }))
    }

    fn chain_ends(&self, of: Option<&[&str]>) -> Result<BTreeMap<String, End>, StoreError> {
        let wanted = |name: &String| of.is_none_or(|of| of.contains(&name.as_str()));
        Ok(self.rows().ends.iter().filter(|(name, _)| wanted(name)).map(|(name, end)| (name.clone(), *end)).collect())
    }

    fn observations(&self, of: &[&str]) -> Result<Vec<Vec<ObservationRow>>, StoreError> {
        Ok(of.iter().map(|account| self.observations_of(account)).collect())
    }

    fn last_observations(&self, account: &AccountId, many: u32) -> Result<Vec<ObservationRow>, StoreError> {
        Ok(self.observations_of(account.as_str()).into_iter().rev().take(many as usize).collect())
    }

    fn polls(&self, of: Option<&[&str]>) -> Result<Vec<PollRow>, StoreError> {
        let rows = self.rows();
        Ok(match of {
            None => rows.polls.values().map(|(row, _)| row.clone()).collect(),
            Some(of) => of.iter().filter_map(|account| rows.polls.get(*account).map(|(row, _)| row.clone())).collect(),
        })
    }

    fn checkpoints_before(&self, asked: &[TailQuery<'_>]) -> Result<Vec<Option<CheckpointRow>>, StoreError> {
        let latest = |asked: &TailQuery<'_>| -> Result<Option<CheckpointRow>, StoreError> {
            let own = self.checkpoints(&asked.rules.account, Some(asked.fingerprint()))?;
            Ok(own.into_iter().rfind(|row| row.at <= nanoseconds(asked.latest_start)))
        };
        asked.iter().map(latest).collect()
    }

    fn checkpoints(&self, account: &AccountId, rules: Option<i64>) -> Result<Vec<CheckpointRow>, StoreError> {
        let rows = self.rows();
        let own = rows.checkpoints.iter().filter(|((of, _, by), _)| of == account && rules.is_none_or(|rules| rules == *by));
        Ok(own.map(|(_, row)| row.clone()).collect())
    }

    fn damage(&self) -> Result<Vec<Flaw>, StoreError> {
        Ok(Vec::new())
    }

    fn strange_parts(&self) -> Result<Vec<Flaw>, StoreError> {
        Ok(Vec::new())
    }

    fn contradictions(&self) -> Result<Vec<Flaw>, StoreError> {
        // What `verify` looks for is what was tampered with; nobody can do so here but by an error of ours.
        let rows = self.rows();
        let mut before: BTreeMap<(&AccountId, &Ref), EntryKind> = BTreeMap::new();
        let mut reversed: BTreeSet<(&AccountId, &Ref)> = BTreeSet::new();
        let mut flaws = Vec::new();
        for (entry, _) in rows.entries.values() {
            let mut wrong = |what: &str, target: Option<&Ref>| {
                let target = target.map(|target| format!(" ({:?})", target.as_str())).unwrap_or_default();
                let name = format!("{}/{}", entry.account, entry.reference);
                flaws.push(Flaw { seq: Some(entry.seq), what: format!("entry {}: {what}{target}", name.escape_debug()) });
            };
            if before.insert((&entry.account, &entry.reference), entry.body.kind()).is_some() {
                wrong("two entries share this ref", None);
            }
            let Some(target) = target(&entry.body) else { continue };
            let is_reverse = entry.body.kind() == EntryKind::Reverse;
            match before.get(&(&entry.account, target)) {
                None => wrong("it names an entry that was not recorded before it", Some(target)),
                Some(EntryKind::Reverse) if is_reverse => wrong("it reverses a reverse", Some(target)),
                Some(kind) if !is_reverse && *kind != EntryKind::Hold => {
                    wrong("it captures or releases something that is not a hold", Some(target));
                }
                Some(_) => {}
            }
            if is_reverse && !reversed.insert((&entry.account, target)) {
                wrong("it reverses an entry for a second time", Some(target));
            }
        }
        Ok(flaws)
    }

    fn each_row(&self, after: i64, mut take: impl FnMut(EntryRow) -> Result<(), StoreError>) -> Result<(), StoreError> {
        for (seq, (entry, digest)) in self.rows().entries.range(after.saturating_add(1)..) {
            take(EntryRow {
                seq: *seq,
                account: entry.account.to_string(),
                reference: entry.reference.to_string(),
                content: cells(entry).content(),
                digest: Some(*digest),
                entry: Ok(entry.clone()),
            })?;
        }
        Ok(())
    }

    fn content_at(&self, seq: i64) -> Result<Option<Encoder>, StoreError> {
        Ok(self.rows().entries.get(&seq).map(|(entry, _)| cells(entry).content()))
    }
}

impl Write for Session<'_> {
    fn insert(&self, seq: i64, cells: &EntryCells<'_>, digest: Digest) -> Result<(), StoreError> {
        let damaged = |flaw| StoreError::Damaged { location: self.memory.location.clone(), flaw };
        let entry = read(&Placed(seq, cells), None).map_err(damaged)?;
        let taken = |what: &str| damaged(Flaw { seq: Some(Seq(seq)), what: what.to_owned() });
        if self.last_seqs()?.any >= seq {
            return Err(taken("its place in the order of recording is taken"));
        }
        if self.entries_with_refs(&entry.account, &[&entry.reference])?.iter().any(Option::is_some) {
            return Err(taken("its ref is taken"));
        }
        self.change(|rows| drop(rows.entries.insert(seq, (entry, digest))));
        Ok(())
    }

    fn set_chain_end(&self, account: &str, end: End) -> Result<(), StoreError> {
        self.change(|rows| _ = rows.ends.insert(account.to_string(), end));
        Ok(())
    }

    fn void_checkpoints(&self, account: &AccountId, from: Instant) -> Result<(), StoreError> {
        self.change(|rows| rows.checkpoints.retain(|(of, at, _), _| of != account || *at < nanoseconds(from)));
        Ok(())
    }

    fn insert_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.change(|rows| drop(rows.observations.insert(row.first, row.clone())));
        Ok(())
    }

    fn confirm_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.insert_observation(row)
    }

    fn restamp_observation(&self, row: &ObservationRow) -> Result<(), StoreError> {
        self.insert_observation(row)
    }

    fn put_poll(&self, row: &PollRow) -> Result<(), StoreError> {
        self.change(|rows| {
            let changed = rows.polls.values().map(|(_, changed)| *changed).max().unwrap_or(0) + 1;
            rows.polls.insert(row.account.clone(), (row.clone(), changed));
        });
        Ok(())
    }

    fn end_leases(&self, accounts: &[&str], holder: &str) -> Result<(), StoreError> {
        self.change(|rows| rows.leases.retain(|account, kept| kept.holder != holder || !accounts.contains(&account.as_str())));
        Ok(())
    }

    fn put_checkpoint(&self, account: &AccountId, row: &CheckpointRow) -> Result<(), StoreError> {
        self.change(|rows| drop(rows.checkpoints.insert((account.clone(), row.at, row.rules), row.clone())));
        Ok(())
    }

    fn delete_checkpoint(&self, account: &AccountId, rules: i64, at: i64) -> Result<(), StoreError> {
        self.change(|all| drop(all.checkpoints.remove(&(account.clone(), at, rules))));
        Ok(())
    }

    fn commit(self) -> Result<(), StoreError> {
        let mut rows = self.rows.into_inner();
        let mut kept = self.memory.rows.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut rows).writes = kept.writes + 1;
        *kept = rows;
        Ok(())
    }
}
