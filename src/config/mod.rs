//! The configuration: the file, its checks, where keys come from, and where files are kept.
//!
//! All problems of a file are reported at once, each with its line, its key and a hint; no key stands in the file or
//! in anything that is printed.

mod account;
mod accounts;
mod cautions;
mod command;
mod descendants;
mod exposure;
mod files;
mod key;
mod keyring;
mod load;
mod model;
mod paths;
mod personal;
mod pools;
mod reader;
mod secret;
mod settings;
mod url;
mod values;

pub use accounts::Accounts;
pub use cautions::*;
pub use command::*;
pub use exposure::*;
pub use files::LARGEST_DEFINITION;
pub use load::*;
pub use model::*;
pub use paths::*;
pub use personal::PersonalTexts;
pub use secret::*;

/// A configuration to begin with: every key with its default. `creditop config init` writes it.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

#[cfg(test)]
mod tests;
