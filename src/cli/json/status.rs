//! `creditop.status.v1`.

use serde::Serialize;

use super::{Clean, Exact, Shown, Zulu, unknowns};
use crate::cli::view::AccountView;
use crate::credit::{
    AccountEvent, BucketKind, BucketStatus, Figure, FigureSource, Forecast, Instant, Lasts, LotStatus, NextChange, Source,
    UnknownFactor, Warning,
};

/// The status document.
#[derive(Debug, Serialize)]
pub struct StatusDocument {
    schema: &'static str,
    at: Zulu,
    accounts: Vec<Account>,
}

#[derive(Debug, Serialize)]
struct Account {
    id: String,
    name: Clean,
    provider: String,
    plan: Option<Clean>,
    customer: Option<Clean>,
    email: Option<Clean>,
    tags: Vec<Clean>,
    unit: Clean,
    source: &'static str,
    state: &'static str,
    observed_at: Option<Zulu>,
    error: Option<Failed>,
    total: Shown,
    known_total: Shown,
    held: Exact,
    spendable: Shown,
    unknown: Vec<&'static str>,
    subscription_ends_at: Option<Zulu>,
    buckets: Vec<Bucket>,
    uncovered: Vec<Unpaid>,
    warnings: Vec<Caution>,
    next_change: Option<Change>,
    forecast: Outlook,
    holds: Vec<Hold>,
    next_poll_at: Option<Zulu>,
    why_next: Clean,
    uncounted_buckets: Vec<String>,
    coming: Vec<Change>,
    events: Vec<Happened>,
    pool: Option<Clean>,
    shares_with: Vec<String>,
    told_by: Option<String>,
    if_renewed: bool,
}

#[derive(Debug, Serialize)]
struct Happened {
    kind: &'static str,
    from: Zulu,
    at: Zulu,
    bucket: String,
    amount: Exact,
}

#[derive(Debug, Serialize)]
struct Refilled {
    from: Zulu,
    at: Zulu,
}

#[derive(Debug, Serialize)]
struct Failed {
    kind: &'static str,
    message: Clean,
    retry_at: Option<Zulu>,
}

#[derive(Debug, Serialize)]
struct Bucket {
    id: String,
    name: Clean,
    kind: &'static str,
    draw_order: u32,
    remaining: Shown,
    capacity: Option<Shown>,
    resets_at: Option<Zulu>,
    resets_to: Option<Shown>,
    reset_source: Option<&'static str>,
    expires_at: Option<Zulu>,
    unknown: Vec<&'static str>,
    lots: Vec<Lot>,
    source: &'static str,
    if_renewed: bool,
    known: Exact,
    shown: Option<Exact>,
    used: Option<Exact>,
    full: Option<Exact>,
    reset_evidence: Vec<Refilled>,
}

#[derive(Debug, Serialize)]
struct Lot {
    #[serde(rename = "ref")]
    reference: String,
    granted: Shown,
    remaining: Shown,
    effective_at: Zulu,
    expires_at: Option<Zulu>,
    unknown: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Unpaid {
    #[serde(rename = "ref")]
    reference: String,
    amount: Exact,
}

#[derive(Debug, Serialize)]
struct Caution {
    kind: &'static str,
    at: Option<Zulu>,
    bucket: Option<String>,
    amount: Option<Exact>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

#[derive(Debug, Serialize)]
struct Change {
    kind: &'static str,
    at: Zulu,
    bucket: Option<String>,
    amount: Option<Shown>,
    unknown: Vec<&'static str>,
    approximate: bool,
    if_renewed: bool,
    held: Exact,
}

#[derive(Debug, Serialize)]
struct Outlook {
    burn_per_day: Option<Exact>,
    runs_out_at: Option<Zulu>,
    lapses: Vec<Lapse>,
    unknown: Vec<&'static str>,
    because: Vec<Reason>,
    lasts_at_least_until: Option<Zulu>,
    used: Exact,
    used_since: Option<Zulu>,
}

#[derive(Debug, Serialize)]
struct Reason {
    kind: &'static str,
    bucket: Option<String>,
    at: Option<Zulu>,
}

#[derive(Debug, Serialize)]
struct Lapse {
    bucket: String,
    lot: Option<String>,
    at: Zulu,
    amount: Exact,
    held: Exact,
}

#[derive(Debug, Serialize)]
struct Hold {
    #[serde(rename = "ref")]
    reference: String,
    amount: Exact,
    at: Zulu,
    expires_at: Option<Zulu>,
}

impl StatusDocument {
    /// The document of some accounts at an instant.
    #[must_use]
    pub fn new(at: Instant, accounts: &[AccountView]) -> Self {
        Self { schema: "creditop.status.v1", at: Zulu(at), accounts: accounts.iter().map(Account::from).collect() }
    }
}

impl From<&AccountView> for Account {
    fn from(view: &AccountView) -> Self {
        let status = &view.status;
        let profile = &status.profile;
        let is_unknown = |figure: Figure| figure == Figure::Unknown;
        Self {
            id: profile.id.to_string(),
            name: profile.name.as_str().into(),
            provider: profile.provider.to_string(),
            plan: status.plan.as_ref().map(|plan| plan.as_str().into()),
            customer: profile.customer.as_deref().map(Clean::from),
            email: status.email.as_deref().map(Clean::from),
            tags: profile.tags.iter().map(|tag| tag.as_str().into()).collect(),
            unit: profile.unit.as_str().into(),
            source: match status.source {
                Source::Polled => "polled",
                Source::Ledger => "ledger",
            },
            state: status.state.word(),
            observed_at: status.observed_at.map(Zulu),
            error: status.failure.as_ref().map(|failure| Failed {
                kind: failure.kind.word(),
                message: failure.message.as_str().into(),
                retry_at: failure.retry_at.map(Zulu),
            }),
            total: Shown(status.total),
            known_total: Shown(status.known_total),
            held: Exact(status.held),
            spendable: Shown(status.spendable),
            unknown: unknowns([
                ("plan", view.lacks_plan()),
                ("email", view.lacks_email()),
                ("total", is_unknown(status.total)),
                ("known_total", is_unknown(status.known_total)),
                ("spendable", is_unknown(status.spendable)),
                ("subscription_ends_at", view.lacks_subscription_end()),
            ]),
            subscription_ends_at: status.subscription_ends_at.map(Zulu),
            buckets: status.buckets.iter().map(|bucket| Bucket::new(bucket, view)).collect(),
            uncovered: status
                .uncovered
                .iter()
                .map(|spend| Unpaid { reference: spend.reference.to_string(), amount: Exact(spend.amount) })
                .collect(),
            warnings: status.warnings.iter().map(Caution::from).collect(),
            next_change: status.next_change.as_ref().map(Change::from),
            forecast: Outlook::from(&status.forecast),
            holds: status
                .holds
                .iter()
                .map(|hold| Hold {
                    reference: hold.reference.to_string(),
                    amount: Exact(hold.amount),
                    at: Zulu(hold.at),
                    expires_at: hold.expires_at.map(Zulu),
                })
                .collect(),
            next_poll_at: status.next_poll_at.map(Zulu),
            why_next: status.why_next.as_str().into(),
            uncounted_buckets: status.uncounted_buckets.iter().map(ToString::to_string).collect(),
            coming: status.coming.iter().map(Change::from).collect(),
            events: status.events.iter().map(Happened::from).collect(),
            pool: profile.pool.as_ref().map(|pool| pool.name.as_str().into()),
            shares_with: profile.pool.iter().flat_map(|pool| &pool.others).map(ToString::to_string).collect(),
            told_by: status.told_by.as_ref().map(ToString::to_string),
            if_renewed: status.if_renewed,
        }
    }
}

impl From<&AccountEvent> for Happened {
    fn from(event: &AccountEvent) -> Self {
        let AccountEvent { kind, from, at, bucket, amount } = event;
        Self { kind: kind.word(), from: Zulu(*from), at: Zulu(*at), bucket: bucket.to_string(), amount: Exact(*amount) }
    }
}

impl Bucket {
    fn new(bucket: &BucketStatus, view: &AccountView) -> Self {
        let no_reset = bucket.resets_at.is_none() && bucket.reset_source == Some(FigureSource::Unknown);
        let recurs = bucket.kind == BucketKind::Recurring && bucket.remaining != Figure::Unlimited;
        let no_capacity = bucket.capacity.is_none() && recurs && (view.has_capacity(&bucket.id) || view.unpolled.is_some());
        let may_lapse = bucket.kind == BucketKind::Promotional && bucket.remaining == Figure::Unknown;
        Self {
            id: bucket.id.to_string(),
            name: bucket.name.as_str().into(),
            kind: bucket.kind.word(),
            draw_order: bucket.draw_order,
            remaining: Shown(bucket.remaining),
            capacity: bucket.capacity.map(Shown),
            resets_at: bucket.resets_at.map(Zulu),
            resets_to: bucket.resets_to.map(Shown),
            reset_source: bucket.reset_source.map(FigureSource::word),
            expires_at: bucket.expires_at.map(Zulu),
            unknown: unknowns([
                ("remaining", bucket.remaining == Figure::Unknown),
                ("capacity", no_capacity || bucket.capacity == Some(Figure::Unknown)),
                ("resets_at", no_reset),
                ("resets_to", no_reset || bucket.resets_to == Some(Figure::Unknown)),
                ("expires_at", may_lapse && bucket.expires_at.is_none()),
            ]),
            lots: bucket.lots.iter().map(|lot| Lot::new(lot, bucket)).collect(),
            source: bucket.source.word(),
            if_renewed: bucket.if_renewed,
            known: Exact(bucket.known),
            shown: bucket.shown.map(Exact),
            used: bucket.used.map(Exact),
            full: bucket.full.map(Exact),
            reset_evidence: bucket
                .reset_evidence
                .iter()
                .map(|refill| Refilled { from: Zulu(refill.from), at: Zulu(refill.by) })
                .collect(),
        }
    }
}

impl Lot {
    fn new(lot: &LotStatus, bucket: &BucketStatus) -> Self {
        Self {
            reference: lot.reference.to_string(),
            granted: Shown(lot.granted),
            remaining: Shown(lot.remaining),
            effective_at: Zulu(lot.effective_at),
            expires_at: lot.expires_at.map(Zulu),
            unknown: unknowns([
                ("granted", lot.granted == Figure::Unknown),
                ("remaining", lot.remaining == Figure::Unknown),
                ("expires_at", bucket.ends_at_unknown_reset(lot)),
            ]),
        }
    }
}

impl From<&Warning> for Caution {
    fn from(warning: &Warning) -> Self {
        Self {
            kind: warning.kind.word(),
            at: warning.at.map(Zulu),
            bucket: warning.bucket.as_ref().map(ToString::to_string),
            amount: warning.amount.map(Exact),
            reference: warning.reference.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&NextChange> for Change {
    fn from(change: &NextChange) -> Self {
        Self {
            kind: change.kind.word(),
            at: Zulu(change.at),
            bucket: change.bucket.as_ref().map(ToString::to_string),
            amount: change.amount.map(Shown),
            unknown: unknowns([("amount", change.amount == Some(Figure::Unknown))]),
            approximate: change.approximate,
            if_renewed: change.if_renewed,
            held: Exact(change.held),
        }
    }
}

impl From<&UnknownFactor> for Reason {
    fn from(doubt: &UnknownFactor) -> Self {
        let at = match doubt {
            UnknownFactor::Stale(at) | UnknownFactor::SubscriptionEnds(at) | UnknownFactor::Bucket { from: Some(at), .. } => {
                Some(*at)
            }
            UnknownFactor::Pace
            | UnknownFactor::Bucket { from: None, .. }
            | UnknownFactor::ResetDay(_)
            | UnknownFactor::SubscriptionEnded => None,
        };
        Self { kind: doubt.word(), bucket: doubt.bucket().map(ToString::to_string), at: at.map(Zulu) }
    }
}

impl From<&Forecast> for Outlook {
    fn from(forecast: &Forecast) -> Self {
        let at_least = if let Lasts::Unknown { at_least, .. } = &forecast.lasts { *at_least } else { None };
        Self {
            burn_per_day: forecast.burn_per_day.map(Exact),
            runs_out_at: forecast.runs_out_at.map(Zulu),
            lapses: forecast
                .lapses
                .iter()
                .map(|lapse| Lapse {
                    bucket: lapse.bucket.to_string(),
                    lot: lapse.lot.as_ref().map(ToString::to_string),
                    at: Zulu(lapse.at),
                    amount: Exact(lapse.amount),
                    held: Exact(lapse.held),
                })
                .collect(),
            unknown: forecast.unknown(),
            because: forecast.doubts().iter().map(Reason::from).collect(),
            lasts_at_least_until: at_least.map(Zulu),
            used: Exact(forecast.seen.used),
            used_since: forecast.seen.since.map(Zulu),
        }
    }
}
