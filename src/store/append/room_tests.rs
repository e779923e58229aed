//! Amounts that are too large for exact sums are refused by themselves, never the account for ever (S13).

use super::tests::refused;
use super::*;
use crate::store::testing::{Folder, account, amount, bucket, draft, grant_body, now, reference, rules, spend_body, t};

/// 28 digits: nothing behind the point has room beside it.
const HUGE: &str = "1000000000000000000000000000";

fn on(day: u32, name: &str, body: EntryBody) -> Proposal {
    Draft { at: t(&format!("2026-11-{day:02}T00:00:00Z")), ..draft(name, body) }.into()
}

fn reversed(name: &str) -> EntryBody {
    EntryBody::Reverse { reverses: reference(name) }
}

fn figures(store: &Ledger) -> String {
    let book = crate::store::testing::book(&rules(&account("dealer")).unwrap());
    let entries = store.entries(&account("dealer")).unwrap();
    let book = crate::credit::Book { entries: std::sync::Arc::new(entries), ..book };
    let status = book.status(now()).unwrap();
    assert_eq!(book.check(now()), Ok(None));
    format!("{:?} held {}", status.total, status.held)
}

#[test]
fn s13_what_was_reversed_leaves_room_for_other_amounts() {
    let purchased = bucket("purchased");
    let observed = EntryBody::Observe { bucket: purchased.clone(), remaining: amount(HUGE) };
    let adjusted = EntryBody::Adjust { bucket: purchased, amount: amount(HUGE) };
    for body in [grant_body(HUGE), spend_body(HUGE), observed, adjusted] {
        let ledger = Folder::new();
        let mut store = ledger.open();
        let kind = body.kind();
        store.append(&[on(1, "big", body), on(2, "x", reversed("big"))], &rules, now()).unwrap();
        let small = [
            on(3, "g", grant_body("10.5")),
            on(4, "s", spend_body("0.25")),
            on(5, "h", EntryBody::Hold { amount: amount("0.125"), expires_at: None }),
        ];
        for one in small {
            store.append(&[one], &rules, now()).unwrap_or_else(|error| panic!("after a {kind}: {error}"));
        }
        assert_eq!(figures(&store), "Known(10.25) held 0.125", "after a {kind}");
        assert_eq!(store.verify(None).unwrap().flaws, []);
    }
}

#[test]
fn s13_a_sum_beyond_28_digits_is_refused_where_it_would_come_to_be() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[on(1, "big", grant_body(HUGE)), on(4, "x", reversed("big"))], &rules, now()).unwrap();
    let what = |error: Vec<Refused>| (error[0].field, error[0].what.clone());
    let digits = "with 0.25 the figures of dealer would need more than 28 digits".to_owned();
    // While it stands there is no room beside it.
    assert_eq!(what(refused(store.append(&[on(2, "g", grant_body("0.25"))], &rules, now()))), ("amount", digits));
    store.append(&[on(2, "whole", grant_body("25"))], &rules, now()).unwrap();
    store.append(&[on(5, "g", grant_body("0.25"))], &rules, now()).unwrap();
    // Nothing larger finds room beside what stands now.
    assert_eq!(refused(store.append(&[on(6, "again", grant_body(HUGE))], &rules, now()))[0].field, "amount");
    assert_eq!(figures(&store), "Known(25.25) held 0");
}

#[test]
fn s13_what_a_reversal_gives_back_must_find_room_too() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[on(1, "big", grant_body(HUGE)), on(2, "all", spend_body(HUGE))], &rules, now()).unwrap();
    // What was spent is no figure of the last 30 days from December on.
    let later = t("2027-02-01T00:00:00Z");
    let at = |name: &str, body| Proposal::from(Draft { at: t("2027-01-20T00:00:00Z"), ..draft(name, body) });
    assert_eq!(refused(store.append(&[on(3, "g", grant_body("0.25"))], &rules, now()))[0].field, "amount");
    store.append(&[at("s", spend_body("0")), at("g", grant_body("0.25"))], &rules, later).unwrap();
    let refusal = refused(store.append(&[at("x", reversed("all"))], &rules, later));
    assert_eq!(refusal[0].field, "reverses", "{refusal:?}");
    assert!(refusal[0].what.contains("28 digits"), "{refusal:?}");
    store.append(&[at("y", reversed("g")), at("x", reversed("all"))], &rules, later).unwrap();
}
