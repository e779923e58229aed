//! Entries as rows of the table `entry`, and back.

use chrono::{DateTime, Datelike};
use rusqlite::{CachedStatement, Connection, Row, params};

use super::Flaw;
use crate::credit::{
    AccountId, Act, ActionId, Amount, Deed, Entry, EntryBody, EntryKind, Expires, Grant, Instant, Seq, Spend, VariantId,
    reversible_from,
};

/// The columns that [`read`] expects, in its order.
pub(super) const COLUMNS: &str = "seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, expires_at, \
                                  priority, action, variant, quantity, target, note, actor, tags";

const INSERT: &str = "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, bucket, amount, effective_at, expiry, \
                      expires_at, priority, action, variant, quantity, target, note, actor, tags) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

/// An instant as nanoseconds since 1970; instants outside [`Instant`]'s range, which callers check, come out as the nearest.
pub(super) fn nanoseconds(instant: Instant) -> i64 {
    instant.timestamp_nanos_opt().unwrap_or(if instant.year() < 1970 { 0 } else { i64::MAX })
}

/// Reads back what [`nanoseconds`] wrote.
pub(super) fn instant(nanoseconds: i64) -> Result<Instant, &'static str> {
    let instant = DateTime::from_timestamp_nanos(nanoseconds);
    if (1970..2200).contains(&instant.year()) { Ok(instant) } else { Err("is outside the years 1970 to 2199") }
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

/// The columns that depend on the kind.
#[derive(Default)]
struct BodyColumns<'a> {
    bucket: Option<&'a str>,
    amount: Option<Amount>,
    effective_at: Option<Instant>,
    expires: Option<Expires>,
    priority: Option<i32>,
    spend: Option<&'a Spend>,
    target: Option<&'a str>,
}

impl<'a> From<&'a EntryBody> for BodyColumns<'a> {
    fn from(body: &'a EntryBody) -> Self {
        let none = Self::default();
        match body {
            EntryBody::Grant(grant) => Self {
                bucket: Some(grant.bucket.as_str()),
                amount: Some(grant.amount),
                effective_at: grant.effective_at,
                expires: Some(grant.expires),
                priority: Some(grant.priority),
                ..none
            },
            EntryBody::Spend(spend) => Self { amount: Some(spend.amount), spend: Some(spend), ..none },
            EntryBody::Hold { amount, expires_at } => {
                Self { amount: Some(*amount), expires: expires_at.map(Expires::At), ..none }
            }
            EntryBody::Capture { hold, amount } => Self { amount: Some(*amount), target: Some(hold.as_str()), ..none },
            EntryBody::Release { hold } => Self { target: Some(hold.as_str()), ..none },
            EntryBody::Adjust { bucket, amount } => Self { bucket: Some(bucket.as_str()), amount: Some(*amount), ..none },
            EntryBody::Reverse { reverses } => Self { target: Some(reverses.as_str()), ..none },
            EntryBody::Observe { bucket, remaining } => Self { bucket: Some(bucket.as_str()), amount: Some(*remaining), ..none },
        }
    }
}

/// The statement by which [`insert`] writes.
pub(super) fn inserting(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached(INSERT)
}

/// Writes an entry at its own place in the order of recording, by [`inserting`].
pub(super) fn insert(statement: &mut CachedStatement<'_>, entry: &Entry) -> rusqlite::Result<()> {
    let body = BodyColumns::from(&entry.body);
    let (expiry, expires_at) = match body.expires {
        None => (None, None),
        Some(Expires::ByRule) => (Some("rule"), None),
        Some(Expires::Never) => (Some("never"), None),
        Some(Expires::At(at)) => (Some("at"), Some(nanoseconds(at))),
    };
    statement.execute(params![
        entry.seq.0,
        entry.account.as_str(),
        nanoseconds(entry.at),
        nanoseconds(entry.recorded_at),
        entry.reference.as_str(),
        entry.body.kind().word(),
        body.bucket,
        body.amount.map(|amount| amount.to_string()),
        body.effective_at.map(nanoseconds),
        expiry,
        expires_at,
        body.priority,
        body.spend.and_then(|spend| spend.action.as_ref()).map(ActionId::as_str),
        body.spend.and_then(|spend| spend.variant.as_ref()).map(VariantId::as_str),
        body.spend.and_then(|spend| spend.quantity).map(|quantity| quantity.to_string()),
        body.target,
        entry.note,
        entry.actor,
        entry.tags.join(" "),
    ])?;
    Ok(())
}

/// A column's place in [`COLUMNS`] and its name. Rows are read by place: looking names up would cost as much as reading.
type Column = (usize, &'static str);

const SEQ: Column = (0, "seq");
const ACCOUNT: Column = (1, "account");
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
struct Columns<'a, 'b>(&'a Row<'b>);

impl Columns<'_, '_> {
    fn text(&self, column: Column) -> Result<Option<&str>, String> {
        self.0
            .get_ref(column.0)
            .map_err(|error| error.to_string())?
            .as_str_or_null()
            .map_err(|error| format!("{}: {error}", column.1))
    }

    fn number(&self, column: Column) -> Result<Option<i64>, String> {
        self.0.get(column.0).map_err(|error| format!("{}: {error}", column.1))
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
        Ok(match kind {
            EntryKind::Grant => EntryBody::Grant(Grant {
                bucket: needed(BUCKET, self.name(BUCKET)?)?,
                amount: needed(AMOUNT, self.amount(AMOUNT)?)?,
                effective_at: self.instant(EFFECTIVE_AT)?,
                expires: needed(EXPIRY, self.expires()?)?,
                priority: i32::try_from(needed(PRIORITY, self.number(PRIORITY)?)?)
                    .map_err(|error| format!("priority: {error}"))?,
            }),
            EntryKind::Spend => EntryBody::Spend(Spend {
                amount: needed(AMOUNT, self.amount(AMOUNT)?)?,
                action: self.name(ACTION)?,
                variant: self.name(VARIANT)?,
                quantity: self.amount(QUANTITY)?,
            }),
            EntryKind::Hold => {
                EntryBody::Hold { amount: needed(AMOUNT, self.amount(AMOUNT)?)?, expires_at: self.instant(EXPIRES_AT)? }
            }
            EntryKind::Capture => {
                EntryBody::Capture { hold: needed(TARGET, self.name(TARGET)?)?, amount: needed(AMOUNT, self.amount(AMOUNT)?)? }
            }
            EntryKind::Release => EntryBody::Release { hold: needed(TARGET, self.name(TARGET)?)? },
            EntryKind::Adjust => {
                EntryBody::Adjust { bucket: needed(BUCKET, self.name(BUCKET)?)?, amount: needed(AMOUNT, self.amount(AMOUNT)?)? }
            }
            EntryKind::Reverse => EntryBody::Reverse { reverses: needed(TARGET, self.name(TARGET)?)? },
            EntryKind::Observe => EntryBody::Observe {
                bucket: needed(BUCKET, self.name(BUCKET)?)?,
                remaining: needed(AMOUNT, self.amount(AMOUNT)?)?,
            },
        })
    }
}

impl Columns<'_, '_> {
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
pub(super) fn read(row: &Row<'_>, known: Option<&AccountId>) -> Result<Entry, Flaw> {
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
pub(super) fn read_deed(row: &Row<'_>) -> Result<Deed, Flaw> {
    let columns = Columns(row);
    let deed = || -> Result<Deed, String> {
        let is_spend = columns.text(KIND)? == Some(EntryKind::Spend.word());
        let at = needed(AT, columns.instant(AT)?)?;
        Ok(Deed {
            seq: needed(SEQ, columns.number(SEQ)?.map(Seq))?,
            at,
            reversible_from: reversible_from(at, needed(RECORDED_AT, columns.instant(RECORDED_AT)?)?),
            reference: needed(REF, columns.name(REF)?)?,
            act: if is_spend {
                Act::Spend(needed(AMOUNT, columns.amount(AMOUNT)?)?)
            } else {
                Act::Other(Box::new(columns.body()?))
            },
        })
    };
    deed().map_err(|why| columns.flaw(&why))
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
        assert!(INSERT.contains(COLUMNS));
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
