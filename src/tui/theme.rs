//! Colours by role. Colour is never the only signal: every role also has a glyph, a letter or a word where it is used.

use ratatui::style::{Color, Modifier, Style};

use crate::credit::BucketKind;

/// The styles of every role on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Whether kinds of credits can be told apart by colour; else gauges are drawn with letters.
    pub colour: bool,
    /// Running text.
    pub text: Style,
    /// Stale, unknown or secondary.
    pub dim: Style,
    /// Figures and names that matter.
    pub strong: Style,
    /// Titles and what has the focus.
    pub accent: Style,
    /// Worth a look.
    pub look: Style,
    /// Act now; used for nothing else.
    pub act: Style,
    /// All is well, it fits.
    pub good: Style,
    /// Lines that separate.
    pub rule: Style,
    /// The selected row, under the styles of its texts. It names its foreground: the terminal's own may not suit this background.
    pub selected: Style,
    /// A key in the footer and in help.
    pub key: Style,
    /// The empty part of a gauge.
    pub track: Style,
    recurring: Color,
    promotional: Color,
    purchased: Color,
    bonus: Color,
}

const fn fg(color: Color) -> Style {
    Style::new().fg(color)
}

impl Theme {
    /// For dark backgrounds, in 24-bit colours.
    #[must_use]
    pub const fn dark() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::Rgb(0x86, 0x8e, 0x9c)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Rgb(0x8f, 0xb8, 0xf6)).add_modifier(Modifier::BOLD),
            look: fg(Color::Rgb(0xe8, 0xc4, 0x6c)),
            act: fg(Color::Rgb(0xf4, 0x7a, 0x76)).add_modifier(Modifier::BOLD),
            good: fg(Color::Rgb(0x8c, 0xcf, 0x9a)),
            rule: fg(Color::Rgb(0x4a, 0x51, 0x5e)),
            selected: fg(Color::Rgb(0xe6, 0xea, 0xf2)).bg(Color::Rgb(0x2a, 0x31, 0x3f)),
            key: fg(Color::Rgb(0x8f, 0xb8, 0xf6)),
            track: fg(Color::Rgb(0x5a, 0x62, 0x70)),
            recurring: Color::Rgb(0x6c, 0x9e, 0xf0),
            promotional: Color::Rgb(0xd9, 0x8c, 0xc6),
            purchased: Color::Rgb(0x5c, 0xc2, 0xb0),
            bonus: Color::Rgb(0xa9, 0x94, 0xe8),
        }
    }

    /// For light backgrounds, in 24-bit colours.
    #[must_use]
    pub const fn light() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::Rgb(0x6b, 0x72, 0x80)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Rgb(0x1f, 0x55, 0xb5)).add_modifier(Modifier::BOLD),
            look: fg(Color::Rgb(0x8a, 0x5a, 0x00)),
            act: fg(Color::Rgb(0xc0, 0x24, 0x2a)).add_modifier(Modifier::BOLD),
            good: fg(Color::Rgb(0x1d, 0x7a, 0x3c)),
            rule: fg(Color::Rgb(0xb4, 0xba, 0xc4)),
            selected: fg(Color::Rgb(0x1b, 0x22, 0x2e)).bg(Color::Rgb(0xe3, 0xea, 0xf6)),
            key: fg(Color::Rgb(0x1f, 0x55, 0xb5)),
            track: fg(Color::Rgb(0xa4, 0xab, 0xb6)),
            recurring: Color::Rgb(0x2f, 0x6b, 0xd0),
            promotional: Color::Rgb(0xb3, 0x4a, 0x96),
            purchased: Color::Rgb(0x0f, 0x8a, 0x78),
            bonus: Color::Rgb(0x6f, 0x55, 0xc4),
        }
    }

    /// For terminals with 16 colours, in the user's own palette.
    #[must_use]
    pub const fn sixteen() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::DarkGray),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Blue).add_modifier(Modifier::BOLD).remove_modifier(Modifier::REVERSED),
            look: fg(Color::Yellow),
            act: fg(Color::Red).add_modifier(Modifier::BOLD),
            good: fg(Color::Green),
            rule: fg(Color::DarkGray),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            key: fg(Color::Cyan),
            track: fg(Color::DarkGray),
            recurring: Color::Blue,
            promotional: Color::Magenta,
            purchased: Color::Cyan,
            bonus: Color::Green,
        }
    }

    /// Without any colour, for `NO_COLOR`: weight, underline and reverse only.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            colour: false,
            text: Style::new(),
            dim: Style::new().add_modifier(Modifier::DIM),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: Style::new().add_modifier(Modifier::BOLD).remove_modifier(Modifier::REVERSED),
            look: Style::new().add_modifier(Modifier::UNDERLINED),
            act: Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            good: Style::new(),
            rule: Style::new().add_modifier(Modifier::DIM),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            key: Style::new().add_modifier(Modifier::BOLD),
            track: Style::new().add_modifier(Modifier::DIM),
            recurring: Color::Reset,
            promotional: Color::Reset,
            purchased: Color::Reset,
            bonus: Color::Reset,
        }
    }

    /// The one colour of a kind of credits.
    #[must_use]
    pub const fn kind(&self, kind: BucketKind) -> Color {
        match kind {
            BucketKind::Recurring => self.recurring,
            BucketKind::Promotional => self.promotional,
            BucketKind::Purchased => self.purchased,
            BucketKind::Bonus => self.bonus,
        }
    }

    /// The style of a kind's name or cells.
    #[must_use]
    pub fn kind_style(&self, kind: BucketKind) -> Style {
        if self.colour { Style::new().fg(self.kind(kind)) } else { self.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_readable_on_a_terminal_whose_background_is_not_what_the_theme_thinks() {
        for theme in [Theme::dark(), Theme::light()] {
            assert!(theme.selected.bg.is_some() && theme.selected.fg.is_some());
            assert_ne!(theme.selected.bg, theme.selected.fg);
        }
        for theme in [Theme::sixteen(), Theme::plain()] {
            assert_eq!(theme.selected, Style::new().add_modifier(Modifier::REVERSED), "the user's own pair of colours");
        }
    }
}
