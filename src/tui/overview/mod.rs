//! All accounts at a glance.

mod detail;
mod table;
mod view;

pub(crate) use detail::freshness;
pub(crate) use view::draw;

use super::field::Field;
use super::fuzzy;
use super::keymap::Action;
use super::model::{Model, Screen};
use super::picker::search_text;
use super::update::show;

/// The filter of the overview.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overview {
    pub(crate) filter: Field,
    /// Whether the filter has the focus.
    pub(crate) filtering: bool,
}

/// The places of the accounts that the filter lets through, in the configuration's order.
pub(crate) fn visible(model: &Model) -> Vec<usize> {
    if model.overview.filter.is_empty() {
        return (0..model.accounts.len()).collect();
    }
    let texts: Vec<String> = model.accounts.iter().map(search_text).collect();
    fuzzy::matching(model.overview.filter.text(), texts.iter().map(String::as_str))
}

/// The place of the selected account among the visible ones.
pub(crate) fn selected_row(model: &Model, visible: &[usize]) -> Option<usize> {
    let selected = model.selected.as_ref()?;
    visible.iter().position(|place| model.accounts.get(*place).is_some_and(|account| account.id() == selected))
}

/// Selects the first visible account where the filter hides the selected one.
pub(crate) fn keep_selection_visible(model: &mut Model) {
    let visible = visible(model);
    if selected_row(model, &visible).is_none() {
        select(model, &visible, 0);
    }
}

fn select(model: &mut Model, visible: &[usize], row: usize) {
    let row = row.min(visible.len().saturating_sub(1));
    if let Some(account) = visible.get(row).and_then(|place| model.accounts.get(*place)) {
        model.selected = Some(account.id().clone());
    }
}

/// Does what a key asks for here; whether it is taken.
pub(crate) fn act(model: &mut Model, action: Action) -> bool {
    if model.overview.filtering {
        match action {
            Action::Accept => model.overview.filtering = false,
            Action::Leave => {
                model.overview.filtering = false;
                model.overview.filter.clear();
            }
            _ => {}
        }
    }
    let visible = visible(model);
    let row = selected_row(model, &visible).unwrap_or(0);
    let page = view::page(model).max(1);
    match action {
        Action::Up => select(model, &visible, row.saturating_sub(1)),
        Action::Down => select(model, &visible, row + 1),
        Action::PageUp => select(model, &visible, row.saturating_sub(page)),
        Action::PageDown => select(model, &visible, row + page),
        Action::First => select(model, &visible, 0),
        Action::Last => select(model, &visible, visible.len()),
        Action::Open if !visible.is_empty() => show(model, Screen::Account),
        Action::Filter => model.overview.filtering = true,
        Action::Leave => {
            model.overview.filter.clear();
        }
        Action::Open | Action::Accept => {}
        _ => return false,
    }
    true
}

/// Selects the row that was clicked; a click on the selected row opens it.
pub(crate) fn click(model: &mut Model, screen_row: u16) {
    let visible = visible(model);
    let Some(row) = view::row_at(model, &visible, screen_row) else { return };
    if selected_row(model, &visible) == Some(row) {
        show(model, Screen::Account);
    } else {
        select(model, &visible, row);
    }
}
