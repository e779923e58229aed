//! Plan lines as they are typed: `ACTION[:VARIANT]=QTY` and `ACCOUNT/ACTION[:VARIANT]=QTY`.

use std::str::FromStr;

use crate::credit::{
    AccountId, ActionId, Amount, AmountError, BucketId, Figure, PlanLine, TypedAmountError, VariantId, parse_typed_amount,
};

/// A plan line as typed, perhaps with its own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedLine {
    /// The account that the line names itself.
    pub account: Option<AccountId>,
    /// What is to be done.
    pub line: PlanLine,
}

/// A bucket with a figure, as typed: `BUCKET=N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedBalance {
    /// The bucket.
    pub bucket: BucketId,
    /// What remains, not negative.
    pub remaining: Amount,
}

/// A bucket with a figure that may be without limit, as typed: `BUCKET=N` or `BUCKET=unlimited`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedFigure {
    /// The bucket.
    pub bucket: BucketId,
    /// What remains, not negative, never unknown.
    pub remaining: Figure,
}

/// An action with its variant, as typed: `ACTION[:VARIANT]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedAction {
    /// The action.
    pub action: ActionId,
    /// The variant.
    pub variant: Option<VariantId>,
}

/// Reads a quantity or a figure: zero or above, at most 28 digits.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn parse_quantity(text: &str) -> Result<Amount, String> {
    let amount = parse_amount(text)?;
    if amount.is_negative() { Err(format!("{amount} is negative; a quantity is zero or above")) } else { Ok(amount) }
}

/// Reads an amount of either sign, as people type it: `1,000`, `3k` and `12*25` too, but not `1.000`, which may mean two things.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn parse_amount(text: &str) -> Result<Amount, String> {
    parse_typed_amount(text).map_err(|error| match error {
        TypedAmountError::TooLong(AmountError::TooManyDigits) => {
            "the number is longer than 28 digits, which can't be kept exactly".to_owned()
        }
        TypedAmountError::TooLong(error) => format!("the number is {error}"),
        error => format!("{text:?} is {error}"),
    })
}

impl FromStr for TypedAction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (action, variant) = text.split_once(':').map_or((text, None), |(action, variant)| (action, Some(variant)));
        Ok(Self {
            action: ActionId::new(action).map_err(|error| error.to_string())?,
            variant: variant.map(VariantId::new).transpose().map_err(|error| error.to_string())?,
        })
    }
}

impl FromStr for TypedLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, quantity) = text.rsplit_once('=').ok_or("no quantity; write ACTION=QUANTITY, like remove-background=5")?;
        let (account, action) = what.split_once('/').map_or((None, what), |(account, action)| (Some(account), action));
        let TypedAction { action, variant } = action.parse()?;
        let account = account.map(AccountId::new).transpose().map_err(|error| error.to_string())?;
        Ok(Self { account, line: PlanLine { action, variant, quantity: parse_quantity(quantity)? } })
    }
}

impl FromStr for TypedBalance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (bucket, remaining) = text.split_once('=').ok_or("no figure; write BUCKET=N, like monthly=320")?;
        let bucket = BucketId::new(bucket).map_err(|error| error.to_string())?;
        Ok(Self { bucket, remaining: parse_quantity(remaining)? })
    }
}

impl FromStr for TypedFigure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(bucket) = text.strip_suffix("=unlimited") {
            let bucket = BucketId::new(bucket).map_err(|error| error.to_string())?;
            return Ok(Self { bucket, remaining: Figure::Unlimited });
        }
        let TypedBalance { bucket, remaining } = text.parse()?;
        Ok(Self { bucket, remaining: Figure::Known(remaining) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_action_variant_quantity_and_account() {
        let line: TypedLine = "studio/imagine:relax=20".parse().unwrap();
        assert_eq!(line.account.unwrap().as_str(), "studio");
        assert_eq!(line.line.action.as_str(), "imagine");
        assert_eq!(line.line.variant.unwrap().as_str(), "relax");
        assert_eq!(line.line.quantity, Amount::from(20));
        let line: TypedLine = "generate-image:qwen-2.0-4k=1.5".parse().unwrap();
        assert_eq!((line.account, line.line.quantity.to_string()), (None, "1.5".to_owned()));
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        let wrong = |text: &str| text.parse::<TypedLine>().unwrap_err();
        assert!(wrong("imagine").contains("no quantity"));
        assert!(wrong("imagine=-3").contains("negative"));
        assert!(wrong("imagine=many").contains("not a decimal number"));
        assert!(wrong("imagine=").contains("not a decimal number"));
        assert!(wrong("=3").contains("action"));
        assert!(wrong("imagine:=3").contains("variant"));
        assert!(wrong("/imagine=3").contains("account"));
        assert!(wrong("imagine=1234567890123456789012345678901234567890").contains("longer than 28 digits"));
        assert!(wrong("imagine=1e40").contains("28 digits"));
    }

    #[test]
    fn balances_are_figures_by_bucket() {
        let balance: TypedBalance = "monthly=320.5".parse().unwrap();
        assert_eq!((balance.bucket.as_str(), balance.remaining.to_string()), ("monthly", "320.5".to_owned()));
        assert_eq!("monthly=unlimited".parse::<TypedFigure>().unwrap().remaining, Figure::Unlimited);
        assert!("monthly".parse::<TypedBalance>().is_err());
        assert!("monthly=-1".parse::<TypedBalance>().is_err());
    }
}
