//! Exact amounts of credits (SPEC A1).

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Most significant digits an amount can carry; more is refused, never rounded.
pub const MAX_DIGITS: u32 = 28;

/// The space between groups of three digits: narrow, and no place to break a line.
pub const NARROW_SPACE: char = '\u{202f}';

/// Decimal places that a rate (credits per day) is rounded to, half-even.
pub const RATE_PLACES: u32 = 6;

/// An exact decimal number of credits, positive, zero or negative.
///
/// Holds up to 28 significant digits, of which up to 28 may stand behind the point. It is kept without
/// trailing zeros and without a negative zero, so equal amounts print alike: without exponent, as `0.2`, `110` or
/// `0.6336833840314097`. Arithmetic is checked: a sum or product that 28 digits can't hold is an
/// [`AmountError`], never a rounded figure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Decimal);

/// Why a text or a calculation is not an [`Amount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is empty or holds something that is no digit, sign, point or exponent.
    #[error("not a decimal number")]
    NotANumber,
    /// More than 28 significant digits, or more than 28 places behind the point.
    #[error("more than {MAX_DIGITS} digits")]
    TooManyDigits,
    /// The magnitude is 10^28 or more.
    #[error("larger than {MAX_DIGITS} digits can hold")]
    TooLarge,
}

impl Amount {
    /// No credits.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// One credit.
    pub const ONE: Self = Self(Decimal::ONE);
    /// The largest amount: 28 nines.
    const MOST: Self = Self(Decimal::from_parts(268_435_455, 1_042_612_833, 542_101_086, false, 0));

    fn normalized(value: Decimal) -> Self {
        let value = value.normalize();
        Self(if value.is_zero() { Decimal::ZERO } else { value })
    }

    fn checked(value: Decimal) -> Result<Self, AmountError> {
        let amount = Self::normalized(value);
        if amount.0.mantissa().unsigned_abs() >= 10u128.pow(MAX_DIGITS) {
            return Err(AmountError::TooLarge);
        }
        Ok(amount)
    }

    /// Its digits as a whole number, and how many of them stand behind the point.
    pub(super) fn digits(self) -> (i128, u8) {
        // There are at most 28 places.
        (self.0.mantissa(), u8::try_from(self.0.scale()).unwrap_or(u8::MAX))
    }

    /// The amount with these [`digits`](Self::digits); `None` where no amount has them.
    pub(super) fn from_digits((whole, places): (i128, u8)) -> Option<Self> {
        let amount = Self::checked(Decimal::try_from_i128_with_scale(whole, u32::from(places)).ok()?).ok()?;
        (amount.digits() == (whole, places)).then_some(amount)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError`] where 28 digits can't hold it exactly.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        let sum = self.0.checked_add(other.0).ok_or(AmountError::TooLarge)?;
        if sum.scale() < self.0.scale().max(other.0.scale()) && !sum.is_zero() {
            return Err(AmountError::TooManyDigits);
        }
        Self::checked(sum)
    }

    /// The difference; it may be negative.
    ///
    /// # Errors
    /// [`AmountError`] where 28 digits can't hold it exactly.
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        self.plus(Self(-other.0))
    }

    /// The product.
    ///
    /// # Errors
    /// [`AmountError`] where 28 digits can't hold it exactly.
    pub fn times(self, other: Self) -> Result<Self, AmountError> {
        let product = self.0.checked_mul(other.0).ok_or(AmountError::TooLarge)?;
        if product.scale() < self.0.scale() + other.0.scale() && !(self.is_zero() || other.is_zero()) {
            return Err(AmountError::TooManyDigits);
        }
        Self::checked(product)
    }

    /// How many whole `units` fit into this amount: rounded down, zero where either is not positive, and at most what 28 digits can hold.
    #[must_use]
    pub fn whole_units(self, unit: Self) -> Self {
        if !self.is_positive() || !unit.is_positive() {
            return Self::ZERO;
        }
        let (Some(quotient), Some(rest)) = (self.0.checked_div(unit.0), self.0.checked_rem(unit.0)) else { return Self::MOST };
        let whole = quotient.floor();
        // The quotient may have been rounded up to a whole number, where the rest nearly fills a unit: take that back.
        let rounded_up = quotient == whole && rest.checked_add(rest).is_some_and(|twice| twice > unit.0);
        Self::checked(if rounded_up { whole - Decimal::ONE } else { whole }).unwrap_or(Self::MOST)
    }

    /// This amount per day over a span of `seconds`, rounded half-even to 6 places; `None` for an empty span.
    #[must_use]
    pub fn per_day(self, seconds: i64) -> Option<Self> {
        if seconds <= 0 {
            return None;
        }
        let rate = self.0.checked_mul(Decimal::from(86_400))?.checked_div(Decimal::from(seconds))?;
        Some(Self::normalized(rate.round_dp_with_strategy(RATE_PLACES, RoundingStrategy::MidpointNearestEven)))
    }

    /// Whole seconds, rounded up, in which a burn of `per_day` uses this amount up; `None` where it never does.
    #[must_use]
    pub fn seconds_at(self, per_day: Self) -> Option<i64> {
        if !per_day.is_positive() {
            return None;
        }
        let seconds = self.0.checked_mul(Decimal::from(86_400))?.checked_div(per_day.0)?.ceil();
        i64::try_from(seconds.mantissa()).ok().filter(|_| seconds.scale() == 0)
    }

    /// What a burn of this many credits a day uses in `seconds`, rounded half-even to 6 places; saturates.
    #[must_use]
    pub fn burned_in(self, seconds: i64) -> Self {
        self.0
            .checked_mul(Decimal::from(seconds.max(0)))
            .and_then(|used| used.checked_div(Decimal::from(86_400)))
            .map_or(Self(Decimal::MAX), |used| {
                Self::normalized(used.round_dp_with_strategy(RATE_PLACES, RoundingStrategy::MidpointNearestEven))
            })
    }

    /// This amount in whole percent of `whole`, rounded down; `None` where `whole` is not positive.
    #[must_use]
    pub fn percent_of(self, whole: Self) -> Option<i64> {
        if !whole.is_positive() {
            return None;
        }
        let percent = self.0.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole.0)?.floor();
        i64::try_from(percent.normalize().mantissa()).ok()
    }

    /// Cells of a gauge `width` cells wide that stand for this amount when `whole` fills it: rounded to the nearest cell,
    /// at least one for anything above zero, at most `width`.
    #[must_use]
    pub fn cells_of(self, whole: Self, width: u16) -> u16 {
        if !self.is_positive() || !whole.is_positive() || width == 0 {
            return 0;
        }
        let cells = self
            .0
            .checked_div(whole.0)
            .and_then(|ratio| ratio.checked_mul(Decimal::from(width)))
            .map(|cells| cells.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero));
        cells
            .and_then(|cells| u16::try_from(cells.normalize().mantissa()).ok().filter(|_| cells.normalize().scale() == 0))
            .unwrap_or(width)
            .clamp(1, width)
    }

    /// Whether this is exactly zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// Whether this is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// Whether nothing stands behind the point.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.0.scale() == 0
    }

    /// The same magnitude with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::normalized(-self.0)
    }

    /// Zero where this is negative, else this.
    #[must_use]
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// The amount for a sentence: in groups of three digits with narrow no-break spaces between them (`1 650`, `27 420.5`).
    #[must_use]
    pub fn grouped(self) -> String {
        self.grouped_by(NARROW_SPACE)
    }

    /// The amount, exact, with its whole part in groups of three digits.
    #[must_use]
    pub fn grouped_by(self, separator: char) -> String {
        let text = self.to_string();
        let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
        let mut grouped = String::from(sign);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        if let Some(fraction) = fraction {
            grouped.push('.');
            grouped.push_str(fraction);
        }
        grouped
    }

    /// The decimal that this amount is, for exact serialization.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        self.0
    }
}

impl From<u32> for Amount {
    fn from(value: u32) -> Self {
        Self(Decimal::from(value))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads `12`, `-0.5`, `+3`, `110.00` or `1.5e3`. White space and digit groups are refused.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        // Most amounts are short whole numbers.
        if text.len() <= 18
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(number) = text.parse::<u64>()
        {
            return Ok(Self(Decimal::from(number)));
        }
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| AmountError::NotANumber)?),
            None => (text, 0),
        };
        let (negative, digits) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || digits.ends_with('.') {
            return Err(AmountError::NotANumber);
        }
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(AmountError::NotANumber);
        }
        let all: String = whole.chars().chain(fraction.chars()).collect();
        let significant = all.trim_start_matches('0');
        let kept = significant.trim_end_matches('0');
        if kept.is_empty() {
            return Ok(Self::ZERO);
        }
        if kept.len() > MAX_DIGITS as usize {
            return Err(AmountError::TooManyDigits);
        }
        let mantissa = kept.parse::<i128>().map_err(|_| AmountError::NotANumber)?;
        let dropped = i64::try_from(significant.len() - kept.len()).map_err(|_| AmountError::TooLarge)?;
        let places = i64::try_from(fraction.len()).map_err(|_| AmountError::TooManyDigits)?;
        let scale = places - dropped - i64::from(exponent);
        let mantissa = if negative { -mantissa } else { mantissa };
        if scale > i64::from(Decimal::MAX_SCALE) {
            return Err(AmountError::TooManyDigits);
        }
        if scale >= 0 {
            let scale = u32::try_from(scale).map_err(|_| AmountError::TooManyDigits)?;
            return Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| AmountError::TooLarge).and_then(Self::checked);
        }
        let power = u32::try_from(-scale).map_err(|_| AmountError::TooLarge)?;
        let value = 10i128.checked_pow(power).and_then(|factor| mantissa.checked_mul(factor)).ok_or(AmountError::TooLarge)?;
        Decimal::try_from_i128_with_scale(value, 0).map_err(|_| AmountError::TooLarge).and_then(Self::checked)
    }
}

/// An amount that may also be unlimited or not known (SPEC A1); "not applicable" is `Option::None` around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Figure {
    /// Exactly this much.
    Known(Amount),
    /// There is no limit.
    Unlimited,
    /// It applies, but nobody told how much.
    Unknown,
}

impl Figure {
    /// The amount, where one is known.
    #[must_use]
    pub fn known(self) -> Option<Amount> {
        match self {
            Self::Known(amount) => Some(amount),
            Self::Unlimited | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn a1_prints_without_exponent_trailing_zeros_or_negative_zero() {
        for (text, printed) in [
            ("110.00", "110"),
            ("0.6336833840314097", "0.6336833840314097"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("1.5e3", "1500"),
            ("1e-3", "0.001"),
            ("+7", "7"),
            ("0.20", "0.2"),
            (".5", "0.5"),
            ("1E2", "100"),
            ("00012", "12"),
        ] {
            assert_eq!(amount(text).to_string(), printed, "{text}");
        }
    }

    #[test]
    fn a1_refuses_more_than_28_digits_and_never_rounds() {
        let refused = |text: &str| text.parse::<Amount>().unwrap_err();
        assert_eq!(refused("1234567890123456789012345678901234567890"), AmountError::TooManyDigits);
        assert_eq!(refused("12345678901234567890123456789"), AmountError::TooManyDigits);
        assert_eq!(refused(&format!("1{}", "0".repeat(28))), AmountError::TooLarge);
        assert_eq!(refused("1e-29"), AmountError::TooManyDigits);
        assert_eq!(refused("1e99999999"), AmountError::TooLarge);
        let most = amount("9999999999999999999999999999");
        assert_eq!(most.plus(Amount::ONE), Err(AmountError::TooLarge));
        assert_eq!(most.plus(amount("0.1")), Err(AmountError::TooManyDigits));
        assert_eq!(amount("1234567890.12345").times(amount("0.12345678901234567")), Err(AmountError::TooManyDigits));
    }

    #[test]
    fn a1_refuses_what_is_no_number() {
        for text in ["", " ", "1 ", "1,5", "0x1", "NaN", "inf", "1.", "--1", "1e", "1e1.5", ".", "1_000", "١"] {
            assert_eq!(text.parse::<Amount>(), Err(AmountError::NotANumber), "{text:?}");
        }
    }

    #[test]
    fn a1_rates_round_half_even_at_six_places() {
        assert_eq!(amount("1").per_day(3 * 86_400).unwrap().to_string(), "0.333333");
        assert_eq!(amount("0.0000005").per_day(86_400).unwrap().to_string(), "0");
        assert_eq!(amount("0.0000015").per_day(86_400).unwrap().to_string(), "0.000002");
        assert_eq!(amount("1").per_day(0), None);
    }

    #[test]
    fn whole_units_round_down() {
        assert_eq!(amount("10").whole_units(amount("3")), amount("3"));
        assert_eq!(amount("1").whole_units(amount("0.2")), amount("5"));
        assert_eq!(amount("0.1").whole_units(amount("0.2")), Amount::ZERO);
        assert_eq!(amount("-1").whole_units(amount("0.2")), Amount::ZERO);
        // The quotient has no end, and its 28 digits are rounded up.
        assert_eq!(amount("2").whole_units(amount("0.6666666666666666666666666667")), amount("2"));
        assert_eq!(amount("5999999999999999999999999999").whole_units(amount("6000000000000000000000000000")), Amount::ZERO);
    }

    #[test]
    fn s09_no_amount_is_too_large_to_be_counted_in_units() {
        let most = amount("9999999999999999999999999999");
        assert_eq!(Amount::MOST, most);
        assert_eq!(most.whole_units(amount("0.3")), most);
        assert_eq!(most.whole_units(amount("0.0000000000000000000000000001")), most);
        assert_eq!(most.whole_units(amount("7")), amount("1428571428571428571428571428"));
        assert_eq!(most.whole_units(amount("3")), amount("3333333333333333333333333333"));
    }

    #[test]
    fn sentences_group_by_three() {
        let grouped = |text: &str| amount(text).grouped().replace('\u{202f}', " ");
        for text in ["0", "999", "1 650", "-27 420.5", "1 000 000", "0.0001234"] {
            assert_eq!(grouped(&text.replace(' ', "")), text);
        }
    }

    #[test]
    fn gauge_cells_stay_within_the_gauge() {
        assert_eq!(amount("0.001").cells_of(amount("100"), 20), 1);
        assert_eq!(amount("300").cells_of(amount("100"), 20), 20);
        assert_eq!(amount("50").cells_of(amount("100"), 20), 10);
        assert_eq!(amount("-5").cells_of(amount("100"), 20), 0);
        assert_eq!(amount("5").cells_of(Amount::ZERO, 20), 0);
    }

    fn any_amount() -> impl Strategy<Value = Amount> {
        (-(10i128.pow(28) - 1)..10i128.pow(28), 0u32..=28)
            .prop_map(|(mantissa, scale)| Amount::normalized(Decimal::try_from_i128_with_scale(mantissa, scale).unwrap()))
    }

    proptest! {
        #[test]
        fn a1_parse_after_print_is_identity(amount in any_amount()) {
            prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        }

        #[test]
        fn a1_sums_are_exact_or_refused(a in any_amount(), b in any_amount()) {
            if let Ok(sum) = a.plus(b) {
                prop_assert_eq!(sum.minus(b), Ok(a));
            }
        }
    }
}
