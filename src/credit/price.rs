//! Prices of actions, as the engine sees them: a list for one account at one plan.

use super::{ActionId, Amount, VariantId};

/// What one unit of an action costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitCost {
    /// So many credits; zero is free.
    Known(Amount),
    /// The provider publishes no price. It is never counted as zero (SPEC 6).
    Missing {
        /// How to set it, in one sentence.
        hint: String,
    },
}

impl UnitCost {
    /// The cost, where a price is known.
    #[must_use]
    pub fn known(&self) -> Option<Amount> {
        match self {
            Self::Known(cost) => Some(*cost),
            Self::Missing { .. } => None,
        }
    }
}

/// One line of a price list: an action in one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedAction {
    /// The action.
    pub action: ActionId,
    /// The variant; `None` is the action's default.
    pub variant: Option<VariantId>,
    /// Its name on screens, with the variant.
    pub name: String,
    /// What is counted, in the singular: `image`, `photo`, `call`.
    pub unit: String,
    /// What a unit costs.
    pub cost: UnitCost,
    /// Whether quantities must be whole.
    pub whole: bool,
    /// The task that it does, so that providers can be compared.
    pub task: Option<String>,
    /// Variants of one action in the same family can stand in for one another.
    pub family: Option<String>,
    /// How good the result is, among the variants of one action: higher is better, as a picture of 4K over one of 1K. `None` where
    /// variants of a family are alike.
    pub quality: Option<u32>,
    /// A remark of the definition, such as that the price is assumed.
    pub note: Option<String>,
    /// What people also call it, for finding it by typing: `cut-out` for removing a background.
    pub also: Vec<String>,
}

/// Two actions that cost less when done together (SPEC 6, advice).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// The first step.
    pub first: ActionId,
    /// The later step.
    pub second: ActionId,
    /// The action that does both at once.
    pub together: ActionId,
    /// A sentence for the advice.
    pub text: String,
}

/// The prices of an account at one plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList {
    /// Every action and variant.
    pub actions: Vec<PricedAction>,
    /// Actions priced as one.
    pub combinations: Vec<Combination>,
}

/// Why a price list has no line for what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No such action.
    #[error("no action {action:?} here")]
    UnknownAction {
        /// What was asked.
        action: String,
    },
    /// The action has no such variant.
    #[error("action {action:?} has no variant {variant:?}")]
    UnknownVariant {
        /// The action.
        action: String,
        /// What was asked.
        variant: String,
    },
    /// The action comes only in variants.
    #[error("action {action:?} needs a variant")]
    VariantNeeded {
        /// The action.
        action: String,
        /// The variants there are.
        variants: Vec<String>,
    },
}

impl PriceList {
    /// The line of an action in a variant, or in its default.
    ///
    /// # Errors
    /// [`PriceError`] where there is no such line; it carries the names that were asked.
    pub fn find(&self, action: &str, variant: Option<&str>) -> Result<&PricedAction, PriceError> {
        let mut of_action = self.actions.iter().filter(|line| line.action.as_str() == action).peekable();
        if of_action.peek().is_none() {
            return Err(PriceError::UnknownAction { action: action.to_owned() });
        }
        let fits = |line: &&PricedAction| line.variant.as_ref().map(VariantId::as_str) == variant;
        if let Some(line) = of_action.clone().find(fits) {
            return Ok(line);
        }
        Err(match variant {
            Some(variant) => PriceError::UnknownVariant { action: action.to_owned(), variant: variant.to_owned() },
            None => PriceError::VariantNeeded {
                action: action.to_owned(),
                variants: of_action.filter_map(|line| line.variant.as_ref().map(ToString::to_string)).collect(),
            },
        })
    }
}
