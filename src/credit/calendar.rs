//! Instants, calendar steps and recurrences (SPEC A2, A3).

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat, TimeDelta, TimeZone, Timelike,
    Utc,
};
use chrono_tz::Tz;

/// An instant in UTC. Accepted from 1970-01-01 to 2199-12-31, to the nanosecond.
pub type Instant = DateTime<Utc>;

/// Why a text is not an [`Instant`] or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Not RFC 3339, or a day or time that does not exist.
    #[error("not an RFC 3339 time that exists, like 2026-11-20T09:00:00Z")]
    NotAnInstant,
    /// Not a calendar date.
    #[error("not a date that exists, like 2026-11-20")]
    NotADate,
    /// Outside 1970 to 2199.
    #[error("outside the years 1970 to 2199")]
    OutOfRange,
}

fn in_range(instant: Instant) -> Result<Instant, InstantError> {
    if (1970..2200).contains(&instant.year()) { Ok(instant) } else { Err(InstantError::OutOfRange) }
}

/// Reads an RFC 3339 instant with any offset.
///
/// A leap second, `23:59:60`, is taken as the second after it.
///
/// # Errors
/// [`InstantError`] for a malformed text, a day that doesn't exist, or a year outside 1970 to 2199.
pub fn parse_instant(text: &str) -> Result<Instant, InstantError> {
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| InstantError::NotAnInstant)?.to_utc();
    // A leap second counts as the second after it: instants have no place of their own for it.
    let whole = DateTime::from_timestamp(instant.timestamp(), 0).ok_or(InstantError::OutOfRange)?;
    in_range(whole + TimeDelta::nanoseconds(i64::from(instant.timestamp_subsec_nanos())))
}

/// Reads a `YYYY-MM-DD` date.
///
/// # Errors
/// [`InstantError`] for a malformed text, a day that doesn't exist, or a year outside 1970 to 2199.
pub fn parse_date(text: &str) -> Result<NaiveDate, InstantError> {
    if text.len() != 10 {
        return Err(InstantError::NotADate);
    }
    let date: NaiveDate = text.parse().map_err(|_| InstantError::NotADate)?;
    if (1970..2200).contains(&date.year()) { Ok(date) } else { Err(InstantError::OutOfRange) }
}

/// Writes an instant as RFC 3339 in UTC with `Z`, with only the fraction digits that it needs.
#[must_use]
pub fn print_instant(instant: Instant) -> String {
    let (date, time) = (instant.date_naive(), instant.time());
    let (Ok(year @ 0..10_000), 0) = (u32::try_from(date.year()), time.nanosecond()) else {
        return instant.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    };
    // Files of a million entries have two million of these, nearly all in whole seconds.
    let mut text = String::with_capacity(20);
    push_digits(&mut text, year / 100);
    push_digits(&mut text, year % 100);
    for (before, number) in
        [('-', date.month()), ('-', date.day()), ('T', time.hour()), (':', time.minute()), (':', time.second())]
    {
        text.push(before);
        push_digits(&mut text, number);
    }
    text.push('Z');
    text
}

/// Adds a number below a hundred in two digits.
fn push_digits(text: &mut String, number: u32) {
    text.extend([number / 10, number % 10].into_iter().filter_map(|digit| char::from_digit(digit, 10)));
}

/// The instant of a local date and time: the first instant after a gap, the earlier of two (SPEC A3).
#[must_use]
pub fn local_instant(zone: Tz, local: NaiveDateTime) -> Instant {
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return instant.to_utc();
    }
    // In a gap: the clock change is the first UTC second whose local time has passed `local`.
    let guess = local.and_utc();
    let (mut before, mut after) = (guess - TimeDelta::hours(26), guess + TimeDelta::hours(26));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        let middle = middle - TimeDelta::nanoseconds(i64::from(middle.timestamp_subsec_nanos()));
        let middle = if middle <= before { before + TimeDelta::seconds(1) } else { middle };
        let offset = zone.offset_from_utc_datetime(&middle.naive_utc()).fix();
        if middle.naive_utc() + offset >= local {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

/// The start, 00:00 local time, of a date.
#[must_use]
pub fn start_of_day(zone: Tz, date: NaiveDate) -> Instant {
    local_instant(zone, date.and_time(NaiveTime::MIN))
}

/// The same local date and time a number of years on; 29 Feb becomes 28 Feb where the year has none.
#[must_use]
pub fn years_later(zone: Tz, from: Instant, years: u32) -> Instant {
    let local = from.with_timezone(&zone).naive_local();
    local.checked_add_months(Months::new(years.saturating_mul(12))).map_or(from, |later| local_instant(zone, later))
}

/// The same local time a number of calendar days on.
#[must_use]
pub fn days_later(zone: Tz, from: Instant, days: u32) -> Instant {
    let local = from.with_timezone(&zone).naive_local();
    local.checked_add_days(Days::new(u64::from(days))).map_or(from, |later| local_instant(zone, later))
}

/// The same local date and time a number of months on, clamped to the month's last day.
#[must_use]
pub fn months_later(zone: Tz, from: Instant, months: u32) -> Instant {
    let local = from.with_timezone(&zone).naive_local();
    local.checked_add_months(Months::new(months)).map_or(from, |later| local_instant(zone, later))
}

/// A monthly recurrence. Each occurrence is computed from the anchor, never from the one before (SPEC A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recurrence {
    /// 00:00 in `zone` on a day of each month, clamped to the month's last day.
    MonthlyOn {
        /// Day of the month, 1 to 31.
        day: u8,
        /// The zone whose midnight counts.
        zone: Tz,
    },
    /// The UTC day and time of `anchor` in each month, clamped to the month's last day, before and after the anchor.
    MonthlyFrom {
        /// A reported or observed instant.
        anchor: Instant,
        /// No occurrence after this instant.
        until: Option<Instant>,
    },
}

impl Recurrence {
    /// Occurrence number `n`, counted in months from the anchor (or from January of year 0 for [`Self::MonthlyOn`]).
    ///
    /// `None` outside the calendar's range; the `until` bound does not apply here.
    #[must_use]
    pub fn nth(self, n: i64) -> Option<Instant> {
        match self {
            Self::MonthlyOn { day, zone } => {
                let year = i32::try_from(n.div_euclid(12)).ok()?;
                let month = u32::try_from(n.rem_euclid(12)).ok()? + 1;
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                let last = first.checked_add_months(Months::new(1))?.pred_opt()?.day();
                let date = first.with_day(u32::from(day).clamp(1, last))?;
                Some(start_of_day(zone, date))
            }
            Self::MonthlyFrom { anchor, .. } => {
                let months = Months::new(u32::try_from(n.unsigned_abs()).ok()?);
                let local = anchor.naive_utc();
                let moved = if n < 0 { local.checked_sub_months(months) } else { local.checked_add_months(months) };
                moved.map(|moved| moved.and_utc())
            }
        }
    }

    fn until(self) -> Option<Instant> {
        match self {
            Self::MonthlyOn { .. } => None,
            Self::MonthlyFrom { until, .. } => until,
        }
    }

    /// The number of an occurrence at most two months before `t`.
    fn index_near(self, t: Instant) -> i64 {
        match self {
            Self::MonthlyOn { zone, .. } => {
                let local = t.with_timezone(&zone).naive_local();
                i64::from(local.year()) * 12 + i64::from(local.month0()) - 1
            }
            Self::MonthlyFrom { anchor, .. } => {
                let months = |t: Instant| i64::from(t.year()) * 12 + i64::from(t.month0());
                months(t) - months(anchor) - 1
            }
        }
    }

    /// The first occurrence after `t`, if there is one.
    #[must_use]
    pub fn next_after(self, t: Instant) -> Option<Instant> {
        let start = self.index_near(t);
        let next = (start..start + 4).find_map(|n| self.nth(n).filter(|occurrence| *occurrence > t))?;
        (self.until().is_none_or(|until| next <= until)).then_some(next)
    }

    /// The last occurrence at or before `t`.
    #[must_use]
    pub fn last_by(self, t: Instant) -> Option<Instant> {
        let t = self.until().map_or(t, |until| until.min(t));
        let start = self.index_near(t);
        (start - 1..start + 4).rev().find_map(|n| self.nth(n).filter(|occurrence| *occurrence <= t))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use proptest::prelude::*;

    use super::*;

    fn t(text: &str) -> Instant {
        parse_instant(text).unwrap()
    }

    fn zone(name: &str) -> Tz {
        name.parse().unwrap()
    }

    #[test]
    fn a2_reads_any_offset_and_prints_utc() {
        assert_eq!(print_instant(t("2026-11-20T10:00:00+01:00")), "2026-11-20T09:00:00Z");
        assert_eq!(print_instant(t("2022-10-07T14:30:00.000Z")), "2022-10-07T14:30:00Z");
        assert_eq!(t("2016-12-31T23:59:60.5Z"), t("2017-01-01T00:00:00.5Z"));
        assert_eq!(parse_instant("2026-02-30T00:00:00Z"), Err(InstantError::NotAnInstant));
        assert_eq!(parse_instant("2026-02-03"), Err(InstantError::NotAnInstant));
        assert_eq!(parse_instant("1969-12-31T23:59:59Z"), Err(InstantError::OutOfRange));
        assert_eq!(parse_date("2026-02-29"), Err(InstantError::NotADate));
        assert_eq!(parse_date("26-2-9"), Err(InstantError::NotADate));
    }

    #[test]
    fn a3_anchors_28_to_31_keep_their_day_over_48_months() {
        for day in 28..=31u8 {
            for zone in [Tz::UTC, zone("Europe/Berlin"), zone("America/New_York"), zone("Pacific/Auckland")] {
                let recurrence = Recurrence::MonthlyOn { day, zone };
                let mut at = t("2023-12-15T00:00:00Z");
                for _ in 0..48 {
                    at = recurrence.next_after(at).unwrap();
                    let local = at.with_timezone(&zone).naive_local();
                    let last =
                        local.date().with_day(1).unwrap().checked_add_months(Months::new(1)).unwrap().pred_opt().unwrap().day();
                    assert_eq!(local.day(), u32::from(day).min(last));
                    assert_eq!(local.hour(), 0);
                }
            }
        }
    }

    #[test]
    fn a3_anchor_31_jan_gives_28_feb_31_mar_30_apr() {
        let recurrence = Recurrence::MonthlyFrom { anchor: t("2025-01-31T14:30:00Z"), until: None };
        let dates: Vec<String> = (1..4).map(|n| print_instant(recurrence.nth(n).unwrap())).collect();
        assert_eq!(dates, ["2025-02-28T14:30:00Z", "2025-03-31T14:30:00Z", "2025-04-30T14:30:00Z"]);
    }

    #[test]
    fn a3_recurrence_back_from_an_end_stops_there() {
        let end = t("2026-12-31T14:30:00Z");
        let recurrence = Recurrence::MonthlyFrom { anchor: end, until: Some(end) };
        assert_eq!(recurrence.next_after(t("2026-11-20T00:00:00Z")), Some(t("2026-11-30T14:30:00Z")));
        assert_eq!(recurrence.next_after(t("2026-11-30T14:30:00Z")), Some(end));
        assert_eq!(recurrence.next_after(end), None);
        assert_eq!(recurrence.last_by(t("2027-05-01T00:00:00Z")), Some(end));
    }

    #[test]
    fn a3_years_and_weeks_are_calendar_steps() {
        let berlin = zone("Europe/Berlin");
        assert_eq!(years_later(Tz::UTC, t("2024-02-29T12:00:00Z"), 1), t("2025-02-28T12:00:00Z"));
        // 28 days over the end of summer time keep the local hour.
        assert_eq!(days_later(berlin, t("2026-10-09T22:00:00Z"), 28), t("2026-11-06T23:00:00Z"));
    }

    #[test]
    fn a3_gaps_and_overlaps_in_ten_zones() {
        // (zone, local time, what it means)
        for (name, local, utc) in [
            ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            ("America/New_York", "2026-03-08T02:15:00", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
            ("America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z"),
            ("America/Havana", "2026-03-08T00:00:00", "2026-03-08T05:00:00Z"),
            ("Asia/Beirut", "2026-03-29T00:00:00", "2026-03-28T22:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00Z"),
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"),
            ("Africa/Cairo", "2026-04-24T00:00:00", "2026-04-23T22:00:00Z"),
            ("Asia/Tehran", "2022-03-22T00:00:00", "2022-03-21T20:30:00Z"),
            ("Pacific/Auckland", "2026-04-05T02:30:00", "2026-04-04T13:30:00Z"),
            ("America/Santiago", "2026-09-06T00:00:00", "2026-09-06T04:00:00Z"),
        ] {
            let local: NaiveDateTime = local.parse().unwrap();
            assert_eq!(local_instant(zone(name), local), t(utc), "{name} {local}");
        }
    }

    proptest! {
        #[test]
        fn a2_parse_after_print_is_identity(seconds in 0i64..7_258_118_400, nanos in 0u32..1_000_000_000) {
            let instant = DateTime::from_timestamp(seconds, nanos).unwrap();
            prop_assert_eq!(parse_instant(&print_instant(instant)), Ok(instant));
            let whole = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(print_instant(whole), whole.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }

        #[test]
        fn a3_next_and_last_agree(day in 1u8..=31, seconds in 0i64..4_000_000_000, zone in 0usize..5) {
            let zone: Tz = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"][zone].parse().unwrap();
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            for recurrence in [Recurrence::MonthlyOn { day, zone }, Recurrence::MonthlyFrom { anchor: at, until: None }] {
                let next = recurrence.next_after(at).unwrap();
                prop_assert!(next > at && next - at <= TimeDelta::days(32));
                prop_assert_eq!(recurrence.last_by(next), Some(next));
                prop_assert!(recurrence.last_by(at).unwrap() <= at);
                prop_assert_eq!(recurrence.next_after(recurrence.last_by(at).unwrap()), Some(next));
            }
        }
    }
}
