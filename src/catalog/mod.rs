//! Provider definitions: what a provider's account endpoint answers, how its credits behave, what its actions cost.

mod problem;
mod settings;

pub use problem::*;
pub use settings::*;
