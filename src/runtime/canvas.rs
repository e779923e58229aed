//! What stands on the terminal, and what is written to change it: only cells that differ, and nothing where none does.

use ratatui::backend::Backend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::credit::Instant;
use crate::tui::{self, Drawn, Model};

/// A terminal that is drawn on. Each frame is rendered once, into memory that the frame before the last one had.
pub(super) struct Canvas<B> {
    pub(super) backend: B,
    /// What is on the terminal; `None` where that is not known.
    shown: Option<Frame>,
    /// Where the next frame is rendered.
    next: Buffer,
}

/// A frame that stands on the terminal.
struct Frame {
    cells: Buffer,
    cursor: Option<Position>,
}

impl<B: Backend> Canvas<B> {
    pub(super) fn new(backend: B) -> Self {
        Self { backend, shown: None, next: Buffer::default() }
    }

    /// Forgets what is on the terminal: the next frame is written in full.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// Renders the model in its own size and writes what has changed of it; gives the instant at which it must be drawn again. A terminal
    /// that has another size by now says so in a message of its own: until then nothing is written.
    ///
    /// # Errors
    /// What the terminal says that can't be written to.
    pub(super) fn draw(&mut self, model: &Model, now: Instant) -> Result<Option<Instant>, B::Error> {
        let (width, height) = model.size();
        self.next.resize(Rect::new(0, 0, width, height));
        self.next.reset();
        let Drawn { cursor, until } = tui::view(model, &mut self.next, now);
        let size = self.backend.size()?;
        if (size.width, size.height) == (width, height) {
            self.write(cursor)?;
        } else {
            self.shown = None;
        }
        Ok(until)
    }

    /// Writes the next frame over the one that is shown.
    fn write(&mut self, cursor: Option<Position>) -> Result<(), B::Error> {
        let before = self.shown.take().filter(|shown| shown.cells.area == self.next.area);
        let is_new = before.is_none();
        if is_new {
            self.backend.clear()?;
        }
        let before = before.unwrap_or_else(|| Frame { cells: Buffer::empty(self.next.area), cursor: None });
        let changed = before.cells.diff(&self.next);
        if is_new || !changed.is_empty() || before.cursor != cursor {
            self.backend.draw(changed.into_iter())?;
            match cursor {
                Some(position) => {
                    self.backend.show_cursor()?;
                    self.backend.set_cursor_position(position)?;
                }
                None => self.backend.hide_cursor()?,
            }
            self.backend.flush()?;
        }
        let cells = std::mem::replace(&mut self.next, before.cells);
        self.shown = Some(Frame { cells, cursor });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use crossterm::event::{KeyCode, KeyEvent};
    use ratatui::backend::{ClearType, TestBackend, WindowSize};
    use ratatui::buffer::Cell;
    use ratatui::layout::Size;

    use super::*;
    use crate::runtime::testing::now;
    use crate::tui::{Message, Setup, update};

    /// A terminal that counts what is written to it.
    struct Counting {
        screen: TestBackend,
        writes: usize,
        cells: usize,
        clears: usize,
    }

    impl Backend for Counting {
        type Error = Infallible;

        fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
            let cells: Vec<_> = content.collect();
            self.writes += 1;
            self.cells += cells.len();
            self.screen.draw(cells.into_iter())
        }

        fn hide_cursor(&mut self) -> Result<(), Infallible> {
            self.screen.hide_cursor()
        }

        fn show_cursor(&mut self) -> Result<(), Infallible> {
            self.screen.show_cursor()
        }

        fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
            self.screen.get_cursor_position()
        }

        fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
            self.screen.set_cursor_position(position)
        }

        fn clear(&mut self) -> Result<(), Infallible> {
            self.clears += 1;
            self.screen.clear()
        }

        fn clear_region(&mut self, region: ClearType) -> Result<(), Infallible> {
            self.screen.clear_region(region)
        }

        fn size(&self) -> Result<Size, Infallible> {
            self.screen.size()
        }

        fn window_size(&mut self) -> Result<WindowSize, Infallible> {
            self.screen.window_size()
        }

        fn flush(&mut self) -> Result<(), Infallible> {
            Backend::flush(&mut self.screen)
        }
    }

    fn canvas() -> (Canvas<Counting>, Model) {
        let mut model = Model::new(Setup::default());
        update(&mut model, Message::Resized(80, 24), now());
        update(&mut model, Message::Books(Vec::new()), now());
        (Canvas::new(Counting { screen: TestBackend::new(80, 24), writes: 0, cells: 0, clears: 0 }), model)
    }

    fn press(model: &mut Model, letter: char) {
        update(model, Message::Key(KeyEvent::from(KeyCode::Char(letter))), now());
    }

    /// The frame as it comes out when nothing stood on the terminal before.
    fn afresh(model: &Model) -> Buffer {
        let mut canvas = Canvas::new(TestBackend::new(80, 24));
        canvas.draw(model, now()).unwrap();
        canvas.backend.buffer().clone()
    }

    #[test]
    fn drawn_once_and_only_where_something_changed() {
        let (mut canvas, mut model) = canvas();
        canvas.draw(&model, now()).unwrap();
        assert_eq!((canvas.backend.writes, canvas.backend.clears), (1, 1));
        canvas.draw(&model, now()).unwrap();
        assert_eq!(canvas.backend.writes, 1, "nothing has changed");
        for letter in ['?', 'z', 'o', 'n', 'e'] {
            let (writes, cells) = (canvas.backend.writes, canvas.backend.cells);
            press(&mut model, letter);
            canvas.draw(&model, now()).unwrap();
            let written = canvas.backend.cells - cells;
            assert_eq!(canvas.backend.writes, writes + 1, "{letter}: one key is one write");
            assert!(written < 80 * 24, "{letter}: {written} cells");
            assert_eq!(*canvas.backend.screen.buffer(), afresh(&model), "{letter}: and the screen is whole");
        }
        assert_eq!(canvas.backend.clears, 1);
    }

    #[test]
    fn after_a_stop_or_another_size_all_of_it_is_drawn() {
        let (mut canvas, mut model) = canvas();
        canvas.draw(&model, now()).unwrap();
        canvas.forget();
        canvas.draw(&model, now()).unwrap();
        assert_eq!((canvas.backend.writes, canvas.backend.clears), (2, 2));
        canvas.backend.screen.resize(100, 30);
        canvas.draw(&model, now()).unwrap();
        assert_eq!(canvas.backend.writes, 2, "it has not been told yet: half a frame would be drawn");
        update(&mut model, Message::Resized(100, 30), now());
        canvas.draw(&model, now()).unwrap();
        assert_eq!((canvas.backend.writes, canvas.backend.clears), (3, 3));
    }

    #[test]
    fn the_cursor_comes_and_goes_with_its_field() {
        let (mut canvas, mut model) = canvas();
        press(&mut model, '?');
        canvas.draw(&model, now()).unwrap();
        assert!(canvas.backend.screen.cursor_visible());
        update(&mut model, Message::Key(KeyEvent::from(KeyCode::Esc)), now());
        canvas.draw(&model, now()).unwrap();
        assert!(!canvas.backend.screen.cursor_visible());
    }
}
