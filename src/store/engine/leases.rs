//! Who polls an account at present (SPEC L10): the rule that every engine keeps its leases by.

use std::time::Duration;

/// A lease lasts no longer. One that ends later was taken by a clock that was wrong, and holds nobody back.
pub(in crate::store) const LONGEST: Duration = Duration::from_mins(10);

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// It is the asker's now.
    Taken,
    /// Somebody else has it.
    Held {
        /// Who, as it calls itself.
        by: String,
        /// How long it lasts unless it is renewed.
        left: Duration,
    },
}

/// A lease as it is kept: who has it, and until when by the database's clock, in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) holder: String,
    pub(super) until: i64,
}

impl Kept {
    /// That of a holder for so long from `now` on, but no longer than [`LONGEST`].
    pub(super) fn new(holder: &str, lasting: Duration, now: i64) -> Self {
        Self { holder: holder.to_owned(), until: now.saturating_add(nanoseconds(lasting.min(LONGEST))) }
    }

    /// What it is to somebody who asks for it `now`: the holder renews it, others wait until it is over.
    pub(super) fn holds_back(&self, holder: &str, now: i64) -> Option<Lease> {
        let left = self.until.saturating_sub(now);
        let holds = self.holder != holder && left > 0 && left <= nanoseconds(LONGEST);
        holds.then(|| Lease::Held { by: self.holder.clone(), left: Duration::from_nanos(left.unsigned_abs()) })
    }
}

fn nanoseconds(lasting: Duration) -> i64 {
    i64::try_from(lasting.as_nanos()).unwrap_or(i64::MAX)
}

/// The machine's clock, in nanoseconds since 1970: that of a database which has none of its own.
pub(super) fn machine_clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    nanoseconds(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l10_a_lease_holds_others_back_until_it_is_over_and_never_longer_than_leases_last() {
        let second = nanoseconds(Duration::from_secs(1));
        let kept = Kept::new("one", Duration::from_secs(30), 0);
        let held = |left| Some(Lease::Held { by: "one".to_owned(), left: Duration::from_secs(left) });
        assert_eq!(kept.holds_back("other", 0), held(30));
        assert_eq!(kept.holds_back("other", 29 * second), held(1));
        assert_eq!(kept.holds_back("other", 30 * second), None);
        assert_eq!(kept.holds_back("one", 0), None, "the holder renews it");
        // The clock was set back by a year: nobody waits that long.
        assert_eq!(kept.holds_back("other", -31_536_000 * second), None);
        assert_eq!(Kept::new("one", Duration::from_hours(9), 0).until, nanoseconds(LONGEST));
    }
}
