//! Instants as they are typed for an option (SPEC A6).

use chrono_tz::Tz;

use crate::credit::{Instant, Toward, When};
use crate::report::{Ending, Report};

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
