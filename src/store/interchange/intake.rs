//! Gathering what the lines of a file say.

use std::collections::HashSet;
use std::hash::Hash;

use super::{Batch, LineError};
use crate::credit::{AccountId, ActionId, BucketId, Draft, EntryBody, VariantId};
use crate::store::Proposal;

/// A batch while it is read. The ids that repeat from line to line take up memory once.
#[derive(Default)]
pub(super) struct Intake {
    batch: Batch,
    accounts: HashSet<AccountId>,
    buckets: HashSet<BucketId>,
    actions: HashSet<ActionId>,
    variants: HashSet<VariantId>,
}

impl Intake {
    /// Takes in what became of a line.
    pub(super) fn take(&mut self, line: u64, read: Result<Proposal, Vec<LineError>>) {
        match read {
            Ok(mut proposal) => {
                self.share_ids(&mut proposal.draft);
                self.batch.proposals.push(proposal);
                self.batch.lines.push(line);
            }
            Err(errors) => self.batch.bad.extend(errors),
        }
    }

    fn share_ids(&mut self, draft: &mut Draft) {
        share(&mut self.accounts, &mut draft.account);
        match &mut draft.body {
            EntryBody::Grant(grant) => share(&mut self.buckets, &mut grant.bucket),
            EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => share(&mut self.buckets, bucket),
            EntryBody::Spend(spend) => {
                spend.action.iter_mut().for_each(|action| share(&mut self.actions, action));
                spend.variant.iter_mut().for_each(|variant| share(&mut self.variants, variant));
            }
            EntryBody::Hold { .. } | EntryBody::Capture { .. } | EntryBody::Release { .. } | EntryBody::Reverse { .. } => {}
        }
    }

    /// What the file holds.
    pub(super) fn finish(self) -> Batch {
        self.batch
    }
}

/// Puts the first copy of an id in the place of an equal one.
fn share<T: Clone + Eq + Hash>(known: &mut HashSet<T>, id: &mut T) {
    match known.get(id) {
        Some(first) => *id = first.clone(),
        None => drop(known.insert(id.clone())),
    }
}
