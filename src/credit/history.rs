//! What each bucket held over time, for charts and tables.

use std::str::FromStr;

use chrono::{Days, Months, TimeDelta};
use chrono_tz::Tz;

use super::fold::State;
use super::reliance::renewal_awaited;
use super::{Book, BucketId, EngineError, Figure, Instant, Source, days_later, local_instant, months_later};

/// The distance of one point of a history from the next. Days, weeks and months are those of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stride {
    /// Hours of 60 minutes.
    Hours(u32),
    /// The same local time so many days on.
    Days(u32),
    /// The same local day and time so many months on, clamped to the month's last day.
    Months(u32),
}

/// Why a text is no [`Stride`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a step; write 1h, 6h, 1d, 1w or 1mo")]
pub struct StrideError;

impl FromStr for Stride {
    type Err = StrideError;

    /// Reads `6h`, `1d`, `2w` or `1mo`: a whole number from 1 to 9999 and a unit.
    fn from_str(text: &str) -> Result<Self, StrideError> {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let count: u32 = digits.parse().ok().filter(|count| (1..=9999).contains(count)).ok_or(StrideError)?;
        match unit {
            "h" => Ok(Self::Hours(count)),
            "d" => Ok(Self::Days(count)),
            "w" => Ok(Self::Days(count * 7)),
            "mo" => Ok(Self::Months(count)),
            _ => Err(StrideError),
        }
    }
}

impl Stride {
    /// The instant `steps` of these before `to`.
    #[must_use]
    pub fn before(self, zone: Tz, to: Instant, steps: u32) -> Instant {
        let local = to.with_timezone(&zone).naive_local();
        let earlier = match self {
            Self::Hours(hours) => {
                let hours = TimeDelta::hours(i64::from(hours) * i64::from(steps));
                return to.checked_sub_signed(hours).unwrap_or(to);
            }
            Self::Days(days) => local.checked_sub_days(Days::new(u64::from(days) * u64::from(steps))),
            Self::Months(months) => local.checked_sub_months(Months::new(months.saturating_mul(steps))),
        };
        earlier.map_or(to, |earlier| local_instant(zone, earlier))
    }

    /// The instants from `from` to `to`, both included, each computed from the first (SPEC A3).
    pub fn instants(self, zone: Tz, from: Instant, to: Instant) -> impl Iterator<Item = Instant> {
        let nth = move |n: u32| match self {
            Self::Hours(hours) => {
                from.checked_add_signed(TimeDelta::hours(i64::from(hours) * i64::from(n))).unwrap_or(Instant::MAX_UTC)
            }
            Self::Days(days) => days_later(zone, from, days.saturating_mul(n)),
            Self::Months(months) => months_later(zone, from, months.saturating_mul(n)),
        };
        // Past the end of the calendar an instant would be the first one again.
        (0..).map(move |n| (n, nth(n))).take_while(move |(n, at)| *at <= to && (*n == 0 || *at > from)).map(|(_, at)| at)
    }
}

/// What an account's buckets held at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelPoint {
    /// When.
    pub at: Instant,
    /// All that remained.
    pub total: Figure,
    /// What remained in each bucket, in the order of [`Book::level_buckets`].
    pub levels: Vec<Figure>,
    /// Whether these figures lie behind the end of a subscription that runs now, and hold only if it is renewed (SPEC E13).
    pub if_renewed: bool,
}

impl Book {
    /// The buckets of [`Book::levels`], in the order of the rules.
    pub fn level_buckets(&self) -> impl Iterator<Item = &BucketId> {
        self.rules.buckets.iter().map(|bucket| &bucket.id)
    }

    /// What each bucket holds at rising instants, asked at `present`: the figures that [`Book::status_at`] gives.
    ///
    /// A hand-kept account is folded once for all of them; a polled one once for each, since each starts from the observation
    /// before it.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Early`] for a book that has not all entries;
    /// [`EngineError::Fault`] for a ledger that can't be.
    pub fn levels(&self, instants: &[Instant], present: Instant) -> Result<Vec<LevelPoint>, EngineError> {
        self.must_be_whole()?;
        let found = match (self.rules.source, instants.last()) {
            (_, None) => Vec::new(),
            (Source::Ledger, Some(to)) => {
                let figures = |state: &State| state.lots.figures();
                let (found, state) = State::along(&self.rules, None, &self.entries, instants.iter().copied(), *to, figures)
                    .map_err(|error| self.amount_error(error))?;
                self.sound(state)?;
                found.into_iter().map(|(at, levels)| (at, levels, false)).collect()
            }
            (Source::Polled, Some(_)) => {
                let point = |at: &Instant| {
                    let state = self.state_at(*at, present)?;
                    Ok((*at, state.lots.figures(), renewal_awaited(&state, *at).is_some()))
                };
                instants.iter().map(point).collect::<Result<_, EngineError>>()?
            }
        };
        let point = |(at, levels, if_renewed): (Instant, Vec<Figure>, bool)| {
            let total = levels.iter().try_fold(Figure::Known(super::Amount::ZERO), |sum, level| sum.with(*level));
            Ok(LevelPoint { at, total: total.map_err(|error| self.amount_error(error))?, levels, if_renewed })
        };
        found.into_iter().map(point).collect()
    }
}

impl Figure {
    /// This figure and another one together: unlimited wins over unknown.
    ///
    /// # Errors
    /// [`AmountError`](super::AmountError) past 28 digits.
    fn with(self, other: Self) -> Result<Self, super::AmountError> {
        Ok(match (self, other) {
            (Self::Unlimited, _) | (_, Self::Unlimited) => Self::Unlimited,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Known(one), Self::Known(two)) => Self::Known(one.plus(two)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    fn instants(step: &str, zone: Tz, from: &str, to: &str) -> Vec<String> {
        let at = |text| parse_instant(text).unwrap();
        let stride: Stride = step.parse().unwrap();
        stride.instants(zone, at(from), at(to)).map(crate::credit::print_instant).collect()
    }

    #[test]
    fn a3_months_are_counted_from_the_first_point() {
        let months = instants("1mo", Tz::UTC, "2026-01-31T00:00:00Z", "2026-05-01T00:00:00Z");
        assert_eq!(months, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"].map(|day| format!("{day}T00:00:00Z")));
    }

    #[test]
    fn a2_days_are_those_of_the_zone_and_hours_are_not() {
        let berlin = Tz::Europe__Berlin;
        let days = instants("1d", berlin, "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(days, ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"]);
        let hours = instants("24h", berlin, "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(hours, ["2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", "2026-10-26T22:00:00Z"]);
        assert_eq!(instants("2w", berlin, "2026-10-01T00:00:00Z", "2026-10-15T00:00:00Z").len(), 2);
    }

    #[test]
    fn a_history_ends_with_the_calendar() {
        assert!(Stride::Months(9999).instants(Tz::UTC, Instant::UNIX_EPOCH, Instant::MAX_UTC).count() < 1000);
    }

    #[test]
    fn steps_that_are_none_are_refused() {
        for text in ["", "1", "d", "0d", "-1d", "1.5h", "1m", "10000d", "99999999999999h", "1 d", "d1"] {
            assert!(text.parse::<Stride>().is_err(), "{text:?}");
        }
    }
}
