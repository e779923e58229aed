//! Reads a TOML text with the place of every value, and collects what is wrong instead of stopping at the first.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::{Problem, nearest};

/// The problems found so far, and the lines of the text that they are in.
pub(super) struct Findings<'t> {
    text: &'t str,
    file: Option<&'t Path>,
    line_starts: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'t> Findings<'t> {
    /// No problems yet, in a text from a file or from elsewhere.
    pub(super) fn new(text: &'t str, file: Option<&'t Path>) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, file, line_starts, problems: Vec::new() }
    }

    /// The file that the text came from.
    pub(super) fn file(&self) -> Option<&'t Path> {
        self.file
    }

    /// The line, from 1, that a byte offset is on.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// A part of the text as it was written.
    fn written(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// Notes a problem at a byte offset.
    pub(super) fn add(&mut self, at: usize, key: &str, what: impl Into<String>, hint: Option<String>) {
        let line = Some(self.line_at(at));
        let file = self.file.map(Path::to_path_buf);
        self.problems.push(Problem { file, line, key: key.to_owned(), what: what.into(), hint });
    }

    /// Whether a key, or a part of it, has a problem already.
    pub(super) fn has(&self, key: &str) -> bool {
        let is_within = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.problems.iter().any(|problem| problem.key.strip_prefix(key).is_some_and(is_within))
    }

    /// Every problem, in the order of the text.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }
}

/// Reads a text into a table; `None` where its syntax is broken, with every break noted.
///
/// A date that doesn't exist is no break: it is noted where the date is read, with its key.
pub(super) fn read_document<'t>(findings: &mut Findings<'t>) -> Option<DeTable<'t>> {
    let (document, errors) = DeTable::parse_recoverable(findings.text);
    let is_date =
        |message: &str| ["invalid date", "invalid time", "invalid offset"].iter().any(|start| message.starts_with(start));
    let mut errors: Vec<(usize, &str)> = errors
        .iter()
        .filter(|error| !is_date(error.message()))
        .map(|error| (error.span().map_or(0, |span| span.start), error.message()))
        .collect();
    errors.sort_unstable();
    // One mistake often breaks the rest of its line in several ways: the first is the one to mend.
    errors.dedup_by_key(|(at, _)| findings.line_at(*at));
    for (at, message) in &errors {
        findings.add(*at, "", format!("this is not TOML: {message}"), syntax_hint(message));
    }
    errors.is_empty().then(|| document.into_inner())
}

fn syntax_hint(message: &str) -> Option<String> {
    let hint = if message.starts_with("string values must be quoted") {
        "put the text in quotes"
    } else if message.starts_with("duplicate key") {
        "keep one of the two"
    } else if message.starts_with("invalid basic string") {
        "close the quotes on the same line"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// A text for a message: quoted, control characters escaped, not longer than a line.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// A key as TOML spells it.
fn shown_key(key: &str) -> String {
    let bare = !key.is_empty() && key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if bare { key.to_owned() } else { shown(key) }
}

/// A table and where it stands.
#[derive(Clone)]
pub(super) struct Section<'d> {
    table: &'d DeTable<'d>,
    at: usize,
    path: String,
    owner: Option<Arc<str>>,
}

impl<'d> Section<'d> {
    /// The whole document.
    pub(super) fn root(table: &'d DeTable<'d>) -> Self {
        Self { table, at: 0, path: String::new(), owner: None }
    }

    /// The same table, whose problems name the account that they are of.
    pub(super) fn owned_by(mut self, owner: Option<String>) -> Self {
        self.owner = owner.map(Arc::from);
        self
    }

    /// The byte offset at which it begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The path of a key in it.
    pub(super) fn path_of(&self, key: &str) -> String {
        let key = shown_key(key);
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Field<'d>> {
        self.table.get(key).map(|value| Field::new(value, self.path_of(key), self.owner.clone()))
    }

    /// Every key with its value.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'d str, Field<'d>)> {
        self.table.iter().map(|(key, value)| {
            let key: &'d str = key.get_ref().as_ref();
            (key, Field::new(value, self.path_of(key), self.owner.clone()))
        })
    }

    /// Notes a problem of the table as a whole, or of a key that it lacks.
    pub(super) fn refuse(&self, key: &str, findings: &mut Findings<'_>, what: &str, hint: Option<String>) {
        findings.add(self.at, &self.path_of(key), with_owner(self.owner.as_deref(), what), hint);
    }

    /// Notes a problem of a path such as `plan_changes[1].from`, at the part of it that is there.
    pub(super) fn refuse_at(&self, steps: &str, findings: &mut Findings<'_>, what: &str, hint: Option<String>) {
        findings.add(self.locate(steps), &self.path_of_steps(steps), with_owner(self.owner.as_deref(), what), hint);
    }

    /// The whole path of a path in it.
    pub(super) fn path_of_steps(&self, steps: &str) -> String {
        format!("{}.{steps}", self.path)
    }

    /// Notes every key that is not among `known`.
    pub(super) fn refuse_unknown_keys(&self, known: &[&str], findings: &mut Findings<'_>) {
        for (key, _) in self.table {
            let name: &str = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let hint = match nearest(name, known.iter().copied()) {
                Some(close) => format!("did you mean {close}?"),
                None if known.len() <= 5 => format!("the keys here are {}", known.join(", ")),
                None => "remove it; config.example.toml names every key".to_owned(),
            };
            findings.add(
                key.span().start,
                &self.path_of(name),
                with_owner(self.owner.as_deref(), "there is no such key"),
                Some(hint),
            );
        }
    }

    /// The byte offset of a path such as `plan_changes[1].from`, or of the part of it that is there.
    fn locate(&self, path: &str) -> usize {
        let mut at = self.at;
        let mut table = Some(self.table);
        for step in path.split('.') {
            let (name, index) = match step.split_once('[') {
                Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
                None => (step, None),
            };
            let Some((key, value)) = table.and_then(|table| table.get_key_value(name)) else {
                return at;
            };
            at = key.span().start;
            let mut value = value;
            if let (Some(index), DeValue::Array(items)) = (index, value.get_ref()) {
                let Some(item) = items.get(index) else { return at };
                at = item.span().start;
                value = item;
            }
            table = value.get_ref().as_table();
        }
        at
    }
}

fn with_owner(owner: Option<&str>, what: &str) -> String {
    owner.map_or_else(|| what.to_owned(), |owner| format!("account {owner}: {what}"))
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Field<'d> {
    value: &'d DeValue<'d>,
    span: Range<usize>,
    path: String,
    owner: Option<Arc<str>>,
}

impl<'d> Field<'d> {
    fn new(value: &'d Spanned<DeValue<'d>>, path: String, owner: Option<Arc<str>>) -> Self {
        Self { value: value.get_ref(), span: value.span(), path, owner }
    }

    /// The value itself.
    pub(super) fn value(&self) -> &'d DeValue<'d> {
        self.value
    }

    /// The value as it was written. Not for a message about what may be a secret.
    pub(super) fn written<'t>(&self, findings: &Findings<'t>) -> &'t str {
        findings.written(self.span.clone())
    }

    /// Notes a problem of this value.
    pub(super) fn refuse(&self, findings: &mut Findings<'_>, what: &str, hint: Option<String>) {
        findings.add(self.span.start, &self.path, with_owner(self.owner.as_deref(), what), hint);
    }

    /// Notes that this value is of the wrong type.
    pub(super) fn refuse_type(&self, findings: &mut Findings<'_>, expected: &str, hint: Option<String>) {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.refuse(findings, &format!("expects {expected}, found {found}"), hint);
    }

    /// The items of a list, with their paths counted from 0, as in the problems of definitions.
    pub(super) fn items(&self, findings: &mut Findings<'_>, expected: &str) -> Option<Vec<Self>> {
        let DeValue::Array(items) = self.value else {
            self.refuse_type(findings, expected, None);
            return None;
        };
        let item = |(index, value)| Self::new(value, format!("{}[{index}]", self.path), self.owner.clone());
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The table that this value is.
    pub(super) fn section(&self, findings: &mut Findings<'_>, expected: &str) -> Option<Section<'d>> {
        let DeValue::Table(table) = self.value else {
            self.refuse_type(findings, expected, None);
            return None;
        };
        Some(Section { table, at: self.span.start, path: self.path.clone(), owner: self.owner.clone() })
    }
}
