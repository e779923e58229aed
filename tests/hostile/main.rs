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
mod chance;
mod command_lines;
#[path = "../cli/fixture.rs"]
#[expect(dead_code, reason = "shared with the tests of the commands, which need more of it")]
mod fixture;
mod keys;
#[path = "../pty/mod.rs"]
#[expect(dead_code, reason = "shared with the tests of the dashboard, which need more of it")]
mod pty;
mod scarce;
mod server;
mod signals;
mod wire;
