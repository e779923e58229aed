//! Figures, instants and spans of time in words.

use chrono::TimeDelta;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::credit::{Amount, Figure, Instant, NARROW_SPACE, Wording};
pub(crate) use crate::credit::{clean, clean_lines, counted as count, with_unit};

/// An amount with its digits in groups of three: `12 345.67`, the part behind the point ungrouped.
#[must_use]
pub(crate) fn amount(amount: Amount) -> String {
    amount.grouped()
}

/// An amount that is only about right, to two digits or to the unit: `39`, `1 234`, `7.2`, `0.033`.
#[must_use]
pub(crate) fn about(rate: Amount) -> String {
    let exact = rate.decimal();
    let rounded = if exact.abs() >= Decimal::TEN { exact.round_dp(0) } else { exact.round_sf(2).unwrap_or(exact) };
    rounded.normalize().to_string().parse().map_or_else(|_| amount(rate), amount)
}

/// Figures and times as a page writes them, seen at an instant.
pub(crate) struct Words {
    pub now: Instant,
}

impl Wording for Words {
    fn amount(&self, credits: Amount) -> String {
        amount(credits)
    }

    fn about(&self, credits: Amount) -> String {
        format!("about {}", about(credits))
    }

    fn when(&self, at: Instant) -> String {
        relative(at, self.now)
    }

    fn span(&self, length: TimeDelta) -> String {
        span(length.num_seconds())
    }
}

/// The text with its first letter in upper case.
#[must_use]
pub(crate) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

/// The text with its amounts' digits not in groups, as a program reads them.
#[must_use]
pub(crate) fn ungrouped(text: &str) -> String {
    let groups = |before: &str, after: &str| {
        before.ends_with(|c: char| c.is_ascii_digit()) && after.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut parts = text.split(NARROW_SPACE);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if !groups(&plain, part) {
            plain.push(NARROW_SPACE);
        }
        plain.push_str(part);
    }
    plain
}

/// A figure in a column of figures; what is not known is a dash with a word, never an empty cell.
#[must_use]
pub(crate) fn figure(figure: Figure) -> String {
    match figure {
        Figure::Known(known) => amount(known),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "– unknown".to_owned(),
    }
}

/// A figure of which a lower bound may be known: `at least 50`.
#[must_use]
pub(crate) fn figure_or_bound(whole: Figure, known: Figure) -> String {
    match (whole, known) {
        (Figure::Unknown, Figure::Known(bound)) if bound.is_positive() => format!("at least {}", amount(bound)),
        (Figure::Unknown, Figure::Unlimited) | (Figure::Unlimited, _) => figure(Figure::Unlimited),
        (whole, _) => figure(whole),
    }
}

/// A span of time in its two largest units: `17 d 4 h`, `4 h 12 min`, `12 min 5 s`, `5 s`; negative spans count as none.
#[must_use]
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let pair = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{large} {large_unit}") } else { format!("{large} {large_unit} {small} {small_unit}") }
    };
    match seconds {
        86_400.. => pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
        3_600.. => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        60.. => pair(seconds / 60, "min", seconds % 60, "s"),
        _ => format!("{seconds} s"),
    }
}

/// How far an instant lies ahead or back: `in 17 d 4 h`, `2 min ago`, `now`.
#[must_use]
pub(crate) fn relative(at: Instant, now: Instant) -> String {
    match (at - now).num_seconds() {
        0 => "now".to_owned(),
        ahead @ 1.. => format!("in {}", span(ahead)),
        back => format!("{} ago", span(-back)),
    }
}

/// The instant in a zone to the minute: `2026-12-07 14:30`; the zone is named elsewhere on the page.
#[must_use]
pub(crate) fn minute(at: Instant, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// The instant in a zone with weekday and zone: `Mon 7 Dec 2026 14:30 UTC`.
#[must_use]
pub(crate) fn full(at: Instant, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %b %Y %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    #[test]
    fn p6_control_characters_and_direction_marks_are_dropped() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}c\u{202e}d\u{7}\r\ne"), "a[31mbcd e");
        assert_eq!(clean_lines("a\u{1b}\nb"), "a\nb");
    }

    #[test]
    fn amounts_are_grouped_before_the_point_only() {
        for (text, grouped) in [
            ("0", "0"),
            ("999", "999"),
            ("1600", "1\u{202f}600"),
            ("-1234567.8901", "-1\u{202f}234\u{202f}567.8901"),
            ("0.6336833840314097", "0.6336833840314097"),
        ] {
            assert_eq!(amount(text.parse().unwrap()), grouped);
        }
    }

    #[test]
    fn a_program_reads_digits_without_groups() {
        assert_eq!(ungrouped("1\u{202f}234\u{202f}567.5 of 2\u{202f}000"), "1234567.5 of 2000");
        assert_eq!(ungrouped("5\u{202f}% a\u{202f}1"), "5\u{202f}% a\u{202f}1");
    }

    #[test]
    fn rates_are_told_roughly() {
        let told = |text: &str| about(text.parse().unwrap());
        for (exact, words) in [
            ("39.466667", "39"),
            ("1234.5", "1\u{202f}234"),
            ("7.24", "7.2"),
            ("0.033333", "0.033"),
            ("9.99", "10"),
            ("200", "200"),
            ("1", "1"),
        ] {
            assert_eq!(told(exact), words);
        }
        assert_eq!(sentence("a key"), "A key");
    }

    #[test]
    fn a1_unknown_unlimited_and_zero_read_differently() {
        let zero = Figure::Known(Amount::ZERO);
        assert_eq!(figure(zero), "0");
        assert_eq!(figure(Figure::Unlimited), "unlimited");
        assert_eq!(figure(Figure::Unknown), "– unknown");
        assert_eq!(figure_or_bound(Figure::Unknown, Figure::Known(Amount::from(5))), "at least 5");
        assert_eq!(figure_or_bound(Figure::Unknown, zero), "– unknown");
    }

    #[test]
    fn spans_show_their_two_largest_units() {
        for (seconds, words) in
            [(-5, "0 s"), (5, "5 s"), (60, "1 min"), (725, "12 min 5 s"), (15_120, "4 h 12 min"), (1_483_200, "17 d 4 h")]
        {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn a2_instants_show_in_the_display_zone() {
        let at = parse_instant("2026-12-07T14:30:00Z").unwrap();
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        assert_eq!(minute(at, berlin), "2026-12-07 15:30");
        assert_eq!(full(at, Tz::UTC), "Mon 7 Dec 2026 14:30 UTC");
        assert_eq!(relative(at, parse_instant("2026-11-20T09:00:00Z").unwrap()), "in 17 d 5 h");
    }
}
