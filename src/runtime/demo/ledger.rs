//! The demo's ledger: what two hand-kept accounts recorded over the last weeks.

use chrono::{NaiveTime, TimeDelta};

use super::sample::{ZONE, days_before};
use crate::credit::{
    AccountId, ActionId, Amount, BucketId, Draft, EntryBody, Expires, Grant, Instant, PriceList, Ref, Spend, UnitCost, VariantId,
};

/// A day's work: days ago, hour, action, variant, how many.
type DayOfUse = (i64, u32, &'static str, Option<&'static str>, u32);

/// What Dealer North did: photos of cars, more of them when new stock came in.
const DEALER: [DayOfUse; 22] = [
    (35, 9, "replace-background-and-logo", None, 24),
    (33, 10, "replace-background-and-logo", None, 18),
    (32, 14, "replace-background", None, 12),
    (29, 9, "replace-background-and-logo", None, 31),
    (28, 11, "re-apply", None, 4),
    (26, 10, "replace-background-and-logo", None, 22),
    (25, 15, "replace-background-and-logo", None, 9),
    (22, 9, "replace-background-and-logo", None, 36),
    (21, 9, "replace-background", None, 15),
    (20, 16, "re-apply", None, 6),
    (18, 10, "replace-background-and-logo", None, 28),
    (16, 9, "replace-background-and-logo", None, 20),
    (15, 11, "replace-background", None, 8),
    (14, 10, "replace-background-and-logo", None, 17),
    (12, 13, "re-apply", None, 5),
    (11, 9, "replace-background-and-logo", None, 26),
    (9, 10, "replace-background-and-logo", None, 14),
    (8, 9, "replace-background", None, 11),
    (6, 15, "report-faulty-image", None, 2),
    (4, 10, "replace-background-and-logo", None, 30),
    (2, 9, "replace-background-and-logo", None, 19),
    (1, 14, "replace-background-and-logo", None, 12),
];

/// What Portraits did: cut-outs, now and then a generated picture.
const PORTRAITS: [DayOfUse; 14] = [
    (44, 10, "batch-remove-background", None, 40),
    (38, 17, "generate-image", Some("nano-banana-1k"), 6),
    (31, 11, "batch-remove-background", None, 25),
    (27, 9, "extend-image", None, 2),
    (24, 18, "batch-remove-background", None, 30),
    (23, 10, "describe-image", None, 5),
    (17, 12, "batch-remove-background", None, 14),
    (13, 10, "remove-object", None, 3),
    (12, 18, "generate-image", Some("nano-banana-1k"), 2),
    (10, 9, "remove-background", None, 6),
    (7, 11, "batch-remove-background", None, 12),
    (5, 16, "change-clothes", None, 1),
    (3, 10, "remove-background", None, 4),
    (1, 12, "describe-image", None, 2),
];

/// The sample's entries, each account's in the order in which they happened.
pub(super) fn drafts(now: Instant, account: &AccountId, prices: &PriceList) -> Vec<Draft> {
    let mut drafts = match account.as_str() {
        "dealer-north" => {
            let mut drafts = work(now, account, "shoot", &DEALER, prices);
            drafts.extend(grant(now, account, 30, "purchased", 100, "invoice-2117", "100 extra photos"));
            drafts.extend(hold(now, account, 40, "saturday-shoot"));
            drafts
        }
        "portraits" => {
            let mut drafts = work(now, account, "job", &PORTRAITS, prices);
            drafts.extend(grant(now, account, 41, "bonus", 12, "referral-anna", "Anna signed up"));
            drafts
        }
        _ => Vec::new(),
    };
    drafts.sort_by_key(|draft| draft.at);
    drafts
}

/// Spends, priced by the account's own list.
fn work(now: Instant, account: &AccountId, stem: &str, days: &[DayOfUse], prices: &PriceList) -> Vec<Draft> {
    let spend = |(index, (days, hour, action, variant, quantity)): (usize, &DayOfUse)| {
        let line = prices.find(action, *variant).ok()?;
        let UnitCost::Known(each) = line.cost else { return None };
        let quantity = Amount::from(*quantity);
        let spend = Spend {
            amount: each.times(quantity).ok()?,
            action: ActionId::new(action).ok(),
            variant: variant.and_then(|variant| VariantId::new(variant).ok()),
            quantity: Some(quantity),
        };
        draft(now, account, (*days, *hour), &format!("{stem}-{}", index + 1), EntryBody::Spend(spend), None)
    };
    days.iter().enumerate().filter_map(spend).collect()
}

fn grant(now: Instant, account: &AccountId, days: i64, bucket: &str, amount: u32, reference: &str, note: &str) -> Option<Draft> {
    let grant = Grant {
        bucket: BucketId::new(bucket).ok()?,
        amount: Amount::from(amount),
        effective_at: None,
        expires: Expires::ByRule,
        priority: 0,
    };
    draft(now, account, (days, 8), reference, EntryBody::Grant(grant), Some(note))
}

fn hold(now: Instant, account: &AccountId, amount: u32, reference: &str) -> Option<Draft> {
    let expires_at = now.checked_add_signed(TimeDelta::days(14));
    let body = EntryBody::Hold { amount: Amount::from(amount), expires_at };
    draft(now, account, (1, 16), reference, body, Some("new arrivals on Saturday"))
}

/// A draft at an hour of a day before `now`, in the sample's zone.
fn draft(
    now: Instant,
    account: &AccountId,
    (days, hour): (i64, u32),
    reference: &str,
    body: EntryBody,
    note: Option<&str>,
) -> Option<Draft> {
    let local = days_before(now, days).and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
    Some(Draft {
        account: account.clone(),
        at: crate::credit::local_instant(ZONE, local),
        reference: Ref::new(reference).ok(),
        body,
        note: note.map(str::to_owned),
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    })
}
