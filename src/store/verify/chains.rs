//! Whether every row is what was recorded, by its digest, and none is gone.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row};

use crate::credit::Seq;
use crate::store::chain::{End, found, observation_seal, observations, polls_seal, written_ends};
use crate::store::digest::{Digest, Encoder, Head, entry_digest};
use crate::store::row::{COLUMNS, content};
use crate::store::{Flaw, row};

/// So many entries that do not fit their digests are looked at to tell what became of each.
const EXPLAINED: usize = 64;

/// In so many of them a changed character is looked for: that tries some ten thousands of digests.
const SEARCHED: usize = 8;

/// The chains of all accounts while the entries are read in the order of recording.
#[derive(Debug, Default)]
pub(super) struct Walk {
    ends: BTreeMap<String, Walked>,
    entries: u64,
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
    /// Takes in the next row of [`COLUMNS`] and `digest`.
    pub(super) fn step(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.entries += 1;
        let text = |column: usize| -> rusqlite::Result<String> {
            Ok(row
                .get_ref(column)?
                .as_bytes()
                .map_or_else(|_| "?".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned()))
        };
        let (seq, account, reference): (i64, _, _) = (row.get(0)?, text(1)?, text(4)?);
        let carries = found(row.get_ref(row::WIDTH)?);
        let walked = self.ends.entry(account.clone()).or_insert_with(|| Walked {
            end: End::NONE,
            last: String::new(),
            places: Vec::new(),
        });
        let right = entry_digest(walked.end.digest, &content(row)?);
        if carries != Some(right) {
            let before = (walked.end.digest, walked.last.clone());
            self.broken.push(Broken { seq, account, reference: reference.clone(), carries, before });
        }
        walked.end = walked.end.and(carries.unwrap_or(right));
        walked.last = reference;
        walked.places.push(seq);
        Ok(())
    }

    /// How many entries were taken in.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// The head of what was taken in so far.
    pub(super) fn head(&self) -> Head {
        Head::of(self.ends.iter().map(|(account, walked)| (account.as_str(), walked.end.entries, walked.end.digest)))
    }

    /// What is wrong with the chains, but for entries of which something else is known to be wrong.
    pub(super) fn flaws(&self, connection: &Connection, known: &BTreeSet<Seq>) -> rusqlite::Result<Vec<Flaw>> {
        let ends = written_ends(connection)?;
        let fewer = |account: &str| {
            let found = self.ends.get(account).map_or(0, |walked| walked.end.entries);
            ends.get(account).is_some_and(|end| end.entries > found)
        };
        let broken: Vec<&Broken> = self.broken.iter().filter(|broken| !known.contains(&Seq(broken.seq))).collect();
        let says: Vec<Encoder> =
            broken.iter().take(EXPLAINED).map(|broken| says(connection, broken.seq)).collect::<rusqlite::Result<_>>()?;
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

    /// The observations that are not what was recorded, and the accounts of which it is not known how polling goes.
    pub(super) fn wrong_observations(&self, connection: &Connection, known: &BTreeSet<Seq>) -> rusqlite::Result<Vec<Flaw>> {
        let accounts = "SELECT account FROM observation UNION SELECT account FROM poll ORDER BY 1";
        let accounts =
            connection.prepare(accounts)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let mut flaws = Vec::new();
        for account in accounts {
            let places = self.ends.get(&account).map_or(&[][..], |walked| &walked.places);
            let mut before = Digest::NONE;
            for (first, last) in observations(connection, &account)? {
                let entries = places.partition_point(|place| *place < last);
                let entries = i64::try_from(entries).unwrap_or(i64::MAX);
                let seal = observation_seal(connection, &account, first, before, entries)?;
                before = seal.found.unwrap_or(seal.right);
                if seal.found != Some(seal.right) && !known.contains(&Seq(last)) {
                    let name = account.escape_debug();
                    let what = "it is not what was recorded, or one before it is gone: its digest differs";
                    flaws.push(Flaw { seq: Some(Seq(last)), what: format!("observation of {name}: {what}") });
                }
            }
            let what = match polls_seal(connection, &account)? {
                Some((found, right)) if found == Some(right) => continue,
                Some(_) => "how its polls go, or its last observation, is not what was recorded: its digest differs",
                None => "it has observations, but nothing tells how its polls go",
            };
            flaws.push(Flaw { seq: None, what: format!("account {}: {what}", account.escape_debug()) });
        }
        Ok(flaws)
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
fn says(connection: &Connection, seq: i64) -> rusqlite::Result<Encoder> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM entry WHERE seq = ?1"))?;
    Ok(statement.query_row([seq], content).optional()?.unwrap_or_else(Encoder::part))
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
