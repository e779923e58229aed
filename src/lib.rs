//! creditop: a terminal dashboard for prepaid credits.

pub mod catalog;
pub mod config;
pub mod credit;
pub mod provider;
pub mod report;
pub mod store;
