//! Lines without a ref: which of them the ledger has already, and refs that follow from what they say.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::Hasher;

use chrono::TimeDelta;
use fnv::FnvHasher;

use super::Batch;
use crate::credit::{AccountId, Entry, Instant, Ref, print_instant};
use crate::store::fields::{body_fields, label_fields};
use crate::store::{Filter, Ledger, Proposal, StoreError};

impl Batch {
    /// Gives each line without a ref one that follows from what it says, so that importing the file, or a longer one that repeats
    /// its lines, records nothing twice. The second of two lines that say the same has a ref of its own.
    pub fn name_by_content(&mut self) {
        let mut seen: HashMap<u64, u32> = HashMap::new();
        for proposal in self.proposals.iter_mut().filter(|proposal| proposal.draft.reference.is_none()) {
            let digest = digest(proposal);
            let count = seen.entry(digest).or_default();
            *count += 1;
            let text = if *count == 1 { format!("line-{digest:016x}") } else { format!("line-{digest:016x}-{count}") };
            proposal.draft.reference = Ref::new(&text).ok();
        }
    }
}

/// A number that follows from what a line says, the same on every machine. Two lines that differ and share it would be a conflict of
/// refs, which is refused.
fn digest(proposal: &Proposal) -> u64 {
    let draft = &proposal.draft;
    let mut text = format!("{} {} {}", draft.body.kind().word(), draft.account, print_instant(draft.at));
    let mut fields = body_fields(&draft.body, draft.at);
    fields.extend(label_fields(draft.note.as_deref(), draft.actor.as_deref(), &draft.tags));
    // A price that was looked up may be another one tomorrow.
    fields.retain(|(name, _)| !(proposal.filled.amount && *name == "amount"));
    for (name, value) in fields {
        // Writing to a text can't fail.
        let _ = write!(text, "\n{name} {}", value.in_words());
    }
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Ledger {
    /// The lines without a ref that say what is recorded already: imported, they are recorded a second time.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn repeated(&self, batch: &Batch) -> Result<Vec<u64>, StoreError> {
        let nameless = || batch.lines.iter().zip(&batch.proposals).filter(|(_, proposal)| proposal.draft.reference.is_none());
        let mut spans: HashMap<&AccountId, (Instant, Instant)> = HashMap::new();
        for (_, Proposal { draft, .. }) in nameless() {
            let span = spans.entry(&draft.account).or_insert((draft.at, draft.at));
            *span = (span.0.min(draft.at), span.1.max(draft.at));
        }
        let mut recorded: HashMap<(AccountId, Instant), Vec<Entry>> = HashMap::new();
        for (account, (from, to)) in spans {
            let to = to.checked_add_signed(TimeDelta::nanoseconds(1));
            let filter = Filter { account: Some(account.clone()), from: Some(from), to, ..Filter::default() };
            self.each_entry(&filter, |entry| {
                recorded.entry((account.clone(), entry.at)).or_default().push(entry);
                Ok(())
            })?;
        }
        let is_known = |proposal: &Proposal| {
            let same = recorded.get(&(proposal.draft.account.clone(), proposal.draft.at));
            same.is_some_and(|same| same.iter().any(|entry| proposal.difference(entry).is_none()))
        };
        Ok(nameless().filter(|(_, proposal)| is_known(proposal)).map(|(line, _)| *line).collect())
    }
}
