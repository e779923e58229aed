//! creditop: a terminal dashboard for prepaid credits.

pub mod catalog;
pub mod credit;
pub mod report;
pub mod tui;
