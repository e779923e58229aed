//! An entry as the named fields of SPEC 8.1: the one list by which files and JSON are written and read, and which makes two entries the
//! same.

use crate::credit::{Amount, Entry, EntryBody, Expires, Instant, print_instant};

/// The columns of a CSV file and the fields of a JSON line, in the order in which they are written.
pub const FIELDS: [&str; 19] = [
    "kind",
    "account",
    "at",
    "ref",
    "bucket",
    "amount",
    "remaining",
    "effective_at",
    "expires_at",
    "priority",
    "action",
    "variant",
    "quantity",
    "hold",
    "reverses",
    "note",
    "actor",
    "tags",
    "recorded_at",
];

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A number, exact.
    Number(Amount),
    /// An instant.
    Instant(Instant),
    /// An explicit "never".
    Never,
    /// Labels, sorted.
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
pub type Field<'a> = (&'static str, Value<'a>);

/// All that a recorded entry says, in the order of [`FIELDS`]; what it does not have is left out.
#[must_use]
pub fn entry_fields(entry: &Entry) -> Vec<Field<'_>> {
    let mut fields = vec![
        ("kind", Value::Text(entry.body.kind().word())),
        ("account", Value::Text(entry.account.as_str())),
        ("at", Value::Instant(entry.at)),
        ("ref", Value::Text(entry.reference.as_str())),
    ];
    fields.extend(body_fields(&entry.body, entry.at));
    fields.extend(label_fields(entry.note.as_deref(), entry.actor.as_deref(), &entry.tags));
    fields.push(("recorded_at", Value::Instant(entry.recorded_at)));
    fields
}

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
