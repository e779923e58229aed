//! Reads where an account's key comes from. The key itself must not stand in the file, and is never repeated.

use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::reader::{Field, Findings, Section};
use super::{KeyCommand, KeySource};

/// The four ways to a key.
pub(super) const KEY_WAYS: [&str; 4] = ["env", "command", "file", "keyring"];
/// The four ways as a person writes them.
const WAYS: &str =
    "use one of { env = \"NAME\" }, { command = [\"pass\", \"show\", \"NAME\"] }, { file = \"PATH\" } and { keyring = \"NAME\" }";

/// Reads a `key`.
pub(super) fn read_key(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<KeySource> {
    let ways = || Some(WAYS.to_owned());
    if let DeValue::String(_) = field.value() {
        field.refuse(findings, "a key must not stand in this file in plain text", ways());
        return None;
    }
    let DeValue::Table(table) = field.value() else {
        field.refuse_type(findings, "where the key comes from", ways());
        return None;
    };
    let section = field.section(findings, "a table")?;
    section.refuse_unknown_keys(&KEY_WAYS, findings);
    // Beside a command a list is no way to a key: it names variables for the program.
    let lists_variables = table.contains_key("command") && table.get("env").is_some_and(|env| env.get_ref().is_array());
    let is_way = |way: &&str| table.contains_key(*way) && !(lists_variables && *way == "env");
    let given: Vec<&str> = KEY_WAYS.into_iter().filter(is_way).collect();
    match given.as_slice() {
        [way] => read_way(&section, way, findings),
        [] if table.is_empty() => {
            field.refuse(findings, "does not say where the key comes from", ways());
            None
        }
        [] => None,
        several => {
            let what = format!("names several places for one key: {}", several.join(", "));
            field.refuse(findings, &what, Some("keep one of them".to_owned()));
            None
        }
    }
}

fn read_way(section: &Section<'_>, way: &str, findings: &mut Findings<'_>) -> Option<KeySource> {
    let field = section.get(way)?;
    match way {
        "env" => read_env(&field, findings).map(KeySource::Env),
        "command" => {
            let words = read_command(&field, findings);
            let env = section.get("env").map_or(Some(Vec::new()), |field| read_variables(&field, findings));
            Some(KeySource::Command(KeyCommand { words: words?, env: env? }))
        }
        "file" => field.text(findings).map(|text| KeySource::File(beside(findings.file(), text))),
        _ => field.text(findings).map(|text| KeySource::Keyring(text.to_owned())),
    }
}

fn read_env(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let name = field.text(findings)?;
    let fits = name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if fits {
        return Some(name.to_owned());
    }
    let hint = "write the variable's name, such as IMAGINEPRO_API_KEY, not the key itself";
    field.refuse(findings, "this is not the name of an environment variable", Some(hint.to_owned()));
    None
}

/// The names of the variables that a command sees besides the usual ones.
fn read_variables(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<Vec<String>> {
    let names = field.items(findings, "a list of names, such as [\"OP_SERVICE_ACCOUNT_TOKEN\"]")?;
    let read: Vec<String> = names.iter().filter_map(|name| read_env(name, findings)).collect();
    (read.len() == names.len()).then_some(read)
}

fn read_command(field: &Field<'_>, findings: &mut Findings<'_>) -> Option<Vec<String>> {
    const HINT: &str = "write the program and its arguments one by one: [\"pass\", \"show\", \"NAME\"]";
    let DeValue::Array(_) = field.value() else {
        field.refuse_type(findings, "a list of texts", Some(HINT.to_owned()));
        return None;
    };
    let words = field.items(findings, "a list of texts")?;
    if words.is_empty() {
        field.refuse(findings, "the command is empty", Some(HINT.to_owned()));
        return None;
    }
    let read: Vec<String> = words.iter().filter_map(|word| word.text(findings)).map(str::to_owned).collect();
    (read.len() == words.len()).then_some(read)
}

/// A path as it is meant in a file: `~/` is left for later, a relative one is taken from the file's folder.
fn beside(file: Option<&Path>, text: &str) -> PathBuf {
    let path = Path::new(text);
    match file.and_then(Path::parent) {
        Some(folder) if path.is_relative() && !path.starts_with("~") => folder.join(path),
        _ => path.to_path_buf(),
    }
}
