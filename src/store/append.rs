//! Recording entries: all of a batch or nothing (SPEC L1, L2, L4, L5).

mod outcome;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use outcome::{AppendError, Appended, Refusal, Refused};
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, OptionalExtension, TransactionBehavior};

use super::chain::Chains;
use super::extents::Extents;
use super::pools::Shared;
use super::{Author, Present, Proposal, Store, StoreError, checkpoints, deeds, entries, row};
use crate::credit::{AccountId, Admission, Draft, Entry, EntryBody, EntryKind, Instant, Ref, Rules, Seq, Wanted, print_instant};

/// Looks up the rules of an account; `None` where it is not configured.
pub type RulesOf<'a> = dyn Fn(&AccountId) -> Option<Arc<Rules>> + 'a;

/// From this many proposals on a batch is large.
const LARGE: usize = 10_000;

/// The page cache for a large batch, in the words of `SQLite`: 64 MiB at most.
const LARGE_CACHE: i64 = -64 * 1024;

/// The page cache otherwise: what `SQLite` takes by itself.
const USUAL_CACHE: i64 = -2000;

const APPEND: &str = "write to the ledger";

impl Store {
    /// Records a batch in one transaction: all of it, durably, or nothing.
    ///
    /// Each proposal is checked by [`Admission`] against all that is recorded of its account and against those before it in the
    /// batch, while nobody else can write. `now` is asked then, and stamps what says of no instant that it happened at it: so the order of
    /// recording is that of time. A missing ref is generated from it, as `20261120-090000-000c`. A ref that is recorded with the same
    /// content counts as done.
    ///
    /// # Errors
    /// [`AppendError::Refused`] with every proposal that breaks a rule or conflicts with a recorded ref;
    /// [`AppendError::Store`] where the file can't be read or written.
    pub fn append(
        &mut self,
        proposals: &[Proposal],
        rules: &RulesOf<'_>,
        now: impl Present + Copy,
    ) -> Result<Vec<Appended>, AppendError> {
        self.append_each(proposals, rules, &now, true)
    }

    /// Answers what [`Store::append`] would, and records nothing.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub fn rehearse(
        &mut self,
        proposals: &[Proposal],
        rules: &RulesOf<'_>,
        now: impl Present + Copy,
    ) -> Result<Vec<Appended>, AppendError> {
        self.append_each(proposals, rules, &now, false)
    }

    fn append_each(
        &mut self,
        proposals: &[Proposal],
        rules: &RulesOf<'_>,
        now: &dyn Present,
        keep: bool,
    ) -> Result<Vec<Appended>, AppendError> {
        let mut appended = Vec::with_capacity(proposals.len());
        self.append_or_rehearse(proposals, rules, now, keep, &mut |_, done| appended.push(done))?;
        Ok(appended)
    }

    /// Records a batch, or only checks it; tells `each` what becomes of every proposal, by its place. None of it counts where an
    /// error comes after.
    pub(super) fn append_or_rehearse(
        &mut self,
        proposals: &[Proposal],
        rules: &RulesOf<'_>,
        now: &dyn Present,
        keep: bool,
        each: &mut dyn FnMut(usize, Appended),
    ) -> Result<(), AppendError> {
        if proposals.len() <= LARGE {
            return self.take_in(proposals, rules, now, keep, each);
        }
        let done = self.prepare_for_many(true).map_err(AppendError::from);
        let done = done.and_then(|()| self.take_in(proposals, rules, now, keep, each));
        let restored = self.prepare_for_many(false);
        done?;
        Ok(restored?)
    }

    /// Makes the connection fit for a large batch, or for everything else again.
    fn prepare_for_many(&self, many: bool) -> Result<(), StoreError> {
        let set = |name, value: i64| self.connection.pragma_update(None, name, value);
        // Checkpoints go by account there, before anything is written. A row with a trigger takes a journal of its own.
        let triggers = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, !many).map(|_| ());
        // The indexes' pages are written all over: what does not fit goes to the disk and comes back again and again.
        let cache = set("cache_size", if many { LARGE_CACHE } else { USUAL_CACHE });
        // For every row anew, SQLite makes a table in memory of each list of words in a CHECK: that takes as long as all else.
        // The words that we write come from enums, and `verify` checks them as well.
        let checks = set("ignore_check_constraints", i64::from(many));
        triggers.and(cache).and(checks).map_err(|error| StoreError::sqlite(APPEND, &self.path, error))
    }

    fn take_in(
        &mut self,
        proposals: &[Proposal],
        rules: &RulesOf<'_>,
        now: &dyn Present,
        keep: bool,
        each: &mut dyn FnMut(usize, Appended),
    ) -> Result<(), AppendError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite(APPEND, &path, error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        // The lock is held: whoever recorded something before has its stamp before this one.
        let now = now.instant();
        if !row::can_be_kept(now) {
            return Err(StoreError::Clock { action: APPEND, path, now }.into());
        }
        let shared = Shared { connection: &transaction, path: &path, pools: &self.pools, now };
        let admissions = admissions(shared, &mut self.extents, proposals, rules)?;
        if proposals.len() > LARGE {
            for account in admissions.keys() {
                checkpoints::void(&transaction, account).map_err(failed)?;
            }
        }
        let next = next_seq(&transaction).map_err(failed)?;
        let insert = row::inserting(&transaction).map_err(failed)?;
        let author = &self.author;
        let chains = Chains::default();
        let mut batch = Batch { shared, connection: &transaction, insert, path: &path, author, now, next, admissions, chains };
        let mut refused = Vec::new();
        for (index, proposal) in proposals.iter().enumerate() {
            match batch.take(proposal)? {
                Ok(done) => each(index, done),
                Err(reasons) => refused.extend(reasons.into_iter().map(|reason| Refused { index, ..reason })),
            }
        }
        let chains = std::mem::take(&mut batch.chains);
        drop(batch);
        if !refused.is_empty() {
            return Err(AppendError::Refused(refused));
        }
        if keep {
            chains.keep(&transaction).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(())
    }
}

/// What the proposals of a batch are checked against, by account; an account that is not configured has none.
fn admissions(
    shared: Shared<'_>,
    extents: &mut Extents,
    proposals: &[Proposal],
    rules: &RulesOf<'_>,
) -> Result<BTreeMap<AccountId, Admission>, StoreError> {
    let Shared { connection, path, .. } = shared;
    let mut admissions = BTreeMap::new();
    for Proposal { draft: Draft { account, .. }, .. } in proposals {
        if !admissions.contains_key(account)
            && let Some(rules) = rules(account)
        {
            let mut admission = Admission::with_extent(&rules, extents.of(connection, path, &rules)?);
            if proposals.len() > LARGE {
                // One look at everything costs less than one at each ref.
                admission.remember(shared.everything(account)?, &shared.observations(account)?);
            }
            admissions.insert(account.clone(), admission);
        }
    }
    for Draft { account, body, .. } in proposals.iter().map(|proposal| &proposal.draft) {
        if let (EntryBody::Reverse { reverses }, Some(admission)) = (body, admissions.get_mut(account)) {
            admission.foresee(reverses);
        }
    }
    Ok(admissions)
}

/// The next place in the order of recording; stable until the end of the transaction that holds the write lock.
pub(super) fn next_seq(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT 1 + max(coalesce((SELECT max(seq) FROM entry), 0), coalesce((SELECT max(last_seq) FROM observation), 0))",
        [],
        |row| row.get(0),
    )
}

/// A batch while it is taken in.
struct Batch<'a> {
    shared: Shared<'a>,
    connection: &'a Connection,
    insert: CachedStatement<'a>,
    path: &'a Path,
    author: &'a Author,
    now: Instant,
    next: i64,
    admissions: BTreeMap<AccountId, Admission>,
    chains: Chains,
}

impl Batch<'_> {
    /// Takes in one proposal: the inner error is a refusal, whose index the caller knows.
    fn take(&mut self, proposal: &Proposal) -> Result<Result<Appended, Vec<Refused>>, StoreError> {
        let proposal = &*proposal.stamped(self.now);
        let draft = &proposal.draft;
        if let Some(recorded) = self.recorded(draft)? {
            return Ok(already(proposal, &recorded));
        }
        let problems = proposal.text_problems();
        if !problems.is_empty() {
            return Ok(Err(problems.into_iter().map(|(field, what)| rule(field, what, None)).collect()));
        }
        let Some(admission) = self.admissions.get_mut(&draft.account) else {
            let what = format!("no account {:?} is configured", draft.account.as_str());
            let hint = "`creditop accounts list` shows the accounts that there are".to_owned();
            return Ok(Err(vec![rule("account", what, Some(hint))]));
        };
        while let Some(wanted) = admission.wants(draft) {
            let tail = match wanted {
                // Checkpoints are of what an account's own entries come to.
                Wanted::Since(at) if !self.shared.pools.contains_key(&draft.account) => {
                    deeds::tail_of(self.connection, self.path, admission.rules(), at)?
                }
                Wanted::Since(_) | Wanted::Everything => self.shared.everything(&draft.account)?,
            };
            admission.remember(tail, &self.shared.observations(&draft.account)?);
        }
        if let Err(error) = admission.check(draft, self.now) {
            let refusal = if error.is_fault { Refusal::Fault } else { Refusal::Rule };
            return Ok(Err(vec![Refused { refusal, ..rule(error.field, error.what, error.hint) }]));
        }
        let actor = match (&draft.actor, self.author) {
            (Some(actor), _) | (None, Author::Is(actor)) => Some(actor.clone()),
            (None, Author::Nobody) => None,
            (None, Author::MustBeNamed) => {
                let hint = "name who records it: --actor NAME, CREDITOP_ACTOR, or actor in the configuration".to_owned();
                return Ok(Err(vec![rule("actor", "a team's entry names who recorded it (team = true)".to_owned(), Some(hint))]));
            }
        };
        let recorded_at = match proposal.recorded_at {
            Some(recorded_at) if recorded_at > self.now || recorded_at < draft.at && draft.body.kind() != EntryKind::Grant => {
                let what = format!("recorded_at {} is after now, or before it happened", print_instant(recorded_at));
                return Ok(Err(vec![rule("recorded_at", what, Some("leave it out to record it now".to_owned()))]));
            }
            recorded_at => recorded_at.unwrap_or(self.now),
        };
        let seq = Seq(self.next);
        let reference = match &draft.reference {
            Some(reference) => reference.clone(),
            None => generated(self.connection, &draft.account, seq, self.now)
                .map_err(|error| StoreError::sqlite(APPEND, self.path, error))?,
        };
        let entry = Entry { actor, ..entry(draft, seq, reference.clone(), recorded_at) };
        let written = self.chains.extend(self.connection, &mut self.insert, &entry);
        written.map_err(|error| StoreError::sqlite(APPEND, self.path, error))?;
        for other in self.shared.others(&draft.account) {
            if let Some(of_other) = self.admissions.get_mut(other) {
                of_other.record(entry.clone().of_other_member());
            }
        }
        if let Some(admission) = self.admissions.get_mut(&draft.account) {
            admission.record(entry);
        }
        self.next += 1;
        Ok(Ok(Appended { seq, account: draft.account.clone(), reference, already_recorded: false }))
    }

    fn recorded(&self, draft: &Draft) -> Result<Option<Entry>, StoreError> {
        let Some(reference) = &draft.reference else { return Ok(None) };
        if self.admissions.get(&draft.account).and_then(|admission| admission.knows(reference)) == Some(false) {
            return Ok(None);
        }
        entries::by_ref(self.connection, self.path, &draft.account, reference)
    }
}

fn rule(field: &'static str, what: String, hint: Option<String>) -> Refused {
    Refused { index: 0, refusal: Refusal::Rule, field, what, hint }
}

fn already(proposal: &Proposal, recorded: &Entry) -> Result<Appended, Vec<Refused>> {
    match proposal.difference(recorded) {
        None => Ok(Appended {
            seq: recorded.seq,
            account: recorded.account.clone(),
            reference: recorded.reference.clone(),
            already_recorded: true,
        }),
        Some(difference) => Err(vec![Refused {
            index: 0,
            refusal: Refusal::Conflict,
            field: difference.field,
            what: format!("ref {:?} is already recorded with {}", recorded.reference.as_str(), difference.what),
            hint: Some("use another ref, or answer the recorded entry by a reverse".to_owned()),
        }]),
    }
}

fn entry(draft: &Draft, seq: Seq, reference: Ref, recorded_at: Instant) -> Entry {
    let mut tags = draft.tags.clone();
    tags.sort_unstable();
    tags.dedup();
    Entry {
        seq,
        account: draft.account.clone(),
        at: draft.at,
        recorded_at,
        reference,
        body: draft.body.clone(),
        note: draft.note.clone(),
        actor: draft.actor.clone(),
        tags,
    }
}

/// A ref that sorts by time, made of `now` and the place in the order of recording, so that a stopped clock gives the same refs
/// again. A caller may have given that very ref before: then a number follows.
fn generated(connection: &Connection, account: &AccountId, seq: Seq, now: Instant) -> rusqlite::Result<Ref> {
    let stem = format!("{}-{}", now.format("%Y%m%d-%H%M%S"), base_36(seq.0));
    let mut text = stem.clone();
    let mut taken = connection.prepare_cached("SELECT 1 FROM entry WHERE account = ?1 AND ref = ?2")?;
    let mut number = 1u32;
    while taken.query_row([account.as_str(), &text], |_| Ok(())).optional()?.is_some() {
        number += 1;
        text = format!("{stem}-{number}");
    }
    Ref::new(&text).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// A number in digits and lower-case letters, at least four of them.
fn base_36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.len() < 4 {
        let digit = u32::try_from(rest % 36).ok().and_then(|digit| char::from_digit(digit, 36)).unwrap_or('0');
        digits.push(digit);
        rest /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod later_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod tests;
