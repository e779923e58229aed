//! What an account holds at many instants, in one pass.

use std::sync::Arc;

use super::{Checkpoint, Input, Keep, State, inputs};
use crate::credit::{AmountError, Entry, FoldEntryRef, Instant, Rules};

impl State {
    /// What `look` sees of a hand-kept account at rising instants, none after `to`, in one pass, and the state at the last of them,
    /// which knows whether something was met that can't be; before the start it is of no use.
    ///
    /// # Errors
    /// [`AmountError`] where figures grow past 28 digits.
    pub(crate) fn along<T>(
        rules: &Arc<Rules>,
        start: Option<Checkpoint>,
        entries: &[Entry],
        instants: impl Iterator<Item = Instant>,
        to: Instant,
        look: impl Fn(&State) -> T,
    ) -> Result<(Vec<(Instant, T)>, Self), AmountError> {
        let mut state = Self::begin(start, Arc::clone(rules), to, Keep::reversed(entries.iter()))?;
        let mut inputs = inputs(rules, entries.iter(), &[], to).into_iter().peekable();
        let mut seen = Vec::new();
        for at in instants {
            while let Some((_, Input::Entry(entry))) = inputs.next_if(|(when, _)| *when <= at) {
                state.apply(entry)?;
            }
            state.run_to(at)?;
            seen.push((at, look(&state)));
        }
        state.find_fault(rules, entries.iter().map(FoldEntryRef::from));
        Ok((seen, state))
    }
}
