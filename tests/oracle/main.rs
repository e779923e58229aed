//! A second engine, deliberately naive, held against the real one over random histories.
//!
//! The oracle in [`naive`] shares nothing with the engine but ids and the types in which accounts and entries are told. It
//! moves single credits, one at a time, from instant to instant, and finds the days of resets by looking at a zone's clock.
//! Histories are of hand-kept accounts: lots with their own effective instants, expiries and priorities, resets on any day of
//! the month in several zones, changes of plan, gifts for a window, holds, captures, releases, reversals of everything,
//! back-dated entries, observations, adjustments, unlimited and unknown buckets.
//!
//! `CREDITOP_ORACLE_RUNS` sets the number of histories (300), `CREDITOP_ORACLE_SEED` the first seed (drawn at random and
//! printed on failure): `CREDITOP_ORACLE_SEED=7 CREDITOP_ORACLE_RUNS=1 cargo test --test oracle` repeats one.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod clock;
mod history;
mod naive;

use creditop::credit::{Book, ExplainedEntry, Figure, Instant, print_instant};
use history::History;
use naive::{Naive, Picture};

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")))
}

#[test]
fn the_engine_and_the_oracle_agree() {
    let runs = setting("CREDITOP_ORACLE_RUNS").unwrap_or(300);
    let first = setting("CREDITOP_ORACLE_SEED").unwrap_or_else(|| fastrand::u64(..1 << 48));
    let mut compared = 0;
    for seed in first..first + runs {
        let history = history::random(seed);
        if history.is_ambiguous() {
            continue;
        }
        compared += 1;
        if let Err(difference) = compare(&history) {
            panic!("CREDITOP_ORACLE_SEED={seed}\n{history}\n{difference}");
        }
    }
    assert!(compared * 10 >= runs * 9, "most histories must be comparable: {compared} of {runs}");
}

/// Holds both engines against each other: every bucket at several instants, and every entry at the end.
fn compare(history: &History) -> Result<(), String> {
    let book = history.book();
    let mut naive = Naive::new(&history.rules, &history.entries);
    for at in &history.checkpoints {
        naive.run(*at);
        same(&format!("at {}", print_instant(*at)), &picture_of_engine(&book, *at), &naive.picture())?;
    }
    let last = *history.checkpoints.last().unwrap();
    let explained = book.explained(last).unwrap();
    for entry in &explained {
        let name = &entry.entry.reference;
        same(&format!("entry {name}"), &paid_by_engine(entry), &naive.paid(name.as_str()))?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, oracle: &T) -> Result<(), String> {
    if engine == oracle { Ok(()) } else { Err(format!("{what}\nengine {engine:#?}\noracle {oracle:#?}")) }
}

fn text(figure: Figure) -> String {
    match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    }
}

fn paid_by_engine(entry: &ExplainedEntry) -> Vec<String> {
    let lot = |draw: &creditop::credit::Draw| format!("{} from {}", draw.amount, draw.lot.as_ref().unwrap());
    let mut all: Vec<String> = entry.draws.iter().map(lot).collect();
    all.push(format!("uncovered {} unknown {}", entry.uncovered, entry.unknown));
    all
}

fn picture_of_engine(book: &Book, at: Instant) -> Picture {
    let status = book.status(at).unwrap();
    let mut buckets = Vec::new();
    for bucket in &status.buckets {
        let resets = bucket.resets_at.map(print_instant).unwrap_or_default();
        let capacity = bucket.capacity.map(text).unwrap_or_default();
        let (remaining, known) = (text(bucket.remaining), bucket.known);
        buckets.push(format!("{}: {remaining} known {known} of {capacity} resets {resets}", bucket.id));
        for lot in &bucket.lots {
            let until = lot.expires_at.map(print_instant).unwrap_or_default();
            let from = print_instant(lot.effective_at);
            let (remaining, granted) = (text(lot.remaining), text(lot.granted));
            let place = lot.draw_order.map(|place| place.to_string()).unwrap_or_default();
            buckets.push(format!("{} {} #{place} {remaining} of {granted} {from} to {until}", bucket.id, lot.reference));
        }
    }
    buckets.sort();
    let uncovered = status.uncovered.iter().map(|spend| format!("{} {}", spend.reference, spend.amount)).collect();
    let holds = status.holds.iter().map(|hold| format!("{} {}", hold.reference, hold.amount)).collect();
    let totals = [text(status.total), text(status.known_total), status.held.to_string(), text(status.spendable)];
    Picture { totals, buckets, uncovered, holds }
}
