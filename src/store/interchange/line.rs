//! Lines of a file, read one at a time and never more than a bounded part of one.

use std::io::{self, BufRead, Read};

/// The most bytes that a line may have.
pub(super) const LINE_LENGTH: usize = 64 * 1024;

/// A line without its end, or why it can't be used.
pub(super) type Line<'a> = Result<&'a str, &'static str>;

/// Reads lines and counts them.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The next line that is not blank, with its number from 1; `None` at the end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.buffer.clear();
            let limit = LINE_LENGTH as u64 + 2;
            if self.input.by_ref().take(limit).read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let ended = self.buffer.last() == Some(&b'\n');
            if !ended && self.buffer.len() > LINE_LENGTH {
                self.skip_to_line_end()?;
                return Ok(Some((self.number, Err("the line is longer than 64 KiB"))));
            }
            if self.number == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some((self.number, self.text())))
    }

    /// The line that was read, as text.
    fn text(&self) -> Line<'_> {
        if self.number == 1 && (self.buffer.starts_with(b"\xff\xfe") || self.buffer.starts_with(b"\xfe\xff")) {
            return Err("the file is in UTF-16, and must be in UTF-8: save it as UTF-8");
        }
        if self.buffer.contains(&0) {
            return Err("the line holds a NUL byte: the file is damaged, or in UTF-16 and must be saved as UTF-8");
        }
        let text = std::str::from_utf8(&self.buffer).map_err(|_| "the line is not UTF-8 text")?;
        Ok(text.trim_end_matches(['\n', '\r']))
    }

    fn skip_to_line_end(&mut self) -> io::Result<()> {
        loop {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let mut lines = Lines::new(io::BufReader::with_capacity(7, input));
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            all.push((number, line.map(str::to_owned)));
        }
        all
    }

    #[test]
    fn lines_are_counted_and_blank_ones_skipped() {
        let lines = all(b"\xef\xbb\xbfa\r\n\n  \t\nb\n\xff\nc");
        let expected =
            [(1, Ok("a".to_owned())), (4, Ok("b".to_owned())), (5, Err("the line is not UTF-8 text")), (6, Ok("c".to_owned()))];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_named_and_the_next_one_is_read() {
        let longest = "x".repeat(LINE_LENGTH);
        let lines = all(format!("{longest}\n{longest}xyz\nb\n{longest}yyyy").as_bytes());
        let long = Err("the line is longer than 64 KiB");
        assert_eq!(lines, [(1, Ok(longest)), (2, long.clone()), (3, Ok("b".to_owned())), (4, long)]);
    }
}
