//! `--private`: every line that a command prints, on either stream, without what names somebody (SPEC 7).
//!
//! What is masked is known before a command runs: all that may name somebody in the configuration, in the ledger and in what was typed.
//! Accounts become "Account 7", by their place in the configuration. What is only read from a file or told by a provider stands in
//! quotes in messages: of those only the names of definitions stay.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::text::{clean, clean_lines, sentence};
use crate::catalog::Catalog;
use crate::credit::{Ref, shown};
use crate::report::{Ending, Report};
use crate::runtime::{WorkspaceOptions, catalog, personal_texts};

/// What stands in place of a text that may name somebody.
const HIDDEN: &str = "•••••";

/// Fewer digits than this alone are a figure more often than a name. Where they are a ref, that is masked in its place.
const DIGITS_OF_A_NAME: usize = 6;

/// Options whose values may name somebody.
const PERSONAL: [&str; 11] =
    ["account", "accounts", "actor", "config", "data_dir", "hold", "note", "reference", "reverses", "tag", "tags"];

/// Options that print data for programs.
const DATA: [(&str, &str); 2] = [("json", "--json"), ("csv", "--csv")];

/// The mask of this run; there is none without `--private`.
static MASK: OnceLock<Mask> = OnceLock::new();

/// What is masked, and by what.
#[derive(Debug)]
struct Mask {
    finder: AhoCorasick,
    /// What stands in place of each text that is found; `None` where it stays, as the names of definitions do.
    instead: Vec<Option<String>>,
    /// Names that may be quoted, in small letters: those of definitions.
    public: HashSet<String>,
}

/// Refuses what prints data for programs: a mask over it would be data that is wrong.
///
/// # Errors
/// A [`Report`] that names the option or the command.
pub(super) fn refuse_data(matches: &ArgMatches) -> Result<(), Report> {
    let mut path = Vec::new();
    let mut level = matches;
    loop {
        let asked = |id: &str| level.try_get_one::<bool>(id).ok().flatten().is_some_and(|asked| *asked);
        let option = DATA.iter().find(|(id, _)| asked(id)).map(|(_, option)| (*option).to_owned());
        let export = (path == ["ledger", "export"]).then(|| "ledger export".to_owned());
        if let Some(what) = option.or(export) {
            let why =
                format!("--private masks what people read, and {what} is for programs, which would take the masks for data");
            return Err(Report::new(Ending::Usage, why).hint(format!("leave out --private or {what}")));
        }
        let Some((name, next)) = level.subcommand() else { return Ok(()) };
        path.push(name);
        level = next;
    }
}

/// Has everything masked that is printed from now on: what is in the configuration and the ledger of this run, what was typed, and
/// what messages quote.
///
/// # Errors
/// A [`Report`] where it can't be told what to mask; only that may be printed then.
pub(super) fn put_on(options: &WorkspaceOptions, matches: &ArgMatches) -> Result<(), Report> {
    let found = personal_texts(options);
    let catalog = catalog(options).unwrap_or_else(|_| Catalog::builtin());
    let (accounts, others, failed) = match found {
        Ok(found) => (found.accounts, found.others, None),
        Err(report) => (Vec::new(), Vec::new(), Some(report)),
    };
    // What failed may name what was typed.
    let mask = Mask::new(&accounts, others.into_iter().chain(typed(matches)), &catalog)?;
    // It is put on once, before the command runs.
    let _ = MASK.set(mask);
    failed.map_or(Ok(()), Err)
}

/// What was typed that may name somebody.
fn typed(matches: &ArgMatches) -> Vec<String> {
    let mut texts = Vec::new();
    let mut level = Some(matches);
    while let Some(matches) = level {
        for id in PERSONAL {
            let raw = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
            texts.extend(raw.map(|text| text.to_string_lossy().into_owned()));
        }
        level = matches.subcommand().map(|(_, next)| next);
    }
    texts
}

/// Whether anything is masked.
#[must_use]
pub(super) fn is_on() -> bool {
    MASK.get().is_some()
}

/// The text as it may be printed.
#[must_use]
pub(super) fn masked(text: &str) -> String {
    MASK.get().map_or_else(|| text.to_owned(), |mask| mask.apply(text))
}

/// A message as it may be printed: of what it quotes, which may be in no ledger yet, only names of definitions and accounts stay.
#[must_use]
pub(super) fn masked_message(text: &str) -> String {
    MASK.get().map_or_else(|| text.to_owned(), |mask| without_quotes(&mask.apply(text), &|inside| mask.may_quote(inside)))
}

/// What is wrong with the arguments, without what was typed. The names of options and commands stay.
#[must_use]
pub(super) fn masked_usage(error: &clap::Error, arguments: &[OsString]) -> String {
    let mut hidden = clean_lines(&error.render().to_string());
    if !arguments.iter().any(|argument| argument == "--private") {
        return hidden;
    }
    // What only looks like an option may be anything.
    if let (ErrorKind::UnknownArgument, Some(ContextValue::String(typed))) = (error.kind(), error.get(ContextKind::InvalidArg)) {
        hidden = hidden.replace(&clean(typed), HIDDEN);
    }
    let values = arguments.iter().map(|argument| clean(&argument.to_string_lossy()));
    // Of `--option=value` the value; of options themselves nothing.
    let value = |typed: String| {
        if typed.starts_with('-') { typed.split_once('=').map(|(_, value)| value.to_owned()) } else { Some(typed) }
    };
    for value in values.filter_map(value).filter(|value| !value.is_empty()) {
        hidden = hidden.replace(&format!("'{value}'"), &format!("'{HIDDEN}'"));
    }
    without_quotes(&without_addresses(&hidden), &|_| false)
}

/// A text that is somebody's own words, as a note, or what a provider said.
#[must_use]
pub(super) fn private(text: &str) -> String {
    if is_on() { HIDDEN.to_owned() } else { text.to_owned() }
}

/// A ref, or what is named by it; a ref that was made by creditop, and so names nobody, stays.
#[must_use]
pub(super) fn of_ref(reference: &Ref, shown: &str) -> String {
    if reference.is_generated() { masked(shown) } else { private(shown) }
}

impl Mask {
    fn new(accounts: &[Vec<String>], others: impl IntoIterator<Item = String>, catalog: &Catalog) -> Result<Self, Report> {
        let public = public_names(catalog);
        let mut all: BTreeMap<String, Option<String>> = public.iter().map(|name| (name.clone(), None)).collect();
        let mut hide = |text: &str, instead: &str| {
            let text = clean(text.trim());
            if text.is_empty() {
                return;
            }
            // Letters of other alphabets begin a sentence in their other case; what looks like another letter is told by its number.
            for text in [sentence(&text), shown(&text).into_owned(), text] {
                all.remove(&text.to_lowercase());
                all.insert(text, Some(instead.to_owned()));
            }
        };
        for text in others {
            hide(&text, HIDDEN);
        }
        for (place, names) in accounts.iter().enumerate() {
            for name in names {
                hide(name, &format!("Account {}", place + 1));
            }
        }
        if let Some(home) = std::env::home_dir().filter(|home| home != Path::new("/")) {
            hide(&home.display().to_string(), "~");
        }
        let is_figure = |text: &str| text.len() < DIGITS_OF_A_NAME && text.chars().all(|c| c.is_ascii_digit());
        all.retain(|text, _| !is_figure(text));
        let (texts, instead): (Vec<String>, Vec<Option<String>>) = all.into_iter().unzip();
        let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(texts);
        let finder = finder.map_err(|error| Report::new(Ending::Internal, format!("can't mask names: {error}")))?;
        Ok(Self { finder, instead, public })
    }

    fn apply(&self, text: &str) -> String {
        let found = self.finder.find_overlapping_iter(text).map(|found| (found.range(), found.pattern().as_usize()));
        let whole: Vec<(Range<usize>, usize)> = found.filter(|(range, _)| stands_alone(text, range)).collect();
        let instead = |pattern: &usize| self.instead.get(*pattern).and_then(Option::as_deref);
        let public: Vec<&Range<usize>> =
            whole.iter().filter(|(_, pattern)| instead(pattern).is_none()).map(|(range, _)| range).collect();
        // "studio" in the name of an action names nobody.
        let in_public_name = |range: &Range<usize>| {
            public.iter().any(|public| public.start <= range.start && range.end <= public.end && public.len() > range.len())
        };
        let hidden = whole.iter().filter_map(|(range, pattern)| Some((range.clone(), instead(pattern)?)));
        let mut hidden: Vec<(Range<usize>, &str)> = hidden.filter(|(range, _)| !in_public_name(range)).collect();
        hidden.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut kept = String::with_capacity(text.len());
        let mut end = 0;
        for (range, instead) in hidden {
            if range.start >= end {
                kept.push_str(text.get(end..range.start).unwrap_or_default());
                kept.push_str(instead);
            }
            // What overlaps with it goes with it.
            end = end.max(range.end);
        }
        kept.push_str(text.get(end..).unwrap_or_default());
        without_addresses(&kept)
    }

    /// Whether a text in quotes names nobody: it is the name of a definition, or what stands for an account.
    fn may_quote(&self, text: &str) -> bool {
        let is_place = |text: &str| text.strip_prefix("Account ").is_some_and(|place| place.chars().all(|c| c.is_ascii_digit()));
        self.public.contains(&text.to_lowercase()) || is_place(text)
    }
}

/// What providers, buckets, plans and actions are called, in small letters.
fn public_names(catalog: &Catalog) -> HashSet<String> {
    let mut names = HashSet::new();
    for definition in catalog.iter() {
        names.extend([definition.id.to_string(), definition.name.clone()]);
        names.extend(definition.buckets.iter().flat_map(|bucket| [bucket.id.to_string(), bucket.name.clone()]));
        names.extend(definition.plans.iter().flat_map(|plan| [plan.id.to_string(), plan.name.clone()]));
        for action in &definition.actions {
            names.extend([action.id.to_string(), action.name.clone()]);
            names.extend(action.variants.iter().flat_map(|variant| [variant.id.to_string(), variant.name.clone()]));
        }
    }
    names.into_iter().map(|name| name.to_lowercase()).filter(|name| !name.is_empty()).collect()
}

/// Whether what was found is no part of a longer word.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = text.get(..range.start).and_then(|before| before.chars().next_back());
    let after = text.get(range.end..).and_then(|after| after.chars().next());
    let inside = text.get(range.clone()).unwrap_or_default();
    !(is_word(before) && is_word(inside.chars().next()) || is_word(after) && is_word(inside.chars().next_back()))
}

/// A message without what it quotes, but for what may be quoted.
fn without_quotes(text: &str, may_stay: &dyn Fn(&str) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once('"') {
        let end = closing(quoted).unwrap_or(quoted.len());
        let (inside, after) = quoted.split_at_checked(end).unwrap_or((quoted, ""));
        kept.push_str(before);
        kept.push('"');
        kept.push_str(if may_stay(inside) { inside } else { HIDDEN });
        kept.push('"');
        rest = after.strip_prefix('"').unwrap_or(after);
    }
    kept + rest
}

/// Where a quoted text ends: at the first mark that is not escaped.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(place, c)| {
        let ends = !escaped && c == '"';
        escaped = !escaped && c == '\\';
        ends.then_some(place)
    })
}

/// The text without e-mail addresses, whoever's they are.
fn without_addresses(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let name = before.trim_end_matches(is_part);
        let host = after.trim_start_matches(is_part);
        let is_address = name.len() < before.len()
            && after.get(..after.len() - host.len()).is_some_and(|host| host.trim_end_matches('.').contains('.'));
        if is_address {
            kept.push_str(name);
            kept.push_str(HIDDEN);
            rest = host;
        } else {
            kept.push_str(before);
            kept.push('@');
            rest = after;
        }
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(accounts: &[&[&str]], others: &[&str]) -> Mask {
        let accounts: Vec<Vec<String>> =
            accounts.iter().map(|names| names.iter().map(|name| (*name).to_owned()).collect()).collect();
        Mask::new(&accounts, others.iter().map(|text| (*text).to_owned()), &Catalog::builtin()).unwrap()
    }

    #[test]
    fn spec07_names_are_found_whatever_stands_around_them_and_parts_of_words_stay() {
        let mask = mask(&[&["ann", "ümit & Söhne"], &["studio"]], &["job 7", "job 7 for Kunz", "Kunz", "12", "4711001"]);
        for (text, shown) in [
            ("Ann: 3 of job 7", "Account 1: 3 of •••••"),
            ("(Ümit & Söhne) plans for annual use", "(Account 1) plans for annual use"),
            ("job 7 for Kunz, job 71", "•••••, job 71"),
            ("12 credits, ref 4711001, to a@b.example.", "12 credits, ref •••••, to •••••"),
            ("studio: AI Background Studio", "Account 2: AI Background Studio"),
        ] {
            assert_eq!(mask.apply(text).trim_end(), shown.trim_end(), "{text}");
        }
    }

    #[test]
    fn spec07_of_what_a_message_quotes_only_definitions_and_accounts_stay() {
        let mask = mask(&[&["ann"]], &[]);
        let message = mask.apply(r#"no "imagine" for "ann", "a \"b\" c" or "Monthly""#);
        let shown = without_quotes(&message, &|inside| mask.may_quote(inside));
        assert_eq!(shown, r#"no "imagine" for "Account 1", "•••••" or "Monthly""#);
        assert_eq!(without_quotes("an \"open end", &|_| false), "an \"•••••\"");
    }
}
