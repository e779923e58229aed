use super::*;
use crate::credit::{ActionId, Expires, Spend};
use crate::store::testing::{Folder, account, amount, bucket, draft, grant_body, now, proposal, reference, rules, spend_body, t};
use crate::store::{Filled, Proposal};

pub(super) fn refused(result: Result<Vec<Appended>, AppendError>) -> Vec<Refused> {
    match result {
        Err(AppendError::Refused(refused)) => refused,
        other => panic!("{other:?} is no refusal"),
    }
}

#[test]
fn l1_entries_are_never_updated_or_deleted() {
    let ledger = Folder::new();
    ledger.open().append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    let raw = ledger.raw();
    for sql in ["UPDATE entry SET amount = '2'", "DELETE FROM entry", "UPDATE entry SET note = 'x' WHERE ref = 'a'"] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("answer it by a reverse"), "{sql}: {error}");
    }
}

#[test]
fn every_kind_is_read_back_as_it_was_given() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let grant = |expires| match grant_body("500.25") {
        EntryBody::Grant(grant) => EntryBody::Grant(crate::credit::Grant {
            expires,
            priority: -3,
            effective_at: Some(t("2026-12-01T00:00:00Z")),
            ..grant
        }),
        other => other,
    };
    let spend = Spend {
        amount: amount("0.6336833840314097"),
        action: Some(ActionId::new("remove-background").unwrap()),
        variant: Some("hd".parse().unwrap()),
        quantity: Some(amount("3")),
    };
    let bodies = [
        ("g0", grant_body("1000")),
        ("g1", grant(Expires::ByRule)),
        ("g2", grant(Expires::Never)),
        ("g3", grant(Expires::At(t("2027-03-01T00:00:00.000000001Z")))),
        ("s", EntryBody::Spend(spend)),
        ("h1", EntryBody::Hold { amount: amount("50"), expires_at: None }),
        ("h2", EntryBody::Hold { amount: amount("5"), expires_at: Some(t("2026-12-24T00:00:00Z")) }),
        ("c", EntryBody::Capture { hold: reference("h1"), amount: amount("20") }),
        ("r", EntryBody::Release { hold: reference("h2") }),
        ("a", EntryBody::Adjust { bucket: bucket("purchased"), amount: amount("-5") }),
        ("x", EntryBody::Reverse { reverses: reference("s") }),
        ("o", EntryBody::Observe { bucket: bucket("purchased"), remaining: amount("320") }),
    ];
    let proposals: Vec<Proposal> = bodies
        .into_iter()
        .map(|(name, body)| {
            let labels = Draft { note: Some("Müller: 12 €".to_owned()), actor: Some("jo".to_owned()), ..draft(name, body) };
            Draft { tags: vec!["prod".to_owned(), "a".to_owned(), "prod".to_owned()], ..labels }.into()
        })
        .collect();
    let appended = store.append(&proposals, &rules, now()).unwrap();
    let entries = store.entries(&account("dealer")).unwrap();
    assert_eq!(entries.len(), proposals.len());
    for ((entry, proposal), appended) in entries.iter().zip(&proposals).zip(&appended) {
        assert_eq!(entry.body, proposal.draft.body);
        assert_eq!((entry.at, entry.recorded_at, &entry.note), (proposal.draft.at, now(), &proposal.draft.note));
        assert_eq!(entry.tags, ["a", "prod"]);
        assert_eq!((entry.seq, &entry.reference), (appended.seq, &appended.reference));
    }
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn l2_the_same_ref_with_the_same_content_is_already_recorded() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let given = proposal("job-7", grant_body("3"));
    let first = store.append(std::slice::from_ref(&given), &rules, now()).unwrap();
    let again = store.append(&[given.clone(), given], &rules, t("2026-11-21T00:00:00Z")).unwrap();
    assert!(!first[0].already_recorded && again.iter().all(|appended| appended.already_recorded));
    assert_eq!(again[0].seq, first[0].seq);
    assert_eq!(store.entries(&account("dealer")).unwrap().len(), 1);
}

#[test]
fn l2_only_what_the_caller_gave_can_conflict() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let priced = |figure, at| Proposal {
        draft: Draft {
            at: t(at),
            ..draft(
                "job-7",
                EntryBody::Spend(Spend {
                    amount: amount(figure),
                    action: Some(ActionId::new("imagine").unwrap()),
                    variant: None,
                    quantity: Some(amount("2")),
                }),
            )
        },
        filled: Filled { at: true, amount: true },
        recorded_at: None,
    };
    store.append(&[proposal("g", grant_body("100")), priced("10", "2026-11-20T09:00:00Z")], &rules, now()).unwrap();
    let later = t("2026-11-20T10:00:00Z");
    let again = store.append(&[priced("12", "2026-11-20T10:00:00Z")], &rules, later).unwrap();
    assert!(again[0].already_recorded, "neither the time nor the price was the caller's");
    let mut given = priced("12", "2026-11-20T10:00:00Z");
    given.filled.amount = false;
    let reasons = refused(store.append(&[given.clone()], &rules, later));
    assert_eq!(reasons[0].what, "ref \"job-7\" is already recorded with amount 10, not 12");
    given.filled = Filled { at: false, amount: true };
    assert_eq!(refused(store.append(&[given], &rules, later))[0].field, "at");
}

#[test]
fn l2_the_same_ref_with_other_content_is_a_conflict_that_names_the_field() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let base = draft("inv-1", grant_body("500"));
    store.append(&[base.clone().into()], &rules, now()).unwrap();
    let with_expiry = match base.body.clone() {
        EntryBody::Grant(grant) => EntryBody::Grant(crate::credit::Grant { expires: Expires::Never, ..grant }),
        other => other,
    };
    for (changed, field) in [
        (Draft { body: grant_body("501"), ..base.clone() }, "amount"),
        (Draft { body: spend_body("500"), ..base.clone() }, "kind"),
        (Draft { at: t("2026-11-19T09:00:00Z"), ..base.clone() }, "at"),
        (Draft { body: with_expiry, ..base.clone() }, "expires_at"),
        (Draft { note: Some("x".to_owned()), ..base.clone() }, "note"),
        (Draft { tags: vec!["x".to_owned()], ..base.clone() }, "tags"),
    ] {
        let reasons = refused(store.append(&[proposal("new", grant_body("1")), changed.into()], &rules, now()));
        let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
        assert_eq!((reason.index, &reason.refusal, reason.field), (1, &Refusal::Conflict, field));
    }
    assert_eq!(store.entries(&account("dealer")).unwrap().len(), 1, "nothing was written beside a conflict");
    let elsewhere = Draft { account: account("other"), body: grant_body("9"), ..base };
    assert!(!store.append(&[elsewhere.into()], &rules, now()).unwrap()[0].already_recorded, "refs are unique per account only");
}

#[test]
fn l2_a_missing_ref_is_generated_sortable_and_the_same_under_a_stopped_clock() {
    let generated = || {
        let ledger = Folder::new();
        let appended =
            ledger.open().append(&[proposal("", grant_body("1")), proposal("", grant_body("1"))], &rules, now()).unwrap();
        appended.into_iter().map(|appended| appended.reference.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(generated(), ["20261120-090000-0001", "20261120-090000-0002"]);
    assert_eq!(generated(), generated());
}

#[test]
fn l2_a_generated_ref_evades_one_that_was_given() {
    let ledger = Folder::new();
    let appended =
        ledger.open().append(&[proposal("20261120-090000-0002", grant_body("1")), proposal("", grant_body("1"))], &rules, now());
    assert_eq!(appended.unwrap()[1].reference.as_str(), "20261120-090000-0002-2");
}

#[test]
fn l4_a_batch_is_all_or_nothing_and_names_every_bad_draft() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let stranger = Draft { account: account("stranger"), ..draft("b", grant_body("1")) };
    let broken = Draft { note: Some("two\nlines".to_owned()), tags: vec!["a b".to_owned()], ..draft("c", grant_body("1")) };
    let batch = [proposal("a", grant_body("1")), stranger.into(), broken.into(), proposal("a", grant_body("2"))];
    let found: Vec<_> =
        refused(store.append(&batch, &rules, now())).iter().map(|refused| (refused.index, refused.field)).collect();
    assert_eq!(found, [(1, "account"), (2, "note"), (2, "tags"), (3, "amount")]);
    assert_eq!(store.accounts().unwrap(), []);
    assert_eq!(store.last_seq().unwrap(), Seq(0));
}

#[test]
fn l4_a_transaction_that_does_not_end_leaves_nothing() {
    let ledger = Folder::new();
    let store = ledger.open();
    let change = store.engine.write(APPEND, Size::Usual).unwrap();
    let written = entry(&draft("a", grant_body("1")), Seq(1), reference("a"), now());
    Chains::default().extend(&change, &written).unwrap();
    drop(change);
    drop(store);
    assert_eq!(ledger.open().entries(&account("dealer")).unwrap(), []);
}

#[test]
fn a_rehearsal_records_nothing() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    assert_eq!(store.rehearse(&[proposal("a", grant_body("1"))], &rules, now()).unwrap().len(), 1);
    assert_eq!(store.entries(&account("dealer")).unwrap(), []);
}

#[test]
fn l5_eight_writers_lose_and_duplicate_nothing() {
    const EACH: usize = 25;
    let ledger = Folder::new();
    ledger.open();
    let data_dir = ledger.data_dir();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let data_dir = &data_dir;
            scope.spawn(move || {
                let mut store = Ledger::open(data_dir).unwrap();
                for number in 0..EACH {
                    let own = proposal(&format!("w{writer}-{number}"), grant_body("1"));
                    store.append(&[own, proposal("", grant_body("1"))], &rules, now()).unwrap();
                }
            });
        }
    });
    let store = ledger.open();
    let entries = store.entries(&account("dealer")).unwrap();
    assert_eq!(entries.len(), 8 * EACH * 2);
    assert!(
        entries.iter().map(|entry| entry.seq.0).eq(1..=i64::try_from(entries.len()).unwrap()),
        "no place twice, none left out"
    );
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn l2_the_same_ref_from_eight_writers_gives_one_entry() {
    let ledger = Folder::new();
    ledger.open();
    let data_dir = ledger.data_dir();
    let written = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut store = Ledger::open(&data_dir).unwrap();
                    store.append(&[proposal("job-7", grant_body("3"))], &rules, now()).unwrap()[0].already_recorded
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|already| !already).count()
    });
    assert_eq!(written, 1);
    assert_eq!(ledger.open().entries(&account("dealer")).unwrap().len(), 1);
}

#[test]
fn l4_a_full_disk_is_told_and_nothing_is_lost() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
    let pages: i64 = store.connection().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection().pragma_update(None, "max_page_count", pages).unwrap();
    let many: Vec<Proposal> = (0..2000).map(|_| proposal("", grant_body("1"))).collect();
    let error = store.append(&many, &rules, now()).unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::DiskFull { .. })), "{error}");
    assert_eq!(ledger.open().entries(&account("dealer")).unwrap().len(), 1);
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn l5_a_lock_that_is_not_given_up_is_told() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.connection().busy_timeout(std::time::Duration::ZERO).unwrap();
    let other = ledger.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap_err();
    assert!(matches!(error, AppendError::Store(StoreError::Locked { .. })), "{error}");
    assert_eq!(store.entries(&account("dealer")).unwrap(), [], "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    store.append(&[proposal("a", grant_body("1"))], &rules, now()).unwrap();
}

#[test]
fn l1_the_rules_of_the_engine_are_kept() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let hold = |figure| EntryBody::Hold { amount: amount(figure), expires_at: None };
    let batch = [proposal("g", grant_body("10")), proposal("h1", hold("6")), proposal("h2", hold("6"))];
    let reasons = refused(store.append(&batch, &rules, now()));
    assert_eq!((reasons.len(), reasons[0].index, reasons[0].field), (1, 2, "amount"), "{reasons:?}");
    store.append(&batch[..2], &rules, now()).unwrap();
    assert_eq!(refused(store.append(&batch[2..], &rules, now()))[0].field, "amount");
    let capture = |name: &str| proposal(name, EntryBody::Capture { hold: reference("nothing"), amount: amount("1") });
    assert_eq!(refused(store.append(&[capture("c")], &rules, now()))[0].field, "hold");
}

#[test]
fn what_does_not_fit_any_more_is_refused_inside_the_transaction() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let fitting = |name, body| Proposal::from(Draft { must_fit: true, ..draft(name, body) });
    store
        .append(
            &[proposal("g", grant_body("100")), proposal("h", EntryBody::Hold { amount: amount("10"), expires_at: None })],
            &rules,
            now(),
        )
        .unwrap();
    let batch = [fitting("a", spend_body("60")), fitting("b", spend_body("31"))];
    let reasons = refused(store.append(&batch, &rules, now()));
    assert_eq!((reasons.len(), reasons[0].index, reasons[0].field), (1, 1, "amount"), "each after those before it");
    assert_eq!(reasons[0].what, "a spend of 31 does not fit any more: 30 spendable");
    store.append(&[fitting("a", spend_body("60")), fitting("b", spend_body("30"))], &rules, now()).unwrap();
    let reasons = refused(store.append(&[fitting("c", spend_body("1"))], &rules, now()));
    assert_eq!(reasons[0].what, "a spend of 1 does not fit any more: 0 spendable");
    store.append(&[proposal("d", spend_body("5"))], &rules, now()).unwrap();
    let again = store.append(&[fitting("a", spend_body("60"))], &rules, now()).unwrap();
    assert!(again[0].already_recorded, "what is recorded need not fit a second time");
}

#[test]
fn what_others_recorded_after_the_quote_counts_against_it() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[proposal("g", grant_body("100")), proposal("theirs", spend_body("95"))], &rules, now()).unwrap();
    let earlier = t("2026-11-20T08:59:00Z");
    let grant = Draft { at: t("2026-11-01T00:00:00Z"), ..draft("g2", grant_body("20")) };
    store.append(&[grant.into()], &rules, now()).unwrap();
    store.append(&[proposal("more", spend_body("24"))], &rules, now()).unwrap();
    for body in [spend_body("20"), EntryBody::Hold { amount: amount("20"), expires_at: None }] {
        let late = Draft { at: earlier, must_fit: true, ..draft("ours", body) };
        // The clock of this process may be behind that of the other.
        for clock in [earlier, now()] {
            let reasons = refused(store.rehearse(&[late.clone().into()], &rules, clock));
            assert!(reasons[0].what.ends_with("does not fit any more: 1 spendable"), "{}", reasons[0].what);
        }
        let happened = Draft { must_fit: false, ..late };
        let hold = matches!(happened.body, EntryBody::Hold { .. });
        assert!(hold || store.rehearse(&[happened.into()], &rules, now()).is_ok(), "a spend that happened is recorded");
    }
}

#[test]
fn e7_what_comes_late_counts_at_its_own_instant() {
    let on = |day: u32, name, body| Proposal::from(Draft { at: t(&format!("2026-03-{day:02}T00:00:00Z")), ..draft(name, body) });
    let grant = |expires| match grant_body("5") {
        EntryBody::Grant(grant) => EntryBody::Grant(crate::credit::Grant { expires, ..grant }),
        other => other,
    };
    let hold = |figure| EntryBody::Hold { amount: amount(figure), expires_at: None };
    let refused_of = |batch: &[Proposal]| {
        let reasons = refused(Folder::new().open().append(batch, &rules, now()));
        reasons.into_iter().map(|reason| reason.index).collect::<Vec<_>>()
    };
    let across_a_lapse = [
        on(1, "lapses", grant(Expires::At(t("2026-03-10T00:00:00Z")))),
        on(1, "stays", grant(Expires::Never)),
        on(20, "h6", hold("6")),
        on(5, "late", spend_body("5")),
        on(21, "h5", hold("5")),
    ];
    assert_eq!(refused_of(&across_a_lapse), [2], "the late spend drew from the lot that had not lapsed then");
    let at_one_instant = [
        on(1, "s", spend_body("3")),
        on(1, "h1", hold("1")),
        on(1, "g", grant(Expires::Never)),
        on(1, "h2", hold("2")),
        on(1, "h3", hold("1")),
    ];
    assert_eq!(refused_of(&at_one_instant), [1, 4], "the spend drew from what was granted at its instant (E5)");
}
