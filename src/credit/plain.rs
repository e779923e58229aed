//! Text from outside without what could act on a terminal or deceive a reader (SPEC P6). Every module's one place for it.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Whether a character would act on a terminal, turn text around or hide in it, instead of being seen.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text in one line without hidden characters; line breaks and tabs become spaces.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect()
}

/// As [`clean`], but line breaks stay.
#[must_use]
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// What a text holds that could make people take it for another one: characters that can't be seen, spaces of other kinds, and letters
/// that are put together in another way than usual (not in Unicode's form NFC). Words to follow "it"; `None` where it holds nothing of
/// the sort.
#[must_use]
pub fn unclear(text: &str) -> Option<&'static str> {
    if text.is_ascii() && !text.contains(|c: char| c.is_ascii_control()) {
        None
    } else if text.chars().any(is_unseen) {
        Some("holds a character that can't be seen")
    } else if text.chars().any(|c| c.is_whitespace() && c != ' ') {
        Some("holds a space of another kind than the usual one")
    } else if !ComposingNormalizerBorrowed::new_nfc().is_normalized(text) {
        Some("holds a letter that is put together in another way than usual (not in Unicode's form NFC)")
    } else {
        None
    }
}

/// The text as people write it: letters put together in the usual way, nothing that can't be seen, plain spaces.
#[must_use]
pub fn usual(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    ComposingNormalizerBorrowed::new_nfc().normalize(&seen.collect::<String>()).trim().to_owned()
}

/// The text as it is, where nobody can take it for another one; else with escapes for what is beyond ASCII, as `a\u{202e}b`.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if unclear(text).is_none() {
        return Cow::Borrowed(text);
    }
    let seen = |c: char| c == ' ' || c.is_ascii_graphic();
    text.chars().flat_map(|c| if seen(c) { vec![c] } else { c.escape_unicode().collect() }).collect::<String>().into()
}

/// Whether a character leaves nothing on the screen, or only changes what stands beside it.
fn is_unseen(c: char) -> bool {
    is_hidden(c)
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_nothing_that_acts_or_hides_passes() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\ta\nb\u{202e}c\u{200b}\u{ad}\u{2028}\u{feff}d"), "[31mred a bcd");
        assert_eq!(clean_lines("a\u{7}\nb"), "a\nb");
        assert_eq!(clean("1\u{202f}650 Müller – 日本"), "1\u{202f}650 Müller – 日本", "what can be seen stays");
    }

    #[test]
    fn s13_texts_that_look_like_others_are_known_and_shown_with_escapes() {
        for (text, shows) in [
            ("a\u{202e}b", "a\\u{202e}b"),
            ("ab\u{200b}", "ab\\u{200b}"),
            ("Mu\u{308}ller", "Mu\\u{308}ller"),
            ("a\u{a0}b", "a\\u{a0}b"),
            ("a\u{3164}", "a\\u{3164}"),
            ("x\u{fe0f}", "x\\u{fe0f}"),
            ("a\u{1b}[31m", "a\\u{1b}[31m"),
        ] {
            assert!(unclear(text).is_some(), "{text:?}");
            assert_eq!(shown(text), shows);
            assert_eq!(unclear(&usual(text)), None, "{text:?}");
        }
        for plain in ["job-7", "Rechnung 12/2026 – Müller", "日本", "a b", "x\u{1f4a1}"] {
            assert_eq!((unclear(plain), &*shown(plain), &*usual(plain)), (None, plain, plain));
        }
        assert_eq!(usual("Mu\u{308}ller"), "Müller");
    }
}
