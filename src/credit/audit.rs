//! The whole history of an account held against the rules that must always hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::fold::{Cause, HoldWatch, Life, Lot, LotDraw, State, Step, Supply, Tally, replay};
use super::{
    Amount, AmountError, Book, EngineError, Entry, EntryBody, EntryKind, Instant, Ref, Seq, Source, print_instant,
    reversible_from,
};

/// The first thing in an account's history that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// When it happened.
    pub at: Instant,
    /// The entry that breaks it, or after which it showed; `None` where a reset or expiry did.
    pub entry: Option<(Seq, Ref)>,
    /// The rule, as `E10`.
    pub rule: &'static str,
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

/// The first entry, in the order of recording, that no admission would have let through whatever the figures were.
fn words(book: &Book) -> Option<Breach> {
    let mut before: HashMap<&Ref, &Entry> = HashMap::new();
    let mut reversed: HashMap<&Ref, &Ref> = HashMap::new();
    for entry in book.entries.iter() {
        let wrong = wording(book, entry, &before).or_else(|| match &entry.body {
            EntryBody::Reverse { reverses } => {
                let first = reversed.insert(reverses, &entry.reference)?;
                Some(("L1", format!("it reverses {reverses:?}, which {first:?} reversed already")))
            }
            _ => None,
        });
        let twice = before.insert(&entry.reference, entry).map(|_| ("L2", "its ref is that of an earlier entry".to_owned()));
        if let Some((rule, what)) = wrong.or(twice) {
            return Some(Breach { at: entry.at, entry: Some((entry.seq, entry.reference.clone())), rule, what });
        }
    }
    None
}

/// What is wrong with an entry, whatever the figures are.
fn wording(book: &Book, entry: &Entry, before: &HashMap<&Ref, &Entry>) -> Option<(&'static str, String)> {
    let kind = entry.body.kind();
    let shared = book.profile.pool.as_ref().is_some_and(|pool| pool.others.contains(&entry.account));
    if entry.account != book.rules.account && !shared {
        return Some(("L1", format!("it belongs to {}", entry.account)));
    }
    let answered = if let EntryBody::Reverse { reverses } = &entry.body { before.get(reverses) } else { None };
    let is_earliest_reversal = answered.is_some_and(|target| entry.at == reversible_from(target.at, target.recorded_at));
    if entry.at > entry.recorded_at && kind != EntryKind::Grant && !is_earliest_reversal {
        return Some(("L1", format!("a {kind} is dated after it was recorded ({})", print_instant(entry.recorded_at))));
    }
    if book.rules.source == Source::Polled && matches!(kind, EntryKind::Grant | EntryKind::Adjust) {
        return Some(("E14", format!("a {kind} has no place in a polled account")));
    }
    let (bucket, least) = match &entry.body {
        EntryBody::Grant(grant) => (Some(&grant.bucket), Some((grant.amount, false))),
        EntryBody::Spend(spend) => (None, Some((spend.amount, true))),
        EntryBody::Hold { amount, .. } | EntryBody::Capture { amount, .. } => (None, Some((*amount, false))),
        EntryBody::Observe { bucket, remaining } => (Some(bucket), Some((*remaining, true))),
        EntryBody::Adjust { bucket, .. } => (Some(bucket), None),
        EntryBody::Release { .. } | EntryBody::Reverse { .. } => (None, None),
    };
    if let Some(bucket) = bucket.filter(|bucket| book.rules.bucket_index(bucket).is_none()) {
        return Some(("E2", format!("{} has no bucket {bucket:?}", book.rules.account)));
    }
    if let Some((amount, _)) = least.filter(|(amount, zero)| amount.is_negative() || amount.is_zero() && !zero) {
        return Some(("L1", format!("a {kind} of {amount} can't be")));
    }
    match &entry.body {
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => match before.get(hold) {
            Some(Entry { body: EntryBody::Hold { .. }, at, .. }) if *at <= entry.at => None,
            Some(Entry { body: EntryBody::Hold { .. }, .. }) => Some(("E11", format!("hold {hold:?} begins only later"))),
            _ => Some(("E11", format!("no hold {hold:?} was recorded before it"))),
        },
        EntryBody::Reverse { reverses } => match before.get(reverses) {
            None => Some(("L1", format!("no entry {reverses:?} was recorded before it"))),
            Some(Entry { body: EntryBody::Reverse { .. }, .. }) => Some(("L1", format!("{reverses:?} is itself a reversal"))),
            Some(target) if entry.at < reversible_from(target.at, target.recorded_at) => {
                Some(("L1", format!("{reverses:?} happened only later")))
            }
            Some(_) => None,
        },
        _ => None,
    }
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

    fn wrong(&mut self, state: &State, step: &Step<'a>) -> Result<Option<(&'static str, String)>, AmountError> {
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
            return Ok(Some(("E10", what)));
        }
        if let Cause::Entry(entry) = step.cause {
            if let Some(wrong) = self.payment_flaw(state, entry)? {
                return Ok(Some(wrong));
            }
            if let EntryBody::Reverse { reverses } = &entry.body
                && let Some(record) = state.record(reverses).filter(|record| !record.adjusting)
                && let Some(draw) = first_kept(&record.draws, &returned)
            {
                return Ok(Some(("E6", format!("{} that {reverses:?} drew of a lot did not come back to it", draw.amount))));
            }
        }
        self.hold_flaw(state, step.cause)
    }

    /// Whether a spend is paid, or named as what it is, and only from lots that were active.
    fn payment_flaw(&self, state: &State, entry: &Entry) -> Result<Option<(&'static str, String)>, AmountError> {
        let (EntryBody::Spend(super::Spend { amount, .. }) | EntryBody::Capture { amount, .. }) = &entry.body else {
            return Ok(None);
        };
        let Some(record) = state.record(&entry.reference) else { return Ok(None) };
        for draw in &record.draws {
            let Some(lot) = state.lots.get(draw.lot) else { continue };
            let over = lot.lapses_at().is_some_and(|end| end <= entry.at);
            if lot.life != Life::Active || entry.at < lot.effective_at || over {
                return Ok(Some(("E1", format!("{} are drawn from a lot outside its life", draw.amount))));
            }
        }
        let before_the_base = self.book.rules.source == Source::Polled && !state.observed;
        let drawn = record.draws.iter().map(|draw| draw.amount).try_fold(Amount::ZERO, Amount::plus)?;
        let named = drawn.plus(record.uncovered)?.plus(record.unknown)?;
        let differs = named != *amount && !before_the_base;
        Ok(differs.then(|| ("E3", format!("of {amount} only {named} are drawn or named as unpaid"))))
    }

    /// Whether what is held is what the open holds hold, none of them more than it began with.
    fn hold_flaw(&mut self, state: &State, cause: Cause<'a>) -> Result<Option<(&'static str, String)>, AmountError> {
        for change in self.holds.changes(state, cause) {
            let (reference, held) = (change.reference, change.new);
            let most = match self.holds.entry(&reference).map(|entry| &entry.body) {
                Some(EntryBody::Hold { amount, .. }) => *amount,
                _ => Amount::ZERO,
            };
            if held.is_negative() || held > most {
                return Ok(Some(("E11", format!("hold {reference:?} of {most} holds {held}"))));
            }
            self.held = self.held.plus(held)?.minus(change.old)?;
        }
        let total = state.holds.total();
        let differs = self.held != total;
        Ok(differs.then(|| ("E11", format!("the holds hold {}, but {total} are counted as held", self.held))))
    }
}

/// What is wrong with the figures of a lot.
fn lot_flaw(lot: &Lot) -> Result<Option<(&'static str, String)>, AmountError> {
    let name = || lot.reference.as_ref().map_or("a bucket's figure".to_owned(), |reference| format!("lot {reference:?}"));
    let parts = [lot.remaining, lot.spent, lot.lapsed, lot.adjusted];
    let words = || {
        let [remaining, spent, lapsed, adjusted] = parts;
        format!("remaining {remaining}, spent {spent}, lapsed {lapsed}, adjusted {adjusted}")
    };
    if parts.iter().any(|part| part.is_negative()) {
        return Ok(Some(("E3", format!("{} has a figure below zero: {}", name(), words()))));
    }
    let sum = parts.into_iter().try_fold(Amount::ZERO, Amount::plus)?;
    if sum != lot.granted {
        return Ok(Some(("E10", format!("{} was granted {}, but has {}", name(), lot.granted, words()))));
    }
    let ended = matches!(lot.life, Life::Lapsed | Life::Voided) || lot.supply == Supply::Unlimited;
    Ok((ended && !lot.remaining.is_zero()).then(|| ("E1", format!("{} has ended, but {} remain", name(), lot.remaining))))
}

/// The first draw that a reversal did not give back in full.
fn first_kept<'d>(draws: &'d [LotDraw], returned: &BTreeMap<super::fold::LotId, Amount>) -> Option<&'d LotDraw> {
    draws.iter().find(|draw| returned.get(&draw.lot) != Some(&draw.amount))
}

#[cfg(test)]
mod tests;
