//! The chains of digests: what each row's digest is, and where the entries of an account end.

use std::collections::BTreeMap;

use super::StoreError;
use super::digest::{Digest, Encoder, Head, entry_digest, ledger_digest, observation_digest, polls_digest};
use super::engine::{ObservationRow, PollRow, Snapshot, Transaction};
use super::row::cells;
use crate::credit::{AccountId, Entry};

/// The name under which the end of the chain over all entries is written down: no account can have it.
pub(super) const WHOLE: &str = "";

/// Where the chain of an account's entries ends, or that over all entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// How many entries it has.
    pub(super) entries: i64,
    /// The digest of the last.
    pub(super) digest: Digest,
}

impl Default for End {
    fn default() -> Self {
        Self::NONE
    }
}

impl End {
    /// That of an account without entries.
    pub(super) const NONE: Self = Self { entries: 0, digest: Digest::NONE };

    /// The end after one more entry.
    pub(super) fn and(self, digest: Digest) -> Self {
        Self { entries: self.entries + 1, digest }
    }

    /// The end of the chain over all entries, after one more with this digest.
    pub(super) fn and_entry(self, digest: Digest) -> Self {
        self.and(ledger_digest(self.digest, digest))
    }

    /// The head of a ledger that ends so.
    pub(super) fn head(self) -> Head {
        Head::new(self.entries, self.digest)
    }
}

/// The chains that a batch extends; [`Chains::keep`] writes down where they end.
#[derive(Debug, Default)]
pub(super) struct Chains {
    accounts: BTreeMap<AccountId, End>,
    /// Over all entries; `None` until one is written.
    whole: Option<End>,
}

impl Chains {
    /// Writes an entry at the end of its account's chain.
    pub(super) fn extend(&mut self, change: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
        let end = match self.accounts.get(&entry.account) {
            Some(end) => *end,
            None => end_of(change, entry.account.as_str())?,
        };
        let whole = match self.whole {
            Some(whole) => whole,
            None => end_of(change, WHOLE)?,
        };
        let cells = cells(entry);
        let digest = entry_digest(end.digest, &cells.content());
        change.insert(entry.seq.0, &cells, digest)?;
        match self.accounts.get_mut(&entry.account) {
            Some(end) => *end = end.and(digest),
            None => drop(self.accounts.insert(entry.account.clone(), end.and(digest))),
        }
        self.whole = Some(whole.and_entry(digest));
        Ok(())
    }

    /// Writes down where the chains end now.
    pub(super) fn keep(&self, change: &Transaction<'_>) -> Result<(), StoreError> {
        self.accounts.iter().try_for_each(|(account, end)| change.set_chain_end(account.as_str(), *end))?;
        self.whole.map_or(Ok(()), |end| change.set_chain_end(WHOLE, end))
    }
}

/// Where the chain of an account's entries ends, or that over all entries, as it was written down.
pub(super) fn end_of(moment: &Snapshot<'_>, account: &str) -> Result<End, StoreError> {
    Ok(moment.chain_ends(Some(&[account]))?.remove(account).unwrap_or(End::NONE))
}

/// The digest of an observation, after one with the digest `before` and so many entries of its account.
pub(super) fn seal_of_observation(row: &ObservationRow, entries: i64, before: Digest) -> Digest {
    let mut encoder = Encoder::part();
    encoder.text(row.account.as_bytes());
    encoder.number(entries);
    encoder.number(row.at);
    encoder.number(row.last_seen_at);
    text(&mut encoder, row.plan.as_deref());
    text(&mut encoder, row.email.as_deref());
    number(&mut encoder, row.subscription_ends_at);
    encoder.number(i64::try_from(row.buckets.len()).unwrap_or(i64::MAX));
    for bucket in &row.buckets {
        encoder.text(bucket.bucket.as_bytes());
        encoder.text(bucket.remaining.as_bytes());
        text(&mut encoder, bucket.capacity.as_deref());
    }
    observation_digest(before, &encoder)
}

/// The digest of how polling an account goes whose last observation has the digest `last`.
pub(super) fn seal_of_polls(row: &PollRow, last: Digest) -> Digest {
    let mut encoder = Encoder::part();
    encoder.text(row.account.as_bytes());
    number(&mut encoder, row.last_ok_at);
    text(&mut encoder, row.failure_kind.as_deref());
    text(&mut encoder, row.failure_message.as_deref());
    number(&mut encoder, row.failed_at);
    number(&mut encoder, row.retry_at);
    encoder.number(row.attempts);
    polls_digest(last, &encoder)
}

fn text(encoder: &mut Encoder, text: Option<&str>) {
    match text {
        None => encoder.absent(),
        Some(text) => encoder.text(text.as_bytes()),
    }
}

fn number(encoder: &mut Encoder, number: Option<i64>) {
    match number {
        None => encoder.absent(),
        Some(number) => encoder.number(number),
    }
}
