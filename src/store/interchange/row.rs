//! A line's fields, checked and made into a proposal.

use std::str::FromStr;

use chrono_tz::Tz;

use super::{Context, FIELDS, LineError};
use crate::credit::{
    AccountId, ActionId, Amount, AmountError, BucketId, Draft, EntryKind, Expires, Instant, Ref, Spend, Toward, TypedAmountError,
    VariantId, When, nearest, parse_typed_amount,
};
use crate::store::fields::{ReadFields, read_body};
use crate::store::{Filled, Proposal};

/// The value of a field as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// An explicit null.
    Null,
    Text(String),
    /// The digits of a number.
    Number(String),
    List(Vec<String>),
    /// Something that no field may be, in words.
    Other(&'static str),
}

impl Cell {
    fn in_words(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Text(text) => short(text),
            Self::Number(_) => "a number".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Other(words) => (*words).to_owned(),
        }
    }
}

/// A text for a message: its beginning, quoted, without control characters.
fn short(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start.len() < text.len() { format!("{start:?}…") } else { format!("{start:?}") }
}

/// Says that a field is unknown, with the nearest name as a hint.
pub(super) fn unknown_field(name: &str, what: &str) -> (String, Option<String>) {
    let hint = match nearest(name, FIELDS.into_iter()) {
        Some(field) => format!("did you mean {field:?}?"),
        None => format!("the {what}s are {}", FIELDS.join(", ")),
    };
    (format!("no {what} has this name"), Some(hint))
}

/// The fields of one line, and what is wrong with them so far.
#[derive(Debug)]
pub(super) struct Row {
    line: u64,
    cells: Vec<(&'static str, Cell)>,
    /// The fields that were given as null.
    nulls: Vec<String>,
    errors: Vec<LineError>,
    /// The clock of the account that it is about.
    zone: Tz,
    now: Instant,
}

impl Row {
    pub(super) fn new(line: u64) -> Self {
        Self { line, cells: Vec::new(), nulls: Vec::new(), errors: Vec::new(), zone: Tz::UTC, now: Instant::UNIX_EPOCH }
    }

    /// Takes in a field under the name that the file gives it.
    pub(super) fn give(&mut self, name: &str, cell: Cell) {
        let Some(field) = FIELDS.iter().find(|field| **field == name) else {
            let (what, hint) = unknown_field(name, "field");
            let printable: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            return self.errors.push(LineError { line: self.line, field: printable, what, hint });
        };
        if self.cells.iter().any(|(given, _)| given == field) {
            return self.wrong(field, "the field is there twice", None);
        }
        self.cells.push((field, cell));
    }

    /// The entry that the line proposes, or everything that is wrong with the line.
    pub(super) fn proposal(mut self, context: &Context<'_>) -> Result<Proposal, Vec<LineError>> {
        let kind = self.kind();
        let account = self.account(context);
        let at = self.instant("at", true, Toward::Past);
        let reference: Option<Ref> = self.optional("ref", "a text");
        let mut reading = BodyReading { whose: account.as_ref().zip(at), row: &mut self, context, filled: Filled::default() };
        let body = kind.and_then(|kind| read_body(kind, &mut reading));
        let filled = reading.filled;
        let note = self.optional::<String>("note", "a text");
        let actor = self.optional::<String>("actor", "a text");
        let tags = self.tags();
        let recorded_at = self.instant("recorded_at", false, Toward::Past);
        if let Some(kind) = kind {
            self.refuse_the_rest(kind);
        }
        match (account, at, body) {
            (Some(account), Some(at), Some(body)) if self.errors.is_empty() => {
                let draft = Draft { account, at, reference, body, note, actor, tags, must_fit: false };
                Ok(Proposal { draft, filled, recorded_at })
            }
            _ => Err(self.errors),
        }
    }

    fn wrong(&mut self, field: &str, what: impl Into<String>, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.errors.push(LineError { line: self.line, field: field.to_owned(), what: what.into(), hint });
    }

    /// Takes a field out of the line; `None` where it was not given.
    fn cell(&mut self, field: &str) -> Option<Cell> {
        let place = self.cells.iter().position(|(name, _)| *name == field)?;
        Some(self.cells.swap_remove(place).1)
    }

    /// Takes out a field for which null means the same as leaving it out.
    fn given(&mut self, field: &str) -> Option<Cell> {
        let cell = self.cell(field)?;
        if cell == Cell::Null {
            self.nulls.push(field.to_owned());
            return None;
        }
        Some(cell)
    }

    fn missing(&mut self, field: &str, expected: &str) {
        if !self.errors.iter().any(|error| error.field == field) {
            let what = if self.nulls.contains(&field.to_owned()) { "the field is null" } else { "the field is missing" };
            self.wrong(field, format!("{what}: {expected}"), None);
        }
    }

    fn optional<T: FromStr<Err: std::fmt::Display>>(&mut self, field: &str, expected: &str) -> Option<T> {
        match self.given(field)? {
            Cell::Text(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => {
                    self.wrong(field, error.to_string(), None);
                    None
                }
            },
            other => {
                self.wrong(field, format!("{} is not {expected}", other.in_words()), None);
                None
            }
        }
    }

    fn required<T: FromStr<Err: std::fmt::Display>>(&mut self, field: &str, expected: &str) -> Option<T> {
        let value = self.optional(field, expected);
        if value.is_none() {
            self.missing(field, expected);
        }
        value
    }

    fn kind(&mut self) -> Option<EntryKind> {
        let word: String = self.required("kind", "one of the kinds of entries")?;
        let kind = EntryKind::from_word(&word);
        if kind.is_none() {
            let words: Vec<&str> = EntryKind::ALL.into_iter().map(EntryKind::word).collect();
            let hint = match nearest(&word, words.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("the kinds are {}", words.join(", ")),
            };
            self.wrong("kind", format!("{} is no kind of entry", short(&word)), Some(&hint));
        }
        kind
    }

    /// The account, which has to be configured: its zone says what days mean.
    fn account(&mut self, context: &Context<'_>) -> Option<AccountId> {
        let account: AccountId = self.required("account", "the id of an account")?;
        self.now = context.now;
        match (context.zone)(&account) {
            Ok(zone) => {
                self.zone = zone;
                Some(account)
            }
            Err(hint) => {
                self.wrong("account", format!("no account {} is configured", short(account.as_str())), Some(&hint));
                None
            }
        }
    }

    fn instant(&mut self, field: &'static str, required: bool, toward: Toward) -> Option<Instant> {
        let expected = "a day or time, like 2026-11-20T09:00:00Z";
        match self.given(field) {
            None => {
                if required {
                    self.missing(field, expected);
                }
                None
            }
            Some(Cell::Text(text)) => match text.parse().and_then(|when: When| when.instant(self.now, self.zone, toward)) {
                Ok(instant) => Some(instant),
                Err(error) => {
                    self.wrong(field, format!("{} is {error}", short(&text)), None);
                    None
                }
            },
            Some(other) => {
                self.wrong(field, format!("{} is not {expected}", other.in_words()), None);
                None
            }
        }
    }

    /// A number of JSON as it is, a text as people type amounts (SPEC A6).
    fn amount(&mut self, field: &str) -> Option<Amount> {
        let read = match self.given(field)? {
            Cell::Number(text) => text.parse().map_err(|error: AmountError| format!("{} is {error}", short(&text))),
            Cell::Text(text) => self.typed_amount(&text).map_err(|error| format!("{} is {error}", short(&text))),
            other => Err(format!("{} is not a number", other.in_words())),
        };
        read.map_err(|what| self.wrong(field, what, None)).ok()
    }

    /// What a program wrote has a point before a fraction and no more zeros than it needs: `1.125` is exact in a line that says when
    /// it was recorded, as every line of an export does and nobody's own. Elsewhere it may be a thousand for whoever wrote it.
    fn typed_amount(&self, text: &str) -> Result<Amount, TypedAmountError> {
        let is_exported = self.cells.iter().any(|(field, cell)| *field == "recorded_at" && *cell != Cell::Null);
        match parse_typed_amount(text) {
            Err(error @ TypedAmountError::Ambiguous { .. }) => {
                let exact = text.parse().ok().filter(|amount: &Amount| is_exported && amount.to_string() == text);
                exact.ok_or(error)
            }
            read => read,
        }
    }

    fn required_amount(&mut self, field: &str) -> Option<Amount> {
        let amount = self.amount(field);
        if amount.is_none() {
            self.missing(field, "a number");
        }
        amount
    }

    fn priority(&mut self) -> i32 {
        let Some(cell) = self.given("priority") else { return 0 };
        let text = match &cell {
            Cell::Text(text) | Cell::Number(text) => text.as_str(),
            _ => "",
        };
        text.parse().unwrap_or_else(|_| {
            self.wrong("priority", "it is not a whole number from -2147483648 to 2147483647", None);
            0
        })
    }

    fn expires(&mut self) -> Expires {
        match self.cells.iter().find(|(name, _)| *name == "expires_at") {
            None => Expires::ByRule,
            Some((_, Cell::Null)) => {
                self.cell("expires_at");
                Expires::Never
            }
            // An instant that can't be read is an error already; what stands here is not used.
            Some(_) => self.instant("expires_at", false, Toward::Future).map_or(Expires::ByRule, Expires::At),
        }
    }

    fn tags(&mut self) -> Vec<String> {
        match self.given("tags") {
            None => Vec::new(),
            Some(Cell::List(tags)) => tags,
            Some(other) => {
                self.wrong("tags", format!("{} is not a list of texts", other.in_words()), Some("write [\"one\", \"two\"]"));
                Vec::new()
            }
        }
    }

    /// What was used, and whether the price list says so.
    fn spend(&mut self, whose: Option<(&AccountId, Instant)>, context: &Context<'_>) -> Option<(Spend, bool)> {
        let action: Option<ActionId> = self.optional("action", "the id of an action");
        let variant: Option<VariantId> = self.optional("variant", "the id of a variant");
        let errors = self.errors.len();
        let quantity = self.amount("quantity");
        let given = self.amount("amount");
        let amount = match (given, &action, quantity) {
            _ if self.errors.len() > errors => return None,
            (Some(amount), ..) => amount,
            (None, Some(action), Some(quantity)) => {
                let (account, at) = whose?;
                match (context.pricing)(account, at, action, variant.as_ref(), quantity) {
                    Ok(amount) => amount,
                    Err(why) => {
                        self.wrong("action", why, None);
                        return None;
                    }
                }
            }
            (None, ..) => {
                self.missing("amount", "a number, or an action and a quantity");
                return None;
            }
        };
        Some((Spend { amount, action, variant, quantity }, given.is_none()))
    }

    /// What is left over belongs to other kinds. Explicit nulls say nothing and are let through.
    fn refuse_the_rest(&mut self, kind: EntryKind) {
        // After an error, fields may be left over that were only not looked at.
        if !self.errors.is_empty() {
            return;
        }
        let article = if matches!(kind, EntryKind::Adjust | EntryKind::Observe) { "an" } else { "a" };
        for (field, cell) in std::mem::take(&mut self.cells) {
            if cell != Cell::Null {
                self.wrong(field, format!("{article} {} has no such field", kind.word()), None);
            }
        }
    }
}

/// Reads what depends on the kind.
struct BodyReading<'r, 'c> {
    row: &'r mut Row,
    /// The account, and when it happened.
    whose: Option<(&'r AccountId, Instant)>,
    context: &'r Context<'c>,
    filled: Filled,
}

impl ReadFields for BodyReading<'_, '_> {
    fn bucket(&mut self) -> Option<BucketId> {
        self.row.required("bucket", "the id of a bucket")
    }

    fn amount(&mut self, field: &'static str) -> Option<Amount> {
        self.row.required_amount(field)
    }

    fn instant(&mut self, field: &'static str) -> Option<Instant> {
        self.row.instant(field, false, Toward::Future)
    }

    fn expires(&mut self) -> Option<Expires> {
        Some(self.row.expires())
    }

    fn priority(&mut self) -> Option<i32> {
        Some(self.row.priority())
    }

    fn target(&mut self, field: &'static str) -> Option<Ref> {
        self.row.required(field, "the ref of an entry")
    }

    fn spend(&mut self) -> Option<Spend> {
        let (spend, by_price) = self.row.spend(self.whose, self.context)?;
        self.filled.amount = by_price;
        Some(spend)
    }
}
