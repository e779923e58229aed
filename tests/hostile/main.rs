//! What creditop withstands: servers that mean harm, keys pressed at random, command lines that nobody would type.
//!
//! Kills, power loss, damaged files and full disks are in `tests/crash`. Much of this is chance, so the seed is printed with every
//! failure: `CREDITOP_HOSTILE_SEED` repeats a run's choices, and `CREDITOP_HOSTILE_RUNS` multiplies how much is tried (1 by default).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't be set up should fail"
)]

mod answers;
mod bodies;
#[path = "../cli/desk.rs"]
#[expect(dead_code, reason = "shared with the tests of the commands, which need more of it")]
mod desk;
mod scarce;
mod server;
mod wire;

/// How often a random test repeats itself: so many times, times `CREDITOP_HOSTILE_RUNS`.
fn runs(usual: usize) -> usize {
    let times = std::env::var("CREDITOP_HOSTILE_RUNS").ok();
    usual * times.map_or(1, |text| text.parse().unwrap_or_else(|_| panic!("CREDITOP_HOSTILE_RUNS is {text:?}, not a number")))
}
