//! Prices over time: what is done at an instant costs what its plan asked then (SPEC E7).

use std::sync::Arc;

use super::pricing::{Priced, price};
use super::{Amount, Book, Instant, MoneyPrice, PlanLine, PriceList};

/// What an account's actions cost, and what a credit is worth, from an instant on until the next tariff begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Tariff {
    /// When it begins. The first of several also counts before.
    pub from: Instant,
    /// What actions cost.
    pub prices: Arc<PriceList>,
    /// What a credit is worth in money; `None` where no price is known.
    pub money: Option<MoneyPrice>,
}

impl Book {
    /// The same account at the prices that are in force at `at`.
    #[must_use]
    pub fn priced_at(&self, at: Instant) -> Self {
        let in_force = self.tariffs.iter().rfind(|tariff| tariff.from <= at).or(self.tariffs.first());
        match in_force {
            Some(Tariff { prices, money, .. }) => Self { prices: Arc::clone(prices), money: money.clone(), ..self.clone() },
            None => self.clone(),
        }
    }
}

/// What one unit of each line of a plan costs, from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fares {
    now: Vec<Option<Amount>>,
    later: Vec<Fare>,
}

/// What one unit of each line of a plan costs from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fare {
    pub(super) from: Instant,
    /// By line; `None` where not every line has a price then.
    pub(super) units: Option<Vec<Amount>>,
}

impl Fares {
    /// The fares of a plan that is priced at `now`, and what it will cost where that changes later.
    pub(super) fn of(book: &Book, plan: &[PlanLine], priced: &[Priced<'_>], now: Instant) -> Self {
        let now_on: Vec<Option<Amount>> = priced.iter().map(|line| line.cost.map(|(unit, _)| unit)).collect();
        let mut fares = Self { now: now_on, later: Vec::new() };
        for tariff in book.tariffs.iter().filter(|tariff| tariff.from > now) {
            let then = book.priced_at(tariff.from);
            // What an account has no line for then has no price either.
            let units = price(&then, plan).ok();
            let units = units.and_then(|lines| lines.iter().map(|line| line.cost.map(|(unit, _)| unit)).collect());
            let before = fares.later.last().map_or_else(|| fares.now.iter().copied().collect(), |fare| fare.units.clone());
            if units != before {
                fares.later.push(Fare { from: tariff.from, units });
            }
        }
        fares
    }

    /// The changes to come, the earliest first.
    pub(super) fn later(&self) -> &[Fare] {
        &self.later
    }

    /// What one unit of a line costs at `at`, now or later; `None` where it has no price then.
    pub(super) fn unit(&self, line: usize, at: Instant) -> Option<Amount> {
        match self.later.iter().rfind(|fare| fare.from <= at) {
            Some(fare) => fare.units.as_ref()?.get(line).copied(),
            None => self.now.get(line).copied().flatten(),
        }
    }
}
