//! The dashboard: model, messages, update, view. Pure: no clock, no files, no network.
//!
//! [`update()`] takes a [`Message`] into the [`Model`] and answers with [`Effect`]s for the runtime to perform; [`view()`] draws
//! the model, and tells until when that drawing stays true. The folder is cut by screen: each has its state,
//! its actions, its update and its view together.
//!
//! A key becomes an action in the one table of `keymap`; an action is named by who does it, so that the compiler says where one is
//! not handled, and the footer asks the same place what it offers. What more than one screen is made of is in `widgets`.

mod account;
mod accounts;
mod answers;
mod ascii;
mod calculator;
mod concerns;
mod entry_words;
mod everywhere;
mod facts;
mod footer;
mod format;
mod fuzzy;
mod help;
mod keymap;
mod ledger;
mod message;
mod message_text;
mod model;
mod names;
mod outcomes;
mod overview;
mod polls;
mod requests;
mod roster;
mod scene;
mod search;
mod theme;
mod troubles;
mod update;
mod view;
mod widgets;

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
