//! Letters as they are compared: small, and without their accents where a text is folded.

/// How well a word fits a field, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The field is the word.
    Whole,
    /// A word of the field begins with it.
    Beginning,
    /// It stands somewhere in the field.
    Within,
}

/// A letter as it is compared, and which characters of the text it stands for.
#[derive(Debug, Clone, Copy)]
struct Letter {
    spelled: char,
    from: usize,
    to: usize,
}

/// The letters of a text in small ASCII as far as there is such a spelling; `folds` writes `ae`, `oe` and `ue` as the one letter
/// that they stand for in German.
fn letters(text: &str, folds: bool) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::with_capacity(text.len());
    for (place, c) in text.chars().enumerate() {
        let mut push = |letter: char| letters.push(Letter { spelled: letter, from: place, to: place + 1 });
        match deunicode::deunicode_char(c).map(str::trim).filter(|spelled| folds && !c.is_ascii() && !spelled.is_empty()) {
            Some(spelled) => spelled.chars().flat_map(char::to_lowercase).for_each(&mut push),
            None => c.to_lowercase().for_each(&mut push),
        }
    }
    if !folds {
        return letters;
    }
    let mut folded: Vec<Letter> = Vec::with_capacity(letters.len());
    for letter in letters {
        match folded.last_mut() {
            Some(before) if letter.spelled == 'e' && matches!(before.spelled, 'a' | 'o' | 'u') => before.to = letter.to,
            _ => folded.push(letter),
        }
    }
    folded
}

/// The letters of a text as they are compared.
pub(super) fn spelled(text: &str, folds: bool) -> String {
    letters(text, folds).into_iter().map(|letter| letter.spelled).collect()
}

/// How a word fits the line of a text that it fits best.
pub(super) fn best_fit(text: &str, word: &str) -> Option<Fit> {
    let step = word.chars().next()?.len_utf8();
    let mut found = None;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(word)).map(|at| from + at) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let fit = match (before, after) {
            (None | Some('\n'), None | Some('\n')) => return Some(Fit::Whole),
            (None, _) => Fit::Beginning,
            (Some(before), _) if !before.is_alphanumeric() => Fit::Beginning,
            (Some(_), _) => Fit::Within,
        };
        found = [found, Some(fit)].into_iter().flatten().min();
        from = at + step;
    }
    found
}

/// The best place of a word in a text, from which character to which.
pub(super) fn place(word: &str, text: &str, folds: bool) -> Option<(usize, usize)> {
    best(word, &letters(text, folds)).map(|(_, from, to)| (from, to))
}

/// The best place of a word in a text: how it fits, and from which character to which.
fn best(word: &str, text: &[Letter]) -> Option<(Fit, usize, usize)> {
    let length = word.chars().count();
    if length == 0 {
        return None;
    }
    let mut before: Option<char> = None;
    let mut found: Option<(Fit, usize, usize)> = None;
    for window in text.windows(length) {
        let [first, ..] = window else { break };
        if window.iter().map(|letter| letter.spelled).eq(word.chars()) {
            let fit = match before {
                None if text.len() == length => Fit::Whole,
                None => Fit::Beginning,
                Some(before) if !before.is_alphanumeric() => Fit::Beginning,
                Some(_) => Fit::Within,
            };
            if found.is_none_or(|(known, ..)| fit < known) {
                found = Some((fit, first.from, window.last().map_or(first.to, |last| last.to)));
            }
        }
        before = Some(first.spelled);
    }
    found
}
