//! Instants as they are typed for an option (SPEC A6).

use chrono_tz::Tz;

use crate::credit::{AccountId, Instant, Toward, When};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;

/// Another day to look at (SPEC A5): figures are projected to it by what is known now, and nothing is written.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct AtArgs {
    /// Look at another day, past or future: a day, a time, -3d, +2w, or the coming fri; nothing is written by it.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub at: Option<When>,
}

impl AtArgs {
    /// The instant that is looked at: `now` where none was named. A day is one of the account's own zone where a single account
    /// is asked about, else of the zone that times are shown in.
    ///
    /// # Errors
    /// As [`resolve`]; a [`Report`] for an unknown account.
    pub(crate) fn instant(self, workspace: &Workspace, ids: &[AccountId], now: Instant) -> Result<Instant, Report> {
        let Some(when) = self.at else { return Ok(now) };
        let zone = match ids {
            [only] => workspace.account(only.as_str())?.rules.zone,
            _ => workspace.zone(),
        };
        resolve("--at", when, now, zone, Toward::Future)
    }
}

/// The instant that is meant by what was typed for `option`, in the zone of the account that it is about; where no account is named,
/// in the zone that times are shown in.
///
/// # Errors
/// A [`Report`] outside the years 1970 to 2199.
pub(crate) fn resolve(option: &str, typed: When, now: Instant, zone: Tz, toward: Toward) -> Result<Instant, Report> {
    typed
        .instant(now, zone, toward)
        .map_err(|error| Report::new(Ending::Usage, format!("{option} {typed} is {error}")).hint("write a day, like 2026-11-20"))
}
