//! Whether the terminal is light or dark, found out without making the first frame late.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// How long a terminal may take to answer; those that answer do so in a few milliseconds, over a network in some tens.
const PATIENCE: Duration = Duration::from_millis(100);

/// The terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    /// Dark: light text is read best.
    Dark,
    /// Light: dark text is read best.
    Light,
}

/// What the variable `COLORFGBG` says, as terminals of the rxvt family and Konsole set it: `15;0` or `0;default;15`.
pub(super) fn told(colorfgbg: Option<&str>) -> Option<Background> {
    let (_, background) = colorfgbg?.rsplit_once(';')?;
    match background.parse::<u8>().ok()? {
        7 | 9..=15 => Some(Background::Light),
        0..=6 | 8 => Some(Background::Dark),
        _ => None,
    }
}

/// Asks the terminal itself. Call it before anything else reads from the terminal, and after the first frame: one that
/// never answers costs the whole patience.
pub(super) fn ask() -> Option<Background> {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options).ok()? {
        ThemeMode::Dark => Some(Background::Dark),
        ThemeMode::Light => Some(Background::Light),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colorfgbg_names_the_background_last() {
        assert_eq!(told(Some("15;0")), Some(Background::Dark));
        assert_eq!(told(Some("0;default;15")), Some(Background::Light));
        assert_eq!(told(Some("12;8")), Some(Background::Dark));
        assert_eq!(told(Some("0;7")), Some(Background::Light));
    }

    #[test]
    fn colorfgbg_that_names_no_colour_says_nothing() {
        for text in ["", "15", "15;default", "15;", "1;99", "a;b"] {
            assert_eq!(told(Some(text)), None, "{text}");
        }
        assert_eq!(told(None), None);
    }
}
