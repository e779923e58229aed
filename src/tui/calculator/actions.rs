//! What can be done in the calculator, and what its footer offers.

use crossterm::event::{KeyCode, KeyEvent};

use super::{accept, ask, day, say_what_went, undo, view};
use crate::credit::{Amount, Instant};
use crate::tui::everywhere::go_back;
use crate::tui::model::{Model, Overlay};
use crate::tui::widgets::list::Move;
use crate::tui::widgets::{Picker, PickerAction};

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
