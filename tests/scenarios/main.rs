//! Scenario files: every rule of SPEC 2 and 3 and every worked example of PROVIDERS.md, with every figure that follows.
//!
//! Each `*.toml` beside this file is one scenario, named after the rule that it proves. It names an account (a built-in
//! provider or a `definition` of its own, with the settings of a configuration), the entries and observations that were
//! recorded in the order of recording, and what follows from them:
//!
//! - `[[expect]]`: the whole status at an instant, as the text that [`words::status`] makes of it, and what each entry
//!   drew; `events` are what polls show to have happened. The text leaves nothing out that was derived, so a figure that nobody
//!   asserts fails the comparison.
//! - `[[quote]]`: a whole quote, as the text that [`words::quote`] makes of it.
//! - `[[refused]]`: a draft that the rules must refuse, with the field and the reason.
//!
//! Every entry goes through the same admission as a user's. Every scenario runs twice: in the order of recording and the
//! other way around, because that order must not matter between distinct instants (SPEC E7).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]
#![expect(clippy::format_push_string, reason = "the texts are short, and read better so")]

mod book;
mod books;
mod diff;
mod file;
mod words;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use creditop::credit::{Admission, Book, Entry, Objection, Seq};
use file::Scenario;

/// The rules that need at least one scenario.
const RULES: [&str; 22] = [
    "A1", "A2", "A3", "A4", "E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E11", "E12", "E13", "E14", "L1", "L3",
    "P7", "P8",
];

fn scenarios() -> Vec<(PathBuf, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, scenario)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_scenario_comes_out_as_written() {
    let mut failures = String::new();
    for (path, scenario) in scenarios() {
        let book = book::build(&scenario);
        let mut found = check(&scenario, &book);
        let recorded_backwards = check(&scenario, &backwards(&book));
        if found.is_empty() && !recorded_backwards.is_empty() {
            found = format!("recorded the other way around (SPEC E7):\n{recorded_backwards}");
        }
        if !found.is_empty() {
            let name = path.file_name().unwrap().to_string_lossy();
            writeln!(failures, "\n=== {name}: {}\n{found}", scenario.title).unwrap();
        }
    }
    assert!(failures.is_empty(), "- is what the file says, + is what came out\n{failures}");
}

#[test]
fn every_rule_has_a_scenario_named_after_it() {
    let all = scenarios();
    for rule in RULES {
        assert!(all.iter().any(|(_, scenario)| scenario.rules.iter().any(|name| name == rule)), "no scenario proves {rule}");
    }
    for (path, scenario) in all {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let named = named_rules(&name);
        let is_listed = named.iter().any(|rule| scenario.rules.contains(rule));
        assert!(is_listed, "{name} is named after {named:?}, but lists {:?}", scenario.rules);
    }
}

/// The rule that a file's name begins with: `e04-…` is E4; `p01-…` is P1, or section 1 of PROVIDERS.md.
fn named_rules(name: &str) -> Vec<String> {
    let (rule, _) = name.split_once('-').expect("a rule, a hyphen, a title");
    let (letter, number) = rule.split_at(1);
    let number: u8 = number.parse().unwrap();
    let section = (letter == "p").then(|| "PROVIDERS".to_owned());
    section.into_iter().chain([format!("{}{number}", letter.to_uppercase())]).collect()
}

/// The same entries, recorded in the opposite order wherever their instants differ.
fn backwards(book: &Book) -> Book {
    let mut entries: Vec<Entry> = book.entries.to_vec();
    entries.sort_by_key(|entry| (std::cmp::Reverse(entry.at), entry.seq));
    for (entry, seq) in entries.iter_mut().zip(1..) {
        entry.seq = Seq(seq);
    }
    Book { entries: Arc::new(entries), ..book.clone() }
}

/// Everything in which a book differs from what its scenario says.
fn check(scenario: &Scenario, book: &Book) -> String {
    let mut found = String::new();
    for expect in &scenario.expect {
        let at = expect.at.instant();
        let present = expect.present.map_or(at, file::When::instant);
        let status = book.status_at(at, present).unwrap();
        found += &diff::lines(&format!("status at {}", words::instant(at)), &expect.status, &words::status(&status));
        found += &diff::lines(&format!("events at {}", words::instant(at)), &expect.events, &words::events(&status));
        if let Some(draws) = &expect.draws {
            let all = words::draws(&book.explained(at).unwrap());
            found += &diff::lines(&format!("draws at {}", words::instant(at)), draws, &all);
        }
    }
    if let Some(last) = scenario.expect.last().filter(|last| last.draws.is_none()) {
        let all = words::draws(&book.explained(last.at.instant()).unwrap());
        found += &diff::lines("draws (the last [[expect]] must list them)", "", &all);
    }
    for quote in &scenario.quote {
        let at = quote.at.instant();
        let quoted = book::quote(scenario, book, quote);
        let text = quoted.map_or_else(|error| format!("refused: {error}"), |quoted| words::quote(&quoted));
        found += &diff::lines(&format!("quote at {} of {}", words::instant(at), quote.plan.join(", ")), &quote.text, &text);
    }
    found += &refusals(scenario, book);
    found
}

fn refusals(scenario: &Scenario, book: &Book) -> String {
    let mut found = String::new();
    for refused in &scenario.refused {
        let admission = Admission::new(&book.rules, book.entries.to_vec(), &book.observations);
        let draft = book::draft(&book.profile.id, &refused.entry);
        let now = refused.now.map_or(draft.at, file::When::instant);
        let said = match admission.check(&draft, now) {
            Ok(()) => "accepted".to_owned(),
            Err(Objection::Refused(error)) => format!("{}: {}", error.field, error.what),
            Err(objection) => objection.to_string(),
        };
        let wanted = format!("{}: {}", refused.field, refused.what);
        found += &diff::lines("refused draft", &wanted, &said);
    }
    found
}
