//! What was seen of a ledger before: against it shows what the file itself can't tell, that its end is gone.
//!
//! An emptied file, a write-ahead log that was lost and an older copy that was put back are each a sound ledger, only a shorter one. So a
//! small file beside it, `ledger.seen`, remembers how long it was and which entry was its last. A second one in the state folder, named
//! after the ledger's path, remembers it where the whole data folder was deleted or put back. Neither is a part of the ledger: without
//! them nothing is lost but this memory.

mod places;

use std::io;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use self::places::Place;
use super::chain::{End, WHOLE, end_of};
use super::digest::Head;
use super::engine::{Sealed, Snapshot};
use super::{Ledger, StoreError};
use crate::credit::{Instant, counted, shown};

/// So many losses are remembered until somebody takes the ledger as it is.
const MOST_LOSSES: usize = 8;

/// A ledger as it was seen at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Its head, as people write it.
    head: String,
    /// Its last entry; `None` where it had none.
    last: Option<LastEntry>,
    /// A moment of the last day on which it was seen so; `None` where an earlier release saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
}

/// The entry that was recorded last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LastEntry {
    account: String,
    #[serde(rename = "ref")]
    reference: String,
    digest: String,
}

/// A ledger that is shorter than it was, or that was changed before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The head that it had.
    pub was: Head,
    /// The account and the ref of the entry that was its last, and is not there any more.
    pub last: (String, String),
    /// A moment of the last day on which it was seen as it was; `None` where that is not known.
    pub seen: Option<Instant>,
    /// The head that it has.
    pub is: Head,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Remembered {
    seen: Option<Mark>,
    #[serde(default)]
    lost: Vec<Lost>,
}

/// What was there and is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lost {
    mark: Mark,
    /// Whether somebody was told.
    said: bool,
}

/// What is remembered of a ledger from run to run.
///
/// Read it before the ledger is opened: what another process remembers is in the ledger by then.
#[derive(Debug)]
pub struct Memory {
    places: Vec<Place>,
    /// As the ledger was seen last; more than one where the places differ, as after one of them was put back from a backup.
    seen: Vec<Mark>,
    lost: Vec<Lost>,
    writable: bool,
}

impl Memory {
    /// Reads what is remembered of the ledger in `data_dir`: beside it, and in `state_dir` where one is given. What can't be read
    /// counts as nothing. One that is not `writable` is never written.
    #[must_use]
    pub fn read(data_dir: &Path, state_dir: Option<&Path>, writable: bool) -> Self {
        let outside = state_dir.and_then(|folder| Place::in_state_folder(folder, data_dir));
        let places: Vec<Place> = std::iter::once(Place::beside(data_dir)).chain(outside).collect();
        let mut memory = Self { places, seen: Vec::new(), lost: Vec::new(), writable };
        for kept in memory.places.iter().map(|place| place.kept().clone()).collect::<Vec<_>>() {
            let known = |seen: &Mark| memory.seen.iter().any(|other| other.is_same(seen));
            memory.seen.extend(kept.seen.filter(|seen| !known(seen)));
            kept.lost.into_iter().for_each(|lost| memory.add(lost));
        }
        memory
    }

    /// Adds a loss; one that is known already stays, and counts as told where either does.
    fn add(&mut self, lost: Lost) {
        match self.lost.iter_mut().find(|known| known.mark.is_same(&lost.mark)) {
            Some(known) => known.said |= lost.said,
            None => self.lost.push(lost),
        }
    }

    /// Holds the ledger against what was seen of it, and remembers it as it is `now`.
    ///
    /// What is not there any more stays remembered as lost, until it is there again or somebody says that it is right so.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn look(&mut self, ledger: &Ledger, now: Instant) -> Result<(), StoreError> {
        // One moment for all: another process may write meanwhile.
        let moment = ledger.engine.read()?;
        if let [seen] = self.seen.as_slice()
            && seen.last == last_entry(&moment, None).ok().flatten()
            && seen.at.is_some_and(|at| at.date_naive() == now.date_naive())
        {
            // As it was seen today: nothing was recorded since, and what was lost is still lost.
            let _ = self.keep();
            return Ok(());
        }
        self.follow_others();
        let mut lost = Vec::new();
        for one in std::mem::take(&mut self.lost) {
            if !one.mark.still_holds(&moment)? {
                lost.push(one);
            }
        }
        self.lost = lost;
        for seen in std::mem::take(&mut self.seen) {
            if !seen.still_holds(&moment)? {
                self.add(Lost { mark: seen, said: false });
            }
        }
        let surplus = self.lost.len().saturating_sub(MOST_LOSSES);
        self.lost.drain(..surplus);
        self.seen = vec![Mark::of(&moment, now)?];
        // A memory beside the ledger: where it can't be written, nothing of the ledger is at risk.
        let _ = self.keep();
        Ok(())
    }

    /// Takes over what other processes found lost, or were told to take as it is, since the files were read.
    fn follow_others(&mut self) {
        if !self.writable {
            return;
        }
        let changes: Vec<_> = self.places.iter_mut().filter_map(Place::read_again).collect();
        let held = |all: &[Lost], lost: &Lost| all.iter().any(|other| other.mark.is_same(&lost.mark));
        let places = &self.places;
        // One that is in no file any more; a single file may have been put back from a backup.
        let dropped = |lost: &Lost| {
            changes.iter().any(|(before, _)| held(&before.lost, lost))
                && !places.iter().any(|place| held(&place.kept().lost, lost))
        };
        self.lost.retain(|lost| !dropped(lost));
        for (_, after) in changes {
            after.lost.into_iter().for_each(|lost| self.add(lost));
        }
    }

    /// What is gone.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn losses(&self, ledger: &Ledger) -> Result<Vec<Loss>, StoreError> {
        let is = ledger.head()?;
        Ok(self.lost.iter().filter_map(|lost| lost.mark.loss(&is)).collect())
    }

    /// What was seen where there is no ledger at all any more.
    #[must_use]
    pub fn all_gone(&self) -> Vec<Loss> {
        let none = End::NONE.head();
        self.seen.iter().chain(self.lost.iter().map(|lost| &lost.mark)).filter_map(|mark| mark.loss(&none)).collect()
    }

    /// What is gone of which nobody was told yet; from now on it counts as told.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn tell(&mut self, ledger: &Ledger) -> Result<Vec<Loss>, StoreError> {
        if self.lost.iter().all(|lost| lost.said) {
            return Ok(Vec::new());
        }
        let is = ledger.head()?;
        let untold = self.lost.iter().filter(|lost| !lost.said).filter_map(|lost| lost.mark.loss(&is)).collect();
        for lost in &mut self.lost {
            lost.said = true;
        }
        let _ = self.keep();
        Ok(untold)
    }

    /// Takes the ledger as it is for the one to remember.
    ///
    /// # Errors
    /// The system's, and the file, where that can't be written down: what is gone will be named again then.
    pub fn accept(&mut self) -> Result<(), (PathBuf, io::Error)> {
        self.lost.clear();
        self.keep()
    }

    /// Writes it down wherever it changed; gives the first failure.
    fn keep(&mut self) -> Result<(), (PathBuf, io::Error)> {
        if !self.writable {
            return Ok(());
        }
        let remembered = Remembered { seen: self.seen.last().cloned(), lost: self.lost.clone() };
        let mut kept = Ok(());
        for place in &mut self.places {
            let written = place.keep(&remembered);
            kept = kept.and(written);
        }
        kept
    }
}

impl Loss {
    /// What is gone, as a sentence without a full stop; its day is one of `zone`.
    #[must_use]
    pub fn what(&self, zone: Tz) -> String {
        let (was, is) = (self.was.entries, self.is.entries);
        let (account, reference) = (&self.last.0, shown(&self.last.1));
        let count = |entries: u64| counted(usize::try_from(entries).unwrap_or(usize::MAX), "entry", "entries");
        if is < was {
            return format!(
                "the ledger has become shorter: it had {}, up to \"{reference}\" of {account}, and has {is}{}",
                count(was),
                self.seen_on(zone)
            );
        }
        format!(
            "the ledger is not the one that was seen before: of its {} then the last, \"{reference}\" of {account}, is gone{}",
            count(was),
            self.seen_on(zone)
        )
    }

    /// The day on which it was seen as it was, to end a sentence.
    fn seen_on(&self, zone: Tz) -> String {
        self.seen.map_or(String::new(), |at| format!(" (seen on {})", at.with_timezone(&zone).format("%Y-%m-%d")))
    }

    /// One thing to do.
    #[must_use]
    pub fn hint(&self) -> String {
        let was = &self.was;
        format!(
            "restore the newest copy, which creditop ledger verify --expect {was} tells; or, where this was done on purpose, take it as it \
             is: creditop ledger verify --accept"
        )
    }
}

impl Mark {
    /// A ledger as it is now.
    fn of(moment: &Snapshot<'_>, now: Instant) -> Result<Self, StoreError> {
        Ok(Self { head: head(moment)?.to_string(), last: last_entry(moment, None)?, at: Some(now) })
    }

    /// Whether the entry that was the last is still there, and its account's entries up to it are what they were.
    fn still_holds(&self, moment: &Snapshot<'_>) -> Result<bool, StoreError> {
        let Some(last) = &self.last else { return Ok(true) };
        Ok(last_entry(moment, Some((&last.account, &last.reference)))?.as_ref() == Some(last))
    }

    /// Whether it tells of the same ledger at the same length.
    fn is_same(&self, other: &Self) -> bool {
        self.head == other.head && self.last == other.last
    }

    fn loss(&self, is: &Head) -> Option<Loss> {
        let last = self.last.as_ref()?;
        let last = (last.account.clone(), last.reference.clone());
        Some(Loss { was: self.head.parse().ok()?, last, seen: self.at, is: is.clone() })
    }
}

impl Ledger {
    /// The head of the ledger as it was written down; `verify` tells whether the entries are those.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn head(&self) -> Result<Head, StoreError> {
        head(&self.engine.read()?)
    }
}

fn head(moment: &Snapshot<'_>) -> Result<Head, StoreError> {
    Ok(end_of(moment, WHOLE)?.head())
}

/// The entry with that account and ref, or the one that was recorded last.
fn last_entry(moment: &Snapshot<'_>, which: Option<(&str, &str)>) -> Result<Option<LastEntry>, StoreError> {
    let sealed = moment.sealed(which)?;
    Ok(sealed.map(|Sealed { account, reference, digest }| {
        let digest = digest.map(|digest| digest.hex()).unwrap_or_default();
        LastEntry { account, reference, digest }
    }))
}

#[cfg(test)]
mod tests;
