//! An account with everything recorded of it: what screens and commands ask.

use std::sync::Arc;

use super::fold::{Checkpoint, Fault, Keep, Pace, State, Timeline};
use super::{
    AccountId, AccountStatus, Advice, Amount, AmountError, CLOCKS_DIFFER, DatedAhead, Draft, Draw, Entry, EntryBody, EntryKind,
    Figure, FoldEntry, Instant, MoneyPrice, Observation, PlanLine, PollHealth, PriceError, PriceList, Profile, Quote, Ref, Rules,
    Seq, Source, Spend, Tariff, cheaper, dated_ahead, pricing, print_instant, summary,
};

/// Why the engine can't answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A figure grew past 28 digits.
    #[error("can't add up the figures of {account}: {error}")]
    Amount {
        /// The account.
        account: String,
        /// What is wrong with the figure.
        error: AmountError,
    },
    /// Something that can't be was met: a fault of creditop, or a ledger that was changed behind its back.
    #[error("the figures of {account} can't be told: {fault}")]
    Fault {
        /// The account.
        account: String,
        /// What was met.
        fault: Fault,
    },
    /// A plan names something without a price line.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The book has no entries of that time.
    #[error("the entries of {account} before {} are not read", print_instant(*.begins))]
    Early {
        /// The account.
        account: String,
        /// Since when there are entries.
        begins: Instant,
    },
    /// A plan's quantity can't be.
    #[error("a quantity of {quantity} for {action} {why}")]
    Quantity {
        /// The quantity as given.
        quantity: Amount,
        /// The action.
        action: String,
        /// Why not.
        why: &'static str,
    },
}

/// An account with its rules, its prices and everything recorded of it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Book {
    /// Who it is.
    pub profile: Profile,
    /// How its credits behave.
    pub rules: Arc<Rules>,
    /// What its actions cost at its present plan.
    pub prices: Arc<PriceList>,
    /// What a credit is worth in money: as configured, else as the provider's definition lists it for the plan.
    pub money: Option<MoneyPrice>,
    /// Its prices over time, the earliest first; empty where they are always those above.
    pub tariffs: Arc<[Tariff]>,
    /// What came before its entries; `None` where they are all there are.
    pub start: Option<Arc<Checkpoint>>,
    /// The ledger's entries for it that happened after the start, in the order of recording; where it shares its balance also those of
    /// the others, as [`Entry::of_other_member`] makes them.
    pub entries: Arc<Vec<Entry>>,
    /// Its observations by polls, in the order of recording; those of all accounts that share its balance.
    pub observations: Arc<Vec<Observation>>,
    /// How polling goes.
    pub health: PollHealth,
}

/// What is recorded of an account since a checkpoint, or since the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail {
    /// What came before; `None` is nothing.
    pub start: Option<Checkpoint>,
    /// Everything that happened after it, in any order.
    pub fold_entries: Vec<FoldEntry>,
}

/// A ledger entry with what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedEntry {
    /// The entry.
    pub entry: Entry,
    /// What it drew, for spends, captures and downward corrections, in draw-down order.
    pub draws: Vec<Draw>,
    /// What no lot could pay.
    pub uncovered: Amount,
    /// What known credits could not pay while others were unknown.
    pub unknown: Amount,
    /// The ref of the entry that reversed it.
    pub reversed_by: Option<Ref>,
}

/// A point of an account's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPoint {
    /// When.
    pub at: Instant,
    /// All that remained then; unknown before anything was recorded.
    pub total: Figure,
}

impl Book {
    /// Whether its rules are known: else its provider's definition has problems, and nothing of it can be counted.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.health.failure.as_ref().is_none_or(|failure| failure.kind != super::FailureKind::Configuration)
    }

    pub(super) fn amount_error(&self, error: AmountError) -> EngineError {
        EngineError::Amount { account: self.profile.id.to_string(), error }
    }

    pub(super) fn state_at(&self, at: Instant, present: Instant) -> Result<State, EngineError> {
        let start = self.start_for(at)?;
        let course = Timeline { present, ..self.course(at) };
        let keep = Keep::reversed(self.entries.iter());
        let folded = course.fold(start, self.entries.iter(), keep, |_, _| Ok(()));
        folded.map_err(|error| self.amount_error(error)).and_then(|state| self.sound(state))
    }

    /// The state, where nothing was met in the fold that can't be.
    pub(super) fn sound(&self, state: State) -> Result<State, EngineError> {
        match &state.fault {
            Some(fault) => Err(EngineError::Fault { account: self.profile.id.to_string(), fault: fault.clone() }),
            None => Ok(state),
        }
    }

    /// Refuses what needs all entries where the book has but the later ones.
    pub(super) fn must_be_whole(&self) -> Result<(), EngineError> {
        self.start_for(Instant::MIN_UTC).map(|_| ())
    }

    /// The book's start, which must not be after `at`.
    fn start_for(&self, at: Instant) -> Result<Option<Checkpoint>, EngineError> {
        match self.start.as_deref() {
            Some(start) if start.at > at => Err(EngineError::Early { account: self.profile.id.to_string(), begins: start.at }),
            start => Ok(start.cloned()),
        }
    }

    /// The account at `at`, asked at `present`, as [`Book::status_at`] would tell it if the book held all the entries that `tail`
    /// goes back to; with the checkpoints that are worth keeping. For looking at many accounts at once: their books can do
    /// without entries.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Fault`] for a ledger that can't be.
    pub fn status_by(&self, tail: Tail, at: Instant, present: Instant) -> Result<(AccountStatus, Vec<Checkpoint>), EngineError> {
        let Tail { start, fold_entries } = tail;
        let course = Timeline { present, ..self.course(at) };
        let (state, checkpoints) =
            course.fold_on(start, fold_entries.iter(), Pace::DEFAULT).map_err(|error| self.amount_error(error))?;
        let state = self.sound(state)?;
        let mut status = summary::summary(self, &state, at).map_err(|error| self.amount_error(error))?;
        if at + CLOCKS_DIFFER >= present {
            status.warnings.extend(dated_ahead::warnings(&fold_entries.iter(), present));
        }
        Ok((status, checkpoints))
    }

    /// The latest instant of a checkpoint from which the account at `now` can be folded on.
    #[must_use]
    pub fn latest_start(&self, now: Instant) -> Instant {
        self.course(now).latest_start()
    }

    /// The checkpoints that are worth keeping, as of `now`.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn checkpoints(&self, now: Instant) -> Result<Vec<Checkpoint>, EngineError> {
        let folded = self.course(now).fold_on(self.start_for(now)?, self.entries.iter(), Pace::DEFAULT);
        folded.map(|(_, checkpoints)| checkpoints).map_err(|error| self.amount_error(error))
    }

    /// The checkpoints that the entries give at these rising instants, as of `now`: none where nothing was recorded of an
    /// instant.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Early`] for a book that has not all entries.
    pub fn checkpoints_at(&self, instants: &[Instant], now: Instant) -> Result<Vec<Checkpoint>, EngineError> {
        self.must_be_whole()?;
        self.course(now).checkpoints_at(instants, self.entries.iter()).map_err(|error| self.amount_error(error))
    }

    fn course(&self, now: Instant) -> Timeline<'_> {
        Timeline { rules: &self.rules, observations: &self.observations, at: now, present: now }
    }

    /// The account at `now`.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Fault`] for a ledger that can't be.
    pub fn status(&self, now: Instant) -> Result<AccountStatus, EngineError> {
        self.status_at(now, now)
    }

    /// The account at any instant, past or future (SPEC E13), asked at `present`: what lies after `present` is a projection
    /// in which a subscription that ends is taken to be renewed.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn status_at(&self, at: Instant, present: Instant) -> Result<AccountStatus, EngineError> {
        self.at(at, present)?.status()
    }

    /// The entries that only a wrong clock can have dated so far ahead of `now`, and that nobody reversed; the earliest first. They count in no
    /// figure until then.
    #[must_use]
    pub fn dated_ahead(&self, now: Instant) -> Vec<DatedAhead> {
        dated_ahead::dated_ahead(&self.entries.iter(), now)
    }

    /// What of a spend that is not recorded yet no lot would pay, by the figures that were known at its instant; zero for anything but
    /// a spend.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits; [`EngineError::Early`] for a spend before the book's start.
    pub fn uncovered_by(&self, draft: &Draft) -> Result<Amount, EngineError> {
        if !matches!(draft.body, EntryBody::Spend(_)) {
            return Ok(Amount::ZERO);
        }
        let start = self.start_for(draft.at)?;
        // Later grants are kept: one that was reversed before it came explains its reversal.
        let counts = |entry: &&Entry| entry.at <= draft.at || entry.body.kind() == EntryKind::Grant;
        let mut entries: Vec<Entry> = self.entries.iter().filter(counts).cloned().collect();
        let last = entries.iter().map(|entry| entry.seq).max().unwrap_or_default();
        // A ref of its own: one that another entry had would hide what that one did.
        let taken = |name: &str| entries.iter().any(|entry| entry.reference.as_str() == name);
        let mut names = (0..=entries.len()).map(|number| format!("draft {number}"));
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        let Ok(reference) = Ref::new(&name) else { return Ok(Amount::ZERO) };
        let seq = Seq(last.0.saturating_add(1));
        let Draft { account, at, body, note, actor, tags, .. } = draft.clone();
        entries.push(Entry { seq, account, at, recorded_at: at, reference: reference.clone(), body, note, actor, tags });
        let state = State::retrace(&self.rules, start, &entries, &self.observations, draft.at);
        let state = state.map_err(|error| self.amount_error(error)).and_then(|state| self.sound(state))?;
        Ok(state.record(&reference).map_or(Amount::ZERO, |record| record.uncovered))
    }

    /// The next instant after `now` at which the figures change by themselves: a reset, an expiry, a deadline.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn next_change(&self, now: Instant) -> Result<Option<Instant>, EngineError> {
        Ok(self.at(now, now)?.next_change())
    }

    /// What a plan would cost at `now` and which lots would pay.
    ///
    /// # Errors
    /// [`EngineError`] for an action without a price line, a negative or fractional quantity, or a figure past 28 digits.
    pub fn quote(&self, plan: &[PlanLine], now: Instant) -> Result<Quote, EngineError> {
        self.quote_at(plan, now, now)
    }

    /// What a plan would cost at any instant, past or future, as [`Book::status_at`] tells the account then (SPEC E13), at the prices
    /// that are in force then (SPEC E7).
    ///
    /// # Errors
    /// As [`Book::quote`]; [`EngineError::Early`] before the book's start.
    pub fn quote_at(&self, plan: &[PlanLine], at: Instant, present: Instant) -> Result<Quote, EngineError> {
        pricing::quote(&self.priced_at(at), &self.state_at(at, present)?, plan, at)
    }

    /// A quote at `at` as asked at `present`, with the advice to use another of `others` where one does the same work for less.
    ///
    /// # Errors
    /// As [`Book::quote`].
    pub fn quote_among(&self, others: &[&Book], plan: &[PlanLine], at: Instant, present: Instant) -> Result<Quote, EngineError> {
        let mut quote = self.quote_at(plan, at, present)?;
        let cheaper: Option<Advice> = cheaper::cheaper_account(self, &quote, others, plan, present);
        quote.advice.extend(cheaper);
        Ok(quote)
    }

    /// The same work in the words of another account: the same actions at the same provider, else the cheapest actions that
    /// do the same tasks. `None` where the other account can't do all of it at a known price.
    #[must_use]
    pub fn translate(&self, plan: &[PlanLine], other: &Book) -> Option<Vec<PlanLine>> {
        cheaper::translate(self, other, plan)
    }

    /// The totals at `points` instants evenly spread from `from` to `to`, both included; the oldest first. What lies before the
    /// book's start is unknown.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn history(&self, from: Instant, to: Instant, points: usize) -> Result<Vec<HistoryPoint>, EngineError> {
        let steps = i32::try_from(points.saturating_sub(1)).unwrap_or(i32::MAX).max(1);
        let step = (to - from) / steps;
        let instants = (0..i32::try_from(points).unwrap_or(i32::MAX)).map(|n| if n == steps { to } else { from + step * n });
        match self.rules.source {
            Source::Polled => Ok(instants.map(|at| HistoryPoint { at, total: self.observed_total(at) }).collect()),
            Source::Ledger => self.folded_totals(instants, to),
        }
    }

    /// The sum of the figures that the last observation at or before `at` reported.
    fn observed_total(&self, at: Instant) -> Figure {
        let last = self.observations.iter().rev().find(|seen| seen.at <= at);
        let Some(last) = last else { return Figure::Unknown };
        if last.buckets.iter().any(|bucket| bucket.remaining == Figure::Unlimited) {
            return Figure::Unlimited;
        }
        let known = last.buckets.iter().map(|bucket| bucket.remaining.known().ok_or(AmountError::NotANumber));
        known.reduce(|sum, next| sum?.plus(next?)).and_then(Result::ok).map_or(Figure::Unknown, Figure::Known)
    }

    fn folded_totals(&self, instants: impl Iterator<Item = Instant>, to: Instant) -> Result<Vec<HistoryPoint>, EngineError> {
        let entries = self.entries.iter().map(|entry| entry.at);
        let phases = self.rules.phases.iter().map(|phase| phase.from);
        let began = entries.chain(phases).chain(self.rules.scheduled.iter().map(|grant| grant.effective_at)).min();
        let start = self.start_for(to)?;
        let began = start.as_ref().map(|start| start.at).or(began);
        let (totals, state) = State::along(&self.rules, start, &self.entries, instants, to, |state| state.lots.total())
            .map_err(|error| self.amount_error(error))?;
        self.sound(state)?;
        let known = |at| began.is_some_and(|began| began <= at);
        let point = |(at, total)| HistoryPoint { at, total: if known(at) { total } else { Figure::Unknown } };
        Ok(totals.into_iter().map(point).collect())
    }

    /// The entries of the account itself, without those of others that share its balance.
    pub fn own_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.account == self.profile.id)
    }

    /// The same book as it would be once a plan of another account that shares its balance had used so much at `at`.
    #[must_use]
    pub fn after_plan_of(&self, other: &AccountId, amount: Amount, at: Instant) -> Self {
        let Ok(reference) = Ref::new("plan") else { return self.clone() };
        let body = EntryBody::Spend(Spend { amount, action: None, variant: None, quantity: None });
        let observed = self.observations.iter().map(|seen| seen.seq.0);
        let last = self.entries.iter().map(|entry| entry.seq.0).chain(observed).max();
        let seq = Seq(last.unwrap_or_default().saturating_add(1));
        let entry = Entry {
            seq,
            account: other.clone(),
            at,
            recorded_at: at,
            reference,
            body,
            note: None,
            actor: None,
            tags: Vec::new(),
        };
        let entry = Entry { reference: entry.reference.of_member(other).of_member(other), ..entry };
        let mut entries = self.entries.as_ref().clone();
        entries.push(entry);
        Self { entries: Arc::new(entries), ..self.clone() }
    }

    /// Every entry of the book with what it drew by the figures that were known when it happened, as far as recorded at `now`;
    /// in the order in which they happened.
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn explained(&self, now: Instant) -> Result<Vec<ExplainedEntry>, EngineError> {
        // Grants may be dated after now: they are listed, but have done nothing yet.
        let start = self.start_for(now)?;
        let state = State::retrace(&self.rules, start, &self.entries, &self.observations, now)
            .map_err(|error| self.amount_error(error))
            .and_then(|state| self.sound(state))?;
        let mut all: Vec<&Entry> = self.own_entries().collect();
        all.sort_by_key(|entry| (entry.at, entry.seq));
        let explain = |entry: &Entry| {
            let record = state.record(&entry.reference).cloned().unwrap_or_default();
            ExplainedEntry {
                entry: entry.clone(),
                draws: record.draws.iter().filter_map(|part| summary::draw(&state, part.lot, part.amount)).collect(),
                uncovered: record.uncovered,
                unknown: record.unknown,
                reversed_by: record.reversed_by,
            }
        };
        Ok(all.into_iter().map(explain).collect())
    }
}
