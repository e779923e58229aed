//! Local days, found by looking at a zone's clock every quarter of an hour.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use creditop::credit::Instant;

const STEP: TimeDelta = TimeDelta::minutes(15);

/// The first instant at which the zone's clock shows `local` or later.
pub(crate) fn first_at(zone: Tz, local: NaiveDateTime) -> Instant {
    let mut at = local.and_utc() - TimeDelta::hours(16);
    while zone.from_utc_datetime(&at.naive_utc()).naive_local() < local {
        at += STEP;
    }
    at
}

/// The beginnings of the days on which an account resets that resets on day `day`, clamped at month ends.
pub(crate) fn reset_days(zone: Tz, day: u8, from: Instant, to: Instant) -> Vec<Instant> {
    let mut all = Vec::new();
    let mut date = from.date_naive() - TimeDelta::days(2);
    while date <= to.date_naive() + TimeDelta::days(2) {
        let is_last = (date + TimeDelta::days(1)).day() == 1;
        if date.day() == u32::from(day) || (is_last && date.day() < u32::from(day)) {
            all.push(first_at(zone, date.and_time(NaiveTime::MIN)));
        }
        date += TimeDelta::days(1);
    }
    all
}

/// The same local date and time a year on; the day before where there is no such date.
pub(crate) fn a_year_on(zone: Tz, from: Instant) -> Instant {
    let local = from.with_timezone(&zone).naive_local();
    let year = local.year() + 1;
    let date = NaiveDate::from_ymd_opt(year, local.month(), local.day())
        .unwrap_or_else(|| NaiveDate::from_ymd_opt(year, local.month(), local.day() - 1).unwrap());
    first_at(zone, date.and_time(local.time()))
}

/// The same local time so many calendar days on.
pub(crate) fn days_on(zone: Tz, from: Instant, days: i64) -> Instant {
    let local = from.with_timezone(&zone).naive_local();
    first_at(zone, local + TimeDelta::days(days))
}

/// The same day of the next month in UTC, or its last.
pub(crate) fn a_month_on(from: Instant) -> Instant {
    let mut date = from.date_naive();
    // Into the next month, then to the day or the end, whichever comes first.
    while date.month() == from.month() {
        date += TimeDelta::days(1);
    }
    while date.day() < from.day() && (date + TimeDelta::days(1)).day() != 1 {
        date += TimeDelta::days(1);
    }
    date.and_time(from.time()).and_utc()
}
