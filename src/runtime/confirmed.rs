//! What a person confirmed and is not known to be in the ledger yet: nothing of it vanishes without a word.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::command_line::Again;
use crate::credit::Draft;
use crate::report::{Ending, Report};
use crate::tui::RequestId;

/// Confirmed entries by the question that they belong to. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Confirmed {
    open: Arc<Mutex<BTreeMap<RequestId, Unwritten>>>,
}

/// Entries that are not known to be in the ledger.
#[derive(Debug)]
struct Unwritten {
    drafts: Vec<Draft>,
    /// Why they are not, where that is settled.
    why: Option<Report>,
}

impl Confirmed {
    fn open(&self) -> MutexGuard<'_, BTreeMap<RequestId, Unwritten>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes entries that are on their way into the ledger.
    pub(super) fn add(&self, request: RequestId, drafts: Vec<Draft>) {
        self.open().insert(request, Unwritten { drafts, why: None });
    }

    /// Notes that they are in the ledger.
    pub(super) fn written(&self, request: RequestId) {
        self.open().remove(&request);
    }

    /// Notes why they are not in the ledger, and never will be by themselves.
    pub(super) fn refused(&self, request: RequestId, why: &Report) {
        if let Some(unwritten) = self.open().get_mut(&request) {
            unwritten.why = Some(why.clone());
        }
    }

    /// Notes that the screen has said why they are not.
    pub(super) fn told(&self, request: RequestId) {
        self.open().remove(&request);
    }

    /// Whether they are still on their way.
    pub(super) fn is_on_its_way(&self, request: RequestId) -> bool {
        self.open().get(&request).is_some_and(|unwritten| unwritten.why.is_none())
    }

    /// Says what was not written though it was confirmed, and how to record it; nothing where all was, or the screen has said so.
    pub(super) fn left(&self, again: &Again) -> Option<Report> {
        let open = std::mem::take(&mut *self.open());
        let count: usize = open.values().map(|unwritten| unwritten.drafts.len()).sum();
        let mut details = Vec::new();
        let mut can_be_repeated = false;
        for Unwritten { drafts, why } in open.into_values() {
            let reason = why.as_ref().map_or("the ledger was not free in time", |why| why.message.as_str());
            details.push(format!("{reason}:"));
            let is_no = why.as_ref().is_some_and(|why| why.ending == Ending::No);
            details.extend(why.iter().flat_map(|why| why.details.iter().cloned()));
            // What the rules refuse they would refuse again.
            details.extend(drafts.iter().filter(|_| !is_no).map(|draft| again.command(draft)));
            can_be_repeated |= !is_no;
        }
        let what = if count == 1 {
            "1 entry that was confirmed is".to_owned()
        } else {
            format!("{count} entries that were confirmed are")
        };
        let report = Report::new(Ending::Storage, format!("{what} not recorded")).details(details);
        let hint = "run the commands above to record it; thanks to their refs it counts once, however often they are run";
        (count > 0).then(|| if can_be_repeated { report.hint(hint) } else { report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Clock;
    use crate::runtime::testing::{adjust, now};

    fn again() -> Again {
        Again {
            config: "/c/config.toml".into(),
            data_dir: "/d".into(),
            clock: Clock::Stopped(now()),
            actor: Some("ann".to_owned()),
        }
    }

    #[test]
    fn s05_what_was_not_written_is_said_with_the_command_that_records_it() {
        let confirmed = Confirmed::default();
        let drafts = |reference: &str| {
            let mut draft = adjust("dealer-north").draft;
            draft.reference = Some(reference.parse().unwrap());
            vec![draft]
        };
        for (number, reference) in (1..).zip(["written", "on-its-way", "told", "refused", "locked"]) {
            confirmed.add(RequestId::nth(number), drafts(reference));
        }
        confirmed.written(RequestId::nth(1));
        confirmed.refused(RequestId::nth(3), &Report::new(Ending::No, "it does not fit"));
        confirmed.told(RequestId::nth(3));
        confirmed.refused(RequestId::nth(4), &Report::new(Ending::No, "it does not fit"));
        confirmed.refused(RequestId::nth(5), &Report::new(Ending::Storage, "another program keeps it locked"));
        assert!(confirmed.is_on_its_way(RequestId::nth(2)) && !confirmed.is_on_its_way(RequestId::nth(5)));
        let report = confirmed.left(&again()).unwrap();
        let command = |reference: &str| again().command(&drafts(reference)[0]);
        assert_eq!(report.message, "3 entries that were confirmed are not recorded");
        assert_eq!(
            report.details,
            [
                "the ledger was not free in time:".to_owned(),
                command("on-its-way"),
                "it does not fit:".to_owned(),
                "another program keeps it locked:".to_owned(),
                command("locked"),
            ]
        );
        assert_eq!(confirmed.left(&again()), None);
    }
}
