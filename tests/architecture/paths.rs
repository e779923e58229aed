//! Reads the sources as the compiler does, token by token, and lists every path that they name, from the crate's root where it is
//! ours: in trees of `use` however they are nested and broken into lines, in code without a `use`, and in macros. What is built for
//! tests only is left out, and so are comments.

use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree, token_stream};

/// Something that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The module in which it is named, from the root: `credit::fold::lots`.
    pub(crate) module: String,
    /// What is named: a path, of our own modules with `crate::` before it; or a text in quotes.
    pub(crate) what: What,
    /// The file and the line.
    pub(crate) place: (PathBuf, usize),
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// `crate::store::Ledger`, `std::fs::read`, `f64`.
    Path(String),
    /// A literal, as it stands in the source.
    Literal(String),
}

/// Where a scan is.
#[derive(Clone)]
struct Here {
    file: PathBuf,
    /// The folder in which the files of this module's own modules lie.
    children: PathBuf,
    /// The module, from the root.
    module: Vec<String>,
}

/// All that the crate whose root is `root` names outside its tests.
pub(crate) fn of_crate(root: &Path) -> Vec<Named> {
    let children = root.parent().expect("a folder").to_path_buf();
    let mut named = Vec::new();
    scan_file(&Here { file: root.to_path_buf(), children, module: Vec::new() }, &mut named);
    named
}

/// All that a text names, as if it stood in the module `module`.
pub(crate) fn of_text(text: &str, module: &str) -> Vec<String> {
    let here = Here { file: PathBuf::new(), children: PathBuf::new(), module: module.split("::").map(str::to_owned).collect() };
    let mut named = Vec::new();
    scan(text.parse().expect("Rust"), &here, &mut named);
    let text = |named: Named| match named.what {
        What::Path(text) | What::Literal(text) => text,
    };
    named.into_iter().map(text).collect()
}

fn scan_file(here: &Here, named: &mut Vec<Named>) {
    let text = fs::read_to_string(&here.file).unwrap_or_else(|error| panic!("{}: {error}", here.file.display()));
    let tokens = text.parse().unwrap_or_else(|error| panic!("{}: {error}", here.file.display()));
    scan(tokens, here, named);
}

type Tokens = Peekable<token_stream::IntoIter>;

fn scan(tokens: TokenStream, here: &Here, named: &mut Vec<Named>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && is_for_tests(&mut tokens) => skip_item(&mut tokens),
            TokenTree::Ident(word) if word == "mod" => scan_module(&mut tokens, here, named),
            TokenTree::Ident(word) => scan_path(&word, &mut tokens, &[], here, named),
            TokenTree::Group(group) => scan(group.stream(), here, named),
            TokenTree::Literal(literal) => named.push(Named {
                module: here.module.join("::"),
                what: What::Literal(literal.to_string()),
                place: (here.file.clone(), literal.span().start().line),
            }),
            TokenTree::Punct(_) => {}
        }
    }
}

/// Takes an attribute's brackets, and says whether it is `#[cfg(test)]` or one like it.
fn is_for_tests(tokens: &mut Tokens) -> bool {
    let Some(TokenTree::Group(group)) = tokens.peek() else { return false };
    let text: String = group.stream().to_string().split_whitespace().collect();
    let found = group.delimiter() == Delimiter::Bracket && (text == "cfg(test)" || text.starts_with("cfg(all(test"));
    if found {
        tokens.next();
    }
    found
}

/// Takes what an attribute is about: up to its braces or its end.
fn skip_item(tokens: &mut Tokens) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => return,
            _ => {}
        }
    }
}

/// Goes into a module, which stands here or in a file of its own.
fn scan_module(tokens: &mut Tokens, here: &Here, named: &mut Vec<Named>) {
    let Some(TokenTree::Ident(name)) = tokens.next() else { return };
    let name = name.to_string();
    let mut inner = here.clone();
    inner.module.push(name.clone());
    inner.children = here.children.join(&name);
    if let Some(TokenTree::Group(body)) = tokens.next() {
        return scan(body.stream(), &inner, named);
    }
    let (file, folder) = (here.children.join(format!("{name}.rs")), inner.children.join("mod.rs"));
    inner.file = if file.is_file() { file } else { folder };
    scan_file(&inner, named);
}

/// Takes a path that begins with `first` after `before`, and the branches of its tree where it is one.
fn scan_path(first: &Ident, tokens: &mut Tokens, before: &[String], here: &Here, named: &mut Vec<Named>) {
    let line = first.span().start().line;
    let mut path = before.to_vec();
    step(&mut path, &first.to_string(), here);
    while is_followed_by_colons(tokens) {
        match tokens.peek() {
            Some(TokenTree::Ident(_)) => {
                let Some(TokenTree::Ident(word)) = tokens.next() else { return };
                step(&mut path, &word.to_string(), here);
            }
            Some(TokenTree::Group(branches)) if branches.delimiter() == Delimiter::Brace => {
                let branches = branches.stream();
                tokens.next();
                return scan_branches(branches, &path, here, named);
            }
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.push("*".to_owned()),
            _ => break,
        }
    }
    // The root under another name could lead anywhere.
    if path == ["crate"] && matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == "as") {
        path.push("*".to_owned());
    }
    let place = (here.file.clone(), line);
    named.push(Named { module: here.module.join("::"), what: What::Path(path.join("::")), place });
}

/// The branches of a tree of `use`: `{a, b::{c, d}, self as e, *}`.
fn scan_branches(branches: TokenStream, before: &[String], here: &Here, named: &mut Vec<Named>) {
    let mut tokens = branches.into_iter().peekable();
    let mut begins = true;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if begins => scan_path(&word, &mut tokens, before, here, named),
            TokenTree::Punct(star) if begins && star.as_char() == '*' => {
                let path = [before, &["*".to_owned()]].concat().join("::");
                let place = (here.file.clone(), star.span().start().line);
                named.push(Named { module: here.module.join("::"), what: What::Path(path), place });
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                begins = true;
                continue;
            }
            _ => {}
        }
        begins = false;
    }
}

/// Goes one word further on a path; `crate`, `self` and `super` go where they lead.
fn step(path: &mut Vec<String>, word: &str, here: &Here) {
    let root = || vec!["crate".to_owned()];
    match (word, path.is_empty()) {
        ("crate" | "creditop", true) => *path = root(),
        ("self", true) => *path = [root(), here.module.clone()].concat(),
        ("super", true) => *path = [root(), here.module[..here.module.len().saturating_sub(1)].to_vec()].concat(),
        ("super", false) => drop(path.pop()),
        ("self", false) => {}
        _ => path.push(word.to_owned()),
    }
}

/// Takes `::`, where it comes next.
fn is_followed_by_colons(tokens: &mut Tokens) -> bool {
    let Some(TokenTree::Punct(first)) = tokens.peek() else { return false };
    if first.as_char() != ':' || first.spacing() != Spacing::Joint {
        return false;
    }
    tokens.next();
    matches!(tokens.next(), Some(TokenTree::Punct(second)) if second.as_char() == ':')
}
