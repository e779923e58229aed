//! `creditop` and `creditop demo`: the dashboard.

use super::edge::{Edge, Outcome};
use crate::report::Report;
use crate::runtime::{self, DashboardOptions};

/// Opens the dashboard on the configured accounts.
///
/// # Errors
/// A [`Report`] where the configuration, the ledger or the terminal can't be used.
pub(crate) fn dashboard(edge: &Edge) -> Result<Outcome, Report> {
    let workspace = edge.quiet_workspace()?;
    workspace.may_stamp()?;
    runtime::dashboard(workspace, options(edge)).map(Outcome::Left)
}

/// Opens the dashboard on the simulator and a sample ledger.
///
/// # Errors
/// A [`Report`] where the sample can't be set up or the terminal can't be used.
pub(crate) fn run(edge: &Edge) -> Result<Outcome, Report> {
    runtime::demo(edge.global.now, edge.global.tz, options(edge)).map(Outcome::Left)
}

fn options(edge: &Edge) -> DashboardOptions {
    DashboardOptions { colour: edge.colour, private: edge.global.private, read_only: edge.global.read_only }
}
