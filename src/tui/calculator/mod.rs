//! The calculator: a plan of actions, over one account or several, priced at every key.

mod commit;
pub(super) mod day;
mod lines;
mod payment;
mod plan;
mod quantity;
pub(super) mod terms;
mod view;
mod when;

pub(crate) use plan::{Calculator, PlannedLine};
pub(crate) use terms::{HoldTerms, TermsForm};
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
    if let Action::PageUp | Action::PageDown = action {
        view::scroll_payment(model, action == Action::PageDown);
        return true;
    }
    if model.requests.is_plan_on_its_way() && changes_the_plan(action, model.calculator.adding) {
        model.refuse(ON_ITS_WAY, now);
        return true;
    }
    if action == Action::Day {
        model.overlay = Some(Overlay::Day(day::DayField::default()));
        return true;
    }
    if model.calculator.adding {
        return act_in_field(model, action, key, now);
    }
    let plan = &mut model.calculator;
    match action {
        Action::Up => plan.select(plan.selected.saturating_sub(1)),
        Action::Down if plan.selected + 1 >= plan.lines.len() => plan.go_to_field(),
        Action::Down => plan.select(plan.selected + 1),
        Action::First => plan.select(0),
        Action::Last => plan.select(plan.lines.len().saturating_sub(1)),
        Action::AddLine => plan.go_to_field(),
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
            if let Some(key) = key {
                plan.digit(key, &model.accounts);
            }
        }
        Action::Erase => plan.erase(&model.accounts),
        Action::Leave if plan.end_typing() => {}
        Action::Record | Action::Hold => {
            let terms = (action == Action::Hold).then(terms::HoldTerms::default);
            match commit::question(model, terms, now) {
                Ok(question) => model.overlay = Some(Overlay::Confirm(question)),
                Err(why) => model.refuse(why, now),
            }
            return true;
        }
        _ => return false,
    }
    model.calculator.requote(&model.accounts, now);
    true
}

/// What is said while the plan that was confirmed is being written: until then it stays as it was confirmed.
const ON_ITS_WAY: &str = "The plan is on its way into the ledger";

fn changes_the_plan(action: Action, adding: bool) -> bool {
    use Action as A;
    match action {
        A::Remove | A::Clear | A::More | A::Fewer | A::Variant | A::Digit | A::Erase | A::Record | A::Hold => true,
        A::Accept => adding,
        _ => false,
    }
}

fn act_in_field(model: &mut Model, action: Action, key: Option<KeyEvent>, now: Instant) -> bool {
    let plan = &mut model.calculator;
    match action {
        Action::Up if plan.marked == 0 && !plan.lines.is_empty() => {
            plan.adding = false;
            plan.select(plan.lines.len() - 1);
        }
        Action::Up => plan.marked = plan.marked.saturating_sub(1),
        Action::Down => plan.marked = (plan.marked + 1).min(plan.suggestions(&model.accounts).len().saturating_sub(1)),
        Action::NextChoice | Action::PreviousChoice => match key {
            Some(key) if !plan.field.is_empty() => plan.type_key(key),
            _ => plan.turn_account(&model.accounts, action == Action::NextChoice),
        },
        Action::Accept => {
            if let Err(why) = plan.add_marked(&model.accounts) {
                model.refuse(why, now);
            }
        }
        Action::Leave if plan.lines.is_empty() && plan.field.is_empty() => return false,
        Action::Leave if plan.lines.is_empty() => {
            plan.field.clear();
            plan.marked = 0;
        }
        Action::Leave => {
            plan.field.clear();
            plan.adding = false;
        }
        _ => return false,
    }
    model.calculator.requote(&model.accounts, now);
    true
}

/// What leaving the field for the next action does, in a word or two.
pub(crate) fn leaving(model: &Model) -> &'static str {
    let plan = &model.calculator;
    match (plan.lines.is_empty(), plan.field.is_empty()) {
        (false, _) => "to the plan",
        (true, false) => "clear",
        (true, true) => "back",
    }
}

/// Types into the field for the next action; what is typed is priced at once.
pub(crate) fn type_key(model: &mut Model, key: KeyEvent, now: Instant) {
    model.calculator.type_key(key);
    model.calculator.requote(&model.accounts, now);
}

/// Pastes into the field for the next action.
pub(crate) fn paste(model: &mut Model, text: &str, now: Instant) {
    model.calculator.paste(text);
    model.calculator.requote(&model.accounts, now);
}

/// Selects the line that was clicked.
pub(crate) fn click(model: &mut Model, screen_row: u16, now: Instant) {
    if let Some(line) = view::line_at(model, screen_row) {
        model.calculator.adding = false;
        model.calculator.field.clear();
        model.calculator.select(line);
        model.calculator.requote(&model.accounts, now);
    }
}

/// The quote as plain text.
pub(crate) fn copied(model: &Model) -> Option<String> {
    let plan = &model.calculator;
    if plan.lines.is_empty() {
        return None;
    }
    let scene = Scene::new(&model.setup, true, Instant::UNIX_EPOCH);
    let mut lines = Vec::new();
    for priced in &plan.quotes {
        let Some(account) = model.find(&priced.account) else { continue };
        lines.push(scene.account(account));
        let quote = match &priced.quote {
            Ok(quote) => quote,
            Err(why) => {
                lines.push(format!("  {}", scene.scrubbed(account, why)));
                continue;
            }
        };
        lines.extend(quote.lines.iter().map(|line| {
            let cost = line.cost.map_or("no price".to_owned(), |cost| cost.to_string());
            format!("  {} x {}: {cost}", line.quantity, line.name)
        }));
        lines.push(format!("  total {} {}: {}", quote.known_total, quote.unit, payment::plain_verdict(quote)));
        lines.extend(quote.advice.iter().map(|advice| format!("  {}", payment::advice_words(&scene, account, advice))));
    }
    Some(super::format::clean_lines(&lines.join("\n")))
}
