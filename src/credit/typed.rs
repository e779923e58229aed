//! Amounts as people type them: one grammar for command lines, forms, imports and the calculator (SPEC A6).
//!
//! What machines write (numbers of JSON, answers of providers) is read by [`Amount`]'s own parser, in which `1.000` is one.

use super::{Amount, AmountError};

/// Why a text that somebody typed is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedAmountError {
    /// No number at all.
    #[error("not a decimal number; write it like 12, 0.5, 1,000, 3k or 12*25")]
    NotANumber,
    /// May be read in two ways: a point before exactly three digits separates thousands for some, a fraction for others.
    #[error("either {thousands} or {fraction}; write one of these")]
    Ambiguous {
        /// With the point as a separator of thousands.
        thousands: String,
        /// With the point before a fraction.
        fraction: String,
    },
    /// Groups that don't have three digits each.
    #[error("not a decimal number: each group has three digits, as in 12,000")]
    Groups,
    /// A comma before a fraction.
    #[error("not a decimal number; write the point as \".\": {0}")]
    Comma(String),
    /// More than can be kept exactly.
    #[error("{0}, which can't be kept exactly")]
    TooLong(AmountError),
}

/// What separates groups of three digits.
const SEPARATORS: [char; 7] = [',', '_', '\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}'];

/// Reads an amount that somebody typed, of either sign.
///
/// Takes `12`, `-0.5`, `1.5e3`; groups of three digits with commas, blanks, apostrophes or `_` between them (`1,000`, `1_000.5`); `3k` for
/// thousands; a count as `17x` or `x17`; and products (`12*25`, `12x25`, `12×25`). Every digit counts, nothing is rounded.
///
/// # Errors
/// [`TypedAmountError`]; above all for `1.000`, which is a thousand for some and one for others.
pub fn parse_typed_amount(text: &str) -> Result<Amount, TypedAmountError> {
    let text = text.trim();
    let times = |c: char| matches!(c, '*' | 'x' | 'X' | '×');
    // One sign of multiplication at an end says that a count is meant: `17x`, `x17`.
    let counted = text.strip_suffix(times).map(str::trim_end).filter(|rest| !rest.is_empty() && !rest.contains(times));
    let counting =
        text.strip_prefix(['x', 'X', '×']).map(str::trim_start).filter(|rest| !rest.is_empty() && !rest.contains(times));
    let product = counted.or(counting).unwrap_or(text);
    if text.ends_with('*') || text.starts_with("0x") || text.starts_with("0X") {
        return Err(TypedAmountError::NotANumber);
    }
    product.split(times).try_fold(Amount::ONE, |product, factor| {
        factor_of(factor.trim()).and_then(|factor| product.times(factor).map_err(TypedAmountError::TooLong))
    })
}

/// Writes an amount so that [`parse_typed_amount`] reads the same: exactly, and with one more zero where three places behind the point
/// could be taken for thousands.
#[must_use]
pub fn print_typed_amount(amount: Amount) -> String {
    let text = amount.to_string();
    if ambiguous(text.trim_start_matches('-')).is_some() { text + "0" } else { text }
}

fn factor_of(text: &str) -> Result<Amount, TypedAmountError> {
    let (number, thousand) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number.trim_end(), Amount::from(1000)),
        None => (text, Amount::ONE),
    };
    let (sign, digits) = match number.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits),
        None => ("", number.strip_prefix('+').unwrap_or(number)),
    };
    if let Some((whole, fraction)) = ambiguous(digits) {
        return Err(two_readings(sign, whole, fraction, thousand));
    }
    let plain = without_groups(digits).ok_or_else(|| wrong_groups(sign, digits))?;
    let amount = format!("{sign}{plain}").parse::<Amount>().map_err(|error| match error {
        AmountError::NotANumber => TypedAmountError::NotANumber,
        error => TypedAmountError::TooLong(error),
    })?;
    amount.times(thousand).map_err(TypedAmountError::TooLong)
}

/// The two parts of a number that may have a point for thousands: one to three digits that don't begin with a zero, and exactly three.
fn ambiguous(digits: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = digits.split_once('.')?;
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = all_digits(whole) && whole.len() <= 3 && !whole.starts_with('0') && all_digits(fraction) && fraction.len() == 3;
    fits.then_some((whole, fraction))
}

fn two_readings(sign: &str, whole: &str, fraction: &str, thousand: Amount) -> TypedAmountError {
    let times = |text: String| text.parse::<Amount>().ok().and_then(|amount| amount.times(thousand).ok());
    let print = |amount: Amount| {
        let text = print_typed_amount(amount);
        if amount.is_whole() && thousand == Amount::ONE { text + ".0" } else { text }
    };
    match (times(format!("{sign}{whole}{fraction}")), times(format!("{sign}{whole}.{fraction}"))) {
        (Some(thousands), Some(one)) => TypedAmountError::Ambiguous { thousands: thousands.to_string(), fraction: print(one) },
        _ => TypedAmountError::NotANumber,
    }
}

/// The number without what separates its groups; `None` where they are not groups of three digits, or of several kinds.
fn without_groups(digits: &str) -> Option<String> {
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let Some(separator) = whole.chars().find(|c| SEPARATORS.contains(c)) else {
        let separated = rest.is_some_and(|rest| rest.contains(SEPARATORS));
        return (!separated).then(|| digits.to_owned());
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, others) = groups.split_first()?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let right = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && others.iter().all(|group| group.len() == 3)
        && groups.iter().all(|group| all_digits(group))
        && rest.is_none_or(|rest| !rest.is_empty() && all_digits(rest));
    right.then(|| groups.concat() + &rest.map(|rest| format!(".{rest}")).unwrap_or_default())
}

/// What is wrong with digits and separators that are no groups: perhaps a comma before a fraction.
fn wrong_groups(sign: &str, digits: &str) -> TypedAmountError {
    if !digits.chars().all(|c| c.is_ascii_digit() || c == '.' || SEPARATORS.contains(&c)) {
        return TypedAmountError::NotANumber;
    }
    let point = digits.replacen(',', ".", 1);
    let is_fraction = !digits.contains('.') && digits.matches(',').count() == 1 && point.parse::<Amount>().is_ok();
    if is_fraction { TypedAmountError::Comma(format!("{sign}{point}")) } else { TypedAmountError::Groups }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a06_amounts_that_people_type_are_understood() {
        for (text, amount) in [
            ("12", "12"),
            (" 12 ", "12"),
            ("0.2", "0.2"),
            (".5", "0.5"),
            ("1.5", "1.5"),
            ("1.50", "1.5"),
            ("1.0", "1"),
            ("1.0000", "1"),
            ("0.125", "0.125"),
            ("1234.567", "1234.567"),
            ("0.6336833840314097", "0.6336833840314097"),
            ("+3", "3"),
            ("-3", "-3"),
            ("\u{2212}3", "-3"),
            ("1e3", "1000"),
            ("1,000", "1000"),
            ("12,345,678", "12345678"),
            ("1,000.5", "1000.5"),
            ("1,234.567", "1234.567"),
            ("-1,000", "-1000"),
            ("1_000", "1000"),
            ("1 000", "1000"),
            ("1\u{202f}650", "1650"),
            ("1'000", "1000"),
            ("3k", "3000"),
            ("1.5K", "1500"),
            ("3 k", "3000"),
            ("17x", "17"),
            ("17 x", "17"),
            ("x17", "17"),
            ("×17", "17"),
            ("12*25", "300"),
            ("12 x 25", "300"),
            ("12×25", "300"),
            ("2*3*0.5", "3"),
            ("2*1,000", "2000"),
        ] {
            assert_eq!(parse_typed_amount(text).map(|amount| amount.to_string()), Ok(amount.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a06_a_number_that_may_mean_two_things_is_refused_with_both_readings() {
        for (text, words) in [
            ("1.000", "either 1000 or 1.0; write one of these"),
            ("12.345", "either 12345 or 12.3450; write one of these"),
            ("-1.250", "either -1250 or -1.25; write one of these"),
            ("2*1.500", "either 1500 or 1.5; write one of these"),
            ("1.500k", "either 1500000 or 1500; write one of these"),
        ] {
            let error = parse_typed_amount(text).unwrap_err();
            assert_eq!(error.to_string(), words, "{text}");
            let TypedAmountError::Ambiguous { thousands, fraction } = error else { panic!("{text}") };
            for reading in [thousands, fraction] {
                assert!(parse_typed_amount(&reading).is_ok(), "{reading} must be understood");
            }
        }
    }

    #[test]
    fn a06_what_is_no_number_is_refused() {
        for text in [
            "",
            " ",
            "x",
            "*",
            "k",
            "many",
            "12*",
            "*12",
            "1.",
            "--1",
            "NaN",
            "0x10",
            "1.000.000",
            "3m",
            "1/2",
            "12**3",
            "x1x",
            "١",
        ] {
            assert_eq!(parse_typed_amount(text), Err(TypedAmountError::NotANumber), "{text:?}");
        }
        for text in ["1,00", "1,0000", "1,000,00", "1,000_000", ",000", "0,125", "1 00", "1000,000", "1.5,000", "12 345 6"] {
            let refused = parse_typed_amount(text);
            assert!(matches!(refused, Err(TypedAmountError::Groups | TypedAmountError::Comma(_))), "{text:?}: {refused:?}");
        }
        assert_eq!(parse_typed_amount("-1,5"), Err(TypedAmountError::Comma("-1.5".to_owned())));
        assert_eq!(parse_typed_amount("0,125"), Err(TypedAmountError::Comma("0.125".to_owned())));
        for text in ["1234567890123456789012345678901234567890", "1e40", "99999999999999*99999999999999*10"] {
            assert!(matches!(parse_typed_amount(text), Err(TypedAmountError::TooLong(_))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a06_parse_after_print_is_identity(mantissa in -1_000_000_000_000i64..1_000_000_000_000, places in 0usize..12) {
            let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            let sign = if mantissa < 0 { "-" } else { "" };
            let point = if places == 0 { "" } else { "." };
            let amount: Amount = format!("{sign}{whole}{point}{fraction}").parse().unwrap();
            prop_assert_eq!(parse_typed_amount(&print_typed_amount(amount)), Ok(amount));
        }

        #[test]
        fn a06_whole_amounts_are_understood_as_screens_group_them(number in 0u32.., separator in 0usize..SEPARATORS.len()) {
            let amount = Amount::from(number);
            prop_assert_eq!(parse_typed_amount(&amount.grouped_by(SEPARATORS[separator])), Ok(amount));
        }

        #[test]
        fn a06_no_text_breaks_the_parser(text in "[0-9xk*.,_ -]{0,12}") {
            let _ = parse_typed_amount(&text);
        }
    }
}
