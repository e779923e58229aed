//! What the ledger survives: kills, power loss, full and read-only disks, damage, other processes, other releases.
//!
//! Much of this is chance, so the seed is printed. `CREDITOP_CRASH_SEED` repeats a run's choices (not its timing), and
//! `CREDITOP_CRASH_RUNS` says how often the random tests repeat themselves: 20 kills by default, hundreds where there is time.
//! `CREDITOP_HOSTILE_RUNS` says how many damaged ledgers `verify` is held against: 30 by default.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't be set up should fail"
)]

mod chance;
mod checkpoints;
mod child;
mod damage;
#[path = "../cli/fixture.rs"]
#[expect(dead_code, reason = "shared with the tests of the commands, which need more of it")]
mod fixture;
mod full_disk;
mod kills;
mod migrations;
mod other_writers;
mod power_loss;
mod read_only;
mod recording;
mod tampering;
