//! TOML texts that people write, definitions and the configuration: read with the place of every value, and with one way to word a mistake.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{Problem, nearest};
use crate::credit::{Amount, AmountError};

/// What a text in quotes is called where something else stands.
pub(crate) const TEXT: &str = "text in quotes";

/// What is wrong with a value, and one thing to do.
pub(crate) type Mistake = (String, Option<String>);

/// The problems found so far, and the text that they are in.
pub(crate) struct Findings<'t> {
    text: &'t str,
    file: Option<&'t Path>,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Findings<'t> {
    /// No problems yet, in a text from a file or from elsewhere.
    pub(crate) fn new(text: &'t str, file: Option<&'t Path>) -> Self {
        Self { text, file, problems: RefCell::default() }
    }

    /// The file that the text came from.
    pub(crate) fn file(&self) -> Option<&'t Path> {
        self.file
    }

    /// The line, from 1, that a byte offset is on. Lines are counted only here: most texts have no problem.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    /// A part of the text as it was written.
    pub(crate) fn written(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// Notes a problem at a byte offset.
    pub(crate) fn add(&self, at: usize, key: &str, what: impl Into<String>, hint: Option<String>) {
        let line = Some(self.line_at(at));
        let file = self.file.map(Path::to_path_buf);
        self.problems.borrow_mut().push(Problem { file, line, key: key.to_owned(), what: what.into(), hint });
    }

    /// Whether nothing was found.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Whether a key, or a part of it, has a problem already.
    pub(crate) fn has(&self, key: &str) -> bool {
        let is_within = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.problems.borrow().iter().any(|problem| problem.key.strip_prefix(key).is_some_and(is_within))
    }

    /// Every problem, in the order of the text.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems.dedup(); // a table that is read twice notes its problems twice
        problems
    }

    /// Reads the text into a table; `None` where its syntax is broken, with every break noted.
    ///
    /// A date that doesn't exist is no break: it is noted where the date is read, with its key.
    pub(crate) fn read_table(&self) -> Option<DeTable<'t>> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        let is_date =
            |message: &str| ["invalid date", "invalid time", "invalid offset"].iter().any(|start| message.starts_with(start));
        let mut errors: Vec<(usize, &str)> = errors
            .iter()
            .filter(|error| !is_date(error.message()))
            .map(|error| (error.span().map_or(0, |span| span.start), error.message()))
            .collect();
        errors.sort_unstable();
        // One mistake often breaks the rest of its line in several ways: the first is the one to mend.
        errors.dedup_by_key(|(at, _)| self.line_at(*at));
        for (at, message) in &errors {
            self.add(*at, "", format!("this is not TOML: {message}"), syntax_hint(message));
        }
        errors.is_empty().then(|| document.into_inner())
    }
}

fn syntax_hint(message: &str) -> Option<String> {
    let hint = if message.starts_with("string values must be quoted") {
        "put the text in quotes"
    } else if message.starts_with("duplicate key") {
        "keep one of the two"
    } else if message.starts_with("invalid basic string") {
        "close the quotes on the same line"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// A text for a message: quoted, control characters escaped, not longer than a line.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// A key as TOML spells it.
pub(crate) fn shown_key(key: &str) -> String {
    let bare = !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if bare { key.to_owned() } else { shown(key) }
}

/// That a value is of the wrong type.
pub(crate) fn wrong_type(value: &DeValue<'_>, expected: &str) -> String {
    let found = match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("expects {expected}, found {found}")
}

/// That there is no such key among those that are known; `reference` names them all where they are many.
pub(crate) fn unknown_key<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, reference: Option<&str>) -> Mistake {
    let hint = match (nearest(name, known.clone()), reference) {
        (Some(close), _) => format!("did you mean {close}?"),
        (None, Some(reference)) if known.clone().count() > 5 => format!("remove it; {reference} names every key"),
        (None, _) => format!("the keys here are {}", known.collect::<Vec<_>>().join(", ")),
    };
    ("there is no such key".to_owned(), Some(hint))
}

/// What is wrong with a text that people read.
pub(crate) fn text_flaw(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.chars().any(char::is_control) {
        Some("holds a control character")
    } else {
        None
    }
}

/// One of a few words.
///
/// # Errors
/// That it is none of them, or no text.
pub(crate) fn one_of<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, Mistake> {
    let choices: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    let hint = Some(format!("use {}", choices.join(", ")));
    let DeValue::String(text) = value else { return Err((wrong_type(value, TEXT), hint)) };
    let found = words.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
    found.ok_or_else(|| (format!("{} is none of the choices", shown(text)), hint))
}

/// `true` or `false`.
///
/// # Errors
/// That it is something else.
pub(crate) fn flag(value: &DeValue<'_>) -> Result<bool, Mistake> {
    value.as_bool().ok_or_else(|| (wrong_type(value, "true or false, without quotes"), None))
}

/// A whole number within a range, `what` that is.
///
/// # Errors
/// That it is outside, or no whole number.
pub(crate) fn whole(value: &DeValue<'_>, range: &RangeInclusive<u32>, what: &str) -> Result<u32, Mistake> {
    let hint = Some(if *range.end() == u32::MAX {
        format!("use {} or more", range.start())
    } else {
        format!("use {} to {}", range.start(), range.end())
    });
    let DeValue::Integer(number) = value else { return Err((wrong_type(value, "a whole number, without quotes"), hint)) };
    let fits = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|number| range.contains(number));
    fits.ok_or_else(|| (format!("{} is not {what}", clipped(&number.to_string())), hint))
}

/// The text of an amount: an integer, or a decimal in quotes.
///
/// # Errors
/// That it is neither.
pub(crate) fn amount_text<'d>(value: &'d DeValue<'_>) -> Result<&'d str, Mistake> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str()),
        DeValue::Integer(_) => Err(("an amount is written with decimal digits".to_owned(), None)),
        DeValue::String(text) => Ok(text.as_ref()),
        DeValue::Float(number) => {
            let hint = number.as_str().parse::<Amount>().map(|_| format!("write it in quotes: \"{}\"", number.as_str()));
            Err(("a number with a point is not read exactly".to_owned(), hint.ok()))
        }
        _ => Err((wrong_type(value, "an amount"), Some("use a whole number, or a decimal in quotes".to_owned()))),
    }
}

/// The amount that a text says, zero or above unless it may be `negative`.
///
/// # Errors
/// Why it is none.
pub(crate) fn amount(text: &str, negative: bool) -> Result<Amount, Mistake> {
    let why = match text.parse::<Amount>() {
        Ok(amount) if negative || !amount.is_negative() => return Ok(amount),
        Ok(_) => "is below zero".to_owned(),
        Err(error @ AmountError::TooManyDigits) => format!("has {error}"),
        Err(error) => format!("is {error}"),
    };
    let hint = text.contains(',').then(|| format!("write the point as \".\": {}", shown(&text.replace(',', "."))));
    Err((format!("{} {why}", clipped(text)), hint))
}

/// A number or date as it stands in the file, cut to a length that fits a message.
pub(crate) fn clipped(text: &str) -> String {
    let plain = !text.is_empty() && text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { text.to_owned() } else { shown(text) }
}
