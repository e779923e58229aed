//! Every scenario kept as double-entry books, replayed step by step and asked for many instants at once (SPEC L8, E10, E13).

use std::collections::BTreeMap;

use creditop::credit::{Amount, Book, EngineError, Figure, Instant, Motive, Place, Posting};

use crate::book;
use crate::{file, scenarios};

/// The books of every scenario with the instants at which something is expected of them.
fn books() -> Vec<(String, Book, Vec<Instant>)> {
    let of = |(path, scenario): (std::path::PathBuf, file::Scenario)| {
        let mut instants: Vec<Instant> = scenario.expect.iter().map(|expect| expect.at.instant()).collect();
        instants.sort_unstable();
        instants.dedup();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), book::build(&scenario), instants)
    };
    scenarios().into_iter().map(of).collect()
}

fn sum(postings: impl Iterator<Item = Amount>) -> Amount {
    postings.fold(Amount::ZERO, |sum, amount| sum.plus(amount).unwrap())
}

#[test]
fn every_scenario_is_sound() {
    for (name, book, instants) in books() {
        for at in instants {
            assert_eq!(book.check(at).unwrap(), None, "{name} at {at}");
        }
    }
}

#[test]
fn l8_every_movement_adds_up_to_what_the_status_says() {
    for (name, book, instants) in books() {
        for at in instants {
            let mut balances: BTreeMap<Place, Amount> = BTreeMap::new();
            let mut last = None;
            let closing = book
                .journal(at, |movement| {
                    assert!(last.is_none_or(|last| last <= movement.at), "{name}: in the order of time");
                    last = Some(movement.at);
                    let real = movement.postings.iter().filter(|posting| !matches!(posting.place, Place::Held(_)));
                    assert_eq!(sum(real.map(|posting| posting.amount)), Amount::ZERO, "{name}: {movement:?}");
                    for Posting { place, amount } in movement.postings {
                        let balance = balances.entry(place).or_insert(Amount::ZERO);
                        *balance = balance.plus(amount).unwrap();
                    }
                    Ok::<_, EngineError>(())
                })
                .unwrap();
            for Posting { place, amount } in closing {
                assert_eq!(balances.get(&place).copied().unwrap_or(Amount::ZERO), amount, "{name} at {at}: {place:?}");
            }
            let status = book.status_at(at, at).unwrap();
            for bucket in &status.buckets {
                let held =
                    balances.iter().filter(|(place, _)| matches!(place, Place::Lot { bucket: id, .. } if *id == bucket.id));
                let held = sum(held.map(|(_, amount)| *amount));
                assert_eq!(held, bucket.known, "{name} at {at}: {}", bucket.id);
            }
            let holds = balances.iter().filter(|(place, _)| matches!(place, Place::Held(_)));
            assert_eq!(sum(holds.map(|(_, amount)| *amount)), status.held, "{name} at {at}");
        }
    }
}

#[test]
fn e13_a_history_has_the_figures_of_the_status_at_each_instant() {
    for (name, book, instants) in books() {
        let Some(present) = instants.first().copied() else { continue };
        let points = book.levels(&instants, present).unwrap();
        assert_eq!(points.len(), instants.len());
        let buckets: Vec<_> = book.level_buckets().cloned().collect();
        for point in points {
            let status = book.status_at(point.at, present).unwrap();
            assert_eq!(point.total, status.total, "{name} at {}", point.at);
            let found: BTreeMap<_, Figure> = buckets.iter().zip(point.levels).collect();
            let expected: BTreeMap<_, Figure> = status.buckets.iter().map(|bucket| (&bucket.id, bucket.remaining)).collect();
            assert_eq!(found, expected, "{name} at {}", point.at);
        }
    }
}

#[test]
fn e4_what_rolls_over_is_not_granted_anew() {
    let (_, book, instants) = books().into_iter().find(|(name, ..)| name == "e04-rollover").unwrap();
    let mut resets = 0;
    book.journal(instants[instants.len() - 1], |movement| {
        if movement.motive == Motive::Reset {
            resets += 1;
            let adjusted = movement.postings.iter().any(|posting| matches!(posting.place, Place::Adjusted(_)));
            assert!(!adjusted, "{movement:?}");
        }
        Ok::<_, EngineError>(())
    })
    .unwrap();
    assert!(resets > 0);
}
