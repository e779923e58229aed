//! JSON Lines: one object a line.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::intake::Intake;
use super::line::{Line, Lines};
use super::row::{Cell, Row};
use super::{Batch, Context, LineError};
use crate::strict_json::Strict;

/// Reads every line.
pub(super) fn read(input: impl BufRead, context: &Context<'_>) -> io::Result<Batch> {
    let mut lines = Lines::new(input);
    let mut intake = Intake::default();
    while let Some((number, line)) = lines.next_line()? {
        let proposal = parse(number, line).and_then(|row| row.proposal(context));
        intake.take(number, proposal);
    }
    Ok(intake.finish())
}

fn parse(number: u64, line: Line<'_>) -> Result<Row, Vec<LineError>> {
    let whole = |what: String, hint| vec![LineError { line: number, field: String::new(), what, hint }];
    let line = line.map_err(|what| whole(what.to_owned(), None))?;
    let members: Members = serde_json::from_str(line).map_err(|error| {
        let what = if error.is_eof() {
            "not a JSON object: the object is not closed".to_owned()
        } else if error.is_data() && line.trim_start().starts_with('{') {
            format!("not an entry: {}", without_place(&error))
        } else if error.is_data() {
            "not a JSON object: it is no object".to_owned()
        } else {
            format!("not a JSON object: it is broken at column {}", error.column())
        };
        whole(what, Some("write one object a line, as {\"kind\":\"spend\",…}".to_owned()))
    })?;
    let mut row = Row::new(number);
    for (name, value) in members.0 {
        row.give(&name, cell(value));
    }
    Ok(row)
}

/// What is wrong inside an object, without the place: the line's number is told already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::String(text) => Cell::Text(text),
        Value::Number(number) => Cell::Number(number.to_string()),
        Value::Bool(_) => Cell::Other("true or false"),
        Value::Object(_) => Cell::Other("an object"),
        Value::Array(items) => {
            let texts = items.into_iter().map(|item| if let Value::String(text) = item { Some(text) } else { None });
            texts.collect::<Option<Vec<String>>>().map_or(Cell::Other("a list of other things than texts"), Cell::List)
        }
    }
}

/// The members of an object in their order, with repeated names, which a map would swallow.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some((name, Strict(value))) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
