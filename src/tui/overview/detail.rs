//! The selected account below the table: buckets, the next credit, the last 30 days.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::credit::{AccountStatus, Source};
use crate::tui::account::{buckets, forecast, history_lines};
use crate::tui::accounts::Account;
use crate::tui::format::{clean, cut_in_the_middle, wrapped};
use crate::tui::ledger;
use crate::tui::polls;
use crate::tui::scene::{ELLIPSIS, Scene};

/// The most entries in the pane.
const MOST_ENTRIES: usize = 12;

/// The pane, at most `height` lines; what matters most comes first.
pub(super) fn lines(scene: &Scene<'_>, account: &Account, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines = vec![title(scene, account, width)];
    match &account.status {
        Ok(status) => body(scene, account, status, width, height, &mut lines),
        Err(why) => {
            lines.extend(
                wrapped(&scene.private(why), width.saturating_sub(6)).into_iter().map(|text| Line::from(format!("   {text}"))),
            );
        }
    }
    if lines.len() > height && height > 1 {
        lines.truncate(height - 1);
        lines.push(Line::from(scene.dim(format!("   {} shows the rest", scene.enter()))));
    }
    lines
}

fn body(
    scene: &Scene<'_>,
    account: &Account,
    status: &AccountStatus,
    width: usize,
    height: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let roomy = height >= status.buckets.len() + 9;
    if let Some(failure) = &status.failure {
        let style = super::super::account::failure_style(scene.theme(), failure.kind);
        for text in wrapped(&scene.private(&failure.message), width.saturating_sub(6)) {
            lines.push(Line::from(Span::styled(format!("   {text}"), style)));
        }
    }
    if roomy {
        lines.push(Line::default());
    }
    lines.extend(buckets::lines(scene, status, width, height > 20));
    if status.held.is_positive() {
        let spendable = scene.figure(status.spendable);
        lines.push(Line::from(scene.text(format!("     {} held, {spendable} spendable", scene.amount(status.held)))));
    }
    if roomy {
        lines.push(Line::default());
    }
    for text in wrapped(&scene.scrubbed(account, &status.why_next), width.saturating_sub(6)) {
        lines.push(Line::from(scene.dim(format!("   {text}"))));
    }
    if roomy {
        lines.push(Line::default());
    }
    let rows = if height > lines.len() + 6 { 3 } else { 1 };
    lines.extend(history_lines(scene, account, status, width, rows));
    lines.extend(forecast(scene, status, width));
    // A tall screen has room for more of the account's story.
    let room = height.saturating_sub(lines.len() + 1);
    if room >= 4 {
        let entries = ledger::recent(scene, account, width, room.min(MOST_ENTRIES + 1));
        if !entries.is_empty() {
            lines.push(Line::default());
            lines.extend(entries);
        }
    }
}

/// `─ Studio ────── polled 12 s ago · next in 4 min ─`
fn title(scene: &Scene<'_>, account: &Account, width: usize) -> Line<'static> {
    let id = account.id().as_str();
    let name = scene.account(account);
    let name = if scene.setup.privacy || id == name { name } else { format!("{name} ({id})") };
    let pool = account.book.profile.pool.as_ref().filter(|_| !account.sharing.is_empty());
    let name = match pool {
        Some(_) if scene.setup.privacy => format!("{name} · pool"),
        Some(pool) => format!("{name} · pool {}", clean(&pool.name)),
        None => name,
    };
    // Its end has the id, or what tells it from its neighbours.
    let name = cut_in_the_middle(&name, width / 2, ELLIPSIS);
    let news = freshness(scene, account);
    let news = if news.width() + name.width() + 10 > width { String::new() } else { format!(" {news} ") };
    let used = 2 + name.width() + 2 + news.width() + 2;
    Line::from(vec![
        scene.span(" ─ ", |theme| theme.rule),
        scene.strong(name),
        Span::raw(" "),
        scene.span("─".repeat(width.saturating_sub(used + 1)), |theme| theme.rule),
        scene.dim(news),
        scene.span("─", |theme| theme.rule),
    ])
}

/// How fresh the figures are and when they are asked for again.
pub(crate) fn freshness(scene: &Scene<'_>, account: &Account) -> String {
    let Ok(status) = &account.status else { return String::new() };
    if status.source == Source::Ledger {
        let before = account.begins();
        // What is dated ahead is still to come; of the rest it counts when it was written down, not when it happened.
        let entries = account.book.entries.iter().filter(|entry| entry.at <= scene.now);
        return match entries.map(|entry| entry.recorded_at.min(scene.now)).max().or(before) {
            Some(at) => format!("kept by hand · last entry {}", scene.age(at)),
            None if account.book.entries.is_empty() => "kept by hand · no entries yet".to_owned(),
            None => "kept by hand · entries for later only".to_owned(),
        };
    }
    if let Some(standing) = polls::under_way(account) {
        return standing;
    }
    let failed = status.failure.as_ref().map(|failure| format!("failed {}", scene.age(failure.at)));
    let polled = account.book.health.last_ok_at.or(status.observed_at).map(|at| format!("polled {}", scene.age(at)));
    let next = polls::next_at(account).map(|at| match scene.coarse(at).as_str() {
        "now" => "next is due".to_owned(),
        left => format!("next in {left}"),
    });
    let parts: Vec<String> =
        [polled.or(failed).or_else(|| Some("not asked yet".to_owned())), next].into_iter().flatten().collect();
    parts.join(" · ")
}
