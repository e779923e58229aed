//! What must hold of an entry whatever the figures are: its date, its bucket, the sign of its amount, and what it answers
//! (SPEC L1, E11, E14).
//!
//! Each rule is stated once. Admission asks of drafts, and an audit of what is recorded; each words what it finds in its own way.

use std::fmt;

use super::extent::amount_of;
use super::{Amount, BucketId, EntryBody, EntryKind, FoldEntryRef, Instant, Ref, Rules, Source};

/// A rule of the specification that an entry can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleId {
    /// Amounts are exact.
    A1,
    /// A lot is drawn within its life.
    E1,
    /// Buckets are those of the rules.
    E2,
    /// No lot goes below zero, and every spend is paid or named as unpaid.
    E3,
    /// A reversal gives back what was drawn.
    E6,
    /// Every lot adds up.
    E10,
    /// Holds add up.
    E11,
    /// A polled account starts from its observations.
    E14,
    /// Nothing is changed but by a reversal.
    L1,
    /// Refs are unique.
    L2,
}

impl RuleId {
    /// The rule's name in the specification, as `E10`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E6 => "E6",
            Self::E10 => "E10",
            Self::E11 => "E11",
            Self::E14 => "E14",
            Self::L1 => "L1",
            Self::L2 => "L2",
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an entry says, recorded or to be recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    pub body: &'a EntryBody,
    pub at: Instant,
    /// When it was or would be recorded.
    pub recorded_at: Instant,
}

/// What is recorded before a statement.
pub(crate) trait Recorded {
    /// The entry with this ref.
    fn entry(&self, reference: &Ref) -> Option<FoldEntryRef<'_>>;

    /// The ref of the entry that reversed another.
    fn reversed_by(&self, reference: &Ref) -> Option<&Ref>;

    /// When the hold with this ref begins; `None` where there is none.
    fn hold_begins(&self, reference: &Ref) -> Option<Instant> {
        self.entry(reference).filter(|entry| entry.is_hold()).map(|entry| entry.at)
    }
}

/// Why no entry can say what one says, whatever the figures are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryFlaw<'a> {
    /// It is dated after it was recorded, and is neither a grant nor the earliest reversal of what a wrong clock dated ahead.
    DatedAhead,
    /// Its kind has no place in a polled account.
    Polled,
    /// The rules have no such bucket.
    NoBucket(&'a BucketId),
    /// Its kind can't carry this amount.
    Sign(Amount),
    /// There is no such hold.
    NoHold(&'a Ref),
    /// The hold begins only later.
    HoldLater(&'a Ref),
    /// There is no such entry.
    NoTarget(&'a Ref),
    /// What it would reverse is a reversal.
    OfReversal(&'a Ref),
    /// What it would reverse was reversed, by `by`.
    Reversed { target: &'a Ref, by: &'a Ref },
    /// What it would reverse can be reversed from a later instant on only.
    TooEarly(FoldEntryRef<'a>),
}

impl EntryFlaw<'_> {
    /// The rule that it breaks.
    pub(crate) fn rule(self) -> RuleId {
        match self {
            Self::Polled => RuleId::E14,
            Self::NoBucket(_) => RuleId::E2,
            Self::NoHold(_) | Self::HoldLater(_) => RuleId::E11,
            Self::DatedAhead
            | Self::Sign(_)
            | Self::NoTarget(_)
            | Self::OfReversal(_)
            | Self::Reversed { .. }
            | Self::TooEarly(_) => RuleId::L1,
        }
    }
}

/// The first thing wrong with a statement, whatever the figures are.
pub(crate) fn entry_flaw<'a>(rules: &Rules, statement: Statement<'a>, recorded: &'a impl Recorded) -> Option<EntryFlaw<'a>> {
    let Statement { body, .. } = statement;
    if is_dated_ahead(statement, recorded) {
        return Some(EntryFlaw::DatedAhead);
    }
    if rules.source == Source::Polled && matches!(body.kind(), EntryKind::Grant | EntryKind::Adjust) {
        return Some(EntryFlaw::Polled);
    }
    if let Some(bucket) = body.bucket().filter(|bucket| rules.bucket_index(bucket).is_none()) {
        return Some(EntryFlaw::NoBucket(bucket));
    }
    if let Some((_, amount)) = amount_of(body).filter(|(_, amount)| !can_carry(body.kind(), *amount)) {
        return Some(EntryFlaw::Sign(amount));
    }
    match body {
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => match recorded.hold_begins(hold) {
            None => Some(EntryFlaw::NoHold(hold)),
            Some(begins) => (begins > statement.at).then_some(EntryFlaw::HoldLater(hold)),
        },
        EntryBody::Reverse { reverses } => reversal_flaw(reverses, statement.at, recorded),
        _ => None,
    }
}

/// Whether a statement is dated after its recording though it can't be: only a grant may be, and the earliest reversal of what a wrong clock
/// dated ahead.
pub(crate) fn is_dated_ahead(statement: Statement<'_>, recorded: &impl Recorded) -> bool {
    let Statement { body, at, recorded_at } = statement;
    at > recorded_at && body.kind() != EntryKind::Grant && earliest_reversal(body, recorded) != Some(at)
}

/// The earliest instant at which a reversal can be, by what it reverses; `None` for whatever else it is.
pub(crate) fn earliest_reversal(body: &EntryBody, recorded: &impl Recorded) -> Option<Instant> {
    let EntryBody::Reverse { reverses } = body else { return None };
    recorded.entry(reverses).map(|target| target.reversible_from)
}

/// Whether a kind of entry can carry an amount: uses and figures zero or more, corrections any, all else more than zero.
fn can_carry(kind: EntryKind, amount: Amount) -> bool {
    match kind {
        EntryKind::Adjust => true,
        EntryKind::Spend | EntryKind::Observe => !amount.is_negative(),
        _ => amount.is_positive(),
    }
}

/// Why an entry can't be reversed at an instant (SPEC L1): any but a reversal can be, once, not before its time.
fn reversal_flaw<'a>(target: &'a Ref, at: Instant, recorded: &'a impl Recorded) -> Option<EntryFlaw<'a>> {
    let Some(entry) = recorded.entry(target) else { return Some(EntryFlaw::NoTarget(target)) };
    if entry.reverses().is_some() {
        return Some(EntryFlaw::OfReversal(target));
    }
    if let Some(by) = recorded.reversed_by(target) {
        return Some(EntryFlaw::Reversed { target, by });
    }
    (at < entry.reversible_from).then_some(EntryFlaw::TooEarly(entry))
}
