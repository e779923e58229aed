use super::*;
use crate::credit::{Failure, FailureKind, Sighting, Unrecorded};
use crate::store::testing::{account, every_engine, now};

const MINUTE: Duration = Duration::from_mins(1);

/// Whether each of these accounts was taken.
fn taken(ledger: &Ledger, accounts: &[&str], lasting: Duration) -> Vec<bool> {
    let accounts: Vec<AccountId> = accounts.iter().map(|name| account(name)).collect();
    let wanted: Vec<(&AccountId, Duration)> = accounts.iter().map(|account| (account, lasting)).collect();
    ledger.lease(&wanted).unwrap().into_iter().map(|lease| lease == Lease::Taken).collect()
}

#[test]
fn l10_one_of_many_takes_an_account_and_others_are_told_who_and_for_how_long() {
    every_engine(|name, one| {
        let other = one.another();
        assert_eq!(taken(&one, &["dealer", "studio"], MINUTE), [true, true], "{name}");
        assert_eq!(taken(&other, &["studio", "shop", "dealer"], MINUTE), [false, true, false], "{name}");
        assert_eq!(taken(&one, &["dealer", "shop"], MINUTE), [true, false], "{name}: the holder renews its own");
        let Lease::Held { by, left } = other.lease(&[(&account("dealer"), MINUTE)]).unwrap().remove(0) else { panic!("{name}") };
        assert_eq!(by, one.holder, "{name}");
        assert!(left <= MINUTE && left > MINUTE / 2, "{name}: {left:?}");
    });
}

#[test]
fn l10_a_lease_ends_by_itself_when_it_is_given_back_or_with_what_it_was_for() {
    every_engine(|name, mut one| {
        let other = one.another();
        // Nobody gave this one back: whoever had it was killed.
        assert_eq!(taken(&one, &["dealer"], Duration::from_millis(30)), [true], "{name}");
        std::thread::sleep(Duration::from_millis(60));
        assert_eq!(taken(&other, &["dealer"], MINUTE), [true], "{name}");
        // What is another's can't be given back.
        one.end_leases(&[&account("dealer")]).unwrap();
        assert_eq!(taken(&one, &["dealer"], MINUTE), [false], "{name}");
        other.end_leases(&[&account("dealer")]).unwrap();
        assert_eq!(taken(&one, &["dealer", "studio"], MINUTE), [true, true], "{name}");
        let figures = Sighting {
            seq: Unrecorded,
            account: account("dealer"),
            at: now(),
            last_seen_at: now(),
            plan: None,
            email: None,
            subscription_ends_at: None,
            buckets: Vec::new(),
        };
        let failure =
            Failure { kind: FailureKind::NoKey, message: String::new(), at: now(), retry_at: None, or_out_of_credit: false };
        one.record_polls([(&account("dealer"), &Ok(figures)), (&account("studio"), &Err(failure))], now()).unwrap();
        assert_eq!(taken(&other, &["dealer", "studio"], MINUTE), [true, true], "{name}");
    });
}

#[test]
fn l10_leases_are_no_part_of_what_a_ledger_says() {
    every_engine(|name, mut one| {
        let said = |ledger: &Ledger| (ledger.head().unwrap(), ledger.verify(None).unwrap(), ledger.accounts().unwrap());
        let before = said(&one);
        assert_eq!(taken(&one, &["dealer"], MINUTE), [true], "{name}");
        assert_eq!(said(&one), before, "{name}");
        // A write that is not committed gives nothing back.
        one.rehearse(&[], &crate::store::testing::rules, now()).unwrap();
        assert_eq!(taken(&one.another(), &["dealer"], MINUTE), [false], "{name}");
    });
}

#[test]
fn l10_of_many_that_ask_at_once_exactly_one_takes_each_account() {
    every_engine(|name, one| {
        let accounts: Vec<String> = (0..40).map(|number| format!("a{number}")).collect();
        let wins = std::sync::Mutex::new(vec![0; accounts.len()]);
        let ledgers: Vec<Ledger> = (0..6).map(|_| one.another()).collect();
        std::thread::scope(|threads| {
            for ledger in ledgers {
                threads.spawn(|| {
                    let ledger = ledger;
                    let names: Vec<&str> = accounts.iter().map(String::as_str).collect();
                    for (index, taken) in taken(&ledger, &names, MINUTE).into_iter().enumerate() {
                        wins.lock().unwrap()[index] += usize::from(taken);
                    }
                });
            }
        });
        assert!(wins.lock().unwrap().iter().all(|wins| *wins == 1), "{name}");
    });
}
