//! What becomes of a large batch, found out before anything is written: while nobody is kept waiting, where that can be.

use super::{Appended, Batch, Ready, Refused, drafts_by_account};
use crate::credit::{AccountId, Ref, Seq};
use crate::store::{Proposal, StoreError};

/// Up to so many proposals are admitted one after the other, under the lock: that takes no time.
const FEW: usize = 200;

/// What is to be done with a proposal.
pub(super) enum Step {
    /// The ledger has it.
    Known(Appended),
    /// It is written, under this ref where it has none of its own.
    New(Option<Ref>),
}

/// What is to be done with the proposals of a batch, as long as nothing else is recorded.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The place at which the first new entry goes.
    pub(super) first: i64,
}

/// What is known of a batch beforehand.
pub(super) enum Foreseen {
    /// It can be recorded.
    Right(Plan),
    /// It can't, whatever the order of its lines.
    Wrong(Vec<Refused>),
    /// Its proposals have to be admitted one after the other.
    Open,
}

/// Whether a batch may be planned as a whole: it is large, and none of it depends on when the lock is had.
pub(super) fn is_large(proposals: &[Proposal]) -> bool {
    proposals.len() > FEW && proposals.iter().all(|proposal| !proposal.filled.at && !proposal.draft.must_fit)
}

/// Finds out what becomes of a batch as its connection sees the ledger, and writes nothing.
pub(super) fn foresee(mut batch: Batch<'_>, proposals: &[Proposal]) -> Result<Foreseen, StoreError> {
    let first = batch.next;
    if !batch.defer(proposals)? {
        return Ok(Foreseen::Open);
    }
    let (mut steps, mut refused) = (Vec::with_capacity(proposals.len()), Vec::new());
    for (index, proposal) in proposals.iter().enumerate() {
        match batch.admit(proposal)? {
            Ok(Ready::Known(done)) => steps.push(Step::Known(done)),
            Ok(Ready::New(entry)) => {
                steps.push(Step::New(proposal.draft.reference.is_none().then(|| entry.reference.clone())));
                batch.take_in(entry);
            }
            Err(reasons) => refused.extend(reasons.into_iter().map(|reason| Refused { index, ..reason })),
        }
    }
    if batch.unsure || !batch.admissions.values().all(|admission| admission.is_right(Seq(first))) {
        return Ok(Foreseen::Open);
    }
    Ok(if refused.is_empty() { Foreseen::Right(Plan { steps, first }) } else { Foreseen::Wrong(refused) })
}

impl Batch<'_> {
    /// Has all states looked at in the end, where every proposal allows it.
    fn defer(&mut self, proposals: &[Proposal]) -> Result<bool, StoreError> {
        let drafts = drafts_by_account(proposals);
        let accounts: Vec<AccountId> = self.admissions.keys().cloned().collect();
        for account in &accounts {
            if self.shared.pools.contains_key(account) {
                return Ok(false);
            }
            let (recorded, seen) = (self.shared.everything(account)?, self.shared.observations(account)?);
            if let Some(admission) = self.admissions.get_mut(account) {
                admission.remember(recorded, &seen);
                if !admission.defer(drafts.get(account).into_iter().flatten().copied()) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
