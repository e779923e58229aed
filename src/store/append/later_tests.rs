//! What stands after a back-dated entry (S2).

use super::tests::refused;
use super::*;
use crate::store::testing::{Folder, amount, bucket, draft, grant_body, now, reference, rules, spend_body, t};
use crate::store::{Filled, Proposal};

fn at(clock: &str, name: &str, body: EntryBody) -> Proposal {
    Draft { at: t(&format!("2026-11-20T{clock}Z")), ..draft(name, body) }.into()
}

fn hold(figure: &str) -> EntryBody {
    EntryBody::Hold { amount: amount(figure), expires_at: None }
}

fn adjust(figure: &str) -> EntryBody {
    EntryBody::Adjust { bucket: bucket("purchased"), amount: amount(figure) }
}

fn capture(figure: &str) -> EntryBody {
    EntryBody::Capture { hold: reference("h"), amount: amount(figure) }
}

/// What becomes of an entry of 08:00 where these were recorded before it, upon ten credits.
fn late(recorded: &[Proposal], late: EntryBody) -> Result<(), String> {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let mut all = vec![at("07:00:00", "g", grant_body("10"))];
    all.extend_from_slice(recorded);
    store.append(&all, &rules, now()).unwrap();
    match store.append(&[at("08:00:00", "late", late)], &rules, now()) {
        Ok(_) => Ok(()),
        Err(AppendError::Refused(refused)) => Err(refused[0].what.clone()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn s02_a_back_dated_hold_takes_nothing_that_a_later_entry_took() {
    let of_later = |body: EntryBody| late(&[at("08:00:01", "later", body)], hold("4"));
    for body in [hold("7"), spend_body("7"), adjust("-7")] {
        let what = of_later(body).unwrap_err();
        assert_eq!(what, "a hold of 4 takes what \"later\" relies on later, at 2026-11-20T08:00:01Z");
    }
    for body in [hold("6"), spend_body("6"), adjust("-6"), grant_body("1"), adjust("3")] {
        of_later(body).unwrap();
    }
    // What ended before the later one began stands in nobody's way.
    let short = EntryBody::Hold { amount: amount("4"), expires_at: Some(t("2026-11-20T08:00:01Z")) };
    late(&[at("08:00:01", "later", hold("10"))], short).unwrap();
    let released = [at("08:00:01", "h", hold("10")), at("08:00:02", "r", EntryBody::Release { hold: reference("h") })];
    assert!(late(&released, hold("4")).is_err(), "both were held for a second");
}

#[test]
fn s02_a_back_dated_adjustment_takes_nothing_that_a_later_entry_took() {
    for body in [hold("7"), spend_body("7"), adjust("-7")] {
        let what = late(&[at("08:00:01", "later", body)], adjust("-4")).unwrap_err();
        assert_eq!(what, "an adjust of -4 takes what \"later\" relies on later, at 2026-11-20T08:00:01Z");
    }
    for body in [hold("6"), spend_body("6"), adjust("-6")] {
        late(&[at("08:00:01", "later", body)], adjust("-4")).unwrap();
    }
    let undone =
        [at("08:00:01", "later", spend_body("7")), at("08:00:02", "x", EntryBody::Reverse { reverses: reference("later") })];
    late(&undone, adjust("-4")).unwrap();
}

#[test]
fn s02_a_back_dated_capture_takes_nothing_that_later_ones_took() {
    let held = |more: &[Proposal]| {
        let mut all = vec![at("07:00:01", "h", hold("10"))];
        all.extend_from_slice(more);
        all
    };
    let seven = at("08:00:01", "c", capture("7"));
    let what = late(&held(std::slice::from_ref(&seven)), capture("4")).unwrap_err();
    assert_eq!(what, "a capture of 4 is above the 3 that hold h has left: 7 were captured later");
    late(&held(std::slice::from_ref(&seven)), capture("3")).unwrap();
    let release = EntryBody::Release { hold: reference("h") };
    assert!(late(&held(std::slice::from_ref(&seven)), release.clone()).unwrap_err().contains("captured from hold h later"));
    let undone = at("08:00:02", "x", EntryBody::Reverse { reverses: reference("c") });
    late(&held(&[seven, undone]), capture("10")).unwrap();
    late(&held(&[at("08:00:01", "r", release)]), capture("10")).unwrap();
}

#[test]
fn s02_a_spend_that_happened_is_recorded_whatever_stands_after_it() {
    late(&[at("08:00:01", "later", hold("10"))], spend_body("4")).unwrap();
}

#[test]
fn s02_what_says_of_no_instant_happens_when_the_lock_is_held() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let stamped = Proposal { filled: Filled { at: true, amount: false }, ..at("07:00:00", "g", grant_body("10")) };
    let turn = t("2026-11-20T09:00:03Z");
    store.append(&[stamped, at("07:30:00", "s", spend_body("1"))], &rules, || turn).unwrap();
    let entries = store.entries(&draft("", spend_body("1")).account).unwrap();
    assert_eq!([entries[0].at, entries[0].recorded_at, entries[1].at], [turn, turn, t("2026-11-20T07:30:00Z")]);
    let refusal = refused(store.append(&[at("09:00:04", "ahead", spend_body("1"))], &rules, || turn));
    assert_eq!(refusal[0].field, "at");
}
