//! The journal, the audit and the history by bucket hold for every history of a hand-kept account (SPEC L8, E10, E13).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::property_tests::{history, rules, settings, start, steps};
use crate::credit::*;

proptest! {
    #[test]
    fn l8_the_books_of_any_history_balance(setting in settings(), steps in steps()) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        let mut book = super::tests::book((*rules).clone(), Vec::new());
        book.entries = std::sync::Arc::new(entries);
        let instants: Vec<Instant> = (0..20).map(|n| start() + TimeDelta::days(n * 9)).collect();
        for at in &instants {
            prop_assert_eq!(book.check(*at).unwrap(), None);
            let mut balances: BTreeMap<Place, Amount> = BTreeMap::new();
            let closing = book.journal(*at, |movement| {
                let mut sum = Amount::ZERO;
                for Posting { place, amount } in movement.postings {
                    if !matches!(place, Place::Held(_)) {
                        sum = sum.plus(amount).unwrap();
                    }
                    let balance = balances.entry(place).or_insert(Amount::ZERO);
                    *balance = balance.plus(amount).unwrap();
                }
                assert_eq!(sum, Amount::ZERO, "the movement at {} adds up", movement.at);
                Ok::<_, EngineError>(())
            }).unwrap();
            for Posting { place, amount } in closing {
                prop_assert_eq!(balances.get(&place).copied().unwrap_or(Amount::ZERO), amount, "{:?}", place);
            }
            let status = book.status(*at).unwrap();
            let uncovered = status.uncovered.iter().fold(Amount::ZERO, |sum, part| sum.plus(part.amount).unwrap());
            prop_assert_eq!(balances.get(&Place::Uncovered).copied().unwrap_or(Amount::ZERO), uncovered.negated());
        }
        for point in book.levels(&instants, start()).unwrap() {
            let status = book.status_at(point.at, start()).unwrap();
            prop_assert_eq!(point.total, status.total);
            for (bucket, level) in book.level_buckets().zip(point.levels) {
                let expected = status.buckets.iter().find(|other| other.id == *bucket).unwrap().remaining;
                prop_assert_eq!(level, expected, "{}", bucket);
            }
        }
    }
}
