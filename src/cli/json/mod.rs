//! The JSON contract: versioned documents for scripts.
//!
//! Each document names its version in `schema`. Within a version fields are added at the end of their objects, never renamed, removed
//! or given another meaning. A change that breaks a reader gets a new name.
//!
//! | schema | printed by |
//! |---|---|
//! | `creditop.status.v1` | `status --json`, `ledger balance --json` |
//! | `creditop.quote.v1` | `quote --json` |
//! | `creditop.ledger.v1` | `ledger list --json` |
//! | `creditop.history.v1` | `ledger history --json` |
//!
//! What holds in all of them:
//! - **Amounts** are JSON numbers with all their digits (up to 28), without exponent, or the text `"unlimited"`. Read them as
//!   decimals, not as binary floats.
//! - **`null`** means "not applicable", unless the object's `unknown` list names the field: then it applies, and nobody told it.
//! - **Instants** are RFC 3339 in UTC with `Z`.
//! - **Texts** from outside hold no control characters.
//!
//! # `creditop.status.v1`
//! `at` is the instant of the figures, `accounts` has one object per account:
//! - `source` is `polled` or `ledger`. `state` is the first that holds of `lapsed`, `pending`, `error`, `stale`, `new` (kept by hand, and nothing
//!   recorded or granted yet), `unknown` (the total is not known, and what is known of it is 0), `empty`, `low`, `ok`.
//! - `error` is null or the last poll's failure: `kind`, `message`, `retry_at`.
//! - `total`, `held`, `spendable`. Where a bucket is unknown, `total` and `spendable` are null and listed in `unknown`, and
//!   `known_total` is the lower bound.
//! - `buckets`, in draw-down order: `kind` is `recurring`, `promotional`, `purchased` or `bonus`; `draw_order` counts from 1;
//!   `resets_to` is what the bucket holds just after the reset if nothing is spent until then; `reset_source` is `reported`, `configured`,
//!   `inferred`, `estimated`, `unknown`, or null where the bucket never resets. Each bucket lists its `lots` that have not lapsed.
//!   Added: `source` (how the figure is known), `if_renewed` (the reset comes only if the subscription is renewed), `known` (the
//!   lower bound of `remaining`), `shown` (what the provider last said of credits that no longer count), `used` (in an unlimited
//!   bucket since its last reset), `full` (the capacity; else what the lots that still hold something were granted; else the most
//!   that polls saw in 30 days).
//! - `uncovered`: the spends that no lot could pay in full.
//! - `warnings`, all that hold: `kind` is `key-refused`, `stale`, `runs-out` (within `low_days`), `lapses` (within `lapse_days`),
//!   `subscription-ends` (likewise), `unexplained-drop` or `fair-use`. Only an account that is `ok` and has none is well. Added: `dated-ahead` (an
//!   entry that is no grant is dated after now: a clock was wrong, and it counts in no figure until `at`; its `ref` is named).
//! - `next_change`: the earliest event that will change the figures, null where none is known: `kind` is `lapses`,
//!   `becomes-unknown` (figures whose reset day is unknown stand for one month), `hold-ends`, `plan-changes`, `reset`, `grant`,
//!   `subscription-ends` or `runs-out`; `amount` is what lapses as things stand, is granted or set free, or what a reset refills the
//!   bucket to. Added: `unknown`, `approximate` (the instant is an estimate), `if_renewed`.
//! - `forecast`: `burn_per_day` (rounded half-even to 6 places), `runs_out_at` (null where the credits don't run out within 14 months,
//!   unless `unknown` lists it), and what `lapses` unused. Added: `unknown`; `because` (what `runs_out_at` depends on and nobody
//!   knows: `kind` is `pace`, `stale`, `bucket`, `reset-day`, `subscription-ends` or `subscription-ended`); `lasts_at_least_until`
//!   (where something is unknown, until when the credits last in any case; null where not even that is known); `used` and
//!   `used_since` (what was seen to be used in the last 30 days); and `held` of each lapse and change (the part that holds would
//!   take).
//! - Added: `holds` (open holds), `next_poll_at`, `why_next` (a sentence), `uncounted_buckets` (those that entries name and the
//!   account's provider does not have: what they hold is in no figure), `coming` (the next event of each sort and bucket, as
//!   `next_change`).
//!
//! - Added: `pool` (the balance that the account shares, null where it has its own), `shares_with` (the other accounts of it: the figures
//!   of all of them are one balance, and count once) and `told_by` (whose poll told the figures; null where the balance is not shared).
//!   Entries of other accounts of a pool are named `ACCOUNT/REF`.
//!
//! # `creditop.quote.v1`
//! `quotes` has one object per account that the plan names:
//! - `lines`, as asked, each with `unit_cost` and `cost` (null and listed in the line's `unknown` where no price is published), the whole
//!   units that known credits pay (`covered_quantity`), and the `draws` that pay.
//! - `affordable` is true, false, or null (unknown). `affordable_at` is the quote's own instant where the plan is affordable now, a
//!   later instant, or null: never without buying, unless `unknown` lists it.
//! - `before` and `after` are the buckets in draw-down order.
//! - `advice`: `kind` is `wait-for-reset`, `combine`, `cheaper-variant`, `cheaper-account`, `use-before-lapse`, `buy` or `missing-price`.
//! - Added: `known_total` (the cost of the lines with a price), `held`, `waterfall` (each lot before and after, and the line, from 0, and
//!   unit, from 1, that opens it), `approximate` and `if_renewed` (what `affordable_at` rests on, and in an advice to wait its
//!   reset), `state` and `observed_at` of the account, as in the status document, `recorded` (the refs that `--hold` or
//!   `--commit` wrote), `stale` (null, or why the figures can't be relied on: its `kind` is `stale`, `key-refused` or `no-figures`; then
//!   `affordable`, `affordable_at` and `shortfall` are null and listed as unknown, and `stale` says what the old figures give for them),
//!   `money` (the value of the credits that are used: credits times the price of one; `about` where the price is), `new_money` (what must be
//!   paid anew: nothing where it fits, else the price of what is short), `fair_use` (a cap on credits without limit that the plan draws on,
//!   with the usage once the plan is done; its size may not be published). An advice to use another account names it in `account`, and
//!   carries what it saves in `saves`, in credits, or in `money`. `pool`, as in the status document, and `after_accounts`: the accounts of the
//!   same pool whose part of the plan is paid before, out of the same balance. `sums` of the document: credits by provider and unit, `value` and
//!   `new_money` by currency; its `unknown` names the sums that leave something out.
//!
//! # `creditop.ledger.v1`
//! `entries` are objects as `ledger import` takes them and `ledger export --format jsonl` writes them, by the same list of fields.
//!
//! # `creditop.history.v1`
//! `at` is the instant of asking, `points` has one object per instant, the oldest first: `total` and what remains in each of the `buckets`,
//! in the order of the provider's definition. These are the figures of `creditop.status.v1` at that instant.

mod entry;
mod history;
mod quote;
mod status;

use serde::{Serialize, Serializer};

pub use entry::LedgerDocument;
pub use history::HistoryDocument;
pub use quote::{QuoteDocument, RecordedRef};
pub use status::StatusDocument;

use super::text::clean;
use crate::credit::{Amount, Figure, Instant, print_instant};

/// An amount as a JSON number with all its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exact(Amount);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Most amounts are whole, and written faster so.
        let decimal = self.0.decimal();
        if let (0, Ok(whole)) = (decimal.scale(), i64::try_from(decimal.mantissa())) {
            return serializer.serialize_i64(whole);
        }
        let number: serde_json::Number = self.0.to_string().parse().map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

/// A figure: a number, `"unlimited"`, or null. Whoever writes null lists the field as unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown(Figure);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Figure::Known(amount) => Exact(amount).serialize(serializer),
            Figure::Unlimited => serializer.serialize_str("unlimited"),
            Figure::Unknown => serializer.serialize_none(),
        }
    }
}

/// An instant in UTC with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Zulu(Instant);

impl Serialize for Zulu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&print_instant(self.0))
    }
}

/// A text without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clean(String);

impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self(clean(text))
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The names of the fields that are unknown, of those that may be.
fn unknowns<const N: usize>(fields: [(&'static str, bool); N]) -> Vec<&'static str> {
    fields.into_iter().filter(|(_, unknown)| *unknown).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests;
