//! What an account's configuration says that its provider's definition needs.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::credit::{ActionId, Amount, FairUse, PlanId, VariantId};

/// An account's settings, as far as rules and prices depend on them.
///
/// Dates mean 00:00 in `zone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSettings {
    /// The account's own `time_zone`; UTC if not set.
    pub zone: Tz,
    /// `plan`.
    pub plan: Option<PlanId>,
    /// `slots`, for plans whose quota is a multiple of them.
    pub slots: Option<u32>,
    /// `since`: when a hand-kept plan's first quota was granted.
    pub since: Option<NaiveDate>,
    /// `billing_day`, 1 to 31: the day of the month on which a polled subscription renews.
    pub billing_day: Option<u8>,
    /// `reset_day`, 1 to 31: the day of the month on which a hand-kept plan resets.
    pub reset_day: Option<u8>,
    /// `launch_date` of the product, for launch promotions.
    pub launch_date: Option<NaiveDate>,
    /// `registered`: when the account was opened, for registration gifts.
    pub registered: Option<NaiveDate>,
    /// `fair_use`: a cap on credits without limit that the account's contract states.
    pub fair_use: Option<FairUse>,
    /// `plan_changes`, by date.
    pub plan_changes: Vec<PlanChange>,
    /// `[account.costs]`: prices that the provider does not publish, or that differ for this account.
    pub costs: Vec<CostOverride>,
    /// Whether the account's key is a sandbox key, by the definition's prefix. Set by whoever resolves the key.
    pub sandbox: bool,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            zone: Tz::UTC,
            plan: None,
            slots: None,
            since: None,
            billing_day: None,
            reset_day: None,
            launch_date: None,
            registered: None,
            fair_use: None,
            plan_changes: Vec::new(),
            costs: Vec::new(),
            sandbox: false,
        }
    }
}

/// A change of plan or slots of a hand-kept account (SPEC E12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChange {
    /// Counts from 00:00 of this day on.
    pub from: NaiveDate,
    /// The new plan; the old one stays where not given.
    pub plan: Option<PlanId>,
    /// The new number of slots; the old one stays where not given.
    pub slots: Option<u32>,
}

/// A price set for one account: `face-swap = 12`, or `imagine.relax = 4` for a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostOverride {
    /// The action.
    pub action: ActionId,
    /// The variant; `None` is the action's default.
    pub variant: Option<VariantId>,
    /// Credits per unit, zero or above.
    pub cost: Amount,
}

/// A setting that the definition can't work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// The key within the account, as `plan` or `plan_changes[1].from`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
}

impl SettingProblem {
    pub(super) fn new(key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
