//! Digests: by them a change of what was recorded is found, however it came about.
//!
//! Every entry carries a digest of what it says and of the digest of its account's entry before it: a chain per account. So a change, a
//! gap and an exchange are found, and the last digest stands for all that the account ever recorded. Observations are chained
//! in the same way, and the row that says how polling goes carries one of its own.
//!
//! A chain over the entries of all accounts, in the order of recording, stands for the whole ledger: its last digest is the head.
//!
//! A digest is made of what a row says, not of how an engine stores it: no row numbers, no engine's texts. Copied to another
//! engine in the order of recording, a ledger keeps all of its digests. They hold no key, as an entry holds none (SPEC L7).
//!
//! # Encoding
//! A digest is SHA-256 over these bytes, one after the other:
//!
//! 1. the version of this encoding, one byte: 1
//! 2. the sort of thing, one byte: `E` an entry, `O` an observation, `P` the row of an account's polls, `L` a whole ledger
//! 3. for `E` and `O`: the 32 bytes of the digest before it in its account, zeros for the first; for `L`: that of the ledger before this entry; for `P`: the digest of the account's
//!    last observation, zeros where there is none
//! 4. the fields in the order below, each with its sort before it:
//!    - `00`: the field is absent
//!    - `01`, its length in bytes as 4 bytes (the highest first), its bytes: a text in UTF-8, as it was recorded
//!    - `02`, 8 bytes in two's complement (the highest first): a whole number
//!    - `03`, written as a text: bytes that are neither, which stand in a damaged file only
//!
//! An amount is a text in the one form that amounts have: without exponent, plus sign, trailing zeros or −0. An instant is a whole number:
//! nanoseconds since 1970 in UTC. Tags are one text: sorted, each once, with one space between them.
//!
//! | sort | fields |
//! |---|---|
//! | `E` | account, at, recorded at, ref, kind, bucket, amount, effective at, expiry (`rule`, `never`, `at`), expires at, priority, action, variant, quantity, target (the ref of a hold or of a reversed entry), note, actor, tags |
//! | `O` | account, how many entries of the account were recorded before it, at, last seen at, plan, e-mail, end of the subscription, how many buckets; for each: bucket, remaining, capacity (amounts, or `unlimited`, `unknown`) |
//! | `P` | account, last success at, kind of the last failure, its message, failed at, retry at, failures in a row |
//! | `L` | the 32 bytes of an entry's digest, without a sort before them |

use std::fmt::{self, Write as _};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The version of the encoding.
const VERSION: u8 = 1;

/// How many characters of a digest people see.
const SHOWN: usize = 32;

/// A digest of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest(pub(super) [u8; 32]);

impl Digest {
    /// What stands in the place of a digest before the first.
    pub(super) const NONE: Self = Self([0; 32]);

    /// The digest whose bytes these are, where they are as many as they must be.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes in hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a text can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// As many of its digits as people see: 128 bits of it.
    pub(super) fn short(&self) -> String {
        let mut digits = self.hex();
        digits.truncate(SHOWN);
        digits
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// The digest of an entry that says this, after the one with the digest `before` in its account.
pub(super) fn entry_digest(before: Digest, says: &Encoder) -> Digest {
    after(b'E', before, says)
}

/// The digest of an observation that says this, after the one with the digest `before` in its account.
pub(super) fn observation_digest(before: Digest, says: &Encoder) -> Digest {
    after(b'O', before, says)
}

/// The digest of how polling an account goes whose last observation has the digest `last`.
pub(super) fn polls_digest(last: Digest, says: &Encoder) -> Digest {
    after(b'P', last, says)
}

/// The digest of a ledger that had the digest `before`, with one more entry.
pub(super) fn ledger_digest(before: Digest, entry: Digest) -> Digest {
    Digest(Sha256::new().chain_update([VERSION, b'L']).chain_update(before.0).chain_update(entry.0).finalize().into())
}

fn after(sort: u8, before: Digest, says: &Encoder) -> Digest {
    Digest(Sha256::new().chain_update([VERSION, sort]).chain_update(before.0).chain_update(&says.0).finalize().into())
}

/// Fields in the encoding of this module, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    /// No fields yet.
    pub(super) fn part() -> Self {
        Self(Vec::with_capacity(512))
    }

    /// Finds the field in which one byte was another when `is_right` held; its place among the fields, from 0. Only what texts and numbers
    /// say is tried, not their lengths.
    pub(super) fn changed_field(&self, is_right: impl Fn(&Self) -> bool) -> Option<usize> {
        let mut tried = self.clone();
        let (mut at, mut field) = (0, 0);
        while let Some(sort) = self.0.get(at) {
            let length = match sort {
                0 => 0,
                2 => 8,
                _ => u32::from_be_bytes(self.0.get(at + 1..at + 5)?.try_into().ok()?) as usize,
            };
            let says = if *sort == 1 || *sort == 3 { at + 5 } else { at + 1 };
            for place in says..says + length {
                let found = *self.0.get(place)?;
                for other in (0..=u8::MAX).filter(|other| *other != found) {
                    *tried.0.get_mut(place)? = other;
                    if is_right(&tried) {
                        return Some(field);
                    }
                }
                *tried.0.get_mut(place)? = found;
            }
            at = says + length;
            field += 1;
        }
        None
    }

    /// A field that is absent.
    pub(super) fn absent(&mut self) {
        self.0.push(0);
    }

    /// A text, in UTF-8 but in a damaged file.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.sized(1, text);
    }

    /// What no sound ledger holds.
    pub(super) fn foreign(&mut self, bytes: &[u8]) {
        self.sized(3, bytes);
    }

    /// Bytes after their length; more than four bytes can count are cut, but no row holds as many.
    fn sized(&mut self, sort: u8, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.push(sort);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes.get(..length as usize).unwrap_or(bytes));
    }

    /// A whole number.
    pub(super) fn number(&mut self, number: i64) {
        self.0.push(2);
        self.0.extend_from_slice(&number.to_be_bytes());
    }
}

/// The whole ledger at a moment, in a short text: how many entries it has, and the end of the chain over all of them, as
/// `1234-9f86d081884c7d659a2feaa0c55ad015`.
///
/// Who keeps it can tell later whether the ledger still begins with these very entries, in this order. Observations have no part in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many entries the ledger has.
    pub entries: u64,
    digest: String,
}

impl Head {
    /// The head of a ledger with so many entries whose chain ends so.
    pub(super) fn new(entries: i64, last: Digest) -> Self {
        Self { entries: entries.unsigned_abs(), digest: last.short() }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.entries, self.digest)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str =
            "is no head of a ledger: write it as `creditop ledger verify` prints it, a number, a dash and 32 digits";
        let (entries, digest) = text.trim().split_once('-').ok_or(WRONG)?;
        let entries = entries.parse().map_err(|_| WRONG)?;
        let digest = digest.to_ascii_lowercase();
        if digest.len() == SHOWN && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self { entries, digest })
        } else {
            Err(WRONG)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_the_encoding_is_that_of_the_documentation() {
        let mut says = Encoder::part();
        says.text("a".as_bytes());
        says.absent();
        says.number(-2);
        assert_eq!(says.0, [1, 0, 0, 0, 1, b'a', 0, 2, 255, 255, 255, 255, 255, 255, 255, 254]);
        let mut bytes = vec![1, b'E'];
        bytes.extend([0; 32]);
        bytes.extend(says.0.clone());
        assert_eq!(entry_digest(Digest::NONE, &says).0, <[u8; 32]>::from(Sha256::digest(&bytes)));
        assert_ne!(entry_digest(Digest::NONE, &says), observation_digest(Digest::NONE, &says));
        assert_ne!(entry_digest(Digest::NONE, &says), entry_digest(Digest([1; 32]), &says));
    }

    #[test]
    fn s12_neighbouring_fields_can_not_stand_for_each_other() {
        let of = |texts: &[&str]| {
            let mut says = Encoder::part();
            for text in texts {
                says.text(text.as_bytes());
            }
            entry_digest(Digest::NONE, &says)
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
    }

    #[test]
    fn s12_a_head_is_read_back_as_it_is_printed() {
        let head = Head::new(5, ledger_digest(Digest::NONE, Digest([7; 32])));
        assert_eq!(head.entries, 5);
        assert_eq!(head.to_string().parse(), Ok(head.clone()));
        assert_eq!(head.to_string().to_uppercase().parse(), Ok(head));
        for bad in ["", "5", "5-", "x-00000000000000000000000000000000", "5-0000000000000000000000000000000g", "5-00"] {
            assert!(bad.parse::<Head>().is_err(), "{bad:?}");
        }
    }
}
