//! The calculator: a plan of actions, over one account or several, priced at every key.

mod actions;
mod adding;
mod changes;
mod commit;
pub(super) mod day;
mod lines;
mod payment;
mod plan;
mod quantity;
pub(super) mod terms;
mod view;
mod when;

pub(crate) use actions::*;
use adding::Added;
pub(crate) use day::DayAction;
pub(crate) use plan::{Calculator, PlannedLine};
pub(crate) use terms::{HoldTerms, TermsAction, TermsForm};
pub(crate) use view::draw;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keymap::{self, Action};
use super::model::{Model, Overlay};
use super::scene::Scene;
use super::widgets::confirm::ConfirmAction;
use crate::credit::Instant;

/// Opens the question before the plan is written.
fn ask(model: &mut Model, hold: bool, now: Instant) {
    let terms = hold.then(terms::HoldTerms::default);
    match commit::question(model, terms, now) {
        Ok(question) => model.overlay = Some(Overlay::Confirm(question)),
        Err(why) => model.refuse_question(why, now),
    }
}

/// Says what the last change took away, and how it comes back.
fn say_what_went(model: &mut Model, now: Instant) {
    let scene = Scene::new(&model.setup, model.dates, now);
    if let Some(words) = model.calculator.lost_words(&scene, &model.accounts) {
        model.say(words, now);
    }
}

/// Undoes the last change of the plan.
fn undo(model: &mut Model, now: Instant) {
    let scene = Scene::new(&model.setup, model.dates, now);
    match model.calculator.undo(&model.accounts) {
        Some(change) => {
            let words = changes::back(&scene, &change, &model.accounts);
            model.say(words, now);
        }
        None => model.refuse("There is nothing to undo in this plan", now),
    }
}

/// Adds what is typed to the plan, and says what a look at the plan doesn't tell.
fn accept(model: &mut Model, now: Instant) {
    let added = model.calculator.add_marked(&model.accounts);
    let scene = Scene::new(&model.setup, model.dates, now);
    let line = model.calculator.lines.get(model.calculator.selected);
    let (name, quantity) =
        line.map_or_else(Default::default, |line| (changes::name(line, &model.accounts), scene.amount(line.quantity)));
    let said = match added {
        Err(why) => return model.refuse(why, now),
        Ok(Added::New) => return,
        Ok(Added::Overwritten(before)) => {
            let before = scene.amount(before.quantity);
            format!("{name}: {quantity} instead of {before} · z brings {before} back")
        }
        Ok(Added::Known) => format!("{name} is in the plan already, {quantity} of it: a number before the words changes that"),
    };
    model.say(said, now);
}

/// Takes the key after a capital that the empty field took for a command: where it goes on with a word, both are text, and the question
/// that the capital opened is none. Whether it was taken.
pub(crate) fn goes_on_with_a_word(model: &mut Model, key: KeyEvent, now: Instant) -> bool {
    let Some(capital) = model.calculator.capital.take() else { return false };
    let KeyCode::Char(letter) = key.code else { return false };
    let asks = matches!(model.overlay, Some(Overlay::Confirm(_)));
    let is_open = model.overlay.is_none() && model.calculator_is_open() && model.calculator.adding;
    let is_key = match &model.overlay {
        Some(Overlay::Confirm(question)) => {
            let action = keymap::action(&model.contexts(), key);
            action.is_some_and(|action| action != Action::Confirm(ConfirmAction::Terms) || question.terms.is_some())
        }
        // Whoever expected the question answers it: that is no word either.
        _ => matches!(letter, 'y' | 'n' | 'z') || letter.is_uppercase(),
    };
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if !plain || is_key || !(asks || is_open) {
        return false;
    }
    model.overlay = None;
    model.calculator.type_key(capital);
    type_key(model, key, now);
    true
}

/// What leaving the field for the next action does, in a word or two.
pub(crate) fn leaving(model: &Model) -> &'static str {
    let plan = &model.calculator;
    match (plan.lines.is_empty(), plan.field.is_empty()) {
        (_, false) => "clear",
        (false, true) => "to the plan",
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
