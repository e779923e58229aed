//! What the configuration says, checked and ready for use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};

use super::{Accounts, KeySource};
use crate::catalog::{AccountSettings, BaseUrl, Definition, nearest};
use crate::credit::{MoneyPrice, PlanId, PriceList, Profile, Rules, Thresholds};

/// The interval of polls where none is set.
pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(5);
/// `max_interval` where nothing is set: two and a half of [`DEFAULT_INTERVAL`].
pub const DEFAULT_MAX_INTERVAL: Duration = Duration::from_secs(750);

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The accounts, in the order of the file.
    pub accounts: Accounts,
    /// `time_zone`: the zone in which times are shown; `None` is the machine's own.
    pub time_zone: Option<Tz>,
    /// `theme`.
    pub theme: Theme,
    /// `ascii`: whether screens use ASCII only; `None` leaves that to the locale.
    pub ascii: Option<bool>,
    /// `mouse`: whether the dashboard listens to the mouse.
    pub mouse: bool,
    /// `low_percent`, `low_below`, `low_days` and `lapse_days`, for accounts that set none.
    pub thresholds: Thresholds,
    /// `interval` of polls, for accounts that set none.
    pub interval: Duration,
    /// `max_interval`, for accounts that set none.
    pub max_interval: Duration,
    /// `actor`: who records entries that name nobody.
    pub actor: Option<String>,
    /// `team`: whether each entry must name who recorded it.
    pub team: bool,
    /// The file that this was read from.
    pub file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accounts: Accounts::default(),
            time_zone: None,
            theme: Theme::Auto,
            ascii: None,
            mouse: true,
            thresholds: Thresholds::default(),
            interval: DEFAULT_INTERVAL,
            max_interval: DEFAULT_MAX_INTERVAL,
            actor: None,
            team: false,
            file: None,
        }
    }
}

impl Config {
    /// The account with that id.
    ///
    /// # Errors
    /// [`UnknownAccount`], with the nearest id that there is.
    pub fn account(&self, id: &str) -> Result<&Account, UnknownAccount> {
        self.accounts.get(id).ok_or_else(|| UnknownAccount {
            asked: id.to_owned(),
            nearest: nearest(id, self.accounts.iter().map(|account| account.profile.id.as_str())),
            any: !self.accounts.is_empty(),
        })
    }
}

/// An id that no account has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no account {asked:?}")]
pub struct UnknownAccount {
    /// The id that was asked for.
    pub asked: String,
    /// The id that is most like it.
    pub nearest: Option<String>,
    /// Whether there are accounts at all.
    pub any: bool,
}

impl UnknownAccount {
    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.nearest {
            Some(nearest) => format!("did you mean {nearest:?}?"),
            None if self.any => "creditop accounts list names them".to_owned(),
            None => "no account is configured yet: creditop config init writes a file to begin with".to_owned(),
        }
    }
}

/// The colours of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Dark or light, as the terminal's background is.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// The terminal's own 16 colours.
    Sixteen,
}

/// The words of `theme`.
pub(super) const THEMES: [(&str, Theme); 4] =
    [("auto", Theme::Auto), ("dark", Theme::Dark), ("light", Theme::Light), ("16", Theme::Sixteen)];

/// One account, with its provider's definition and the rules that follow from its settings.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who it is.
    pub profile: Profile,
    /// What rules and prices depend on.
    pub settings: AccountSettings,
    /// Its provider.
    pub definition: Arc<Definition>,
    /// How its credits behave.
    pub rules: Arc<Rules>,
    /// Where its key comes from; never for a hand-kept account.
    pub key: Option<KeySource>,
    /// The address that stands in for the provider's own.
    pub base_url: Option<BaseUrl>,
    /// Whether plain http may go to another machine.
    pub allow_insecure: bool,
    /// The time between two polls, at least the provider's stated minimum.
    pub interval: Duration,
    /// The longest time between two polls while nothing changes: from the interval to two and a half of it, so that the figures never
    /// look stale.
    pub max_interval: Duration,
    /// What was set and is not followed to the letter, as `interval` below the provider's minimum.
    pub remarks: Vec<String>,
    /// `price_per_credit`.
    pub money: Option<MoneyPrice>,
    /// The line, from 1, on which it begins.
    pub line: usize,
    /// Why it can't be used: what is wrong with its provider's definition, with file and line.
    pub broken: Option<String>,
}

impl Account {
    /// The host that its key is sent to, with its port where it is not the usual one; `None` where nothing is asked.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let usual = self.definition.host()?;
        Some(self.base_url.as_ref().map_or(usual, BaseUrl::host))
    }

    /// What its actions cost at a plan; `None` is an unknown plan.
    #[must_use]
    pub fn price_list(&self, plan: Option<&PlanId>) -> PriceList {
        self.definition.price_list(plan, &self.settings)
    }

    /// What its credits are worth at a plan: what it states itself, else what the provider's definition lists.
    #[must_use]
    pub fn price_per_credit(&self, plan: Option<&PlanId>) -> Option<MoneyPrice> {
        self.money.clone().or_else(|| self.definition.price_per_credit(plan, &self.settings))
    }

    /// The same account as its key makes it: a sandbox key changes rules and prices.
    #[must_use]
    pub fn with_key(self, key: &SecretString) -> Self {
        let sandbox = self.definition.sandbox_prefix().is_some_and(|prefix| key.expose_secret().starts_with(prefix));
        self.as_sandbox(sandbox)
    }

    /// The same account with a key that is known to be, or not to be, one for trying out.
    #[must_use]
    pub fn as_sandbox(mut self, sandbox: bool) -> Self {
        if sandbox != self.settings.sandbox {
            self.settings.sandbox = sandbox;
            // The settings were found good when the file was read, and a sandbox key asks for none.
            if let Ok(rules) = self.definition.rules(&self.profile.id, &self.settings) {
                self.rules = Arc::new(rules);
            }
        }
        self
    }
}
