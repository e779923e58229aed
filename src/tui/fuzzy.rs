//! Fuzzy matching of what is typed.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// How well a text matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// A line of the text is what was typed.
    Whole,
    /// Every word that was typed begins a word of the text.
    Beginnings,
    /// The text holds every word that was typed.
    Within,
}

fn fit(pattern: &str, text: &str) -> Option<Fit> {
    let text = text.to_lowercase();
    let begins = |word: &str| text.split(|c: char| !c.is_alphanumeric()).any(|other| other.starts_with(word));
    if text.lines().any(|line| line == pattern) {
        return Some(Fit::Whole);
    }
    // Who types "60 photos" means the photo of the price list.
    let in_either_number = |word: &str, holds: &dyn Fn(&str) -> bool| holds(word) || singular(word).is_some_and(holds);
    if pattern.split_whitespace().all(|word| in_either_number(word, &begins)) {
        return Some(Fit::Beginnings);
    }
    pattern.split_whitespace().all(|word| in_either_number(word, &|word| text.contains(word))).then_some(Fit::Within)
}

/// A word without its plural `s`; `None` for short words, which may end so by themselves.
fn singular(word: &str) -> Option<&str> {
    word.strip_suffix('s').filter(|stem| stem.len() > 2)
}

/// The places of the texts that hold every word as it stands, the best first; equal ones in their order.
pub(crate) fn plainly_ranked<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let pattern = pattern.trim().to_lowercase();
    let mut fitting: Vec<(Fit, usize)> =
        texts.enumerate().filter_map(|(place, text)| Some((fit(&pattern, text)?, place))).collect();
    fitting.sort_unstable();
    fitting.into_iter().map(|(_, place)| place).collect()
}

/// As [`plainly_ranked`], then those that match only fuzzily, the best first. An empty pattern matches all.
pub(crate) fn ranked<'a>(pattern: &str, texts: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let mut places = plainly_ranked(pattern, texts.clone());
    let mut scored = scores(pattern, texts);
    scored.retain(|(place, _)| !places.contains(place));
    scored.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    places.extend(scored.into_iter().map(|(place, _)| place));
    places
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
    fn the_best_match_comes_first() {
        assert_eq!(ranked("port", TEXTS.into_iter()).first(), Some(&2));
        assert_eq!(ranked("prtts", TEXTS.into_iter()), [2]);
        let texts = ["Flux 1.1 pro\nflux-pro", "Flux 1.1\nflux", "Reflux"];
        assert_eq!(ranked("flux", texts.into_iter()), [1, 0, 2]);
        assert_eq!(ranked("", texts.into_iter()), [0, 1, 2]);
    }

    #[test]
    fn plurals_find_their_singular() {
        let texts =
            ["Replace background\nreplace-background", "Replace background and place logo\nphoto with background and logo"];
        assert_eq!(plainly_ranked("photos with background and logo", texts.into_iter()), [1]);
        assert_eq!(plainly_ranked("photos logos", texts.into_iter()), [1]);
        assert!(plainly_ranked("photos sky", texts.into_iter()).is_empty());
    }

    #[test]
    fn equal_matches_keep_their_order_wherever_the_word_stands() {
        let texts = ["Imagine (Midjourney)\nimagine", "Midjourney upscale\nmidjourney-button", "Midjourney video\nvideo"];
        assert_eq!(ranked("midj", texts.into_iter()), [0, 1, 2]);
        assert_eq!(ranked("MIDJ vid", texts.into_iter()), [2]);
    }
}
