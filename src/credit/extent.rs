//! Whether the figures of an account can still be added up exactly.

use serde::{Deserialize, Serialize};

use crate::credit::{Amount, EntryBody, Grant, MAX_DIGITS, Observation, Quota, Rules, Spend};

/// How many digits the figures of an account can come to: before the point by the sum of all its amounts, behind it by the
/// longest fraction. As long as both fit into an [`Amount`] together, every sum of them is exact (SPEC A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extent {
    pub(crate) sum: Amount,
    pub(crate) places: u32,
}

impl Extent {
    /// The extent of what does not fit: nothing fits any more, whatever the order in which amounts come.
    const CROWDED: Self = Self { sum: Amount::ONE, places: MAX_DIGITS };

    /// The extent with one more amount; `None` where the digits no longer fit.
    pub(super) fn with(self, amount: Amount) -> Option<Self> {
        let size = Self { sum: amount.max(amount.negated()), places: amount.decimal().scale() };
        Some(self.joined(size)).filter(|extent| !extent.is_crowded())
    }

    /// The extent with an amount that is recorded already. One that does not fit leaves no room for others: what they come to
    /// has to be seen from the account's state.
    #[must_use]
    pub fn and(self, recorded: Amount) -> Self {
        self.with(recorded).unwrap_or(Self::CROWDED)
    }

    /// The extent of two parts of what is recorded.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        let Ok(sum) = self.sum.plus(other.sum) else { return Self::CROWDED };
        let places = self.places.max(other.places);
        let whole = sum.decimal().trunc().mantissa().checked_ilog10().map_or(0, |digits| digits + 1);
        if whole + places <= MAX_DIGITS { Self { sum, places } } else { Self::CROWDED }
    }

    /// Whether the amounts as such don't fit together.
    pub(super) fn is_crowded(self) -> bool {
        self == Self::CROWDED
    }

    /// The extent with the amounts that the rules bring along.
    pub(super) fn and_rules(self, rules: &Rules) -> Self {
        let quotas = rules.phases.iter().flat_map(|phase| phase.quotas.iter().map(|(_, quota)| *quota));
        let quotas = quotas.filter_map(|quota| if let Quota::Each(figure) = quota { figure.known() } else { None });
        let grants = rules.scheduled.iter().filter_map(|grant| grant.amount.known());
        quotas.chain(grants).fold(self, Self::and)
    }

    /// The extent of the figures that were observed: the largest at any time, for each observation takes the place of the one before.
    pub(super) fn of_observed(observations: &[Observation]) -> Self {
        let each = observations
            .iter()
            .map(|seen| seen.buckets.iter().filter_map(|bucket| bucket.remaining.known()).fold(Self::default(), Self::and));
        each.fold(Self::default(), |most, seen| {
            let larger = Self { sum: most.sum.max(seen.sum), places: most.places.max(seen.places) };
            Self::default().joined(larger)
        })
    }
}

/// The amount that an entry carries, with the name of its field.
pub(crate) fn amount_of(body: &EntryBody) -> Option<(&'static str, Amount)> {
    match body {
        EntryBody::Grant(Grant { amount, .. })
        | EntryBody::Spend(Spend { amount, .. })
        | EntryBody::Hold { amount, .. }
        | EntryBody::Capture { amount, .. }
        | EntryBody::Adjust { amount, .. } => Some(("amount", *amount)),
        EntryBody::Observe { remaining, .. } => Some(("remaining", *remaining)),
        EntryBody::Release { .. } | EntryBody::Reverse { .. } => None,
    }
}
