//! The house keeps its shape: who may know whom, and which modules are pure.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a scan that can't read the sources should fail the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the crate, with the modules of ours that it may use.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("spreadsheet", &[]),
    ("strict_json", &[]),
    ("files", &[]),
    ("credit", &[]),
    ("catalog", &["credit"]),
    ("provider", &["catalog", "credit", "strict_json"]),
    ("store", &["credit", "files", "spreadsheet", "strict_json"]),
    ("config", &["catalog", "credit", "files"]),
    ("tui", &["catalog", "credit"]),
    ("cli", &["catalog", "config", "credit", "files", "provider", "report", "runtime", "spreadsheet", "store"]),
    ("runtime", &["catalog", "config", "credit", "files", "provider", "report", "store", "tui"]),
];

/// What a module may not name, outside its tests: the clock, I/O, floats, async, and what belongs to others.
const MAY_NOT_NAME: [(&str, &[&str]); 6] = [
    (
        "credit",
        &[
            "Utc::now",
            "Local::now",
            "SystemTime",
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "std::process",
            "tokio",
            "serde",
            "f64",
            "f32",
            "async fn",
        ],
    ),
    (
        "tui",
        &[
            "Utc::now",
            "Local::now",
            "SystemTime",
            "Instant::now",
            "std::fs",
            "std::net",
            "std::env",
            "tokio",
            "reqwest",
            "rusqlite",
            "async fn",
        ],
    ),
    ("catalog", &["reqwest", "rusqlite", "ratatui", "tokio", "std::net"]),
    ("provider", &["rusqlite", "ratatui"]),
    ("store", &["reqwest", "ratatui", "tokio", "axum"]),
    ("cli", &["ratatui"]),
];

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code of a module without its comments and tests, as `(file, line number, line)`.
fn code_of(module: &str) -> Vec<(PathBuf, usize, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let dir = src.join(module);
    let mut files = if dir.is_dir() { rust_files(&dir) } else { Vec::new() };
    files.extend(Some(src.join(format!("{module}.rs"))).filter(|file| file.is_file()));
    assert!(!files.is_empty(), "module {module} has no files");
    let mut lines = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let in_tests = file.components().any(|part| part.as_os_str() == "tests");
        if in_tests || name == "tests.rs" || name == "fixtures.rs" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (index, line) in text.lines().enumerate() {
            if line.trim() == "#[cfg(test)]" && !text.lines().nth(index + 1).is_some_and(|next| next.trim_end().ends_with(';')) {
                break;
            }
            if !line.trim_start().starts_with("//") {
                lines.push((file.clone(), index + 1, line.to_owned()));
            }
        }
    }
    lines
}

/// The modules of ours that a line names: `crate::store`, `creditop::store`, `crate::{store, tui}`.
fn named_modules(line: &str) -> Vec<String> {
    let mut named = Vec::new();
    for prefix in ["crate::", "creditop::"] {
        for (at, _) in line.match_indices(prefix) {
            let rest = &line[at + prefix.len()..];
            let group = rest.strip_prefix('{').and_then(|inner| inner.split('}').next());
            for part in group.unwrap_or(rest).split(if group.is_some() { ',' } else { '\u{0}' }) {
                let word: String = part.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                named.push(word);
            }
        }
    }
    named
}

#[test]
fn every_arrow_between_modules_is_allowed() {
    let modules: Vec<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let mut forbidden = Vec::new();
    for (module, allowed) in MAY_USE {
        for (file, number, line) in code_of(module) {
            for named in named_modules(&line) {
                if named != module && modules.contains(&named.as_str()) && !allowed.contains(&named.as_str()) {
                    forbidden.push(format!("{}:{number}: {module} must not know {named}", file.display()));
                }
            }
        }
    }
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}

#[test]
fn pure_modules_name_no_clock_no_io_and_no_floats() {
    let mut forbidden = Vec::new();
    for (module, words) in MAY_NOT_NAME {
        for (file, number, line) in code_of(module) {
            for word in words.iter().filter(|word| line.contains(**word)) {
                forbidden.push(format!("{}:{number}: {module} must not name {word}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}

#[test]
fn the_scan_sees_what_it_is_meant_to_see() {
    assert_eq!(named_modules("use crate::{store, tui::Model};"), ["store", "tui"]);
    assert_eq!(named_modules("    crate::store::open()"), ["store"]);
    assert!(code_of("credit").iter().any(|(_, _, line)| line.contains("use std::sync::Arc")));
}
