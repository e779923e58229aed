//! What keys do on every screen: turn to another one, ask the providers, change how things are shown.

use super::help::Help;
use super::message::Effect;
use super::message_text::MessageText;
use super::model::{Model, Overlay, Screen};
use super::requests::Pending;
use super::scene::Scene;
use super::widgets::text_box::{About, TextBox};
use super::{account, calculator, format, ledger, overview};
use crate::credit::{AccountId, Instant, Source};

/// What can be done on every screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Everywhere {
    NextScreen,
    PreviousScreen,
    Calculate,
    Ledger,
    RefreshAll,
    Dates,
    Zone,
    Privacy,
    Mouse,
    Copy,
    Troubles,
    Help,
    /// Back; on the overview it quits.
    Back,
    /// Back; it never quits.
    Leave,
}

/// Does it.
pub(super) fn act(model: &mut Model, action: Everywhere, now: Instant) -> Vec<Effect> {
    match action {
        Everywhere::NextScreen => show(model, model.screen.next()),
        Everywhere::PreviousScreen => show(model, model.screen.previous()),
        Everywhere::Calculate if model.screen == Screen::Calculator => model.say("This is the calculator", now),
        Everywhere::Calculate => turn_to(model, Screen::Calculator, now),
        Everywhere::Ledger if model.screen == Screen::Ledger && model.current().is_some() => {
            model.say("This is the ledger", now);
        }
        Everywhere::Ledger => turn_to(model, Screen::Ledger, now),
        Everywhere::RefreshAll => return refresh_all(model, now),
        Everywhere::Dates => {
            model.dates = !model.dates;
            model.say(if model.dates { "Countdowns are shown as dates" } else { "Dates are shown as countdowns" }, now);
        }
        Everywhere::Zone => {
            model.setup.utc = !model.setup.utc;
            let zone = Scene::new(&model.setup, model.dates, now).zone_name();
            model.say(format!("Times are shown in {zone}"), now);
        }
        Everywhere::Privacy => {
            model.setup.privacy = !model.setup.privacy;
            let masked = model.setup.privacy;
            model.say(if masked { "Names, notes and refs are masked" } else { "Names, notes and refs are shown" }, now);
        }
        Everywhere::Mouse => {
            model.setup.mouse = !model.setup.mouse;
            model.say(if model.setup.mouse { "The mouse works here" } else { "The mouse is left to the terminal" }, now);
            return vec![Effect::Mouse(model.setup.mouse)];
        }
        Everywhere::Copy => return copy(model, now),
        Everywhere::Troubles => model.overlay = Some(Overlay::TextBox(TextBox::new(About::Troubles))),
        Everywhere::Help => model.overlay = Some(Overlay::Help(Help::new(model.contexts()))),
        Everywhere::Back if model.screen == Screen::Overview => return vec![Effect::Quit],
        Everywhere::Back => go_back(model),
        Everywhere::Leave => leave(model, now),
    }
    Vec::new()
}

/// Whether the footer offers it: not where one is already, and nothing that would be refused.
pub(super) fn offers(model: &Model, action: Everywhere) -> bool {
    let somebody = model.current().is_some();
    match action {
        Everywhere::Calculate => model.screen != Screen::Calculator && somebody,
        Everywhere::Ledger => model.screen != Screen::Ledger && (somebody || model.screen == Screen::Calculator),
        Everywhere::RefreshAll => model.screen == Screen::Overview && !model.overview.shown.is_empty(),
        Everywhere::NextScreen
        | Everywhere::PreviousScreen
        | Everywhere::Dates
        | Everywhere::Zone
        | Everywhere::Privacy
        | Everywhere::Mouse
        | Everywhere::Copy
        | Everywhere::Troubles
        | Everywhere::Help
        | Everywhere::Back
        | Everywhere::Leave => true,
    }
}

/// Turns to a screen that is about the selected account, where there is one.
fn turn_to(model: &mut Model, screen: Screen, now: Instant) {
    if model.current().is_none() && model.screen != Screen::Calculator {
        model.refuse(overview::nothing_selected(model), now);
    } else {
        show(model, screen);
    }
}

/// Turns to another screen.
pub(super) fn show(model: &mut Model, screen: Screen) {
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

/// Goes back to the screen that this one was opened from.
pub(super) fn go_back(model: &mut Model) {
    let behind = model.behind.take().unwrap_or(Screen::Overview);
    show(model, behind);
}

/// Leaves what is begun on the screen, else the screen.
fn leave(model: &mut Model, now: Instant) {
    let stays = match model.screen {
        Screen::Overview => overview::leave(model, now),
        Screen::Account => false,
        Screen::Calculator => calculator::leave(model, now),
        Screen::Ledger => ledger::leave(model),
    };
    if !stays {
        go_back(model);
    }
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

/// Asks about these accounts, as far as they are polled.
pub(super) fn refresh(model: &mut Model, ids: Vec<AccountId>, now: Instant) -> Vec<Effect> {
    let polled = |id: &AccountId| model.find(id).is_some_and(|account| account.book.rules.source == Source::Polled);
    let ids: Vec<AccountId> = ids.into_iter().filter(polled).collect();
    if ids.is_empty() {
        model.say("Nothing to ask: these figures are kept by hand", now);
        return Vec::new();
    }
    vec![Effect::Refresh { request: model.requests.open(Pending::Refresh), accounts: ids }]
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
