//! The house keeps its shape: who may know whom, as the table on the crate's front page says, and who may name what is not ours.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a scan that can't read the sources should fail the test"
)]

mod paths;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use paths::{Named, What, of_crate, of_text};

/// Who may name what is not ours, by the module (and what is inside it). What may be named anywhere is not in the list.
const MAY_NAME: [(&str, &[&str]); 41] = [
    // The clock, at the edges alone (A4). A span of time is no clock.
    ("Utc::now", &[]),
    ("Local::now", &[]),
    ("SystemTime", &["runtime::clock", "store::engine", "store::seen"]),
    ("Instant::now", &["cli", "config::command", "runtime", "store::engine::postgres", "store::waiting"]),
    ("Moment::now", &["cli", "runtime"]),
    // How the program ends is decided where it began.
    ("ExitCode", &["cli"]),
    // The world outside.
    ("std::env", &["cli", "config", "runtime"]),
    ("std::fs", &["cli", "config", "files", "runtime", "store::engine", "store::seen"]),
    ("std::io", &["cli", "config", "files", "provider", "runtime", "store"]),
    ("std::net", &["cli", "provider", "runtime", "store::engine::postgres"]),
    ("std::os", &["cli", "config", "files", "runtime", "store::engine"]),
    ("std::process", &["cli", "config", "runtime", "store::leases"]),
    ("std::thread", &["cli", "config", "files", "runtime", "store"]),
    ("rustix", &["config", "files", "runtime", "store::engine"]),
    ("signal_hook", &["cli", "runtime"]),
    ("tempfile", &["files", "runtime", "store"]),
    // Floats hold no amount (A1).
    ("f32", &[]),
    ("f64", &[]),
    // What waits without a thread.
    ("async", &["cli", "provider", "runtime", "store::engine::postgres"]),
    ("tokio", &["cli", "provider", "runtime", "store::engine::postgres"]),
    ("futures_util", &["provider", "runtime", "store::engine::postgres"]),
    // Networks.
    ("axum", &["provider::simulator"]),
    ("reqwest", &["provider"]),
    ("rustls", &["provider", "store::engine::postgres"]),
    // Databases: each below the ledger's seam, and in its own engine.
    ("rusqlite", &["store::engine::sqlite"]),
    ("postgres", &["store::engine"]),
    ("tokio_postgres", &["store::engine::postgres"]),
    ("tokio_postgres_rustls", &["store::engine::postgres"]),
    // Terminals.
    ("clap", &["cli"]),
    ("color_eyre", &["runtime"]),
    ("crossterm", &["cli", "runtime", "tui"]),
    ("ratatui", &["runtime", "tui"]),
    ("tui_input", &["tui"]),
    // Formats of files.
    ("csv", &["cli", "spreadsheet", "store::interchange"]),
    ("postcard", &["store"]),
    // The engine derives what a checkpoint is written as, and knows no format.
    ("serde", &["cli", "credit", "provider", "store", "strict_json"]),
    ("serde_json", &["cli", "provider", "store", "strict_json"]),
    ("toml", &["catalog", "config", "runtime"]),
    // Keys.
    ("keyring", &["config"]),
    ("secrecy", &["config", "provider", "runtime", "store"]),
    ("zeroize", &["config", "provider", "store"]),
];

/// How statements of SQL begin, and what is in no other text. Only engines speak it.
const SQL: [&str; 9] = [
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    " WHERE ",
    " ORDER BY ",
];

/// All that the crate names outside its tests.
static NAMED: LazyLock<Vec<Named>> = LazyLock::new(|| of_crate(&src().join("lib.rs")));

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Each module of ours with the others that it may use, from the table on the crate's front page: `//! | `tui` | … | `catalog`, `credit` |`.
fn may_use() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(src().join("lib.rs")).expect("the front page");
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let &[module, _, uses] = cells.as_slice() else { panic!("a row has three cells: {row}") };
        (module.trim_end_matches('`').to_owned(), words(uses))
    })
    .collect()
}

/// Whether the module is one of these or lies within one.
fn is_within(module: &str, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| module.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

/// Whether a path names something: its words stand in it one after the other.
fn names(path: &str, what: &str) -> bool {
    let (path, what): (Vec<&str>, Vec<&str>) = (path.split("::").collect(), what.split("::").collect());
    // A crate or a module of ours of the same name is another thing.
    let begins = what.len() > 1 || what[0].starts_with(|c: char| c.is_ascii_uppercase());
    if begins { path.windows(what.len()).any(|part| part == what) } else { path[0] == what[0] }
}

/// What a path of ours means for the table: nothing, or why it is forbidden.
fn arrow(module: &str, path: &str, may_use: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let from = module.split("::").next().unwrap_or_default();
    let to = path.strip_prefix("crate::")?.split("::").next()?;
    if from.is_empty() || to == from {
        return None;
    }
    let Some(allowed) = may_use.get(from) else { return Some(format!("{from} has no row in the table of src/lib.rs")) };
    // A glob of the root could be anything.
    let is_ours = may_use.contains_key(to) || to == "*";
    (is_ours && !allowed.iter().any(|other| other == to)).then(|| format!("{module} must not know {to}"))
}

/// Why something may not be named where it is, if so.
fn forbidden(module: &str, what: &What) -> Option<String> {
    match what {
        What::Path(path) => {
            let (word, _) = MAY_NAME.iter().find(|(word, rooms)| names(path, word) && !is_within(module, rooms))?;
            Some(format!("{module} must not name {word}: {path}"))
        }
        What::Literal(text) => {
            let is_sql = SQL.iter().any(|sql| text.contains(sql)) && !is_within(module, &["store::engine"]);
            is_sql.then(|| format!("{module} must not speak SQL: {text}"))
        }
    }
}

fn none_of(problems: impl Iterator<Item = String>) {
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn at((file, line): &(PathBuf, usize)) -> String {
    format!("{}:{line}", file.display())
}

#[test]
fn every_arrow_between_modules_is_in_the_table() {
    let may_use = may_use();
    none_of(NAMED.iter().filter_map(|named| {
        let What::Path(path) = &named.what else { return None };
        arrow(&named.module, path, &may_use).map(|problem| format!("{}: {problem} ({path})", at(&named.place)))
    }));
}

#[test]
fn the_table_has_every_module_once_and_no_circles() {
    let may_use = may_use();
    let modules: Vec<String> = NAMED.iter().filter_map(|named| Some(named.module.split("::").next()?.to_owned())).collect();
    none_of(may_use.keys().filter(|row| !modules.contains(row)).map(|row| format!("{row} is in the table and not in the crate")));
    // Whoever may be used by a module may not use it, by whatever way.
    let mut left: Vec<&String> = may_use.keys().collect();
    while let Some(place) = left.iter().position(|module| may_use[*module].iter().all(|used| !left.contains(&used))) {
        left.remove(place);
    }
    assert!(left.is_empty(), "in a circle: {left:?}");
}

#[test]
fn what_is_not_ours_is_named_only_where_it_belongs() {
    none_of(
        NAMED
            .iter()
            .filter_map(|named| forbidden(&named.module, &named.what).map(|problem| format!("{}: {problem}", at(&named.place)))),
    );
}

#[test]
fn engines_don_t_know_one_another_and_nobody_above_the_ledger_knows_one() {
    let engines = ["memory", "postgres", "sqlite"].map(|engine| format!("store::engine::{engine}"));
    none_of(NAMED.iter().filter_map(|named| {
        let What::Path(path) = &named.what else { return None };
        let path = path.strip_prefix("crate::")?;
        let engine = engines.iter().find(|engine| is_within(path, &[engine]))?;
        let from_engine = engines.iter().any(|other| other != engine && is_within(&named.module, &[other]));
        let is_stranger = !is_within(&named.module, &["store"]);
        (from_engine || is_stranger).then(|| format!("{}: {} must not know {path}", at(&named.place), named.module))
    }));
}

#[test]
fn the_program_is_the_library_s_commands() {
    let named = of_crate(&src().join("main.rs"));
    let ours = named.iter().filter_map(|named| match &named.what {
        What::Path(path) => path.strip_prefix("crate::"),
        What::Literal(_) => None,
    });
    assert_eq!(ours.collect::<Vec<_>>(), ["cli::main"]);
}

#[test]
fn the_scan_sees_every_way_to_name_a_module() {
    for (text, module, paths) in [
        ("use crate::{store, tui::Model};", "cli", &["crate::store", "crate::tui::Model"][..]),
        (
            "use crate::{\n    credit::{Amount, fold::{Lot, *}},\n    store as other,\n};",
            "cli",
            &["crate::credit::Amount", "crate::credit::fold::Lot", "crate::credit::fold::*", "crate::store"],
        ),
        ("fn f() -> crate::store::Ledger { crate::tui::view() }", "cli", &["crate::store::Ledger", "crate::tui::view"]),
        ("use super::{quote, super::store::Ledger};", "credit::fold", &["crate::credit::quote", "crate::store::Ledger"]),
        ("mod inner { use super::super::store::Ledger; }", "credit", &["crate::store::Ledger"]),
        ("use self::lots::Lot;", "credit::fold", &["crate::credit::fold::lots::Lot"]),
        ("println!(\"{}\", crate::store::open(a, b));", "tui", &["crate::store::open"]),
        ("macro_rules! m { () => { $crate::store::open() } }", "tui", &["crate::store::open"]),
        ("use crate as root;", "tui", &["crate::*"]),
        ("use creditop::*;", "tui", &["crate::*"]),
        ("#[derive(crate::store::Row)] struct S;", "tui", &["crate::store::Row"]),
        ("#[cfg(test)] mod tests { use crate::store; } // crate::store", "tui", &[]),
        ("#[cfg(test)] use crate::store::Ledger; use crate::runtime;", "tui", &["crate::runtime"]),
    ] {
        let named = of_text(text, module);
        let ours: Vec<&str> = named.iter().map(String::as_str).filter(|path| path.starts_with("crate::")).collect();
        assert_eq!(ours, paths, "{text}");
    }
}

#[test]
fn what_the_house_forbids_is_seen() {
    let may_use = may_use();
    let wrong = |text: &str, module: &str| {
        of_text(text, module).iter().any(|text| {
            let what = if text.starts_with('"') { What::Literal(text.clone()) } else { What::Path(text.clone()) };
            arrow(module, text, &may_use).is_some() || forbidden(module, &what).is_some()
        })
    };
    for (text, module) in [
        ("use crate::store::Ledger;", "credit::fold"),
        ("use crate::{catalog, report::Report};", "store"),
        ("fn f() { crate::files::open() }", "tui::view"),
        ("use crate::nowhere::Thing;", "newcomer"),
        ("use std::{cmp, fs::File};", "tui::view"),
        ("let now = chrono::Utc::now();", "tui::update"),
        ("let now = std::time::Instant::now();", "tui::update"),
        ("tokio::spawn(work);", "tui::update"),
        ("async fn f() {}", "store::append"),
        ("fn f(amount: f64) {}", "credit::amount"),
        ("use rusqlite::Connection;", "store::append"),
        ("use rusqlite::Connection;", "store::engine::memory"),
        ("fn f() { g(\"SELECT ref FROM entry\") }", "store::append"),
        ("use std::fs;", "store::append"),
    ] {
        assert!(wrong(text, module), "{module} may not: {text}");
    }
    for (text, module) in [
        ("use crate::credit::Amount;", "store"),
        ("use std::time::Duration;", "tui::message"),
        ("use crate::credit::Instant;", "tui::message"),
        ("use rusqlite::Connection;", "store::engine::sqlite::read"),
        ("g(\"SELECT ref FROM entry\")", "store::engine::sqlite::read"),
    ] {
        assert!(!wrong(text, module), "{module} may: {text}");
    }
}
