//! How amounts and names go into a serialized state, and come back checked. Which format it is nobody here knows.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::Amount;

/// Reads what was written as its text, by the same check as everywhere.
///
/// # Errors
/// The format's, and those of the check.
pub(super) fn parsed<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Reading<T>(PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Reading<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Reading(PhantomData))
}

impl Serialize for Amount {
    /// A text where people read the format; else its digits as a whole number, and how many of them stand behind the point.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.digits().serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return parsed(deserializer);
        }
        let digits = <(i128, u8)>::deserialize(deserializer)?;
        Self::from_digits(digits).ok_or_else(|| D::Error::custom("not an amount as it is written"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{BucketId, Ref};

    #[test]
    fn a1_amounts_and_names_come_back_and_nothing_else_is_taken_for_one() {
        for text in ["0", "-0.0001", "1.5", "9999999999999999999999999999", "-0.0000000000000000000000000001"] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(Amount::from_digits(amount.digits()), Some(amount));
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!((json.as_str(), serde_json::from_str(&json).ok()), (format!("{text:?}").as_str(), Some(amount)));
        }
        for digits in [(10, 1), (0, 3), (1, 29), (10_i128.pow(28), 0), (i128::MAX, 0)] {
            assert_eq!(Amount::from_digits(digits), None, "{digits:?}");
        }
        let name = Ref::new("Rechnung 12/2026 – Müller").unwrap();
        assert_eq!(serde_json::from_str::<Ref>(&serde_json::to_string(&name).unwrap()).unwrap(), name);
        assert!(serde_json::from_str::<BucketId>("\"a b\"").is_err());
    }
}
