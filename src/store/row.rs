//! An entry as a row of cells, as every engine keeps it, and back.

use std::borrow::Cow;

use chrono::{DateTime, Datelike};

use super::Flaw;
use super::digest::Encoder;
use super::fields::{BodyFields, ReadFields, read_body};
use crate::credit::{
    AccountId, Amount, BucketId, Entry, EntryBody, EntryEffect, EntryKind, Expires, FoldEntry, Instant, Ref, Seq, Spend,
    reversible_from,
};

/// The columns that [`read`] expects, in its order.
pub(super) const COLUMNS: &str = "seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, expires_at, \
                                  priority, action, variant, quantity, target, note, actor, tags";

/// How many [`COLUMNS`] are.
pub(super) const WIDTH: usize = 1 + FIELDS;

/// How many of [`COLUMNS`] an entry's digest is made of: all but its place in the order of recording.
pub(super) const FIELDS: usize = 18;

/// What a row holds in one of its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Absent,
    /// A whole number.
    Number(i64),
    /// A text, in UTF-8 but in a damaged ledger.
    Text(&'a [u8]),
    /// What no sound ledger holds.
    Foreign(&'a [u8]),
}

/// A row of an engine.
pub(super) trait Cells {
    /// What it holds in a column, from 0; nothing in one that it does not have.
    fn cell(&self, column: usize) -> Cell<'_>;
}

/// An instant as nanoseconds since 1970; instants outside [`Instant`]'s range, which callers check, come out as the nearest.
pub(super) fn nanoseconds(instant: Instant) -> i64 {
    instant.timestamp_nanos_opt().unwrap_or(if instant.year() < 1970 { 0 } else { i64::MAX })
}

/// Whether an instant can be kept: within the years 1970 to 2199. Only a wrong clock tells another one.
pub(super) fn can_be_kept(instant: Instant) -> bool {
    (1970..2200).contains(&instant.year())
}

/// Reads back what [`nanoseconds`] wrote.
pub(super) fn instant(nanoseconds: i64) -> Result<Instant, &'static str> {
    let instant = DateTime::from_timestamp_nanos(nanoseconds);
    if can_be_kept(instant) { Ok(instant) } else { Err("is outside the years 1970 to 2199") }
}

/// Reads an amount as it must have been written: exactly in the form that amounts print.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    if is_plain(text) {
        return text.parse().map_err(|error| format!("{text:?} is {error}"));
    }
    let amount: Amount = text.parse().map_err(|error| format!("{text:?} is {error}"))?;
    if amount.to_string() == text { Ok(amount) } else { Err(format!("{text:?} is not written exactly")) }
}

/// Whether a text is a whole number as it prints, for most amounts are: these need not be printed again to be sure.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0')) && !text.is_empty()
}

/// A field of an entry as its column holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field<'a> {
    Absent,
    Number(i64),
    Text(Cow<'a, str>),
}

/// The columns of an entry after `seq`, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryCells<'a>([Field<'a>; FIELDS]);

impl Cells for EntryCells<'_> {
    /// What stands in a column after `seq`, which has no place here: so column 0 is the account's.
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.0.get(column) {
            None | Some(Field::Absent) => Cell::Absent,
            Some(Field::Number(number)) => Cell::Number(*number),
            Some(Field::Text(text)) => Cell::Text(text.as_bytes()),
        }
    }
}

impl EntryCells<'_> {
    /// The columns, one after the other.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..FIELDS).map(|column| self.cell(column))
    }

    /// All that the entry's digest is made of but the one before it.
    pub(super) fn content(&self) -> Encoder {
        encoded(self.iter())
    }
}

/// What an entry says, as the columns after `seq` hold it.
pub(super) fn cells(entry: &Entry) -> EntryCells<'_> {
    fn text(text: &str) -> Field<'_> {
        Field::Text(Cow::Borrowed(text))
    }
    fn label(label: Option<&str>) -> Field<'_> {
        label.map_or(Field::Absent, text)
    }
    let moment = |at: Instant| Field::Number(nanoseconds(at));
    let figure = |amount: Option<Amount>| amount.map_or(Field::Absent, |amount| Field::Text(amount.to_string().into()));
    let body = BodyFields::from(&entry.body);
    let (expiry, expires_at) = match body.expires {
        None => (Field::Absent, Field::Absent),
        Some(Expires::ByRule) => (text("rule"), Field::Absent),
        Some(Expires::Never) => (text("never"), Field::Absent),
        Some(Expires::At(at)) => (text("at"), moment(at)),
    };
    EntryCells([
        text(entry.account.as_str()),
        moment(entry.at),
        moment(entry.recorded_at),
        text(entry.reference.as_str()),
        text(entry.body.kind().word()),
        label(body.bucket),
        figure(body.amount.or(body.remaining)),
        body.effective_at.map_or(Field::Absent, moment),
        expiry,
        expires_at,
        body.priority.map_or(Field::Absent, |priority| Field::Number(i64::from(priority))),
        label(body.action),
        label(body.variant),
        figure(body.quantity),
        label(body.hold.or(body.reverses)),
        label(entry.note.as_deref()),
        label(entry.actor.as_deref()),
        Field::Text(entry.tags.join(" ").into()),
    ])
}

/// What a row of [`COLUMNS`] says, whatever that is: all that its digest is made of but the one before it.
pub(super) fn content(row: &impl Cells) -> Encoder {
    encoded((1..=FIELDS).map(|column| row.cell(column)))
}

fn encoded<'a>(cells: impl Iterator<Item = Cell<'a>>) -> Encoder {
    let mut encoder = Encoder::part();
    for cell in cells {
        match cell {
            Cell::Absent => encoder.absent(),
            Cell::Number(number) => encoder.number(number),
            Cell::Text(text) => encoder.text(text),
            Cell::Foreign(bytes) => encoder.foreign(bytes),
        }
    }
    encoder
}

/// The place of the account's id in [`COLUMNS`].
pub(super) const ACCOUNT_COLUMN: usize = 1;

/// A column's place in [`COLUMNS`] and its name. Rows are read by place: looking names up would cost as much as reading.
type Column = (usize, &'static str);

const SEQ: Column = (0, "seq");
const ACCOUNT: Column = (ACCOUNT_COLUMN, "account");
const AT: Column = (2, "at");
const RECORDED_AT: Column = (3, "recorded_at");
const REF: Column = (4, "ref");
const KIND: Column = (5, "kind");
const BUCKET: Column = (6, "bucket");
const AMOUNT: Column = (7, "amount");
const EFFECTIVE_AT: Column = (8, "effective_at");
const EXPIRY: Column = (9, "expiry");
const EXPIRES_AT: Column = (10, "expires_at");
const PRIORITY: Column = (11, "priority");
const ACTION: Column = (12, "action");
const VARIANT: Column = (13, "variant");
const QUANTITY: Column = (14, "quantity");
const TARGET: Column = (15, "target");
const NOTE: Column = (16, "note");
const ACTOR: Column = (17, "actor");
const TAGS: Column = (18, "tags");

/// A row's columns, each checked as it is read.
struct Columns<'a, R>(&'a R);

impl<R: Cells> Columns<'_, R> {
    fn text(&self, column: Column) -> Result<Option<&str>, String> {
        match self.0.cell(column.0) {
            Cell::Absent => Ok(None),
            Cell::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|error| format!("{}: {error}", column.1)),
            Cell::Number(_) | Cell::Foreign(_) => Err(format!("{} is no text", column.1)),
        }
    }

    fn number(&self, column: Column) -> Result<Option<i64>, String> {
        match self.0.cell(column.0) {
            Cell::Absent => Ok(None),
            Cell::Number(number) => Ok(Some(number)),
            Cell::Text(_) | Cell::Foreign(_) => Err(format!("{} is no whole number", column.1)),
        }
    }

    fn instant(&self, column: Column) -> Result<Option<Instant>, String> {
        self.number(column)?.map(|number| instant(number).map_err(|why| format!("{} {why}", column.1))).transpose()
    }

    fn name<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: Column) -> Result<Option<T>, String> {
        self.text(column)?.map(|text| text.parse().map_err(|error| format!("{}: {error}", column.1))).transpose()
    }

    fn amount(&self, column: Column) -> Result<Option<Amount>, String> {
        self.text(column)?.map(|text| amount(text).map_err(|why| format!("{} {why}", column.1))).transpose()
    }

    fn expires(&self) -> Result<Option<Expires>, String> {
        Ok(match self.text(EXPIRY)? {
            None => None,
            Some("rule") => Some(Expires::ByRule),
            Some("never") => Some(Expires::Never),
            Some("at") => Some(Expires::At(needed(EXPIRES_AT, self.instant(EXPIRES_AT)?)?)),
            Some(other) => return Err(format!("expiry {other:?} is none")),
        })
    }

    fn body(&self) -> Result<EntryBody, String> {
        let word = needed(KIND, self.text(KIND)?)?;
        let kind = EntryKind::from_word(word).ok_or_else(|| format!("kind {word:?} is none"))?;
        let mut reading = BodyReading { columns: self, wrong: None };
        let body = read_body(kind, &mut reading);
        match (reading.wrong, body) {
            (None, Some(body)) => Ok(body),
            (wrong, _) => Err(wrong.unwrap_or_default()),
        }
    }
}

/// Reads what depends on the kind; the first thing that is wrong is kept.
struct BodyReading<'a, R> {
    columns: &'a Columns<'a, R>,
    wrong: Option<String>,
}

impl<R: Cells> BodyReading<'_, R> {
    fn keep<T>(&mut self, read: Result<Option<T>, String>) -> Option<T> {
        read.unwrap_or_else(|wrong| {
            self.wrong.get_or_insert(wrong);
            None
        })
    }

    fn need<T>(&mut self, column: Column, read: Result<Option<T>, String>) -> Option<T> {
        self.keep(read.and_then(|value| needed(column, value).map(Some)))
    }
}

impl<R: Cells> ReadFields for BodyReading<'_, R> {
    fn bucket(&mut self) -> Option<BucketId> {
        self.need(BUCKET, self.columns.name(BUCKET))
    }

    fn amount(&mut self, _: &'static str) -> Option<Amount> {
        self.need(AMOUNT, self.columns.amount(AMOUNT))
    }

    fn instant(&mut self, field: &'static str) -> Option<Instant> {
        let column = if field == EFFECTIVE_AT.1 { EFFECTIVE_AT } else { EXPIRES_AT };
        self.keep(self.columns.instant(column))
    }

    fn expires(&mut self) -> Option<Expires> {
        self.need(EXPIRY, self.columns.expires())
    }

    fn priority(&mut self) -> Option<i32> {
        let number = self.need(PRIORITY, self.columns.number(PRIORITY))?;
        self.keep(i32::try_from(number).map(Some).map_err(|error| format!("priority: {error}")))
    }

    fn target(&mut self, _: &'static str) -> Option<Ref> {
        self.need(TARGET, self.columns.name(TARGET))
    }

    fn spend(&mut self) -> Option<Spend> {
        let amount = self.amount("amount");
        let (action, variant) = (self.keep(self.columns.name(ACTION)), self.keep(self.columns.name(VARIANT)));
        let quantity = self.keep(self.columns.amount(QUANTITY));
        Some(Spend { amount: amount?, action, variant, quantity })
    }
}

impl<R: Cells> Columns<'_, R> {
    /// What is wrong with the row.
    fn flaw(&self, why: &str) -> Flaw {
        let part =
            |column| self.text(column).ok().flatten().map_or_else(|| "?".to_owned(), |text| text.escape_debug().to_string());
        Flaw { seq: self.number(SEQ).ok().flatten().map(Seq), what: format!("entry {}/{}: {why}", part(ACCOUNT), part(REF)) }
    }
}

fn needed<T>(column: Column, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("{} is missing", column.1))
}

/// Reads a row of [`COLUMNS`]; `known` spares a copy of the account's id where all rows are of one account.
///
/// # Errors
/// [`Flaw`] where the row does not say what an entry must say.
pub(super) fn read(row: &impl Cells, known: Option<&AccountId>) -> Result<Entry, Flaw> {
    let columns = Columns(row);
    let seq = columns.number(SEQ).ok().flatten().map(Seq);
    let entry = || -> Result<Entry, String> {
        let account = match known {
            Some(account) => account.clone(),
            None => needed(ACCOUNT, columns.name(ACCOUNT)?)?,
        };
        Ok(Entry {
            seq: needed(SEQ, seq)?,
            account,
            at: needed(AT, columns.instant(AT)?)?,
            recorded_at: needed(RECORDED_AT, columns.instant(RECORDED_AT)?)?,
            reference: needed(REF, columns.name(REF)?)?,
            body: columns.body()?,
            note: columns.text(NOTE)?.map(str::to_owned),
            actor: columns.text(ACTOR)?.map(str::to_owned),
            tags: columns.text(TAGS)?.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        })
    };
    entry().map_err(|why| columns.flaw(&why))
}

/// Reads what figures depend on in a row of [`COLUMNS`]; the other columns may be null.
///
/// # Errors
/// [`Flaw`] where the row does not say what an entry must say.
pub(super) fn read_fold_entry(row: &impl Cells) -> Result<FoldEntry, Flaw> {
    let columns = Columns(row);
    let fold_entry = || -> Result<FoldEntry, String> {
        let is_spend = columns.text(KIND)? == Some(EntryKind::Spend.word());
        let at = needed(AT, columns.instant(AT)?)?;
        Ok(FoldEntry {
            seq: needed(SEQ, columns.number(SEQ)?.map(Seq))?,
            at,
            reversible_from: reversible_from(at, needed(RECORDED_AT, columns.instant(RECORDED_AT)?)?),
            reference: needed(REF, columns.name(REF)?)?,
            effect: if is_spend {
                EntryEffect::Spend(needed(AMOUNT, columns.amount(AMOUNT)?)?)
            } else {
                EntryEffect::Other(Box::new(columns.body()?))
            },
        })
    };
    fold_entry().map_err(|why| columns.flaw(&why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_where_they_are_read() {
        let read = [
            SEQ,
            ACCOUNT,
            AT,
            RECORDED_AT,
            REF,
            KIND,
            BUCKET,
            AMOUNT,
            EFFECTIVE_AT,
            EXPIRY,
            EXPIRES_AT,
            PRIORITY,
            ACTION,
            VARIANT,
            QUANTITY,
            TARGET,
            NOTE,
            ACTOR,
            TAGS,
        ];
        assert!(COLUMNS.split(", ").enumerate().eq(read));
    }

    #[test]
    fn a1_amounts_that_were_tampered_with_are_noticed() {
        assert!(amount("0.2").is_ok());
        for bad in ["0.20", "+1", "1e3", "", "12345678901234567890123456789"] {
            assert!(amount(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a2_instants_keep_their_nanoseconds_over_the_whole_range() {
        for text in ["1970-01-01T00:00:00Z", "2026-11-20T09:00:00.123456789Z", "2199-12-31T23:59:59.999999999Z"] {
            let at = crate::credit::parse_instant(text).unwrap();
            assert_eq!(instant(nanoseconds(at)), Ok(at));
        }
        assert!(instant(-1).is_err() && instant(i64::MAX).is_err());
    }
}
