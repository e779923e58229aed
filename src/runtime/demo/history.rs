//! The demo's history: what earlier polls would have seen of the simulator's accounts.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::credit::{AccountId, Amount, BucketId, Figure, Instant, ObservedBucket, PlanId, Recurrence, Sighting, Unrecorded};
use crate::provider::simulator::{Balance, ScriptedAccount};

/// How many days back the history goes.
const DAYS: i64 = 34;

/// What is used on each day of a week, in percent of the account's usual day; today is the first.
const WEEK: [u32; 7] = [100, 130, 90, 160, 110, 20, 10];

/// How an account got to what it holds now, told backwards.
struct PastUse {
    /// What is left now.
    left: Amount,
    /// What a cycle can't exceed, where the rest doesn't roll over.
    most: Option<Amount>,
    /// When the present cycle began.
    reset_at: Option<Instant>,
    /// What was left just before.
    before_reset: Amount,
    /// What a usual day uses.
    daily: Amount,
}

impl PastUse {
    /// What was left at the end of each day, the latest first.
    fn told(&self, now: Instant, first_day: i64) -> Vec<(Instant, Amount)> {
        let mut left = self.left;
        let mut later = now;
        let mut days = Vec::new();
        for (day, share) in (first_day..=DAYS).zip(WEEK.iter().cycle()) {
            let Some(at) = now.checked_sub_signed(TimeDelta::days(day) + TimeDelta::minutes(7)) else { break };
            if self.reset_at.is_some_and(|reset| at < reset && reset <= later) {
                left = self.before_reset;
            } else {
                let used = self.daily.times(percent(*share)).unwrap_or(Amount::ZERO);
                left = left.plus(used).unwrap_or(left);
                left = self.most.map_or(left, |most| left.min(most));
            }
            days.push((at, left));
            later = at;
        }
        days
    }
}

fn percent(share: u32) -> Amount {
    Amount::from(share).times("0.01".parse().unwrap_or(Amount::ZERO)).unwrap_or(Amount::ZERO)
}

/// The observations of an account before `now`, the oldest first.
pub(super) fn observations(now: Instant, account: &AccountId, scripted: &ScriptedAccount) -> Vec<Sighting> {
    let course = course(now, scripted);
    let first_day = if scripted.key_accepted { 1 } else { 2 };
    let mut told = course.told(now, first_day);
    // Within three intervals of the sample, so that nothing is stale at first sight, and older than one, so that all are polled.
    let latest = if scripted.key_accepted { TimeDelta::seconds(30) } else { TimeDelta::days(2) };
    told.insert(0, (now.checked_sub_signed(latest).unwrap_or(now), course.left));
    told.iter().rev().map(|(at, left)| observation(*at, *left, account, &scripted.balance)).collect()
}

fn course(now: Instant, scripted: &ScriptedAccount) -> PastUse {
    match &scripted.balance {
        Balance::ImaginePro { quota, credits, expires_at, .. } => PastUse {
            left: *credits,
            most: Some(*quota),
            reset_at: Recurrence::MonthlyFrom { anchor: *expires_at, until: None }.last_by(now),
            before_reset: percent(6).times(*quota).unwrap_or(Amount::ZERO),
            daily: percent(5).times(*quota).unwrap_or(Amount::ZERO),
        },
        Balance::Photoroom { available, subscription, renewal_day, .. } => {
            let daily = percent(2).times(*subscription).unwrap_or(Amount::ZERO);
            let reset_at = Recurrence::MonthlyOn { day: *renewal_day, zone: Tz::UTC }.last_by(now);
            PastUse {
                left: *available,
                most: None,
                reset_at: reset_at.filter(|_| scripted.key_accepted),
                before_reset: percent(64).times(*subscription).unwrap_or(Amount::ZERO),
                daily,
            }
        }
    }
}

fn observation(at: Instant, left: Amount, account: &AccountId, balance: &Balance) -> Sighting {
    let bucket = |id: &str, remaining: Amount, capacity: Option<Amount>| {
        let bucket = BucketId::new(id).ok()?;
        Some(ObservedBucket { bucket, remaining: Figure::Known(remaining), capacity: capacity.map(Figure::Known) })
    };
    let (plan, email, ends, buckets) = match balance {
        Balance::ImaginePro { plan, quota, extra, expires_at, email, .. } => (
            plan,
            Some(email.clone()),
            Some(*expires_at),
            vec![bucket("monthly", left, Some(*quota)), bucket("extra", *extra, None)],
        ),
        Balance::Photoroom { plan, subscription, .. } => (plan, None, None, vec![bucket("images", left, Some(*subscription))]),
    };
    Sighting {
        seq: Unrecorded,
        account: account.clone(),
        at,
        last_seen_at: at,
        plan: PlanId::new(plan).ok(),
        email,
        subscription_ends_at: ends,
        buckets: buckets.into_iter().flatten().collect(),
    }
}
