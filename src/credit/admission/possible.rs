//! Whether an entry is possible in the state just before it (SPEC E11, L3): stated once, for drafts one by one and for batches.

use crate::credit::fold::State;
use crate::credit::{Amount, AmountError, BucketId, EntryBody, Figure, Ref};

/// Why the figures don't allow an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateFlaw<'a> {
    /// A hold above what is spendable; `unsure` where that is only what is known of it.
    HoldAbove { amount: Amount, spendable: Amount, unsure: bool },
    /// Nothing is held any more.
    HoldEnded(&'a Ref),
    /// A capture above what is held.
    CaptureAbove { amount: Amount, hold: &'a Ref, held: Amount },
    /// A figure of a bucket that has none to correct.
    Unlimited(&'a BucketId),
    /// A correction downwards by more than there is.
    TakesTooMuch { amount: Amount, bucket: &'a BucketId, remaining: Amount },
}

/// Why the figures of a state don't allow what happens next; `None` where they do.
///
/// # Errors
/// [`AmountError`] where a figure can't be had.
pub(super) fn state_flaw<'a>(state: &State, next: &'a EntryBody) -> Result<Option<StateFlaw<'a>>, AmountError> {
    let held = |hold: &Ref| state.holds.get(hold).map_or(Amount::ZERO, |hold| hold.held);
    Ok(match next {
        EntryBody::Hold { amount, .. } => {
            let spendable = state.known_spendable()?.filter(|spendable| spendable < amount);
            spendable.map(|spendable| StateFlaw::HoldAbove { amount: *amount, spendable, unsure: state.lots.has_unknown() })
        }
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } if !held(hold).is_positive() => {
            Some(StateFlaw::HoldEnded(hold))
        }
        EntryBody::Capture { hold, amount } => {
            Some(held(hold)).filter(|held| held < amount).map(|held| StateFlaw::CaptureAbove { amount: *amount, hold, held })
        }
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => {
            // One that the rules don't have is refused for that.
            let Some(place) = state.rules.bucket_index(bucket) else { return Ok(None) };
            let remaining = state.lots.remaining_in(place);
            match next {
                _ if state.lots.figure_of(place) == Figure::Unlimited => Some(StateFlaw::Unlimited(bucket)),
                EntryBody::Adjust { amount, .. } if amount.negated() > remaining => {
                    Some(StateFlaw::TakesTooMuch { amount: *amount, bucket, remaining })
                }
                _ => None,
            }
        }
        EntryBody::Grant(_) | EntryBody::Spend(_) | EntryBody::Release { .. } | EntryBody::Reverse { .. } => None,
    })
}
