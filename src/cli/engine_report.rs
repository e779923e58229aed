//! What the engine could not answer, as a report with the nearest names.

use crate::catalog::nearest;
use crate::credit::{Book, EngineError, PriceError, VariantId};
use crate::report::{Ending, Report};

/// What the engine could not answer, as a report with the nearest names.
#[must_use]
pub(crate) fn engine_report(error: &EngineError, book: &Book) -> Report {
    match error {
        EngineError::Price(error) => price_report(error, book),
        EngineError::Amount { .. } => {
            Report::new(Ending::Usage, error.to_string()).hint("use a smaller quantity, or reverse the entry that is too large")
        }
        EngineError::Fault { .. } => {
            Report::new(Ending::Internal, error.to_string()).hint("`creditop ledger verify` says whether the ledger was changed")
        }
        EngineError::Early { .. } => Report::new(Ending::Usage, error.to_string()).hint("ask about a later instant"),
        EngineError::Quantity { quantity, .. } => {
            let whole = quantity.is_whole() || quantity.is_negative();
            Report::new(Ending::Usage, error.to_string()).hint(if whole {
                "write a smaller number"
            } else {
                "write a whole number, like 2"
            })
        }
    }
}

/// A name that the price list of an account does not have, with the nearest that it has.
#[must_use]
pub(crate) fn price_report(error: &PriceError, book: &Book) -> Report {
    let actions = || book.prices.actions.iter();
    let hint = match error {
        PriceError::UnknownAction { action } => nearest(action, actions().map(|line| line.action.as_str())),
        PriceError::UnknownVariant { action, variant } => nearest(
            variant,
            actions()
                .filter(|line| line.action.as_str() == action)
                .filter_map(|line| line.variant.as_ref())
                .map(VariantId::as_str),
        ),
        PriceError::VariantNeeded { action, variants } => {
            return Report::new(Ending::Usage, format!("{error} at {}", book.profile.provider_name)).hint(format!(
                "write one of {}",
                variants.iter().map(|v| format!("{action}:{v}")).collect::<Vec<_>>().join(", ")
            ));
        }
    };
    let what = match error {
        PriceError::UnknownAction { action } => format!("{} has no action {action:?}", book.profile.provider_name),
        _ => format!("{error} at {}", book.profile.provider_name),
    };
    Report::new(Ending::Usage, what).hint(match hint {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("`creditop providers show {}` lists its actions", book.profile.provider),
    })
}
