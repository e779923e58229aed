//! Recording entries: all of a batch or nothing (SPEC L1, L2, L4, L5).

mod outcome;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use plan::{Foreseen, Plan, Step};

pub use outcome::{AppendError, Appended, Refusal, Refused};

use super::chain::Chains;
use super::engine::{Size, Snapshot, Transaction};
use super::extents::Extents;
use super::pools::Shared;
use super::retry::retried;
use super::{Author, Ledger, Present, Proposal, StoreError, TailQuery, checkpoints, entries, row};
use crate::credit::{About, AccountId, Admission, Checkpoint, Draft, Entry, EntryBody, Instant, Ref, Rules, Seq, Tail, Wanted};

/// Looks up the rules of an account; `None` where it is not configured.
pub type RulesOf<'a> = dyn Fn(&AccountId) -> Option<Arc<Rules>> + 'a;

/// From this many proposals on a batch is large.
const LARGE: usize = 10_000;

const APPEND: &str = "write to the ledger";

impl Ledger {
    /// Records a batch in one transaction: all of it, durably, or nothing.
    ///
    /// Each proposal is checked by [`Admission`] against all that is recorded of its account and against those before it in the
    /// batch, while nobody else can write. `now` is asked then, and stamps what says of no instant that it happened at it: so the order of
    /// recording is that of time. A missing ref is generated from it, as `20261120-090000-000c`. A ref that is recorded with the same
    /// content counts as done.
    ///
    /// A large batch is looked at beforehand, without the lock, and as a whole in the order of time: where every entry is possible at its own
    /// instant then, all of it is recorded, also where a line needs what only a later line brings.
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

    /// Answers what [`Ledger::append`] would, and records nothing.
    ///
    /// # Errors
    /// As [`Ledger::append`].
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
        retried(self.engine.patience(), || {
            let mut appended = Vec::with_capacity(proposals.len());
            self.append_or_rehearse(proposals, rules, now, keep, &mut |_, done| appended.push(done))?;
            Ok(appended)
        })
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
        let Self { engine, pools, extents, author, .. } = self;
        let mut foresee = |moment: &Snapshot<'_>| -> Result<Foreseen, StoreError> {
            let shared = Shared { moment, pools, now: now.instant() };
            plan::foresee(Batch::new(shared, author, admissions(shared, extents, proposals, rules)?)?, proposals)
        };
        let mut foreseen = Foreseen::Open;
        if plan::is_large(proposals) {
            // Others may write meanwhile.
            foreseen = foresee(&engine.read()?)?;
        }
        if let Foreseen::Wrong(refused) = foreseen {
            return Err(AppendError::Refused(refused));
        }
        let size = if proposals.len() > LARGE { Size::Large } else { Size::Usual };
        let change = engine.write(APPEND, size)?;
        if matches!(&foreseen, Foreseen::Right(plan) if plan.first != next_seq(&change)?) {
            foreseen = foresee(&change)?;
        }
        // The lock is held: whoever recorded something before has its stamp before this one.
        let now = now.instant();
        if !row::can_be_kept(now) {
            return Err(StoreError::Clock { action: APPEND, location: change.location().clone(), now }.into());
        }
        let shared = Shared { moment: &change, pools, now };
        let admissions = match &foreseen {
            Foreseen::Right(_) => BTreeMap::new(),
            Foreseen::Wrong(_) | Foreseen::Open => admissions(shared, extents, proposals, rules)?,
        };
        let mut batch = Batch::new(shared, author, admissions)?;
        let mut writer = Writer { change: &change, chains: Chains::default(), touched: BTreeMap::new() };
        let refused = match foreseen {
            Foreseen::Right(plan) => batch.follow(plan, proposals, &mut writer, each).map(|()| Vec::new()),
            Foreseen::Wrong(refused) => Ok(refused),
            Foreseen::Open => batch.admit_each(proposals, &mut writer, each),
        }?;
        if !refused.is_empty() {
            return Err(AppendError::Refused(refused));
        }
        if keep {
            writer.finish()?;
            change.commit()?;
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
    let by_account = drafts_by_account(proposals);
    let mut admissions = BTreeMap::new();
    for Proposal { draft: Draft { account, .. }, .. } in proposals {
        if !admissions.contains_key(account)
            && let Some(rules) = rules(account)
        {
            let drafts = by_account.get(account).into_iter().flatten().copied();
            let mut admission = Admission::for_drafts(&rules, extents.of(shared.moment, &rules)?, drafts);
            if proposals.len() > LARGE {
                // One look at everything costs less than one at each ref.
                admission.remember(shared.everything(account)?, &shared.observations(account)?);
            }
            admissions.insert(account.clone(), admission);
        }
    }
    Ok(admissions)
}

/// The drafts of a batch that are about each account.
fn drafts_by_account(proposals: &[Proposal]) -> BTreeMap<&AccountId, Vec<&Draft>> {
    let mut drafts: BTreeMap<&AccountId, Vec<&Draft>> = BTreeMap::new();
    for Proposal { draft, .. } in proposals {
        drafts.entry(&draft.account).or_default().push(draft);
    }
    drafts
}

/// The next place in the order of recording; stable until the end of a change.
fn next_seq(moment: &Snapshot<'_>) -> Result<i64, StoreError> {
    Ok(moment.last_seqs()?.any + 1)
}

/// Writes entries, each at the end of its account's chain.
struct Writer<'a> {
    change: &'a Transaction<'a>,
    chains: Chains,
    /// The instant from which on the checkpoints of an account are wrong.
    touched: BTreeMap<AccountId, Instant>,
}

impl Writer<'_> {
    fn write(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.chains.extend(self.change, entry)?;
        let mut from = entry.at;
        if let EntryBody::Reverse { reverses } = &entry.body
            && let Some(reversed) = entries::by_ref(self.change, &entry.account, reverses)?
        {
            from = from.min(reversed.at);
        }
        match self.touched.get_mut(&entry.account) {
            Some(earliest) => *earliest = from.min(*earliest),
            None => drop(self.touched.insert(entry.account.clone(), from)),
        }
        Ok(())
    }

    /// Writes down what follows from the entries.
    fn finish(&self) -> Result<(), StoreError> {
        self.chains.keep(self.change)?;
        self.touched.iter().try_for_each(|(account, from)| self.change.void_checkpoints(account, *from))
    }
}

/// What an admitted proposal comes to.
enum Ready {
    /// The ledger has it.
    Known(Appended),
    /// It is to be written.
    New(Entry),
}

/// A batch while it is taken in.
struct Batch<'a> {
    shared: Shared<'a>,
    author: &'a Author,
    next: i64,
    admissions: BTreeMap<AccountId, Admission>,
    /// Whether something was met that can't be told before it is written.
    unsure: bool,
}

impl<'a> Batch<'a> {
    fn new(shared: Shared<'a>, author: &'a Author, admissions: BTreeMap<AccountId, Admission>) -> Result<Self, StoreError> {
        Ok(Self { shared, author, next: next_seq(shared.moment)?, admissions, unsure: false })
    }

    /// Admits one proposal after the other, and writes what is new.
    fn admit_each(
        &mut self,
        proposals: &[Proposal],
        writer: &mut Writer<'_>,
        each: &mut dyn FnMut(usize, Appended),
    ) -> Result<Vec<Refused>, StoreError> {
        let mut refused = Vec::new();
        for (index, proposal) in proposals.iter().enumerate() {
            match self.admit(proposal)? {
                Ok(Ready::Known(done)) => each(index, done),
                Ok(Ready::New(entry)) => {
                    writer.write(&entry)?;
                    each(index, appended(&entry, false));
                    self.take_in(entry);
                }
                Err(reasons) => refused.extend(reasons.into_iter().map(|reason| Refused { index, ..reason })),
            }
        }
        Ok(refused)
    }

    /// Writes what was planned.
    fn follow(
        &mut self,
        plan: Plan,
        proposals: &[Proposal],
        writer: &mut Writer<'_>,
        each: &mut dyn FnMut(usize, Appended),
    ) -> Result<(), StoreError> {
        for (index, (step, proposal)) in plan.steps.into_iter().zip(proposals).enumerate() {
            let named = match step {
                Step::Known(done) => {
                    each(index, done);
                    continue;
                }
                Step::New(named) => named.or_else(|| proposal.draft.reference.clone()),
            };
            let Some(reference) = named else { continue };
            let recorded_at = proposal.recorded_at.unwrap_or(self.shared.now);
            let actor = self.actor(&proposal.draft).unwrap_or_default();
            let entry = Entry { actor, ..entry(&proposal.draft, Seq(self.next), reference, recorded_at) };
            writer.write(&entry)?;
            each(index, appended(&entry, false));
            self.next += 1;
        }
        Ok(())
    }

    /// Admits one proposal: the inner error is a refusal, whose index the caller knows.
    fn admit(&mut self, proposal: &Proposal) -> Result<Result<Ready, Vec<Refused>>, StoreError> {
        let now = self.shared.now;
        let proposal = &*proposal.stamped(now);
        let draft = &proposal.draft;
        if let Some(recorded) = self.recorded(draft)? {
            return Ok(already(proposal, &recorded).map(Ready::Known));
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
        let shared = self.shared;
        let known = loop {
            let wanted = match admission.known_for(draft) {
                Ok(known) => break known,
                Err(wanted) => wanted,
            };
            let tail = match wanted {
                // Checkpoints are of what an account's own entries come to.
                Wanted::Since(at) if !shared.pools.contains_key(&draft.account) => tail_of(shared.moment, admission.rules(), at)?,
                Wanted::Since(_) | Wanted::Everything => shared.everything(&draft.account)?,
            };
            admission.remember(tail, &shared.observations(&draft.account)?);
        };
        let draft = &*proposal.dated(known.earliest_reversal(draft));
        let stamp = |()| proposal.recorded_at.map_or(Ok(()), |recorded_at| known.check_stamp(draft, recorded_at, now));
        if let Err(error) = known.check(draft, now).and_then(stamp) {
            return Ok(Err(vec![error.into()]));
        }
        let actor = match self.actor(draft) {
            Ok(actor) => actor,
            Err(refused) => return Ok(Err(vec![refused])),
        };
        let recorded_at = proposal.recorded_at.unwrap_or(now);
        let seq = Seq(self.next);
        let reference = match &draft.reference {
            Some(reference) => reference.clone(),
            None => generated(shared.moment, &draft.account, seq, now)?,
        };
        Ok(Ok(Ready::New(Entry { actor, ..entry(draft, seq, reference, recorded_at) })))
    }

    /// Who stands behind a draft (SPEC L9).
    fn actor(&self, draft: &Draft) -> Result<Option<String>, Refused> {
        match (&draft.actor, self.author) {
            (Some(actor), _) | (None, Author::Is(actor)) => Ok(Some(actor.clone())),
            (None, Author::Nobody) => Ok(None),
            (None, Author::MustBeNamed) => {
                let hint = "name who records it: --actor NAME, CREDITOP_ACTOR, or actor in the configuration".to_owned();
                Err(rule("actor", "a team's entry names who recorded it (team = true)".to_owned(), Some(hint)))
            }
        }
    }

    /// Has what comes next checked against an entry too.
    fn take_in(&mut self, entry: Entry) {
        for other in self.shared.others(&entry.account) {
            if let Some(of_other) = self.admissions.get_mut(other) {
                of_other.record(entry.clone().of_other_member());
            }
        }
        if let Some(admission) = self.admissions.get_mut(&entry.account) {
            admission.record(entry);
        }
        self.next += 1;
    }

    fn recorded(&mut self, draft: &Draft) -> Result<Option<Entry>, StoreError> {
        let Some(reference) = &draft.reference else { return Ok(None) };
        let known = self.admissions.get(&draft.account).and_then(|admission| admission.knows(reference));
        if known == Some(false) {
            return Ok(None);
        }
        let recorded = entries::by_ref(self.shared.moment, &draft.account, reference)?;
        // It stands in the batch, and is not written yet.
        self.unsure |= known == Some(true) && recorded.is_none();
        Ok(recorded)
    }
}

fn rule(field: &'static str, what: String, hint: Option<String>) -> Refused {
    Refused { index: 0, refusal: Refusal::Rule(About::Words), field, what, hint }
}

fn appended(entry: &Entry, already_recorded: bool) -> Appended {
    Appended {
        seq: entry.seq,
        at: entry.at,
        account: entry.account.clone(),
        reference: entry.reference.clone(),
        already_recorded,
    }
}

fn already(proposal: &Proposal, recorded: &Entry) -> Result<Appended, Vec<Refused>> {
    match proposal.difference(recorded) {
        None => Ok(appended(recorded, true)),
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
fn generated(moment: &Snapshot<'_>, account: &AccountId, seq: Seq, now: Instant) -> Result<Ref, StoreError> {
    let mut number = 1;
    let mut reference = Ref::generated(now, seq, number);
    while entries::by_ref(moment, account, &reference)?.is_some() {
        number += 1;
        reference = Ref::generated(now, seq, number);
    }
    Ok(reference)
}

/// What is recorded of an account since its latest checkpoint at or before an instant.
fn tail_of(moment: &Snapshot<'_>, rules: &Rules, until: Instant) -> Result<Tail, StoreError> {
    let start = checkpoints::latest(moment, &TailQuery { rules, latest_start: until })?;
    let fold_entries = moment.fold_entries(&[(&rules.account, start.as_ref().map(Checkpoint::at))])?;
    Ok(Tail { start, fold_entries: fold_entries.into_iter().flatten().collect() })
}

#[cfg(test)]
mod large_tests;
#[cfg(test)]
mod later_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod tests;
