//! Why a draft can't be recorded, in words.

use super::Draft;
use super::past::Unsound;
use super::possible::StateFlaw;
use crate::credit::entry_rules::EntryFlaw;
use crate::credit::{AmountError, EntryBody, EntryKind, Instant, Rules, nearest, print_instant};

/// Why a draft can't be recorded: what is wrong and one thing to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RuleError {
    /// The field that is wrong, as `bucket` or `amount`.
    pub field: &'static str,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// One thing to do.
    pub hint: Option<String>,
    /// What it is about.
    pub about: About,
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// The draft's own words: it can never be recorded like that.
    Words,
    /// What else is recorded: it could be, at another time or beside other entries.
    Recorded,
    /// What is recorded already can't be: a fault of creditop, or a ledger that was changed behind its back, and no mistake of whoever
    /// records this.
    Fault,
}

/// The outcome of a check.
pub(super) type Checked = Result<(), RuleError>;

/// Refuses a draft for its own words.
pub(super) fn refuse<T>(field: &'static str, what: String, hint: &str) -> Result<T, RuleError> {
    Err(RuleError { field, what, hint: Some(hint.to_owned()), about: About::Words })
}

/// Refuses a draft for what is recorded.
pub(super) fn refuse_beside<T>(field: &'static str, what: String, hint: &str) -> Result<T, RuleError> {
    Err(RuleError { field, what, hint: Some(hint.to_owned()), about: About::Recorded })
}

/// Refuses a draft that no entry can be.
pub(super) fn for_words<T>(flaw: EntryFlaw<'_>, draft: &Draft, rules: &Rules, now: Instant) -> Result<T, RuleError> {
    let (kind, account) = (draft.body.kind(), &rules.account);
    match flaw {
        EntryFlaw::DatedAhead => {
            let what = format!("{kind} is dated {}, after now ({})", print_instant(draft.at), print_instant(now));
            refuse("at", what, "only grants may be dated after now")
        }
        EntryFlaw::Polled => {
            let what = format!("{account} is polled: its provider tells what is left, so {kind} has no place there");
            refuse("kind", what, "record an observation (observe) instead")
        }
        EntryFlaw::NoBucket(id) => {
            let known: Vec<&str> = rules.buckets.iter().map(|bucket| bucket.id.as_str()).collect();
            let hint = match nearest(id.as_str(), known.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("its buckets are {}", known.join(", ")),
            };
            refuse("bucket", format!("{account} has no bucket {id:?}"), &hint)
        }
        EntryFlaw::Sign(amount) => match &draft.body {
            EntryBody::Spend(_) => {
                refuse("amount", format!("a spend of {amount} is negative"), "to give credits back, reverse the spend")
            }
            EntryBody::Observe { bucket, .. } => {
                refuse("remaining", format!("{bucket} can't hold {amount}"), "observe what the billing page shows, 0 or more")
            }
            _ => refuse("amount", format!("a {kind} of {amount} is not above zero"), "give an amount above 0"),
        },
        EntryFlaw::NoHold(hold) => refuse_beside(
            "hold",
            format!("there is no hold {hold:?} in {account}"),
            "it must be recorded before; list holds with: ledger list --kind hold",
        ),
        EntryFlaw::HoldLater(hold) => {
            refuse("at", format!("hold {hold} begins only after {}", print_instant(draft.at)), "date this after the hold")
        }
        EntryFlaw::NoTarget(target) => refuse_beside(
            "reverses",
            format!("there is no entry {target:?} in {account}"),
            "it must be recorded before; list refs with: ledger list",
        ),
        EntryFlaw::OfReversal(target) => {
            refuse_beside("reverses", format!("{target} is itself a reversal"), "record the original entry anew")
        }
        EntryFlaw::Reversed { target, by } => {
            refuse_beside("reverses", format!("{target} was reversed already, by {by}"), "nothing is left to do")
        }
        EntryFlaw::TooEarly(target) => {
            let (reference, since) = (target.reference, print_instant(target.reversible_from));
            let before = if target.reversible_from < target.at { "was recorded" } else { "itself" };
            refuse(
                "at",
                format!("the reversal is dated before {reference} {before} ({since})"),
                "date it at or after that, or leave its instant out: then it is dated as early as it can be",
            )
        }
    }
}

/// Refuses a draft that the figures at its own instant don't allow.
pub(super) fn for_state<T>(flaw: StateFlaw<'_>, draft: &Draft) -> Result<T, RuleError> {
    match flaw {
        StateFlaw::HoldAbove { amount, spendable, unsure } => {
            let at_least = if unsure { "known to be " } else { "" };
            let what = format!("a hold of {amount} is above the {spendable} {at_least}spendable then");
            refuse_beside("amount", what, "hold less, or add credits first")
        }
        StateFlaw::HoldEnded(hold) => {
            let release = draft.body.kind() == EntryKind::Release;
            let hint = if release { "nothing is left to do" } else { "record a spend instead" };
            refuse_beside("hold", format!("hold {hold} has ended: nothing is held any more"), hint)
        }
        StateFlaw::CaptureAbove { amount, hold, held } => {
            let what = format!("a capture of {amount} is above the {held} that hold {hold} still holds");
            refuse_beside("amount", what, "capture at most that, and record the rest as a spend")
        }
        StateFlaw::Unlimited(bucket) => refuse("bucket", format!("{bucket} is unlimited then"), "there is no figure to correct"),
        StateFlaw::TakesTooMuch { amount, bucket, remaining } => {
            let what = format!("{bucket} holds only {remaining} then, so {amount} can't be taken off");
            refuse_beside("amount", what, "adjust by less, or observe what remains")
        }
    }
}

/// Refuses a draft of an account whose figures can't be had.
pub(super) fn for_unsound(why: Unsound, rules: &Rules) -> RuleError {
    match why {
        Unsound::Amount(error) => too_large(error),
        Unsound::Fault(fault) => RuleError {
            field: "account",
            what: format!("the figures of {} can't be told: {fault}", rules.account),
            hint: Some("`creditop ledger verify` says whether the ledger was changed".to_owned()),
            about: About::Fault,
        },
    }
}

pub(super) fn too_large(error: AmountError) -> RuleError {
    RuleError {
        field: "amount",
        what: format!("the account's figures can't be added up: {error}"),
        hint: Some("look for an entry with far too large an amount".to_owned()),
        about: About::Recorded,
    }
}
