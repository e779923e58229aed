//! Whole screens as golden text, keys with their effects, and what must hold for any input.

mod any_input;
mod calculator;
pub(crate) mod drive;
mod entries;
mod every_key;
mod filter;
mod form;
mod glance;
mod golden;
mod happened;
mod keys;
mod many;
mod older;
mod outcomes;
mod plan_keys;
mod polls;
mod pools;
mod privacy;
mod read_only;
mod requests;
mod selection;
mod troubles;
mod typing;
mod waking;
mod widths;
mod words;
