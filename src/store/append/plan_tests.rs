//! Large batches that come in no order: what is found out beforehand is what would be found line by line (S6).

use std::cell::Cell;
use std::time::Duration;

use fastrand::Rng;

use super::tests::refused;
use super::*;
use crate::store::testing::{Folder, account, amount, bucket, draft, grant_body, now, proposal, reference, rules, spend_body, t};

fn at(minute: usize, name: &str, body: EntryBody) -> Proposal {
    let at = t("2026-01-01T00:00:00Z") + chrono::TimeDelta::minutes(i64::try_from(minute).unwrap());
    Draft { at, ..draft(name, body) }.into()
}

fn adjust(figure: &str) -> EntryBody {
    EntryBody::Adjust { bucket: bucket("purchased"), amount: amount(figure) }
}

/// Back-dated adjustments in no order, up and down by one.
fn shuffled(count: usize) -> Vec<Proposal> {
    let mut all: Vec<Proposal> =
        (0..count).map(|number| at(number, &format!("a{number}"), adjust(["1", "-1"][number % 2]))).collect();
    Rng::with_seed(7).shuffle(&mut all);
    all
}

#[test]
fn s06_another_writer_gets_in_while_a_large_batch_is_looked_at() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[at(0, "g", grant_body("1000"))], &rules, now()).unwrap();
    let wrote = Cell::new(0);
    // The accounts' rules are asked for when a batch begins to be looked at.
    let meanwhile = |id: &AccountId| {
        if wrote.get() == 0 {
            wrote.set(1);
            let mut other = Ledger::open_waiting(&ledger.data_dir(), Duration::ZERO).unwrap();
            other.append(&[proposal("theirs", spend_body("1"))], &rules, now()).unwrap();
            wrote.set(2);
        }
        rules(id)
    };
    let batch = shuffled(300);
    let done = store.append(&batch, &meanwhile, now()).unwrap();
    assert_eq!(wrote.get(), 2, "the other writer did not wait for the batch");
    assert_eq!((done[0].seq, done.len()), (Seq(3), 300), "and was there first");
    assert_eq!(store.verify(None).unwrap().flaws, []);
}

#[test]
fn s06_what_others_took_meanwhile_is_not_taken_twice() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.append(&[at(0, "g", grant_body("10"))], &rules, now()).unwrap();
    let first = Cell::new(true);
    let meanwhile = |id: &AccountId| {
        if first.replace(false) {
            let mut other = Ledger::open_waiting(&ledger.data_dir(), Duration::ZERO).unwrap();
            other.append(&[proposal("theirs", adjust("-10"))], &rules, now()).unwrap();
        }
        rules(id)
    };
    let mut batch = shuffled(300);
    batch.push(at(500, "ours", EntryBody::Hold { amount: amount("4"), expires_at: None }));
    let refusal = refused(store.append(&batch, &meanwhile, now()));
    assert_eq!(refusal.last().map(|last| (last.index, last.field)), Some((300, "amount")), "{refusal:?}");
    assert_eq!(store.entries(&account("dealer")).unwrap().len(), 2);
}

/// Entries of all kinds at any time, in no order; most of them can be.
fn random(rng: &mut Rng, count: usize) -> Vec<Proposal> {
    let mut all = vec![at(0, "g", grant_body("400"))];
    for number in 1..count {
        let minute = rng.usize(1..1000);
        let small = rng.u32(1..6).to_string();
        let earlier = format!("n{}", rng.usize(0..number));
        let body = match rng.u8(0..12) {
            0..=2 => spend_body(&small),
            3 | 4 => EntryBody::Hold { amount: amount(&small), expires_at: None },
            5 => EntryBody::Capture { hold: reference(&earlier), amount: amount("1") },
            6 => EntryBody::Release { hold: reference(&earlier) },
            7 => EntryBody::Reverse { reverses: reference(&earlier) },
            8 => EntryBody::Observe { bucket: bucket("bonus"), remaining: amount(&small) },
            9 => adjust(&format!("-{small}")),
            10 => adjust(&small),
            _ => grant_body(&small),
        };
        all.push(at(minute, &format!("n{number}"), body));
    }
    all
}

/// What a batch comes to line by line: never all of it at once.
fn line_by_line(store: &mut Ledger, batch: &[Proposal]) -> Result<Vec<Appended>, Vec<Refused>> {
    let refused_lines: Vec<Refused> = match store.rehearse(
        &[
            batch,
            &[proposal("now", spend_body("0"))].map(|mut last| {
                // What must fit into what is there now can't be looked at beforehand.
                last.draft.must_fit = true;
                last
            }),
        ]
        .concat(),
        &rules,
        now(),
    ) {
        Ok(mut done) => {
            done.pop();
            return Ok(done);
        }
        Err(AppendError::Refused(refused)) => refused,
        Err(error) => panic!("{error}"),
    };
    Err(refused_lines)
}

#[test]
fn s06_a_large_batch_comes_to_what_it_comes_to_line_by_line() {
    let (mut right, mut wrong) = (0, 0);
    for seed in 0..30 {
        let mut rng = Rng::with_seed(seed);
        let ledger = Folder::new();
        let mut store = ledger.open();
        // Only what can be recorded, one by one, so that some batches are right.
        let mut lines: Vec<Proposal> = Vec::new();
        let stood = rng.usize(1..30);
        for (number, line) in random(&mut rng, 300).into_iter().enumerate() {
            if number < stood {
                let _ = store.append(&[line], &rules, now());
            } else {
                lines.push(line);
            }
        }
        if seed % 3 > 0 {
            // Of many batches only the lines that can be recorded.
            while let Err(refused) = line_by_line(&mut store, &lines) {
                let bad: std::collections::HashSet<usize> = refused.iter().map(|refused| refused.index).collect();
                let mut index = 0;
                lines.retain(|_| {
                    index += 1;
                    !bad.contains(&(index - 1))
                });
            }
        }
        let expected = line_by_line(&mut store, &lines);
        match (store.append(&lines, &rules, now()), expected) {
            (Ok(done), Ok(expected)) => {
                right += 1;
                assert_eq!(done, expected, "seed {seed}");
            }
            (Err(AppendError::Refused(refused)), Err(expected)) => {
                wrong += 1;
                assert_eq!(refused, expected, "seed {seed}");
            }
            (got, expected) => panic!("seed {seed}: {got:?}, line by line {expected:?}"),
        }
        assert_eq!(store.verify(None).unwrap().flaws, []);
    }
    assert!(right > 5 && wrong > 5, "{right} right, {wrong} wrong");
}
