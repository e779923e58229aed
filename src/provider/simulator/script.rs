//! What the simulator plays: its accounts and how they spend.

use std::fmt;

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::credit::{Amount, Instant, months_later};

/// The accounts of a simulator and the seed of their spending.
#[derive(Debug, Clone)]
pub struct Script {
    /// When the play begins; spending is counted from here.
    pub start: Instant,
    /// Fixes what is spent when.
    pub seed: u64,
    /// The accounts, each with its own key.
    pub accounts: Vec<ScriptedAccount>,
}

/// An account that the simulator holds.
#[derive(Clone)]
pub struct ScriptedAccount {
    /// Its id, as in a configuration that polls it.
    pub id: String,
    /// Its name on screens.
    pub name: String,
    /// Its key. It opens nothing but this simulator.
    pub key: String,
    /// Whether the provider still accepts the key.
    pub key_accepted: bool,
    /// What it holds.
    pub balance: Balance,
    /// How it spends; `None` never by itself.
    pub pace: Option<Pace>,
}

impl fmt::Debug for ScriptedAccount {
    /// Leaves the key out: a simulator may be given a real one by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedAccount")
            .field("id", &self.id)
            .field("key_accepted", &self.key_accepted)
            .field("balance", &self.balance)
            .finish_non_exhaustive()
    }
}

/// The figures of an account, in its provider's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Balance {
    /// An ImaginePro subscription.
    ImaginePro {
        /// `type`, as `STARTER`.
        plan: String,
        /// What each month starts with.
        quota: Amount,
        /// What is left of the month's quota.
        credits: Amount,
        /// Credits that never expire.
        extra: Amount,
        /// The end of the subscription; the months count back from here.
        expires_at: Instant,
        /// For how many months it renews at its end; `None` lets it lapse.
        renews_for: Option<u32>,
        /// The owner.
        email: String,
    },
    /// A Photoroom account: one pool of images.
    Photoroom {
        /// `plan`, as `plus`; an account on the old pricing reports none.
        plan: String,
        /// What is left.
        available: Amount,
        /// What a cycle starts with.
        subscription: Amount,
        /// The day of the month, in UTC, on which it renews.
        renewal_day: u8,
        /// Whether the rest rolls over at the renewal.
        rolls_over: bool,
        /// Whether v2 is refused to it.
        old_pricing: bool,
    },
}

impl Balance {
    /// The id of the provider that keeps such a balance.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        match self {
            Self::ImaginePro { .. } => "imaginepro",
            Self::Photoroom { .. } => "photoroom",
        }
    }
}

/// A steady, seeded rhythm of spending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Seconds from the start of the play to the first spend.
    pub first_after: u32,
    /// Seconds from one spend to the next, at least 1 and at most.
    pub every: (u32, u32),
    /// What a spend costs: one of these.
    pub costs: Vec<Amount>,
}

impl Pace {
    fn of(first_after: u32, every: (u32, u32), costs: &[&str]) -> Self {
        Self { first_after, every, costs: costs.iter().map(|cost| exactly(cost)).collect() }
    }
}

/// The amount that a literal of this file stands for; a test checks that each is one.
fn exactly(literal: &str) -> Amount {
    literal.parse().unwrap_or(Amount::ZERO)
}

impl Script {
    /// The demo's accounts as they stand at `now`: two of ImaginePro, two of Photoroom, one of them with a refused key.
    ///
    /// Nothing is spent in the first seconds, so that a first look is the same on every machine.
    #[must_use]
    pub fn sample(now: Instant) -> Self {
        Self { start: now, seed: 2026, accounts: vec![studio(now), studio_yearly(now), shop_cutouts(), old_key()] }
    }

    /// The demo's accounts, and one more of Photoroom that is on its old pricing.
    #[must_use]
    pub fn whole(now: Instant) -> Self {
        let mut script = Self::sample(now);
        script.accounts.push(old_pricing());
        script
    }
}

fn studio(now: Instant) -> ScriptedAccount {
    ScriptedAccount {
        id: "studio".into(),
        name: "Studio".into(),
        key: "demo-imaginepro-studio".into(),
        key_accepted: true,
        balance: Balance::ImaginePro {
            plan: "STARTER".into(),
            quota: Amount::from(1600),
            credits: Amount::from(1600),
            extra: Amount::from(1000),
            expires_at: now + TimeDelta::days(17) + TimeDelta::minutes(5 * 60 + 30),
            renews_for: Some(1),
            email: "owner@example.com".into(),
        },
        pace: Some(Pace::of(30, (25, 70), &["10", "10", "10", "5", "6"])),
    }
}

fn studio_yearly(now: Instant) -> ScriptedAccount {
    let next_month = now + TimeDelta::days(9) + TimeDelta::minutes(14 * 60 + 20);
    ScriptedAccount {
        id: "studio-yearly".into(),
        name: "Studio, yearly".into(),
        key: "demo-imaginepro-studio-yearly".into(),
        key_accepted: true,
        balance: Balance::ImaginePro {
            plan: "PRO".into(),
            quota: Amount::from(4000),
            credits: Amount::from(47),
            extra: Amount::ZERO,
            expires_at: months_later(Tz::UTC, next_month, 7),
            renews_for: Some(12),
            email: "studio@example.com".into(),
        },
        pace: Some(Pace::of(60, (90, 240), &["5"])),
    }
}

fn shop_cutouts() -> ScriptedAccount {
    ScriptedAccount {
        id: "shop-cutouts".into(),
        name: "Shop cut-outs".into(),
        key: "demo-photoroom-shop-cutouts".into(),
        key_accepted: true,
        balance: Balance::Photoroom {
            plan: "plus".into(),
            available: exactly("130.4"),
            subscription: Amount::from(100),
            renewal_day: 3,
            rolls_over: true,
            old_pricing: false,
        },
        pace: Some(Pace::of(20, (15, 50), &["0.2", "0.2", "0.2", "0.2", "1"])),
    }
}

fn old_key() -> ScriptedAccount {
    ScriptedAccount {
        id: "old-key".into(),
        name: "Old key".into(),
        key: "demo-photoroom-old-key".into(),
        key_accepted: false,
        balance: Balance::Photoroom {
            plan: "basic".into(),
            available: Amount::from(55),
            subscription: Amount::from(100),
            renewal_day: 12,
            rolls_over: true,
            old_pricing: false,
        },
        pace: None,
    }
}

fn old_pricing() -> ScriptedAccount {
    ScriptedAccount {
        id: "old-pricing".into(),
        name: "Old pricing".into(),
        key: "demo-photoroom-old-pricing".into(),
        key_accepted: true,
        balance: Balance::Photoroom {
            plan: "basic".into(),
            available: Amount::from(42),
            subscription: Amount::from(100),
            renewal_day: 20,
            rolls_over: true,
            old_pricing: true,
        },
        pace: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    #[test]
    fn the_sample_is_the_drawing_of_the_overview() {
        let script = Script::sample(parse_instant("2026-11-20T09:00:00Z").unwrap());
        let ids: Vec<&str> = script.accounts.iter().map(|account| account.id.as_str()).collect();
        assert_eq!(ids, ["studio", "studio-yearly", "shop-cutouts", "old-key"]);
        let Balance::ImaginePro { expires_at, .. } = script.accounts[0].balance else { panic!("not ImaginePro") };
        assert_eq!(expires_at, parse_instant("2026-12-07T14:30:00Z").unwrap());
        let Balance::Photoroom { available, .. } = script.accounts[2].balance else { panic!("not Photoroom") };
        assert_eq!(available.to_string(), "130.4");
        let costs = script.accounts.iter().filter_map(|account| account.pace.as_ref()).flat_map(|pace| &pace.costs);
        assert!(costs.clone().all(|cost| cost.is_positive()) && costs.count() == 11);
    }

    #[test]
    fn debug_output_holds_no_key() {
        let script = Script::sample(parse_instant("2026-11-20T09:00:00Z").unwrap());
        assert!(!format!("{script:?}").contains("demo-"));
    }
}
