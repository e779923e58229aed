//! Providers over HTTP: polls an account's endpoint, reads the answer, and plays a provider at home.

pub mod simulator;
