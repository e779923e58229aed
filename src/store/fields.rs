//! An entry as the named fields of SPEC 8.1: the one list by which files and JSON are written and read, and which makes two entries the
//! same.

use crate::credit::{
    ActionId, Amount, BucketId, Entry, EntryBody, EntryKind, Expires, Grant, Instant, Ref, Spend, VariantId, print_instant,
};

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

/// What an entry says besides its labels, field by field: the one list of what each kind has, by which entries are written.
/// [`read_body`] reads it back.
#[derive(Debug, Default)]
pub(super) struct BodyFields<'a> {
    pub(super) bucket: Option<&'a str>,
    pub(super) amount: Option<Amount>,
    pub(super) remaining: Option<Amount>,
    pub(super) effective_at: Option<Instant>,
    pub(super) expires: Option<Expires>,
    pub(super) priority: Option<i32>,
    pub(super) action: Option<&'a str>,
    pub(super) variant: Option<&'a str>,
    pub(super) quantity: Option<Amount>,
    pub(super) hold: Option<&'a str>,
    pub(super) reverses: Option<&'a str>,
}

impl<'a> From<&'a EntryBody> for BodyFields<'a> {
    fn from(body: &'a EntryBody) -> Self {
        let none = Self::default();
        match body {
            EntryBody::Grant(Grant { bucket, amount, effective_at, expires, priority }) => Self {
                bucket: Some(bucket.as_str()),
                amount: Some(*amount),
                effective_at: *effective_at,
                expires: Some(*expires),
                priority: Some(*priority),
                ..none
            },
            EntryBody::Spend(Spend { amount, action, variant, quantity }) => Self {
                amount: Some(*amount),
                action: action.as_ref().map(ActionId::as_str),
                variant: variant.as_ref().map(VariantId::as_str),
                quantity: *quantity,
                ..none
            },
            EntryBody::Hold { amount, expires_at } => {
                Self { amount: Some(*amount), expires: expires_at.map(Expires::At), ..none }
            }
            EntryBody::Capture { hold, amount } => Self { amount: Some(*amount), hold: Some(hold.as_str()), ..none },
            EntryBody::Release { hold } => Self { hold: Some(hold.as_str()), ..none },
            EntryBody::Adjust { bucket, amount } => Self { bucket: Some(bucket.as_str()), amount: Some(*amount), ..none },
            EntryBody::Reverse { reverses } => Self { reverses: Some(reverses.as_str()), ..none },
            EntryBody::Observe { bucket, remaining } => {
                Self { bucket: Some(bucket.as_str()), remaining: Some(*remaining), ..none }
            }
        }
    }
}

/// Whatever the fields of an entry can be read from. A field that is wrong is noted by whoever reads it, and is none.
pub(super) trait ReadFields {
    /// The bucket.
    fn bucket(&mut self) -> Option<BucketId>;
    /// An amount, under the name of its field.
    fn amount(&mut self, field: &'static str) -> Option<Amount>;
    /// An instant that need not be there.
    fn instant(&mut self, field: &'static str) -> Option<Instant>;
    /// The expiry that a grant states.
    fn expires(&mut self) -> Option<Expires>;
    /// The priority of a grant.
    fn priority(&mut self) -> Option<i32>;
    /// The ref of another entry, under the name of its field.
    fn target(&mut self, field: &'static str) -> Option<Ref>;
    /// What was used, and what for.
    fn spend(&mut self) -> Option<Spend>;
}

/// Reads what an entry of a kind says. All its fields are looked at, so that whoever reads them can name everything that is wrong.
pub(super) fn read_body(kind: EntryKind, from: &mut impl ReadFields) -> Option<EntryBody> {
    Some(match kind {
        EntryKind::Grant => {
            let (bucket, amount) = (from.bucket(), from.amount("amount"));
            let (effective_at, expires, priority) = (from.instant("effective_at"), from.expires(), from.priority());
            EntryBody::Grant(Grant { bucket: bucket?, amount: amount?, effective_at, expires: expires?, priority: priority? })
        }
        EntryKind::Spend => EntryBody::Spend(from.spend()?),
        EntryKind::Hold => {
            let (amount, expires_at) = (from.amount("amount"), from.instant("expires_at"));
            EntryBody::Hold { amount: amount?, expires_at }
        }
        EntryKind::Capture => {
            let (hold, amount) = (from.target("hold"), from.amount("amount"));
            EntryBody::Capture { hold: hold?, amount: amount? }
        }
        EntryKind::Release => EntryBody::Release { hold: from.target("hold")? },
        EntryKind::Adjust => {
            let (bucket, amount) = (from.bucket(), from.amount("amount"));
            EntryBody::Adjust { bucket: bucket?, amount: amount? }
        }
        EntryKind::Reverse => EntryBody::Reverse { reverses: from.target("reverses")? },
        EntryKind::Observe => {
            let (bucket, remaining) = (from.bucket(), from.amount("remaining"));
            EntryBody::Observe { bucket: bucket?, remaining: remaining? }
        }
    })
}

/// The fields of what an entry at `at` says, in the order of a file's columns. An `effective_at` that only repeats `at`
/// says nothing and is left out.
pub(super) fn body_fields(body: &EntryBody, at: Instant) -> Vec<Field<'_>> {
    let fields = BodyFields::from(body);
    let expires = fields.expires.and_then(|expires| match expires {
        Expires::ByRule => None,
        Expires::Never => Some(Value::Never),
        Expires::At(end) => Some(Value::Instant(end)),
    });
    let all = [
        ("bucket", fields.bucket.map(Value::Text)),
        ("amount", fields.amount.map(Value::Number)),
        ("remaining", fields.remaining.map(Value::Number)),
        ("effective_at", fields.effective_at.filter(|effective| *effective != at).map(Value::Instant)),
        ("expires_at", expires),
        ("priority", fields.priority.map(|number| Value::Number(priority(number)))),
        ("action", fields.action.map(Value::Text)),
        ("variant", fields.variant.map(Value::Text)),
        ("quantity", fields.quantity.map(Value::Number)),
        ("hold", fields.hold.map(Value::Text)),
        ("reverses", fields.reverses.map(Value::Text)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
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
