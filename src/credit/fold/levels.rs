//! What each bucket holds at many instants, in one pass.

use std::sync::Arc;

use super::{Input, Keep, State, inputs};
use crate::credit::{AmountError, Entry, Figure, Instant, Rules};

/// What each bucket of a hand-kept account holds at rising instants, none after `to`, in one pass.
///
/// # Errors
/// [`AmountError`] where figures grow past 28 digits.
pub(crate) fn bucket_levels(
    rules: &Arc<Rules>,
    entries: &[Entry],
    instants: impl Iterator<Item = Instant>,
    to: Instant,
) -> Result<Vec<(Instant, Vec<Figure>)>, AmountError> {
    let mut state = State::new(Arc::clone(rules), to, Keep::reversed(entries.iter()))?;
    let mut inputs = inputs(rules, entries.iter(), &[], to).into_iter().peekable();
    let mut seen = Vec::new();
    for at in instants {
        while let Some((_, Input::Entry(entry))) = inputs.next_if(|(when, _)| *when <= at) {
            state.apply(entry)?;
        }
        state.run_to(at)?;
        seen.push((at, state.lots.figures()));
    }
    Ok(seen)
}
