//! The calculator: a plan of actions, over one account or several, priced at every key.

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

use adding::Added;
pub(crate) use day::DayAction;
pub(crate) use plan::{Calculator, PlannedLine};
pub(crate) use terms::{HoldTerms, TermsAction, TermsForm};
pub(crate) use view::draw;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::everywhere::go_back;
use super::keymap::{self, Action};
use super::model::{Model, Overlay};
use super::scene::Scene;
use super::widgets::confirm::ConfirmAction;
use super::widgets::list::Move;
use super::widgets::{Picker, PickerAction};
use crate::credit::{Amount, Instant};

/// What can be done in the empty field for the next action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadyAction {
    Record,
    Hold,
    Undo,
}

/// What can be done in the field for the next action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldAction {
    Add,
    NextAccount,
    PreviousAccount,
    Day,
    Leave,
}

/// What can be done with the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanAction {
    Digit,
    Erase,
    More,
    Fewer,
    Variant,
    Remove,
    Clear,
    Undo,
    Record,
    Hold,
    Day,
    AddLine,
    NextAccount,
    PreviousAccount,
    PickAccount,
}

impl PlanAction {
    /// Whether the plan would be another one, or written again.
    fn touches_the_plan(self) -> bool {
        use PlanAction as P;
        match self {
            P::Digit | P::Erase | P::More | P::Fewer | P::Variant | P::Remove | P::Clear | P::Undo | P::Record | P::Hold => true,
            P::Day | P::AddLine | P::NextAccount | P::PreviousAccount | P::PickAccount => false,
        }
    }
}

/// Does what a key asks for in the plan.
pub(crate) fn act_in_plan(model: &mut Model, action: PlanAction, key: Option<KeyEvent>, now: Instant) {
    if action == PlanAction::PickAccount {
        model.overlay = Some(Overlay::Picker(Picker::default()));
        return;
    }
    if model.accounts.is_empty() || action.touches_the_plan() && is_on_its_way(model, now) {
        return;
    }
    let plan = &mut model.calculator;
    match action {
        PlanAction::PickAccount => {}
        PlanAction::Day => return look_at_another_day(model),
        PlanAction::Record => ask(model, false, now),
        PlanAction::Hold => ask(model, true, now),
        PlanAction::Undo => undo(model, now),
        PlanAction::AddLine if key.is_some_and(|key| key.code == KeyCode::Char(' ')) => plan.take_number_along(),
        PlanAction::AddLine => plan.go_to_field(),
        PlanAction::NextAccount | PlanAction::PreviousAccount => {
            plan.go_to_field();
            plan.turn_account(&model.accounts, action == PlanAction::NextAccount);
        }
        PlanAction::Remove => {
            plan.remove();
            say_what_went(model, now);
        }
        PlanAction::Clear => {
            plan.clear();
            say_what_went(model, now);
        }
        PlanAction::More => plan.step(Amount::ONE),
        PlanAction::Fewer => plan.step(Amount::ONE.negated()),
        PlanAction::Variant => {
            if let Err(why) = plan.next_variant(&model.accounts) {
                model.refuse(why, now);
            }
        }
        PlanAction::Digit => {
            if let Some(key) = key {
                plan.digit(key, &model.accounts);
            }
        }
        PlanAction::Erase => plan.erase(&model.accounts),
    }
    model.calculator.requote(&model.accounts, now);
}

/// Does what a key asks for in the empty field. The key that brings back what was taken away is a letter where nothing was.
pub(crate) fn act_ready(model: &mut Model, action: ReadyAction, key: Option<KeyEvent>, now: Instant) {
    if is_on_its_way(model, now) {
        return;
    }
    match (action, key) {
        (ReadyAction::Record, _) => ask(model, false, now),
        (ReadyAction::Hold, _) => ask(model, true, now),
        (ReadyAction::Undo, Some(key)) if !model.calculator.has_lost() => model.calculator.type_key(key),
        (ReadyAction::Undo, _) => undo(model, now),
    }
    model.calculator.requote(&model.accounts, now);
}

fn look_at_another_day(model: &mut Model) {
    model.overlay = Some(Overlay::Day(day::DayField::default()));
}

/// Does what a key asks for in the field for the next action.
pub(crate) fn act_in_field(model: &mut Model, action: FieldAction, key: Option<KeyEvent>, now: Instant) {
    if action == FieldAction::Add && is_on_its_way(model, now) {
        return;
    }
    let plan = &mut model.calculator;
    match action {
        FieldAction::Day => return look_at_another_day(model),
        FieldAction::Add => accept(model, now),
        FieldAction::NextAccount | FieldAction::PreviousAccount => match key {
            // With text in the field the arrows move the cursor in it.
            Some(key) if !plan.field.is_empty() => plan.type_key(key),
            _ => plan.turn_account(&model.accounts, action == FieldAction::NextAccount),
        },
        FieldAction::Leave if !plan.field.is_empty() => {
            plan.field.clear();
            plan.moved_to = None;
        }
        FieldAction::Leave if plan.lines.is_empty() => return go_back(model),
        FieldAction::Leave => plan.adding = false,
    }
    model.calculator.requote(&model.accounts, now);
}

/// Moves the mark among the actions that match, or the selection in the plan; pages scroll what pays.
pub(crate) fn move_to(model: &mut Model, to: Move, now: Instant) {
    if model.accounts.is_empty() {
        return;
    }
    let plan = &mut model.calculator;
    let last = plan.lines.len().saturating_sub(1);
    match (to, plan.adding) {
        (Move::PageUp | Move::PageDown, _) => return view::scroll_payment(model, to == Move::PageDown),
        (Move::First | Move::Last, true) => return,
        (Move::Up, true) if plan.marked().is_none_or(|row| row == 0) && !plan.lines.is_empty() => {
            plan.adding = false;
            plan.select(last);
        }
        (Move::Up | Move::Down, true) => plan.move_mark(to == Move::Down),
        (Move::Down, false) if plan.selected >= last => plan.go_to_field(),
        (Move::Up | Move::Down | Move::First | Move::Last, false) => plan.select(to.from(Some(plan.selected), last, 1)),
    }
    model.calculator.requote(&model.accounts, now);
}

/// Ends the typing of a quantity; whether one was being typed.
pub(crate) fn leave(model: &mut Model, now: Instant) -> bool {
    let stays = !model.accounts.is_empty() && model.calculator.end_typing();
    if stays {
        model.calculator.requote(&model.accounts, now);
    }
    stays
}

/// Picks the account that the next action is for.
pub(crate) fn act_in_picker(model: &mut Model, action: PickerAction) {
    let Some(Overlay::Picker(picker)) = &model.overlay else { return };
    let picked = picker.picked(&model.accounts, model.setup.privacy);
    match (action, picked) {
        (PickerAction::Pick, None) => {}
        (PickerAction::Pick, Some(id)) => {
            model.overlay = None;
            model.calculator.plan_for(id);
        }
        (PickerAction::Cancel, _) => model.overlay = None,
    }
}

/// Whether the footer offers to do it in the empty field.
pub(crate) fn offers_ready(model: &Model, action: ReadyAction) -> bool {
    match action {
        ReadyAction::Record | ReadyAction::Hold => can_be_written(model),
        ReadyAction::Undo => model.calculator.has_lost(),
    }
}

/// Whether the footer offers to do it in the field.
pub(crate) fn offers_in_field(model: &Model, action: FieldAction) -> bool {
    match action {
        FieldAction::Add => model.calculator.marked().is_some(),
        FieldAction::NextAccount | FieldAction::PreviousAccount => model.calculator.field.is_empty() && model.accounts.len() > 1,
        FieldAction::Day | FieldAction::Leave => true,
    }
}

/// Whether the footer offers to do it with the plan.
pub(crate) fn offers_in_plan(model: &Model, action: PlanAction) -> bool {
    use PlanAction as P;
    match action {
        P::Record | P::Hold => can_be_written(model),
        P::Undo => model.calculator.can_undo(),
        P::Digit => !model.calculator.lines.is_empty(),
        P::Variant => model.calculator.has_variants(&model.accounts),
        P::PickAccount => !model.accounts.is_empty(),
        P::Erase | P::More | P::Fewer | P::Remove | P::Clear | P::Day | P::AddLine | P::NextAccount | P::PreviousAccount => true,
    }
}

fn can_be_written(model: &Model) -> bool {
    model.calculator.problem().is_none() && !model.requests.is_plan_on_its_way()
}

/// Whether the plan that was confirmed is being written: until then it stays as it was confirmed, and that is said.
fn is_on_its_way(model: &mut Model, now: Instant) -> bool {
    let is_on_its_way = model.requests.is_plan_on_its_way();
    if is_on_its_way {
        model.refuse_question("The plan is on its way into the ledger", now);
    }
    is_on_its_way
}

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
