//! A box over the screen, with a title and lines; what lies behind steps back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use super::text::paint;
use crate::tui::format::cut;
use crate::tui::scene::{ELLIPSIS, Scene};

/// A box that is drawn in the middle of an area.
#[derive(Debug)]
pub(crate) struct Popup<'a> {
    scene: &'a Scene<'a>,
    title: &'a str,
    width: usize,
    lines: Vec<Line<'static>>,
    rows: usize,
    cursor: Option<(usize, usize)>,
}

impl<'a> Popup<'a> {
    /// A box whose inside is `width` columns wide.
    pub(crate) fn new(scene: &'a Scene<'a>, title: &'a str, width: usize, lines: Vec<Line<'static>>) -> Self {
        Self { scene, title, width, rows: lines.len(), lines, cursor: None }
    }

    /// The columns of an inside that leaves some at both sides of the area, at most so many.
    pub(crate) fn inside(area: Rect, free: u16, most: u16) -> usize {
        usize::from(area.width.saturating_sub(free).min(most))
    }

    /// With so many rows inside, whatever stands in them.
    pub(crate) fn rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    /// With the cursor at a column and a row of its inside.
    pub(crate) fn cursor(self, column: usize, row: usize) -> Self {
        Self { cursor: Some((column, row)), ..self }
    }
}

impl Widget for &Popup<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let theme = self.scene.theme();
        let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX - 8);
        let width = (length(self.width) + 4).min(area.width);
        let height = (length(self.rows) + 2).min(area.height);
        let frame = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
        buffer.set_style(area.intersection(buffer.area), theme.rule);
        leave_whole_words(frame, area, buffer);
        // Half of a wide character must not stay at the edge.
        let x = frame.x.saturating_sub(1);
        let cleared = Rect { x, width: (frame.width + 2).min(area.right() - x), ..frame };
        Clear.render(cleared.intersection(area), buffer);
        let title = format!(" {} ", cut(self.title, usize::from(width).saturating_sub(6), ELLIPSIS));
        let title = Line::from(Span::styled(title, theme.accent));
        Block::bordered().border_type(BorderType::Rounded).border_style(theme.rule).title(title).render(frame, buffer);
        let inside = Rect { x: frame.x + 2, y: frame.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) };
        paint(buffer, inside, &self.lines);
        if let Some((column, row)) = self.cursor {
            self.scene.put_cursor(inside.x + length(column), inside.y + length(row));
        }
    }
}

/// Blanks words that a box covers in part: half a word reads as another one, and half a figure as another figure.
fn leave_whole_words(frame: Rect, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let is_blank = |buffer: &Buffer, x: u16, y: u16| {
        let symbol = |x: u16| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
        // Behind a wide character stands a blank that is its second half.
        symbol(x) == " " && !(x > area.x && symbol(x - 1).width() > 1)
    };
    for y in frame.y..frame.bottom().min(area.bottom()) {
        let left = (area.x..frame.x.min(area.right())).rev().take_while(|x| !is_blank(buffer, *x, y));
        let right = (frame.right()..area.right()).take_while(|x| !is_blank(buffer, *x, y));
        for x in left.chain(right).collect::<Vec<_>>() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_symbol(" ");
            }
        }
    }
}
