//! An account as a person or a script sees it at an instant (SPEC 8.1).

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{
    AccountEvent, AccountId, Amount, BucketId, BucketKind, FairUsage, Figure, FigureSource, Forecast, Instant, NextChange,
    PlanId, Pool, ProviderId, Ref, Refill, Reliance, Source, Thresholds, Warning, day_of, entry_name, lot_name,
};

/// The failures of a poll (SPEC P2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// The key was not accepted.
    Unauthorized,
    /// The key may not do this, or is not valid.
    Forbidden,
    /// The provider says that no credits are left.
    OutOfCredit,
    /// Too many requests.
    RateLimited,
    /// The provider failed.
    ServerError,
    /// No connection.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// No secure connection.
    Tls,
    /// The answer is not what the definition describes.
    Malformed,
    /// The request would have been unsafe: plain http, or a redirect to another host.
    Refused,
    /// There is no key.
    NoKey,
    /// The account can't be used as it is configured: its provider's definition has problems.
    Configuration,
    /// The last poll was stamped with an instant that lies ahead: a clock was wrong. It is never stored.
    Clock,
}

impl FailureKind {
    /// The word used in JSON, in CSV and in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::OutOfCredit => "out-of-credit",
            Self::RateLimited => "rate-limited",
            Self::ServerError => "server-error",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Malformed => "malformed",
            Self::Refused => "refused",
            Self::NoKey => "no-key",
            Self::Configuration => "configuration",
            Self::Clock => "clock",
        }
    }

    /// What people call it, the same everywhere: in a row, on a page, in a sentence in brackets.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Unauthorized | Self::Forbidden => "key refused",
            Self::OutOfCredit => "provider says: no credits",
            Self::RateLimited => "asked too often",
            Self::ServerError => "provider failed",
            Self::Unreachable => "not reachable",
            Self::Timeout => "no answer in time",
            Self::Tls => "connection not secure",
            Self::Malformed => "answer not understood",
            Self::Refused => "unsafe request refused",
            Self::NoKey => "no key",
            Self::Configuration => "wrongly configured",
            Self::Clock => "a clock was wrong",
        }
    }

    /// The part of [`FailureKind::words`] that says the most, where there is little room.
    #[must_use]
    pub fn brief(self) -> &'static str {
        match self {
            Self::OutOfCredit => "no credits",
            Self::Timeout => "no answer",
            Self::Tls => "not secure",
            Self::Malformed => "not understood",
            Self::Refused => "unsafe request",
            Self::Clock => "clock was wrong",
            _ => self.words(),
        }
    }

    /// Whether the provider refused the key: what it told before is then nobody's word any more (SPEC P2).
    #[must_use]
    pub fn refuses_key(self) -> bool {
        matches!(self, Self::Unauthorized | Self::Forbidden)
    }

    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Unauthorized,
        Self::Forbidden,
        Self::OutOfCredit,
        Self::RateLimited,
        Self::ServerError,
        Self::Unreachable,
        Self::Timeout,
        Self::Tls,
        Self::Malformed,
        Self::Refused,
        Self::NoKey,
        Self::Configuration,
        Self::Clock,
    ];

    /// The failure that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl FailureKind {
    /// Whether it went wrong on this side, before anybody was asked: that says nothing of what another process would learn, so it is
    /// never stored (SPEC P2).
    #[must_use]
    pub fn is_on_this_side(self) -> bool {
        matches!(self, Self::NoKey | Self::Refused | Self::Clock)
    }

    /// Whether it is found where what is recorded is read, and not by a poll: it holds at the present, whenever that is asked about.
    #[must_use]
    pub fn is_found_on_reading(self) -> bool {
        matches!(self, Self::Clock | Self::Configuration)
    }

    /// Whether another key could mend it.
    #[must_use]
    pub fn is_about_the_key(self) -> bool {
        matches!(self, Self::NoKey | Self::Unauthorized | Self::Forbidden)
    }
}

/// A failed poll. The message holds no secret and no control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What sort of failure.
    pub kind: FailureKind,
    /// What failed, why, and one thing to do.
    pub message: String,
    /// When it happened.
    pub at: Instant,
    /// Until when the provider asked to wait.
    pub retry_at: Option<Instant>,
    /// Whether the provider answers just so where no credits are left: which of the two it is nobody can tell (SPEC P2).
    pub or_out_of_credit: bool,
}

impl Failure {
    /// What people call it, the same everywhere, with both causes where it is ambiguous.
    #[must_use]
    pub fn words(&self) -> &'static str {
        if self.or_out_of_credit { "key refused or out of credit" } else { self.kind.words() }
    }

    /// As [`Failure::words`], where there is little room.
    #[must_use]
    pub fn brief(&self) -> &'static str {
        if self.or_out_of_credit { "refused or empty" } else { self.kind.brief() }
    }
}

/// How polling an account goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PollHealth {
    /// The last successful poll.
    pub last_ok_at: Option<Instant>,
    /// The last poll's failure, where it failed.
    pub failure: Option<Failure>,
    /// Seconds between polls; figures older than three intervals are stale.
    pub interval_seconds: i64,
    /// The last successful poll of another account that shares its balance: those figures are its own too.
    pub others_ok_at: Option<Instant>,
}

/// How far ahead the stamp of a poll may lie and be believed: the clocks of two machines are never quite alike.
pub const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// Within this time what is recorded is read after the clock was.
const A_MOMENT: TimeDelta = TimeDelta::seconds(5);

/// How long a provider may ask to be left alone; after that it is asked once.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

impl PollHealth {
    /// The latest stamp of a poll that lies minutes after `now`, where there is one: a clock was wrong when it was written, or is now.
    #[must_use]
    pub fn stamped_ahead(&self, now: Instant) -> Option<Instant> {
        let stamps = [self.last_ok_at, self.failure.as_ref().map(|failure| failure.at)];
        stamps.into_iter().flatten().filter(|at| *at > now + CLOCKS_DIFFER).max()
    }

    /// What can be believed of it at `now`: neither a success nor a failure that was stamped with an instant that lies minutes
    /// ahead, by another clock (SPEC A5). A wait that a provider asked for lies ahead by its nature, and goes with its failure; one of more
    /// than [`LONGEST_WAIT`], as earlier releases stored it, ends then.
    #[must_use]
    pub fn believed_at(self, now: Instant) -> Self {
        let believed = |stamp: Option<Instant>| stamp.and_then(|stamp| believed_stamp(stamp, now));
        Self {
            last_ok_at: believed(self.last_ok_at),
            others_ok_at: believed(self.others_ok_at),
            failure: self.failure.and_then(|failure| {
                let longest = failure.at.checked_add_signed(LONGEST_WAIT);
                let retry_at = failure.retry_at.map(|at| longest.map_or(at, |longest| at.min(longest)));
                Some(Failure { at: believed_stamp(failure.at, now)?, retry_at, ..failure })
            }),
            ..self
        }
    }
}

/// A stamp as it counts at `now`: one that lies a little ahead is of another machine, whose clock is not quite alike, and what it
/// stamped has happened; `None` for one that lies further ahead.
pub(super) fn believed_stamp(stamp: Instant, now: Instant) -> Option<Instant> {
    // Whoever asks what holds at the present has looked at the clock a moment before what is recorded was read.
    let latest = if stamp > now { now - A_MOMENT } else { stamp };
    (stamp <= now + CLOCKS_DIFFER).then_some(latest)
}

/// What is told of an account besides its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: AccountId,
    /// Its name on screens.
    pub name: String,
    /// Its provider.
    pub provider: ProviderId,
    /// The provider's name on screens.
    pub provider_name: String,
    /// What a credit is called, in the plural: `credits`, `images`.
    pub unit: String,
    /// Whose account it is.
    pub customer: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// When it is low, and what is worth a warning.
    pub thresholds: Thresholds,
    /// The balance that it shares with other accounts.
    pub pool: Option<Pool>,
}

impl Profile {
    /// Whether two profiles are of one balance: of one account, or of two that share a pool (SPEC P9).
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        self.id == other.id || self.pool.as_ref().is_some_and(|pool| pool.others.contains(&other.id))
    }
}

/// The state of an account: the first in this order that holds (SPEC 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountState {
    /// The subscription has ended.
    Lapsed,
    /// Not polled yet.
    Pending,
    /// The poll failed and there are no figures.
    Error,
    /// The last poll failed, or the figures are older than three intervals.
    Stale,
    /// Kept by hand, and nothing recorded or granted yet.
    New,
    /// What is left is not known, and nothing of it is.
    Unknown,
    /// Nothing is spendable.
    Empty,
    /// Little is left, or it runs out soon.
    Low,
    /// None of the others. Only without warnings all is well: see [`AccountStatus::is_well`].
    Ok,
}

impl AccountState {
    /// The word used in JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lapsed => "lapsed",
            Self::Pending => "pending",
            Self::Error => "error",
            Self::Stale => "stale",
            Self::New => "new",
            Self::Unknown => "unknown",
            Self::Empty => "empty",
            Self::Low => "low",
            Self::Ok => "ok",
        }
    }
}

/// A lot that has not lapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotStatus {
    /// Its ref; generated for cycles and scheduled grants.
    pub reference: Ref,
    /// What it was granted with.
    pub granted: Figure,
    /// What is left of it.
    pub remaining: Figure,
    /// When it was granted: for a cycle its beginning.
    pub granted_at: Instant,
    /// When it can be spent from.
    pub effective_at: Instant,
    /// When it lapses.
    pub expires_at: Option<Instant>,
    /// Its place in the account's draw-down order now, from 1; `None` where it can't be drawn now.
    pub draw_order: Option<u32>,
}

impl LotStatus {
    /// What a person calls it: its ref where somebody gave one, else `granted 21 Nov`.
    #[must_use]
    pub fn name(&self, zone: Tz, now: Instant) -> String {
        lot_name(&self.reference, self.granted_at, zone, now)
    }
}

/// A bucket at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketStatus {
    /// Its id.
    pub id: BucketId,
    /// Its name.
    pub name: String,
    /// What sort of credits it holds.
    pub kind: BucketKind,
    /// Its place in the draw-down order by its next lot now, from 1 (SPEC E2).
    pub draw_order: u32,
    /// What remains. An unknown figure may still be shown: see `shown`.
    pub remaining: Figure,
    /// The known part of what remains: a lower bound.
    pub known: Amount,
    /// What the provider last said of credits that no longer count (SPEC E9, a lapsed subscription).
    pub shown: Option<Amount>,
    /// What a cycle starts with; `None` where the bucket has no capacity.
    pub capacity: Option<Figure>,
    /// What a full gauge stands for: the capacity; else what the lots that still hold something were granted; else, of a
    /// polled bucket, the most that it held in 30 days. `None` where nothing says it.
    pub full: Option<Amount>,
    /// What was used in an unlimited bucket since its last reset; `None` for others.
    pub used: Option<Amount>,
    /// The next reset; `None` where it never resets or the day is unknown.
    pub resets_at: Option<Instant>,
    /// What the bucket will hold just after the reset if nothing is spent until then.
    pub resets_to: Option<Figure>,
    /// How the reset is known; `None` where the bucket never resets.
    pub reset_source: Option<FigureSource>,
    /// The refills from which the reset is inferred, the earliest first; empty where it is not.
    pub reset_evidence: Vec<Refill>,
    /// Whether the next reset comes only if the subscription is renewed.
    pub if_renewed: bool,
    /// The next expiry of a lot with credits left; resets are not expiries.
    pub expires_at: Option<Instant>,
    /// How the figure is known.
    pub source: FigureSource,
    /// The lots that have not lapsed, in draw-down order. Empty where the provider reports only the bucket's figure.
    pub lots: Vec<LotStatus>,
}

impl BucketStatus {
    /// Whether a lot of this bucket that states no expiry ends with a cycle whose end nobody knows: at the unknown reset,
    /// and its figure stands for one month at most (SPEC E9).
    #[must_use]
    pub fn ends_at_unknown_reset(&self, lot: &LotStatus) -> bool {
        lot.expires_at.is_none() && self.reset_source == Some(FigureSource::Unknown) && lot.remaining != Figure::Unlimited
    }
}

/// A spend that no lot could pay in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// The spend's ref.
    pub reference: Ref,
    /// How much was not paid.
    pub amount: Amount,
}

impl Uncovered {
    /// What a person calls the spend: its ref where somebody gave one, else `a spend recorded 21 Nov`.
    #[must_use]
    pub fn name(&self, zone: Tz, now: Instant) -> String {
        let recorded = self.reference.recorded_at();
        recorded.map_or_else(|| self.reference.to_string(), |at| format!("a spend recorded {}", day_of(at, zone, now)))
    }
}

/// Credits that will lapse unused at the present pace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// The bucket.
    pub bucket: BucketId,
    /// The lot, where it has a ref.
    pub lot: Option<Ref>,
    /// When.
    pub at: Instant,
    /// How much.
    pub amount: Amount,
    /// The part of it that holds would take, were they captured just before (SPEC E11).
    pub held: Amount,
}

/// A hold that is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldStatus {
    /// Its ref.
    pub reference: Ref,
    /// What is still held.
    pub amount: Amount,
    /// Since when.
    pub at: Instant,
    /// Its deadline.
    pub expires_at: Option<Instant>,
}

impl HoldStatus {
    /// What a person calls it: its ref where somebody gave one, else `hold of 21 Nov`.
    #[must_use]
    pub fn name(&self, zone: Tz, now: Instant) -> String {
        entry_name("hold", &self.reference, self.at, zone, now)
    }
}

/// An account at an instant: what the overview, the account screen and the status document show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatus {
    /// The instant of these figures.
    pub at: Instant,
    /// Who it is.
    pub profile: Profile,
    /// The plan: configured, or reported.
    pub plan: Option<PlanId>,
    /// The owner's e-mail: personal data.
    pub email: Option<String>,
    /// Where the figures come from.
    pub source: Source,
    /// The state.
    pub state: AccountState,
    /// How far the figures can be relied on.
    pub reliance: Reliance,
    /// When the figures were observed: by the last poll that told them, or by the last entry `observe`.
    pub observed_at: Option<Instant>,
    /// Whose poll told the figures, where the balance is shared and was ever polled: the freshest of the pool.
    pub told_by: Option<AccountId>,
    /// The last poll's failure.
    pub failure: Option<Failure>,
    /// When the next poll is expected, as far as the interval tells.
    pub next_poll_at: Option<Instant>,
    /// All that remains.
    pub total: Figure,
    /// The known part of the total.
    pub known_total: Figure,
    /// Credits set aside.
    pub held: Amount,
    /// What remains and is not held.
    pub spendable: Figure,
    /// The end of the subscription, where the provider reports one.
    pub subscription_ends_at: Option<Instant>,
    /// Whether the figures lie behind the end of a subscription that runs now, and hold only if it is renewed (SPEC E13).
    pub if_renewed: bool,
    /// Every defined bucket, in the order in which they will be drawn.
    pub buckets: Vec<BucketStatus>,
    /// Open holds, the oldest first.
    pub holds: Vec<HoldStatus>,
    /// The usage of credits without limit against a fair-use cap, where there is one.
    pub fair_use: Option<FairUsage>,
    /// Spends that were not paid in full.
    pub uncovered: Vec<Uncovered>,
    /// Buckets that entries name and the account's provider does not have: what they say of them is not counted.
    pub uncounted_buckets: Vec<BucketId>,
    /// Everything that a person should look at.
    pub warnings: Vec<Warning>,
    /// The earliest event that will change the figures: the first of `coming`.
    pub next_change: Option<NextChange>,
    /// The next event of each sort and bucket that will change the figures, the earliest first.
    pub coming: Vec<NextChange>,
    /// What polls of the last 30 days show to have happened between them, the earliest first; at most the latest hundred.
    pub events: Vec<AccountEvent>,
    /// When the first spend or capture of these days happened that the ledger has: only a drop after it that it does not explain says
    /// something.
    pub spends_since: Option<Instant>,
    /// Where this leads.
    pub forecast: Forecast,
    /// Why the next credit comes from where it comes.
    pub why_next: String,
}

impl AccountStatus {
    /// Whether nobody needs to look at it: its state is ok, and there are no warnings.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.state == AccountState::Ok && self.warnings.is_empty()
    }

    /// What people call a bucket; its id where the provider has none of that name.
    #[must_use]
    pub fn bucket_name<'a>(&'a self, bucket: &'a BucketId) -> &'a str {
        self.buckets.iter().find(|other| other.id == *bucket).map_or(bucket.as_str(), |bucket| &bucket.name)
    }

    /// The bucket that the next credit comes from.
    #[must_use]
    pub fn next_bucket(&self) -> Option<&BucketStatus> {
        self.buckets.iter().find(|bucket| bucket.known.is_positive() || bucket.remaining == Figure::Unlimited)
    }

    /// What a person calls a lot of a bucket: its ref where somebody gave one, else `granted 21 Nov`; of a lot that has lapsed
    /// and has no name of its own, nothing.
    #[must_use]
    pub fn lot_name(&self, bucket: &BucketId, reference: &Ref, zone: Tz) -> Option<String> {
        let bucket = self.buckets.iter().find(|other| other.id == *bucket);
        let lot = bucket.and_then(|bucket| bucket.lots.iter().find(|lot| lot.reference == *reference));
        lot.map(|lot| lot.name(zone, self.at)).or_else(|| (!reference.is_generated()).then(|| reference.to_string()))
    }

    /// The earliest known reset of a bucket.
    #[must_use]
    pub fn next_reset(&self) -> Option<(&BucketStatus, Instant)> {
        self.buckets.iter().filter_map(|bucket| bucket.resets_at.map(|at| (bucket, at))).min_by_key(|(_, at)| *at)
    }
}
