//! From the state of an account to what a person or a script sees of it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use chrono::TimeDelta;

use super::fold::{Life, Lot, LotId, State, Supply, window};
use super::reliance::{failure_at, reliance, renewal_awaited};
use super::{
    AccountEvent, AccountId, AccountState, AccountStatus, Amount, AmountError, Book, BucketId, BucketIndex, BucketKind,
    BucketStatus, Draw, Figure, FigureSource, Forecast, HoldStatus, Instant, LotStatus, Observation, OrderKey, Ref, Reliance,
    Source, Uncovered, changes, events, fair_use, forecast, inferred_resets, warnings,
};

/// The account's status at `at`: also its forecast is the one that could be made then.
pub(super) fn summary(book: &Book, state: &State, at: Instant) -> Result<AccountStatus, AmountError> {
    let mut buckets = buckets(book, state, at)?;
    note_evidence(book, &mut buckets);
    let total = total(book, state);
    let spendable = match total {
        Figure::Known(_) => state.spendable()?,
        other => other,
    };
    let known_total = if state.lots.has_unlimited() { Figure::Unlimited } else { Figure::Known(state.lots.net()?) };
    let observed_at = observed_at(book, state, at);
    let mut status = AccountStatus {
        at,
        profile: book.profile.clone(),
        plan: state.plan.clone(),
        email: state.email.clone(),
        source: book.rules.source,
        state: AccountState::Ok,
        reliance: reliance(book, state, at),
        observed_at,
        told_by: told_by(book, at),
        failure: failure_at(book, state, at),
        next_poll_at: next_poll_at(book, &buckets, at),
        total,
        known_total,
        held: state.holds.total(),
        spendable,
        subscription_ends_at: state.subscription_ends_at,
        if_renewed: renewal_awaited(state, at).is_some(),
        buckets,
        holds: state
            .holds
            .open()
            .map(|hold| HoldStatus {
                reference: hold.reference.clone(),
                amount: hold.held,
                at: hold.at,
                expires_at: hold.expires_at,
            })
            .collect(),
        fair_use: fair_use::usage(state, at)?,
        uncovered: state
            .uncovered
            .iter()
            .filter_map(|reference| {
                state.record(reference).map(|record| Uncovered { reference: reference.clone(), amount: record.uncovered })
            })
            .collect(),
        uncounted_buckets: state.strange.iter().cloned().collect(),
        warnings: Vec::new(),
        next_change: None,
        coming: Vec::new(),
        events: events(book, state, at)?,
        spends_since: state.used_since(window(at)).next().map(|first| first.at),
        forecast: Forecast::default(),
        why_next: why_next(book, state),
    };
    let stale_since = status.observed_at.filter(|_| !status.reliance.is_fresh());
    let question = forecast::Question { book, state, buckets: &status.buckets, at, stale_since };
    status.forecast = forecast::forecast(&question)?;
    status.state = account_state(book, state, &status)?;
    status.coming = changes::coming(state, &status)?;
    status.next_change = status.coming.first().cloned();
    status.warnings = warnings::warnings(&status)?;
    Ok(status)
}

/// What polls show to have happened; nothing where nothing is polled.
fn events(book: &Book, state: &State, at: Instant) -> Result<Vec<AccountEvent>, AmountError> {
    match book.rules.source {
        Source::Polled => events::events(&book.rules, &book.observations, state.used_since(window(at)), at),
        Source::Ledger => Ok(Vec::new()),
    }
}

/// Says of resets that are inferred from which refills they are.
fn note_evidence(book: &Book, buckets: &mut [BucketStatus]) {
    let is_inferred = |bucket: &&mut BucketStatus| bucket.reset_source == Some(FigureSource::Inferred);
    let mut inferred = buckets.iter_mut().filter(is_inferred).peekable();
    if inferred.peek().is_none() {
        return;
    }
    let found = inferred_resets(&book.rules, &book.observations);
    for bucket in inferred {
        let reset = found.iter().find(|reset| reset.bucket == bucket.id);
        bucket.reset_evidence = reset.map(|reset| reset.evidence.clone()).unwrap_or_default();
    }
}

/// All that remains; unknown where the account is not polled at all.
fn total(book: &Book, state: &State) -> Figure {
    match &book.rules.unpolled {
        Some(_) => Figure::Unknown,
        None => state.lots.total(),
    }
}

pub(super) fn observed_at(book: &Book, state: &State, at: Instant) -> Option<Instant> {
    let polled = book.observations.iter().filter(|seen| seen.at <= at).map(|seen| seen.last_seen_at.min(at)).max();
    state.seen_by_hand.max(polled)
}

/// Whose poll saw the figures of a shared balance last.
fn told_by(book: &Book, at: Instant) -> Option<AccountId> {
    book.profile.pool.as_ref()?;
    let seen = book.observations.iter().filter(|seen| seen.at <= at).max_by_key(|seen| (seen.at, seen.seq));
    seen.map(|seen| seen.account.clone())
}

/// From how many intervals without a change on an account is asked less often where nobody looks (SPEC P4).
pub const CALM_INTERVALS: u32 = 3;

/// How long after a reset its provider is given to have done it, before it is asked.
pub const SETTLING: Duration = Duration::from_secs(5);

/// When a poller asks next, where that follows from what is recorded: an interval after the last poll, later where the provider asked
/// for that, and just after a known reset. `None` where it depends on who looks, or is over and nobody asked.
fn next_poll_at(book: &Book, buckets: &[BucketStatus], at: Instant) -> Option<Instant> {
    if book.rules.source != Source::Polled || book.rules.unpolled.is_some() {
        return None;
    }
    let health = &book.health;
    let interval = TimeDelta::seconds(health.interval_seconds.max(1));
    let after = |last: Instant| last.checked_add_signed(interval);
    let next = match (&health.failure, health.last_ok_at) {
        (Some(failure), _) => after(failure.at).max(failure.retry_at),
        (None, Some(last)) => {
            let usual = after(last)?;
            let settling = TimeDelta::from_std(SETTLING).ok()?;
            let reset = buckets.iter().filter_map(|bucket| bucket.resets_at?.checked_add_signed(settling)).min();
            let changed = book.observations.iter().map(|seen| seen.at).filter(|seen| *seen <= last).max();
            let calm = changed.map(|changed| last - changed);
            let is_calm = calm.is_some_and(|calm| calm.num_seconds() / interval.num_seconds() >= i64::from(CALM_INTERVALS));
            reset.filter(|reset| *reset < usual).or_else(|| Some(usual).filter(|_| !is_calm))
        }
        (None, None) => None,
    };
    next.filter(|next| *next > at)
}

/// The first state that holds (SPEC 8.1).
fn account_state(book: &Book, state: &State, status: &AccountStatus) -> Result<AccountState, AmountError> {
    Ok(if state.lapsed {
        AccountState::Lapsed
    } else if let Reliance::NoFigures { failure } = &status.reliance {
        if failure.is_some() { AccountState::Error } else { AccountState::Pending }
    } else if !status.reliance.is_fresh() {
        AccountState::Stale
    } else if book.rules.source == Source::Ledger && state.is_new() {
        AccountState::New
    } else if status.total == Figure::Unknown && status.known_total == Figure::Known(Amount::ZERO) {
        AccountState::Unknown
    } else if status.spendable == Figure::Known(Amount::ZERO) {
        AccountState::Empty
    } else if is_low(status)? {
        AccountState::Low
    } else {
        AccountState::Ok
    })
}

fn is_low(status: &AccountStatus) -> Result<bool, AmountError> {
    let Figure::Known(spendable) = status.spendable else { return Ok(false) };
    let thresholds = status.profile.thresholds;
    let full = status.buckets.iter().filter_map(|bucket| bucket.full).try_fold(Amount::ZERO, Amount::plus)?;
    // A share needs no exact product, which figures near the limit of digits would not have.
    let is_small_part = spendable.percent_of(full).is_some_and(|percent| percent < i64::from(thresholds.percent));
    let runs_out = status.forecast.dry_at().is_some_and(|at| warnings::is_within(status.at, at, thresholds.days));
    Ok(is_small_part || thresholds.below.is_some_and(|below| spendable < below) || runs_out)
}

/// What a full bucket holds: its capacity; else what the lots that still hold something were granted; else, where the provider
/// tells one figure, the most that it told in 30 days. `None` where nothing says it.
fn full(book: &Book, state: &State, index: BucketIndex, at: Instant) -> Result<Option<Amount>, AmountError> {
    let (Some(rule), Some(cycle)) = (state.rules.bucket(index), state.buckets.get(index)) else { return Ok(None) };
    if rule.kind == BucketKind::Recurring && cycle.capacity.is_some() {
        return Ok(cycle.capacity.and_then(Figure::known));
    }
    if state.rules.source == Source::Polled {
        return Ok(most_held(&book.observations, &rule.id, at)
            .max(Some(state.lots.remaining_in(index)))
            .filter(|amount| amount.is_positive()));
    }
    let standing = state.lots.active_in(index).map(|(_, lot)| lot);
    let standing = standing.filter(|lot| lot.supply == Supply::Finite && lot.remaining.is_positive());
    let granted = standing.map(|lot| lot.granted).try_fold(Amount::ZERO, Amount::plus)?;
    Ok(Some(granted).filter(|amount| amount.is_positive()))
}

/// The largest figure of a bucket that polls told in the 30 days before `at`.
fn most_held(seen: &[Observation], bucket: &BucketId, at: Instant) -> Option<Amount> {
    let lately = seen.iter().filter(|seen| seen.at <= at && seen.last_seen_at > window(at));
    let figures = lately.flat_map(|seen| &seen.buckets).filter(|figures| figures.bucket == *bucket);
    figures.filter_map(|figures| figures.remaining.known()).max()
}

/// Every bucket, in the order in which they will be drawn.
fn buckets(book: &Book, state: &State, at: Instant) -> Result<Vec<BucketStatus>, AmountError> {
    let order = bucket_order(state);
    // Lots are numbered over the whole account, in the order in which they are drawn.
    let places: HashMap<&Ref, u32> =
        state.lots.in_order().zip(1u32..).filter_map(|((_, lot), place)| Some((lot.reference.as_ref()?, place))).collect();
    let mut all = Vec::with_capacity(order.len());
    for (index, draw_order) in order.into_iter().zip(1u32..) {
        if let Some(mut bucket) = bucket(state, index, draw_order, at)? {
            for lot in &mut bucket.lots {
                lot.draw_order = places.get(&lot.reference).copied();
            }
            bucket.full = full(book, state, index, at)?;
            bucket.lots.sort_by_key(|lot| (lot.draw_order.is_none(), lot.draw_order, lot.effective_at));
            all.push(bucket);
        }
    }
    Ok(all)
}

/// The buckets' places in the rules, in the order in which they will be drawn by the next lot of each; one that is empty keeps
/// the place that the definition gives it (SPEC E2).
pub(super) fn bucket_order(state: &State) -> Vec<BucketIndex> {
    let mut defined: Vec<BucketIndex> = state.rules.bucket_indices().collect();
    defined.sort_by_key(|index| state.rules.bucket(*index).map_or(u16::MAX, |rule| rule.rank));
    let mut filled: Vec<_> =
        defined.iter().filter_map(|index| state.lots.next_place_in(*index).map(|next| (next, *index))).collect();
    filled.sort();
    let is_filled = |index: BucketIndex| filled.iter().any(|(_, other)| *other == index);
    let mut next = filled.iter().map(|(_, index)| *index);
    let place = |index: BucketIndex| if is_filled(index) { next.next().unwrap_or(index) } else { index };
    defined.into_iter().map(place).collect()
}

fn bucket(state: &State, index: BucketIndex, draw_order: u32, at: Instant) -> Result<Option<BucketStatus>, AmountError> {
    let (Some(rule), Some(cycle)) = (state.rules.bucket(index), state.buckets.get(index)) else { return Ok(None) };
    let remaining = state.lots.figure_of(index);
    let active = || state.lots.active_in(index);
    let of = |supply| active().filter(move |(_, lot)| lot.supply == supply);
    let shown = of(Supply::Unknown).map(|(_, lot)| lot.remaining).try_fold(Amount::ZERO, Amount::plus)?;
    let used = of(Supply::Unlimited).map(|(_, lot)| lot.spent).try_fold(Amount::ZERO, Amount::plus)?;
    let recurs = state.recurs(index);
    let needs_no_reset = remaining == Figure::Unlimited && cycle.next_reset.is_none();
    let lots = state.lots.standing_in(index);
    let resets_at =
        cycle.next_reset.or_else(|| configured_reset(state, index, at).filter(|_| recurs && remaining == Figure::Unknown));
    Ok(Some(BucketStatus {
        id: rule.id.clone(),
        name: rule.name.clone(),
        kind: rule.kind,
        draw_order,
        remaining,
        known: state.lots.net_in(index)?,
        shown: Some(shown).filter(|shown| shown.is_positive()),
        capacity: cycle.capacity,
        full: None,
        used: (remaining == Figure::Unlimited).then_some(used),
        resets_at,
        resets_to: resets_at.map(|at| after_reset(state, index, at)).transpose()?,
        reset_source: (recurs && !needs_no_reset).then(|| reset_source(state, index, resets_at)),
        reset_evidence: Vec::new(),
        if_renewed: cycle.next_reset.is_some_and(|at| state.subscription_ends_by(at)),
        expires_at: active()
            .filter(|(_, lot)| !lot.ends_at_reset && (lot.supply == Supply::Unknown || lot.remaining.is_positive()))
            .filter_map(|(_, lot)| lot.lapses_at())
            .min(),
        source: figure_source(state, index, remaining),
        lots: lots.filter_map(|(_, lot)| lot_status(lot)).collect(),
    }))
}

/// How a bucket's figure is known: what a person observed wins over what follows from the rules.
fn figure_source(state: &State, bucket: BucketIndex, remaining: Figure) -> FigureSource {
    if remaining == Figure::Unknown {
        return FigureSource::Unknown;
    }
    if state.buckets.get(bucket).is_some_and(|bucket| bucket.observed_by.is_some()) {
        return FigureSource::Observed;
    }
    let sources = || state.lots.active_in(bucket).map(|(_, lot)| lot.source);
    let first = sources().next().unwrap_or(FigureSource::Configured);
    if sources().any(|source| source == FigureSource::Observed) { FigureSource::Observed } else { first }
}

/// When a polled bucket whose figures nobody has seen yet resets by the account's own settings: that day needs no poll to be known.
fn configured_reset(state: &State, bucket: BucketIndex, at: Instant) -> Option<Instant> {
    let is_configured = state.recurrence(bucket).is_some_and(|(_, source)| source == FigureSource::Configured);
    (state.rules.source == Source::Polled && is_configured).then(|| state.reset_after(bucket, at))?
}

fn reset_source(state: &State, bucket: BucketIndex, next: Option<Instant>) -> FigureSource {
    let known = next.and_then(|_| state.recurrence(bucket));
    known.map_or(FigureSource::Unknown, |(_, source)| source)
}

/// What a bucket will hold just after its next reset if nothing is spent until then.
fn after_reset(state: &State, bucket: BucketIndex, at: Instant) -> Result<Figure, AmountError> {
    let mut then = state.clone();
    then.run_to(at)?;
    Ok(then.lots.figure_of(bucket))
}

/// A lot that has not lapsed; `None` for lots that ended and for figures without a ref.
fn lot_status(lot: &Lot) -> Option<LotStatus> {
    if matches!(lot.life, Life::Lapsed | Life::Voided) {
        return None;
    }
    let figure = |amount| match lot.supply {
        Supply::Finite => Figure::Known(amount),
        Supply::Unlimited => Figure::Unlimited,
        Supply::Unknown => Figure::Unknown,
    };
    Some(LotStatus {
        reference: lot.reference.clone()?,
        granted: if lot.silenced { Figure::Unknown } else { figure(lot.granted) },
        remaining: figure(lot.remaining),
        granted_at: lot.granted_at,
        effective_at: lot.effective_at,
        expires_at: lot.lapses_at(),
        draw_order: None,
    })
}

/// A draw as the outside knows it.
pub(super) fn draw(state: &State, lot: LotId, amount: Amount) -> Option<Draw> {
    let lot = state.lots.get(lot)?;
    let bucket = state.rules.bucket(lot.bucket)?;
    Some(Draw { bucket: bucket.id.clone(), lot: lot.reference.clone(), amount })
}

/// A date for a sentence, in the account's own zone: `7 Dec 2026`.
pub(super) fn day(state: &State, at: Instant) -> String {
    at.with_timezone(&state.rules.zone).format("%-d %b %Y").to_string()
}

/// Where the next credit comes from, and why; and what is not counted.
fn why_next(book: &Book, state: &State) -> String {
    let why = why_first(book, state);
    match uncounted(book, &state.strange) {
        Some(uncounted) => format!("{uncounted}. {why}"),
        None => why,
    }
}

/// Names as a sentence lists them: `one, two and three`; `None` where there is none.
fn listed(names: &[String]) -> Option<String> {
    let (last, others) = names.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) })
}

/// Which entries are left out, as a sentence without a full stop.
fn uncounted(book: &Book, strange: &BTreeSet<BucketId>) -> Option<String> {
    let names: Vec<String> = strange.iter().map(ToString::to_string).collect();
    let list = listed(&names)?;
    let (bucket, them) = if names.len() == 1 { ("bucket", "it") } else { ("buckets", "them") };
    let provider = &book.profile.provider_name;
    Some(format!("Entries name the {bucket} {list}, and {provider} does not have {them}: they are not counted"))
}

/// One or two sentences: where the next credit comes from, and why.
fn why_first(book: &Book, state: &State) -> String {
    if let Some(reason) = &book.rules.unpolled {
        return reason.clone();
    }
    let mut order = state.lots.in_order();
    let Some((id, first)) = order.next() else {
        return if state.lots.has_unknown() {
            "What is left is not known, so nothing says where the next credit comes from".to_owned()
        } else {
            "Nothing is left to spend".to_owned()
        };
    };
    let Some(bucket) = state.rules.bucket(first.bucket) else { return String::new() };
    let rule = &state.rules.order_reason;
    let name = bucket.name.to_lowercase();
    let sibling = order.next().filter(|(_, second)| second.bucket == first.bucket);
    let within = match (&first.reference, sibling) {
        (Some(reference), Some((_, second))) => {
            let granted = || format!("the lot of {}", day(state, first.granted_at));
            let name = if reference.is_generated() { granted() } else { format!("lot {reference}") };
            format!(", {name} first: {}", why_before(state, first, second))
        }
        _ => String::new(),
    };
    let others = if state.lapsed {
        Some("The subscription has ended, so its recurring credits are not counted".to_owned())
    } else {
        used_up(state, first.bucket)
    };
    match (unknown_before(state, id, first), others) {
        (_, Some(others)) => format!("{others}: the next credit comes from {name}{within}. {rule}"),
        (None, None) => format!("The next credit comes from {name}{within}. {rule}"),
        (Some(other), None) => {
            let other = other.to_lowercase();
            format!(
                "What is left in {other} is not known, and would go first; the next known credit comes from {name}{within}. {rule}"
            )
        }
    }
}

/// Which buckets would be drawn before this one, were anything left in them: `Promotional and monthly are used up`.
fn used_up(state: &State, bucket: BucketIndex) -> Option<String> {
    let rank = |rule: &super::BucketRule| rule.rank;
    let mine = state.rules.bucket(bucket).map(rank).filter(|_| state.rules.order.first() == Some(&OrderKey::Rank))?;
    let mut before: Vec<(BucketIndex, &super::BucketRule)> =
        state.rules.bucket_indices().zip(&state.rules.buckets).filter(|(_, rule)| rule.rank < mine).collect();
    before.sort_by_key(|(_, rule)| rule.rank);
    let spent = |lot: &Lot| lot.life == Life::Active && lot.supply == Supply::Finite && lot.granted.is_positive();
    let is_used_up = |index: BucketIndex| {
        let mut lots = state.lots.active_in(index).filter(|(_, lot)| spent(lot)).peekable();
        let by_report = state.rules.source == Source::Polled && state.observed;
        (by_report || lots.peek().is_some())
            && state.lots.active_in(index).all(|(_, lot)| lot.supply == Supply::Finite && lot.remaining.is_zero())
    };
    let names: Vec<String> =
        before.iter().filter(|(index, _)| is_used_up(*index)).map(|(_, rule)| rule.name.to_lowercase()).collect();
    let list = listed(&names)?;
    let verb = if names.len() == 1 { "is" } else { "are" };
    let mut text = format!("{list} {verb} used up");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(text)
}

/// The bucket of unknown credits that come before a lot in the draw-down order.
fn unknown_before<'a>(state: &'a State, id: LotId, lot: &Lot) -> Option<&'a str> {
    let unknown = state.lots.iter().filter(|(_, lot)| lot.life == Life::Active && lot.supply == Supply::Unknown);
    let (place, bucket) = unknown.map(|(id, lot)| (state.lots.place(id, lot), lot.bucket)).min()?;
    let rule = state.rules.bucket(bucket).filter(|_| place < state.lots.place(id, lot))?;
    Some(&rule.name)
}

/// Why one lot of a bucket is drawn before the next.
fn why_before(state: &State, first: &Lot, second: &Lot) -> String {
    if first.priority != second.priority {
        return format!("its priority is {}, the next lot's is {}", first.priority, second.priority);
    }
    match (first.lapses_at(), second.lapses_at()) {
        (Some(one), other) if other.is_none_or(|other| one < other) => format!("it lapses first, on {}", day(state, one)),
        _ if first.granted_at != second.granted_at => format!("it was granted first, on {}", day(state, first.granted_at)),
        _ => "lots alike are drawn in the order of their refs".to_owned(),
    }
}
