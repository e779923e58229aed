//! Figures, spans of time and names as text: no clock, no colour.

use chrono::TimeDelta;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::credit::{Amount, Instant};
pub(crate) use crate::credit::{clean, clean_lines, counted};

/// An amount in at most `width` columns: exact where it fits; else without groups, else places behind the point give way to
/// `…` or to `≈`. What is not zero never reads as zero, and what is too large is said by its length: never cut, no exponent.
#[must_use]
pub(crate) fn fitted(amount: Amount, separator: char, width: usize, ellipsis: char) -> String {
    let (exact, plain) = (amount.grouped_by(separator), amount.to_string());
    if let Some(fits) = [&exact, &plain].into_iter().find(|text| text.width() <= width) {
        return fits.clone();
    }
    let whole = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    let room = width.saturating_sub(1);
    if whole(&exact).width() + 1 < room {
        let shown: String = exact.chars().take(room).collect();
        let reads_as_zero = shown.chars().all(|c| !('1'..='9').contains(&c));
        return match (reads_as_zero, amount.is_negative()) {
            (false, _) => format!("{shown}{ellipsis}"),
            (true, false) => ">0".to_owned(),
            (true, true) => "<0".to_owned(),
        };
    }
    if let Some(fits) = [whole(&exact), whole(&plain)].into_iter().find(|text| text.width() < width && plain.contains('.')) {
        return format!("≈{fits}");
    }
    let digits = whole(&plain).chars().filter(char::is_ascii_digit).count();
    format!("{digits} digits")
}

/// Whether the whole part of an amount, in groups, has room in `width` columns.
#[must_use]
pub(crate) fn whole_fits(amount: Amount, width: usize) -> bool {
    amount.grouped_by(' ').split('.').next().unwrap_or_default().width() <= width
}

/// A span of time that is shown, and how long this text stays true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// The text.
    pub(crate) text: String,
    /// The text is right until a moment after this; `None` where it never changes.
    pub(crate) until: Option<Instant>,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From here on hours don't matter.
const FAR: i64 = 60 * DAY;

fn pair(seconds: i64, large: i64, large_name: &str, small: i64, small_name: &str) -> String {
    let rest = seconds % large / small;
    if rest == 0 {
        return format!("{} {large_name}", seconds / large);
    }
    format!("{} {large_name} {rest} {small_name}", seconds / large)
}

/// The time left until `at`, at the grain that people plan by: `333 d`, `17 d 4 h`, `4 h 12 min`, and seconds only in the last hour,
/// `12 min 5 s`. Rounded down; `now` where it has come.
#[must_use]
pub(crate) fn countdown(at: Instant, now: Instant) -> Span {
    let left = (at - now).num_seconds();
    let (text, grain) = match left {
        ..=0 => return Span { text: "now".to_owned(), until: None },
        1..MINUTE => (format!("{left} s"), 1),
        MINUTE..HOUR => (pair(left, MINUTE, "min", 1, "s"), 1),
        HOUR..DAY => (pair(left, HOUR, "h", MINUTE, "min"), MINUTE),
        HOUR.. if left < FAR => (pair(left, DAY, "d", HOUR, "h"), HOUR),
        _ => (format!("{} d", left / DAY), DAY),
    };
    // The text holds while at least `left` rounded down to the grain is left.
    let shown = left / grain * grain;
    Span { text, until: Some(at - TimeDelta::seconds(shown)) }
}

/// The time left until something unimportant: as [`countdown`], but whole minutes until the last one.
#[must_use]
pub(crate) fn coarse_countdown(at: Instant, now: Instant) -> Span {
    let left = (at - now).num_seconds();
    if !(MINUTE..HOUR).contains(&left) {
        return countdown(at, now);
    }
    let shown = left / MINUTE;
    let until = at - TimeDelta::seconds(shown * MINUTE);
    Span { text: format!("{shown} min"), until: Some(until) }
}

/// How long ago `at` was: `12 s ago`, `4 min ago`, `3 h ago`, `2 d ago`. Rounded down.
#[must_use]
pub(crate) fn age(at: Instant, now: Instant) -> Span {
    let passed = (now - at).num_seconds().max(0);
    let (count, unit, name) = match passed {
        0..MINUTE => (passed, 1, "s"),
        MINUTE..HOUR => (passed / MINUTE, MINUTE, "min"),
        HOUR..DAY => (passed / HOUR, HOUR, "h"),
        _ => (passed / DAY, DAY, "d"),
    };
    let until = (at <= now).then(|| at + TimeDelta::seconds((count + 1) * unit));
    Span { text: format!("{count} {name} ago"), until: until.or(Some(at)) }
}

/// A rough span for "lasts": `5 h`, `2 d`, `38 d`, `210 d`.
#[must_use]
pub(crate) fn rough(at: Instant, now: Instant) -> Span {
    let left = (at - now).num_seconds();
    let days = left / DAY;
    let (text, grain) = match left {
        ..=0 => return Span { text: "now".to_owned(), until: None },
        1..HOUR => (format!("{} min", left / MINUTE), MINUTE),
        HOUR..172_800 => (format!("{} h", left / HOUR), HOUR),
        _ => (format!("{days} d"), DAY),
    };
    Span { text, until: Some(at - TimeDelta::seconds(left / grain * grain)) }
}

/// The text in at most `width` columns, with an ellipsis where it was cut.
#[must_use]
pub(crate) fn cut(text: &str, width: usize, ellipsis: char) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(c);
    }
    if width > 0 {
        kept.push(ellipsis);
    }
    kept
}

/// The text in at most `width` columns; where that is too little, its beginning and its end with an ellipsis between them.
#[must_use]
pub(crate) fn cut_in_the_middle(text: &str, width: usize, ellipsis: char) -> String {
    let room = width.saturating_sub(1);
    if text.width() <= width || room < 2 {
        return cut(text, width, ellipsis);
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room.div_ceil(2)
    };
    let end: String = text.chars().rev().take_while(fits).collect();
    let end: String = end.chars().rev().collect();
    // A mark of the letter before must not fall on the ellipsis.
    let end = end.trim_start_matches(|c: char| c.width() == Some(0));
    cut(text, width.saturating_sub(end.width()), ellipsis) + end
}

/// The text in at most `width` columns, shortened by whole words; a first word that is too long is cut.
#[must_use]
pub(crate) fn shortened(text: &str, width: usize, ellipsis: char) -> String {
    let kept = cut(text, width, ellipsis);
    match kept
        .strip_suffix(ellipsis)
        .and_then(|whole| whole.trim_end().rsplit_once(' ').map(|(words, last)| (whole, words, last)))
    {
        // What was left out begins with a new word.
        Some((whole, ..)) if kept != text && text.strip_prefix(whole).is_some_and(|rest| rest.starts_with(' ')) => kept,
        Some((whole, ..)) if kept != text && whole.ends_with(' ') => format!("{}{ellipsis}", whole.trim_end()),
        Some((_, words, _)) if kept != text => format!("{}{ellipsis}", words.trim_end_matches([' ', ',', ';'])),
        _ => kept,
    }
}

/// The text cut and filled up with spaces on the right to exactly `width` columns.
#[must_use]
pub(crate) fn left(text: &str, width: usize, ellipsis: char) -> String {
    let text = cut(text, width, ellipsis);
    let fill = width.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

/// The text cut and filled up with spaces on the left to exactly `width` columns.
#[must_use]
pub(crate) fn right(text: &str, width: usize, ellipsis: char) -> String {
    let text = cut(text, width, ellipsis);
    " ".repeat(width.saturating_sub(text.width())) + &text
}

/// The text broken at spaces into lines of at most `width` columns; a longer word is broken where it must be.
#[must_use]
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text with something else wherever these words stand on their own: not within other words.
#[must_use]
pub(crate) fn without_words(text: &str, words: &str, instead: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(words) {
        let starts = !before.chars().next_back().or(kept.chars().next_back()).is_some_and(char::is_alphanumeric);
        let ends = !after.chars().next().is_some_and(char::is_alphanumeric);
        kept.push_str(before);
        kept.push_str(if starts && ends { instead } else { words });
        rest = after;
    }
    kept + rest
}

/// The text with a capital at its beginning.
#[must_use]
pub(crate) fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A plan's name: an id as `professional-plus` reads `Professional Plus`, a name that has capitals stays as it is.
#[must_use]
pub(crate) fn plan_name(plan: &str) -> String {
    let plan = clean(plan);
    if plan.chars().any(char::is_uppercase) {
        return plan;
    }
    let words: Vec<String> = plan.split(['-', '_', ' ']).filter(|word| !word.is_empty()).map(capitalized).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        parse_instant(text).unwrap()
    }

    #[test]
    fn a1_amounts_are_shown_exactly_in_groups_of_three() {
        for (given, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1 000"),
            ("1234567", "1 234 567"),
            ("-1234.5", "-1 234.5"),
            ("0.6336833840314097", "0.6336833840314097"),
        ] {
            assert_eq!(amount(given).grouped_by(' '), shown);
        }
    }

    #[test]
    fn a1_an_amount_that_does_not_fit_never_loses_its_magnitude() {
        assert_eq!(fitted(amount("0.6336833840314097"), ' ', 8, '…'), "0.63368…");
        assert_eq!(fitted(amount("2600"), ' ', 5, '…'), "2 600");
        assert_eq!(fitted(amount("123456.75"), ' ', 7, '…'), "≈123456");
        assert_eq!(fitted(amount("1234567890123456789012345.123"), ' ', 29, '…'), "1234567890123456789012345.123");
        assert_eq!(fitted(amount("9999999999999999999999999999"), ' ', 10, '…'), "28 digits");
    }

    #[test]
    fn a1_what_is_not_zero_never_reads_as_zero() {
        assert_eq!(fitted(amount("0.000000000000000000000000001"), ' ', 14, '…'), ">0");
        assert_eq!(fitted(amount("-0.000000000000000000000000001"), ' ', 14, '…'), "<0");
        assert_eq!(fitted(amount("0"), ' ', 4, '…'), "0");
    }

    #[test]
    fn a_countdown_ticks_at_the_grain_that_it_shows() {
        let now = at("2026-11-20T09:00:00Z");
        for (then, text, changes) in [
            ("2026-12-07T14:30:00Z", "17 d 5 h", "2026-11-20T09:30:00Z"),
            ("2026-11-20T13:12:30Z", "4 h 12 min", "2026-11-20T09:00:30Z"),
            ("2026-11-20T09:12:05Z", "12 min 5 s", "2026-11-20T09:00:00Z"),
            ("2026-11-20T09:00:01Z", "1 s", "2026-11-20T09:00:00Z"),
        ] {
            let span = countdown(at(then), now);
            assert_eq!((span.text.as_str(), span.until), (text, Some(at(changes))), "{then}");
            let later = countdown(at(then), at(changes) + TimeDelta::milliseconds(1));
            assert_ne!(later.text, text, "{then} must change when it says");
        }
        assert_eq!(countdown(now, now), Span { text: "now".into(), until: None });
    }

    #[test]
    fn an_age_changes_when_it_says() {
        let then = at("2026-11-20T09:00:00Z");
        for seconds in [0, 12, 59, 60, 3_599, 3_600, 86_399, 86_400, 200_000] {
            let now = then + TimeDelta::seconds(seconds);
            let span = age(then, now);
            let until = span.until.unwrap();
            assert_eq!(age(then, until - TimeDelta::milliseconds(1)).text, span.text, "{seconds}");
            assert_ne!(age(then, until).text, span.text, "{seconds}");
        }
    }

    #[test]
    fn plans_read_as_names() {
        for (plan, name) in
            [("professional-plus", "Professional Plus"), ("plus", "Plus"), ("STARTER", "STARTER"), ("Pro-2026", "Pro-2026")]
        {
            assert_eq!(plan_name(plan), name);
        }
    }

    #[test]
    fn p6_text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\nd\u{7}"), "a[31mbc d");
    }

    #[test]
    fn wide_names_are_cut_by_columns() {
        assert_eq!(cut("写真スタジオ", 7, '…'), "写真ス…");
        assert_eq!(left("写真", 6, '…'), "写真  ");
        assert_eq!(cut_in_the_middle("写真スタジオ東京", 9, '…'), "写真…東京");
        assert_eq!(cut_in_the_middle("Nordwest 12", 8, '…'), "Nor…t 12");
        assert_eq!(["Nordwest", "", "é"].map(|text| cut_in_the_middle(text, 2, '…')), ["N…", "", "é"]);
        for (width, shown) in [(40, "one two three"), (12, "one two…"), (9, "one two…"), (8, "one two…"), (7, "one…"), (3, "on…")]
        {
            assert_eq!(shortened("one two three", width, '…'), shown, "{width}");
        }
        assert_eq!(right("12", 4, '…'), "  12");
        assert_eq!(wrapped("one two verylongword", 8), ["one two", "verylong", "word"]);
    }
}
