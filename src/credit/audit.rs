//! The whole history of an account held against the rules that must always hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::entry_rules::{EntryFlaw, Recorded, RuleId, Statement, entry_flaw};
use super::fold::{Cause, HoldWatch, Life, Lot, LotDraw, State, Step, Supply, Tally, replay};
use super::{Amount, AmountError, Book, EngineError, Entry, EntryBody, FoldEntryRef, Instant, Ref, Seq, Source, print_instant};

/// The first thing in an account's history that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// When it happened.
    pub at: Instant,
    /// The entry that breaks it, or after which it showed; `None` where a reset or expiry did.
    pub entry: Option<(Seq, Ref)>,
    /// The rule.
    pub rule: RuleId,
    /// What is wrong, without a full stop.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Some((seq, reference)) => write!(f, "entry {reference:?} (number {}) of ", seq.0)?,
            None => f.write_str("what happened by itself at ")?,
        }
        write!(f, "{}: {} ({})", print_instant(self.at), self.what, self.rule)
    }
}

/// What ends an audit: a breach, or a figure that can't be had.
enum Stop {
    Amount(AmountError),
    Breach(Box<Breach>),
}

impl From<AmountError> for Stop {
    fn from(error: AmountError) -> Self {
        Self::Amount(error)
    }
}

impl Book {
    /// Replays everything up to `now` and checks what must always hold; returns the first breach, `None` where all is well.
    ///
    /// Checked are, for each entry, its own words (signs, names, what it answers: SPEC L1, E11), and after every step: that
    /// every lot adds up (E10), none is below zero (E3), nothing is drawn outside a lot's life (E1), every spend is paid or
    /// named as uncovered or unknown (E3, E9), a reversal gives back what was drawn (E6), and holds add up (E11).
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Early`] for a book that has not all entries.
    pub fn check(&self, now: Instant) -> Result<Option<Breach>, EngineError> {
        self.must_be_whole()?;
        if let Some(breach) = words(self) {
            return Ok(Some(breach));
        }
        let mut auditor = Auditor::new(self);
        let replayed = replay(&self.rules, (&self.entries, &self.observations), now, |state, step| auditor.look(state, &step));
        match replayed {
            Ok(_) => Ok(None),
            Err(Stop::Breach(breach)) => Ok(Some(*breach)),
            Err(Stop::Amount(error)) => Err(self.amount_error(error)),
        }
    }
}

/// What was recorded before an entry, in the order of recording.
#[derive(Default)]
struct Before<'a> {
    entries: HashMap<&'a Ref, &'a Entry>,
    reversed: HashMap<&'a Ref, &'a Ref>,
}

impl Recorded for Before<'_> {
    fn entry(&self, reference: &Ref) -> Option<FoldEntryRef<'_>> {
        self.entries.get(reference).map(|entry| FoldEntryRef::from(*entry))
    }

    fn reversed_by(&self, reference: &Ref) -> Option<&Ref> {
        self.reversed.get(reference).copied()
    }
}

/// The first entry, in the order of recording, that no admission would have let through whatever the figures were.
fn words(book: &Book) -> Option<Breach> {
    let mut before = Before::default();
    for entry in book.entries.iter() {
        let wrong = wording(book, entry, &before);
        if let EntryBody::Reverse { reverses } = &entry.body {
            before.reversed.insert(reverses, &entry.reference);
        }
        let twice = before.entries.insert(&entry.reference, entry);
        let twice = twice.map(|_| (RuleId::L2, "its ref is that of an earlier entry".to_owned()));
        if let Some((rule, what)) = wrong.or(twice) {
            return Some(Breach { at: entry.at, entry: Some((entry.seq, entry.reference.clone())), rule, what });
        }
    }
    None
}

/// What is wrong with an entry, whatever the figures are.
fn wording(book: &Book, entry: &Entry, before: &Before<'_>) -> Option<(RuleId, String)> {
    let shared = book.profile.pool.as_ref().is_some_and(|pool| pool.others.contains(&entry.account));
    if entry.account != book.rules.account && !shared {
        return Some((RuleId::L1, format!("it belongs to {}", entry.account)));
    }
    let kind = entry.body.kind();
    let statement = Statement { body: &entry.body, at: entry.at, recorded_at: entry.recorded_at };
    let flaw = entry_flaw(&book.rules, statement, before)?;
    let what = match flaw {
        EntryFlaw::DatedAhead => format!("a {kind} is dated after it was recorded ({})", print_instant(entry.recorded_at)),
        EntryFlaw::Polled => format!("a {kind} has no place in a polled account"),
        EntryFlaw::NoBucket(bucket) => format!("{} has no bucket {bucket:?}", book.rules.account),
        EntryFlaw::Sign(amount) => format!("a {kind} of {amount} can't be"),
        EntryFlaw::NoHold(hold) => format!("no hold {hold:?} was recorded before it"),
        EntryFlaw::HoldLater(hold) => format!("hold {hold:?} begins only later"),
        EntryFlaw::NoTarget(target) => format!("no entry {target:?} was recorded before it"),
        EntryFlaw::OfReversal(target) => format!("{target:?} is itself a reversal"),
        EntryFlaw::Reversed { target, by } => format!("it reverses {target:?}, which {by:?} reversed already"),
        EntryFlaw::TooEarly(target) => format!("{:?} happened only later", target.reference),
    };
    Some((flaw.rule(), what))
}

/// What was seen of the state before a step.
struct Auditor<'a> {
    book: &'a Book,
    lots: Vec<Tally>,
    /// What all lots hold that can be drawn.
    counted: Amount,
    holds: HoldWatch<'a>,
    /// What all holds hold.
    held: Amount,
}

impl<'a> Auditor<'a> {
    fn new(book: &'a Book) -> Self {
        Self { book, lots: Vec::new(), counted: Amount::ZERO, holds: HoldWatch::new(&book.entries), held: Amount::ZERO }
    }

    fn look(&mut self, state: &State, step: &Step<'a>) -> Result<(), Stop> {
        let wrong = self.wrong(state, step)?;
        wrong.map_or(Ok(()), |(rule, what)| {
            let entry = if let Cause::Entry(entry) = step.cause { Some((entry.seq, entry.reference.clone())) } else { None };
            Err(Stop::Breach(Box::new(Breach { at: step.at, entry, rule, what })))
        })
    }

    fn wrong(&mut self, state: &State, step: &Step<'a>) -> Result<Option<(RuleId, String)>, AmountError> {
        let mut returned = BTreeMap::new();
        for id in &step.changed {
            let Some(lot) = state.lots.get(*id) else { continue };
            if let Some(wrong) = lot_flaw(lot)? {
                return Ok(Some(wrong));
            }
            if self.lots.len() <= id.index() {
                self.lots.resize(id.index() + 1, Tally::default());
            }
            let Some(seen) = self.lots.get_mut(id.index()) else { continue };
            let new = Tally::from(lot);
            let old = std::mem::replace(seen, new);
            self.counted = self.counted.plus(new.counted)?.minus(old.counted)?;
            returned.insert(*id, old.spent.minus(new.spent)?);
        }
        if self.counted != state.lots.finite() {
            let what = format!("the lots hold {}, but {} are counted", self.counted, state.lots.finite());
            return Ok(Some((RuleId::E10, what)));
        }
        if let Cause::Entry(entry) = step.cause {
            if let Some(wrong) = self.payment_flaw(state, entry)? {
                return Ok(Some(wrong));
            }
            if let EntryBody::Reverse { reverses } = &entry.body
                && let Some(record) = state.record(reverses).filter(|record| !record.adjusting)
                && let Some(draw) = first_kept(&record.draws, &returned)
            {
                return Ok(Some((
                    RuleId::E6,
                    format!("{} that {reverses:?} drew of a lot did not come back to it", draw.amount),
                )));
            }
        }
        self.hold_flaw(state, step.cause)
    }

    /// Whether a spend is paid, or named as what it is, and only from lots that were active.
    fn payment_flaw(&self, state: &State, entry: &Entry) -> Result<Option<(RuleId, String)>, AmountError> {
        let (EntryBody::Spend(super::Spend { amount, .. }) | EntryBody::Capture { amount, .. }) = &entry.body else {
            return Ok(None);
        };
        let Some(record) = state.record(&entry.reference) else { return Ok(None) };
        for draw in &record.draws {
            let Some(lot) = state.lots.get(draw.lot) else { continue };
            let over = lot.lapses_at().is_some_and(|end| end <= entry.at);
            if lot.life != Life::Active || entry.at < lot.effective_at || over {
                return Ok(Some((RuleId::E1, format!("{} are drawn from a lot outside its life", draw.amount))));
            }
        }
        let before_the_base = self.book.rules.source == Source::Polled && !state.observed;
        let drawn = record.draws.iter().map(|draw| draw.amount).try_fold(Amount::ZERO, Amount::plus)?;
        let named = drawn.plus(record.uncovered)?.plus(record.unknown)?;
        let differs = named != *amount && !before_the_base;
        Ok(differs.then(|| (RuleId::E3, format!("of {amount} only {named} are drawn or named as unpaid"))))
    }

    /// Whether what is held is what the open holds hold, none of them more than it began with.
    fn hold_flaw(&mut self, state: &State, cause: Cause<'a>) -> Result<Option<(RuleId, String)>, AmountError> {
        for change in self.holds.changes(state, cause) {
            let (reference, held) = (change.reference, change.new);
            let most = match self.holds.entry(&reference).map(|entry| &entry.body) {
                Some(EntryBody::Hold { amount, .. }) => *amount,
                _ => Amount::ZERO,
            };
            if held.is_negative() || held > most {
                return Ok(Some((RuleId::E11, format!("hold {reference:?} of {most} holds {held}"))));
            }
            self.held = self.held.plus(held)?.minus(change.old)?;
        }
        let total = state.holds.total();
        let differs = self.held != total;
        Ok(differs.then(|| (RuleId::E11, format!("the holds hold {}, but {total} are counted as held", self.held))))
    }
}

/// What is wrong with the figures of a lot.
fn lot_flaw(lot: &Lot) -> Result<Option<(RuleId, String)>, AmountError> {
    let name = || lot.reference.as_ref().map_or("a bucket's figure".to_owned(), |reference| format!("lot {reference:?}"));
    let parts = [lot.remaining, lot.spent, lot.lapsed, lot.adjusted];
    let words = || {
        let [remaining, spent, lapsed, adjusted] = parts;
        format!("remaining {remaining}, spent {spent}, lapsed {lapsed}, adjusted {adjusted}")
    };
    if parts.iter().any(|part| part.is_negative()) {
        return Ok(Some((RuleId::E3, format!("{} has a figure below zero: {}", name(), words()))));
    }
    let sum = parts.into_iter().try_fold(Amount::ZERO, Amount::plus)?;
    if sum != lot.granted {
        return Ok(Some((RuleId::E10, format!("{} was granted {}, but has {}", name(), lot.granted, words()))));
    }
    let ended = matches!(lot.life, Life::Lapsed | Life::Voided) || lot.supply == Supply::Unlimited;
    Ok((ended && !lot.remaining.is_zero()).then(|| (RuleId::E1, format!("{} has ended, but {} remain", name(), lot.remaining))))
}

/// The first draw that a reversal did not give back in full.
fn first_kept<'d>(draws: &'d [LotDraw], returned: &BTreeMap<super::fold::LotId, Amount>) -> Option<&'d LotDraw> {
    draws.iter().find(|draw| returned.get(&draw.lot) != Some(&draw.amount))
}

#[cfg(test)]
mod tests;
