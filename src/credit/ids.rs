//! Names of things: accounts, buckets, actions, refs. Each is its own type, cheap to clone.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use super::{Instant, Seq};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {text:?} {why}")]
pub struct NameError {
    what: &'static str,
    text: String,
    why: &'static str,
}

/// Checks an id: 1 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
fn check_id(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.len() > 64 {
        return Err("is longer than 64 characters");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !text.chars().all(fits) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err("may hold only letters, digits, '.', '_' and '-', and starts with a letter or digit");
    }
    Ok(())
}

/// Checks a ref or a plan's name: 1 to 200 printable characters, no white space at the ends.
fn check_text(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    // A character has one byte or more.
    if text.len() > 200 && text.chars().count() > 200 {
        return Err("is longer than 200 characters");
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character");
    }
    if text.trim() != text {
        return Err("starts or ends with white space");
    }
    Ok(())
}

/// What stands between an account and its ref in the book of another account: no ref that is given can hold it.
const WHOSE: char = '\u{1f}';

macro_rules! name {
    ($(#[$doc:meta])* $name:ident($text:ty), $what:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// [`NameError`] where the text is empty, too long or holds a character that such a name can't have.
            pub fn new(text: &str) -> Result<Self, NameError> {
                $check(text).map_err(|why| NameError { what: $what, text: text.to_owned(), why })?;
                Ok(Self(text.into()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0.split_once(WHOSE) {
                    None => f.pad(&self.0),
                    Some((account, reference)) => f.pad(&format!("{account}/{reference}")),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                super::serial::parsed(deserializer)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
    };
}

name!(/// An account's id in the configuration and the ledger.
    AccountId(Arc<str>), "account", check_id);
name!(/// A provider's id, as `imaginepro`.
    ProviderId(Arc<str>), "provider", check_id);
name!(/// A bucket's id within its provider, as `monthly`.
    BucketId(Arc<str>), "bucket", check_id);
name!(/// A plan's name as the provider spells it, as `STARTER` or `professional-plus`.
    PlanId(Arc<str>), "plan", check_text);
name!(/// An action's id in a provider's price list, as `remove-background`.
    ActionId(Arc<str>), "action", check_id);
name!(/// A variant of an action, as `relax`.
    VariantId(Arc<str>), "variant", check_id);
name!(/// An entry's ref: unique per account, given by the caller or generated (SPEC L2). There are as many as entries, so those of up to 24
    /// bytes take no memory of their own.
    Ref(CompactString), "ref", check_text);

impl Ref {
    /// The ref of an entry that nobody named: when it was recorded, to the second, and its place in the order of recording, so that refs sort
    /// by time and a stopped clock gives the same ones again: `20261120-090000-000c`. From 2 on, `number` follows.
    #[must_use]
    pub(crate) fn generated(recorded_at: Instant, seq: Seq, number: u32) -> Self {
        let ending = if number < 2 { String::new() } else { format!("-{number}") };
        Self(format_compact!("{}-{}{ending}", recorded_at.format("%Y%m%d-%H%M%S"), base_36(seq.0)))
    }

    /// The ref of another account's entry, as books of a pool have it; it is written `ACCOUNT/REF`.
    #[must_use]
    pub(super) fn of_member(&self, account: &AccountId) -> Self {
        Self(format_compact!("{}{WHOSE}{}", account.as_str(), self.as_str()))
    }

    /// The ref in its own account.
    #[must_use]
    pub(super) fn in_its_account(&self) -> &str {
        self.0.split_once(WHOSE).map_or(&*self.0, |(_, own)| own)
    }
}

/// A number in digits and lower-case letters, at least four of them.
fn base_36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.len() < 4 {
        let digit = u32::try_from(rest % 36).ok().and_then(|digit| char::from_digit(digit, 36)).unwrap_or('0');
        digits.push(digit);
        rest /= 36;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_would_break_a_command_line_or_a_screen() {
        for bad in ["", "a b", "a/b", "-x", "ä", "a\n", &"x".repeat(65)] {
            assert!(AccountId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(AccountId::new("studio-2.eu_x").unwrap().as_str(), "studio-2.eu_x");
    }

    #[test]
    fn l02_generated_refs_tell_time_and_place_and_grow() {
        assert_eq!([0, 35, 36, 1_679_615, 1_679_616].map(base_36), ["0000", "000z", "0010", "zzzz", "10000"]);
        let at = crate::credit::parse_instant("2026-11-20T09:00:00.5Z").unwrap();
        assert_eq!(Ref::generated(at, Seq(12), 1).as_str(), "20261120-090000-000c");
        assert_eq!(Ref::generated(at, Seq(12), 3).as_str(), "20261120-090000-000c-3");
    }

    #[test]
    fn refs_are_printable() {
        for bad in ["", " x", "x ", "a\u{1b}[31m", &"x".repeat(201)] {
            assert!(Ref::new(bad).is_err(), "{bad:?}");
        }
        assert!(Ref::new("Rechnung 12/2026 – Müller").is_ok());
    }
}
