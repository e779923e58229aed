//! What happened: ledger entries and observations (SPEC 4).

use super::status::believed_stamp;
use super::{AccountId, ActionId, Amount, BucketId, Figure, Instant, PlanId, Ref, VariantId};

/// The place of an entry or observation in the order of recording, shared by all accounts; later is higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub i64);

/// A recorded ledger entry. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of recording.
    pub seq: Seq,
    /// The account.
    pub account: AccountId,
    /// When it happened.
    pub at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Its ref, unique per account.
    pub reference: Ref,
    /// What happened.
    pub body: EntryBody,
    /// A remark.
    pub note: Option<String>,
    /// Who recorded it.
    pub actor: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryBody {
    /// Credits were granted: a lot.
    Grant(Grant),
    /// Credits were used.
    Spend(Spend),
    /// Credits were set aside.
    Hold {
        /// How much, above zero.
        amount: Amount,
        /// The hold's deadline.
        expires_at: Option<Instant>,
    },
    /// Held credits were used, all or a part.
    Capture {
        /// The ref of the hold.
        hold: Ref,
        /// How much was used, above zero.
        amount: Amount,
    },
    /// A hold was ended.
    Release {
        /// The ref of the hold.
        hold: Ref,
    },
    /// A bucket's figure was corrected.
    Adjust {
        /// The bucket.
        bucket: BucketId,
        /// How much more, or less where negative.
        amount: Amount,
    },
    /// An earlier entry was answered.
    Reverse {
        /// The ref of that entry.
        reverses: Ref,
    },
    /// A person read a bucket's figure on a billing page.
    Observe {
        /// The bucket.
        bucket: BucketId,
        /// What remains there, not negative.
        remaining: Amount,
    },
}

/// The most characters that an actor or a tag may have.
pub const LABEL_LENGTH: usize = 100;

/// Whether a text can name an actor: 1 to 100 characters, none of them a control character, no white space at the ends.
///
/// # Errors
/// What is wrong, to follow the text.
pub fn check_actor(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() {
        Err("names nobody")
    } else if name.trim() != name {
        Err("starts or ends with white space")
    } else if name.chars().count() > LABEL_LENGTH {
        Err("is longer than 100 characters")
    } else if name.chars().any(char::is_control) {
        Err("holds a control character")
    } else {
        Ok(())
    }
}

/// The instant at or after which an entry can be reversed (SPEC L1): its own; that of its recording where it is dated ahead, as only
/// grants are.
#[must_use]
pub fn reversible_from(at: Instant, recorded_at: Instant) -> Instant {
    at.min(recorded_at)
}

/// The instant that a reversal recorded at `now` gets where nobody names one: `now`, or that from which on its target can be reversed
/// where a wrong clock put that after `now`. What lies ahead is then undone the moment it happens.
#[must_use]
pub fn reversal_at(target_at: Instant, target_recorded_at: Instant, now: Instant) -> Instant {
    reversible_from(target_at, target_recorded_at).max(now)
}

impl EntryBody {
    /// The bucket that it names.
    #[must_use]
    pub fn bucket(&self) -> Option<&BucketId> {
        match self {
            Self::Grant(Grant { bucket, .. }) | Self::Adjust { bucket, .. } | Self::Observe { bucket, .. } => Some(bucket),
            Self::Spend(_) | Self::Hold { .. } | Self::Capture { .. } | Self::Release { .. } | Self::Reverse { .. } => None,
        }
    }

    /// The kind's word in the ledger, in files and on screens.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Grant(_) => EntryKind::Grant,
            Self::Spend(_) => EntryKind::Spend,
            Self::Hold { .. } => EntryKind::Hold,
            Self::Capture { .. } => EntryKind::Capture,
            Self::Release { .. } => EntryKind::Release,
            Self::Adjust { .. } => EntryKind::Adjust,
            Self::Reverse { .. } => EntryKind::Reverse,
            Self::Observe { .. } => EntryKind::Observe,
        }
    }
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// Credits were granted.
    Grant,
    /// Credits were used.
    Spend,
    /// Credits were set aside.
    Hold,
    /// Held credits were used.
    Capture,
    /// A hold was ended.
    Release,
    /// A figure was corrected.
    Adjust,
    /// An entry was answered.
    Reverse,
    /// A figure was read on a billing page.
    Observe,
}

impl EntryKind {
    /// Every kind, in the order in which help lists them.
    pub const ALL: [Self; 8] =
        [Self::Grant, Self::Spend, Self::Hold, Self::Capture, Self::Release, Self::Adjust, Self::Reverse, Self::Observe];

    /// The word in the ledger, in files and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Spend => "spend",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Adjust => "adjust",
            Self::Reverse => "reverse",
            Self::Observe => "observe",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl std::fmt::Display for EntryKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// A grant of credits: one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The bucket that it fills.
    pub bucket: BucketId,
    /// How much, above zero.
    pub amount: Amount,
    /// When it can be spent from; the entry's `at` where the caller gave none.
    pub effective_at: Option<Instant>,
    /// When it lapses.
    pub expires: Expires,
    /// Lower is drawn first within a bucket; 0 by default.
    pub priority: i32,
}

/// The expiry that a grant carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    /// Not stated: the bucket's rule decides.
    ByRule,
    /// Stated: never.
    Never,
    /// Stated: at this instant.
    At(Instant),
}

/// A use of credits, at the price at which it was made (SPEC E7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// How much, zero or above.
    pub amount: Amount,
    /// What it was for.
    pub action: Option<ActionId>,
    /// In which variant.
    pub variant: Option<VariantId>,
    /// How many times.
    pub quantity: Option<Amount>,
}

/// In the place of a [`Seq`]: what has none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unrecorded;

/// What an account endpoint reported just now: an observation before it is recorded.
pub type Sighting = Observation<Unrecorded>;

/// What an account endpoint reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation<Place = Seq> {
    /// Its place in the order of recording; the last poll that confirmed it counts.
    pub seq: Place,
    /// The account.
    pub account: AccountId,
    /// When these figures were first seen.
    pub at: Instant,
    /// When they were last seen unchanged, at or after `at`.
    pub last_seen_at: Instant,
    /// The plan that the answer names.
    pub plan: Option<PlanId>,
    /// The owner's e-mail: personal data, masked on screens on request.
    pub email: Option<String>,
    /// The end of the subscription.
    pub subscription_ends_at: Option<Instant>,
    /// The figures of each bucket that the answer tells of.
    pub buckets: Vec<ObservedBucket>,
}

impl Sighting {
    /// The observation that it is at a place in the order of recording.
    #[must_use]
    pub fn recorded_as(self, seq: Seq) -> Observation {
        let Self { seq: Unrecorded, account, at, last_seen_at, plan, email, subscription_ends_at, buckets } = self;
        Observation { seq, account, at, last_seen_at, plan, email, subscription_ends_at, buckets }
    }
}

impl Observation {
    /// What can be believed of it at `now`: nothing where it was stamped with an instant that lies minutes ahead, by another clock (SPEC A5);
    /// where it was only confirmed by such a stamp, that it was seen first. One that is stamped less than [`CLOCKS_DIFFER`] ahead was seen
    /// just now.
    ///
    /// [`CLOCKS_DIFFER`]: super::CLOCKS_DIFFER
    #[must_use]
    pub fn believed_at(mut self, now: Instant) -> Option<Self> {
        self.at = believed_stamp(self.at, now)?;
        self.last_seen_at = believed_stamp(self.last_seen_at, now).unwrap_or(self.at).max(self.at);
        Some(self)
    }
}

/// A bucket's figures in an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedBucket {
    /// The bucket.
    pub bucket: BucketId,
    /// What remains.
    pub remaining: Figure,
    /// What a cycle starts with; `None` where the bucket has no capacity.
    pub capacity: Option<Figure>,
}
