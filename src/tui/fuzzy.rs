//! Fuzzy matching of what is typed.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The places of the texts that match, the best first; equal ones in their order. An empty pattern matches all.
pub(crate) fn ranked<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut scored = scores(pattern, texts);
    scored.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(place, _)| place).collect()
}

/// The places of the texts that match, in their order: those that hold every word as it stands; where none does, those
/// that match fuzzily.
pub(crate) fn matching<'a>(pattern: &str, texts: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let pattern = pattern.to_lowercase();
    let holds = |text: &str| {
        let text = text.to_lowercase();
        pattern.split_whitespace().all(|word| text.contains(word))
    };
    let plain: Vec<usize> = texts.clone().enumerate().filter(|(_, text)| holds(text)).map(|(place, _)| place).collect();
    if plain.is_empty() { scores(&pattern, texts).into_iter().map(|(place, _)| place).collect() } else { plain }
}

fn scores<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<(usize, u32)> {
    if pattern.trim().is_empty() {
        return texts.enumerate().map(|(place, _)| (place, 0)).collect();
    }
    let pattern = Pattern::parse(pattern, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    texts
        .enumerate()
        .filter_map(|(place, text)| {
            let score = pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher)?;
            Some((place, score))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = ["Studio, yearly", "Dealer North", "Portraits"];

    #[test]
    fn whole_words_win_and_fuzzy_ones_help_where_there_are_none() {
        assert_eq!(matching("dealer", TEXTS.into_iter()), [1]);
        assert_eq!(matching("NORTH deal", TEXTS.into_iter()), [1]);
        assert_eq!(matching("prtts", TEXTS.into_iter()), [2]);
        assert_eq!(matching("", TEXTS.into_iter()), [0, 1, 2]);
        assert!(matching("xyz", TEXTS.into_iter()).is_empty());
    }

    #[test]
    fn the_best_match_comes_first() {
        assert_eq!(ranked("port", TEXTS.into_iter()).first(), Some(&2));
    }
}
