//! Whether every row is what was recorded, by its digest, and none is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::credit::Seq;
use crate::store::chain::{End, WHOLE, seal_of_observation, seal_of_polls};
use crate::store::digest::{Digest, Encoder, Head, entry_digest};
use crate::store::engine::{EntryRow, ObservationRow, PollRow, Snapshot};
use crate::store::row::COLUMNS;
use crate::store::{Flaw, StoreError};

/// So many entries that do not fit their digests are looked at to tell what became of each.
const EXPLAINED: usize = 64;

/// In so many of them a changed character is looked for: that tries some ten thousands of digests.
const SEARCHED: usize = 8;

/// The chains of all accounts while the entries are read in the order of recording.
#[derive(Debug, Default)]
pub(super) struct Walk {
    ends: BTreeMap<String, Walked>,
    /// The end of the chain over all entries.
    whole: End,
    /// The place of the last entry.
    last: i64,
    /// The first place after the first entry that no entry has.
    first_gap: Option<i64>,
    broken: Vec<Broken>,
}

/// An account's chain so far.
#[derive(Debug, Clone)]
struct Walked {
    end: End,
    /// The ref of its last entry.
    last: String,
    /// The places of its entries, for its observations to be held against.
    places: Vec<i64>,
}

/// An entry that does not follow from the one before it in its account.
#[derive(Debug, Clone)]
struct Broken {
    seq: i64,
    account: String,
    reference: String,
    /// The digest that it carries.
    carries: Option<Digest>,
    /// What stands before it now: its digest and its ref.
    before: (Digest, String),
}

impl Broken {
    fn flaw(&self, what: &str) -> Flaw {
        let name = format!("{}/{}", self.account, self.reference).escape_debug().to_string();
        Flaw { seq: Some(Seq(self.seq)), what: format!("entry {name}: {what}") }
    }
}

impl Walk {
    /// Takes in the next row; tells why it can't be read, where it can't.
    pub(super) fn step(&mut self, row: EntryRow) -> Option<Flaw> {
        let EntryRow { seq, account, reference, content, digest: carries, entry } = row;
        if seq > self.last + 1 {
            self.first_gap.get_or_insert(self.last + 1);
        }
        self.last = seq;
        if !self.ends.contains_key(&account) {
            let none = Walked { end: End::NONE, last: String::new(), places: Vec::new() };
            self.ends.insert(account.clone(), none);
        }
        let walked = self.ends.get_mut(&account)?;
        let right = entry_digest(walked.end.digest, &content);
        if carries != Some(right) {
            let before = (walked.end.digest, walked.last.clone());
            self.broken.push(Broken { seq, account, reference: reference.clone(), carries, before });
        }
        let digest = carries.unwrap_or(right);
        walked.end = walked.end.and(digest);
        self.whole = self.whole.and_entry(digest);
        walked.last = reference;
        walked.places.push(seq);
        entry.err()
    }

    /// Entries that are gone: without `observations`, which move on in the order of recording, it has no gaps.
    pub(super) fn gap(&self, observations: u64) -> Option<Flaw> {
        let missing = self.last.unsigned_abs().checked_sub(self.entries()).filter(|missing| *missing > 0 && observations == 0)?;
        let entries = if missing == 1 { "an entry is".to_owned() } else { format!("{missing} entries are") };
        Some(Flaw { seq: self.first_gap.map(Seq), what: format!("{entries} missing, from here on") })
    }

    /// How many entries were taken in.
    pub(super) fn entries(&self) -> u64 {
        self.whole.entries.unsigned_abs()
    }

    /// The head of what was taken in so far.
    pub(super) fn head(&self) -> Head {
        self.whole.head()
    }

    /// What is wrong with the chains, but for entries of which something else is known to be wrong.
    pub(super) fn flaws(&self, moment: &Snapshot<'_>, known: &BTreeSet<Seq>) -> Result<Vec<Flaw>, StoreError> {
        let mut ends = moment.chain_ends(None)?;
        let whole = ends.remove(WHOLE).unwrap_or(End::NONE);
        let fewer = |account: &str| {
            let found = self.ends.get(account).map_or(0, |walked| walked.end.entries);
            ends.get(account).is_some_and(|end| end.entries > found)
        };
        let broken: Vec<&Broken> = self.broken.iter().filter(|broken| !known.contains(&Seq(broken.seq))).collect();
        let says: Vec<Encoder> =
            broken.iter().take(EXPLAINED).map(|broken| says(moment, broken.seq)).collect::<Result<_, _>>()?;
        let mut flaws: Vec<Flaw> = Vec::new();
        for (index, one) in broken.iter().enumerate() {
            let own = says.get(index);
            let explained = own.and_then(|own| explained(one, own, &broken, &says));
            let what = match explained.or_else(|| own.filter(|_| index < SEARCHED).and_then(|own| changed_field(one, own))) {
                Some(what) => what,
                None if one.carries.is_none() => "it carries no digest: creditop did not record it".to_owned(),
                None if fewer(&one.account) => "an entry before it is gone, or it is not what was recorded".to_owned(),
                None => "it is not what was recorded: its digest differs".to_owned(),
            };
            flaws.push(one.flaw(&what));
        }
        flaws.extend(self.wrong_ends(&ends));
        if flaws.is_empty() && known.is_empty() && whole != self.whole {
            let what = "the entries do not stand in the order in which they were recorded".to_owned();
            flaws.push(Flaw { seq: None, what });
        }
        Ok(flaws)
    }

    /// The accounts whose entries do not end as it was written down.
    fn wrong_ends(&self, written: &BTreeMap<String, End>) -> Vec<Flaw> {
        let none = End::NONE;
        let accounts: BTreeSet<&String> = self.ends.keys().chain(written.keys()).collect();
        let flaw = |account: &String| {
            let found = self.ends.get(account).map_or(none, |walked| walked.end);
            let count = |entries: i64| if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
            let what = match written.get(account) {
                None => "what its entries end with is not written down".to_owned(),
                Some(end) if end.entries > found.entries => {
                    let gone = end.entries - found.entries;
                    let are = if gone == 1 { "is" } else { "are" };
                    format!("{} of {} {are} gone", count(gone), end.entries)
                }
                Some(end) if end.entries < found.entries => {
                    format!("it has {}, and {} were recorded by creditop", count(found.entries), end.entries)
                }
                Some(end) if end.digest != found.digest => "its last entry is not the one that was recorded last".to_owned(),
                Some(_) => return None,
            };
            Some(Flaw { seq: None, what: format!("account {}: {what}", account.escape_debug()) })
        };
        accounts.into_iter().filter_map(flaw).collect()
    }

    /// The observations of an account that are not what was recorded, and whether it is not known how polling it goes.
    pub(super) fn wrong_observations(&self, account: &str, rows: &[ObservationRow], polls: Option<&PollRow>) -> Vec<Flaw> {
        let places = self.ends.get(account).map_or(&[][..], |walked| &walked.places);
        let (mut flaws, mut before) = (Vec::new(), Digest::NONE);
        for row in rows {
            let entries = i64::try_from(places.partition_point(|place| *place < row.last)).unwrap_or(i64::MAX);
            let right = seal_of_observation(row, entries, before);
            before = row.digest.unwrap_or(right);
            if row.digest != Some(right) {
                let name = account.escape_debug();
                let what = "it is not what was recorded, or one before it is gone: its digest differs";
                flaws.push(Flaw { seq: Some(Seq(row.last)), what: format!("observation of {name}: {what}") });
            }
        }
        let last = rows.last().and_then(|row| row.digest).unwrap_or(Digest::NONE);
        let what = match polls {
            Some(row) if row.digest == Some(seal_of_polls(row, last)) => return flaws,
            Some(_) => "how its polls go, or its last observation, is not what was recorded: its digest differs",
            None if rows.is_empty() => return flaws,
            None => "it has observations, but nothing tells how its polls go",
        };
        flaws.push(Flaw { seq: None, what: format!("account {}: {what}", account.escape_debug()) });
        flaws
    }
}

/// In which field of an entry one byte was another when it was recorded, as after a flipped bit.
fn changed_field(one: &Broken, says: &Encoder) -> Option<String> {
    let carries = one.carries?;
    let field = says.changed_field(|says| entry_digest(one.before.0, says) == carries)?;
    let field = COLUMNS.split(", ").nth(1 + field)?;
    Some(format!("its {field} is not what was recorded: one character of it was another"))
}

/// What an entry says.
fn says(moment: &Snapshot<'_>, seq: i64) -> Result<Encoder, StoreError> {
    Ok(moment.content_at(seq)?.unwrap_or_else(Encoder::part))
}

/// What became of a broken entry, where the others that are broken tell.
fn explained(one: &Broken, own: &Encoder, broken: &[&Broken], says: &[Encoder]) -> Option<String> {
    let carries = one.carries?;
    let others = || broken.iter().zip(says).filter(|(other, _)| other.account == one.account && other.seq != one.seq);
    let after = |reference: &str| {
        if reference.is_empty() {
            "it was the account's first".to_owned()
        } else {
            format!("it was recorded after {reference:?}")
        }
    };
    if let Some((other, _)) = others().find(|(other, _)| entry_digest(other.before.0, own) == carries) {
        return Some(format!("it does not stand where it was recorded: {}", after(&other.before.1)));
    }
    let (other, _) = others().find(|(_, content)| entry_digest(one.before.0, content) == carries)?;
    Some(format!("it was exchanged: what was recorded here stands in entry {:?} now", other.reference))
}
