//! The credit engine: pure, exact, without a clock.
//!
//! [`Rules`] say how an account's credits behave, [`Entry`]s and [`Observation`]s say what happened; the fold turns
//! them into the state at an instant, and from that come the [`AccountStatus`], the forecast and the [`Quote`].

mod admission;
mod amount;
mod book;
mod calendar;
mod entry;
mod ids;
mod price;
mod quote;
mod rules;
mod status;

pub use admission::*;
pub use amount::*;
pub use book::*;
pub use calendar::*;
pub use entry::*;
pub use ids::*;
pub use price::*;
pub use quote::*;
pub use rules::*;
pub use status::*;
