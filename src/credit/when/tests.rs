use proptest::prelude::*;

use super::*;

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

/// What a text means on Friday 20 November 2026, 10:00 in Berlin.
fn meant(text: &str, zone_name: &str, toward: Toward) -> Result<String, WhenError> {
    let when: When = text.parse()?;
    when.instant(t("2026-11-20T09:00:00Z"), zone(zone_name), toward).map(print_instant)
}

#[test]
fn a06_each_form_means_an_instant_in_the_zone_of_what_it_is_about() {
    for (text, zone, instant) in [
        ("now", "Europe/Berlin", "2026-11-20T09:00:00Z"),
        ("NOW", "UTC", "2026-11-20T09:00:00Z"),
        ("2026-11-20", "UTC", "2026-11-20T00:00:00Z"),
        ("2026-11-20", "Europe/Berlin", "2026-11-19T23:00:00Z"),
        ("2026-11-20", "Asia/Tokyo", "2026-11-19T15:00:00Z"),
        ("2026-11-20 14:30", "Europe/Berlin", "2026-11-20T13:30:00Z"),
        ("2026-11-20T14:30", "Europe/Berlin", "2026-11-20T13:30:00Z"),
        ("2026-11-20 14:30:05.25", "UTC", "2026-11-20T14:30:05.250Z"),
        ("  2026-11-20   14:30 ", "UTC", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30:00+02:00", "Asia/Tokyo", "2026-11-20T12:30:00Z"),
        ("2026-11-20T09:00:00Z", "Asia/Tokyo", "2026-11-20T09:00:00Z"),
        ("2026-11-20 14:30Z", "Asia/Tokyo", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30-05:00", "Asia/Tokyo", "2026-11-20T19:30:00Z"),
        ("today", "Europe/Berlin", "2026-11-19T23:00:00Z"),
        ("Today 08:15", "Europe/Berlin", "2026-11-20T07:15:00Z"),
        ("yesterday", "Europe/Berlin", "2026-11-18T23:00:00Z"),
        ("tomorrow", "UTC", "2026-11-21T00:00:00Z"),
        ("-3d", "Europe/Berlin", "2026-11-17T09:00:00Z"),
        ("+2w", "UTC", "2026-12-04T09:00:00Z"),
        ("\u{2212}1d", "UTC", "2026-11-19T09:00:00Z"),
        ("-90min", "UTC", "2026-11-20T07:30:00Z"),
        ("+36h", "UTC", "2026-11-21T21:00:00Z"),
        ("-1mo", "UTC", "2026-10-20T09:00:00Z"),
        ("+1Y", "UTC", "2027-11-20T09:00:00Z"),
        // Four weeks back the clock was on summer time: the same local time.
        ("-4w", "Europe/Berlin", "2026-10-23T08:00:00Z"),
        ("-672h", "Europe/Berlin", "2026-10-23T09:00:00Z"),
        // A local time that a clock change skips is the first instant after the gap; of two the earlier counts (A3).
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
    ] {
        for toward in [Toward::Past, Toward::Future] {
            assert_eq!(meant(text, zone, toward), Ok(instant.to_owned()), "{text:?} in {zone}");
        }
    }
}

#[test]
fn a06_a_day_of_the_week_is_the_last_one_or_the_coming_one() {
    for (text, past, future) in [
        ("fri", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"),
        ("Friday", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"),
        ("fri 18:00", "2026-11-13T18:00:00Z", "2026-11-20T18:00:00Z"),
        ("fri 09:00", "2026-11-20T09:00:00Z", "2026-11-27T09:00:00Z"),
        ("thu", "2026-11-19T00:00:00Z", "2026-11-26T00:00:00Z"),
        ("sat", "2026-11-14T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("mon 12:00", "2026-11-16T12:00:00Z", "2026-11-23T12:00:00Z"),
    ] {
        assert_eq!(meant(text, "UTC", Toward::Past), Ok(past.to_owned()), "{text}");
        assert_eq!(meant(text, "UTC", Toward::Future), Ok(future.to_owned()), "{text}");
    }
    // In Auckland it is 22:00 on that Friday; in Honolulu it is still Thursday.
    assert_eq!(meant("fri", "Pacific/Auckland", Toward::Past), Ok("2026-11-19T11:00:00Z".to_owned()));
    assert_eq!(meant("fri", "Pacific/Honolulu", Toward::Future), Ok("2026-11-20T10:00:00Z".to_owned()));
}

#[test]
fn a06_what_is_not_understood_or_may_mean_two_things_is_refused() {
    for text in [
        "",
        " ",
        "soon",
        "20.11.2026",
        "11/20/2026",
        "2026/11/20",
        "2026-11-2",
        "26-11-20",
        "2026-11",
        "20261120",
        "2026-11-20 noon",
        "2026-11-20 14",
        "14:30",
        "+d",
        "--3d",
        "+3 d",
        "3",
        "-3",
        "+2fortnights",
        "2026-11-20T14:30+",
        "today 14:30Z",
        "fr",
        "nowish",
    ] {
        assert_eq!(text.parse::<When>(), Err(WhenError::NotAnInstant), "{text:?}");
    }
    for text in [
        "2026-02-30",
        "2026-13-01",
        "2026-11-20 25:00",
        "2026-11-20 14:60",
        "today 24:00",
        "2026-11-20 23:59:60",
        "2026-02-20T25:00:00Z",
    ] {
        assert_eq!(text.parse::<When>(), Err(WhenError::NotThere), "{text:?}");
    }
    for text in ["1969-12-31", "2200-01-01", "1969-12-31T23:59:59Z", "+100001d", "-99999999999d"] {
        assert_eq!(text.parse::<When>(), Err(WhenError::OutOfRange), "{text:?}");
    }
    let words = |text: &str| text.parse::<When>().unwrap_err().to_string();
    assert_eq!(words("-5m"), "either minutes or months; write -5min or -5mo");
    assert_eq!(words("3d"), "either ahead or back; write +3d or -3d");
    assert_eq!(meant("+1000y", "UTC", Toward::Future), Err(WhenError::OutOfRange));
    assert_eq!(meant("-80y", "UTC", Toward::Past), Err(WhenError::OutOfRange));
}

#[test]
fn a06_a_file_that_is_read_again_takes_dates_only() {
    let date = |text: &str| text.parse::<When>().unwrap().date().map(|date| date.to_string());
    assert_eq!(date("2026-11-20"), Some("2026-11-20".to_owned()));
    for text in ["today", "fri", "-3d", "now", "2026-11-20 14:30", "2026-11-20T00:00:00Z"] {
        assert_eq!(date(text), None, "{text}");
    }
}

fn any_when() -> impl Strategy<Value = When> {
    let instant = (0i64..7_258_118_400, 0u32..1_000_000_000);
    let time = (0u32..86_400, prop_oneof![Just(0u32), 0u32..1_000_000_000])
        .prop_map(|(seconds, nanos)| NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap());
    let minutes = (0u32..1440).prop_map(|minutes| NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap());
    let date = (0i32..84_000).prop_map(|days| NaiveDate::from_epoch_days(days).unwrap());
    let day = prop_oneof![
        date.prop_map(Day::Date),
        Just(Day::Today),
        Just(Day::Yesterday),
        Just(Day::Tomorrow),
        (0u8..7).prop_map(|n| Day::Weekday(Weekday::try_from(n).unwrap())),
    ];
    prop_oneof![
        Just(When::Now),
        instant.prop_map(|(seconds, nanos)| When::At(chrono::DateTime::from_timestamp(seconds, nanos).unwrap())),
        (day, prop_oneof![Just(NaiveTime::MIN), minutes, time]).prop_map(|(day, time)| When::On(day, time)),
        (-100_000i32..=100_000, 0usize..6).prop_map(|(count, unit)| When::Apart(count, Unit::ALL[unit])),
    ]
}

proptest! {
    #[test]
    fn a06_parse_after_print_is_identity(when in any_when()) {
        prop_assert_eq!(when.to_string().parse(), Ok(when));
    }

    #[test]
    fn a06_no_text_breaks_the_parser(text in "\\PC{0,30}") {
        if let Ok(when) = text.parse::<When>() {
            prop_assert_eq!(when.to_string().parse(), Ok(when));
        }
    }

    #[test]
    fn a06_the_last_and_the_coming_day_of_the_week_are_seven_days_apart(
        seconds in 0i64..4_000_000_000,
        weekday in 0u8..7,
        minutes in 0u32..1440,
    ) {
        let now = chrono::DateTime::from_timestamp(seconds + 1_000_000_000, 0).unwrap();
        let time = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap();
        let when = When::On(Day::Weekday(Weekday::try_from(weekday).unwrap()), time);
        let past = when.instant(now, Tz::UTC, Toward::Past).unwrap();
        let future = when.instant(now, Tz::UTC, Toward::Future).unwrap();
        prop_assert!(past <= now && now < future);
        prop_assert_eq!(future - past, TimeDelta::days(7));
    }
}
