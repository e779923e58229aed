//! An entry as the named fields of SPEC 8.1: what files hold, and what makes two entries the same.

use crate::credit::{Amount, EntryBody, Expires, Instant, print_instant};

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(Amount),
    Instant(Instant),
    /// An explicit "never".
    Never,
    Tags(Vec<&'a str>),
}

impl Value<'_> {
    /// The value within a sentence.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Number(amount) => amount.to_string(),
            Self::Instant(instant) => print_instant(*instant),
            Self::Never => "never".to_owned(),
            Self::Tags(tags) => format!("{:?}", tags.join(" ")),
        }
    }
}

/// A field with its name.
pub(super) type Field<'a> = (&'static str, Value<'a>);

/// The fields of what an entry at `at` says, in the order of a file's columns. An `effective_at` that only repeats `at`
/// says nothing and is left out.
pub(super) fn body_fields(body: &EntryBody, at: Instant) -> Vec<Field<'_>> {
    let number = |amount: &Amount| Value::Number(*amount);
    match body {
        EntryBody::Grant(grant) => {
            let mut fields = vec![("bucket", Value::Text(grant.bucket.as_str())), ("amount", number(&grant.amount))];
            fields.extend(grant.effective_at.filter(|effective| *effective != at).map(|t| ("effective_at", Value::Instant(t))));
            match grant.expires {
                Expires::ByRule => {}
                Expires::Never => fields.push(("expires_at", Value::Never)),
                Expires::At(t) => fields.push(("expires_at", Value::Instant(t))),
            }
            fields.push(("priority", Value::Number(priority(grant.priority))));
            fields
        }
        EntryBody::Spend(spend) => {
            let mut fields = vec![("amount", number(&spend.amount))];
            fields.extend(spend.action.as_ref().map(|action| ("action", Value::Text(action.as_str()))));
            fields.extend(spend.variant.as_ref().map(|variant| ("variant", Value::Text(variant.as_str()))));
            fields.extend(spend.quantity.as_ref().map(|quantity| ("quantity", number(quantity))));
            fields
        }
        EntryBody::Hold { amount, expires_at } => {
            let mut fields = vec![("amount", number(amount))];
            fields.extend(expires_at.map(|t| ("expires_at", Value::Instant(t))));
            fields
        }
        EntryBody::Capture { hold, amount } => vec![("amount", number(amount)), ("hold", Value::Text(hold.as_str()))],
        EntryBody::Release { hold } => vec![("hold", Value::Text(hold.as_str()))],
        EntryBody::Adjust { bucket, amount } => vec![("bucket", Value::Text(bucket.as_str())), ("amount", number(amount))],
        EntryBody::Reverse { reverses } => vec![("reverses", Value::Text(reverses.as_str()))],
        EntryBody::Observe { bucket, remaining } => {
            vec![("bucket", Value::Text(bucket.as_str())), ("remaining", number(remaining))]
        }
    }
}

fn priority(priority: i32) -> Amount {
    let magnitude = Amount::from(priority.unsigned_abs());
    if priority < 0 { magnitude.negated() } else { magnitude }
}

/// The fields that any entry may carry, in the order of a file's columns.
pub(super) fn label_fields<'a>(note: Option<&'a str>, actor: Option<&'a str>, tags: &'a [String]) -> Vec<Field<'a>> {
    let mut fields = Vec::new();
    fields.extend(note.map(|note| ("note", Value::Text(note))));
    fields.extend(actor.map(|actor| ("actor", Value::Text(actor))));
    if !tags.is_empty() {
        let mut tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        tags.sort_unstable();
        tags.dedup();
        fields.push(("tags", Value::Tags(tags)));
    }
    fields
}
