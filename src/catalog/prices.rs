//! A definition's price list at a plan, with an account's own prices.

use super::{AccountSettings, Definition};
use crate::credit::{PlanId, PriceList};

impl Definition {
    /// The price list at a plan (`None` where it is unknown), with the account's own prices in place.
    #[must_use]
    pub fn price_list(&self, plan: Option<&PlanId>, settings: &AccountSettings) -> PriceList {
        todo!("{plan:?} {settings:?}")
    }
}
