//! Instants as people type them: one grammar for command lines, forms, imports and the configuration (SPEC A6).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;

use super::{Instant, InstantError, local_instant, parse_date, parse_instant, print_instant};

/// The most of a unit that can be counted from the present.
const MOST: u32 = 100_000;

/// An instant as somebody typed it, before it is known when and in which zone it is meant.
///
/// Read from, and printed as, one of
///
/// | text | meaning |
/// |---|---|
/// | `now` | the present |
/// | `2026-11-20T09:00:00Z`, with any offset | that instant (RFC 3339) |
/// | `2026-11-20`, `today`, `yesterday`, `tomorrow`, `fri` | 00:00 of that day |
/// | `2026-11-20 14:30`, `yesterday 14:30`, `fri 14:30` | that time of that day, to the second at most |
/// | `-3d`, `+2w` | as long before or after the present: `min`, `h`, and by the calendar `d`, `w`, `mo`, `y` |
///
/// A time of a date may carry an offset without seconds, as `2026-11-20 14:30Z`. Words and units may be in capitals. A day of the week is the last such day or the coming one, by [`Toward`].
/// A `T` may stand for the blank between a day and a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The present.
    Now,
    /// A time that says its own zone.
    At(Instant),
    /// A time of a day in the zone of what it is about.
    On(Day, NaiveTime),
    /// So many units after the present, before it where negative.
    Apart(i32, Unit),
}

/// A day as somebody typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// A date.
    Date(NaiveDate),
    /// The present day.
    Today,
    /// The day before it.
    Yesterday,
    /// The day after it.
    Tomorrow,
    /// A day of the week, the last one or the coming one.
    Weekday(Weekday),
}

/// What is counted from the present on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 60 seconds each.
    Minutes,
    /// 60 minutes each.
    Hours,
    /// The same local time so many days away.
    Days,
    /// Seven days each.
    Weeks,
    /// The same local day and time so many months away, clamped to the month's last day.
    Months,
    /// Twelve months each.
    Years,
}

/// Which of its days a day of the week means: with a time, such a day at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// The latest that is not after the present: what happened, and from when on to look.
    Past,
    /// The earliest that is after the present: what is due, what expires, another day to look at.
    Future,
}

/// Why a text is no [`When`], or stands for no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// None of the forms.
    #[error("not a day or time; write 2026-11-20, \"2026-11-20 14:30\", today, yesterday, fri, -3d, +2w or now")]
    NotAnInstant,
    /// A date or a time that the calendar does not have.
    #[error("not a day and time that exist")]
    NotThere,
    /// `-3m` may be minutes or months.
    #[error("either minutes or months; write {0:+}min or {0:+}mo")]
    MinutesOrMonths(i32),
    /// `3d` may be ahead or back.
    #[error("either ahead or back; write +{0} or -{0}")]
    NoSign(Span),
    /// Before 1970 or after 2199.
    #[error("outside the years 1970 to 2199")]
    OutOfRange,
}

/// A number of units, as it is typed: `3d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(u32, Unit);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, self.1.word())
    }
}

impl Unit {
    const ALL: [Self; 6] = [Self::Minutes, Self::Hours, Self::Days, Self::Weeks, Self::Months, Self::Years];

    fn word(self) -> &'static str {
        match self {
            Self::Minutes => "min",
            Self::Hours => "h",
            Self::Days => "d",
            Self::Weeks => "w",
            Self::Months => "mo",
            Self::Years => "y",
        }
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self::Now);
        }
        match parse_instant(text) {
            Ok(instant) => return Ok(Self::At(instant)),
            Err(InstantError::OutOfRange) => return Err(WhenError::OutOfRange),
            Err(_) => {}
        }
        if let Some(apart) = apart(text) {
            return apart;
        }
        let (typed_day, typed_time) = match text.split_once(char::is_whitespace) {
            Some((day, time)) => (day, Some(time.trim_start())),
            None => match text.split_at_checked(10) {
                Some((day, rest)) if rest.starts_with(['T', 't']) => (day, rest.get(1..)),
                _ => (text, None),
            },
        };
        let on = day(typed_day)?;
        let Some(typed_time) = typed_time else { return Ok(Self::On(on, NaiveTime::MIN)) };
        match typed_time.find(['Z', 'z', '+', '-']).and_then(|zone| typed_time.split_at_checked(zone)) {
            None => Ok(Self::On(on, time(typed_time)?)),
            // RFC 3339 wants seconds; people leave them out.
            Some((minute, zone)) => {
                let seconds = if minute.len() == 5 { ":00" } else { "" };
                let exact = parse_instant(&format!("{typed_day}T{minute}{seconds}{zone}"));
                exact.map(Self::At).map_err(|_| match time(minute) {
                    Err(WhenError::NotThere) => WhenError::NotThere,
                    _ => WhenError::NotAnInstant,
                })
            }
        }
    }
}

/// Reads `+2w` and the like; `None` where it is something else.
fn apart(text: &str) -> Option<Result<When, WhenError>> {
    let digits = text.trim_start_matches(['+', '-', '\u{2212}']);
    let sign = text.strip_suffix(digits).filter(|sign| sign.chars().count() <= 1)?;
    let unit = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = digits.strip_suffix(unit).filter(|count| !count.is_empty())?;
    let minutes_or_months = unit.eq_ignore_ascii_case("m");
    let unit = Unit::ALL.into_iter().find(|other| unit.eq_ignore_ascii_case(other.word()));
    if unit.is_none() && !minutes_or_months {
        return None;
    }
    let Some(count) = count.parse::<u32>().ok().filter(|count| *count <= MOST) else {
        return Some(Err(WhenError::OutOfRange));
    };
    let signed = i32::try_from(count).ok().map(|count| if sign == "+" { count } else { -count })?;
    let Some(unit) = unit else { return Some(Err(WhenError::MinutesOrMonths(signed))) };
    Some(if sign.is_empty() { Err(WhenError::NoSign(Span(count, unit))) } else { Ok(When::Apart(signed, unit)) })
}

fn day(text: &str) -> Result<Day, WhenError> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("today") {
        return Ok(Day::Today);
    }
    if is("yesterday") {
        return Ok(Day::Yesterday);
    }
    if is("tomorrow") {
        return Ok(Day::Tomorrow);
    }
    if let Ok(weekday) = text.parse::<Weekday>() {
        return Ok(Day::Weekday(weekday));
    }
    let looks_right = text.len() == 10 && text.chars().enumerate().all(|(at, c)| (c == '-') == (at == 4 || at == 7));
    match parse_date(text) {
        Ok(date) => Ok(Day::Date(date)),
        Err(InstantError::OutOfRange) => Err(WhenError::OutOfRange),
        Err(_) if looks_right && text.chars().all(|c| c == '-' || c.is_ascii_digit()) => Err(WhenError::NotThere),
        Err(_) => Err(WhenError::NotAnInstant),
    }
}

fn time(text: &str) -> Result<NaiveTime, WhenError> {
    let known = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"];
    let found = known.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    // Where the calendar has a 61st second it is no time of its own here.
    found.filter(|time| time.nanosecond() < 1_000_000_000).ok_or_else(|| {
        let like_a_time = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'));
        if like_a_time && text.contains(':') { WhenError::NotThere } else { WhenError::NotAnInstant }
    })
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::At(instant) => f.write_str(&print_instant(*instant)),
            Self::Apart(count, unit) => write!(f, "{count:+}{}", unit.word()),
            Self::On(day, time) => {
                write!(f, "{day}")?;
                match (time.num_seconds_from_midnight() % 60, time.nanosecond()) {
                    _ if *time == NaiveTime::MIN => Ok(()),
                    (0, 0) => write!(f, " {}", time.format("%H:%M")),
                    _ => write!(f, " {}", time.format("%H:%M:%S%.f")),
                }
            }
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::Tomorrow => f.write_str("tomorrow"),
            Self::Weekday(weekday) => f.write_str(&weekday.to_string().to_lowercase()),
        }
    }
}

impl When {
    /// The instant that is meant at `now`, in the `zone` of what it is about: the account's own, never the one that times are shown in,
    /// unless no account is named.
    ///
    /// # Errors
    /// [`WhenError::OutOfRange`] outside the years 1970 to 2199.
    pub fn instant(self, now: Instant, zone: Tz, toward: Toward) -> Result<Instant, WhenError> {
        let instant = match self {
            Self::Now => Some(now),
            Self::At(instant) => Some(instant),
            Self::On(day, time) => on(day, time, now, zone, toward),
            Self::Apart(count, unit) => away(count, unit, now, zone),
        };
        instant.filter(|instant| (1970..2200).contains(&instant.year())).ok_or(WhenError::OutOfRange)
    }

    /// The date, where one was typed and nothing else: what a file that is read on other days again may hold.
    #[must_use]
    pub fn date(self) -> Option<NaiveDate> {
        match self {
            Self::On(Day::Date(date), NaiveTime::MIN) => Some(date),
            _ => None,
        }
    }
}

fn on(day: Day, time: NaiveTime, now: Instant, zone: Tz, toward: Toward) -> Option<Instant> {
    let today = now.with_timezone(&zone).date_naive();
    let at = |date: NaiveDate| local_instant(zone, date.and_time(time));
    match day {
        Day::Date(date) => Some(at(date)),
        Day::Today => Some(at(today)),
        Day::Yesterday => today.pred_opt().map(at),
        Day::Tomorrow => today.succ_opt().map(at),
        Day::Weekday(weekday) => {
            let back = u64::from(today.weekday().days_since(weekday));
            match toward {
                Toward::Past => [back, back + 7]
                    .into_iter()
                    .find_map(|back| today.checked_sub_days(Days::new(back)).map(at).filter(|found| *found <= now)),
                Toward::Future => [0, 7, 14].into_iter().find_map(|ahead| {
                    let date = today.checked_sub_days(Days::new(back))?.checked_add_days(Days::new(ahead))?;
                    Some(at(date)).filter(|found| *found > now)
                }),
            }
        }
    }
}

fn away(count: i32, unit: Unit, now: Instant, zone: Tz) -> Option<Instant> {
    let local = now.with_timezone(&zone).naive_local();
    let many = count.unsigned_abs();
    let days = |days: u32| {
        let days = Days::new(u64::from(days));
        if count < 0 { local.checked_sub_days(days) } else { local.checked_add_days(days) }
    };
    let months = |months: u32| {
        let months = Months::new(months);
        if count < 0 { local.checked_sub_months(months) } else { local.checked_add_months(months) }
    };
    let there = match unit {
        Unit::Minutes => return now.checked_add_signed(TimeDelta::minutes(i64::from(count))),
        Unit::Hours => return now.checked_add_signed(TimeDelta::hours(i64::from(count))),
        Unit::Days => days(many),
        Unit::Weeks => days(many.checked_mul(7)?),
        Unit::Months => months(many),
        Unit::Years => months(many.checked_mul(12)?),
    };
    there.map(|there| local_instant(zone, there))
}

#[cfg(test)]
mod tests;
