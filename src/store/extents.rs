//! How large the recorded amounts of each account are: what a plain spend or grant is checked against.

use std::collections::HashMap;

use super::engine::{Since, Snapshot};
use super::{StoreError, TailQuery, checkpoints};
use crate::credit::{AccountId, Extent, Instant, Rules};

/// When more entries than this were recorded since, a checkpoint may spare reading them.
const FEW: i64 = 1000;

/// The extents that were read, each with the last place in the order of recording that it covers.
///
/// Entries never change, so only later ones are ever read; it is a matter of cost alone.
#[derive(Debug, Default)]
pub(super) struct Extents(HashMap<AccountId, (i64, Extent)>);

impl Extents {
    /// The extent of everything recorded of an account at a moment. Call it before anything is written that may be rolled back.
    pub(super) fn of(&mut self, moment: &Snapshot<'_>, rules: &Rules) -> Result<Extent, StoreError> {
        let account = &rules.account;
        let last = moment.last_seqs()?.entry;
        let (covered, known) = self.0.get(account).copied().unwrap_or_default();
        let (since, mut extent) = if last - covered < FEW {
            (Since::Seq(covered), known)
        } else {
            match checkpoints::latest(moment, &TailQuery { rules, latest_start: Instant::MAX_UTC })? {
                Some(start) => (Since::Instant(start.at()), start.extent()),
                None => (Since::Seq(covered), known),
            }
        };
        moment.each_amount(account, since, |amount| extent = extent.and(amount))?;
        self.0.insert(account.clone(), (last, extent));
        Ok(extent)
    }
}
