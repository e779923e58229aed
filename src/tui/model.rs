//! Everything that the screens show.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::account::AccountScreen;
use super::accounts::Account;
use super::calculator::day::DayField;
use super::calculator::{Calculator, TermsForm};
use super::help::Help;
use super::keymap::Context;
use super::ledger::{EntryForm, LedgerScreen};
use super::message_text::MessageText;
use super::outcomes::Outcomes;
use super::overview::Overview;
use super::requests::Requests;
use super::theme::Theme;
use super::troubles::Troubles;
use super::widgets::Picker;
use super::widgets::confirm::Confirm;
use super::widgets::text_box::TextBox;
use crate::credit::{AccountId, Instant};

/// How the dashboard is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The colours.
    pub theme: Theme,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// The zone that times are shown in.
    pub zone: Tz,
    /// Whether times are shown in UTC instead.
    pub utc: bool,
    /// Whether personal data is masked.
    pub privacy: bool,
    /// The program's version.
    pub version: &'static str,
    /// Whether this is the demo, on simulated accounts.
    pub demo: bool,
    /// Whether this copy only looks: nothing is recorded, and outside the demo nothing is polled.
    pub read_only: bool,
    /// How many accounts are being read when the dashboard opens.
    pub reading: usize,
    /// Where the configuration is, and whether there is one: without accounts that says what to do.
    pub config: (String, bool),
    /// Who records, as far as it is known: every entry carries an actor.
    pub actor: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            theme: Theme::dark(),
            ascii: false,
            mouse: true,
            zone: Tz::UTC,
            utc: false,
            privacy: false,
            version: env!("CARGO_PKG_VERSION"),
            demo: false,
            read_only: false,
            reading: 0,
            config: (String::new(), false),
            actor: None,
        }
    }
}

/// The screens, in the order of `Tab`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Overview,
    Account,
    Calculator,
    Ledger,
}

impl Screen {
    pub(crate) const ALL: [Self; 4] = [Self::Overview, Self::Account, Self::Calculator, Self::Ledger];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Account => "Account",
            Self::Calculator => "Calculator",
            Self::Ledger => "Ledger",
        }
    }

    pub(crate) fn next(self) -> Self {
        match self {
            Self::Overview => Self::Account,
            Self::Account => Self::Calculator,
            Self::Calculator => Self::Ledger,
            Self::Ledger => Self::Overview,
        }
    }

    pub(crate) fn previous(self) -> Self {
        self.next().next().next()
    }
}

/// What lies over a screen; never two at once.
#[derive(Debug, Clone)]
pub(crate) enum Overlay {
    Help(Help),
    Confirm(Confirm),
    Picker(Picker),
    Day(DayField),
    Terms(Box<TermsForm>),
    Form(Box<EntryForm>),
    TextBox(TextBox),
}

/// How much a line of news matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It went well, or is good to know.
    Calm,
    /// It didn't go.
    Refused,
}

/// How long a line of news stays at most.
pub(crate) const LONGEST_TOAST: TimeDelta = TimeDelta::seconds(20);

/// A line of news above the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) tone: Tone,
    pub(crate) text: MessageText,
    pub(crate) until: Instant,
}

/// The state of the dashboard.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) setup: Setup,
    pub(crate) size: (u16, u16),
    /// Whether the accounts have been read: before that there is nothing to say.
    pub(crate) loaded: bool,
    pub(crate) accounts: Vec<Account>,
    /// How many more are being read.
    pub(crate) to_come: usize,
    pub(crate) selected: Option<AccountId>,
    pub(crate) screen: Screen,
    /// The screen that `q` goes back to; the overview where there is none.
    pub(crate) behind: Option<Screen>,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) dates: bool,
    pub(crate) toast: Option<Toast>,
    /// What is said to a further answer where the last key answered a question, or asked for one that did not open: a `y` after it
    /// means nothing else.
    pub(crate) answered: Option<MessageText>,
    /// What is wrong with the configuration and its files.
    pub(crate) troubles: Troubles,
    /// What the runtime was asked for.
    pub(crate) requests: Requests,
    /// What the polls that a person asked for come to.
    pub(crate) outcomes: Outcomes,
    pub(crate) overview: Overview,
    pub(crate) account: AccountScreen,
    pub(crate) calculator: Calculator,
    pub(crate) ledger: LedgerScreen,
}

impl Model {
    /// A dashboard that waits for its accounts ([`super::Message::Books`]) and its size ([`super::Message::Resized`]).
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            size: (80, 24),
            loaded: false,
            accounts: Vec::new(),
            to_come: 0,
            selected: None,
            screen: Screen::Overview,
            behind: None,
            overlay: None,
            dates: false,
            toast: None,
            answered: None,
            troubles: Troubles::default(),
            requests: Requests::default(),
            outcomes: Outcomes::default(),
            overview: Overview::default(),
            account: AccountScreen::default(),
            calculator: Calculator::default(),
            ledger: LedgerScreen::default(),
        }
    }

    /// The columns and rows that it is drawn in.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The contexts that decide what a key means now, the most particular first.
    pub(crate) fn contexts(&self) -> Vec<Context> {
        let over = |context| vec![Context::Always, context];
        match (&self.overlay, self.screen) {
            (Some(Overlay::Help(_)), _) => over(Context::Help),
            (Some(Overlay::Confirm(question)), _) if question.insisted => over(Context::Insisting),
            (Some(Overlay::Confirm(_)), _) => over(Context::Confirm),
            (Some(Overlay::Picker(_)), _) => over(Context::Picker),
            (Some(Overlay::Day(_)), _) => over(Context::Day),
            (Some(Overlay::Terms(_)), _) => over(Context::Terms),
            (Some(Overlay::Form(_)), _) => over(Context::Form),
            (Some(Overlay::TextBox(_)), _) => over(Context::TextBox),
            (None, Screen::Overview) if self.overview.filter.typing => over(Context::Filtering),
            (None, Screen::Ledger) if self.ledger.filter.typing => over(Context::Filtering),
            (None, Screen::Calculator) if self.calculator.adding && !self.accounts.is_empty() => {
                let ready = self.calculator.field.is_empty().then_some(Context::Ready);
                std::iter::once(Context::Always).chain(ready).chain([Context::Adding]).collect()
            }
            (None, screen) => {
                let own = match screen {
                    Screen::Overview => Context::Overview,
                    Screen::Account => Context::Account,
                    Screen::Calculator => Context::Calculator,
                    Screen::Ledger => Context::Ledger,
                };
                vec![Context::Always, own, Context::List, Context::Everywhere]
            }
        }
    }

    /// Whether keys go to the calculator.
    pub(crate) fn calculator_is_open(&self) -> bool {
        self.screen == Screen::Calculator && self.overlay.is_none()
    }

    pub(crate) fn find(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id() == id)
    }

    /// The selected account.
    pub(crate) fn current(&self) -> Option<&Account> {
        self.selected.as_ref().and_then(|id| self.find(id))
    }

    pub(crate) fn say(&mut self, text: impl Into<MessageText>, now: Instant) {
        self.toast = Some(Toast { tone: Tone::Calm, text: text.into(), until: now + TimeDelta::seconds(8) });
    }

    /// Says why a question that was asked for does not open.
    pub(crate) fn refuse_question(&mut self, why: impl Into<MessageText>, now: Instant) {
        let why = why.into();
        self.answered = Some(why.clone());
        self.refuse(why, now);
    }

    pub(crate) fn refuse(&mut self, text: impl Into<MessageText>, now: Instant) {
        self.toast = Some(Toast { tone: Tone::Refused, text: text.into(), until: now + LONGEST_TOAST });
    }
}
