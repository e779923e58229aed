//! The one place where the model changes.

use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::calculator::{self, TermsForm};
use super::confirm::Answer;
use super::help::Help;
use super::keymap::{self, Action, Context};
use super::ledger;
use super::message::{Effect, Message};
use super::message_text::MessageText;
use super::model::{LONGEST_TOAST, Model, Overlay, Screen, Setup};
use super::overview;
use super::picker::Picker;
use super::requests::{Pending, RequestId};
use super::scene::Scene;
use super::text_box::{About, TextBox};
use super::{account, format, polls, roster};
use crate::credit::{AccountId, Amount, Entry, EntryBody, Instant};

/// Takes a message into the model; answers with what the runtime shall do.
///
/// Any message may change what is visible: the runtime draws after each burst of messages. Never fails: what can't be done is
/// said in the message line.
pub fn update(model: &mut Model, message: Message, now: Instant) -> Vec<Effect> {
    let effects = match message {
        Message::Key(key) => press(model, key, now),
        Message::Mouse(mouse) => point(model, mouse, now),
        Message::Paste(text) => paste(model, &text, now),
        Message::Resized(columns, rows) => {
            model.size = (columns, rows);
            Vec::new()
        }
        Message::Books(books) => {
            roster::take_books(model, books, now);
            Vec::new()
        }
        Message::BookChanged(book) => {
            roster::change_book(model, *book, now);
            Vec::new()
        }
        Message::Older { request, entries } => {
            roster::take_older(model, request, entries, now);
            Vec::new()
        }
        Message::Polls(phases) => {
            roster::set_phases(model, phases);
            Vec::new()
        }
        Message::Wished(wished) => {
            polls::tell_wished(model, &wished, now);
            Vec::new()
        }
        Message::Recorded { request, entries } => {
            recorded(model, request, &entries, now);
            Vec::new()
        }
        Message::Copied(request) => {
            if let Some(Pending::Copy(what)) = model.requests.close(request) {
                model.say(what, now);
            }
            Vec::new()
        }
        Message::Refused { request, what, hint } => {
            let why = hint.map_or(what.clone(), |hint| format!("{what}: {hint}"));
            refused(model, request, MessageText::default().private(&why), now);
            Vec::new()
        }
        Message::Problems(problems) => {
            model.troubles.problems = problems;
            Vec::new()
        }
        Message::Exposed(exposed) => {
            model.troubles.exposed = exposed;
            Vec::new()
        }
        Message::Notice(text) => {
            model.say(text, now);
            Vec::new()
        }
        Message::Woke => Vec::new(),
        Message::Quit => vec![Effect::Quit],
    };
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
    if changed || model.calculator.outdated {
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

/// What was asked for can't be done: what waited for it can be asked for again.
fn refused(model: &mut Model, request: Option<RequestId>, why: MessageText, now: Instant) {
    let pending = request.and_then(|request| model.requests.close(request));
    if let (Some(Pending::Entry(mut form)), None, Screen::Ledger) = (pending, &model.overlay, model.screen) {
        form.problem = Some(why);
        model.overlay = Some(Overlay::Form(form));
        return;
    }
    model.refuse(why, now);
}

fn recorded(model: &mut Model, request: RequestId, entries: &[Entry], now: Instant) {
    if let Some(Pending::Plan(written)) = model.requests.close(request) {
        model.calculator.forget_written(&written);
        model.calculator.requote(&model.accounts, now);
    }
    let mut sums: Vec<(&AccountId, Amount)> = Vec::new();
    for entry in entries {
        let amount = match &entry.body {
            EntryBody::Spend(spend) => spend.amount,
            EntryBody::Hold { amount, .. } => *amount,
            _ => Amount::ZERO,
        };
        match sums.iter_mut().find(|(account, _)| *account == &entry.account) {
            Some((_, sum)) => *sum = sum.plus(amount).unwrap_or(*sum),
            None => sums.push((&entry.account, amount)),
        }
    }
    let kind = match entries {
        [] => return,
        [first, rest @ ..] if rest.iter().all(|entry| entry.body.kind() == first.body.kind()) => {
            let word = first.body.kind().word();
            format::counted(entries.len(), word, &format!("{word}s"))
        }
        entries => format::counted(entries.len(), "entry", "entries"),
    };
    let scene = Scene::new(&model.setup, model.dates, now);
    let mut said = MessageText::default().words(&format!("✓ Recorded {kind}: "));
    for (place, (id, sum)) in sums.iter().enumerate() {
        said = said.words(if place > 0 { ", " } else { "" }).account(model, id);
        if !sum.is_zero() {
            said = said.words(&format!(" {}", scene.amount(*sum)));
        }
    }
    model.say(said, now);
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
    let action = keymap::action(&model.contexts(), key);
    if let (Some(why), None, Some(Action::Accept)) = (answered, &model.overlay, keymap::action(&[Context::Confirm], key)) {
        model.refuse(why, now);
        return Vec::new();
    }
    if let Some(action) = action {
        return act(model, action, Some(key), now);
    }
    type_key(model, key, now);
    Vec::new()
}

/// What is said where a question that was just answered is answered once more: what the key means elsewhere, as to copy, was not
/// meant.
const ANSWERED: &str = "The question was answered already: this key did nothing more";

/// Does what a key or a line of the help asks for.
fn act(model: &mut Model, action: Action, key: Option<KeyEvent>, now: Instant) -> Vec<Effect> {
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    match model.overlay.take() {
        Some(overlay) => act_in_overlay(model, overlay, action, now),
        None => act_on_screen(model, action, key, now),
    }
}

fn act_in_overlay(model: &mut Model, overlay: Overlay, action: Action, now: Instant) -> Vec<Effect> {
    match overlay {
        Overlay::Help(mut help) => {
            if action == Action::Leave {
                return Vec::new();
            }
            if let Some(chosen) = help.update(action) {
                return act(model, chosen, None, now);
            }
            model.overlay = Some(Overlay::Help(help));
        }
        Overlay::Picker(mut picker) => {
            if action == Action::Leave {
                return Vec::new();
            }
            match picker.update(action, &model.accounts, model.setup.privacy) {
                Some(id) => model.calculator.plan_for(id),
                None => model.overlay = Some(Overlay::Picker(picker)),
            }
        }
        Overlay::Day(asked) => calculator::day::act(model, asked, action, now),
        Overlay::Terms(form) => calculator::terms::act(model, form, action, now),
        Overlay::Form(form) => ledger::act_in_form(model, form, action, now),
        Overlay::TextBox(text_box) => model.overlay = text_box.update(action).map(Overlay::TextBox),
        Overlay::Confirm(confirm) if action == Action::Terms && confirm.terms.is_some() => {
            model.overlay = Some(Overlay::Terms(Box::new(TermsForm::of(confirm))));
        }
        Overlay::Confirm(confirm) if action == Action::Terms => {
            model.overlay = Some(Overlay::Confirm(confirm));
            model.refuse("Only a hold has a name and a deadline", now);
        }
        Overlay::Confirm(confirm) => match confirm.update(action) {
            Answer::Open(confirm) => model.overlay = Some(Overlay::Confirm(confirm)),
            Answer::Yes(drafts, pending) => {
                model.answered = Some(ANSWERED.into());
                let request = model.requests.open(pending);
                return vec![Effect::Append { request, drafts }];
            }
            Answer::No => {
                model.answered = Some(ANSWERED.into());
                model.say("Nothing was written", now);
            }
        },
    }
    Vec::new()
}

fn act_on_screen(model: &mut Model, action: Action, key: Option<KeyEvent>, now: Instant) -> Vec<Effect> {
    calculator::heed_capital(model, action, key);
    if let Some(why) = forbidden(&model.setup, action) {
        model.refuse_question(why, now);
        return Vec::new();
    }
    let taken = match model.screen {
        Screen::Overview => overview::act(model, action, now),
        Screen::Account => account::act(model, action, now),
        Screen::Calculator => calculator::act(model, action, key, now),
        Screen::Ledger => ledger::act(model, action, now),
    };
    if taken { Vec::new() } else { act_everywhere(model, action, now) }
}

/// Why a copy that only looks doesn't do this, if it doesn't.
pub(super) fn forbidden(setup: &Setup, action: Action) -> Option<&'static str> {
    match action {
        Action::Record | Action::Hold | Action::AddEntry | Action::Reverse if setup.read_only => {
            Some("Nothing is recorded: this was opened with --read-only. Open it without to record.")
        }
        Action::Refresh | Action::RefreshAll if setup.read_only && !setup.demo => {
            Some("Nothing is polled: this was opened with --read-only. Open it without to poll.")
        }
        _ => None,
    }
}

fn act_everywhere(model: &mut Model, action: Action, now: Instant) -> Vec<Effect> {
    match action {
        Action::NextScreen => show(model, model.screen.next()),
        Action::PreviousScreen => show(model, model.screen.previous()),
        Action::Calculate | Action::Ledger | Action::Refresh
            if model.current().is_none() && model.screen != Screen::Calculator =>
        {
            model.refuse(overview::nothing_selected(model), now);
        }
        Action::Calculate if model.screen == Screen::Calculator => model.say("This is the calculator", now),
        Action::Ledger if model.screen == Screen::Ledger => model.say("This is the ledger", now),
        Action::Calculate => show(model, Screen::Calculator),
        Action::Ledger => show(model, Screen::Ledger),
        Action::Back if model.screen == Screen::Overview => return vec![Effect::Quit],
        Action::Back | Action::Leave => {
            let behind = model.behind.take().unwrap_or(Screen::Overview);
            show(model, behind);
        }
        Action::Refresh => return refresh(model, model.selected.clone().into_iter().collect(), now),
        Action::Older => return ledger::ask_for_older(model, now),
        Action::RefreshAll => return refresh_all(model, now),
        Action::Dates => {
            model.dates = !model.dates;
            model.say(if model.dates { "Countdowns are shown as dates" } else { "Dates are shown as countdowns" }, now);
        }
        Action::Zone => {
            model.setup.utc = !model.setup.utc;
            let zone = Scene::new(&model.setup, model.dates, now).zone_name();
            model.say(format!("Times are shown in {zone}"), now);
        }
        Action::Privacy => {
            model.setup.privacy = !model.setup.privacy;
            model.say(
                if model.setup.privacy { "Names, notes and refs are masked" } else { "Names, notes and refs are shown" },
                now,
            );
        }
        Action::Mouse => {
            model.setup.mouse = !model.setup.mouse;
            model.say(if model.setup.mouse { "The mouse works here" } else { "The mouse is left to the terminal" }, now);
            return vec![Effect::Mouse(model.setup.mouse)];
        }
        Action::Copy => return copy(model, now),
        Action::Troubles => model.overlay = Some(Overlay::TextBox(TextBox::new(About::Troubles))),
        Action::Help => model.overlay = Some(Overlay::Help(Help::new(model.contexts()))),
        Action::PickAccount => model.overlay = Some(Overlay::Picker(Picker::default())),
        _ => {}
    }
    Vec::new()
}

/// Turns to another screen.
pub(crate) fn show(model: &mut Model, screen: Screen) {
    // What the calculator's next key would act on stays what the next screen is about.
    if model.screen == Screen::Calculator
        && matches!(screen, Screen::Account | Screen::Ledger)
        && let Some(id) = model.calculator.in_focus().filter(|id| model.find(id).is_some())
    {
        model.selected = Some(id.clone());
    }
    if screen == Screen::Calculator && model.screen != screen {
        model.calculator.enter(model.selected.clone());
    }
    model.behind = match (model.screen, screen) {
        (_, Screen::Overview | Screen::Account) => None,
        (Screen::Account, _) => Some(Screen::Account),
        _ => model.behind,
    };
    model.account.scroll = 0;
    model.screen = screen;
}

/// Asks about all accounts; on the overview about those that are listed.
fn refresh_all(model: &mut Model, now: Instant) -> Vec<Effect> {
    let ids: Vec<AccountId> = if model.screen == Screen::Overview {
        let listed = model.overview.shown.iter().filter_map(|place| model.accounts.get(*place));
        listed.map(|account| account.id().clone()).collect()
    } else {
        model.accounts.iter().map(|account| account.id().clone()).collect()
    };
    if ids.is_empty() {
        model.refuse(overview::nothing_selected(model), now);
        return Vec::new();
    }
    refresh(model, ids, now)
}

fn refresh(model: &mut Model, ids: Vec<AccountId>, now: Instant) -> Vec<Effect> {
    let polled =
        |id: &AccountId| model.find(id).is_some_and(|account| account.book.rules.source == crate::credit::Source::Polled);
    let ids: Vec<AccountId> = ids.into_iter().filter(polled).collect();
    if ids.is_empty() {
        model.say("Nothing to ask: these figures are kept by hand", now);
        return Vec::new();
    }
    vec![Effect::Refresh(ids)]
}

fn copy(model: &mut Model, now: Instant) -> Vec<Effect> {
    let text = match model.screen {
        Screen::Overview | Screen::Account if model.current().is_none() => {
            model.refuse(overview::nothing_selected(model), now);
            return Vec::new();
        }
        Screen::Overview | Screen::Account => account::copied(model, now),
        Screen::Calculator => calculator::copied(model),
        Screen::Ledger if ledger::marked(model).is_none() => {
            model.refuse(ledger::nothing_marked(model), now);
            return Vec::new();
        }
        Screen::Ledger => ledger::copied(model),
    };
    let Some(text) = text else {
        model.say("Nothing to copy here", now);
        return Vec::new();
    };
    let copied = MessageText::from("Copied ");
    let what = match (model.screen, &model.selected) {
        (Screen::Overview | Screen::Account, Some(id)) => copied.words("the balance of ").account(model, id),
        (Screen::Calculator, _) => {
            copied.words(&format!("the quote of {}", format::counted(model.calculator.lines.len(), "line", "lines")))
        }
        _ => copied.words("the marked entry"),
    };
    vec![Effect::Copy { request: model.requests.open(Pending::Copy(what)), text }]
}

/// Gives a key to the field that has the focus.
fn type_key(model: &mut Model, key: KeyEvent, now: Instant) {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => {
            if help.key(key) {
                help.marked = 0;
            }
        }
        Some(Overlay::Picker(picker)) => {
            if picker.field.key(key) {
                picker.typed();
            }
        }
        Some(Overlay::Day(asked)) => {
            asked.field.key(key);
        }
        Some(Overlay::Terms(form)) => form.key(key),
        Some(Overlay::Form(form)) => form.key(key),
        Some(Overlay::Confirm(_) | Overlay::TextBox(_)) => {}
        None => match model.screen {
            Screen::Overview if model.overview.filtering => {
                model.overview.filter.key(key);
            }
            Screen::Ledger if model.ledger.filtering => {
                model.ledger.filter.key(key);
            }
            Screen::Calculator if model.calculator.adding => calculator::type_key(model, key, now),
            _ => {}
        },
    }
}

fn paste(model: &mut Model, text: &str, now: Instant) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Help(help)) => help.field.paste(text),
        Some(Overlay::Picker(picker)) => {
            picker.field.paste(text);
            picker.typed();
        }
        Some(Overlay::Day(asked)) => asked.field.paste(text),
        Some(Overlay::Terms(form)) => form.paste(text),
        Some(Overlay::Form(form)) => form.paste(text),
        Some(Overlay::Confirm(_) | Overlay::TextBox(_)) => {}
        None => match model.screen {
            Screen::Overview if model.overview.filtering => model.overview.filter.paste(text),
            Screen::Ledger if model.ledger.filtering => model.ledger.filter.paste(text),
            Screen::Calculator if model.calculator.adding => calculator::paste(model, text, now),
            _ => model.say("Pasted text is taken only where something is typed", now),
        },
    }
    Vec::new()
}

fn point(model: &mut Model, mouse: MouseEvent, now: Instant) -> Vec<Effect> {
    if !model.setup.mouse {
        return Vec::new();
    }
    match mouse.kind {
        MouseEventKind::ScrollUp => act(model, Action::Up, None, now),
        MouseEventKind::ScrollDown => act(model, Action::Down, None, now),
        MouseEventKind::Down(MouseButton::Left) if model.overlay.is_none() => {
            if mouse.row == 0 {
                if let Some(screen) = super::view::tab_at(model, mouse.column) {
                    show(model, screen);
                }
                return Vec::new();
            }
            match model.screen {
                Screen::Overview => overview::click(model, mouse.row),
                Screen::Calculator => calculator::click(model, mouse.row, now),
                Screen::Ledger => ledger::click(model, mouse.row),
                Screen::Account => {}
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}
