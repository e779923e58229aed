//! creditop: a terminal dashboard for prepaid credits.

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
