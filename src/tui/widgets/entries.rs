//! Entries of the ledger as a table.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::list::marker;
use crate::credit::{ExplainedEntry, Instant};
use crate::tui::accounts::Account;
use crate::tui::entry_words::{self, drawn, remark};
use crate::tui::format::{cut, left, right};
use crate::tui::names::of_accounts;
use crate::tui::scene::{ELLIPSIS, Scene};

/// A table of entries: the widths that all its rows share; 0 where a column fell away.
pub(crate) struct Entries {
    width: usize,
    date: usize,
    account: usize,
    amount: usize,
    drew: usize,
    /// What the accounts are called in their column, by their places.
    names: Vec<String>,
}

impl Entries {
    pub(crate) fn new(scene: &Scene<'_>, width: usize, rows: &[(&(&Account, &ExplainedEntry), &String)], all: bool) -> Self {
        let narrow = width < 60;
        let most = |text: &dyn Fn(&Account, &ExplainedEntry) -> String| {
            rows.iter().map(|((account, explained), _)| text(account, explained).width()).max().unwrap_or(0)
        };
        let date = if narrow { 6 } else { most(&|_, explained| scene.date(explained.entry.at)).max(4) };
        let amount = rows.iter().map(|(_, amount)| amount.width()).max().unwrap_or(0).clamp(6, 24);
        let account = if all && !narrow { (width / 6).min(20) } else { 0 };
        let used = 3 + date + 2 + 8 + 2 + amount + 2 + if account > 0 { account + 2 } else { 0 };
        let drew = most(&|account, explained| drawn(scene, account, explained)).max(10);
        let drew = if narrow { 0 } else { drew.min(width.saturating_sub(used) / 2) };
        Self { width, date, account, amount, drew, names: Vec::new() }
    }

    /// Has room for the names of accounts: gives them in their places.
    pub(crate) fn named(self, scene: &Scene<'_>, accounts: &[Account]) -> Self {
        let names = if self.account > 0 { of_accounts(scene, accounts, self.account) } else { Vec::new() };
        Self { names, ..self }
    }

    /// An account's latest entries with their heading, at most `most` lines; nothing where there are none.
    pub(crate) fn latest(scene: &Scene<'_>, account: &Account, width: usize, most: usize) -> Vec<Line<'static>> {
        let newest = account.recent().iter().rev().take(most.saturating_sub(1));
        let rows: Vec<(&Account, &ExplainedEntry)> = newest.map(|explained| (account, explained)).collect();
        let amounts: Vec<String> = rows.iter().map(|(_, explained)| entry_words::amount(scene, &explained.entry.body)).collect();
        let shown: Vec<_> = rows.iter().zip(&amounts).collect();
        if shown.is_empty() {
            return Vec::new();
        }
        let grid = Self::new(scene, width, &shown, false);
        let rows = shown.into_iter().map(|((account, explained), amount)| grid.row(scene, account, explained, amount, false));
        std::iter::once(grid.heading(scene)).chain(rows).collect()
    }

    pub(crate) fn heading(&self, scene: &Scene<'_>) -> Line<'static> {
        let titles = [("When", self.date), ("Account", self.account), ("Kind", 8)];
        let mut cells: Vec<String> =
            titles.into_iter().filter(|(_, width)| *width > 0).map(|(title, width)| left(title, width, ELLIPSIS)).collect();
        cells.push(right("Amount", self.amount, ELLIPSIS));
        if self.drew > 0 {
            cells.push(left("Drawn from", self.drew, ELLIPSIS));
        }
        Line::from(scene.dim(format!("   {}  Note", cells.join("  "))))
    }

    pub(crate) fn row(
        &self,
        scene: &Scene<'_>,
        account: &Account,
        explained: &ExplainedEntry,
        amount: &str,
        selected: bool,
    ) -> Line<'static> {
        let theme = scene.theme();
        let entry = &explained.entry;
        let reversed = explained.reversed_by.is_some();
        let marker = marker(scene, selected, 1);
        let date = if self.width < 60 { short_date(scene, entry.at) } else { scene.date(entry.at) };
        let mut spans = vec![marker, scene.dim(right(&date, self.date, ELLIPSIS)), Span::raw("  ")];
        if self.account > 0 {
            let name = self.names.get(account.number.saturating_sub(1)).map_or("", String::as_str);
            spans.push(scene.text(left(name, self.account, ELLIPSIS)));
            spans.push(Span::raw("  "));
        }
        let style = if reversed { theme.dim } else { theme.text };
        spans.push(Span::styled(left(entry.body.kind().word(), 8, ELLIPSIS), style));
        spans.push(Span::raw("  "));
        spans.push(Span::styled(right(amount, self.amount, ELLIPSIS), if reversed { theme.dim } else { theme.strong }));
        spans.push(Span::raw("  "));
        if self.drew > 0 {
            spans.push(scene.dim(left(&drawn(scene, account, explained), self.drew, ELLIPSIS)));
            spans.push(Span::raw("  "));
        }
        if explained.uncovered.is_positive() {
            spans.push(Span::styled(format!("{} not covered  ", scene.amount(explained.uncovered)), theme.look));
        }
        if reversed {
            spans.push(Span::styled("reversed  ", theme.look));
        }
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(scene.dim(cut(&remark(scene, account, explained), self.width.saturating_sub(used + 1), ELLIPSIS)));
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(Span::raw(" ".repeat(self.width.saturating_sub(used))));
        let line = Line::from(spans);
        if selected { line.patch_style(theme.selected) } else { line }
    }
}

fn short_date(scene: &Scene<'_>, at: Instant) -> String {
    let date = scene.date(at);
    date.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
