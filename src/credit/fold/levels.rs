//! What each bucket holds at many instants, in one pass.

use std::sync::Arc;

use super::{Input, Life, Lot, State, Supply, inputs};
use crate::credit::{Amount, AmountError, Entry, Figure, Instant, Rules};

/// What the buckets of an account hold, kept up to date from the lots that change.
#[derive(Debug, Clone)]
struct Levels {
    buckets: Vec<Level>,
    /// What each lot adds, by number.
    lots: Vec<Level>,
}

/// What active lots add up to.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    finite: Amount,
    unlimited: u32,
    unknown: u32,
}

impl From<&Lot> for Level {
    fn from(lot: &Lot) -> Self {
        let one = |supply| u32::from(lot.life == Life::Active && lot.supply == supply);
        let finite = if one(Supply::Finite) == 1 { lot.remaining } else { Amount::ZERO };
        Self { finite, unlimited: one(Supply::Unlimited), unknown: one(Supply::Unknown) }
    }
}

impl Level {
    fn figure(self) -> Figure {
        match self {
            Self { unlimited: 1.., .. } => Figure::Unlimited,
            Self { unknown: 1.., .. } => Figure::Unknown,
            Self { finite, .. } => Figure::Known(finite),
        }
    }

    /// This level with a lot's old part exchanged for its new one.
    fn exchanged(self, old: Self, new: Self) -> Result<Self, AmountError> {
        Ok(Self {
            finite: self.finite.plus(new.finite)?.minus(old.finite)?,
            unlimited: self.unlimited + new.unlimited - old.unlimited,
            unknown: self.unknown + new.unknown - old.unknown,
        })
    }
}

impl Levels {
    fn take_in(&mut self, state: &mut State) -> Result<(), AmountError> {
        for id in state.lots.take_changed() {
            let Some(lot) = state.lots.get(id) else { continue };
            let new = Level::from(lot);
            if self.lots.len() <= id.index() {
                self.lots.resize(id.index() + 1, Level::default());
            }
            let Some(seen) = self.lots.get_mut(id.index()) else { continue };
            let old = std::mem::replace(seen, new);
            if let Some(bucket) = self.buckets.get_mut(lot.bucket) {
                *bucket = bucket.exchanged(old, new)?;
            }
        }
        Ok(())
    }
}

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
    let mut state = State::new(Arc::clone(rules), to)?;
    let mut levels = Levels { buckets: vec![Level::default(); rules.buckets.len()], lots: Vec::new() };
    let mut inputs = inputs(rules, entries, &[], to).into_iter().peekable();
    let mut seen = Vec::new();
    for at in instants {
        while let Some((_, Input::Entry(entry))) = inputs.next_if(|(when, _)| *when <= at) {
            state.apply(entry)?;
        }
        state.run_to(at)?;
        levels.take_in(&mut state)?;
        seen.push((at, levels.buckets.iter().map(|level| level.figure()).collect()));
    }
    Ok(seen)
}
