use super::*;
use crate::credit::{Figure, ObservedBucket, Sighting, Unrecorded};
use crate::store::PollOutcome;
use crate::store::testing::{Folder, account, bucket, grant_body, now, proposal, rules, t};

fn seen(at: &str, remaining: u32) -> Sighting {
    Sighting {
        seq: Unrecorded,
        account: account("studio"),
        at: t(at),
        last_seen_at: t(at),
        plan: None,
        email: None,
        subscription_ends_at: None,
        buckets: vec![ObservedBucket { bucket: bucket("purchased"), remaining: Figure::Known(remaining.into()), capacity: None }],
    }
}

/// What releases before this one could store.
fn stamp(ledger: &Folder, year: i32) {
    let at = nanoseconds(t("1970-01-01T00:00:00Z")) + i64::from(year - 1970) * 31_556_952_000_000_000;
    ledger.tamper(&format!("UPDATE observation SET at = {at}, last_seen_at = {at}; UPDATE poll SET last_ok_at = {at};"));
    let ledger = ledger.open();
    let change = ledger.engine.mend(MEND).unwrap();
    mend(&change, "studio", i64::MAX).unwrap();
    change.commit().unwrap();
}

#[test]
fn s01_an_instant_that_no_clock_can_tell_is_never_stored() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let wrong = t("2199-12-31T23:00:00Z") + chrono::TimeDelta::days(1);
    let ahead = Sighting { at: wrong, last_seen_at: wrong, ..seen("2026-11-20T09:00:00Z", 5) };
    let error = store.record_poll(&account("studio"), &Ok(ahead), wrong).unwrap_err();
    assert!(error.to_string().ends_with("clock says 2200-01-01T23:00:00Z, outside the years 1970 to 2199"), "{error}");
    let error = store.append(&[proposal("g", grant_body("1"))], &rules, wrong).unwrap_err();
    assert!(error.to_string().contains("clock says"), "recorded then, the row could not be read: {error}");
    assert!(
        store.observations(&account("studio")).unwrap().is_empty()
            && store.health(&account("studio"), 300).unwrap().last_ok_at.is_none()
    );
    // A provider's word is no clock of ours: what it says of the subscription is left out, and the figures are kept.
    let endless = Sighting { subscription_ends_at: Some(wrong), ..seen("2026-11-20T09:00:00Z", 5) };
    for expected in [PollOutcome::New, PollOutcome::Confirmed] {
        assert_eq!(store.record_poll(&account("studio"), &Ok(endless.clone()), now()).unwrap(), expected);
    }
    assert_eq!(store.observations(&account("studio")).unwrap()[0].subscription_ends_at, None);
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn s01_what_a_wrong_clock_stored_is_read_doubted_and_mended() {
    for (year, impossible) in [(2035, false), (2201, true), (2250, true)] {
        let ledger = Folder::new();
        let mut store = ledger.open();
        store.append(&[proposal("g", grant_body("1"))], &rules, t("2026-11-20T09:00:00Z")).unwrap();
        store.record_poll(&account("studio"), &Ok(seen("2026-11-20T09:00:00Z", 5)), now()).unwrap();
        stamp(&ledger, year);
        let figures = store.observations(&account("studio")).unwrap();
        assert!(figures[0].clone().believed_at(now()).is_none());
        assert!(store.health(&account("studio"), 300).unwrap().stamped_ahead(now()).is_some());
        let wrong = store.wrong_stamps(now()).unwrap();
        assert_eq!(wrong.iter().map(|wrong| wrong.impossible).collect::<Vec<_>>(), [impossible; 2], "{wrong:?}");
        assert_eq!(store.verify(None).unwrap().flaws.is_empty(), !impossible);
        let copy = store.mend_stamps(now()).unwrap();
        assert!(copy.to_string().starts_with(&ledger.file().display().to_string()) && std::fs::exists(copy.to_string()).unwrap());
        assert_eq!((store.wrong_stamps(now()).unwrap(), store.verify(None).unwrap().flaws), (vec![], vec![]));
        let mended = store.observations(&account("studio")).unwrap();
        assert_eq!((mended[0].at, &mended[0].buckets), (t("2026-11-20T09:00:00Z"), &figures[0].buckets), "{year}");
        let raw = ledger.raw();
        assert!(raw.execute("UPDATE observation SET at = 0", []).is_err(), "the guards are back");
        assert_eq!(store.record_poll(&account("studio"), &Ok(seen("2026-11-20T09:00:00Z", 4)), now()).unwrap(), PollOutcome::New);
        assert_eq!(store.verify(None).unwrap().flaws, []);
    }
}
