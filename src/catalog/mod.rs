//! Provider definitions: what a provider's account endpoint answers, how its credits behave, what its actions cost.

mod builtin;
mod definition;
mod extraction;
mod nearest;
mod parse;
mod prices;
mod problem;
mod request;
mod rules;
mod settings;
mod stages;

pub use builtin::*;
pub use definition::*;
pub use extraction::*;
pub use nearest::*;
pub use problem::*;
pub use request::*;
pub use settings::*;
