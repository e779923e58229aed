//! What every drawing function is handed: the instant, the settings, and the words for figures and times.
//!
//! A scene also notes when the first text that it gave out stops being true, so that the runtime can sleep until then.

use std::cell::Cell;

use chrono::TimeDelta;
use chrono_tz::Tz;
use ratatui::layout::Position;
use ratatui::style::Style;
use ratatui::text::Span;

use super::format;
use super::model::Setup;
use super::theme::Theme;
use crate::credit::{Amount, Figure, FigureSource, Instant, NARROW_SPACE, Wording};

/// What stands for a text that may name somebody while names are masked.
pub(crate) const HIDDEN: &str = "•••••";
/// The mark of a cut text.
pub(crate) const ELLIPSIS: char = '…';

/// One frame's view of the world.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) now: Instant,
    /// Whether countdowns are shown as dates.
    pub(crate) dates: bool,
    changes: Cell<Option<Instant>>,
    cursor: Cell<Option<Position>>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(setup: &'a Setup, dates: bool, now: Instant) -> Self {
        Self { setup, now, dates, changes: Cell::new(None), cursor: Cell::new(None) }
    }

    pub(crate) fn theme(&self) -> &'a Theme {
        &self.setup.theme
    }

    /// Whether gauges are drawn with letters because colours or blocks can't be.
    pub(crate) fn letters(&self) -> bool {
        self.setup.ascii || !self.setup.theme.colour
    }

    /// The next instant at which something that was drawn stops being true.
    pub(crate) fn next_change(&self) -> Option<Instant> {
        self.changes.get()
    }

    pub(crate) fn cursor(&self) -> Option<Position> {
        self.cursor.get()
    }

    /// Shows the terminal's cursor here.
    pub(crate) fn put_cursor(&self, x: u16, y: u16) {
        self.cursor.set(Some(Position::new(x, y)));
    }

    /// Notes that the frame is right only until `at`.
    pub(crate) fn changes_at(&self, at: Instant) {
        // At whole seconds, so that an age and a countdown tick in one frame; and a moment later, so that what ends with an instant and
        // what begins with it do.
        let rest = TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()));
        let whole = if rest.is_zero() { Some(at) } else { at.checked_add_signed(TimeDelta::seconds(1) - rest) };
        let at = whole.unwrap_or(at) + TimeDelta::milliseconds(1);
        if at > self.now && self.changes.get().is_none_or(|known| at < known) {
            self.changes.set(Some(at));
        }
    }

    fn shown(&self, span: format::Span) -> String {
        if let Some(until) = span.until {
            self.changes_at(until);
        }
        span.text
    }

    pub(crate) fn zone(&self) -> Tz {
        if self.setup.utc { Tz::UTC } else { self.setup.zone }
    }

    /// The name of the zone that times are shown in: `Europe/Berlin`, `UTC`.
    pub(crate) fn zone_name(&self) -> &'static str {
        match self.zone().name() {
            "Etc/UTC" | "Etc/UCT" | "Etc/Universal" | "Etc/Zulu" | "UCT" | "Universal" | "Zulu" => "UTC",
            name => name,
        }
    }

    /// `17 d 4 h`, whatever the wish for dates.
    pub(crate) fn countdown(&self, at: Instant) -> String {
        self.shown(format::countdown(at, self.now))
    }

    /// `in 17 d 4 h`, or `on 7 Dec 15:30` where dates are wished for.
    pub(crate) fn when(&self, at: Instant) -> String {
        if self.dates {
            return format!("on {}", self.date(at));
        }
        match self.countdown(at).as_str() {
            "now" => "now".to_owned(),
            text => format!("in {text}"),
        }
    }

    /// As [`Scene::when`], in its largest unit only: `in 8 d`, `on 7 Dec`.
    pub(crate) fn soon(&self, at: Instant) -> String {
        let words: Vec<String> = self.when(at).split(' ').take(3).map(str::to_owned).collect();
        words.join(" ")
    }

    /// How old something is: `2 d old`.
    pub(crate) fn old(&self, at: Instant) -> String {
        self.age(at).replace(" ago", " old")
    }

    /// `4 min`: for polls, where seconds would only unrest the eye.
    pub(crate) fn coarse(&self, at: Instant) -> String {
        self.shown(format::coarse_countdown(at, self.now))
    }

    pub(crate) fn rough(&self, at: Instant) -> String {
        self.shown(format::rough(at, self.now))
    }

    pub(crate) fn age(&self, at: Instant) -> String {
        self.shown(format::age(at, self.now))
    }

    /// `7 Dec 15:30`, with the year where it is another one.
    pub(crate) fn date(&self, at: Instant) -> String {
        let (at, now) = (at.with_timezone(&self.zone()), self.now.with_timezone(&self.zone()));
        let same_year = at.format("%Y").to_string() == now.format("%Y").to_string();
        at.format(if same_year { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" }).to_string()
    }

    /// `Fri 20 Nov 2026 10:00`, which changes every minute.
    pub(crate) fn clock(&self, pattern: &str) -> String {
        let next = (self.now.timestamp().div_euclid(60) + 1) * 60;
        if let Some(next) = Instant::from_timestamp(next, 0) {
            self.changes_at(next);
        }
        self.now.with_timezone(&self.zone()).format(pattern).to_string()
    }

    pub(crate) fn amount(&self, amount: Amount) -> String {
        amount.grouped_by(self.separator())
    }

    /// An amount in a column of this width.
    pub(crate) fn fitted(&self, amount: Amount, width: usize) -> String {
        format::fitted(amount, self.separator(), width, ELLIPSIS)
    }

    /// A rate, rounded to what a person can use: `about 86`, `about 8.6`, `under 0.01`.
    pub(crate) fn rate(&self, rate: Amount) -> String {
        let places = if rate >= Amount::from(20) {
            0
        } else if rate >= Amount::ONE {
            1
        } else {
            2
        };
        let rounded = rate.decimal().round_dp(places).to_string().parse().unwrap_or(rate);
        if rounded == Amount::ZERO { "under 0.01".to_owned() } else { format!("about {}", self.amount(rounded)) }
    }

    /// What stands between groups of three digits.
    pub(crate) fn separator(&self) -> char {
        if self.setup.ascii { ' ' } else { NARROW_SPACE }
    }

    pub(crate) fn figure(&self, figure: Figure) -> String {
        match figure {
            Figure::Known(amount) => self.amount(amount),
            Figure::Unlimited => "unlimited".to_owned(),
            Figure::Unknown => "– unknown".to_owned(),
        }
    }

    /// What an account is called here: its name, or its place while names are masked.
    pub(crate) fn account(&self, account: &super::accounts::Account) -> String {
        if self.setup.privacy { account.number_words() } else { format::clean(&account.book.profile.name) }
    }

    /// A sentence of the engine about an account, without what may name somebody while names are masked.
    pub(crate) fn scrubbed(&self, account: &super::accounts::Account, text: &str) -> String {
        let text = format::clean(text);
        if !self.setup.privacy {
            return text;
        }
        let mut secrets = account.secrets();
        // The longest first: a name may hold another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text, |text, secret| format::without_words(&text, secret, HIDDEN))
    }

    /// A text that may name somebody: not shown while names are masked.
    pub(crate) fn private(&self, text: &str) -> String {
        if self.setup.privacy { HIDDEN.to_owned() } else { format::clean(text) }
    }

    /// The name of the key that goes on.
    pub(crate) fn enter(&self) -> &'static str {
        if self.setup.ascii { "Enter" } else { "⏎" }
    }

    pub(crate) fn span(&self, text: impl Into<String>, pick: impl Fn(&Theme) -> Style) -> Span<'static> {
        Span::styled(text.into(), pick(self.theme()))
    }

    pub(crate) fn text(&self, text: impl Into<String>) -> Span<'static> {
        self.span(text, |theme| theme.text)
    }

    pub(crate) fn dim(&self, text: impl Into<String>) -> Span<'static> {
        self.span(text, |theme| theme.dim)
    }

    pub(crate) fn strong(&self, text: impl Into<String>) -> Span<'static> {
        self.span(text, |theme| theme.strong)
    }
}

impl Wording for Scene<'_> {
    fn amount(&self, amount: Amount) -> String {
        Scene::amount(self, amount)
    }

    fn about(&self, amount: Amount) -> String {
        self.rate(amount)
    }

    fn when(&self, at: Instant) -> String {
        if at < self.now && !self.dates { self.age(at) } else { Scene::when(self, at) }
    }

    fn span(&self, span: TimeDelta) -> String {
        format::countdown(self.now + span, self.now).text
    }
}

/// `≈` where a figure is inferred or estimated.
pub(crate) fn approximate(source: Option<FigureSource>) -> &'static str {
    if source.is_some_and(FigureSource::is_approximate) { " ≈" } else { "" }
}
