//! Reads single values: text, numbers, amounts, dates, durations, zones.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};
use toml::de::DeValue;

use super::reader::{Field, Findings, shown};
use crate::catalog::nearest;
use crate::catalog::toml_text::{self, TEXT, clipped, text_flaw};
use crate::credit::{Amount, Day, NameError, TypedAmountError, When, WhenError, parse_typed_amount};

/// The shortest interval that is accepted anywhere.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_hours(31 * 24);
/// Most characters of a text.
const LONGEST_TEXT: usize = 200;

impl<'d> Field<'d> {
    /// A text in quotes, of any content.
    pub(super) fn any_text(&self, findings: &mut Findings<'_>) -> Option<&'d str> {
        if let DeValue::String(text) = self.value() {
            return Some(text.as_ref());
        }
        self.refuse_type(findings, TEXT, None);
        None
    }

    /// A text in quotes for a screen: 1 to 200 printable characters.
    pub(super) fn text(&self, findings: &mut Findings<'_>) -> Option<&'d str> {
        let text = self.any_text(findings)?;
        let too_long = || (text.chars().count() > LONGEST_TEXT).then_some("is longer than 200 characters");
        let Some(problem) = text_flaw(text).or_else(too_long) else { return Some(text) };
        self.refuse(findings, problem, None);
        None
    }

    /// An id or another name.
    pub(super) fn name<T: FromStr<Err = NameError>>(&self, findings: &mut Findings<'_>) -> Option<T> {
        let text = self.text(findings)?;
        text.parse().map_err(|error: NameError| self.refuse(findings, &error.to_string(), None)).ok()
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)], findings: &mut Findings<'_>) -> Option<T> {
        self.noted(toml_text::one_of(self.value(), words), findings)
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, findings: &mut Findings<'_>) -> Option<bool> {
        self.noted(toml_text::flag(self.value()), findings)
    }

    /// A whole number within a range.
    pub(super) fn whole(&self, range: RangeInclusive<u32>, what: &str, findings: &mut Findings<'_>) -> Option<u32> {
        self.noted(toml_text::whole(self.value(), &range, what), findings)
    }

    /// A whole number from `range` that fits a byte.
    pub(super) fn small(&self, range: RangeInclusive<u8>, what: &str, findings: &mut Findings<'_>) -> Option<u8> {
        let range = u32::from(*range.start())..=u32::from(*range.end());
        self.whole(range, what, findings).and_then(|number| u8::try_from(number).ok())
    }

    /// An amount, zero or above: an integer or a decimal in quotes.
    pub(super) fn amount(&self, findings: &mut Findings<'_>) -> Option<Amount> {
        let text = self.noted(toml_text::amount_text(self.value()), findings)?;
        if let Err(error @ TypedAmountError::Ambiguous { .. }) = parse_typed_amount(text) {
            self.refuse(findings, &format!("{} is {error}", clipped(text)), None);
            return None;
        }
        self.noted(toml_text::amount(text, false), findings)
    }

    /// A date, bare or in quotes.
    pub(super) fn date(&self, findings: &mut Findings<'_>) -> Option<NaiveDate> {
        let hint = || Some("write year, month and day, like 2026-11-01".to_owned());
        let text = match self.value() {
            DeValue::Datetime(date) => match (date.date, date.time, date.offset) {
                (Some(date), None, None) => date.to_string(),
                (None, None, None) => {
                    let what = format!("{} is not a date that exists", clipped(self.written(findings)));
                    self.refuse(findings, &what, hint());
                    return None;
                }
                _ => {
                    self.refuse(findings, "expects a date without a time: a day begins at 00:00", hint());
                    return None;
                }
            },
            DeValue::String(text) => text.as_ref().to_owned(),
            _ => {
                self.refuse_type(findings, "a date", hint());
                return None;
            }
        };
        let (what, hint) = match text.parse::<When>().map(|when| (when.date(), when)) {
            Ok((Some(date), _)) => return Some(date),
            Ok((None, When::At(_) | When::On(Day::Date(_), _))) => {
                ("expects a date without a time: a day begins at 00:00".to_owned(), hint())
            }
            // The file is read again on other days.
            Ok((None, _)) => (format!("{} would be another day each time that the file is read", clipped(&text)), hint()),
            Err(WhenError::OutOfRange) => (format!("{} is outside the years 1970 to 2199", clipped(&text)), None),
            Err(_) => (format!("{} is not a date that exists", clipped(&text)), hint()),
        };
        self.refuse(findings, &what, hint);
        None
    }

    /// A duration such as `"5m"` or `"1h 30m"`, from 1 second to 31 days.
    pub(super) fn duration(&self, findings: &mut Findings<'_>) -> Option<Duration> {
        const HINT: &str = "write a number and a unit, like \"30s\", \"5m\" or \"1h\"";
        if let DeValue::Integer(number) = self.value() {
            let hint =
                number.as_str().parse::<u32>().map_or(HINT.to_owned(), |seconds| format!("for seconds, write \"{seconds}s\""));
            self.refuse(findings, "a duration needs a unit", Some(hint));
            return None;
        }
        let text = self.any_text(findings)?;
        match humantime::parse_duration(text) {
            Ok(duration) if (SHORTEST..=LONGEST).contains(&duration) => Some(duration),
            Ok(_) => {
                self.refuse(findings, &format!("{} is not between 1 second and 31 days", shown(text)), Some(HINT.to_owned()));
                None
            }
            Err(_) => {
                self.refuse(findings, &format!("{} is not a duration", shown(text)), Some(HINT.to_owned()));
                None
            }
        }
    }

    /// A time zone by its IANA name.
    pub(super) fn zone(&self, findings: &mut Findings<'_>) -> Option<Tz> {
        let text = self.text(findings)?;
        if let Ok(zone) = text.parse() {
            return Some(zone);
        }
        let hint = nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name()))
            .map_or("use an IANA name, like \"Europe/Berlin\" or \"UTC\"".to_owned(), |close| format!("did you mean {close:?}?"));
        self.refuse(findings, &format!("{} is no time zone", shown(text)), Some(hint));
        None
    }
}
