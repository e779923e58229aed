//! Moving through lists and long texts, and the part of them that is seen.

use ratatui::text::Span;

use crate::tui::scene::Scene;

/// How somebody moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Move {
    /// The row that it leads to in a list that ends with the row `last` and shows `page` of them at once; the first where none is marked.
    pub(crate) fn from(self, row: Option<usize>, last: usize, page: usize) -> usize {
        let by = |steps: fn(usize, usize) -> usize, count: usize| row.map_or(0, |row| steps(row, count).min(last));
        match self {
            Self::Up => by(usize::saturating_sub, 1),
            Self::Down => by(usize::saturating_add, 1),
            Self::PageUp => by(usize::saturating_sub, page),
            Self::PageDown => by(usize::saturating_add, page),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// The first of a window of `height` lines that shows `marked`.
pub(crate) fn window(marked: usize, count: usize, height: usize) -> usize {
    marked.saturating_sub(height / 2).min(count.saturating_sub(height))
}

/// What stands before a row: a bar, `indent` columns in, before the marked one, as many blanks before the others.
pub(crate) fn marker(scene: &Scene<'_>, marked: bool, indent: usize) -> Span<'static> {
    let indent = " ".repeat(indent);
    if marked { scene.span(format!("{indent}▌ "), |theme| theme.accent) } else { Span::raw(format!("{indent}  ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_moves_stops_at_the_ends() {
        let all = [Move::Up, Move::Down, Move::PageUp, Move::PageDown, Move::First, Move::Last];
        assert_eq!(all.map(|to| to.from(Some(5), 9, 3)), [4, 6, 2, 8, 0, 9]);
        assert_eq!(all.map(|to| to.from(Some(0), 0, 3)), [0; 6]);
        assert_eq!(all.map(|to| to.from(Some(9), 9, 30)), [8, 9, 0, 9, 0, 9]);
        assert_eq!(all.map(|to| to.from(None, 9, 3)), [0, 0, 0, 0, 0, 9], "where nothing is marked the first row is");
    }

    #[test]
    fn the_marked_row_is_in_the_window() {
        for (marked, first) in [(0, 0), (2, 0), (5, 3), (9, 5)] {
            assert_eq!(window(marked, 10, 5), first);
        }
        assert_eq!(window(3, 4, 5), 0);
    }
}
