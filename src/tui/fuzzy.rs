//! Fuzzy matching of what is typed.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// The places of the texts that match, the best first; equal ones in their order. An empty pattern matches all.
pub(crate) fn ranked<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut scored = scores(pattern, texts);
    scored.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(place, _)| place).collect()
}

/// The places of the texts that match, in their order.
pub(crate) fn matching<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    scores(pattern, texts).into_iter().map(|(place, _)| place).collect()
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
