//! Providers over HTTP: asks an account's endpoint, reads the answer, and plays a provider at home.
//!
//! A [`Client`] polls a [`Target`] by its catalog definition; [`extract()`] turns the answer's bytes into an observation;
//! [`backoff`] and [`jitter`] say how long is waited in between; the [`simulator`] answers as the real services document.

mod client;
mod echo;
mod extract;
mod failure;
mod json;
mod limits;
pub mod simulator;
mod text;

pub use client::{ANSWER_LIMIT, Client, ClientOptions, Target};
pub use extract::{AnswerError, extract};
pub use limits::{backoff, jitter};
pub use text::plain;

#[cfg(test)]
mod tests;
