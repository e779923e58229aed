//! An account at an instant, folded once for all that is asked of it.

use super::dated_ahead;
use super::fold::State;
use super::{AccountStatus, Book, CLOCKS_DIFFER, EngineError, Instant, summary};

/// A book with its state at an instant, asked at another.
pub struct BookAt<'a> {
    book: &'a Book,
    state: State,
    at: Instant,
    present: Instant,
}

impl Book {
    /// The account at `at`, asked at `present`, for several questions: its entries are gone through once.
    ///
    /// # Errors
    /// As [`Book::status_at`].
    pub fn at(&self, at: Instant, present: Instant) -> Result<BookAt<'_>, EngineError> {
        Ok(BookAt { book: self, state: self.state_at(at, present)?, at, present })
    }
}

impl BookAt<'_> {
    /// As [`Book::status_at`].
    ///
    /// # Errors
    /// [`EngineError::Amount`] where figures grow past 28 digits.
    pub fn status(&self) -> Result<AccountStatus, EngineError> {
        let Self { book, state, at, present } = self;
        let mut status = summary::summary(book, state, *at).map_err(|error| book.amount_error(error))?;
        if *at + CLOCKS_DIFFER >= *present {
            status.warnings.extend(dated_ahead::warnings(&book.entries.iter(), *present));
        }
        Ok(status)
    }

    /// The next instant after this one at which the figures change by themselves: a reset, an expiry, a deadline.
    #[must_use]
    pub fn next_change(&self) -> Option<Instant> {
        self.state.next_event()
    }
}
