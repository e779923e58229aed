//! Batches that are large enough to be taken in another way.

use super::*;
use crate::store::testing::{Folder, account, amount, draft, grant_body, now, proposal, reference, rules, spend_body};

fn refused(result: Result<Vec<Appended>, AppendError>) -> Vec<Refused> {
    match result {
        Err(AppendError::Refused(refused)) => refused,
        other => panic!("{other:?} is no refusal"),
    }
}

/// A batch that counts as large: so many more spends of the account `miner`, then these.
fn large(rest: impl IntoIterator<Item = Proposal>) -> Vec<Proposal> {
    let spend = |number| Draft { account: account("miner"), ..draft(&format!("m{number}"), spend_body("1")) };
    (0..LARGE).map(|number| spend(number).into()).chain(rest).collect()
}

#[test]
fn l4_l2_a_large_batch_is_checked_as_a_small_one() {
    let capture = |name, hold, figure| proposal(name, EntryBody::Capture { hold: reference(hold), amount: amount(figure) });
    let hold = |name, figure| proposal(name, EntryBody::Hold { amount: amount(figure), expires_at: None });
    let reverse = |name, target| proposal(name, EntryBody::Reverse { reverses: reference(target) });
    let given = Ref::generated(now(), Seq(i64::try_from(LARGE).unwrap() + 6), 1);
    let good = [
        proposal("g", grant_body("10")),
        proposal(given.as_str(), spend_body("4")),
        reverse("x", given.as_str()),
        hold("h", "9"),
        hold("h", "9"),
        capture("c", "h", "9"),
        proposal("", spend_body("1")),
    ];
    let stranger = Draft { account: account("stranger"), ..draft("b", grant_body("1")) };
    let bad = [
        hold("h", "8"),
        stranger.into(),
        proposal("m0", spend_body("-1")),
        capture("c2", "h", "1"),
        reverse("x2", given.as_str()),
        hold("h2", "1"),
    ];
    let small = Folder::new();
    let mut store = small.open();
    let told =
        |appended: Vec<Appended>| appended.into_iter().map(|done| (done.reference, done.already_recorded)).collect::<Vec<_>>();
    let mut few = told(store.append(&good, &rules, now()).unwrap());
    few.pop();
    let reasons = refused(store.append(&bad, &rules, now()));
    assert_eq!(reasons.len(), bad.len());

    let ledger = Folder::new();
    let mut store = ledger.open();
    let shifted: Vec<Refused> =
        reasons.iter().map(|reason| Refused { index: reason.index + LARGE + 7, ..reason.clone() }).collect();
    assert_eq!(refused(store.append(&large(good.iter().chain(&bad).cloned()), &rules, now())), shifted);
    assert_eq!(store.last_seq().unwrap(), Seq(0), "nothing of it was recorded");
    let mut many = told(store.append(&large(good), &rules, now()).unwrap()).split_off(LARGE);
    let generated = many.pop().unwrap();
    assert_eq!(many, few);
    assert_eq!(generated.0.as_str(), format!("{given}-2"), "it evades the ref that was given in the same batch");
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn the_checks_of_the_table_are_off_for_a_large_batch_alone() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let row = "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, tags) VALUES (99999, 'a', 1, 1, 'a', 'gift', '')";
    store.append(&large([proposal("h", spend_body("1"))]), &rules, now()).unwrap();
    assert!(store.connection().execute(row, []).unwrap_err().to_string().contains("CHECK"));
    refused(store.append(&large([proposal("a", grant_body("-1"))]), &rules, now()));
    assert!(store.connection().execute(row, []).unwrap_err().to_string().contains("CHECK"));
    let change = store.engine.write(APPEND, Size::Large).unwrap();
    store.connection().execute(row, []).unwrap();
    change.commit().unwrap();
    drop(store);
    let flaws = ledger.open().verify(None).unwrap().flaws;
    assert!(flaws.iter().any(|flaw| flaw.seq == Some(Seq(99_999)) && flaw.what.contains("kind \"gift\" is none")), "{flaws:?}");
}
