//! From an answer's bytes to an observation, by a definition's extraction rules. Pure.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _};
use serde_json::{Number, Value};

use super::json::{self, Found, Missing};
use super::text::plain;
use crate::catalog::{
    BucketFigures, ElementFilter, Extraction, FigureRule, FigureTerm, Gate, InstantFormat, InstantRule, JsonPath, NumberType,
    TextRule,
};
use crate::credit::{
    AccountId, Amount, FailureKind, Figure, Instant, ObservedBucket, PlanId, Sighting, Unrecorded, parse_instant, print_instant,
};

/// The longest text that is kept of an answer's field, in characters.
const LONGEST_TEXT: usize = 200;

/// The years of an instant that means "never"; the end of 9999 west of Greenwich lies in 10000. What comes after them is more likely
/// counted in another unit than the definition says.
const NEVER: RangeInclusive<i32> = 2200..=10_000;

/// Why an answer gives no observation.
///
/// Prints as the end of a sentence that starts with "the answer": `has no /credits`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct AnswerError {
    /// [`FailureKind::Malformed`], or what a shut gate means.
    pub kind: FailureKind,
    /// What is wrong, with the JSON path; no control characters.
    pub what: String,
}

impl AnswerError {
    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Self { kind: FailureKind::Malformed, what: what.into() }
    }

    fn wrong_type(found: &Found<'_>, wanted: &str) -> Self {
        let holds = match found.value {
            Value::String(text) => format!("the text \"{}\"", plain(text, 40)),
            other => json::type_of(other).to_owned(),
        };
        Self::malformed(format!("has {holds} at {} where {wanted} belongs", found.at))
    }
}

impl From<Missing> for AnswerError {
    fn from(Missing(what): Missing) -> Self {
        Self::malformed(what)
    }
}

/// Reads an answer with a good HTTP status. Only what the rules name leaves it.
///
/// The observation was first and last seen at `now`.
///
/// # Errors
/// [`AnswerError`] where the body is not JSON, a gate is shut, or a path is missing or holds something of the wrong type.
pub fn extract(rules: &Extraction, body: &[u8], account: &AccountId, now: Instant) -> Result<Sighting, AnswerError> {
    let root = json::parse(body).map_err(|what| AnswerError::malformed(plain(&what, json::LONGEST_REASON)))?;
    extract_from(rules, &root, account, now)
}

/// As [`extract`], of an answer that was read already.
pub(super) fn extract_from(rules: &Extraction, root: &Value, account: &AccountId, now: Instant) -> Result<Sighting, AnswerError> {
    for gate in &rules.gates {
        check_gate(root, gate)?;
    }
    let plan = rules.plan.as_ref().map(|rule| take_plan(root, rule)).transpose()?.flatten();
    let email = rules.email.as_ref().map(|rule| take_text(root, rule)).transpose()?.flatten();
    let ends_at = rules.subscription_ends_at.as_ref().map(|rule| take_instant(root, rule)).transpose()?.flatten();
    let buckets: Vec<ObservedBucket> = rules.buckets.iter().map(|bucket| take_bucket(root, bucket)).collect::<Result<_, _>>()?;
    check_sums(&buckets)?;
    let account = account.clone();
    Ok(Sighting { seq: Unrecorded, account, at: now, last_seen_at: now, plan, email, subscription_ends_at: ends_at, buckets })
}

fn check_gate(root: &Value, gate: &Gate) -> Result<(), AnswerError> {
    let values = json::find(root, &gate.path, |_| true).unwrap_or_default();
    let open = match values.as_slice() {
        [] => gate.pass.pass(None),
        values => values.iter().all(|found| gate.pass.pass(json::scalar(found.value).as_deref())),
    };
    if open {
        return Ok(());
    }
    let message =
        gate.message.as_ref().and_then(|path| json::find_one(root, path).ok()).and_then(|found| json::scalar(found.value));
    let said = message.map(|message| format!(" (it says \"{}\")", plain(&message, LONGEST_TEXT))).unwrap_or_default();
    Err(AnswerError { kind: gate.kind, what: format!("says that {}{said}", gate.means) })
}

/// The value at a path; `None` where it may be missing or null, and is.
fn optional<'a>(root: &'a Value, path: &JsonPath, optional: bool) -> Result<Option<Found<'a>>, AnswerError> {
    match json::find_one(root, path) {
        Ok(found) if found.value.is_null() && optional => Ok(None),
        Ok(found) => Ok(Some(found)),
        Err(_) if optional => Ok(None),
        Err(missing) => Err(missing.into()),
    }
}

fn take_text(root: &Value, rule: &TextRule) -> Result<Option<String>, AnswerError> {
    let Some(found) = optional(root, &rule.path, rule.optional)? else { return Ok(None) };
    match found.value {
        Value::String(text) => Ok(Some(plain(text, LONGEST_TEXT)).filter(|text| !text.is_empty())),
        _ => Err(AnswerError::wrong_type(&found, "a text")),
    }
}

fn take_plan(root: &Value, rule: &TextRule) -> Result<Option<PlanId>, AnswerError> {
    let Some(text) = take_text(root, rule)? else { return Ok(None) };
    PlanId::new(&text).map(Some).map_err(|why| AnswerError::malformed(format!("has no plan's name at {}: {why}", rule.path)))
}

/// The instant at a path; `None` also where it lies in the years after 2199, as many services write "never".
fn take_instant(root: &Value, rule: &InstantRule) -> Result<Option<Instant>, AnswerError> {
    let Some(found) = optional(root, &rule.path, rule.optional)? else { return Ok(None) };
    let since_1970 = |time: fn(i64) -> Option<Instant>| found.value.as_i64().and_then(time);
    let (instant, wanted) = match rule.format {
        InstantFormat::Rfc3339 => {
            let instant = found.value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            (instant.map(|instant| instant.to_utc()), "an RFC 3339 time")
        }
        InstantFormat::UnixSeconds => {
            (since_1970(|seconds| DateTime::from_timestamp(seconds, 0)), "a time in whole seconds since 1970")
        }
        InstantFormat::UnixMilliseconds => {
            (since_1970(DateTime::from_timestamp_millis), "a time in whole milliseconds since 1970")
        }
    };
    match instant {
        Some(instant) if NEVER.contains(&instant.year()) => Ok(None),
        Some(instant) if instant.year() > *NEVER.end() => Err(AnswerError::wrong_type(&found, wanted)),
        // The round trip refuses years that no instant of ours may have, and counts a leap second as the one after it.
        Some(instant) => parse_instant(&print_instant(instant))
            .map(Some)
            .map_err(|_| AnswerError::malformed(format!("has a time before 1970 at {}: {}", found.at, print_instant(instant)))),
        None => Err(AnswerError::wrong_type(&found, wanted)),
    }
}

fn take_bucket(root: &Value, rule: &BucketFigures) -> Result<ObservedBucket, AnswerError> {
    let capacity = rule.capacity.as_ref().map(|capacity| take_capacity(root, capacity)).transpose()?;
    Ok(ObservedBucket { bucket: rule.bucket.clone(), remaining: take_figure(root, &rule.remaining)?, capacity })
}

/// A capacity: what a cycle starts with. What remains may be below zero where a service lets its customers overdraw, a capacity not.
fn take_capacity(root: &Value, rule: &FigureRule) -> Result<Figure, AnswerError> {
    let figure = take_figure(root, rule)?;
    let negative = figure.known().filter(|amount| amount.is_negative());
    let path = || rule.alternatives.first().map(|term| term.path.to_string()).unwrap_or_default();
    negative.map_or(Ok(figure), |amount| {
        Err(AnswerError::malformed(format!("has {amount} at {} where a capacity belongs, which is never negative", path())))
    })
}

/// Refuses figures that are each an amount but can't be added up: one account's total must not fail when all are shown.
fn check_sums(buckets: &[ObservedBucket]) -> Result<(), AnswerError> {
    let sum = |figures: &mut dyn Iterator<Item = Figure>| {
        figures.filter_map(Figure::known).try_fold(Amount::ZERO, Amount::plus).map(|_| ())
    };
    sum(&mut buckets.iter().map(|bucket| bucket.remaining))
        .and_then(|()| sum(&mut buckets.iter().filter_map(|bucket| bucket.capacity)))
        .map_err(|why| {
            let names: Vec<&str> = buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
            AnswerError::malformed(format!("has figures for {} whose sum can't be kept: {why}", names.join(" and ")))
        })
}

/// The first alternative whose paths are all there; where none is, the first one's path is the one that is missing.
fn take_figure(root: &Value, rule: &FigureRule) -> Result<Figure, AnswerError> {
    let mut first_missing = None;
    for term in &rule.alternatives {
        match term_values(root, term) {
            Ok(values) => return values.figure(term),
            Err(missing) => first_missing = first_missing.or(Some(missing)),
        }
    }
    let missing = first_missing.unwrap_or_else(|| Missing("has no rule for a figure".into()));
    Err(missing.into())
}

/// What a term's paths lead to.
struct TermValues<'a> {
    base: Vec<Found<'a>>,
    minus: Vec<Found<'a>>,
}

fn term_values<'a>(root: &'a Value, term: &FigureTerm) -> Result<TermValues<'a>, Missing> {
    let keep = |element: &Value| term.filter.as_ref().is_none_or(|filter| passes(filter, element));
    let base = json::find(root, &term.path, keep)?;
    if base.is_empty() && term.empty.is_none() {
        return Err(Missing(format!("has no fitting element for {}", term.path)));
    }
    let minus = term.minus.as_ref().map_or(Ok(Vec::new()), |path| json::find(root, path, keep))?;
    Ok(TermValues { base, minus })
}

fn passes(filter: &ElementFilter, element: &Value) -> bool {
    let value = json::find_one(element, &filter.path).ok().and_then(|found| json::scalar(found.value));
    value.is_some_and(|value| filter.is.contains(&value))
}

impl TermValues<'_> {
    /// `(Σ path − Σ minus) × scale`; an unlimited or unknown element makes the whole figure so, in this order.
    fn figure(&self, term: &FigureTerm) -> Result<Figure, AnswerError> {
        if let (true, Some(empty)) = (self.base.is_empty(), term.empty) {
            return Ok(Figure::Known(empty));
        }
        let too_large = |why| AnswerError::malformed(format!("has a figure at {} that can't be kept: {why}", term.path));
        let figures = self.base.iter().map(|found| match (found.value, term.null) {
            (Value::Null, Some(meaning)) => Ok(meaning),
            _ => read_number(found, term.number).map(Figure::Known),
        });
        let mut sum = Amount::ZERO;
        let (mut unlimited, mut unknown) = (false, false);
        for figure in figures {
            match figure? {
                Figure::Known(amount) => sum = sum.plus(amount).map_err(too_large)?,
                Figure::Unlimited => unlimited = true,
                Figure::Unknown => unknown = true,
            }
        }
        if unlimited || unknown {
            return Ok(if unlimited { Figure::Unlimited } else { Figure::Unknown });
        }
        for found in &self.minus {
            sum = sum.minus(read_number(found, term.number)?).map_err(too_large)?;
        }
        sum.times(term.scale).map(Figure::Known).map_err(too_large)
    }
}

/// The amount that a value stands for, digit by digit.
fn read_number(found: &Found<'_>, number: NumberType) -> Result<Amount, AnswerError> {
    let wanted = match number {
        NumberType::Number => "a number",
        NumberType::Integer => "a whole number",
        NumberType::Text => "a decimal in a text",
        NumberType::NumberOrText => "a number or a decimal in a text",
    };
    let digits = match (number, found.value) {
        (NumberType::Number | NumberType::Integer | NumberType::NumberOrText, Value::Number(number)) => Number::to_string(number),
        (NumberType::Text | NumberType::NumberOrText, Value::String(text)) => text.clone(),
        _ => return Err(AnswerError::wrong_type(found, wanted)),
    };
    match digits.parse::<Amount>() {
        Ok(amount) if number == NumberType::Integer && !amount.is_whole() => {
            Err(AnswerError::malformed(format!("has {amount} at {} where a whole number belongs", found.at)))
        }
        Ok(amount) => Ok(amount),
        Err(crate::credit::AmountError::NotANumber) => Err(AnswerError::wrong_type(found, wanted)),
        Err(why) => Err(AnswerError::malformed(format!("has a number at {} that is {why}", found.at))),
    }
}

#[cfg(test)]
mod tests;
