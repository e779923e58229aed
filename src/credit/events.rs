//! What polls show to have happened between them: resets, top-ups, and drops that nobody wrote down (SPEC P8).
//!
//! Events follow from the stored observations and the ledger's entries each time they are asked for; nothing of them is stored.

use std::collections::{HashMap, VecDeque};

use chrono::TimeDelta;

use super::fold::{Use, window};
use super::refills::{Change, Span, recurrence, spans};
use super::{
    AccountStatus, Amount, AmountError, BucketId, BucketKind, BucketRule, Instant, Observation, Recurrence, Rules, pick,
};

/// How far a rise may be from the instant at which a reset is due: services count days in zones of their own.
const NEAR_RESET: TimeDelta = TimeDelta::days(1);

/// How far an entry may be from the polls between which the figures fell: clocks differ, services lag, and work is often written
/// down after it was done.
const SLACK: TimeDelta = TimeDelta::minutes(15);

/// The most events that an account tells: the latest ones.
const MOST: usize = 100;

/// What happened to a bucket between two polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A recurring bucket rose near a due reset; or to its quota, where nobody knows when a reset is due.
    Reset,
    /// A bucket rose at another time.
    TopUp,
    /// A bucket fell by more than the ledger's entries explain.
    UnexplainedDrop,
}

impl EventKind {
    /// The word used in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::TopUp => "top-up",
            Self::UnexplainedDrop => "unexplained-drop",
        }
    }
}

/// Something that two polls show to have happened between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// What.
    pub kind: EventKind,
    /// The last poll before it.
    pub from: Instant,
    /// The first poll that shows it.
    pub at: Instant,
    /// The bucket.
    pub bucket: BucketId,
    /// By how much the figure rose; of a drop, the part that nothing explains. Always positive.
    pub amount: Amount,
}

impl AccountEvent {
    /// What happened, as a clause without a full stop; `bucket`, `amount` and the two polls as a person reads them.
    #[must_use]
    pub fn words(&self, bucket: &str, amount: &str, from: &str, at: &str) -> String {
        let between = format!("between {from} and {at}");
        match self.kind {
            EventKind::Reset => format!("{bucket} was refilled by {amount} {between}"),
            EventKind::TopUp => format!("{bucket} was topped up by {amount} {between}"),
            EventKind::UnexplainedDrop => format!("{bucket} fell by {amount} {between}, and no entry says why"),
        }
    }
}

/// So many drops of an account of which nobody records what is spent are told one by one; more are simply its use.
const FEW_DROPS: usize = 3;

impl AccountStatus {
    /// The events that are worth a mark or a line, the earliest first: without the drops of a time in which nobody recorded what is
    /// spent, where there are many, because these are what is used, and would hide the rest.
    #[must_use]
    pub fn notable_events(&self) -> Vec<&AccountEvent> {
        let are_use = self.drops_before_records() > FEW_DROPS;
        self.events.iter().filter(|event| !(are_use && self.is_before_records(event))).collect()
    }

    /// What the events that [`Self::notable_events`] leaves out are, as a clause without a full stop; `None` where it leaves out none.
    #[must_use]
    pub fn taken_as_use(&self) -> Option<String> {
        let drops = self.drops_before_records();
        (drops > FEW_DROPS).then(|| match self.spends_since {
            None => {
                format!("{drops} drops between polls with no entry: what is spent is not recorded here, so they are taken as use")
            }
            Some(_) => {
                format!("{drops} drops between polls before anything that is spent was recorded here: they are taken as use")
            }
        })
    }

    fn drops_before_records(&self) -> usize {
        self.events.iter().filter(|event| self.is_before_records(event)).count()
    }

    /// Whether a drop was seen before the first spend of these days was made: nothing could explain it.
    fn is_before_records(&self, event: &AccountEvent) -> bool {
        event.kind == EventKind::UnexplainedDrop && !self.is_unexplained(event)
    }

    /// Whether a drop came while somebody recorded what is spent, and no entry explains it.
    pub(super) fn is_unexplained(&self, event: &AccountEvent) -> bool {
        event.kind == EventKind::UnexplainedDrop && self.spends_since.is_some_and(|since| since < event.at)
    }
}

/// The latest event of each kind and bucket, of those after an instant; the latest first.
#[must_use]
pub fn latest_events<'a>(events: &[&'a AccountEvent], since: Instant) -> Vec<&'a AccountEvent> {
    let mut latest: Vec<&AccountEvent> = Vec::new();
    for event in events.iter().rev().copied().filter(|event| event.at > since) {
        if latest.iter().all(|later| (later.kind, &later.bucket) != (event.kind, &event.bucket)) {
            latest.push(event);
        }
    }
    latest
}

/// The events of the 30 days before `now`, the earliest first; of very many, the latest hundred.
///
/// `seen` are the account's observations up to `now`, `uses` the spends and captures of these days that were not reversed, the
/// earliest first. An entry explains as much of a drop as it carries, once; drops are explained in draw-down order.
///
/// # Errors
/// [`AmountError`] where figures grow past 28 digits.
pub(super) fn events<'a>(
    rules: &Rules,
    seen: &[Observation],
    uses: impl Iterator<Item = &'a Use>,
    now: Instant,
) -> Result<Vec<AccountEvent>, AmountError> {
    let mut seen: Vec<&Observation> = seen.iter().filter(|seen| seen.at <= now).collect();
    seen.sort_by_key(|seen| (seen.at, seen.seq));
    let mut reader = Reader {
        rules,
        uses: uses.map(|part| (part.at, part.amount)).collect(),
        resets: HashMap::new(),
        events: VecDeque::new(),
    };
    for span in spans(&seen).filter(|span| span.after.at > window(now)) {
        reader.take(&span)?;
    }
    Ok(reader.events.into())
}

/// What is known on the way from one poll to the next.
struct Reader<'a> {
    rules: &'a Rules,
    /// Entries that may explain a drop, the earliest first, with what each can still explain.
    uses: VecDeque<(Instant, Amount)>,
    /// The due resets that were seen, by bucket: each comes once.
    resets: HashMap<&'a BucketId, Instant>,
    events: VecDeque<AccountEvent>,
}

impl<'a> Reader<'a> {
    /// Takes in what happened between two polls, bucket by bucket in draw-down order.
    fn take(&mut self, span: &Span<'_>) -> Result<(), AmountError> {
        let (from, at) = (span.from(), span.to());
        // What is long over explains nothing any more.
        while self.uses.front().is_some_and(|(used, _)| *used < from - SLACK) {
            self.uses.pop_front();
        }
        for rule in &self.rules.buckets {
            let Some(change) = span.change_of(&rule.id)?.filter(|change| !change.rise.is_zero()) else { continue };
            let recurring = rule.kind == BucketKind::Recurring;
            let is_reset = recurring && self.is_reset(rule, span, &change);
            let (kind, amount) = if change.rise.is_positive() {
                (if is_reset { EventKind::Reset } else { EventKind::TopUp }, change.rise)
            } else if recurring && (span.ends_subscription() || (is_reset && change.is_cut())) {
                // Credits that lapsed with a subscription, or more than a full cycle that was cut to one, were not used.
                continue;
            } else {
                (EventKind::UnexplainedDrop, self.unexplained(change.rise.negated(), at + SLACK)?)
            };
            if amount.is_positive() {
                self.events.push_back(AccountEvent { kind, from, at, bucket: rule.id.clone(), amount });
            }
            if self.events.len() > MOST {
                self.events.pop_front();
            }
        }
        Ok(())
    }

    /// Whether a change of a recurring bucket is the reset that is due about then and was not seen yet.
    fn is_reset(&mut self, rule: &'a BucketRule, span: &Span<'_>, change: &Change) -> bool {
        let Some(due) = due(self.rules, span, rule) else { return change.is_refill() };
        let last = due.last_by(span.to() + NEAR_RESET).filter(|last| *last >= span.from() - NEAR_RESET);
        let Some(last) = last.filter(|last| self.resets.get(&rule.id) != Some(last)) else { return false };
        // A small rise the day before leaves the reset still to come.
        if change.is_refill() || (span.from()..=span.to()).contains(&last) {
            self.resets.insert(&rule.id, last);
        }
        true
    }

    /// What is left of a drop after the entries up to an instant explained what they can; that is taken off them.
    fn unexplained(&mut self, drop: Amount, until: Instant) -> Result<Amount, AmountError> {
        let mut rest = drop;
        for (_, used) in self.uses.iter_mut().take_while(|(used, _)| *used <= until) {
            let part = rest.min(*used);
            rest = rest.minus(part)?;
            *used = used.minus(part)?;
        }
        Ok(rest)
    }
}

/// When resets of a bucket are due by what was known at the later of two polls; `None` where nobody knows.
fn due(rules: &Rules, span: &Span<'_>, rule: &BucketRule) -> Option<Recurrence> {
    let plan = rules.configured_plan.as_ref().or(span.after.plan.as_ref());
    recurrence(*pick(&rule.resets, plan)?, span.after.subscription_ends_at.or(span.before.subscription_ends_at))
}

#[cfg(test)]
mod tests;
