//! What every entry did by the figures that were known when it happened.

use std::sync::Arc;

use super::{Checkpoint, Input, Keep, State, inputs};
use crate::credit::{AmountError, Entry, FoldEntryRef, Instant, Observation, Rules, Seq, Source};

impl State {
    /// Folds for what the records tell, not for what remains: where [`State::fold`] starts a polled account from its last
    /// observation (SPEC E14), so that earlier spends drew nothing, here each draws by the observation before it.
    ///
    /// `entries`, which are all that a start has not taken in, and `observations` may be in any order; later ones than `at` are
    /// left out. Only a hand-kept account can have a start: what of a polled one drew by an observation before it would not be
    /// known.
    pub(crate) fn retrace(
        rules: &Arc<Rules>,
        start: Option<Checkpoint>,
        entries: &[Entry],
        observations: &[Observation],
        at: Instant,
    ) -> Result<Self, AmountError> {
        let mut state = Self::begin(start, Arc::clone(rules), at, Keep::All)?;
        let polled = rules.source == Source::Polled;
        let mut sightings = sightings(if polled { observations } else { &[] }, at).into_iter().peekable();
        for (_, input) in inputs(rules, entries.iter(), &[], at) {
            let Input::Entry(entry) = input else { continue };
            // Of several in a row the last tells all that the entry can know.
            let mut known = None;
            while let Some(sighting) = sightings.next_if(|(when, seq, _)| (*when, *seq) < (entry.at, entry.seq)) {
                known = Some(sighting);
            }
            if let Some((when, _, seen)) = known {
                state.observe(seen, when)?;
            }
            state.apply(entry)?;
        }
        state.run_to(at)?;
        state.find_fault(rules, entries.iter().map(FoldEntryRef::from));
        Ok(state)
    }
}

/// When figures were seen, in order: an observation stands for the first poll that answered so, and for the last one.
fn sightings(observations: &[Observation], at: Instant) -> Vec<(Instant, Seq, &Observation)> {
    let mut all = Vec::with_capacity(observations.len() * 2);
    for seen in observations.iter().filter(|seen| seen.at <= at) {
        all.push((seen.at, seen.seq, seen));
        all.push((seen.last_seen_at.min(at).max(seen.at), seen.seq, seen));
    }
    all.sort_by_key(|(when, seq, _)| (*when, *seq));
    all
}
