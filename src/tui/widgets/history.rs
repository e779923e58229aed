//! How an account's total went of late, how fast it goes, and how long it lasts.

use chrono::TimeDelta;
use ratatui::text::Line;

use super::spark;
use super::text::paragraph;
use crate::credit::{AccountStatus, wording};
use crate::tui::accounts::{Account, HISTORY_DAYS};
use crate::tui::scene::Scene;

/// The last 30 days as bars, with the burn per day, and under them what polls show to have happened.
pub(crate) fn history(
    scene: &Scene<'_>,
    account: &Account,
    status: &AccountStatus,
    width: usize,
    rows: u16,
) -> Vec<Line<'static>> {
    let history = account.history();
    if history.is_empty() || width < 50 {
        return Vec::new();
    }
    let columns = if width >= 90 { 60 } else { 30 };
    // On a low screen the bars are one row, and there is no room to say more.
    let marks = spark::marks(scene, history, &status.notable_events(), columns).filter(|_| rows > 1);
    let burn = format!("   {}", wording::pace_in_short(status, scene));
    let bars = spark::lines(scene, history, columns, rows);
    let last = bars.len().saturating_sub(1);
    let rows = bars.into_iter().enumerate().map(|(row, mut bar)| {
        let label = if row == last { format!("   {HISTORY_DAYS} days  ") } else { " ".repeat(12) };
        bar.spans.insert(0, scene.dim(label));
        if row == last {
            bar.spans.push(scene.text(burn.clone()));
        }
        bar
    });
    rows.chain(marks.into_iter().flat_map(|marks| spark::with_legend(marks, 12, width))).collect()
}

/// When it runs out, and what lapses unused.
pub(crate) fn forecast(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let theme = scene.theme();
    let lasts = wording::lasts(status, scene).map(|text| paragraph(&format!("{text}."), width, theme.text));
    let lapses = status.forecast.lapses.iter().flat_map(|lapse| {
        let soon = lapse.at - scene.now < TimeDelta::days(7);
        let text = format!("{}.", wording::lapse(status, lapse, scene));
        paragraph(&text, width, if soon { theme.look } else { theme.text })
    });
    lasts.into_iter().flatten().chain(lapses).collect()
}
