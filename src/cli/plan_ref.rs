//! A caller's ref names one piece of work, also where that work is several entries (SPEC L2).

use std::collections::BTreeSet;

use crate::credit::{AccountId, Ref};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::Proposal;

/// Refuses a ref under which other work is recorded: other entries than those proposed, of the same family of refs.
///
/// The family is `given` itself and `given-SUFFIX` for each suffix that entries of such work can have. Whether entries with
/// the same refs say the same is the store's to decide.
///
/// # Errors
/// A [`Report`] for such a conflict, and where the ledger can't be read.
pub(crate) fn check(
    workspace: &Workspace,
    given: &Ref,
    suffixes: impl IntoIterator<Item = String>,
    proposals: &[Proposal],
) -> Result<(), Report> {
    let accounts: BTreeSet<&AccountId> = proposals.iter().map(|proposal| &proposal.draft.account).collect();
    let wanted: BTreeSet<(&AccountId, &Ref)> =
        proposals.iter().filter_map(|proposal| Some((&proposal.draft.account, proposal.draft.reference.as_ref()?))).collect();
    let mut family = vec![given.clone()];
    family.extend(suffixes.into_iter().filter_map(|suffix| Ref::new(&format!("{given}-{suffix}")).ok()));
    let mut recorded = BTreeSet::new();
    for account in accounts {
        for reference in &family {
            if workspace.store().entry(account, reference)?.is_some() {
                recorded.insert((account, reference));
            }
        }
    }
    if recorded.is_empty() || recorded == wanted {
        return Ok(());
    }
    let known: Vec<&str> = recorded.iter().map(|(_, reference)| reference.as_str()).collect();
    Err(Report::new(
        Ending::No,
        format!("nothing was recorded: ref {:?} stands for other work already ({})", given.as_str(), known.join(", ")),
    )
    .hint("use another ref, or reverse what is recorded"))
}
