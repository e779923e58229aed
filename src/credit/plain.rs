//! Text from outside without what could act on a terminal or deceive a reader (SPEC P6). Every module's one place for it.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_nothing_that_acts_or_hides_passes() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\ta\nb\u{202e}c\u{200b}\u{ad}\u{2028}\u{feff}d"), "[31mred a bcd");
        assert_eq!(clean_lines("a\u{7}\nb"), "a\nb");
        assert_eq!(clean("1\u{202f}650 Müller – 日本"), "1\u{202f}650 Müller – 日本", "what can be seen stays");
    }
}
