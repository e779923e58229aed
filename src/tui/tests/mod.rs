//! Whole screens as golden text, keys with their effects, and what must hold for any input.

mod any_input;
pub(crate) mod drive;
mod golden;
mod keys;
mod waking;
