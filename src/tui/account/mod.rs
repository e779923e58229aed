//! One account in full: buckets, lots, history, forecast, explanation.

pub(crate) mod buckets;
mod facts;
mod view;

pub(crate) use facts::{failure_style, is_stale};
pub(crate) use view::{draw, forecast, history_lines};

use super::keymap::Action;
use super::model::Model;
use super::scene::Scene;
use crate::credit::Instant;

/// How far the account screen is scrolled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AccountScreen {
    pub(crate) scroll: usize,
}

/// Does what a key asks for here; whether it is taken.
pub(crate) fn act(model: &mut Model, action: Action, now: Instant) -> bool {
    if let Action::NextChoice | Action::PreviousChoice = action {
        let forward = action == Action::NextChoice;
        match super::overview::neighbour(model, forward) {
            Some(id) => {
                model.selected = Some(id);
                model.account.scroll = 0;
            }
            None if model.current().is_none() => model.refuse(super::overview::nothing_selected(model), now),
            None => model.say(format!("This is the {} account of the list", if forward { "last" } else { "first" }), now),
        }
        return true;
    }
    let (page, last) = view::extent(model);
    let scroll = model.account.scroll.min(last);
    model.account.scroll = match action {
        Action::Up => scroll.saturating_sub(1),
        Action::Down => (scroll + 1).min(last),
        Action::PageUp => scroll.saturating_sub(page),
        Action::PageDown => (scroll + page).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => return false,
    };
    true
}

/// The selected account as plain text.
pub(crate) fn copied(model: &Model, now: Instant) -> Option<String> {
    let account = model.current()?;
    let status = account.status.as_ref().ok()?;
    let scene = Scene::new(&model.setup, true, now);
    let plan = status.plan.as_ref().map(|plan| format!(" {}", super::format::plan_name(plan.as_str()))).unwrap_or_default();
    let mut lines = vec![format!(
        "{} ({}{plan}): {} {}, {} spendable, {}",
        scene.account(account),
        status.profile.provider_name,
        facts::plain_total(status),
        status.profile.unit,
        facts::plain_figure(status.spendable),
        status.state.word(),
    )];
    lines.extend(status.buckets.iter().map(|bucket| {
        let change = buckets::change(&scene, bucket);
        format!("{}. {}: {}, {change}", bucket.draw_order, bucket.name, facts::plain_figure(bucket.remaining))
    }));
    lines.push(scene.scrubbed(account, &status.why_next));
    Some(super::format::clean_lines(&lines.join("\n")))
}
