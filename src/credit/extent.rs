//! Whether the figures of an account can still be added up exactly.

use crate::credit::{Amount, EntryBody, Grant, MAX_DIGITS, Observation, Quota, Rules, Spend};

/// How many digits the figures of an account can come to: before the point by the sum of all its amounts, behind it by the
/// longest fraction. As long as both fit into an [`Amount`] together, every sum of them is exact (SPEC A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    pub(crate) sum: Amount,
    pub(crate) places: u32,
}

impl Extent {
    /// The extent with one more amount; `None` where the digits no longer fit.
    pub(super) fn with(self, amount: Amount) -> Option<Self> {
        let sum = self.sum.plus(amount.max(amount.negated())).ok()?;
        let places = self.places.max(amount.decimal().scale());
        let whole = sum.decimal().trunc().mantissa().checked_ilog10().map_or(0, |digits| digits + 1);
        (whole + places <= MAX_DIGITS).then_some(Self { sum, places })
    }

    /// The extent with an amount that is recorded already; one that would not fit is left out.
    #[must_use]
    pub fn and(self, recorded: Amount) -> Self {
        self.with(recorded).unwrap_or(self)
    }

    /// The extent of two parts of what is recorded.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self { sum: self.sum.plus(other.sum).unwrap_or(self.sum), places: self.places.max(other.places) }
    }

    /// The extent with the amounts that the rules bring along.
    pub(super) fn and_rules(self, rules: &Rules) -> Self {
        let quotas = rules.phases.iter().flat_map(|phase| phase.quotas.iter().map(|(_, quota)| *quota));
        let quotas = quotas.filter_map(|quota| if let Quota::Each(figure) = quota { figure.known() } else { None });
        let grants = rules.scheduled.iter().filter_map(|grant| grant.amount.known());
        quotas.chain(grants).fold(self, Self::and)
    }

    /// The extent with the figures that were observed.
    pub(super) fn and_observed(self, observations: &[Observation]) -> Self {
        let seen = observations.iter().flat_map(|seen| &seen.buckets).filter_map(|bucket| bucket.remaining.known());
        seen.fold(self, Self::and)
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
