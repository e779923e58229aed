//! What of a configuration may name somebody (SPEC 7), also where the configuration as a whole can't be used.

use std::io::{self, ErrorKind};
use std::path::Path;

use toml::{Table, Value};

use super::files::LARGEST;
use crate::files::read_regular;

/// What a configuration calls accounts, and everything else in it that may name somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonalTexts {
    /// The id and the name of each account, in the order of the file.
    pub accounts: Vec<Vec<String>>,
    /// Customers, labels, pools, actors, addresses and where keys come from.
    pub others: Vec<String>,
}

impl PersonalTexts {
    /// Those of a file; nothing where there is none. Of one that is no TOML every line counts, since messages quote them.
    ///
    /// # Errors
    /// What the system says, or that it is no regular file: a pipe can be read only once.
    pub fn of(file: &Path) -> io::Result<Self> {
        let bytes = match read_regular(file, LARGEST) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            read => read?,
        };
        let text = String::from_utf8_lossy(&bytes);
        Ok(match text.parse::<Table>() {
            Ok(table) => Self::in_table(&table),
            Err(_) => Self { accounts: Vec::new(), others: text.lines().flat_map(in_line).collect() },
        })
    }

    fn in_table(table: &Table) -> Self {
        let mut found = Self::default();
        found.others.extend(table.get("actor").into_iter().flat_map(texts));
        for account in table.get("account").and_then(Value::as_array).into_iter().flatten() {
            let of = |keys: &[&str]| keys.iter().filter_map(|key| account.get(key)).flat_map(texts).collect::<Vec<_>>();
            found.accounts.push(of(&["id", "name"]));
            found.others.extend(of(&["customer", "tags", "pool", "base_url"]));
            let key = |name: &str| account.get("key").and_then(|key| key.get(name));
            // The words of a command are anybody's; messages tell its program at most, in quotes.
            found.others.extend(["env", "file", "keyring"].into_iter().filter_map(key).flat_map(texts));
        }
        found
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Table(table) => table.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// A line, and what a setting in it says.
fn in_line(line: &str) -> Vec<String> {
    let said = line.split_once('=').map(|(_, said)| said.trim_matches(|c: char| c.is_whitespace() || "\"'[]{}".contains(c)));
    [Some(line.trim()), said].into_iter().flatten().filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> PersonalTexts {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        PersonalTexts::of(&file).unwrap()
    }

    #[test]
    fn every_text_that_may_name_somebody_is_found() {
        let found =
            of("actor = \"ann\"\n[[account]]\nid = \"a\"\nname = \"Anna's\"\nprovider = \"photoroom\"\ncustomer = \"Kunz\"\n\
                        tags = [\"x\", \"y\"]\npool = \"team\"\nkey = { env = \"ANNAS_KEY\" }\n[[account]]\nid = \"b\"\n");
        assert_eq!(found.accounts, [vec!["a".to_owned(), "Anna's".to_owned()], vec!["b".to_owned()]]);
        assert_eq!(found.others, ["ann", "Kunz", "x", "y", "team", "ANNAS_KEY"]);
    }

    #[test]
    fn every_line_counts_of_a_file_that_is_no_toml() {
        let found = of("[[account]\nname = \"Anna\"\n");
        assert!(found.others.contains(&"name = \"Anna\"".to_owned()) && found.others.contains(&"Anna".to_owned()), "{found:?}");
        assert_eq!(PersonalTexts::of(Path::new("/nowhere/config.toml")).unwrap(), PersonalTexts::default());
    }
}
