//! Whether the schema holds what creditop makes, and nothing else.

use std::collections::BTreeSet;

use crate::store::Flaw;

/// Sort, name, and what is so of it.
pub(super) type Part = (String, String, String);

/// What a schema of the newest format holds: a line for each part, its fields between tabs.
const MADE: &str = include_str!("parts.tsv");

/// What is not as creditop makes it, what is missing, and what another program put there.
pub(super) fn strange(found: &BTreeSet<Part>) -> Vec<Flaw> {
    let made: BTreeSet<Part> = MADE.lines().filter_map(part).collect();
    let is_same = |one: &Part, other: &Part| one.0 == other.0 && one.1 == other.1;
    let flaw = |part: &Part, what: &str| Flaw { seq: None, what: format!("the {} {:?} {what}", part.0, part.1) };
    let mut flaws = Vec::new();
    for part in made.difference(found) {
        let is_there = found.iter().any(|found| is_same(found, part));
        flaws.push(flaw(part, if is_there { "is not as creditop makes it" } else { "is missing" }));
    }
    for part in found.difference(&made).filter(|part| !made.iter().any(|made| is_same(made, part))) {
        flaws.push(flaw(part, "is not creditop's: another program put it there"));
    }
    flaws
}

fn part(line: &str) -> Option<Part> {
    let mut fields = line.split('\t').map(str::to_owned);
    Some((fields.next()?, fields.next()?, fields.next().unwrap_or_default()))
}
