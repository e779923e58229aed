//! The small words of a sentence: a count with its noun, credits with their unit, what a lot is called.
//!
//! Every module's one place for them, so that nothing anywhere reads "1 credits" or shows the name that a lot has in the files.

use chrono::{Datelike, NaiveDateTime};
use chrono_tz::Tz;

use super::{Amount, Instant, Ref, shown};

/// The noun that goes with an amount, from its plural: `credit` for 1 and −1, else `credits`.
///
/// A noun that does not end in "s" (`quota`, `Punkte`) stays as it is.
#[must_use]
pub fn noun(amount: Amount, plural: &str) -> String {
    if amount != Amount::ONE && amount.negated() != Amount::ONE {
        return plural.to_owned();
    }
    let stem = |ending: &str, singular: &str| plural.strip_suffix(ending).map(|stem| format!("{stem}{singular}"));
    let of_es = ["ches", "shes", "xes", "sses"].iter().any(|ending| plural.ends_with(ending));
    stem("ies", "y")
        .or_else(|| stem("es", "").filter(|_| of_es))
        .or_else(|| stem("s", "").filter(|stem| !stem.is_empty() && !stem.ends_with('s')))
        .unwrap_or_else(|| plural.to_owned())
}

/// A noun with its article: `a hold`, `an adjust`.
#[must_use]
pub fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// An amount with its unit, which is given in the plural: `1 credit`, `1 650 credits`, `0.5 images`.
#[must_use]
pub fn with_unit(amount: Amount, plural: &str) -> String {
    format!("{} {}", amount.grouped(), noun(amount, plural))
}

/// An amount with what is counted, which is given in the singular: `1 photo`, `60 photos`, `2 batches`.
#[must_use]
pub fn several(amount: Amount, one: &str) -> String {
    let hisses = ["s", "x", "ch", "sh"].iter().any(|ending| one.ends_with(ending));
    let stem = one.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    let many = stem.map_or_else(|| format!("{one}{}", if hisses { "es" } else { "s" }), |stem| format!("{stem}ies"));
    format!("{} {}", amount.grouped(), if amount == Amount::ONE { one } else { &many })
}

/// A count with its noun: `1 entry`, `2 entries`, `10 000 entries`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    let grouped = u32::try_from(count).map_or_else(|_| count.to_string(), |count| Amount::from(count).grouped());
    format!("{grouped} {}", if count == 1 { one } else { many })
}

/// Words in a list: `a`, `a and b`, `a, b and c`. Of more than `most` only the first are named: `a, b and 98 more`.
#[must_use]
pub fn listed(words: &[String], most: usize) -> String {
    let (shown, more) = if words.len() > most { (words.get(..most).unwrap_or(words), words.len() - most) } else { (words, 0) };
    match (shown, more) {
        ([], 0) => String::new(),
        ([], more) => format!("{more} more"),
        (shown, 1..) => format!("{} and {more} more", shown.join(", ")),
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
    }
}

/// A day as people write it: `21 Nov`, and with its year where that is not the year of `now`: `21 Nov 2025`.
#[must_use]
pub fn day_of(at: Instant, zone: Tz, now: Instant) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    at.format(if at.year() == now.year() { "%-d %b" } else { "%-d %b %Y" }).to_string()
}

/// What a lot is called: the ref that somebody gave it, else `granted 21 Nov`, or `rolled over 1 Dec` (SPEC 1).
#[must_use]
pub fn lot_name(reference: &Ref, granted_at: Instant, zone: Tz, now: Instant) -> String {
    match reference.is_generated() {
        false => shown(reference.as_str()).into_owned(),
        true if reference.as_str().ends_with(ROLLOVER) => format!("rolled over {}", day_of(granted_at, zone, now)),
        true => format!("granted {}", day_of(granted_at, zone, now)),
    }
}

/// What a spend or a hold is called: the ref that somebody gave it, else its kind and day: `spend of 21 Nov`.
#[must_use]
pub fn entry_name(kind: &str, reference: &Ref, at: Instant, zone: Tz, now: Instant) -> String {
    if reference.is_generated() { format!("{kind} of {}", day_of(at, zone, now)) } else { shown(reference.as_str()).into_owned() }
}

/// Ends the ref of a lot that was rolled over into a cycle.
pub(super) const ROLLOVER: &str = "+rollover";

impl Ref {
    /// Whether nobody gave this ref: it is the ref of a cycle (`monthly@2026-11-01T00:00:00Z`), or was made when an entry
    /// without one was recorded (`20261121-151731-000f`). Such refs are for files and commands, not for sentences.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        is_of_cycle(self.in_its_account()) || self.recorded_at().is_some()
    }

    /// When the entry was recorded, to the second, where its ref was made then and says so.
    #[must_use]
    pub fn recorded_at(&self) -> Option<Instant> {
        let mut parts = self.in_its_account().splitn(3, '-');
        let (day, time, place) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, length| text.len() == length && text.chars().all(|c| c.is_ascii_digit());
        let (place, number) = place.split_once('-').unwrap_or((place, "0"));
        let counts = place.len() >= 4 && place.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
        let made = digits(day, 8) && digits(time, 6) && counts && digits(number, number.len().max(1));
        let at = NaiveDateTime::parse_from_str(&format!("{day}{time}"), "%Y%m%d%H%M%S").ok().filter(|_| made)?;
        Some(at.and_utc())
    }
}

fn is_of_cycle(text: &str) -> bool {
    let text = text.strip_suffix(ROLLOVER).unwrap_or(text);
    text.rsplit_once('@').is_some_and(|(bucket, at)| !bucket.is_empty() && at.ends_with('Z') && super::parse_instant(at).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::parse_instant;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn one_is_told_in_the_singular() {
        for (count, unit, told) in [
            ("1", "credits", "1 credit"),
            ("-1", "credits", "-1 credit"),
            ("1.0", "images", "1 image"),
            ("0", "credits", "0 credits"),
            ("0.5", "credits", "0.5 credits"),
            ("1650", "credits", "1\u{202f}650 credits"),
            ("1", "queries", "1 query"),
            ("1", "boxes", "1 box"),
            ("1", "passes", "1 pass"),
            ("1", "pages", "1 page"),
            ("1", "quota", "1 quota"),
            ("1", "gross", "1 gross"),
            ("1", "s", "1 s"),
        ] {
            assert_eq!(with_unit(amount(count), unit), told);
        }
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(10_000, "entry", "entries"), "10\u{202f}000 entries");
    }

    #[test]
    fn what_is_counted_is_told_in_the_plural() {
        for (count, one, told) in [
            ("1", "photo", "1 photo"),
            ("0", "photo", "0 photos"),
            ("2", "batch", "2 batches"),
            ("3", "day", "3 days"),
            ("0.2", "entry", "0.2 entries"),
        ] {
            assert_eq!(several(amount(count), one), told);
        }
    }

    #[test]
    fn a_long_list_names_the_first() {
        let words = |count: usize| (1..=count).map(|number| format!("k{number}")).collect::<Vec<_>>();
        for (count, told) in [
            (0, ""),
            (1, "k1"),
            (2, "k1 and k2"),
            (3, "k1, k2 and k3"),
            (4, "k1, k2, k3 and 1 more"),
            (100, "k1, k2, k3 and 97 more"),
        ] {
            assert_eq!(listed(&words(count), 3), told);
        }
        assert_eq!(listed(&words(2), 0), "2 more");
    }

    #[test]
    fn a_lot_without_a_name_is_called_by_its_day() {
        let (now, granted) = (parse_instant("2026-11-22T09:00:00Z").unwrap(), parse_instant("2026-11-20T23:30:00Z").unwrap());
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let name = |text: &str, zone, now| lot_name(&Ref::new(text).unwrap(), granted, zone, now);
        assert_eq!(name("monthly@2026-11-01T00:00:00Z", Tz::UTC, now), "granted 20 Nov");
        assert_eq!(name("monthly@2026-11-01T00:00:00Z", berlin, now), "granted 21 Nov");
        assert_eq!(name("monthly@2026-11-01T00:00:00.5Z+rollover", Tz::UTC, now), "rolled over 20 Nov");
        assert_eq!(name("20261121-151731-000f", Tz::UTC, now), "granted 20 Nov");
        assert_eq!(
            name("20261121-151731-000f-2", Tz::UTC, parse_instant("2027-01-01T00:00:00Z").unwrap()),
            "granted 20 Nov 2026"
        );
        for given in [
            "inv-1",
            "a@b.example",
            "me@2026",
            "20261121",
            "20261121-151731",
            "2026-11-21-x",
            "20261121-151731-OOOF",
            "20269999-151731-000f",
        ] {
            assert_eq!(name(given, Tz::UTC, now), given);
        }
        let job = |text: &str| entry_name("spend", &Ref::new(text).unwrap(), granted, Tz::UTC, now);
        let recorded = Ref::new("20261120-233000-0001-12").unwrap().recorded_at();
        assert_eq!(recorded, Some(parse_instant("2026-11-20T23:30:00Z").unwrap()));
        assert_eq!((job("job-7").as_str(), job("20261120-233000-0001").as_str()), ("job-7", "spend of 20 Nov"));
    }
}
