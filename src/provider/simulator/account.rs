//! One account of the simulator as it lives: spends, resets, top-ups.

use chrono_tz::Tz;
use fastrand::Rng;

use super::script::{Balance, Pace, ScriptedAccount};
use crate::credit::{Amount, Instant, Recurrence, months_later};

/// An account at the instant up to which its script has been played.
pub(super) struct LiveAccount {
    /// Who it is and what it holds now.
    pub(super) script: ScriptedAccount,
    settled_at: Instant,
    rhythm: Option<Rhythm>,
    /// The first end of the subscription, from which all later ones and the months are counted (SPEC A3).
    anchor: Instant,
    renewals: u32,
}

/// The next spend of a [`Pace`].
struct Rhythm {
    pace: Pace,
    rng: Rng,
    next_at: Instant,
}

impl LiveAccount {
    pub(super) fn new(script: ScriptedAccount, start: Instant, seed: u64) -> Self {
        let rhythm = script.pace.clone().map(|pace| Rhythm {
            next_at: start + chrono::TimeDelta::seconds(i64::from(pace.first_after)),
            rng: Rng::with_seed(seed),
            pace,
        });
        let anchor = match &script.balance {
            Balance::ImaginePro { expires_at, .. } => *expires_at,
            Balance::Photoroom { .. } => start,
        };
        Self { script, settled_at: start, rhythm, anchor, renewals: 0 }
    }

    /// Plays everything that is due by `now`, resets before spends of the same instant.
    pub(super) fn advance(&mut self, now: Instant) {
        loop {
            let reset = self.next_reset().filter(|at| *at <= now);
            let spend = self.rhythm.as_ref().map(|rhythm| rhythm.next_at).filter(|at| *at <= now);
            match (reset, spend) {
                (Some(at), None) => self.reset_at(at),
                (Some(at), Some(spend)) if at <= spend => self.reset_at(at),
                (_, Some(at)) => self.spend_by_rhythm(at),
                (None, None) => break,
            }
        }
        self.settled_at = self.settled_at.max(now);
    }

    fn reset_at(&mut self, at: Instant) {
        self.settled_at = at;
        self.refill();
        if let Balance::ImaginePro { expires_at, renews_for: Some(months), .. } = &mut self.script.balance
            && *expires_at <= at
        {
            self.renewals += 1;
            *expires_at = months_later(Tz::UTC, self.anchor, (*months).max(1).saturating_mul(self.renewals));
        }
    }

    fn next_reset(&self) -> Option<Instant> {
        match &self.script.balance {
            Balance::ImaginePro { expires_at, renews_for, .. } => {
                let recurrence = Recurrence::MonthlyFrom { anchor: self.anchor, until: None };
                recurrence.next_after(self.settled_at).filter(|at| renews_for.is_some() || at < expires_at)
            }
            Balance::Photoroom { renewal_day, .. } => {
                Recurrence::MonthlyOn { day: *renewal_day, zone: Tz::UTC }.next_after(self.settled_at)
            }
        }
    }

    /// A spend of the script, skipped where the account can't pay it whole.
    fn spend_by_rhythm(&mut self, at: Instant) {
        self.settled_at = at;
        let Some(rhythm) = &mut self.rhythm else { return };
        let (least, most) = rhythm.pace.every;
        let gap = rhythm.rng.u32(least.max(1)..=most.max(least).max(1));
        rhythm.next_at = at + chrono::TimeDelta::seconds(i64::from(gap));
        let Some(cost) = rhythm.rng.choice(&rhythm.pace.costs).copied() else { return };
        if self.left() >= cost {
            self.spend(cost);
        }
    }

    /// What the account can pay with.
    pub(super) fn left(&self) -> Amount {
        match &self.script.balance {
            Balance::ImaginePro { credits, extra, expires_at, renews_for, .. } => {
                let lapsed = renews_for.is_none() && *expires_at <= self.settled_at;
                if lapsed { *extra } else { credits.plus(*extra).unwrap_or(*credits) }
            }
            Balance::Photoroom { available, .. } => *available,
        }
    }

    /// Whether no credits are left at all, spendable or not.
    pub(super) fn is_empty(&self) -> bool {
        match &self.script.balance {
            Balance::ImaginePro { credits, extra, .. } => !credits.is_positive() && !extra.is_positive(),
            Balance::Photoroom { available, .. } => !available.is_positive(),
        }
    }

    /// Spends in the provider's order, monthly before extra credits, as far as there are any; returns what was not covered.
    pub(super) fn spend(&mut self, amount: Amount) -> Amount {
        match &mut self.script.balance {
            Balance::ImaginePro { credits, extra, expires_at, renews_for, .. } => {
                let lapsed = renews_for.is_none() && *expires_at <= self.settled_at;
                let rest = if lapsed { amount } else { draw(credits, amount) };
                draw(extra, rest)
            }
            Balance::Photoroom { available, .. } => draw(available, amount),
        }
    }

    /// Adds purchased credits.
    pub(super) fn top_up(&mut self, amount: Amount) {
        let pool = match &mut self.script.balance {
            Balance::ImaginePro { extra, .. } => extra,
            Balance::Photoroom { available, .. } => available,
        };
        *pool = pool.plus(amount).unwrap_or(*pool);
    }

    /// Starts a new cycle: the quota anew, or on top of the rest where it rolls over.
    pub(super) fn refill(&mut self) {
        match &mut self.script.balance {
            Balance::ImaginePro { quota, credits, .. } => *credits = *quota,
            Balance::Photoroom { available, subscription, rolls_over, .. } => {
                let rest = if *rolls_over { *available } else { Amount::ZERO };
                *available = rest.plus(*subscription).unwrap_or(rest);
            }
        }
    }
}

/// Takes `amount` from `pool` as far as it goes; returns the rest.
fn draw(pool: &mut Amount, amount: Amount) -> Amount {
    let taken = amount.min(pool.or_zero());
    *pool = pool.minus(taken).unwrap_or(*pool);
    amount.minus(taken).unwrap_or(Amount::ZERO)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::credit::parse_instant;
    use crate::provider::simulator::Script;

    fn now() -> Instant {
        parse_instant("2026-11-20T09:00:00Z").unwrap()
    }

    fn live(index: usize) -> LiveAccount {
        let script = Script::sample(now());
        LiveAccount::new(script.accounts[index].clone(), script.start, script.seed)
    }

    fn imaginepro(account: &LiveAccount) -> (String, String, Instant) {
        match &account.script.balance {
            Balance::ImaginePro { credits, extra, expires_at, .. } => (credits.to_string(), extra.to_string(), *expires_at),
            Balance::Photoroom { .. } => panic!("not ImaginePro"),
        }
    }

    #[test]
    fn monthly_credits_are_spent_before_extra_ones() {
        let mut account = live(0);
        assert_eq!(account.spend(Amount::from(1700)), Amount::ZERO);
        assert_eq!(imaginepro(&account).1, "900");
        assert_eq!(imaginepro(&account).0, "0");
        assert_eq!(account.spend(Amount::from(901)), Amount::ONE);
        account.top_up(Amount::from(5));
        assert_eq!(imaginepro(&account).1, "5");
    }

    #[test]
    fn spending_starts_after_a_while_and_is_the_same_each_time() {
        let (mut once, mut steps) = (live(0), live(0));
        once.advance(now() + TimeDelta::seconds(29));
        assert_eq!(imaginepro(&once).0, "1600");
        once.advance(now() + TimeDelta::hours(1));
        for second in 0..=3600 {
            steps.advance(now() + TimeDelta::seconds(second));
        }
        assert_eq!(imaginepro(&once).0, imaginepro(&steps).0);
        assert!(once.left() < Amount::from(2600));
    }

    #[test]
    fn a_subscription_refills_and_renews_at_its_end() {
        let mut account = live(0);
        account.rhythm = None;
        account.spend(Amount::from(100));
        let end = imaginepro(&account).2;
        account.advance(end - TimeDelta::seconds(1));
        assert_eq!(imaginepro(&account).0, "1500");
        account.advance(end);
        assert_eq!(imaginepro(&account), ("1600".into(), "1000".into(), parse_instant("2027-01-07T14:30:00Z").unwrap()));
    }

    #[test]
    fn a_yearly_subscription_refills_each_month() {
        let mut account = live(1);
        account.rhythm = None;
        let end = imaginepro(&account).2;
        account.advance(now() + TimeDelta::days(10));
        assert_eq!(imaginepro(&account), ("4000".into(), "0".into(), end));
    }

    #[test]
    fn the_rest_of_a_photoroom_cycle_rolls_over() {
        let mut account = live(2);
        account.rhythm = None;
        account.advance(parse_instant("2026-12-03T00:00:00Z").unwrap());
        assert_eq!(account.left().to_string(), "230.4");
    }

    #[test]
    fn a_subscription_that_is_not_renewed_keeps_only_extra_credits() {
        let mut account = live(0);
        if let Balance::ImaginePro { renews_for, .. } = &mut account.script.balance {
            *renews_for = None;
        }
        account.rhythm = None;
        account.advance(now() + TimeDelta::days(40));
        assert_eq!(account.left(), Amount::from(1000));
        account.spend(Amount::from(10));
        assert_eq!(imaginepro(&account).0, "1600");
    }
}
