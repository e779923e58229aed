use super::*;
use crate::credit::{Draft, Sighting, Unrecorded};
use crate::store::testing::{Folder, account, bucket, draft, grant_body, now, reference, rules, spend_body, t};

fn refs(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.reference.as_str()).collect()
}

#[test]
fn entries_are_filtered_by_each_field_and_paged() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let at = |text, draft: Draft| Draft { at: t(text), ..draft };
    store
        .append(
            &[
                at("2026-11-03T00:00:00Z", draft("a", grant_body("10"))).into(),
                at("2026-11-02T00:00:00Z", Draft { actor: Some("jo".to_owned()), ..draft("b", grant_body("10")) }).into(),
                at(
                    "2026-11-04T00:00:00Z",
                    Draft { tags: vec!["prod".to_owned(), "x".to_owned()], ..draft("c", spend_body("1")) },
                )
                .into(),
                at(
                    "2026-11-05T00:00:00Z",
                    Draft { account: account("other"), tags: vec!["production".to_owned()], ..draft("a", grant_body("1")) },
                )
                .into(),
            ],
            &rules,
            now(),
        )
        .unwrap();
    let found = |filter: Filter| refs(&store.entries_filtered(&filter).unwrap()).join(" ");
    let all = Filter::default;
    assert_eq!(found(all()), "a b c a");
    assert_eq!(found(Filter { account: Some(account("dealer")), ..all() }), "a b c");
    assert_eq!(found(Filter { kind: Some(EntryKind::Grant), ..all() }), "a b a");
    assert_eq!(found(Filter { bucket: Some(bucket("purchased")), account: Some(account("dealer")), ..all() }), "a b");
    assert_eq!(found(Filter { reference: Some(reference("a")), ..all() }), "a a");
    assert_eq!(found(Filter { actor: Some("jo".to_owned()), ..all() }), "b");
    assert_eq!(found(Filter { tag: Some("prod".to_owned()), ..all() }), "c");
    assert_eq!(found(Filter { from: Some(t("2026-11-03T00:00:00Z")), to: Some(t("2026-11-05T00:00:00Z")), ..all() }), "a c");
    assert_eq!(found(Filter { limit: Some(2), offset: 1, ..all() }), "b c");
    assert_eq!(found(Filter { newest_first: true, limit: Some(3), ..all() }), "a c b");
    assert_eq!(store.accounts().unwrap(), [account("dealer"), account("other")]);
    assert_eq!(refs(&store.entries(&account("dealer")).unwrap()), ["a", "b", "c"], "in the order of recording");
}

#[test]
fn entries_and_observations_share_one_order() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let dealer = account("dealer");
    let observation = Sighting {
        seq: Unrecorded,
        account: dealer.clone(),
        at: now(),
        last_seen_at: now(),
        plan: None,
        email: None,
        subscription_ends_at: None,
        buckets: Vec::new(),
    };
    store.append(&[draft("a", grant_body("1")).into()], &rules, now()).unwrap();
    store.record_poll(&dealer, &Ok(observation), now()).unwrap();
    store.append(&[draft("b", grant_body("1")).into()], &rules, now()).unwrap();
    let record = store.account_record(&dealer).unwrap();
    assert_eq!(record.entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(record.observations[0].seq, Seq(2));
    assert_eq!(store.last_seq().unwrap(), Seq(3));
    assert_eq!(store.entry(&dealer, &reference("b")).unwrap().unwrap().seq, Seq(3));
    assert_eq!(store.entry(&dealer, &reference("nothing")).unwrap(), None);
}

#[test]
fn a_damaged_row_is_named() {
    let ledger = Folder::new();
    ledger.open().append(&[draft("a", grant_body("1")).into()], &rules, now()).unwrap();
    ledger.tamper("UPDATE entry SET amount = '1.0'");
    let error = ledger.open().entries(&account("dealer")).unwrap_err();
    assert!(error.to_string().ends_with("row 1: entry dealer/a: amount \"1.0\" is not written exactly"), "{error}");
}
