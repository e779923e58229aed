//! The last line: which keys matter here.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::calculator::{self, FieldAction};
use super::everywhere::{self, Everywhere};
use super::keymap::{Action, bindings};
use super::model::{Model, Overlay, Screen};
use super::scene::Scene;
use super::update::forbidden;
use super::widgets::confirm::ConfirmAction;
use super::{account, ledger, overview};

/// The keys that matter here, as many as fit, at most nine; the key of the help always.
pub(super) fn footer(model: &Model, scene: &Scene<'_>, width: usize) -> Line<'static> {
    let contexts = model.contexts();
    let ascii = model.setup.ascii;
    let mut keys: Vec<(String, String)> = Vec::new();
    for binding in bindings(&contexts).filter(|binding| !binding.label.is_empty() && offers(model, binding.action)) {
        let name = binding.keys.first().map(|chord| chord.name(ascii)).unwrap_or_default();
        let label = match binding.action {
            Action::Everywhere(Everywhere::Back) if model.screen != Screen::Overview => "back",
            Action::Field(FieldAction::Leave) => calculator::leaving(model),
            _ => binding.label,
        };
        if !keys.iter().any(|(_, known)| known == label) {
            keys.push((name, label.to_owned()));
        }
    }
    let cost = |(name, label): &(String, String)| name.width() + label.width() + 4;
    let always = |(name, _): &(String, String)| name == "?" || name == "q";
    let mut room = width.saturating_sub(1 + keys.iter().filter(|key| always(key)).map(cost).sum::<usize>());
    let mut places = 7;
    keys.retain(|key| {
        if always(key) {
            return true;
        }
        let fits = places > 0 && cost(key) <= room;
        if fits {
            room -= cost(key);
            places -= 1;
        }
        fits
    });
    let mut spans = vec![Span::raw(" ")];
    for (name, label) in keys {
        spans.push(scene.span(name, |theme| theme.key));
        spans.push(scene.dim(format!(" {label}   ")));
    }
    Line::from(spans)
}

/// Whether what a key does is offered: not where one is already, and nothing that would be refused.
fn offers(model: &Model, action: Action) -> bool {
    if forbidden(&model.setup, action).is_some() {
        return false;
    }
    match action {
        Action::Everywhere(action) => everywhere::offers(model, action),
        Action::Overview(action) => overview::offers(model, action),
        Action::Account(action) => account::offers(model, action),
        Action::Ready(action) => calculator::offers_ready(model, action),
        Action::Field(action) => calculator::offers_in_field(model, action),
        Action::Plan(action) => calculator::offers_in_plan(model, action),
        Action::Ledger(action) => ledger::offers(model, action),
        Action::Confirm(ConfirmAction::Terms) => {
            matches!(&model.overlay, Some(Overlay::Confirm(question)) if question.terms.is_some())
        }
        Action::Confirm(ConfirmAction::Yes | ConfirmAction::No | ConfirmAction::AllTheSame)
        | Action::Quit
        | Action::Suspend
        | Action::Move(_)
        | Action::Filter(_)
        | Action::Day(_)
        | Action::Terms(_)
        | Action::Picker(_)
        | Action::Form(_)
        | Action::TextBox(_)
        | Action::Help(_) => true,
    }
}
