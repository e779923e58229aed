//! An account with what the engine makes of it, asked anew only when the answer can have changed.

use chrono::TimeDelta;

use super::concerns::Concern;
use super::message::PollPhase;
use super::overview::Measure;
use super::search::{Match, Searchable};
use crate::credit::{
    AccountId, AccountStatus, Admission, Book, BookAt, Checkpoint, Draft, ExplainedEntry, HistoryPoint, Instant, Objection,
    RuleError,
};

/// Days of history behind the sparkline.
pub(crate) const HISTORY_DAYS: i64 = 30;
/// Points of history: two a day.
const HISTORY_POINTS: usize = 60;

/// An account on screen.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) book: Book,
    /// The account at `asked_at`, or why the engine can't tell.
    pub(crate) status: Result<AccountStatus, String>,
    /// What is wrong with it, the most urgent first.
    pub(crate) concerns: Vec<Concern>,
    /// When the status must be asked again.
    pub(crate) due: Instant,
    /// History and entries, once somebody looks at them.
    pub(crate) detail: Option<Detail>,
    /// The entries before the book's start, once somebody asked for them.
    pub(crate) older: Option<Vec<ExplainedEntry>>,
    /// How its polls stand, once the runtime has told.
    pub(crate) phase: Option<PollPhase>,
    /// Its place in the configuration, from 1.
    pub(crate) number: usize,
    /// How wide its texts are in lists.
    pub(crate) measure: Measure,
    /// The other accounts that share its balance.
    pub(crate) sharing: Vec<(AccountId, Called)>,
    /// What the overview's filter looks in, while there is one; `None` where that must be made anew.
    pub(crate) found_by: Option<Searchable>,
    /// How it fits the overview's filter; `None` where that must be looked at anew.
    pub(crate) fit: Option<Match>,
}

/// What an account is called: by its name, or by its place while names are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Called {
    name: String,
    number: usize,
}

impl Called {
    pub(crate) fn shown(&self, privacy: bool) -> String {
        if privacy { format!("Account {}", self.number) } else { super::format::clean(&self.name) }
    }
}

/// What only the screens of a single account show.
#[derive(Debug, Clone)]
pub(crate) struct Detail {
    pub(crate) history: Vec<HistoryPoint>,
    pub(crate) entries: Result<Vec<ExplainedEntry>, String>,
}

impl Account {
    pub(crate) fn new(book: Book, number: usize, now: Instant) -> Self {
        let mut account = Self::unread(book, number, None);
        account.settle(now);
        account
    }

    /// An account that the engine has not been asked about: its next settling does. Until then it shows what was known of it.
    pub(crate) fn unread(book: Book, number: usize, known: Option<&Self>) -> Self {
        let status = known.map_or_else(|| Err("reading…".to_owned()), |known| known.status.clone());
        let phase = known.and_then(|known| known.phase);
        let mut account = Self {
            book,
            concerns: status.as_ref().map(Concern::of).unwrap_or_default(),
            status,
            due: Instant::MIN_UTC,
            detail: None,
            older: None,
            phase,
            number,
            measure: Measure::default(),
            sharing: Vec::new(),
            found_by: None,
            fit: None,
        };
        account.measure = Measure::of(&account);
        account
    }

    /// Whether the engine has yet to be asked.
    pub(crate) fn is_unread(&self) -> bool {
        self.due == Instant::MIN_UTC
    }

    /// Takes in what is recorded now.
    pub(crate) fn replace(&mut self, book: Book, now: Instant) {
        let (older, before) = (self.older.take(), self.book.start.clone());
        let sharing = std::mem::take(&mut self.sharing);
        *self = Self { phase: self.phase, sharing, ..Self::new(book, self.number, now) };
        // Where the start is another one, something that happened before it may have come, or been reversed.
        self.older = older.filter(|_| self.book.start == before);
    }

    /// Since when the book has entries; `None` where it has them all.
    pub(crate) fn begins(&self) -> Option<Instant> {
        self.book.start.as_deref().map(Checkpoint::at)
    }

    /// Takes in entries of which those before the book's start are kept.
    pub(crate) fn take_older(&mut self, entries: Option<Vec<ExplainedEntry>>) {
        let begins = self.begins();
        let is_older = |explained: &ExplainedEntry| begins.is_some_and(|begins| explained.entry.at <= begins);
        self.older = entries.map(|entries| entries.into_iter().filter(is_older).collect());
    }

    /// The instant from which on entries are listed; `None` where all are.
    pub(crate) fn listed_since(&self) -> Option<Instant> {
        self.begins().filter(|_| self.older.is_none())
    }

    /// Checks drafts of the account against its rules, as the ledger will. Where that takes older entries than the book has, the
    /// ledger alone does.
    pub(crate) fn admits(&self, drafts: &[Draft], now: Instant) -> Result<(), String> {
        let admission = Admission::of(&self.book);
        drafts.iter().try_for_each(|draft| match admission.check(draft, now) {
            Ok(()) | Err(Objection::NeedsMore(_)) => Ok(()),
            Err(Objection::Refused(RuleError { what, hint: Some(hint), .. })) => Err(format!("{what}: {hint}")),
            Err(Objection::Refused(RuleError { what, hint: None, .. })) => Err(what),
        })
    }

    /// Asks the engine again: its answer may have changed by itself.
    pub(crate) fn settle(&mut self, now: Instant) {
        let at = self.book.at(now, now);
        let next = at.as_ref().ok().and_then(BookAt::next_change);
        self.status = at.and_then(|at| at.status()).map_err(|error| error.to_string());
        self.concerns = self.status.as_ref().map(Concern::of).unwrap_or_default();
        self.due = due(&self.book, self.status.as_ref().ok(), next, now);
        self.detail = None;
        self.forget_words();
        self.measure = Measure::of(self);
    }

    /// Its row says something else now: the filter looks at it anew.
    pub(crate) fn forget_words(&mut self) {
        (self.found_by, self.fit) = (None, None);
    }

    /// Sees to it that history and entries are at hand; whether they had to be worked out.
    pub(crate) fn look_closely(&mut self, now: Instant) -> bool {
        let is_new = self.detail.is_none();
        if is_new {
            let from = now - TimeDelta::days(HISTORY_DAYS);
            self.detail = Some(Detail {
                history: self.book.history(from, now, HISTORY_POINTS).unwrap_or_default(),
                entries: self.book.explained(now).map_err(|error| error.to_string()),
            });
        }
        is_new
    }

    /// The first of the accounts above it that share its balance: what is said of the balance stands in that one's row (SPEC P9).
    pub(crate) fn told_with(&self) -> Option<&Called> {
        let above = self.sharing.iter().map(|(_, called)| called).filter(|called| called.number < self.number);
        above.min_by_key(|called| called.number)
    }

    /// What it is called while names are masked.
    pub(crate) fn number_words(&self) -> String {
        format!("Account {}", self.number)
    }

    /// Whether a request is under way.
    pub(crate) fn polling(&self) -> bool {
        self.phase == Some(PollPhase::Asking)
    }

    /// Everything about it that may name somebody: names, addresses, labels, and what entries say.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let profile = &self.book.profile;
        let status = self.status.as_ref().ok();
        let mut all = vec![profile.name.clone(), profile.id.to_string()];
        all.extend(profile.customer.iter().chain(&profile.tags).cloned());
        all.extend(profile.pool.iter().flat_map(|pool| pool.others.iter().map(ToString::to_string).chain([pool.name.clone()])));
        all.extend(self.sharing.iter().map(|(_, called)| called.name.clone()));
        all.extend(status.and_then(|status| status.email.clone()));
        for entry in self.book.entries.iter().chain(self.older.iter().flatten().map(|explained| &explained.entry)) {
            all.push(entry.reference.to_string());
            all.extend(entry.note.iter().chain(&entry.actor).chain(&entry.tags).cloned());
        }
        let lots = status.into_iter().flat_map(|status| status.buckets.iter().flat_map(|bucket| &bucket.lots));
        all.extend(lots.map(|lot| lot.reference.to_string()));
        all.retain(|secret| !secret.trim().is_empty());
        all
    }

    /// What it is called, for what outlives this look at it.
    pub(crate) fn called(&self) -> Called {
        Called { name: self.book.profile.name.clone(), number: self.number }
    }

    pub(crate) fn id(&self) -> &AccountId {
        &self.book.profile.id
    }

    pub(crate) fn history(&self) -> &[HistoryPoint] {
        self.detail.as_ref().map_or(&[], |detail| &detail.history)
    }

    /// The entries that are at hand, once somebody looks at them: the older ones first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &ExplainedEntry> {
        self.older.iter().flatten().chain(self.recent())
    }

    /// One of the [entries](Self::entries), by its place among them.
    pub(crate) fn entry(&self, place: usize) -> Option<&ExplainedEntry> {
        let older = self.older.as_deref().unwrap_or_default();
        older.get(place).or_else(|| self.recent().get(place - older.len().min(place)))
    }

    /// The entries of the book, in the order in which they happened.
    pub(crate) fn recent(&self) -> &[ExplainedEntry] {
        self.detail.as_ref().and_then(|detail| detail.entries.as_ref().ok()).map_or(&[], Vec::as_slice)
    }
}

/// The next instant at which the account changes by itself: a reset, an expiry, a deadline, figures that get stale; an hour on at
/// the latest, because the forecast moves with time.
fn due(book: &Book, status: Option<&AccountStatus>, next: Option<Instant>, now: Instant) -> Instant {
    let hour = now + TimeDelta::hours(1);
    let stale = status.and_then(|status| status.observed_at).map(|at| {
        let intervals = book.health.interval_seconds.clamp(0, 86_400 * 365).saturating_mul(3);
        at + TimeDelta::seconds(intervals) + TimeDelta::seconds(1)
    });
    let ends = status.and_then(|status| status.subscription_ends_at);
    [next, ends, stale].into_iter().flatten().filter(|at| *at > now).min().map_or(hour, |at| at.min(hour))
}
