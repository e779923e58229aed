//! The dashboard: model, messages, update, view. Pure: no clock, no files, no network.
//!
//! [`update()`] takes a [`Message`] into the [`Model`] and answers with [`Effect`]s for the runtime to perform; [`view()`] draws
//! the model, and tells until when that drawing stays true. The folder is cut by screen: each has its state,
//! its update and its view together.

mod account;
mod accounts;
mod ascii;
mod calculator;
mod concerns;
mod confirm;
mod field;
mod format;
mod fuzzy;
mod gauge;
mod help;
pub mod keymap;
mod ledger;
mod message;
mod message_text;
mod model;
mod names;
mod outcomes;
mod overlay;
mod overview;
mod picker;
mod polls;
mod requests;
mod roster;
mod scene;
mod search;
mod spark;
mod text_box;
mod theme;
mod troubles;
mod update;
mod view;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use message::{Effect, Message, NextPoll, Pace, PollPhase, Wished};
pub use model::{Model, Setup};
pub use polls::looked_at;
pub use requests::RequestId;
pub use theme::Theme;
pub use update::update;
pub use view::{Drawn, view};
