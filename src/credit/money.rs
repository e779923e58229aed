//! Money: what a credit costs, what the credits of a plan are worth, and what has to be paid anew for it (SPEC 6).

use super::{Affordable, Amount, AmountError, Book, BucketKind, NARROW_SPACE, ProviderId, Quote};

/// A sum of money, exact to its last digit. Sums of two currencies are never added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it rests on a price that is only about right.
    pub about: bool,
}

impl Money {
    /// The sum as people write it, with at least as many places as its currency has: `62.50 USD`, `about 0.0125 EUR`, `500 JPY`.
    #[must_use]
    pub fn words(&self) -> String {
        self.words_by(NARROW_SPACE)
    }

    /// As [`Money::words`], with another sign between groups of three digits.
    #[must_use]
    pub fn words_by(&self, separator: char) -> String {
        let mut figure = self.amount.grouped_by(separator);
        let places = minor_places(&self.currency);
        let written = figure.split_once('.').map_or(0, |(_, behind)| behind.len());
        if written == 0 && places > 0 {
            figure.push('.');
        }
        figure.extend(std::iter::repeat_n('0', places.saturating_sub(written)));
        format!("{}{figure} {}", if self.about { "about " } else { "" }, super::clean(&self.currency))
    }
}

/// How many places behind the point a currency's own small coins need (ISO 4217).
fn minor_places(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// What a credit costs in money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyPrice {
    /// Money per credit.
    pub amount: Amount,
    /// ISO 4217 code.
    pub currency: String,
    /// Where it is known from.
    pub basis: PriceBasis,
}

/// Where a price per credit is known from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceBasis {
    /// The account's configuration states it.
    Stated,
    /// The provider's definition lists it for the account's plan.
    Listed {
        /// Whether it is only about right.
        about: bool,
        /// Whose price it is and how good the source is, as `Photoroom Basic, a secondary listing, grade C`.
        source: String,
    },
}

impl MoneyPrice {
    /// A price that an account states for itself.
    #[must_use]
    pub fn stated(amount: Amount, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned(), basis: PriceBasis::Stated }
    }

    /// What so many credits are worth; `None` past 28 digits.
    #[must_use]
    pub fn of(&self, credits: Amount) -> Option<Money> {
        let about = matches!(self.basis, PriceBasis::Listed { about: true, .. });
        Some(Money { amount: self.amount.times(credits).ok()?, currency: self.currency.clone(), about })
    }

    /// What it rests on, where the account does not state it itself: `about 0.02 USD each: Photoroom Basic, …`.
    #[must_use]
    pub fn footing(&self) -> Option<String> {
        match &self.basis {
            PriceBasis::Stated => None,
            PriceBasis::Listed { source, .. } => Some(format!("{} each: {source}", self.of(Amount::ONE)?.words())),
        }
    }
}

/// What has to be paid anew for a plan: nothing where it fits, else the price of what is short. `None` without a price, where
/// nobody can tell what is short, and where no credits are sold singly, so that nothing says what more of them cost.
pub(super) fn new_money(book: &Book, shortfall: Option<Amount>) -> Option<Money> {
    let (price, short) = (book.money.as_ref()?, shortfall?);
    let sold = book.rules.buckets.iter().any(|rule| rule.kind == BucketKind::Purchased);
    (short.is_zero() || sold).then(|| price.of(short))?
}

impl Quote {
    /// What must be paid anew, as far as the figures can be relied on (SPEC P2).
    #[must_use]
    pub fn new_money(&self) -> Option<&Money> {
        self.new_money.as_ref().filter(|_| self.reliance.is_fresh())
    }

    /// What the plan comes to in money, in a sentence or two; `None` where no price is known. `separator` stands between groups of
    /// three digits.
    #[must_use]
    pub fn money_words(&self, separator: char) -> Option<String> {
        let value = self.money.as_ref()?.words_by(separator);
        let new = match self.new_money() {
            Some(money) if money.amount.is_zero() => "New money to pay: none".to_owned(),
            // Less, or nothing, where the plan can wait or be run in parts.
            Some(money) => format!("New money to run all of it now: {}", money.words_by(separator)),
            None => "New money to pay: can't tell".to_owned(),
        };
        Some(format!("Value of the credits: {value}. {new}."))
    }
}

/// What several quotes come to together: per provider and unit, and per currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// What the lines with a price cost, by provider and unit: one service's credits are not another's.
    pub credits: Vec<(ProviderId, String, Amount)>,
    /// The value of the credits, by currency.
    pub value: Vec<Money>,
    /// What must be paid anew, by currency.
    pub new_money: Vec<Money>,
    /// How many of the quotes the sums of money leave out, because nothing says what their credits are worth.
    pub without_value: usize,
    /// How many of the quotes leave open what must be paid anew.
    pub without_new_money: usize,
}

impl Sums {
    /// Adds up quotes, each with its provider.
    ///
    /// # Errors
    /// [`AmountError`] past 28 digits.
    pub fn of<'q>(quotes: impl IntoIterator<Item = (&'q ProviderId, &'q Quote)>) -> Result<Self, AmountError> {
        let mut sums = Self::default();
        for (provider, quote) in quotes {
            match sums.credits.iter_mut().find(|(known, unit, _)| known == provider && *unit == quote.unit) {
                Some((_, _, sum)) => *sum = sum.plus(quote.known_total)?,
                None => sums.credits.push((provider.clone(), quote.unit.clone(), quote.known_total)),
            }
            match &quote.money {
                None => sums.without_value += 1,
                Some(money) => add(&mut sums.value, money)?,
            }
            match quote.new_money() {
                Some(new) => add(&mut sums.new_money, new)?,
                // What fits costs nothing anew, whatever its credits are worth.
                None if quote.answer() == Affordable::Yes => {}
                None => sums.without_new_money += 1,
            }
        }
        Ok(sums)
    }
}

fn add(sums: &mut Vec<Money>, money: &Money) -> Result<(), AmountError> {
    match sums.iter_mut().find(|sum| sum.currency == money.currency) {
        Some(sum) => {
            sum.amount = sum.amount.plus(money.amount)?;
            sum.about |= money.about;
        }
        None => sums.push(money.clone()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_in_its_currencys_form_and_exactly() {
        for (amount, currency, about, words) in [
            ("62.5", "USD", false, "62.50 USD"),
            ("5", "EUR", false, "5.00 EUR"),
            ("0", "USD", false, "0.00 USD"),
            ("2.8125", "USD", false, "2.8125 USD"),
            ("1234.5", "EUR", true, "about 1\u{202f}234.50 EUR"),
            ("500", "JPY", false, "500 JPY"),
            ("1.5", "KWD", false, "1.500 KWD"),
        ] {
            let money = Money { amount: amount.parse().unwrap(), currency: currency.to_owned(), about };
            assert_eq!(money.words(), words);
        }
    }
}
