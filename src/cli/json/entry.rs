//! Ledger entries as `ledger import` takes them: `creditop.ledger.v1`.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Clean, Exact, Zulu};
use crate::credit::{Entry, Instant};
use crate::store::{Value, entry_fields};

/// The document of `ledger list --json`.
#[derive(Debug, Serialize)]
pub struct LedgerDocument<'a> {
    schema: &'static str,
    at: Zulu,
    entries: Vec<EntryDocument<'a>>,
}

impl<'a> LedgerDocument<'a> {
    /// The document of some entries.
    #[must_use]
    pub fn new(at: Instant, entries: &'a [Entry]) -> Self {
        Self { schema: "creditop.ledger.v1", at: Zulu(at), entries: entries.iter().map(EntryDocument).collect() }
    }
}

/// An entry with the fields of [`entry_fields`]. Those that its kind does not have, or that were not given, are left out.
#[derive(Debug)]
pub(super) struct EntryDocument<'a>(&'a Entry);

impl Serialize for EntryDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = entry_fields(self.0);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            match value {
                Value::Text(text) => map.serialize_entry(name, &Clean::from(text))?,
                Value::Number(amount) => map.serialize_entry(name, &Exact(amount))?,
                Value::Instant(at) => map.serialize_entry(name, &Zulu(at))?,
                Value::Never => map.serialize_entry(name, &())?,
                Value::Tags(tags) => map.serialize_entry(name, &tags.into_iter().map(Clean::from).collect::<Vec<_>>())?,
            }
        }
        map.end()
    }
}
