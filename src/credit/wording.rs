//! Sentences about an account that every command and screen says alike: its pace, how long it lasts, what changes next, what to
//! look at.
//!
//! Who shows them says how figures and times are written, by a [`Wording`].

use chrono::TimeDelta;

use super::{
    AccountStatus, Amount, BucketId, ChangeKind, FailureKind, Figure, Forecast, Instant, Lapse, Lasts, NextChange, Reliance,
    UnknownFactor, UseSeen, Warning, WarningKind, noun,
};

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// How a page or a screen writes figures and times.
pub trait Wording {
    /// An exact amount: `1 600`.
    fn amount(&self, amount: Amount) -> String;
    /// A rate or a projected amount, rounded to what a person can use: `about 39`, `under 0.01`.
    fn about(&self, amount: Amount) -> String;
    /// How far an instant lies ahead or back, or its date where dates are wished for: `in 17 d 4 h`, `2 d ago`, `on 7 Dec 15:30`.
    fn when(&self, at: Instant) -> String;
    /// The length of a span of time: `17 d 4 h`.
    fn span(&self, span: TimeDelta) -> String;
}

/// The pace in a few words: `about 39 a day`, `185 used, too early for a pace`.
#[must_use]
pub fn pace_in_short(status: &AccountStatus, words: &impl Wording) -> String {
    let forecast = &status.forecast;
    match (forecast.burn_per_day, forecast.seen.used) {
        // Where nothing was ever seen, also no use could have been.
        _ if matches!(status.reliance, Reliance::NoFigures { .. }) => "no figures yet".to_owned(),
        (Some(burn), _) if burn.is_positive() => format!("{} a day", words.about(burn)),
        (Some(_), _) => "no use in this time".to_owned(),
        (None, used) if used.is_positive() => format!("{} used, too early for a pace", words.amount(used)),
        (None, _) => "no use seen yet".to_owned(),
    }
}

/// The pace as a sentence without a full stop: what was seen, in what time, and whether it is enough for a pace.
#[must_use]
pub fn pace(status: &AccountStatus, words: &impl Wording) -> String {
    let Forecast { burn_per_day, seen: UseSeen { since, used }, .. } = &status.forecast;
    // In less than a minute there is no time to speak of.
    let time = since.map(|since| status.at - since).filter(|time| *time >= MINUTE);
    let time = time.map(|time| format!(" in {}", words.span(time))).unwrap_or_default();
    match burn_per_day {
        Some(burn) if burn.is_positive() => capitalized(&format!("{} {} a day", words.about(*burn), status.profile.unit)),
        Some(_) => format!("Nothing was used{time}"),
        None if used.is_positive() => {
            format!("{} used{time}: too short a time for a pace", counted(*used, &status.profile.unit, words))
        }
        None => "No use was seen yet".to_owned(),
    }
}

/// How long the credits last, as a sentence without a full stop; `None` where there is no pace to tell it from.
#[must_use]
pub fn lasts(status: &AccountStatus, words: &impl Wording) -> Option<String> {
    let is_used = status.forecast.burn_per_day.is_some_and(Amount::is_positive);
    let resets = status.buckets.iter().any(|bucket| bucket.resets_at.is_some());
    Some(match &status.forecast.lasts {
        Lasts::ForEver => "Unlimited: it does not run dry".to_owned(),
        Lasts::UsedUp => "Nothing is left to spend now".to_owned(),
        Lasts::Until(at) if is_used => format!("At this pace it runs dry {}", words.when(*at)),
        Lasts::Until(at) => format!("Unused, the last of it lapses {}", words.when(*at)),
        Lasts::BeyondHorizon if is_used && resets => "At this pace it lasts more than 14 months: resets keep up".to_owned(),
        Lasts::BeyondHorizon if is_used => "At this pace it lasts more than 14 months".to_owned(),
        Lasts::BeyondHorizon => "Unused, it lasts more than 14 months".to_owned(),
        Lasts::Unknown { why, .. } if why.contains(&UnknownFactor::Pace) => return None,
        Lasts::Unknown { at_least, why, .. } => {
            let reasons: Vec<String> = why.iter().map(|doubt| reason(status, doubt, *at_least, words)).collect();
            let reasons = reasons.join("; ");
            match at_least {
                Some(at) if is_used => format!("At this pace it lasts at least {}: {reasons}", until(*at, words)),
                Some(at) => format!("Unused, it lasts at least {}: {reasons}", until(*at, words)),
                None => format!("How long it lasts can't be told: {reasons}"),
            }
        }
    })
}

/// How far something lasts: `17 d 5 h`, or `until 7 Dec 15:30` where dates are wished for.
fn until(at: Instant, words: &impl Wording) -> String {
    let when = words.when(at);
    match (when.strip_prefix("on "), when.strip_prefix("in ")) {
        (Some(date), _) => format!("until {date}"),
        (None, Some(span)) => span.to_owned(),
        (None, None) => when,
    }
}

/// Why it can't be told when a plan can be run, as a clause; `None` where nothing of the account is unknown.
#[must_use]
pub fn why_unsure(status: &AccountStatus, doubts: &[UnknownFactor], words: &impl Wording) -> Option<String> {
    let reasons: Vec<String> = doubts.iter().map(|doubt| reason(status, doubt, None, words)).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Why a forecast can't be told, as a clause.
fn reason(status: &AccountStatus, doubt: &UnknownFactor, at_least: Option<Instant>, words: &impl Wording) -> String {
    match doubt {
        UnknownFactor::Pace => "too little was seen for a pace".to_owned(),
        UnknownFactor::Stale(since) => stale(status, *since, words),
        UnknownFactor::Bucket { bucket, from: None } => format!("what {} holds is not known", name(status, bucket)),
        UnknownFactor::Bucket { bucket, from: Some(at) } if at_least == Some(*at) => {
            format!("what {} holds is not known from then on", name(status, bucket))
        }
        UnknownFactor::Bucket { bucket, from: Some(at) } => {
            format!("what {} holds is not known from then on ({})", name(status, bucket), words.when(*at))
        }
        UnknownFactor::ResetDay(bucket) => format!("the day on which {} resets is not known", name(status, bucket)),
        UnknownFactor::SubscriptionEnds(at) if at_least == Some(*at) => {
            "the subscription ends then, and what comes after depends on its renewal".to_owned()
        }
        UnknownFactor::SubscriptionEnds(at) if *at > status.at => {
            format!("the subscription ends {}, and what comes after depends on its renewal", words.when(*at))
        }
        UnknownFactor::SubscriptionEnds(_) => "it depends on the renewal of the subscription".to_owned(),
        UnknownFactor::SubscriptionEnded => "the subscription has ended".to_owned(),
    }
}

/// Why figures that were observed at `since` can't be relied on: a failed poll, where that is why, and their age, where they have one.
fn stale(status: &AccountStatus, since: Instant, words: &impl Wording) -> String {
    let age = status.at - since;
    let old = format!("the figures are {} old", words.span(age));
    match status.reliance.failure().filter(|failure| !failure.kind.refuses_key()) {
        None => old,
        Some(failure) => {
            let what = match failure.kind {
                FailureKind::NoKey => "there is no key to ask with".to_owned(),
                _ => format!("the last poll failed ({})", failure.words()),
            };
            if age < MINUTE { what } else { format!("{what}, and {old}") }
        }
    }
}

/// What will lapse unused at the present pace, as a sentence without a full stop.
#[must_use]
pub fn lapse(status: &AccountStatus, lapse: &Lapse, words: &impl Wording) -> String {
    let bucket = status.buckets.iter().find(|bucket| bucket.id == lapse.bucket);
    let resets = bucket.is_some_and(|bucket| bucket.resets_at == Some(lapse.at));
    let why = if resets { "at the reset" } else { "by expiry" };
    let held = held(lapse.held, lapse.amount, words);
    let text = format!(
        "{} of {} will lapse unused {why} {}{held}",
        words.about(lapse.amount),
        name(status, &lapse.bucket),
        words.when(lapse.at)
    );
    capitalized(&text)
}

/// Which part of what lapses is promised.
fn held(held: Amount, of: Amount, words: &impl Wording) -> String {
    if !held.is_positive() {
        String::new()
    } else if held >= of {
        ", all of it held for planned work".to_owned()
    } else {
        format!(", {} of it held for planned work", words.amount(held))
    }
}

/// An event to come as a clause: `310 of Promotional lapse in 8 d 14 h`, `Monthly refills to 500 in 10 d 14 h`.
#[must_use]
pub fn change(status: &AccountStatus, change: &NextChange, words: &impl Wording) -> String {
    let bucket = change.bucket.as_ref().map(|bucket| name(status, bucket)).unwrap_or_default();
    let when = when(change, words);
    match (change.kind, change.amount) {
        (ChangeKind::Lapses, Some(Figure::Known(amount))) => {
            let held = held(change.held, amount, words);
            format!("{} of {bucket} {} {when}{held}", words.amount(amount), lapse_verb(amount))
        }
        (ChangeKind::Lapses, _) => format!("what is left in {bucket} lapses {when}"),
        (ChangeKind::BecomesUnknown, _) => format!("what {bucket} holds is not known from then on: {when}"),
        (ChangeKind::HoldEnds, Some(Figure::Known(amount))) => format!("a hold of {} ends {when}", words.amount(amount)),
        (ChangeKind::Reset, Some(Figure::Known(amount))) => format!("{bucket} refills to {} {when}", words.amount(amount)),
        (ChangeKind::Reset, _) => format!("{bucket} refills {when}"),
        (ChangeKind::Grant, Some(Figure::Known(amount))) => {
            format!("{} more of {bucket} can be spent {when}", words.amount(amount))
        }
        (ChangeKind::Grant, _) => format!("more of {bucket} can be spent {when}"),
        _ => change_in_short(change, words),
    }
}

/// An event to come in a column's width: `310 lapse in 8 d 14 h`, `refills in 17 d 5 h ≈`, `runs dry in 6 h ≈`.
#[must_use]
pub fn change_in_short(change: &NextChange, words: &impl Wording) -> String {
    let when = when(change, words);
    match (change.kind, change.amount) {
        (ChangeKind::Lapses, Some(Figure::Known(amount))) => {
            format!("{} {} {when}", words.amount(amount), lapse_verb(amount))
        }
        (ChangeKind::Lapses, _) => format!("lapses {when}"),
        (ChangeKind::BecomesUnknown, _) => format!("not known {when}"),
        (ChangeKind::HoldEnds, _) => format!("a hold ends {when}"),
        (ChangeKind::PlanChanges, _) => format!("the plan changes {when}"),
        (ChangeKind::Reset, _) => format!("refills {when}"),
        (ChangeKind::Grant, Some(Figure::Known(amount))) => format!("{} more {when}", words.amount(amount)),
        (ChangeKind::Grant, _) => format!("more {when}"),
        (ChangeKind::SubscriptionEnds, _) => format!("the subscription ends {when}"),
        (ChangeKind::RunsOut, _) => format!("runs dry {when}"),
    }
}

/// When a change comes, how sure that is, and what it depends on.
fn when(change: &NextChange, words: &impl Wording) -> String {
    let about = if change.approximate { " ≈" } else { "" };
    let renewed = if change.if_renewed { ", if renewed" } else { "" };
    format!("{}{about}{renewed}", words.when(change.at))
}

/// A warning as a clause: `runs dry in 6 h`, `the key was refused 2 d ago`.
#[must_use]
pub fn warning(status: &AccountStatus, warning: &Warning, words: &impl Wording) -> String {
    let when = warning.at.map(|at| format!(" {}", words.when(at))).unwrap_or_default();
    let of = warning.bucket.as_ref().map(|bucket| format!(" of {}", name(status, bucket))).unwrap_or_default();
    let amount = warning.amount.map(|amount| words.amount(amount));
    match (warning.kind, amount) {
        (WarningKind::KeyRefused, _) if status.failure.as_ref().is_some_and(|failure| failure.or_out_of_credit) => {
            format!("the key was refused or no credits are left{when}")
        }
        (WarningKind::KeyRefused, _) => format!("the key was refused{when}"),
        (WarningKind::Stale, _) => match warning.at {
            Some(at) => stale(status, at, words),
            None => "the figures are stale".to_owned(),
        },
        (WarningKind::RunsOut, _) => format!("runs dry{when} ≈"),
        (WarningKind::Lapses, Some(amount)) => {
            format!("{amount}{of} {}{when}", warning.amount.map_or("lapse", lapse_verb))
        }
        (WarningKind::Lapses, None) => format!("what is left{of} lapses{when}"),
        (WarningKind::SubscriptionEnds, Some(amount)) => {
            format!("the subscription ends{when}, and {amount} with it unless it is renewed")
        }
        (WarningKind::SubscriptionEnds, None) => format!("the subscription ends{when}"),
        (WarningKind::UnexplainedDrop, Some(amount)) => format!("{amount}{of} went without an entry{when}"),
        (WarningKind::UnexplainedDrop, None) => format!("credits{of} went without an entry{when}"),
        (WarningKind::FairUse, Some(amount)) => format!("{amount}{of} used, near the fair-use cap or past it"),
        (WarningKind::DatedAhead, amount) => {
            let reference = warning.reference.as_ref().map_or("", super::Ref::as_str);
            let reference = super::shown(reference);
            let about = amount.map(|amount| format!(" ({amount})")).unwrap_or_default();
            let account = &status.profile.id;
            format!(
                "entry \"{reference}\"{about} is dated ahead,{when}, and counts in no figure until then: a clock was wrong; answer it with \
                 creditop ledger reverse --account {account} --reverses \"{reference}\", and record it anew"
            )
        }
        (WarningKind::FairUse, None) => format!("the use{of} is near the fair-use cap or past it"),
    }
}

fn lapse_verb(amount: Amount) -> &'static str {
    if amount == Amount::ONE { "lapses" } else { "lapse" }
}

/// A bucket's name on screens.
fn name(status: &AccountStatus, bucket: &BucketId) -> String {
    let found = status.buckets.iter().find(|other| other.id == *bucket);
    super::clean(found.map_or(bucket.as_str(), |bucket| &bucket.name))
}

/// An amount with its unit, which is given in the plural, and the verb: `185 credits were`, `1 credit was`.
fn counted(amount: Amount, unit: &str, words: &impl Wording) -> String {
    let verb = if amount == Amount::ONE { "was" } else { "were" };
    format!("{} {} {verb}", words.amount(amount), noun(amount, unit))
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}
