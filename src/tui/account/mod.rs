//! One account in full: buckets, lots, history, forecast, explanation.

mod view;

pub(crate) use view::draw;

use super::message::Effect;
use super::model::Model;
use super::scene::Scene;
use super::widgets::change;
use super::widgets::list::Move;
use super::{everywhere, facts, overview};
use crate::credit::Instant;

/// How far the account screen is scrolled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AccountScreen {
    pub(crate) scroll: usize,
}

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountAction {
    Refresh,
    Next,
    Previous,
}

/// Does what a key asks for here.
pub(crate) fn act(model: &mut Model, action: AccountAction, now: Instant) -> Vec<Effect> {
    match action {
        AccountAction::Refresh if model.current().is_none() => model.refuse(overview::nothing_selected(model), now),
        AccountAction::Refresh => return everywhere::refresh(model, model.selected.clone().into_iter().collect(), now),
        AccountAction::Next => turn(model, true, now),
        AccountAction::Previous => turn(model, false, now),
    }
    Vec::new()
}

/// Whether the footer offers it.
pub(crate) fn offers(model: &Model, action: AccountAction) -> bool {
    let somebody = model.current().is_some();
    match action {
        AccountAction::Refresh => somebody,
        AccountAction::Next | AccountAction::Previous => somebody && model.accounts.len() > 1,
    }
}

/// Turns to the next account of the list, or to the one before.
fn turn(model: &mut Model, forward: bool, now: Instant) {
    match overview::neighbour(model, forward) {
        Some(id) => {
            model.selected = Some(id);
            model.account.scroll = 0;
        }
        None if model.current().is_none() => model.refuse(overview::nothing_selected(model), now),
        None => model.say(format!("This is the {} account of the list", if forward { "last" } else { "first" }), now),
    }
}

pub(crate) fn move_to(model: &mut Model, to: Move) {
    let (page, last) = view::extent(model);
    model.account.scroll = to.from(Some(model.account.scroll.min(last)), last, page);
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
        let change = change(&scene, bucket);
        format!("{}. {}: {}, {change}", bucket.draw_order, bucket.name, facts::plain_figure(bucket.remaining))
    }));
    lines.push(scene.scrubbed(account, &status.why_next));
    Some(super::format::clean_lines(&lines.join("\n")))
}
