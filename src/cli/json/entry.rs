//! Ledger entries as `ledger import` takes them: `creditop.ledger.v1`.

use serde::{Serialize, Serializer};

use super::{Clean, Exact, Zulu};
use crate::credit::{Entry, EntryBody, Expires, Instant};

/// The document of `ledger list --json`.
#[derive(Debug, Serialize)]
pub struct LedgerDocument {
    schema: &'static str,
    at: Zulu,
    entries: Vec<EntryDocument>,
}

impl LedgerDocument {
    /// The document of some entries.
    #[must_use]
    pub fn new(at: Instant, entries: &[Entry]) -> Self {
        Self { schema: "creditop.ledger.v1", at: Zulu(at), entries: entries.iter().map(EntryDocument::from).collect() }
    }
}

/// An expiry as stated: null for never, or an instant.
#[derive(Debug, Clone, Copy)]
enum Stated {
    Never,
    At(Instant),
}

impl Serialize for Stated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_none(),
            Self::At(at) => Zulu(*at).serialize(serializer),
        }
    }
}

/// An entry. Fields that its kind does not have, or that were not given, are left out.
#[derive(Debug, Serialize)]
pub(super) struct EntryDocument {
    kind: &'static str,
    account: String,
    at: Zulu,
    #[serde(rename = "ref")]
    reference: Clean,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<Zulu>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Stated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Clean>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<Clean>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Clean>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Clean>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Clean>,
    recorded_at: Zulu,
}

impl From<&Entry> for EntryDocument {
    fn from(entry: &Entry) -> Self {
        let mut document = Self {
            kind: entry.body.kind().word(),
            account: entry.account.to_string(),
            at: Zulu(entry.at),
            reference: entry.reference.as_str().into(),
            bucket: None,
            amount: None,
            remaining: None,
            action: None,
            variant: None,
            quantity: None,
            effective_at: None,
            expires_at: None,
            priority: None,
            hold: None,
            reverses: None,
            note: entry.note.as_deref().map(Clean::from),
            actor: entry.actor.as_deref().map(Clean::from),
            tags: entry.tags.iter().map(|tag| tag.as_str().into()).collect(),
            recorded_at: Zulu(entry.recorded_at),
        };
        document.fill(&entry.body);
        document
    }
}

impl EntryDocument {
    fn fill(&mut self, body: &EntryBody) {
        match body {
            EntryBody::Grant(grant) => {
                self.bucket = Some(grant.bucket.to_string());
                self.amount = Some(Exact(grant.amount));
                self.effective_at = grant.effective_at.map(Zulu);
                self.expires_at = match grant.expires {
                    Expires::ByRule => None,
                    Expires::Never => Some(Stated::Never),
                    Expires::At(at) => Some(Stated::At(at)),
                };
                self.priority = Some(grant.priority);
            }
            EntryBody::Spend(spend) => {
                self.amount = Some(Exact(spend.amount));
                self.action = spend.action.as_ref().map(ToString::to_string);
                self.variant = spend.variant.as_ref().map(ToString::to_string);
                self.quantity = spend.quantity.map(Exact);
            }
            EntryBody::Hold { amount, expires_at } => {
                self.amount = Some(Exact(*amount));
                self.expires_at = expires_at.map(Stated::At);
            }
            EntryBody::Capture { hold, amount } => {
                self.hold = Some(hold.as_str().into());
                self.amount = Some(Exact(*amount));
            }
            EntryBody::Release { hold } => self.hold = Some(hold.as_str().into()),
            EntryBody::Adjust { bucket, amount } => {
                self.bucket = Some(bucket.to_string());
                self.amount = Some(Exact(*amount));
            }
            EntryBody::Reverse { reverses } => self.reverses = Some(reverses.as_str().into()),
            EntryBody::Observe { bucket, remaining } => {
                self.bucket = Some(bucket.to_string());
                self.remaining = Some(Exact(*remaining));
            }
        }
    }
}
