//! An hledger journal in which `hledger balance` finds what every lot, bucket and account holds (SPEC L8).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::cli::text;
use crate::credit::{Amount, Book, EngineError, EntryBody, Instant, Motive, Movement, Place, Posting, print_instant};

/// What names must not hold for hledger to read them as one name, besides controls: what separates accounts, dates, codes,
/// comments and amounts, and the character that the others are written with.
const RESERVED: &str = ":;%()[]{}<>|\"*=\\";

/// The journal of some accounts: every movement up to `now` in the order of time, and at the end what everything must come to. An account
/// whose figures can't be told is left out as a whole, and `left_out` hears of it.
pub(super) fn journal<'a>(books: &'a [Book], now: Instant, left_out: &mut dyn FnMut(&'a Book, EngineError)) -> String {
    let mut out = String::from(
        "; creditop's ledger as double-entry bookkeeping. Dates are those of UTC.\n\
         ; assets: what lots hold · income: grants and resets · expenses: work and breakage · equity: corrections\n\
         ; [liabilities:…:held]: credits set aside; `--real` leaves them out\n\
         decimal-mark .\n",
    );
    let mut seen = Seen::default();
    for book in books {
        let account = Account { book, unit: commodity(&book.profile.unit) };
        let (mut movements, mut noted) = (String::new(), Seen::default());
        let closing = book.journal(now, |movement| {
            account.transaction(&movement, &mut noted, &mut movements);
            Ok::<_, EngineError>(())
        });
        match closing {
            Ok(closing) => {
                account.assertions(&closing, now, &mut noted, &mut movements);
                out.push_str(&movements);
                seen.add(noted);
            }
            Err(error) => left_out(book, error),
        }
    }
    out.push_str(&seen.declarations());
    out
}

/// What a journal must declare.
#[derive(Debug, Default)]
struct Seen {
    places: BTreeSet<String>,
    /// The most digits behind the point, by commodity.
    units: BTreeMap<String, u32>,
}

impl Seen {
    /// The commodities with as many digits behind the point as any amount needs, so that hledger rounds none, and the accounts.
    fn declarations(&self) -> String {
        let units = self.units.iter().map(|(unit, digits)| {
            let zeros = "0".repeat(usize::try_from(*digits).unwrap_or_default());
            format!("commodity 1000.{zeros} {unit}\n")
        });
        let places = self.places.iter().map(|name| format!("account {name}\n"));
        std::iter::once("\n".to_owned()).chain(units).chain(places).collect()
    }

    fn add(&mut self, others: Self) {
        self.places.extend(others.places);
        for (unit, digits) in others.units {
            let most = self.units.entry(unit).or_default();
            *most = digits.max(*most);
        }
    }

    fn note(&mut self, name: String, amount: Amount, unit: &str) {
        self.places.insert(name);
        let digits = amount.decimal().scale();
        match self.units.get_mut(unit) {
            Some(most) => *most = digits.max(*most),
            None => {
                self.units.insert(unit.to_owned(), digits);
            }
        }
    }
}

/// An account whose movements are written.
struct Account<'a> {
    book: &'a Book,
    unit: String,
}

impl Account<'_> {
    fn transaction(&self, movement: &Movement<'_>, seen: &mut Seen, out: &mut String) {
        let code = match movement.motive {
            Motive::Entry(entry) => format!(" ({})", encoded(&entry.reference.to_string())),
            _ => String::new(),
        };
        let what = described(&movement.motive);
        // Writing to a text can't fail.
        let _ = write!(
            out,
            "\n{} *{code} {}: {what}\n    ; at: {}\n",
            day(movement.at),
            self.book.profile.id,
            print_instant(movement.at)
        );
        if let Motive::Entry(entry) = movement.motive {
            let tags = Some(entry.tags.join(" ")).filter(|tags| !tags.is_empty());
            let recorded = (entry.at != entry.recorded_at).then(|| print_instant(entry.recorded_at));
            let labels = [("note", &entry.note), ("actor", &entry.actor), ("tags", &tags), ("recorded", &recorded)];
            for (name, value) in labels.map(|(name, value)| (name, value.as_ref())) {
                if let Some(value) = value {
                    let _ = writeln!(out, "    ; {name}: {}", text::clean(value));
                }
            }
        }
        for posting in &movement.postings {
            self.posting(posting, "", seen, out);
            if let Place::Held(_) = posting.place {
                // What is set aside stays in its lots: a pair of its own, which leaves them alone.
                let name = format!("equity:held:{}", self.book.profile.id);
                let _ = writeln!(out, "    [{name}]    {} {}", posting.amount, self.unit);
                seen.note(name, posting.amount, &self.unit);
            }
        }
    }

    /// The last transaction of an account: nothing moves, every lot and hold is asserted.
    fn assertions(&self, closing: &[Posting], now: Instant, seen: &mut Seen, out: &mut String) {
        if closing.is_empty() {
            return;
        }
        let _ = write!(out, "\n{} * {}: what is left\n    ; at: {}\n", day(now), self.book.profile.id, print_instant(now));
        for posting in closing {
            let zero = Posting { place: posting.place.clone(), amount: Amount::ZERO };
            let holds = if matches!(posting.place, Place::Held(_)) { posting.amount.negated() } else { posting.amount };
            self.posting(&zero, &format!(" = {holds} {}", self.unit), seen, out);
        }
    }

    fn posting(&self, posting: &Posting, after: &str, seen: &mut Seen, out: &mut String) {
        let name = self.name(&posting.place);
        let (shown, amount) = match posting.place {
            Place::Held(_) => (format!("[{name}]"), posting.amount.negated()),
            _ => (name.clone(), posting.amount),
        };
        let _ = writeln!(out, "    {shown}    {amount} {}{after}", self.unit);
        seen.note(name, amount, &self.unit);
    }

    /// The hledger account of a place.
    fn name(&self, place: &Place) -> String {
        let account = encoded(self.book.profile.id.as_str());
        match place {
            Place::Lot { bucket, lot: None } => format!("assets:{account}:{bucket}"),
            Place::Lot { bucket, lot: Some(lot) } => format!("assets:{account}:{bucket}:{}", encoded(&lot.to_string())),
            Place::Uncounted(bucket) => format!("equity:uncounted:{account}:{bucket}"),
            Place::Granted(bucket) => format!("income:{account}:{bucket}"),
            Place::Spent(None) => format!("expenses:spent:{account}"),
            Place::Spent(Some(action)) => format!("expenses:spent:{account}:{action}"),
            Place::Lapsed(bucket) => format!("expenses:breakage:{account}:{bucket}"),
            Place::Adjusted(bucket) => format!("equity:adjusted:{account}:{bucket}"),
            Place::Uncovered => format!("equity:uncovered:{account}"),
            Place::Unknown => format!("equity:unknown:{account}"),
            Place::Held(hold) => format!("liabilities:{account}:held:{}", encoded(&hold.to_string())),
        }
    }
}

/// What a movement is, in a few words without anything that an entry brought along but names.
fn described(motive: &Motive<'_>) -> String {
    match motive {
        Motive::Entry(entry) => match &entry.body {
            EntryBody::Spend(spend) => match (&spend.action, &spend.quantity) {
                (Some(action), Some(quantity)) => format!("spend, {quantity} × {action}"),
                (Some(action), None) => format!("spend, {action}"),
                (None, _) => "spend".to_owned(),
            },
            body => body.kind().word().to_owned(),
        },
        Motive::Observed => "reported by the provider".to_owned(),
        Motive::Expiry => "lapse".to_owned(),
        Motive::Deadline => "deadline of a hold".to_owned(),
        Motive::Reset => "reset".to_owned(),
        Motive::SubscriptionEnd => "end of the subscription".to_owned(),
        Motive::PlanChange => "plan".to_owned(),
        Motive::Effect => "start of a lot".to_owned(),
    }
}

fn day(at: Instant) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// A unit as hledger's commodity: in quotes, unless it is letters alone.
fn commodity(unit: &str) -> String {
    let unit: String = text::clean(unit).chars().filter(|c| !matches!(c, '"' | ';')).collect();
    if !unit.is_empty() && unit.chars().all(|c| c.is_ascii_alphabetic()) { unit } else { format!("\"{unit}\"") }
}

/// A name as one part of an hledger account, or as a code. What hledger would read otherwise is written as in URLs (`%3A`), so
/// different names stay different.
fn encoded(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    let mut after_space = true;
    for c in name.chars() {
        let space = c == ' ';
        let plain = (space && !after_space)
            || (!c.is_whitespace() && !RESERVED.contains(c) && text::clean(c.encode_utf8(&mut [0; 4])) == c.to_string());
        if plain {
            safe.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(safe, "%{byte:02X}");
            }
        }
        after_space = space;
    }
    // A name can't end with a space; a comment sign after one would begin a comment.
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_names_can_not_change_the_journal() {
        for (name, safe) in [
            ("inv-1", "inv-1"),
            ("monthly@2026-11-01T00:00:00Z", "monthly@2026-11-01T00%3A00%3A00Z"),
            ("Rechnung 12/2026 – Müller", "Rechnung 12/2026 – Müller"),
            ("two  spaces", "two %20spaces"),
            ("a ; b", "a %3B b"),
            ("(x)", "%28x%29"),
            ("100%", "100%25"),
            ("a\u{a0}b", "a%C2%A0b"),
            ("a\u{202e}b", "a%E2%80%AEb"),
        ] {
            assert_eq!(encoded(name), safe);
        }
    }

    #[test]
    fn units_are_commodities() {
        for (unit, name) in [("credits", "credits"), ("API calls", "\"API calls\""), ("x\"; 1", "\"x 1\""), ("", "\"\"")] {
            assert_eq!(commodity(unit), name);
        }
    }
}
