//! The way back: every change of the plan can be undone (SCREENS 8).

use std::collections::VecDeque;

use super::plan::{Calculator, PlannedLine};
use super::quantity::listed;
use crate::tui::accounts::Account;
use crate::tui::format::{clean, counted};
use crate::tui::scene::Scene;

/// So many changes are kept.
const KEPT: usize = 100;

/// What was done to the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// This line came.
    Added(PlannedLine),
    /// This line went.
    Removed(PlannedLine),
    /// All lines went, so many.
    Cleared(usize),
    /// This line got another quantity.
    Overwritten(PlannedLine),
    /// This line got another variant.
    Variant(PlannedLine),
}

/// The changes of the plan, each with the plan before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    before: VecDeque<Before>,
}

#[derive(Debug, Clone)]
struct Before {
    lines: Vec<PlannedLine>,
    selected: usize,
    change: Change,
}

impl Changes {
    /// Notes a change that is about to be made.
    pub(super) fn note(&mut self, lines: &[PlannedLine], selected: usize, change: Change) {
        if self.before.len() >= KEPT {
            self.before.pop_front();
        }
        self.before.push_back(Before { lines: lines.to_vec(), selected, change });
    }

    /// Forgets the last change: it has come to nothing.
    pub(super) fn drop_last(&mut self) {
        self.before.pop_back();
    }
}

impl Calculator {
    /// Whether there is a change to undo.
    pub(crate) fn can_undo(&self) -> bool {
        self.changes.before.iter().any(|before| !is_same(&before.lines, &self.lines))
    }

    /// Whether the last change took something away, so that the way back is offered even where letters are text.
    pub(crate) fn has_lost(&self) -> bool {
        let last = self.changes.before.back().map(|before| &before.change);
        matches!(last, Some(Change::Removed(_) | Change::Cleared(_) | Change::Overwritten(_)))
    }

    /// What the last change took away, and how it comes back; `None` where it took nothing.
    pub(super) fn lost_words(&self, scene: &Scene<'_>, accounts: &[Account]) -> Option<String> {
        match &self.changes.before.back()?.change {
            Change::Removed(line) => Some(format!("Removed {} · z brings it back", words(scene, line, accounts))),
            Change::Cleared(lines) => {
                Some(format!("Emptied the plan of {} · z brings it back", counted(*lines, "line", "lines")))
            }
            Change::Overwritten(_) | Change::Added(_) | Change::Variant(_) => None,
        }
    }

    /// Undoes the last change; gives what it was, `None` where there is none.
    pub(super) fn undo(&mut self, accounts: &[Account]) -> Option<Change> {
        self.end_typing();
        while let Some(Before { mut lines, selected, change }) = self.changes.before.pop_back() {
            lines.retain(|line| accounts.iter().any(|account| *account.id() == line.account));
            if !is_same(&lines, &self.lines) {
                self.lines = lines;
                self.select(selected);
                return Some(change);
            }
        }
        None
    }
}

fn is_same(one: &[PlannedLine], other: &[PlannedLine]) -> bool {
    let said = |line: &PlannedLine| (line.account.clone(), line.action.clone(), line.variant.clone(), line.quantity);
    one.iter().map(said).eq(other.iter().map(said))
}

/// `60 Imagine (Midjourney)`.
fn words(scene: &Scene<'_>, line: &PlannedLine, accounts: &[Account]) -> String {
    format!("{} {}", scene.amount(line.quantity), name(line, accounts))
}

/// What a line's action is called.
pub(super) fn name(line: &PlannedLine, accounts: &[Account]) -> String {
    listed(line, accounts).map_or_else(|| line.action.to_string(), |action| clean(&action.name))
}

/// What an undone change has brought back.
pub(super) fn back(scene: &Scene<'_>, change: &Change, accounts: &[Account]) -> String {
    match change {
        Change::Added(line) => format!("{} is out of the plan again", words(scene, line, accounts)),
        Change::Removed(line) => format!("{} is back", words(scene, line, accounts)),
        Change::Cleared(lines) => format!("The plan of {} is back", counted(*lines, "line", "lines")),
        Change::Overwritten(line) => format!("{} again", words(scene, line, accounts)),
        Change::Variant(line) => format!("{} again", name(line, accounts)),
    }
}
