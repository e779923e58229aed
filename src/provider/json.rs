//! Reads an answer's JSON strictly, and finds what a [`JsonPath`] leads to.

use serde_json::Value;

use crate::catalog::{JsonPath, PathStep};
use crate::strict_json::Strict;

/// The longest reason that is shown, in characters: it may name a part of what was read.
pub(super) const LONGEST_REASON: usize = 120;

/// Reads a body as JSON; the error says why it is none, as the end of a sentence that starts with "the answer", at whatever length.
pub(super) fn parse(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|_| "is not text in UTF-8".to_owned())?;
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.is_empty() {
        return Err("is empty".into());
    }
    if start.starts_with('<') {
        return Err("looks like a web page, not like JSON".into());
    }
    match serde_json::from_str::<Strict>(start) {
        Ok(Strict(value)) => Ok(value),
        Err(error) if error.is_eof() => Err("is JSON that breaks off in the middle".into()),
        Err(error) if error.is_data() => Err(format!("is refused: {}", super::text::plain(&without_place(&error), usize::MAX))),
        Err(error) if error.to_string().starts_with("recursion limit") => Err("is JSON nested too deep".into()),
        Err(error) => Err(format!("is not JSON (line {}, column {})", error.line(), error.column())),
    }
}

/// The error without its "at line … column …".
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

/// What a value is, in words.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value as a definition writes it in a condition; `None` for null, lists and objects.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value and the path that led to it, with indices for `*` steps.
pub(super) struct Found<'a> {
    pub(super) at: String,
    pub(super) value: &'a Value,
}

/// A place in the answer that the path needs and that is not there: a sentence's end such as `has no /images/available`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing(pub(super) String);

/// Every value that a path leads to, in order: exactly one without a `*` step.
///
/// `keep` decides which elements of the first `*` step count.
pub(super) fn find<'a>(root: &'a Value, path: &JsonPath, keep: impl Fn(&Value) -> bool) -> Result<Vec<Found<'a>>, Missing> {
    let mut found = vec![Found { at: String::new(), value: root }];
    let mut filtered = false;
    for step in path.steps() {
        let mut next = Vec::new();
        for Found { at, value } in found {
            match step {
                PathStep::Key(key) => next.push(child(&at, value, key)?),
                PathStep::Each => {
                    let Value::Array(elements) = value else { return Err(no_list(&at, value)) };
                    let elements = elements.iter().enumerate().filter(|(_, element)| filtered || keep(element));
                    next.extend(elements.map(|(index, value)| Found { at: format!("{at}/{index}"), value }));
                }
            }
        }
        filtered |= *step == PathStep::Each;
        found = next;
    }
    Ok(found)
}

/// The one value that a path leads to: the first where a `*` step leads to several.
pub(super) fn find_one<'a>(root: &'a Value, path: &JsonPath) -> Result<Found<'a>, Missing> {
    let found = find(root, path, |_| true)?.into_iter().next();
    found.ok_or_else(|| Missing(format!("has no {path}")))
}

fn child<'a>(at: &str, value: &'a Value, key: &str) -> Result<Found<'a>, Missing> {
    let inside = match value {
        Value::Object(object) => object.get(key),
        Value::Array(elements) => key.parse::<usize>().ok().and_then(|index| elements.get(index)),
        _ if at.is_empty() => return Err(Missing(format!("is {}, not an object", type_of(value)))),
        _ => return Err(Missing(format!("has {} at {at}, not an object", type_of(value)))),
    };
    let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    inside.map(|value| Found { at: at.clone(), value }).ok_or_else(|| Missing(format!("has no {at}")))
}

fn no_list(at: &str, value: &Value) -> Missing {
    if at.is_empty() {
        Missing(format!("is {}, not a list", type_of(value)))
    } else {
        Missing(format!("has {} at {at}, not a list", type_of(value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        let value = parse(br#" {"a":0.6336833840314097,"b":[1e2,-5,{"c":110.00}]}"#).unwrap();
        assert_eq!(value["a"].to_string(), "0.6336833840314097");
        assert_eq!(value["b"][2]["c"].to_string(), "110.00");
    }

    #[test]
    fn what_is_not_json_is_named() {
        let refused = |body: &[u8]| parse(body).unwrap_err();
        assert_eq!(refused(b""), "is empty");
        assert_eq!(refused(b" \n "), "is empty");
        assert_eq!(refused(b"\n<!DOCTYPE html>"), "looks like a web page, not like JSON");
        assert_eq!(refused(br#"{"credits":16"#), "is JSON that breaks off in the middle");
        assert_eq!(refused(br#"{"credits":,}"#), "is not JSON (line 1, column 12)");
        assert_eq!(refused(br#"{"a":1} x"#), "is not JSON (line 1, column 9)");
        assert_eq!(refused(b"\xff\xfe"), "is not text in UTF-8");
        assert_eq!(refused("[".repeat(100_000).as_bytes()), "is JSON nested too deep");
        assert_eq!(refused(br#"{"a":{"b":1,"b":2}}"#), "is refused: it names the key \"b\" twice");
        let disguised = "is refused: it has the key \"$serde_json::private::Number\", which stands for a number";
        assert_eq!(refused(br#"{"credits":{"$serde_json::private::Number":"5"}}"#), disguised);
    }

    #[test]
    fn paths_name_the_place_that_is_missing() {
        let root = parse(br#"{"images":null,"packs":[{"n":1},{"m":2}],"credits":5}"#).unwrap();
        let missing = |path: &str| find(&root, &path.parse().unwrap(), |_| true).err().unwrap().0;
        assert_eq!(missing("/images/available"), "has null at /images, not an object");
        assert_eq!(missing("/packs/*/n"), "has no /packs/1/n");
        assert_eq!(missing("/credits/*"), "has a number at /credits, not a list");
        assert_eq!(missing("/packs/7/n"), "has no /packs/7");
        assert_eq!(find_one(&root, &"/packs/0/n".parse().unwrap()).unwrap().at, "/packs/0/n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&body);
        }

        #[test]
        fn anything_like_json_is_read_or_refused(body in r#"[\[\]{}",:0-9a-z.eE+\-\\ ]{0,80}"#) {
            let strict = parse(body.as_bytes());
            if let Ok(value) = strict {
                prop_assert_eq!(Ok(value), serde_json::from_str(&body).map_err(|_| String::new()));
            }
        }
    }
}
