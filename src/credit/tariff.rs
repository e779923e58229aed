//! Prices over time: what is done at an instant costs what its plan asked then (SPEC E7).

use std::sync::Arc;

use super::{Book, Instant, MoneyPrice, PriceList};

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
