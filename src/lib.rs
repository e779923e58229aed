//! creditop: a terminal dashboard for prepaid credits.
//!
//! It polls the account endpoints of services that sell credits, keeps a ledger of what no endpoint tells, and answers what is left
//! and in which bucket, when it resets or lapses, and what a piece of work would cost.
//!
//! # The house
//! ```text
//!               main → cli → runtime ─┬→ tui ──────┐
//!                                     ├→ provider ─┼→ catalog → credit
//!                                     ├→ store ────┘
//!                                     └→ config
//!
//!  keys, polls ──Message──▶ tui::update ──▶ Effects ──▶ runtime performs ──Message──▶ …
//!                               └─▶ tui::view(&model, frame)
//!
//!  cli, runtime ──▶ store::Ledger   the rules of recording: what is admitted, refs, checkpoints, verify, import, export
//!                        │          no SQL and no driver's type above this line
//!                        ▼
//!                   store::engine   rows of one database each
//! ```
//! Data travels one way: bytes; from them [`provider`] extracts an observation, by a definition of [`catalog`]; [`credit`] makes
//! balances, forecasts and quotes of observations and of the entries that [`store`] keeps; [`tui`] and [`cli`] show them.
//!
//! | module | is | may use |
//! |---|---|---|
//! | `credit` | the engine: amounts, lots, schedules, the fold, quotes, forecasts. No clock, no I/O, no floats | |
//! | `files` | opening files so that nothing waits for ever | |
//! | `report` | what went wrong, for people: kind, message, hint | |
//! | `spreadsheet` | the guard against cells that a spreadsheet would run | |
//! | `strict_json` | JSON that has one meaning only | |
//! | `catalog` | definitions of providers: parsing, checks, prices | `credit` |
//! | `provider` | the network: asking an endpoint, what failed, the simulator | `catalog`, `credit`, `strict_json` |
//! | `store` | the ledger above any database, and the engines below it | `credit`, `files`, `spreadsheet`, `strict_json` |
//! | `config` | the configuration, where keys come from, folders | `catalog`, `credit`, `files` |
//! | `tui` | the screens: a pure update and a pure view | `catalog`, `credit` |
//! | `runtime` | the clock, the poller, the terminal, and the loop that performs what screens wish | `catalog`, `config`, `credit`, `files`, `provider`, `report`, `store`, `tui` |
//! | `cli` | the commands, one file each: tables, JSON, CSV | `catalog`, `config`, `credit`, `files`, `provider`, `report`, `runtime`, `spreadsheet`, `store` |
//!
//! `tests/architecture` reads this table and every source file, and fails on an arrow that is not in it.
//!
//! # The rules
//! They have names, in comments and in the names of tests, so that each is found from its proof and the other way round:
//! *A* amounts and time, *E* the engine, *L* the ledger, *P* polling, *S* what a hostile server, file or machine must not bring about.
//! - `now` is an argument (A4). Whoever needs the clock is in [`runtime`], and hands it on.
//! - An amount is exact, or it is refused (A1). Unknown, unlimited and zero are three values (E9).
//! - Nothing in the ledger is changed or deleted (L1), and a ref stands for one content (L2).
//! - A checkpoint changes what an answer costs, never the answer (E7).
//! - Text from outside is data: it is cleaned before it reaches a screen (P6), and a key never leaves its wrapper.
//! - Errors are typed inside; one [`report::Report`] at the edge says what failed, why, and one thing to do.
//!
//! # To add
//! - **a provider**: a file in `assets/providers` and its name in `catalog::builtin`; [`catalog`] describes the format. No other Rust.
//! - **a rule**: a scenario in `tests/scenarios` that fails, then the fold in [`credit`], then the slow oracle in `tests/oracle`.
//! - **a screen**: a folder in `src/tui` with its state, its update and its view; a `Screen` in `tui::model`; goldens in `tui::tests`.
//! - **a command**: a file in `src/cli` with its arguments and `run`; a line in `cli::Command`; a test in `tests/cli`.
//! - **an engine**: a folder in `src/store/engine` with its `Read` and `Write`; an arm in `Engine`; it passes `engine::conformance`.
//!
//! `CONTRIBUTING.md` goes through each of them step by step.

pub mod catalog;
pub mod cli;
pub mod config;
pub mod credit;
mod files;
pub mod provider;
pub mod report;
pub mod runtime;
mod spreadsheet;
pub mod store;
mod strict_json;
pub mod tui;
