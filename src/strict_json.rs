//! JSON from outside, read so that it has one meaning only.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Under this key `serde_json` hands out numbers with all their digits, as if they were objects.
const NUMBER: &str = "$serde_json::private::Number";

/// A JSON value whose numbers have all their digits. An object that names a key twice is refused (which of the two would count?), and so
/// is one that is written as `serde_json` hands out numbers: it would pass for a number (SPEC P6).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strict(pub(crate) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<Key>()? {
            let key = match key {
                Key::Number => {
                    let digits: String = entries.next_value()?;
                    return digits.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
                }
                Key::Written(key) if key == NUMBER => {
                    return Err(A::Error::custom(format_args!("it has the key {NUMBER:?}, which stands for a number")));
                }
                Key::Written(key) => key,
            };
            let Strict(value) = entries.next_value()?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("it names the key {key:?} twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// What an object that is being read names next.
enum Key {
    /// A number's digits follow: `serde_json` says so, not the text.
    Number,
    /// A key that stands in the text.
    Written(String),
}

impl<'de> Deserialize<'de> for Key {
    /// Asks for something optional: a key that stands in the text is then handed out as what is there, and the mark of a number as a
    /// bare text. Nothing else tells the two apart.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_some<D: Deserializer<'de>>(self, key: D) -> Result<Key, D::Error> {
                String::deserialize(key).map(Key::Written)
            }

            fn visit_str<E>(self, mark: &str) -> Result<Key, E> {
                Ok(if mark == NUMBER { Key::Number } else { Key::Written(mark.to_owned()) })
            }
        }

        deserializer.deserialize_option(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        serde_json::from_str::<Strict>(text).map(|strict| strict.0.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn s09_numbers_are_numbers_and_objects_that_look_like_them_are_refused() {
        for number in ["0", "-5", "110.00", "0.6336833840314097", "1e2", "123456789012345678901234567890"] {
            assert!(serde_json::from_str::<Strict>(number).unwrap().0.is_number(), "{number}");
            let inside = format!(r#"{{"a":[{number}],"b":{number}}}"#);
            assert!(serde_json::from_str::<Strict>(&inside).unwrap().0["b"].is_number(), "{inside}");
        }
        for disguised in [
            r#"{"$serde_json::private::Number":"5"}"#,
            r#"{"a":{"$serde_json::private::Number":"5"}}"#,
            r#"[{"a":1,"$serde_json::private::Number":"5"}]"#,
            r#"{"\u0024serde_json::private::Number":"5"}"#,
            r#"{"$serde_json::private::Number":5}"#,
        ] {
            assert!(read(disguised).unwrap_err().starts_with("it has the key \"$serde_json::private::Number\""), "{disguised}");
        }
        assert!(read(r#"{"a":1,"\u0061":2}"#).unwrap_err().starts_with("it names the key \"a\" twice"));
    }
}
