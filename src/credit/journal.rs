//! An account as double-entry bookkeeping: every movement of credits with its two sides (SPEC L8).

use std::collections::BTreeMap;

use super::fold::{Cause, Event, HoldWatch, State, Step, Tally, replay};
use super::{ActionId, Amount, AmountError, Book, BucketId, EngineError, Entry, EntryBody, FoldEntryRef, Instant, Ref};

/// Where credits come from, are, or go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// What remains in a lot; lots without a ref are their bucket's one figure.
    Lot {
        /// The bucket.
        bucket: BucketId,
        /// The lot's ref.
        lot: Option<Ref>,
    },
    /// What remains of a subscription that ended: shown, but no longer counted.
    Uncounted(BucketId),
    /// Granted by an entry, a reset or a schedule.
    Granted(BucketId),
    /// Used, for an action where one is named.
    Spent(Option<ActionId>),
    /// Breakage.
    Lapsed(BucketId),
    /// Corrected by an adjustment, an observation or a voided grant.
    Adjusted(BucketId),
    /// Used although no lot could pay.
    Uncovered,
    /// Used although known credits could not pay.
    Unknown,
    /// Set aside by the hold of this ref.
    Held(Ref),
}

/// One side of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The place.
    pub place: Place,
    /// How much it gains, or loses where negative.
    pub amount: Amount,
}

/// Why credits moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motive<'a> {
    /// A ledger entry.
    Entry(&'a Entry),
    /// A poll's answer.
    Observed,
    /// Lots lapsed.
    Expiry,
    /// A hold reached its deadline.
    Deadline,
    /// A recurring bucket was refilled.
    Reset,
    /// A subscription ended.
    SubscriptionEnd,
    /// A plan began or changed.
    PlanChange,
    /// Lots became spendable that were granted before.
    Effect,
}

/// A movement of credits. Its postings, those of [`Place::Held`] left out, add up to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement<'a> {
    /// When.
    pub at: Instant,
    /// Why.
    pub motive: Motive<'a>,
    /// What moved, each place once, in the order of [`Place`].
    pub postings: Vec<Posting>,
}

impl Book {
    /// Hands out every movement of credits up to `now` in the order in which they happened, and returns what every lot and
    /// every open hold then holds, as the fold has it.
    ///
    /// A polled account starts from its last observation (SPEC E14).
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits, [`EngineError::Fault`], found at the end, for a ledger that can't be, and
    /// what `take` returns.
    pub fn journal<'a, E: From<EngineError>>(
        &'a self,
        now: Instant,
        mut take: impl FnMut(Movement<'a>) -> Result<(), E>,
    ) -> Result<Vec<Posting>, E> {
        self.must_be_whole()?;
        let engine = |error: AmountError| E::from(self.amount_error(error));
        let mut keeper = Keeper::new(self);
        let visit = |state: &State, step: Step<'a>| -> Result<(), Stop<E>> {
            let movement = keeper.movement(state, &step)?;
            movement.map_or(Ok(()), |movement| take(movement).map_err(Stop::Taker))
        };
        let mut state = replay(&self.rules, (&self.entries, &self.observations), now, visit).map_err(|stop| match stop {
            Stop::Amount(error) => engine(error),
            Stop::Taker(error) => error,
        })?;
        state.fault = state.fault_among(&self.rules, self.entries.iter().map(FoldEntryRef::from));
        closing(&self.sound(state)?).map_err(engine)
    }
}

/// What ends a journal early.
enum Stop<E> {
    Amount(AmountError),
    Taker(E),
}

impl<E> From<AmountError> for Stop<E> {
    fn from(error: AmountError) -> Self {
        Self::Amount(error)
    }
}

/// What every lot and every open hold holds.
fn closing(state: &State) -> Result<Vec<Posting>, AmountError> {
    let mut sums = Sums::default();
    for (_, lot) in state.lots.iter() {
        if let Some(rule) = state.rules.bucket(lot.bucket) {
            let place = Place::Lot { bucket: rule.id.clone(), lot: lot.reference.clone() };
            sums.note(place, Tally::from(lot).counted)?;
        }
    }
    for hold in state.holds.open() {
        sums.note(Place::Held(hold.reference.clone()), hold.held)?;
    }
    Ok(sums.0.into_iter().map(|(place, amount)| Posting { place, amount }).collect())
}

/// Amounts by place.
#[derive(Debug, Default)]
struct Sums(BTreeMap<Place, Amount>);

impl Sums {
    fn note(&mut self, place: Place, amount: Amount) -> Result<(), AmountError> {
        let sum = self.0.entry(place).or_insert(Amount::ZERO);
        *sum = sum.plus(amount)?;
        Ok(())
    }
}

/// Compares the state after a step with what it was before.
struct Keeper<'a> {
    lots: Vec<Tally>,
    holds: HoldWatch<'a>,
}

impl<'a> Keeper<'a> {
    fn new(book: &'a Book) -> Self {
        Self { lots: Vec::new(), holds: HoldWatch::new(&book.entries) }
    }

    /// What a step moved; `None` where it moved nothing worth a line.
    fn movement(&mut self, state: &State, step: &Step<'a>) -> Result<Option<Movement<'a>>, AmountError> {
        let mut sums = Sums::default();
        let action = self.action(step.cause);
        for id in &step.changed {
            let Some(lot) = state.lots.get(*id) else { continue };
            let Some(bucket) = state.rules.bucket(lot.bucket).map(|rule| &rule.id) else { continue };
            if self.lots.len() <= id.index() {
                self.lots.resize(id.index() + 1, Tally::default());
            }
            let Some(seen) = self.lots.get_mut(id.index()) else { continue };
            let new = Tally::from(lot);
            let old = std::mem::replace(seen, new);
            let place = Place::Lot { bucket: bucket.clone(), lot: lot.reference.clone() };
            sums.note(place, new.counted.minus(old.counted)?)?;
            sums.note(Place::Uncounted(bucket.clone()), new.uncounted.minus(old.uncounted)?)?;
            sums.note(Place::Spent(action.cloned()), new.spent.minus(old.spent)?)?;
            sums.note(Place::Lapsed(bucket.clone()), new.lapsed.minus(old.lapsed)?)?;
            let (granted, adjusted) = (new.granted.minus(old.granted)?, new.adjusted.minus(old.adjusted)?);
            match sides(step.cause) {
                Sides::Apart => {
                    sums.note(Place::Granted(bucket.clone()), granted.negated())?;
                    sums.note(Place::Adjusted(bucket.clone()), adjusted)?;
                }
                Sides::AllGranted => sums.note(Place::Granted(bucket.clone()), adjusted.minus(granted)?)?,
                Sides::AllAdjusted => sums.note(Place::Adjusted(bucket.clone()), adjusted.minus(granted)?)?,
            }
        }
        unpaid(state, step.cause, action, &mut sums)?;
        for change in self.holds.changes(state, step.cause) {
            sums.note(Place::Held(change.reference), change.new.minus(change.old)?)?;
        }
        let spends = matches!(step.cause, Cause::Entry(Entry { body: EntryBody::Spend(_) | EntryBody::Capture { .. }, .. }));
        let mut postings: Vec<Posting> =
            sums.0.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(place, amount)| Posting { place, amount }).collect();
        if postings.is_empty() && spends {
            // Work that was free, or told by a later poll, is still worth a line.
            postings.push(Posting { place: Place::Spent(action.cloned()), amount: Amount::ZERO });
        }
        let movement = Movement { at: step.at, motive: motive(step.cause), postings };
        Ok(Some(movement).filter(|movement| !movement.postings.is_empty()))
    }

    /// What the work of a spend, or of the spend that is reversed, was for.
    fn action(&self, cause: Cause<'a>) -> Option<&'a ActionId> {
        match cause {
            Cause::Entry(Entry { body: EntryBody::Spend(spend), .. }) => spend.action.as_ref(),
            Cause::Entry(Entry { body: EntryBody::Reverse { reverses }, .. }) => match &self.holds.entry(reverses)?.body {
                EntryBody::Spend(spend) => spend.action.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What a spend could not pay, or no longer has to.
fn unpaid(state: &State, cause: Cause<'_>, action: Option<&ActionId>, sums: &mut Sums) -> Result<(), AmountError> {
    let Cause::Entry(entry) = cause else { return Ok(()) };
    let (uncovered, unknown) = match &entry.body {
        EntryBody::Spend(_) | EntryBody::Capture { .. } => {
            state.record(&entry.reference).map_or_else(Default::default, |record| (record.uncovered, record.unknown))
        }
        EntryBody::Reverse { reverses } => state
            .record(reverses)
            .filter(|record| record.reversed_by.as_ref() == Some(&entry.reference))
            .map_or_else(Default::default, |record| (record.uncovered.negated(), record.unknown.negated())),
        _ => return Ok(()),
    };
    sums.note(Place::Spent(action.cloned()), uncovered.plus(unknown)?)?;
    sums.note(Place::Uncovered, uncovered.negated())?;
    sums.note(Place::Unknown, unknown.negated())
}

/// Where the other side of what a lot gained or lost belongs.
enum Sides {
    /// What was granted and what was adjusted are two things.
    Apart,
    /// What rolls over at a reset is not granted anew.
    AllGranted,
    /// A lot that an observation or adjustment makes counts as adjusted (SPEC L3).
    AllAdjusted,
}

fn sides(cause: Cause<'_>) -> Sides {
    match cause {
        Cause::Itself(Event::Resets(_)) => Sides::AllGranted,
        Cause::Observed | Cause::Entry(Entry { body: EntryBody::Adjust { .. } | EntryBody::Observe { .. }, .. }) => {
            Sides::AllAdjusted
        }
        _ => Sides::Apart,
    }
}

fn motive(cause: Cause<'_>) -> Motive<'_> {
    match cause {
        Cause::Entry(entry) => Motive::Entry(entry),
        Cause::Observed => Motive::Observed,
        Cause::Itself(event) => match event {
            Event::LotsExpire => Motive::Expiry,
            Event::HoldsExpire => Motive::Deadline,
            Event::SubscriptionEnds => Motive::SubscriptionEnd,
            Event::PlanChanges => Motive::PlanChange,
            Event::Resets(_) => Motive::Reset,
            Event::GrantComes | Event::LotsBecomeEffective => Motive::Effect,
        },
    }
}
