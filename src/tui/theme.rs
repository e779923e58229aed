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
            dim: fg(Color::Rgb(0x97, 0x9f, 0xad)),
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
            dim: fg(Color::Rgb(0x5f, 0x66, 0x72)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Rgb(0x1f, 0x55, 0xb5)).add_modifier(Modifier::BOLD),
            look: fg(Color::Rgb(0x8a, 0x5a, 0x00)),
            act: fg(Color::Rgb(0xc0, 0x24, 0x2a)).add_modifier(Modifier::BOLD),
            good: fg(Color::Rgb(0x1a, 0x72, 0x37)),
            rule: fg(Color::Rgb(0xb4, 0xba, 0xc4)),
            selected: fg(Color::Rgb(0x1b, 0x22, 0x2e)).bg(Color::Rgb(0xe3, 0xea, 0xf6)),
            key: fg(Color::Rgb(0x1f, 0x55, 0xb5)),
            track: fg(Color::Rgb(0xa4, 0xab, 0xb6)),
            recurring: Color::Rgb(0x14, 0x57, 0xe5),
            promotional: Color::Rgb(0xaa, 0x2d, 0x88),
            purchased: Color::Rgb(0x07, 0x75, 0x5b),
            bonus: Color::Rgb(0x6f, 0x55, 0xc4),
        }
    }

    /// For dark backgrounds, in the 256 colours of xterm.
    #[must_use]
    pub const fn dark_256() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::Indexed(247)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Indexed(111)).add_modifier(Modifier::BOLD),
            look: fg(Color::Indexed(185)),
            act: fg(Color::Indexed(210)).add_modifier(Modifier::BOLD),
            good: fg(Color::Indexed(114)),
            rule: fg(Color::Indexed(239)),
            selected: fg(Color::Indexed(255)).bg(Color::Indexed(236)),
            key: fg(Color::Indexed(111)),
            track: fg(Color::Indexed(241)),
            recurring: Color::Indexed(75),
            promotional: Color::Indexed(176),
            purchased: Color::Indexed(73),
            bonus: Color::Indexed(141),
        }
    }

    /// For light backgrounds, in the 256 colours of xterm.
    #[must_use]
    pub const fn light_256() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::Indexed(241)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: fg(Color::Indexed(25)).add_modifier(Modifier::BOLD),
            look: fg(Color::Indexed(94)),
            act: fg(Color::Indexed(124)).add_modifier(Modifier::BOLD),
            good: fg(Color::Indexed(22)),
            rule: fg(Color::Indexed(249)),
            selected: fg(Color::Indexed(235)).bg(Color::Indexed(254)),
            key: fg(Color::Indexed(25)),
            track: fg(Color::Indexed(247)),
            recurring: Color::Indexed(26),
            promotional: Color::Indexed(90),
            purchased: Color::Indexed(23),
            bonus: Color::Indexed(54),
        }
    }

    /// For a background that nobody knows, in those of the 256 colours of xterm that are read on white as on black.
    #[must_use]
    pub const fn any_256() -> Self {
        Self {
            colour: true,
            text: Style::new(),
            dim: fg(Color::Indexed(243)),
            strong: Style::new().add_modifier(Modifier::BOLD),
            accent: Style::new().add_modifier(Modifier::BOLD).remove_modifier(Modifier::REVERSED),
            look: fg(Color::Indexed(130)),
            act: fg(Color::Indexed(196)).add_modifier(Modifier::BOLD),
            good: fg(Color::Indexed(28)),
            rule: fg(Color::Indexed(243)),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            key: Style::new().add_modifier(Modifier::BOLD),
            track: fg(Color::Indexed(243)),
            recurring: Color::Indexed(63),
            promotional: Color::Indexed(163),
            purchased: Color::Indexed(29),
            bonus: Color::Indexed(98),
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

    /// The red, green and blue of a colour that is no one's own.
    fn rgb(color: Color) -> [u8; 3] {
        match color {
            Color::Rgb(r, g, b) => [r, g, b],
            Color::Indexed(index @ 16..232) => {
                let level = |part: u8| [0, 95, 135, 175, 215, 255][usize::from(part % 6)];
                let index = index - 16;
                [level(index / 36), level(index / 6), level(index)]
            }
            Color::Indexed(index @ 232..) => [8 + 10 * (index - 232); 3],
            other => panic!("{other:?} is whatever the terminal makes of it"),
        }
    }

    /// The contrast of two colours as WCAG 2 defines it, 1 to 21.
    fn contrast(one: Color, other: Color) -> f64 {
        let luminance = |color: Color| {
            let [r, g, b] = rgb(color).map(|part| {
                let part = f64::from(part) / 255.0;
                if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn the_contrast_is_that_of_the_definition() {
        let (black, white) = (Color::Rgb(0, 0, 0), Color::Indexed(231));
        assert!((contrast(black, white) - 21.0).abs() < 0.001);
        assert!((contrast(Color::Rgb(0x77, 0x77, 0x77), white) - 4.48).abs() < 0.01);
    }

    /// Every style that texts have, but the selected row's, with its name.
    fn texts(theme: &Theme) -> Vec<(&'static str, Style)> {
        let roles = [
            ("text", theme.text),
            ("dim", theme.dim),
            ("strong", theme.strong),
            ("accent", theme.accent),
            ("look", theme.look),
            ("act", theme.act),
            ("good", theme.good),
            ("key", theme.key),
        ];
        let kinds = [BucketKind::Recurring, BucketKind::Promotional, BucketKind::Purchased, BucketKind::Bonus];
        roles.into_iter().chain(kinds.map(|kind| (kind.word(), theme.kind_style(kind)))).collect()
    }

    #[test]
    fn every_text_has_enough_contrast_on_its_background() {
        let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
        // That of many editors' terminals: dark, and not black.
        let dark = Color::Rgb(0x1e, 0x1e, 0x1e);
        for (name, theme, backgrounds) in [
            ("dark", Theme::dark(), vec![black, dark]),
            ("light", Theme::light(), vec![white]),
            ("dark, 256 colours", Theme::dark_256(), vec![black, dark]),
            ("light, 256 colours", Theme::light_256(), vec![white]),
            ("any, 256 colours", Theme::any_256(), vec![black, white]),
        ] {
            for (role, style) in texts(&theme) {
                let Some(text) = style.fg else { continue };
                // No one red of these is read as well on white as on black; it is always bold, beside a sign and a word.
                let least = if (name, role) == ("any, 256 colours", "act") { 3.9 } else { 4.45 };
                for background in backgrounds.iter().copied().chain(theme.selected.bg) {
                    let contrast = contrast(text, background);
                    assert!(contrast >= least, "{name}: {role} on {background:?} has {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn a_selection_is_readable_on_a_terminal_whose_background_is_not_what_the_theme_thinks() {
        for theme in [Theme::dark(), Theme::light()] {
            assert!(theme.selected.bg.is_some() && theme.selected.fg.is_some());
            assert_ne!(theme.selected.bg, theme.selected.fg);
        }
        for theme in [Theme::sixteen(), Theme::plain(), Theme::any_256()] {
            assert_eq!(theme.selected, Style::new().add_modifier(Modifier::REVERSED), "the user's own pair of colours");
        }
    }
}
