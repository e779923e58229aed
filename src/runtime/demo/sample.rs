//! The demo's configuration: six accounts as they stand at an instant.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::credit::Instant;

/// The zone in which the sample's people live.
pub(super) const ZONE: Tz = Tz::Europe__Berlin;

/// Seconds between polls: short, so that the gauges are seen to move.
const INTERVAL: &str = "12s";

/// The accounts that the simulator holds: id, name, provider, and the lines that only this one has.
const POLLED: [(&str, &str, &str, &str); 4] = [
    ("studio", "Studio", "imaginepro", "price_per_credit = { amount = \"0.0125\", currency = \"USD\" }\n"),
    ("studio-yearly", "Studio, yearly", "imaginepro", ""),
    ("shop-cutouts", "Shop cut-outs", "photoroom", "price_per_credit = { amount = \"0.1\", currency = \"USD\" }\n"),
    ("old-key", "Old key", "photoroom", ""),
];

/// The configuration file, for a simulator at `address` and key files named by account in `keys`.
pub(super) fn configuration(now: Instant, address: SocketAddr, keys: &Path) -> String {
    let mut text = format!(
        "# creditop demo\ntime_zone = \"{ZONE}\"\n# Credits that lapse within two weeks are worth a warning.\nlapse_days = 14\n"
    );
    for (id, name, provider, more) in POLLED {
        let key = toml::Value::String(keys.join(id).display().to_string());
        let _ = write!(
            text,
            "\n[[account]]\nid = \"{id}\"\nname = \"{name}\"\nprovider = \"{provider}\"\nkey = {{ file = {key} }}\n\
             base_url = \"http://{address}\"\ninterval = \"{INTERVAL}\"\n{more}"
        );
    }
    let _ = write!(
        text,
        "\n[[account]]\nid = \"dealer-north\"\nname = \"Dealer North\"\nprovider = \"ai-background-studio\"\n\
         plan = \"professional-plus\"\nslots = 50\nreset_day = 1\nlaunch_date = {}\nsince = {}\n\
         time_zone = \"{ZONE}\"\ncustomer = \"Nordauto\"\n",
        days_before(now, 19),
        days_before(now, 36),
    );
    let _ = write!(
        text,
        "\n[[account]]\nid = \"portraits\"\nname = \"Portraits\"\nprovider = \"pixpretty\"\nplan = \"plus\"\n\
         since = {}\nregistered = {}\ntime_zone = \"{ZONE}\"\n",
        days_before(now, 60),
        days_before(now, 64),
    );
    text
}

/// The date in the sample's zone so many days before `now`.
pub(super) fn days_before(now: Instant, days: i64) -> NaiveDate {
    let today = now.with_timezone(&ZONE).date_naive();
    today.checked_sub_signed(TimeDelta::days(days)).unwrap_or(today)
}
