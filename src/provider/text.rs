//! Text from outside made fit for a screen or a message (SPEC P6).

use crate::credit::is_hidden;

/// Makes text from outside one plain line: no control or escape characters, no invisible or direction-changing ones,
/// white space collapsed, at most `most` characters (a longer text ends in `…`).
#[must_use]
pub fn plain(text: &str, most: usize) -> String {
    let mut words = String::new();
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !words.is_empty();
        } else if !is_hidden(c) {
            if gap {
                words.push(' ');
            }
            gap = false;
            words.push(c);
        }
    }
    if words.chars().count() <= most {
        return words;
    }
    let mut short: String = words.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn p6_control_characters_never_pass() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\n\n and \u{202e}back\u{7}", 80), "[31mred[0m and back");
        assert_eq!(plain("  a \t b  ", 80), "a b");
        assert_eq!(plain("abcdef", 4), "abc…");
    }

    proptest! {
        #[test]
        fn p6_any_text_becomes_one_short_plain_line(text in any::<String>()) {
            let line = plain(&text, 40);
            prop_assert!(line.chars().count() <= 40 && !line.chars().any(is_hidden) && line.trim() == line);
        }
    }
}
