//! What stands in a scenario file.

use creditop::credit::{Amount, Instant, parse_instant};
use serde::Deserialize;
use toml::value::Datetime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub title: String,
    /// The rules that it proves; `PROVIDERS` for a statement of PROVIDERS.md.
    pub rules: Vec<String>,
    /// A provider definition of its own; else the account's provider is a built-in one.
    pub definition: Option<String>,
    #[serde(default)]
    pub account: Account,
    #[serde(default)]
    pub entry: Vec<EntryLine>,
    #[serde(default)]
    pub observation: Vec<Seen>,
    #[serde(default)]
    pub expect: Vec<Expect>,
    #[serde(default)]
    pub quote: Vec<QuoteOf>,
    #[serde(default)]
    pub refused: Vec<Refused>,
}

/// An account as in the configuration file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub provider: Option<String>,
    pub time_zone: Option<String>,
    pub plan: Option<String>,
    pub slots: Option<u32>,
    pub since: Option<When>,
    pub billing_day: Option<u8>,
    pub reset_day: Option<u8>,
    pub launch_date: Option<When>,
    pub registered: Option<When>,
    #[serde(default)]
    pub plan_changes: Vec<Change>,
    #[serde(default)]
    pub costs: Vec<(String, Number)>,
    #[serde(default)]
    pub sandbox: bool,
    pub price_per_credit: Option<(Number, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    pub from: When,
    pub plan: Option<String>,
    pub slots: Option<u32>,
}

/// An entry as in SPEC 8.1; `expires_at = "never"` stands for null.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub kind: String,
    pub at: When,
    /// What the clock says when it is recorded, where it is not the latest instant so far.
    pub clock: Option<When>,
    #[serde(rename = "ref")]
    pub reference: String,
    pub bucket: Option<String>,
    pub amount: Option<Number>,
    pub effective_at: Option<When>,
    pub expires_at: Option<End>,
    #[serde(default)]
    pub priority: i32,
    pub action: Option<String>,
    pub quantity: Option<Number>,
    pub hold: Option<String>,
    pub reverses: Option<String>,
    pub remaining: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    pub at: When,
    pub last_seen_at: Option<When>,
    pub plan: Option<String>,
    pub subscription_ends_at: Option<When>,
    /// Bucket, what remains, capacity.
    pub buckets: Vec<SeenBucket>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenBucket {
    pub bucket: String,
    pub remaining: Number,
    pub capacity: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub at: When,
    /// The real present; the instant itself where not given.
    pub present: Option<When>,
    pub status: String,
    pub draws: Option<String>,
    /// What polls show to have happened (SPEC P8), all of it; nothing where not given.
    #[serde(default)]
    pub events: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteOf {
    pub at: When,
    /// `ACTION[:VARIANT]=QTY`.
    pub plan: Vec<String>,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    pub entry: EntryLine,
    pub now: Option<When>,
    pub field: String,
    pub what: String,
}

/// An instant; a bare date is 00:00 UTC.
#[derive(Deserialize, Clone, Copy)]
pub(crate) struct When(Datetime);

impl When {
    pub(crate) fn instant(self) -> Instant {
        let text = self.0.to_string();
        parse_instant(&if self.0.time.is_none() { format!("{text}T00:00:00Z") } else { text }).unwrap()
    }

    pub(crate) fn date(self) -> chrono::NaiveDate {
        self.0.to_string().parse().unwrap()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum End {
    Word(String),
    At(When),
}

/// An integer, or a decimal in quotes, or `unlimited` or `unknown` where a figure may be that.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
pub(crate) enum Number {
    Whole(i64),
    Text(String),
}

impl Number {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    pub(crate) fn amount(&self) -> Amount {
        self.text().parse().unwrap()
    }
}
