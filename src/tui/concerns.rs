//! What a person should know of an account at first glance: what is wrong with it, the most urgent first, else what changes next.

use std::collections::HashSet;

use ratatui::style::Style;

use super::accounts::Account;
use super::scene::Scene;
use super::theme::Theme;
use crate::credit::{
    AccountState, AccountStatus, Amount, ChangeKind, Failure, FailureKind, Figure, FigureSource, Instant, NextChange, WarningKind,
};

/// Something that is wrong, or soon will be. The order is that of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Concern {
    /// The provider does not accept the key.
    KeyRefused,
    /// The provider does not accept the key, or the account has no credits: it answers alike.
    RefusedOrEmpty,
    /// There is no key to ask with.
    NoKey,
    /// Another failure that stays until a person does something.
    Barred(FailureKind),
    /// The subscription has ended.
    Ended,
    /// Nothing can be spent.
    Empty,
    /// Nothing can be spent from then on.
    RunsDry(Instant),
    /// So much lapses then.
    Lapses(Instant, Option<Amount>),
    /// Little is left.
    Low,
    /// The subscription ends then.
    Ends(Instant),
    /// A drop that no entry explains.
    Dropped(Option<Amount>),
    /// A fair-use cap is near or passed.
    FairUse,
    /// A wrong clock dated an entry ahead, so that it counts in no figure until then.
    DatedAhead(Instant),
    /// There are no figures and never were any, because of that failure where it is known; the next poll may bring some.
    NoFigures(Option<FailureKind>),
    /// The last poll failed; the next may not.
    Failing(FailureKind),
    /// The figures are old.
    Old,
    /// Nobody knows what is left.
    Unknown,
    /// Nothing is recorded yet.
    New,
    /// Not asked yet.
    Waiting,
}

impl Concern {
    /// All that there is about an account, the most urgent first.
    pub(crate) fn of(status: &AccountStatus) -> Vec<Self> {
        let has_none = matches!(status.state, AccountState::Error | AccountState::Pending);
        let mut all: Vec<Self> = status.failure.iter().map(|failure| Self::of_failure(failure, has_none)).collect();
        all.extend(match status.state {
            AccountState::Lapsed => Some(Self::Ended),
            AccountState::Empty => Some(Self::Empty),
            AccountState::Low => Some(Self::Low),
            AccountState::Unknown => Some(Self::Unknown),
            AccountState::New => Some(Self::New),
            AccountState::Pending => Some(Self::Waiting),
            AccountState::Stale if status.failure.is_none() => Some(Self::Old),
            AccountState::Error if status.failure.is_none() => Some(Self::NoFigures(None)),
            AccountState::Stale | AccountState::Error | AccountState::Ok => None,
        });
        for warning in &status.warnings {
            all.extend(match (warning.kind, warning.at) {
                (WarningKind::RunsOut, Some(at)) => Some(Self::RunsDry(at)),
                (WarningKind::Lapses, Some(at)) => Some(Self::Lapses(at, warning.amount)),
                (WarningKind::SubscriptionEnds, Some(at)) => Some(Self::Ends(at)),
                (WarningKind::UnexplainedDrop, _) => Some(Self::Dropped(warning.amount)),
                (WarningKind::FairUse, _) => Some(Self::FairUse),
                (WarningKind::DatedAhead, Some(at)) => Some(Self::DatedAhead(at)),
                // Told by the failure and the state.
                _ => None,
            });
        }
        all.sort_unstable();
        if all.iter().any(|concern| matches!(concern, Self::RunsDry(_))) {
            // That it is low is said by when it runs dry.
            all.retain(|concern| *concern != Self::Low);
        }
        all
    }

    /// Whether it is about the credits, and not about the account's key or its polls.
    fn is_of_balance(self) -> bool {
        let is_of_access = matches!(self, Self::KeyRefused | Self::RefusedOrEmpty | Self::NoKey | Self::Barred(_));
        !is_of_access && !matches!(self, Self::NoFigures(_) | Self::Failing(_) | Self::Old | Self::Waiting)
    }

    /// What a failed poll comes to, where the account has no figures at all or older ones.
    fn of_failure(failure: &Failure, has_none: bool) -> Self {
        match failure.kind {
            _ if failure.or_out_of_credit => Self::RefusedOrEmpty,
            kind if kind.refuses_key() => Self::KeyRefused,
            FailureKind::NoKey => Self::NoKey,
            FailureKind::OutOfCredit | FailureKind::Refused | FailureKind::Configuration | FailureKind::Clock => {
                Self::Barred(failure.kind)
            }
            kind if has_none => Self::NoFigures(Some(kind)),
            kind => Self::Failing(kind),
        }
    }

    /// Its sign before the name, and its style: red only where a person must act.
    pub(crate) fn mark(self, theme: &Theme) -> (char, Style) {
        match self {
            Self::KeyRefused | Self::RefusedOrEmpty | Self::Barred(_) | Self::Ended | Self::Empty => ('✕', theme.act),
            Self::NoKey => ('✕', theme.look),
            Self::RunsDry(_) | Self::Low => ('▼', theme.look),
            Self::Lapses(..)
            | Self::Ends(_)
            | Self::Dropped(_)
            | Self::FairUse
            | Self::DatedAhead(_)
            | Self::Failing(_)
            | Self::Old => ('◷', theme.look),
            Self::NoFigures(_) | Self::Unknown => ('?', theme.look),
            Self::New => (' ', theme.dim),
            Self::Waiting => ('…', theme.dim),
        }
    }

    /// What is said of it in the account's row, the fullest first; the last is short.
    fn words(self, scene: &Scene<'_>, status: &AccountStatus, polling: bool) -> Vec<String> {
        let age = || status.observed_at.map(|at| format!(" · {}", scene.old(at))).unwrap_or_default();
        let then = |words: &str| {
            let mut all: Vec<String> = next_words(scene, status).into_iter().map(|next| format!("{words} · {next}")).collect();
            all.push(words.to_owned());
            all
        };
        match self {
            Self::KeyRefused => vec![format!("key refused{}", age()), "key refused".to_owned()],
            Self::RefusedOrEmpty => {
                let words = "key refused or out of credit";
                vec![format!("{words}{}", age()), words.to_owned(), "refused or empty".to_owned()]
            }
            Self::NoKey => vec![format!("no key{}", age()), "no key".to_owned()],
            Self::NoFigures(None) => vec!["no figures".to_owned()],
            Self::NoFigures(Some(kind)) => {
                vec![format!("no figures: {}", kind.words()), kind.words().to_owned(), kind.brief().to_owned()]
            }
            Self::Barred(kind) | Self::Failing(kind) => {
                vec![format!("{}{}", kind.words(), age()), kind.words().to_owned(), kind.brief().to_owned()]
            }
            Self::Ended => {
                let since = status.subscription_ends_at.map(|at| format!("ended {}", scene.age(at)));
                since.into_iter().chain(["ended".to_owned()]).collect()
            }
            Self::Empty => then("nothing left"),
            Self::RunsDry(at) => runs_dry(scene, at),
            Self::Lapses(at, amount) => lapses(scene, at, amount.map(Figure::Known)),
            Self::Low => then("low"),
            Self::Ends(at) => vec![format!("ends {}", scene.when(at)), format!("ends {}", scene.soon(at))],
            Self::Dropped(amount) => {
                let much = amount.map(|amount| format!("{} gone", scene.amount(amount)));
                vec![format!("{}, unexplained", much.as_deref().unwrap_or("a drop")), "unexplained".to_owned()]
            }
            Self::FairUse => vec!["near its fair-use cap".to_owned(), "fair use".to_owned()],
            Self::DatedAhead(at) => vec![
                format!("an entry is dated {}: a clock was wrong; reverse it", scene.when(at)),
                format!("an entry is dated {}", scene.soon(at)),
                "an entry dated ahead".to_owned(),
                "dated ahead".to_owned(),
            ],
            Self::Old => {
                let old = status.observed_at.map(|at| format!("figures {}", scene.old(at)));
                vec![old.unwrap_or_else(|| "old figures".to_owned()), "stale".to_owned()]
            }
            Self::Unknown => vec!["what is left is unknown".to_owned(), "unknown".to_owned()],
            Self::New => vec!["nothing recorded yet".to_owned(), "new".to_owned()],
            Self::Waiting if polling => vec!["asking…".to_owned()],
            Self::Waiting => vec!["not asked yet".to_owned(), "waiting".to_owned()],
        }
    }
}

fn runs_dry(scene: &Scene<'_>, at: Instant) -> Vec<String> {
    let when = if scene.dates { scene.when(at) } else { format!("in {}", scene.rough(at)) };
    vec![format!("runs dry {when} ≈"), format!("runs dry {}", scene.soon(at)), format!("dry {}", scene.soon(at))]
}

fn lapses(scene: &Scene<'_>, at: Instant, amount: Option<Figure>) -> Vec<String> {
    let Some(Figure::Known(amount)) = amount else {
        return vec![format!("credits lapse {}", scene.when(at)), format!("lapse {}", scene.soon(at))];
    };
    let verb = if amount == Amount::ONE { "lapses" } else { "lapse" };
    let much = scene.fitted(amount, 16);
    vec![
        format!("{much} {verb} {}", scene.when(at)),
        format!("{much} {verb} {}", scene.soon(at)),
        format!("{verb} {}", scene.soon(at)),
    ]
}

/// What changes next, the fullest words first.
pub(crate) fn next_words(scene: &Scene<'_>, status: &AccountStatus) -> Vec<String> {
    let Some(change) = &status.next_change else {
        let has_unknown_day = status
            .buckets
            .iter()
            .any(|bucket| bucket.reset_source == Some(FigureSource::Unknown) && bucket.remaining != Figure::Unlimited);
        let words = if has_unknown_day { ["reset day unknown", "day unknown"] } else { ["no change due", "–"] };
        return words.map(str::to_owned).to_vec();
    };
    of_change(scene, change)
}

fn of_change(scene: &Scene<'_>, change: &NextChange) -> Vec<String> {
    let sign = if change.approximate { " ≈" } else { "" };
    let (when, soon) = (format!("{}{sign}", scene.when(change.at)), scene.soon(change.at));
    let known = change.amount.and_then(Figure::known).map(|amount| scene.fitted(amount, 16));
    match (change.kind, known) {
        (ChangeKind::Lapses, _) => lapses(scene, change.at, change.amount),
        (ChangeKind::RunsOut, _) => runs_dry(scene, change.at),
        (ChangeKind::Reset, Some(to)) => {
            vec![format!("refills to {to} {when}"), format!("refills {when}"), format!("refills {soon}{sign}")]
        }
        (ChangeKind::Reset, None) => vec![format!("refills {when}"), format!("refills {soon}{sign}")],
        (ChangeKind::Grant, Some(amount)) => {
            vec![format!("{amount} more {when}"), format!("{amount} more {soon}"), format!("more {soon}")]
        }
        (ChangeKind::Grant, None) => vec![format!("more {when}"), format!("more {soon}")],
        (ChangeKind::HoldEnds, Some(amount)) => {
            vec![format!("hold ends {when}: {amount} back"), format!("hold ends {when}"), format!("hold ends {soon}")]
        }
        (ChangeKind::HoldEnds, None) => vec![format!("hold ends {when}"), format!("hold ends {soon}")],
        (ChangeKind::PlanChanges, _) => vec![format!("plan changes {when}"), format!("new plan {soon}")],
        (ChangeKind::SubscriptionEnds, _) => vec![format!("ends {when}"), format!("ends {soon}")],
        // Until the reset that nobody knows the day of.
        (ChangeKind::BecomesUnknown, _) => vec!["reset day unknown".to_owned(), "day unknown".to_owned()],
    }
}

/// What is said of an account in its row.
#[derive(Debug, Clone)]
pub(crate) struct Headline {
    /// Its sign; a space where nothing is wrong.
    pub(crate) glyph: char,
    /// What is wrong, else what changes next; the fullest first.
    pub(crate) words: Vec<String>,
    pub(crate) style: Style,
    /// Whether something is wrong.
    pub(crate) is_concern: bool,
}

impl Headline {
    pub(crate) fn of(scene: &Scene<'_>, status: &AccountStatus, polling: bool) -> Self {
        let theme = scene.theme();
        if let Some(concern) = Concern::of(status).first() {
            return Self::of_concern(*concern, scene, status, polling);
        }
        let is_vague = status.next_change.as_ref().is_none_or(|next| next.kind == ChangeKind::BecomesUnknown);
        let style = if is_vague { theme.dim } else { theme.text };
        Self { glyph: ' ', words: next_words(scene, status), style, is_concern: false }
    }

    /// As [`Self::of`], in a row of the list: where a row above tells of the same balance, this one says so (SPEC P9). What is wrong with
    /// its own key or polls is said all the same.
    pub(crate) fn of_row(scene: &Scene<'_>, account: &Account, status: &AccountStatus) -> Self {
        let headline = Self::of(scene, status, account.polling());
        let is_of_balance = Concern::of(status).first().is_none_or(|concern| concern.is_of_balance());
        let Some(first) = account.told_with().filter(|_| is_of_balance) else { return headline };
        let first = first.shown(scene.setup.privacy);
        let shares = [format!("shares with {first}"), format!("with {first}")];
        if !headline.is_concern {
            return Self { words: shares.to_vec(), style: scene.theme().dim, ..headline };
        }
        let fullest = headline.words.first().map(|words| format!("{words} · shares with {first}"));
        let both = headline.words.iter().map(|words| format!("{words} · with {first}"));
        let words = fullest.into_iter().chain(both).chain(shares).collect();
        Self { words, ..headline }
    }

    pub(crate) fn of_concern(concern: Concern, scene: &Scene<'_>, status: &AccountStatus, polling: bool) -> Self {
        let (glyph, style) = concern.mark(scene.theme());
        Self { glyph, words: concern.words(scene, status, polling), style, is_concern: true }
    }

    /// The fullest words that have room.
    pub(crate) fn fitting(&self, width: usize) -> String {
        use unicode_width::UnicodeWidthStr;
        let fits = self.words.iter().find(|words| words.width() <= width).or(self.words.last());
        fits.map(|words| super::format::cut(words, width, super::scene::ELLIPSIS)).unwrap_or_default()
    }
}

/// A part of the summary, in full and short.
pub(crate) type Part = (String, String, Style);

/// How many accounts there is something wrong with, by kind; counted once per change, whatever there are of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// For each of [`KINDS`] how often it holds, and the most urgent one.
    kinds: [Option<(usize, Concern)>; KINDS.len()],
    /// Accounts that the engine has yet to be asked about.
    pub(crate) unread: usize,
    /// Accounts that can't be worked out.
    pub(crate) broken: usize,
    /// Whether every account that could be worked out is well.
    pub(crate) is_well: bool,
}

impl Tally {
    pub(crate) fn of(accounts: &[Account]) -> Self {
        let mut tally = Self { is_well: true, ..Self::default() };
        // What a balance is short of counts once, however many accounts share it (SPEC P9).
        let mut told: HashSet<(usize, &str)> = HashSet::new();
        for account in accounts {
            tally.unread += usize::from(account.is_unread());
            let Ok(status) = &account.status else {
                tally.broken += usize::from(!account.is_unread());
                continue;
            };
            tally.is_well &= status.is_well();
            let pool = status.profile.pool.as_ref().map(|pool| pool.name.as_str());
            for (place, ((wanted, ..), counted)) in KINDS.iter().zip(&mut tally.kinds).enumerate() {
                let Some(concern) = account.concerns.iter().copied().find(wanted) else { continue };
                let is_new = !concern.is_of_balance() || pool.is_none_or(|pool| told.insert((place, pool)));
                let (count, first) = counted.unwrap_or((0, concern));
                *counted = Some((count + usize::from(is_new), first.min(concern)));
            }
        }
        tally
    }

    /// How things stand over all accounts, the most urgent first: `1 key refused`, `1 runs dry in 6 h`, `310 lapse in 8 d`.
    pub(crate) fn parts(&self, scene: &Scene<'_>) -> Vec<Part> {
        let counted = KINDS.iter().zip(&self.kinds).filter_map(|((_, one, many), counted)| Some((one, many, (*counted)?)));
        let part = |(one, many, (count, first)): (&&'static str, &&'static str, (usize, Concern))| {
            let words = if count == 1 { *one } else { *many };
            let plain = format!("{} {words}", super::format::counted(count, "", "").trim());
            let (full, short) = match (first, count) {
                (Concern::Lapses(at, Some(amount)), 1) => {
                    let much = scene.fitted(amount, 24);
                    (format!("{much} {words} {}", scene.soon(at)), format!("{much} {words}"))
                }
                (Concern::RunsDry(at) | Concern::Lapses(at, _) | Concern::Ends(at), 1) => {
                    (format!("{plain} {}", scene.soon(at)), plain)
                }
                (Concern::RunsDry(at) | Concern::Lapses(at, _) | Concern::Ends(at), _) => {
                    (format!("{plain}, first {}", scene.soon(at)), plain)
                }
                _ => (plain.clone(), plain),
            };
            (full, short, first.mark(scene.theme()).1)
        };
        counted.map(part).collect()
    }
}

/// What is counted together, with its words for one account and for several.
type Kind = (fn(&Concern) -> bool, &'static str, &'static str);

/// All of them, in the order of urgency.
const KINDS: [Kind; 17] = [
    (|concern| *concern == Concern::KeyRefused, "key refused", "keys refused"),
    (|concern| *concern == Concern::RefusedOrEmpty, "key refused or out of credit", "keys refused or out of credit"),
    (|concern| matches!(concern, Concern::Barred(_)), "blocked", "blocked"),
    (|concern| *concern == Concern::Ended, "ended", "ended"),
    (|concern| *concern == Concern::Empty, "empty", "empty"),
    (|concern| matches!(concern, Concern::RunsDry(_)), "runs dry", "run dry"),
    (|concern| matches!(concern, Concern::Lapses(..)), "lapse", "lapse"),
    (|concern| *concern == Concern::Low, "low", "low"),
    (|concern| *concern == Concern::NoKey, "without a key", "without a key"),
    (|concern| matches!(concern, Concern::Ends(_)), "ends", "end"),
    (|concern| matches!(concern, Concern::Dropped(_)), "unexplained drop", "unexplained drops"),
    (|concern| *concern == Concern::FairUse, "near fair use", "near fair use"),
    (|concern| matches!(concern, Concern::NoFigures(_)), "without figures", "without figures"),
    (|concern| matches!(concern, Concern::Failing(_) | Concern::Old), "stale", "stale"),
    (|concern| *concern == Concern::Unknown, "unknown", "unknown"),
    (|concern| *concern == Concern::New, "new", "new"),
    (|concern| *concern == Concern::Waiting, "not asked yet", "not asked yet"),
];
