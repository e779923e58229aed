//! The selected account below the table: buckets, the next credit, the last 30 days.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::credit::AccountStatus;
use crate::tui::accounts::Account;
use crate::tui::facts::failure_style;
use crate::tui::format::{clean, cut_in_the_middle};
use crate::tui::polls::freshness;
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::widgets::text::paragraph;
use crate::tui::widgets::{Buckets, Entries, forecast, history};

/// The most entries in the pane.
const MOST_ENTRIES: usize = 12;

/// The pane, at most `height` lines; what matters most comes first.
pub(super) fn lines(scene: &Scene<'_>, account: &Account, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines = vec![title(scene, account, width)];
    match &account.status {
        Ok(status) => body(scene, account, status, width, height, &mut lines),
        Err(why) => lines.extend(paragraph(&scene.private(why), width, Style::default())),
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
        let style = failure_style(scene.theme(), failure.kind);
        lines.extend(paragraph(&scene.private(&failure.message), width, style));
    }
    if roomy {
        lines.push(Line::default());
    }
    lines.extend(Buckets { scene, status, lots: height > 20 }.lines(width));
    if status.held.is_positive() {
        let spendable = scene.figure(status.spendable);
        lines.push(Line::from(scene.text(format!("     {} held, {spendable} spendable", scene.amount(status.held)))));
    }
    if roomy {
        lines.push(Line::default());
    }
    lines.extend(paragraph(&scene.scrubbed(account, &status.why_next), width, scene.theme().dim));
    if roomy {
        lines.push(Line::default());
    }
    let rows = if height > lines.len() + 6 { 3 } else { 1 };
    lines.extend(history(scene, account, status, width, rows));
    lines.extend(forecast(scene, status, width));
    // A tall screen has room for more of the account's story.
    let room = height.saturating_sub(lines.len() + 1);
    if room >= 4 {
        let entries = Entries::latest(scene, account, width, room.min(MOST_ENTRIES + 1));
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
