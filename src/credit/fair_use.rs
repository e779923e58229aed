//! Fair-use caps of credits without limit (SPEC E8): usage is shown against them and warned about, and nothing is ever refused.

use chrono::TimeDelta;

use super::fold::{Life, Lot, LotId, State, Supply};
use super::{Amount, AmountError, BucketIndex, Instant, noun, pick, with_unit};

/// How much of a cap may be used before it is worth a warning, in percent.
const NEAR_PERCENT: i64 = 80;

/// What a provider, or an account's contract, says of how much of "unlimited" is fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FairUse {
    /// There is a cap, and its size is not published.
    Unpublished,
    /// So much in each period.
    Cap {
        /// How much, over zero.
        amount: Amount,
        /// In which time.
        period: FairUsePeriod,
    },
}

/// The time that a cap counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FairUsePeriod {
    /// The last 24 hours.
    Day,
    /// The last seven days.
    Week,
    /// The time since the reset of the credits without limit; the last 30 days where no reset is known.
    Month,
}

impl FairUsePeriod {
    /// The words of definitions and of the configuration.
    pub const WORDS: [(&'static str, Self); 3] = [("day", Self::Day), ("week", Self::Week), ("month", Self::Month)];

    /// The word in definitions, JSON and sentences.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The period that runs now, in a sentence.
    #[must_use]
    pub fn running(self) -> &'static str {
        match self {
            Self::Day => "in the last 24 hours",
            Self::Week => "in the last 7 days",
            Self::Month => "this month",
        }
    }
}

/// Usage against a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairUsage {
    /// The cap.
    pub cap: FairUse,
    /// What was used in the running period; in the running month where the cap is not published.
    pub used: Amount,
}

impl FairUsage {
    /// Whether so much of the cap is used that it is worth a warning.
    #[must_use]
    pub fn is_near(&self) -> bool {
        match self.cap {
            FairUse::Unpublished => false,
            FairUse::Cap { amount, .. } => self.used.percent_of(amount).is_none_or(|percent| percent >= NEAR_PERCENT),
        }
    }

    /// The usage in a sentence without a full stop: `Fair use: used 950 of 1 000 credits this month`.
    #[must_use]
    pub fn words(&self, unit: &str) -> String {
        self.words_by(unit, Amount::grouped)
    }

    /// As [`Self::words`], with amounts as a screen writes them.
    #[must_use]
    pub fn words_by(&self, unit: &str, amount: impl Fn(Amount) -> String) -> String {
        let used = amount(self.used);
        match self.cap {
            FairUse::Unpublished => {
                format!("Fair use: used {used} {} this month, of a cap that is not published", noun(self.used, unit))
            }
            FairUse::Cap { amount: cap, period } => {
                let over = if self.used > cap { ", over the cap" } else { "" };
                format!("Fair use: used {used} of {} {} {}{over}", amount(cap), noun(cap, unit), period.running())
            }
        }
    }

    /// What it means for a plan after which so much is used, as a sentence.
    #[must_use]
    pub fn words_of_plan(&self, unit: &str) -> String {
        match self.cap {
            FairUse::Unpublished => {
                "A fair-use cap applies whose size is not published: whether this plan keeps to it can't be told.".to_owned()
            }
            FairUse::Cap { amount, period } if self.used > amount => {
                let (used, cap) = (self.used.grouped(), with_unit(amount, unit));
                format!("This plan passes the fair-use cap: {used} of {cap} a {} with it.", period.word())
            }
            FairUse::Cap { amount, period } => {
                let (used, cap) = (self.used.grouped(), with_unit(amount, unit));
                format!("Fair use: {used} of {cap} a {} with this plan.", period.word())
            }
        }
    }
}

/// The usage of an account against its cap; `None` where it has no credits without limit, or nothing says that there is a cap.
pub(super) fn usage(state: &State, now: Instant) -> Result<Option<FairUsage>, AmountError> {
    let Some(cap) = pick(&state.rules.fair_use, state.plan.as_ref()).filter(|_| state.lots.has_unlimited()) else {
        return Ok(None);
    };
    let since = match cap {
        FairUse::Cap { period: FairUsePeriod::Day, .. } => now - TimeDelta::days(1),
        FairUse::Cap { period: FairUsePeriod::Week, .. } => now - TimeDelta::days(7),
        FairUse::Cap { period: FairUsePeriod::Month, .. } | FairUse::Unpublished => match used_in_cycle(state)? {
            Some(used) => return Ok(Some(FairUsage { cap: *cap, used })),
            None => now - TimeDelta::days(30),
        },
    };
    let used = state.used_since(since).map(|part| part.amount).try_fold(Amount::ZERO, Amount::plus)?;
    Ok(Some(FairUsage { cap: *cap, used }))
}

/// The usage once a plan has drawn these credits too.
pub(super) fn usage_with(state: &State, now: Instant, draws: &[(LotId, Amount)]) -> Result<Option<FairUsage>, AmountError> {
    let endless = |id: LotId| state.lots.get(id).is_some_and(|lot| lot.supply == Supply::Unlimited);
    let mut drawn = draws.iter().filter(|(lot, _)| endless(*lot)).map(|(_, amount)| *amount).peekable();
    let Some(before) = usage(state, now)?.filter(|_| drawn.peek().is_some()) else { return Ok(None) };
    Ok(Some(FairUsage { used: drawn.try_fold(before.used, Amount::plus)?, ..before }))
}

/// What was drawn from credits without limit since their reset; `None` where no reset is known.
fn used_in_cycle(state: &State) -> Result<Option<Amount>, AmountError> {
    let endless = |(_, lot): &(LotId, &Lot)| lot.life == Life::Active && lot.supply == Supply::Unlimited;
    let resets = |bucket: BucketIndex| state.buckets.get(bucket).is_some_and(|cycle| cycle.next_reset.is_some());
    let lots: Vec<&Lot> = state.lots.iter().filter(endless).map(|(_, lot)| lot).collect();
    if !lots.iter().all(|lot| resets(lot.bucket)) {
        return Ok(None);
    }
    lots.iter().map(|lot| lot.spent).try_fold(Amount::ZERO, Amount::plus).map(Some)
}
