//! Which colours the dashboard uses, by the configuration and by what the terminal is known to do.

use super::background::{Background, told};
use crate::config;
use crate::tui::Theme;

/// What the environment says of the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// `TERM`.
    pub(super) term: String,
    /// `COLORTERM`.
    pub(super) colorterm: String,
    /// `COLORFGBG`.
    pub(super) colorfgbg: Option<String>,
    /// Whether a variable is set that only terminals set that tell their background when asked.
    pub(super) answers: bool,
}

/// Variables that only terminals set that tell their background when asked.
const ANSWERING: [&str; 6] =
    ["ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "VTE_VERSION", "WEZTERM_PANE"];

/// Parts of `TERM` by which such terminals are known, also over a network.
const KNOWN: [&str; 5] = ["alacritty", "foot", "ghostty", "kitty", "wezterm"];

impl Surroundings {
    /// Reads the environment.
    pub(super) fn read() -> Self {
        let told = |name: &str| std::env::var(name).ok();
        Self {
            term: told("TERM").unwrap_or_default(),
            colorterm: told("COLORTERM").unwrap_or_default(),
            colorfgbg: told("COLORFGBG"),
            answers: ANSWERING.iter().any(|name| told(name).is_some())
                || told("TERM_PROGRAM")
                    .is_some_and(|name| matches!(name.as_str(), "iTerm.app" | "vscode" | "WezTerm" | "ghostty")),
        }
    }

    /// Whether the terminal is known to show 24-bit colours.
    fn has_true_colour(&self) -> bool {
        matches!(self.colorterm.as_str(), "truecolor" | "24bit") || self.term.ends_with("-direct") || self.is_known()
    }

    /// Whether the terminal is known to show the 256 colours of xterm.
    fn has_256(&self) -> bool {
        self.term.contains("256color")
    }

    /// The theme for a background.
    pub(super) fn suited(&self, background: Background) -> Theme {
        match (background, self.has_true_colour()) {
            (Background::Dark, true) => Theme::dark(),
            (Background::Dark, false) => Theme::dark_256(),
            (Background::Light, true) => Theme::light(),
            (Background::Light, false) => Theme::light_256(),
        }
    }

    fn is_known(&self) -> bool {
        KNOWN.iter().any(|name| self.term.contains(name))
    }

    /// Whether the terminal surely tells its background. One that stays silent would swallow what is typed meanwhile, and between
    /// it and us may stand a multiplexer that is told of the outer terminal and does not pass the question on.
    fn tells_background(&self) -> bool {
        (self.answers || self.is_known()) && !self.term.starts_with("tmux") && !self.term.starts_with("screen")
    }
}

/// The colours to begin with, and whether the terminal should be asked for its background.
pub(super) fn colours(theme: config::Theme, colour: bool, around: &Surroundings) -> (Theme, bool) {
    if !colour || around.term == "dumb" {
        return (Theme::plain(), false);
    }
    match theme {
        // 24-bit colours that a terminal doesn't know show as others, or as none.
        config::Theme::Dark if around.has_256() => (around.suited(Background::Dark), false),
        config::Theme::Light if around.has_256() => (around.suited(Background::Light), false),
        config::Theme::Dark => (Theme::dark(), false),
        config::Theme::Light => (Theme::light(), false),
        config::Theme::Sixteen => (Theme::sixteen(), false),
        // The 16 colours are the user's own, chosen for their background.
        config::Theme::Auto if !around.has_true_colour() && !around.has_256() => (Theme::sixteen(), false),
        config::Theme::Auto => match told(around.colorfgbg.as_deref()) {
            Some(background) => (around.suited(background), false),
            None if around.has_true_colour() => (Theme::dark(), around.tells_background()),
            None => (Theme::any_256(), around.tells_background()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(term: &str, colorterm: &str, colorfgbg: Option<&str>) -> Surroundings {
        Surroundings { term: term.into(), colorterm: colorterm.into(), colorfgbg: colorfgbg.map(Into::into), answers: false }
    }

    #[test]
    fn a_configured_theme_wins_over_the_terminal() {
        let told = around("xterm-256color", "truecolor", Some("0;15"));
        assert_eq!(colours(config::Theme::Dark, true, &told), (Theme::dark(), false));
        assert_eq!(colours(config::Theme::Sixteen, true, &told), (Theme::sixteen(), false));
    }

    #[test]
    fn no_colour_wins_over_everything() {
        assert_eq!(colours(config::Theme::Light, false, &around("xterm", "truecolor", None)), (Theme::plain(), false));
    }

    #[test]
    fn auto_takes_what_the_terminal_has_told() {
        let auto = |around| colours(config::Theme::Auto, true, &around);
        assert_eq!(auto(around("xterm-256color", "truecolor", Some("0;15"))), (Theme::light(), false));
        assert_eq!(auto(around("xterm-256color", "", Some("0;15"))), (Theme::light_256(), false));
        assert_eq!(auto(around("xterm-256color", "", Some("15;0"))), (Theme::dark_256(), false));
        assert_eq!(auto(around("screen-256color", "", None)), (Theme::any_256(), false));
        assert_eq!(auto(around("xterm", "", Some("0;15"))), (Theme::sixteen(), false));
    }

    #[test]
    fn auto_asks_only_a_terminal_that_surely_answers() {
        let auto = |around| colours(config::Theme::Auto, true, &around);
        assert_eq!(auto(around("xterm-256color", "truecolor", None)), (Theme::dark(), false));
        assert_eq!(auto(around("xterm-kitty", "", None)), (Theme::dark(), true));
        let vte = |term| Surroundings { answers: true, ..around(term, "truecolor", None) };
        assert_eq!(auto(vte("xterm-256color")), (Theme::dark(), true));
        assert_eq!(auto(vte("tmux-256color")), (Theme::dark(), false));
    }
}
