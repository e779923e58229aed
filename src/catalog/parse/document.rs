//! A TOML text read field by field: every problem is noted with its line and key, and reading goes on.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::nearest;
use crate::catalog::toml_text::{self, Findings, Mistake, TEXT, shown_key, text_flaw, unknown_key, wrong_type};
use crate::credit::Amount;

/// `one, two or three`.
pub(in crate::catalog) fn list_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.dedup();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// A table whose fields are asked for one by one; [`Fields::finish`] notes those that nobody asked for.
pub(super) struct Fields<'d, 't> {
    document: &'d Findings<'t>,
    table: &'d DeTable<'t>,
    path: String,
    offset: usize,
    asked: RefCell<Vec<&'static str>>,
}

impl<'d, 't> Fields<'d, 't> {
    pub(super) fn root(document: &'d Findings<'t>, table: &'d DeTable<'t>) -> Self {
        Self { document, table, path: String::new(), offset: 0, asked: RefCell::default() }
    }

    fn join(&self, key: &str) -> String {
        let key = shown_key(key);
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    /// The field, where it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Node<'d, 't>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.table.get_key_value(key).map(|(name, value)| self.node(name.span().start, key, value))
    }

    /// The field; notes where it is missing.
    pub(super) fn required(&self, key: &'static str) -> Option<Node<'d, 't>> {
        let node = self.get(key);
        if node.is_none() {
            self.problem(key, format!("`{key}` is missing"), None);
        }
        node
    }

    /// A list of tables, as `[[bucket]]`; empty where it is not there.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Fields<'d, 't>> {
        self.get(key).map(|node| node.items().into_iter().filter_map(|item| item.fields()).collect()).unwrap_or_default()
    }

    /// All fields, for tables whose keys are names.
    pub(super) fn all(&self) -> Vec<(String, Node<'d, 't>)> {
        let mut nodes: Vec<_> = self.table.iter().collect();
        nodes.sort_by_key(|(name, _)| name.span().start);
        nodes
            .into_iter()
            .map(|(name, value)| (name.get_ref().to_string(), self.node(name.span().start, name.get_ref(), value)))
            .collect()
    }

    fn node(&self, start: usize, key: &str, value: &'d Spanned<DeValue<'t>>) -> Node<'d, 't> {
        Node { document: self.document, value: value.get_ref(), path: self.join(key), offset: start }
    }

    /// Notes a problem of this table at one of its keys.
    pub(super) fn problem(&self, key: &str, what: String, hint: Option<String>) {
        self.document.add(self.offset, &self.join(key), what, hint);
    }

    /// Notes every field that was not asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for name in self.table.keys().filter(|name| !asked.contains(&name.get_ref().as_ref())) {
            let (what, hint) = unknown_key(name.get_ref(), asked.iter().copied(), None);
            self.document.add(name.span().start, &self.join(name.get_ref()), what, hint);
        }
    }
}

/// A value with its place.
pub(super) struct Node<'d, 't> {
    document: &'d Findings<'t>,
    value: &'d DeValue<'t>,
    path: String,
    offset: usize,
}

impl<'d, 't> Node<'d, 't> {
    /// Notes a problem here.
    pub(super) fn problem(&self, what: impl Into<String>, hint: Option<String>) {
        self.document.add(self.offset, &self.path, what, hint);
    }

    fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        self.problem(wrong_type(self.value, wanted), None);
        None
    }

    /// What was read, or `None` after its mistake was noted.
    fn noted<T>(&self, read: Result<T, Mistake>) -> Option<T> {
        read.map_err(|(what, hint)| self.problem(what, hint)).ok()
    }

    /// A text that is not empty and holds no control character.
    pub(super) fn text(&self) -> Option<&'d str> {
        let Some(text) = self.value.as_str() else { return self.wrong_type(TEXT) };
        let Some(flaw) = text_flaw(text) else { return Some(text) };
        self.problem(flaw, None);
        None
    }

    /// A text, or a date as TOML writes it.
    pub(super) fn text_or_date(&self) -> Option<String> {
        match self.value {
            DeValue::Datetime(date) => Some(date.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    /// The text, where it is one; notes nothing.
    pub(super) fn if_text(&self) -> Option<&'d str> {
        self.value.as_str()
    }

    /// A text that reads as a `T`.
    pub(super) fn parsed<T: FromStr<Err: ToString>>(&self) -> Option<T> {
        match self.text()?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let error: T::Err = error;
                self.problem(error.to_string(), None);
                None
            }
        }
    }

    /// One of a set of words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        self.noted(toml_text::one_of(self.value, words))
    }

    /// Notes that a name is none of those there are, with the nearest as a hint.
    pub(super) fn unknown<'n>(&self, name: &str, what: &str, among: impl Iterator<Item = &'n str> + Clone) {
        let hint = match nearest(name, among.clone()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("there is {}", list_of(among)),
        };
        self.problem(format!("unknown {what} {name:?}"), Some(hint));
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.noted(toml_text::flag(self.value))
    }

    /// A whole number in a range.
    pub(super) fn integer(&self, range: RangeInclusive<u32>) -> Option<u32> {
        self.noted(toml_text::whole(self.value, &range, "in the range"))
    }

    /// An amount: a whole number or a decimal in quotes.
    pub(super) fn amount(&self) -> Option<Amount> {
        self.noted(toml_text::amount_text(self.value).and_then(|text| toml_text::amount(text, true)))
    }

    /// An amount of zero or more.
    pub(super) fn amount_from_zero(&self) -> Option<Amount> {
        self.noted(toml_text::amount_text(self.value).and_then(|text| toml_text::amount(text, false)))
    }

    /// A text, a number or a truth value, as JSON writes it without quotes.
    pub(super) fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().to_owned()),
            DeValue::Boolean(value) => Some(value.to_string()),
            _ => self.wrong_type("a text, a whole number, true or false"),
        }
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// A table.
    pub(super) fn fields(&self) -> Option<Fields<'d, 't>> {
        let Some(table) = self.value.as_table() else { return self.wrong_type("a table") };
        let (document, path) = (self.document, self.path.clone());
        Some(Fields { document, table, path, offset: self.offset, asked: RefCell::default() })
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<Node<'d, 't>> {
        let Some(array) = self.value.as_array() else { return self.wrong_type("a list").unwrap_or_default() };
        let item = |(index, value): (usize, &'d Spanned<DeValue<'t>>)| Node {
            document: self.document,
            value: value.get_ref(),
            path: format!("{}[{index}]", self.path),
            offset: value.span().start,
        };
        array.iter().enumerate().map(item).collect()
    }

    /// The items of a list, or the value itself where it is no list.
    pub(super) fn one_or_more(self) -> Vec<Node<'d, 't>> {
        if self.is_list() { self.items() } else { vec![self] }
    }
}
