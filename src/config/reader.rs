//! The tables and values of the configuration, each with its place and with the account that it is of.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) use crate::catalog::toml_text::{Findings, shown};
use crate::catalog::toml_text::{Mistake, shown_key, unknown_key, wrong_type};

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
            let (what, hint) = unknown_key(name, known.iter().copied(), Some("config.example.toml"));
            findings.add(key.span().start, &self.path_of(name), with_owner(self.owner.as_deref(), &what), hint);
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
        self.refuse(findings, &wrong_type(self.value, expected), hint);
    }

    /// What was read, or `None` after its mistake was noted.
    pub(super) fn noted<T>(&self, read: Result<T, Mistake>, findings: &mut Findings<'_>) -> Option<T> {
        read.map_err(|(what, hint)| self.refuse(findings, &what, hint)).ok()
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
