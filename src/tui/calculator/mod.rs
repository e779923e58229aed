//! The calculator: a plan of actions, over one account or several, priced at every key.

mod commit;
mod lines;
mod payment;
mod plan;
mod view;

pub(crate) use plan::{Calculator, PlannedLine, Priced};
pub(crate) use view::draw;

use crossterm::event::KeyEvent;

use super::keymap::Action;
use super::model::{Model, Overlay};
use super::scene::Scene;
use crate::credit::{Amount, Instant};

/// Does what a key asks for here; whether it is taken.
pub(crate) fn act(model: &mut Model, action: Action, key: Option<KeyEvent>, now: Instant) -> bool {
    if model.accounts.is_empty() {
        return false;
    }
    if model.calculator.adding {
        return act_in_field(model, action, now);
    }
    let plan = &mut model.calculator;
    match action {
        Action::Up => plan.select(plan.selected.saturating_sub(1)),
        Action::Down if plan.selected + 1 >= plan.lines.len() => plan.adding = true,
        Action::Down => plan.select(plan.selected + 1),
        Action::First => plan.select(0),
        Action::Last => plan.select(plan.lines.len().saturating_sub(1)),
        Action::AddLine => plan.adding = true,
        Action::Remove => plan.remove(),
        Action::Clear => plan.clear(),
        Action::More => plan.step(Amount::ONE),
        Action::Fewer => plan.step(Amount::ONE.negated()),
        Action::Variant => {
            if let Err(why) = plan.next_variant(&model.accounts) {
                model.refuse(why, now);
            }
        }
        Action::Digit => {
            if let Some(why) = key.and_then(|key| plan.digit(key).err()) {
                model.refuse(why, now);
            }
        }
        Action::Erase => plan.erase(),
        Action::Record | Action::Hold => {
            match commit::question(model, action == Action::Hold, now) {
                Ok(question) => {
                    model.calculator.recording = true;
                    model.overlay = Some(Overlay::Confirm(question));
                }
                Err(why) => model.refuse(why, now),
            }
            return true;
        }
        _ => return false,
    }
    model.calculator.requote(&model.accounts, now);
    true
}

fn act_in_field(model: &mut Model, action: Action, now: Instant) -> bool {
    let plan = &mut model.calculator;
    match action {
        Action::Up if plan.marked == 0 && !plan.lines.is_empty() => {
            plan.adding = false;
            plan.select(plan.lines.len() - 1);
        }
        Action::Up => plan.marked = plan.marked.saturating_sub(1),
        Action::Down => plan.marked = (plan.marked + 1).min(plan.suggestions(&model.accounts).len().saturating_sub(1)),
        Action::NextChoice => plan.turn_account(&model.accounts, true),
        Action::PreviousChoice => plan.turn_account(&model.accounts, false),
        Action::Accept => {
            if let Err(why) = plan.add_marked(&model.accounts) {
                model.refuse(why, now);
            }
            model.calculator.requote(&model.accounts, now);
        }
        Action::Leave if plan.lines.is_empty() => return false,
        Action::Leave => {
            plan.field.clear();
            plan.adding = false;
        }
        _ => return false,
    }
    true
}

/// Selects the line that was clicked.
pub(crate) fn click(model: &mut Model, screen_row: u16) {
    if let Some(line) = view::line_at(model, screen_row) {
        model.calculator.adding = false;
        model.calculator.select(line);
    }
}

/// The quote as plain text.
pub(crate) fn copied(model: &Model) -> Option<String> {
    let plan = &model.calculator;
    if plan.lines.is_empty() {
        return None;
    }
    let mut text = String::new();
    for priced in &plan.quotes {
        let name = model.find(&priced.account).map_or(priced.account.to_string(), |account| account.book.profile.name.clone());
        let scene = Scene::new(&model.setup, true, Instant::UNIX_EPOCH);
        text.push_str(&format!("{}\n", scene.name(&name)));
        match &priced.quote {
            Ok(quote) => {
                for line in &quote.lines {
                    let cost = line.cost.map_or("no price".to_owned(), |cost| cost.to_string());
                    text.push_str(&format!("  {} x {}: {cost}\n", line.quantity, line.name));
                }
                text.push_str(&format!("  total {} {}: {}\n", quote.known_total, quote.unit, payment::plain_verdict(quote)));
                for advice in &quote.advice {
                    text.push_str(&format!("  {}\n", advice.text));
                }
            }
            Err(why) => text.push_str(&format!("  {why}\n")),
        }
    }
    Some(super::format::clean_lines(&text))
}
