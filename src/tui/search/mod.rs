//! Finding rows by the words on them: letters without their accents, whole words before parts of words.
//!
//! Every word that is typed must stand in a row, in whichever field. `muller`, `mueller` and `Müller` are one word. Where no row
//! holds all words, names are matched letter by letter, but never for a word that is a state: who types `stale` means the state.

mod letters;

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::style::Modifier;
use ratatui::text::Span;

use letters::{Fit, best_fit, place, spelled};

/// What a row is found by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Haystack {
    /// Names, ids, e-mail addresses: found letter by letter too.
    pub(crate) names: Vec<String>,
    /// Everything else that the row shows: provider, plan, state, labels.
    pub(crate) words: Vec<String>,
}

/// A haystack as it is searched: made once, searched at every key.
#[derive(Debug, Clone)]
pub(crate) struct Searchable {
    names: Vec<String>,
    spelled_names: Spelled,
    spelled_words: Spelled,
}

/// Fields in small letters, one a line.
#[derive(Debug, Clone)]
struct Spelled {
    plain: String,
    /// As they are spelled without accents; `None` where that is the same.
    folded: Option<String>,
}

impl From<Haystack> for Searchable {
    fn from(Haystack { names, words }: Haystack) -> Self {
        Self { spelled_names: Spelled::of(&names), spelled_words: Spelled::of(&words), names }
    }
}

impl Spelled {
    fn of(fields: &[String]) -> Self {
        let spelled = |folds| {
            let lines = fields.iter().map(|field| spelled(field, folds));
            lines.collect::<Vec<_>>().join("\n")
        };
        let plain = spelled(false);
        let folded = Some(spelled(true)).filter(|folded| *folded != plain);
        Self { plain, folded }
    }

    /// How a word fits the field that it fits best.
    fn fit(&self, word: &Word) -> Option<Fit> {
        let folded = || best_fit(self.folded.as_ref().unwrap_or(&self.plain), &word.folded);
        best_fit(&self.plain, &word.plain).or_else(folded)
    }
}

/// How well a row fits all that is typed; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Whether several words that are typed stand apart: no field holds them as they were typed.
    scattered: bool,
    /// How the word fits that fits worst.
    worst: u32,
    /// All words together.
    sum: u32,
}

/// A word that is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Word {
    plain: String,
    folded: String,
}

impl Word {
    fn new(text: &str) -> Self {
        Self { plain: spelled(text, false), folded: spelled(text, true) }
    }

    /// The best place in a text: from which character to which.
    fn find(&self, text: &str) -> Option<(usize, usize)> {
        place(&self.plain, text, false).or_else(|| place(&self.folded, text, true))
    }
}

/// What is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    text: String,
    words: Vec<Word>,
    /// All of it as one.
    whole: Word,
}

impl Query {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let words = text.split_whitespace().map(Word::new).collect();
        Self { words, whole: Word::new(&text), text }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well a row fits; `None` where a word is not in it.
    pub(crate) fn rank(&self, row: &Searchable) -> Option<Rank> {
        let (names, words) = (&row.spelled_names, &row.spelled_words);
        let mut rank = Rank { scattered: false, worst: 0, sum: 0 };
        if names.fit(&self.whole) == Some(Fit::Whole) {
            return Some(rank);
        }
        for word in &self.words {
            // A name that fits goes before a label that fits as well.
            let of_names = names.fit(word).map(|fit| fit as u32 * 2 + 1);
            let of_words = words.fit(word).map(|fit| fit as u32 * 2 + 2);
            let fit = of_names.into_iter().chain(of_words).min()?;
            rank = Rank { worst: rank.worst.max(fit), sum: rank.sum + fit, ..rank };
        }
        let together = || names.fit(&self.whole).or_else(|| words.fit(&self.whole)).is_some();
        rank.scattered = self.words.len() > 1 && !together();
        Some(rank)
    }

    /// Whether a word of it is a state, or the beginning of one: such a word is never matched letter by letter.
    pub(crate) fn names_a_state(&self) -> bool {
        let is_state = |word: &str| STATE_WORDS.iter().any(|state| *state == word || word.len() > 2 && state.starts_with(word));
        self.text.split_whitespace().any(is_state)
    }

    /// The characters of a text that match, as ranges of places.
    fn marks(&self, text: &str) -> Vec<(usize, usize)> {
        self.words.iter().filter_map(|word| word.find(text)).collect()
    }

    /// The span with its matching letters underlined; letter by letter where the words as a whole don't stand in it.
    pub(crate) fn underlined(&self, span: Span<'static>) -> Vec<Span<'static>> {
        let marks = self.marks(&span.content);
        if marks.is_empty() {
            return vec![span];
        }
        let is_marked = |place: usize| marks.iter().any(|(from, to)| (*from..*to).contains(&place));
        let mut spans: Vec<(bool, String)> = Vec::new();
        for (place, c) in span.content.chars().enumerate() {
            match spans.last_mut() {
                Some((marked, text)) if *marked == is_marked(place) => text.push(c),
                _ => spans.push((is_marked(place), c.to_string())),
            }
        }
        let style = |marked: bool| if marked { span.style.add_modifier(Modifier::UNDERLINED) } else { span.style };
        spans.into_iter().map(|(marked, text)| Span::styled(text, style(marked))).collect()
    }
}

/// The words for states and failures, those of the contract and those of the screens.
const STATE_WORDS: [&str; 33] = [
    "lapsed",
    "pending",
    "error",
    "stale",
    "new",
    "unknown",
    "empty",
    "low",
    "ok",
    "unauthorized",
    "forbidden",
    "out-of-credit",
    "rate-limited",
    "server-error",
    "unreachable",
    "timeout",
    "tls",
    "malformed",
    "refused",
    "no-key",
    "lapses",
    "runs",
    "waiting",
    "asking",
    "ends",
    "resets",
    "refills",
    "fair-use",
    "dated-ahead",
    "unlimited",
    "failing",
    "reading",
    "figures",
];

/// Finds names letter by letter.
pub(crate) struct Letters {
    pattern: Option<Pattern>,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Letters {
    /// For what is typed; finds nothing where that names a state.
    pub(crate) fn of(query: &Query) -> Self {
        let wanted = !query.is_empty() && !query.names_a_state();
        let pattern = wanted.then(|| Pattern::parse(&query.text, CaseMatching::Ignore, Normalization::Smart));
        Self { pattern, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// How well the best of a row's names fits; more is better.
    fn score(&mut self, row: &Searchable) -> Option<u32> {
        let pattern = self.pattern.as_ref()?;
        let scores = row.names.iter().filter_map(|name| pattern.score(Utf32Str::new(name, &mut self.buffer), &mut self.matcher));
        scores.max()
    }
}

/// How a row matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// It holds every word.
    Words(Rank),
    /// A name has the letters in their order.
    Letters(Reverse<u32>),
    /// It doesn't.
    No,
}

impl Match {
    /// Whether the row holds every word.
    pub(crate) fn of(row: &Searchable, query: &Query) -> Self {
        query.rank(row).map_or(Self::No, Self::Words)
    }

    /// Whether a name of the row has the letters. It counts only where no row holds every word.
    pub(crate) fn by_letter(row: &Searchable, letters: &mut Letters) -> Self {
        letters.score(row).map_or(Self::No, |score| Self::Letters(Reverse(score)))
    }
}

/// The places of the rows that hold every word, the best first and equal ones in their order; where none does, of those whose names
/// match letter by letter.
pub(crate) fn best_first(matches: impl Iterator<Item = Match>) -> Vec<usize> {
    let mut found: Vec<(Match, usize)> =
        matches.enumerate().filter(|(_, found)| *found != Match::No).map(|(place, found)| (found, place)).collect();
    found.sort_unstable();
    // Words that stand together somewhere are meant together: "account 5" is no row with another number that says "5 h".
    match found.first() {
        Some((Match::Words(Rank { scattered: false, .. }), _)) => {
            found.retain(|(found, _)| matches!(found, Match::Words(Rank { scattered: false, .. })));
        }
        Some((Match::Words(_), _)) => found.retain(|(found, _)| matches!(found, Match::Words(_))),
        _ => {}
    }
    found.into_iter().map(|(_, place)| place).collect()
}

/// The places of the rows that match, as [`best_first`]; all of them where nothing is typed.
pub(crate) fn ranked(query: &Query, rows: Vec<Haystack>) -> Vec<usize> {
    if query.is_empty() {
        return (0..rows.len()).collect();
    }
    let rows: Vec<Searchable> = rows.into_iter().map(Searchable::from).collect();
    let mut found: Vec<Match> = rows.iter().map(|row| Match::of(row, query)).collect();
    if found.iter().all(|found| *found == Match::No) {
        let mut letters = Letters::of(query);
        found = rows.iter().map(|row| Match::by_letter(row, &mut letters)).collect();
    }
    best_first(found.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(names: &[&str], words: &[&str]) -> Haystack {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Haystack { names: owned(names), words: owned(words) }
    }

    fn found(typed: &str, rows: &[Haystack]) -> Vec<usize> {
        ranked(&Query::new(typed), rows.to_vec())
    }

    #[test]
    fn umlauts_and_accents_are_found_however_they_are_spelled() {
        let rows = [row(&["Autohaus Müller"], &[]), row(&["Mueller & Sohn"], &[]), row(&["José Ångström, Groß"], &[])];
        for typed in ["mueller", "muller", "müller", "MÜLLER"] {
            assert_eq!(found(typed, &rows).len(), 2, "{typed}");
        }
        for typed in ["jose", "angstrom", "gross", "José"] {
            assert_eq!(found(typed, &rows), [2], "{typed}");
        }
        assert_eq!(found("el", &[row(&["Samuel"], &[])]), [0]);
    }

    #[test]
    fn the_quality_of_a_match_goes_before_the_order_of_the_file() {
        let rows = [row(&["Reprofile"], &[]), row(&["Old profiles"], &[]), row(&["x"], &["prof"]), row(&["Dealer", "prof"], &[])];
        assert_eq!(found("prof", &rows), [3, 2, 1, 0]);
        assert_eq!(found("deal prof", &rows), [3]);
        assert_eq!(found("", &rows), [0, 1, 2, 3]);
    }

    #[test]
    fn a_state_is_never_matched_letter_by_letter() {
        let rows = [row(&["Stainless, tale"], &["ok"]), row(&["Low lights of the week"], &["ok"])];
        for typed in ["stale", "stal", "forbidden", "unauthorized", "rate-limited", "lapses", "empty"] {
            assert!(found(typed, &rows).is_empty(), "{typed}");
        }
        assert_eq!(found("stnls", &rows), [0]);
    }

    #[test]
    fn what_matches_is_underlined() {
        let spans = |typed: &str, text: &'static str| -> Vec<(String, bool)> {
            let spans = Query::new(typed).underlined(Span::raw(text));
            let marked = |span: &Span<'_>| span.style.add_modifier.contains(Modifier::UNDERLINED);
            spans.into_iter().map(|span| (span.content.to_string(), marked(&span))).collect()
        };
        assert_eq!(spans("deal", "Old Dealer"), [("Old ".into(), false), ("Deal".into(), true), ("er".into(), false)]);
        assert_eq!(spans("mueller", "Müller"), [("Müller".into(), true)]);
        assert_eq!(spans("mul", "Mueller"), [("Muel".into(), true), ("ler".into(), false)]);
        assert_eq!(spans("zz", "Müller"), [("Müller".into(), false)]);
    }
}
