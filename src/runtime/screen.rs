//! A terminal of any size, as far as it can be drawn on.

use std::io;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// The most columns, and rows, that are drawn on. A terminal can say that it has 65,535 of each: its cells would not fit into the memory.
const MOST: Size = Size { width: 1000, height: 500 };

/// The most cells: those of the largest screens there are, in their smallest letters. Twice 10 MB.
const MOST_CELLS: u32 = 200_000;

/// A size as far as it is drawn on: what lies beyond stays empty. A terminal that doesn't know its size says 0, and is taken for one
/// of the usual size until it says another.
pub(super) fn bounded(columns: u16, rows: u16) -> (u16, u16) {
    if columns == 0 || rows == 0 {
        return (80, 24);
    }
    let columns = columns.min(MOST.width);
    let fitting = u16::try_from(MOST_CELLS / u32::from(columns)).unwrap_or(u16::MAX);
    (columns, rows.min(MOST.height).min(fitting))
}

/// A terminal that is never larger than [`MOST`].
pub(super) struct Bounded<B>(pub(super) B);

impl<B: io::Write> io::Write for Bounded<B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<B: Backend> Backend for Bounded<B> {
    type Error = B::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), B::Error> {
        self.0.draw(content)
    }

    fn append_lines(&mut self, lines: u16) -> Result<(), B::Error> {
        self.0.append_lines(lines)
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(region)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size().map(|size| bounded(size.width, size.height).into())
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        let size = self.0.window_size()?;
        Ok(WindowSize { columns_rows: bounded(size.columns_rows.width, size.columns_rows.height).into(), ..size })
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        Backend::flush(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s14_no_terminal_is_larger_than_what_memory_holds() {
        assert_eq!(bounded(80, 24), (80, 24));
        assert_eq!([bounded(0, 0), bounded(0, 50), bounded(120, 0)], [(80, 24); 3], "it does not know its size");
        assert_eq!([bounded(u16::MAX, u16::MAX), bounded(1, u16::MAX)], [(1000, 200), (1, 500)]);
        assert_eq!(bounded(768, 216), (768, 216), "8K in letters of 10 by 20");
        let size = Bounded(ratatui::backend::TestBackend::new(1200, 10)).size().unwrap();
        assert_eq!((size.width, size.height), (1000, 10));
    }
}
