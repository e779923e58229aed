//! The commands, driven as a person or a script drives them: the real program, in a folder of its own, over real HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't be set up should fail"
)]

mod accounts;
mod actors;
mod another_day;
mod bad_input;
mod checkpoints;
mod clocks;
mod complete;
mod definitions;
mod exit_codes;
mod faults;
mod first_look;
mod fixture;
mod guard;
mod instants;
mod journal;
mod keys;
mod late;
mod ledger;
mod other_days;
mod pipes;
mod plain_words;
mod polling;
mod pools;
mod private;
mod quote;
mod readme;
mod splits;
mod status;
mod tables;
mod typed_quotes;
mod waits;
mod warnings;
mod words;
