//! Reads single values: text, numbers, amounts, dates, durations, zones.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};
use toml::de::DeValue;

use super::reader::{Field, Findings, shown};
use crate::catalog::nearest;
use crate::credit::{Amount, AmountError, Day, NameError, TypedAmountError, When, WhenError, parse_typed_amount};

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
        self.refuse_type(findings, "text in quotes", None);
        None
    }

    /// A text in quotes for a screen: 1 to 200 printable characters.
    pub(super) fn text(&self, findings: &mut Findings<'_>) -> Option<&'d str> {
        let text = self.any_text(findings)?;
        let problem = if text.trim().is_empty() {
            "is empty"
        } else if text.chars().count() > LONGEST_TEXT {
            "is longer than 200 characters"
        } else if text.chars().any(char::is_control) {
            "holds a control character"
        } else {
            return Some(text);
        };
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
        let choices: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        let hint = Some(format!("use {}", choices.join(", ")));
        let DeValue::String(text) = self.value() else {
            self.refuse_type(findings, "text in quotes", hint);
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.refuse(findings, &format!("{} is none of the choices", shown(text)), hint);
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, findings: &mut Findings<'_>) -> Option<bool> {
        if let DeValue::Boolean(flag) = self.value() {
            return Some(*flag);
        }
        self.refuse_type(findings, "true or false, without quotes", None);
        None
    }

    /// A whole number within a range.
    pub(super) fn whole(&self, range: RangeInclusive<u32>, what: &str, findings: &mut Findings<'_>) -> Option<u32> {
        let hint = Some(if *range.end() == u32::MAX {
            format!("use {} or more", range.start())
        } else {
            format!("use {} to {}", range.start(), range.end())
        });
        let DeValue::Integer(number) = self.value() else {
            self.refuse_type(findings, "a whole number, without quotes", hint);
            return None;
        };
        let fits = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number));
        if fits.is_none() {
            self.refuse(findings, &format!("{} is not {what}", clipped(&number.to_string())), hint);
        }
        fits
    }

    /// A whole number from `range` that fits a byte.
    pub(super) fn small(&self, range: RangeInclusive<u8>, what: &str, findings: &mut Findings<'_>) -> Option<u8> {
        let range = u32::from(*range.start())..=u32::from(*range.end());
        self.whole(range, what, findings).and_then(|number| u8::try_from(number).ok())
    }

    /// An amount, zero or above: an integer or a decimal in quotes.
    pub(super) fn amount(&self, findings: &mut Findings<'_>) -> Option<Amount> {
        let text = match self.value() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Integer(_) => {
                self.refuse(findings, "an amount is written with decimal digits", None);
                return None;
            }
            DeValue::String(text) => text.as_ref(),
            DeValue::Float(number) => {
                let hint = number.as_str().parse::<Amount>().map(|_| format!("write it in quotes: \"{}\"", number.as_str()));
                self.refuse(findings, "a number with a point is not read exactly", hint.ok());
                return None;
            }
            _ => {
                self.refuse_type(findings, "an amount", Some("use a whole number, or a decimal in quotes".to_owned()));
                return None;
            }
        };
        if let Err(error @ TypedAmountError::Ambiguous { .. }) = parse_typed_amount(text) {
            self.refuse(findings, &format!("{} is {error}", clipped(text)), None);
            return None;
        }
        let why = match text.parse::<Amount>() {
            Ok(amount) if !amount.is_negative() => return Some(amount),
            Ok(_) => "is below zero".to_owned(),
            Err(error @ AmountError::TooManyDigits) => format!("has {error}"),
            Err(error) => format!("is {error}"),
        };
        let hint = text.contains(',').then(|| format!("write the point as \".\": {}", shown(&text.replace(',', "."))));
        self.refuse(findings, &format!("{} {why}", clipped(text)), hint);
        None
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

/// A number or date as it stands in the file, cut to a length that fits a message.
fn clipped(text: &str) -> String {
    let plain = !text.is_empty() && text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { text.to_owned() } else { shown(text) }
}
