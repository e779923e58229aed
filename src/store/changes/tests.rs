use super::*;
use crate::credit::{Failure, FailureKind};
use crate::store::testing::{account, draft, every_engine, grant_body, now, rules};

fn record(ledger: &mut Ledger, name: &str, reference: &str) {
    let mut draft = draft(reference, grant_body("10"));
    draft.account = account(name);
    ledger.append(&[draft.into()], &rules, now()).unwrap();
}

fn fail(ledger: &mut Ledger, name: &str, message: &str) {
    let message = message.to_owned();
    let failure = Failure { kind: FailureKind::Timeout, message, at: now(), retry_at: None, or_out_of_credit: false };
    ledger.record_poll(&account(name), &Err(failure), now()).unwrap();
}

#[test]
fn l10_whoever_looks_on_is_told_each_account_that_changed_once_and_none_twice() {
    every_engine(|name, mut one| {
        let mut other = one.another();
        record(&mut one, "dealer", "before");
        let start = other.changes_since(None).unwrap();
        assert_eq!((start.recorded, start.polled), (vec![], vec![]), "{name}: what was there is known");
        record(&mut one, "studio", "a");
        record(&mut other, "dealer", "b");
        record(&mut one, "studio", "c");
        fail(&mut one, "shop", "first");
        fail(&mut one, "shop", "second");
        let found = other.changes_since(Some(start.cursor)).unwrap();
        assert_eq!(found.recorded, [account("dealer"), account("studio")], "{name}");
        assert_eq!(found.polled, [account("shop")], "{name}");
        // The same failure at the same instant is a poll all the same.
        fail(&mut one, "shop", "second");
        fail(&mut one, "dealer", "third");
        let later = other.changes_since(Some(found.cursor)).unwrap();
        assert_eq!((later.recorded, later.polled), (vec![], vec![account("dealer"), account("shop")]), "{name}");
        let none = other.changes_since(Some(later.cursor)).unwrap();
        assert_eq!((none.recorded, none.polled, none.cursor), (vec![], vec![], later.cursor), "{name}");
        // What is rolled back was never there.
        one.rehearse(&[draft("r", grant_body("1")).into()], &rules, now()).unwrap();
        assert_eq!(other.changes_since(Some(later.cursor)).unwrap().recorded, [], "{name}");
    });
}
