//! The one rule function through which a draft becomes an entry (SPEC L1, L2, E11, E14).

mod draft;
mod judge;
mod later;
mod past;
mod room;
mod trail;

use std::collections::HashSet;
use std::sync::Arc;

pub use draft::{Draft, RuleError, Wanted};
use past::{Past, Unsound};

use super::extent::amount_of;
use super::fold::{Fault, State};
use super::{
    Amount, AmountError, Book, BucketId, Checkpoint, Entry, EntryBody, EntryKind, Expires, Extent, Figure, FoldEntry,
    FoldEntryRef, Grant, Instant, Observation, Ref, Rules, Source, Spend, Tail, nearest, print_instant, with_inferred_resets,
};

/// Checks drafts of one account against its rules and everything recorded so far.
///
/// Uniqueness of refs is the store's business; everything else is decided here. Recorded entries are fed in by
/// [`Admission::record`], so a batch is checked entry by entry, each against those before it. As long as drafts come in the order
/// of time, the account's state moves on with them; a back-dated one has a part of it folded anew when it is needed next.
#[derive(Debug)]
pub struct Admission {
    rules: Arc<Rules>,
    /// How large the recorded amounts and those of the rules are.
    extent: Extent,
    /// How large the observed figures are.
    observed: Extent,
    /// `None` until a draft depends on it.
    past: Option<Past>,
    /// What drafts to come reverse, until the past is there.
    foreseen: HashSet<Ref>,
    /// Whether what depends on the state is left to [a pass over all of it](Self::is_right).
    deferred: bool,
}

/// The outcome of a check.
type Checked = Result<(), RuleError>;

impl Admission {
    /// Starts from what is recorded; `entries` in any order.
    #[must_use]
    pub fn new(rules: &Arc<Rules>, entries: Vec<Entry>, observations: &[Observation]) -> Self {
        Self::since(rules, None, entries.into_iter(), observations)
    }

    /// Starts from what a book holds.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        Self::since(&book.rules, book.start.as_deref().cloned(), book.entries.iter().cloned(), &book.observations)
    }

    fn since(
        rules: &Arc<Rules>,
        start: Option<Checkpoint>,
        entries: impl Iterator<Item = Entry>,
        observations: &[Observation],
    ) -> Self {
        let fold_entries: Vec<FoldEntry> = entries.map(FoldEntry::from).collect();
        let before = start.as_ref().map(Checkpoint::extent).unwrap_or_default();
        let extent =
            fold_entries.iter().filter_map(|fold_entry| FoldEntryRef::from(fold_entry).amount()).fold(before, Extent::and);
        let mut admission = Self::with_extent(rules, extent);
        admission.remember(Tail { start, fold_entries }, observations);
        admission
    }

    /// Starts from the amounts that are recorded alone: enough for drafts that [want](Self::wants) nothing else. The rest can be
    /// had later, by [`Self::remember`].
    #[must_use]
    pub fn with_extent(rules: &Arc<Rules>, recorded: Extent) -> Self {
        Self {
            rules: Arc::clone(rules),
            extent: recorded.and_rules(rules),
            observed: Extent::default(),
            past: None,
            foreseen: HashSet::new(),
            deferred: false,
        }
    }

    /// The account's rules.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// What must be [remembered](Self::remember) before a draft can be checked; `None` where it can be now.
    #[must_use]
    pub fn wants(&self, draft: &Draft) -> Option<Wanted> {
        let polled = self.rules.source == Source::Polled;
        let stands_alone =
            matches!(draft.body, EntryBody::Spend(_) | EntryBody::Grant(_)) && !draft.must_fit && !self.is_crowded_by(draft);
        let Some(past) = &self.past else {
            return if polled { Some(Wanted::Everything) } else { (!stands_alone).then_some(Wanted::Since(draft.at)) };
        };
        let begins = past.begins()?;
        let names_known = match &draft.body {
            EntryBody::Reverse { reverses } => past.find(reverses).is_some(),
            EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => past.has_hold(hold),
            _ => true,
        };
        let enough = !polled && (stands_alone || names_known && begins <= draft.at);
        (!enough).then_some(Wanted::Everything)
    }

    /// Takes in what is recorded, entries taken in before included. Of a polled account it must be everything.
    pub fn remember(&mut self, recorded: Tail, observations: &[Observation]) {
        self.observed = Extent::of_observed(observations);
        // What a spend or a hold may take is what the account's status shows (SPEC P7).
        self.rules = with_inferred_resets(&self.rules, observations);
        let mut past = Past::new(Arc::clone(&self.rules), recorded, observations.to_vec());
        self.foreseen.iter().for_each(|reverses| past.foresee(reverses));
        self.past = Some(past);
    }

    /// Says that drafts to come reverse this entry. It is a matter of cost alone: where nobody said so, a reversal has the state
    /// folded anew.
    pub fn foresee(&mut self, reverses: &Ref) {
        self.foreseen.insert(reverses.clone());
        if let Some(past) = &mut self.past {
            past.foresee(reverses);
        }
    }

    /// Whether an entry with this ref is recorded; `None` where that can't be told from what was [remembered](Self::remember).
    #[must_use]
    pub fn knows(&self, reference: &Ref) -> Option<bool> {
        let past = self.past.as_ref()?;
        let found = past.find(reference).is_some();
        (found || past.begins().is_none()).then_some(found)
    }

    /// Takes in an entry that was recorded.
    pub fn record(&mut self, entry: Entry) {
        if let Some((_, amount)) = amount_of(&entry.body) {
            self.extent = self.extent.and(amount);
        }
        // What lies before the beginning would have to be folded again.
        self.past.take_if(|past| past.begins().is_some_and(|begins| entry.at <= begins));
        if let Some(past) = &mut self.past {
            past.record(entry.into());
        }
    }

    /// Decides whether a draft may be recorded at `now`: whether it can be at its own instant, and whether all that stands after it
    /// still can be then. What a later entry took, an earlier one can't take any more, however it is dated (SPEC L1, E11).
    ///
    /// # Errors
    /// [`RuleError`] for an unknown bucket, an amount of the wrong sign, a date after `now` (but for grants, and for
    /// the [earliest reversal](Self::earliest_reversal) of what a wrong clock dated ahead), a reversal
    /// of nothing, of something reversed or before it [can be](super::reversible_from), a hold above what is spendable, a capture above what is held, a hold or
    /// adjustment that takes what later entries took, and kinds that the account's source excludes.
    pub fn check(&self, draft: &Draft, now: Instant) -> Checked {
        self.check_at_its_instant(draft, now)?;
        if self.deferred { Ok(()) } else { self.check_what_follows(draft, now) }
    }

    fn check_at_its_instant(&self, draft: &Draft, now: Instant) -> Checked {
        let kind = draft.body.kind();
        if draft.at > now && kind != EntryKind::Grant && self.earliest_reversal(draft) != Some(draft.at) {
            let what = format!("{kind} is dated {}, after now ({})", print_instant(draft.at), print_instant(now));
            return refuse("at", what, "only grants may be dated after now");
        }
        self.check_room(draft)?;
        if draft.must_fit {
            self.check_fit(draft, now)?;
        }
        match &draft.body {
            EntryBody::Grant(grant) => self.check_grant(draft, grant),
            EntryBody::Spend(spend) if spend.amount.is_negative() => {
                refuse("amount", format!("a spend of {} is negative", spend.amount), "to give credits back, reverse the spend")
            }
            EntryBody::Spend(_) => Ok(()),
            EntryBody::Hold { amount, expires_at } => self.check_hold(draft, *amount, *expires_at),
            EntryBody::Capture { hold, amount } => self.check_capture(draft, hold, *amount),
            EntryBody::Release { hold } => self.open_hold(draft, hold).map(|_| ()),
            EntryBody::Adjust { bucket, amount } => self.check_adjust(draft, bucket, *amount),
            EntryBody::Observe { bucket, remaining } => self.check_observe(draft, bucket, *remaining),
            EntryBody::Reverse { reverses } => self.check_reverse(draft, reverses),
        }
    }

    /// Refuses a spend or hold that no longer fits: not at its own instant, or not after what others recorded since.
    fn check_fit(&self, draft: &Draft, now: Instant) -> Checked {
        let (EntryBody::Spend(Spend { amount, .. }) | EntryBody::Hold { amount, .. }) = &draft.body else { return Ok(()) };
        // The clocks of two processes may differ: what is dated after this one's present counts too.
        let latest = self.past.as_ref().and_then(|past| past.latest(now)).map_or(now, |latest| latest.max(now));
        let mut least = None;
        for at in [draft.at, latest] {
            if let Some(spendable) = self.state_at(at, State::known_spendable)?.map_err(too_large)? {
                least = Some(least.map_or(spendable, |least: Amount| least.min(spendable)));
            }
        }
        match least.filter(|spendable| spendable < amount) {
            None => Ok(()),
            Some(spendable) => {
                let what = format!("a {} of {amount} does not fit any more: {spendable} spendable", draft.body.kind());
                refuse("amount", what, "look at the balance again: something else was recorded meanwhile, or credits lapsed")
            }
        }
    }

    fn check_grant(&self, draft: &Draft, grant: &Grant) -> Checked {
        self.hand_kept(EntryKind::Grant)?;
        self.bucket(&grant.bucket)?;
        positive("amount", "grant", grant.amount)?;
        let effective_at = grant.effective_at.unwrap_or(draft.at);
        if effective_at < draft.at {
            let what = format!("effective_at {} is before the grant itself", print_instant(effective_at));
            return refuse("effective_at", what, "date the grant itself (at) that early");
        }
        if let Expires::At(expires_at) = grant.expires
            && expires_at <= effective_at
        {
            let what = format!("the lot would lapse at {}, not after it becomes effective", print_instant(expires_at));
            return refuse("expires_at", what, "give a later expires_at");
        }
        Ok(())
    }

    fn check_hold(&self, draft: &Draft, amount: Amount, expires_at: Option<Instant>) -> Checked {
        positive("amount", "hold", amount)?;
        if let Some(expires_at) = expires_at.filter(|expires_at| *expires_at <= draft.at) {
            let what = format!("the hold would end at {}, not after it begins", print_instant(expires_at));
            return refuse("expires_at", what, "give a later expires_at");
        }
        if self.deferred {
            return Ok(());
        }
        let look = |state: &State| state.known_spendable().map(|spendable| (spendable, state.lots.has_unknown()));
        let (spendable, unsure) = self.state_at(draft.at, look)?.map_err(too_large)?;
        match spendable {
            Some(spendable) if spendable < amount => {
                let at_least = if unsure { "known to be " } else { "" };
                refuse(
                    "amount",
                    format!("a hold of {amount} is above the {spendable} {at_least}spendable then"),
                    "hold less, or add credits first",
                )
            }
            _ => Ok(()),
        }
    }

    fn check_capture(&self, draft: &Draft, hold: &Ref, amount: Amount) -> Checked {
        positive("amount", "capture", amount)?;
        let held = self.open_hold(draft, hold)?;
        if held < amount && !self.deferred {
            let what = format!("a capture of {amount} is above the {held} that hold {hold} still holds");
            return refuse("amount", what, "capture at most that, and record the rest as a spend");
        }
        Ok(())
    }

    /// What an open hold holds at the draft's instant.
    fn open_hold(&self, draft: &Draft, hold: &Ref) -> Result<Amount, RuleError> {
        if !self.past.as_ref().is_some_and(|past| past.has_hold(hold)) {
            return refuse(
                "hold",
                format!("there is no hold {hold:?} in {}", self.rules.account),
                "it must be recorded before; list holds with: ledger list --kind hold",
            );
        }
        if self.deferred {
            return Ok(Amount::ZERO);
        }
        match self.state_at(draft.at, |state| state.holds.get(hold).map(|hold| hold.held))? {
            None => {
                refuse("at", format!("hold {hold} begins only after {}", print_instant(draft.at)), "date this after the hold")
            }
            Some(held) if held.is_zero() => {
                let release = draft.body.kind() == EntryKind::Release;
                let hint = if release { "nothing is left to do" } else { "record a spend instead" };
                refuse("hold", format!("hold {hold} has ended: nothing is held any more"), hint)
            }
            Some(held) => Ok(held),
        }
    }

    fn check_adjust(&self, draft: &Draft, id: &BucketId, amount: Amount) -> Checked {
        self.hand_kept(EntryKind::Adjust)?;
        let bucket = self.bucket(id)?;
        if amount.is_zero() {
            return refuse("amount", "an adjustment of 0 changes nothing".to_owned(), "give a positive or negative amount");
        }
        if self.deferred {
            return Ok(());
        }
        let remaining = self.limited(draft, bucket)?;
        if amount.is_negative() && amount.negated() > remaining {
            let what = format!("{id} holds only {remaining} then, so {amount} can't be taken off");
            return refuse("amount", what, "adjust by less, or observe what remains");
        }
        Ok(())
    }

    fn check_observe(&self, draft: &Draft, id: &BucketId, remaining: Amount) -> Checked {
        let bucket = self.bucket(id)?;
        if remaining.is_negative() {
            return refuse("remaining", format!("{id} can't hold {remaining}"), "observe what the billing page shows, 0 or more");
        }
        if self.deferred { Ok(()) } else { self.limited(draft, bucket).map(|_| ()) }
    }

    /// What is known to remain in a bucket then, refused where it is unlimited.
    fn limited(&self, draft: &Draft, bucket: usize) -> Result<Amount, RuleError> {
        let look = |state: &State| (state.lots.figure_of(bucket), state.lots.remaining_in(bucket));
        let (figure, remaining) = self.state_at(draft.at, look)?;
        if figure == Figure::Unlimited {
            let id = self.rules.buckets.get(bucket).map(|rule| rule.id.to_string()).unwrap_or_default();
            return refuse("bucket", format!("{id} is unlimited then"), "there is no figure to correct");
        }
        Ok(remaining)
    }

    fn check_reverse(&self, draft: &Draft, target: &Ref) -> Checked {
        let Some(entry) = self.find(target) else {
            return refuse(
                "reverses",
                format!("there is no entry {target:?} in {}", self.rules.account),
                "it must be recorded before; list refs with: ledger list",
            );
        };
        if entry.reverses().is_some() {
            return refuse("reverses", format!("{target} is itself a reversal"), "record the original entry anew");
        }
        if let Some(by) = self.past.as_ref().and_then(|past| past.reversed_by(target)) {
            return refuse("reverses", format!("{target} was reversed already, by {by}"), "nothing is left to do");
        }
        if draft.at < entry.reversible_from {
            let since = print_instant(entry.reversible_from);
            let what = if entry.reversible_from < entry.at {
                format!("the reversal is dated before {target} was recorded ({since})")
            } else {
                format!("the reversal is dated before {target} itself ({since})")
            };
            return refuse(
                "at",
                what,
                "date it at or after that, or leave its instant out: then it is dated as early as it can be",
            );
        }
        Ok(())
    }

    /// The earliest instant at which a reversal can be, by what it reverses; `None` for other drafts. Where a wrong clock dated the target
    /// ahead of the present, that is the one instant after it at which a reversal is admitted.
    #[must_use]
    pub fn earliest_reversal(&self, draft: &Draft) -> Option<Instant> {
        let EntryBody::Reverse { reverses } = &draft.body else { return None };
        self.find(reverses).map(|target| target.reversible_from)
    }

    fn find(&self, reference: &Ref) -> Option<FoldEntryRef<'_>> {
        self.past.as_ref()?.find(reference).map(FoldEntryRef::from)
    }

    fn hand_kept(&self, kind: EntryKind) -> Checked {
        if self.rules.source == Source::Polled {
            let what = format!("{} is polled: its provider tells what is left, so {kind} has no place there", self.rules.account);
            return refuse("kind", what, "record an observation (observe) instead");
        }
        Ok(())
    }

    fn bucket(&self, id: &BucketId) -> Result<usize, RuleError> {
        if let Some(index) = self.rules.bucket_index(id) {
            return Ok(index);
        }
        let known: Vec<&str> = self.rules.buckets.iter().map(|bucket| bucket.id.as_str()).collect();
        let hint = match nearest(id.as_str(), known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("its buckets are {}", known.join(", ")),
        };
        refuse("bucket", format!("{} has no bucket {id:?}", self.rules.account), &hint)
    }

    fn impossible(&self, fault: &Fault) -> RuleError {
        RuleError {
            field: "account",
            what: format!("the figures of {} can't be told: {fault}", self.rules.account),
            hint: Some("`creditop ledger verify` says whether the ledger was changed".to_owned()),
            is_fault: true,
        }
    }

    /// What `look` sees in the account's state at `at`; a past that was not remembered is empty.
    fn state_at<T>(&self, at: Instant, look: impl FnOnce(&State) -> T) -> Result<T, RuleError> {
        match &self.past {
            Some(past) => past.at(at, look),
            None => Past::new(Arc::clone(&self.rules), Tail::default(), Vec::new()).at(at, look),
        }
        .map_err(|why| self.unsound(why))
    }

    fn unsound(&self, why: Unsound) -> RuleError {
        match why {
            Unsound::Amount(error) => too_large(error),
            Unsound::Fault(fault) => self.impossible(&fault),
        }
    }
}

fn refuse<T>(field: &'static str, what: String, hint: &str) -> Result<T, RuleError> {
    Err(RuleError { field, what, hint: Some(hint.to_owned()), is_fault: false })
}

fn positive(field: &'static str, kind: &str, amount: Amount) -> Checked {
    if amount.is_positive() {
        Ok(())
    } else {
        refuse(field, format!("a {kind} of {amount} is not above zero"), "give an amount above 0")
    }
}

fn too_large(error: AmountError) -> RuleError {
    RuleError {
        field: "amount",
        what: format!("the account's figures can't be added up: {error}"),
        hint: Some("look for an entry with far too large an amount".to_owned()),
        is_fault: false,
    }
}

#[cfg(test)]
mod tests;
