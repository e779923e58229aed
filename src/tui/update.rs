//! The one place where the model changes.

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::keymap::{self, Action, Context};
use super::ledger::LedgerAction;
use super::message::{Effect, Message};
use super::message_text::MessageText;
use super::model::{LONGEST_TOAST, Model, Overlay, Screen, Setup};
use super::widgets::confirm::ConfirmAction;
use super::widgets::list::Move;
use super::{account, answers, calculator, everywhere, help, ledger, overview, polls, roster};
use crate::credit::Instant;
use crate::tui::account::AccountAction;
use crate::tui::calculator::{PlanAction, ReadyAction};
use crate::tui::everywhere::Everywhere;

/// Takes a message into the model; answers with what the runtime shall do.
///
/// Any message may change what is visible: the runtime draws after each burst of messages. Never fails: what can't be done is
/// said in the message line.
pub fn update(model: &mut Model, message: Message, now: Instant) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Key(key) => effects = press(model, key, now),
        Message::Mouse(mouse) => effects = point(model, mouse, now),
        Message::Paste(text) => paste(model, &text, now),
        Message::Resized(columns, rows) => model.size = (columns, rows),
        Message::Books(books) => roster::take_books(model, books, now),
        Message::More { books, left } => roster::take_more(model, books, left),
        Message::BookChanged(book) => roster::change_book(model, *book, now),
        Message::Older { request, entries } => roster::take_older(model, request, entries, now),
        Message::Polls(phases) => roster::set_phases(model, phases),
        Message::Wished { request, wished } => polls::tell_wished(model, request, &wished, now),
        Message::Late(request) => answers::late(model, request, now),
        Message::Recorded { request, entries } => answers::recorded(model, request, &entries, now),
        Message::Copied(request) => answers::copied(model, request, now),
        Message::Refused { request, what, hint } => {
            let why = hint.map_or(what.clone(), |hint| format!("{what}: {hint}"));
            answers::refused(model, request, MessageText::default().private(&why), now);
        }
        Message::Problems(problems) => model.troubles.problems = problems,
        Message::Exposed(exposed) => model.troubles.exposed = exposed,
        Message::Notice(text) => model.say(text, now),
        Message::Woke => {}
        Message::Quit => effects = vec![Effect::Quit],
    }
    settle(model, now);
    effects
}

/// Brings what depends on time and on the selection up to date.
fn settle(model: &mut Model, now: Instant) {
    // One that would stay longer than any was said before the clock was set back.
    if model.toast.as_ref().is_some_and(|toast| toast.until <= now || toast.until > now + LONGEST_TOAST) {
        model.toast = None;
    }
    let mut changed = roster::settle(model, now);
    model.calculator.outdated |= changed;
    if model.calculator.outdated && model.screen == Screen::Calculator {
        model.calculator.requote(&model.accounts, now);
    }
    let every = model.screen == Screen::Ledger && model.ledger.all;
    for account in &mut model.accounts {
        if every || model.selected.as_ref() == Some(account.id()) {
            changed |= account.look_closely(now);
        }
    }
    if changed {
        model.ledger.listing.forget();
    }
    overview::settle(model, now);
    ledger::settle(model, now);
}

fn press(model: &mut Model, key: KeyEvent, now: Instant) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    // Whoever presses the next key has read the message, or does not care for it.
    model.toast = None;
    let answered = model.answered.take();
    if calculator::goes_on_with_a_word(model, key, now) {
        return Vec::new();
    }
    let is_yes = || keymap::action(&[Context::Confirm], key) == Some(Action::Confirm(ConfirmAction::Yes));
    if let (Some(why), None, true) = (answered, &model.overlay, is_yes()) {
        model.refuse(why, now);
        return Vec::new();
    }
    if let Some(action) = keymap::action(&model.contexts(), key) {
        return act(model, action, Some(key), now);
    }
    type_key(model, key, now);
    Vec::new()
}

/// Does what a key, the mouse or a line of the help asks for.
pub(super) fn act(model: &mut Model, action: Action, key: Option<KeyEvent>, now: Instant) -> Vec<Effect> {
    if let Action::Ready(_) = action {
        model.calculator.heed_capital(key);
    }
    if let Some(why) = forbidden(&model.setup, action) {
        model.refuse_question(why, now);
        return Vec::new();
    }
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Move(to) => move_to(model, to, now),
        Action::Everywhere(action) => return everywhere::act(model, action, now),
        Action::Overview(action) => overview::act(model, action, now),
        Action::Account(action) => return account::act(model, action, now),
        Action::Ready(action) => calculator::act_ready(model, action, key, now),
        Action::Field(action) => calculator::act_in_field(model, action, key, now),
        Action::Plan(action) => calculator::act_in_plan(model, action, key, now),
        Action::Ledger(action) => return ledger::act(model, action, now),
        Action::Filter(action) => match model.screen {
            Screen::Overview => model.overview.filter.act(action),
            Screen::Ledger => model.ledger.filter.act(action),
            Screen::Account | Screen::Calculator => {}
        },
        Action::Confirm(action) => return answers::act_in_question(model, action, now),
        Action::Day(action) => calculator::day::act(model, action, now),
        Action::Terms(action) => calculator::terms::act(model, action, now),
        Action::Picker(action) => calculator::act_in_picker(model, action),
        Action::Form(action) => ledger::act_in_form(model, action, now),
        Action::TextBox(action) => {
            use super::widgets::text_box::TextBoxAction as A;
            match action {
                A::Close => model.overlay = None,
            }
        }
        Action::Help(action) => return help::act(model, action, now),
    }
    Vec::new()
}

/// Moves in what lies over the screen, else on the screen.
fn move_to(model: &mut Model, to: Move, now: Instant) {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => help.move_to(to),
        Some(Overlay::Confirm(question)) => question.move_to(to),
        Some(Overlay::Picker(picker)) => picker.move_to(to, &model.accounts, model.setup.privacy),
        Some(Overlay::Form(form)) => form.move_to(to),
        Some(Overlay::TextBox(text_box)) => text_box.move_to(to),
        Some(Overlay::Day(_) | Overlay::Terms(_)) => {}
        None => match model.screen {
            Screen::Overview => overview::move_to(model, to),
            Screen::Account => account::move_to(model, to),
            Screen::Calculator => calculator::move_to(model, to, now),
            Screen::Ledger => ledger::move_to(model, to),
        },
    }
}

/// Why a copy that only looks doesn't do this, if it doesn't.
pub(super) fn forbidden(setup: &Setup, action: Action) -> Option<&'static str> {
    match action {
        Action::Ready(ReadyAction::Record | ReadyAction::Hold)
        | Action::Plan(PlanAction::Record | PlanAction::Hold)
        | Action::Ledger(LedgerAction::AddEntry | LedgerAction::Reverse)
            if setup.read_only =>
        {
            Some("Nothing is recorded: this was opened with --read-only. Open it without to record.")
        }
        Action::Account(AccountAction::Refresh) | Action::Everywhere(Everywhere::RefreshAll)
            if setup.read_only && !setup.demo =>
        {
            Some("Nothing is polled: this was opened with --read-only. Open it without to poll.")
        }
        _ => None,
    }
}

/// Gives a key to the field that has the focus.
fn type_key(model: &mut Model, key: KeyEvent, now: Instant) {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => help.key(key),
        Some(Overlay::Picker(picker)) => picker.key(key),
        Some(Overlay::Day(asked)) => asked.key(key),
        Some(Overlay::Terms(form)) => form.key(key),
        Some(Overlay::Form(form)) => form.key(key),
        Some(Overlay::Confirm(_) | Overlay::TextBox(_)) => {}
        None => match model.screen {
            Screen::Overview if model.overview.filter.typing => model.overview.filter.key(key),
            Screen::Ledger if model.ledger.filter.typing => model.ledger.filter.key(key),
            Screen::Calculator if model.calculator.adding => calculator::type_key(model, key, now),
            Screen::Overview | Screen::Account | Screen::Calculator | Screen::Ledger => {}
        },
    }
}

fn paste(model: &mut Model, text: &str, now: Instant) {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => help.paste(text),
        Some(Overlay::Picker(picker)) => picker.paste(text),
        Some(Overlay::Day(asked)) => asked.paste(text),
        Some(Overlay::Terms(form)) => form.paste(text),
        Some(Overlay::Form(form)) => form.paste(text),
        Some(Overlay::Confirm(_) | Overlay::TextBox(_)) => {}
        None => match model.screen {
            Screen::Overview if model.overview.filter.typing => model.overview.filter.paste(text),
            Screen::Ledger if model.ledger.filter.typing => model.ledger.filter.paste(text),
            Screen::Calculator if model.calculator.adding => calculator::paste(model, text, now),
            Screen::Overview | Screen::Account | Screen::Calculator | Screen::Ledger => {
                model.say("Pasted text is taken only where something is typed", now);
            }
        },
    }
}

fn point(model: &mut Model, mouse: MouseEvent, now: Instant) -> Vec<Effect> {
    if !model.setup.mouse {
        return Vec::new();
    }
    if model.overlay.is_none() {
        model.calculator.heed_capital(None);
    }
    match mouse.kind {
        MouseEventKind::ScrollUp => move_to(model, Move::Up, now),
        MouseEventKind::ScrollDown => move_to(model, Move::Down, now),
        MouseEventKind::Down(MouseButton::Left) if model.overlay.is_none() => click(model, mouse, now),
        _ => {}
    }
    Vec::new()
}

fn click(model: &mut Model, mouse: MouseEvent, now: Instant) {
    if mouse.row == 0 {
        if let Some(screen) = super::view::tab_at(model, mouse.column) {
            everywhere::show(model, screen);
        }
        return;
    }
    match model.screen {
        Screen::Overview => overview::click(model, mouse.row),
        Screen::Calculator => calculator::click(model, mouse.row, now),
        Screen::Ledger => ledger::click(model, mouse.row),
        Screen::Account => {}
    }
}
